//! Tunnels over IPv4 and IPv6: IPIP, SIT, GRE and its relatives, IP6TNL, VTI.

use netplumb_core::family::link::info::{gre, ip6tnl, iptunnel, vti};

use super::{Values, be16, number};
use crate::show::value::{AF_INET, AF_INET6, host};
use crate::show::{Color, Context, Printer};

/// Bits of GRE flags (`linux/if_tunnel.h`, network byte order).
const GRE_CSUM: u16 = 0x8000;
const GRE_KEY: u16 = 0x2000;
const GRE_SEQ: u16 = 0x1000;
/// SIT: an ISATAP tunnel; unlike the flags of GRE in native byte order.
const SIT_ISATAP: u64 = 0x0001;
/// Bits of `IFLA_IPTUN_FLAGS` of IPv6 tunnels (`linux/ip6_tunnel.h`).
const IP6_TNL_F_IGN_ENCAP_LIMIT: u64 = 0x01;
const IP6_TNL_F_USE_ORIG_TCLASS: u64 = 0x02;
const IP6_TNL_F_USE_ORIG_FLOWLABEL: u64 = 0x04;
const IP6_TNL_F_MIP6_DEV: u64 = 0x08;
const IP6_TNL_F_RCV_DSCP_COPY: u64 = 0x10;
const IP6_TNL_F_USE_ORIG_FWMARK: u64 = 0x20;
const IP6_TNL_F_ALLOW_LOCAL_REMOTE: u64 = 0x40;

/// An IPIP or SIT tunnel.
pub(super) fn ipip(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    use iptunnel::*;
    external(p, values, IFLA_IPTUN_COLLECT_METADATA);
    if let Some(protocol) = values.number(IFLA_IPTUN_PROTO) {
        p.string("proto", "{} ", protocol_word(protocol, ["ipip", "ip6ip", "mplsip"]));
    }
    endpoints(p, AF_INET, values.bytes(IFLA_IPTUN_REMOTE), values.bytes(IFLA_IPTUN_LOCAL));
    device(p, cx, values, IFLA_IPTUN_LINK);
    ttl_and_tos(p, values, IFLA_IPTUN_TTL, IFLA_IPTUN_TOS);
    if let Some(on) = values.number(IFLA_IPTUN_PMTUDISC) {
        p.boolean("pmtudisc", if on == 0 { "nopmtudisc " } else { "pmtudisc " }, on != 0);
    }
    if values.or_zero(IFLA_IPTUN_FLAGS) & SIT_ISATAP != 0 {
        p.flag("isatap", "isatap ");
    }
    six_rd(p, values);
    fwmark(p, values, IFLA_IPTUN_FWMARK);
    let ids = [IFLA_IPTUN_ENCAP_TYPE, IFLA_IPTUN_ENCAP_FLAGS, IFLA_IPTUN_ENCAP_SPORT, IFLA_IPTUN_ENCAP_DPORT];
    encapsulation(p, values, ids);
}

/// A GRE tunnel over IPv4, also with Ethernet inside or as ERSPAN.
pub(super) fn gre4(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    use gre::*;
    external(p, values, IFLA_GRE_COLLECT_METADATA);
    endpoints(p, AF_INET, values.bytes(IFLA_GRE_REMOTE), values.bytes(IFLA_GRE_LOCAL));
    device(p, cx, values, IFLA_GRE_LINK);
    ttl_and_tos(p, values, IFLA_GRE_TTL, IFLA_GRE_TOS);
    if let Some(on) = values.number(IFLA_GRE_PMTUDISC) {
        p.boolean("pmtudisc", if on == 0 { "nopmtudisc " } else { "" }, on != 0);
    }
    if values.or_zero(IFLA_GRE_IGNORE_DF) != 0 {
        p.flag("ignore_df", "ignore-df ");
    }
    gre_flags(p, values);
    fwmark(p, values, IFLA_GRE_FWMARK);
    erspan(p, values);
    encapsulation(p, values, GRE_ENCAP);
}

