#!/bin/sh
# In a VM: makes links and routes of many kinds once with `ip` and once with `netplumb`, each in a network namespace of its
# own, and looks at both with both.
#
#   vm.sh NETPLUMB COMMANDS          runs the two below
#   vm.sh NETPLUMB COMMANDS TOOL     makes the kinds with TOOL, then runs each line of the file COMMANDS
#
# (busybox has an `ip` of its own, hence the full path.)
netplumb=$1 commands=$2 tool=$3
if [ -z "$tool" ]; then
    for tool in /usr/sbin/ip "$netplumb"; do unshare -n sh "$0" "$netplumb" "$commands" "$tool"; done
    exit 0
fi
# Without addresses that the kernel makes up by itself.
for file in dad_transmits router_solicitations autoconf accept_ra; do
    echo 0 >/proc/sys/net/ipv6/conf/default/$file
done
echo 1048575 >/proc/sys/net/mpls/platform_labels
ip() { "$tool" "$@"; }
echo "MADE ${tool##*/}"
. "${0%/*}/../scene/kinds.sh"
echo "END 0"
sleep 3
while IFS= read -r line; do
    # shellcheck disable=SC2086
    for looker in /usr/sbin/ip "$netplumb"; do
        echo "BEGIN ${tool##*/} ${looker##*/} $line"
        "$looker" $line 2>&1
        echo "END $?"
    done
done <"$commands"
