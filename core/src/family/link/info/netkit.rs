//! Pairs of interfaces with BPF programs, kind `netkit` (`IFLA_NETKIT_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::info::netkit::{NETKIT_DROP, NETKIT_L3};
//! let request = link::create("nk0").linkinfo(|info| {
//!     info.netkit(|n| {
//!         n.mode(NETKIT_L3).policy(NETKIT_DROP);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_NETKIT_POLICY: NETKIT_DROP"));
//! ```

use crate::family::link::{Link, LinkBuilder};
use crate::{attrs, open_enum};

open_enum! {
    /// What happens to packets without a program (`NETKIT_*`, `linux/if_link.h`), with iproute2's words.
    NetkitPolicy: u32 {
        /// They go on.
        NETKIT_PASS = 0 => "forward",
        /// They are dropped.
        NETKIT_DROP = 2 => "blackhole",
    }
}

open_enum! {
    /// What packets look like (`NETKIT_L*`, `linux/if_link.h`), with iproute2's words.
    NetkitMode: u32 {
        /// Ethernet.
        NETKIT_L2 = 0 => "l2",
        /// Network layer.
        NETKIT_L3 = 1 => "l3",
    }
}

open_enum! {
    /// What is forgotten about a packet on its way (`NETKIT_SCRUB_*`, `linux/if_link.h`), with iproute2's words.
    NetkitScrub: u32 {
        /// Nothing.
        NETKIT_SCRUB_NONE = 0 => "none",
        /// Mark and priority.
        NETKIT_SCRUB_DEFAULT = 1 => "default",
    }
}

attrs! {
    /// A pair of interfaces with BPF programs (`IFLA_NETKIT_*`, `linux/if_link.h`).
    Netkit / NetkitBuilder = "link.netkit" {
        /// The other end: a header and attributes as of any link.
        IFLA_NETKIT_PEER_INFO = 1 => peer_info: [Link, LinkBuilder];
        /// Whether it is the end that programs are attached to: 0 or 1.
        IFLA_NETKIT_PRIMARY = 2 => primary: u8, read_only;
        /// What happens to packets without a program.
        IFLA_NETKIT_POLICY = 3 => policy: NetkitPolicy;
        /// The same at the other end.
        IFLA_NETKIT_PEER_POLICY = 4 => peer_policy: NetkitPolicy;
        /// What packets look like.
        IFLA_NETKIT_MODE = 5 => mode: NetkitMode;
        /// What is forgotten about a packet.
        IFLA_NETKIT_SCRUB = 6 => scrub: NetkitScrub;
        /// The same at the other end.
        IFLA_NETKIT_PEER_SCRUB = 7 => peer_scrub: NetkitScrub;
        /// Room in front of a packet, in bytes.
        IFLA_NETKIT_HEADROOM = 8 => headroom: u16;
        /// Room behind a packet, in bytes.
        IFLA_NETKIT_TAILROOM = 9 => tailroom: u16;
    }
}
