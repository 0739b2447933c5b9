//! The header of route messages and the values in it: `struct rtmsg` (`linux/rtnetlink.h`).
//!
//! ```
//! use netplumb_core::family::route::{RTM_F_LOOKUP_TABLE, RTN_UNICAST, RTPROT_STATIC, RouteProtocol, RtMsg};
//! let header = RtMsg { rtm_protocol: RTPROT_STATIC, rtm_type: RTN_UNICAST, rtm_flags: RTM_F_LOOKUP_TABLE, ..RtMsg::default() };
//! assert_eq!(header.rtm_protocol.name(), Some("static"));
//! // A number that nobody has a name for is as good.
//! assert_eq!(format!("{:?}", RouteProtocol(77)), "RouteProtocol(77)");
//! ```

use crate::family::common::{AddressFamily, Scope};
use crate::{fixed, flags, open_enum};

fixed! {
    /// `struct rtmsg` (`linux/rtnetlink.h`), in front of the attributes of a route.
    RtMsg = "rtmsg" {
        /// Address family.
        rtm_family: AddressFamily,
        /// Length of the destination prefix, in bits (an MPLS label is 20).
        rtm_dst_len: u8,
        /// Length of the source prefix, in bits.
        rtm_src_len: u8,
        /// Type of service that packets must have; 0 is any.
        rtm_tos: u8,
        /// Routing table; 252 (`RT_TABLE_COMPAT`) when the number is above 255 and only in `RTA_TABLE`.
        rtm_table: u8,
        /// Who made the route.
        rtm_protocol: RouteProtocol,
        /// How far the destination is.
        rtm_scope: Scope,
        /// What happens to packets.
        rtm_type: RouteType,
        /// Flags.
        rtm_flags: RouteFlags,
    }
}

open_enum! {
    /// What a route does with packets (`RTN_*`, `linux/rtnetlink.h`), with iproute2's words.
    RouteType: u8 {
        /// Not said.
        RTN_UNSPEC = 0 => "none",
        /// Forwards them.
        RTN_UNICAST = 1 => "unicast",
        /// Takes them in.
        RTN_LOCAL = 2 => "local",
        /// Takes them in and sends them as broadcast.
        RTN_BROADCAST = 3 => "broadcast",
        /// Takes them in; an address that several hosts have.
        RTN_ANYCAST = 4 => "anycast",
        /// Multicast.
        RTN_MULTICAST = 5 => "multicast",
        /// Drops them.
        RTN_BLACKHOLE = 6 => "blackhole",
        /// Drops them and says that the host is unreachable.
        RTN_UNREACHABLE = 7 => "unreachable",
        /// Drops them and says that it is forbidden.
        RTN_PROHIBIT = 8 => "prohibit",
        /// Goes on with the next table.
        RTN_THROW = 9 => "throw",
        /// Translates addresses; not in Linux any more.
        RTN_NAT = 10 => "nat",
        /// Asks a program; not in Linux any more.
        RTN_XRESOLVE = 11 => "xresolve",
    }
}

open_enum! {
    /// Who made a route, rule or neighbour entry (`RTPROT_*`, `linux/rtnetlink.h`), with iproute2's words.
    RouteProtocol: u8 {
        /// Not said.
        RTPROT_UNSPEC = 0 => "unspec",
        /// An ICMP redirect.
        RTPROT_REDIRECT = 1 => "redirect",
        /// The kernel.
        RTPROT_KERNEL = 2 => "kernel",
        /// Start-up scripts.
        RTPROT_BOOT = 3 => "boot",
        /// The administrator.
        RTPROT_STATIC = 4 => "static",
        /// GateD.
        RTPROT_GATED = 8 => "gated",
        /// A router advertisement.
        RTPROT_RA = 9 => "ra",
        /// Merit MRT.
        RTPROT_MRT = 10 => "mrt",
        /// Zebra.
        RTPROT_ZEBRA = 11 => "zebra",
        /// BIRD.
        RTPROT_BIRD = 12 => "bird",
        /// DECnet routing.
        RTPROT_DNROUTED = 13 => "dnrouted",
        /// XORP.
        RTPROT_XORP = 14 => "xorp",
        /// Netsukuku.
        RTPROT_NTK = 15 => "ntk",
        /// A DHCP client.
        RTPROT_DHCP = 16 => "dhcp",
        /// A multicast daemon.
        RTPROT_MROUTED = 17 => "mrouted",
        /// Keepalived.
        RTPROT_KEEPALIVED = 18 => "keepalived",
        /// Babel.
        RTPROT_BABEL = 42 => "babel",
        /// OVN.
        RTPROT_OVN = 84 => "ovn",
        /// Open/R.
        RTPROT_OPENR = 99 => "openr",
        /// BGP.
        RTPROT_BGP = 186 => "bgp",
        /// IS-IS.
        RTPROT_ISIS = 187 => "isis",
        /// OSPF.
        RTPROT_OSPF = 188 => "ospf",
        /// RIP.
        RTPROT_RIP = 189 => "rip",
        /// EIGRP.
        RTPROT_EIGRP = 192 => "eigrp",
    }
}

