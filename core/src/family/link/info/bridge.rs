//! Bridges, kind `bridge` (`IFLA_BR_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("br0").linkinfo(|info| {
//!     info.bridge(|b| {
//!         b.vlan_filtering(1).ageing_time(30_000);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_BR_AGEING_TIME: 30000"));
//! ```

use crate::schema::{Be, Bytes, Flag, LinkAddr};
use crate::{attrs, fixed, flags, open_enum};
use core::net::{Ipv4Addr, Ipv6Addr};

fixed! {
    /// `struct ifla_bridge_id` (`linux/if_link.h`): identifies a bridge in the spanning tree.
    BridgeId = "ifla_bridge_id" {
        /// Priority, network byte order.
        prio: (Be<u16>),
        /// Link-layer address.
        addr: [u8; 6],
    }
}

fixed! {
    /// `struct br_boolopt_multi` (`linux/if_bridge.h`): switches of a bridge.
    BrBoolOptMulti = "br_boolopt_multi" {
        /// Their values.
        optval: BrBoolOpts,
        /// The ones that are to change; in replies those that the kernel knows.
        optmask: BrBoolOpts,
    }
}

flags! {
    /// Switches of a bridge (a bit for each `BR_BOOLOPT_*` number, `linux/if_bridge.h`), with iproute2's words.
    BrBoolOpts: u32 {
        /// Do not learn from link-local frames.
        BR_BOOLOPT_NO_LL_LEARN = 0x01 => "no_linklocal_learn",
        /// Multicast snooping for each VLAN.
        BR_BOOLOPT_MCAST_VLAN_SNOOPING = 0x02 => "mcast_vlan_snooping",
        /// Multiple spanning trees.
        BR_BOOLOPT_MST_ENABLE = 0x04 => "mst_enabled",
        /// Tell when the hardware does not take a multicast entry.
        BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION = 0x08 => "mdb_offload_fail_notification",
        /// Local addresses only in VLAN 0 of the forwarding table.
        BR_BOOLOPT_FDB_LOCAL_VLAN_0 = 0x10 => "fdb_local_vlan_0",
    }
}

open_enum! {
    /// Who runs the spanning tree protocol (`BR_*_STP` of the kernel's `net/bridge/br_private.h`).
    StpState: u32 {
        /// Nobody.
        BR_NO_STP = 0 => "0",
        /// The kernel.
        BR_KERNEL_STP = 1 => "1",
        /// A program.
        BR_USER_STP = 2 => "2",
    }
}

