//! Bridges and bridge ports.

use netplumb_core::family::link::info::bridge::*;
use netplumb_core::family::link::info::bridge_port::*;

use super::{As, Row, Values, be16, ether_protocol, number, rows};
use crate::show::{Context, Printer};

/// Bits of `struct br_boolopt_multi` (`linux/if_bridge.h`).
const BR_BOOLOPT_NO_LL_LEARN: u32 = 1 << 0;
const BR_BOOLOPT_MCAST_VLAN_SNOOPING: u32 = 1 << 1;

const BRIDGE: &[Row] = &[
    Row(IFLA_BR_FORWARD_DELAY, "forward_delay", "forward_delay {} ", As::Number),
    Row(IFLA_BR_HELLO_TIME, "hello_time", "hello_time {} ", As::Number),
    Row(IFLA_BR_MAX_AGE, "max_age", "max_age {} ", As::Number),
    Row(IFLA_BR_AGEING_TIME, "ageing_time", "ageing_time {} ", As::Number),
    Row(IFLA_BR_STP_STATE, "stp_state", "stp_state {} ", As::Number),
    Row(IFLA_BR_PRIORITY, "priority", "priority {} ", As::Number),
    Row(IFLA_BR_VLAN_FILTERING, "vlan_filtering", "vlan_filtering {} ", As::Number),
    Row(IFLA_BR_VLAN_PROTOCOL, "", "", As::Call(vlan_protocol)),
    Row(
        IFLA_BR_BRIDGE_ID,
        "",
        "",
        As::Call(|p, _, _, id| p.string("bridge_id", "bridge_id {} ", &bridge_id(id))),
    ),
    Row(
        IFLA_BR_ROOT_ID,
        "",
        "",
        As::Call(|p, _, _, id| p.string("root_id", "designated_root {} ", &bridge_id(id))),
    ),
    Row(IFLA_BR_ROOT_PORT, "root_port", "root_port {} ", As::Number),
    Row(IFLA_BR_ROOT_PATH_COST, "root_path_cost", "root_path_cost {} ", As::Number),
    Row(IFLA_BR_TOPOLOGY_CHANGE, "topology_change", "topology_change {} ", As::Number),
    Row(
        IFLA_BR_TOPOLOGY_CHANGE_DETECTED,
        "topology_change_detected",
        "topology_change_detected {} ",
        As::Number,
    ),
    Row(IFLA_BR_HELLO_TIMER, "hello_timer", "", As::Timer),
    Row(IFLA_BR_TCN_TIMER, "tcn_timer", "", As::Timer),
    Row(IFLA_BR_TOPOLOGY_CHANGE_TIMER, "topology_change_timer", "", As::Timer),
    Row(IFLA_BR_GC_TIMER, "gc_timer", "", As::Timer),
    Row(IFLA_BR_VLAN_DEFAULT_PVID, "vlan_default_pvid", "vlan_default_pvid {} ", As::Number),
    Row(IFLA_BR_VLAN_STATS_ENABLED, "vlan_stats_enabled", "vlan_stats_enabled {} ", As::Number),
    Row(IFLA_BR_VLAN_STATS_PER_PORT, "vlan_stats_per_port", "vlan_stats_per_port {} ", As::Number),
    Row(IFLA_BR_GROUP_FWD_MASK, "group_fwd_mask", "group_fwd_mask {} ", As::Hex),
    Row(IFLA_BR_GROUP_ADDR, "group_addr", "group_address {} ", As::Mac),
    Row(IFLA_BR_MCAST_SNOOPING, "mcast_snooping", "mcast_snooping {} ", As::Number),
    Row(IFLA_BR_MULTI_BOOLOPT, "", "", As::Call(switches)),
    Row(IFLA_BR_MCAST_ROUTER, "mcast_router", "mcast_router {} ", As::Number),
    Row(IFLA_BR_MCAST_QUERY_USE_IFADDR, "mcast_query_use_ifaddr", "mcast_query_use_ifaddr {} ", As::Number),
    Row(IFLA_BR_MCAST_QUERIER, "mcast_querier", "mcast_querier {} ", As::Number),
    Row(IFLA_BR_MCAST_HASH_ELASTICITY, "mcast_hash_elasticity", "mcast_hash_elasticity {} ", As::Number),
    Row(IFLA_BR_MCAST_HASH_MAX, "mcast_hash_max", "mcast_hash_max {} ", As::Number),
    Row(IFLA_BR_MCAST_LAST_MEMBER_CNT, "mcast_last_member_cnt", "mcast_last_member_count {} ", As::Number),
    Row(
        IFLA_BR_MCAST_STARTUP_QUERY_CNT,
        "mcast_startup_query_cnt",
        "mcast_startup_query_count {} ",
        As::Number,
    ),
    Row(
        IFLA_BR_MCAST_LAST_MEMBER_INTVL,
        "mcast_last_member_intvl",
        "mcast_last_member_interval {} ",
        As::Number,
    ),
    Row(
        IFLA_BR_MCAST_MEMBERSHIP_INTVL,
        "mcast_membership_intvl",
        "mcast_membership_interval {} ",
        As::Number,
    ),
    Row(IFLA_BR_MCAST_QUERIER_INTVL, "mcast_querier_intvl", "mcast_querier_interval {} ", As::Number),
    Row(IFLA_BR_MCAST_QUERY_INTVL, "mcast_query_intvl", "mcast_query_interval {} ", As::Number),
    Row(
        IFLA_BR_MCAST_QUERY_RESPONSE_INTVL,
        "mcast_query_response_intvl",
        "mcast_query_response_interval {} ",
        As::Number,
    ),
    Row(
        IFLA_BR_MCAST_STARTUP_QUERY_INTVL,
        "mcast_startup_query_intvl",
        "mcast_startup_query_interval {} ",
        As::Number,
    ),
    Row(IFLA_BR_MCAST_STATS_ENABLED, "mcast_stats_enabled", "mcast_stats_enabled {} ", As::Number),
    Row(IFLA_BR_MCAST_IGMP_VERSION, "mcast_igmp_version", "mcast_igmp_version {} ", As::Number),
    Row(IFLA_BR_MCAST_MLD_VERSION, "mcast_mld_version", "mcast_mld_version {} ", As::Number),
    Row(IFLA_BR_NF_CALL_IPTABLES, "nf_call_iptables", "nf_call_iptables {} ", As::Number),
    Row(IFLA_BR_NF_CALL_IP6TABLES, "nf_call_ip6tables", "nf_call_ip6tables {} ", As::Number),
    Row(IFLA_BR_NF_CALL_ARPTABLES, "nf_call_arptables", "nf_call_arptables {} ", As::Number),
];

