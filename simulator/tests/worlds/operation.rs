//! Operations: requests that make sense more often than not, and messages that are made by chance.

use super::{ask, send};
use netplumb_core::conn::Expect;
use netplumb_core::family::common::{AF_BRIDGE, AF_INET, AF_INET6, Prefix};
use netplumb_core::family::neigh::{NeighFlags, NeighFlagsExt, NudState};
use netplumb_core::family::{ROUTE, addr, link, neigh, rule};
use netplumb_core::schema::{Generate, Seed, generate};
use netplumb_core::wire::Writer;
use netplumb_simulator::{SocketId, World};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Link { name: u8, kind: u8, lower: u32, index: Option<u32> },
    VethAt { name: u8, index: u32, peer_index: u32 },
    Veth { name: u8, peer: u8 },
    Up { index: u32, up: bool },
    Change { index: u32, what: u8, value: u32 },
    Master { index: u32, master: u32 },
    Delete { index: u32 },
    Address { index: u32, host: u8, length: u8, v6: bool, delete: bool, lifetime: u32 },
    Rule { v6: bool, what: u16, value: u8, delete: bool },
    Neigh { index: u32, host: u8, v6: bool, state: u16, flags: u8, ext: u8, create: u16, delete: bool },
    Fdb { index: u32, mac: u8, state: u8, flags: u8, create: u16, far: u8, delete: bool },
    Wild { kind: u16, flags: u16, seed: u64 },
    Wait { ms: u16 },
}

impl Arbitrary for Operation {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let index = || 1u32..8;
        let bits = prop::sample::select(vec![0u16, 1, 2, 4, 8, 16, 0x20, 0x40, 0x80, 0x80, 0x82]);
        prop_oneof![
            4 => (0u8..6, 0u8..10, index(), prop::option::weighted(0.2, 1u32..12))
                .prop_map(|(name, kind, lower, index)| Self::Link { name, kind, lower, index }),
            1 => (0u8..6, 1u32..12, 1u32..12)
                .prop_map(|(name, index, peer_index)| Self::VethAt { name, index, peer_index }),
            2 => (0u8..6, 0u8..6).prop_map(|(name, peer)| Self::Veth { name, peer }),
            4 => (index(), any::<bool>()).prop_map(|(index, up)| Self::Up { index, up }),
            3 => (index(), 0u8..8, any::<u32>())
                .prop_map(|(index, what, value)| Self::Change { index, what, value }),
            2 => (index(), 0u32..8).prop_map(|(index, master)| Self::Master { index, master }),
            1 => index().prop_map(|index| Self::Delete { index }),
            4 => (index(), 0u8..4, 20u8..34, any::<bool>(), any::<bool>(), 0u32..9)
                .prop_map(|(index, host, length, v6, delete, lifetime)| {
                    Self::Address { index, host, length, v6, delete, lifetime }
                }),
            3 => (any::<bool>(), any::<u16>(), any::<u8>(), any::<bool>())
                .prop_map(|(v6, what, value, delete)| Self::Rule { v6, what, value, delete }),
            6 => (index(), 0u8..6, any::<bool>(), bits, any::<u8>(), 0u8..8, any::<u16>(), prop::bool::weighted(0.2))
                .prop_map(|(index, host, v6, state, flags, ext, create, delete)| {
                    Self::Neigh { index, host, v6, state, flags: flags & 0x99, ext, create: create & 0xf00, delete }
                }),
            4 => (index(), 0u8..5, any::<u8>(), 0u8..8, any::<u16>(), 0u8..4, prop::bool::weighted(0.2))
                .prop_map(|(index, mac, state, flags, create, far, delete)| {
                    Self::Fdb { index, mac, state, flags, create: create & 0xf00, far, delete }
                }),
            3 => (16u16..36, any::<u16>(), any::<u64>())
                .prop_map(|(kind, flags, seed)| Self::Wild { kind, flags: flags & 0xf0d, seed }),
            2 => (0u16..9000).prop_map(|ms| Self::Wait { ms }),
        ]
        .boxed()
    }
}