attrs! {
    /// A bridge (`IFLA_BR_*`, `linux/if_link.h`). Times are in hundredths of a second.
    Bridge / BridgeBuilder = "link.bridge" {
        /// Time in the listening and in the learning state, in hundredths of a second.
        IFLA_BR_FORWARD_DELAY = 1 => forward_delay: u32;
        /// Time between hello packets, in hundredths of a second.
        IFLA_BR_HELLO_TIME = 2 => hello_time: u32;
        /// When a hello packet is too old, in hundredths of a second.
        IFLA_BR_MAX_AGE = 3 => max_age: u32;
        /// When an address is forgotten, in hundredths of a second.
        IFLA_BR_AGEING_TIME = 4 => ageing_time: u32;
        /// Who runs the spanning tree protocol.
        IFLA_BR_STP_STATE = 5 => stp_state: StpState;
        /// Priority in the spanning tree.
        IFLA_BR_PRIORITY = 6 => priority: u16;
        /// Whether VLANs are filtered: 0 or 1.
        IFLA_BR_VLAN_FILTERING = 7 => vlan_filtering: u8;
        /// Ethernet type of VLAN tags, network byte order: 0x8100 or 0x88a8.
        IFLA_BR_VLAN_PROTOCOL = 8 => vlan_protocol: (Be<u16>);
        /// The link-local groups that are forwarded, a bit for the last nibble of each address.
        IFLA_BR_GROUP_FWD_MASK = 9 => group_fwd_mask: u16;
        /// The root of the tree.
        IFLA_BR_ROOT_ID = 10 => root_id: BridgeId, read_only;
        /// The bridge itself.
        IFLA_BR_BRIDGE_ID = 11 => bridge_id: BridgeId, read_only;
        /// Number of the port towards the root.
        IFLA_BR_ROOT_PORT = 12 => root_port: u16, read_only;
        /// Cost of the path to the root.
        IFLA_BR_ROOT_PATH_COST = 13 => root_path_cost: u32, read_only;
        /// Whether the topology changes: 0 or 1.
        IFLA_BR_TOPOLOGY_CHANGE = 14 => topology_change: u8, read_only;
        /// Whether a change of the topology was seen: 0 or 1.
        IFLA_BR_TOPOLOGY_CHANGE_DETECTED = 15 => topology_change_detected: u8, read_only;
        /// Time until the next hello packet, in hundredths of a second.
        IFLA_BR_HELLO_TIMER = 16 => hello_timer: u64, read_only, volatile;
        /// Time until the next topology change notification, in hundredths of a second.
        IFLA_BR_TCN_TIMER = 17 => tcn_timer: u64, read_only, volatile;
        /// Time until the topology change is over, in hundredths of a second.
        IFLA_BR_TOPOLOGY_CHANGE_TIMER = 18 => topology_change_timer: u64, read_only, volatile;
        /// Time until old addresses are forgotten, in hundredths of a second.
        IFLA_BR_GC_TIMER = 19 => gc_timer: u64, read_only, volatile;
        /// The group address of the spanning tree protocol.
        IFLA_BR_GROUP_ADDR = 20 => group_addr: LinkAddr;
        /// Forget all learned addresses.
        IFLA_BR_FDB_FLUSH = 21 => fdb_flush: Flag;
        /// Whether the bridge is a multicast router: 0 never, 1 by itself, 2 always.
        IFLA_BR_MCAST_ROUTER = 22 => mcast_router: u8;
        /// Whether multicast is snooped: 0 or 1.
        IFLA_BR_MCAST_SNOOPING = 23 => mcast_snooping: u8;
        /// Whether queries carry the bridge's address: 0 or 1.
        IFLA_BR_MCAST_QUERY_USE_IFADDR = 24 => mcast_query_use_ifaddr: u8;
        /// Whether the bridge sends queries: 0 or 1.
        IFLA_BR_MCAST_QUERIER = 25 => mcast_querier: u8;
        /// Unused since Linux 5.1.
        IFLA_BR_MCAST_HASH_ELASTICITY = 26 => mcast_hash_elasticity: u32;
        /// Largest number of multicast entries.
        IFLA_BR_MCAST_HASH_MAX = 27 => mcast_hash_max: u32;
        /// Number of queries before a group is given up.
        IFLA_BR_MCAST_LAST_MEMBER_CNT = 28 => mcast_last_member_cnt: u32;
        /// Number of queries at the beginning.
        IFLA_BR_MCAST_STARTUP_QUERY_CNT = 29 => mcast_startup_query_cnt: u32;
        /// Time between queries before a group is given up, in hundredths of a second.
        IFLA_BR_MCAST_LAST_MEMBER_INTVL = 30 => mcast_last_member_intvl: u64;
        /// When a membership ends, in hundredths of a second.
        IFLA_BR_MCAST_MEMBERSHIP_INTVL = 31 => mcast_membership_intvl: u64;
        /// When another querier is gone, in hundredths of a second.
        IFLA_BR_MCAST_QUERIER_INTVL = 32 => mcast_querier_intvl: u64;
        /// Time between queries, in hundredths of a second.
        IFLA_BR_MCAST_QUERY_INTVL = 33 => mcast_query_intvl: u64;
        /// Longest time to the answer of a query, in hundredths of a second.
        IFLA_BR_MCAST_QUERY_RESPONSE_INTVL = 34 => mcast_query_response_intvl: u64;
        /// Time between queries at the beginning, in hundredths of a second.
        IFLA_BR_MCAST_STARTUP_QUERY_INTVL = 35 => mcast_startup_query_intvl: u64;
        /// Whether iptables sees bridged packets: 0 or 1.
        IFLA_BR_NF_CALL_IPTABLES = 36 => nf_call_iptables: u8;
        /// Whether ip6tables sees bridged packets: 0 or 1.
        IFLA_BR_NF_CALL_IP6TABLES = 37 => nf_call_ip6tables: u8;
        /// Whether arptables sees bridged packets: 0 or 1.
        IFLA_BR_NF_CALL_ARPTABLES = 38 => nf_call_arptables: u8;
        /// VLAN of untagged packets on new ports; 0 is none.
        IFLA_BR_VLAN_DEFAULT_PVID = 39 => vlan_default_pvid: u16;
        /// Alignment of what follows.
        IFLA_BR_PAD = 40 => pad: (Bytes), read_only;
        /// Whether VLANs are counted: 0 or 1.
        IFLA_BR_VLAN_STATS_ENABLED = 41 => vlan_stats_enabled: u8;
        /// Whether multicast packets are counted: 0 or 1.
        IFLA_BR_MCAST_STATS_ENABLED = 42 => mcast_stats_enabled: u8;
        /// IGMP version of queries: 2 or 3.
        IFLA_BR_MCAST_IGMP_VERSION = 43 => mcast_igmp_version: u8;
        /// MLD version of queries: 1 or 2.
        IFLA_BR_MCAST_MLD_VERSION = 44 => mcast_mld_version: u8;
        /// Whether VLANs are counted for each port: 0 or 1.
        IFLA_BR_VLAN_STATS_PER_PORT = 45 => vlan_stats_per_port: u8;
        /// Further switches.
        IFLA_BR_MULTI_BOOLOPT = 46 => multi_boolopt: BrBoolOptMulti;
        /// Who sends queries.
        IFLA_BR_MCAST_QUERIER_STATE = 47 => mcast_querier_state: [BridgeQuerier, BridgeQuerierBuilder], read_only;
        /// Number of learned addresses.
        IFLA_BR_FDB_N_LEARNED = 48 => fdb_n_learned: u32, read_only, volatile;
        /// Largest number of learned addresses; 0 is no limit.
        IFLA_BR_FDB_MAX_LEARNED = 49 => fdb_max_learned: u32;
    }
}

