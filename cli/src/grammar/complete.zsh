#compdef netplumb
# Completion of netplumb for zsh: put it into a file _netplumb of $fpath, or source it behind compinit.
_netplumb() {
    local -a found
    # Lines, without the empty one that no output would be.
    found=(${(f)"$(netplumb complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    (( $#found )) && compadd -- $found
    # Behind these options stand files.
    case $words[CURRENT-1] in
        -b|-ba|-bat|-batc|-batch|--batch|--sim|-sim) _files ;;
        *) [[ $words[CURRENT] == (--sim|-sim)=* ]] && compset -P '*=' && _files ;;
    esac
}
# As a function of $fpath this file runs when the first completion is wanted, sourced it has to be made known.
if [[ $funcstack[1] == _netplumb ]]; then
    _netplumb "$@"
else
    compdef _netplumb netplumb
fi
