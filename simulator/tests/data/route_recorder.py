"""Records what Linux answers to requests about routes, for the replay in src/kernel/route/tests.rs.

    sudo python3 simulator/tests/data/record_routes.py > simulator/tests/data/routes.txt

Each scene runs in a network namespace of its own. Links are ifb (which have a carrier) or bridges (which have none), without
automatic link-local addresses. Lines of the result:

    scene NAME        a fresh namespace
    do STEP           a link or an address changes: link, bridge, up, down, remove, add4, del4, add6, del6
    send HEX          a request, without the netlink header's sequence number and port
    ack ERRNO TEXT    its acknowledgement (offset of the attribute after '@')
    reply HEX         a message to the requester
    event S|K HEX     a notification: with the requester's sequence number and port, or with none
"""
import ctypes, os, socket, struct, subprocess, sys, time

CREATE, EXCL, REPLACE, APPEND, ECHO = 0x400, 0x200, 0x100, 0x800, 8
ADD = CREATE | EXCL


def attr(kind, body):
    return struct.pack('HH', 4 + len(body), kind) + body + b'\0' * (-len(body) % 4)


def u32(value):
    return struct.pack('I', value)


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def via_of(text):
    return struct.pack('H', 10 if ':' in text else 2) + address(text)


def hop(via=None, oif=0, weight=1, flags=0, via6=None, flow=None):
    body = b''
    if via:
        body += attr(5, address(via))
    if via6:
        body += attr(18, via_of(via6))
    if flow is not None:
        body += attr(11, u32(flow))
    return struct.pack('HBBi', 8 + len(body), flags, weight - 1, oif) + body


def route(prefix, family=None, type=1, table=254, proto=3, scope=0, tos=0, flags=0, src=None, raw=b'', **more):
    """The body of a request about a route."""
    default = prefix == 'default'
    dst, _, length = ('', '', 0) if default else prefix.partition('/')
    family = family or (10 if ':' in dst else 2)
    length = int(length) if length != '' else (128 if family == 10 else 32)
    src_addr, _, src_len = src.partition('/') if src else ('', '', 0)
    head = struct.pack('8BI', family, length, int(src_len), tos, table, proto, scope, type, flags)
    body = b'' if not dst else attr(1, address(dst))
    if src:
        body += attr(2, address(src_addr))
    for name, value in more.items():
        if name in ('via', 'prefsrc'):
            body += attr({'via': 5, 'prefsrc': 7}[name], address(value))
        elif name == 'other':
            body += attr(18, via_of(value))
        elif name == 'hops':
            body += attr(9, b''.join(value))
        elif name == 'metrics':
            body += attr(8, b''.join(attr(k, v if isinstance(v, bytes) else u32(v)) for k, v in value))
        elif name == 'pref':
            body += attr(20, bytes([value]))
        else:
            number = {'oif': 4, 'metric': 6, 'flow': 11, 'table_id': 15, 'expires': 23, 'nh_id': 30, 'mark': 16,
                      'iif': 3}[name]
            body += attr(number, u32(value))
    return head + body + raw


class Scene:
    def __init__(self, name):
        print('scene', name)
        self.events = socket.socket(16, 3, 0)
        self.events.bind((0, 1 << 6 | 1 << 10))
        self.events.setblocking(False)
        self.socket = socket.socket(16, 3, 0)
        self.socket.bind((0, 0))
        self.socket.setsockopt(270, 11, 1)
        self.socket.setsockopt(270, 12, 1)
        # The namespace's own loopback interface stays down.

    def drain(self, wait=0.0):
        time.sleep(wait)
        while True:
            try:
                data = self.events.recv(65536)
            except BlockingIOError:
                return
            _, kind, flags, seq, port = struct.unpack_from('IHHII', data)
            print('event', 'S' if seq or port else 'K', data[4:8].hex() + data[16:].hex())

    def do(self, *steps):
        for step in steps:
            words = step.split()
            verb, index = words[0], words[1]
            name = 'lo' if index == '1' else f'd{index}'
            commands = {
                'link': f'ip link add {name} index {index} type ifb',
                'bridge': f'ip link add {name} index {index} address 02:00:00:00:00:0{index} type bridge',
                'up': f'ip link set {name} up',
                'down': f'ip link set {name} down',
                'remove': f'ip link del {name}',
                'add4': f'ip addr add {" ".join(words[2:])} dev {name}',
                'del4': f'ip addr del {" ".join(words[2:])} dev {name}',
                'add6': f'ip addr add {" ".join(words[2:])} dev {name} nodad',
                'del6': f'ip addr del {" ".join(words[2:])} dev {name}',
            }
            subprocess.run(commands[verb].split(), check=True)
            if verb in ('link', 'bridge'):
                subprocess.run(f'ip link set {name} addrgenmode none'.split(), check=True)
            print('do', step)
            self.drain(0.05)

    def send(self, kind, body, flags=0):
        message = struct.pack('IHHII', 16 + len(body), kind, 5 | flags, 7, 0) + body
        print('send', message[4:8].hex() + body.hex())
        self.socket.send(message)
        dump = kind == 26 and flags & 0x300
        while True:
            data, at, ended = self.socket.recv(65536), 0, False
            while at + 16 <= len(data):
                length, kind_, flags_, _, _ = struct.unpack_from('IHHII', data, at)
                part = data[at:at + length]
                at += (length + 3) & ~3
                if kind_ == 2 or kind_ == 3:
                    errno = struct.unpack_from('i', part, 16)[0]
                    text, offset = '', ''
                    if flags_ & 0x200:
                        skip = 20 if kind_ == 3 else 36 + (0 if flags_ & 0x100 else len(message) - 16)
                        tlvs = part[(skip + 3) & ~3:]
                        while len(tlvs) >= 4:
                            size, what = struct.unpack_from('HH', tlvs)
                            if what == 1:
                                text = tlvs[4:size].rstrip(b'\0').decode()
                            if what == 2:
                                offset = f' @{struct.unpack_from("I", tlvs, 4)[0]}'
                            tlvs = tlvs[(size + 3) & ~3:]
                    flag = f' filtered' if kind_ == 3 and flags_ & 0x20 else ''
                    print(f'{"done" if dump else "ack"} {-errno}{flag}{" " + text if text else ""}{offset}')
                    ended = True
                else:
                    print('reply', part[4:8].hex() + part[16:].hex())
            if ended:
                break
        self.drain()

    def new(self, prefix, how=ADD, **what):
        self.send(24, route(prefix, **what), how)

    def delete(self, prefix, **what):
        what = {'type': 0, 'proto': 0, 'scope': 255 if ':' not in prefix else 0} | what
        self.send(25, route(prefix, **what))

    def get(self, dst, **what):
        self.send(26, route(dst, **({'type': 0, 'proto': 0, 'table': 0} | what)))

    def dump(self, family=0, **what):
        head = struct.pack('8BI', family, 0, 0, 0, what.get('table', 0), what.get('proto', 0), 0,
                           what.get('type', 0), what.get('flags', 0))
        self.send(26, head + what.get('raw', b''), 0x300)


def in_namespace(run):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            if ctypes.CDLL(None).unshare(0x40000000) != 0:  # CLONE_NEWNET
                raise PermissionError('no namespace of its own: this needs root')
            run()
            sys.stdout.flush()
        except Exception as error:
            print('FAILED', error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    os.waitpid(child, 0)
