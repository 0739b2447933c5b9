//! Addresses of interfaces: `RTM_NEWADDR`, `RTM_DELADDR`, `RTM_GETADDR` (`linux/if_addr.h`).
//!
//! ```
//! use netplumb_core::family::addr::{Addr, AddrBuilder, IfAddrMsg};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 64];
//! let mut w = Writer::new(&mut buffer);
//! let header = IfAddrMsg { ifa_prefixlen: 24, ifa_index: 2, ..IfAddrMsg::default() };
//! AddrBuilder::with_header(&mut w, header).local([192, 0, 2, 1].into()).label("eth0:1");
//! let addr = Addr::new(w.written()).unwrap();
//! assert_eq!((addr.local(), addr.label()), (Some([192, 0, 2, 1].into()), Some("eth0:1")));
//! ```

mod request;

pub use request::*;

use super::common::{AddressFamily, Scope};
use crate::schema::IfName;
use crate::{attrs, fixed, flags, open_enum};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Message type: an address was added, or add one.
pub const RTM_NEWADDR: u16 = 20;
/// Message type: an address was deleted, or delete one.
pub const RTM_DELADDR: u16 = 21;
/// Message type: read addresses.
pub const RTM_GETADDR: u16 = 22;

fixed! {
    /// `struct ifaddrmsg` (`linux/if_addr.h`), in front of the attributes of an address.
    IfAddrMsg = "ifaddrmsg" {
        /// Address family, `AF_INET` or `AF_INET6`.
        ifa_family: AddressFamily,
        /// Prefix length, in bits.
        ifa_prefixlen: u8,
        /// The low eight flags; all of them are in `IFA_FLAGS`.
        ifa_flags: u8,
        /// How far the address is valid.
        ifa_scope: Scope,
        /// Interface index.
        ifa_index: u32,
    }
}

fixed! {
    /// `struct ifa_cacheinfo` (`linux/if_addr.h`): lifetimes and timestamps.
    IfaCacheinfo = "ifa_cacheinfo" {
        /// Preferred lifetime left, in seconds; 2^32 - 1 is forever.
        ifa_prefered: u32,
        /// Valid lifetime left, in seconds; 2^32 - 1 is forever.
        ifa_valid: u32,
        /// When it was created, in hundredths of a second since boot.
        cstamp: u32,
        /// When it was last updated, in hundredths of a second since boot.
        tstamp: u32,
    }
}

flags! {
    /// Flags of an address (`IFA_F_*`, `linux/if_addr.h`), with iproute2's words.
    IfaFlags: u32 {
        /// IPv4: not the first of its subnet. IPv6 (`IFA_F_TEMPORARY`): a privacy address.
        IFA_F_SECONDARY = 0x01 => "secondary",
        /// IPv6: no duplicate address detection.
        IFA_F_NODAD = 0x02 => "nodad",
        /// IPv6: usable while duplicate address detection runs.
        IFA_F_OPTIMISTIC = 0x04 => "optimistic",
        /// IPv6: another host has the address.
        IFA_F_DADFAILED = 0x08 => "dadfailed",
        /// Mobile IPv6 home address.
        IFA_F_HOMEADDRESS = 0x10 => "home",
        /// The preferred lifetime is over.
        IFA_F_DEPRECATED = 0x20 => "deprecated",
        /// IPv6: duplicate address detection has not ended.
        IFA_F_TENTATIVE = 0x40 => "tentative",
        /// It has no end of life.
        IFA_F_PERMANENT = 0x80 => "permanent",
        /// IPv6: make temporary addresses of this prefix.
        IFA_F_MANAGETEMPADDR = 0x100 => "mngtmpaddr",
        /// No route to the prefix comes with it.
        IFA_F_NOPREFIXROUTE = 0x200 => "noprefixroute",
        /// Join the multicast group.
        IFA_F_MCAUTOJOIN = 0x400 => "autojoin",
        /// IPv6: made by RFC 7217.
        IFA_F_STABLE_PRIVACY = 0x800 => "stable-privacy",
    }
}

open_enum! {
    /// Who made an address (`IFAPROT_*`, `linux/if_addr.h`), with iproute2's words.
    IfaProto: u8 {
        /// Not said.
        IFAPROT_UNSPEC = 0 => "unspec",
        /// The loopback address the kernel makes.
        IFAPROT_KERNEL_LO = 1 => "kernel_lo",
        /// From a router advertisement.
        IFAPROT_KERNEL_RA = 2 => "kernel_ra",
        /// The link-local address the kernel makes.
        IFAPROT_KERNEL_LL = 3 => "kernel_ll",
    }
}

attrs! {
    /// An address of an interface (`IFA_*`, `linux/if_addr.h`).
    Addr / AddrBuilder : IfAddrMsg = "addr" {
        /// The address; on a point-to-point link the address of the *other* end, while `IFA_LOCAL` is ours.
        IFA_ADDRESS = 1 => address: IpAddr, key;
        /// Our address. IPv6 sends it only when there is a peer.
        IFA_LOCAL = 2 => local: IpAddr, key;
        /// Label of an IPv4 address, by default the interface's name.
        IFA_LABEL = 3 => label: (IfName);
        /// IPv4 broadcast address.
        IFA_BROADCAST = 4 => broadcast: Ipv4Addr;
        /// IPv6 anycast address (in `RTM_GETANYCAST` replies).
        IFA_ANYCAST = 5 => anycast: Ipv6Addr, read_only;
        /// Lifetimes.
        IFA_CACHEINFO = 6 => cacheinfo: IfaCacheinfo, volatile;
        /// Multicast address (in `RTM_GETMULTICAST` replies).
        IFA_MULTICAST = 7 => multicast: IpAddr, read_only;
        /// All flags; counts instead of `ifa_flags` when it is there.
        IFA_FLAGS = 8 => flags: IfaFlags;
        /// Metric of the prefix route.
        IFA_RT_PRIORITY = 9 => rt_priority: u32;
        /// Look into the network namespace with this id.
        IFA_TARGET_NETNSID = 10 => target_netnsid: i32;
        /// Who made the address.
        IFA_PROTO = 11 => proto: IfaProto;
    }
}
