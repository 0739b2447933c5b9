# Builds a namespace with many kinds of objects, then runs `ip` with each line of $1/commands and keeps the
# outputs beside the raw dumps that they were made from. Run in a fresh network namespace.
set -u
out=$1 here=$2

sysctl -qw net.ipv6.conf.default.dad_transmits=0 net.ipv6.conf.default.router_solicitations=0 \
    net.ipv6.conf.all.forwarding=0 net.ipv6.conf.default.accept_ra=0 2>/dev/null
ip link set lo up
ip link add v0 type veth peer name v1
ip link add v2 type veth peer name v3 numtxqueues 3 numrxqueues 4
ip link add br0 type bridge forward_delay 300 priority 4096 group_fwd_mask 8 mcast_igmp_version 3
ip link add br1 type bridge stp_state 1 no_linklocal_learn 1
ip link add vx4 type vxlan id 42 dev v0 dstport 4789 local 192.0.2.1 group 239.1.1.1 ttl 9 ageing 77 nolearning
ip link add vx6 type vxlan id 43 dstport 0 local 2001:db8::1 remote 2001:db8::2 tos 8 proxy rsc l2miss l3miss \
    udpcsum udp6zerocsumtx udp6zerocsumrx gbp maxaddress 9 srcport 1000 2000 df set
ip link add vxe type vxlan external dstport 4790
ip link add vxi type vxlan id 45 dstport 0 remote 192.0.2.7 tos inherit ttl inherit
for mode in private vepa bridge; do ip link add link v2 name "mv$mode" type macvlan mode $mode; done
ip link add link v3 name mvsource type macvlan mode source macaddr set 00:11:22:33:44:55 00:11:22:33:44:56
ip link add link v2 name mt0 type macvtap mode bridge bcqueuelen 55
ip link add ifb7 type ifb
ip tuntap add mode tap name tap0 user 0 group 0
ip tuntap add mode tun name tun0 user 12345 multi_queue
ip tuntap add mode tap name tap1 pi vnet_hdr
ip link set v1 master br0
ip link set v1 type bridge_slave hairpin on guard on isolated on mcast_router 2 group_fwd_mask 0x4008 cost 77
ip link set tap0 master br1
ip link set v3 alias "an \"alias\" with \\ and é"
ip link property add dev v3 altname long-alternative-name altname other
ip link set v3 group 7 mtu 1400 txqueuelen 55
ip link set ifb7 address 02:00:00:00:00:07
ip link set tap1 mode dormant
ip link set tun0 addrgenmode none
ip link set v2 protodown on protodown_reason 3 on 2>/dev/null
ip link set v2 protodown on 2>/dev/null
ip netns list >/dev/null 2>&1
unshare -n sleep 600 & far=$!
sleep 0.3
ip link add n0 type veth peer name n1 netns $far
for link in v0 v1 v3 br0 br1 vx4 mvbridge tun0 tap0 n0 ifb7; do ip link set $link up; done
ip link set v0 promisc on allmulticast on

ip addr add 10.0.0.1/24 brd + dev v0
ip addr add 10.0.0.2/24 dev v0 label v0:x
ip addr add 10.0.3.1/24 dev v0 valid_lft 3000 preferred_lft 1000
ip addr add 10.0.4.1 peer 10.0.4.2/32 dev br0 scope link metric 7
ip addr add 10.0.5.1/24 dev v3 noprefixroute scope 77
ip addr add 2001:db8::1/64 dev v0 nodad metric 55
ip addr add 2001:db8:1::1 peer 2001:db8:1::2/128 dev v0 nodad
ip addr add 2001:db8:2::1/64 dev v0 nodad home mngtmpaddr valid_lft 5000 preferred_lft 0
ip addr add 2001:db8:3::1/64 dev br0 nodad noprefixroute
ip addr add ::1.2.3.4/128 dev br0 nodad

ip route add default via 10.0.0.9 metric 5
ip route add 10.7.0.0/16 nexthop via 10.0.0.3 weight 2 realm 5 nexthop via 10.0.0.4 onlink dev v0
ip route add 10.8.0.0/16 via 10.0.0.9 mtu lock 1400 window 9 advmss 1200 rtt 300ms rttvar 20ms rto_min 2s ssthresh 4 \
    cwnd 3 initcwnd 10 initrwnd 11 reordering 4 features ecn congctl cubic hoplimit 5 quickack 1 fastopen_no_cookie 1 \
    table 77 proto static src 10.0.0.1 realm 3/4
