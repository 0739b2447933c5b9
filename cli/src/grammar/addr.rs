//! `address`: addresses of links; and what `link show` and `address show` have in common.

use super::args::{Args, abbreviates, choose};
use super::body::Body;
use super::filter::{AddrFilter, Filter};
use super::options::AF_PACKET;
use super::uapi::*;
use super::value::{Prefix, address, prefix, u8 as parse_u8, u32 as parse_u32};
use super::{Action, Ask, Change, Object, Parse, Show, Usage, help};
use netplumb_core::conn::Expect;
use netplumb_core::wire::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, u16),
    Show,
    Flush,
    Absent,
    Help,
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let Some(word) = args.next() else { return show(p, args, Object::Addr) };
    let verb = choose(
        word,
        &[
            ("add", Verb::Modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL)),
            ("change", Verb::Modify(RTM_NEWADDR, NLM_F_REPLACE)),
            ("=chg", Verb::Modify(RTM_NEWADDR, NLM_F_REPLACE)),
            ("replace", Verb::Modify(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)),
            ("delete", Verb::Modify(RTM_DELADDR, 0)),
            ("show", Verb::Show),
            ("list", Verb::Show),
            ("lst", Verb::Show),
            ("flush", Verb::Flush),
            ("save", Verb::Absent),
            ("showdump", Verb::Absent),
            ("restore", Verb::Absent),
            ("help", Verb::Help),
        ],
    );
    match verb {
        Some(Verb::Modify(kind, flags)) => modify(p, args, kind, flags),
        Some(Verb::Show) => show(p, args, Object::Addr),
        Some(Verb::Flush) if args.is_empty() => Err(Usage::new(1, "Flush requires arguments.")),
        Some(Verb::Flush) => match show(p, args, Object::Addr)? {
            Action::Show(show) => Ok(Action::Flush(show)),
            other => Ok(other),
        },
        Some(Verb::Absent) => Err(Usage::new(
            1,
            format!("Command \"address {word}\" of iproute2 is not available in netplumb yet."),
        )),
        Some(Verb::Help) => Ok(Action::Help(help::object(Object::Addr))),
        None => Err(Usage::unknown_command("address", word)),
    }
}

/// A seconds value or `forever`.
fn lifetime(text: &str, option: &str) -> Result<u32, Usage> {
    if text == "forever" {
        return Ok(u32::MAX);
    }
    parse_u32(text).ok_or_else(|| Usage::invalid(text, format_args!("{option} value is invalid")))
}

const FLAG_WORDS: &[(&str, IfaFlags)] = &[
    ("home", IFA_F_HOMEADDRESS),
    ("nodad", IFA_F_NODAD),
    ("mngtmpaddr", IFA_F_MANAGETEMPADDR),
    ("noprefixroute", IFA_F_NOPREFIXROUTE),
    ("autojoin", IFA_F_MCAUTOJOIN),
    ("optimistic", IFA_F_OPTIMISTIC),
];

#[derive(Default)]
struct Spec<'a> {
    family: AddressFamily,
    device: Option<&'a str>,
    label: Option<&'a str>,
    local: Option<Prefix>,
    peer: Option<Prefix>,
    broadcast: Option<Broadcast>,
    anycast: Option<Prefix>,
    scope: Option<u8>,
    flags: IfaFlags,
    metric: Option<u32>,
    valid: Option<u32>,
    preferred: Option<u32>,
}

enum Broadcast {
    Ones,
    Zeros,
    Given(Prefix),
}

