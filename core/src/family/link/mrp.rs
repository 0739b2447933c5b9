//! Media Redundancy Protocol of a bridge (`IFLA_BRIDGE_MRP_*`), IEC 62439-2.
//!
//! ```
//! use netplumb_core::family::common::AF_BRIDGE;
//! use netplumb_core::family::link;
//! let request = link::set(3u32).header(|h| h.ifi_family = AF_BRIDGE).with(|l| {
//!     l.bridge_spec(|b| {
//!         b.mrp(|m| {
//!             m.ring_role(|r| { r.ring_id(1).role(2); });
//!         });
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_BRIDGE_MRP_RING_ROLE_ROLE: 2"));
//! ```

use crate::attrs;

attrs! {
    /// Media Redundancy Protocol of a bridge (`IFLA_BRIDGE_MRP_*`, `linux/if_bridge.h`).
    BridgeMrp / BridgeMrpBuilder = "link.bridge_spec.mrp" {
        /// Make or delete a ring.
        IFLA_BRIDGE_MRP_INSTANCE = 1 => instance: [MrpInstance, MrpInstanceBuilder];
        /// Set the state of a port.
        IFLA_BRIDGE_MRP_PORT_STATE = 2 => port_state: [MrpPortState, MrpPortStateBuilder];
        /// Set the role of a port.
        IFLA_BRIDGE_MRP_PORT_ROLE = 3 => port_role: [MrpPortRole, MrpPortRoleBuilder];
        /// Set the state of a ring.
        IFLA_BRIDGE_MRP_RING_STATE = 4 => ring_state: [MrpRingState, MrpRingStateBuilder];
        /// Set the role in a ring.
        IFLA_BRIDGE_MRP_RING_ROLE = 5 => ring_role: [MrpRingRole, MrpRingRoleBuilder];
        /// Begin to test a ring.
        IFLA_BRIDGE_MRP_START_TEST = 6 => start_test: [MrpStartTest, MrpStartTestBuilder];
        /// A ring, as the kernel reports it.
        IFLA_BRIDGE_MRP_INFO = 7 => infos: {many [MrpInfo, MrpInfoBuilder]}, multi, read_only;
        /// Set the role in an interconnection.
        IFLA_BRIDGE_MRP_IN_ROLE = 8 => in_role: [MrpInRole, MrpInRoleBuilder];
        /// Set the state of an interconnection.
        IFLA_BRIDGE_MRP_IN_STATE = 9 => in_state: [MrpInState, MrpInStateBuilder];
        /// Begin to test an interconnection.
        IFLA_BRIDGE_MRP_START_IN_TEST = 10 => start_in_test: [MrpStartInTest, MrpStartInTestBuilder];
    }
}

attrs! {
    /// A ring to make or delete (`IFLA_BRIDGE_MRP_INSTANCE_*`, `linux/if_bridge.h`).
    MrpInstance / MrpInstanceBuilder = "link.bridge_spec.mrp.instance" {
        /// Number of the ring.
        IFLA_BRIDGE_MRP_INSTANCE_RING_ID = 1 => ring_id: u32;
        /// Index of the primary port.
        IFLA_BRIDGE_MRP_INSTANCE_P_IFINDEX = 2 => p_ifindex: u32;
        /// Index of the secondary port.
        IFLA_BRIDGE_MRP_INSTANCE_S_IFINDEX = 3 => s_ifindex: u32;
        /// Priority of the bridge.
        IFLA_BRIDGE_MRP_INSTANCE_PRIO = 4 => prio: u16;
    }
}

attrs! {
    /// The state of a port (`IFLA_BRIDGE_MRP_PORT_STATE_*`, `linux/if_bridge.h`).
    MrpPortState / MrpPortStateBuilder = "link.bridge_spec.mrp.port_state" {
        /// The state (`BR_MRP_PORT_STATE_*`, `linux/mrp_bridge.h`).
        IFLA_BRIDGE_MRP_PORT_STATE_STATE = 1 => state: u32;
    }
}

attrs! {
    /// The role of a port (`IFLA_BRIDGE_MRP_PORT_ROLE_*`, `linux/if_bridge.h`).
    MrpPortRole / MrpPortRoleBuilder = "link.bridge_spec.mrp.port_role" {
        /// The role (`BR_MRP_PORT_ROLE_*`, `linux/mrp_bridge.h`).
        IFLA_BRIDGE_MRP_PORT_ROLE_ROLE = 1 => role: u32;
    }
}

attrs! {
    /// The state of a ring (`IFLA_BRIDGE_MRP_RING_STATE_*`, `linux/if_bridge.h`).
    MrpRingState / MrpRingStateBuilder = "link.bridge_spec.mrp.ring_state" {
        /// Number of the ring.
        IFLA_BRIDGE_MRP_RING_STATE_RING_ID = 1 => ring_id: u32;
        /// 0 is open, 1 closed.
        IFLA_BRIDGE_MRP_RING_STATE_STATE = 2 => state: u32;
    }
}

attrs! {
    /// The role in a ring (`IFLA_BRIDGE_MRP_RING_ROLE_*`, `linux/if_bridge.h`).
    MrpRingRole / MrpRingRoleBuilder = "link.bridge_spec.mrp.ring_role" {
        /// Number of the ring.
        IFLA_BRIDGE_MRP_RING_ROLE_RING_ID = 1 => ring_id: u32;
        /// 0 is disabled, 1 client, 2 manager, 3 automatic manager.
        IFLA_BRIDGE_MRP_RING_ROLE_ROLE = 2 => role: u32;
    }
}

