# Changes of all objects, for those who watch. All that is made is taken away again.
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
