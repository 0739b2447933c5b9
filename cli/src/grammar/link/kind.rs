//! `type KIND ...`: the options of each kind of link, as tables.

use super::super::args::{Args, choose};
use super::super::body::Body;
use super::super::takes::{ON_OFF, Row as Word, Takes};
use super::super::uapi::*;
use super::super::value::{self, address};
use super::super::{Parse, Usage};
use super::modify::peer;
use super::{tunnel, words};

/// How the value of an option becomes an attribute.
#[derive(Clone, Copy)]
pub(super) enum How {
    U8,
    U16,
    U32,
    U64,
    /// A number of 8, 16 or 32 bits that must be in a range.
    In(u8, u64, u64),
    /// `on` or `off` as a byte.
    OnOff,
    /// No value: the attribute has no payload.
    Flag,
    /// No value: the attribute is this number.
    Is32(u32),
    /// One of these words, as a number of so many bits; the number is taken, too.
    Words(u8, &'static [(&'static str, u32)]),
    /// The name of a link, as its index.
    Link,
    /// A link-layer address.
    LinkAddress,
    /// An Ethernet type by name.
    EtherType,
    /// A routing table by name or number.
    Table,
    /// IPv4 addresses with commas between, as a list.
    Ipv4List,
    /// IPv6 addresses with commas between, as a list.
    Ipv6List,
    /// A bit of a byte of flags that is sent once, behind all options: where to collect it, and the bit.
    Bit(u32),
    /// The same, without a value.
    SetBit(u32),
    /// A number from `FROM:TO` pairs.
    QosMap,
    /// Addresses that a macvlan of mode `source` takes frames from.
    MacAddrs,
    /// The flag of a macvlan by name, behind the word `flag`.
    MacvlanFlag,
}

/// One option: its word (`=` in front: not to be abbreviated), the attribute, the value.
type Row = (&'static str, (u16, How));

/// How the collected bits are sent.
#[derive(Clone, Copy)]
enum Bits {
    None,
    /// Flags and mask, each `u32`: `struct ifla_vlan_flags`, `struct br_boolopt_multi`.
    FlagsAndMask(u16),
}

/// A kind of link.
struct KindOf {
    /// Its names: `IFLA_INFO_KIND`.
    names: &'static [&'static str],
    rows: &'static [Row],
    bits: Bits,
}

impl How {
    /// What is written behind the word.
    fn takes(self, kind: &str) -> Takes {
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => Takes::Any("NUMBER"),
            Self::In(_, first, last) => Takes::Range(first, last),
            // Those of a bridge are numbers.
            Self::Bit(_) if kind == "bridge" => Takes::Of(&["0", "1"]),
            Self::OnOff | Self::Bit(_) => ON_OFF,
            Self::Flag | Self::Is32(_) | Self::SetBit(_) => Takes::Nothing,
            Self::Words(_, rows) => Takes::Rows(rows),
            Self::Link => Takes::Link,
            Self::LinkAddress => Takes::Any("LLADDR"),
            Self::EtherType => Takes::Of(&["802.1Q", "802.1ad"]),
            Self::Table => Takes::Or("TABLE", &["main", "local", "default"]),
            Self::Ipv4List | Self::Ipv6List => Takes::Any("ADDRESS[,ADDRESS...]"),
            Self::QosMap => Takes::Any("FROM:TO..."),
            Self::MacAddrs => Takes::Of(&["add", "del", "set", "flush"]),
            Self::MacvlanFlag => Takes::Of(&["nopromisc", "nodst", "null"]),
        }
    }
}

