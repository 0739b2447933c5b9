#compdef netplumb
# Completion of netplumb for zsh: put it into a file _netplumb of $fpath, or source it behind compinit.
_netplumb() {
    local -a found
    found=("${(@f)$(netplumb complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    compadd -- $found
}
compdef _netplumb netplumb
