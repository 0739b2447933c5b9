//! Kinds of links that carry packets in packets: vxlan and geneve here, the older ones in [`old`]. Their options depend on
//! each other.

mod old;

use super::super::args::{Args, choose, words};
use super::super::body::Body;
use super::super::uapi::*;
use super::super::value::{self, address};
use super::super::{Parse, Usage};
use old::{Old, OldOptions};

/// How the options of a kind are read.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Vxlan,
    Geneve,
    Old(Old),
}

/// The kinds of tunnels.
pub(super) const KINDS: &[(&str, Kind)] = &[
    ("vxlan", Kind::Vxlan),
    ("geneve", Kind::Geneve),
    ("ipip", Kind::Old(Old::Ipip)),
    ("sit", Kind::Old(Old::Sit)),
    ("gre", Kind::Old(Old::Gre)),
    ("gretap", Kind::Old(Old::Gre)),
    ("erspan", Kind::Old(Old::Gre)),
    ("ip6tnl", Kind::Old(Old::Ip6tnl)),
    ("ip6gre", Kind::Old(Old::Ip6gre)),
    ("ip6gretap", Kind::Old(Old::Ip6gre)),
    ("ip6erspan", Kind::Old(Old::Ip6gre)),
    ("vti", Kind::Old(Old::Vti)),
    ("vti6", Kind::Old(Old::Vti6)),
];

/// The options of a kind that has a table of them.
pub(super) fn completions(name: &str) -> Vec<&'static str> {
    match KINDS.iter().find(|row| row.0 == name).map(|row| row.1) {
        Some(Kind::Vxlan) => words(VXLAN, |_| true),
        Some(Kind::Geneve) => [words(GENEVE, |_| true), words(GENEVE_SWITCHES, |_| true)].concat(),
        Some(Kind::Old(_)) | None => Vec::new(),
    }
}

/// Reads the options of a tunnel; `false` when the kind is none.
pub(super) fn parse(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    kind: &str,
    create: bool,
) -> Result<bool, Usage> {
    let old = match KINDS.iter().find(|row| row.0 == kind).map(|row| row.1) {
        Some(Kind::Vxlan) => return vxlan(p, args, body, create).map(|()| true),
        Some(Kind::Geneve) => return geneve(args, body, create).map(|()| true),
        Some(Kind::Old(old)) => old,
        None => return Ok(false),
    };
    if !create {
        return Err(Usage::new(
            1,
            format!("{kind}: changing a tunnel is not available yet, delete it and add it anew"),
        ));
    }
    let mut options = OldOptions::new(old, kind);
    while let Some(word) = args.next() {
        options.read(p, args, kind, word)?;
    }
    options.write(body)?;
    Ok(true)
}

fn number(text: &str, what: &str, max: u64) -> Result<u64, Usage> {
    value::unsigned(text, max).ok_or_else(|| Usage::invalid(text, format_args!("invalid {what}")))
}

fn unknown(kind: &str, word: &str) -> Usage {
    Usage::new(1, format!("{kind}: unknown command \"{word}\"? Try \"netplumb link help {kind}\"."))
}

#[derive(Clone, Copy)]
enum Vx {
    Id,
    Group,
    Remote,
    Local,
    Dev,
    Ttl,
    Tos,
    Df,
    Label,
    Ageing,
    Limit,
    SrcPort,
    DstPort,
    Switch(u16, u8),
    Learning(u8),
    Gbp,
    Gpe,
    External(bool),
}

impl Vx {
    /// Whether it says again what `other` says: each is said once.
    fn contradicts(self, other: Self) -> bool {
        match (self, other) {
            (Self::Switch(id, _), Self::Switch(other, _)) => id == other,
            // One attribute.
            (Self::Group | Self::Remote, Self::Group | Self::Remote) => true,
            _ => std::mem::discriminant(&self) == std::mem::discriminant(&other),
        }
    }

    /// Whether no value follows it.
    fn is_switch(self) -> bool {
        matches!(self, Self::Switch(..) | Self::Learning(_) | Self::Gbp | Self::Gpe | Self::External(_))
    }
}

