//! `rule`: which routing table a packet looks at.

use super::args::{Args, choose, words};
use super::body::Body;
use super::filter::{Filter, RuleFilter};
use super::uapi::*;
use super::value::{self, address, prefix};
use super::{Action, Ask, Change, Object, Parse, Show, Usage, help};
use netplumb_core::conn::Expect;
use netplumb_core::family::rule::*;
use netplumb_core::wire::{NLM_F_CREATE, NLM_F_EXCL};

#[derive(Clone, Copy)]
enum Verb {
    Show,
    Modify(u16, u16),
    Flush,
    Absent,
    Help,
}

/// In the order in which iproute2 asks for them.
const VERBS: &[(&str, Verb)] = &[
    ("list", Verb::Show),
    ("lst", Verb::Show),
    ("show", Verb::Show),
    ("save", Verb::Absent),
    ("restore", Verb::Absent),
    ("add", Verb::Modify(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL)),
    ("delete", Verb::Modify(RTM_DELRULE, 0)),
    ("flush", Verb::Flush),
    ("help", Verb::Help),
];

/// The words that may stand behind a verb; without one, the verbs.
pub(super) fn completions(verb: Option<&str>) -> Vec<&'static str> {
    let Some(verb) = verb else {
        return words(VERBS, |verb| !matches!(verb, Verb::Absent));
    };
    match choose(verb, VERBS) {
        Some(Verb::Modify(..) | Verb::Show | Verb::Flush) => words(OPTIONS, |_| true),
        _ => Vec::new(),
    }
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let Some(word) = args.next() else { return show(p, args) };
    match choose(word, VERBS) {
        Some(Verb::Show) => show(p, args),
        Some(Verb::Modify(kind, flags)) => modify(p, args, kind, flags),
        Some(Verb::Flush) => match show(p, args)? {
            Action::Show(show) => Ok(Action::Flush(show)),
            other => Ok(other),
        },
        Some(Verb::Absent) => Err(Usage::new(
            1,
            format!("Command \"rule {word}\" of iproute2 is not available in netplumb yet."),
        )),
        Some(Verb::Help) => Ok(Action::Help(help::object(Object::Rule))),
        None => Err(Usage::unknown_command("rule", word)),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Opt {
    Not,
    From,
    To,
    Preference,
    Tos,
    Fwmark,
    Realms,
    Protocol,
    TunId,
    Table,
    SuppressPrefix,
    SuppressGroup,
    Iif,
    Oif,
    L3mdev,
    UidRange,
    IpProto,
    Sport,
    Dport,
    Nat,
    Type,
    Goto,
    Help,
}

/// In the order in which iproute2 asks for them.
const OPTIONS: &[(&str, Opt)] = &[
    ("=not", Opt::Not),
    ("=from", Opt::From),
    ("=to", Opt::To),
    ("preference", Opt::Preference),
    ("order", Opt::Preference),
    ("priority", Opt::Preference),
    ("=tos", Opt::Tos),
    ("dsfield", Opt::Tos),
    ("=fwmark", Opt::Fwmark),
    ("realms", Opt::Realms),
    ("protocol", Opt::Protocol),
    ("tun_id", Opt::TunId),
    ("table", Opt::Table),
    ("=lookup", Opt::Table),
    ("suppress_prefixlength", Opt::SuppressPrefix),
    ("=sup_pl", Opt::SuppressPrefix),
    ("suppress_ifgroup", Opt::SuppressGroup),
    ("=sup_group", Opt::SuppressGroup),
    ("=dev", Opt::Iif),
    ("=iif", Opt::Iif),
    ("=oif", Opt::Oif),
    ("=l3mdev", Opt::L3mdev),
    ("=uidrange", Opt::UidRange),
    ("=ipproto", Opt::IpProto),
    ("=sport", Opt::Sport),
    ("=dport", Opt::Dport),
    ("nat", Opt::Nat),
    ("=map-to", Opt::Nat),
    ("=type", Opt::Type),
    ("=goto", Opt::Goto),
    ("help", Opt::Help),
];

fn bad(text: &str, why: &str) -> Usage {
    Usage::invalid(text, why)
}

/// `REALM` or `SOURCE/DESTINATION`.
pub(super) fn realms(p: &Parse<'_>, text: &str) -> Result<u32, Usage> {
    let one = |text: &str| {
        let realm = p.names().realms.value(text).or_else(|| value::u16(text).map(u32::from));
        realm.ok_or_else(|| bad(text, "\"realm\" value is invalid"))
    };
    match text.split_once('/') {
        Some((from, to)) => Ok(one(from)? << 16 | one(to)?),
        None => one(text),
    }
}

/// The type-of-service byte, by name or as a hexadecimal number.
pub(super) fn tos(p: &Parse<'_>, text: &str) -> Result<u8, Usage> {
    let named = p.names().dsfields.value(text).and_then(|value| u8::try_from(value).ok());
    let number = || u8::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok();
    named.or_else(number).ok_or_else(|| bad(text, "TOS value is invalid"))
}

pub(super) fn table(p: &Parse<'_>, text: &str) -> Option<u32> {
    p.names().tables.value(text).or_else(|| value::u32(text))
}

/// A protocol of the transport layer.
pub(super) fn ip_protocol(text: &str) -> Result<u8, Usage> {
    let named = choose(
        text,
        &[
            ("=tcp", 6),
            ("=udp", 17),
            ("=icmp", 1),
            ("=icmpv6", 58),
            ("=ipv6-icmp", 58),
            ("=sctp", 132),
            ("=dccp", 33),
            ("=udplite", 136),
            ("=gre", 47),
            ("=esp", 50),
            ("=ah", 51),
            ("=igmp", 2),
            ("=ospf", 89),
            ("=ipip", 94),
            ("=mptcp", 6),
        ],
    );
    named.or_else(|| value::u8(text)).ok_or_else(|| bad(text, "Invalid \"ipproto\" value"))
}

fn range(text: &str) -> Option<[u16; 2]> {
    match text.split_once('-') {
        Some((low, high)) => Some([value::u16(low)?, value::u16(high)?]),
        None => value::u16(text).map(|port| [port, port]),
    }
}

fn modify(p: &mut Parse<'_>, args: &mut Args<'_>, kind: u16, flags: u16) -> Result<Action, Usage> {
    let mut header = FibRuleHdr { family: p.options.family, ..Default::default() };
    if kind == RTM_NEWRULE {
        header.action = FR_ACT_TO_TBL;
    }
    let (mut body, mut table_given, mut l3mdev) = (Body::new(), false, false);
    if args.is_empty() {
        return Err(match kind {
            RTM_NEWRULE => Usage::new(1, "\"netplumb rule add\" requires arguments."),
            _ => Usage::new(1, "\"netplumb rule del\" requires arguments."),
        });
    }
    while let Some(word) = args.next() {
        match choose(word, OPTIONS) {
            Some(Opt::Not) => header.flags |= FIB_RULE_INVERT,
            Some(Opt::L3mdev) => {
                body.u8(FRA_L3MDEV, 1);
                (l3mdev, table_given) = (true, true);
            }
            Some(Opt::Help) => return Ok(Action::Help(help::object(Object::Rule))),
            Some(Opt::Table) => {
                let text = args.value()?;
                let table = table(p, text).ok_or_else(|| bad(text, "invalid table ID"))?;
                match u8::try_from(table) {
                    Ok(table) => header.table = table,
                    Err(_) => _ = body.u32(FRA_TABLE, table),
                }
                table_given = true;
            }
            Some(Opt::Type) => {
                let text = args.value()?;
                action(&mut header, text)?;
            }
            Some(opt) => {
                let text = args.value()?;
                selector(p, &mut body, &mut header, opt, text)?;
            }
            None => action(&mut header, word)?,
        }
    }
    if l3mdev && header.table != 0 {
        return Err(Usage::new(22, "table can not be specified for l3mdev rules"));
    }
    if header.family == AF_UNSPEC {
        header.family = AF_INET;
    }
    if !table_given && kind == RTM_NEWRULE && matches!(header.action.0, 1 | 10) {
        header.table = 254;
    }
    Ok(Action::Change(Change { object: Object::Rule, message: body.message(kind, flags, &header)? }))
}

/// What happens to packets that match.
fn action(header: &mut FibRuleHdr, text: &str) -> Result<(), Usage> {
    header.action = choose(
        text,
        &[
            ("=unicast", FR_ACT_TO_TBL),
            ("=nop", FR_ACT_NOP),
            ("=blackhole", FR_ACT_BLACKHOLE),
            ("=unreachable", FR_ACT_UNREACHABLE),
            ("=prohibit", FR_ACT_PROHIBIT),
        ],
    )
    .ok_or_else(|| bad(text, "Failed to parse rule type"))?;
    Ok(())
}

fn selector(
    p: &mut Parse<'_>,
    body: &mut Body,
    header: &mut FibRuleHdr,
    opt: Opt,
    text: &str,
) -> Result<(), Usage> {
    let number = |why: &str| value::u32(text).ok_or_else(|| bad(text, why));
    match opt {
        Opt::From | Opt::To => {
            let found = prefix(text, header.family)?;
            if header.family == AF_UNSPEC {
                header.family = found.family;
            }
            let (id, len) = if opt == Opt::From {
                (FRA_SRC, &mut header.src_len)
            } else {
                (FRA_DST, &mut header.dst_len)
            };
            *len = found.bits;
            body.attr(id, &found.bytes);
        }
        Opt::Preference => _ = body.u32(FRA_PRIORITY, number("preference value is invalid")?),
        Opt::Tos => header.tos = tos(p, text)?,
        Opt::Fwmark => {
            let (mark, mask) = mark(text)?;
            body.u32(FRA_FWMARK, mark);
            if let Some(mask) = mask {
                body.u32(FRA_FWMASK, mask);
            }
        }
        Opt::Realms => _ = body.u32(FRA_FLOW, realms(p, text)?),
        Opt::Protocol => _ = body.u8(FRA_PROTOCOL, protocol(p, text)?),
        Opt::TunId => {
            let id = value::u64(text).ok_or_else(|| bad(text, "\"tun_id\" value is invalid"))?;
            body.attr(FRA_TUN_ID, &id.to_be_bytes());
        }
        Opt::SuppressPrefix => {
            let len = value::i32(text).filter(|len| (0..=128).contains(len));
            let len = len.ok_or_else(|| bad(text, "suppress_prefixlength value is invalid"))?;
            body.u32(FRA_SUPPRESS_PREFIXLEN, len.cast_unsigned());
        }
        Opt::SuppressGroup => {
            let group = p.names().groups.value(text).or_else(|| value::u32(text));
            body.u32(
                FRA_SUPPRESS_IFGROUP,
                group.ok_or_else(|| bad(text, "Invalid \"suppress_ifgroup\" value"))?,
            );
        }
        Opt::Iif | Opt::Oif => {
            if text.is_empty() || text.len() > 15 || text.contains('/') || text.contains(char::is_whitespace)
            {
                return Err(bad(text, "not a valid ifname"));
            }
            body.str(if opt == Opt::Iif { FRA_IIFNAME } else { FRA_OIFNAME }, text);
        }
        Opt::UidRange => {
            _ = body.attr(FRA_UID_RANGE, &uid_range(text)?.map(u32::to_ne_bytes).concat());
        }
        Opt::IpProto => _ = body.u8(FRA_IP_PROTO, ip_protocol(text)?),
        Opt::Sport | Opt::Dport => {
            let ports = range(text).ok_or_else(|| bad(text, "invalid port range"))?;
            let id = if opt == Opt::Sport { FRA_SPORT_RANGE } else { FRA_DPORT_RANGE };
            body.attr(id, &ports.map(u16::to_ne_bytes).concat());
        }
        Opt::Nat => {
            p.cx.warn("rules have not translated addresses for long (nat)");
            // RTA_GATEWAY of old kernels: the number has no name among rule attributes.
            let target = address(text, AF_INET)?;
            body.attr(5, &target.bytes);
            header.action = RuleAction(10);
        }
        Opt::Goto => {
            body.u32(FRA_GOTO, number("invalid target")?);
            header.action = FR_ACT_GOTO;
        }
        _ => return Err(bad(text, "not a selector of rules")),
    }
    Ok(())
}

/// `uidrange LOW-HIGH`
fn uid_range(text: &str) -> Result<[u32; 2], Usage> {
    let pair = text.split_once('-').and_then(|(low, high)| Some([value::u32(low)?, value::u32(high)?]));
    pair.ok_or_else(|| bad(text, "UID range is invalid"))
}

/// `fwmark MARK[/MASK]`
fn mark(text: &str) -> Result<(u32, Option<u32>), Usage> {
    let (mark, mask) = text.split_once('/').map_or((text, None), |(mark, mask)| (mark, Some(mask)));
    let number = |text: &str, why: &str| value::u32(text).ok_or_else(|| bad(text, why));
    let mask = mask.map(|mask| number(mask, "fwmask value is invalid")).transpose()?;
    Ok((number(mark, "fwmark value is invalid")?, mask))
}

fn show(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let family = if p.options.family == AF_UNSPEC { AF_INET } else { p.options.family };
    let mut filter = RuleFilter::default();
    while let Some(word) = args.next() {
        match choose(word, OPTIONS) {
            Some(Opt::Help) => return Ok(Action::Help(help::object(Object::Rule))),
            Some(Opt::Not) => filter.not = true,
            Some(Opt::L3mdev) => filter.l3mdev = true,
            Some(
                Opt::Realms | Opt::SuppressPrefix | Opt::SuppressGroup | Opt::Nat | Opt::Type | Opt::Goto,
            )
            | None => {
                // What is no selector is a destination.
                filter.to = Some(prefix(word, family)?);
            }
            Some(opt) => select(p, &mut filter, opt, args.value()?, family)?,
        }
    }
    let header = FibRuleHdr { family, ..Default::default() };
    let ask = Ask { message: Body::new().message(RTM_GETRULE, 0, &header)?, expect: Expect::Dump };
    Ok(Action::Show(Show { object: Object::Rule, asks: vec![ask], filter: Filter::Rule(filter) }))
}

/// A selector with a value.
fn select(
    p: &Parse<'_>,
    filter: &mut RuleFilter,
    opt: Opt,
    text: &str,
    family: AddressFamily,
) -> Result<(), Usage> {
    let ports = || range(text).ok_or_else(|| bad(text, "invalid port range"));
    match opt {
        Opt::From => filter.from = Some(prefix(text, family)?),
        Opt::Preference => {
            let preference = value::u32(text).ok_or_else(|| bad(text, "preference value is invalid"))?;
            filter.preference = Some(preference);
        }
        Opt::Tos => filter.tos = Some(tos(p, text)?),
        Opt::Table => filter.table = Some(table(p, text).ok_or_else(|| bad(text, "invalid table id"))?),
        Opt::Iif => filter.iif = Some(text.to_owned()),
        Opt::Oif => filter.oif = Some(text.to_owned()),
        Opt::Fwmark => {
            let (mark, mask) = mark(text)?;
            (filter.fwmark, filter.fwmask) = (Some(mark), mask);
        }
        Opt::IpProto => filter.ip_proto = Some(ip_protocol(text)?),
        Opt::UidRange => filter.uid_range = Some(uid_range(text)?),
        Opt::Sport => filter.sport = Some(ports()?),
        Opt::Dport => filter.dport = Some(ports()?),
        Opt::TunId => {
            let id = value::u64(text).ok_or_else(|| bad(text, "\"tun_id\" value is invalid"))?;
            filter.tun_id = Some(id);
        }
        Opt::Protocol => filter.protocol = Some(protocol(p, text)?),
        _ => filter.to = Some(prefix(text, family)?),
    }
    Ok(())
}

fn protocol(p: &Parse<'_>, text: &str) -> Result<u8, Usage> {
    let named = p.names().protos.value(text).and_then(|value| u8::try_from(value).ok());
    named.or_else(|| value::u8(text)).ok_or_else(|| bad(text, "\"protocol\" value is invalid"))
}
