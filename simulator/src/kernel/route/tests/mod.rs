//! Routes against what Linux does with them.

mod replay;
mod rows;

use crate::kernel::addr::{Addr4, Addr6, FOREVER, Lifetime};
use crate::kernel::link::{Link, kind_named};
use crate::{NetnsId, SocketId, SocketOptions, World};
use netplumb_core::Instant;
use netplumb_core::family::addr::{IFA_F_NODAD, IFA_F_PERMANENT, IFA_F_SECONDARY, IfaProto};
use netplumb_core::family::common::{RT_SCOPE_HOST, RT_SCOPE_LINK, Scope};
use netplumb_core::family::link::IFF_UP;
use netplumb_core::wire::{Message, Messages};
use std::net::{Ipv4Addr, Ipv6Addr};

const NS: NetnsId = NetnsId(0);

/// A world in which links and addresses change as far as routes see it: by the hooks that requests about links and
/// addresses call.
struct Host {
    world: World,
    socket: SocketId,
    events: SocketId,
}

impl Host {
    fn new() -> Self {
        let mut world = World::new(1);
        let socket = world.open(NS, SocketOptions::default());
        let events = world.open(NS, SocketOptions::default());
        for group in [7, 11, 27] {
            world.join(events, group).unwrap();
        }
        Self { world, socket, events }
    }

    fn link(&mut self, index: u32) -> &mut Link {
        self.world.ns_mut(NS).link_mut(index).unwrap()
    }

    fn add_link(&mut self, index: u32, kind: &str, carrier: bool) {
        let mut link = Link::of(kind_named(kind).unwrap(), &format!("d{index}"));
        link.index = index;
        link.carrier = carrier;
        self.world.ns_mut(NS).links.insert(index, link);
    }

    fn up(&mut self, index: u32) {
        self.link(index).flags |= IFF_UP;
        if index == 1 {
            self.link(1).addr4 = vec![addr4("127.0.0.1/8", None, RT_SCOPE_HOST)];
            let own = addr6("::1/128", None);
            self.link(1).addr6 = vec![own.clone()];
        }
        for address in self.link(index).addr4.clone() {
            self.world.fib4_add_address(NS, index, &address);
        }
        self.world.fib4_link_up(NS, index);
        self.world.fib6_link_up(NS, index);
        if index == 1 {
            let own = self.link(1).addr6[0].clone();
            self.world.fib6_add_local(NS, 1, &own);
        } else if self.link(index).carrier {
            self.world.fib6_link_ready(NS, index);
        }
    }

    fn down(&mut self, index: u32) {
        let flags = self.link(index).flags.without(IFF_UP);
        self.link(index).flags = flags;
        self.world.fib4_link_down(NS, index);
        self.world.fib6_disable(NS, index);
        self.link(index).addr6.clear();
    }

    fn remove(&mut self, index: u32) {
        if self.link(index).is_up() {
            self.down(index);
        }
        while let Some(address) = self.link(index).addr4.first().cloned() {
            self.del4(index, &address);
        }
        self.world.ns_mut(NS).links.remove(&index);
        self.world.fib_unregister(NS, index);
    }

    /// A second address of a subnet is secondary, and stands behind all primary ones.
    fn add4(&mut self, index: u32, mut address: Addr4) {
        let list = &mut self.link(index).addr4;
        let mask = super::fib4::mask4(address.prefix);
        let same = |own: &Addr4| {
            own.prefix == address.prefix && (u32::from(own.address) ^ u32::from(address.address)) & mask == 0
        };
        if list.iter().any(same) {
            address.flags |= IFA_F_SECONDARY;
            list.push(address.clone());
        } else {
            let primaries = list.iter().take_while(|own| !own.flags.contains(IFA_F_SECONDARY)).count();
            list.insert(primaries, address.clone());
        }
        self.world.fib4_add_address(NS, index, &address);
    }

    /// Secondary addresses go with their primary one, before it.
    fn del4(&mut self, index: u32, address: &Addr4) {
        let mask = super::fib4::mask4(address.prefix);
        if !address.flags.contains(IFA_F_SECONDARY) {
            let belongs = |own: &Addr4| {
                own.flags.contains(IFA_F_SECONDARY)
                    && own.prefix == address.prefix
                    && (u32::from(own.address) ^ u32::from(address.address)) & mask == 0
            };
            while let Some(second) = self.link(index).addr4.iter().find(|own| belongs(own)).cloned() {
                self.del4(index, &second);
            }
        }
        self.link(index).addr4.retain(|own| own != address);
        self.world.fib4_del_address(NS, index, address, None);
        if self.link(index).addr4.is_empty() {
            self.world.fib4_disable(NS, index);
        }
    }

    fn add6(&mut self, index: u32, address: Addr6) {
        self.link(index).addr6.push(address.clone());
        self.world.fib6_link_ready(NS, index);
        self.world.fib6_add_prefix(NS, index, &address);
        self.world.fib6_add_local(NS, index, &address);
    }

    fn del6(&mut self, index: u32, address: &Addr6) {
        self.link(index).addr6.retain(|own| own.local != address.local);
        self.world.fib6_del_local(NS, index, address);
        self.world.fib6_del_prefix(NS, index, address);
    }

    /// What the socket has got, message by message.
    fn received(&mut self, socket: SocketId) -> Vec<Vec<u8>> {
        let mut buffer = vec![0; 32_768];
        let mut messages = Vec::new();
        while let Ok(got) = self.world.recv(socket, &mut buffer) {
            let datagram = &buffer[..got.len];
            messages.extend(Messages::new(datagram).map(|message| message.unwrap().bytes().to_vec()));
        }
        messages
    }
}

fn message(bytes: &[u8]) -> Message<'_> {
    Message::parse(bytes).unwrap()
}

const LIFETIME: Lifetime =
    Lifetime { valid: FOREVER, preferred: FOREVER, created: Instant::ZERO, updated: Instant::ZERO };

fn addr4(text: &str, broadcast: Option<&str>, scope: Scope) -> Addr4 {
    let (local, prefix) = text.split_once('/').unwrap();
    let (local, prefix): (Ipv4Addr, u8) = (local.parse().unwrap(), prefix.parse().unwrap());
    let last = Ipv4Addr::from(u32::from(local) | !super::fib4::mask4(prefix));
    Addr4 {
        local,
        address: local,
        prefix,
        broadcast: broadcast.map(|text| text.parse().unwrap_or(last)),
        scope,
        flags: IFA_F_PERMANENT,
        label: String::new(),
        metric: 0,
        proto: IfaProto::default(),
        lifetime: LIFETIME,
    }
}

fn addr6(text: &str, peer: Option<&str>) -> Addr6 {
    let (local, prefix) = text.split_once('/').unwrap();
    let local: Ipv6Addr = local.parse().unwrap();
    Addr6 {
        local,
        peer: peer.map(|text| text.split('/').next().unwrap().parse().unwrap()),
        prefix: prefix.parse().unwrap(),
        scope: if local.is_unicast_link_local() { RT_SCOPE_LINK } else { Scope::default() },
        flags: IFA_F_PERMANENT | IFA_F_NODAD,
        metric: 0,
        proto: IfaProto::default(),
        lifetime: LIFETIME,
        dad_probes: 0,
    }
}
