//! Routes as messages (`fib_dump_info`, `rt6_fill_node`).

use super::fib4::{Alias4, Fib4, Key4};
use super::fib6::{Fib6, Info6, Key6};
use super::spec::{DEAD, Gateway, LINKDOWN, ONLINK};
use netplumb_core::Instant;
use netplumb_core::family::common::{AF_INET, AF_INET6, AddressFamily};
use netplumb_core::family::route::hop::{HopFlags, RtNexthop};
use netplumb_core::family::route::{
    RTA_GATEWAY, RTA_VIA, RouteBuilder, RouteFlags, RouteTable, RtMsg, RtaCacheinfo, Via,
};
use netplumb_core::wire::Writer;
use std::net::IpAddr;

/// `RTNH_F_*` that nexthops show.
const SHOWN: u8 = DEAD | LINKDOWN | ONLINK;

/// What `rtm_table` holds: numbers above 255 are only in the attribute.
pub(super) fn table_byte(table: u32) -> u8 {
    const COMPAT: u8 = 252;
    u8::try_from(table).unwrap_or(COMPAT)
}

/// A gateway in a route of `family`: of the same family, or by way of `RTA_VIA`.
pub(super) fn put_gateway(w: &mut Writer<'_>, gateway: Gateway, family: AddressFamily) {
    let (own, theirs, octets): (bool, u8, &[u8]) = match &gateway {
        Gateway::None => return,
        Gateway::V4(addr) => (family == AF_INET, AF_INET.0, &addr.octets()),
        Gateway::V6(addr) => (family == AF_INET6, AF_INET6.0, &addr.octets()),
    };
    if own {
        w.attr(RTA_GATEWAY, octets);
    } else {
        let via = Via { rtvia_family: u16::from(theirs), rtvia_addr: octets };
        w.attr_parts(RTA_VIA, &via.rtvia_family.to_ne_bytes(), via.rtvia_addr);
    }
}

/// The header of a nexthop in `RTA_MULTIPATH`.
pub(super) fn hop_header(flags: u8, weight: u16, oif: u32) -> RtNexthop {
    RtNexthop {
        rtnh_len: 0,
        rtnh_flags: HopFlags(flags & SHOWN),
        rtnh_hops: u8::try_from(weight.saturating_sub(1)).unwrap_or(u8::MAX),
        rtnh_ifindex: oif.cast_signed(),
    }
}

impl Fib4 {
    /// Writes a route's message.
    pub(super) fn put(&self, w: &mut Writer<'_>, table: u32, key: &Key4, alias: Alias4) {
        let Some(slot) = self.infos.slot(alias.info) else { return };
        let info = &slot.value;
        let marks = |at: usize| slot.state.hops.get(at).copied().unwrap_or(0);
        let single = match &*info.hops {
            [hop] => Some(hop),
            _ => None,
        };
        let flags = match single {
            Some(hop) => u32::from((hop.flags | marks(0)) & SHOWN),
            None => info.flags | u32::from(slot.state.flags),
        };
        let header = RtMsg {
            rtm_family: AF_INET,
            rtm_dst_len: key.len(),
            rtm_tos: key.tos.0,
            rtm_table: table_byte(table),
            rtm_protocol: info.protocol,
            rtm_scope: info.scope,
            rtm_type: alias.kind,
            rtm_flags: RouteFlags(flags),
            ..RtMsg::default()
        };
        let mut r = RouteBuilder::with_header(w, header);
        r.table_id(RouteTable(table));
        if key.len() != 0 {
            r.dst_ip(IpAddr::V4(key.dst.into()));
        }
        if key.priority != 0 {
            r.priority(key.priority);
        }
        info.metrics.put(r.writer());
        if info.source != 0 {
            r.prefsrc(IpAddr::V4(info.source.into()));
        }
        if let Some(hop) = single {
            put_gateway(r.writer(), hop.gateway, AF_INET);
            if hop.oif != 0 {
                r.oif(hop.oif);
            }
            if let Some(encap) = &hop.encap {
                encap.put(r.writer());
            }
            if hop.flow != 0 {
                r.flow(hop.flow);
            }
            return;
        }
        r.hops(|list| {
            for (at, hop) in info.hops.iter().enumerate() {
                list.hop(hop_header(hop.flags | marks(at), hop.weight, hop.oif), |h| {
                    put_gateway(h.writer(), hop.gateway, AF_INET);
                    if let Some(encap) = &hop.encap {
                        encap.put(h.writer());
                    }
                    if hop.flow != 0 {
                        h.flow(hop.flow);
                    }
                });
            }
        });
    }
}

impl Fib6 {
    /// Writes the message of the route at a place of its prefix: with its siblings as one multipath route, or `alone`.
    pub(super) fn put(
        &self,
        w: &mut Writer<'_>,
        table: u32,
        key: &Key6,
        at: usize,
        alone: bool,
        now: Instant,
    ) {
        let list = self.routes(table, key);
        let Some(route) = list.get(at).copied() else { return };
        let Some(info) = self.info(route) else { return };
        let siblings = if alone { vec![at] } else { self.siblings(list, at) };
        let flags = |info: &Info6, marks: u8| (if info.onlink { ONLINK } else { 0 } | marks) & SHOWN;
        let single = siblings.len() == 1;
        let header = RtMsg {
            rtm_family: AF_INET6,
            rtm_dst_len: key.len,
            rtm_src_len: key.src_len,
            rtm_table: table_byte(table),
            rtm_protocol: info.protocol,
            rtm_type: info.kind,
            rtm_flags: RouteFlags(if single { u32::from(flags(info, route.marks)) } else { 0 }),
            ..RtMsg::default()
        };
        let mut r = RouteBuilder::with_header(w, header);
        r.table_id(RouteTable(table));
        if key.len != 0 {
            r.dst_ip(IpAddr::V6(key.dst()));
        }
        if key.src_len != 0 {
            r.src_ip(IpAddr::V6(key.src()));
        }
        if let Some(source) = info.source {
            r.prefsrc(IpAddr::V6(source));
        }
        info.metrics.put(r.writer());
        r.priority(route.metric);
        if single {
            if let Some(gateway) = info.gateway {
                r.gateway(IpAddr::V6(gateway));
            }
            r.oif(info.oif);
            if let Some(encap) = &info.encap {
                encap.put(r.writer());
            }
        } else {
            r.hops(|hops| {
                for place in siblings {
                    let Some(route) = list.get(place).copied() else { continue };
                    let Some(info) = self.info(route) else { continue };
                    hops.hop(hop_header(flags(info, route.marks), info.weight, info.oif), |h| {
                        if let Some(gateway) = info.gateway {
                            h.gateway(IpAddr::V6(gateway));
                        }
                        if let Some(encap) = &info.encap {
                            encap.put(h.writer());
                        }
                    });
                }
            });
        }
        let expires = info.expires.map_or(0, |end| centiseconds_until(now, end));
        r.cacheinfo(RtaCacheinfo { rta_expires: expires, ..RtaCacheinfo::default() });
        r.pref(info.pref);
    }
}

/// Time until an end, negative when it is over (`rtnl_put_cacheinfo`).
fn centiseconds_until(now: Instant, end: Instant) -> i32 {
    let of = |ns: u64| i32::try_from(ns / 10_000_000).unwrap_or(i32::MAX);
    if end >= now { of(end.since_ns(now)) } else { of(now.since_ns(end)).wrapping_neg() }
}
