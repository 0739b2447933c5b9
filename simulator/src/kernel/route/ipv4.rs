//! Requests about IPv4 routes (`net/ipv4/fib_frontend.c`, `fib_create_info` and `fib_table_insert`).

use super::encap::{self, Encap};
use super::fib4::{Alias4, Hop4, Info4, Key4, address_kind, all_linkdown, error_of, mask4};
use super::fib4::{LOCAL, MAIN};
use super::hop4;
use super::shared::State;
use super::spec::{
    BOTH_GATEWAYS, DEAD, EXCLUSIVE, EXTRA_DATA, Gateway, LINKDOWN, Metrics, RawHops, addr4_of, check,
    ipv4_rule, u32_of,
};
use crate::kernel::group;
use crate::refusal::{Outcome, refuse};
use crate::request::{Origin, Request};
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::common::{RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_NOWHERE, Scope};
use netplumb_core::family::route::{
    RTA_DST, RTA_ENCAP, RTA_ENCAP_TYPE, RTA_FLOW, RTA_GATEWAY, RTA_METRICS, RTA_MULTIPATH, RTA_NH_ID,
    RTA_OIF, RTA_PREFSRC, RTA_PRIORITY, RTA_TABLE, RTA_VIA, RTM_DELROUTE, RTM_NEWROUTE, RTN_ANYCAST,
    RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, RTN_NAT, RTN_UNICAST, RTN_XRESOLVE, Route, RouteProtocol,
    RouteType, RtMsg,
};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::{Attr, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use std::sync::Arc;

/// What a request says about a route (`struct fib_config`).
#[derive(Clone, Debug, Default)]
pub(super) struct Config4<'m> {
    pub(super) dst: u32,
    pub(super) len: u8,
    pub(super) tos: u8,
    pub(super) table: u32,
    pub(super) protocol: RouteProtocol,
    pub(super) scope: Scope,
    pub(super) kind: RouteType,
    pub(super) flags: u32,
    /// `NLM_F_*`.
    pub(super) how: u16,
    pub(super) oif: u32,
    pub(super) gateway: Gateway,
    pub(super) priority: u32,
    pub(super) source: u32,
    pub(super) flow: u32,
    pub(super) metrics: Option<Attr<'m>>,
    pub(super) multipath: Option<&'m [u8]>,
    pub(super) encap: Option<Attr<'m>>,
    pub(super) encap_kind: u16,
    pub(super) nh_id: u32,
}

/// Reads a request (`rtm_to_fib_config`).
fn read<'m>(request: &Request<'m>) -> Outcome<Config4<'m>> {
    let payload = request.message.payload();
    let Some((_, list)) = Route::SCHEMA.split(payload) else { return Err(Errno::EINVAL.into()) };
    let header = RtMsg::read_fixed(payload).ok_or(Errno::EINVAL)?;
    check(request, list, ipv4_rule)?;
    // The lowest two bits are those of explicit congestion notification.
    if header.rtm_tos & 3 != 0 {
        return refuse(Errno::EINVAL, "Invalid dsfield (tos): ECN bits must be 0");
    }
    let mut c = Config4 {
        len: header.rtm_dst_len,
        tos: header.rtm_tos,
        table: u32::from(header.rtm_table),
        protocol: header.rtm_protocol,
        scope: header.rtm_scope,
        kind: header.rtm_type,
        flags: header.rtm_flags.0,
        how: request.message.flags(),
        ..Config4::default()
    };
    if c.kind > RTN_XRESOLVE {
        return refuse(Errno::EINVAL, "Invalid route type");
    }
    let (mut has_gateway, mut has_via) = (false, false);
    for attr in list {
        match attr.kind() {
            RTA_DST => c.dst = addr4_of(attr),
            RTA_OIF => c.oif = u32_of(attr),
            RTA_GATEWAY => {
                has_gateway = true;
                // An address of 0 says nothing: what RTA_VIA said stays.
                match Gateway::v4(addr4_of(attr)) {
                    Gateway::None => {}
                    gateway => c.gateway = gateway,
                }
            }
            RTA_VIA => {
                has_via = true;
                c.gateway = Gateway::via(attr.payload())?;
            }
            RTA_PRIORITY => c.priority = u32_of(attr),
            RTA_PREFSRC => c.source = addr4_of(attr),
            RTA_METRICS => c.metrics = Some(attr),
            RTA_MULTIPATH => {
                encap::check_kinds(RawHops::new(attr.payload()).map(|hop| hop.attrs))?;
                c.multipath = Some(attr.payload());
            }
            RTA_FLOW => c.flow = u32_of(attr),
            RTA_TABLE => c.table = u32_of(attr),
            RTA_ENCAP => c.encap = Some(attr),
            RTA_ENCAP_TYPE => {
                c.encap_kind = bytes::u16_ne(attr.payload()).unwrap_or(0);
                encap::check_kind(c.encap_kind)?;
            }
            RTA_NH_ID => c.nh_id = u32_of(attr),
            _ => {}
        }
    }
    check_prefix(c.dst, c.len)?;
    let has_hop = c.oif != 0 || c.gateway != Gateway::None || c.encap.is_some() || c.multipath.is_some();
    if c.nh_id != 0 && has_hop {
        return refuse(Errno::EINVAL, EXCLUSIVE);
    }
    if has_gateway && has_via {
        return refuse(Errno::EINVAL, BOTH_GATEWAYS);
    }
    if c.table == 0 {
        c.table = MAIN;
    }
    Ok(c)
}

