# Makes changes while `ip` and `netplumb` watch them, with the options of each line of $1/watches.
set -u
out=$1
here=$(dirname "$0")

sysctl -qw net.ipv6.conf.default.dad_transmits=0 net.ipv6.conf.default.router_solicitations=0
ip link set lo up
ip link add u0 type veth peer name u1
watchers=
number=0
while IFS= read -r line; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    ip $line >"$out/$number.ip" & watchers="$watchers $!"
    # shellcheck disable=SC2086
    "$NETPLUMB" $line >"$out/$number.ours" 2>"$out/$number.error" & watchers="$watchers $!"
done <"$out/watches"
# Neither says when it has subscribed.
sleep 3
. "$here/../scene/changes.sh"
# No link is renamed here: `ip` goes on with the old name.
ip link set u0 up
ip addr add 10.60.0.1/24 dev u0
ip -6 rule add pref 10 from 2001:db8::/32 table 7
ip -6 rule del pref 10
ip link del u0
sleep 2
# shellcheck disable=SC2086
kill $watchers
