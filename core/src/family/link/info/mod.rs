//! Kinds of virtual interfaces (`IFLA_LINKINFO`), one file each.
//!
//! ```
//! use netplumb_core::family::link::{self, Link};
//! use netplumb_core::request::AsRequest;
//! let request = link::create("eth0.7").link(2).linkinfo(|info| {
//!     info.vlan(|v| {
//!         v.id(7);
//!     });
//! });
//! let link = Link::new(&request.message().unwrap()[16..]).unwrap();
//! let info = link.linkinfo().unwrap();
//! assert_eq!((info.kind(), info.vlan().unwrap().id()), (Some("vlan"), Some(7)));
//! assert!(info.bridge().is_none(), "it is of another kind");
//! ```

pub mod bareudp;
pub mod bond;
pub mod bridge;
pub mod bridge_port;
pub mod geneve;
pub mod gre;
pub mod hsr;
pub mod ip6tnl;
pub mod iptunnel;
pub mod ipvlan;
pub mod macsec;
pub mod macvlan;
pub mod netkit;
pub mod tun;
pub mod veth;
pub mod vlan;
pub mod vrf;
pub mod vti;
pub mod vxlan;
pub mod xfrm;

use crate::attrs;
use crate::schema::{Bytes, Case, Kind, Select, Selector, Str, Value};

static DATA: Select = Select {
    by: Selector::Sibling(IFLA_INFO_KIND),
    cases: &[
        (Case::Str("bareudp"), Kind::Nest(|| bareudp::Bareudp::SCHEMA)),
        (Case::Str("bond"), Kind::Nest(|| bond::Bond::SCHEMA)),
        (Case::Str("bridge"), Kind::Nest(|| bridge::Bridge::SCHEMA)),
        (Case::Str("erspan"), Kind::Nest(|| gre::Gre::SCHEMA)),
        (Case::Str("geneve"), Kind::Nest(|| geneve::Geneve::SCHEMA)),
        (Case::Str("gre"), Kind::Nest(|| gre::Gre::SCHEMA)),
        (Case::Str("gretap"), Kind::Nest(|| gre::Gre::SCHEMA)),
        (Case::Str("hsr"), Kind::Nest(|| hsr::Hsr::SCHEMA)),
        (Case::Str("ip6erspan"), Kind::Nest(|| gre::Gre::SCHEMA)),
        (Case::Str("ip6gre"), Kind::Nest(|| gre::Gre::SCHEMA)),
        (Case::Str("ip6gretap"), Kind::Nest(|| gre::Gre::SCHEMA)),
        (Case::Str("ip6tnl"), Kind::Nest(|| ip6tnl::Ip6Tnl::SCHEMA)),
        (Case::Str("ipip"), Kind::Nest(|| iptunnel::IpTunnel::SCHEMA)),
        (Case::Str("ipvlan"), Kind::Nest(|| ipvlan::Ipvlan::SCHEMA)),
        (Case::Str("ipvtap"), Kind::Nest(|| ipvlan::Ipvlan::SCHEMA)),
        (Case::Str("macsec"), Kind::Nest(|| macsec::Macsec::SCHEMA)),
        (Case::Str("macvlan"), Kind::Nest(|| macvlan::Macvlan::SCHEMA)),
        (Case::Str("macvtap"), Kind::Nest(|| macvlan::Macvlan::SCHEMA)),
        (Case::Str("netkit"), Kind::Nest(|| netkit::Netkit::SCHEMA)),
        (Case::Str("sit"), Kind::Nest(|| iptunnel::IpTunnel::SCHEMA)),
        (Case::Str("tun"), Kind::Nest(|| tun::Tun::SCHEMA)),
        (Case::Str("veth"), Kind::Nest(|| veth::Veth::SCHEMA)),
        (Case::Str("vlan"), Kind::Nest(|| vlan::Vlan::SCHEMA)),
        (Case::Str("vrf"), Kind::Nest(|| vrf::Vrf::SCHEMA)),
        (Case::Str("vti"), Kind::Nest(|| vti::Vti::SCHEMA)),
        (Case::Str("vti6"), Kind::Nest(|| vti::Vti::SCHEMA)),
        (Case::Str("vxlan"), Kind::Nest(|| vxlan::Vxlan::SCHEMA)),
        (Case::Str("xfrm"), Kind::Nest(|| xfrm::Xfrm::SCHEMA)),
        (Case::Any, <Bytes as Value>::KIND),
    ],
};