/// `fib_valid_key_len`.
fn check_prefix(dst: u32, len: u8) -> Outcome {
    if len > 32 {
        return refuse(Errno::EINVAL, "Invalid prefix length");
    }
    if dst & !mask4(len) != 0 {
        return refuse(Errno::EINVAL, "Invalid prefix for given prefix length");
    }
    Ok(())
}

/// The narrowest reach that a type can have (`fib_props`).
fn widest_scope(kind: RouteType) -> Scope {
    match kind {
        RTN_LOCAL => RT_SCOPE_HOST,
        RTN_BROADCAST | RTN_ANYCAST => RT_SCOPE_LINK,
        RTN_UNICAST | RTN_MULTICAST => Scope::default(),
        // Types that Linux has no more, and none at all.
        RTN_NAT | RTN_XRESOLVE => RT_SCOPE_NOWHERE,
        kind if error_of(kind).is_some() => Scope::default(),
        _ => RT_SCOPE_NOWHERE,
    }
}

impl World {
    /// `inet_rtm_newroute`.
    pub(super) fn new_route4(&mut self, request: &Request<'_>) -> Outcome {
        let config = read(request)?;
        // The table is made even when the route is refused.
        self.ns_mut(request.netns).fib4.make_table(config.table);
        self.insert4(request.netns, request.origin(), &config, Some(request))
    }

    /// `inet_rtm_delroute`.
    pub(super) fn del_route4(&mut self, request: &Request<'_>) -> Outcome {
        let config = read(request)?;
        if config.nh_id != 0 {
            return refuse(Errno::EINVAL, super::NO_NEXTHOP_OBJECT);
        }
        if self.ns(request.netns).fib4.table(config.table).is_none() {
            return refuse(Errno::ESRCH, "FIB table does not exist");
        }
        self.delete4(request.netns, request.origin(), &config)
    }

