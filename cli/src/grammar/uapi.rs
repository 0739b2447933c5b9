//! The kernel's constants and structs that command lines turn into, under one roof: a grammar speaks of all families.

pub(super) use netplumb_core::family::addr::*;
pub(super) use netplumb_core::family::common::*;
// Attribute numbers in `IFLA_AF_SPEC` have the same names.
pub(super) use netplumb_core::family::common::{AF_INET, AF_INET6};
pub(super) use netplumb_core::family::link::af_spec::*;
pub(super) use netplumb_core::family::link::info::{
    bond::*,
    bridge::*,
    bridge_port::*,
    geneve::*,
    gre::*,
    hsr::*,
    ip6tnl::{IFLA_IPTUN_ENCAP_LIMIT, IFLA_IPTUN_FLOWINFO},
    iptunnel::*,
    ipvlan::*,
    macvlan::*,
    veth::*,
    vlan::*,
    vrf::*,
    vti::*,
    vxlan::*,
    xfrm::*,
    *,
};
pub(super) use netplumb_core::family::link::vf::*;
pub(super) use netplumb_core::family::link::*;
pub(super) use netplumb_core::wire::NLA_F_NESTED;

/// Message type: add properties (alternative names) to a link (`linux/rtnetlink.h`).
pub(super) const RTM_NEWLINKPROP: u16 = 108;
/// Message type: delete properties of a link.
pub(super) const RTM_DELLINKPROP: u16 = 109;
