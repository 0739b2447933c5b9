//! The attribute sets and message types of netlink families, one file or folder each.
//!
//! ```
//! use netplumb_core::family::{ROUTE, SETS};
//! let newlink = ROUTE.message_named("RTM_NEWLINK").unwrap();
//! let link = (newlink.schema)();
//! assert_eq!((newlink.kind, link.name, link.attr_named("mtu").unwrap().name), (16, "link", "IFLA_MTU"));
//! assert!(SETS.iter().any(|set| set().name == "link.bridge"));
//! ```

pub mod addr;
pub mod common;
pub mod link;
pub mod neigh;
pub mod route;
pub mod rule;

use crate::schema::SchemaFn;

/// A message type of a protocol: its number, the kernel's constant, and what its payload looks like.
#[derive(Debug)]
pub struct MessageType {
    /// `nlmsg_type`.
    pub kind: u16,
    /// The kernel's constant, `"RTM_NEWLINK"`.
    pub name: &'static str,
    /// The set of its payload.
    pub schema: SchemaFn,
}

/// A netlink protocol and the message types known of it.
#[derive(Debug)]
pub struct Protocol {
    /// The kernel's constant, `"NETLINK_ROUTE"`.
    pub name: &'static str,
    /// The number for `socket(2)`.
    pub number: i32,
    /// Its message types in ascending order.
    pub messages: &'static [MessageType],
}

impl Protocol {
    /// The message type with this number.
    pub fn message(&self, kind: u16) -> Option<&'static MessageType> {
        self.messages.binary_search_by_key(&kind, |row| row.kind).ok().and_then(|at| self.messages.get(at))
    }

    /// The message type with this name.
    pub fn message_named(&self, name: &str) -> Option<&'static MessageType> {
        self.messages.iter().find(|row| row.name == name)
    }
}

/// `NETLINK_ROUTE` (rtnetlink, `linux/rtnetlink.h`).
pub static ROUTE: Protocol = Protocol {
    name: "NETLINK_ROUTE",
    number: 0,
    messages: &[
        MessageType { kind: link::RTM_NEWLINK, name: "RTM_NEWLINK", schema: || link::Link::SCHEMA },
        MessageType { kind: link::RTM_DELLINK, name: "RTM_DELLINK", schema: || link::Link::SCHEMA },
        MessageType { kind: link::RTM_GETLINK, name: "RTM_GETLINK", schema: || link::Link::SCHEMA },
        MessageType { kind: link::RTM_SETLINK, name: "RTM_SETLINK", schema: || link::Link::SCHEMA },
        MessageType { kind: addr::RTM_NEWADDR, name: "RTM_NEWADDR", schema: || addr::Addr::SCHEMA },
        MessageType { kind: addr::RTM_DELADDR, name: "RTM_DELADDR", schema: || addr::Addr::SCHEMA },
        MessageType { kind: addr::RTM_GETADDR, name: "RTM_GETADDR", schema: || addr::Addr::SCHEMA },
        MessageType { kind: route::RTM_NEWROUTE, name: "RTM_NEWROUTE", schema: || route::Route::SCHEMA },
        MessageType { kind: route::RTM_DELROUTE, name: "RTM_DELROUTE", schema: || route::Route::SCHEMA },
        MessageType { kind: route::RTM_GETROUTE, name: "RTM_GETROUTE", schema: || route::Route::SCHEMA },
        MessageType { kind: neigh::RTM_NEWNEIGH, name: "RTM_NEWNEIGH", schema: || neigh::Neigh::SCHEMA },
        MessageType { kind: neigh::RTM_DELNEIGH, name: "RTM_DELNEIGH", schema: || neigh::Neigh::SCHEMA },
        MessageType { kind: neigh::RTM_GETNEIGH, name: "RTM_GETNEIGH", schema: || neigh::Neigh::SCHEMA },
        MessageType { kind: rule::RTM_NEWRULE, name: "RTM_NEWRULE", schema: || rule::Rule::SCHEMA },
        MessageType { kind: rule::RTM_DELRULE, name: "RTM_DELRULE", schema: || rule::Rule::SCHEMA },
        MessageType { kind: rule::RTM_GETRULE, name: "RTM_GETRULE", schema: || rule::Rule::SCHEMA },
    ],
};

/// Every protocol that this library knows.
pub static PROTOCOLS: &[&Protocol] = &[&ROUTE];

