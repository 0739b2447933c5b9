# Runs each line of $1/commands with `ip` and with `netplumb` in a scene with many kinds of objects.
set -u
out=$1
here=$(dirname "$0")

. "$here/../scene/build.sh" 2>/dev/null
number=0
while IFS= read -r line; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    ip $line >"$out/$number.ip" 2>"$out/$number.ip.error"
    echo $? >"$out/$number.ip.status"
    # shellcheck disable=SC2086
    "$NETPLUMB" $line >"$out/$number.ours" 2>"$out/$number.ours.error"
    echo $? >"$out/$number.ours.status"
done <"$out/commands"
kill $far