const VXLAN: &[(&str, Vx)] = &[
    ("id", Vx::Id),
    ("vni", Vx::Id),
    ("group", Vx::Group),
    ("remote", Vx::Remote),
    ("local", Vx::Local),
    ("dev", Vx::Dev),
    ("ttl", Vx::Ttl),
    ("hoplimit", Vx::Ttl),
    ("tos", Vx::Tos),
    ("dsfield", Vx::Tos),
    ("df", Vx::Df),
    ("label", Vx::Label),
    ("flowlabel", Vx::Label),
    ("ageing", Vx::Ageing),
    ("maxaddress", Vx::Limit),
    ("port", Vx::SrcPort),
    ("srcport", Vx::SrcPort),
    ("dstport", Vx::DstPort),
    ("nolearning", Vx::Learning(0)),
    ("learning", Vx::Learning(1)),
    ("noproxy", Vx::Switch(IFLA_VXLAN_PROXY, 0)),
    ("proxy", Vx::Switch(IFLA_VXLAN_PROXY, 1)),
    ("norsc", Vx::Switch(IFLA_VXLAN_RSC, 0)),
    ("rsc", Vx::Switch(IFLA_VXLAN_RSC, 1)),
    ("nol2miss", Vx::Switch(IFLA_VXLAN_L2MISS, 0)),
    ("l2miss", Vx::Switch(IFLA_VXLAN_L2MISS, 1)),
    ("nol3miss", Vx::Switch(IFLA_VXLAN_L3MISS, 0)),
    ("l3miss", Vx::Switch(IFLA_VXLAN_L3MISS, 1)),
    ("udpcsum", Vx::Switch(IFLA_VXLAN_UDP_CSUM, 1)),
    ("noudpcsum", Vx::Switch(IFLA_VXLAN_UDP_CSUM, 0)),
    ("udp6zerocsumtx", Vx::Switch(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1)),
    ("noudp6zerocsumtx", Vx::Switch(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 0)),
    ("udp6zerocsumrx", Vx::Switch(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1)),
    ("noudp6zerocsumrx", Vx::Switch(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 0)),
    ("remcsumtx", Vx::Switch(IFLA_VXLAN_REMCSUM_TX, 1)),
    ("noremcsumtx", Vx::Switch(IFLA_VXLAN_REMCSUM_TX, 0)),
    ("remcsumrx", Vx::Switch(IFLA_VXLAN_REMCSUM_RX, 1)),
    ("noremcsumrx", Vx::Switch(IFLA_VXLAN_REMCSUM_RX, 0)),
    ("external", Vx::External(true)),
    ("noexternal", Vx::External(false)),
    ("gbp", Vx::Gbp),
    ("gpe", Vx::Gpe),
    ("vnifilter", Vx::Switch(IFLA_VXLAN_VNIFILTER, 1)),
    ("novnifilter", Vx::Switch(IFLA_VXLAN_VNIFILTER, 0)),
];

fn df(text: &str) -> Result<u8, Usage> {
    choose(text, &[("unset", 0), ("set", 1), ("inherit", 2)])
        .ok_or_else(|| Usage::invalid(text, "DF must be 'unset', 'set' or 'inherit'"))
}

fn tos(text: &str, p: Option<&Parse<'_>>) -> Result<u8, Usage> {
    let named = p.and_then(|p| p.names().dsfields.value(text)).and_then(|value| u8::try_from(value).ok());
    match text {
        "inherit" => Ok(1),
        // Numbers are hexadecimal, with or without the prefix.
        _ => named
            .or_else(|| u8::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok())
            .ok_or_else(|| Usage::invalid(text, "invalid TOS value")),
    }
}

/// The addresses of vxlan: multicast belongs behind `group`, unicast behind `remote`.
fn endpoint(text: &str, word: &str, multicast: bool) -> Result<Vec<u8>, Usage> {
    let found = address(text, AF_UNSPEC)?.bytes;
    let is_multicast = match found.as_slice() {
        [a, _, _, _] => a & 0xf0 == 0xe0,
        [a, ..] => *a == 0xff,
        [] => false,
    };
    if is_multicast != multicast {
        return Err(Usage::invalid(text, format_args!("invalid {word} address")));
    }
    Ok(found)
}

fn either(v4: u16, v6: u16, bytes: &[u8], body: &mut Body) {
    match bytes.len() {
        0 => {}
        4 => _ = body.attr(v4, bytes),
        _ => _ = body.attr(v6, bytes),
    }
}

