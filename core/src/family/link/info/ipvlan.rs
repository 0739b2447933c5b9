//! Further network addresses on an interface, kinds `ipvlan` and `ipvtap` (`IFLA_IPVLAN_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::info::ipvlan::IPVLAN_MODE_L3;
//! let request = link::create("ipv0").link(2).linkinfo(|info| {
//!     info.ipvlan(|v| {
//!         v.mode(IPVLAN_MODE_L3);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_IPVLAN_MODE: IPVLAN_MODE_L3"));
//! ```

use crate::{attrs, flags, open_enum};

open_enum! {
    /// Where packets are handed over (`IPVLAN_MODE_*`, `linux/if_link.h`), with iproute2's words.
    IpvlanMode: u16 {
        /// On the link layer.
        IPVLAN_MODE_L2 = 0 => "l2",
        /// On the network layer.
        IPVLAN_MODE_L3 = 1 => "l3",
        /// On the network layer, and netfilter sees them in both places.
        IPVLAN_MODE_L3S = 2 => "l3s",
    }
}

flags! {
    /// Who can talk to whom (`IPVLAN_F_*`, `linux/if_link.h`), with iproute2's words; all with each other when none is set.
    IpvlanFlags: u16 {
        /// Nobody with each other.
        IPVLAN_F_PRIVATE = 0x1 => "private",
        /// By the switch outside.
        IPVLAN_F_VEPA = 0x2 => "vepa",
    }
}

attrs! {
    /// An ipvlan or ipvtap (`IFLA_IPVLAN_*`, `linux/if_link.h`).
    Ipvlan / IpvlanBuilder = "link.ipvlan" {
        /// Where packets are handed over.
        IFLA_IPVLAN_MODE = 1 => mode: IpvlanMode;
        /// Who can talk to whom.
        IFLA_IPVLAN_FLAGS = 2 => flags: IpvlanFlags;
    }
}
