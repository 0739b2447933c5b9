//! VLANs, kind `vlan` (`IFLA_VLAN_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("eth0.7").link(2).linkinfo(|info| {
//!     info.vlan(|v| {
//!         v.id(7).protocol(0x8100);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_VLAN_ID: 7"));
//! ```

use crate::schema::Be;
use crate::{attrs, fixed, flags};

flags! {
    /// Properties of a VLAN (`VLAN_FLAG_*`, `linux/if_vlan.h`), with iproute2's words.
    VlanFlags: u32 {
        /// The tag is taken off before taps see the packet.
        VLAN_FLAG_REORDER_HDR = 0x01 => "REORDER_HDR",
        /// Registers with GVRP.
        VLAN_FLAG_GVRP = 0x02 => "GVRP",
        /// Its state does not follow the interface below.
        VLAN_FLAG_LOOSE_BINDING = 0x04 => "LOOSE_BINDING",
        /// Registers with MVRP.
        VLAN_FLAG_MVRP = 0x08 => "MVRP",
        /// Its state follows the ports of the bridge below that carry the VLAN.
        VLAN_FLAG_BRIDGE_BINDING = 0x10 => "BRIDGE_BINDING",
    }
}

fixed! {
    /// `struct ifla_vlan_flags` (`linux/if_link.h`).
    IflaVlanFlags = "ifla_vlan_flags" {
        /// Values.
        flags: VlanFlags,
        /// The flags that are to change; in replies all.
        mask: VlanFlags,
    }
}

fixed! {
    /// `struct ifla_vlan_qos_mapping` (`linux/if_link.h`).
    VlanQosMapping = "ifla_vlan_qos_mapping" {
        /// Outgoing: priority of the packet. Incoming: priority of the tag, 0 to 7.
        from: u32,
        /// Outgoing: priority of the tag, 0 to 7. Incoming: priority of the packet.
        to: u32,
    }
}

attrs! {
    /// A VLAN (`IFLA_VLAN_*`, `linux/if_link.h`).
    Vlan / VlanBuilder = "link.vlan" {
        /// VLAN id.
        IFLA_VLAN_ID = 1 => id: u16 in 0..=4094, key;
        /// Properties.
        IFLA_VLAN_FLAGS = 2 => flags: IflaVlanFlags;
        /// Priorities on the way out.
        IFLA_VLAN_EGRESS_QOS = 3 => egress_qos: [VlanQos, VlanQosBuilder];
        /// Priorities on the way in.
        IFLA_VLAN_INGRESS_QOS = 4 => ingress_qos: [VlanQos, VlanQosBuilder];
        /// Ethernet type of the tag, network byte order: 0x8100 (802.1Q) or 0x88a8 (802.1ad).
        IFLA_VLAN_PROTOCOL = 5 => protocol: (Be<u16>), key;
    }
}

attrs! {
    /// Priorities of a VLAN (`IFLA_VLAN_QOS_*`, `linux/if_link.h`).
    VlanQos / VlanQosBuilder = "link.vlan.qos" {
        /// One priority.
        IFLA_VLAN_QOS_MAPPING = 1 => mappings: {many VlanQosMapping}, multi;
    }
}
