//! Pairs of interfaces, kind `veth` (`linux/veth.h`).

use crate::attrs;
use crate::family::link::{Link, LinkBuilder};

attrs! {
    /// A pair of interfaces (`VETH_INFO_*`, `linux/veth.h`).
    Veth / VethBuilder = "link.veth" {
        /// The other end: a header and attributes as of any link.
        VETH_INFO_PEER = 1 => peer: [Link, LinkBuilder];
    }
}
