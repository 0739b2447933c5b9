//! Requests about IPv6 routes (`net/ipv6/route.c`, `fib6_add_rt2node`).

use super::encap;
use super::fib6::{Fib6, Info6, Key6, Route6, same_hop};
use super::hop6::{self, Plan};
use super::ipv4::encap_of;
use super::shared::State;
use super::spec::{EXCLUSIVE, Metrics, ONLINK, RawHop, RawHops, addr6_of, check, ipv6_rule, u32_of};
use crate::kernel::group;
use crate::refusal::{Outcome, refuse};
use crate::request::{Origin, Request};
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::bytes;
use netplumb_core::family::route::{
    ICMPV6_ROUTER_PREF_HIGH, ICMPV6_ROUTER_PREF_LOW, RTA_DST, RTA_ENCAP, RTA_ENCAP_TYPE, RTA_EXPIRES,
    RTA_FLOWLABEL, RTA_GATEWAY, RTA_METRICS, RTA_MULTIPATH, RTA_NH_ID, RTA_OIF, RTA_PREF, RTA_PREFSRC,
    RTA_PRIORITY, RTA_SRC, RTA_TABLE, RTA_VIA, RTM_DELROUTE, RTM_F_CLONED, RTM_NEWROUTE, RTN_BLACKHOLE,
    RTN_LOCAL, RTN_PROHIBIT, RTN_THROW, RTN_UNICAST, RTN_UNREACHABLE, RTN_XRESOLVE, RTPROT_BOOT, Route,
    RouteProtocol, RouteType, RouterPref, RtMsg,
};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::{Attr, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netplumb_core::{Errno, Instant};
use std::net::Ipv6Addr;

/// The metric of routes that are given none (`IP6_RT_PRIO_USER`).
const METRIC: u32 = 1024;

/// How long the collector of expired routes sleeps (`net.ipv6.route.gc_interval`), in nanoseconds.
pub(super) const GC_NS: u64 = 30_000_000_000;

/// What a request says about a route (`struct fib6_config`).
#[derive(Clone, Debug)]
pub(super) struct Config6<'m> {
    pub(super) dst: Ipv6Addr,
    pub(super) len: u8,
    pub(super) src: Ipv6Addr,
    pub(super) src_len: u8,
    pub(super) table: u32,
    pub(super) protocol: RouteProtocol,
    pub(super) kind: RouteType,
    pub(super) metric: u32,
    pub(super) oif: u32,
    pub(super) gateway: Option<Ipv6Addr>,
    pub(super) source: Option<Ipv6Addr>,
    pub(super) onlink: bool,
    pub(super) cloned: bool,
    /// A local or anycast address of the host.
    pub(super) local: bool,
    pub(super) ignore_down: bool,
    pub(super) weight: u16,
    pub(super) pref: RouterPref,
    /// Seconds to live.
    pub(super) expires: Option<u32>,
    pub(super) metrics: Option<Attr<'m>>,
    pub(super) multipath: Option<&'m [u8]>,
    pub(super) encap: Option<Attr<'m>>,
    pub(super) encap_kind: u16,
    pub(super) nh_id: u32,
}

impl Default for Config6<'_> {
    fn default() -> Self {
        Self {
            dst: Ipv6Addr::UNSPECIFIED,
            len: 0,
            src: Ipv6Addr::UNSPECIFIED,
            src_len: 0,
            table: 0,
            protocol: RouteProtocol::default(),
            kind: RouteType::default(),
            metric: 0,
            oif: 0,
            gateway: None,
            source: None,
            onlink: false,
            cloned: false,
            local: false,
            ignore_down: false,
            weight: 1,
            pref: RouterPref::default(),
            expires: None,
            metrics: None,
            multipath: None,
            encap: None,
            encap_kind: 0,
            nh_id: 0,
        }
    }
}

impl Config6<'_> {
    fn key(&self) -> Key6 {
        Key6::new(self.dst, self.len, self.src, self.src_len)
    }
}

