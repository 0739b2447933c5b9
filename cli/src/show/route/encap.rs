//! Lightweight tunnels of routes (`RTA_ENCAP`).

use netplumb_core::family::route::encap::{
    BpfEncap, BpfProg, EncapType, Ip6Encap, IpEncap, LWTUNNEL_ENCAP_BPF, LWTUNNEL_ENCAP_IP,
    LWTUNNEL_ENCAP_IP6, LWTUNNEL_ENCAP_MPLS, LWTUNNEL_ENCAP_SEG6, LWTUNNEL_ENCAP_SEG6_LOCAL,
    LWTUNNEL_ENCAP_XFRM, MplsEncap, Seg6Encap, Seg6Local, XfrmEncap,
};
use netplumb_core::wire::Attrs;

use crate::show::value::ipv6;
use crate::show::{Color, Context, Printer};

const TUNNEL_CSUM: u16 = 0x01;
const TUNNEL_KEY: u16 = 0x04;
const TUNNEL_SEQ: u16 = 0x08;
/// The routing header carries a keyed hash.
const SR6_FLAG1_HMAC: u8 = 1 << 3;

/// Prints the kind of a tunnel and what the kind knows.
pub(super) fn print(p: &mut Printer<'_>, cx: &Context, kind: EncapType, attrs: Attrs<'_>) {
    let known = kind.name().filter(|_| (1..=10).contains(&kind.0)).unwrap_or("unknown");
    p.string("encap", " encap {} ", known);
    match kind {
        LWTUNNEL_ENCAP_MPLS => mpls(p, attrs),
        LWTUNNEL_ENCAP_IP => ip(p, attrs),
        LWTUNNEL_ENCAP_IP6 => ip6(p, attrs),
        LWTUNNEL_ENCAP_SEG6 => seg6(p, attrs),
        LWTUNNEL_ENCAP_SEG6_LOCAL => seg6local(p, cx, attrs),
        LWTUNNEL_ENCAP_BPF => bpf(p, attrs),
        LWTUNNEL_ENCAP_XFRM => xfrm(p, cx, attrs),
        _ => {}
    }
}

fn mpls(p: &mut Printer<'_>, attrs: Attrs<'_>) {
    let Some(encap) = MplsEncap::new(attrs.remainder()) else { return };
    if let Some(labels) = encap.dst() {
        p.string("dst", " {} ", &labels.to_string());
    }
    if let Some(ttl) = encap.ttl() {
        p.uint("ttl", "ttl {} ", ttl);
    }
}

fn ip(p: &mut Printer<'_>, attrs: Attrs<'_>) {
    let Some(encap) = IpEncap::new(attrs.remainder()) else { return };
    if let Some(id) = encap.id() {
        p.uint("id", "id {} ", id);
    }
    if let Some(source) = encap.src() {
        p.color_string(Color::Inet, "src", "src {} ", &source.to_string());
    }
    if let Some(destination) = encap.dst() {
        p.color_string(Color::Inet, "dst", "dst {} ", &destination.to_string());
    }
    if let Some(ttl) = encap.ttl() {
        p.uint("ttl", "ttl {} ", ttl);
    }
    if let Some(tos) = encap.tos() {
        p.uint("tos", "tos {} ", tos);
    }
    tunnel_flags(p, encap.flags());
}

fn ip6(p: &mut Printer<'_>, attrs: Attrs<'_>) {
    let Some(encap) = Ip6Encap::new(attrs.remainder()) else { return };
    if let Some(id) = encap.id() {
        p.uint("id", "id {} ", id);
    }
    if let Some(source) = encap.src() {
        p.color_string(Color::Inet6, "src", "src {} ", &ipv6(source));
    }
    if let Some(destination) = encap.dst() {
        p.color_string(Color::Inet6, "dst", "dst {} ", &ipv6(destination));
    }
    if let Some(limit) = encap.hoplimit() {
        p.uint("hoplimit", "hoplimit {} ", limit);
    }
    if let Some(class) = encap.tc() {
        p.uint("tc", "tc {} ", class);
    }
    tunnel_flags(p, encap.flags());
}

fn tunnel_flags(p: &mut Printer<'_>, flags: Option<u16>) {
    let flags = flags.unwrap_or(0);
    for (bit, key, text) in
        [(TUNNEL_KEY, "key", "key "), (TUNNEL_CSUM, "csum", "csum "), (TUNNEL_SEQ, "seq", "seq ")]
    {
        if flags & bit != 0 {
            p.flag(key, text);
        }
    }
}

