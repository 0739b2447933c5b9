//! `link add`, `set`, `replace` and `del`.

use super::super::args::{Args, choose};
use super::super::body::Body;
use super::super::uapi::*;
use super::super::value;
use super::super::{Action, Change, Object, Parse, Usage, check_link_name, help};
use super::{kind, vf};
use netplumb_core::wire::NLM_F_CREATE;

/// What the options of a link say beside its attributes.
#[derive(Default)]
pub(super) struct Spec<'a> {
    pub(super) header: IfInfoMsg,
    name: Option<&'a str>,
    device: Option<&'a str>,
    link: Option<&'a str>,
    index: Option<u32>,
    group: Option<u32>,
    kind: Option<&'a str>,
    /// It goes to another network namespace.
    moves: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Opt {
    Up,
    Down,
    Name,
    Index,
    Link,
    Address,
    Broadcast,
    TxQueueLen,
    Mtu,
    Xdp(u32),
    Netns,
    Flag(&'static str, IfFlags, bool),
    Carrier,
    Vf,
    Master,
    Vrf,
    NoMaster,
    Type,
    Alias,
    Group,
    Mode,
    State,
    Number(u16, &'static str),
    AddrGenMode,
    LinkNetnsId,
    LinkNetns,
    ProtoDown,
    ProtoDownReason,
    ParentDev,
    Help,
}

/// In the order in which iproute2 asks for them.
pub(super) const OPTIONS: &[(&str, Opt)] = &[
    ("=up", Opt::Up),
    ("=down", Opt::Down),
    ("=name", Opt::Name),
    ("=index", Opt::Index),
    ("link", Opt::Link),
    ("address", Opt::Address),
    ("broadcast", Opt::Broadcast),
    ("=brd", Opt::Broadcast),
    ("txqueuelen", Opt::TxQueueLen),
    ("=qlen", Opt::TxQueueLen),
    ("txqlen", Opt::TxQueueLen),
    ("=mtu", Opt::Mtu),
    ("=xdpgeneric", Opt::Xdp(XDP_FLAGS_SKB_MODE.0)),
    ("=xdpdrv", Opt::Xdp(XDP_FLAGS_DRV_MODE.0)),
    ("=xdpoffload", Opt::Xdp(XDP_FLAGS_HW_MODE.0)),
    ("=xdp", Opt::Xdp(0)),
    ("=netns", Opt::Netns),
    ("=multicast", Opt::Flag("multicast", IFF_MULTICAST, true)),
    ("=allmulticast", Opt::Flag("allmulticast", IFF_ALLMULTI, true)),
    ("=promisc", Opt::Flag("promisc", IFF_PROMISC, true)),
    ("=trailers", Opt::Flag("trailers", IFF_NOTRAILERS, false)),
    ("=arp", Opt::Flag("arp", IFF_NOARP, false)),
    ("=carrier", Opt::Carrier),
    ("=vf", Opt::Vf),
    ("master", Opt::Master),
    ("=vrf", Opt::Vrf),
    ("nomaster", Opt::NoMaster),
    ("dynamic", Opt::Flag("dynamic", IFF_DYNAMIC, true)),
    ("type", Opt::Type),
    ("alias", Opt::Alias),
    ("=group", Opt::Group),
    ("=mode", Opt::Mode),
    ("=state", Opt::State),
    ("numtxqueues", Opt::Number(IFLA_NUM_TX_QUEUES, "numtxqueues")),
    ("numrxqueues", Opt::Number(IFLA_NUM_RX_QUEUES, "numrxqueues")),
    ("addrgenmode", Opt::AddrGenMode),
    ("link-netns", Opt::LinkNetns),
    ("link-netnsid", Opt::LinkNetnsId),
    ("=protodown", Opt::ProtoDown),
    ("=protodown_reason", Opt::ProtoDownReason),
    ("=gso_max_size", Opt::Number(IFLA_GSO_MAX_SIZE, "gso_max_size")),
    ("=gso_max_segs", Opt::Number(IFLA_GSO_MAX_SEGS, "gso_max_segs")),
    ("=gro_max_size", Opt::Number(IFLA_GRO_MAX_SIZE, "gro_max_size")),
    ("=parentdev", Opt::ParentDev),
    ("help", Opt::Help),
];

/// `IFLA_PARENT_DEV_NAME` and the others are written once each; a second time is an error as iproute2 has it.
fn once(seen: &mut Vec<u16>, id: u16, option: &str, word: &str) -> Result<(), Usage> {
    if seen.contains(&id) {
        return Err(Usage::duplicate(option, word));
    }
    seen.push(id);
    Ok(())
}

/// Reads options of a link up to its `type`, or to the end of the line.
pub(super) fn options<'a>(
    p: &mut Parse<'_>,
    args: &mut Args<'a>,
    body: &mut Body,
) -> Result<Spec<'a>, Usage> {
    let mut spec = Spec::default();
    let mut seen = Vec::new();
    while let Some(word) = args.next() {
        let Some(opt) = choose(word, OPTIONS) else {
            device(&mut spec, args, word)?;
            continue;
        };
        match opt {
            Opt::Help => return Err(Usage::new(255, "Usage: see \"netplumb link help\".")),
            Opt::Name => {
                let name = args.value()?;
                if spec.name.is_some() {
                    return Err(Usage::duplicate("name", name));
                }
                check_link_name(name)?;
                spec.name = Some(name);
            }
            Opt::Index => {
                let value = args.value()?;
                if spec.index.is_some() {
                    return Err(Usage::duplicate("index", value));
                }
                let index = value::i32(value).filter(|&index| index > 0);
                let index = index.ok_or_else(|| Usage::invalid(value, "Invalid \"index\" value"))?;
                spec.index = Some(index.cast_unsigned());
            }
            Opt::Link => spec.link = Some(args.value()?),
            Opt::Type => {
                spec.kind = Some(args.value()?);
                break;
            }
            Opt::Group => {
                let value = args.value()?;
                if spec.group.is_some() {
                    return Err(Usage::duplicate("group", value));
                }
                let group = group(p, value)?;
                body.u32(IFLA_GROUP, group);
                spec.group = Some(group);
            }
            Opt::Up => flag(&mut spec, IFF_UP, true),
            Opt::Down => flag(&mut spec, IFF_UP, false),
            Opt::Flag(name, bit, same) => {
                let on = value::on_off(name, args.value()?)?;
                flag(&mut spec, bit, on == same);
            }
            Opt::Vf => {
                let value = args.value()?;
                let vf = value::i32(value).ok_or_else(|| Usage::invalid(value, "Invalid \"vf\" value"))?;
                let device = spec.device.ok_or_else(|| Usage::required("dev", 255))?;
                let link = p.link(device)?;
                vf::parse(p, args, body, link, vf.cast_unsigned())?;
            }
            _ => attribute(p, args, body, opt, &mut seen)?,
        }
    }
    spec.moves = seen.contains(&IFLA_NET_NS_FD);
    Ok(spec)
}

