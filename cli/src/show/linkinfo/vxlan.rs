//! VXLAN and GENEVE tunnels.

use std::net::{Ipv4Addr, Ipv6Addr};

use netplumb_core::family::link::info::geneve::*;
use netplumb_core::family::link::info::vxlan::*;

use super::{As, Row, Values, be16, number, rows};
use crate::show::value::ipv6;
use crate::show::{Color, Context, Printer};

const VXLAN: &[Row] = &[
    Row(IFLA_VXLAN_LINK, "link", "dev {} ", As::Device),
    Row(IFLA_VXLAN_PORT_RANGE, "", "", As::Call(port_range)),
    Row(IFLA_VXLAN_PORT, "port", "dstport {} ", As::Be16),
    Row(IFLA_VXLAN_LEARNING, "", "", As::Call(learning)),
    Row(IFLA_VXLAN_PROXY, "proxy", "proxy ", As::FlagIfSet),
    Row(IFLA_VXLAN_RSC, "rsc", "rsc ", As::FlagIfSet),
    Row(IFLA_VXLAN_L2MISS, "l2miss", "l2miss ", As::FlagIfSet),
    Row(IFLA_VXLAN_L3MISS, "l3miss", "l3miss ", As::FlagIfSet),
    Row(IFLA_VXLAN_TOS, "", "", As::Call(tos)),
    Row(
        IFLA_VXLAN_TTL,
        "",
        "",
        As::Call(|p, _, v, ttl| time_to_live(p, v.or_zero(IFLA_VXLAN_TTL_INHERIT) != 0, ttl)),
    ),
    Row(IFLA_VXLAN_DF, "", "", As::Call(dont_fragment)),
    Row(IFLA_VXLAN_LABEL, "", "", As::Call(flow_label)),
    Row(IFLA_VXLAN_AGEING, "", "", As::Call(ageing)),
    Row(IFLA_VXLAN_LIMIT, "limit", "maxaddr {} ", As::NonZero),
    Row(IFLA_VXLAN_UDP_CSUM, "udp_csum", "udpcsum ", As::Negatable),
    Row(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, "udp_zero_csum6_tx", "udp6zerocsumtx ", As::Negatable),
    Row(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, "udp_zero_csum6_rx", "udp6zerocsumrx ", As::Negatable),
    Row(IFLA_VXLAN_REMCSUM_TX, "remcsum_tx", "remcsumtx ", As::FlagIfSet),
    Row(IFLA_VXLAN_REMCSUM_RX, "remcsum_rx", "remcsumrx ", As::FlagIfSet),
    Row(IFLA_VXLAN_GBP, "gbp", "gbp ", As::Flag),
    Row(IFLA_VXLAN_GPE, "gpe", "gpe ", As::Flag),
];

const GENEVE: &[Row] = &[
    Row(
        IFLA_GENEVE_TTL,
        "",
        "",
        As::Call(|p, _, v, ttl| time_to_live(p, v.or_zero(IFLA_GENEVE_TTL_INHERIT) != 0, ttl)),
    ),
    Row(IFLA_GENEVE_TOS, "", "", As::Call(tos)),
    Row(IFLA_GENEVE_DF, "", "", As::Call(dont_fragment)),
    Row(IFLA_GENEVE_LABEL, "", "", As::Call(flow_label)),
    Row(IFLA_GENEVE_PORT, "port", "dstport {} ", As::Be16),
    Row(IFLA_GENEVE_UDP_CSUM, "udp_csum", "udpcsum ", As::Negatable),
    Row(IFLA_GENEVE_UDP_ZERO_CSUM6_TX, "udp_zero_csum6_tx", "udp6zerocsumtx ", As::Negatable),
    Row(IFLA_GENEVE_UDP_ZERO_CSUM6_RX, "udp_zero_csum6_rx", "udp6zerocsumrx ", As::Negatable),
    Row(IFLA_GENEVE_INNER_PROTO_INHERIT, "inner_proto_inherit", "innerprotoinherit ", As::Flag),
];