ip route add 10.9.0.0/16 via inet6 fe80::1 dev v0
ip route add blackhole 10.10.0.0/16
ip route add unreachable 10.11.0.0/16 metric 7
ip route add prohibit 10.12.0.0/16 proto bird
ip route add throw 10.13.0.0/16 tos 0x10
ip route add 10.14.0.0/24 dev v0 scope link proto 99 table 1000
ip route add 10.15.0.0/16 dev v0 scope 77 proto 177
ip nexthop add id 5 via 10.0.0.5 dev v0
ip nexthop add id 6 via 10.0.0.6 dev v0
ip nexthop add id 7 group 5,3/6,4
ip route add 10.16.0.0/16 nhid 5
ip route add 10.17.0.0/16 nhid 7
ip route add 10.18.0.0/16 encap ip id 9 dst 9.9.9.9 ttl 5 tos 4 key csum seq dev v0
ip route add 10.19.0.0/16 encap mpls 100/200 ttl 9 via 10.0.0.9
ip route add 10.20.0.0/16 encap ip6 id 77 dst 2001:db8::9 hoplimit 5 tc 4 dev v0
ip -6 route add default via 2001:db8::9 metric 5 pref high
ip -6 route add 2001:db8:11::/64 via 2001:db8::2 pref low expires 1000
ip -6 route add 2001:db8:12::/64 nexthop via 2001:db8::2 nexthop via 2001:db8::3 weight 4
ip -6 route add 2001:db8:13::/64 encap seg6 mode encap segs 2001::1,2001::2 dev v0
ip -6 route add 2001:db8:14::/64 encap seg6 mode inline segs 2001::1 dev v0
ip -6 route add 2001:db8:15::/64 encap seg6local action End.DT6 table 100 dev v0
ip -6 route add 2001:db8:16::/64 encap seg6local action End.X nh6 2001:db8::77 dev v0
ip -6 route add 2001:db8:19::/64 encap seg6local action End.B6.Encaps srh segs 2001::5,2001::6 dev v0
ip -6 route add 2001:db8:17::/64 from 2001:db8:99::/48 dev v0
ip -6 route add blackhole 2001:db8:18::/64 table 77
ip -6 route add 2001:db8:20::/64 dev v0 mtu 1300 hoplimit 9
ip -f mpls route add 100 via inet 10.0.0.9 2>/dev/null
ip -f mpls route add 101 as 200/300 via inet6 2001:db8::2 2>/dev/null

ip rule add from 10.0.0.0/8 to 10.9.9.9 fwmark 0x10/0xff table 77 pref 100
ip rule add iif v0 oif lo goto 200 pref 101
ip rule add pref 200 not from all ipproto tcp sport 10-20 dport 80 blackhole
ip rule add pref 201 uidrange 5-10 suppress_prefixlength 0 suppress_ifgroup 3 table 88 realms 2/3
ip rule add pref 202 l3mdev ipproto 250 uidrange 1-2 fwmark 7
ip rule add pref 203 tun_id 77 tos 0x8 prohibit proto static
ip rule add pref 204 nop
ip rule add pref 205 iif nonexist goto 9999
ip rule add pref 206 realms 7 lookup 9
ip rule add pref 207 to 0.0.0.0/7 unreachable
ip rule add pref 208 from 0.0.0.0/0 ipproto 89 sport 5 lookup main
ip -6 rule add pref 100 from 2001:db8::/32 to ::1 fwmark 1 lookup 1000
ip -6 rule add pref 101 ipproto ipv6-icmp dport 7 oif nonexist lookup main

ip neigh add 10.0.0.9 lladdr 00:11:22:33:44:55 dev v0
ip neigh add proxy 10.0.0.10 dev v0
ip neigh add 10.0.0.11 lladdr 00:11:22:33:44:66 dev v0 nud noarp router extern_learn
ip neigh add 10.0.0.12 dev v0 nud failed
ip neigh add 10.0.4.9 lladdr 00:11:22:33:44:99 dev br0 nud stale
ip neigh add 2001:db8::2 lladdr 00:11:22:33:44:77 nud permanent dev v0 protocol static
ip neigh add 2001:db8::3 lladdr 00:11:22:33:44:78 nud reachable dev v0 router
# A managed neighbour is asked for again and again: once in a long while, so that its state stays.
sysctl -qw net.ipv6.neigh.v0.retrans_time_ms=1000000
ip neigh add 2001:db8::4 lladdr 00:11:22:33:44:79 managed dev v0 use 2>/dev/null
bridge fdb add 00:11:22:33:44:88 dev v1 master static 2>/dev/null

# The kernel settles operational states and multicast memberships by itself.
sleep 3
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
# The listeners first, both: the end of the other namespace takes a link along, and only one of them might hear of it.
kill $monitor $listener
wait $monitor $listener 2>/dev/null || true
kill $far