/// A GRE tunnel over IPv6.
pub(super) fn gre6(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    use gre::*;
    external(p, values, IFLA_GRE_COLLECT_METADATA);
    endpoints(p, AF_INET6, values.bytes(IFLA_GRE_REMOTE), values.bytes(IFLA_GRE_LOCAL));
    device(p, cx, values, IFLA_GRE_LINK);
    let flags = values.or_zero(IFLA_GRE_FLAGS);
    hop_limit(p, values.number(IFLA_GRE_TTL));
    encapsulation_limit(p, flags, values.number(IFLA_GRE_ENCAP_LIMIT));
    class_and_label(p, flags, values.bytes(IFLA_GRE_FLOWINFO));
    six_flags(p, flags);
    gre_flags(p, values);
    six_fwmark(p, flags, values, IFLA_GRE_FWMARK);
    erspan(p, values);
    encapsulation(p, values, GRE_ENCAP);
}

/// An IPv6 tunnel.
pub(super) fn ip6tnl(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    use ip6tnl::*;
    external(p, values, IFLA_IPTUN_COLLECT_METADATA);
    if let Some(protocol) = values.number(IFLA_IPTUN_PROTO) {
        p.string("proto", "{} ", protocol_word(protocol, ["ipip6", "ip6ip6", "any"]));
    }
    endpoints(p, AF_INET6, values.bytes(IFLA_IPTUN_REMOTE), values.bytes(IFLA_IPTUN_LOCAL));
    device(p, cx, values, IFLA_IPTUN_LINK);
    let flags = values.or_zero(IFLA_IPTUN_FLAGS);
    hop_limit(p, values.number(IFLA_IPTUN_TTL));
    encapsulation_limit(p, flags, values.number(IFLA_IPTUN_ENCAP_LIMIT));
    class_and_label(p, flags, values.bytes(IFLA_IPTUN_FLOWINFO));
    six_flags(p, flags);
    six_fwmark(p, flags, values, IFLA_IPTUN_FWMARK);
    let ids = [IFLA_IPTUN_ENCAP_TYPE, IFLA_IPTUN_ENCAP_FLAGS, IFLA_IPTUN_ENCAP_SPORT, IFLA_IPTUN_ENCAP_DPORT];
    encapsulation(p, values, ids);
}

/// A VTI tunnel over IPv4.
pub(super) fn vti4(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    vti(p, cx, values, AF_INET);
}

/// A VTI tunnel over IPv6.
pub(super) fn vti6(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    vti(p, cx, values, AF_INET6);
}

fn vti(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>, family: u8) {
    use vti::*;
    endpoints(p, family, values.bytes(IFLA_VTI_REMOTE), values.bytes(IFLA_VTI_LOCAL));
    device(p, cx, values, IFLA_VTI_LINK);
    for (id, key, format) in [(IFLA_VTI_IKEY, "ikey", "ikey {} "), (IFLA_VTI_OKEY, "okey", "okey {} ")] {
        if let Some(value) = values.bytes(id).filter(|bytes| number(bytes) != Some(0)) {
            p.string(key, format, &host(AF_INET, value));
        }
    }
    fwmark(p, values, IFLA_VTI_FWMARK);
}

fn external(p: &mut Printer<'_>, values: &Values<'_>, id: u16) {
    if values.bytes(id).is_some() {
        p.flag("external", "external ");
    }
}

