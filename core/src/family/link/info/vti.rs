//! Tunnels of IPsec policies, kinds `vti` and `vti6` (`IFLA_VTI_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("vti1").linkinfo(|info| {
//!     info.vti(|v| {
//!         v.remote([192, 0, 2, 1].into()).ikey(5).okey(5);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_VTI_IKEY: 5"));
//! ```

use crate::attrs;
use crate::schema::Be;
use core::net::IpAddr;

attrs! {
    /// A tunnel of an IPsec policy (`IFLA_VTI_*`, `linux/if_tunnel.h`).
    Vti / VtiBuilder = "link.vti" {
        /// Index of the interface that packets go out of.
        IFLA_VTI_LINK = 1 => link: u32;
        /// Mark of policies on the way in, network byte order.
        IFLA_VTI_IKEY = 2 => ikey: (Be<u32>);
        /// Mark of policies on the way out, network byte order.
        IFLA_VTI_OKEY = 3 => okey: (Be<u32>);
        /// Outer source.
        IFLA_VTI_LOCAL = 4 => local: IpAddr;
        /// Outer destination.
        IFLA_VTI_REMOTE = 5 => remote: IpAddr;
        /// Mark of outer packets.
        IFLA_VTI_FWMARK = 6 => fwmark: u32;
    }
}
