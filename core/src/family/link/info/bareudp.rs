//! Packets in UDP, kind `bareudp` (`IFLA_BAREUDP_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("bu0").linkinfo(|info| {
//!     info.bareudp(|b| {
//!         b.port(6635).ethertype(0x8847);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_BAREUDP_PORT: 6635"));
//! ```

use crate::attrs;
use crate::schema::{Be, Flag};

attrs! {
    /// A tunnel of packets in UDP (`IFLA_BAREUDP_*`, `linux/if_link.h`).
    Bareudp / BareudpBuilder = "link.bareudp" {
        /// Destination port, network byte order.
        IFLA_BAREUDP_PORT = 1 => port: (Be<u16>), key;
        /// Ethernet type of what is inside, network byte order.
        IFLA_BAREUDP_ETHERTYPE = 2 => ethertype: (Be<u16>);
        /// First source port, native byte order.
        IFLA_BAREUDP_SRCPORT_MIN = 3 => srcport_min: u16;
        /// IPv4 and IPv6, or MPLS unicast and multicast, are taken together.
        IFLA_BAREUDP_MULTIPROTO_MODE = 4 => multiproto_mode: Flag;
    }
}
