//! What address families know about an interface (`IFLA_AF_SPEC`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::af_spec::IN6_ADDR_GEN_MODE_NONE;
//! let request = link::set(3u32).with(|l| {
//!     l.families(|f| {
//!         f.inet6(|i| {
//!             i.addr_gen_mode(IN6_ADDR_GEN_MODE_NONE);
//!         });
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_INET6_ADDR_GEN_MODE: IN6_ADDR_GEN_MODE_NONE"));
//! ```

use super::cfm::{BridgeCfm, BridgeCfmBuilder};
use super::info::bridge_port::BrState;
use super::mrp::{BridgeMrp, BridgeMrpBuilder};
use crate::schema::{Array, Bytes};
use crate::{attrs, fixed, flags, open_enum};
use core::net::Ipv6Addr;

attrs! {
    /// What address families know (`IFLA_AF_SPEC`, `linux/if_link.h`). The type of an attribute is a family.
    AfSpec / AfSpecBuilder = "link.af_spec" {
        /// IPv4.
        AF_INET = 2 => inet: [InetSpec, InetSpecBuilder];
        /// Bridge VLANs.
        AF_BRIDGE = 7 => bridge: [BridgeSpec, BridgeSpecBuilder];
        /// IPv6.
        AF_INET6 = 10 => inet6: [Inet6Spec, Inet6SpecBuilder];
        /// Management component transport.
        AF_MCTP = 45 => mctp: [MctpSpec, MctpSpecBuilder];
    }
}

attrs! {
    /// What IPv4 knows about an interface (`IFLA_INET_*`, `linux/if_link.h`).
    InetSpec / InetSpecBuilder = "link.inet" {
        /// The settings of `/proc/sys/net/ipv4/conf`: setting n (`IPV4_DEVCONF_*`) is element n - 1. So the kernel
        /// sends them; it takes them in another form, see [`InetSpecBuilder::set_conf`].
        IFLA_INET_CONF = 1 => conf: (Array<i32>), read_only;
    }
}

impl InetSpecBuilder<'_, '_> {
    /// Settings to change, as pairs of number (`IPV4_DEVCONF_*`) and value. In requests `IFLA_INET_CONF` is a list
    /// of attributes whose types are the numbers.
    pub fn set_conf(&mut self, settings: &[(u16, i32)]) -> &mut Self {
        self.writer().nest(IFLA_INET_CONF, |w| {
            for (number, value) in settings {
                w.attr(*number, &value.to_ne_bytes());
            }
        });
        self
    }
}

flags! {
    /// State of IPv6 on an interface (`IF_*` of the kernel's `net/if_inet6.h`).
    Inet6Flags: u32 {
        /// Router solicitations were sent.
        IF_RS_SENT = 0x10 => "rs_sent",
        /// A router advertisement was received.
        IF_RA_RCVD = 0x20 => "ra_rcvd",
        /// Addresses are to be got by DHCPv6.
        IF_RA_MANAGED = 0x40 => "managed",
        /// Other configuration is to be got by DHCPv6.
        IF_RA_OTHERCONF = 0x80 => "otherconf",
        /// IPv6 works.
        IF_READY = 0x8000_0000 => "ready",
    }
}

open_enum! {
    /// How link-local addresses are made (`IN6_ADDR_GEN_MODE_*`, `linux/if_link.h`), with iproute2's words.
    AddrGenMode: u8 {
        /// From the link-layer address.
        IN6_ADDR_GEN_MODE_EUI64 = 0 => "eui64",
        /// Not at all.
        IN6_ADDR_GEN_MODE_NONE = 1 => "none",
        /// By RFC 7217 with the secret that is set.
        IN6_ADDR_GEN_MODE_STABLE_PRIVACY = 2 => "stable_secret",
        /// By RFC 7217 with a secret drawn at random.
        IN6_ADDR_GEN_MODE_RANDOM = 3 => "random",
    }
}

