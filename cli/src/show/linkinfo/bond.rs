//! Bonds and their ports.

use netplumb_core::family::link::info::bond::*;

use super::{As, Row, Values, number, rows};
use crate::show::value::{AF_INET, AF_INET6, host};
use crate::show::{Context, Printer};

/// As many targets as a bond can have (`BOND_MAX_ARP_TARGETS`).
const TARGETS: u16 = 16;

const BOND: &[Row] = &[
    Row(
        IFLA_BOND_MODE,
        "mode",
        "mode {} ",
        As::Word(&[
            "balance-rr",
            "active-backup",
            "balance-xor",
            "broadcast",
            "802.3ad",
            "balance-tlb",
            "balance-alb",
        ]),
    ),
    Row(IFLA_BOND_ACTIVE_SLAVE, "active_slave", "active_slave {} ", As::Device),
    Row(IFLA_BOND_MIIMON, "miimon", "miimon {} ", As::Number),
    Row(IFLA_BOND_UPDELAY, "updelay", "updelay {} ", As::Number),
    Row(IFLA_BOND_DOWNDELAY, "downdelay", "downdelay {} ", As::Number),
    Row(IFLA_BOND_PEER_NOTIF_DELAY, "peer_notify_delay", "peer_notify_delay {} ", As::Number),
    Row(IFLA_BOND_USE_CARRIER, "use_carrier", "use_carrier {} ", As::Number),
    Row(IFLA_BOND_ARP_INTERVAL, "arp_interval", "arp_interval {} ", As::Number),
    Row(IFLA_BOND_MISSED_MAX, "arp_missed_max", "arp_missed_max {} ", As::Number),
    Row(
        IFLA_BOND_ARP_IP_TARGET,
        "",
        "",
        As::Call(|p, _, v, _| targets(p, "arp_ip_target", AF_INET, v.nest(IFLA_BOND_ARP_IP_TARGET))),
    ),
    Row(
        IFLA_BOND_NS_IP6_TARGET,
        "",
        "",
        As::Call(|p, _, v, _| targets(p, "ns_ip6_target", AF_INET6, v.nest(IFLA_BOND_NS_IP6_TARGET))),
    ),
    Row(IFLA_BOND_ARP_VALIDATE, "", "", As::Call(arp_validate)),
    Row(IFLA_BOND_ARP_ALL_TARGETS, "arp_all_targets", "arp_all_targets {} ", As::Word(&["any", "all"])),
    Row(IFLA_BOND_PRIMARY, "primary", "primary {} ", As::Device),
    Row(
        IFLA_BOND_PRIMARY_RESELECT,
        "primary_reselect",
        "primary_reselect {} ",
        As::Word(&["always", "better", "failure"]),
    ),
    Row(
        IFLA_BOND_FAIL_OVER_MAC,
        "fail_over_mac",
        "fail_over_mac {} ",
        As::Word(&["none", "active", "follow"]),
    ),
    Row(
        IFLA_BOND_XMIT_HASH_POLICY,
        "xmit_hash_policy",
        "xmit_hash_policy {} ",
        As::Word(&["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"]),
    ),
    Row(IFLA_BOND_RESEND_IGMP, "resend_igmp", "resend_igmp {} ", As::Number),
    Row(IFLA_BOND_NUM_PEER_NOTIF, "num_peer_notif", "num_grat_arp {} ", As::Number),
    Row(IFLA_BOND_ALL_SLAVES_ACTIVE, "all_slaves_active", "all_slaves_active {} ", As::Number),
    Row(IFLA_BOND_MIN_LINKS, "min_links", "min_links {} ", As::Number),
    Row(IFLA_BOND_LP_INTERVAL, "lp_interval", "lp_interval {} ", As::Number),
    Row(IFLA_BOND_PACKETS_PER_SLAVE, "packets_per_slave", "packets_per_slave {} ", As::Number),
    Row(IFLA_BOND_AD_LACP_ACTIVE, "ad_lacp_active", "lacp_active {} ", As::Word(&["off", "on"])),
    Row(IFLA_BOND_AD_LACP_RATE, "ad_lacp_rate", "lacp_rate {} ", As::Word(&["slow", "fast"])),
    Row(IFLA_BOND_AD_SELECT, "ad_select", "ad_select {} ", As::Word(&["stable", "bandwidth", "count"])),
    Row(IFLA_BOND_AD_INFO, "", "", As::Call(aggregation)),
    Row(IFLA_BOND_AD_ACTOR_SYS_PRIO, "ad_actor_sys_prio", "ad_actor_sys_prio {} ", As::Number),
    Row(IFLA_BOND_AD_USER_PORT_KEY, "ad_user_port_key", "ad_user_port_key {} ", As::Number),
    Row(IFLA_BOND_AD_ACTOR_SYSTEM, "ad_actor_system", "ad_actor_system {} ", As::Mac),
    Row(IFLA_BOND_TLB_DYNAMIC_LB, "tlb_dynamic_lb", "tlb_dynamic_lb {} ", As::Number),
];

