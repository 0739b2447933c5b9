//! Which way a packet goes: `RTM_GETROUTE` without a dump, in IPv4 (`inet_rtm_getroute`).

use super::fib4::{Flow4, Hit4, Hop4, LOCAL, MAIN, Packet, lookup4};
use super::put::{put_gateway, table_byte};
use super::spec::{Gateway, Metrics, addr4_of, check, ipv4_rule, u32_of};
use crate::kernel::link::Link;
use crate::kernel::netns::Netns;
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::family::addr::IFA_F_SECONDARY;
use netplumb_core::family::common::{AF_INET, RT_SCOPE_HOST, RT_SCOPE_LINK, Scope};
use netplumb_core::family::route::{
    RTA_DPORT, RTA_DST, RTA_IIF, RTA_IP_PROTO, RTA_MARK, RTA_OIF, RTA_SPORT, RTA_SRC, RTA_UID, RTM_F_CLONED,
    RTM_F_FIB_MATCH, RTM_F_LOOKUP_TABLE, RTM_F_NOTIFY, RTM_NEWROUTE, RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST,
    RTN_UNICAST, Route, RouteBuilder, RouteFlags, RouteTable, RouteType, RtMsg, RtaCacheinfo,
};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::{Attrs, Writer};
use netplumb_core::{Errno, bytes};
use std::net::{IpAddr, Ipv4Addr};

/// Flags of look-ups above those of routes (`RTCF_*`, `linux/in_route.h`).
const RTCF_BROADCAST: u32 = 0x1000_0000;
const RTCF_MULTICAST: u32 = 0x2000_0000;
const RTCF_LOCAL: u32 = 0x8000_0000;

const LOOPBACK: u32 = 1;
/// The user that has no right to anything, as sockets without rights are counted.
const NOBODY: u32 = 65_534;

/// What look-ups may ask with in a strict request.
const ASKED: &[u16] =
    &[RTA_IIF, RTA_OIF, RTA_SRC, RTA_DST, RTA_IP_PROTO, RTA_SPORT, RTA_DPORT, RTA_MARK, RTA_UID];