const PORT: &[Row] = &[
    Row(IFLA_BRPORT_STATE, "", "", As::Call(state)),
    Row(IFLA_BRPORT_PRIORITY, "priority", "priority {} ", As::Number),
    Row(IFLA_BRPORT_COST, "cost", "cost {} ", As::Number),
    Row(IFLA_BRPORT_MODE, "hairpin", "hairpin {} ", As::OnOff),
    Row(IFLA_BRPORT_GUARD, "guard", "guard {} ", As::OnOff),
    Row(IFLA_BRPORT_PROTECT, "root_block", "root_block {} ", As::OnOff),
    Row(IFLA_BRPORT_FAST_LEAVE, "fastleave", "fastleave {} ", As::OnOff),
    Row(IFLA_BRPORT_LEARNING, "learning", "learning {} ", As::OnOff),
    Row(IFLA_BRPORT_UNICAST_FLOOD, "flood", "flood {} ", As::OnOff),
    Row(IFLA_BRPORT_ID, "id", "port_id {} ", As::Hex),
    Row(IFLA_BRPORT_NO, "no", "port_no {} ", As::Hex),
    Row(IFLA_BRPORT_DESIGNATED_PORT, "designated_port", "designated_port {} ", As::Number),
    Row(IFLA_BRPORT_DESIGNATED_COST, "designated_cost", "designated_cost {} ", As::Number),
    Row(
        IFLA_BRPORT_BRIDGE_ID,
        "",
        "",
        As::Call(|p, _, _, id| p.string("bridge_id", "designated_bridge {} ", &bridge_id(id))),
    ),
    Row(
        IFLA_BRPORT_ROOT_ID,
        "",
        "",
        As::Call(|p, _, _, id| p.string("root_id", "designated_root {} ", &bridge_id(id))),
    ),
    Row(IFLA_BRPORT_HOLD_TIMER, "hold_timer", "", As::Timer),
    Row(IFLA_BRPORT_MESSAGE_AGE_TIMER, "message_age_timer", "", As::Timer),
    Row(IFLA_BRPORT_FORWARD_DELAY_TIMER, "forward_delay_timer", "", As::Timer),
    Row(IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, "topology_change_ack", "topology_change_ack {} ", As::Number),
    Row(IFLA_BRPORT_CONFIG_PENDING, "config_pending", "config_pending {} ", As::Number),
    Row(IFLA_BRPORT_PROXYARP, "proxy_arp", "proxy_arp {} ", As::OnOff),
    Row(IFLA_BRPORT_PROXYARP_WIFI, "proxy_arp_wifi", "proxy_arp_wifi {} ", As::OnOff),
    Row(IFLA_BRPORT_MULTICAST_ROUTER, "multicast_router", "mcast_router {} ", As::Number),
    // The text names it again; in JSON it is there once.
    Row(
        IFLA_BRPORT_FAST_LEAVE,
        "",
        "",
        As::Call(|p, _, _, value| {
            p.text(if number(value) == Some(0) { "mcast_fast_leave off " } else { "mcast_fast_leave on " });
        }),
    ),
    Row(IFLA_BRPORT_MCAST_FLOOD, "mcast_flood", "mcast_flood {} ", As::OnOff),
    Row(IFLA_BRPORT_BCAST_FLOOD, "bcast_flood", "bcast_flood {} ", As::OnOff),
    Row(IFLA_BRPORT_MCAST_TO_UCAST, "mcast_to_unicast", "mcast_to_unicast {} ", As::OnOff),
    Row(IFLA_BRPORT_NEIGH_SUPPRESS, "neigh_suppress", "neigh_suppress {} ", As::OnOff),
    Row(IFLA_BRPORT_GROUP_FWD_MASK, "", "", As::Call(forward_mask)),
    Row(IFLA_BRPORT_VLAN_TUNNEL, "vlan_tunnel", "vlan_tunnel {} ", As::OnOff),
    Row(IFLA_BRPORT_ISOLATED, "isolated", "isolated {} ", As::OnOff),
    Row(IFLA_BRPORT_LOCKED, "locked", "locked {} ", As::OnOff),
    Row(IFLA_BRPORT_BACKUP_PORT, "backup_port", "backup_port {} ", As::Device),
];

