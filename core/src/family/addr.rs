//! Addresses of interfaces: `RTM_NEWADDR`, `RTM_DELADDR`, `RTM_GETADDR` (`linux/if_addr.h`).

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
    /// `struct ifaddrmsg`, in front of the attributes of an address.
    IfAddrMsg = "ifaddrmsg" {
        /// Address family, `AF_INET` or `AF_INET6`.
        family: AddressFamily,
        /// Prefix length, in bits.
        prefixlen: u8,
        /// The low eight flags; all of them are in `IFA_FLAGS`.
        flags: IfaFlags8,
        /// How far the address is valid.
        scope: Scope,
        /// Interface index.
        index: u32,
    }
}
