"""Writes what the kernel tells listeners of links, addresses, routes, neighbours and rules to the file $1, until killed."""
import socket
import sys

GROUPS = [1, 3, 5, 7, 8, 9, 11, 19]  # RTNLGRP_LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, ...
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.bind((0, 0))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
for group in GROUPS:
    s.setsockopt(270, 1, group)
with open(sys.argv[1], "wb", buffering=0) as out:
    while True:
        out.write(s.recv(1 << 20))
