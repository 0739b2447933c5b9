# Builds a namespace with many kinds of objects, then runs `ip` with each line of $1/commands and keeps the
# outputs beside the raw dumps that they were made from. Run in a fresh network namespace.
set -u
out=$1 here=$2

. "$here/../scene/build.sh"
number=0
while IFS= read -r line; do
    number=$((number + 1))
    python3 "$here/dump.py" "$out/$number" $line
    # shellcheck disable=SC2086
    ip $line >"$out/$number.text" 2>"$out/$number.error"
done <"$out/commands"

# Changes, as they are told to listeners.
python3 "$here/listen.py" "$out/changes" & listener=$!
ip monitor link address route neigh rule >"$out/monitor.text" & monitor=$!
# The file appears when the listener has subscribed; `ip` does not say when it has.
while [ ! -e "$out/changes" ]; do sleep 0.1; done
sleep 2
. "$here/../scene/changes.sh"
# The listeners first, both: the end of the other namespace takes a link along, and only one of them might hear of it.
kill $monitor $listener
wait $monitor $listener 2>/dev/null || true
kill $far
