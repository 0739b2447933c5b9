//! Interfaces that a program serves, kind `tun` (`IFLA_TUN_*`). Made by `/dev/net/tun`, only reported here.
//!
//! ```
//! use netplumb_core::family::link::info::tun::{IFF_TAP, IFLA_TUN_TYPE, Tun};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 16];
//! let mut w = Writer::new(&mut buffer);
//! w.attr(IFLA_TUN_TYPE, &[2]);
//! assert_eq!(Tun::new(w.written()).unwrap().kind(), Some(IFF_TAP));
//! ```

use crate::{attrs, open_enum};

open_enum! {
    /// What packets look like to the program (`IFF_TUN`, `IFF_TAP`, `linux/if_tun.h`), with iproute2's words.
    TunType: u8 {
        /// Network layer.
        IFF_TUN = 1 => "tun",
        /// Ethernet.
        IFF_TAP = 2 => "tap",
    }
}

attrs! {
    /// A tun or tap interface (`IFLA_TUN_*`, `linux/if_link.h`). Switches are 0 or 1.
    Tun / TunBuilder = "link.tun" {
        /// User who may open it.
        IFLA_TUN_OWNER = 1 => owner: u32, read_only;
        /// Group that may open it.
        IFLA_TUN_GROUP = 2 => group: u32, read_only;
        /// What packets look like.
        IFLA_TUN_TYPE = 3 => kind: TunType, read_only;
        /// Whether packets have a header with their protocol.
        IFLA_TUN_PI = 4 => pi: u8, read_only;
        /// Whether packets have a header with offloads.
        IFLA_TUN_VNET_HDR = 5 => vnet_hdr: u8, read_only;
        /// Whether it stays without a program.
        IFLA_TUN_PERSIST = 6 => persist: u8, read_only;
        /// Whether it has several queues.
        IFLA_TUN_MULTI_QUEUE = 7 => multi_queue: u8, read_only;
        /// Number of queues.
        IFLA_TUN_NUM_QUEUES = 8 => num_queues: u32, read_only;
        /// Number of queues that are switched off.
        IFLA_TUN_NUM_DISABLED_QUEUES = 9 => num_disabled_queues: u32, read_only;
    }
}
