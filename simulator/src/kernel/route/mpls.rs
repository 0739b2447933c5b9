//! The MPLS label table (`net/mpls/af_mpls.c`), as with `net.mpls.platform_labels` at its highest.

use super::fib4::{Flow4, Packet, lookup4};
use super::fib6::{Flow6, lookup6};
use super::put::hop_header;
use super::spec::{DEAD, LINKDOWN, RawHops, Rule, check, u32_of};
use crate::kernel::group;
use crate::kernel::netns::Netns;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::{Origin, Request};
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::common::{AF_MPLS, Scope};
use netplumb_core::family::route::{
    RTA_DST, RTA_GATEWAY, RTA_MULTIPATH, RTA_NEWDST, RTA_OIF, RTA_TTL_PROPAGATE, RTA_VIA, RTM_DELROUTE,
    RTM_F_FIB_MATCH, RTM_NEWROUTE, RTN_UNICAST, Route, RouteBuilder, RouteFlags, RouteProtocol, RtMsg,
};
use netplumb_core::schema::{Header as _, Label};
use netplumb_core::wire::{Attr, Attrs, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, Writer};
use std::collections::BTreeMap;
use std::net::Ipv6Addr;

/// The MPLS label table of a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct MplsTable {
    routes: BTreeMap<u32, RouteMpls>,
}