/// Checks that both families make of a strict request for a look-up.
pub(super) fn check_strictly(
    request: &Request<'_>,
    header: &RtMsg,
    list: Attrs<'_>,
    bits: u8,
    words: &[&'static str; 4],
) -> Outcome {
    let [values, flags, lengths, unsupported] = *words;
    let whole = |len: u8| len == 0 || len == bits;
    let narrow = header.rtm_table != 0
        || header.rtm_protocol.0 != 0
        || header.rtm_scope.0 != 0
        || header.rtm_type.0 != 0
        || (bits == 128 && header.rtm_tos != 0);
    if !whole(header.rtm_src_len) || !whole(header.rtm_dst_len) || narrow {
        return refuse(Errno::EINVAL, values);
    }
    // IPv6 knows one flag only.
    let known =
        if bits == 32 { RTM_F_NOTIFY | RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH } else { RTM_F_FIB_MATCH };
    if header.rtm_flags.without(known).0 != 0 {
        return refuse(Errno::EINVAL, flags);
    }
    super::spec::check_unknown(request, list)?;
    let has = |kind: u16| list.find(kind).is_some();
    if (has(RTA_SRC) && header.rtm_src_len == 0) || (has(RTA_DST) && header.rtm_dst_len == 0) {
        return refuse(Errno::EINVAL, lengths);
    }
    let extra = |kind: u16| bits == 128 && kind == netplumb_core::family::route::RTA_FLOWLABEL;
    if list.into_iter().any(|attr| attr.kind() != 0 && !ASKED.contains(&attr.kind()) && !extra(attr.kind())) {
        return refuse(Errno::EINVAL, unsupported);
    }
    Ok(())
}

/// `rtm_getroute_parse_ip_proto`.
pub(super) fn check_protocol(list: Attrs<'_>, icmp: u8) -> Outcome {
    const TCP: u8 = 6;
    const UDP: u8 = 17;
    let Some(attr) = list.find_last(RTA_IP_PROTO) else { return Ok(()) };
    match attr.payload().first() {
        Some(protocol) if [TCP, UDP, icmp].contains(protocol) => Ok(()),
        _ => refuse(Errno::EOPNOTSUPP, "Unsupported ip proto"),
    }
}

/// What is known of a packet, and of the way that it takes.
#[derive(Debug)]
struct Answer {
    dst: u32,
    src: u32,
    mark: u32,
    uid: u32,
    ip_proto: u8,
    sport: u16,
    dport: u16,
    kind: RouteType,
    /// `RTCF_*`.
    flags: u32,
    oif: u32,
    /// The source that the packet gets.
    source: u32,
    gateway: Gateway,
    flow: u32,
    metrics: Metrics,
    encap: Option<Box<super::encap::Encap>>,
    hit: Option<Hit4>,
}

impl World {
    /// `inet_rtm_getroute`.
    pub(super) fn get_route4(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let (Some(header), Some((_, list))) = (RtMsg::read_fixed(payload), Route::SCHEMA.split(payload))
        else {
            return refuse(Errno::EINVAL, "ipv4: Invalid header for route get request");
        };
        if request.options.strict {
            check_strictly(
                request,
                &header,
                list,
                32,
                &[
                    "ipv4: Invalid values in header for route get request",
                    "ipv4: Unsupported rtm_flags for route get request",
                    "ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4",
                    "ipv4: Unsupported attribute in route get request",
                ],
            )?;
        }
        check(request, list, ipv4_rule)?;
        check_protocol(list, 1)?;
        let of = |kind: u16| list.find_last(kind);
        let user = if request.options.net_admin { 0 } else { NOBODY };
        let mut answer = Answer {
            dst: of(RTA_DST).map_or(0, addr4_of),
            src: of(RTA_SRC).map_or(0, addr4_of),
            mark: of(RTA_MARK).map_or(0, u32_of),
            uid: of(RTA_UID).map_or(user, u32_of),
            ip_proto: of(RTA_IP_PROTO).and_then(|attr| attr.payload().first().copied()).unwrap_or(0),
            sport: of(RTA_SPORT).and_then(|attr| bytes::u16_be(attr.payload())).unwrap_or(0),
            dport: of(RTA_DPORT).and_then(|attr| bytes::u16_be(attr.payload())).unwrap_or(0),
            kind: RTN_UNICAST,
            flags: 0,
            oif: of(RTA_OIF).map_or(0, u32_of),
            source: 0,
            gateway: Gateway::None,
            flow: 0,
            metrics: Metrics::default(),
            encap: None,
            hit: None,
        };
        answer.source = answer.src;
        let ns = self.ns(request.netns);
        let iif = of(RTA_IIF).map_or(0, u32_of);
        if iif != 0 {
            input(ns, &answer, iif)?;
        }
        output(ns, &mut answer, header.rtm_tos)?;
        let table = answer.hit.map_or(0, |hit| if hit.table == LOCAL { MAIN } else { hit.table });
        let table = if header.rtm_flags.contains(RTM_F_LOOKUP_TABLE) { table } else { MAIN };
        if header.rtm_flags.contains(RTM_F_FIB_MATCH) {
            let Some(hit) = answer.hit else { return Err(Errno::EHOSTUNREACH.into()) };
            let netns = request.netns;
            self.reply(request, RTM_NEWROUTE, 0, |world, w| {
                world.ns(netns).fib4.put(w, table, &hit.key, hit.alias);
            });
            return Ok(());
        }
        let notify = header.rtm_flags & RTM_F_NOTIFY;
        self.reply(request, RTM_NEWROUTE, 0, |_, w| answer.put(w, table, notify, iif));
        Ok(())
    }
}

impl Answer {
    /// What rules may ask of the packet.
    fn packet(&self) -> Packet {
        let Self { source, mark, uid, ip_proto, sport, dport, .. } = *self;
        Packet { src: source, iif: 0, mark, uid, ip_proto, sport, dport }
    }

    /// `rt_fill_info`.
    fn put(&self, w: &mut Writer<'_>, table: u32, notify: RouteFlags, iif: u32) {
        let header = RtMsg {
            rtm_family: AF_INET,
            rtm_dst_len: 32,
            rtm_src_len: if self.src == 0 { 0 } else { 32 },
            rtm_tos: self.hit.map_or(0, |hit| hit.key.tos.0),
            rtm_table: table_byte(table),
            rtm_type: self.kind,
            rtm_flags: RTM_F_CLONED | notify | RouteFlags(self.flags),
            ..RtMsg::default()
        };
        let mut r = RouteBuilder::with_header(w, header);
        r.table_id(RouteTable(table));
        r.dst_ip(IpAddr::V4(self.dst.into()));
        if self.src != 0 {
            r.src_ip(IpAddr::V4(self.src.into()));
        }
        r.oif(self.oif);
        if let Some(encap) = &self.encap {
            encap.put(r.writer());
        }
        if self.flow != 0 {
            r.flow(self.flow);
        }
        if iif == 0 && self.source != self.src {
            r.prefsrc(IpAddr::V4(self.source.into()));
        }
        put_gateway(r.writer(), self.gateway, AF_INET);
        self.metrics.put(r.writer());
        if self.mark != 0 {
            r.mark(self.mark);
        }
        r.uid(self.uid);
        if iif != 0 {
            r.iif(iif);
        }
        r.cacheinfo(RtaCacheinfo { rta_clntref: 2, ..RtaCacheinfo::default() });
    }
}

/// A packet that comes in (`ip_route_input_rcu`). Nothing is forwarded here: the host takes packets to itself only.
fn input(ns: &Netns, answer: &Answer, iif: u32) -> Outcome {
    if ns.link(iif).is_none() {
        return Err(Errno::ENODEV.into());
    }
    // A source of 0 is Martian.
    if answer.src == 0 {
        return Err(Errno::EINVAL.into());
    }
    let flow = Flow4 { packet: Packet { iif, ..answer.packet() }, ..Flow4::to(answer.dst) };
    match lookup4(ns, &flow) {
        Ok(hit) if hit.alias.kind == RTN_LOCAL || hit.alias.kind == RTN_BROADCAST => Ok(()),
        _ => Err(Errno::EHOSTUNREACH.into()),
    }
}

/// A packet that the host sends (`ip_route_output_key_hash_rcu`).
fn output(ns: &Netns, answer: &mut Answer, tos: u8) -> Outcome {
    let addr = Ipv4Addr::from(answer.dst);
    if answer.src != 0 {
        let src = Ipv4Addr::from(answer.src);
        if src.is_multicast() || src.is_broadcast() || src.octets()[0] == 0 {
            return Err(Errno::EINVAL.into());
        }
        let owner = ns.links.values().find(|link| link.addr4.iter().any(|own| own.local == src));
        let Some(owner) = owner else { return Err(Errno::ENETUNREACH.into()) };
        if answer.oif == 0 && (addr.is_multicast() || addr.is_broadcast()) {
            answer.oif = owner.index;
            return settle(answer, owner.index, true);
        }
    }
    if answer.oif != 0 {
        let Some(link) = ns.link(answer.oif) else { return Err(Errno::ENODEV.into()) };
        if !link.is_up() || !link.inet4 {
            return Err(Errno::ENETUNREACH.into());
        }
        if answer.dst >> 8 == 0x00e0_0000 || addr.is_broadcast() {
            if answer.source == 0 {
                answer.source = select_source(ns, link, 0, RT_SCOPE_LINK);
            }
            return settle(answer, link.index, true);
        }
        if answer.source == 0 && addr.is_multicast() {
            answer.source = select_source(ns, link, 0, Scope::default());
        } else if answer.source == 0 && answer.dst == 0 {
            answer.source = select_source(ns, link, 0, RT_SCOPE_HOST);
        }
    }
    if answer.dst == 0 {
        if answer.source == 0 {
            answer.source = u32::from(Ipv4Addr::LOCALHOST);
        }
        answer.kind = RTN_LOCAL;
        return settle(answer, LOOPBACK, false);
    }
    let flow = Flow4 { tos, oif: answer.oif, packet: answer.packet(), ..Flow4::to(answer.dst) };
    match lookup4(ns, &flow) {
        Ok(hit) => follow(ns, answer, hit),
        // The tables may be wrong: with an interface named, the destination is taken to be on its link.
        Err(_) if answer.oif != 0 => {
            let Some(link) = ns.link(answer.oif) else { return Err(Errno::ENODEV.into()) };
            if answer.source == 0 {
                answer.source = select_source(ns, link, 0, RT_SCOPE_LINK);
            }
            settle(answer, link.index, false)
        }
        Err(errno) => Err(errno.into()),
    }
}

/// Takes over what the route says.
fn follow(ns: &Netns, answer: &mut Answer, hit: Hit4) -> Outcome {
    let Some(slot) = ns.fib4.infos.slot(hit.alias.info) else { return Err(Errno::ENETUNREACH.into()) };
    let (info, hop) = (&slot.value, slot.value.hops.get(hit.hop));
    answer.kind = hit.alias.kind;
    answer.hit = Some(hit);
    if answer.kind == RTN_LOCAL {
        if answer.source == 0 {
            answer.source = if info.source == 0 { answer.dst } else { info.source };
        }
        // A VRF takes the place of loopback for its links.
        let link = hop.and_then(|hop| ns.link(hop.oif));
        let master = link.and_then(|link| ns.link(link.master?)).filter(|master| master.is_kind("vrf"));
        return settle(answer, master.map_or(LOOPBACK, |master| master.index), false);
    }
    let Some(Hop4 { oif, gateway, flow, encap, .. }) = hop else { return Err(Errno::ENETUNREACH.into()) };
    answer.gateway = *gateway;
    answer.flow = *flow;
    answer.metrics = info.metrics.clone();
    answer.encap.clone_from(encap);
    if answer.source == 0 && info.source != 0 {
        answer.source = info.source;
    } else if answer.source == 0
        && let Some(link) = ns.link(*oif)
    {
        let near = if let Gateway::V4(gateway) = gateway { u32::from(*gateway) } else { 0 };
        answer.source = select_source(ns, link, near, info.scope);
    }
    settle(answer, *oif, false)
}

/// `__mkroute_output`.
fn settle(answer: &mut Answer, oif: u32, direct: bool) -> Outcome {
    let addr = Ipv4Addr::from(answer.dst);
    let loopback = oif == LOOPBACK;
    answer.oif = oif;
    if addr.is_broadcast() {
        answer.kind = RTN_BROADCAST;
    } else if addr.is_multicast() {
        answer.kind = RTN_MULTICAST;
    } else if answer.dst != 0 && addr.octets()[0] == 0 {
        return Err(Errno::EINVAL.into());
    }
    answer.flags = match answer.kind {
        RTN_BROADCAST => RTCF_BROADCAST | RTCF_LOCAL,
        RTN_MULTICAST if loopback => RTCF_MULTICAST | RTCF_LOCAL,
        RTN_MULTICAST => RTCF_MULTICAST,
        RTN_LOCAL => RTCF_LOCAL,
        _ if loopback => RTCF_LOCAL,
        _ => 0,
    };
    if direct || answer.kind == RTN_BROADCAST {
        answer.gateway = Gateway::None;
    }
    Ok(())
}

/// The address that packets out of a link come from (`inet_select_addr`): one in the subnet of `near` if there is one.
fn select_source(ns: &Netns, link: &Link, near: u32, scope: Scope) -> u32 {
    let fits = |own: &&crate::kernel::addr::Addr4| {
        !own.flags.contains(IFA_F_SECONDARY) && own.scope.min(RT_SCOPE_HOST) <= scope
    };
    let is_near = |own: &&crate::kernel::addr::Addr4| {
        near != 0 && (u32::from(own.address) ^ near) & super::fib4::mask4(own.prefix) == 0
    };
    let own = link.addr4.iter().filter(fits);
    if let Some(found) = own.clone().find(is_near).or_else(|| own.clone().next()) {
        return found.local.into();
    }
    // Any address of the host that reaches as far: loopback's first.
    let elsewhere = ns.links.values().flat_map(|link| &link.addr4);
    elsewhere
        .filter(|own| {
            !own.flags.contains(IFA_F_SECONDARY) && own.scope != RT_SCOPE_LINK && own.scope <= scope
        })
        .map(|own| u32::from(own.local))
        .next()
        .unwrap_or(0)
}
