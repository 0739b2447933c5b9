#!/usr/bin/env python3
"""Records what the running kernel answers to netlink requests, byte by byte, for tests/recorded.

Usage, as root on the kernel that the simulator is like, in a namespace without anything:

    unshare -n python3 record.py rules > rules.jsonl

A line is one step: {"name", "wait"?: milliseconds since the step before, "send": hex, "strict"?, "replies": [hex], "events": [[group, hex]]}.
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
    def __init__(self, groups, timed=False):
        self.timed, self.last = timed, time.monotonic()
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
        if self.timed:
            now = time.monotonic()
            wait = round((now - self.last) * 1000)
            self.last = now
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


def link_header(index=0, flags=0, change=0):
    return struct.pack("BBHiII", 0, 0, 0, index, flags, change)


def new_link(scene, name, kind, address, index, *more):
    info = attr(18, attr(1, text(kind)) + b"".join(more))
    scene.step(f"link {name}", 16, link_header(index) + attr(3, text(name)) + attr(1, mac(address)) + info)


def set_link(scene, name, index, up=None, *attrs):
    flags = (0, 0) if up is None else (int(up), 1)
    scene.step(name, 19, link_header(index, *flags) + b"".join(attrs), 0)
    time.sleep(0.3)


def neighs():
    """Neighbours of IPv4 and IPv6; the waits are those that the recording took."""
    scene = Scene((3,), timed=True)
    v0, v1, q0, d0, d1, br, p0 = 3, 2, 5, 6, 7, 8, 9
    peer = attr(1 | 0x8000, link_header(v1) + attr(3, text("v1")) + attr(1, mac("02:00:00:00:00:11")))
    new_link(scene, "v0", "veth", "02:00:00:00:00:10", v0, attr(2, peer))
    peer = attr(1 | 0x8000, link_header(4) + attr(3, text("q1")))
    new_link(scene, "q0", "veth", "02:00:00:00:00:12", q0, attr(2, peer))
    new_link(scene, "d0", "ifb", "02:00:00:00:00:20", d0)
    new_link(scene, "d1", "ifb", "02:00:00:00:00:21", d1)
    new_link(scene, "br0", "bridge", "02:00:00:00:00:22", br)
    # Without addresses of its own, IPv6 stays silent.
    for index in (v0, v1, q0, d0):
        spec = attr(26, attr(10, attr(8, u8(1))))
        set_link(scene, f"quiet {index}", index, None, spec)
    set_link(scene, "small", q0, None, attr(4, u32(1000)))
    for index in (1, v1, v0, d0):
        set_link(scene, f"up {index}", index, True)
    header = struct.pack("BBBBI", 2, 24, 0, 0, v0)
    address = attr(1, ip("10.0.0.1")) + attr(2, ip("10.0.0.1")) + attr(4, ip("10.0.0.255"))
    scene.step("address", 20, header + address)
    for family in (2, 10):
        neighs_of(scene, family, v0, v1, q0, d0, d1, br)


def neighs_of(scene, family, v0, v1, q0, d0, d1, br):
    def host(n):
        return ip(f"10.0.0.{n}") if family == 2 else ip(f"2001:db8::{n:x}")

    def header(link=v0, state=0x80, flags=0, kind=0, of=family):
        return struct.pack("BBHiHBB", of, 0, 0, link, state, flags, kind)

    def dst(n):
        return attr(1, host(n))

    def ll(n):
        return attr(2, mac(f"02:00:00:00:00:{n:02x}"))

    def ext(n):
        return attr(15, u32(n))

    def new(name, *attrs, f=0x600, wait=0, **fields):
        scene.step(f"{family} {name}", 28, header(**fields) + b"".join(attrs), f, wait=wait)

    def delete(name, *attrs, **fields):
        scene.step(f"{family} delete {name}", 29, header(**({"state": 0} | fields)) + b"".join(attrs), 0)

    def get(name, *attrs, wait=0, **fields):
        scene.step(f"{family} get {name}", 30, header(**({"state": 0} | fields)) + b"".join(attrs), 0, wait=wait)

    def dump(name, *attrs, **fields):
        fields = {"state": 0, "link": 0} | fields
        for strict in (False, True):
            scene.step(f"{family} dump {name}", 30, header(**fields) + b"".join(attrs), 0x300, strict)

    new("permanent", dst(9), ll(0xaa))
    new("again, exclusively", dst(9), ll(0xaa))
    new("again, another address", dst(9), ll(0xab), f=0x400)
    new("again, another address, router", dst(9), ll(0xab), f=0x400, flags=0x80)
    new("no flags, stale", dst(9), ll(0xaa), f=0, state=4)
    new("no flags, stale, another address", dst(9), ll(0xab), f=0, state=4)
    new("no flags, permanent, another address", dst(9), ll(0xab), f=0)
    new("replaced, same", dst(9), ll(0xaa), f=0x500, state=4)
    new("replaced, another address", dst(9), ll(0xab), f=0x500, state=4)
    new("replaced, without address", dst(9), f=0x500, state=2)
    new("router", dst(9), f=0x500, state=2, flags=0x80)
    new("no router", dst(9), f=0x500, state=2)
    new("router without replacing", dst(9), f=0, state=2, flags=0x80)
    new("externally learned", dst(9), f=0x500, state=2, flags=0x10)
    new("protocol", dst(9), attr(12, u8(7)), f=0x500, state=2, flags=0x10)
    new("protocol 0", dst(9), attr(12, u8(0)), f=0x500, state=2, flags=0x10)
    new("not externally learned", dst(9), f=0x500, state=2)
    new("other flags", dst(9), f=0x500, state=2, flags=0x66)
    for state in (0x20, 1, 0, 4, 0x40, 0x20):
        new(f"state {state}", dst(9), ll(0xab), f=0x500, state=state)
    new("invalid without address", dst(9), f=0x500, state=4)
    delete("failed", dst(9))
    delete("gone", dst(9))
    new("stale without address", dst(9), state=4)
    get("what that left", dst(9))
    new("replaced only", dst(10), ll(0xaa), f=0x100)
    new("neither created", dst(10), ll(0xaa), f=0)
    delete("what that left", dst(9))
    for state in (0x82, 0xffff, 0x100, 0xff):
        new(f"state {state}", dst(9), ll(0xaa), f=0x500, state=state)
    delete("odd states", dst(9))
    new("without dst", ll(0xaa))
    new("dst long", attr(1, host(8) + bytes(3)), ll(0xaa))
    new("dst short", attr(1, b"\1\2"), ll(0xaa))
    new("dst too long", attr(1, bytes(33)), ll(0xaa))
    new("address long", dst(7), attr(2, bytes(8)))
    new("address short", dst(6), attr(2, bytes(5)))
    new("address too long", dst(6), attr(2, bytes(33)))
    for link in (0, 99, -1):
        new(f"link {link}", dst(6), ll(0xaa), link=link)
        delete(f"link {link}", dst(6), link=link)
        get(f"link {link}", dst(6), link=link)
    for of in (0, 77):
        new(f"family {of}", dst(6), ll(0xaa), of=of)
        new(f"family {of} without link", dst(6), ll(0xaa), of=of, link=0)
        delete(f"family {of}", dst(6), of=of)
        get(f"family {of}", dst(6), of=of)
    for kind in (28, 29, 30):
        for size in (1, 4, 8):
            scene.step(f"{family} short {kind}", kind, bytes([family] + [0] * (size - 1)), 0)
    delete("without dst")
    delete("dst short", attr(1, b"\1\2"))
    scene.step(f"{family} bulk", 29, header() + dst(9), 0x200)
    new("over loopback", dst(7), ll(0xaa), link=1)
    new("over loopback again", dst(7), ll(0xab), link=1)
    new("over loopback, another", dst(8), ll(0xac), link=1)
    get("over loopback", dst(7), link=1)
    new("without ARP", dst(7), ll(0xaa), link=d0)
    new("without ARP or address", dst(6), link=d0, state=2)
    # When it goes stale is left to chance.
    delete("without ARP or address", dst(6), link=d0)
    new("without ARP or state", dst(5), link=d0, state=0)
    new("down", dst(5), ll(0xaa), link=d1)
    new("small MTU", dst(5), ll(0xaa), link=q0)
    new("bridge", dst(5), ll(0xaa), link=br)
    group = ip("224.1.2.3") if family == 2 else ip("ff02::1:2:3")
    new("group", attr(1, group), ll(0xaa))
    new("group without state", attr(1, group[:-1] + b"\6"), state=0)
    new("group, reachable", attr(1, group[:-1] + b"\7"), state=4)
    special = ["10.0.0.1", "10.0.0.255", "10.0.0.0", "0.0.0.0", "127.0.0.5", "240.0.0.5"] if family == 2 else ["::", "::1"]
    for n, name in enumerate(special):
        new(name, attr(1, ip(name)), ll(0xb0 + n))
    if family == 2:
        new("all", attr(1, ip("255.255.255.255")), state=0)
    for name, attrs, fields in (
        ("proxy", (dst(0x37),), {}),
        ("proxy again", (dst(0x37), attr(12, u8(9))), {}),
        ("proxy for all links", (dst(0x38),), {"link": 0}),
        ("proxy, managed", (dst(0x39), ext(1)), {}),
        ("proxy, externally validated", (dst(0x3a), ext(4)), {"flags": 0x88}),
        ("proxy, permanent", (dst(0x3b),), {"state": 0x80}),
        ("proxy over small MTU", (dst(0x3c),), {"link": q0}),
        ("proxy under the one for all", (dst(0x38), attr(12, u8(5))), {}),
    ):
        new(name, *attrs, f=0x600 if "again" not in name else 0, **({"state": 0, "flags": 8} | fields))
    for link in (v0, 0, v1):
        for n in (0x37, 0x38, 0x3a, 0x48):
            get(f"proxy {link} {n:x}", dst(n), link=link, flags=8)
    dump("proxies", flags=8)
    dump("flags 9", flags=9)
    delete("proxy for all", dst(0x38), link=0, flags=8)
    delete("proxy", dst(0x37), flags=8)
    delete("proxy gone", dst(0x37), flags=8)
    new("managed, permanent", dst(0x40), ll(0xaa), ext(1))
    for flags in (8, 2, 0x10):
        new(f"extended flags {flags}", dst(0x40), ll(0xaa), ext(flags))
    new("extended flags short", dst(0x40), ll(0xaa), attr(15, u8(1)))
    new("extended flags nested", dst(0x40), ll(0xaa), attr(15 | 0x8000, u32(1)))
    new("nexthop short", dst(0x40), ll(0xaa), attr(13, u8(1)))
    for kind, payload in ((3, u32(1)), (4, u8(1)), (5, u8(1)), (12, b""), (13, u32(1)), (40, b""), (11, u8(1))):
        new(f"attribute {kind}", dst(0x60 + kind), ll(0xaa), attr(kind, payload))
    new("validated, permanent", dst(0x41), ll(0xaa), ext(4))
    new("validated, stale", dst(0x42), ll(0xaa), ext(4), state=4, flags=0x10)
    for state, flags in ((0, 0), (0x20, 0), (4, 1)):
        new(f"validated, state {state} flags {flags}", dst(0x43), ll(0xaa), ext(4), state=state, flags=flags)
    new("still validated", dst(0x42), ll(0xaa), ext(4), f=0x500, state=4)
    new("not validated", dst(0x42), ll(0xaa), f=0x500, state=4)
    new("failed and validated", dst(0x42), ext(4), f=0x500, state=0x20)
    new("used and validated", dst(0x41), ext(4), f=0x500, state=4, flags=1)
    get("one", dst(0x41))
    get("missing", dst(0x58))
    get("nothing")
    get("state", dst(0x41), state=2)
    get("kind", dst(0x41), kind=1)
    get("flags", dst(0x41), flags=1)
    get("more", dst(0x41), ll(0xaa))
    get("unknown", dst(0x41), attr(40, u32(1)))
    get("dst long", attr(1, host(0x41) + bytes(4)))
    get("dst too long", attr(1, bytes(33)))
    get("left over", dst(0x41), b"\1\2\3")
    dump("all")
    scene.step(f"{family} dump of all families", 30, struct.pack("BBHiHBB", 0, 0, 0, 0, 0, 0, 0), 0x300)
    for strict in (False, True):
        scene.step(f"{family} dump short", 30, bytes([family]), 0x300, strict)
    dump("link in the header", link=v0)
    dump("state", state=2)
    dump("flags", flags=1)
    dump("kind", kind=1)
    dump("one link", attr(8, u32(v0)))
    dump("no link", attr(8, u32(999)))
    dump("master", attr(9, u32(br)))
    dump("no master", attr(9, u32(0xffffffff)))
    dump("dst", dst(9))
    dump("unknown", attr(50, u32(1)))
    dump("link short", attr(8, b"\1"))
    dump("left over", b"\1\2\3\4\5")
    dump("family 77", of=77)
    # What happens by itself.
    new("used", dst(0x70), state=0, flags=1)
    new("used, permanent with address", dst(0x71), ll(0xaa), flags=1)
    new("incomplete", dst(0x72), state=1)
    new("delay", dst(0x73), ll(0xaa), state=8)
    new("probe", dst(0x74), ll(0xaa), state=16)
    new("stale", dst(0x75), ll(0xaa), state=4)
    new("stale, used", dst(0x75), f=0x500, state=4, flags=1)
    new("reachable", dst(0x76), ll(0xaa), state=2)
    new("reachable, used", dst(0x76), f=0x500, state=2, flags=1)
    new("delay, validated", dst(0x77), ll(0xaa), ext(4), state=8)
    for _ in range(32):
        get("and wait", dst(0x75), wait=200)
    for n in range(0x70, 0x78):
        get(f"{n:x}", dst(n))
    new("managed replaces permanent", dst(0x41), ext(1), f=0x500)
    new("managed no more", dst(0x41), f=0x500, state=0)
    new("failed", dst(0x41), f=0x500, state=0x20)
    for n in range(0x50, 0x54):
        new(f"before the carrier goes {n:x}", dst(n), ll(0xaa), state=2 if n & 1 else 0x80)
    set_link(scene, "carrier down", v1, False)
    dump("after that")
    dump("proxies after that", flags=8)
    set_link(scene, "carrier up", v1, True)
    new("reachable again", dst(0x51), ll(0xaa), state=2)
    set_link(scene, "another address", v0, None, attr(1, mac("02:00:00:00:00:77")))
    dump("after that")
    dump("proxies after that", flags=8)
    for n in range(0x50, 0x54):
        new(f"before it goes down {n:x}", dst(n), ll(0xaa), state=2 if n & 1 else 0x80)
    set_link(scene, "down", v0, False)
    dump("after that")
    dump("proxies after that", flags=8)
    for n in range(0x50, 0x54):
        new(f"while it is down {n:x}", dst(n), ll(0xaa), state=2 if n & 1 else 0x80)
    set_link(scene, "up", v0, True)
    set_link(scene, "down again", v0, False)
    set_link(scene, "up again", v0, True)


def fdb():
    """Forwarding entries of a bridge, its ports, a link of its own, and VXLANs."""
    scene = Scene((3,), timed=True)
    br, d0, v0, x0, x1, x2 = 2, 3, 5, 6, 7, 8
    new_link(scene, "br0", "bridge", "02:00:00:00:00:bb", br)
    new_link(scene, "d0", "ifb", "02:00:00:00:00:01", d0)
    set_link(scene, "port", d0, None, attr(10, u32(br)))
    peer = attr(1 | 0x8000, link_header(4) + attr(3, text("v1")) + attr(1, mac("02:00:00:00:00:11")))
    new_link(scene, "v0", "veth", "02:00:00:00:00:10", v0, attr(2, peer))
    vxlan = lambda vni, *more: attr(2, attr(1, u32(vni)) + attr(15, struct.pack(">H", 4789)) + b"".join(more))
    new_link(scene, "x0", "vxlan", "02:00:00:00:00:20", x0, vxlan(5))
    new_link(scene, "x1", "vxlan", "02:00:00:00:00:21", x1, vxlan(6, attr(2, ip("10.0.0.5"))))
    new_link(scene, "x2", "vxlan", "02:00:00:00:00:22", x2, vxlan(7, attr(2, ip("10.0.0.6")), attr(3, u32(v0))))

    def header(link=d0, state=0xc0, flags=4, kind=0):
        return struct.pack("BBHiHBB", 7, 0, 0, link, state, flags, kind)

    def ll(n):
        return attr(2, mac(f"02:00:00:00:01:{n:02x}"))

    def new(name, *attrs, f=0x600, **fields):
        scene.step(name, 28, header(**fields) + b"".join(attrs), f)

    def delete(name, *attrs, f=0, **fields):
        scene.step(f"delete {name}", 29, header(**({"state": 0} | fields)) + b"".join(attrs), f)

    def get(name, *attrs, **fields):
        scene.step(f"get {name}", 30, header(**({"state": 0} | fields)) + b"".join(attrs), 0)

    def dump(name, body=None):
        for strict in (False, True):
            scene.step(f"dump {name}", 30, body or header(0, 0, 0), 0x300, strict)

    dump("at first")
    for link in (0, 99, 1):
        new(f"link {link}", ll(1), link=link)
        delete(f"link {link}", ll(1), link=link)
        get(f"link {link}", ll(1), link=link)
    for name, payload in (("short", b"12"), ("long", bytes(7)), ("zero", bytes(6)), ("of a group", mac("01:00:5e:00:00:09"))):
        new(f"address {name}", attr(2, payload))
        delete(f"address {name}", attr(2, payload))
        get(f"address {name}", attr(2, payload))
    new("no address")
    delete("no address")
    get("no address")
    for kind in (28, 29, 30):
        scene.step(f"short {kind}", kind, b"\7\0\0\0", 0)
    for payload in (u16(0), u16(4095), u8(1), u32(1), u16(7)):
        new(f"vlan {payload.hex()}", ll(1), attr(5, payload))
        delete(f"vlan {payload.hex()}", ll(1), attr(5, payload))
        get(f"vlan {payload.hex()}", ll(1), attr(5, payload))
    for state in (0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xc0, 0x42, 0x82):
        new(f"state {state:x}", ll(state), state=state)
        get(f"state {state:x}", ll(state))
    new("exists, exclusively", ll(0x80), state=0x80)
    new("exists", ll(0x80), state=0x80, f=0x400)
    new("exists, two states", ll(0x80), f=0x400)
    new("exists, other state", ll(0x80), state=0x40, f=0)
    new("exists, dynamic", ll(0x80), state=2, f=0x500)
    new("not created", ll(0x90), f=0)
    new("only replaced", ll(0x90), f=0x100)
    new("locked", ll(0x90), attr(15, u32(2)))
    new("used", ll(0x90), state=2, flags=5)
    new("sticky, dynamic", ll(0x91), state=2, flags=0x44)
    new("sticky, permanent", ll(0x92), state=0x80, flags=0x44)
    new("sticky, static", ll(0x93), state=0x40, flags=0x44)
    new("not sticky", ll(0x93), state=0x40, f=0x500)
    new("learned by others", ll(0x94), state=2, flags=0x14)
    new("no flags", ll(0x95), state=0x80, flags=0)
    new("both", ll(0x96), state=0x80, flags=6)
    new("both again", ll(0x96), state=0x80, flags=6, f=0x400)
    new("no port, master", ll(1), link=v0)
    new("no port, no flags", ll(1), link=v0, flags=0)
    new("self", ll(1), link=v0, flags=2, state=0x80)
    new("self, exclusively", ll(1), link=v0, flags=2, state=0x80)
    new("self again", ll(1), link=v0, flags=2, state=0x80, f=0x400)
    new("self, no state", ll(2), link=v0, flags=2, state=0)
    new("self, static", ll(3), link=v0, flags=2, state=0x40)
    new("self, vlan", ll(3), attr(5, u16(9)), link=v0, flags=2, state=0x80)
    new("self, group", attr(2, mac("01:00:5e:00:00:09")), link=v0, flags=2, state=0x80)
    new("self, group that is there", attr(2, mac("33:33:00:00:00:01")), link=v0, flags=2, state=0x80)
    new("bridge, self", ll(0xa0), link=br, flags=2, state=0x80)
    new("bridge, self, dynamic", ll(0xa1), link=br, flags=2, state=2)
    new("bridge, master", ll(0xa2), link=br)
    new("bridge, no flags", ll(0xa3), link=br, flags=0)
    get("self", ll(0x80), flags=2)
    get("of the bridge", ll(0xa0), link=br, flags=2)
    get("of the bridge by its port", ll(0xa0))
    get("no flags", ll(0x80), flags=0)
    get("by master", ll(0x80), attr(9, u32(br)), link=0)
    get("by master and port", ll(0x80), attr(9, u32(br)))
    get("by master that is none", ll(0x80), attr(9, u32(77)), link=0)
    get("no port", ll(0x80), link=v0)
    get("no port, self", ll(0x80), link=v0, flags=2)
    get("state", ll(0x80), state=2)
    get("flags", ll(0x80), flags=0x10)
    get("more", ll(0x80), attr(1, ip("10.0.0.1")))
    delete("missing", ll(0x70))
    delete("behind the bridge", ll(0xa0))
    delete("no port", ll(1), link=v0)
    delete("self, no state", ll(1), link=v0, flags=2)
    delete("self", ll(1), link=v0, flags=2, state=0x80)
    delete("self again", ll(1), link=v0, flags=2, state=0x80)
    delete("static", ll(0x40))
    delete("both", ll(0x96), flags=6, state=0x80)
    delete("the port's own", attr(2, mac("02:00:00:00:00:01")))
    dump("full")
    for name, body in (
        ("short", b"\7"),
        ("link in the header", header(d0, 0, 0)),
        ("link", header(0, 0, 0) + attr(8, u32(d0))),
        ("master", header(0, 0, 0) + attr(9, u32(br))),
        ("no master", header(0, 0, 0) + attr(9, u32(99))),
        ("state", header(0, 2, 0)),
        ("flags", header(0, 0, 2)),
        ("unknown", header(0, 0, 0) + attr(50, u32(1))),
        ("address", header(0, 0, 0) + ll(1)),
        ("link's header", struct.pack("BBHiII", 7, 0, 0, d0, 0, 0)),
        ("link's header and master", struct.pack("BBHiII", 7, 0, 0, 0, 0, 0) + attr(10, u32(br))),
    ):
        dump(name, body)
    set_link(scene, "another address", d0, None, attr(1, mac("02:00:00:00:00:02")))
    set_link(scene, "another address of the bridge", br, None, attr(1, mac("02:00:00:00:00:bc")))
    delete("dynamic ones in bulk", attr(16, u16(0xc0)), link=br, flags=2, f=0x200)
    delete("static ones in bulk", attr(16, u16(0xc0)), link=br, flags=2, state=0x40, f=0x200)
    delete("of a port in bulk", attr(16, u16(0x80)), flags=4, f=0x200)
    delete("with an address in bulk", ll(1), link=br, flags=2, f=0x200)
    delete("of no bridge in bulk", link=v0, flags=2, f=0x200)
    new("before the port goes", ll(0xb0), state=0x40)
    set_link(scene, "no port", d0, None, attr(10, u32(0)))
    dump("without a port")
    set_link(scene, "port again", d0, None, attr(10, u32(br)))
    delete("all in bulk", link=br, flags=2, f=0x200)
    def far(a):
        return attr(1, ip(a))
    new("tunnel", ll(1), far("10.0.0.9"), link=x0, flags=2)
    new("tunnel, exclusively", ll(1), far("10.0.0.9"), link=x0, flags=2)
    new("tunnel, other end appended", ll(1), far("10.0.0.10"), link=x0, flags=2, f=0xc00)
    new("tunnel, other state", ll(1), far("10.0.0.9"), link=x0, flags=2, state=0x82, f=0x400)
    new("tunnel, replaced", ll(1), far("10.0.0.13"), link=x0, flags=2, f=0x500)
    new("tunnel, replaced by the same", ll(1), far("10.0.0.13"), link=x0, flags=2, f=0x500)
    zero = attr(2, bytes(6))
    new("all", zero, far("10.0.0.11"), link=x0, flags=2, f=0xc00)
    new("all, more", zero, far("10.0.0.12"), attr(6, struct.pack(">H", 99)), attr(7, u32(77)), attr(8, u32(v0)), link=x0, flags=2, f=0xc00)
    new("all, again", zero, far("10.0.0.11"), link=x0, flags=2, f=0xc00)
    new("all, replaced", zero, far("10.0.0.14"), link=x0, flags=2, f=0x500)
    new("tunnel to nowhere", ll(2), link=x0, flags=2)
    new("tunnel of IPv6", ll(2), far("2001:db8::1"), link=x0, flags=2)
    new("tunnel, no state", ll(2), far("10.0.0.9"), link=x0, flags=2, state=0x40)
    new("tunnel, dynamic", ll(3), far("10.0.0.9"), link=x0, flags=2, state=2)
    new("tunnel, not created", ll(4), far("10.0.0.9"), link=x0, flags=2, f=0)
    new("tunnel over nothing", ll(4), far("10.0.0.9"), attr(8, u32(99)), link=x0, flags=2)
    new("tunnel, port short", ll(4), far("10.0.0.9"), attr(6, u8(1)), link=x0, flags=2)
    new("tunnel, vni short", ll(4), far("10.0.0.9"), attr(7, u8(1)), link=x0, flags=2)
    new("tunnel, link short", ll(4), far("10.0.0.9"), attr(8, u8(1)), link=x0, flags=2)
    new("tunnel, other end short", ll(4), attr(1, b"12"), link=x0, flags=2)
    get("tunnel", ll(1), link=x0, flags=2)
    get("all", zero, link=x0, flags=2)
    get("no tunnel", ll(0x77), link=x0, flags=2)
    dump("tunnels")
    delete("tunnel, another end", ll(1), far("10.0.0.99"), link=x0, flags=2)
    delete("tunnel", ll(1), far("10.0.0.13"), link=x0, flags=2)
    delete("tunnel again", ll(1), link=x0, flags=2)
    delete("all, one end", zero, far("10.0.0.11"), link=x0, flags=2)
    delete("all", zero, link=x0, flags=2)
    for index in (x1, x0, x2):
        set_link(scene, f"up {index}", index, True)
        set_link(scene, f"down {index}", index, False)
    for index in (x1, x0, d0, br):
        scene.step(f"delete link {index}", 17, link_header(index), 0)
        time.sleep(0.3)
    dump("at last")


if __name__ == "__main__":
    {"rules": rules, "neighs": neighs, "fdb": fdb}[sys.argv[1]]()
