//! `route show` and `route get`: which routes are looked at.

use super::super::args::{Args, choose};
use super::super::body::Body;
use super::super::filter::{Filter, RouteFilter};
use super::super::rule::{ip_protocol, realms, table, tos};
use super::super::uapi::*;
use super::super::value::{self, Prefix, prefix};
use super::super::{Action, Ask, Object, Parse, Show, Usage, help};
use super::{TYPES, bad, protocol, scope};
use netplumb_core::conn::Expect;
use netplumb_core::family::route::*;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Key {
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
    Notify,
    Help,
}

/// What a packet is like whose route is asked for.
pub(super) const KEYS: &[(&str, Key)] = &[
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
    ("=notify", Key::Notify),
    ("=help", Key::Help),
];

/// The kernel is asked about an address; a shorter prefix is said to be none.
fn whole(p: &mut Parse<'_>, prefix: &Prefix) -> u8 {
    let most = match prefix.family {
        AF_INET => 32,
        AF_INET6 => 128,
        _ => return prefix.bits,
    };
    if !prefix.bytes.is_empty() && prefix.bits != most {
        let bits = prefix.bits;
        p.cx.warn(&format!("/{bits} as prefix is invalid, only /{most} (or none) is supported."));
        return most;
    }
    prefix.bits
}

pub(super) fn get(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let mut header = RtMsg { rtm_family: p.options.family, ..Default::default() };
    let (mut body, mut found, mut flags) = (Body::new(), false, RouteFlags(0));
    while let Some(word) = args.next() {
        let key = choose(word, KEYS);
        match key {
            Some(Key::FibMatch) => {
                flags |= RTM_F_FIB_MATCH;
                continue;
            }
            Some(Key::Notify) => {
                flags |= RTM_F_NOTIFY;
                continue;
            }
            _ => {}
        }
        if matches!(key, Some(Key::To) | None) {
            let text = if word == "to" { args.value()? } else { word };
            let to = prefix(text, header.rtm_family)?;
            header.rtm_family = to.family;
            header.rtm_dst_len = whole(p, &to);
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
                header.rtm_src_len = whole(p, &from);
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
    header.rtm_flags |= flags;
    let ask = Ask { message: body.message(RTM_GETROUTE, 0, &header)?, expect: Expect::Reply };
    let filter = RouteFilter { all: true, ..Default::default() };
    Ok(Action::Show(Show { object: Object::Route, asks: vec![ask], filter: Filter::Route(Box::new(filter)) }))
}

#[derive(Clone, Copy)]
pub(super) enum By {
    Table,
    Vrf,
    Cache,
    Tos,
    Metric,
    Proto,
    Scope,
    Type,
    Dev,
    Iif,
    Via,
    Src,
    Realms,
    From,
    To,
    Help,
}

/// What routes are chosen by. (A single `t` is no table.)
pub(super) const FILTER: &[(&str, By)] = &[
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
    ("=iif", By::Iif),
    ("=via", By::Via),
    ("=src", By::Src),
    ("realms", By::Realms),
    ("=from", By::From),
    ("=to", By::To),
    ("=help", By::Help),
];

pub(super) fn show(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
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
                filter.no_local = true;
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
                filter.no_local = false;
            }
            Some(By::Iif) => filter.iif = Some(p.link(args.value()?)?),
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
            Some(By::Realms) => {
                let text = args.value()?;
                // `FROM/` and `/TO` say nothing of the other half.
                let (from, to) = text.split_once('/').unwrap_or(("", text));
                let half = |text: &str| if text.is_empty() { Ok(0) } else { realms(p, text) };
                let realms = half(from)? << 16 | half(to)?;
                let mask = match text.split_once('/') {
                    Some((_, "")) => 0xffff_0000,
                    Some(("", _)) => 0xffff,
                    _ => u32::MAX,
                };
                filter.realms = Some((realms, mask));
            }
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
