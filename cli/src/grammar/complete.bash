# Completion of netplumb for bash: eval "$(netplumb completions bash)"
_netplumb() {
    local IFS=$'\n'
    # bash cuts words at colons; the words in front of them do not matter here.
    COMPREPLY=($(netplumb complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -F _netplumb netplumb
