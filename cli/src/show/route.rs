//! Routes, as `ip route` prints them.

mod encap;
mod nexthop;

use netplumb_core::family::common::RT_SCOPE_UNIVERSE;
use netplumb_core::family::common::{RTNL_FAMILY_IP6MR, RTNL_FAMILY_IPMR};
use netplumb_core::family::route::hop::Hop;
use netplumb_core::family::route::{
    Metrics, RT_TABLE_MAIN, RT_TABLE_UNSPEC, RTAX_CC_ALGO, RTAX_FASTOPEN_NO_COOKIE, RTAX_FEATURE_ECN,
    RTAX_FEATURES, RTAX_HOPLIMIT, RTAX_MTU, RTAX_RTO_MIN, RTAX_RTT, RTAX_RTTVAR, RTM_DELROUTE, RTM_F_CLONED,
    RTM_NEWROUTE, RTN_MULTICAST, RTN_UNICAST, RTPROT_BOOT, Route, RouteFlags, RouteType, RtaCacheinfo,
    RtaxFeatures, Via,
};
use netplumb_core::wire::{Message, Source};

use super::value::{AF_INET, AF_INET6, AF_MPLS, family_color, family_name, host, host_bits};
use super::{Color, Context, Error, Printer};

/// What a list leaves out because the user asked for exactly that value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hide {
    /// The table: one was asked for (also by default, `main`).
    pub table: bool,
    /// The type of service.
    pub tos: bool,
    /// The gateway, a host address.
    pub gateway: bool,
    /// The outgoing link.
    pub oif: bool,
    /// The incoming link.
    pub iif: bool,
    /// Who made it.
    pub protocol: bool,
    /// The scope.
    pub scope: bool,
    /// The preferred source, a host address.
    pub prefsrc: bool,
    /// The metric.
    pub metric: bool,
    /// Both realms.
    pub realms: bool,
}

/// Prints a route.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print(p: &mut Printer<'_>, cx: &Context, message: Message<'_>, hide: &Hide) -> Result<(), Error> {
    let kind = message.kind();
    if kind != RTM_NEWROUTE && kind != RTM_DELROUTE {
        return Err(Error::Kind { what: "route", kind });
    }
    let have = message.payload().len();
    let route = Route::new(message.payload()).ok_or(Error::Short { what: "route", have })?;
    let table = route.table::<32>();
    let route = route.indexed(&table);
    p.open_item();
    if kind == RTM_DELROUTE {
        p.flag("deleted", "Deleted ");
    }
    selector(p, cx, &route, hide);
    path(p, cx, &route, hide);
    origin(p, cx, &route, hide);
    rest(p, cx, &route, hide);
    if p.options().details
        && let Some(message) = route.nh_id().and_then(|id| cx.nexthops.get(&id))
    {
        nexthop::print(p, cx, message);
    }
    if let Some(hops) = route.multipath() {
        p.open_array("nexthops", "");
        let mut first = true;
        for hop in hops {
            p.open_item();
            one_hop(p, cx, &route, &hop, &mut first);
            p.close_object();
        }
        p.close_array("");
    }
    p.line();
    p.close_object();
    Ok(p.check()?)
}

/// The family of a destination: multicast routes have one of their own.
fn real_family<'a, S: Source<'a>>(route: &Route<'a, S>) -> u8 {
    let header = route.header();
    match header.rtm_family {
        RTNL_FAMILY_IPMR if header.rtm_type == RTN_MULTICAST => AF_INET,
        RTNL_FAMILY_IP6MR if header.rtm_type == RTN_MULTICAST => AF_INET6,
        family => family.0,
    }
}

fn type_name(cx: &Context, kind: RouteType) -> String {
    kind.name().filter(|_| !cx.numeric).map_or_else(|| kind.0.to_string(), str::to_owned)
}

/// Where packets must go and come from.
fn selector<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, route: &Route<'a, S>, hide: &Hide) {
    let header = route.header();
    if header.rtm_type != RTN_UNICAST || p.options().details {
        p.string("type", "{} ", &type_name(cx, header.rtm_type));
    }
    let family = real_family(route);
    let bits = host_bits(header.rtm_family.0);
    let prefix = |address: &[u8], length: u8| {
        let address = host(family, address);
        if i32::from(length) == bits { address } else { format!("{address}/{length}") }
    };
    let (color, dst) = match route.dst() {
        Some(dst) => (family_color(family), prefix(dst.payload(), header.rtm_dst_len)),
        None if header.rtm_dst_len != 0 => (Color::None, format!("0/{} ", header.rtm_dst_len)),
        None => (Color::None, "default".to_owned()),
    };
    p.color_string(color, "dst", "{} ", &dst);
    if let Some(src) = route.src() {
        p.color_string(family_color(family), "from", "from {} ", &prefix(src.payload(), header.rtm_src_len));
    } else if header.rtm_src_len != 0 {
        p.string("src", "from {} ", &format!("0/{}", header.rtm_src_len));
    }
    if let Some(id) = route.nh_id() {
        p.uint("nhid", "nhid {} ", id);
    }
    if let Some(labels) = route.newdst() {
        new_destination(p, header.rtm_family.0, &labels.to_string());
    }
    if let (Some(kind), Some(attr)) = (route.encap_type(), route.encap()) {
        encap::print(p, cx, kind, attr.nested());
    }
    if header.rtm_tos != 0 && !hide.tos {
        p.string("tos", "tos {} ", &cx.dsfield(header.rtm_tos));
    }
}

