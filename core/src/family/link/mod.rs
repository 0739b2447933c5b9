//! Network interfaces: `RTM_NEWLINK`, `RTM_DELLINK`, `RTM_GETLINK`, `RTM_SETLINK` (`linux/if_link.h`).
//!
//! ```
//! use netplumb_core::family::link::{IFF_UP, IfInfoMsg, Link, LinkBuilder};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 128];
//! let mut w = Writer::new(&mut buffer);
//! let header = IfInfoMsg { ifi_flags: IFF_UP, ifi_change: IFF_UP.0, ..IfInfoMsg::default() };
//! LinkBuilder::with_header(&mut w, header).ifname("v7").link(2).linkinfo(|info| {
//!     info.vlan(|vlan| {
//!         vlan.id(7);
//!     });
//! });
//! let link = Link::new(w.written()).unwrap();
//! assert_eq!((link.ifname(), link.linkinfo().unwrap().vlan().unwrap().id()), (Some("v7"), Some(7)));
//! ```

pub mod af_spec;
pub mod cfm;
pub mod header;
pub mod info;
pub mod mrp;
pub mod port;
pub mod prop_list;
mod request;
pub mod stats;
pub mod vf;

pub use header::*;
pub use request::*;

use crate::schema::{Case, IfName, Kind, LinkAddr, Select, Selector, Str, Text, Uint, Value};
use crate::{attrs, flags, open_enum};
use af_spec::{AfSpec, AfSpecBuilder, BridgeSpec, BridgeSpecBuilder, Inet6Spec};
use info::bridge_port::{BridgePort, BridgePortBuilder};
use info::{LinkInfo, LinkInfoBuilder};
use port::{VfPorts, VfPortsBuilder, VirtualPort, VirtualPortBuilder};
use prop_list::{PropList, PropListBuilder};
use stats::{IfMap, LinkStats, LinkStats64};
use vf::{VfInfoList, VfInfoListBuilder};

/// Message type: an interface was added or changed, or add or change one.
pub const RTM_NEWLINK: u16 = 16;
/// Message type: an interface was deleted, or delete one.
pub const RTM_DELLINK: u16 = 17;
/// Message type: read interfaces.
pub const RTM_GETLINK: u16 = 18;
/// Message type: change an interface.
pub const RTM_SETLINK: u16 = 19;

open_enum! {
    /// Operational state (`IF_OPER_*`, RFC 2863), with iproute2's words.
    OperState: u8 {
        /// The driver does not say.
        IF_OPER_UNKNOWN = 0 => "UNKNOWN",
        /// A component is missing.
        IF_OPER_NOTPRESENT = 1 => "NOTPRESENT",
        /// Down.
        IF_OPER_DOWN = 2 => "DOWN",
        /// The interface it stands on is down.
        IF_OPER_LOWERLAYERDOWN = 3 => "LOWERLAYERDOWN",
        /// In a test.
        IF_OPER_TESTING = 4 => "TESTING",
        /// Waits for something outside, such as 802.1X.
        IF_OPER_DORMANT = 5 => "DORMANT",
        /// Up.
        IF_OPER_UP = 6 => "UP",
    }
}

open_enum! {
    /// What happens when the link comes up (`IF_LINK_MODE_*`, `linux/if.h`), with iproute2's words.
    LinkMode: u8 {
        /// It goes up.
        IF_LINK_MODE_DEFAULT = 0 => "DEFAULT",
        /// It goes dormant until a program says up.
        IF_LINK_MODE_DORMANT = 1 => "DORMANT",
        /// The driver reports a test.
        IF_LINK_MODE_TESTING = 2 => "TESTING",
    }
}

open_enum! {
    /// Why a message was sent (`IFLA_EVENT_*`, `linux/if_link.h`), with iproute2's words.
    LinkEvent: u32 {
        /// Nothing particular.
        IFLA_EVENT_NONE = 0 => "NONE",
        /// The system is about to restart.
        IFLA_EVENT_REBOOT = 1 => "REBOOT",
        /// Offload features changed.
        IFLA_EVENT_FEATURES = 2 => "FEATURE CHANGE",
        /// A bond changed its active port.
        IFLA_EVENT_BONDING_FAILOVER = 3 => "BONDING FAILOVER",
        /// Neighbours are to be told.
        IFLA_EVENT_NOTIFY_PEERS = 4 => "NOTIFY PEERS",
        /// Multicast memberships are to be repeated.
        IFLA_EVENT_IGMP_RESEND = 5 => "RESEND IGMP",
        /// Options of a bond changed.
        IFLA_EVENT_BONDING_OPTIONS = 6 => "BONDING OPTION",
    }
}

