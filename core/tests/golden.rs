//! Messages as a kernel sent them, see `data/rtnetlink.hex` for how they were recorded.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]
#![cfg(target_endian = "little")]

use netplumb_core::family::link::af_spec::IN6_ADDR_GEN_MODE_EUI64;
use netplumb_core::family::link::info::bridge_port::BR_STATE_FORWARDING;
use netplumb_core::family::link::info::macvlan::{MACVLAN_MODE_BRIDGE, MACVLAN_MODE_SOURCE};
use netplumb_core::family::link::info::tun::IFF_TUN;
use netplumb_core::family::link::{ARPHRD_ETHER, ARPHRD_LOOPBACK, IF_OPER_UP, IFF_LOOPBACK, IFF_UP, Link};
use netplumb_core::family::neigh::{NTF_PROXY, NUD_PERMANENT, Neigh};
use netplumb_core::family::route::encap::SEG6_IPTUN_MODE_ENCAP;
use netplumb_core::family::route::hop::Hop;
use netplumb_core::family::route::{
    ICMPV6_ROUTER_PREF_HIGH, RT_TABLE_MAIN, RTN_BLACKHOLE, RTN_UNICAST, RTPROT_BOOT, Route, RouteTable,
};
use netplumb_core::family::rule::{FIB_RULE_INVERT, FR_ACT_TO_TBL, FR_ACT_UNREACHABLE, Rule};
use netplumb_core::family::{ROUTE, addr::Addr};
use netplumb_core::schema::{Rules, check};
use std::net::IpAddr;
use std::sync::OnceLock;

/// The messages, as pairs of type and payload.
fn messages() -> &'static [(u16, Vec<u8>)] {
    static MESSAGES: OnceLock<Vec<(u16, Vec<u8>)>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let lines = include_str!("data/rtnetlink.hex").lines();
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(message).collect()
    })
}

fn message(hex: &str) -> (u16, Vec<u8>) {
    assert!(hex.is_ascii());
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    assert_eq!(u32::from_ne_bytes(bytes[..4].try_into().unwrap()) as usize, bytes.len());
    (u16::from_ne_bytes([bytes[4], bytes[5]]), bytes[16..].to_vec())
}

fn payloads(kind: u16) -> Vec<&'static [u8]> {
    messages().iter().filter(|(k, _)| *k == kind).map(|(_, payload)| &payload[..]).collect()
}