fn read<'a>(p: &mut Parse<'_>, args: &mut Args<'a>, spec: &mut Spec<'a>) -> Result<(), Usage> {
    while let Some(word) = args.next() {
        if abbreviates(word, "broadcast") && !word.is_empty() || word == "brd" {
            spec.broadcast = Some(match args.value()? {
                "+" => Broadcast::Ones,
                "-" => Broadcast::Zeros,
                text => Broadcast::Given(address(
                    text,
                    if spec.family == AF_UNSPEC { AF_INET } else { spec.family },
                )?),
            });
            continue;
        }
        if let Some(flag) = choose(word, &FLAG_WORDS.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>())
            .filter(|_| FLAG_WORDS.iter().any(|row| row.0 == word))
        {
            spec.flags |= flag;
            continue;
        }
        match word {
            "peer" | "remote" => {
                let peer = prefix(args.value()?, spec.family)?;
                spec.family = peer.family;
                spec.peer = Some(peer);
            }
            "anycast" => {
                let anycast = address(args.value()?, spec.family)?;
                spec.family = anycast.family;
                spec.anycast = Some(anycast);
            }
            "scope" => {
                let text = args.value()?;
                let scope = p
                    .names()
                    .scopes
                    .value(text)
                    .and_then(|v| u8::try_from(v).ok())
                    .or_else(|| parse_u8(text));
                spec.scope = Some(scope.ok_or_else(|| Usage::invalid(text, "invalid scope value."))?);
            }
            "dev" => spec.device = Some(args.value()?),
            "label" => spec.label = Some(args.value()?),
            "metric" | "priority" | "preference" => {
                let text = args.value()?;
                spec.metric =
                    Some(parse_u32(text).ok_or_else(|| Usage::invalid(text, "\"metric\" value is invalid"))?);
            }
            "valid_lft" => {
                let text = args.value()?;
                spec.valid = Some(lifetime(text, word)?);
            }
            "preferred_lft" => {
                let text = args.value()?;
                spec.preferred = Some(lifetime(text, word)?);
            }
            "help" => return Err(Usage::new(255, "Usage: see \"netplumb address help\".")),
            _ => {
                let text = if word == "local" { args.value()? } else { word };
                if spec.local.is_some() {
                    return Err(Usage::garbage("local", text));
                }
                let local = prefix(text, spec.family)?;
                spec.family = local.family;
                spec.local = Some(local);
            }
        }
    }
    Ok(())
}

fn modify(p: &mut Parse<'_>, args: &mut Args<'_>, kind: u16, flags: u16) -> Result<Action, Usage> {
    let mut spec = Spec { family: p.options.family, ..Spec::default() };
    read(p, args, &mut spec)?;
    let device = spec.device.ok_or_else(|| Usage::required("dev", 1))?;
    let removal = kind == RTM_DELADDR;
    let mut body = Body::new();
    let mut header = IfAddrMsg { ifa_family: spec.family, ..Default::default() };
    if let Some(local) = &spec.local {
        body.attr(IFA_LOCAL, &local.bytes);
        header.ifa_prefixlen = local.bits;
    }
    match (&spec.peer, &spec.local) {
        (Some(peer), _) => {
            body.attr(IFA_ADDRESS, &peer.bytes);
            header.ifa_prefixlen = peer.bits;
        }
        // Deleting without a prefix length means whatever length it has.
        (None, Some(local)) if !removal || local.explicit => _ = body.attr(IFA_ADDRESS, &local.bytes),
        _ => {}
    }
    broadcast(&spec, &header, &mut body)?;
    if let Some(anycast) = &spec.anycast {
        body.attr(IFA_ANYCAST, &anycast.bytes);
    }
    if let Some(label) = spec.label {
        body.str(IFA_LABEL, label);
    }
    if let Some(metric) = spec.metric {
        body.u32(IFA_RT_PRIORITY, metric);
    }
    let loopback =
        spec.family == AF_INET && spec.local.as_ref().is_some_and(|l| l.bytes.first() == Some(&127));
    header.ifa_scope = match spec.scope {
        Some(scope) => Scope(scope),
        None if loopback && !removal => RT_SCOPE_HOST,
        None => RT_SCOPE_UNIVERSE,
    };
    if spec.flags.0 <= 0xff {
        header.ifa_flags = spec.flags.0 as u8;
    } else {
        body.u32(IFA_FLAGS, spec.flags.0);
    }
    lifetimes(&spec, &mut body)?;
    header.ifa_index = p.link(device)?;
    let message = body.message(kind, flags, &header)?;
    Ok(Action::Change(Change { object: Object::Addr, message }))
}

