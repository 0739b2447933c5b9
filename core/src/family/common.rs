//! Values that several families share.
//!
//! ```
//! use netplumb_core::family::common::{AF_INET6, Prefix, RT_SCOPE_LINK, Scope};
//! let prefix: Prefix = "2001:db8::/32".parse().unwrap();
//! assert_eq!((prefix.len, prefix.family()), (32, AF_INET6));
//! assert_eq!(Scope::from_name("link"), Some(RT_SCOPE_LINK));
//! assert!("192.0.2.0/33".parse::<Prefix>().is_err());
//! ```

use crate::open_enum;
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

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

/// An IP address and a prefix length, `192.0.2.1/24`. Without a length in the text it is the whole address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Prefix {
    /// The address, host bits included.
    pub addr: IpAddr,
    /// Prefix length in bits: 0 to 32 or 0 to 128.
    pub len: u8,
}

/// Why a text is no [`Prefix`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PrefixError {
    /// The part before the slash is no IP address.
    Address,
    /// The part behind the slash is no number, or longer than the address.
    Length {
        /// Bits of the address.
        max: u8,
    },
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("not an IP address"),
            Self::Length { max } => write!(f, "the prefix length is not a number from 0 to {max}"),
        }
    }
}

impl core::error::Error for PrefixError {}

impl Prefix {
    /// The whole address.
    pub const fn host(addr: IpAddr) -> Self {
        Self { addr, len: if addr.is_ipv4() { 32 } else { 128 } }
    }

    /// The address's family.
    pub const fn family(self) -> AddressFamily {
        if self.addr.is_ipv4() { AF_INET } else { AF_INET6 }
    }
}

impl From<IpAddr> for Prefix {
    fn from(addr: IpAddr) -> Self {
        Self::host(addr)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (addr, len) = match text.split_once('/') {
            Some((addr, len)) => (addr, Some(len)),
            None => (text, None),
        };
        let whole = Self::host(addr.parse().map_err(|_| PrefixError::Address)?);
        let Some(len) = len else { return Ok(whole) };
        match len.parse() {
            Ok(len) if len <= whole.len => Ok(Self { len, ..whole }),
            _ => Err(PrefixError::Length { max: whole.len }),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn prefixes_read_and_print() {
        fn check(text: &str, expected: Result<&str, PrefixError>) {
            assert_eq!(
                text.parse::<Prefix>().map(|p| p.to_string()).as_deref(),
                expected.as_deref(),
                "{text}"
            );
        }
        check("192.0.2.1/24", Ok("192.0.2.1/24"));
        check("192.0.2.1", Ok("192.0.2.1/32"));
        check("2001:db8::1/0", Ok("2001:db8::1/0"));
        check("192.0.2.1/33", Err(PrefixError::Length { max: 32 }));
        check("2001:db8::/-1", Err(PrefixError::Length { max: 128 }));
        check("192.0.2/24", Err(PrefixError::Address));
    }
}
