//! Which way a packet goes: `RTM_GETROUTE` without a dump, in IPv6 (`inet6_rtm_getroute`).

use super::fib4::Packet;
use super::fib6::{Flow6, Hit6, Info6, lookup6};
use super::lookup::{check_protocol, check_strictly};
use super::put::table_byte;
use super::spec::{addr6_of, check, ipv6_rule, u32_of};
use crate::kernel::netns::Netns;
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::family::addr::IFA_F_TENTATIVE;
use netplumb_core::family::common::{AF_INET6, RT_SCOPE_LINK};
use netplumb_core::family::route::{
    RTA_DPORT, RTA_DST, RTA_IIF, RTA_IP_PROTO, RTA_MARK, RTA_OIF, RTA_SPORT, RTA_SRC, RTA_UID,
    RTM_F_FIB_MATCH, RTM_NEWROUTE, RTN_BLACKHOLE, RTN_LOCAL, RTN_PROHIBIT, RTN_THROW, RTN_UNREACHABLE, Route,
    RouteBuilder, RouteTable, RtMsg, RtaCacheinfo,
};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::Writer;
use netplumb_core::{Errno, bytes};
use std::net::{IpAddr, Ipv6Addr};

const LOOPBACK: u32 = 1;
const ICMPV6: u8 = 58;

/// A look-up with its result.
#[derive(Debug)]
struct Answer {
    dst: Ipv6Addr,
    /// `RTA_SRC` of the request or `::`: the reply always has it.
    src: Ipv6Addr,
    iif: u32,
    info: Info6,
    hit: Hit6,
    oif: u32,
    source: Option<Ipv6Addr>,
}

impl World {
    /// `inet6_rtm_getroute`.
    pub(super) fn get_route6(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let (Some(header), Some((_, list))) = (RtMsg::read_fixed(payload), Route::SCHEMA.split(payload))
        else {
            return refuse(Errno::EINVAL, "ipv6: Invalid header for get route request");
        };
        if request.options.strict {
            check_strictly(
                request,
                &header,
                list,
                128,
                &[
                    "ipv6: Invalid values in header for get route request",
                    "ipv6: Invalid flags for get route request",
                    "ipv6: rtm_src_len and rtm_dst_len must be 128 for IPv6",
                    "ipv6: Unsupported attribute in get route request",
                ],
            )?;
        }
        check(request, list, ipv6_rule)?;
        let of = |kind: u16| list.find_last(kind);
        let address = |kind: u16| match of(kind).map(netplumb_core::wire::Attr::payload) {
            Some(payload) if payload.len() < 16 => Err(Errno::EINVAL),
            Some(payload) => Ok(addr6_of(payload, 16)),
            None => Ok(Ipv6Addr::UNSPECIFIED),
        };
        let (src, dst) = (address(RTA_SRC)?, address(RTA_DST)?);
        check_protocol(list, ICMPV6)?;
        let (iif, oif) = (of(RTA_IIF).map_or(0, u32_of), of(RTA_OIF).map_or(0, u32_of));
        let ns = self.ns(request.netns);
        if iif != 0 && ns.link(iif).is_none() {
            return Err(Errno::ENODEV.into());
        }
        let port = |kind: u16| of(kind).and_then(|attr| bytes::u16_be(attr.payload())).unwrap_or(0);
        let packet = Packet {
            src: 0,
            iif,
            mark: of(RTA_MARK).map_or(0, u32_of),
            uid: of(RTA_UID).map_or(0, u32_of),
            ip_proto: of(RTA_IP_PROTO).and_then(|attr| attr.payload().first().copied()).unwrap_or(0),
            sport: port(RTA_SPORT),
            dport: port(RTA_DPORT),
        };
        let flow = Flow6 { dst, src, oif, strict: oif != 0, now: self.now(), packet };
        // Without a destination there is no route, not even the default one.
        let hit = lookup6(ns, &flow)?;
        let info = ns.fib6.info(hit.route).ok_or(Errno::ENETUNREACH)?.clone();
        match info.kind {
            RTN_BLACKHOLE => return Err(Errno::EINVAL.into()),
            RTN_PROHIBIT => return Err(Errno::EACCES.into()),
            RTN_UNREACHABLE => return Err(Errno::EHOSTUNREACH.into()),
            RTN_THROW => return Err(Errno::ENETUNREACH.into()),
            _ => {}
        }
        if header.rtm_flags.contains(RTM_F_FIB_MATCH) {
            let netns = request.netns;
            self.reply(request, RTM_NEWROUTE, 0, |world, w| {
                let at = world.ns(netns).fib6.first_sibling(hit.table, &hit.key, hit.at);
                world.ns(netns).fib6.put(w, hit.table, &hit.key, at, false, world.now());
            });
            return Ok(());
        }
        let source = select_source(ns, &info, dst);
        // Packets to the host itself go through loopback.
        let oif = if info.kind == RTN_LOCAL { LOOPBACK } else { info.oif };
        let answer = Answer { dst, src, iif, info, hit, oif, source };
        self.reply(request, RTM_NEWROUTE, 0, |_, w| answer.put(w));
        Ok(())
    }
}