fn vxlan(p: &mut Parse<'_>, args: &mut Args<'_>, body: &mut Body, create: bool) -> Result<(), Usage> {
    let (mut id, mut external, mut gpe, mut device, mut multicast) = (None, false, false, false, false);
    let (mut learning, mut port) = (None, None);
    let mut seen = Vec::new();
    while let Some(word) = args.next() {
        let opt = choose(word, VXLAN).ok_or_else(|| unknown("vxlan", word))?;
        if seen.iter().any(|seen| opt.contradicts(*seen)) {
            let second = if opt.is_switch() { word } else { args.peek().unwrap_or(word) };
            return Err(Usage::garbage(word, second));
        }
        seen.push(opt);
        match opt {
            Vx::Switch(id, value) => _ = body.u8(id, value),
            Vx::Learning(value) => learning = Some(value),
            Vx::Gbp => _ = body.attr(IFLA_VXLAN_GBP, &[]),
            Vx::Gpe => {
                gpe = true;
                body.attr(IFLA_VXLAN_GPE, &[]);
            }
            Vx::External(on) => {
                external = on;
                if on && learning.is_none() {
                    learning = Some(0);
                }
                body.u8(IFLA_VXLAN_COLLECT_METADATA, on.into());
            }
            _ => {
                let text = args.value()?;
                match opt {
                    Vx::Id => id = Some(number(text, "id", (1 << 24) - 1)? as u32),
                    Vx::Group => {
                        multicast = true;
                        either(IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, &endpoint(text, word, true)?, body);
                    }
                    Vx::Remote => {
                        either(IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, &endpoint(text, word, false)?, body);
                    }
                    Vx::Local => {
                        either(IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6, &endpoint(text, word, false)?, body);
                    }
                    Vx::Dev => {
                        device = true;
                        body.u32(IFLA_VXLAN_LINK, p.link(text)?);
                    }
                    Vx::Ttl if text == "inherit" => _ = body.attr(IFLA_VXLAN_TTL_INHERIT, &[]),
                    Vx::Ttl if text == "auto" => _ = body.u8(IFLA_VXLAN_TTL, 0),
                    Vx::Ttl => _ = body.u8(IFLA_VXLAN_TTL, number(text, "TTL", 255)? as u8),
                    Vx::Tos => _ = body.u8(IFLA_VXLAN_TOS, tos(text, Some(p))?),
                    Vx::Df => _ = body.u8(IFLA_VXLAN_DF, df(text)?),
                    Vx::Label => _ = body.be32(IFLA_VXLAN_LABEL, number(text, "flowlabel", 0xf_ffff)? as u32),
                    Vx::Ageing if text == "none" => _ = body.u32(IFLA_VXLAN_AGEING, 0),
                    Vx::Ageing => {
                        _ = body
                            .u32(IFLA_VXLAN_AGEING, number(text, "ageing timer", u32::MAX.into())? as u32);
                    }
                    Vx::Limit if text == "unlimited" => _ = body.u32(IFLA_VXLAN_LIMIT, 0),
                    Vx::Limit => {
                        _ = body
                            .u32(IFLA_VXLAN_LIMIT, number(text, "max addresses", u32::MAX.into())? as u32);
                    }
                    Vx::SrcPort => {
                        let low = number(text, "min port", 65535)? as u16;
                        let high = number(args.value()?, "max port", 65535)? as u16;
                        body.attr(IFLA_VXLAN_PORT_RANGE, &[low.to_be_bytes(), high.to_be_bytes()].concat());
                    }
                    _ => port = Some(number(text, "dst port", 65535)? as u16),
                }
            }
        }
    }
    if external && id.is_some() {
        return Err(Usage::new(1, "vxlan: both 'external' and vni cannot be specified"));
    }
    if create && !external && id.is_none() {
        return Err(Usage::new(1, "vxlan: missing virtual network identifier"));
    }
    if multicast && !device {
        return Err(Usage::new(1, "vxlan: 'group' requires 'dev' to be specified"));
    }
    if let Some(id) = id {
        body.u32(IFLA_VXLAN_ID, id);
    }
    if let Some(learning) = learning.or(create.then_some(1)) {
        body.u8(IFLA_VXLAN_LEARNING, learning);
    }
    if create && port.is_none() && !gpe {
        p.cx.warn(
            "vxlan: the kernel's port is not the assigned one: \"dstport 4789\" is, \"dstport 0\" says that it is meant",
        );
    }
    if let Some(port) = port.or(gpe.then_some(4790)).filter(|&port| port != 0) {
        body.be16(IFLA_VXLAN_PORT, port);
    }
    Ok(())
}