const PORT: &[Row] = &[
    Row(IFLA_BOND_SLAVE_STATE, "", "", As::Call(state)),
    Row(IFLA_BOND_SLAVE_MII_STATUS, "", "", As::Call(mii_status)),
    Row(IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, "link_failure_count", "link_failure_count {} ", As::Number),
    Row(IFLA_BOND_SLAVE_PERM_HWADDR, "perm_hwaddr", "perm_hwaddr {} ", As::Mac),
    Row(IFLA_BOND_SLAVE_QUEUE_ID, "queue_id", "queue_id {} ", As::Number),
    Row(IFLA_BOND_SLAVE_PRIO, "", "", As::Call(priority)),
    Row(IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, "ad_aggregator_id", "ad_aggregator_id {} ", As::Number),
    Row(
        IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE,
        "",
        "",
        As::Call(|p, _, _, v| port_state(p, "ad_actor_oper_port_state", "ad_actor_oper_port_state_str", v)),
    ),
    Row(
        IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE,
        "",
        "",
        As::Call(|p, _, _, v| {
            port_state(p, "ad_partner_oper_port_state", "ad_partner_oper_port_state_str", v);
        }),
    ),
];

/// A bond.
pub(super) fn bond(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    rows(p, cx, values, BOND);
}

/// A port of a bond.
pub(super) fn port(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    rows(p, cx, values, PORT);
}

/// Addresses that are asked for to see whether a port works; listed only if there is a first one.
fn targets(p: &mut Printer<'_>, key: &str, family: u8, list: Option<Values<'_>>) {
    let Some(list) = list.filter(|list| list.bytes(0).is_some()) else { return };
    p.open_array(key, &format!("{key} "));
    let mut separator = "";
    for address in (0..TARGETS).filter_map(|index| list.bytes(index)) {
        p.text(separator);
        p.item("{}", &host(family, address));
        separator = ",";
    }
    p.close_array(" ");
}

fn arp_validate(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, value: &[u8]) {
    const WORDS: [&str; 7] = ["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"];
    let value = number(value).unwrap_or(0);
    let word = usize::try_from(value).ok().and_then(|at| WORDS.get(at));
    match word {
        Some(_) if value == 0 && p.is_json() => p.json_null("arp_validate"),
        Some(word) => p.string("arp_validate", "arp_validate {} ", word),
        None => {}
    }
}

fn aggregation(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>, _: &[u8]) {
    let Some(info) = values.nest(IFLA_BOND_AD_INFO) else { return };
    p.open_object("ad_info");
    rows(
        p,
        cx,
        &info,
        &[
            Row(IFLA_BOND_AD_INFO_AGGREGATOR, "aggregator", "ad_aggregator {} ", As::Number),
            Row(IFLA_BOND_AD_INFO_NUM_PORTS, "num_ports", "ad_num_ports {} ", As::Number),
            Row(IFLA_BOND_AD_INFO_ACTOR_KEY, "actor_key", "ad_actor_key {} ", As::Number),
            Row(IFLA_BOND_AD_INFO_PARTNER_KEY, "partner_key", "ad_partner_key {} ", As::Number),
            Row(IFLA_BOND_AD_INFO_PARTNER_MAC, "partner_mac", "ad_partner_mac {} ", As::Mac),
        ],
    );
    p.close_object();
}

fn state(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, state: &[u8]) {
    match number(state).unwrap_or(0) {
        0 => p.string("state", "state {} ", "ACTIVE"),
        1 => p.string("state", "state {} ", "BACKUP"),
        other => p.uint("state_index", "state {} ", other),
    }
}

fn mii_status(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, status: &[u8]) {
    let status = number(status).unwrap_or(0);
    match ["UP", "GOING_DOWN", "DOWN", "GOING_BACK"].get(usize::try_from(status).unwrap_or(9)) {
        Some(word) => p.string("mii_status", "mii_status {} ", word),
        None => p.uint("mii_status_index", "mii_status {} ", status),
    }
}

fn priority(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, priority: &[u8]) {
    if let Some(bytes) = priority.first_chunk::<4>() {
        p.int("prio", "prio {} ", i32::from_ne_bytes(*bytes).into());
    }
}

/// State of a port in the link aggregation protocol (IEEE 802.1AX): a number and its bits.
fn port_state(p: &mut Printer<'_>, key: &str, words_key: &str, state: &[u8]) {
    let state = number(state).unwrap_or(0);
    p.json_number(key, state);
    p.text(&format!("{key} {state} "));
    p.open_array(words_key, &format!("{words_key} <"));
    let mut rest = state;
    for (bit, word) in [
        (0x01, "active"),
        (0x02, "short_timeout"),
        (0x04, "aggregating"),
        (0x08, "in_sync"),
        (0x10, "collecting"),
        (0x20, "distributing"),
        (0x40, "defaulted"),
        (0x80, "expired"),
    ] {
        if rest & bit != 0 {
            rest &= !bit;
            p.item(if rest == 0 { "{}" } else { "{}," }, word);
        }
    }
    p.close_array("> ");
}
