//! VXLANs, kind `vxlan` (`IFLA_VXLAN_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("vx0").linkinfo(|info| {
//!     info.vxlan(|v| {
//!         v.id(42).port(4789).group([192, 0, 2, 1].into());
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_VXLAN_PORT: 4789"));
//! ```

use crate::schema::{Be, Bytes, Flag, FlagByte};
use crate::{attrs, fixed, open_enum};
use core::net::{Ipv4Addr, Ipv6Addr};

fixed! {
    /// `struct ifla_vxlan_port_range` (`linux/if_link.h`).
    VxlanPortRange = "ifla_vxlan_port_range" {
        /// First port, network byte order.
        low: (Be<u16>),
        /// Last port, network byte order.
        high: (Be<u16>),
    }
}

open_enum! {
    /// The don't-fragment bit of outer packets (`VXLAN_DF_*`, `linux/if_link.h`), with iproute2's words.
    VxlanDf: u8 {
        /// Not set.
        VXLAN_DF_UNSET = 0 => "unset",
        /// Set.
        VXLAN_DF_SET = 1 => "set",
        /// As in the inner packet.
        VXLAN_DF_INHERIT = 2 => "inherit",
    }
}

open_enum! {
    /// Flow label of outer packets (`VXLAN_LABEL_*`, `linux/if_link.h`), with iproute2's words.
    VxlanLabelPolicy: u32 {
        /// That of `IFLA_VXLAN_LABEL`.
        VXLAN_LABEL_FIXED = 0 => "fixed",
        /// As in the inner packet.
        VXLAN_LABEL_INHERIT = 1 => "inherit",
    }
}

attrs! {
    /// A VXLAN (`IFLA_VXLAN_*`, `linux/if_link.h`; RFC 7348). Switches are 0 or 1.
    Vxlan / VxlanBuilder = "link.vxlan" {
        /// Network identifier.
        IFLA_VXLAN_ID = 1 => id: u32 in 0..=0xff_ffff, key;
        /// IPv4 multicast group or other end.
        IFLA_VXLAN_GROUP = 2 => group: Ipv4Addr;
        /// Index of the interface that packets go out of.
        IFLA_VXLAN_LINK = 3 => link: u32;
        /// IPv4 source of outer packets.
        IFLA_VXLAN_LOCAL = 4 => local: Ipv4Addr;
        /// Time to live of outer packets; 0 chooses by itself.
        IFLA_VXLAN_TTL = 5 => ttl: u8;
        /// Type of service of outer packets; 1 is as in the inner packet.
        IFLA_VXLAN_TOS = 6 => tos: u8;
        /// Whether addresses are learned.
        IFLA_VXLAN_LEARNING = 7 => learning: u8;
        /// When an address is forgotten, in seconds; 0 is never.
        IFLA_VXLAN_AGEING = 8 => ageing: u32;
        /// Largest number of addresses; 0 is no limit.
        IFLA_VXLAN_LIMIT = 9 => limit: u32;
        /// Source ports of outer packets.
        IFLA_VXLAN_PORT_RANGE = 10 => port_range: VxlanPortRange;
        /// Whether ARP is answered for the other end.
        IFLA_VXLAN_PROXY = 11 => proxy: u8;
        /// Whether packets to routers are short-circuited.
        IFLA_VXLAN_RSC = 12 => rsc: u8;
        /// Whether programs are told of unknown link-layer addresses.
        IFLA_VXLAN_L2MISS = 13 => l2miss: u8;
        /// Whether programs are told of unknown network addresses.
        IFLA_VXLAN_L3MISS = 14 => l3miss: u8;
        /// Destination port of outer packets, network byte order.
        IFLA_VXLAN_PORT = 15 => port: (Be<u16>);
        /// IPv6 multicast group or other end.
        IFLA_VXLAN_GROUP6 = 16 => group6: Ipv6Addr;
        /// IPv6 source of outer packets.
        IFLA_VXLAN_LOCAL6 = 17 => local6: Ipv6Addr;
        /// Whether outer packets have a UDP checksum over IPv4.
        IFLA_VXLAN_UDP_CSUM = 18 => udp_csum: u8;
        /// Whether outer packets go without a UDP checksum over IPv6.
        IFLA_VXLAN_UDP_ZERO_CSUM6_TX = 19 => udp_zero_csum6_tx: u8;
        /// Whether outer packets are accepted without a UDP checksum over IPv6.
        IFLA_VXLAN_UDP_ZERO_CSUM6_RX = 20 => udp_zero_csum6_rx: u8;
        /// Whether checksums are left to the other end.
        IFLA_VXLAN_REMCSUM_TX = 21 => remcsum_tx: u8;
        /// Whether checksums are calculated for the other end.
        IFLA_VXLAN_REMCSUM_RX = 22 => remcsum_rx: u8;
        /// Group policy.
        IFLA_VXLAN_GBP = 23 => gbp: Flag;
        /// Remote checksums are calculated over the whole packet.
        IFLA_VXLAN_REMCSUM_NOPARTIAL = 24 => remcsum_nopartial: Flag;
        /// Whether routes and filters choose tunnel and address of each packet.
        IFLA_VXLAN_COLLECT_METADATA = 25 => collect_metadata: u8;
        /// Flow label of outer packets, network byte order.
        IFLA_VXLAN_LABEL = 26 => label: (Be<u32>) in 0..=0xf_ffff;
        /// Generic protocol extension.
        IFLA_VXLAN_GPE = 27 => gpe: Flag;
        /// Time to live as in the inner packet.
        IFLA_VXLAN_TTL_INHERIT = 28 => ttl_inherit: FlagByte;
        /// The don't-fragment bit of outer packets.
        IFLA_VXLAN_DF = 29 => df: VxlanDf;
        /// Whether only network identifiers that are listed are accepted.
        IFLA_VXLAN_VNIFILTER = 30 => vnifilter: u8 in 0..=1;
        /// Whether packets to this host stay in it.
        IFLA_VXLAN_LOCALBYPASS = 31 => localbypass: u8 in 0..=1;
        /// Flow label of outer packets.
        IFLA_VXLAN_LABEL_POLICY = 32 => label_policy: VxlanLabelPolicy;
        /// Header bits that do not have to be zero: a VXLAN header, network byte order.
        IFLA_VXLAN_RESERVED_BITS = 33 => reserved_bits: (Bytes<8, 8>);
        /// Whether multicast goes the way that multicast routes say.
        IFLA_VXLAN_MC_ROUTE = 34 => mc_route: u8 in 0..=1;
    }
}