/// What happens to packets with a label.
#[derive(Clone, Debug)]
pub(super) struct RouteMpls {
    pub(super) protocol: RouteProtocol,
    pub(super) ttl_propagate: Option<u8>,
    pub(super) hops: Vec<HopMpls>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HopMpls {
    pub(super) oif: u32,
    /// Labels to put on, outermost first.
    pub(super) labels: Vec<u32>,
    /// `struct rtvia`; empty is none.
    pub(super) via: Vec<u8>,
}

/// In place of the index of a link that has been deleted.
const GONE: u32 = 0;

const FIRST_LABEL: u32 = 16;
/// One more than the highest label.
const LABELS: u32 = 1 << 20;
const LABEL_BITS: u8 = 20;
const NEW_LABELS: usize = 30;
const IMPLICIT_NULL: u32 = 3;
const MAIN: u8 = 254;

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_PACKET: u16 = 17;

/// `rtm_mpls_policy`.
fn rule(kind: u16) -> Option<Rule> {
    match kind {
        RTA_DST | RTA_OIF => Some(Rule::U32),
        RTA_TTL_PROPAGATE => Some(Rule::U8),
        _ => None,
    }
}

#[derive(Debug, Default)]
struct Config {
    label: Option<u32>,
    protocol: RouteProtocol,
    ttl_propagate: Option<u8>,
    hops: Vec<HopMpls>,
}

/// `rtm_to_route_config`.
fn read(request: &Request<'_>) -> Outcome<Config> {
    let payload = request.message.payload();
    let Some((_, list)) = Route::SCHEMA.split(payload) else { return Err(Errno::EINVAL.into()) };
    let header = RtMsg::read_fixed(payload).ok_or(Errno::EINVAL)?;
    check(request, list, rule)?;
    let refusal = [
        (header.rtm_dst_len != LABEL_BITS, "rtm_dst_len must be 20 for MPLS"),
        (header.rtm_src_len != 0, "rtm_src_len must be 0 for MPLS"),
        (header.rtm_tos != 0, "rtm_tos must be 0 for MPLS"),
        (header.rtm_table != MAIN, "MPLS only supports the main route table"),
        (header.rtm_scope != Scope::default(), "Invalid route scope  - MPLS only supports UNIVERSE"),
        (header.rtm_type != RTN_UNICAST, "Invalid route type - MPLS only supports UNICAST"),
        (header.rtm_flags.0 != 0, "rtm_flags must be 0 for MPLS"),
    ];
    if let Some((_, text)) = refusal.into_iter().find(|row| row.0) {
        return refuse(Errno::EINVAL, text);
    }
    let mut config = Config { protocol: header.rtm_protocol, ..Config::default() };
    let mut hop = HopMpls { oif: 0, labels: Vec::new(), via: Vec::new() };
    let mut multipath = None;
    // The kernel goes through its table of attributes: in ascending order, of each the last.
    for attr in (1..=31).filter_map(|kind| list.find_last(kind)) {
        match attr.kind() {
            RTA_OIF => hop.oif = u32_of(attr),
            RTA_NEWDST => hop.labels = labels_of(request, attr, NEW_LABELS)?,
            RTA_DST => {
                let label = labels_of(request, attr, 1)?.first().copied().unwrap_or(0);
                check_label(label)?;
                config.label = Some(label);
            }
            RTA_GATEWAY => return refuse(Errno::EINVAL, "MPLS does not support RTA_GATEWAY attribute"),
            RTA_VIA => hop.via = via_of(request, attr)?,
            RTA_MULTIPATH => multipath = Some(attr.payload()),
            RTA_TTL_PROPAGATE => match attr.payload().first() {
                Some(ttl) if *ttl <= 1 => config.ttl_propagate = Some(*ttl),
                _ => {
                    let refusal = Refusal::new(Errno::EINVAL, "RTA_TTL_PROPAGATE can only be 0 or 1");
                    return Err(refusal.at(request.offset(attr)));
                }
            },
            _ => {
                let refusal = Refusal::new(Errno::EINVAL, "Unknown attribute");
                return Err(refusal.at(request.offset(attr)));
            }
        }
    }
    config.hops = match multipath {
        Some(multipath) => hops_of(request, multipath)?,
        None => vec![hop],
    };
    Ok(config)
}

fn hops_of(request: &Request<'_>, multipath: &[u8]) -> Outcome<Vec<HopMpls>> {
    let mut records = RawHops::new(multipath);
    let mut hops = Vec::new();
    for raw in records.by_ref() {
        let mut hop = HopMpls { oif: raw.oif, labels: Vec::new(), via: Vec::new() };
        if let Some(attr) = raw.attrs.find(RTA_NEWDST) {
            hop.labels = labels_of(request, attr, NEW_LABELS)?;
        }
        if let Some(attr) = raw.attrs.find(RTA_VIA) {
            hop.via = via_of(request, attr)?;
        }
        hops.push(hop);
    }
    // Leftovers make all of it count as nothing.
    Ok(if records.has_more() { Vec::new() } else { hops })
}

/// `nla_get_labels`.
fn labels_of(request: &Request<'_>, attr: Attr<'_>, most: usize) -> Outcome<Vec<u32>> {
    let fail = |text: &'static str| Err(Refusal::new(Errno::EINVAL, text).at(request.offset(attr)));
    let payload = attr.payload();
    if payload.len() % 4 != 0 || payload.len() / 4 > 255 {
        return fail("Invalid length for labels attribute");
    }
    if payload.len() / 4 > most {
        return refuse(Errno::EINVAL, "Too many labels");
    }
    let entries: Vec<u32> = payload.chunks_exact(4).filter_map(bytes::u32_be).collect();
    let last = entries.len().saturating_sub(1);
    for (at, entry) in entries.iter().enumerate().rev() {
        let bottom = entry & 0x100 != 0;
        if entry & 0xff != 0 {
            return fail("TTL in label must be 0");
        }
        if entry & 0xe00 != 0 {
            return fail("Traffic class in label must be 0");
        }
        if bottom != (at == last) {
            return fail(if bottom {
                "BOS bit can only be set in first label"
            } else {
                "BOS bit must be set in first label"
            });
        }
        if entry >> 12 == IMPLICIT_NULL {
            return fail("Implicit NULL Label (3) can not be used in encapsulation");
        }
    }
    Ok(entries.into_iter().map(|entry| entry >> 12).collect())
}

/// `nla_get_via`.
fn via_of(request: &Request<'_>, attr: Attr<'_>) -> Outcome<Vec<u8>> {
    let Some((family, address)) = attr.payload().split_first_chunk::<2>() else {
        let refusal = Refusal::new(Errno::EINVAL, "Invalid attribute length for RTA_VIA");
        return Err(refusal.at(request.offset(attr)));
    };
    let fits = match u16::from_ne_bytes(*family) {
        AF_INET => address.len() == 4,
        AF_INET6 => address.len() == 16,
        AF_PACKET => address.len() <= 32,
        _ => return Err(Errno::EINVAL.into()),
    };
    if !fits {
        return Err(Errno::EINVAL.into());
    }
    Ok(attr.payload().to_vec())
}

/// `mpls_label_ok`.
fn check_label(label: u32) -> Outcome {
    if label < FIRST_LABEL {
        return refuse(Errno::EINVAL, "Invalid label - must be MPLS_LABEL_FIRST_UNRESERVED or higher");
    }
    if label >= LABELS {
        return refuse(Errno::EINVAL, "Label >= configured maximum in platform_labels");
    }
    Ok(())
}

impl World {
    pub(super) fn new_route_mpls(&mut self, request: &Request<'_>) -> Outcome {
        let mut config = read(request)?;
        let ns = request.netns;
        let has = |flag: u16| request.message.flags() & flag != 0;
        let table = &self.ns(ns).mpls;
        let free = || (FIRST_LABEL..LABELS).find(|label| !table.routes.contains_key(label));
        // Without a label the kernel picks one.
        let label = config.label.or_else(|| if has(NLM_F_CREATE) { free() } else { None });
        let label = label.unwrap_or(LABELS);
        check_label(label)?;
        if has(NLM_F_APPEND) {
            return refuse(Errno::EOPNOTSUPP, "MPLS does not support route append");
        }
        let old = table.routes.contains_key(&label);
        if old && (has(NLM_F_EXCL) || !has(NLM_F_REPLACE)) {
            return Err(Errno::EEXIST.into());
        }
        if !old && !has(NLM_F_CREATE) {
            return Err(Errno::ENOENT.into());
        }
        if config.hops.is_empty() {
            return refuse(Errno::EINVAL, "Route does not contain a nexthop");
        }
        for hop in &mut config.hops {
            find_link(self.ns(ns), hop)?;
        }
        let route =
            RouteMpls { protocol: config.protocol, ttl_propagate: config.ttl_propagate, hops: config.hops };
        self.ns_mut(ns).mpls.routes.insert(label, route);
        let flags = if old { NLM_F_REPLACE } else { 0 };
        self.announce_mpls(ns, request.origin(), RTM_NEWROUTE, flags, label);
        Ok(())
    }

