//! Tunnels over IPv6, kind `ip6tnl` (`IFLA_IPTUN_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("ip6tnl1").linkinfo(|info| {
//!     info.ip6tnl(|t| {
//!         t.remote("2001:db8::1".parse().unwrap()).proto(41);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_IPTUN_REMOTE: 2001:db8::1"));
//! ```

use super::iptunnel::TunnelEncap;
use crate::schema::{Be, Flag};
use crate::{attrs, flags};
use core::net::Ipv6Addr;

flags! {
    /// Properties of an IPv6 tunnel (`IP6_TNL_F_*`, `linux/ip6_tunnel.h`).
    Ip6TnlFlags: u32 {
        /// No tunnel encapsulation limit.
        IP6_TNL_F_IGN_ENCAP_LIMIT = 0x01 => "ign_encap_limit",
        /// Traffic class as in the inner packet.
        IP6_TNL_F_USE_ORIG_TCLASS = 0x02 => "use_orig_tclass",
        /// Flow label as in the inner packet.
        IP6_TNL_F_USE_ORIG_FLOWLABEL = 0x04 => "use_orig_flowlabel",
        /// Mobile IPv6 home address device.
        IP6_TNL_F_MIP6_DEV = 0x08 => "mip6_dev",
        /// Differentiated services copied inwards.
        IP6_TNL_F_RCV_DSCP_COPY = 0x10 => "rcv_dscp_copy",
        /// Mark as in the inner packet.
        IP6_TNL_F_USE_ORIG_FWMARK = 0x20 => "use_orig_fwmark",
        /// The other end may be on this host.
        IP6_TNL_F_ALLOW_LOCAL_REMOTE = 0x40 => "allow_local_remote",
    }
}

attrs! {
    /// A tunnel over IPv6 (`IFLA_IPTUN_*`, `linux/if_tunnel.h`).
    Ip6Tnl / Ip6TnlBuilder = "link.ip6tnl" {
        /// Index of the interface that packets go out of.
        IFLA_IPTUN_LINK = 1 => link: u32;
        /// Outer source.
        IFLA_IPTUN_LOCAL = 2 => local: Ipv6Addr;
        /// Outer destination.
        IFLA_IPTUN_REMOTE = 3 => remote: Ipv6Addr;
        /// Outer hop limit; 0 is as in the inner packet.
        IFLA_IPTUN_TTL = 4 => ttl: u8;
        /// Tunnel encapsulation limit (RFC 2473 section 6.6).
        IFLA_IPTUN_ENCAP_LIMIT = 6 => encap_limit: u8;
        /// Traffic class and flow label, network byte order.
        IFLA_IPTUN_FLOWINFO = 7 => flowinfo: (Be<u32>);
        /// Properties.
        IFLA_IPTUN_FLAGS = 8 => flags: Ip6TnlFlags;
        /// What is inside (`IPPROTO_*`): 4 IPv4, 41 IPv6, 0 any.
        IFLA_IPTUN_PROTO = 9 => proto: u8;
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
