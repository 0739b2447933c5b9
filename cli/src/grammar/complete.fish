# Completion of netplumb for fish.
function __netplumb_complete
    set -l words (commandline -opc)
    set -e words[1]
    netplumb complete -- $words "$(commandline -ct)" 2>/dev/null
end
# Behind these options stand files.
function __netplumb_file
    set -l words (commandline -opc)
    contains -- $words[-1] -b -ba -bat -batc -batch --batch --sim -sim
end
complete -c netplumb -f -a '(__netplumb_complete)'
complete -c netplumb -n __netplumb_file -F
