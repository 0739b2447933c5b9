//! Ports of a bridge (`IFLA_BRPORT_*`), in `IFLA_INFO_SLAVE_DATA` and, for `AF_BRIDGE`, in `IFLA_PROTINFO`.
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::info::bridge_port::BR_STATE_BLOCKING;
//! let request = link::set(3u32).linkinfo(|info| {
//!     info.bridge_port(|p| {
//!         p.state(BR_STATE_BLOCKING).cost(19);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_BRPORT_STATE: BR_STATE_BLOCKING"));
//! ```

use super::bridge::BridgeId;
use crate::schema::{Bytes, Flag};
use crate::{attrs, open_enum};

open_enum! {
    /// State of a port in the spanning tree (`BR_STATE_*`, `linux/if_bridge.h`), with iproute2's words.
    BrState: u8 {
        /// Down or switched off.
        BR_STATE_DISABLED = 0 => "disabled",
        /// Only listens to the protocol.
        BR_STATE_LISTENING = 1 => "listening",
        /// Learns addresses.
        BR_STATE_LEARNING = 2 => "learning",
        /// Forwards.
        BR_STATE_FORWARDING = 3 => "forwarding",
        /// Held back by the protocol.
        BR_STATE_BLOCKING = 4 => "blocking",
    }
}

open_enum! {
    /// Whether there is a multicast router behind a port (`MDB_RTR_TYPE_*`, `linux/if_bridge.h`).
    MulticastRouter: u8 {
        /// Never.
        MDB_RTR_TYPE_DISABLED = 0 => "disabled",
        /// When a query comes from there.
        MDB_RTR_TYPE_TEMP_QUERY = 1 => "temp_query",
        /// Always.
        MDB_RTR_TYPE_PERM = 2 => "perm",
        /// For a while, by command.
        MDB_RTR_TYPE_TEMP = 3 => "temp",
    }
}