    /// Puts a route into its table (`fib_table_insert`).
    pub(super) fn insert4(
        &mut self,
        ns: NetnsId,
        origin: Origin,
        c: &Config4<'_>,
        request: Option<&Request<'_>>,
    ) -> Outcome {
        check_prefix(c.dst, c.len)?;
        let (info, state) = self.create_info4(ns, c, request)?;
        let fib = &mut self.ns_mut(ns).fib4;
        let id = fib.infos.take(info, state);
        let alias = Alias4 { info: id, kind: c.kind };
        let key = Key4::new(c.dst, c.len, c.tos, c.priority);
        let list = fib.routes(c.table, &key);
        let is_new = list.is_empty();
        // Equal routes share what they share, hence equal ids are equal routes.
        let same = list.iter().position(|other| *other == alias);
        let last = list.len();
        let asks = |flags: u16| c.how & flags != 0;
        let (at, flags) = match (is_new, same) {
            (false, _) if asks(NLM_F_EXCL) => (Err(Errno::EEXIST), 0),
            // It is there as the first one already: nothing to do, nothing to tell.
            (false, Some(0)) if asks(NLM_F_REPLACE) => (Err(Errno(0)), 0),
            (false, Some(_)) => (Err(Errno::EEXIST), 0),
            (false, None) if asks(NLM_F_REPLACE) => {
                fib.replace_first(c.table, &key, alias);
                self.announce4(ns, origin, RTM_NEWROUTE, NLM_F_REPLACE, (c.table, key, alias));
                return Ok(());
            }
            _ if !asks(NLM_F_CREATE) => (Err(Errno::ENOENT), 0),
            (true, _) => (Ok(0), NLM_F_CREATE | NLM_F_EXCL),
            (false, None) if asks(NLM_F_APPEND) => (Ok(last), NLM_F_CREATE | NLM_F_APPEND),
            (false, None) => (Ok(0), NLM_F_CREATE),
        };
        match at {
            Ok(at) => fib.insert(c.table, key, at, alias),
            Err(errno) => {
                fib.infos.release(id);
                return if errno.0 == 0 { Ok(()) } else { Err(errno.into()) };
            }
        }
        self.announce4(ns, origin, RTM_NEWROUTE, flags, (c.table, key, alias));
        Ok(())
    }

