# Completion of netplumb for bash: eval "$(netplumb completions bash)"
_netplumb() {
    local IFS=$'\n' word last=
    local -a words=()
    # bash cuts words at colons and equals signs. Those in front of colons do not matter here, but --sim=FILE is one word.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ ${#words[@]} -gt 0 && ( $word == = || $last == = ) && ${words[-1]} == -* ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        last=$word
    done
    COMPREPLY=($(netplumb complete -- "${words[@]}" 2>/dev/null))
    # Behind these options stand files.
    case ${words[-1]} in
        --sim=* | -sim=*) compopt -o default ;;
    esac
    if [[ ${#words[@]} -gt 1 ]]; then
        case ${words[-2]} in
            -b | -ba | -bat | -batc | -batch | --batch) compopt -o default ;;
            --sim | -sim)
                # A command may stand there, too.
                COMPREPLY+=($(compgen -f -- "${words[-1]}"))
                compopt -o filenames
                ;;
        esac
    fi
}
complete -F _netplumb netplumb
