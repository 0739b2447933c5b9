//! Routes.
//!
//! Tables are ordered maps whose order is that of dumps, so that neither adding nor deleting nor dumping looks at other
//! routes. What equal routes have in common is kept once, as the kernel does in `struct fib_info`.

mod auto4;
mod auto6;
pub(crate) mod dump;
mod encap;
mod few;
mod fib4;
mod fib6;
mod hop4;
mod hop6;
mod ipv4;
mod ipv6;
mod lookup;
mod lookup6;
mod mpls;
mod put;
pub(crate) mod saved;
mod shared;
mod spec;
#[cfg(test)]
mod tests;

pub(crate) use fib4::{Fib4, address_kind};
pub(crate) use fib6::Fib6;
pub(crate) use mpls::MplsTable;

use crate::kernel::family;
use crate::kernel::link::Link;
use crate::kernel::netns::Netns;
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::wire::NLM_F_EXCL;
use std::cmp::Reverse;

/// Nexthop objects are not simulated: no id exists.
const NO_NEXTHOP_OBJECT: &str = "Nexthop id does not exist";

/// In requests to delete the flag that means "excluding" elsewhere asks for many objects at once (`NLM_F_BULK`).
const NLM_F_BULK: u16 = NLM_F_EXCL;

impl World {
    pub(crate) fn new_route(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        match family {
            family::INET => self.new_route4(request),
            family::INET6 => self.new_route6(request),
            family::MPLS => self.new_route_mpls(request),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    pub(crate) fn del_route(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        let known = matches!(family, family::INET | family::INET6 | family::MPLS);
        if known && request.has(NLM_F_BULK) {
            return refuse(Errno::EOPNOTSUPP, "Bulk delete is not supported");
        }
        match family {
            family::INET => self.del_route4(request),
            family::INET6 => self.del_route6(request),
            family::MPLS => self.del_route_mpls(request),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    pub(crate) fn get_route(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        match family {
            family::INET => self.get_route4(request),
            family::INET6 => self.get_route6(request),
            family::MPLS => self.get_route_mpls(request),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    /// Routes of IPv6 that have an end are looked at.
    pub(crate) fn route_expiry_timer(&mut self, ns: NetnsId) {
        self.collect6(ns);
    }

    /// A link is being deleted: whatever leads over it goes, in all families (`NETDEV_UNREGISTER`).
    pub(crate) fn fib_unregister(&mut self, ns: NetnsId, link: u32) {
        self.leave_link4(ns, link);
        self.leave_link6(ns, link, true);
        self.leave_link_mpls(ns, link);
    }

    /// A link's carrier came or went: nexthops over it are marked (`RTNH_F_LINKDOWN`), in both families.
    pub(crate) fn fib_link_carrier(&mut self, ns: NetnsId, link: u32, carrier: bool) {
        self.mark_carrier4(ns, link, carrier);
        self.mark_carrier6(ns, link, carrier);
    }
}

/// The table of a VRF for its links and itself (`l3mdev_fib_table`): their routes go there.
fn l3_table(ns: &Netns, link: &Link) -> Option<u32> {
    const IFLA_VRF_TABLE: u16 = 1;
    let master = if link.is_kind("vrf") { Some(link) } else { link.master.and_then(|index| ns.link(index)) };
    master.filter(|master| master.is_kind("vrf")).map(|vrf| vrf.data.u32(IFLA_VRF_TABLE))
}

/// Tables, by id and when they were made, in the order in which dumps show them: by the lowest byte of their number, and of
/// those with the same one the newest first (`fib_table_hash`, `fib6_table_hash`).
fn in_dump_order(tables: impl Iterator<Item = (u32, u64)>) -> Vec<(u8, Reverse<u64>, u32)> {
    let mut order: Vec<_> = tables.map(|(id, made)| (id.to_le_bytes()[0], Reverse(made), id)).collect();
    order.sort_unstable();
    order
}

/// The ids of tables, the oldest first.
fn in_order_of_making(tables: impl Iterator<Item = (u32, u64)>) -> Vec<u32> {
    let mut order: Vec<_> = tables.map(|(id, made)| (made, id)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, id)| id).collect()
}