flags! {
    /// What a dump is to contain or leave out (`RTEXT_FILTER_*`, `linux/rtnetlink.h`).
    ExtFilter: u32 {
        /// With virtual functions.
        RTEXT_FILTER_VF = 0x01 => "vf",
        /// With bridge VLANs, each of its own.
        RTEXT_FILTER_BRVLAN = 0x02 => "brvlan",
        /// With bridge VLANs as ranges.
        RTEXT_FILTER_BRVLAN_COMPRESSED = 0x04 => "brvlan_compressed",
        /// Without statistics.
        RTEXT_FILTER_SKIP_STATS = 0x08 => "skip_stats",
        /// With the Media Redundancy Protocol.
        RTEXT_FILTER_MRP = 0x10 => "mrp",
        /// With the configuration of connectivity fault management.
        RTEXT_FILTER_CFM_CONFIG = 0x20 => "cfm_config",
        /// With the state of connectivity fault management.
        RTEXT_FILTER_CFM_STATUS = 0x40 => "cfm_status",
        /// With multiple spanning trees.
        RTEXT_FILTER_MST = 0x80 => "mst",
    }
}

/// The same as [`IFLA_IF_NETNSID`], the name that newer headers prefer.
pub const IFLA_TARGET_NETNSID: u16 = IFLA_IF_NETNSID;

static PROTINFO: Select = Select {
    by: Selector::Header(0),
    cases: &[
        (Case::Int(7), Kind::Nest(|| BridgePort::SCHEMA)),
        (Case::Int(10), Kind::Nest(|| Inet6Spec::SCHEMA)),
        (Case::Any, <crate::schema::Bytes as Value>::KIND),
    ],
};

static AF_SPEC: Select = Select {
    by: Selector::Header(0),
    cases: &[(Case::Int(7), Kind::Nest(|| BridgeSpec::SCHEMA)), (Case::Any, Kind::Nest(|| AfSpec::SCHEMA))],
};

