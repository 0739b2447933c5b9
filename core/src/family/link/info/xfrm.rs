//! Interfaces of IPsec policies, kind `xfrm` (`IFLA_XFRM_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("xfrm0").link(2).linkinfo(|info| {
//!     info.xfrm(|x| {
//!         x.if_id(7);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_XFRM_IF_ID: 7"));
//! ```

use crate::attrs;
use crate::schema::Flag;

attrs! {
    /// An interface of IPsec policies (`IFLA_XFRM_*`, `linux/if_link.h`).
    Xfrm / XfrmBuilder = "link.xfrm" {
        /// Index of the interface that packets go out of.
        IFLA_XFRM_LINK = 1 => link: u32;
        /// Number that policies and states refer to.
        IFLA_XFRM_IF_ID = 2 => if_id: u32, key;
        /// Routes choose the number of each packet.
        IFLA_XFRM_COLLECT_METADATA = 3 => collect_metadata: Flag;
    }
}