const BRIDGE: &[Row] = &[
    ("forward_delay", (IFLA_BR_FORWARD_DELAY, How::U32)),
    ("hello_time", (IFLA_BR_HELLO_TIME, How::U32)),
    ("max_age", (IFLA_BR_MAX_AGE, How::U32)),
    ("ageing_time", (IFLA_BR_AGEING_TIME, How::U32)),
    ("stp_state", (IFLA_BR_STP_STATE, How::U32)),
    ("priority", (IFLA_BR_PRIORITY, How::U16)),
    ("vlan_filtering", (IFLA_BR_VLAN_FILTERING, How::U8)),
    ("vlan_protocol", (IFLA_BR_VLAN_PROTOCOL, How::EtherType)),
    ("group_fwd_mask", (IFLA_BR_GROUP_FWD_MASK, How::U16)),
    ("group_address", (IFLA_BR_GROUP_ADDR, How::LinkAddress)),
    ("fdb_flush", (IFLA_BR_FDB_FLUSH, How::Flag)),
    ("vlan_default_pvid", (IFLA_BR_VLAN_DEFAULT_PVID, How::U16)),
    ("vlan_stats_enabled", (IFLA_BR_VLAN_STATS_ENABLED, How::U8)),
    ("vlan_stats_per_port", (IFLA_BR_VLAN_STATS_PER_PORT, How::U8)),
    ("no_linklocal_learn", (0, How::Bit(1))),
    ("mcast_vlan_snooping", (0, How::Bit(2))),
    ("mcast_router", (IFLA_BR_MCAST_ROUTER, How::U8)),
    ("mcast_snooping", (IFLA_BR_MCAST_SNOOPING, How::U8)),
    ("mcast_query_use_ifaddr", (IFLA_BR_MCAST_QUERY_USE_IFADDR, How::U8)),
    ("mcast_querier", (IFLA_BR_MCAST_QUERIER, How::U8)),
    ("mcast_hash_elasticity", (IFLA_BR_MCAST_HASH_ELASTICITY, How::U32)),
    ("mcast_hash_max", (IFLA_BR_MCAST_HASH_MAX, How::U32)),
    ("mcast_last_member_count", (IFLA_BR_MCAST_LAST_MEMBER_CNT, How::U32)),
    ("mcast_startup_query_count", (IFLA_BR_MCAST_STARTUP_QUERY_CNT, How::U32)),
    ("mcast_last_member_interval", (IFLA_BR_MCAST_LAST_MEMBER_INTVL, How::U64)),
    ("mcast_membership_interval", (IFLA_BR_MCAST_MEMBERSHIP_INTVL, How::U64)),
    ("mcast_querier_interval", (IFLA_BR_MCAST_QUERIER_INTVL, How::U64)),
    ("mcast_query_interval", (IFLA_BR_MCAST_QUERY_INTVL, How::U64)),
    ("mcast_query_response_interval", (IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, How::U64)),
    ("mcast_startup_query_interval", (IFLA_BR_MCAST_STARTUP_QUERY_INTVL, How::U64)),
    ("mcast_stats_enabled", (IFLA_BR_MCAST_STATS_ENABLED, How::U8)),
    ("mcast_igmp_version", (IFLA_BR_MCAST_IGMP_VERSION, How::U8)),
    ("mcast_mld_version", (IFLA_BR_MCAST_MLD_VERSION, How::U8)),
    ("nf_call_iptables", (IFLA_BR_NF_CALL_IPTABLES, How::U8)),
    ("nf_call_ip6tables", (IFLA_BR_NF_CALL_IP6TABLES, How::U8)),
    ("nf_call_arptables", (IFLA_BR_NF_CALL_ARPTABLES, How::U8)),
];