/// Every attribute set, nested ones too.
pub static SETS: &[SchemaFn] = &[
    || addr::Addr::SCHEMA,
    || link::Link::SCHEMA,
    || link::Xdp::SCHEMA,
    || link::ProtoDownReason::SCHEMA,
    || link::DevlinkPort::SCHEMA,
    || link::DpllPin::SCHEMA,
    || link::prop_list::PropList::SCHEMA,
    || link::vf::VfInfoList::SCHEMA,
    || link::vf::VfInfo::SCHEMA,
    || link::vf::VfVlanList::SCHEMA,
    || link::vf::VfStats::SCHEMA,
    || link::port::VfPorts::SCHEMA,
    || link::port::VirtualPort::SCHEMA,
    || link::af_spec::AfSpec::SCHEMA,
    || link::af_spec::InetSpec::SCHEMA,
    || link::af_spec::Inet6Spec::SCHEMA,
    || link::af_spec::MctpSpec::SCHEMA,
    || link::af_spec::BridgeSpec::SCHEMA,
    || link::af_spec::VlanTunnelInfo::SCHEMA,
    || link::af_spec::BridgeMst::SCHEMA,
    || link::af_spec::BridgeMstEntry::SCHEMA,
    || link::mrp::BridgeMrp::SCHEMA,
    || link::mrp::MrpInstance::SCHEMA,
    || link::mrp::MrpPortState::SCHEMA,
    || link::mrp::MrpPortRole::SCHEMA,
    || link::mrp::MrpRingState::SCHEMA,
    || link::mrp::MrpRingRole::SCHEMA,
    || link::mrp::MrpStartTest::SCHEMA,
    || link::mrp::MrpInfo::SCHEMA,
    || link::mrp::MrpInState::SCHEMA,
    || link::mrp::MrpInRole::SCHEMA,
    || link::mrp::MrpStartInTest::SCHEMA,
    || link::cfm::BridgeCfm::SCHEMA,
    || link::cfm::CfmMepCreate::SCHEMA,
    || link::cfm::CfmMepDelete::SCHEMA,
    || link::cfm::CfmMepConfig::SCHEMA,
    || link::cfm::CfmCcConfig::SCHEMA,
    || link::cfm::CfmCcPeerMep::SCHEMA,
    || link::cfm::CfmCcRdi::SCHEMA,
    || link::cfm::CfmCcCcmTx::SCHEMA,
    || link::cfm::CfmMepStatus::SCHEMA,
    || link::cfm::CfmCcPeerStatus::SCHEMA,
    || link::info::LinkInfo::SCHEMA,
    || link::info::bareudp::Bareudp::SCHEMA,
    || link::info::bond::Bond::SCHEMA,
    || link::info::bond::BondAdInfo::SCHEMA,
    || link::info::bond::BondSlave::SCHEMA,
    || link::info::bridge::Bridge::SCHEMA,
    || link::info::bridge::BridgeQuerier::SCHEMA,
    || link::info::bridge_port::BridgePort::SCHEMA,
    || link::info::geneve::Geneve::SCHEMA,
    || link::info::gre::Gre::SCHEMA,
    || link::info::hsr::Hsr::SCHEMA,
    || link::info::ip6tnl::Ip6Tnl::SCHEMA,
    || link::info::iptunnel::IpTunnel::SCHEMA,
    || link::info::ipvlan::Ipvlan::SCHEMA,
    || link::info::macsec::Macsec::SCHEMA,
    || link::info::macvlan::Macvlan::SCHEMA,
    || link::info::macvlan::macaddr::MacaddrData::SCHEMA,
    || link::info::netkit::Netkit::SCHEMA,
    || link::info::tun::Tun::SCHEMA,
    || link::info::veth::Veth::SCHEMA,
    || link::info::vlan::Vlan::SCHEMA,
    || link::info::vlan::VlanQos::SCHEMA,
    || link::info::vrf::Vrf::SCHEMA,
    || link::info::vrf::VrfPort::SCHEMA,
    || link::info::vti::Vti::SCHEMA,
    || link::info::vxlan::Vxlan::SCHEMA,
    || link::info::xfrm::Xfrm::SCHEMA,
    || route::Route::SCHEMA,
    || route::Metrics::SCHEMA,
    || route::hop::Hop::SCHEMA,
    || route::encap::MplsEncap::SCHEMA,
    || route::encap::IpEncap::SCHEMA,
    || route::encap::Ip6Encap::SCHEMA,
    || route::encap::TunnelOpts::SCHEMA,
    || route::encap::GeneveOpt::SCHEMA,
    || route::encap::VxlanOpt::SCHEMA,
    || route::encap::ErspanOpt::SCHEMA,
    || route::encap::IlaEncap::SCHEMA,
    || route::encap::Seg6Encap::SCHEMA,
    || route::encap::BpfEncap::SCHEMA,
    || route::encap::BpfProg::SCHEMA,
    || route::encap::Seg6Local::SCHEMA,
    || route::encap::Seg6LocalBpf::SCHEMA,
    || route::encap::Seg6LocalCounters::SCHEMA,
    || route::encap::Seg6LocalFlavors::SCHEMA,
    || route::encap::RplEncap::SCHEMA,
    || route::encap::Ioam6Encap::SCHEMA,
    || route::encap::XfrmEncap::SCHEMA,
    || rule::Rule::SCHEMA,
    || neigh::Neigh::SCHEMA,
    || neigh::FdbExt::SCHEMA,
];