/// Runs `check` on the link of family `AF_UNSPEC` with this name.
fn link(name: &str, check: impl FnOnce(Link<'_>)) {
    let all = payloads(16);
    let found =
        all.iter().find(|payload| payload[0] == 0 && Link::new(payload).unwrap().ifname() == Some(name));
    check(Link::new(found.unwrap()).unwrap());
}

fn route(destination: &str, check: impl FnOnce(Route<'_>)) {
    let (address, length) = destination.split_once('/').unwrap();
    let (address, length): (IpAddr, u8) = (address.parse().unwrap(), length.parse().unwrap());
    let all = payloads(24);
    let found = all.iter().find(|payload| {
        let route = Route::new(payload).unwrap();
        route.dst_ip() == Some(address) && route.header().rtm_dst_len == length
    });
    check(Route::new(found.unwrap()).unwrap());
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn loopback() {
    link("lo", |lo| {
        let header = lo.header();
        assert_eq!((header.ifi_type, header.ifi_index), (ARPHRD_LOOPBACK, 1));
        assert!(header.ifi_flags.contains(IFF_UP) && header.ifi_flags.contains(IFF_LOOPBACK));
        assert_eq!((lo.mtu(), lo.txqlen(), lo.qdisc()), (Some(65_536), Some(1000), Some("noqueue")));
        assert_eq!(lo.address(), Some(&[0; 6][..]));
        let inet6 = lo.families().unwrap().inet6().unwrap();
        assert_eq!(inet6.addr_gen_mode(), Some(IN6_ADDR_GEN_MODE_EUI64));
        assert_eq!(inet6.cacheinfo().unwrap().max_reasm_len, 65_535);
        assert!(lo.families().unwrap().inet().unwrap().conf().unwrap().iter().count() > 30);
        let stats = lo.stats64().unwrap();
        assert_eq!(
            (stats.rx_packets, stats.tx_packets),
            (u64::from(lo.stats().unwrap().rx_packets), stats.rx_packets)
        );
        assert!(stats.rx_otherhost_dropped.is_some());
        assert_eq!(lo.max_pacing_offload_horizon(), Some(0));
    });
}

#[test]
fn kinds_of_links() {
    link("br0", |link| {
        let bridge = link.linkinfo().unwrap().bridge().unwrap();
        assert_eq!((bridge.forward_delay(), bridge.priority()), (Some(400), Some(0x8000)));
        assert_eq!(bridge.bridge_id().unwrap().addr, link.address().unwrap());
        assert_eq!(bridge.bridge_id().unwrap().prio.0, 0x8000);
    });
    link("ve0", |link| {
        let info = link.linkinfo().unwrap();
        assert_eq!((info.kind(), info.slave_kind()), (Some("veth"), Some("bridge")));
        assert_eq!(info.bridge_port().unwrap().id().unwrap() & 0xff, 1);
        assert!(info.bridge().is_none());
        assert_eq!(link.header().ifi_type, ARPHRD_ETHER);
    });
    link("vx0", |link| {
        let vxlan = link.linkinfo().unwrap().vxlan().unwrap();
        assert_eq!((vxlan.id(), vxlan.port(), vxlan.ttl()), (Some(42), Some(4789), Some(7)));
        assert_eq!(vxlan.group(), Some([192, 0, 2, 1].into()));
        assert_eq!(vxlan.ttl_inherit(), Some(false));
    });
    link("vx6", |link| {
        let vxlan = link.linkinfo().unwrap().vxlan().unwrap();
        assert_eq!(vxlan.group6(), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(vxlan.ttl_inherit(), Some(true));
    });
    link("mv0", |link| {
        assert_eq!(link.linkinfo().unwrap().macvlan().unwrap().mode(), Some(MACVLAN_MODE_BRIDGE));
    });
    link("mt0", |link| {
        let macvtap = link.linkinfo().unwrap().macvtap().unwrap();
        assert_eq!(macvtap.mode(), Some(MACVLAN_MODE_SOURCE));
        let sources: Vec<&[u8]> = macvtap.macaddr_data().unwrap().macaddrs().collect();
        assert_eq!(sources, [&[2, 0, 0, 0, 0, 0x99][..]]);
    });
    link("tun0", |link| {
        let tun = link.linkinfo().unwrap().tun().unwrap();
        assert_eq!((tun.kind(), tun.persist()), (Some(IFF_TUN), Some(1)));
    });
    link("i0", |link| {
        assert_eq!(link.linkinfo().unwrap().kind(), Some("ifb"));
        assert_eq!(link.ifalias(), Some("a label"));
        assert_eq!(link.prop_list().unwrap().alt_ifnames().collect::<Vec<_>>(), ["functional-block-0"]);
    });
}

#[test]
fn bridge_ports_in_their_own_family() {
    let all = payloads(16);
    let ports: Vec<Link<'_>> =
        all.iter().filter(|payload| payload[0] == 7).map(|payload| Link::new(payload).unwrap()).collect();
    let port = ports.iter().find(|link| link.ifname() == Some("ve0")).unwrap();
    assert_eq!(port.bridge_port().unwrap().state(), Some(BR_STATE_FORWARDING));
    assert_eq!(port.operstate(), Some(IF_OPER_UP));
    assert!(port.families().is_none() && port.inet6().is_none());
}

#[test]
fn addresses() {
    let all = payloads(20);
    let address = all
        .iter()
        .map(|payload| Addr::new(payload).unwrap())
        .find(|addr| addr.address() == ip("192.0.2.2"))
        .unwrap();
    assert_eq!((address.header().ifa_prefixlen, address.label()), (24, Some("ve1")));
    assert_eq!(address.cacheinfo().unwrap().ifa_valid, u32::MAX);
}

#[test]
fn routes() {
    route("198.51.100.0/24", |route| {
        assert_eq!((route.gateway(), route.route_table()), (ip("192.0.2.1"), RT_TABLE_MAIN));
        assert_eq!((route.header().rtm_protocol, route.header().rtm_type), (RTPROT_BOOT, RTN_UNICAST));
    });
    route("198.51.101.0/24", |route| {
        let hops: Vec<Hop<'_>> = route.multipath().unwrap().collect();
        let seen: Vec<(u8, Option<IpAddr>)> =
            hops.iter().map(|h| (h.header().rtnh_hops, h.gateway())).collect();
        assert_eq!(seen, [(1, ip("192.0.2.1")), (4, ip("192.0.2.3"))]);
    });
    route("198.51.102.0/24", |route| {
        assert_eq!((route.gateway(), route.gateway_ip()), (None, ip("2001:db8::1")));
        assert_eq!(route.via().unwrap().rtvia_family, 10);
        let metrics = route.metrics().unwrap();
        assert_eq!((metrics.mtu(), metrics.initcwnd(), metrics.window()), (Some(1300), Some(20), None));
    });
    route("198.51.103.0/24", |route| {
        let encap = route.encap_ip().unwrap();
        assert_eq!((encap.id(), encap.dst()), (Some(5), Some([203, 0, 113, 1].into())));
        assert!(route.encap_mpls().is_none());
    });
    route("2001:db8:1::/48", |route| {
        let encap = route.encap_seg6().unwrap();
        assert_eq!(encap.mode(), Some(SEG6_IPTUN_MODE_ENCAP));
        let segments: Vec<IpAddr> = encap.segments().map(IpAddr::from).collect();
        assert_eq!(segments, [ip("2001:db8::6").unwrap(), ip("2001:db8::5").unwrap()]);
    });
    route("2001:db8:2::/48", |route| {
        assert_eq!((route.pref(), route.route_table()), (Some(ICMPV6_ROUTER_PREF_HIGH), RouteTable(1000)));
    });
    route("203.0.113.0/24", |route| assert_eq!(route.header().rtm_type, RTN_BLACKHOLE));
}

#[test]
fn rules() {
    let all = payloads(32);
    let rules: Vec<Rule<'_>> = all.iter().map(|payload| Rule::new(payload).unwrap()).collect();
    let by = |priority| rules.iter().find(|rule| rule.priority() == Some(priority)).unwrap();
    let rule = by(100);
    assert_eq!((rule.src(), rule.header().src_len), (ip("192.0.2.0"), 24));
    assert_eq!((rule.fwmark(), rule.fwmask(), rule.iifname()), (Some(0x10), Some(0xf0), Some("ve1")));
    assert_eq!((rule.header().action, rule.route_table()), (FR_ACT_TO_TBL, RouteTable(77)));
    let ports = rule.dport_range().unwrap();
    assert_eq!((rule.ip_proto(), ports.start, ports.end), (Some(6), 80, 90));
    let rule = by(101);
    assert!(rule.header().flags.contains(FIB_RULE_INVERT));
    assert_eq!(rule.header().action, FR_ACT_UNREACHABLE);
    assert_eq!(rule.uid_range().map(|users| (users.start, users.end)), Some((5, 9)));
}

#[test]
fn neighbours() {
    let all = payloads(28);
    let neighs: Vec<Neigh<'_>> = all.iter().map(|payload| Neigh::new(payload).unwrap()).collect();
    let by = |address: &str| neighs.iter().find(|neigh| neigh.dst() == ip(address)).unwrap();
    assert_eq!(by("192.0.2.1").lladdr(), Some(&[2, 0, 0, 0, 0, 1][..]));
    assert_eq!(by("192.0.2.1").header().ndm_state, NUD_PERMANENT);
    assert_eq!(by("192.0.2.8").header().ndm_flags, NTF_PROXY);
    let entry = neighs.iter().find(|neigh| neigh.lladdr() == Some(&[2, 0, 0, 0, 0, 2])).unwrap();
    assert_eq!((entry.header().ndm_family.0, entry.dst()), (7, None));
}

#[test]
fn the_tables_explain_every_attribute_of_every_message() {
    let all = messages();
    assert!(all.len() > 60, "only {} messages", all.len());
    for (kind, payload) in all {
        let known = ROUTE.message(*kind).unwrap_or_else(|| panic!("message type {kind} is not known"));
        if let Err(fault) = check((known.schema)(), payload, Rules::STRICT) {
            panic!("{}: {fault}", known.name);
        }
    }
}
