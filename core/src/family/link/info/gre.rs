//! GRE tunnels, kinds `gre`, `gretap`, `erspan`, `ip6gre`, `ip6gretap`, `ip6erspan` (`IFLA_GRE_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("gre1").linkinfo(|info| {
//!     info.gre(|g| {
//!         g.remote([192, 0, 2, 1].into()).ttl(64);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_GRE_REMOTE: 192.0.2.1"));
//! ```

use super::iptunnel::TunnelEncap;
use crate::attrs;
use crate::schema::{Be, Flag};
use core::net::IpAddr;

attrs! {
    /// A GRE tunnel (`IFLA_GRE_*`, `linux/if_tunnel.h`; RFC 2784).
    Gre / GreBuilder = "link.gre" {
        /// Index of the interface that packets go out of.
        IFLA_GRE_LINK = 1 => link: u32;
        /// Flags that packets must have on the way in (`GRE_*`), network byte order.
        IFLA_GRE_IFLAGS = 2 => iflags: (Be<u16>);
        /// Flags of packets on the way out (`GRE_*`), network byte order.
        IFLA_GRE_OFLAGS = 3 => oflags: (Be<u16>);
        /// Key that packets must have on the way in, network byte order.
        IFLA_GRE_IKEY = 4 => ikey: (Be<u32>);
        /// Key of packets on the way out, network byte order.
        IFLA_GRE_OKEY = 5 => okey: (Be<u32>);
        /// Outer source.
        IFLA_GRE_LOCAL = 6 => local: IpAddr;
        /// Outer destination.
        IFLA_GRE_REMOTE = 7 => remote: IpAddr;
        /// Outer time to live or hop limit; 0 is as in the inner packet.
        IFLA_GRE_TTL = 8 => ttl: u8;
        /// Outer type of service; 1 is as in the inner packet.
        IFLA_GRE_TOS = 9 => tos: u8;
        /// Whether the path's MTU is found out: 0 or 1.
        IFLA_GRE_PMTUDISC = 10 => pmtudisc: u8;
        /// Tunnel encapsulation limit (RFC 2473 section 6.6).
        IFLA_GRE_ENCAP_LIMIT = 11 => encap_limit: u8;
        /// Traffic class and flow label, network byte order.
        IFLA_GRE_FLOWINFO = 12 => flowinfo: (Be<u32>);
        /// Properties of the IPv6 tunnel (`IP6_TNL_F_*`).
        IFLA_GRE_FLAGS = 13 => flags: u32;
        /// What is put in between.
        IFLA_GRE_ENCAP_TYPE = 14 => encap_type: TunnelEncap;
        /// Its flags (`TUNNEL_ENCAP_FLAG_*`).
        IFLA_GRE_ENCAP_FLAGS = 15 => encap_flags: u16;
        /// Its source port, network byte order; 0 chooses by itself.
        IFLA_GRE_ENCAP_SPORT = 16 => encap_sport: (Be<u16>);
        /// Its destination port, network byte order.
        IFLA_GRE_ENCAP_DPORT = 17 => encap_dport: (Be<u16>);
        /// Routes and filters choose the address of each packet.
        IFLA_GRE_COLLECT_METADATA = 18 => collect_metadata: Flag;
        /// Whether the inner don't-fragment bit is passed over: 0 or 1.
        IFLA_GRE_IGNORE_DF = 19 => ignore_df: u8;
        /// Mark of outer packets.
        IFLA_GRE_FWMARK = 20 => fwmark: u32;
        /// ERSPAN version 1: index of the session.
        IFLA_GRE_ERSPAN_INDEX = 21 => erspan_index: u32;
        /// ERSPAN version: 0, 1 or 2.
        IFLA_GRE_ERSPAN_VER = 22 => erspan_ver: u8;
        /// ERSPAN version 2: direction, 0 in, 1 out.
        IFLA_GRE_ERSPAN_DIR = 23 => erspan_dir: u8;
        /// ERSPAN version 2: id of the hardware.
        IFLA_GRE_ERSPAN_HWID = 24 => erspan_hwid: u16;
    }
}
