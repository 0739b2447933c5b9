# Completion of netplumb for fish.
function __netplumb_complete
    set -l words (commandline -opc)
    set -e words[1]
    netplumb complete -- $words "$(commandline -ct)" 2>/dev/null
end
complete -c netplumb -f -a '(__netplumb_complete)'