static SLAVE_DATA: Select = Select {
    by: Selector::Sibling(IFLA_INFO_SLAVE_KIND),
    cases: &[
        (Case::Str("bond"), Kind::Nest(|| bond::BondSlave::SCHEMA)),
        (Case::Str("bridge"), Kind::Nest(|| bridge_port::BridgePort::SCHEMA)),
        (Case::Str("vrf"), Kind::Nest(|| vrf::VrfPort::SCHEMA)),
        (Case::Any, <Bytes as Value>::KIND),
    ],
};

attrs! {
    /// Kind of a virtual interface and what the kind knows (`IFLA_INFO_*`, `linux/if_link.h`).
    LinkInfo / LinkInfoBuilder = "link.linkinfo" {
        /// Kind of the interface: `"veth"`, `"bridge"`.
        IFLA_INFO_KIND = 1 => kind: Str, key;
        /// What the kind knows.
        IFLA_INFO_DATA = 2 => data: {select Kind::Select(&DATA)};
        /// Counters of the kind.
        IFLA_INFO_XSTATS = 3 => xstats: (Bytes), read_only, volatile;
        /// Kind of the device that it is a port of.
        IFLA_INFO_SLAVE_KIND = 4 => slave_kind: Str;
        /// What that device knows about the port.
        IFLA_INFO_SLAVE_DATA = 5 => slave_data: {select Kind::Select(&SLAVE_DATA)};
    }
}

/// A set of attributes that a kind of interface has in `IFLA_INFO_DATA`.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])* $name:ident $View:ty, $Builder:ty, $kind:literal; )*) => {
        impl<'a, S: crate::wire::Source<'a>> LinkInfo<'a, S> {
            $( $(#[doc = $doc])*
            ///
            /// `None` when the interface is of another kind.
            pub fn $name(&self) -> Option<$View> {
                if self.kind()? != $kind {
                    return None;
                }
                <$View>::new(self.data()?.payload())
            } )*
        }

        impl<'b> LinkInfoBuilder<'_, 'b> {
            $( #[doc = concat!("Kind `", $kind, "` and its data.")]
            pub fn $name(&mut self, fill: impl FnOnce(&mut $Builder)) -> &mut Self {
                self.kind($kind);
                self.writer().nest(IFLA_INFO_DATA, |w| fill(&mut <$Builder>::new(w)));
                self
            } )*
        }
    };
}

