//! Virtual functions of an SR-IOV device (`IFLA_VFINFO_LIST`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::vf::VfVlan;
//! let request = link::set(3u32).with(|l| {
//!     l.vfinfo_list(|list| {
//!         list.vf_infos(|vf| {
//!             vf.vlan(VfVlan { vf: 1, vlan: 7, qos: 0 });
//!         });
//!     });
//! });
//! assert!(format!("{request:?}").contains("vlan: 7"));
//! ```

use crate::schema::Be;
use crate::{attrs, fixed, open_enum};

attrs! {
    /// The virtual functions of a device (`IFLA_VFINFO_LIST`, `linux/if_link.h`).
    VfInfoList / VfInfoListBuilder = "link.vfinfo_list" {
        /// One virtual function.
        IFLA_VF_INFO = 1 => vf_infos: {many [VfInfo, VfInfoBuilder]}, multi;
    }
}

attrs! {
    /// A virtual function (`IFLA_VF_*`, `linux/if_link.h`).
    VfInfo / VfInfoBuilder = "link.vf_info" {
        /// Link-layer address.
        IFLA_VF_MAC = 1 => mac: VfMac;
        /// VLAN.
        IFLA_VF_VLAN = 2 => vlan: VfVlan;
        /// Largest transmit rate; replaced by `IFLA_VF_RATE`.
        IFLA_VF_TX_RATE = 3 => tx_rate: VfTxRate;
        /// Whether forged sender addresses are dropped.
        IFLA_VF_SPOOFCHK = 4 => spoofchk: VfSetting;
        /// State of the link as the function sees it.
        IFLA_VF_LINK_STATE = 5 => link_state: VfLinkStateSetting;
        /// Smallest and largest transmit rate.
        IFLA_VF_RATE = 6 => rate: VfRate;
        /// Whether the function may ask for its receive-side scaling.
        IFLA_VF_RSS_QUERY_EN = 7 => rss_query_en: VfSetting;
        /// Counters.
        IFLA_VF_STATS = 8 => stats: [VfStats, VfStatsBuilder], read_only, volatile;
        /// Whether the function may do what only a trusted one may.
        IFLA_VF_TRUST = 9 => trust: VfSetting;
        /// InfiniBand node identifier.
        IFLA_VF_IB_NODE_GUID = 10 => ib_node_guid: VfGuid;
        /// InfiniBand port identifier.
        IFLA_VF_IB_PORT_GUID = 11 => ib_port_guid: VfGuid;
        /// VLANs with their protocols.
        IFLA_VF_VLAN_LIST = 12 => vlan_list: [VfVlanList, VfVlanListBuilder];
        /// Broadcast address.
        IFLA_VF_BROADCAST = 13 => broadcast: VfBroadcast, read_only;
    }
}

attrs! {
    /// The VLANs of a virtual function (`IFLA_VF_VLAN_LIST`, `linux/if_link.h`).
    VfVlanList / VfVlanListBuilder = "link.vf_vlan_list" {
        /// A VLAN.
        IFLA_VF_VLAN_INFO = 1 => vlan_infos: {many VfVlanInfo}, multi;
    }
}

attrs! {
    /// Counters of a virtual function (`IFLA_VF_STATS_*`, `linux/if_link.h`).
    VfStats / VfStatsBuilder = "link.vf_stats" {
        /// Packets received.
        IFLA_VF_STATS_RX_PACKETS = 0 => rx_packets: u64, volatile;
        /// Packets sent.
        IFLA_VF_STATS_TX_PACKETS = 1 => tx_packets: u64, volatile;
        /// Bytes received.
        IFLA_VF_STATS_RX_BYTES = 2 => rx_bytes: u64, volatile;
        /// Bytes sent.
        IFLA_VF_STATS_TX_BYTES = 3 => tx_bytes: u64, volatile;
        /// Broadcast packets received.
        IFLA_VF_STATS_BROADCAST = 4 => broadcast: u64, volatile;
        /// Multicast packets received.
        IFLA_VF_STATS_MULTICAST = 5 => multicast: u64, volatile;
        /// Alignment of what follows.
        IFLA_VF_STATS_PAD = 6 => pad: (crate::schema::Bytes);
        /// Received packets dropped.
        IFLA_VF_STATS_RX_DROPPED = 7 => rx_dropped: u64, volatile;
        /// Packets dropped on their way out.
        IFLA_VF_STATS_TX_DROPPED = 8 => tx_dropped: u64, volatile;
    }
}