open_enum! {
    /// Routing tables with a name of their own (`RT_TABLE_*`, `linux/rtnetlink.h`), with iproute2's words.
    RouteTable: u32 {
        /// Not said; in dumps all of them.
        RT_TABLE_UNSPEC = 0 => "unspec",
        /// Stands in `rtm_table` for numbers above 255.
        RT_TABLE_COMPAT = 252 => "compat",
        /// Looked up last.
        RT_TABLE_DEFAULT = 253 => "default",
        /// Where routes usually are.
        RT_TABLE_MAIN = 254 => "main",
        /// The host's own addresses, kept by the kernel.
        RT_TABLE_LOCAL = 255 => "local",
    }
}

flags! {
    /// Flags of a route (`RTNH_F_*` in the low byte, `RTM_F_*` above, `linux/rtnetlink.h`), with iproute2's words.
    RouteFlags: u32 {
        /// The nexthop does not work.
        RTNH_F_DEAD = 0x01 => "dead",
        /// The gateway is looked up in turn.
        RTNH_F_PERVASIVE = 0x02 => "pervasive",
        /// The gateway is on the link, whatever its address.
        RTNH_F_ONLINK = 0x04 => "onlink",
        /// The nexthop is in hardware.
        RTNH_F_OFFLOAD = 0x08 => "offload",
        /// The link of the nexthop has no carrier.
        RTNH_F_LINKDOWN = 0x10 => "linkdown",
        /// A multicast route that waits for a daemon.
        RTNH_F_UNRESOLVED = 0x20 => "unresolved",
        /// Packets to the nexthop come up from the hardware.
        RTNH_F_TRAP = 0x40 => "trap",
        /// Tell programs about the change.
        RTM_F_NOTIFY = 0x100 => "notify",
        /// A copy made for one destination.
        RTM_F_CLONED = 0x200 => "cache",
        /// Unused.
        RTM_F_EQUALIZE = 0x400 => "equalize",
        /// Unused.
        RTM_F_PREFIX = 0x800 => "prefix",
        /// In look-ups: report the table where the route was found.
        RTM_F_LOOKUP_TABLE = 0x1000 => "lookup_table",
        /// In look-ups: report the route itself, not the result.
        RTM_F_FIB_MATCH = 0x2000 => "fib_match",
        /// The route is in hardware.
        RTM_F_OFFLOAD = 0x4000 => "rt_offload",
        /// Packets come up from the hardware.
        RTM_F_TRAP = 0x8000 => "rt_trap",
        /// The hardware did not take the route.
        RTM_F_OFFLOAD_FAILED = 0x2000_0000 => "rt_offload_failed",
    }
}

open_enum! {
    /// Preference of a router (`ICMPV6_ROUTER_PREF_*`, RFC 4191 section 2.1), with iproute2's words.
    RouterPref: u8 {
        /// Medium.
        ICMPV6_ROUTER_PREF_MEDIUM = 0 => "medium",
        /// High.
        ICMPV6_ROUTER_PREF_HIGH = 1 => "high",
        /// Not a legal value.
        ICMPV6_ROUTER_PREF_INVALID = 2 => "invalid",
        /// Low.
        ICMPV6_ROUTER_PREF_LOW = 3 => "low",
    }
}
