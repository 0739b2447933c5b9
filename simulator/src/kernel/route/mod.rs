//! Routes.

use crate::kernel::addr::{Addr4, Addr6};
use crate::refusal::Outcome;
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;

pub(crate) mod dump;

/// The IPv4 routing tables of a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib4 {}

impl Fib4 {
    /// Whether a table exists.
    pub(crate) fn has_table(&self, _table: u32) -> bool {
        false
    }
}

/// The IPv6 routing tables of a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib6 {}

/// The MPLS label table of a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct MplsTable {}

impl World {
    pub(crate) fn new_route(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn del_route(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn get_route(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn route_expiry_timer(&mut self, _ns: NetnsId) {}

    /// Routes that come with an IPv4 address (`fib_add_ifaddr`). The address is in the link's list already.
    pub(crate) fn fib4_add_address(&mut self, _ns: NetnsId, _link: u32, _address: &Addr4) {}
    /// Routes that go with an IPv4 address (`fib_del_ifaddr`). The address is in the link's list no more; `next` is the one
    /// that has become primary in its place, if one has.
    pub(crate) fn fib4_del_address(
        &mut self,
        _ns: NetnsId,
        _link: u32,
        _address: &Addr4,
        _next: Option<&Addr4>,
    ) {
    }
    /// The metric of an address changed: its prefix route is replaced (`fib_modify_prefix_metric`).
    pub(crate) fn fib4_change_metric(&mut self, _ns: NetnsId, _link: u32, _address: &Addr4, _old: u32) {}
    /// The last IPv4 address of a link is gone, or the link is being deleted (`fib_disable_ip`).
    pub(crate) fn fib4_disable(&mut self, _ns: NetnsId, _link: u32) {}
    /// A link went up (`fib_inetdev_event` NETDEV_UP without its addresses: `fib_sync_up`).
    pub(crate) fn fib4_link_up(&mut self, _ns: NetnsId, _link: u32) {}
    /// A link went down (`fib_disable_ip` for NETDEV_DOWN).
    pub(crate) fn fib4_link_down(&mut self, _ns: NetnsId, _link: u32) {}
    /// A link's carrier came or went: nexthops over it are marked (`RTNH_F_LINKDOWN`), in both families.
    pub(crate) fn fib_link_carrier(&mut self, _ns: NetnsId, _link: u32, _carrier: bool) {}

    /// The multicast route `ff00::/8` and what else a link gets when IPv6 begins on it (`addrconf_add_dev`,
    /// `addrconf_add_mroute`).
    pub(crate) fn fib6_link_ready(&mut self, _ns: NetnsId, _link: u32) {}
    /// The prefix route of an IPv6 address (`addrconf_prefix_route`).
    pub(crate) fn fib6_add_prefix(&mut self, _ns: NetnsId, _link: u32, _address: &Addr6) {}
    /// The local route of an IPv6 address (`ipv6_ifa_notify` NEWADDR).
    pub(crate) fn fib6_add_local(&mut self, _ns: NetnsId, _link: u32, _address: &Addr6) {}
    /// The local route goes with its address.
    pub(crate) fn fib6_del_local(&mut self, _ns: NetnsId, _link: u32, _address: &Addr6) {}
    /// The prefix route goes when the last address of the prefix does (`check_cleanup_prefix_route`).
    pub(crate) fn fib6_del_prefix(&mut self, _ns: NetnsId, _link: u32, _address: &Addr6) {}
    /// IPv6 ends on a link: all its routes go (`rt6_disable_ip`).
    pub(crate) fn fib6_disable(&mut self, _ns: NetnsId, _link: u32) {}
}