/// A segment routing header, last segment first as it is stored.
fn routing_header(p: &mut Printer<'_>, srh: &[u8]) {
    let last = srh.get(4).copied().unwrap_or(0);
    let segments: Vec<&[u8]> =
        srh.get(8..).unwrap_or(&[]).chunks_exact(16).take(usize::from(last) + 1).collect();
    p.open_array("segs", "");
    p.color_text(Color::None, "segs {} [ ", u16::from(last) + 1);
    for segment in segments.iter().rev() {
        p.color_item(Color::Inet6, "{} ", &crate::show::value::host(crate::show::value::AF_INET6, segment));
    }
    p.close_array("] ");
    if srh.get(5).is_some_and(|flags| flags & SR6_FLAG1_HMAC != 0) {
        let at = (usize::from(srh.get(1).copied().unwrap_or(0)) + 1) * 8;
        let key = at
            .checked_sub(36)
            .and_then(|at| srh.get(at..)?.first_chunk())
            .map(|b: &[u8; 4]| u32::from_be_bytes(*b));
        if let Some(key) = key {
            p.json_string("hmac", &crate::show::printer::alternate_hex(key.into()));
            p.color_text(Color::None, "hmac {} ", format_args!("{key:X}"));
        }
    }
}

fn seg6(p: &mut Printer<'_>, attrs: Attrs<'_>) {
    let Some(encap) = Seg6Encap::new(attrs.remainder()) else { return };
    let (Some(srh), Some(mode)) = (encap.srh(), encap.mode()) else { return };
    p.string("mode", "mode {} ", mode.name().unwrap_or("<unknown>"));
    routing_header(p, srh.get(4..).unwrap_or(&[]));
}

fn seg6local(p: &mut Printer<'_>, cx: &Context, attrs: Attrs<'_>) {
    let Some(encap) = Seg6Local::new(attrs.remainder()) else { return };
    let Some(action) = encap.action() else { return };
    let name = action.name().filter(|_| action.0 != 0).unwrap_or("<unknown>");
    p.string("action", "action {} ", name);
    if let Some(srh) = encap.srh() {
        p.open_object("srh");
        routing_header(p, srh);
        p.close_object();
    }
    if let Some(table) = encap.table_id() {
        p.string("table", "table {} ", &cx.table(table));
    }
    if let Some(table) = encap.vrftable() {
        p.string("vrftable", "vrftable {} ", &cx.table(table));
    }
    if let Some(hop) = encap.nh4() {
        p.string("nh4", "nh4 {} ", &hop.to_string());
    }
    if let Some(hop) = encap.nh6() {
        p.string("nh6", "nh6 {} ", &ipv6(hop));
    }
    if let Some(index) = encap.iif() {
        p.string("iif", "iif {} ", &cx.link_name(index));
    }
    if let Some(index) = encap.oif() {
        p.string("oif", "oif {} ", &cx.link_name(index));
    }
    if let Some(program) = encap.bpf() {
        program_name(p, "endpoint", program.name());
    }
}

fn program_name(p: &mut Printer<'_>, key: &str, name: Option<&str>) {
    p.json_string(key, name.unwrap_or("<unknown>"));
    p.color_text(Color::None, "{} ", key);
    if let Some(name) = name {
        p.color_text(Color::None, "{} ", name);
    }
}

fn bpf(p: &mut Printer<'_>, attrs: Attrs<'_>) {
    let Some(encap) = BpfEncap::new(attrs.remainder()) else { return };
    let programs: [(&str, Option<BpfProg<'_>>); 3] =
        [("in", encap.input()), ("out", encap.output()), ("xmit", encap.xmit())];
    for (key, program) in programs {
        if let Some(program) = program {
            program_name(p, key, program.name());
        }
    }
    if let Some(headroom) = encap.xmit_headroom() {
        p.uint("headroom", " {} ", headroom);
    }
}

fn xfrm(p: &mut Printer<'_>, cx: &Context, attrs: Attrs<'_>) {
    let Some(encap) = XfrmEncap::new(attrs.remainder()) else { return };
    if let Some(id) = encap.if_id() {
        p.hex("if_id", "if_id {} ", id.into());
    }
    if let Some(link) = encap.link() {
        p.string("link_dev", "link_dev {} ", &cx.link_name(link));
    }
}