/// A bridge.
pub(super) fn bridge(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    rows(p, cx, values, BRIDGE);
}

/// A port of a bridge.
pub(super) fn port(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    rows(p, cx, values, PORT);
}

/// `struct ifla_bridge_id`: priority in two bytes and a MAC address, printed as `8000.0:11:22:33:44:55` (the C library's
/// `ether_ntoa` has no leading zeros).
fn bridge_id(id: &[u8]) -> String {
    match id.split_first_chunk::<2>() {
        Some((&[a, b], address)) => {
            let address: Vec<String> = address.iter().map(|byte| format!("{byte:x}")).collect();
            format!("{a:02x}{b:02x}.{}", address.join(":"))
        }
        None => String::new(),
    }
}

fn vlan_protocol(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, protocol: &[u8]) {
    p.string(
        "vlan_protocol",
        "vlan_protocol {} ",
        &ether_protocol(p.options().numeric, be16(protocol).unwrap_or(0)),
    );
}

/// `struct br_boolopt_multi`: values and which of them count.
fn switches(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, payload: &[u8]) {
    let Some(both) = number(payload).filter(|_| payload.len() >= 8) else { return };
    let [a, b, c, d, e, f, g, h] = both.to_ne_bytes();
    let (values, mask) = (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes([e, f, g, h]));
    for (bit, key, format) in [
        (BR_BOOLOPT_NO_LL_LEARN, "no_linklocal_learn", "no_linklocal_learn {} "),
        (BR_BOOLOPT_MCAST_VLAN_SNOOPING, "mcast_vlan_snooping", "mcast_vlan_snooping {} "),
    ] {
        if mask & bit != 0 {
            p.uint(key, format, values & bit != 0);
        }
    }
}

fn state(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, state: &[u8]) {
    let state = number(state).unwrap_or(0);
    match ["disabled", "listening", "learning", "forwarding", "blocking"]
        .get(usize::try_from(state).unwrap_or(9))
    {
        Some(word) => p.string("state", "state {} ", word),
        None => p.uint("state_index", "state ({}) ", state),
    }
}

/// Which of the link-local groups 01:80:c2:00:00:0X are forwarded.
fn forward_mask(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, mask: &[u8]) {
    let mask = number(mask).unwrap_or(0);
    p.hex("group_fwd_mask", "group_fwd_mask {} ", mask);
    let words: Vec<String> = (0..16)
        .filter(|bit| mask & (1 << bit) != 0)
        .map(|bit| match bit {
            0 => "stp".to_owned(),
            2 => "lacp".to_owned(),
            14 => "lldp".to_owned(),
            _ => format!("{:#x}", 1u32 << bit),
        })
        .collect();
    let text = if words.is_empty() { "0x0".to_owned() } else { words.join(",") };
    p.string("group_fwd_mask_str", "group_fwd_mask_str {} ", &text);
}
