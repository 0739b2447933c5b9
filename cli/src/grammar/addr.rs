//! `address`: addresses of links; and what `link show` and `address show` have in common.

use super::args::{Args, choose, words};
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

/// In the order in which iproute2 asks for them.
const VERBS: &[(&str, Verb)] = &[
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
];

/// The words that may stand behind a verb; without one, the verbs.
pub(super) fn completions(verb: Option<&str>) -> Vec<&'static str> {
    let Some(verb) = verb else {
        return words(VERBS, |verb| !matches!(verb, Verb::Absent));
    };
    match choose(verb, VERBS) {
        Some(Verb::Modify(..)) => words(OPTIONS, |_| true),
        Some(Verb::Show | Verb::Flush) => words(FILTER, |_| true),
        _ => Vec::new(),
    }
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let Some(word) = args.next() else { return show(p, args, Object::Addr) };
    match choose(word, VERBS) {
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

#[derive(Clone, Copy)]
enum Opt {
    Broadcast,
    Peer,
    Anycast,
    Scope,
    Dev,
    Label,
    Metric,
    Valid,
    Preferred,
    Flag(IfaFlags),
    Local,
    Help,
}

/// Options of a new address.
const OPTIONS: &[(&str, Opt)] = &[
    ("broadcast", Opt::Broadcast),
    ("=brd", Opt::Broadcast),
    ("=peer", Opt::Peer),
    ("=remote", Opt::Peer),
    ("=anycast", Opt::Anycast),
    ("=scope", Opt::Scope),
    ("=dev", Opt::Dev),
    ("=label", Opt::Label),
    ("=metric", Opt::Metric),
    ("=priority", Opt::Metric),
    ("=preference", Opt::Metric),
    ("=valid_lft", Opt::Valid),
    ("=preferred_lft", Opt::Preferred),
    ("=home", Opt::Flag(IFA_F_HOMEADDRESS)),
    ("=nodad", Opt::Flag(IFA_F_NODAD)),
    ("=mngtmpaddr", Opt::Flag(IFA_F_MANAGETEMPADDR)),
    ("=noprefixroute", Opt::Flag(IFA_F_NOPREFIXROUTE)),
    ("=autojoin", Opt::Flag(IFA_F_MCAUTOJOIN)),
    ("=optimistic", Opt::Flag(IFA_F_OPTIMISTIC)),
    ("=local", Opt::Local),
    ("=help", Opt::Help),
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
        match choose(word, OPTIONS).filter(|_| !word.is_empty()) {
            Some(Opt::Broadcast) => {
                spec.broadcast = Some(match args.value()? {
                    "+" => Broadcast::Ones,
                    "-" => Broadcast::Zeros,
                    text => Broadcast::Given(address(
                        text,
                        if spec.family == AF_UNSPEC { AF_INET } else { spec.family },
                    )?),
                });
            }
            Some(Opt::Flag(flag)) => spec.flags |= flag,
            Some(Opt::Peer) => {
                let peer = prefix(args.value()?, spec.family)?;
                spec.family = peer.family;
                spec.peer = Some(peer);
            }
            Some(Opt::Anycast) => {
                let anycast = address(args.value()?, spec.family)?;
                spec.family = anycast.family;
                spec.anycast = Some(anycast);
            }
            Some(Opt::Scope) => {
                let text = args.value()?;
                let scope = p
                    .names()
                    .scopes
                    .value(text)
                    .and_then(|v| u8::try_from(v).ok())
                    .or_else(|| parse_u8(text));
                spec.scope = Some(scope.ok_or_else(|| Usage::invalid(text, "invalid scope value."))?);
            }
            Some(Opt::Dev) => spec.device = Some(args.value()?),
            Some(Opt::Label) => spec.label = Some(args.value()?),
            Some(Opt::Metric) => {
                let text = args.value()?;
                spec.metric =
                    Some(parse_u32(text).ok_or_else(|| Usage::invalid(text, "\"metric\" value is invalid"))?);
            }
            Some(Opt::Valid) => {
                let text = args.value()?;
                spec.valid = Some(lifetime(text, word)?);
            }
            Some(Opt::Preferred) => {
                let text = args.value()?;
                spec.preferred = Some(lifetime(text, word)?);
            }
            Some(Opt::Help) => return Err(Usage::new(255, "Usage: see \"netplumb address help\".")),
            Some(Opt::Local) | None => {
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
    if spec.flags.contains(IFA_F_MCAUTOJOIN) && !spec.local.as_ref().is_some_and(Prefix::is_multicast) {
        return Err(Usage::new(1, "autojoin needs multicast address"));
    }
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
        (None, Some(local)) if removal && !local.explicit => {
            // Deleting without a prefix length means whatever length it has.
            if local.family == AF_INET {
                p.cx.warn("without a prefix length the address is deleted whatever length it has");
            }
        }
        (None, Some(local)) => _ = body.attr(IFA_ADDRESS, &local.bytes),
        (None, None) => {}
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
    if spec.family == AF_INET && spec.flags.contains(IFA_F_NODAD) {
        p.cx.warn("nodad means something for IPv6 addresses only");
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

#[derive(Clone, Copy)]
pub(super) enum By {
    Flag(IfaFlags, bool),
    Up,
    NoMaster,
    To,
    Scope,
    Label,
    Group,
    Master,
    Vrf,
    Type,
    Help,
    Dev,
}

/// What links and addresses are chosen by. A `-` in front of a flag asks for its absence.
pub(super) const FILTER: &[(&str, By)] = &[
    ("=dev", By::Dev),
    ("=up", By::Up),
    ("=type", By::Type),
    ("=master", By::Master),
    ("=nomaster", By::NoMaster),
    ("=vrf", By::Vrf),
    ("=group", By::Group),
    ("=to", By::To),
    ("=scope", By::Scope),
    ("=label", By::Label),
    ("=dynamic", By::Flag(IFA_F_PERMANENT, false)),
    ("=permanent", By::Flag(IFA_F_PERMANENT, true)),
    ("=primary", By::Flag(IFA_F_SECONDARY, false)),
    ("=secondary", By::Flag(IFA_F_SECONDARY, true)),
    ("=temporary", By::Flag(IFA_F_SECONDARY, true)),
    ("=nodad", By::Flag(IFA_F_NODAD, true)),
    ("=optimistic", By::Flag(IFA_F_OPTIMISTIC, true)),
    ("=dadfailed", By::Flag(IFA_F_DADFAILED, true)),
    ("=home", By::Flag(IFA_F_HOMEADDRESS, true)),
    ("=deprecated", By::Flag(IFA_F_DEPRECATED, true)),
    ("=tentative", By::Flag(IFA_F_TENTATIVE, true)),
    ("=mngtmpaddr", By::Flag(IFA_F_MANAGETEMPADDR, true)),
    ("=noprefixroute", By::Flag(IFA_F_NOPREFIXROUTE, true)),
    ("=autojoin", By::Flag(IFA_F_MCAUTOJOIN, true)),
    ("=stable-privacy", By::Flag(IFA_F_STABLE_PRIVACY, true)),
    ("=help", By::Help),
];

fn by(word: &str) -> Option<By> {
    match word.strip_prefix('-') {
        // `dynamic` and `primary` are absences already.
        Some(flag) => match choose(flag, FILTER) {
            Some(By::Flag(flag, true)) => Some(By::Flag(flag, false)),
            _ => None,
        },
        None => choose(word, FILTER),
    }
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
        match by(word) {
            Some(By::Flag(flag, on)) => {
                filter.flag_mask |= flag;
                filter.flags = if on { filter.flags | flag } else { filter.flags.without(flag) };
            }
            Some(By::Up) => filter.up = true,
            Some(By::NoMaster) => filter.master = Some(None),
            Some(By::To) => {
                let text = args.value()?;
                let to = prefix(text, if filter.family == AF_PACKET { AF_UNSPEC } else { filter.family })?;
                if filter.family == AF_PACKET {
                    let why = "may be an address of a network, but links have none to be chosen by";
                    return Err(Usage::new(1, format!("Error: \"{text}\" {why}.")));
                }
                if filter.family == AF_UNSPEC {
                    filter.family = to.family;
                }
                filter.to = Some(to);
            }
            Some(By::Scope) => {
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
            Some(By::Label) => filter.label = Some(args.value()?.to_owned()),
            Some(By::Group) => {
                let text = args.value()?;
                let group = p.names().groups.value(text).or_else(|| parse_u32(text));
                filter.group = Some(group.ok_or_else(|| Usage::invalid(text, "Invalid \"group\" value"))?);
            }
            Some(By::Master) => {
                let text = args.value()?;
                let link =
                    p.link_or_none(text).ok_or_else(|| Usage::invalid(text, "Device does not exist"))?;
                filter.master = Some(Some(link));
            }
            Some(By::Vrf) => {
                let text = args.value()?;
                let (link, _) = p.cx.vrf(text).ok_or_else(|| Usage::invalid(text, "Not a valid VRF name"))?;
                filter.master = Some(Some(link));
            }
            Some(By::Type) => {
                let text = args.value()?;
                match text.strip_suffix("_slave") {
                    Some(kind) => filter.port_kind = Some(kind.to_owned()),
                    None => filter.kind = Some(text.to_owned()),
                }
            }
            Some(By::Help) => {
                return Err(Usage::new(255, format!("Usage: see \"netplumb {} help\".", object.word())));
            }
            Some(By::Dev) | None => {
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