fixed! {
    /// `struct ifla_cacheinfo` (`linux/if_link.h`).
    IflaCacheinfo = "ifla_cacheinfo" {
        /// Largest packet that can be put together, in bytes.
        max_reasm_len: u32,
        /// When it was last updated, in hundredths of a second since boot.
        tstamp: u32,
        /// How long a neighbour counts as reachable, in milliseconds.
        reachable_time: u32,
        /// Time between neighbour solicitations, in milliseconds.
        retrans_time: u32,
    }
}

attrs! {
    /// What IPv6 knows about an interface (`IFLA_INET6_*`, `linux/if_link.h`).
    Inet6Spec / Inet6SpecBuilder = "link.inet6" {
        /// State.
        IFLA_INET6_FLAGS = 1 => flags: Inet6Flags, read_only;
        /// The settings of `/proc/sys/net/ipv6/conf`, by number (`DEVCONF_*`, `linux/ipv6.h`).
        IFLA_INET6_CONF = 2 => conf: (Array<i32>), read_only;
        /// Counters (`IPSTATS_MIB_*`, `linux/snmp.h`); the first element is their number.
        IFLA_INET6_STATS = 3 => stats: (Array<u64>), read_only, volatile;
        /// Unused by the kernel.
        IFLA_INET6_MCAST = 4 => mcast: (Bytes), read_only;
        /// Times and sizes.
        IFLA_INET6_CACHEINFO = 5 => cacheinfo: IflaCacheinfo, read_only, volatile;
        /// ICMPv6 counters (`ICMP6_MIB_*`, `linux/snmp.h`); the first element is their number.
        IFLA_INET6_ICMP6STATS = 6 => icmp6stats: (Array<u64>), read_only, volatile;
        /// Lower half of addresses made from router advertisements; `::` is none.
        IFLA_INET6_TOKEN = 7 => token: Ipv6Addr;
        /// How link-local addresses are made.
        IFLA_INET6_ADDR_GEN_MODE = 8 => addr_gen_mode: AddrGenMode;
        /// MTU of the last router advertisement, in bytes.
        IFLA_INET6_RA_MTU = 9 => ra_mtu: u32, read_only;
    }
}

attrs! {
    /// What MCTP knows about an interface (`IFLA_MCTP_*`, `linux/if_link.h`).
    MctpSpec / MctpSpecBuilder = "link.mctp" {
        /// Number of the network.
        IFLA_MCTP_NET = 1 => net: u32;
        /// Physical medium (`MCTP_PHYS_BINDING_*`).
        IFLA_MCTP_PHYS_BINDING = 2 => phys_binding: u8, read_only;
    }
}

flags! {
    /// Whom a bridge request is for (`BRIDGE_FLAGS_*`, `linux/if_bridge.h`), with iproute2's words.
    BridgeFlags: u16 {
        /// The bridge that the interface is a port of.
        BRIDGE_FLAGS_MASTER = 0x1 => "master",
        /// The interface itself.
        BRIDGE_FLAGS_SELF = 0x2 => "self",
    }
}

open_enum! {
    /// How a device with several functions forwards between them (`BRIDGE_MODE_*`, `linux/if_bridge.h`), with
    /// iproute2's words.
    BridgeMode: u16 {
        /// By itself.
        BRIDGE_MODE_VEB = 0 => "VEB",
        /// By the switch outside.
        BRIDGE_MODE_VEPA = 1 => "VEPA",
        /// Not said.
        BRIDGE_MODE_UNDEF = 0xffff => "UNDEF",
    }
}