fn new_destination(p: &mut Printer<'_>, family: u8, address: &str) {
    p.json_string("to", address);
    p.text("as to ");
    p.color_text(family_color(family), "{} ", address);
}

fn gateway(p: &mut Printer<'_>, family: u8, address: &str) {
    p.json_string("gateway", address);
    p.text("via ");
    p.color_text(family_color(family), "{} ", address);
}

fn print_via(p: &mut Printer<'_>, via: Via<'_>) {
    let family = u8::try_from(via.rtvia_family).unwrap_or(u8::MAX);
    let address = host(family, via.rtvia_addr);
    p.open_object("via");
    p.string("family", "via {} ", family_name(family));
    p.color_string(family_color(family), "host", "{} ", &address);
    p.close_object();
}

fn device(p: &mut Printer<'_>, cx: &Context, key: &str, index: u32) {
    let name = cx.link_name(index);
    p.json_string(key, &name);
    p.color_text(Color::None, "{} ", key);
    p.color_text(Color::IfName, "{} ", &name);
}

/// The next hop of a route with one.
fn path<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, route: &Route<'a, S>, hide: &Hide) {
    let family = route.header().rtm_family.0;
    if let Some(address) = route.gateway()
        && !hide.gateway
    {
        gateway(p, family, &ip(address));
    }
    if let Some(via) = route.via() {
        print_via(p, via);
    }
    if let Some(index) = route.oif()
        && !hide.oif
    {
        device(p, cx, "dev", index);
    }
}

fn ip(address: std::net::IpAddr) -> String {
    match address {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => super::value::ipv6(address),
    }
}

/// Table, maker, scope, source and metric.
fn origin<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, route: &Route<'a, S>, hide: &Hide) {
    let header = route.header();
    let details = p.options().details;
    let table = route.route_table();
    if table != RT_TABLE_UNSPEC && (table != RT_TABLE_MAIN || details) && !hide.table {
        p.string("table", "table {} ", &cx.table(table.0));
    }
    if !header.rtm_flags.contains(RTM_F_CLONED) {
        if (header.rtm_protocol != RTPROT_BOOT || details) && !hide.protocol {
            p.string("protocol", "proto {} ", &cx.proto(header.rtm_protocol.0));
        }
        if (header.rtm_scope != RT_SCOPE_UNIVERSE || details) && !hide.scope {
            p.string("scope", "scope {} ", &cx.scope(header.rtm_scope.0));
        }
    }
    if let Some(source) = route.prefsrc()
        && !hide.prefsrc
    {
        p.json_string("prefsrc", &ip(source));
        p.text("src ");
        p.color_text(family_color(header.rtm_family.0), "{} ", ip(source));
    }
    if let Some(metric) = route.priority()
        && !hide.metric
    {
        p.uint("metric", "metric {} ", metric);
    }
}

/// What follows the flags.
fn rest<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, route: &Route<'a, S>, hide: &Hide) {
    let header = route.header();
    print_flags(p, header.rtm_flags);
    if let Some(mark) = route.mark().filter(|&mark| mark != 0) {
        p.json_number("mark", mark);
        if mark >= 16 {
            p.color_text(Color::None, "mark {} ", format_args!("{mark:#x}"));
        } else {
            p.color_text(Color::None, "mark {} ", mark);
        }
    }
    if let Some(flow) = route.flow()
        && !hide.realms
    {
        realms(p, cx, flow);
    }
    if let Some(uid) = route.uid() {
        p.uint("uid", "uid {} ", uid);
    }
    let family = header.rtm_family.0;
    if family == AF_INET && header.rtm_flags.contains(RTM_F_CLONED) {
        cache_flags(p, header.rtm_flags);
    }
    if (family == AF_INET || family == AF_INET6)
        && let Some(info) = route.cacheinfo()
    {
        cacheinfo(p, cx, info);
    }
    if let Some(list) = route.metrics() {
        metrics(p, &list);
    }
    if let Some(index) = route.iif()
        && !hide.iif
    {
        device(p, cx, "iif", index);
    }
    if let Some(pref) = route.pref() {
        match pref.0 {
            0 | 1 | 3 => p.string("pref", "pref {}", pref.name().unwrap_or_default()),
            other => p.uint("pref", "{}", other),
        }
    }
    if let Some(propagate) = route.ttl_propagate() {
        p.json_bool("ttl-propogate", propagate != 0);
        p.color_text(Color::None, "ttl-propogate {}", if propagate != 0 { "enabled" } else { "disabled" });
    }
}