/// `broadcast +` is the last address of the network, `-` the first.
fn broadcast(spec: &Spec<'_>, header: &IfAddrMsg, body: &mut Body) -> Result<(), Usage> {
    let ones = match &spec.broadcast {
        None => return Ok(()),
        Some(Broadcast::Given(given)) => return Ok(_ = body.attr(IFA_BROADCAST, &given.bytes)),
        Some(Broadcast::Ones) => true,
        Some(Broadcast::Zeros) => false,
    };
    let local = spec.peer.as_ref().or(spec.local.as_ref()).and_then(|l| l.bytes.first_chunk::<4>().copied());
    let local = local.filter(|_| spec.family == AF_INET);
    let Some(local) = local else {
        return Err(Usage::new(1, "Broadcast can be set only for IPv4 addresses"));
    };
    if header.ifa_prefixlen > 30 {
        return Ok(());
    }
    let host = u32::MAX.checked_shr(header.ifa_prefixlen.into()).unwrap_or(0);
    let address = u32::from_be_bytes(local);
    body.be32(IFA_BROADCAST, if ones { address | host } else { address & !host });
    Ok(())
}

fn lifetimes(spec: &Spec<'_>, body: &mut Body) -> Result<(), Usage> {
    if spec.valid.is_none() && spec.preferred.is_none() {
        return Ok(());
    }
    let (valid, preferred) = (spec.valid.unwrap_or(u32::MAX), spec.preferred.unwrap_or(u32::MAX));
    if valid == 0 {
        return Err(Usage::new(1, "valid_lft is zero"));
    }
    if valid < preferred {
        return Err(Usage::new(1, "preferred_lft is greater than valid_lft"));
    }
    let info = [preferred, valid, 0, 0].map(u32::to_ne_bytes).concat();
    body.attr(IFA_CACHEINFO, &info);
    Ok(())
}

/// Flags to ask for, and whether a `-` in front asks for their absence.
const FILTER_FLAGS: &[(&str, IfaFlags)] = &[
    ("secondary", IFA_F_SECONDARY),
    ("temporary", IFA_F_SECONDARY),
    ("nodad", IFA_F_NODAD),
    ("optimistic", IFA_F_OPTIMISTIC),
    ("dadfailed", IFA_F_DADFAILED),
    ("home", IFA_F_HOMEADDRESS),
    ("deprecated", IFA_F_DEPRECATED),
    ("tentative", IFA_F_TENTATIVE),
    ("permanent", IFA_F_PERMANENT),
    ("mngtmpaddr", IFA_F_MANAGETEMPADDR),
    ("noprefixroute", IFA_F_NOPREFIXROUTE),
    ("autojoin", IFA_F_MCAUTOJOIN),
    ("stable-privacy", IFA_F_STABLE_PRIVACY),
];

fn filter_flag(word: &str) -> Option<(IfaFlags, bool)> {
    match word {
        "dynamic" => return Some((IFA_F_PERMANENT, false)),
        "primary" => return Some((IFA_F_SECONDARY, false)),
        _ => {}
    }
    let (name, on) = match word.strip_prefix('-') {
        Some(name) => (name, false),
        None => (word, true),
    };
    FILTER_FLAGS.iter().find(|row| row.0 == name).map(|row| (row.1, on))
}

