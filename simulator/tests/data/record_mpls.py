"""Scenes about MPLS, which needs the kernel of tests/vm/run (Debian's 6.12). From simulator/tests/data:

    P=$(readlink -f /usr/bin/python3) L=/usr/lib/$(basename $P)
    VM_MEM=2048 VM_FILES="$L $(ls $L/lib-dynload/_ctypes*.so) $(readlink -f $(command -v ip)) $PWD/route_recorder.py \\
        $PWD/record_mpls.py" ../../../tests/vm/run $P $PWD/record_mpls.py > mpls.txt
"""
from route_recorder import *


def lab(*ls): return b''.join(struct.pack('>I',(l<<12)|(0x100 if i==len(ls)-1 else 0)) for i,l in enumerate(ls))
def m(kind_label, table=254, scope=0, type=1, dl=20, flags=0, proto=3, tos=0, raw=b''):
    b=struct.pack('8BI',28,dl,0,tos,table,proto,scope,type,flags)
    if kind_label is not None: b+=attr(1,lab(kind_label))
    return b+raw
via=lambda t: attr(18,via_of(t))
def mh(oif=0,raw=b''): return struct.pack('HBBi',8+len(raw),0,0,oif)+raw
def mpls(s):
    s.events.setsockopt(270,1,27)
    open('/proc/sys/net/mpls/platform_labels','w').write('1048575')
    s.do('link 2','up 2','add4 2 10.0.0.1/24','add6 2 2001:db8::1/64','link 3','up 3')
    N=24
    s.send(N,m(100,raw=via('10.0.0.2')),ADD)
    s.send(N,m(100,raw=via('10.0.0.2')),ADD)
    s.send(N,m(100,raw=via('10.0.0.2')),CREATE)
    s.send(N,m(100,raw=via('10.0.0.2')),CREATE|APPEND)
    s.send(N,m(100,raw=via('10.0.0.3')+attr(19,lab(200,300))),CREATE|REPLACE)
    s.send(N,m(101,raw=via('10.0.0.3')),REPLACE)
    s.send(N,m(15,raw=via('10.0.0.3')),ADD)
    s.send(N,m(None,raw=via('10.0.0.3')),ADD)
    s.send(N,m(None,raw=via('10.0.0.3')),0)
    s.send(N,m(102),ADD)
    s.send(N,m(102,raw=attr(4,u32(2))),ADD)
    s.send(N,m(103,raw=attr(4,u32(99))),ADD)
    s.send(N,m(103,raw=via('10.99.0.3')),ADD)
    s.send(N,m(103,raw=via('2001:db8::2')),ADD)
    s.send(N,m(104,raw=attr(18,b'\x11\0\2\0\0\0\0\1')+attr(4,u32(3))),ADD)
    s.send(N,m(105,raw=attr(18,b'\x11\0\2\0\0\0\0')+attr(4,u32(3))),ADD)
    s.send(N,m(105,raw=attr(18,b'\x02\0\2\0\0\0\0')+attr(4,u32(3))),ADD)
    s.send(N,m(105,raw=attr(18,b'\x05\0\2\0\0\0\0')+attr(4,u32(3))),ADD)
    s.send(N,m(105,raw=attr(18,b'\x02')+attr(4,u32(3))),ADD)
    s.send(N,m(105,raw=attr(5,address('10.0.0.2'))),ADD)
    s.send(N,m(105,raw=via('10.0.0.2')+attr(6,u32(2))),ADD)
    s.send(N,m(105,raw=via('10.0.0.2')+attr(26,b'\1')),ADD)
    s.send(N,m(106,raw=via('10.0.0.2')+attr(26,b'\0')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(26,b'\2')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,lab(3))),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,b'\0\0\x60\0')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,b'\0\0\x61\5')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,b'\0\0\x67\0')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,b'\0\0\x61\0\0\0\x61\0')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,b'\0\0\x61\0\0')),ADD)
    s.send(N,m(107,raw=via('10.0.0.2')+attr(19,lab(*range(100,131)))),ADD)
    s.send(N,m(107,raw=attr(1,lab(5,6))),ADD)
    for kw in ({'table':253},{'scope':253},{'type':6},{'dl':32},{'flags':4},{'tos':4}):
        s.send(N,m(107,raw=via('10.0.0.2'),**kw),ADD)
    s.send(N,m(110,raw=attr(9,mh(0,via('10.0.0.2'))+mh(3,attr(19,lab(55))))),ADD)
    s.send(N,m(111,raw=attr(9,mh(0,via('10.0.0.2')))),ADD)
    s.send(N,m(112,raw=attr(9,mh(0,via('10.0.0.2'))+mh(99))),ADD)
    s.send(N,m(112,raw=attr(9,mh(0,via('10.0.0.2'))+b'\5\0\0\0')),ADD)
    s.dump(28)
    s.dump(0)
    s.dump(28,raw=attr(4,u32(3)))
    s.dump(28,proto=4)
    s.dump(28,table=4)
    s.send(26,m(110,table=0,type=0,proto=0))
    s.send(26,m(110,table=0,type=0,proto=0,flags=0x2000))
    s.send(26,m(100,table=0,type=0,proto=0))
    s.send(26,m(99,table=0,type=0,proto=0))
    s.send(26,m(5,table=0,type=0,proto=0))
    s.send(26,m(None,table=0,type=0,proto=0))
    s.send(26,m(100))
    s.do('down 3'); s.dump(28); s.do('up 3'); s.dump(28)
    s.send(25,m(100,type=1)); s.send(25,m(100,type=1)); s.send(25,m(110,type=0)); s.send(25,m(None))
    s.send(25,m(100),EXCL)
    s.do('remove 3'); s.dump(28)
    s.do('remove 2'); s.dump(28)


print('# Recorded by record_mpls.py on Linux', os.uname().release.split('-')[0])
in_namespace(lambda: mpls(Scene('mpls')))
