//! Values that several families share.

use crate::open_enum;

open_enum! {
    /// Address families (`AF_*`, `linux/socket.h`).
    AddressFamily: u8 {
        /// Any or none.
        AF_UNSPEC = 0 => "unspec",
        /// IPv4.
        AF_INET = 2 => "inet",
        /// Bridge.
        AF_BRIDGE = 7 => "bridge",
        /// IPv6.
        AF_INET6 = 10 => "inet6",
        /// MPLS.
        AF_MPLS = 28 => "mpls",
        /// IPv4 multicast routing (`RTNL_FAMILY_IPMR`).
        RTNL_FAMILY_IPMR = 128 => "ipmr",
        /// IPv6 multicast routing (`RTNL_FAMILY_IP6MR`).
        RTNL_FAMILY_IP6MR = 129 => "ip6mr",
    }
}

open_enum! {
    /// How far an address or route reaches (`RT_SCOPE_*`, `linux/rtnetlink.h`), with the words of iproute2.
    Scope: u8 {
        /// Everywhere.
        RT_SCOPE_UNIVERSE = 0 => "global",
        /// Within the site (IPv6).
        RT_SCOPE_SITE = 200 => "site",
        /// On the link.
        RT_SCOPE_LINK = 253 => "link",
        /// On this host.
        RT_SCOPE_HOST = 254 => "host",
        /// Nowhere.
        RT_SCOPE_NOWHERE = 255 => "nowhere",
    }
}