/// A VXLAN tunnel.
pub(super) fn vxlan(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    if values.or_zero(IFLA_VXLAN_COLLECT_METADATA) != 0 {
        p.flag("external", "external ");
    }
    if values.or_zero(IFLA_VXLAN_VNIFILTER) != 0 {
        // iproute2 6.1 forgot the space.
        p.flag("vnifilter", "vnifilter");
    }
    let Some(id) = values.number(IFLA_VXLAN_ID) else { return };
    p.uint("id", "id {} ", id);
    let (group, group6) = (values.bytes(IFLA_VXLAN_GROUP), values.bytes(IFLA_VXLAN_GROUP6));
    endpoint(p, group, group6, ("group", "group6", "group {} "), ("remote", "remote6", "remote {} "));
    let local = ("local", "local6", "local {} ");
    endpoint(p, values.bytes(IFLA_VXLAN_LOCAL), values.bytes(IFLA_VXLAN_LOCAL6), local, local);
    rows(p, cx, values, VXLAN);
}

/// A GENEVE tunnel.
pub(super) fn geneve(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    if values.bytes(IFLA_GENEVE_COLLECT_METADATA).is_some() {
        p.flag("external", "external ");
    }
    let Some(id) = values.number(IFLA_GENEVE_ID) else { return };
    p.uint("id", "id {} ", id);
    let remote = ("remote", "remote6", "remote {} ");
    endpoint(p, values.bytes(IFLA_GENEVE_REMOTE), values.bytes(IFLA_GENEVE_REMOTE6), remote, remote);
    rows(p, cx, values, GENEVE);
}

/// Keys for IPv4 and IPv6, and the text.
type Words = (&'static str, &'static str, &'static str);

/// An end of a tunnel: nothing for an unspecified address.
fn endpoint(p: &mut Printer<'_>, v4: Option<&[u8]>, v6: Option<&[u8]>, multicast: Words, unicast: Words) {
    if let Some(address) = v4.and_then(|bytes| bytes.first_chunk::<4>()).map(|b| Ipv4Addr::from(*b)) {
        let (key, _, format) = if address.is_multicast() { multicast } else { unicast };
        if !address.is_unspecified() {
            p.string(key, format, &address.to_string());
        }
    } else if let Some(address) = v6.and_then(|bytes| bytes.first_chunk::<16>()).map(|b| Ipv6Addr::from(*b)) {
        let (_, key, format) = if address.is_multicast() { multicast } else { unicast };
        if !address.is_unspecified() {
            p.string(key, format, &ipv6(address));
        }
    }
}

fn port_range(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, range: &[u8]) {
    let (Some(low), Some(high)) = (be16(range), range.get(2..).and_then(be16)) else { return };
    p.open_object("port_range");
    p.uint("low", "srcport {} ", low);
    p.uint("high", "{} ", high);
    p.close_object();
}

fn learning(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, learning: &[u8]) {
    let learning = number(learning) != Some(0);
    p.boolean("learning", if learning { "" } else { "nolearning " }, learning);
}

fn tos(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, tos: &[u8]) {
    match number(tos) {
        None | Some(0) => {}
        Some(1) if !p.is_json() => p.text("tos inherit "),
        Some(tos) => p.hex("tos", "tos {} ", tos),
    }
}

fn time_to_live(p: &mut Printer<'_>, inherit: bool, ttl: &[u8]) {
    match number(ttl).unwrap_or(0) {
        _ if inherit => p.text("ttl inherit "),
        0 if !p.is_json() => p.text("ttl auto "),
        ttl => p.uint("ttl", "ttl {} ", ttl),
    }
}

fn dont_fragment(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, df: &[u8]) {
    match number(df) {
        Some(0) => p.json_string("df", "unset"),
        Some(1) => p.string("df", "df {} ", "set"),
        Some(2) => p.string("df", "df {} ", "inherit"),
        _ => {}
    }
}

fn flow_label(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, label: &[u8]) {
    let label = label.first_chunk().map_or(0, |b: &[u8; 4]| u32::from_be_bytes(*b));
    if label != 0 {
        p.hex("label", "flowlabel {} ", label.into());
    }
}

fn ageing(p: &mut Printer<'_>, _: &Context, _: &Values<'_>, age: &[u8]) {
    let age = number(age).unwrap_or(0);
    p.json_number("ageing", age);
    match age {
        0 => p.text("ageing none "),
        _ => p.color_text(Color::None, "ageing {} ", age),
    }
}