fn protocol_word(protocol: u64, [v4, v6, mpls]: [&'static str; 3]) -> &'static str {
    match protocol {
        4 => v4,
        41 => v6,
        137 => mpls,
        _ => "any",
    }
}

/// Both ends; an unspecified one is `any`.
fn endpoints(p: &mut Printer<'_>, family: u8, remote: Option<&[u8]>, local: Option<&[u8]>) {
    for (address, key, format) in [(remote, "remote", "remote {} "), (local, "local", "local {} ")] {
        let text = match address {
            Some(address) if address.iter().any(|&byte| byte != 0) => host(family, address),
            _ => "any".to_owned(),
        };
        p.string(key, format, &text);
    }
}

fn device(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>, id: u16) {
    if let Some(index) =
        values.number(id).and_then(|index| u32::try_from(index).ok()).filter(|&index| index != 0)
    {
        p.string("link", "dev {} ", &cx.link_name(index));
    }
}

fn ttl_and_tos(p: &mut Printer<'_>, values: &Values<'_>, ttl: u16, tos: u16) {
    match values.number(ttl) {
        None => {}
        Some(0) if !p.is_json() => p.text("ttl inherit "),
        Some(ttl) => p.uint("ttl", "ttl {} ", ttl),
    }
    match values.number(tos) {
        None | Some(0) => {}
        Some(1) if !p.is_json() => p.text("tos inherit "),
        Some(tos) => p.hex("tos", "tos {} ", tos),
    }
}

fn hop_limit(p: &mut Printer<'_>, limit: Option<u64>) {
    match limit {
        None => {}
        Some(0) if !p.is_json() => p.text("hoplimit inherit "),
        Some(limit) => p.uint("ttl", "hoplimit {} ", limit),
    }
}

fn encapsulation_limit(p: &mut Printer<'_>, flags: u64, limit: Option<u64>) {
    if flags & IP6_TNL_F_IGN_ENCAP_LIMIT != 0 {
        p.flag("ip6_tnl_f_ign_encap_limit", "encaplimit none ");
    } else if let Some(limit) = limit {
        p.uint("encap_limit", "encaplimit {} ", limit);
    }
}

/// Traffic class and flow label, in one number in network byte order.
fn class_and_label(p: &mut Printer<'_>, flags: u64, info: Option<&[u8]>) {
    let info = info.and_then(|bytes| bytes.first_chunk()).map_or(0, |b: &[u8; 4]| u32::from_be_bytes(*b));
    if flags & IP6_TNL_F_USE_ORIG_TCLASS != 0 {
        p.flag("ip6_tnl_f_use_orig_tclass", "tclass inherit ");
    } else {
        p.string("tclass", "tclass {} ", &format!("0x{:02x}", info >> 20 & 0xff));
    }
    if flags & IP6_TNL_F_USE_ORIG_FLOWLABEL != 0 {
        p.flag("ip6_tnl_f_use_orig_flowlabel", "flowlabel inherit ");
    } else {
        p.string("flowlabel", "flowlabel {} ", &format!("0x{:05x}", info & 0xf_ffff));
    }
}

fn six_flags(p: &mut Printer<'_>, flags: u64) {
    for (bit, key, text) in [
        (IP6_TNL_F_RCV_DSCP_COPY, "ip6_tnl_f_rcv_dscp_copy", "dscp inherit "),
        (IP6_TNL_F_MIP6_DEV, "ip6_tnl_f_mip6_dev", "mip6 "),
        (IP6_TNL_F_ALLOW_LOCAL_REMOTE, "ip6_tnl_f_allow_local_remote", "allow-localremote "),
    ] {
        if flags & bit != 0 {
            p.flag(key, text);
        }
    }
}

fn six_fwmark(p: &mut Printer<'_>, flags: u64, values: &Values<'_>, id: u16) {
    if flags & IP6_TNL_F_USE_ORIG_FWMARK != 0 {
        p.flag("ip6_tnl_f_use_orig_fwmark", "fwmark inherit ");
    } else {
        fwmark(p, values, id);
    }
}

fn fwmark(p: &mut Printer<'_>, values: &Values<'_>, id: u16) {
    if let Some(mark) = values.number(id).filter(|&mark| mark != 0) {
        p.hex("fwmark", "fwmark {} ", mark);
    }
}

fn six_rd(p: &mut Printer<'_>, values: &Values<'_>) {
    use iptunnel::*;
    let Some(length) = values.number(IFLA_IPTUN_6RD_PREFIXLEN).filter(|&length| length != 0) else { return };
    let prefix = values.bytes(IFLA_IPTUN_6RD_PREFIX).unwrap_or(&[]);
    p.string("prefix", "6rd-prefix {}", &host(AF_INET6, prefix));
    p.uint("prefixlen", "/{} ", length);
    let relay = values.bytes(IFLA_IPTUN_6RD_RELAY_PREFIX).filter(|relay| number(relay) != Some(0));
    if let Some(relay) = relay {
        p.string("relay_prefix", "6rd-relay_prefix {}", &host(AF_INET, relay));
        p.uint("relay_prefixlen", "/{} ", values.or_zero(IFLA_IPTUN_6RD_RELAY_PREFIXLEN));
    }
}

fn gre_flags(p: &mut Printer<'_>, values: &Values<'_>) {
    use gre::*;
    let flags = |id| values.bytes(id).and_then(be16).unwrap_or(0);
    let (input, output) = (flags(IFLA_GRE_IFLAGS), flags(IFLA_GRE_OFLAGS));
    for (set, id, key, format) in
        [(input, IFLA_GRE_IKEY, "ikey", "ikey {} "), (output, IFLA_GRE_OKEY, "okey", "okey {} ")]
    {
        if let Some(value) = values.bytes(id).filter(|_| set & GRE_KEY != 0) {
            p.string(key, format, &host(AF_INET, value));
        }
    }
    for (set, bit, key, text) in [
        (input, GRE_SEQ, "iseq", "iseq "),
        (output, GRE_SEQ, "oseq", "oseq "),
        (input, GRE_CSUM, "icsum", "icsum "),
        (output, GRE_CSUM, "ocsum", "ocsum "),
    ] {
        if set & bit != 0 {
            p.flag(key, text);
        }
    }
}

fn erspan(p: &mut Printer<'_>, values: &Values<'_>) {
    use gre::*;
    if let Some(index) = values.number(IFLA_GRE_ERSPAN_INDEX).filter(|&index| index != 0) {
        p.uint("erspan_index", "erspan_index {} ", index);
    }
    if let Some(version) = values.number(IFLA_GRE_ERSPAN_VER) {
        p.uint("erspan_ver", "erspan_ver {} ", version);
    }
    if let Some(direction) = values.number(IFLA_GRE_ERSPAN_DIR) {
        p.string("erspan_dir", "erspan_dir {} ", if direction == 0 { "ingress" } else { "egress" });
    }
    if let Some(id) = values.number(IFLA_GRE_ERSPAN_HWID) {
        p.hex("erspan_hwid", "erspan_hwid {} ", id);
    }
}

const GRE_ENCAP: [u16; 4] = [
    gre::IFLA_GRE_ENCAP_TYPE,
    gre::IFLA_GRE_ENCAP_FLAGS,
    gre::IFLA_GRE_ENCAP_SPORT,
    gre::IFLA_GRE_ENCAP_DPORT,
];

/// Encapsulation in UDP: type, flags, source and destination port.
fn encapsulation(p: &mut Printer<'_>, values: &Values<'_>, [kind, flags, source, destination]: [u16; 4]) {
    let word = match values.or_zero(kind) {
        0 => return,
        1 => "fou",
        2 => "gue",
        _ => "unknown",
    };
    p.open_object("encap");
    p.string("type", "encap {} ", word);
    for (id, key, text) in [(source, "sport", "encap-sport"), (destination, "dport", "encap-dport")] {
        let port = values.bytes(id).and_then(be16).unwrap_or(0);
        if port == 0 && key == "sport" && !p.is_json() {
            p.color_text(Color::None, "{} auto ", text);
        } else {
            p.json_number(key, port);
            p.color_text(Color::None, "{} ", format_args!("{text} {port}"));
        }
    }
    let flags = values.or_zero(flags);
    for (bit, key, text) in
        [(1, "csum", "encap-csum "), (2, "csum6", "encap-csum6 "), (4, "remcsum", "encap-remcsum ")]
    {
        let on = flags & bit != 0;
        if !on {
            p.text("no");
        }
        p.boolean(key, text, on);
    }
    p.close_object();
}