open_enum! {
    /// The link as a virtual function sees it (`IFLA_VF_LINK_STATE_*`, `linux/if_link.h`), with iproute2's words.
    VfLinkState: u32 {
        /// As the physical function's link.
        IFLA_VF_LINK_STATE_AUTO = 0 => "auto",
        /// Always up.
        IFLA_VF_LINK_STATE_ENABLE = 1 => "enable",
        /// Always down.
        IFLA_VF_LINK_STATE_DISABLE = 2 => "disable",
    }
}

fixed! {
    /// `struct ifla_vf_mac` (`linux/if_link.h`).
    VfMac = "ifla_vf_mac" {
        /// Number of the virtual function.
        vf: u32,
        /// Link-layer address, as many bytes as the device's addresses have, then zeros.
        mac: [u8; 32],
    }
}

fixed! {
    /// `struct ifla_vf_vlan` (`linux/if_link.h`).
    VfVlan = "ifla_vf_vlan" {
        /// Number of the virtual function.
        vf: u32,
        /// VLAN id, 0 to 4095; 0 is none.
        vlan: u32,
        /// Priority, 0 to 7.
        qos: u32,
    }
}

fixed! {
    /// `struct ifla_vf_vlan_info` (`linux/if_link.h`).
    VfVlanInfo = "ifla_vf_vlan_info" {
        /// Number of the virtual function.
        vf: u32,
        /// VLAN id, 0 to 4095; 0 is none.
        vlan: u32,
        /// Priority, 0 to 7.
        qos: u32,
        /// Ethernet type of the tag, network byte order: 0x8100 or 0x88a8.
        vlan_proto: (Be<u16>),
        /// Alignment.
        _pad: [u8; 2],
    }
}

fixed! {
    /// `struct ifla_vf_tx_rate` (`linux/if_link.h`).
    VfTxRate = "ifla_vf_tx_rate" {
        /// Number of the virtual function.
        vf: u32,
        /// Largest transmit rate, in Mbit/s; 0 is no limit.
        rate: u32,
    }
}

fixed! {
    /// `struct ifla_vf_rate` (`linux/if_link.h`).
    VfRate = "ifla_vf_rate" {
        /// Number of the virtual function.
        vf: u32,
        /// Smallest transmit rate, in Mbit/s.
        min_tx_rate: u32,
        /// Largest transmit rate, in Mbit/s; 0 is no limit.
        max_tx_rate: u32,
    }
}

fixed! {
    /// A switch of a virtual function: `struct ifla_vf_spoofchk`, `ifla_vf_rss_query_en`,
    /// `ifla_vf_trust` (`linux/if_link.h`).
    VfSetting = "ifla_vf_setting" {
        /// Number of the virtual function.
        vf: u32,
        /// 0 is off, 1 on, 2^32 - 1 unknown.
        setting: u32,
    }
}

fixed! {
    /// `struct ifla_vf_link_state` (`linux/if_link.h`).
    VfLinkStateSetting = "ifla_vf_link_state" {
        /// Number of the virtual function.
        vf: u32,
        /// The link as it sees it.
        link_state: VfLinkState,
    }
}

fixed! {
    /// `struct ifla_vf_guid` (`linux/if_link.h`), as 64-bit kernels lay it out.
    VfGuid = "ifla_vf_guid" {
        /// Number of the virtual function.
        vf: u32,
        /// Alignment.
        _pad: [u8; 4],
        /// InfiniBand identifier.
        guid: u64,
    }
}

fixed! {
    /// `struct ifla_vf_broadcast` (`linux/if_link.h`).
    VfBroadcast = "ifla_vf_broadcast" {
        /// Broadcast address, as many bytes as the device's addresses have, then zeros.
        broadcast: [u8; 32],
    }
}