fn print_flags(p: &mut Printer<'_>, flags: RouteFlags) {
    p.open_array("flags", "");
    // In iproute2's order.
    for (bit, word) in [
        (0x01, "dead"),
        (0x04, "onlink"),
        (0x02, "pervasive"),
        (0x08, "offload"),
        (0x40, "trap"),
        (0x100, "notify"),
        (0x10, "linkdown"),
        (0x20, "unresolved"),
        (0x4000, "rt_offload"),
        (0x8000, "rt_trap"),
        (0x2000_0000, "rt_offload_failed"),
    ] {
        if flags.contains(RouteFlags(bit)) {
            p.item("{} ", word);
        }
    }
    p.close_array("");
}

fn realms(p: &mut Printer<'_>, cx: &Context, flow: u32) {
    let (from, to) = (flow >> 16, flow & 0xffff);
    p.open_object("flow");
    p.text(if from != 0 { "realms " } else { "realm " });
    if from != 0 {
        p.string("from", "{}/", &cx.realm(from));
    }
    p.string("to", "{} ", &cx.realm(to));
    p.close_object();
}

/// Flags of a route from the cache, `RTCF_*` of `linux/in_route.h`.
fn cache_flags(p: &mut Printer<'_>, flags: RouteFlags) {
    const WORDS: [(u32, &str); 14] = [
        (0x8000_0000, "local"),
        (0x4000_0000, "reject"),
        (0x2000_0000, "mc"),
        (0x1000_0000, "brd"),
        (0x0800_0000, "dst-nat"),
        (0x0080_0000, "src-nat"),
        (0x0040_0000, "masq"),
        (0x0002_0000, "dst-direct"),
        (0x0400_0000, "src-direct"),
        (0x0004_0000, "redirected"),
        (0x0100_0000, "redirect"),
        (0x0020_0000, "fastroute"),
        (0x0001_0000, "notify"),
        (0x0008_0000, "proxy"),
    ];
    let mut rest = flags.0 & !0xffff;
    p.nl();
    p.open_array("cache", if rest == 0 { "    cache " } else { "    cache <" });
    for (bit, word) in WORDS {
        if rest & bit != 0 {
            rest &= !bit;
            p.item(if rest == 0 { "{}> " } else { "{}," }, word);
        }
    }
    if rest != 0 {
        p.item("{}>", &format!("{rest:x}"));
    }
    p.close_array("");
}

fn cacheinfo(p: &mut Printer<'_>, cx: &Context, info: RtaCacheinfo) {
    let hz = cx.user_hz.max(1);
    if info.rta_expires != 0 {
        #[allow(clippy::cast_possible_wrap)]
        p.int("expires", "expires {}sec ", (info.rta_expires / hz as i32).into());
    }
    if info.rta_error != 0 {
        p.uint("error", "error {} ", info.rta_error);
    }
    if p.options().stats > 0 {
        for (key, format, value, shown) in [
            ("users", "users {} ", info.rta_clntref, info.rta_clntref),
            ("used", "used {} ", info.rta_used, info.rta_used),
            ("age", "age {}sec ", info.rta_lastuse, info.rta_lastuse / hz),
        ] {
            if value != 0 {
                p.uint(key, format, shown);
            }
        }
    }
    if info.rta_id != 0 {
        p.json_string("ipid", &format!("{:#x}", info.rta_id));
        p.color_text(Color::None, "ipid 0x{} ", format_args!("{:04x}", info.rta_id));
    }
    if info.rta_ts != 0 || info.rta_tsage != 0 {
        p.hex("ts", "ts {}", info.rta_ts.into());
        p.uint("tsage", "tsage {}sec ", info.rta_tsage);
    }
}

/// iproute2's words for metrics, by `RTAX_*`.
const METRICS: [&str; 16] = [
    "mtu",
    "window",
    "rtt",
    "rttvar",
    "ssthresh",
    "cwnd",
    "advmss",
    "reordering",
    "hoplimit",
    "initcwnd",
    "features",
    "rto_min",
    "initrwnd",
    "quickack",
    "congctl",
    "fastopen_no_cookie",
];

