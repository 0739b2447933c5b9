# Runs each line of $1/changes with $3, records its exit status in $1/$2.statuses, and then the state in $1/$2.N.
set -u
out=$1 who=$2 tool=$3

sysctl -qw net.ipv6.conf.default.dad_transmits=0 net.ipv6.conf.default.router_solicitations=0 \
    net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.addr_gen_mode=1
while IFS= read -r line; do
    eval "set -- $line"
    "$tool" "$@" >>"$out/$who.printed" 2>"$out/error"
    status=$?
    printf '%s %s\t' "$status" "$line" >>"$out/$who.statuses"
    tr '\n' '~' <"$out/error" >>"$out/$who.statuses"
    echo >>"$out/$who.statuses"
done <"$out/changes"
sleep 3
number=0
while IFS= read -r line; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    ip $line >"$out/$who.$number"
done <"$out/looks"