const BRIDGE_PORT: &[Row] = &[
    ("fdb_flush", (IFLA_BRPORT_FLUSH, How::Flag)),
    ("state", (IFLA_BRPORT_STATE, How::U8)),
    ("cost", (IFLA_BRPORT_COST, How::U32)),
    ("priority", (IFLA_BRPORT_PRIORITY, How::U16)),
    ("hairpin", (IFLA_BRPORT_MODE, How::OnOff)),
    ("guard", (IFLA_BRPORT_GUARD, How::OnOff)),
    ("root_block", (IFLA_BRPORT_PROTECT, How::OnOff)),
    ("fastleave", (IFLA_BRPORT_FAST_LEAVE, How::OnOff)),
    ("learning", (IFLA_BRPORT_LEARNING, How::OnOff)),
    ("flood", (IFLA_BRPORT_UNICAST_FLOOD, How::OnOff)),
    ("mcast_flood", (IFLA_BRPORT_MCAST_FLOOD, How::OnOff)),
    ("bcast_flood", (IFLA_BRPORT_BCAST_FLOOD, How::OnOff)),
    ("mcast_to_unicast", (IFLA_BRPORT_MCAST_TO_UCAST, How::OnOff)),
    ("proxy_arp", (IFLA_BRPORT_PROXYARP, How::OnOff)),
    ("proxy_arp_wifi", (IFLA_BRPORT_PROXYARP_WIFI, How::OnOff)),
    ("mcast_router", (IFLA_BRPORT_MULTICAST_ROUTER, How::U8)),
    ("mcast_fast_leave", (IFLA_BRPORT_FAST_LEAVE, How::OnOff)),
    ("neigh_suppress", (IFLA_BRPORT_NEIGH_SUPPRESS, How::OnOff)),
    ("group_fwd_mask", (IFLA_BRPORT_GROUP_FWD_MASK, How::U16)),
    ("vlan_tunnel", (IFLA_BRPORT_VLAN_TUNNEL, How::OnOff)),
    ("isolated", (IFLA_BRPORT_ISOLATED, How::OnOff)),
    ("locked", (IFLA_BRPORT_LOCKED, How::OnOff)),
    ("backup_port", (IFLA_BRPORT_BACKUP_PORT, How::Link)),
    ("nobackup_port", (IFLA_BRPORT_BACKUP_PORT, How::Is32(0))),
];

const BOND_MODES: &[(&str, u32)] = &[
    ("balance-rr", 0),
    ("active-backup", 1),
    ("balance-xor", 2),
    ("broadcast", 3),
    ("802.3ad", 4),
    ("balance-tlb", 5),
    ("balance-alb", 6),
];
const ARP_VALIDATE: &[(&str, u32)] = &[
    ("none", 0),
    ("active", 1),
    ("backup", 2),
    ("all", 3),
    ("filter", 4),
    ("filter_active", 5),
    ("filter_backup", 6),
];
const XMIT_HASH: &[(&str, u32)] =
    &[("layer2", 0), ("layer3+4", 1), ("layer2+3", 2), ("encap2+3", 3), ("encap3+4", 4), ("vlan+srcmac", 5)];

const BOND: &[Row] = &[
    ("mode", (IFLA_BOND_MODE, How::Words(8, BOND_MODES))),
    ("active_slave", (IFLA_BOND_ACTIVE_SLAVE, How::Link)),
    ("clear_active_slave", (IFLA_BOND_ACTIVE_SLAVE, How::Is32(0))),
    ("miimon", (IFLA_BOND_MIIMON, How::U32)),
    ("updelay", (IFLA_BOND_UPDELAY, How::U32)),
    ("downdelay", (IFLA_BOND_DOWNDELAY, How::U32)),
    ("peer_notify_delay", (IFLA_BOND_PEER_NOTIF_DELAY, How::U32)),
    ("use_carrier", (IFLA_BOND_USE_CARRIER, How::In(8, 0, 1))),
    ("arp_interval", (IFLA_BOND_ARP_INTERVAL, How::U32)),
    ("arp_ip_target", (IFLA_BOND_ARP_IP_TARGET, How::Ipv4List)),
    ("ns_ip6_target", (IFLA_BOND_NS_IP6_TARGET, How::Ipv6List)),
    ("arp_validate", (IFLA_BOND_ARP_VALIDATE, How::Words(32, ARP_VALIDATE))),
    ("arp_all_targets", (IFLA_BOND_ARP_ALL_TARGETS, How::Words(32, &[("any", 0), ("all", 1)]))),
    ("primary", (IFLA_BOND_PRIMARY, How::Link)),
    (
        "primary_reselect",
        (IFLA_BOND_PRIMARY_RESELECT, How::Words(8, &[("always", 0), ("better", 1), ("failure", 2)])),
    ),
    ("fail_over_mac", (IFLA_BOND_FAIL_OVER_MAC, How::Words(8, &[("none", 0), ("active", 1), ("follow", 2)]))),
    ("xmit_hash_policy", (IFLA_BOND_XMIT_HASH_POLICY, How::Words(8, XMIT_HASH))),
    ("resend_igmp", (IFLA_BOND_RESEND_IGMP, How::In(32, 0, 255))),
    ("num_grat_arp", (IFLA_BOND_NUM_PEER_NOTIF, How::U8)),
    ("num_unsol_na", (IFLA_BOND_NUM_PEER_NOTIF, How::U8)),
    ("all_slaves_active", (IFLA_BOND_ALL_SLAVES_ACTIVE, How::In(8, 0, 1))),
    ("min_links", (IFLA_BOND_MIN_LINKS, How::U32)),
    ("lp_interval", (IFLA_BOND_LP_INTERVAL, How::In(32, 1, 0x7fff_ffff))),
    ("packets_per_slave", (IFLA_BOND_PACKETS_PER_SLAVE, How::In(32, 0, 65535))),
    ("lacp_rate", (IFLA_BOND_AD_LACP_RATE, How::Words(8, &[("slow", 0), ("fast", 1)]))),
    ("lacp_active", (IFLA_BOND_AD_LACP_ACTIVE, How::OnOff)),
    ("ad_select", (IFLA_BOND_AD_SELECT, How::Words(8, &[("stable", 0), ("bandwidth", 1), ("count", 2)]))),
    ("ad_user_port_key", (IFLA_BOND_AD_USER_PORT_KEY, How::In(16, 0, 1023))),
    ("ad_actor_sys_prio", (IFLA_BOND_AD_ACTOR_SYS_PRIO, How::U16)),
    ("ad_actor_system", (IFLA_BOND_AD_ACTOR_SYSTEM, How::LinkAddress)),
    ("tlb_dynamic_lb", (IFLA_BOND_TLB_DYNAMIC_LB, How::In(8, 0, 1))),
    ("arp_missed_max", (IFLA_BOND_MISSED_MAX, How::U8)),
];

