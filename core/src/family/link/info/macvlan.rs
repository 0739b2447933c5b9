//! Further link-layer addresses on an interface, kinds `macvlan` and `macvtap` (`IFLA_MACVLAN_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::info::macvlan::MACVLAN_MODE_BRIDGE;
//! let request = link::create("mv0").link(2).linkinfo(|info| {
//!     info.macvlan(|m| {
//!         m.mode(MACVLAN_MODE_BRIDGE);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_MACVLAN_MODE: MACVLAN_MODE_BRIDGE"));
//! ```

use crate::schema::LinkAddr;
use crate::{attrs, flags, open_enum};
use macaddr::{MacaddrData, MacaddrDataBuilder};

open_enum! {
    /// Who can talk to whom (`MACVLAN_MODE_*`, `linux/if_link.h`), with iproute2's words.
    MacvlanMode: u32 {
        /// Nobody with each other.
        MACVLAN_MODE_PRIVATE = 1 => "private",
        /// All, by the switch outside.
        MACVLAN_MODE_VEPA = 2 => "vepa",
        /// All.
        MACVLAN_MODE_BRIDGE = 4 => "bridge",
        /// There is only one, with the interface's own address.
        MACVLAN_MODE_PASSTHRU = 8 => "passthru",
        /// By the source address.
        MACVLAN_MODE_SOURCE = 16 => "source",
    }
}

flags! {
    /// Properties of a macvlan (`MACVLAN_FLAG_*`, `linux/if_link.h`), with iproute2's words.
    MacvlanFlags: u16 {
        /// The interface below is not put into promiscuous mode.
        MACVLAN_FLAG_NOPROMISC = 0x1 => "nopromisc",
        /// In source mode packets go nowhere else.
        MACVLAN_FLAG_NODST = 0x2 => "nodst",
    }
}

open_enum! {
    /// What to do with source addresses (`MACVLAN_MACADDR_*`, `linux/if_link.h`), with iproute2's words.
    MacaddrMode: u32 {
        /// Add one.
        MACVLAN_MACADDR_ADD = 0 => "add",
        /// Delete one.
        MACVLAN_MACADDR_DEL = 1 => "del",
        /// Delete all.
        MACVLAN_MACADDR_FLUSH = 2 => "flush",
        /// Replace all.
        MACVLAN_MACADDR_SET = 3 => "set",
    }
}

attrs! {
    /// A macvlan or macvtap (`IFLA_MACVLAN_*`, `linux/if_link.h`).
    Macvlan / MacvlanBuilder = "link.macvlan" {
        /// Who can talk to whom.
        IFLA_MACVLAN_MODE = 1 => mode: MacvlanMode;
        /// Properties.
        IFLA_MACVLAN_FLAGS = 2 => flags: MacvlanFlags;
        /// What to do with source addresses.
        IFLA_MACVLAN_MACADDR_MODE = 3 => macaddr_mode: MacaddrMode;
        /// A source address.
        IFLA_MACVLAN_MACADDR = 4 => macaddr: LinkAddr;
        /// All source addresses.
        IFLA_MACVLAN_MACADDR_DATA = 5 => macaddr_data: [MacaddrData, MacaddrDataBuilder];
        /// Number of source addresses.
        IFLA_MACVLAN_MACADDR_COUNT = 6 => macaddr_count: u32, read_only;
        /// Length wanted of the queue for broadcast and multicast, in packets.
        IFLA_MACVLAN_BC_QUEUE_LEN = 7 => bc_queue_len: u32;
        /// Its length, the largest that any macvlan of the interface wants.
        IFLA_MACVLAN_BC_QUEUE_LEN_USED = 8 => bc_queue_len_used: u32, read_only;
        /// Largest number of receivers of a multicast packet that does not go through the queue; -1 queues none.
        IFLA_MACVLAN_BC_CUTOFF = 9 => bc_cutoff: i32;
    }
}

/// The list in `IFLA_MACVLAN_MACADDR_DATA`.
pub mod macaddr {
    use crate::attrs;
    use crate::schema::LinkAddr;

    attrs! {
        /// Source addresses of a macvlan (`IFLA_MACVLAN_MACADDR_DATA`, `linux/if_link.h`).
        MacaddrData / MacaddrDataBuilder = "link.macvlan.macaddr_data" {
            /// A source address.
            IFLA_MACVLAN_MACADDR = 4 => macaddrs: {many LinkAddr}, multi;
        }
    }
}
