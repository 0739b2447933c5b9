"""Writes what the kernel answers to the dump requests behind an `ip` command: $1.links (all of them), $1.shown (those of
`ip addr`), $1.objects."""
import socket
import struct
import sys

RTEXT_FILTER_VF = 1
NLMSG_DONE = 3


def dump(kind, body, name):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.setsockopt(270, 12, 1)  # NETLINK_GET_STRICT_CHK
    s.send(struct.pack("=IHHII", 16 + len(body), kind, 0x301, 1, 0) + body)
    with open(name, "wb") as out:
        while True:
            data = s.recv(1 << 20)
            while data:
                length, kind = struct.unpack("=IH", data[:6])
                length = (length + 3) & ~3
                if kind == NLMSG_DONE or kind == 2:
                    return
                out.write(data[:length])
                data = data[length:]


prefix, words = sys.argv[1], sys.argv[2:]
family = {"-4": 2, "-6": 10, "-M": 28}
af = next((family[w] for w in words if w in family), 0)
def links(family, attributes, end):
    dump(18, struct.pack("=BxHiII", family, 0, 0, 0, 0) + attributes, prefix + end)


links(0, struct.pack("=HHI", 8, 29, RTEXT_FILTER_VF), ".links")
objects = prefix + ".objects"
if "addr" in words:
    # `ip -6 addr` asks for links in the same family, and the kernel then says less about them.
    links(af, b"" if af else struct.pack("=HHI", 8, 29, RTEXT_FILTER_VF), ".shown")
    dump(22, struct.pack("=BBBBI", af, 0, 0, 0, 0), objects)
elif "route" in words:
    dump(26, struct.pack("=BBBBBBBBI", af or 2, 0, 0, 0, 0, 0, 0, 0, 0), objects)
elif "rule" in words:
    dump(34, struct.pack("=BBBBBBBBI", af or 2, 0, 0, 0, 0, 0, 0, 0, 0), objects)
elif "neigh" in words:
    dump(30, struct.pack("=B3xiHBB", af, 0, 0, 8 if "proxy" in words else 0, 0), objects)
