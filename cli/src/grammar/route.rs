//! `route`: where packets go.

use super::args::{Args, abbreviates, choose, words};
use super::body::Body;
use super::filter::{Filter, RouteFilter};
use super::rule::{ip_protocol, realms, table, tos};
use super::uapi::*;
use super::value::{self, Prefix, address, prefix};
use super::{Action, Ask, Change, Object, Parse, Show, Usage, help};
use netplumb_core::conn::Expect;
use netplumb_core::family::route::encap::*;
use netplumb_core::family::route::hop::{HopFlags, RTNH_F_ONLINK, RTNH_F_PERVASIVE, RtNexthop};
use netplumb_core::family::route::*;
use netplumb_core::wire::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};

#[derive(Clone, Copy)]
enum Verb {
    Show,
    Modify(u16, u16),
    Get,
    Flush,
    Absent,
    Help,
}

/// In the order in which iproute2 asks for them.
const VERBS: &[(&str, Verb)] = &[
    ("list", Verb::Show),
    ("show", Verb::Show),
    ("lst", Verb::Show),
    ("add", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL)),
    ("change", Verb::Modify(RTM_NEWROUTE, NLM_F_REPLACE)),
    ("=chg", Verb::Modify(RTM_NEWROUTE, NLM_F_REPLACE)),
    ("replace", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE)),
    ("prepend", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE)),
    ("append", Verb::Modify(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND)),
    ("test", Verb::Modify(RTM_NEWROUTE, NLM_F_EXCL)),
    ("delete", Verb::Modify(RTM_DELROUTE, 0)),
    ("get", Verb::Get),
    ("flush", Verb::Flush),
    ("save", Verb::Absent),
    ("restore", Verb::Absent),
    ("showdump", Verb::Absent),
    ("help", Verb::Help),
];

/// The words that may stand behind a verb; without one, the verbs.
pub(super) fn completions(verb: Option<&str>) -> Vec<&'static str> {
    let Some(verb) = verb else {
        return words(VERBS, |verb| !matches!(verb, Verb::Absent));
    };
    match choose(verb, VERBS) {
        Some(Verb::Modify(..)) => {
            let metrics = words(METRICS, |_| true);
            [words(OPTIONS, |_| true), words(TYPES, |_| true), metrics].concat()
        }
        Some(Verb::Get) => words(KEYS, |_| true),
        Some(Verb::Show | Verb::Flush) => words(FILTER, |_| true),
        _ => Vec::new(),
    }
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let Some(word) = args.next() else { return show(p, args) };
    match choose(word, VERBS) {
        Some(Verb::Show) => show(p, args),
        Some(Verb::Modify(kind, flags)) => modify(p, args, kind, flags),
        Some(Verb::Get) => get(p, args),
        Some(Verb::Flush) if args.is_empty() => {
            Err(Usage::new(1, "\"netplumb route flush\" requires arguments."))
        }
        Some(Verb::Flush) => match show(p, args)? {
            Action::Show(show) => Ok(Action::Flush(show)),
            other => Ok(other),
        },
        Some(Verb::Absent) => Err(Usage::new(
            1,
            format!("Command \"route {word}\" of iproute2 is not available in netplumb yet."),
        )),
        Some(Verb::Help) => Ok(Action::Help(help::object(Object::Route))),
        None => Err(Usage::unknown_command("route", word)),
    }
}

const TYPES: &[(&str, RouteType)] = &[
    ("=local", RTN_LOCAL),
    ("nat", RTN_NAT),
    ("broadcast", RTN_BROADCAST),
    ("=brd", RTN_BROADCAST),
    ("anycast", RTN_ANYCAST),
    ("multicast", RTN_MULTICAST),
    ("prohibit", RTN_PROHIBIT),
    ("unreachable", RTN_UNREACHABLE),
    ("blackhole", RTN_BLACKHOLE),
    ("xresolve", RTN_XRESOLVE),
    ("unicast", RTN_UNICAST),
    ("throw", RTN_THROW),
];

fn bad(text: &str, why: &str) -> Usage {
    Usage::invalid(text, why)
}