impl Answer {
    /// `rt6_fill_node` with a destination. Unlike IPv4, the answer is not marked as a copy.
    fn put(&self, w: &mut Writer<'_>) {
        let header = RtMsg {
            rtm_family: AF_INET6,
            rtm_dst_len: 128,
            rtm_src_len: 128,
            rtm_table: table_byte(self.hit.table),
            rtm_protocol: self.info.protocol,
            rtm_type: self.info.kind,
            ..RtMsg::default()
        };
        let mut r = RouteBuilder::with_header(w, header);
        r.table_id(RouteTable(self.hit.table));
        r.dst_ip(IpAddr::V6(self.dst)).src_ip(IpAddr::V6(self.src));
        if self.iif != 0 {
            r.iif(self.iif);
        } else if let Some(source) = self.source {
            r.prefsrc(IpAddr::V6(source));
        }
        // The route's own preference is said beside the one that follows from it.
        if let Some(source) = self.info.source {
            r.prefsrc(IpAddr::V6(source));
        }
        self.info.metrics.put(r.writer());
        r.priority(self.hit.route.metric);
        if let Some(gateway) = self.info.gateway {
            r.gateway(IpAddr::V6(gateway));
        }
        r.oif(self.oif);
        if let Some(encap) = &self.info.encap {
            encap.put(r.writer());
        }
        r.cacheinfo(RtaCacheinfo { rta_clntref: 2, ..RtaCacheinfo::default() });
        r.pref(self.info.pref);
    }
}

/// The address that a packet comes from (`ip6_route_get_saddr`): one of the same reach, of the link that it leaves by
/// before others, the one that has most in common with the destination.
fn select_source(ns: &Netns, info: &Info6, dst: Ipv6Addr) -> Option<Ipv6Addr> {
    if info.source.is_some() {
        return info.source;
    }
    if info.kind == RTN_LOCAL {
        return Some(dst);
    }
    let near = dst.is_unicast_link_local() || (dst.is_multicast() && dst.segments()[0] & 0xf == 2);
    let mut best: Option<((bool, bool, u32), Ipv6Addr)> = None;
    for link in ns.links.values() {
        for own in link.addr6.iter().filter(|own| !own.flags.contains(IFA_F_TENTATIVE)) {
            let own_near = own.scope == RT_SCOPE_LINK;
            if (own_near || near) && link.index != info.oif {
                continue;
            }
            let common = (u128::from(own.local) ^ u128::from(dst)).leading_zeros();
            let score = (own_near == near, link.index == info.oif, common);
            if best.is_none_or(|(top, _)| score > top) {
                best = Some((score, own.local));
            }
        }
    }
    best.map(|(_, addr)| addr)
}