fn device<'a>(spec: &mut Spec<'a>, args: &mut Args<'a>, word: &'a str) -> Result<(), Usage> {
    let name = if word == "dev" { args.value()? } else { word };
    if spec.device.is_some() {
        return Err(Usage::garbage("dev", name));
    }
    if name.is_empty() || name.len() > 127 || name.contains('/') || name.contains(char::is_whitespace) {
        return Err(Usage::invalid(name, "not a valid ifname"));
    }
    spec.device = Some(name);
    Ok(())
}

fn flag(spec: &mut Spec<'_>, bit: IfFlags, on: bool) {
    spec.header.ifi_change |= bit.0;
    let flags = spec.header.ifi_flags.without(bit);
    spec.header.ifi_flags = if on { flags | bit } else { flags };
}

pub(super) fn group(p: &Parse<'_>, text: &str) -> Result<u32, Usage> {
    let group = p.names().groups.value(text).or_else(|| value::u32(text));
    group.ok_or_else(|| Usage::invalid(text, "Invalid \"group\" value"))
}

/// An option that is one attribute.
fn attribute(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    opt: Opt,
    seen: &mut Vec<u16>,
) -> Result<(), Usage> {
    if matches!(opt, Opt::NoMaster) {
        body.u32(IFLA_MASTER, 0);
        return Ok(());
    }
    let text = args.value()?;
    let bad = |option: &str| Usage::invalid(text, format_args!("Invalid \"{option}\" value"));
    let mut number = |id: u16, option: &str| {
        once(seen, id, option, text)?;
        let value = value::i32(text).ok_or_else(|| bad(option))?;
        Ok::<_, Usage>((id, value.cast_unsigned()))
    };
    match opt {
        Opt::Address => _ = body.attr(IFLA_ADDRESS, &value::link_address(text)?),
        Opt::Broadcast => _ = body.attr(IFLA_BROADCAST, &value::link_address(text)?),
        Opt::TxQueueLen => {
            let (id, value) = number(IFLA_TXQLEN, "txqueuelen")?;
            body.u32(id, value);
        }
        Opt::Mtu => {
            let (id, value) = number(IFLA_MTU, "mtu")?;
            body.u32(id, value);
        }
        Opt::Number(id, option) => {
            let (id, value) = number(id, option)?;
            body.u32(id, value);
        }
        Opt::Xdp(flags) => xdp(body, text, flags)?,
        Opt::Netns => {
            once(seen, IFLA_NET_NS_FD, "netns", text)?;
            match (p.cx.netns(text), value::u32(text)) {
                (Some(fd), _) => _ = body.u32(IFLA_NET_NS_FD, fd.cast_unsigned()),
                (None, Some(process)) => _ = body.u32(IFLA_NET_NS_PID, process),
                (None, None) => return Err(bad("netns")),
            }
        }
        Opt::Carrier => _ = body.u8(IFLA_CARRIER, u8::from(value::on_off("carrier", text)?)),
        Opt::Master => {
            let link = p.link_or_none(text).ok_or_else(|| Usage::invalid(text, "Device does not exist"))?;
            body.u32(IFLA_MASTER, link);
        }
        Opt::Vrf => {
            let (link, _) = p.cx.vrf(text).ok_or_else(|| Usage::invalid(text, "Not a valid VRF name"))?;
            body.u32(IFLA_MASTER, link);
        }
        // The kernel wants the text without its NUL: an empty one takes the alias away.
        Opt::Alias if text.len() > 255 => return Err(Usage::invalid(text, "alias too long")),
        Opt::Alias => _ = body.attr(IFLA_IFALIAS, text.as_bytes()),
        Opt::Mode => {
            let word = text.to_ascii_uppercase();
            let mode = LinkMode::from_name(&word).ok_or_else(|| Usage::invalid(text, "Invalid link mode"))?;
            body.u8(IFLA_LINKMODE, mode.0);
        }
        Opt::State => {
            let word = text.to_ascii_uppercase();
            let state = OperState::from_name(&word).map(|state| state.0).or_else(|| value::u8(text));
            body.u8(IFLA_OPERSTATE, state.ok_or_else(|| Usage::invalid(text, "Invalid operstate"))?);
        }
        Opt::AddrGenMode => {
            let mode = AddrGenMode::from_name(&text.to_ascii_lowercase())
                .ok_or_else(|| Usage::invalid(text, "Invalid address generation mode"))?;
            body.nest(IFLA_AF_SPEC, |body| {
                body.nest(AF_INET6.0.into(), |body| {
                    body.u8(IFLA_INET6_ADDR_GEN_MODE, mode.0);
                    Ok(())
                })
            })?;
        }
        Opt::LinkNetnsId => {
            let (id, value) = number(IFLA_LINK_NETNSID, "link-netnsid")?;
            body.u32(id, value);
        }
        Opt::LinkNetns => {
            once(seen, IFLA_LINK_NETNSID, "link-netnsid/link-netns", text)?;
            let id = p.cx.netns_id(text).ok_or_else(|| bad("link-netns"))?;
            body.u32(IFLA_LINK_NETNSID, id.cast_unsigned());
        }
        Opt::ProtoDown => _ = body.u8(IFLA_PROTO_DOWN, u8::from(value::on_off("protodown", text)?)),
        Opt::ProtoDownReason => {
            let bit = p.names().protodown_reasons.value(text).or_else(|| value::u8(text).map(u32::from));
            let bit = bit
                .filter(|&bit| bit < 32)
                .ok_or_else(|| Usage::invalid(text, "invalid protodown reason"))?;
            let on = value::on_off("protodown_reason", args.value()?)?;
            body.nest(IFLA_PROTO_DOWN_REASON | NLA_F_NESTED, |body| {
                body.u32(IFLA_PROTO_DOWN_REASON_MASK, 1 << bit);
                body.u32(IFLA_PROTO_DOWN_REASON_VALUE, u32::from(on) << bit);
                Ok(())
            })?;
        }
        Opt::ParentDev => _ = body.str(IFLA_PARENT_DEV_NAME, text),
        _ => return Err(bad("option")),
    }
    Ok(())
}