fn metrics<'a, S: Source<'a>>(p: &mut Printer<'_>, list: &Metrics<'a, S>) {
    let lock = list.lock().unwrap_or(0);
    p.open_array("metrics", "");
    p.open_item();
    for (id, name) in (RTAX_MTU..=RTAX_FASTOPEN_NO_COOKIE).zip(METRICS) {
        let attr = list.attrs().find(id);
        let locked = lock & (1 << id) != 0;
        if attr.is_none() && !locked {
            continue;
        }
        let number = |payload: &[u8]| payload.first_chunk().map(|b: &[u8; 4]| u32::from_ne_bytes(*b));
        let value = attr.and_then(|attr| number(attr.payload())).unwrap_or(0);
        if id == RTAX_HOPLIMIT && value == u32::MAX {
            continue;
        }
        p.color_text(Color::None, "{} ", name);
        if locked {
            p.text("lock ");
        }
        match id {
            RTAX_FEATURES => features(p, RtaxFeatures(value)),
            RTAX_RTT => milliseconds(p, name, value / 8),
            RTAX_RTTVAR => milliseconds(p, name, value / 4),
            RTAX_RTO_MIN => milliseconds(p, name, value),
            RTAX_CC_ALGO => p.string("congestion", "{} ", list.cc_algo().unwrap_or_default()),
            _ => p.uint(name, "{} ", value),
        }
    }
    p.close_object();
    p.close_array("");
}

fn features(p: &mut Printer<'_>, features: RtaxFeatures) {
    if features.contains(RTAX_FEATURE_ECN) {
        p.null("ecn", "ecn ");
    }
    if features.without(RTAX_FEATURE_ECN).0 != 0 {
        p.hex("features", "{} ", features.0.into());
    }
}

fn milliseconds(p: &mut Printer<'_>, name: &str, value: u32) {
    p.json_number(name, value);
    if value >= 1000 {
        p.color_text(Color::None, "{}s ", general(f64::from(value) / 1e3));
    } else {
        p.color_text(Color::None, "{}ms ", value);
    }
}

/// C's `%g` for numbers from 1 on: six digits, no trailing zeros.
fn general(value: f64) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let exponent = value.abs().log10().floor() as usize;
    let trim = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    if exponent < 6 {
        return trim(format!("{value:.*}", 5 - exponent));
    }
    #[allow(clippy::cast_precision_loss)]
    let mantissa = value / 10f64.powf(exponent as f64);
    format!("{}e+{exponent:02}", trim(format!("{mantissa:.5}")))
}

/// One path of a multipath route.
fn one_hop<'a, 'h, S: Source<'a>, H: Source<'h>>(
    p: &mut Printer<'_>,
    cx: &Context,
    route: &Route<'a, S>,
    hop: &Hop<'h, H>,
    first: &mut bool,
) {
    let header = route.header();
    let multicast = header.rtm_flags.contains(RTM_F_CLONED) && header.rtm_type == RTN_MULTICAST;
    if multicast {
        p.text(if *first { "Oifs: " } else { " " });
        *first = false;
    } else {
        p.nl();
        p.text("\tnexthop ");
    }
    if let (Some(kind), Some(attr)) = (hop.encap_type(), hop.encap()) {
        encap::print(p, cx, kind, attr.nested());
    }
    if let Some(labels) = hop.newdst() {
        new_destination(p, header.rtm_family.0, &labels.to_string());
    }
    if let Some(address) = hop.gateway() {
        gateway(p, header.rtm_family.0, &ip(address));
    }
    if let Some(via) = hop.via() {
        print_via(p, via);
    }
    if let Some(flow) = hop.flow() {
        realms(p, cx, flow);
    }
    let name = cx.link_name(hop.header().rtnh_ifindex.try_into().unwrap_or(0));
    let weight = hop.header().rtnh_hops;
    if multicast {
        p.string("dev", "{}", &name);
        if weight != 1 {
            p.uint("ttl", "(ttl>{})", weight);
        }
        p.text(" ");
    } else {
        p.string("dev", "dev {} ", &name);
        if header.rtm_family.0 != AF_MPLS {
            p.uint("weight", "weight {} ", u32::from(weight) + 1);
        }
    }
    print_flags(p, RouteFlags(hop.header().rtnh_flags.0.into()));
}

#[cfg(test)]
mod tests {
    use super::general;

    #[test]
    fn general_is_that_of_c() {
        let check = |value, expected: &str| assert_eq!(general(value), expected);
        check(2.0, "2");
        check(1.5, "1.5");
        check(1234.567, "1234.57");
        check(4_294_967.295, "4.29497e+06");
        check(100_000.0, "100000");
    }
}
