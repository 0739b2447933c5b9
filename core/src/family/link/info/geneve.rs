//! Geneve tunnels, kind `geneve` (`IFLA_GENEVE_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("gnv0").linkinfo(|info| {
//!     info.geneve(|g| {
//!         g.id(7).remote([192, 0, 2, 1].into());
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_GENEVE_REMOTE: 192.0.2.1"));
//! ```

use crate::schema::{Be, Flag};
use crate::{attrs, fixed, open_enum};
use core::net::{Ipv4Addr, Ipv6Addr};

open_enum! {
    /// The don't-fragment bit of outer packets (`GENEVE_DF_*`, `linux/if_link.h`), with iproute2's words.
    GeneveDf: u8 {
        /// Not set.
        GENEVE_DF_UNSET = 0 => "unset",
        /// Set.
        GENEVE_DF_SET = 1 => "set",
        /// As in the inner packet.
        GENEVE_DF_INHERIT = 2 => "inherit",
    }
}

fixed! {
    /// `struct ifla_geneve_port_range` (`linux/if_link.h`).
    GenevePortRange = "ifla_geneve_port_range" {
        /// First port, network byte order.
        low: (Be<u16>),
        /// Last port, network byte order.
        high: (Be<u16>),
    }
}

attrs! {
    /// A Geneve tunnel (`IFLA_GENEVE_*`, `linux/if_link.h`; RFC 8926). Switches are 0 or 1.
    Geneve / GeneveBuilder = "link.geneve" {
        /// Network identifier.
        IFLA_GENEVE_ID = 1 => id: u32 in 0..=0xff_ffff, key;
        /// IPv4 address of the other end.
        IFLA_GENEVE_REMOTE = 2 => remote: Ipv4Addr;
        /// Outer time to live; 0 chooses by itself.
        IFLA_GENEVE_TTL = 3 => ttl: u8;
        /// Outer type of service; 1 is as in the inner packet.
        IFLA_GENEVE_TOS = 4 => tos: u8;
        /// Outer destination port, network byte order.
        IFLA_GENEVE_PORT = 5 => port: (Be<u16>);
        /// Routes and filters choose tunnel and address of each packet.
        IFLA_GENEVE_COLLECT_METADATA = 6 => collect_metadata: Flag;
        /// IPv6 address of the other end.
        IFLA_GENEVE_REMOTE6 = 7 => remote6: Ipv6Addr;
        /// Whether outer packets have a UDP checksum over IPv4.
        IFLA_GENEVE_UDP_CSUM = 8 => udp_csum: u8;
        /// Whether outer packets go without a UDP checksum over IPv6.
        IFLA_GENEVE_UDP_ZERO_CSUM6_TX = 9 => udp_zero_csum6_tx: u8;
        /// Whether outer packets are accepted without a UDP checksum over IPv6.
        IFLA_GENEVE_UDP_ZERO_CSUM6_RX = 10 => udp_zero_csum6_rx: u8;
        /// Outer flow label, network byte order.
        IFLA_GENEVE_LABEL = 11 => label: (Be<u32>) in 0..=0xf_ffff;
        /// Whether the time to live is as in the inner packet.
        IFLA_GENEVE_TTL_INHERIT = 12 => ttl_inherit: u8;
        /// The don't-fragment bit of outer packets.
        IFLA_GENEVE_DF = 13 => df: GeneveDf;
        /// Packets are network layer, without Ethernet.
        IFLA_GENEVE_INNER_PROTO_INHERIT = 14 => inner_proto_inherit: Flag;
        /// Source ports of outer packets.
        IFLA_GENEVE_PORT_RANGE = 15 => port_range: GenevePortRange;
    }
}