/// What is known of a route while it is read.
struct Spec {
    header: RtMsg,
    dst: bool,
    gateway: bool,
    hops: bool,
    nexthop_id: bool,
    table: bool,
    scope: bool,
    device: Option<u32>,
    metrics: Body,
    locked: u32,
}

#[derive(Clone, Copy)]
enum Metric {
    Plain(u16),
    /// In units of 1/n milliseconds.
    Time(u16, u32),
    RtoMin,
    Congestion,
    Features,
    Bool(u16),
    Hops,
}

/// `RTAX_*`, in the order in which iproute2 asks for them.
const METRICS: &[(&str, Metric)] = &[
    ("=mtu", Metric::Plain(RTAX_MTU)),
    ("=hoplimit", Metric::Hops),
    ("=advmss", Metric::Plain(RTAX_ADVMSS)),
    ("reordering", Metric::Plain(RTAX_REORDERING)),
    ("=rtt", Metric::Time(RTAX_RTT, 8)),
    ("=rto_min", Metric::RtoMin),
    ("window", Metric::Plain(RTAX_WINDOW)),
    ("=cwnd", Metric::Plain(RTAX_CWND)),
    ("=initcwnd", Metric::Plain(RTAX_INITCWND)),
    ("=initrwnd", Metric::Plain(RTAX_INITRWND)),
    ("=features", Metric::Features),
    ("=quickack", Metric::Bool(RTAX_QUICKACK)),
    ("=congctl", Metric::Congestion),
    ("=rttvar", Metric::Time(RTAX_RTTVAR, 4)),
    ("=ssthresh", Metric::Plain(RTAX_SSTHRESH)),
    ("=fastopen_no_cookie", Metric::Bool(RTAX_FASTOPEN_NO_COOKIE)),
];

fn metric(args: &mut Args<'_>, spec: &mut Spec, what: Metric, word: &str) -> Result<(), Usage> {
    let lockable = matches!(what, Metric::Plain(_) | Metric::Time(..) | Metric::Congestion | Metric::Hops);
    let locked = lockable && args.take("lock");
    let text = args.value()?;
    let wrong = || Usage::invalid(text, format_args!("\"{word}\" value is invalid"));
    let (id, value) = match what {
        Metric::Plain(id) => (id, value::u32(text).ok_or_else(wrong)?),
        Metric::Time(id, units) => match value::time(text).ok_or_else(wrong)? {
            (raw, true) => (id, raw),
            (ms, false) => (id, ms.checked_mul(units).ok_or_else(wrong)?),
        },
        Metric::RtoMin => {
            spec.locked |= 1 << RTAX_RTO_MIN;
            (RTAX_RTO_MIN, value::time(text).ok_or_else(wrong)?.0)
        }
        Metric::Congestion => {
            spec.metrics.attr(RTAX_CC_ALGO, text.as_bytes());
            spec.locked |= if locked { 1 << RTAX_CC_ALGO } else { 0 };
            return Ok(());
        }
        Metric::Features => {
            (RTAX_FEATURES, choose(text, &[("=ecn", 1)]).or_else(|| value::u32(text)).ok_or_else(wrong)?)
        }
        Metric::Bool(id) => (id, value::u32(text).filter(|&v| v <= 1).ok_or_else(wrong)?),
        Metric::Hops => (RTAX_HOPLIMIT, value::u8(text).ok_or_else(wrong)?.into()),
    };
    spec.metrics.u32(id, value);
    spec.locked |= if locked { 1 << id } else { 0 };
    Ok(())
}

/// `via [FAMILY] ADDRESS`: a gateway of the route's family, or an address of another one.
fn via(args: &mut Args<'_>, body: &mut Body, family: AddressFamily) -> Result<AddressFamily, Usage> {
    let mut text = args.value()?;
    let named = choose(text, &[("=inet", AF_INET), ("=inet6", AF_INET6), ("=mpls", AF_MPLS)]);
    if named.is_some() {
        text = args.value()?;
    }
    let gateway = address(text, named.unwrap_or(family))?;
    let own = if family == AF_UNSPEC { gateway.family } else { family };
    if gateway.family == own {
        body.attr(RTA_GATEWAY, &gateway.bytes);
    } else {
        body.attr(RTA_VIA, &[&u16::from(gateway.family.0).to_ne_bytes()[..], &gateway.bytes].concat());
    }
    Ok(own)
}

