//! Further names of an interface (`IFLA_PROP_LIST`).

use crate::attrs;
use crate::schema::Text;

attrs! {
    /// Further names of an interface (`IFLA_PROP_LIST`, `linux/if_link.h`).
    PropList / PropListBuilder = "link.prop_list" {
        /// A further name, at most 127 bytes.
        IFLA_ALT_IFNAME = 53 => alt_ifnames: {many (Text<127>)}, multi;
    }
}