attrs! {
    /// A network interface (`IFLA_*`, `linux/if_link.h`).
    Link / LinkBuilder : IfInfoMsg = "link" {
        /// Link-layer address.
        IFLA_ADDRESS = 1 => address: LinkAddr;
        /// Link-layer broadcast address; on a point-to-point link the other end's.
        IFLA_BROADCAST = 2 => broadcast: LinkAddr;
        /// Name, at most 15 bytes.
        IFLA_IFNAME = 3 => ifname: (IfName), key;
        /// Largest packet, in bytes.
        IFLA_MTU = 4 => mtu: u32;
        /// Index of the interface that this one stands on (of a VLAN), or that is its other end (of a veth).
        IFLA_LINK = 5 => link: u32;
        /// Queueing discipline at the root.
        IFLA_QDISC = 6 => qdisc: (IfName), read_only;
        /// Statistics in 32 bits.
        IFLA_STATS = 7 => stats: LinkStats, read_only, volatile;
        /// Unused by the kernel.
        IFLA_COST = 8 => cost: (crate::schema::Bytes), read_only;
        /// Unused by the kernel.
        IFLA_PRIORITY = 9 => priority: (crate::schema::Bytes), read_only;
        /// Index of the bridge, bond or other device that it is a port of; 0 sets it free.
        IFLA_MASTER = 10 => master: u32;
        /// An event of wireless extensions (`struct iw_event`, `linux/wireless.h`).
        IFLA_WIRELESS = 11 => wireless: (crate::schema::Bytes), read_only;
        /// What the family of the message knows: a bridge port ([`BridgePort`]) or
        /// IPv6 ([`Inet6Spec`]).
        IFLA_PROTINFO = 12 => protinfo: {select Kind::Select(&PROTINFO)};
        /// Length of the transmit queue, in packets.
        IFLA_TXQLEN = 13 => txqlen: u32;
        /// Memory and interrupts of the device.
        IFLA_MAP = 14 => map: IfMap;
        /// Packets that the driver handles in one go; unused.
        IFLA_WEIGHT = 15 => weight: u32;
        /// Operational state.
        IFLA_OPERSTATE = 16 => operstate: OperState;
        /// What happens when the link comes up.
        IFLA_LINKMODE = 17 => linkmode: LinkMode;
        /// Kind of a virtual interface and what the kind knows.
        IFLA_LINKINFO = 18 => linkinfo: [LinkInfo, LinkInfoBuilder];
        /// Move it to the network namespace of this process.
        IFLA_NET_NS_PID = 19 => net_ns_pid: u32;
        /// Free text, at most 255 bytes.
        IFLA_IFALIAS = 20 => ifalias: (Text<255>);
        /// Number of virtual functions (SR-IOV).
        IFLA_NUM_VF = 21 => num_vf: u32, read_only;
        /// Virtual functions.
        IFLA_VFINFO_LIST = 22 => vfinfo_list: [VfInfoList, VfInfoListBuilder];
        /// Statistics in 64 bits.
        IFLA_STATS64 = 23 => stats64: LinkStats64, read_only, volatile;
        /// Port profiles of virtual functions.
        IFLA_VF_PORTS = 24 => vf_ports: [VfPorts, VfPortsBuilder];
        /// Port profile of the device itself.
        IFLA_PORT_SELF = 25 => port_self: [VirtualPort, VirtualPortBuilder];
        /// What address families know: [`AfSpec`], in messages of family `AF_BRIDGE` [`BridgeSpec`].
        IFLA_AF_SPEC = 26 => af_spec: {select Kind::Select(&AF_SPEC)};
        /// Group number.
        IFLA_GROUP = 27 => group: u32;
        /// Move it to the network namespace that this file descriptor stands for.
        IFLA_NET_NS_FD = 28 => net_ns_fd: u32;
        /// What a dump is to contain.
        IFLA_EXT_MASK = 29 => ext_mask: ExtFilter;
        /// How many want promiscuous mode.
        IFLA_PROMISCUITY = 30 => promiscuity: u32, read_only;
        /// Number of transmit queues.
        IFLA_NUM_TX_QUEUES = 31 => num_tx_queues: u32;
        /// Number of receive queues.
        IFLA_NUM_RX_QUEUES = 32 => num_rx_queues: u32;
        /// Whether there is a carrier: 0 or 1.
        IFLA_CARRIER = 33 => carrier: u8;
        /// Identifies the physical port.
        IFLA_PHYS_PORT_ID = 34 => phys_port_id: (crate::schema::Bytes<0, 32>), read_only;
        /// How often the carrier changed.
        IFLA_CARRIER_CHANGES = 35 => carrier_changes: u32, read_only, volatile;
        /// Identifies the switch that the port belongs to.
        IFLA_PHYS_SWITCH_ID = 36 => phys_switch_id: (crate::schema::Bytes<0, 32>), read_only;
        /// Id of the network namespace where `IFLA_LINK` is.
        IFLA_LINK_NETNSID = 37 => link_netnsid: i32;
        /// Name of the physical port.
        IFLA_PHYS_PORT_NAME = 38 => phys_port_name: Str, read_only;
        /// Whether a protocol holds it down: 0 or 1.
        IFLA_PROTO_DOWN = 39 => proto_down: u8;
        /// Largest number of segments of a generic-segmentation packet.
        IFLA_GSO_MAX_SEGS = 40 => gso_max_segs: u32;
        /// Largest generic-segmentation packet, in bytes.
        IFLA_GSO_MAX_SIZE = 41 => gso_max_size: u32;
        /// Alignment of what follows.
        IFLA_PAD = 42 => pad: (crate::schema::Bytes), read_only;
        /// The attached XDP programs.
        IFLA_XDP = 43 => xdp: [Xdp, XdpBuilder];
        /// Why the message was sent.
        IFLA_EVENT = 44 => event: LinkEvent, read_only;
        /// Id of the network namespace that it has moved to.
        IFLA_NEW_NETNSID = 45 => new_netnsid: i32, read_only;
        /// Look into the network namespace with this id.
        IFLA_IF_NETNSID = 46 => if_netnsid: i32;
        /// How often the carrier came.
        IFLA_CARRIER_UP_COUNT = 47 => carrier_up_count: u32, read_only, volatile;
        /// How often the carrier went.
        IFLA_CARRIER_DOWN_COUNT = 48 => carrier_down_count: u32, read_only, volatile;
        /// Index in the network namespace that it moves to.
        IFLA_NEW_IFINDEX = 49 => new_ifindex: i32;
        /// Smallest legal MTU, in bytes.
        IFLA_MIN_MTU = 50 => min_mtu: u32, read_only;
        /// Largest legal MTU, in bytes; 0 is no limit.
        IFLA_MAX_MTU = 51 => max_mtu: u32, read_only;
        /// Further names.
        IFLA_PROP_LIST = 52 => prop_list: [PropList, PropListBuilder];
        /// One of its further names, to find it by; at most 127 bytes.
        IFLA_ALT_IFNAME = 53 => alt_ifname: (Text<127>);
        /// Link-layer address that the hardware came with.
        IFLA_PERM_ADDRESS = 54 => perm_address: LinkAddr, read_only;
        /// Who holds it down.
        IFLA_PROTO_DOWN_REASON = 55 => proto_down_reason: [ProtoDownReason, ProtoDownReasonBuilder];
        /// Name of the bus device below, as in sysfs.
        IFLA_PARENT_DEV_NAME = 56 => parent_dev_name: Str;
        /// Name of the bus of `IFLA_PARENT_DEV_NAME`.
        IFLA_PARENT_DEV_BUS_NAME = 57 => parent_dev_bus_name: Str, read_only;
        /// Largest packet of generic receive offload, in bytes.
        IFLA_GRO_MAX_SIZE = 58 => gro_max_size: u32;
        /// Largest packet that the device can segment, in bytes.
        IFLA_TSO_MAX_SIZE = 59 => tso_max_size: u32, read_only;
        /// Largest number of segments that the device can make.
        IFLA_TSO_MAX_SEGS = 60 => tso_max_segs: u32, read_only;
        /// How many want all multicast packets.
        IFLA_ALLMULTI = 61 => allmulti: u32, read_only;
        /// The devlink port behind it.
        IFLA_DEVLINK_PORT = 62 => devlink_port: [DevlinkPort, DevlinkPortBuilder], read_only;
        /// Largest IPv4 packet of generic segmentation, in bytes.
        IFLA_GSO_IPV4_MAX_SIZE = 63 => gso_ipv4_max_size: u32;
        /// Largest IPv4 packet of generic receive offload, in bytes.
        IFLA_GRO_IPV4_MAX_SIZE = 64 => gro_ipv4_max_size: u32;
        /// The clock pin behind it.
        IFLA_DPLL_PIN = 65 => dpll_pin: [DpllPin, DpllPinBuilder], read_only;
        /// How far into the future the device can delay a packet, in nanoseconds.
        IFLA_MAX_PACING_OFFLOAD_HORIZON = 66 => max_pacing_offload_horizon: Uint, read_only, uint;
        /// Whether it is bound to its network namespace: 0 or 1.
        IFLA_NETNS_IMMUTABLE = 67 => netns_immutable: u8, read_only;
        /// Room that the device wants in front of a packet, in bytes.
        IFLA_HEADROOM = 68 => headroom: u16, read_only;
        /// Room that the device wants behind a packet, in bytes.
        IFLA_TAILROOM = 69 => tailroom: u16, read_only;
    }
}