attrs! {
    /// A test of a ring (`IFLA_BRIDGE_MRP_START_TEST_*`, `linux/if_bridge.h`).
    MrpStartTest / MrpStartTestBuilder = "link.bridge_spec.mrp.start_test" {
        /// Number of the ring.
        IFLA_BRIDGE_MRP_START_TEST_RING_ID = 1 => ring_id: u32;
        /// Time between test frames, in microseconds.
        IFLA_BRIDGE_MRP_START_TEST_INTERVAL = 2 => interval: u32;
        /// Number of lost frames until the ring is open.
        IFLA_BRIDGE_MRP_START_TEST_MAX_MISS = 3 => max_miss: u32;
        /// How long to test, in microseconds; 0 stops.
        IFLA_BRIDGE_MRP_START_TEST_PERIOD = 4 => period: u32;
        /// Whether to listen only: 0 or 1.
        IFLA_BRIDGE_MRP_START_TEST_MONITOR = 5 => monitor: u32;
    }
}

attrs! {
    /// A ring, as the kernel reports it (`IFLA_BRIDGE_MRP_INFO_*`, `linux/if_bridge.h`).
    MrpInfo / MrpInfoBuilder = "link.bridge_spec.mrp.info" {
        /// Number of the ring.
        IFLA_BRIDGE_MRP_INFO_RING_ID = 1 => ring_id: u32;
        /// Index of the primary port.
        IFLA_BRIDGE_MRP_INFO_P_IFINDEX = 2 => p_ifindex: u32;
        /// Index of the secondary port.
        IFLA_BRIDGE_MRP_INFO_S_IFINDEX = 3 => s_ifindex: u32;
        /// Priority of the bridge.
        IFLA_BRIDGE_MRP_INFO_PRIO = 4 => prio: u16;
        /// State of the ring: 0 open, 1 closed.
        IFLA_BRIDGE_MRP_INFO_RING_STATE = 5 => ring_state: u32;
        /// Role in the ring: 0 disabled, 1 client, 2 manager, 3 automatic manager.
        IFLA_BRIDGE_MRP_INFO_RING_ROLE = 6 => ring_role: u32;
        /// Time between test frames, in microseconds.
        IFLA_BRIDGE_MRP_INFO_TEST_INTERVAL = 7 => test_interval: u32;
        /// Number of lost frames until the ring is open.
        IFLA_BRIDGE_MRP_INFO_TEST_MAX_MISS = 8 => test_max_miss: u32;
        /// Whether it listens only: 0 or 1.
        IFLA_BRIDGE_MRP_INFO_TEST_MONITOR = 9 => test_monitor: u32;
        /// Index of the port of the interconnection.
        IFLA_BRIDGE_MRP_INFO_I_IFINDEX = 10 => i_ifindex: u32;
        /// State of the interconnection: 0 open, 1 closed.
        IFLA_BRIDGE_MRP_INFO_IN_STATE = 11 => in_state: u32;
        /// Role in the interconnection: 0 disabled, 1 client, 2 manager.
        IFLA_BRIDGE_MRP_INFO_IN_ROLE = 12 => in_role: u32;
        /// Time between test frames of the interconnection, in microseconds.
        IFLA_BRIDGE_MRP_INFO_IN_TEST_INTERVAL = 13 => in_test_interval: u32;
        /// Number of lost frames until the interconnection is open.
        IFLA_BRIDGE_MRP_INFO_IN_TEST_MAX_MISS = 14 => in_test_max_miss: u32;
    }
}

attrs! {
    /// The state of an interconnection (`IFLA_BRIDGE_MRP_IN_STATE_*`, `linux/if_bridge.h`).
    MrpInState / MrpInStateBuilder = "link.bridge_spec.mrp.in_state" {
        /// Number of the interconnection.
        IFLA_BRIDGE_MRP_IN_STATE_IN_ID = 1 => in_id: u32;
        /// 0 is open, 1 closed.
        IFLA_BRIDGE_MRP_IN_STATE_STATE = 2 => state: u32;
    }
}

attrs! {
    /// The role in an interconnection (`IFLA_BRIDGE_MRP_IN_ROLE_*`, `linux/if_bridge.h`).
    MrpInRole / MrpInRoleBuilder = "link.bridge_spec.mrp.in_role" {
        /// Number of the ring.
        IFLA_BRIDGE_MRP_IN_ROLE_RING_ID = 1 => ring_id: u32;
        /// Number of the interconnection.
        IFLA_BRIDGE_MRP_IN_ROLE_IN_ID = 2 => in_id: u16;
        /// 0 is disabled, 1 client, 2 manager.
        IFLA_BRIDGE_MRP_IN_ROLE_ROLE = 3 => role: u32;
        /// Index of the port of the interconnection.
        IFLA_BRIDGE_MRP_IN_ROLE_I_IFINDEX = 4 => i_ifindex: u32;
    }
}

attrs! {
    /// A test of an interconnection (`IFLA_BRIDGE_MRP_START_IN_TEST_*`, `linux/if_bridge.h`).
    MrpStartInTest / MrpStartInTestBuilder = "link.bridge_spec.mrp.start_in_test" {
        /// Number of the interconnection.
        IFLA_BRIDGE_MRP_START_IN_TEST_IN_ID = 1 => in_id: u32;
        /// Time between test frames, in microseconds.
        IFLA_BRIDGE_MRP_START_IN_TEST_INTERVAL = 2 => interval: u32;
        /// Number of lost frames until it is open.
        IFLA_BRIDGE_MRP_START_IN_TEST_MAX_MISS = 3 => max_miss: u32;
        /// How long to test, in microseconds; 0 stops.
        IFLA_BRIDGE_MRP_START_IN_TEST_PERIOD = 4 => period: u32;
    }
}
