//! What a neighbour is like before anything is known of it (`arp_constructor`, `ndisc_constructor`).

use super::{BASE_REACHABLE, Key, Neigh};
use crate::kernel::link::Link;
use crate::kernel::netns::Netns;
use crate::kernel::route::address_kind;
use netplumb_core::family::link::info::vrf::IFLA_VRF_TABLE;
use netplumb_core::family::link::{ARPHRD_ETHER, IFF_LOOPBACK, IFF_NOARP, IFF_POINTOPOINT};
use netplumb_core::family::neigh::{NUD_NOARP, NUD_NONE, NeighFlags, NeighFlagsExt};
use netplumb_core::family::route::{
    RT_TABLE_LOCAL, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST, RouteProtocol,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl Neigh {
    /// A new neighbour on a link, and what it is found by.
    pub(crate) fn of(ns: &Netns, link: &Link, address: IpAddr, now: i64) -> (Key, Self) {
        let mut neigh = Self {
            made: 0,
            lladdr: vec![0; link.address.len()],
            state: NUD_NONE,
            flags: NeighFlags::default(),
            flags_ext: NeighFlagsExt::default(),
            kind: RTN_UNICAST,
            protocol: RouteProtocol::default(),
            probes: 0,
            confirmed: now.saturating_sub(2 * BASE_REACHABLE),
            used: now,
            updated: now,
            reachable: 0,
        };
        let loopback = link.flags.contains(IFF_LOOPBACK);
        let address = match address {
            // Over a link without addresses all of IPv4 has one neighbour.
            IpAddr::V4(_) if loopback || link.flags.contains(IFF_POINTOPOINT) => Ipv4Addr::UNSPECIFIED.into(),
            address => address,
        };
        neigh.kind = match address {
            IpAddr::V4(address) => address_kind(ns, address.into(), local_table(ns, link)),
            IpAddr::V6(address) if address.is_multicast() => RTN_MULTICAST,
            IpAddr::V6(_) if loopback => RTN_LOCAL,
            IpAddr::V6(_) => RTN_UNICAST,
        };
        let known = if neigh.kind == RTN_MULTICAST {
            Some(multicast(link, address))
        } else if link.flags.intersects(IFF_NOARP | IFF_LOOPBACK) {
            Some(link.address.clone())
        } else if neigh.kind == RTN_BROADCAST || link.flags.contains(IFF_POINTOPOINT) {
            Some(link.broadcast.clone())
        } else {
            None
        };
        if let Some(known) = known {
            neigh.state = NUD_NOARP;
            neigh.lladdr = known;
        }
        (Key::new(link.index, address), neigh)
    }
}

/// The link-layer address of a group (`arp_mc_map`, `ndisc_mc_map`).
fn multicast(link: &Link, address: IpAddr) -> Vec<u8> {
    if link.kind.arphrd != ARPHRD_ETHER {
        return link.broadcast.clone();
    }
    match address {
        IpAddr::V4(address) => {
            let [_, b, c, d] = address.octets();
            vec![0x01, 0x00, 0x5e, b & 0x7f, c, d]
        }
        IpAddr::V6(address) => {
            let [.., a, b, c, d] = address.octets();
            vec![0x33, 0x33, a, b, c, d]
        }
    }
}

/// The table that has the host's addresses on a link: that of its VRF, if it belongs to one (`l3mdev_fib_table`).
fn local_table(ns: &Netns, link: &Link) -> u32 {
    let master = link.master.and_then(|index| ns.link(index));
    let vrf = [Some(link), master].into_iter().flatten().find(|link| link.is_kind("vrf"));
    vrf.map_or(RT_TABLE_LOCAL.0, |vrf| vrf.data.u32(IFLA_VRF_TABLE))
}

/// An address of a request, as long as its family's or longer.
pub(super) fn address(payload: &[u8], family: u8) -> Option<IpAddr> {
    match family {
        crate::kernel::family::INET => payload.first_chunk::<4>().map(|b| Ipv4Addr::from(*b).into()),
        crate::kernel::family::INET6 => payload.first_chunk::<16>().map(|b| Ipv6Addr::from(*b).into()),
        _ => None,
    }
}