fn filter(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    object: Object,
) -> Result<(AddrFilter, Option<String>), Usage> {
    let family = if object == Object::Link { AF_PACKET } else { p.options.family };
    let mut filter = AddrFilter { family, ..Default::default() };
    let mut device = None;
    while let Some(word) = args.next() {
        if let Some((flag, on)) = filter_flag(word) {
            filter.flag_mask |= flag;
            filter.flags = if on { filter.flags | flag } else { filter.flags.without(flag) };
            continue;
        }
        match word {
            "up" => filter.up = true,
            "nomaster" => filter.master = Some(None),
            "to" => {
                let family = if filter.family == AF_PACKET { AF_UNSPEC } else { filter.family };
                let to = prefix(args.value()?, family)?;
                if filter.family == AF_UNSPEC {
                    filter.family = to.family;
                }
                filter.to = Some(to);
            }
            "scope" => {
                let text = args.value()?;
                if text != "all" {
                    let scope = p
                        .names()
                        .scopes
                        .value(text)
                        .and_then(|v| u8::try_from(v).ok())
                        .or_else(|| parse_u8(text));
                    filter.scope =
                        Some(Scope(scope.ok_or_else(|| Usage::invalid(text, "invalid \"scope\""))?));
                }
            }
            "label" => filter.label = Some(args.value()?.to_owned()),
            "group" => {
                let text = args.value()?;
                let group = p.names().groups.value(text).or_else(|| parse_u32(text));
                filter.group = Some(group.ok_or_else(|| Usage::invalid(text, "Invalid \"group\" value"))?);
            }
            "master" => {
                let text = args.value()?;
                let link =
                    p.link_or_none(text).ok_or_else(|| Usage::invalid(text, "Device does not exist"))?;
                filter.master = Some(Some(link));
            }
            "vrf" => {
                let text = args.value()?;
                let (link, _) = p.cx.vrf(text).ok_or_else(|| Usage::invalid(text, "Not a valid VRF name"))?;
                filter.master = Some(Some(link));
            }
            "type" => {
                let text = args.value()?;
                match text.strip_suffix("_slave") {
                    Some(kind) => filter.port_kind = Some(kind.to_owned()),
                    None => filter.kind = Some(text.to_owned()),
                }
            }
            "help" => {
                return Err(Usage::new(255, format!("Usage: see \"netplumb {} help\".", object.word())));
            }
            _ => {
                let name = if word == "dev" { args.value()? } else { word };
                if device.is_some() {
                    return Err(Usage::garbage("dev", name));
                }
                device = Some(name.to_owned());
            }
        }
    }
    Ok((filter, device))
}

/// `show` of links (`object` says so) or of addresses with their links.
pub(super) fn show(p: &mut Parse<'_>, args: &mut Args<'_>, object: Object) -> Result<Action, Usage> {
    if args.peek() == Some("help") {
        return Ok(Action::Help(help::object(object)));
    }
    let (mut filter, device) = filter(p, args, object)?;
    let only_links = filter.family == AF_PACKET;
    let mut body = Body::new();
    // The family of `to PREFIX` is the addresses', not the links'.
    let family = if only_links { AF_PACKET } else { p.options.family };
    let mut header = IfInfoMsg { ifi_family: family, ..Default::default() };
    let mut expect = Expect::Dump;
    if let Some(device) = &device {
        let absent = || Usage::new(1, format!("Device \"{device}\" does not exist."));
        let index = p.link_or_none(device).ok_or_else(absent)?;
        filter.dev = Some(index);
        expect = Expect::Reply;
        if object == Object::Link {
            body.str(if device.len() < 16 { IFLA_IFNAME } else { IFLA_ALT_IFNAME }, device);
        } else {
            header.ifi_index = index.cast_signed();
        }
        let skip = if object == Object::Addr && p.options.stats == 0 { RTEXT_FILTER_SKIP_STATS.0 } else { 0 };
        body.u32(IFLA_EXT_MASK, RTEXT_FILTER_VF.0 | skip);
    } else if family == AF_UNSPEC || only_links {
        body.u32(IFLA_EXT_MASK, RTEXT_FILTER_VF.0);
        if let Some(master) = filter.master {
            body.u32(IFLA_MASTER, master.unwrap_or(u32::MAX));
        }
        if filter.kind.is_some() || filter.port_kind.is_some() {
            body.nest(IFLA_LINKINFO, |body| {
                if let Some(kind) = &filter.kind {
                    body.attr(IFLA_INFO_KIND, kind.as_bytes());
                }
                if let Some(kind) = &filter.port_kind {
                    body.attr(IFLA_INFO_SLAVE_KIND, kind.as_bytes());
                }
                Ok(())
            })?;
        }
    }
    let mut asks = vec![Ask { message: body.message(RTM_GETLINK, 0, &header)?, expect }];
    if !only_links {
        let header =
            IfAddrMsg { ifa_family: filter.family, ifa_index: filter.dev.unwrap_or(0), ..Default::default() };
        asks.push(Ask { message: Body::new().message(RTM_GETADDR, 0, &header)?, expect: Expect::Dump });
    }
    Ok(Action::Show(Show { object, asks, filter: Filter::Addr(filter) }))
}
