//! Further names of an interface (`IFLA_PROP_LIST`).
//!
//! ```
//! use netplumb_core::family::link::{self, Link};
//! use netplumb_core::request::AsRequest;
//! let request = link::set(3u32).with(|l| {
//!     l.prop_list(|p| {
//!         p.alt_ifnames("uplink").alt_ifnames("the-cable-to-the-router");
//!     });
//! });
//! let link = Link::new(&request.message().unwrap()[16..]).unwrap();
//! let names: Vec<&str> = link.prop_list().unwrap().alt_ifnames().collect();
//! assert_eq!(names, ["uplink", "the-cable-to-the-router"]);
//! ```

use crate::attrs;
use crate::schema::Text;

attrs! {
    /// Further names of an interface (`IFLA_PROP_LIST`, `linux/if_link.h`).
    PropList / PropListBuilder = "link.prop_list" {
        /// A further name, at most 127 bytes.
        IFLA_ALT_IFNAME = 53 => alt_ifnames: {many (Text<127>)}, multi;
    }
}