const VLAN: &[Row] = &[
    ("protocol", (IFLA_VLAN_PROTOCOL, How::EtherType)),
    ("id", (IFLA_VLAN_ID, How::In(16, 0, 4095))),
    ("reorder_hdr", (0, How::Bit(0x1))),
    ("gvrp", (0, How::Bit(0x2))),
    ("mvrp", (0, How::Bit(0x8))),
    ("loose_binding", (0, How::Bit(0x4))),
    ("bridge_binding", (0, How::Bit(0x10))),
    ("ingress-qos-map", (IFLA_VLAN_INGRESS_QOS, How::QosMap)),
    ("egress-qos-map", (IFLA_VLAN_EGRESS_QOS, How::QosMap)),
];

const MACVLAN_MODES: &[(&str, u32)] =
    &[("=private", 1), ("=vepa", 2), ("=bridge", 4), ("=passthru", 8), ("=source", 16)];

const MACVLAN: &[Row] = &[
    ("mode", (IFLA_MACVLAN_MODE, How::Words(32, MACVLAN_MODES))),
    ("flag", (IFLA_MACVLAN_FLAGS, How::MacvlanFlag)),
    ("macaddr", (IFLA_MACVLAN_MACADDR_MODE, How::MacAddrs)),
    ("nopromisc", (0, How::SetBit(1))),
    ("nodst", (0, How::SetBit(2))),
    ("=bcqueuelen", (IFLA_MACVLAN_BC_QUEUE_LEN, How::U32)),
];

const IPVLAN: &[Row] = &[
    ("mode", (IFLA_IPVLAN_MODE, How::Words(16, &[("=l2", 0), ("=l3", 1), ("=l3s", 2)]))),
    ("private", (0, How::SetBit(1))),
    ("vepa", (0, How::SetBit(2))),
    ("bridge", (0, How::SetBit(0))),
];

const HSR: &[Row] = &[
    ("supervision", (IFLA_HSR_MULTICAST_SPEC, How::U8)),
    ("version", (IFLA_HSR_VERSION, How::In(8, 0, 1))),
    ("slave1", (IFLA_HSR_SLAVE1, How::Link)),
    ("slave2", (IFLA_HSR_SLAVE2, How::Link)),
    ("proto", (IFLA_HSR_PROTOCOL, How::In(8, 0, 1))),
];