attrs! {
    /// A port of a bridge (`IFLA_BRPORT_*`, `linux/if_link.h`). Switches are 0 or 1, times in hundredths of a second.
    BridgePort / BridgePortBuilder = "link.bridge_port" {
        /// State in the spanning tree.
        IFLA_BRPORT_STATE = 1 => state: BrState;
        /// Priority in the spanning tree, 0 to 63.
        IFLA_BRPORT_PRIORITY = 2 => priority: u16;
        /// Cost in the spanning tree.
        IFLA_BRPORT_COST = 3 => cost: u32;
        /// Whether packets may leave where they came in (hairpin).
        IFLA_BRPORT_MODE = 4 => mode: u8;
        /// Whether spanning tree packets from there close the port.
        IFLA_BRPORT_GUARD = 5 => guard: u8;
        /// Whether the port may not become the root port.
        IFLA_BRPORT_PROTECT = 6 => protect: u8;
        /// Whether a multicast group ends at once when it is left.
        IFLA_BRPORT_FAST_LEAVE = 7 => fast_leave: u8;
        /// Whether addresses are learned.
        IFLA_BRPORT_LEARNING = 8 => learning: u8;
        /// Whether packets to unknown addresses go there.
        IFLA_BRPORT_UNICAST_FLOOD = 9 => unicast_flood: u8;
        /// Whether ARP is answered for hosts behind other ports.
        IFLA_BRPORT_PROXYARP = 10 => proxyarp: u8;
        /// Whether the device's learning is taken over.
        IFLA_BRPORT_LEARNING_SYNC = 11 => learning_sync: u8;
        /// As `IFLA_BRPORT_PROXYARP`, as IEEE 802.11 and Hotspot 2.0 want it.
        IFLA_BRPORT_PROXYARP_WIFI = 12 => proxyarp_wifi: u8;
        /// The root, as the port sees it.
        IFLA_BRPORT_ROOT_ID = 13 => root_id: BridgeId, read_only;
        /// The bridge that serves the segment.
        IFLA_BRPORT_BRIDGE_ID = 14 => bridge_id: BridgeId, read_only;
        /// The port that serves the segment.
        IFLA_BRPORT_DESIGNATED_PORT = 15 => designated_port: u16, read_only;
        /// Its cost to the root.
        IFLA_BRPORT_DESIGNATED_COST = 16 => designated_cost: u16, read_only;
        /// Id of the port: priority and number.
        IFLA_BRPORT_ID = 17 => id: u16, read_only;
        /// Number of the port.
        IFLA_BRPORT_NO = 18 => no: u16, read_only;
        /// Whether a change of the topology is acknowledged.
        IFLA_BRPORT_TOPOLOGY_CHANGE_ACK = 19 => topology_change_ack: u8, read_only;
        /// Whether a configuration packet waits.
        IFLA_BRPORT_CONFIG_PENDING = 20 => config_pending: u8, read_only;
        /// Time until the port's information is too old, in hundredths of a second.
        IFLA_BRPORT_MESSAGE_AGE_TIMER = 21 => message_age_timer: u64, read_only, volatile;
        /// Time until the next state, in hundredths of a second.
        IFLA_BRPORT_FORWARD_DELAY_TIMER = 22 => forward_delay_timer: u64, read_only, volatile;
        /// Time until the next configuration packet, in hundredths of a second.
        IFLA_BRPORT_HOLD_TIMER = 23 => hold_timer: u64, read_only, volatile;
        /// Forget the addresses learned there.
        IFLA_BRPORT_FLUSH = 24 => flush: Flag;
        /// Whether there is a multicast router.
        IFLA_BRPORT_MULTICAST_ROUTER = 25 => multicast_router: MulticastRouter;
        /// Alignment of what follows.
        IFLA_BRPORT_PAD = 26 => pad: (Bytes), read_only;
        /// Whether multicast packets without members go there.
        IFLA_BRPORT_MCAST_FLOOD = 27 => mcast_flood: u8;
        /// Whether multicast packets are sent to each member.
        IFLA_BRPORT_MCAST_TO_UCAST = 28 => mcast_to_ucast: u8;
        /// Whether VLANs map to tunnels.
        IFLA_BRPORT_VLAN_TUNNEL = 29 => vlan_tunnel: u8;
        /// Whether broadcast packets go there.
        IFLA_BRPORT_BCAST_FLOOD = 30 => bcast_flood: u8;
        /// The link-local groups that are forwarded, a bit for the last nibble of each address.
        IFLA_BRPORT_GROUP_FWD_MASK = 31 => group_fwd_mask: u16;
        /// Whether ARP and neighbour discovery are answered instead of flooded.
        IFLA_BRPORT_NEIGH_SUPPRESS = 32 => neigh_suppress: u8;
        /// Whether it only talks to ports that are not isolated.
        IFLA_BRPORT_ISOLATED = 33 => isolated: u8;
        /// Index of the port that takes over when this one has no carrier; 0 is none.
        IFLA_BRPORT_BACKUP_PORT = 34 => backup_port: u32;
        /// Whether the ring is open (Media Redundancy Protocol).
        IFLA_BRPORT_MRP_RING_OPEN = 35 => mrp_ring_open: u8, read_only;
        /// Whether the interconnection is open (Media Redundancy Protocol).
        IFLA_BRPORT_MRP_IN_OPEN = 36 => mrp_in_open: u8, read_only;
        /// Largest number of hosts that are tracked.
        IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT = 37 => mcast_eht_hosts_limit: u32;
        /// Number of hosts that are tracked.
        IFLA_BRPORT_MCAST_EHT_HOSTS_CNT = 38 => mcast_eht_hosts_cnt: u32, read_only, volatile;
        /// Whether only known addresses may send.
        IFLA_BRPORT_LOCKED = 39 => locked: u8;
        /// Whether unknown addresses of a locked port are noted down (MAC authentication bypass).
        IFLA_BRPORT_MAB = 40 => mab: u8;
        /// Number of multicast groups.
        IFLA_BRPORT_MCAST_N_GROUPS = 41 => mcast_n_groups: u32, read_only, volatile;
        /// Largest number of multicast groups; 0 is no limit.
        IFLA_BRPORT_MCAST_MAX_GROUPS = 42 => mcast_max_groups: u32;
        /// As `IFLA_BRPORT_NEIGH_SUPPRESS`, for each VLAN.
        IFLA_BRPORT_NEIGH_VLAN_SUPPRESS = 43 => neigh_vlan_suppress: u8;
        /// Id of the nexthop for packets redirected to the backup port; 0 is none.
        IFLA_BRPORT_BACKUP_NHID = 44 => backup_nhid: u32;
    }
}