/// Reads a request (`rtm_to_fib6_config`).
fn read<'m>(request: &Request<'m>, new: bool) -> Outcome<Config6<'m>> {
    let payload = request.message.payload();
    let Some((_, list)) = Route::SCHEMA.split(payload) else { return Err(Errno::EINVAL.into()) };
    let header = RtMsg::read_fixed(payload).ok_or(Errno::EINVAL)?;
    check(request, list, ipv6_rule)?;
    if header.rtm_tos != 0 {
        return refuse(Errno::EINVAL, "Invalid dsfield (tos): option not available for IPv6");
    }
    if let Some(attr) = list.find_last(RTA_FLOWLABEL) {
        let text = "Flow label cannot be specified for this operation";
        return refuse(Errno::EINVAL, text).map_err(|refusal| refusal.at(request.offset(attr)));
    }
    let mut c = Config6 {
        len: header.rtm_dst_len,
        src_len: header.rtm_src_len,
        table: u32::from(header.rtm_table),
        protocol: header.rtm_protocol,
        kind: header.rtm_type,
        cloned: header.rtm_flags.contains(RTM_F_CLONED),
        onlink: header.rtm_flags.0 & u32::from(ONLINK) != 0,
        local: header.rtm_type == RTN_LOCAL,
        ..Config6::default()
    };
    let has = |kind: u16| list.find(kind).is_some();
    if has(RTA_NH_ID) && (has(RTA_GATEWAY) || has(RTA_OIF) || has(RTA_MULTIPATH) || has(RTA_ENCAP)) {
        return refuse(Errno::EINVAL, EXCLUSIVE);
    }
    if has(RTA_VIA) {
        return refuse(Errno::EINVAL, "IPv6 does not support RTA_VIA attribute");
    }
    let bytes_of = |len: u8| usize::from(len).div_ceil(8);
    for attr in list {
        let payload = attr.payload();
        match attr.kind() {
            RTA_NH_ID => c.nh_id = u32_of(attr),
            RTA_GATEWAY => c.gateway = Some(addr6_of(payload, 16)),
            RTA_DST => {
                if payload.len() < bytes_of(c.len) {
                    return Err(Errno::EINVAL.into());
                }
                c.dst = addr6_of(payload, bytes_of(c.len));
            }
            RTA_SRC => {
                if payload.len() < bytes_of(c.src_len) {
                    return Err(Errno::EINVAL.into());
                }
                c.src = addr6_of(payload, bytes_of(c.src_len));
            }
            RTA_PREFSRC => c.source = Some(addr6_of(payload, 16)).filter(|addr| !addr.is_unspecified()),
            RTA_OIF => c.oif = u32_of(attr),
            RTA_PRIORITY => c.metric = u32_of(attr),
            RTA_METRICS => c.metrics = Some(attr),
            RTA_TABLE => c.table = u32_of(attr),
            RTA_MULTIPATH => c.multipath = Some(payload),
            RTA_PREF => {
                let pref = RouterPref(payload.first().copied().unwrap_or(0));
                let known = pref == ICMPV6_ROUTER_PREF_LOW || pref == ICMPV6_ROUTER_PREF_HIGH;
                c.pref = if known { pref } else { RouterPref::default() };
            }
            RTA_ENCAP => c.encap = Some(attr),
            RTA_ENCAP_TYPE => {
                c.encap_kind = bytes::u16_ne(payload).unwrap_or(0);
                encap::check_kind(c.encap_kind)?;
            }
            // The largest number is forever.
            RTA_EXPIRES => c.expires = Some(u32_of(attr)).filter(|seconds| *seconds != u32::MAX),
            _ => {}
        }
    }
    if let Some(multipath) = c.multipath {
        check_multipath(&c, multipath, new)?;
    }
    Ok(c)
}

/// `rtm_to_fib6_multipath_config`.
fn check_multipath(c: &Config6<'_>, multipath: &[u8], new: bool) -> Outcome {
    let mut any = false;
    for hop in RawHops::new(multipath) {
        any = true;
        let gateway = hop.attrs.find(RTA_GATEWAY);
        if gateway.is_some_and(|attr| attr.payload().len() < 16) {
            return refuse(Errno::EINVAL, "Invalid IPv6 address in RTA_GATEWAY");
        }
        if new && (c.nh_id != 0 || (gateway.is_none() && c.gateway.is_none())) {
            let text = "Device only routes can not be added for IPv6 using the multipath API.";
            return refuse(Errno::EINVAL, text);
        }
    }
    if !any {
        return refuse(Errno::EINVAL, "Invalid nexthop configuration - no valid nexthops");
    }
    encap::check_kinds(RawHops::new(multipath).map(|hop| hop.attrs))
}