const XFRM: &[Row] = &[
    ("dev", (IFLA_XFRM_LINK, How::Link)),
    ("if_id", (IFLA_XFRM_IF_ID, How::U32)),
    ("external", (IFLA_XFRM_COLLECT_METADATA, How::Flag)),
];

/// Kinds whose options are a table.
const KINDS: &[KindOf] = &[
    KindOf { names: &["bridge"], rows: BRIDGE, bits: Bits::FlagsAndMask(IFLA_BR_MULTI_BOOLOPT) },
    KindOf { names: &["bridge_slave"], rows: BRIDGE_PORT, bits: Bits::None },
    KindOf { names: &["bond"], rows: BOND, bits: Bits::None },
    KindOf {
        names: &["bond_slave"],
        rows: &[
            ("queue_id", (IFLA_BOND_SLAVE_QUEUE_ID, How::U16)),
            ("=prio", (IFLA_BOND_SLAVE_PRIO, How::U32)),
        ],
        bits: Bits::None,
    },
    KindOf { names: &["vlan"], rows: VLAN, bits: Bits::FlagsAndMask(IFLA_VLAN_FLAGS) },
    KindOf { names: &["macvlan", "macvtap"], rows: MACVLAN, bits: Bits::None },
    KindOf { names: &["ipvlan", "ipvtap"], rows: IPVLAN, bits: Bits::None },
    KindOf {
        names: &["vrf", "vrf_slave"],
        rows: &[("table", (IFLA_VRF_TABLE, How::Table))],
        bits: Bits::None,
    },
    KindOf { names: &["hsr"], rows: HSR, bits: Bits::None },
    KindOf { names: &["xfrm"], rows: XFRM, bits: Bits::None },
    KindOf { names: &["dummy", "ifb", "nlmon", "vcan", "team"], rows: &[], bits: Bits::None },
];

/// Kinds that come in pairs.
const PAIRS: &[&str] = &["veth", "vxcan"];

/// The kinds that have a name here. (The kernel may know others.)
pub(in super::super) fn names() -> Vec<&'static str> {
    let tables = KINDS.iter().flat_map(|kind| kind.names).chain(PAIRS).copied();
    tables.chain(tunnel::KINDS.iter().map(|row| row.0)).collect()
}

/// The options of a kind, and what stands behind each; `None` when nothing is known of the kind.
pub(in super::super) fn options_of(name: &str) -> Option<Vec<Word>> {
    if let Some(kind) = KINDS.iter().find(|kind| kind.names.contains(&name)) {
        let word = |row: &Row| (row.0.trim_start_matches('='), row.1.1.takes(name));
        return Some(kind.rows.iter().map(word).collect());
    }
    if PAIRS.contains(&name) {
        return Some(vec![("peer", Takes::Nothing)]);
    }
    tunnel::KINDS.iter().find(|row| row.0 == name)?;
    let new = tunnel::completions(name).into_iter().map(|word| (word, words::new(word)));
    Some(new.chain(words::old(name)).collect())
}

/// Whether links of a kind come in pairs: behind the word `peer` stand options of a link again.
pub(in super::super) fn is_pair(name: &str) -> bool {
    PAIRS.contains(&name)
}

/// Reads everything behind `type`, into `IFLA_LINKINFO`.
pub(super) fn parse(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    name: &str,
    create: bool,
) -> Result<(), Usage> {
    body.nest(IFLA_LINKINFO, |body| {
        let port = name.ends_with("_slave");
        body.attr(IFLA_INFO_KIND, name.as_bytes());
        // The kernel knows best which kinds need more.
        if args.is_empty() {
            return Ok(());
        }
        body.nest(if port { IFLA_INFO_SLAVE_DATA } else { IFLA_INFO_DATA }, |body| {
            if PAIRS.contains(&name) {
                return peer(p, args, body);
            }
            if tunnel::parse(p, args, body, name, create)? {
                return Ok(());
            }
            let kind =
                KINDS.iter().find(|kind| kind.names.contains(&name)).filter(|kind| !kind.rows.is_empty());
            match (kind, args.peek()) {
                (Some(kind), _) => options(p, args, body, name, kind),
                (None, word) => Err(Usage::new(
                    255,
                    format!(
                        "Garbage instead of arguments \"{} ...\". Try \"netplumb link help\".",
                        word.unwrap_or_default()
                    ),
                )),
            }
        })
    })
}