    /// A label that has no route is deleted without an error.
    pub(super) fn del_route_mpls(&mut self, request: &Request<'_>) -> Outcome {
        let config = read(request)?;
        let label = config.label.unwrap_or(LABELS);
        check_label(label)?;
        self.drop_mpls(request.netns, request.origin(), label);
        Ok(())
    }

    pub(super) fn get_route_mpls(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let (Some(header), Some((_, list))) = (RtMsg::read_fixed(payload), Route::SCHEMA.split(payload))
        else {
            return refuse(Errno::EINVAL, "mpls_router: Invalid header for get route request");
        };
        if request.options.strict {
            check_strictly(request, &header, list)?;
        }
        check(request, list, rule)?;
        let Some(attr) = list.find_last(RTA_DST) else { return Err(Errno::ENETUNREACH.into()) };
        let label = labels_of(request, attr, 1)?.first().copied().unwrap_or(0);
        check_label(label)?;
        let ns = request.netns;
        let table = &self.ns(ns).mpls;
        let Some(route) = table.routes.get(&label) else { return Err(Errno::ENETUNREACH.into()) };
        let mut shown = route.clone();
        if !header.rtm_flags.contains(RTM_F_FIB_MATCH) {
            // The way that a packet takes, not the route.
            shown.hops.truncate(1);
            shown.ttl_propagate = None;
        }
        self.reply(request, RTM_NEWROUTE, 0, |world, w| put(world.ns(ns), w, label, &shown));
        Ok(())
    }

