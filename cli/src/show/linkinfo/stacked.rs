//! Links that stand on another: VLAN, MACVLAN, IPVLAN, VRF; and TUN devices.

use netplumb_core::family::link::info::ipvlan::*;
use netplumb_core::family::link::info::macvlan::*;
use netplumb_core::family::link::info::tun::*;
use netplumb_core::family::link::info::vlan::*;
use netplumb_core::family::link::info::vrf::*;

use super::{As, Row, Values, be16, ether_protocol, number, rows};
use crate::show::value::lladdr;
use crate::show::{Context, Printer};

/// A VLAN.
pub(super) fn vlan(p: &mut Printer<'_>, _: &Context, values: &Values<'_>) {
    if let Some(protocol) = values.bytes(IFLA_VLAN_PROTOCOL).and_then(be16) {
        p.string("protocol", "protocol {} ", &ether_protocol(p.options().numeric, protocol));
    } else {
        p.string("protocol", "protocol {} ", "802.1q");
    }
    if let Some(id) = values.number(IFLA_VLAN_ID) {
        p.uint("id", "id {} ", id);
    }
    if let Some(flags) = values.bytes(IFLA_VLAN_FLAGS).and_then(|bytes| number(bytes.get(..4)?)) {
        vlan_flags(p, flags);
    }
    for (id, key, word) in [
        (IFLA_VLAN_INGRESS_QOS, "ingress_qos", "ingress-qos-map"),
        (IFLA_VLAN_EGRESS_QOS, "egress_qos", "egress-qos-map"),
    ] {
        if let Some(map) = values.nest(id) {
            qos_map(p, key, word, &map);
        }
    }
}

fn vlan_flags(p: &mut Printer<'_>, flags: u64) {
    let mut rest = flags;
    p.open_array("flags", "<");
    for (bit, word) in [
        (0x01, "REORDER_HDR"),
        (0x02, "GVRP"),
        (0x08, "MVRP"),
        (0x04, "LOOSE_BINDING"),
        (0x10, "BRIDGE_BINDING"),
    ] {
        if rest & bit != 0 {
            rest &= !bit;
            p.item(if rest == 0 { "{}" } else { "{}," }, word);
        }
    }
    if rest != 0 {
        p.item("{}", &format!("{rest:x}"));
    }
    p.close_array("> ");
}

/// `struct ifla_vlan_qos_mapping`s: which priority becomes which.
fn qos_map(p: &mut Printer<'_>, key: &str, word: &str, map: &Values<'_>) {
    p.nl();
    p.open_array(key, &format!("      {word} {{ "));
    for pair in map.all().filter(|attr| attr.kind() == IFLA_VLAN_QOS_MAPPING) {
        let half = |at: usize| pair.payload().get(at..at + 4).and_then(number).unwrap_or(0);
        p.open_item();
        p.uint("from", "{}", half(0));
        p.uint("to", ":{} ", half(4));
        p.close_object();
    }
    p.close_array("} ");
}

/// A MACVLAN or MACVTAP.
pub(super) fn macvlan(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    let Some(mode) = values.number(IFLA_MACVLAN_MODE) else { return };
    let word = match mode {
        1 => "private",
        2 => "vepa",
        4 => "bridge",
        8 => "passthru",
        16 => "source",
        _ => "unknown",
    };
    p.string("mode", "mode {} ", word);
    let flags = values.or_zero(IFLA_MACVLAN_FLAGS);
    for (bit, key, text) in [(1, "nopromisc", "nopromisc "), (2, "nodst", "nodst ")] {
        if flags & bit != 0 {
            p.flag(key, text);
        }
    }
    rows(
        p,
        cx,
        values,
        &[
            Row(IFLA_MACVLAN_BC_QUEUE_LEN, "bcqueuelen", "bcqueuelen {} ", As::Number),
            Row(IFLA_MACVLAN_BC_QUEUE_LEN_USED, "usedbcqueuelen", "usedbcqueuelen {} ", As::Number),
        ],
    );
    if mode != 16 {
        return;
    }
    if let Some(count) = values.number(IFLA_MACVLAN_MACADDR_COUNT) {
        p.uint("macaddr_count", "remotes ({}) ", count);
    }
    if let Some(list) = values.nest(IFLA_MACVLAN_MACADDR_DATA) {
        p.open_array("macaddr_data", "");
        for address in list.all().filter(|attr| attr.kind() == IFLA_MACVLAN_MACADDR) {
            p.item("{} ", &lladdr(address.payload(), 1));
        }
        p.close_array("");
    }
}

/// An IPVLAN or IPVTAP.
pub(super) fn ipvlan(p: &mut Printer<'_>, _: &Context, values: &Values<'_>) {
    if let Some(mode) = values.number(IFLA_IPVLAN_MODE) {
        let word = match mode {
            0 => "l2",
            1 => "l3",
            2 => "l3s",
            _ => "unknown",
        };
        p.string("mode", " mode {} ", word);
    }
    if let Some(flags) = values.number(IFLA_IPVLAN_FLAGS) {
        match flags {
            flags if flags & 1 != 0 => p.flag("private", "private "),
            flags if flags & 2 != 0 => p.flag("vepa", "vepa "),
            _ => p.flag("bridge", "bridge "),
        }
    }
}

/// A VRF.
pub(super) fn vrf(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    rows(p, cx, values, &[Row(IFLA_VRF_TABLE, "table", "table {} ", As::Number)]);
}

/// A port of a VRF.
pub(super) fn vrf_port(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    rows(p, cx, values, &[Row(IFLA_VRF_PORT_TABLE, "table", "table {} ", As::Number)]);
}

/// A TUN or TAP device.
pub(super) fn tun(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    match values.number(IFLA_TUN_TYPE) {
        None => return,
        Some(1) => p.string("type", "type {} ", "tun"),
        Some(2) => p.string("type", "type {} ", "tap"),
        Some(other) => p.uint("type", "type UNKNOWN:{} ", other),
    }
    rows(
        p,
        cx,
        values,
        &[
            Row(IFLA_TUN_PI, "pi", "pi {} ", As::OnOff),
            Row(IFLA_TUN_VNET_HDR, "vnet_hdr", "vnet_hdr {} ", As::OnOff),
            Row(IFLA_TUN_MULTI_QUEUE, "", "", As::Call(queues)),
            Row(IFLA_TUN_PERSIST, "persist", "persist {} ", As::OnOff),
        ],
    );
    for (id, names, key, format) in
        [(IFLA_TUN_OWNER, &cx.users, "user", "user {} "), (IFLA_TUN_GROUP, &cx.groups, "group", "group {} ")]
    {
        let Some(id) = values.number(id).and_then(|id| u32::try_from(id).ok()) else { continue };
        // By name also with `-N`, as `ip` has them.
        match names.get(&id) {
            Some(name) => p.string(key, format, name),
            None => p.uint(key, format, id),
        }
    }
}

fn queues(p: &mut Printer<'_>, _: &Context, values: &Values<'_>, on: &[u8]) {
    let on = number(on) != Some(0);
    p.boolean("multi_queue", if on { "multi_queue " } else { "" }, on);
    if !on {
        return;
    }
    if let Some(count) = values.number(IFLA_TUN_NUM_QUEUES) {
        p.uint("numqueues", "numqueues {} ", count);
    }
    if let Some(count) = values.number(IFLA_TUN_NUM_DISABLED_QUEUES) {
        p.uint("numdisabled", "numdisabled {} ", count);
    }
}