fn options(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    name: &str,
    kind: &KindOf,
) -> Result<(), Usage> {
    let (mut bits, mut mask, mut plain, mut passthru) = (0u32, 0u32, None, false);
    while let Some(word) = args.next() {
        let Some((id, how)) = choose(word, kind.rows) else {
            return Err(Usage::new(
                1,
                format!("{name}: unknown option \"{word}\"? Try \"netplumb link help {name}\"."),
            ));
        };
        match how {
            How::Bit(bit) => {
                let text = args.value()?;
                let on = match text {
                    "on" => true,
                    "off" => false,
                    // Those of a bridge are numbers.
                    _ => value::u8(text).filter(|_| name == "bridge").map(|value| value != 0).ok_or_else(
                        || Usage::invalid(text, format_args!("{word} must be \"on\" or \"off\"")),
                    )?,
                };
                mask |= bit;
                bits = if on { bits | bit } else { bits & !bit };
            }
            How::SetBit(bit) => plain = Some(plain.unwrap_or(0) | bit as u16),
            How::MacvlanFlag => {
                let text = args.value()?;
                let bit = choose(text, &[("=nopromisc", 1), ("=nodst", 2), ("=null", 0)])
                    .ok_or_else(|| Usage::new(1, format!("Error: argument of \"flag\" must be \"nopromisc\", \"nodst\" or \"null\", not \"{text}\"")))?;
                plain = Some(plain.unwrap_or(0) | bit);
            }
            _ => {
                passthru |= args.peek() == Some("passthru");
                option(p, args, body, word, id, how)?;
            }
        }
    }
    if name.starts_with("macv") && plain.is_some_and(|flags| flags & 1 != 0) && !passthru {
        return Err(Usage::new(1, format!("{name}: nopromisc flag only valid in passthru mode")));
    }
    match kind.bits {
        Bits::FlagsAndMask(id) if mask != 0 => {
            body.attr(id, &[bits.to_ne_bytes(), mask.to_ne_bytes()].concat());
        }
        _ => {}
    }
    if let Some(flags) = plain {
        body.u16(if name.starts_with("ipv") { IFLA_IPVLAN_FLAGS } else { IFLA_MACVLAN_FLAGS }, flags);
    }
    Ok(())
}

/// An integer of so many bits.
fn put(body: &mut Body, id: u16, bits: u8, value: u64) {
    match bits {
        8 => body.u8(id, value as u8),
        16 => body.u16(id, value as u16),
        32 => body.u32(id, value as u32),
        _ => body.u64(id, value),
    };
}

