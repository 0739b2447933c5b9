//! Routes as they are written down and taken back: their message, and what it does not say as `key=value`.

use super::encap::Encap;
use super::fib4::{Alias4, Few4, Fib4, Hop4, Info4, Key4};
use super::fib6::{Fib6, Info6, Key6, Route6};
use super::ipv4::encap_of;
use super::mpls::{self, HopMpls, MplsTable, RouteMpls};
use super::shared::State;
use super::spec::{DEAD, Gateway, LINKDOWN, Metrics, ONLINK, RawHop, RawHops};
use crate::kernel::family;
use crate::kernel::netns::Netns;
use netplumb_core::Instant;
use netplumb_core::bytes;
use netplumb_core::family::common::{RT_SCOPE_LINK, Scope};
use netplumb_core::family::route::encap::EncapType;
use netplumb_core::family::route::{
    RTA_ENCAP, RTA_ENCAP_TYPE, RTA_FLOW, RTA_GATEWAY, RTA_METRICS, RTA_MULTIPATH, RTA_NEWDST, RTA_VIA,
    RTN_BLACKHOLE, RTN_PROHIBIT, RTN_THROW, RTN_UNREACHABLE, Route, RouteType,
};
use netplumb_core::schema::{LabelStack, Value as _};
use netplumb_core::wire::{Attr, Attrs, Writer};
use std::net::{IpAddr, Ipv6Addr};

