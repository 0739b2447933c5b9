# Makes links and routes of kinds that few kernels have all of, with the function `ip`. What cannot be made is told in a
# comment line.
try() { "$@" 2>&1 || echo "# failed: $*"; }
for n in 0 1 2 3 4 5 6 7 8 9; do try ip link add d$n type dummy; done
try ip link add vl5 link d0 type vlan id 5 ingress-qos-map 1:2 3:4 egress-qos-map 5:6
try ip link add vl6 link d0 type vlan id 6 protocol 802.1ad gvrp on loose_binding on
try ip link add vrf1 type vrf table 100
try ip link set d1 master vrf1
try ip addr add 10.20.1.1/24 dev d1
try ip link add bo0 type bond mode active-backup arp_interval 100 arp_ip_target 10.0.0.1,10.0.0.2 primary_reselect better
try ip link add bo1 type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4
try ip link set d2 master bo1
try ip link add bo2 type bond mode active-backup miimon 50 updelay 100
try ip link set d3 master bo2
try ip link set d9 master bo2
try ip link set bo2 type bond primary d3 active_slave d3
try ip link add ipv0 link d7 type ipvlan mode l3s private
try ip link add ipv1 link d8 type ipvlan mode l2 bridge
try ip link add ipip0 type ipip local 1.1.1.1 remote 2.2.2.2 ttl 5 tos 4 dev d0
try ip link add ipip1 type ipip external
try ip link add ipip2 type ipip remote 2.2.2.9 encap gue encap-sport auto encap-dport 5555 encap-csum nopmtudisc
try ip link add ipip3 type ipip remote 2.2.2.10 mode ipip encap fou encap-sport 77 encap-dport 78 encap-udp6-csum encap-remcsum
try ip link add ipip4 type ipip remote 2.2.2.11 mode mplsip
try ip link add sit0x type sit local 1.1.1.1 remote 2.2.2.3 tos inherit fwmark 9
try ip link add sit1x type sit local 1.1.1.1 mode ip6ip
try ip link add sit2x type sit local 1.1.1.5 isatap
try ip link add sit3x type sit local 1.1.1.6 6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.0.0.0/8
try ip link add gre0x type gre local 1.1.1.1 remote 2.2.2.4 key 5 icsum ttl 9 tos inherit
try ip link add gre1x type gre local 1.1.1.1 remote 2.2.2.7 ikey 1.2.3.4 okey 7 iseq ocsum nopmtudisc ignore-df
try ip link add gre2x type gre remote 2.2.2.17 key 6 fwmark 3 encap gue encap-sport auto encap-dport 5555 dev d0
try ip link add gt0 type gretap local 1.1.1.1 remote 2.2.2.5 encap fou encap-sport 7 encap-dport 8
try ip link add gt1 type gretap external
try ip link add ers type erspan local 1.1.1.1 remote 2.2.2.6 seq key 9 erspan_ver 1 erspan 77
try ip link add ers2 type erspan local 1.1.1.1 remote 2.2.2.8 seq key 9 erspan_ver 2 erspan_dir egress erspan_hwid 5
try ip link add i60 type ip6tnl local 2001:db8::1 remote 2001:db8::2 mode any hoplimit 9 tclass 4 flowlabel 0x77 dev d0
try ip link add i61 type ip6tnl local 2001:db8::1 remote 2001:db8::3 mode ip6ip6 encaplimit none dscp inherit \
    allow-localremote
try ip link add i62 type ip6tnl local 2001:db8::1 remote 2001:db8::13 mode ipip6 tclass inherit flowlabel inherit \
    fwmark inherit hoplimit 0
try ip link add i63 type ip6tnl external
try ip link add i64 type ip6tnl remote 2001:db8::23 fwmark 4 encap fou encap-sport 7 encap-dport 8
try ip link add g60 type ip6gre local 2001:db8::1 remote 2001:db8::4 key 7 hoplimit 5 tclass inherit flowlabel inherit
try ip link add g61 type ip6gre local 2001:db8::1 remote 2001:db8::14 ikey 7 iseq ocsum fwmark inherit dscp inherit
try ip link add g6t type ip6gretap local 2001:db8::1 remote 2001:db8::5 key 3 encaplimit 3 fwmark 5
try ip link add e6 type ip6erspan local 2001:db8::1 remote 2001:db8::15 key 3 erspan_ver 1 erspan 9
try ip link add gn0 type geneve id 7 remote 192.0.2.9 ttl 8 tos 4 df set udpcsum
try ip link add gn1 type geneve id 8 remote 2001:db8::9 flowlabel 0x12 ttl inherit udp6zerocsumtx dstport 7777
try ip link add gn2 type geneve external dstport 7778
try ip link add gn3 type geneve id 9 remote 192.0.2.10 tos inherit df inherit dstport 7779 noudpcsum
try ip link add vx0 type vxlan id 9 dstport 0 local 2001:db8::1 flowlabel 5 df inherit remcsumtx remcsumrx
try ip link add vx1 type vxlan external vnifilter dstport 7780 gpe
try ip link add vt0 type vti local 1.1.1.1 remote 2.2.2.6 key 9
try ip link add vt1 type vti remote 2.2.2.16 fwmark 8 dev d0
try ip link add vt6 type vti6 local 2001:db8::1 remote 2001:db8::6 ikey 4 okey 5
try ip link add hs0 type hsr slave1 d4 slave2 d5 supervision 7 version 1
try ip link add xf0 type xfrm dev d0 if_id 9
try ip link add xf1 type xfrm external
try ip link add nlm type nlmon
try ip link add wg0 type wireguard
try ip link add mvp link d6 type macvlan mode passthru nopromisc
try ip link add br9 type bridge vlan_filtering 1 vlan_default_pvid 7 vlan_stats_enabled 1 nf_call_iptables 1 \
    vlan_protocol 802.1ad mcast_vlan_snooping 1
try ip link add ve0 type veth peer name ve1
try ip link set ve0 master br9
try ip link set ve0 type bridge_slave backup_port ve0 vlan_tunnel on locked on
for link in d0 bo0 bo1 bo2; do try ip link set $link up; done
try ip addr add 10.0.0.9/24 dev d0
try ip addr add 2001:db8::9/64 dev d0 nodad
echo 1 >/proc/sys/net/mpls/conf/d0/input
try ip -f mpls route add 100 via inet 10.0.0.7 dev d0
try ip -f mpls route add 101 as 200/300 via inet6 2001:db8::7 dev d0 ttl-propagate disabled
try ip -f mpls route add 102 dev lo
try ip -f mpls route add 103 nexthop as 7 via inet 10.0.0.8 dev d0 nexthop via inet 10.0.0.10 dev d0
try ip route add 10.19.0.0/16 encap mpls 100/200 ttl 9 via 10.0.0.7 dev d0
try ip route add 10.20.0.0/16 nexthop encap mpls 7 via 10.0.0.7 dev d0 nexthop via 10.0.0.8 dev d0 weight 9
try ip route add vrf vrf1 10.21.0.0/16 dev d1
try ip -6 route add 2001:db8:15::/64 encap seg6local action End.DT4 vrftable 100 dev d0
try ip -6 route add 2001:db8:16::/64 encap ioam6 trace prealloc type 0x800000 ns 1 size 12 dev d0
try ip -6 route add 2001:db8:17::/64 encap rpl segs 2001:db8::77 dev d0
try ip -6 route add 2001:db8:18::/64 encap xfrm if_id 7 link_dev d0 dev d0
