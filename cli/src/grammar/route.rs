//! `route`: where packets go.

mod encap;
mod look;

use super::args::{Args, abbreviates, choose, words};
use super::body::Body;
use super::rule::{realms, table, tos};
use super::uapi::*;
use super::value::{self, Prefix, address, prefix};
use super::{Action, Change, Object, Parse, Usage, help};
use encap::encap;
use look::{FILTER, KEYS, get, show};
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
            // Only next hops among several may be pervasive.
            None if word != "pervasive" && hop_option(p, args, &mut body, &mut hop_flags, word)? => {}
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