impl Operation {
    pub(crate) fn carry_out(&self, world: &mut World, socket: SocketId) {
        match *self {
            Self::Link { name, kind, lower, index } => {
                let kinds =
                    ["bridge", "ifb", "vxlan", "macvlan", "vlan", "bond", "vrf", "dummy", "macvtap", "veth"];
                let request = link::create(&format!("l{name}")).kind(kinds[usize::from(kind) % kinds.len()]);
                ask(world, socket, at_index(request, index.unwrap_or(0)).link(lower));
            }
            Self::VethAt { name, index, peer_index } => {
                ask(world, socket, veth_at(&format!("l{name}"), index, "peer", peer_index));
            }
            Self::Veth { name, peer } => {
                ask(world, socket, link::create(&format!("l{name}")).veth(&format!("l{peer}")));
            }
            Self::Up { index, up } => {
                let request = link::set(index);
                ask(world, socket, if up { request.up() } else { request.down() });
            }
            Self::Change { index, what, value } => change(world, socket, index, what, value),
            Self::Master { index, master } => {
                ask(world, socket, link::set(index).master(master));
            }
            Self::Delete { index } => {
                ask(world, socket, link::delete(index));
            }
            Self::Address { index, host, length, v6, delete, lifetime } => {
                let len = if v6 { length * 3 } else { length };
                let prefix = Prefix { addr: address(host, v6), len };
                let request = if delete { addr::delete(index, prefix) } else { addr::replace(index, prefix) };
                let request = if lifetime > 0 { request.lifetimes(lifetime + 1, lifetime) } else { request };
                ask(world, socket, request);
            }
            Self::Rule { v6, what, value, delete } => rule(world, socket, v6, what, value, delete),
            Self::Neigh { index, host, v6, state, flags, ext, create, delete } => {
                let address = address(host, v6);
                let request =
                    if delete { neigh::delete(index, address) } else { neigh::replace(index, address) };
                let request = request
                    .flags(create, !create & 0xf00)
                    .state(NudState(state))
                    .header(|header| header.ndm_flags = NeighFlags(flags));
                let request = if flags & 1 == 0 { request.lladdr(&[2, 0, 0, 0, host, ext]) } else { request };
                ask(
                    world,
                    socket,
                    request.with(|n| {
                        if ext & 5 == ext && ext != 0 {
                            n.flags_ext(NeighFlagsExt(u32::from(ext)));
                        }
                    }),
                );
            }
            Self::Fdb { index, mac, state, flags, create, far, delete } => {
                let header = |h: &mut neigh::NdMsg| {
                    h.ndm_family = AF_BRIDGE;
                    h.ndm_state = NudState(u16::from(state));
                    h.ndm_flags = NeighFlags(flags << 1 & 0x5e);
                };
                let kind = if delete { neigh::RTM_DELNEIGH } else { neigh::RTM_NEWNEIGH };
                let ndm_ifindex = index.cast_signed();
                let first = neigh::NdMsg { ndm_ifindex, ..neigh::NdMsg::default() };
                let create = if delete { 0 } else { create };
                let request = neigh::NeighRequest::new(kind, create, Expect::Ack, first).header(header);
                ask(
                    world,
                    socket,
                    request.with(|n| {
                        n.lladdr(&[if mac == 0 { 0 } else { 2 }, 0, 0, 0, 0, mac]);
                        if far > 0 {
                            n.dst(address(far, false));
                        }
                    }),
                );
            }
            Self::Wild { kind, flags, seed } => {
                let Some(known) = ROUTE.message(kind) else { return };
                let mut buffer = vec![0; 16_384];
                let mut w = Writer::new(&mut buffer);
                let fitted = w.message(kind, flags | 5, 1, 0, |w| {
                    generate((known.schema)(), Generate::default(), &mut Seed(seed), w);
                });
                if fitted {
                    let len = w.len();
                    send(world, socket, &buffer[..len]);
                }
            }
            Self::Wait { ms } => world.advance(world.now().after_ns(u64::from(ms) * 1_000_000)),
        }
    }
}

/// The same request with an index for the link.
pub(crate) fn at_index(request: link::LinkRequest, index: u32) -> link::LinkRequest {
    request.header(|header| header.ifi_index = index.cast_signed())
}

/// A pair of links that have been given indices.
pub(crate) fn veth_at(name: &str, index: u32, peer: &str, peer_index: u32) -> link::LinkRequest {
    let request = link::create(name).linkinfo(|info| {
        info.veth(|veth| {
            let header =
                link::IfInfoMsg { ifi_index: peer_index.cast_signed(), ..link::IfInfoMsg::default() };
            veth.writer().nest(link::info::veth::VETH_INFO_PEER, |w| {
                link::LinkBuilder::with_header(w, header).ifname(peer);
            });
        });
    });
    at_index(request, index)
}

fn address(host: u8, v6: bool) -> IpAddr {
    if v6 {
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(host)).into()
    } else {
        Ipv4Addr::new(10, 0, 0, host).into()
    }
}

fn change(world: &mut World, socket: SocketId, index: u32, what: u8, value: u32) {
    let [a, b, c, d] = value.to_ne_bytes();
    let request = link::set(index);
    let request = match what {
        0 => request.mtu(value % 3000),
        1 => request.address(&[a & 0xfe, b, c, d, 1, 2]),
        2 => request.rename(&format!("r{}", value % 8)),
        3 => request.with(|l| {
            l.ifalias(&"alias".repeat(usize::from(a % 9)));
        }),
        4 => request.with(|l| {
            l.group(value % 5).txqlen(value % 2000);
        }),
        5 => request.with(|l| {
            l.linkmode(netplumb_core::family::link::LinkMode(a % 2)).proto_down(b % 2);
        }),
        6 => request.nomaster(),
        _ => request.with(|l| {
            l.gso_max_size(value % 70_000);
        }),
    };
    ask(world, socket, request);
}

fn rule(world: &mut World, socket: SocketId, v6: bool, what: u16, value: u8, delete: bool) {
    let family = if v6 { AF_INET6 } else { AF_INET };
    let request = if delete { rule::delete(family) } else { rule::add(family) };
    let has = |bit: u32| what >> bit & 1 != 0;
    let mut request = request.header(|h| h.action = rule::RuleAction(if has(9) { value % 9 } else { 1 }));
    if has(0) {
        request = request.priority(u32::from(value));
    }
    if has(1) {
        request = request.lookup(u32::from(value) * 3);
    }
    if has(2) {
        request = request.iif(&format!("l{}", value % 6));
    }
    if has(3) {
        request = request.from(Prefix { addr: address(value, v6), len: value % 33 });
    }
    if has(4) {
        request = request.fwmark(u32::from(value), 0xff);
    }
    let request = request.with(|r| {
        if has(5) {
            r.dscp(value % 64);
        }
        if has(6) {
            r.oifname(if value.is_multiple_of(7) { "" } else { "l1" });
        }
        if has(9) && value % 9 == 2 {
            r.goto(u32::from(value) + 5);
        }
        if has(7) {
            let start = u16::from(value);
            r.sport_range(rule::FibRulePortRange { start, end: start + u16::from(has(8)) });
        }
    });
    ask(world, socket, request);
}