impl<'a, S: crate::wire::Source<'a>> Link<'a, S> {
    /// `IFLA_AF_SPEC` by address family; `None` in messages of family `AF_BRIDGE`.
    pub fn families(&self) -> Option<AfSpec<'a>> {
        let attr = self.af_spec().filter(|_| self.header().ifi_family != super::common::AF_BRIDGE)?;
        AfSpec::new(attr.payload())
    }

    /// `IFLA_AF_SPEC` of a bridge or a bridge port; `None` in messages of other families than `AF_BRIDGE`.
    pub fn bridge_spec(&self) -> Option<BridgeSpec<'a>> {
        let attr = self.af_spec().filter(|_| self.header().ifi_family == super::common::AF_BRIDGE)?;
        BridgeSpec::new(attr.payload())
    }

    /// `IFLA_PROTINFO` of a bridge port; `None` in messages of other families than `AF_BRIDGE`.
    pub fn bridge_port(&self) -> Option<BridgePort<'a>> {
        let attr = self.protinfo().filter(|_| self.header().ifi_family == super::common::AF_BRIDGE)?;
        BridgePort::new(attr.payload())
    }

    /// `IFLA_PROTINFO` of IPv6; `None` in messages of other families than `AF_INET6`.
    pub fn inet6(&self) -> Option<Inet6Spec<'a>> {
        let attr = self.protinfo().filter(|_| self.header().ifi_family == super::common::AF_INET6)?;
        Inet6Spec::new(attr.payload())
    }
}

impl<'b> LinkBuilder<'_, 'b> {
    /// `IFLA_AF_SPEC` by address family, for messages of family `AF_UNSPEC`.
    pub fn families(&mut self, fill: impl FnOnce(&mut AfSpecBuilder<'_, 'b>)) -> &mut Self {
        self.writer().nest(IFLA_AF_SPEC, |w| fill(&mut AfSpecBuilder::new(w)));
        self
    }

    /// `IFLA_AF_SPEC` of a bridge or a bridge port, for messages of family `AF_BRIDGE`.
    pub fn bridge_spec(&mut self, fill: impl FnOnce(&mut BridgeSpecBuilder<'_, 'b>)) -> &mut Self {
        self.writer().nest(IFLA_AF_SPEC, |w| fill(&mut BridgeSpecBuilder::new(w)));
        self
    }

    /// `IFLA_PROTINFO` of a bridge port, for messages of family `AF_BRIDGE`.
    pub fn bridge_port(&mut self, fill: impl FnOnce(&mut BridgePortBuilder<'_, 'b>)) -> &mut Self {
        self.writer().nest(IFLA_PROTINFO, |w| fill(&mut BridgePortBuilder::new(w)));
        self
    }
}

