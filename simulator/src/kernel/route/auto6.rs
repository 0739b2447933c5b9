//! IPv6 routes that come and go with addresses and links (`net/ipv6/addrconf.c`, `fib6_ifdown`, `fib6_ifup`).

use super::fib4::{LOCAL, MAIN};
use super::fib6::Key6;
use super::ipv6::{Config6, GC_NS};
use super::spec::{DEAD, LINKDOWN};
use crate::kernel::addr::{Addr6, FOREVER};
use crate::kernel::link::Link;
use crate::request::Origin;
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::Instant;
use netplumb_core::family::addr::{IFA_F_NOPREFIXROUTE, IFA_F_PERMANENT};
use netplumb_core::family::link::IFF_LOOPBACK;
use netplumb_core::family::route::{
    RTN_ANYCAST, RTN_LOCAL, RTN_MULTICAST, RTN_UNICAST, RTPROT_KERNEL, RouteType,
};
use std::net::Ipv6Addr;

/// The metric of the kernel's own routes (`IP6_RT_PRIO_ADDRCONF`).
const METRIC: u32 = 256;

const HOST: u8 = 128;
const NS_PER_SECOND: u64 = 1_000_000_000;

impl World {
    /// The multicast route `ff00::/8` that a link gets when IPv6 begins on it (`addrconf_add_mroute`). Loopback has none,
    /// nor has a VRF.
    pub(crate) fn fib6_link_ready(&mut self, ns: NetnsId, link: u32) {
        let Some(state) = self.ns(ns).link(link) else { return };
        if state.flags.contains(IFF_LOOPBACK) || state.is_kind("vrf") {
            return;
        }
        let all = Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0);
        self.auto6(ns, link, RTN_MULTICAST, LOCAL, (all, 8), METRIC, None);
    }

    /// The prefix route of an IPv6 address (`addrconf_prefix_route`).
    pub(crate) fn fib6_add_prefix(&mut self, ns: NetnsId, link: u32, address: &Addr6) {
        let lifetime = Some(address.lifetime.valid).filter(|valid| *valid != FOREVER);
        let metric = if address.metric == 0 { METRIC } else { address.metric };
        self.auto6(ns, link, RTN_UNICAST, MAIN, (address.local, address.prefix), metric, lifetime);
    }

    /// The local route of an IPv6 address, and that to its other end (`ipv6_ifa_notify` NEWADDR).
    pub(crate) fn fib6_add_local(&mut self, ns: NetnsId, link: u32, address: &Addr6) {
        self.auto6(ns, link, RTN_LOCAL, LOCAL, (address.local, HOST), 0, None);
        if let Some(peer) = address.peer {
            let metric = if address.metric == 0 { METRIC } else { address.metric };
            self.auto6(ns, link, RTN_UNICAST, MAIN, (peer, HOST), metric, None);
        }
    }

    /// The local route goes with its address, behind the one to the other end; routes that prefer it as source lose that
    /// preference without a word (`ipv6_ifa_notify` DELADDR, `rt6_remove_prefsrc`).
    pub(crate) fn fib6_del_local(&mut self, ns: NetnsId, link: u32, address: &Addr6) {
        if let Some(peer) = address.peer {
            self.del_auto6(ns, link, MAIN, (peer, HOST), false);
        }
        self.del_auto6(ns, link, LOCAL, (address.local, HOST), false);
        // A link that goes down takes its addresses along, but not the preferences for them.
        let own = |other: &Link| other.addr6.iter().any(|a| a.local == address.local);
        let space = self.ns(ns);
        let elsewhere = space.links.values().any(|other| other.index != link && own(other));
        if elsewhere || !space.link(link).is_some_and(Link::is_up) {
            return;
        }
        let fib = &mut self.ns_mut(ns).fib6;
        let users = fib.all(|_, info| info.source == Some(address.local));
        for (table, key, at) in users {
            fib.change(table, &key, at, |info| info.source = None);
        }
    }

    /// The prefix route goes when the last address of the prefix does (`check_cleanup_prefix_route`). The caller asks only
    /// for addresses that have one: permanent ones without `IFA_F_NOPREFIXROUTE`. Addresses with an end leave the route
    /// to theirs.
    pub(crate) fn fib6_del_prefix(&mut self, ns: NetnsId, link: u32, address: &Addr6) {
        let mask = super::fib6::mask6(address.prefix);
        let same = |other: &Addr6| {
            other.local != address.local
                && other.prefix == address.prefix
                && (u128::from(other.local) ^ u128::from(address.local)) & mask == 0
        };
        let mut until: Option<u64> = None;
        for other in self.ns(ns).link(link).map_or(&[][..], |link| &link.addr6).iter().filter(|a| same(a)) {
            if other.flags.intersects(IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE) {
                return;
            }
            let end =
                other.lifetime.updated.after_ns(u64::from(other.lifetime.valid) * NS_PER_SECOND).as_ns();
            until = Some(until.map_or(end, |until| until.max(end)));
        }
        let prefix = (address.local, address.prefix);
        let Some(until) = until else {
            self.del_auto6(ns, link, MAIN, prefix, true);
            return;
        };
        if let Some((table, key, at)) = self.find_auto6(ns, link, MAIN, prefix, true) {
            let end = Some(Instant::from_ns(until));
            self.ns_mut(ns).fib6.change(table, &key, at, |info| info.expires = end);
            let timer = Timer::RouteExpiry { netns: ns };
            if self.timers.at(timer).is_none() {
                self.timers.set(timer, self.now.after_ns(GC_NS));
            }
        }
    }

    /// IPv6 ends on a link: all its routes go, and everybody is told (`rt6_disable_ip`). Of a multipath route that has
    /// nexthops elsewhere those of the link only die, silently.
    pub(crate) fn fib6_disable(&mut self, ns: NetnsId, link: u32) {
        let deleted = self.ns(ns).link(link).is_none();
        self.leave_link6(ns, link, deleted);
    }

    /// Nexthops of multipath routes that died with their link are alive again (`rt6_sync_up`).
    pub(crate) fn fib6_link_up(&mut self, ns: NetnsId, link: u32) {
        let Some(state) = self.ns(ns).link(link).filter(|link| link.is_up()) else { return };
        let marks = if state.carrier { DEAD | LINKDOWN } else { DEAD };
        let fib = &mut self.ns_mut(ns).fib6;
        for (table, key, at) in fib.all(|route, info| info.oif == link && route.marks & marks != 0) {
            fib.mark(table, &key, at, 0, marks);
        }
    }

    /// A link's carrier came or went: nexthops over it are marked, but for those of its own addresses.
    pub(super) fn mark_carrier6(&mut self, ns: NetnsId, link: u32, carrier: bool) {
        let fib = &mut self.ns_mut(ns).fib6;
        let own = |kind: RouteType| kind == RTN_LOCAL || kind == RTN_ANYCAST;
        for (table, key, at) in fib.all(|_, info| info.oif == link && !(own(info.kind) || info.reject)) {
            let (set, clear) = if carrier { (0, LINKDOWN) } else { (LINKDOWN, 0) };
            fib.mark(table, &key, at, set, clear);
        }
    }

    /// `fib6_ifdown` for every route; of a link that is being `deleted` also nexthops of multipath routes go.
    pub(super) fn leave_link6(&mut self, ns: NetnsId, link: u32, deleted: bool) {
        let fib = &self.ns(ns).fib6;
        let mut gone = Vec::new();
        let mut dead = Vec::new();
        for (table, key, at) in fib.all(|_, info| info.oif == link) {
            let list = fib.routes(table, &key);
            let siblings = fib.siblings(list, at);
            let dies = |place: &usize| {
                list.get(*place).is_none_or(|route| {
                    route.marks & DEAD != 0 || fib.info(*route).is_none_or(|info| info.oif == link)
                })
            };
            if deleted || siblings.len() == 1 || siblings.iter().all(dies) {
                // With the last living nexthop those that died before go, too: in the order of the list.
                let mut places: Vec<_> =
                    siblings.into_iter().filter(|place| !deleted || *place == at).collect();
                places.sort_unstable();
                gone.extend(places.into_iter().map(|at| (table, key, at)));
            } else {
                dead.push((table, key, at));
            }
        }
        for (table, key, at) in dead {
            self.ns_mut(ns).fib6.mark(table, &key, at, DEAD | LINKDOWN, 0);
        }
        self.drop_all6(ns, gone);
    }

    /// Takes routes out one after the other, in the order of the walk.
    fn drop_all6(&mut self, ns: NetnsId, places: Vec<(u32, Key6, usize)>) {
        let mut seen: Vec<(u32, Key6, usize)> = Vec::new();
        for (table, key, at) in places {
            if seen.contains(&(table, key, at)) {
                continue;
            }
            // Places are those before anything was taken out.
            let before = seen.iter().rev().take_while(|other| (other.0, other.1) == (table, key));
            let shift = before.filter(|other| other.2 < at).count();
            self.drop6(ns, Origin::KERNEL, table, &key, at.saturating_sub(shift));
            // Only the places of the prefix at hand matter.
            seen.retain(|other| (other.0, other.1) == (table, key));
            seen.push((table, key, at));
        }
    }

    /// The collector of expired routes at work (`fib6_run_gc`).
    pub(super) fn collect6(&mut self, ns: NetnsId) {
        let now = self.now();
        let fib = &self.ns(ns).fib6;
        let ended = fib.all(|_, info| info.expires.is_some_and(|end| end < now));
        self.drop_all6(ns, ended);
        if !self.ns(ns).fib6.all(|_, info| info.expires.is_some()).is_empty() {
            // It wakes up at full seconds (`round_jiffies`).
            let next = now.after_ns(GC_NS).as_ns();
            let rounded = next.saturating_add(NS_PER_SECOND / 2) / NS_PER_SECOND * NS_PER_SECOND;
            self.timers.set(Timer::RouteExpiry { netns: ns }, Instant::from_ns(rounded));
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn auto6(
        &mut self,
        ns: NetnsId,
        link: u32,
        kind: RouteType,
        table: u32,
        (dst, len): (Ipv6Addr, u8),
        metric: u32,
        lifetime: Option<u32>,
    ) {
        let config = Config6 {
            dst,
            len,
            table: self.l3_or(ns, link, table),
            protocol: RTPROT_KERNEL,
            kind,
            metric,
            oif: link,
            local: kind == RTN_LOCAL,
            ignore_down: kind == RTN_LOCAL,
            expires: lifetime,
            ..Config6::default()
        };
        // What is there already, or cannot be, is not missed.
        let _ = self.add6(ns, Origin::KERNEL, &config, None, None);
    }

    fn del_auto6(&mut self, ns: NetnsId, link: u32, table: u32, prefix: (Ipv6Addr, u8), direct: bool) {
        if let Some((table, key, at)) = self.find_auto6(ns, link, table, prefix, direct) {
            self.drop6(ns, Origin::KERNEL, table, &key, at);
        }
    }

    /// The first route of a prefix over a link (`addrconf_get_prefix_route`).
    fn find_auto6(
        &self,
        ns: NetnsId,
        link: u32,
        table: u32,
        (dst, len): (Ipv6Addr, u8),
        direct: bool,
    ) -> Option<(u32, Key6, usize)> {
        let table = self.l3_or(ns, link, table);
        let fib = &self.ns(ns).fib6;
        let key = Key6::new(dst, len, Ipv6Addr::UNSPECIFIED, 0);
        let fits = |at: &usize| {
            let info = fib.routes(table, &key).get(*at).and_then(|route| fib.info(*route));
            info.is_some_and(|info| info.oif == link && !(direct && info.gateway.is_some()))
        };
        (0..fib.routes(table, &key).len()).find(fits).map(|at| (table, key, at))
    }

    fn l3_or(&self, ns: NetnsId, link: u32, table: u32) -> u32 {
        let space = self.ns(ns);
        space.link(link).and_then(|link| super::l3_table(space, link)).unwrap_or(table)
    }
}