flags! {
    /// Flags of a bridge VLAN (`BRIDGE_VLAN_INFO_*`, `linux/if_bridge.h`).
    BridgeVlanFlags: u16 {
        /// On the bridge itself too.
        BRIDGE_VLAN_INFO_MASTER = 0x01 => "master",
        /// VLAN of untagged packets that come in.
        BRIDGE_VLAN_INFO_PVID = 0x02 => "PVID",
        /// Packets go out untagged.
        BRIDGE_VLAN_INFO_UNTAGGED = 0x04 => "Egress Untagged",
        /// First VLAN of a range.
        BRIDGE_VLAN_INFO_RANGE_BEGIN = 0x08 => "range_begin",
        /// Last VLAN of a range.
        BRIDGE_VLAN_INFO_RANGE_END = 0x10 => "range_end",
        /// An entry of the bridge as a whole.
        BRIDGE_VLAN_INFO_BRENTRY = 0x20 => "brentry",
        /// Only options, no change of the VLAN.
        BRIDGE_VLAN_INFO_ONLY_OPTS = 0x40 => "only_opts",
    }
}

fixed! {
    /// `struct bridge_vlan_info` (`linux/if_bridge.h`).
    BridgeVlanInfo = "bridge_vlan_info" {
        /// Flags.
        flags: BridgeVlanFlags,
        /// VLAN id, 1 to 4094.
        vid: u16,
    }
}

attrs! {
    /// A bridge or one of its ports, in messages of family `AF_BRIDGE` (`IFLA_BRIDGE_*`, `linux/if_bridge.h`).
    BridgeSpec / BridgeSpecBuilder = "link.bridge_spec" {
        /// Whom the request is for.
        IFLA_BRIDGE_FLAGS = 0 => flags: BridgeFlags;
        /// How functions of the device reach each other.
        IFLA_BRIDGE_MODE = 1 => mode: BridgeMode;
        /// A VLAN, or one end of a range.
        IFLA_BRIDGE_VLAN_INFO = 2 => vlan_infos: {many BridgeVlanInfo}, multi;
        /// A VLAN's tunnel, or one end of a range.
        IFLA_BRIDGE_VLAN_TUNNEL_INFO = 3 => vlan_tunnel_infos: {many [VlanTunnelInfo, VlanTunnelInfoBuilder]}, multi;
        /// Media Redundancy Protocol.
        IFLA_BRIDGE_MRP = 4 => mrp: [BridgeMrp, BridgeMrpBuilder];
        /// Connectivity fault management.
        IFLA_BRIDGE_CFM = 5 => cfm: [BridgeCfm, BridgeCfmBuilder];
        /// Multiple spanning trees.
        IFLA_BRIDGE_MST = 6 => mst: [BridgeMst, BridgeMstBuilder];
    }
}

attrs! {
    /// A VLAN's tunnel (`IFLA_BRIDGE_VLAN_TUNNEL_*`, `linux/if_bridge.h`).
    VlanTunnelInfo / VlanTunnelInfoBuilder = "link.bridge_spec.vlan_tunnel" {
        /// Id of the tunnel (VXLAN network identifier).
        IFLA_BRIDGE_VLAN_TUNNEL_ID = 1 => id: u32;
        /// VLAN id.
        IFLA_BRIDGE_VLAN_TUNNEL_VID = 2 => vid: u16;
        /// Which end of a range.
        IFLA_BRIDGE_VLAN_TUNNEL_FLAGS = 3 => flags: BridgeVlanFlags;
    }
}

attrs! {
    /// The spanning trees of a port (`IFLA_BRIDGE_MST_*`, `linux/if_bridge.h`).
    BridgeMst / BridgeMstBuilder = "link.bridge_spec.mst" {
        /// One tree.
        IFLA_BRIDGE_MST_ENTRY = 1 => entries: {many [BridgeMstEntry, BridgeMstEntryBuilder]}, multi;
    }
}

attrs! {
    /// A port's state in one spanning tree (`IFLA_BRIDGE_MST_ENTRY_*`, `linux/if_bridge.h`).
    BridgeMstEntry / BridgeMstEntryBuilder = "link.bridge_spec.mst_entry" {
        /// Number of the tree.
        IFLA_BRIDGE_MST_ENTRY_MSTI = 1 => msti: u16;
        /// The port's state in it.
        IFLA_BRIDGE_MST_ENTRY_STATE = 2 => state: BrState;
    }
}
