//! Redundant rings, kind `hsr` (`IFLA_HSR_*`), IEC 62439-3.
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::info::hsr::HSR_PROTOCOL_PRP;
//! let request = link::create("hsr0").linkinfo(|info| {
//!     info.hsr(|h| {
//!         h.slave1(2).slave2(3).protocol(HSR_PROTOCOL_PRP);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_HSR_PROTOCOL: HSR_PROTOCOL_PRP"));
//! ```

use crate::schema::LinkAddr;
use crate::{attrs, open_enum};

open_enum! {
    /// The protocol (`HSR_PROTOCOL_*`, `linux/if_link.h`), with iproute2's numbers.
    HsrProtocol: u8 {
        /// High-availability seamless redundancy.
        HSR_PROTOCOL_HSR = 0 => "0",
        /// Parallel redundancy protocol.
        HSR_PROTOCOL_PRP = 1 => "1",
    }
}

attrs! {
    /// A redundant ring (`IFLA_HSR_*`, `linux/if_link.h`).
    Hsr / HsrBuilder = "link.hsr" {
        /// Index of the first port.
        IFLA_HSR_SLAVE1 = 1 => slave1: u32;
        /// Index of the second port.
        IFLA_HSR_SLAVE2 = 2 => slave2: u32;
        /// Last byte of the supervision frames' address.
        IFLA_HSR_MULTICAST_SPEC = 3 => multicast_spec: u8;
        /// Address of supervision frames.
        IFLA_HSR_SUPERVISION_ADDR = 4 => supervision_addr: LinkAddr, read_only;
        /// Next sequence number.
        IFLA_HSR_SEQ_NR = 5 => seq_nr: u16, read_only, volatile;
        /// Version of the protocol: 0 or 1.
        IFLA_HSR_VERSION = 6 => version: u8;
        /// The protocol.
        IFLA_HSR_PROTOCOL = 7 => protocol: HsrProtocol;
        /// Index of the port to another ring.
        IFLA_HSR_INTERLINK = 8 => interlink: u32;
    }
}