    /// A link is being deleted: its nexthops are gone, and routes that have no other go (`mpls_ifdown`).
    pub(super) fn leave_link_mpls(&mut self, ns: NetnsId, link: u32) {
        let routes = &self.ns(ns).mpls.routes;
        let left: Vec<u32> = routes.iter().filter(|(_, r)| r.uses(link)).map(|(label, _)| *label).collect();
        for label in left {
            let Some(route) = self.ns_mut(ns).mpls.routes.get_mut(&label) else { continue };
            if route.hops.iter().all(|hop| hop.oif == link || hop.oif == GONE) {
                self.drop_mpls(ns, Origin::KERNEL, label);
                continue;
            }
            for hop in route.hops.iter_mut().filter(|hop| hop.oif == link) {
                hop.oif = GONE;
            }
            self.announce_mpls(ns, Origin::KERNEL, RTM_NEWROUTE, NLM_F_REPLACE, label);
        }
    }

    fn drop_mpls(&mut self, ns: NetnsId, origin: Origin, label: u32) {
        if self.ns(ns).mpls.routes.contains_key(&label) {
            self.announce_mpls(ns, origin, RTM_DELROUTE, 0, label);
            self.ns_mut(ns).mpls.routes.remove(&label);
        }
    }

    /// `rtmsg_lfib`.
    fn announce_mpls(&mut self, ns: NetnsId, origin: Origin, kind: u16, flags: u16, label: u32) {
        self.announce(ns, group::MPLS_ROUTE, origin, kind, flags, |world, w| {
            let ns = world.ns(ns);
            if let Some(route) = ns.mpls.routes.get(&label) {
                put(ns, w, label, route);
            }
        });
    }
}

/// `mpls_valid_getroute_req`.
fn check_strictly(request: &Request<'_>, header: &RtMsg, list: Attrs<'_>) -> Outcome {
    let narrow = header.rtm_src_len != 0
        || header.rtm_tos != 0
        || header.rtm_table != 0
        || header.rtm_protocol.0 != 0
        || header.rtm_scope.0 != 0
        || header.rtm_type.0 != 0;
    if narrow || (header.rtm_dst_len != 0 && header.rtm_dst_len != LABEL_BITS) {
        return refuse(Errno::EINVAL, "mpls_router: Invalid values in header for get route request");
    }
    if header.rtm_flags.without(RTM_F_FIB_MATCH).0 != 0 {
        return refuse(Errno::EINVAL, "mpls_router: Invalid flags for get route request");
    }
    super::spec::check_unknown(request, list)?;
    let known = |attr: &Attr<'_>| attr.kind() == RTA_DST || attr.kind() == RTA_NEWDST;
    if header.rtm_dst_len == 0 && list.into_iter().any(|attr| known(&attr)) {
        return refuse(Errno::EINVAL, "mpls_router: rtm_dst_len must be 20 for MPLS");
    }
    if list.into_iter().any(|attr| attr.kind() != 0 && !known(&attr)) {
        return refuse(Errno::EINVAL, "mpls_router: Unsupported attribute in get route request");
    }
    Ok(())
}

/// `mpls_nh_assign_dev`: the link of a nexthop, found out when it is not named.
fn find_link(ns: &Netns, hop: &mut HopMpls) -> Outcome {
    if hop.oif == 0 {
        hop.oif = link_to(ns, &hop.via)?;
    }
    let Some(link) = ns.link(hop.oif) else { return Err(Errno::ENODEV.into()) };
    let is_link_layer = hop.via.first_chunk().map(|family| u16::from_ne_bytes(*family)) == Some(AF_PACKET);
    if is_link_layer && hop.via.len().saturating_sub(2) != link.address.len() {
        return Err(Errno::EINVAL.into());
    }
    Ok(())
}

/// The link that leads to a gateway (`find_outdev`).
fn link_to(ns: &Netns, via: &[u8]) -> Result<u32, Errno> {
    let (family, address) = via.split_first_chunk::<2>().ok_or(Errno::ENODEV)?;
    match u16::from_ne_bytes(*family) {
        AF_INET => {
            let dst = bytes::u32_be(address).ok_or(Errno::EINVAL)?;
            let hit = lookup4(ns, &Flow4::to(dst))?;
            let info = ns.fib4.infos.slot(hit.alias.info).ok_or(Errno::ENETUNREACH)?;
            Ok(info.value.hops.get(hit.hop).ok_or(Errno::ENETUNREACH)?.oif)
        }
        AF_INET6 => {
            let dst = super::spec::addr6_of(address, 16);
            let now = netplumb_core::Instant::ZERO;
            let flow = Flow6 {
                dst,
                src: Ipv6Addr::UNSPECIFIED,
                oif: 0,
                strict: false,
                now,
                packet: Packet::default(),
            };
            let info = lookup6(ns, &flow).ok().and_then(|hit| ns.fib6.info(hit.route));
            Ok(info.ok_or(Errno::ENETUNREACH)?.oif)
        }
        _ => Err(Errno::ENODEV),
    }
}

impl MplsTable {
    /// Takes in a route that was written down.
    pub(super) fn put_back(&mut self, label: u32, route: RouteMpls) {
        self.routes.insert(label, route);
    }