/// Reads a word of a next hop, alone or one of several; `false` when it is none.
fn hop_option(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    flags: &mut u32,
    word: &str,
) -> Result<bool, Usage> {
    match word {
        "onlink" => *flags |= u32::from(RTNH_F_ONLINK.0),
        "pervasive" => *flags |= u32::from(RTNH_F_PERVASIVE.0),
        "encap" => encap(p, args, body)?,
        "as" => {
            args.take("to");
            body.attr(RTA_NEWDST, &address(args.value()?, p.options.family)?.bytes);
        }
        _ if abbreviates(word, "realms") && word.len() > 1 => {
            let realms = realms(p, args.value()?)?;
            body.u32(RTA_FLOW, realms);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn multipath(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    family: &mut AddressFamily,
) -> Result<(), Usage> {
    body.nest(RTA_MULTIPATH, |body| {
        while args.take("nexthop") {
            if args.is_empty() {
                return Err(Usage::new(255, "Error: unexpected end of line after \"nexthop\""));
            }
            let start = body.position();
            let mut header = RtNexthop::default();
            let mut flags = 0;
            body.header(&header);
            while let Some(word) = args.peek().filter(|&word| word != "nexthop") {
                args.skip();
                match word {
                    "via" => *family = via(args, body, *family)?,
                    "dev" => header.rtnh_ifindex = p.link(args.value()?)?.cast_signed(),
                    "weight" => {
                        let text = args.value()?;
                        let weight = value::u32(text).filter(|w| (1..=256).contains(w));
                        header.rtnh_hops =
                            (weight.ok_or_else(|| bad(text, "\"weight\" is invalid"))? - 1) as u8;
                    }
                    _ if hop_option(p, args, body, &mut flags, word)? => {}
                    _ => {
                        return Err(Usage::new(
                            255,
                            format!("Error: \"nexthop\" or end of line is expected instead of \"{word}\""),
                        ));
                    }
                }
            }
            header.rtnh_flags = HopFlags(flags as u8);
            body.patch(start, &header);
            body.close(start);
        }
        Ok(())
    })
}

fn encap(p: &mut Parse<'_>, args: &mut Args<'_>, body: &mut Body) -> Result<(), Usage> {
    let text = args.value()?;
    let kind = choose(
        text,
        &[
            ("=mpls", LWTUNNEL_ENCAP_MPLS),
            ("=ip", LWTUNNEL_ENCAP_IP),
            ("=ip6", LWTUNNEL_ENCAP_IP6),
            ("=seg6", LWTUNNEL_ENCAP_SEG6),
        ],
    )
    .ok_or_else(|| bad(text, "\"encap type\" value is invalid"))?;
    body.nest(RTA_ENCAP | NLA_F_NESTED, |body| match kind {
        LWTUNNEL_ENCAP_MPLS => {
            body.attr(MPLS_IPTUNNEL_DST, &address(args.value()?, AF_MPLS)?.bytes);
            if args.take("ttl") {
                let text = args.value()?;
                body.u8(
                    MPLS_IPTUNNEL_TTL,
                    value::u8(text).ok_or_else(|| bad(text, "\"ttl\" value is invalid"))?,
                );
            }
            Ok(())
        }
        LWTUNNEL_ENCAP_SEG6 => segments(args, body),
        _ => ip_tunnel(p, args, body, kind == LWTUNNEL_ENCAP_IP6),
    })?;
    body.u16(RTA_ENCAP_TYPE, kind.0);
    Ok(())
}

fn ip_tunnel(p: &mut Parse<'_>, args: &mut Args<'_>, body: &mut Body, v6: bool) -> Result<(), Usage> {
    let family = if v6 { AF_INET6 } else { AF_INET };
    let mut flags = 0u16;
    while let Some(word) = args.next() {
        let wrong = |text: &str| Usage::invalid(text, format_args!("\"{word}\" value is invalid"));
        // Attributes have the same numbers for both, but hop limit and class change places.
        match word {
            "csum" => flags |= 0x01,
            "key" => flags |= 0x04,
            "seq" => flags |= 0x08,
            "id" => {
                let text = args.value()?;
                body.attr(LWTUNNEL_IP_ID, &value::u64(text).ok_or_else(|| wrong(text))?.to_be_bytes());
            }
            "dst" => _ = body.attr(LWTUNNEL_IP_DST, &address(args.value()?, family)?.bytes),
            "src" => _ = body.attr(LWTUNNEL_IP_SRC, &address(args.value()?, family)?.bytes),
            "ttl" | "hoplimit" => {
                let text = args.value()?;
                body.u8(LWTUNNEL_IP_TTL, value::u8(text).ok_or_else(|| wrong(text))?);
            }
            "tos" | "tc" => _ = body.u8(LWTUNNEL_IP_TOS, tos(p, args.value()?)?),
            _ => {
                args.back();
                break;
            }
        }
    }
    if flags != 0 {
        body.be16(LWTUNNEL_IP_FLAGS, flags);
    }
    Ok(())
}

/// A segment routing header: the segments in reverse order, and for `inline` room for the destination.
fn segments(args: &mut Args<'_>, body: &mut Body) -> Result<(), Usage> {
    let (mut mode, mut list) = (SEG6_IPTUN_MODE_ENCAP, Vec::new());
    loop {
        if args.take("mode") {
            let text = args.value()?;
            mode = Seg6Mode::from_name(text).ok_or_else(|| bad(text, "\"mode\" value is invalid"))?;
        } else if args.take("segs") {
            for text in args.value()?.split(',') {
                list.push(address(text, AF_INET6)?.bytes);
            }
        } else {
            break;
        }
    }
    if list.is_empty() || list.len() > 100 {
        return Err(Usage::new(255, "encap seg6: expected segs ADDR[,ADDR...], at most 100"));
    }
    if mode == SEG6_IPTUN_MODE_INLINE {
        list.push(vec![0; 16]);
    }
    let last = (list.len() - 1) as u8;
    let mut header = mode.0.to_ne_bytes().to_vec();
    header.extend([0, 2 * (last + 1), 4, last, last, 0, 0, 0]);
    header.extend(list.iter().rev().flatten());
    body.attr(SEG6_IPTUNNEL_SRH, &header);
    Ok(())
}

#[derive(Clone, Copy)]
enum Opt {
    Src,
    As,
    Via,
    From,
    Tos,
    Expires,
    Metric,
    Scope,
    Table,
    Vrf,
    Dev,
    Proto,
    Pref,
    TtlPropagate,
    NexthopId,
    Nexthop,
    Metric2(Metric),
    Help,
}

const OPTIONS: &[(&str, Opt)] = &[
    ("=src", Opt::Src),
    ("=as", Opt::As),
    ("=via", Opt::Via),
    ("=from", Opt::From),
    ("=tos", Opt::Tos),
    ("dsfield", Opt::Tos),
    ("=expires", Opt::Expires),
    ("metric", Opt::Metric),
    ("priority", Opt::Metric),
    ("=preference", Opt::Metric),
    ("scope", Opt::Scope),
    ("protocol", Opt::Proto),
    ("=table", Opt::Table),
    ("=vrf", Opt::Vrf),
    ("=dev", Opt::Dev),
    ("=oif", Opt::Dev),
    ("=pref", Opt::Pref),
    ("=ttl-propagate", Opt::TtlPropagate),
    ("=nhid", Opt::NexthopId),
    ("=nexthop", Opt::Nexthop),
    ("help", Opt::Help),
];

fn find(word: &str) -> Option<Opt> {
    if word == "pref" {
        return Some(Opt::Pref);
    }
    let metric =
        || METRICS.iter().find(|row| row.0.trim_start_matches('=') == word).map(|row| Opt::Metric2(row.1));
    let types = TYPES.iter().any(|row| row.0.trim_start_matches('=') == word);
    metric().or_else(|| choose(word, OPTIONS).filter(|_| !types && word.len() > 1))
}

fn modify(p: &mut Parse<'_>, args: &mut Args<'_>, kind: u16, flags: u16) -> Result<Action, Usage> {
    if args.is_empty() {
        return Err(Usage::new(
            255,
            "Not enough information: a destination is required, try \"netplumb route help\".",
        ));
    }
    let header = RtMsg {
        rtm_family: p.options.family,
        rtm_table: 254,
        rtm_scope: RT_SCOPE_NOWHERE,
        ..Default::default()
    };
    let mut spec = Spec {
        header,
        dst: false,
        gateway: false,
        hops: false,
        nexthop_id: false,
        table: false,
        scope: false,
        device: None,
        metrics: Body::new(),
        locked: 0,
    };
    let create = kind != RTM_DELROUTE;
    if create {
        spec.header.rtm_protocol = RTPROT_BOOT;
        spec.header.rtm_scope = RT_SCOPE_UNIVERSE;
        spec.header.rtm_type = RTN_UNICAST;
    }
    let mut body = Body::new();
    let mut hop_flags = 0;
    while let Some(word) = args.next() {
        match find(word) {
            Some(Opt::Help) => return Ok(Action::Help(help::object(Object::Route))),
            Some(Opt::Metric2(what)) => metric(args, &mut spec, what, word)?,
            Some(Opt::As) => _ = hop_option(p, args, &mut body, &mut hop_flags, "as")?,
            Some(Opt::Nexthop) => {
                args.back();
                multipath(p, args, &mut body, &mut spec.header.rtm_family)?;
                spec.hops = true;
            }
            Some(Opt::Via) => {
                spec.header.rtm_family = via(args, &mut body, spec.header.rtm_family)?;
                spec.gateway = true;
            }
            Some(opt) => option(p, args, &mut body, &mut spec, opt)?,
            None if hop_option(p, args, &mut body, &mut hop_flags, word)? => {}
            None => destination(args, &mut body, &mut spec, word)?,
        }
    }
    spec.header.rtm_flags.0 |= hop_flags;
    finish(&mut spec, &mut body, kind)?;
    Ok(Action::Change(Change { object: Object::Route, message: body.message(kind, flags, &spec.header)? }))
}

fn destination(args: &mut Args<'_>, body: &mut Body, spec: &mut Spec, word: &str) -> Result<(), Usage> {
    let mut text = if word == "to" { args.value()? } else { word };
    if let Some(kind) = choose(text, TYPES).filter(|_| {
        !text.starts_with(|c: char| c.is_ascii_digit())
            && text != "default"
            && text != "all"
            && !text.contains(':')
    }) {
        spec.header.rtm_type = kind;
        text = args.value()?;
    }
    if spec.dst {
        return Err(Usage::garbage("to", text));
    }
    let family = spec.header.rtm_family;
    let found = prefix(text, family)?;
    spec.header.rtm_family = found.family;
    spec.header.rtm_dst_len = found.bits;
    spec.dst = true;
    let zeros = vec![0; usize::from(Prefix::full(family) / 8)];
    let bytes = if found.bytes.is_empty() && family != AF_MPLS { &zeros } else { &found.bytes };
    if !bytes.is_empty() {
        body.attr(RTA_DST, bytes);
    }
    Ok(())
}

fn option(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    spec: &mut Spec,
    opt: Opt,
) -> Result<(), Usage> {
    let text = args.value()?;
    let number = |why: &str| value::u32(text).ok_or_else(|| bad(text, why));
    match opt {
        Opt::Src => {
            let src = address(text, spec.header.rtm_family)?;
            spec.header.rtm_family = src.family;
            body.attr(RTA_PREFSRC, &src.bytes);
        }
        Opt::From => {
            let src = prefix(text, spec.header.rtm_family)?;
            spec.header.rtm_family = src.family;
            spec.header.rtm_src_len = src.bits;
            if !src.bytes.is_empty() {
                body.attr(RTA_SRC, &src.bytes);
            }
        }
        Opt::Tos => spec.header.rtm_tos = tos(p, text)?,
        Opt::Expires => _ = body.u32(RTA_EXPIRES, number("\"expires\" value is invalid")?),
        Opt::Metric => _ = body.u32(RTA_PRIORITY, number("\"metric\" value is invalid")?),
        Opt::Scope => {
            spec.header.rtm_scope = scope(p, text)?;
            spec.scope = true;
        }
        Opt::Table => {
            set_table(body, spec, table(p, text).ok_or_else(|| bad(text, "\"table\" value is invalid"))?);
        }
        Opt::Vrf => {
            let (_, table) = p.cx.vrf(text).ok_or_else(|| bad(text, "Invalid VRF"))?;
            set_table(body, spec, table);
        }
        Opt::Dev => spec.device = Some(p.link(text)?),
        Opt::Proto => spec.header.rtm_protocol = protocol(p, text)?,
        Opt::Pref => {
            let pref = choose(text, &[("=low", 3), ("=medium", 0), ("=high", 1)]).or_else(|| value::u8(text));
            body.u8(RTA_PREF, pref.ok_or_else(|| bad(text, "\"pref\" value is invalid"))?);
        }
        Opt::TtlPropagate => {
            let on = choose(text, &[("enabled", 1), ("disabled", 0)]);
            body.u8(RTA_TTL_PROPAGATE, on.ok_or_else(|| bad(text, "\"ttl-propagate\" value is invalid"))?);
        }
        Opt::NexthopId => {
            body.u32(RTA_NH_ID, number("\"id\" value is invalid")?);
            spec.nexthop_id = true;
        }
        _ => return Err(bad(text, "not an option of routes")),
    }
    Ok(())
}

fn set_table(body: &mut Body, spec: &mut Spec, table: u32) {
    spec.table = true;
    match u8::try_from(table) {
        Ok(table) => spec.header.rtm_table = table,
        Err(_) => {
            spec.header.rtm_table = 0;
            body.u32(RTA_TABLE, table);
        }
    }
}

fn scope(p: &Parse<'_>, text: &str) -> Result<Scope, Usage> {
    let named = p.names().scopes.value(text).and_then(|value| u8::try_from(value).ok());
    named.or_else(|| value::u8(text)).map(Scope).ok_or_else(|| bad(text, "invalid \"scope\" value"))
}

fn protocol(p: &Parse<'_>, text: &str) -> Result<RouteProtocol, Usage> {
    let named = p.names().protos.value(text).and_then(|value| u8::try_from(value).ok());
    named
        .or_else(|| value::u8(text))
        .map(RouteProtocol)
        .ok_or_else(|| bad(text, "\"protocol\" value is invalid"))
}

/// What iproute2 fills in where nothing was said.
fn finish(spec: &mut Spec, body: &mut Body, kind: u16) -> Result<(), Usage> {
    if let Some(device) = spec.device {
        body.u32(RTA_OIF, device);
    }
    if spec.locked != 0 {
        spec.metrics.u32(RTAX_LOCK, spec.locked);
    }
    if !spec.metrics.is_empty() {
        body.attr(RTA_METRICS, spec.metrics.bytes());
    }
    let header = &mut spec.header;
    if header.rtm_family == AF_UNSPEC {
        header.rtm_family = AF_INET;
    }
    if !spec.table && [RTN_LOCAL, RTN_BROADCAST, RTN_NAT, RTN_ANYCAST].contains(&header.rtm_type) {
        header.rtm_table = 255;
    }
    if !spec.scope {
        header.rtm_scope = match header.rtm_type {
            _ if header.rtm_family == AF_INET6 || header.rtm_family == AF_MPLS => RT_SCOPE_UNIVERSE,
            RTN_LOCAL | RTN_NAT => RT_SCOPE_HOST,
            RTN_BROADCAST | RTN_MULTICAST | RTN_ANYCAST => RT_SCOPE_LINK,
            RTN_UNICAST | RTN_UNSPEC if kind == RTM_DELROUTE => RT_SCOPE_NOWHERE,
            RTN_UNICAST | RTN_UNSPEC if !spec.gateway && !spec.hops && !spec.nexthop_id => RT_SCOPE_LINK,
            _ => header.rtm_scope,
        };
    }
    if header.rtm_family == AF_MPLS && header.rtm_type == RTN_UNSPEC {
        header.rtm_type = RTN_UNICAST;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    To,
    From,
    Iif,
    Oif,
    Tos,
    Mark,
    Uid,
    IpProto,
    Sport,
    Dport,
    Vrf,
    FibMatch,
    Help,
}

/// What a packet is like whose route is asked for.
const KEYS: &[(&str, Key)] = &[
    ("fibmatch", Key::FibMatch),
    ("=to", Key::To),
    ("=from", Key::From),
    ("=iif", Key::Iif),
    ("=oif", Key::Oif),
    ("=dev", Key::Oif),
    ("=tos", Key::Tos),
    ("=dsfield", Key::Tos),
    ("=mark", Key::Mark),
    ("=uid", Key::Uid),
    ("=ipproto", Key::IpProto),
    ("=sport", Key::Sport),
    ("=dport", Key::Dport),
    ("=vrf", Key::Vrf),
    ("=help", Key::Help),
];

fn get(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let mut header = RtMsg { rtm_family: p.options.family, ..Default::default() };
    let (mut body, mut found, mut fib) = (Body::new(), false, false);
    while let Some(word) = args.next() {
        let key = choose(word, KEYS);
        if key == Some(Key::FibMatch) {
            fib = true;
            continue;
        }
        if matches!(key, Some(Key::To) | None) {
            let text = if word == "to" { args.value()? } else { word };
            let to = prefix(text, header.rtm_family)?;
            header.rtm_family = to.family;
            header.rtm_dst_len = to.bits;
            body.attr(RTA_DST, &to.bytes);
            found = true;
            continue;
        }
        if key == Some(Key::Help) {
            return Ok(Action::Help(help::object(Object::Route)));
        }
        let text = args.value()?;
        let number = |why: &str| value::u32(text).ok_or_else(|| bad(text, why));
        let port = |why: &str| value::u16(text).ok_or_else(|| bad(text, why));
        match key {
            Some(Key::From) => {
                let from = prefix(text, header.rtm_family)?;
                header.rtm_family = from.family;
                header.rtm_src_len = from.bits;
                body.attr(RTA_SRC, &from.bytes);
            }
            Some(Key::Iif) => _ = body.u32(RTA_IIF, p.link(text)?),
            Some(Key::Oif) => _ = body.u32(RTA_OIF, p.link(text)?),
            Some(Key::Vrf) => {
                let (link, _) = p.cx.vrf(text).ok_or_else(|| bad(text, "Invalid VRF"))?;
                body.u32(RTA_OIF, link);
            }
            Some(Key::Mark) => _ = body.u32(RTA_MARK, number("mark value is invalid")?),
            Some(Key::Uid) => _ = body.u32(RTA_UID, number("invalid UID")?),
            Some(Key::IpProto) => _ = body.u8(RTA_IP_PROTO, ip_protocol(text)?),
            Some(Key::Sport) => _ = body.be16(RTA_SPORT, port("invalid sport")?),
            Some(Key::Dport) => _ = body.be16(RTA_DPORT, port("invalid dport")?),
            _ => header.rtm_tos = tos(p, text)?,
        }
    }
    if !found {
        return Err(Usage::new(1, "need at least a destination address"));
    }
    if header.rtm_family != AF_MPLS {
        header.rtm_flags |= RTM_F_LOOKUP_TABLE;
    }
    if header.rtm_family == AF_INET6 {
        header.rtm_flags = RouteFlags(0);
    }
    if fib {
        header.rtm_flags |= RTM_F_FIB_MATCH;
    }
    let ask = Ask { message: body.message(RTM_GETROUTE, 0, &header)?, expect: Expect::Reply };
    let filter = RouteFilter { all: true, ..Default::default() };
    Ok(Action::Show(Show { object: Object::Route, asks: vec![ask], filter: Filter::Route(Box::new(filter)) }))
}

#[derive(Clone, Copy)]
enum By {
    Table,
    Vrf,
    Cache,
    Tos,
    Metric,
    Proto,
    Scope,
    Type,
    Dev,
    Via,
    Src,
    From,
    To,
    Help,
}

/// What routes are chosen by. (A single `t` is no table.)
const FILTER: &[(&str, By)] = &[
    ("table", By::Table),
    ("=vrf", By::Vrf),
    ("=cache", By::Cache),
    ("=cached", By::Cache),
    ("=cloned", By::Cache),
    ("=tos", By::Tos),
    ("=dsfield", By::Tos),
    ("=metric", By::Metric),
    ("=priority", By::Metric),
    ("=preference", By::Metric),
    ("=proto", By::Proto),
    ("=protocol", By::Proto),
    ("=scope", By::Scope),
    ("=type", By::Type),
    ("=dev", By::Dev),
    ("=oif", By::Dev),
    ("=via", By::Via),
    ("=src", By::Src),
    ("=from", By::From),
    ("=to", By::To),
    ("=help", By::Help),
];

fn show(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let mut filter = RouteFilter { table: Some(254), ..Default::default() };
    let mut family = p.options.family;
    let mut header = RtMsg::default();
    while let Some(word) = args.next() {
        match choose(word, FILTER).filter(|_| word.len() > 1) {
            Some(By::Table) => match args.value()? {
                "all" => filter.table = None,
                "cache" => header.rtm_flags |= RTM_F_CLONED,
                text => {
                    filter.table =
                        Some(table(p, text).ok_or_else(|| bad(text, "table id value is invalid"))?);
                }
            },
            Some(By::Vrf) => {
                let text = args.value()?;
                let (_, table) = p.cx.vrf(text).ok_or_else(|| bad(text, "Invalid VRF"))?;
                filter.table = Some(table);
            }
            Some(By::Cache) => header.rtm_flags |= RTM_F_CLONED,
            Some(By::Tos) => filter.tos = Some(tos(p, args.value()?)?),
            Some(By::Metric) => {
                let text = args.value()?;
                filter.metric =
                    Some(value::u32(text).ok_or_else(|| bad(text, "\"metric\" value is invalid"))?);
            }
            Some(By::Proto) => match args.value()? {
                "all" => filter.proto = None,
                text => filter.proto = Some(protocol(p, text)?),
            },
            Some(By::Scope) => match args.value()? {
                "all" => filter.scope = None,
                text => filter.scope = Some(scope(p, text)?),
            },
            Some(By::Type) => {
                let text = args.value()?;
                filter.kind =
                    Some(choose(text, TYPES).ok_or_else(|| bad(text, "node type value is invalid"))?);
            }
            Some(By::Dev) => filter.dev = Some(p.link(args.value()?)?),
            Some(By::Via) => {
                let mut text = args.value()?;
                let named = choose(text, &[("=inet", AF_INET), ("=inet6", AF_INET6)]);
                if named.is_some() {
                    text = args.value()?;
                }
                filter.via = Some(prefix(text, named.unwrap_or(family))?);
            }
            Some(By::Src) => filter.src = Some(prefix(args.value()?, family)?),
            Some(By::From) => {
                let text = args.value()?;
                let text = if matches!(text, "root" | "match" | "exact") { args.value()? } else { text };
                filter.from = Some(prefix(text, family)?);
            }
            Some(By::Help) => return Ok(Action::Help(help::object(Object::Route))),
            Some(By::To) | None => {
                let mut text = if word == "to" { args.value()? } else { word };
                let how = choose(text, &[("=root", 'r'), ("=match", 'm'), ("=exact", 'e')]);
                if how.is_some() {
                    text = args.value()?;
                }
                let to = prefix(text, family)?;
                if family == AF_UNSPEC {
                    family = to.family;
                }
                match how {
                    Some('r') => filter.root = Some(to),
                    Some('m') => filter.matching = Some(to),
                    _ => filter.exact = Some(to),
                }
            }
        }
    }
    if family == AF_UNSPEC && filter.table.is_some() {
        family = AF_INET;
    }
    filter.family = family;
    header.rtm_family = family;
    let mut body = Body::new();
    header.rtm_protocol = filter.proto.unwrap_or_default();
    if let Some(table) = filter.table {
        body.u32(RTA_TABLE, table);
    }
    if let Some(device) = filter.dev {
        body.u32(RTA_OIF, device);
    }
    filter.cloned = header.rtm_flags.contains(RTM_F_CLONED);
    let ask = Ask { message: body.message(RTM_GETROUTE, 0, &header)?, expect: Expect::Dump };
    Ok(Action::Show(Show { object: Object::Route, asks: vec![ask], filter: Filter::Route(Box::new(filter)) }))
}