/// One option that is one attribute.
fn option(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    word: &str,
    id: u16,
    how: How,
) -> Result<(), Usage> {
    match how {
        How::Flag => return Ok(_ = body.attr(id, &[])),
        How::Is32(value) => return Ok(_ = body.u32(id, value)),
        How::MacAddrs => return mac_addresses(args, body),
        How::QosMap => return qos_map(args, body, id),
        _ => {}
    }
    let text = args.value()?;
    let bad = || Usage::invalid(text, format_args!("invalid {word}"));
    let number = |max: u64| value::unsigned(text, max).ok_or_else(bad);
    match how {
        How::U8 => put(body, id, 8, number(u8::MAX.into())?),
        How::U16 => put(body, id, 16, number(u16::MAX.into())?),
        // Some are signed (the priority of a bond's port); the bits are the same.
        How::U32 if text.starts_with('-') => {
            put(body, id, 32, value::i32(text).ok_or_else(bad)?.cast_unsigned().into());
        }
        How::U32 => put(body, id, 32, number(u32::MAX.into())?),
        How::U64 => put(body, id, 64, number(u64::MAX)?),
        How::In(bits, least, most) => {
            let value = number(most).ok().filter(|&value| value >= least);
            put(
                body,
                id,
                bits,
                value
                    .ok_or_else(|| Usage::invalid(text, format_args!("{word} must be {least} to {most}")))?,
            );
        }
        How::OnOff => {
            body.u8(id, u8::from(value::on_off(word, text)?));
        }
        How::Words(bits, words) => {
            let known = words.iter().find(|row| row.0.trim_start_matches('=') == text).map(|row| row.1);
            let by_number = value::u32(text).filter(|n| words.iter().any(|row| row.1 == *n));
            let expected =
                || words.iter().map(|row| row.0.trim_start_matches('=')).collect::<Vec<_>>().join(", ");
            let value = known.or(by_number).ok_or_else(|| {
                let why = format!("invalid {word}, expected one of {}", expected());
                // `ip` gives up on these in another way than on the rest.
                if words == MACVLAN_MODES {
                    Usage::new(1, format!("Error: argument \"{text}\" is wrong: {why}"))
                } else {
                    Usage::invalid(text, why)
                }
            })?;
            put(body, id, bits, value.into());
        }
        How::Link => _ = body.u32(id, p.link(text)?),
        How::LinkAddress => {
            let bytes = value::link_address(text)?;
            if bytes.len() != 6 {
                return Err(bad());
            }
            body.attr(id, &bytes);
        }
        How::EtherType => _ = body.be16(id, value::ether_type(text).ok_or_else(bad)?),
        How::Table => {
            let table = p.names().tables.value(text).or_else(|| value::u32(text));
            body.u32(id, table.ok_or_else(|| Usage::invalid(text, "invalid table ID"))?);
        }
        How::Ipv4List => list(body, id, text, AF_INET)?,
        How::Ipv6List => list(body, id, text, AF_INET6)?,
        _ => return Err(bad()),
    }
    Ok(())
}

fn list(body: &mut Body, id: u16, text: &str, family: AddressFamily) -> Result<(), Usage> {
    body.nest(id, |body| {
        for (index, text) in (0u16..).zip(text.split(',').filter(|text| !text.is_empty())) {
            body.attr(index, &address(text, family)?.bytes);
        }
        Ok(())
    })
}

fn qos_map(args: &mut Args<'_>, body: &mut Body, id: u16) -> Result<(), Usage> {
    let first = args.peek().ok_or_else(Usage::incomplete)?;
    if !first.contains(':') {
        return Err(Usage::invalid(first, "qos-map is FROM:TO"));
    }
    body.nest(id, |body| {
        while let Some(text) = args.peek().filter(|text| text.contains(':')) {
            args.skip();
            let pair = text.split_once(':').and_then(|(from, to)| Some([value::u32(from)?, value::u32(to)?]));
            let pair = pair.ok_or_else(|| Usage::invalid(text, "invalid qos-map, expected FROM:TO"))?;
            body.attr(IFLA_VLAN_QOS_MAPPING, &pair.map(u32::to_ne_bytes).concat());
        }
        Ok(())
    })
}

/// `macaddr { { add | del } ADDR | set [ADDR...] | flush }`
fn mac_addresses(args: &mut Args<'_>, body: &mut Body) -> Result<(), Usage> {
    let text = args.value()?;
    let mode = choose(text, &[("=add", 0), ("=del", 1), ("=flush", 2), ("=set", 3)])
        .ok_or_else(|| Usage::invalid(text, "macaddr is add, del, set or flush"))?;
    body.u32(IFLA_MACVLAN_MACADDR_MODE, mode);
    let six = |text: &str| {
        value::link_address(text)
            .ok()
            .filter(|bytes| bytes.len() == 6)
            .ok_or_else(|| Usage::invalid(text, "invalid macaddr"))
    };
    match mode {
        0 | 1 => _ = body.attr(IFLA_MACVLAN_MACADDR, &six(args.value()?)?),
        3 => body.nest(IFLA_MACVLAN_MACADDR_DATA, |body| {
            while let Some(bytes) = args.peek().and_then(|text| six(text).ok()) {
                args.skip();
                body.attr(IFLA_MACVLAN_MACADDR, &bytes);
            }
            Ok(())
        })?,
        _ => {}
    }
    Ok(())
}