    /// The routes from a label on.
    pub(super) fn from(&self, label: u32) -> impl Iterator<Item = (u32, &RouteMpls)> + '_ {
        self.routes.range(label..).map(|(label, route)| (*label, route))
    }
}

impl RouteMpls {
    /// Whether a nexthop is over this link.
    pub(super) fn uses(&self, link: u32) -> bool {
        self.hops.iter().any(|hop| hop.oif == link)
    }
}

fn marks(ns: &Netns, hop: &HopMpls) -> u8 {
    match ns.link(hop.oif) {
        Some(link) if link.is_up() && link.carrier => 0,
        Some(link) if link.is_up() => LINKDOWN,
        _ => DEAD | LINKDOWN,
    }
}

fn put_labels(w: &mut Writer<'_>, kind: u16, labels: &[u32]) {
    let last = labels.len().saturating_sub(1);
    w.nest_raw(kind, |w| {
        for (at, label) in labels.iter().enumerate() {
            w.bytes(&Label::new(*label, at == last).to_bytes());
        }
    });
}

fn put_way(w: &mut Writer<'_>, hop: &HopMpls) {
    if !hop.labels.is_empty() {
        put_labels(w, RTA_NEWDST, &hop.labels);
    }
    if !hop.via.is_empty() {
        w.attr(RTA_VIA, &hop.via);
    }
}

/// `mpls_dump_route`.
pub(super) fn put(ns: &Netns, w: &mut Writer<'_>, label: u32, route: &RouteMpls) {
    let marks = |hop: &HopMpls| if hop.oif == GONE { 0 } else { marks(ns, hop) };
    let common = route.hops.iter().fold(u8::MAX, |all, hop| all & marks(hop));
    let header = RtMsg {
        rtm_family: AF_MPLS,
        rtm_dst_len: LABEL_BITS,
        rtm_table: MAIN,
        rtm_protocol: route.protocol,
        rtm_type: RTN_UNICAST,
        rtm_flags: RouteFlags(u32::from(common & (DEAD | LINKDOWN))),
        ..RtMsg::default()
    };
    let mut r = RouteBuilder::with_header(w, header);
    put_labels(r.writer(), RTA_DST, &[label]);
    if let Some(ttl) = route.ttl_propagate {
        r.ttl_propagate(ttl);
    }
    if let [hop] = &route.hops[..] {
        put_way(r.writer(), hop);
        r.oif(hop.oif);
        return;
    }
    r.hops(|hops| {
        for hop in route.hops.iter().filter(|hop| hop.oif != GONE) {
            hops.hop(hop_header(marks(hop), 1, hop.oif), |h| put_way(h.writer(), hop));
        }
    });
}