const GENEVE_SWITCHES: &[(&str, (u16, u8))] = &[
    ("udpcsum", (IFLA_GENEVE_UDP_CSUM, 1)),
    ("noudpcsum", (IFLA_GENEVE_UDP_CSUM, 0)),
    ("udp6zerocsumtx", (IFLA_GENEVE_UDP_ZERO_CSUM6_TX, 1)),
    ("noudp6zerocsumtx", (IFLA_GENEVE_UDP_ZERO_CSUM6_TX, 0)),
    ("udp6zerocsumrx", (IFLA_GENEVE_UDP_ZERO_CSUM6_RX, 1)),
    ("noudp6zerocsumrx", (IFLA_GENEVE_UDP_ZERO_CSUM6_RX, 0)),
];

const GENEVE: &[(&str, char)] = &[
    ("id", 'i'),
    ("vni", 'i'),
    ("remote", 'r'),
    ("ttl", 't'),
    ("hoplimit", 't'),
    ("tos", 's'),
    ("dsfield", 's'),
    ("df", 'd'),
    ("label", 'l'),
    ("flowlabel", 'l'),
    ("dstport", 'p'),
    ("external", 'e'),
    ("noexternal", 'n'),
    ("innerprotoinherit", 'h'),
];

fn geneve(args: &mut Args<'_>, body: &mut Body, create: bool) -> Result<(), Usage> {
    let (mut id, mut remote, mut ttl, mut df_value) = (None, Vec::new(), None, None);
    let (mut tos_value, mut label, mut external, mut inherit) = (None, None, false, false);
    while let Some(word) = args.next() {
        match choose(word, GENEVE) {
            Some('e') => external = true,
            Some('n') => external = false,
            Some('h') => _ = body.attr(IFLA_GENEVE_INNER_PROTO_INHERIT, &[]),
            Some(option) => {
                let text = args.value()?;
                match option {
                    'i' => id = Some(number(text, "id", (1 << 24) - 1)? as u32),
                    'r' => remote = endpoint(text, word, false)?,
                    't' if text == "inherit" => inherit = true,
                    't' if text == "auto" => ttl = Some(0),
                    't' => ttl = Some(number(text, "TTL", 255)? as u8),
                    's' => tos_value = Some(tos(text, None)?),
                    'd' => df_value = Some(df(text)?),
                    'l' => label = Some(number(text, "flowlabel", 0xf_ffff)? as u32),
                    _ => _ = body.be16(IFLA_GENEVE_PORT, number(text, "dst port", 65535)? as u16),
                }
            }
            None => {
                let (id, value) = choose(word, GENEVE_SWITCHES).ok_or_else(|| unknown("geneve", word))?;
                body.u8(id, value);
            }
        }
    }
    if create && !external && id.is_none() {
        return Err(Usage::new(1, "geneve: missing virtual network identifier"));
    }
    if create && !external && remote.is_empty() {
        return Err(Usage::new(1, "geneve: remote link partner not specified"));
    }
    let or_zero = |given: Option<u8>| given.or(create.then_some(0));
    if let Some(id) = id.or(create.then_some(0)) {
        body.u32(IFLA_GENEVE_ID, id);
    }
    either(IFLA_GENEVE_REMOTE, IFLA_GENEVE_REMOTE6, &remote, body);
    if let Some(label) = label.or(create.then_some(0)) {
        body.be32(IFLA_GENEVE_LABEL, label);
    }
    if inherit {
        body.u8(IFLA_GENEVE_TTL_INHERIT, 1);
    } else if let Some(ttl) = or_zero(ttl) {
        body.u8(IFLA_GENEVE_TTL, ttl);
    }
    if let Some(tos) = or_zero(tos_value) {
        body.u8(IFLA_GENEVE_TOS, tos);
    }
    if let Some(df) = df_value {
        body.u8(IFLA_GENEVE_DF, df);
    }
    if external {
        body.attr(IFLA_GENEVE_COLLECT_METADATA, &[]);
    }
    Ok(())
}
