//! Tunnels over IPv4, kinds `ipip` and `sit` (`IFLA_IPTUN_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("ipip1").linkinfo(|info| {
//!     info.ipip(|t| {
//!         t.remote([192, 0, 2, 1].into()).ttl(64);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_IPTUN_REMOTE: 192.0.2.1"));
//! ```

use crate::schema::{Be, Flag};
use crate::{attrs, open_enum};
use core::net::{Ipv4Addr, Ipv6Addr};

open_enum! {
    /// What is put between the outer header and the tunnel's (`TUNNEL_ENCAP_*`, `linux/if_tunnel.h`), with
    /// iproute2's words.
    TunnelEncap: u16 {
        /// Nothing.
        TUNNEL_ENCAP_NONE = 0 => "none",
        /// UDP (foo over UDP).
        TUNNEL_ENCAP_FOU = 1 => "fou",
        /// Generic UDP encapsulation.
        TUNNEL_ENCAP_GUE = 2 => "gue",
        /// MPLS.
        TUNNEL_ENCAP_MPLS = 3 => "mpls",
    }
}

attrs! {
    /// A tunnel over IPv4 (`IFLA_IPTUN_*`, `linux/if_tunnel.h`).
    IpTunnel / IpTunnelBuilder = "link.iptunnel" {
        /// Index of the interface that packets go out of.
        IFLA_IPTUN_LINK = 1 => link: u32;
        /// Outer source.
        IFLA_IPTUN_LOCAL = 2 => local: Ipv4Addr;
        /// Outer destination.
        IFLA_IPTUN_REMOTE = 3 => remote: Ipv4Addr;
        /// Outer time to live; 0 is as in the inner packet.
        IFLA_IPTUN_TTL = 4 => ttl: u8;
        /// Outer type of service; 1 is as in the inner packet.
        IFLA_IPTUN_TOS = 5 => tos: u8;
        /// Flags of `sit` (`SIT_ISATAP`), network byte order.
        IFLA_IPTUN_FLAGS = 8 => flags: (Be<u16>);
        /// What is inside (`IPPROTO_*`): 4 IPv4, 41 IPv6, 137 MPLS, 0 any.
        IFLA_IPTUN_PROTO = 9 => proto: u8;
        /// Whether the path's MTU is found out: 0 or 1.
        IFLA_IPTUN_PMTUDISC = 10 => pmtudisc: u8;
        /// 6rd prefix (RFC 5969).
        IFLA_IPTUN_6RD_PREFIX = 11 => sixrd_prefix: Ipv6Addr;
        /// 6rd relay prefix.
        IFLA_IPTUN_6RD_RELAY_PREFIX = 12 => sixrd_relay_prefix: Ipv4Addr;
        /// Length of the 6rd prefix, in bits.
        IFLA_IPTUN_6RD_PREFIXLEN = 13 => sixrd_prefixlen: u16;
        /// Length of the 6rd relay prefix, in bits.
        IFLA_IPTUN_6RD_RELAY_PREFIXLEN = 14 => sixrd_relay_prefixlen: u16;
        /// What is put in between.
        IFLA_IPTUN_ENCAP_TYPE = 15 => encap_type: TunnelEncap;
        /// Its flags (`TUNNEL_ENCAP_FLAG_*`).
        IFLA_IPTUN_ENCAP_FLAGS = 16 => encap_flags: u16;
        /// Its source port, network byte order; 0 chooses by itself.
        IFLA_IPTUN_ENCAP_SPORT = 17 => encap_sport: (Be<u16>);
        /// Its destination port, network byte order.
        IFLA_IPTUN_ENCAP_DPORT = 18 => encap_dport: (Be<u16>);
        /// Routes and filters choose the address of each packet.
        IFLA_IPTUN_COLLECT_METADATA = 19 => collect_metadata: Flag;
        /// Mark of outer packets.
        IFLA_IPTUN_FWMARK = 20 => fwmark: u32;
    }
}