/// A set of attributes that a device has for its ports in `IFLA_INFO_SLAVE_DATA`.
macro_rules! slaves {
    ($( $(#[doc = $doc:literal])* $name:ident $View:ty, $Builder:ty, $kind:literal; )*) => {
        impl<'a, S: crate::wire::Source<'a>> LinkInfo<'a, S> {
            $( $(#[doc = $doc])*
            ///
            /// `None` when it is not one.
            pub fn $name(&self) -> Option<$View> {
                if self.slave_kind()? != $kind {
                    return None;
                }
                <$View>::new(self.slave_data()?.payload())
            } )*
        }

        impl<'b> LinkInfoBuilder<'_, 'b> {
            $( #[doc = concat!("A port of kind `", $kind, "` and its data.")]
            pub fn $name(&mut self, fill: impl FnOnce(&mut $Builder)) -> &mut Self {
                self.slave_kind($kind);
                self.writer().nest(IFLA_INFO_SLAVE_DATA, |w| fill(&mut <$Builder>::new(w)));
                self
            } )*
        }
    };
}

kinds! {
    /// Data of packets in UDP.
    bareudp bareudp::Bareudp<'a>, bareudp::BareudpBuilder<'_, 'b>, "bareudp";
    /// Data of a bond.
    bond bond::Bond<'a>, bond::BondBuilder<'_, 'b>, "bond";
    /// Data of a bridge.
    bridge bridge::Bridge<'a>, bridge::BridgeBuilder<'_, 'b>, "bridge";
    /// Data of mirrored traffic in GRE over IPv4.
    erspan gre::Gre<'a>, gre::GreBuilder<'_, 'b>, "erspan";
    /// Data of a Geneve tunnel.
    geneve geneve::Geneve<'a>, geneve::GeneveBuilder<'_, 'b>, "geneve";
    /// Data of a GRE tunnel over IPv4.
    gre gre::Gre<'a>, gre::GreBuilder<'_, 'b>, "gre";
    /// Data of an Ethernet GRE tunnel over IPv4.
    gretap gre::Gre<'a>, gre::GreBuilder<'_, 'b>, "gretap";
    /// Data of a redundant ring.
    hsr hsr::Hsr<'a>, hsr::HsrBuilder<'_, 'b>, "hsr";
    /// Data of mirrored traffic in GRE over IPv6.
    ip6erspan gre::Gre<'a>, gre::GreBuilder<'_, 'b>, "ip6erspan";
    /// Data of a GRE tunnel over IPv6.
    ip6gre gre::Gre<'a>, gre::GreBuilder<'_, 'b>, "ip6gre";
    /// Data of an Ethernet GRE tunnel over IPv6.
    ip6gretap gre::Gre<'a>, gre::GreBuilder<'_, 'b>, "ip6gretap";
    /// Data of a tunnel over IPv6.
    ip6tnl ip6tnl::Ip6Tnl<'a>, ip6tnl::Ip6TnlBuilder<'_, 'b>, "ip6tnl";
    /// Data of an IPv4 tunnel over IPv4.
    ipip iptunnel::IpTunnel<'a>, iptunnel::IpTunnelBuilder<'_, 'b>, "ipip";
    /// Data of an ipvlan.
    ipvlan ipvlan::Ipvlan<'a>, ipvlan::IpvlanBuilder<'_, 'b>, "ipvlan";
    /// Data of an ipvtap.
    ipvtap ipvlan::Ipvlan<'a>, ipvlan::IpvlanBuilder<'_, 'b>, "ipvtap";
    /// Data of encrypted Ethernet.
    macsec macsec::Macsec<'a>, macsec::MacsecBuilder<'_, 'b>, "macsec";
    /// Data of a macvlan.
    macvlan macvlan::Macvlan<'a>, macvlan::MacvlanBuilder<'_, 'b>, "macvlan";
    /// Data of a macvtap.
    macvtap macvlan::Macvlan<'a>, macvlan::MacvlanBuilder<'_, 'b>, "macvtap";
    /// Data of a pair of interfaces with BPF programs.
    netkit netkit::Netkit<'a>, netkit::NetkitBuilder<'_, 'b>, "netkit";
    /// Data of an IPv6 tunnel over IPv4.
    sit iptunnel::IpTunnel<'a>, iptunnel::IpTunnelBuilder<'_, 'b>, "sit";
    /// Data of a tun or tap interface.
    tun tun::Tun<'a>, tun::TunBuilder<'_, 'b>, "tun";
    /// Data of a pair of interfaces.
    veth veth::Veth<'a>, veth::VethBuilder<'_, 'b>, "veth";
    /// Data of a VLAN.
    vlan vlan::Vlan<'a>, vlan::VlanBuilder<'_, 'b>, "vlan";
    /// Data of a virtual router.
    vrf vrf::Vrf<'a>, vrf::VrfBuilder<'_, 'b>, "vrf";
    /// Data of a tunnel of an IPsec policy over IPv4.
    vti vti::Vti<'a>, vti::VtiBuilder<'_, 'b>, "vti";
    /// Data of a tunnel of an IPsec policy over IPv6.
    vti6 vti::Vti<'a>, vti::VtiBuilder<'_, 'b>, "vti6";
    /// Data of a VXLAN.
    vxlan vxlan::Vxlan<'a>, vxlan::VxlanBuilder<'_, 'b>, "vxlan";
    /// Data of an interface of IPsec policies.
    xfrm xfrm::Xfrm<'a>, xfrm::XfrmBuilder<'_, 'b>, "xfrm";
}

slaves! {
    /// Data of a port of a bond.
    bond_slave bond::BondSlave<'a>, bond::BondSlaveBuilder<'_, 'b>, "bond";
    /// Data of a port of a bridge.
    bridge_port bridge_port::BridgePort<'a>, bridge_port::BridgePortBuilder<'_, 'b>, "bridge";
    /// Data of a port of a virtual router.
    vrf_port vrf::VrfPort<'a>, vrf::VrfPortBuilder<'_, 'b>, "vrf";
}
