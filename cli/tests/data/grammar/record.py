#!/usr/bin/env python3
import sys,subprocess,re,shlex,os
def run(cmd):
    st='/tmp/netplumb-record'
    p=subprocess.run(['timeout','5','strace','-e','trace=sendmsg,sendto','-e','write=all','-o',st,'ip']+shlex.split(cmd),capture_output=True,text=True)
    msgs=[];buf=None
    for l in open(st,errors='replace'):
        if l.startswith(('sendto','sendmsg')): buf=bytearray();msgs.append(buf)
        m=re.match(r' \| [0-9a-f]{5,}  ((?:[0-9a-f]{2} {1,2})+)',l)
        if m and buf is not None: buf.extend(bytes.fromhex(m.group(1).replace(' ','')))
    out=[]
    for b in msgs:
        n=int.from_bytes(b[:4],'little'); b=b[:n]
        b[8:16]=bytes(8)
        out.append(b.hex())
    return out,p.returncode,p.stderr.strip().split('\n')[0]
setup='''set -e
ip link set lo up
ip link add eth0 index 10 type veth peer name eth1 index 11
ip link add br0 index 12 type bridge
'''
if os.environ.get('IN')!='1':
    os.environ['IN']='1'
    os.execvp('unshare',['unshare','-n','--mount','sh','-c','exec python3 "$@"','x']+sys.argv)
for f in sys.argv[1:]:
    rows=[]
    for l in open(f):
        l=l.strip()
        if not l or l.startswith('#'): continue
        if l.startswith('$ '): l=l[2:]
        if l.startswith(('>','=')): continue
        subprocess.run('ip -all netns 2>/dev/null; ip link | sed -n "s/^[0-9]*: \\([^:@]*\\).*/\\1/p" | while read d; do [ $d != lo ] && ip link del $d 2>/dev/null; done; ip rule flush 2>/dev/null;'+setup,shell=True,check=False,stderr=subprocess.DEVNULL)
        out,rc,err=run(l)
        rows.append((l,out,rc,err))
    with open(f,'w') as o:
        for l,out,rc,err in rows:
            o.write(f'$ {l}\n')
            for m in out: o.write(f'> {m}\n')
            o.write(f'= {rc} {err}\n')
