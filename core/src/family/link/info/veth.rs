//! Pairs of interfaces, kind `veth` (`linux/veth.h`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("v0").linkinfo(|info| {
//!     info.veth(|v| {
//!         v.peer(|l| { l.ifname("v1"); });
//!     });
//! });
//! assert!(format!("{request:?}").contains("VETH_INFO_PEER"));
//! ```

use crate::attrs;
use crate::family::link::{Link, LinkBuilder};

attrs! {
    /// A pair of interfaces (`VETH_INFO_*`, `linux/veth.h`).
    Veth / VethBuilder = "link.veth" {
        /// The other end: a header and attributes as of any link.
        VETH_INFO_PEER = 1 => peer: [Link, LinkBuilder];
    }
}