/// What a route's message does not say.
pub(crate) type Tail = Vec<(&'static str, String)>;

/// The route's table as a line of its own: the family and the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Saved<'s> {
    /// A table is made here.
    Table(u8, u32),
    /// A route.
    Route(&'s [u8], &'s [(&'static str, String)]),
}

fn list<T: ToString>(values: impl Iterator<Item = T>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// The scope of a nexthop that most have: that of a gateway is found on the link.
fn usual_scope(hop: &Hop4) -> Scope {
    if hop.gateway == Gateway::None { Scope::default() } else { RT_SCOPE_LINK }
}

/// Tells `each` everything about the routes of a namespace, in the order in which it is to be taken back. Room for messages
/// is in `buffer`.
pub(crate) fn save(ns: &Netns, buffer: &mut [u8], each: &mut dyn FnMut(Saved<'_>)) {
    let fib = &ns.fib4;
    for id in fib.in_order_of_making() {
        each(Saved::Table(family::INET, id));
        for (key, routes) in fib.table(id).into_iter().flat_map(|table| &table.routes) {
            for alias in routes.iter() {
                let tail = tail4(fib, id, key, *alias);
                put(buffer, each, &tail, |w| fib.put(w, id, key, *alias));
            }
        }
    }
    let fib = &ns.fib6;
    for id in fib.in_order_of_making() {
        each(Saved::Table(family::INET6, id));
        for (key, routes) in fib.table(id).into_iter().flat_map(|table| &table.routes) {
            for (at, route) in routes.iter().enumerate() {
                let tail = tail6(fib, *route);
                put(buffer, each, &tail, |w| fib.put(w, id, key, at, true, Instant::ZERO));
            }
        }
    }
    for (label, route) in ns.mpls.from(0) {
        put(buffer, each, &[], |w| mpls::put(ns, w, label, route));
    }
}

fn put(
    buffer: &mut [u8],
    each: &mut dyn FnMut(Saved<'_>),
    tail: &[(&'static str, String)],
    fill: impl FnOnce(&mut Writer<'_>),
) {
    let mut w = Writer::new(buffer);
    fill(&mut w);
    let len = w.len();
    each(Saved::Route(buffer.get(..len).unwrap_or(&[]), tail));
}

fn tail4(fib: &Fib4, table: u32, key: &Key4, alias: Alias4) -> Tail {
    let mut tail = Tail::new();
    let Some(slot) = fib.infos.slot(alias.info) else { return tail };
    let (info, state) = (&slot.value, &slot.state);
    let mut put = |key, value: u32, usual: u32| {
        if value != usual {
            tail.push((key, value.to_string()));
        }
    };
    put("info_kind", info.kind.0.into(), alias.kind.0.into());
    put("info_table", info.table, table);
    put("info_priority", info.priority, key.priority);
    put("flags", info.flags, 0);
    put("state", state.flags.into(), 0);
    put("source_gone", state.source_gone.into(), 0);
    if state.hops.iter().any(|marks| *marks != 0) {
        tail.push(("marks", list(state.hops.iter())));
    }
    if info.hops.iter().any(|hop| hop.flags != 0) {
        tail.push(("hop_flags", list(info.hops.iter().map(|hop| hop.flags))));
    }
    if info.hops.iter().any(|hop| hop.scope != usual_scope(hop)) {
        tail.push(("hop_scopes", list(info.hops.iter().map(|hop| hop.scope.0))));
    }
    if info.hops.iter().any(|hop| hop.weight != 1) {
        tail.push(("weights", list(info.hops.iter().map(|hop| hop.weight))));
    }
    tail
}

fn tail6(fib: &Fib6, route: Route6) -> Tail {
    let mut tail = Tail::new();
    let Some(info) = fib.info(route) else { return tail };
    if info.weight != 1 {
        tail.push(("weights", info.weight.to_string()));
    }
    if info.reject != refuses(info.kind) {
        tail.push(("reject", u8::from(info.reject).to_string()));
    }
    if let Some(end) = info.expires {
        tail.push(("expires", end.as_ns().to_string()));
    }
    // Marks that a message shows are those of the link; others would be lost.
    if route.marks & !(DEAD | LINKDOWN) != 0 {
        tail.push(("marks", route.marks.to_string()));
    }
    tail
}

fn refuses(kind: RouteType) -> bool {
    matches!(kind, RTN_UNREACHABLE | RTN_BLACKHOLE | RTN_PROHIBIT | RTN_THROW)
}

/// Reads what was written behind a message.
pub(crate) trait Keys {
    /// The value of a key, once.
    fn take(&mut self, key: &str) -> Option<String>;
}

/// Whether something could be taken back; else the attribute or key that is wrong.
type Kept<T = ()> = Result<T, &'static str>;

fn number<T: std::str::FromStr>(keys: &mut dyn Keys, key: &'static str, usual: T) -> Kept<T> {
    match keys.take(key) {
        None => Ok(usual),
        Some(text) => text.parse().or_else(|_| Err(key)),
    }
}

/// Numbers with commas between them, `count` of them; `None` when they are not there.
fn numbers<T: std::str::FromStr>(
    keys: &mut dyn Keys,
    key: &'static str,
    count: usize,
) -> Kept<Option<Vec<T>>> {
    let Some(text) = keys.take(key) else { return Ok(None) };
    let values: Result<Vec<T>, _> = text.split(',').map(str::parse).collect();
    match values {
        Ok(values) if values.len() == count => Ok(Some(values)),
        _ => Err(key),
    }
}

/// Makes a table; those of MPLS are not made.
pub(crate) fn restore_table(ns: &mut Netns, family: u8, id: u32) -> Kept {
    match family {
        family::INET => ns.fib4.make_table(id),
        family::INET6 => ns.fib6.make_table(id),
        _ => return Err("the family of a table"),
    }
    Ok(())
}

/// Takes a route back, behind those that are there. What it says wrong is told by the name of an attribute or key.
pub(crate) fn restore_route(ns: &mut Netns, route: Route<'_>, keys: &mut dyn Keys) -> Kept {
    match route.header().rtm_family.0 {
        family::INET => restore4(&mut ns.fib4, route, keys),
        family::INET6 => restore6(&mut ns.fib6, route, keys),
        family::MPLS => restore_mpls(&mut ns.mpls, route),
        _ => Err("rtm_family"),
    }
}

fn find<'d>(attrs: Attrs<'d>, kind: u16) -> Option<Attr<'d>> {
    attrs.find_last(kind)
}

fn gateway(attrs: Attrs<'_>) -> Kept<Gateway> {
    if let Some(via) = find(attrs, RTA_VIA) {
        return Gateway::via(via.payload()).map_err(|_| "RTA_VIA");
    }
    Ok(
        match find(attrs, RTA_GATEWAY)
            .and_then(|attr| <IpAddr as netplumb_core::schema::Value>::read(attr.payload()))
        {
            Some(IpAddr::V4(address)) => Gateway::v4(address.to_bits()),
            Some(IpAddr::V6(address)) => Gateway::V6(address),
            None => Gateway::None,
        },
    )
}

fn encap(attrs: Attrs<'_>) -> Kept<Option<Box<Encap>>> {
    let kind = find(attrs, RTA_ENCAP_TYPE)
        .and_then(|attr| <EncapType as netplumb_core::schema::Value>::read(attr.payload()));
    encap_of(find(attrs, RTA_ENCAP), kind.unwrap_or_default().0).map_err(|_| "RTA_ENCAP")
}

fn metrics(attrs: Attrs<'_>) -> Kept<Metrics> {
    match find(attrs, RTA_METRICS) {
        Some(nest) => Metrics::read(nest.nested()).map_err(|_| "RTA_METRICS"),
        None => Ok(Metrics::default()),
    }
}

fn hop4(oif: u32, attrs: Attrs<'_>) -> Kept<Hop4> {
    let flow = find(attrs, RTA_FLOW).and_then(|attr| bytes::u32_ne(attr.payload())).unwrap_or(0);
    let hop = Hop4 {
        oif,
        gateway: gateway(attrs)?,
        flags: 0,
        scope: Scope::default(),
        flow,
        weight: 1,
        encap: encap(attrs)?,
    };
    Ok(Hop4 { scope: usual_scope(&hop), ..hop })
}

/// The nexthops of a message, as many as it has; a route to nowhere has one, too.
fn hops4(route: Route<'_>) -> Kept<Vec<Hop4>> {
    match find(route.attrs(), RTA_MULTIPATH) {
        None => Ok(vec![hop4(route.oif().unwrap_or(0), route.attrs())?]),
        Some(list) => RawHops::new(list.payload()).map(|hop: RawHop<'_>| hop4(hop.oif, hop.attrs)).collect(),
    }
}

fn restore4(fib: &mut Fib4, route: Route<'_>, keys: &mut dyn Keys) -> Kept {
    let header = route.header();
    let (table, priority) = (route.route_table().0, route.priority().unwrap_or(0));
    let dst = match route.dst_ip() {
        None => 0,
        Some(IpAddr::V4(address)) => address.to_bits(),
        Some(IpAddr::V6(_)) => return Err("RTA_DST"),
    };
    if header.rtm_dst_len > 32 {
        return Err("rtm_dst_len");
    }
    let mut hops = hops4(route)?;
    let count = hops.len();
    if let Some(flags) = numbers(keys, "hop_flags", count)? {
        hops.iter_mut().zip(flags).for_each(|(hop, flags)| hop.flags = flags);
    }
    if let Some(scopes) = numbers(keys, "hop_scopes", count)? {
        hops.iter_mut().zip(scopes).for_each(|(hop, scope)| hop.scope = Scope(scope));
    }
    if let Some(weights) = numbers(keys, "weights", count)? {
        hops.iter_mut().zip(weights).for_each(|(hop, weight)| hop.weight = weight);
    }
    let state = State {
        flags: number(keys, "state", 0)?,
        hops: numbers(keys, "marks", count)?.unwrap_or_else(|| vec![0; count]).into(),
        source_gone: number(keys, "source_gone", 0u8)? != 0,
    };
    let source = match route.prefsrc() {
        Some(IpAddr::V4(address)) => address.to_bits(),
        _ => 0,
    };
    let info = Info4 {
        protocol: header.rtm_protocol,
        scope: header.rtm_scope,
        kind: RouteType(number(keys, "info_kind", header.rtm_type.0)?),
        table: number(keys, "info_table", table)?,
        priority: number(keys, "info_priority", priority)?,
        source,
        flags: number(keys, "flags", 0)?,
        metrics: metrics(route.attrs())?,
        hops: Few4::from(hops),
    };
    fib.make_table(table);
    let key = Key4::new(dst, header.rtm_dst_len, header.rtm_tos, priority);
    let at = fib.routes(table, &key).len();
    let alias = Alias4 { info: fib.infos.take(info, state), kind: header.rtm_type };
    fib.insert(table, key, at, alias);
    Ok(())
}

fn restore6(fib: &mut Fib6, route: Route<'_>, keys: &mut dyn Keys) -> Kept {
    let header = route.header();
    let address = |ip: Option<IpAddr>, what| match ip {
        None => Ok(None),
        Some(IpAddr::V6(address)) => Ok(Some(address)),
        Some(IpAddr::V4(_)) => Err(what),
    };
    if header.rtm_dst_len > 128 || header.rtm_src_len > 128 {
        return Err("rtm_dst_len, rtm_src_len");
    }
    let shown = header.rtm_flags.0.to_le_bytes()[0];
    let kind = header.rtm_type;
    let info = Info6 {
        protocol: header.rtm_protocol,
        kind,
        pref: route.pref().unwrap_or_default(),
        reject: number(keys, "reject", u8::from(refuses(kind)))? != 0,
        source: address(route.prefsrc(), "RTA_PREFSRC")?,
        metrics: metrics(route.attrs())?,
        oif: route.oif().unwrap_or(0),
        gateway: address(route.gateway(), "RTA_GATEWAY")?,
        onlink: shown & ONLINK != 0,
        weight: number(keys, "weights", 1)?,
        encap: encap(route.attrs())?,
        expires: match keys.take("expires") {
            None => None,
            Some(text) => Some(Instant::from_ns(text.parse().or_else(|_| Err("expires"))?)),
        },
    };
    let marks = number(keys, "marks", shown & (DEAD | LINKDOWN))?;
    let table = route.route_table().0;
    fib.make_table(table);
    let unspecified = Ipv6Addr::UNSPECIFIED;
    let dst = address(route.dst_ip(), "RTA_DST")?.unwrap_or(unspecified);
    let src = address(route.src_ip(), "RTA_SRC")?.unwrap_or(unspecified);
    let key = Key6::new(dst, header.rtm_dst_len, src, header.rtm_src_len);
    let at = fib.routes(table, &key).len();
    let metric = route.priority().unwrap_or(0);
    let route = Route6 { info: fib.infos.take(info, State::default()), metric, marks };
    fib.insert(table, key, at, route);
    Ok(())
}

fn restore_mpls(table: &mut MplsTable, route: Route<'_>) -> Kept {
    let hop = |oif: u32, attrs: Attrs<'_>| HopMpls {
        oif,
        labels: find(attrs, RTA_NEWDST)
            .and_then(|attr| LabelStack::read(attr.payload()))
            .map(|labels| labels.iter().map(|label| label.label()).collect())
            .unwrap_or_default(),
        via: find(attrs, RTA_VIA).map(|attr| attr.payload().to_vec()).unwrap_or_default(),
    };
    let hops = match find(route.attrs(), RTA_MULTIPATH) {
        None => vec![hop(route.oif().unwrap_or(0), route.attrs())],
        Some(list) => RawHops::new(list.payload()).map(|raw| hop(raw.oif, raw.attrs)).collect(),
    };
    let Some(label) = route.dst_labels().and_then(|labels| labels.iter().next()) else {
        return Err("RTA_DST");
    };
    let way = RouteMpls { protocol: route.header().rtm_protocol, ttl_propagate: route.ttl_propagate(), hops };
    table.put_back(label.label(), way);
    Ok(())
}
