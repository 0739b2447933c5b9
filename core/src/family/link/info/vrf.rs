//! Virtual routers, kind `vrf` (`IFLA_VRF_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::route::RouteTable;
//! let request = link::create("red").linkinfo(|info| {
//!     info.vrf(|v| {
//!         v.table_id(RouteTable(100));
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_VRF_TABLE: 100"));
//! ```

use crate::attrs;
use crate::family::route::RouteTable;

attrs! {
    /// A virtual router (`IFLA_VRF_*`, `linux/if_link.h`).
    Vrf / VrfBuilder = "link.vrf" {
        /// Its routing table.
        IFLA_VRF_TABLE = 1 => table_id: RouteTable;
    }
}

attrs! {
    /// A port of a virtual router (`IFLA_VRF_PORT_*`, `linux/if_link.h`).
    VrfPort / VrfPortBuilder = "link.vrf_port" {
        /// The routing table of the router.
        IFLA_VRF_PORT_TABLE = 1 => table_id: RouteTable, read_only;
    }
}