/// What a nexthop of a multipath request says, with what the request says of all.
fn of_hop<'m>(c: &Config6<'m>, hop: RawHop<'m>) -> Config6<'m> {
    let mut own = c.clone();
    if hop.oif != 0 {
        own.oif = hop.oif;
    }
    if let Some(gateway) = hop.attrs.find(RTA_GATEWAY) {
        own.gateway = Some(addr6_of(gateway.payload(), 16));
    }
    if hop.attrs.into_iter().next().is_some() {
        own.encap = hop.attrs.find(RTA_ENCAP);
        if let Some(kind) = hop.attrs.find(RTA_ENCAP_TYPE).and_then(|attr| bytes::u16_ne(attr.payload())) {
            own.encap_kind = kind;
        }
    }
    own.onlink |= hop.flags & ONLINK != 0;
    own.weight = u16::from(hop.hops).saturating_add(1);
    own
}

/// `fib6_config_validate`.
fn check_config(c: &Config6<'_>) -> Outcome {
    if c.cloned {
        return refuse(Errno::EINVAL, "Userspace can not set RTF_CACHE");
    }
    if c.kind > RTN_XRESOLVE {
        return refuse(Errno::EINVAL, "Invalid route type");
    }
    if c.len > 128 {
        return refuse(Errno::EINVAL, "Invalid prefix length");
    }
    if c.src_len > 128 {
        return refuse(Errno::EINVAL, "Invalid source address length");
    }
    if c.nh_id != 0 && c.src_len != 0 {
        return refuse(Errno::EINVAL, "Nexthops can not be used with source routing");
    }
    if c.nh_id != 0 {
        return refuse(Errno::EINVAL, super::NO_NEXTHOP_OBJECT);
    }
    Ok(())
}

impl World {
    /// `inet6_rtm_newroute`.
    pub(super) fn new_route6(&mut self, request: &Request<'_>) -> Outcome {
        let mut c = read(request, true)?;
        if c.metric == 0 {
            c.metric = METRIC;
        }
        let how = request.message.flags();
        match c.multipath {
            Some(multipath) => self.add_multipath6(request, &c, multipath, how),
            None => self.add6(request.netns, request.origin(), &c, Some(how), Some(request)),
        }
    }

    /// `inet6_rtm_delroute`.
    pub(super) fn del_route6(&mut self, request: &Request<'_>) -> Outcome {
        let c = read(request, false)?;
        if c.nh_id != 0 {
            return refuse(Errno::EINVAL, super::NO_NEXTHOP_OBJECT);
        }
        let (ns, origin) = (request.netns, request.origin());
        let Some(multipath) = c.multipath else { return self.delete6(ns, origin, &c, true) };
        let mut outcome = Ok(());
        for hop in RawHops::new(multipath) {
            // One that fails does not keep the others from being deleted.
            outcome = self.delete6(ns, origin, &of_hop(&c, hop), false).and(outcome);
        }
        outcome
    }

    /// Adds a route (`ip6_route_add`). `how` has the `NLM_F_*` flags of a request; without one the kernel itself adds.
    pub(super) fn add6(
        &mut self,
        ns: NetnsId,
        origin: Origin,
        c: &Config6<'_>,
        how: Option<u16>,
        request: Option<&Request<'_>>,
    ) -> Outcome {
        let (info, marks) = self.create6(ns, c, request)?;
        self.insert6(ns, c, (info, marks), how, Some(origin)).map(|_| ())
    }