    /// Deletes the first route that fits (`fib_table_delete`).
    pub(super) fn delete4(&mut self, ns: NetnsId, origin: Origin, c: &Config4<'_>) -> Outcome {
        check_prefix(c.dst, c.len)?;
        let fib = &self.ns(ns).fib4;
        let Some(table) = fib.table(c.table) else { return Err(Errno::ESRCH.into()) };
        let mut found = None;
        'search: for (key, list) in table.routes.range(Key4::new(c.dst, c.len, c.tos, 0).priorities()) {
            for (at, alias) in list.iter().enumerate() {
                let Some(slot) = fib.infos.slot(alias.info) else { continue };
                if is_meant(c, *alias, &slot.value) {
                    found = Some((*key, at, *alias));
                    break 'search;
                }
            }
        }
        let Some((key, at, alias)) = found else { return Err(Errno::ESRCH.into()) };
        self.announce4(ns, origin, RTM_DELROUTE, 0, (c.table, key, alias));
        self.ns_mut(ns).fib4.remove(c.table, &key, at);
        Ok(())
    }

    /// Tells about a route that is in its table (`rtmsg_fib`).
    pub(super) fn announce4(
        &mut self,
        ns: NetnsId,
        origin: Origin,
        kind: u16,
        flags: u16,
        route: (u32, Key4, Alias4),
    ) {
        self.announce(ns, group::IPV4_ROUTE, origin, kind, flags, |world, w| {
            world.ns(ns).fib4.put(w, route.0, &route.1, route.2);
        });
    }

    /// What a new route will share with its equals (`fib_create_info`).
    fn create_info4(
        &self,
        ns: NetnsId,
        c: &Config4<'_>,
        request: Option<&Request<'_>>,
    ) -> Outcome<(Info4, State)> {
        if c.kind > RTN_XRESOLVE {
            return Err(Errno::EINVAL.into());
        }
        if widest_scope(c.kind) > c.scope {
            return refuse(Errno::EINVAL, "Invalid scope");
        }
        if c.flags & u32::from(DEAD | LINKDOWN) != 0 {
            return refuse(Errno::EINVAL, "Invalid rtm_flags - can not contain DEAD or LINKDOWN");
        }
        if c.nh_id != 0 {
            return refuse(Errno::EINVAL, super::NO_NEXTHOP_OBJECT);
        }
        if let Some(multipath) = c.multipath {
            let mut hops = RawHops::new(multipath);
            let count = hops.by_ref().count();
            if hops.has_more() {
                return refuse(Errno::EINVAL, EXTRA_DATA);
            }
            if count == 0 {
                return Err(Errno::EINVAL.into());
            }
        }
        let metrics = match (c.metrics, request) {
            (Some(attr), Some(request)) => Metrics::parse(request, attr.nested())?,
            _ => Metrics::default(),
        };
        let mut hops = hop4::of(c).map_err(|refusal| encap::locate(refusal, c.encap, request))?;
        let state = if error_of(c.kind).is_some() {
            if c.gateway != Gateway::None || c.oif != 0 || c.multipath.is_some() {
                return refuse(
                    Errno::EINVAL,
                    "Gateway, device and multipath can not be specified for this route type",
                );
            }
            State { hops: vec![0; hops.len()].into(), ..State::default() }
        } else {
            self.check_hops4(ns, c, &mut hops)?
        };
        let info = Info4 {
            protocol: c.protocol,
            scope: c.scope,
            kind: c.kind,
            table: c.table,
            priority: c.priority,
            source: c.source,
            flags: c.flags,
            metrics,
            hops: hops.into(),
        };
        Ok((info, state))
    }

    /// The part of `fib_create_info` about routes that lead somewhere.
    fn check_hops4(&self, ns: NetnsId, c: &Config4<'_>, hops: &mut [Hop4]) -> Outcome<State> {
        if widest_scope(c.kind) == RT_SCOPE_NOWHERE {
            return refuse(Errno::EINVAL, "Invalid route type");
        }
        if c.scope > RT_SCOPE_HOST {
            return refuse(Errno::EINVAL, "Invalid scope");
        }
        let ns = self.ns(ns);
        let mut marks = vec![0; hops.len()];
        if c.scope == RT_SCOPE_HOST {
            let [hop] = hops else {
                return refuse(Errno::EINVAL, "Route with host scope can not have multiple nexthops");
            };
            if hop.gateway != Gateway::None {
                return refuse(Errno::EINVAL, "Route with host scope can not have a gateway");
            }
            hop.scope = RT_SCOPE_NOWHERE;
            if ns.link(hop.oif).is_none() {
                return Err(Errno::ENODEV.into());
            }
        } else {
            for (hop, marks) in hops.iter_mut().zip(&mut marks) {
                *marks = hop4::check(ns, hop, c.table, c.scope)?;
            }
        }
        if c.source != 0 && !is_source(ns, c) {
            return refuse(Errno::EINVAL, "Invalid prefsrc address");
        }
        let flags = if all_linkdown(&marks) { LINKDOWN } else { 0 };
        Ok(State { flags, hops: marks.into(), source_gone: false })
    }
}

/// `fib_valid_prefsrc`.
fn is_source(ns: &crate::kernel::netns::Netns, c: &Config4<'_>) -> bool {
    if c.kind == RTN_LOCAL && c.dst != 0 && c.source == c.dst {
        return true;
    }
    let table = if c.table == MAIN { LOCAL } else { c.table };
    address_kind(ns, c.source, table) == RTN_LOCAL
        || (table != LOCAL && address_kind(ns, c.source, LOCAL) == RTN_LOCAL)
}

/// Whether a request for deletion means this route.
fn is_meant(c: &Config4<'_>, alias: Alias4, info: &Arc<Info4>) -> bool {
    (c.kind == RouteType::default() || alias.kind == c.kind)
        && (c.scope == RT_SCOPE_NOWHERE || info.scope == c.scope)
        && (c.source == 0 || info.source == c.source)
        && (c.protocol == RouteProtocol::default() || info.protocol == c.protocol)
        && (c.priority == 0 || info.priority == c.priority)
        && hop4::are_meant(c, &info.hops)
        && c.metrics.is_none_or(|attr| info.metrics.matches(attr.nested()))
}

/// The tunnel that a request names, as it is kept.
pub(super) fn encap_of(attr: Option<Attr<'_>>, kind: u16) -> Outcome<Option<Box<Encap>>> {
    Ok(Encap::of(attr, kind)?.map(Box::new))
}
