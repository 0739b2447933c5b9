#!/usr/bin/env python3
"""Records what the running kernel answers to netlink requests, byte by byte, for tests/recorded.

Usage, as root on the kernel that the simulator is like, in a namespace without anything:

    unshare -n python3 record.py rules > rules.jsonl

A line is one step: {"name", "wait"?: milliseconds before it, "send": hex, "strict"?, "replies": [hex], "events": [[group, hex]]}.
The requester's port id is replaced by ee ee ee ee.
"""
import json, os, socket, struct, sys, time

NLM_F_REQUEST, NLM_F_ACK, NLM_F_ECHO = 1, 4, 8
PORT = b"\xee\xee\xee\xee"
IPROUTE = "ip"


def attr(kind, payload):
    return struct.pack("HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def u8(v): return struct.pack("B", v)
def u16(v): return struct.pack("H", v)
def u32(v): return struct.pack("I", v)
def u64(v): return struct.pack("Q", v)
def text(v): return v.encode() + b"\0"
def mac(v): return bytes.fromhex(v.replace(":", ""))
def ip(v): return socket.inet_pton(socket.AF_INET6 if ":" in v else socket.AF_INET, v)


class Socket:
    def __init__(self, groups=(), strict=False):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.s.bind((0, 0))
        self.port = struct.pack("I", self.s.getsockname()[0])
        self.s.setsockopt(270, 11, 1)
        if strict:
            self.s.setsockopt(270, 12, 1)
        for group in groups:
            self.s.setsockopt(270, 1, group)
        self.s.settimeout(0.04)

    def drain(self):
        out = []
        while True:
            try:
                data, _, _, sender = self.s.recvmsg(65536)
            except (TimeoutError, BlockingIOError):
                return out
            out.append((sender[1].bit_length(), data))


class Scene:
    def __init__(self, groups):
        self.loose, self.strict = Socket(), Socket(strict=True)
        self.listener = Socket(groups)
        self.settle()

    def settle(self):
        self.listener.drain()

    def mark(self, data, port):
        """Headers say whose doing it was."""
        out, rest = b"", data
        while len(rest) >= 16:
            length = struct.unpack("I", rest[:4])[0]
            length = (length + 3) & ~3
            head = rest[:12] + (PORT if rest[12:16] == port else rest[12:16])
            out += head + rest[16:length]
            rest = rest[length:]
        return (out + rest).hex()

    def step(self, name, kind, body, flags=0x600, strict=False, wait=0):
        if wait:
            time.sleep(wait / 1000)
        s = self.strict if strict else self.loose
        message = struct.pack("IHHII", 16 + len(body), kind, flags | NLM_F_REQUEST | NLM_F_ACK, 100, 0) + body
        s.s.send(message)
        replies = [self.mark(data, s.port) for _, data in s.drain()]
        events = [[group, self.mark(data, s.port)] for group, data in self.listener.drain()]
        line = {"name": name, "send": message.hex(), "replies": replies, "events": events}
        if strict:
            line["strict"] = True
        if wait:
            line["wait"] = wait
        print(json.dumps(line))


def rules():
    scene = Scene((8, 19))

    def header(family, dst=0, src=0, tos=0, table=100, action=1, flags=0):
        return struct.pack("BBBBBBBBI", family, dst, src, tos, table, 0, 0, action, flags)

    def priority(p):
        return attr(6, u32(p))

    def be32(v):
        return struct.pack(">I", v)

    def dumps(name, families=(0, 2, 10, 128, 129, 7), both=(False, True)):
        for family in families:
            for strict in both:
                scene.step(f"{name} dump {family}", 34, header(family, table=0, action=0), 0x300, strict)

    dumps("defaults")
    for at in range(1, 12):
        bad = bytearray(header(2, table=0, action=0))
        bad[at] = 1
        scene.step(f"dump header {at}", 34, bytes(bad), 0x300, True)
    scene.step("dump attribute", 34, header(2, table=0, action=0) + attr(15, u32(1)), 0x300, True)
    scene.step("dump short", 34, b"\2", 0x300, True)
    scene.step("dump short", 34, b"\2", 0x300)
    scene.step("get", 34, header(2), 0)
    for family in (2, 10, 128, 129):
        width = 4 if family in (2, 128) else 16
        address = ip("10.1.2.3") if width == 4 else ip("2001:db8::7")
        def new(name, *attrs, flags=0x600, **fields):
            scene.step(f"{family} {name}", 32, header(family, **fields) + b"".join(attrs), flags)
        def delete(name, *attrs, flags=0, **fields):
            fields = {"table": 0, "action": 0} | fields
            scene.step(f"{family} delete {name}", 33, header(family, **fields) + b"".join(attrs), flags)
        for tos in (0x10, 3, 4, 0xe0):
            new(f"tos {tos}", priority(500 + tos), tos=tos)
        for dscp in (8, 64, 0):
            new(f"dscp {dscp}", priority(1000 + dscp), attr(25, u8(dscp)))
        new("dscp and tos", priority(1100), attr(25, u8(8)), tos=0x10)
        new("dscp mask alone", priority(1100), attr(30, u8(8)))
        new("dscp and mask", priority(1101), attr(25, u8(8)), attr(30, u8(0x38)))
        new("dscp outside the mask", priority(1102), attr(25, u8(9)), attr(30, u8(0x38)))
        new("dscp mask too large", priority(1102), attr(25, u8(9)), attr(30, u8(0x80)))
        new("dscp mask too long", priority(1102), attr(25, u8(9)), attr(30, u16(8)))
        new("dscp too long", priority(1102), attr(25, u32(9)))
        new("dscp nested", priority(1102), attr(25 | 0x8000, u8(9)))
        delete("dscp 0", attr(25, u8(0)))
        delete("dscp mask", attr(30, u8(0x38)))
        new("flow label alone", priority(1200), attr(26, be32(0x12345)))
        new("flow label mask alone", priority(1200), attr(27, be32(0xfffff)))
        new("flow label", priority(1200), attr(26, be32(0x12345)), attr(27, be32(0xfffff)))
        new("flow label, mask there", priority(1200), attr(27, be32(0xfffff)))
        new("flow label outside", priority(1201), attr(26, be32(0x12345)), attr(27, be32(0xff)))
        new("flow label mask too large", priority(1201), attr(26, be32(1)), attr(27, be32(0xffffff)))
        new("flow label short", priority(1201), attr(26, u16(1)))
        for first, last in ((10, 20), (20, 10), (0, 10), (0xffff, 0xffff), (1, 0xfffe), (7, 7)):
            new(f"sport {first}-{last}", priority(1300 + first), attr(23, u16(first) + u16(last)))
            new(f"dport {first}-{last}", priority(1301 + first), attr(24, u16(first) + u16(last)))
        new("ports", priority(1400), attr(23, u16(1) + u16(2)), attr(24, u16(3) + u16(3)))
        for name, kind in (("sport", 23), ("dport", 24)):
            new(f"{name} mask", priority(1401 + kind), attr(kind, u16(16) * 2), attr(kind + 5, u16(0xff0)))
            new(f"{name} mask of a range", priority(1450), attr(kind, u16(16) + u16(17)), attr(kind + 5, u16(0xff0)))
            new(f"{name} mask alone", priority(1450), attr(kind + 5, u16(0xff0)))
            new(f"{name} outside the mask", priority(1450), attr(kind, u16(17) * 2), attr(kind + 5, u16(0xff0)))
            new(f"{name} mask zero", priority(1450), attr(kind, u16(16) * 2), attr(kind + 5, u16(0)))
            new(f"{name} mask too long", priority(1450), attr(kind, u16(16) * 2), attr(kind + 5, u32(0xff0)))
            new(f"{name} short", priority(1450), attr(kind, u16(16)))
            delete(f"{name}", attr(kind, u16(16) * 2))
        everything = [attr(1, address), attr(2, address), priority(1500), attr(22, u8(6)), attr(12, u64(7)),
                      attr(11, u32(0x10002)), attr(17, text("lo")), attr(3, text("nope")), attr(13, u32(7)),
                      attr(14, u32(8)), attr(20, u32(1) + u32(2)), attr(21, u8(99)), attr(25, u8(3)),
                      attr(23, u16(5) * 2), attr(24, u16(6) * 2), attr(10, u32(3)), attr(16, u32(0xf))]
        if family == 10:
            everything += [attr(26, be32(1)), attr(27, be32(0xf))]
        new("everything", *everything, dst=8, src=9, table=0, flags=0x608)
        new("everything again", *everything, dst=8, src=9, table=0)
        new("everything again, not exclusively", *everything, dst=8, src=9, table=0, flags=0x400)
        for at in range(len(everything)):
            # Whatever is left out or different does not find it.
            if at not in (0, 1, 2):
                new(f"everything less {at}", *everything[:at], *everything[at + 1:], dst=8, src=9)
        delete("everything", *everything, dst=8, src=9)
        delete("everything again", *everything, dst=8, src=9, flags=8)
        delete("everything gone", *everything, dst=8, src=9)
        new("oif missing", priority(1600), attr(17, text("nope")))
        new("iif empty", priority(1601), attr(3, text("")))
        new("iif without NUL", priority(1602), attr(3, b"0123456789abcde"))
        new("iif long", priority(1603), attr(3, text("0123456789abcdef")))
        new("iif of no text", priority(1603), attr(3, b"\xff\xfe\0"))
        for l3mdev in (0, 1, 2):
            new(f"l3mdev {l3mdev}", priority(1700), attr(19, u8(l3mdev)), table=0)
        new("l3mdev and table", priority(1701), attr(19, u8(1)))
        new("table 0", priority(1800), table=0)
        new("table 0 again", priority(1801), table=0)
        new("table 0, blackhole", priority(1802), table=0, action=6)
        new("table 300", priority(1803), attr(15, u32(300)), table=0)
        new("table 0 in the attribute", priority(1804), attr(15, u32(0)), table=7)
        new("table 1 in the attribute", priority(1805), attr(15, u32(1)), table=7)
        new("goto", priority(2000), attr(4, u32(2100)), table=0, action=2)
        new("goto same", priority(2000), attr(4, u32(2000)), table=0, action=2)
        new("goto back", priority(2000), attr(4, u32(1900)), table=0, action=2)
        new("goto nowhere", priority(2000), table=0, action=2)
        new("goto unexpected", priority(2000), attr(4, u32(2100)), table=0)
        new("goto back and users", priority(2000), attr(4, u32(1)), attr(20, u32(2) + u32(1)), table=0, action=2)
        new("target", priority(2100), table=0, action=3)
        new("second target", priority(2100), table=0, action=6)
        new("second goto", priority(2001), attr(4, u32(2100)), table=0, action=2)
        delete("target", priority(2100))
        new("third goto", priority(2002), attr(4, u32(2100)), table=0, action=2)
        delete("second target", priority(2100))
        delete("goto", priority(2000))
        delete("goto of no action", attr(4, u32(2100)))
        delete("goto back", attr(4, u32(2)), action=2)
        delete("l3mdev and table", attr(19, u8(1)), table=100)
        for action in (0, 1, 3, 4, 5, 6, 7, 8, 9, 77, 255):
            new(f"action {action}", priority(2200), action=action)
        new("flags", priority(2300), action=7, flags=0x600)
        scene.step(f"{family} strange flags", 32, header(family, flags=0xff1e) + priority(2301))
        scene.step(f"{family} permanent", 32, header(family, flags=1) + priority(2302))
        delete("permanent", priority(2302))
        new("src without length", priority(2400), attr(2, address))
        new("src", priority(2401), attr(2, address), src=8)
        new("src any, same priority", priority(2401))
        new("dst", priority(2402), attr(1, address), dst=8 * width)
        new("dst too long", priority(2403), attr(1, address), dst=8 * width + 1)
        new("dst missing", priority(2403), dst=8)
        new("dst of another size", priority(2403), attr(1, bytes(5)), dst=8)
        new("src of another size", priority(2403), attr(2, bytes(5)), src=8)
        delete("src", attr(2, address), src=8)
        delete("src without length", attr(2, address), priority(2402))
        delete("dst of another length", attr(1, address), dst=7)
        new("mark 0", priority(2500), attr(10, u32(0)), attr(16, u32(0xff)))
        new("mark 5", priority(2501), attr(10, u32(5)))
        new("mark 5 mask 0", priority(2502), attr(10, u32(5)), attr(16, u32(0)))
        delete("mark", attr(10, u32(5)), attr(16, u32(0)))
        delete("mark 0", attr(10, u32(0)), priority(2500))
        for first, last in ((0xffffffff, 0xffffffff), (0, 0xfffffffe), (3, 2), (0, 0), (0, 0xffffffff)):
            new(f"users {first}-{last}", priority(2600), attr(20, u32(first) + u32(last)))
        delete("users", attr(20, u32(0) + u32(0)))
        for kind, payload in ((6, u16(0)), (21, b""), (20, u32(4)), (12, u32(4)), (15, u8(1)), (19, b""), (22, b"")):
            new(f"attribute {kind} short", attr(kind, payload))
        for kind, payload in ((21, u32(4)), (6, u64(2700)), (31, u32(1)), (5, u32(1)), (18, u32(1)), (200, b"")):
            new(f"attribute {kind} odd", attr(kind, payload))
        new("two priorities", priority(1), priority(2701))
        new("left over", priority(2702), b"\7\0")
        delete("left over", priority(2702), b"\7\0")
        delete("bulk", flags=0x200)
        scene.step(f"{family} short", 32, bytes([family]) + bytes(10))
        scene.step(f"{family} short", 33, bytes([family]) + bytes(10), 0)
        scene.step(f"{family} one byte", 32, bytes([family]))
        new("priority 0", priority(0))
        new("priority highest", priority(0xffffffff))
        new("no priority")
        new("no priority again")
        dumps(f"{family} full", (family,), (True,))
        delete("first")
        delete("second")
        new("no priority, two gone", flags=0x608)
    for family in (0, 7, 77):
        scene.step(f"family {family}", 32, header(family))
        scene.step(f"family {family}", 33, header(family), 0)
    for family in (2, 10):
        for _ in range(120):
            scene.step("empty", 33, header(family, table=0, action=0), 0)
        for _ in range(4):
            scene.step("into the empty list", 32, header(family))
    dumps("end")


if __name__ == "__main__":
    {"rules": rules}[sys.argv[1]]()
