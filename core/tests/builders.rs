//! What the hand-written parts of the builders write, byte for byte: `rtnetlink(7)` and the kernel's headers.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]
#![cfg(target_endian = "little")]

use netplumb_core::family::common::AF_BRIDGE;
use netplumb_core::family::link::af_spec::{
    BRIDGE_FLAGS_SELF, BRIDGE_VLAN_INFO_PVID, BridgeVlanInfo, InetSpec, InetSpecBuilder,
};
use netplumb_core::family::link::info::vlan::{IflaVlanFlags, VLAN_FLAG_GVRP};
use netplumb_core::family::link::info::{LinkInfo, LinkInfoBuilder};
use netplumb_core::family::link::{IfInfoMsg, Link, LinkBuilder};
use netplumb_core::family::route::hop::{HopFlags, RTNH_F_ONLINK, RtNexthop};
use netplumb_core::family::route::{Route, RouteBuilder, Via};
use netplumb_core::wire::Writer;

/// Checks the bytes behind a header of `skip` bytes, written in hexadecimal with spaces where a reader wants them.
fn check(skip: usize, write: impl FnOnce(&mut Writer<'_>), expected: &str) -> Vec<u8> {
    let mut buffer = [0; 512];
    let mut w = Writer::new(&mut buffer);
    write(&mut w);
    assert!(!w.overflowed());
    let written: String = w.written()[skip..].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, expected.replace([' ', '\n'], ""));
    w.written().to_vec()
}

#[test]
fn nexthops_carry_their_length() {
    let bytes = check(
        12,
        |w| {
            RouteBuilder::new(w).hops(|hops| {
                let header = RtNexthop { rtnh_hops: 1, rtnh_ifindex: 3, ..RtNexthop::default() };
                hops.hop(header, |hop| {
                    hop.gateway([192, 0, 2, 1].into());
                });
                let header = RtNexthop { rtnh_flags: RTNH_F_ONLINK, rtnh_ifindex: 4, ..RtNexthop::default() };
                hops.hop(header, |hop| {
                    hop.via(Via { rtvia_family: 2, rtvia_addr: &[192, 0, 2, 3] });
                });
            });
        },
        "2800 0900
         1000 00 01 03000000 0800 0500 c0000201
         1400 04 00 04000000 0a00 1200 0200 c0000203 0000",
    );
    let route = Route::new(&bytes).unwrap();
    let seen: Vec<(HopFlags, i32)> =
        route.multipath().unwrap().map(|hop| (hop.header().rtnh_flags, hop.header().rtnh_ifindex)).collect();
    assert_eq!(seen, [(HopFlags(0), 3), (RTNH_F_ONLINK, 4)]);
    assert_eq!(
        route.multipath().unwrap().nth(1).unwrap().via().unwrap().ip(),
        Some("192.0.2.3".parse().unwrap())
    );
}

#[test]
fn destinations_and_tunnels_of_routes() {
    let bytes = check(
        12,
        |w| {
            RouteBuilder::new(w).dst_ip([198, 51, 100, 0].into()).encap_mpls(|mpls| {
                mpls.dst(&[16, 17]).ttl(9);
            });
        },
        "0800 0100 c6336400
         0600 1500 0100 0000
         1800 1680 0c00 0100 00010000 00011100 0500 0200 09 000000",
    );
    let route = Route::new(&bytes).unwrap();
    assert_eq!(format!("{}", route.encap_mpls().unwrap().dst().unwrap()), "16/17");
    assert!(route.encap_ip().is_none());
    check(
        12,
        |w| {
            RouteBuilder::new(w).dst_label(100);
        },
        "0800 0100 00064100",
    );
}

#[test]
fn kinds_write_their_name_first() {
    let bytes = check(
        0,
        |w| {
            LinkInfoBuilder::new(w).vlan(|vlan| {
                vlan.id(7).protocol(0x8100);
                vlan.flags(IflaVlanFlags { flags: VLAN_FLAG_GVRP, mask: VLAN_FLAG_GVRP });
            });
        },
        "0900 0100 766c616e00 000000
         2000 0280 0600 0100 0700 0000 0600 0500 8100 0000 0c00 0200 02000000 02000000",
    );
    let info = LinkInfo::new(&bytes).unwrap();
    assert_eq!(info.vlan().unwrap().protocol(), Some(0x8100));
    assert!(info.bond().is_none() && info.vrf_port().is_none());
}

#[test]
fn the_peer_of_a_veth_has_a_header() {
    let bytes = check(
        16,
        |w| {
            LinkBuilder::new(w).linkinfo(|info| {
                info.veth(|veth| {
                    veth.peer(|peer| {
                        peer.ifname("p");
                    });
                });
            });
        },
        "3000 1280 0900 0100 7665746800 000000
         2000 0280 1c00 0180 00000000 00000000 00000000 00000000 0600 0300 7000 0000",
    );
    let veth = Link::new(&bytes).unwrap().linkinfo().unwrap().veth().unwrap();
    assert_eq!(veth.peer().unwrap().ifname(), Some("p"));
}

#[test]
fn ipv4_settings_are_attributes_in_requests() {
    let bytes = check(
        0,
        |w| {
            InetSpecBuilder::new(w).set_conf(&[(1, 1), (14, -1)]);
        },
        "1400 0180 0800 0100 01000000 0800 0e00 ffffffff",
    );
    assert!(InetSpec::new(&bytes).unwrap().conf().is_some());
}

#[test]
fn bridge_ports_have_another_af_spec() {
    let bytes = check(
        16,
        |w| {
            let header = IfInfoMsg { ifi_family: AF_BRIDGE, ifi_index: 3, ..IfInfoMsg::default() };
            LinkBuilder::with_header(w, header)
                .bridge_port(|port| {
                    port.cost(5);
                })
                .bridge_spec(|spec| {
                    spec.flags(BRIDGE_FLAGS_SELF);
                    spec.vlan_infos(BridgeVlanInfo { flags: BRIDGE_VLAN_INFO_PVID, vid: 10 });
                    spec.vlan_infos(BridgeVlanInfo { vid: 11, ..BridgeVlanInfo::default() });
                });
        },
        "0c00 0c80 0800 0300 05000000
         1c00 1a80 0600 0000 0200 0000 0800 0200 0200 0a00 0800 0200 0000 0b00",
    );
    let link = Link::new(&bytes).unwrap();
    assert_eq!(link.bridge_port().unwrap().cost(), Some(5));
    let vids: Vec<u16> = link.bridge_spec().unwrap().vlan_infos().map(|vlan| vlan.vid).collect();
    assert_eq!(vids, [10, 11]);
    assert!(link.families().is_none());
}