    /// What a route will be (`ip6_route_info_create`, `ip6_route_info_create_nh`).
    fn create6(
        &mut self,
        ns: NetnsId,
        c: &Config6<'_>,
        request: Option<&Request<'_>>,
    ) -> Outcome<(Info6, u8)> {
        check_config(c)?;
        let now = self.now();
        // The table is made even when the route is refused.
        self.ns_mut(ns).fib6.make_table(c.table);
        let space = self.ns(ns);
        let metrics = match (c.metrics, request) {
            (Some(attr), Some(request)) => Metrics::parse(request, attr.nested())?,
            _ => Metrics::default(),
        };
        let plan = Plan {
            table: c.table,
            oif: c.oif,
            gateway: c.gateway,
            onlink: c.onlink,
            reject: matches!(c.kind, RTN_UNREACHABLE | RTN_BLACKHOLE | RTN_PROHIBIT | RTN_THROW),
            local: c.local,
            ignore_down: c.ignore_down,
            now,
        };
        let hop = hop6::check(space, &plan)?;
        let encap = if hop.reject {
            None
        } else {
            let encap = encap_of(c.encap, c.encap_kind);
            encap.map_err(|refusal| encap::locate(refusal, c.encap, request))?
        };
        if c.source.is_some_and(|source| !hop6::is_source(space, source, hop.oif)) {
            return refuse(Errno::EINVAL, "Invalid source address");
        }
        let or = |protocol: RouteProtocol| {
            if protocol == RouteProtocol::default() { RTPROT_BOOT } else { protocol }
        };
        let end = |seconds: u32| now.after_ns(u64::from(seconds).saturating_mul(1_000_000_000));
        let info = Info6 {
            protocol: or(c.protocol),
            kind: if c.kind == RouteType::default() { RTN_UNICAST } else { c.kind },
            // A route that refuses loses its preference and its end.
            pref: if hop.reject { RouterPref::default() } else { c.pref },
            expires: c.expires.filter(|_| !hop.reject).map(end),
            reject: hop.reject,
            source: c.source,
            metrics,
            oif: hop.oif,
            gateway: hop.gateway,
            onlink: hop.onlink,
            weight: c.weight,
            encap,
        };
        Ok((info, hop.marks))
    }

    /// Puts a route into the tree (`fib6_add`, `fib6_add_rt2node`). Returns where it is now.
    fn insert6(
        &mut self,
        ns: NetnsId,
        c: &Config6<'_>,
        new: (Info6, u8),
        how: Option<u16>,
        tell: Option<Origin>,
    ) -> Outcome<usize> {
        let key = c.key();
        let (info, marks) = new;
        let fib = &mut self.ns_mut(ns).fib6;
        let spot = find_spot(fib, c, &key, &info, how)?;
        let expires = info.expires;
        let info = fib.infos.take(info, State::default());
        let route = Route6 { info, metric: c.metric, marks };
        self.watch_expiry(ns, expires);
        let fib = &mut self.ns_mut(ns).fib6;
        let Some(place) = spot.replaces else {
            fib.insert(c.table, key, spot.at, route);
            if let Some(origin) = tell {
                self.tell6(ns, origin, RTM_NEWROUTE, spot.flags, Shown::whole(c.table, key, spot.at));
            }
            return Ok(spot.at);
        };
        let mut others = fib.siblings(fib.routes(c.table, &key), place);
        others.retain(|other| *other != place);
        others.sort_unstable();
        fib.replace(c.table, &key, place, route);
        if let Some(origin) = tell {
            // The message shows the new route alone, then the rest of an old multipath route goes without a word.
            let shown = Shown { alone: !others.is_empty(), ..Shown::whole(c.table, key, place) };
            self.tell6(ns, origin, RTM_NEWROUTE, spot.flags, shown);
        }
        for other in others.iter().rev() {
            self.ns_mut(ns).fib6.remove(c.table, &key, *other);
        }
        Ok(place.saturating_sub(others.iter().filter(|other| **other < place).count()))
    }

    /// The collector of expired routes wakes up when there is something for it (`fib6_start_gc`).
    fn watch_expiry(&mut self, ns: NetnsId, expires: Option<Instant>) {
        let timer = Timer::RouteExpiry { netns: ns };
        if expires.is_some() && self.timers.at(timer).is_none() {
            self.timers.set(timer, self.now.after_ns(GC_NS));
        }
    }

