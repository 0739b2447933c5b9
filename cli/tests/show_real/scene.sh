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
ip link add w0 type veth peer name w1
ip addr add 10.50.0.1/24 dev w0
ip link set w0 up
ip link set w1 up
ip neigh add 10.50.0.9 lladdr 00:11:22:33:44:55 dev w0 nud permanent
ip route add 10.51.0.0/16 via 10.50.0.9 table 99
ip rule add pref 9 table 9
ip rule del pref 9
ip route del 10.51.0.0/16 table 99
ip neigh del 10.50.0.9 dev w0
ip addr del 10.50.0.1/24 dev w0
sleep 1
ip link del w0
sleep 1
kill $far $monitor $listener