attrs! {
    /// Who sends multicast queries (`BRIDGE_QUERIER_*`, `linux/if_bridge.h`).
    BridgeQuerier / BridgeQuerierBuilder = "link.bridge.querier" {
        /// IPv4 address of the querier.
        BRIDGE_QUERIER_IP_ADDRESS = 1 => ip_address: Ipv4Addr;
        /// Index of the port towards it; absent when it is the bridge.
        BRIDGE_QUERIER_IP_PORT = 2 => ip_port: u32;
        /// Time until it counts as gone, in hundredths of a second.
        BRIDGE_QUERIER_IP_OTHER_TIMER = 3 => ip_other_timer: u64, volatile;
        /// Alignment of what follows.
        BRIDGE_QUERIER_PAD = 4 => pad: (Bytes);
        /// IPv6 address of the querier.
        BRIDGE_QUERIER_IPV6_ADDRESS = 5 => ipv6_address: Ipv6Addr;
        /// Index of the port towards it; absent when it is the bridge.
        BRIDGE_QUERIER_IPV6_PORT = 6 => ipv6_port: u32;
        /// Time until it counts as gone, in hundredths of a second.
        BRIDGE_QUERIER_IPV6_OTHER_TIMER = 7 => ipv6_other_timer: u64, volatile;
    }
}