/// Only taking a program away needs no loader of programs.
fn xdp(body: &mut Body, text: &str, flags: u32) -> Result<(), Usage> {
    if !matches!(text, "off" | "none") {
        return Err(Usage::new(
            1,
            format!("xdp \"{text}\": loading programs is not available, only \"off\""),
        ));
    }
    body.nest(IFLA_XDP, |body| {
        body.u32(IFLA_XDP_FD, u32::MAX);
        body.u32(IFLA_XDP_FLAGS, flags | XDP_FLAGS_UPDATE_IF_NOEXIST.0);
        Ok(())
    })
}

pub(super) fn parse(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    message: u16,
    flags: u16,
) -> Result<Action, Usage> {
    let mut body = Body::new();
    if args.peek() == Some("help") {
        return Ok(Action::Help(help::object(Object::Link)));
    }
    let mut spec = options(p, args, &mut body)?;
    let create = flags & NLM_F_CREATE != 0;
    if !create && spec.index.is_some() && !spec.moves {
        return Err(Usage::new(
            255,
            "index can be used only when creating devices or when moving device to another netns.",
        ));
    }
    spec.header.ifi_family = p.options.family;
    match (create, spec.device) {
        (true, _) => {
            let name = spec.name.or(spec.device);
            if let Some(link) = spec.link {
                body.u32(IFLA_LINK, p.link(link)?);
            }
            spec.header.ifi_index = spec.index.unwrap_or(0).cast_signed();
            if let Some(name) = name {
                check_link_name(name)?;
                body.str(IFLA_IFNAME, name);
            }
        }
        (false, None) if spec.group.is_some() => {}
        (false, None) => return Err(Usage::required("dev", 255)),
        (false, Some(device)) => {
            spec.header.ifi_index = p.link(device)?.cast_signed();
            if let Some(index) = spec.index {
                body.u32(IFLA_NEW_IFINDEX, index);
            }
            if let Some(name) = spec.name.filter(|&name| name != device) {
                body.str(IFLA_IFNAME, name);
            }
            if let Some(link) = spec.link {
                body.u32(IFLA_LINK, p.link(link)?);
            }
        }
    }
    match spec.kind {
        Some(kind) => kind::parse(p, args, &mut body, kind, create)?,
        None if create => return Err(Usage::new(1, "Not enough information: \"type\" argument is required")),
        None => {}
    }
    let message = body.message(message, flags, &spec.header)?;
    Ok(Action::Change(Change { object: Object::Link, message }))
}

/// The other end of a veth pair: a link of its own inside an attribute.
pub(super) fn peer(p: &mut Parse<'_>, args: &mut Args<'_>, body: &mut Body) -> Result<(), Usage> {
    if args.is_empty() {
        return Ok(());
    }
    let word = args.value()?;
    if word != "peer" {
        return Err(Usage::new(1, format!("veth: unknown option \"{word}\"? Expected \"peer\".")));
    }
    body.nest(VETH_INFO_PEER, |body| {
        let at = body.position();
        body.header(&IfInfoMsg::default());
        let mut spec = options(p, args, body)?;
        spec.header.ifi_index = spec.index.unwrap_or(0).cast_signed();
        if let Some(name) = spec.name.or(spec.device) {
            check_link_name(name)?;
            body.str(IFLA_IFNAME, name);
        }
        body.patch(at, &spec.header);
        if spec.kind.is_some() {
            args.back();
        }
        Ok(())
    })
}