    /// Adds a multipath route: nexthop by nexthop, and tells about the whole at the end (`ip6_route_multipath_add`).
    fn add_multipath6(
        &mut self,
        request: &Request<'_>,
        c: &Config6<'_>,
        multipath: &[u8],
        mut how: u16,
    ) -> Outcome {
        let (ns, origin) = (request.netns, request.origin());
        let mut flags = if how & NLM_F_REPLACE != 0 { NLM_F_REPLACE } else { NLM_F_CREATE };
        flags |= how & NLM_F_APPEND;
        let replace = how & NLM_F_REPLACE != 0;
        let mut planned: Vec<(Config6<'_>, Info6, u8)> = Vec::new();
        for hop in RawHops::new(multipath) {
            let own = of_hop(c, hop);
            let (info, marks) = self.create6(ns, &own, Some(request))?;
            if planned.iter().any(|(_, other, _)| same_hop(other, &info)) {
                return Err(Errno::EEXIST.into());
            }
            planned.push((own, info, marks));
        }
        let (mut first, mut last) = (None, None);
        let mut failed = None;
        for (n, (own, info, marks)) in planned.iter().enumerate() {
            match self.insert6(ns, own, (info.clone(), *marks), Some(how), None) {
                Ok(at) => {
                    last = Some(at);
                    first = first.or(last);
                }
                Err(mut refusal) => {
                    if replace && n > 0 {
                        let text = "multipath route replace failed (check consistency of installed routes)";
                        refusal.message = Some(text.into());
                    }
                    failed = Some((n, refusal));
                    break;
                }
            }
            // The others join the first: what it was asked to find or to replace is done.
            how = (how & !(NLM_F_EXCL | NLM_F_REPLACE)) | NLM_F_CREATE;
        }
        let key = c.key();
        let list = self.ns(ns).fib6.routes(c.table, &key);
        let shown = if flags & NLM_F_APPEND != 0 {
            // An appended part is shown with the whole, from the beginning.
            last.map(|at| self.ns(ns).fib6.siblings(list, at)).and_then(|all| all.into_iter().min())
        } else {
            first
        };
        if let Some(at) = shown {
            self.tell6(ns, origin, RTM_NEWROUTE, flags, Shown::whole(c.table, key, at));
        }
        let Some((n, refusal)) = failed else { return Ok(()) };
        for (own, _, _) in planned.iter().take(n) {
            // What was added is taken back, which everybody sees.
            let _ = self.delete6(ns, origin, own, false);
        }
        Err(refusal)
    }

    /// Deletes the first route that fits, with `whole` all its nexthops unless a gateway is named (`ip6_route_del`).
    pub(super) fn delete6(&mut self, ns: NetnsId, origin: Origin, c: &Config6<'_>, whole: bool) -> Outcome {
        let fib = &self.ns(ns).fib6;
        if fib.table(c.table).is_none() {
            return refuse(Errno::ESRCH, "FIB table does not exist");
        }
        let mut key = c.key();
        if c.src_len > 0 && !fib.has_sources(c.table, &key) {
            // Where no route of the destination asks for a source, the one that is given does not matter.
            key = Key6::new(c.dst, c.len, Ipv6Addr::UNSPECIFIED, 0);
        }
        let list = fib.routes(c.table, &key);
        // What look-ups leave in the cache is not simulated: nothing of it can be deleted.
        let fits = |route: &Route6| {
            !c.cloned
                && (c.metric == 0 || c.metric == route.metric)
                && fib.info(*route).is_some_and(|info| {
                    (c.protocol == RouteProtocol::default() || c.protocol == info.protocol)
                        && (c.oif == 0 || c.oif == info.oif)
                        && (c.gateway.is_none()
                            || c.gateway == Some(info.gateway.unwrap_or(Ipv6Addr::UNSPECIFIED)))
                })
        };
        let Some(at) = list.iter().position(fits).filter(|_| c.len <= 128 && c.src_len <= 128) else {
            return Err(Errno::ESRCH.into());
        };
        let siblings = fib.siblings(list, at);
        if !whole || c.gateway.is_some() || siblings.len() == 1 {
            self.drop6(ns, origin, c.table, &key, at);
            return Ok(());
        }
        // One message tells about all of them.
        self.tell6(ns, origin, RTM_DELROUTE, 0, Shown::whole(c.table, key, at));
        let mut places = siblings;
        places.sort_unstable();
        for place in places.iter().rev() {
            self.ns_mut(ns).fib6.remove(c.table, &key, *place);
        }
        Ok(())
    }

    /// Takes one route out and tells about it (`fib6_del_route`).
    pub(super) fn drop6(&mut self, ns: NetnsId, origin: Origin, table: u32, key: &Key6, at: usize) {
        let shown = Shown { alone: true, ..Shown::whole(table, *key, at) };
        self.tell6(ns, origin, RTM_DELROUTE, 0, shown);
        self.ns_mut(ns).fib6.remove(table, key, at);
    }

    /// Tells about a route that is in the tree (`inet6_rt_notify`).
    fn tell6(&mut self, ns: NetnsId, origin: Origin, kind: u16, flags: u16, shown: Shown) {
        self.announce(ns, group::IPV6_ROUTE, origin, kind, flags, |world, w| {
            let Shown { table, key, at, alone } = shown;
            world.ns(ns).fib6.put(w, table, &key, at, alone, world.now());
        });
    }
}

/// What a message is about.
#[derive(Clone, Copy, Debug)]
struct Shown {
    table: u32,
    key: Key6,
    at: usize,
    /// Without the other nexthops of its multipath route.
    alone: bool,
}

impl Shown {
    fn whole(table: u32, key: Key6, at: usize) -> Self {
        Self { table, key, at, alone: false }
    }
}

/// Where a new route goes.
#[derive(Clone, Copy, Debug)]
struct Spot {
    at: usize,
    /// The place of the route that it replaces.
    replaces: Option<usize>,
    /// `NLM_F_*` flags that tell what happens.
    flags: u16,
}

/// The scan at the beginning of `fib6_add_rt2node`: behind the routes with the same metric, or in the place of one.
fn find_spot(fib: &mut Fib6, c: &Config6<'_>, key: &Key6, info: &Info6, how: Option<u16>) -> Outcome<Spot> {
    let asks = |flag: u16| how.is_some_and(|how| how & flag != 0);
    // The kernel's own routes come without flags, and may always be made.
    let (replace, create) = (asks(NLM_F_REPLACE), how.is_none_or(|how| how & NLM_F_CREATE != 0));
    let list = fib.routes(c.table, key);
    if list.is_empty() && replace && !create && !fib.is_fork(c.table, key) {
        return refuse(Errno::ENOENT, "Can not replace route - no match found");
    }
    let multipath = info.gateway.is_some();
    let mut flags = NLM_F_EXCL | if asks(NLM_F_APPEND) { NLM_F_APPEND } else { 0 };
    let at = list.iter().position(|other| other.metric > c.metric).unwrap_or(list.len());
    let mut fallback = None;
    let equals = list.iter().enumerate().take(at).filter(|(_, other)| other.metric == c.metric);
    for (place, other) in equals {
        if asks(NLM_F_EXCL) {
            return Err(Errno::EEXIST.into());
        }
        flags &= !NLM_F_EXCL;
        if replace {
            // A route that can be one of several nexthops replaces such a one, if there is one.
            if multipath == fib.is_multipath(*other) {
                return Ok(Spot { at, replaces: Some(place), flags: NLM_F_REPLACE });
            }
            fallback = fallback.or(Some(place));
        } else if let Some(same) = fib.info(*other).filter(|other| same_hop(other, info)) {
            if same.expires.is_some() {
                // The same route again moves the end of the old one.
                fib.change(c.table, key, place, |old| old.expires = info.expires);
            }
            return Err(Errno::EEXIST.into());
        }
    }
    if replace && fallback.is_some() {
        return Ok(Spot { at, replaces: fallback, flags: NLM_F_REPLACE });
    }
    if replace && !create {
        return Err(Errno::ENOENT.into());
    }
    Ok(Spot { at, replaces: None, flags: flags | NLM_F_CREATE })
}