open_enum! {
    /// How XDP programs are attached (`XDP_ATTACHED_*`, `linux/if_link.h`), with iproute2's words.
    XdpAttached: u8 {
        /// None is.
        XDP_ATTACHED_NONE = 0 => "none",
        /// In the driver.
        XDP_ATTACHED_DRV = 1 => "xdp",
        /// In the network stack.
        XDP_ATTACHED_SKB = 2 => "xdpgeneric",
        /// In the hardware.
        XDP_ATTACHED_HW = 3 => "xdpoffload",
        /// Several, each in its place.
        XDP_ATTACHED_MULTI = 4 => "xdpmulti",
    }
}

flags! {
    /// How to attach an XDP program (`XDP_FLAGS_*`, `linux/if_link.h`).
    XdpFlags: u32 {
        /// Only when there is none.
        XDP_FLAGS_UPDATE_IF_NOEXIST = 0x01 => "update_if_noexist",
        /// In the network stack.
        XDP_FLAGS_SKB_MODE = 0x02 => "skb_mode",
        /// In the driver.
        XDP_FLAGS_DRV_MODE = 0x04 => "drv_mode",
        /// In the hardware.
        XDP_FLAGS_HW_MODE = 0x08 => "hw_mode",
        /// Only in place of the program `IFLA_XDP_EXPECTED_FD`.
        XDP_FLAGS_REPLACE = 0x10 => "replace",
    }
}

attrs! {
    /// The XDP programs of an interface (`IFLA_XDP_*`, `linux/if_link.h`).
    Xdp / XdpBuilder = "link.xdp" {
        /// Descriptor of the program to attach; -1 detaches.
        IFLA_XDP_FD = 1 => fd: i32;
        /// How it is attached.
        IFLA_XDP_ATTACHED = 2 => attached: XdpAttached, read_only;
        /// How to attach it.
        IFLA_XDP_FLAGS = 3 => flags: XdpFlags;
        /// Id of the program.
        IFLA_XDP_PROG_ID = 4 => prog_id: u32, read_only;
        /// Id of the program in the driver.
        IFLA_XDP_DRV_PROG_ID = 5 => drv_prog_id: u32, read_only;
        /// Id of the program in the network stack.
        IFLA_XDP_SKB_PROG_ID = 6 => skb_prog_id: u32, read_only;
        /// Id of the program in the hardware.
        IFLA_XDP_HW_PROG_ID = 7 => hw_prog_id: u32, read_only;
        /// Descriptor of the program that is to be replaced.
        IFLA_XDP_EXPECTED_FD = 8 => expected_fd: i32;
    }
}

attrs! {
    /// Who holds an interface down (`IFLA_PROTO_DOWN_REASON_*`, `linux/if_link.h`).
    ProtoDownReason / ProtoDownReasonBuilder = "link.proto_down_reason" {
        /// The bits of `IFLA_PROTO_DOWN_REASON_VALUE` that count.
        IFLA_PROTO_DOWN_REASON_MASK = 1 => mask: u32;
        /// A bit for each reason.
        IFLA_PROTO_DOWN_REASON_VALUE = 2 => value: u32;
    }
}

attrs! {
    /// The devlink port behind an interface (`DEVLINK_ATTR_*`, `linux/devlink.h`).
    DevlinkPort / DevlinkPortBuilder = "link.devlink_port" {
        /// Name of the bus.
        DEVLINK_ATTR_BUS_NAME = 1 => bus_name: Str;
        /// Name of the device on the bus.
        DEVLINK_ATTR_DEV_NAME = 2 => dev_name: Str;
        /// Number of the port.
        DEVLINK_ATTR_PORT_INDEX = 3 => port_index: u32;
    }
}

attrs! {
    /// The clock pin behind an interface (`DPLL_A_PIN_*`, `linux/dpll.h`).
    DpllPin / DpllPinBuilder = "link.dpll_pin" {
        /// Id of the pin.
        DPLL_A_PIN_ID = 1 => id: u32;
    }
}
