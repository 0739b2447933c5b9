//! Requests about addresses.
//!
//! ```
//! use netplumb_core::family::addr;
//! use netplumb_core::request::AsRequest;
//! let request = addr::add(3, "192.0.2.1/24".parse().unwrap());
//! assert_eq!(request.message().unwrap().len(), 40);
//! ```

use super::{
    Addr, AddrBuilder, IFA_F_NOPREFIXROUTE, IfAddrMsg, IfaCacheinfo, RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR,
};
use crate::conn::Expect;
use crate::family::common::{AddressFamily, Prefix};
use crate::request::Request;
use crate::wire::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use core::net::IpAddr;

crate::request::request_builder!(Addr / AddrBuilder);

/// A request about addresses.
pub type AddrRequest = Request<Addr<'static>>;

fn about(kind: u16, flags: u16, index: u32, prefix: Prefix) -> AddrRequest {
    let header = IfAddrMsg {
        ifa_family: prefix.family(),
        ifa_prefixlen: prefix.len,
        ifa_index: index,
        ..IfAddrMsg::default()
    };
    // IFA_ADDRESS is the prefix's address, or the other end's on a point-to-point link: without one both are ours.
    AddrRequest::new(kind, flags, Expect::Ack, header).with(|a| {
        a.address(prefix.addr).local(prefix.addr);
    })
}

/// Reads all addresses.
pub fn dump() -> AddrRequest {
    AddrRequest::new(RTM_GETADDR, 0, Expect::Dump, IfAddrMsg::default())
}

/// Gives the interface `index` an address that it must not have.
pub fn add(index: u32, prefix: Prefix) -> AddrRequest {
    about(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, prefix)
}

/// Gives the interface `index` an address, or changes the one it has.
pub fn replace(index: u32, prefix: Prefix) -> AddrRequest {
    about(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, prefix)
}

/// Takes an address from the interface `index`.
pub fn delete(index: u32, prefix: Prefix) -> AddrRequest {
    about(RTM_DELADDR, 0, index, prefix)
}

impl<const N: usize> Request<Addr<'static>, N> {
    /// Only this family, of a dump.
    #[must_use]
    pub fn family(self, family: AddressFamily) -> Self {
        self.header(|h| h.ifa_family = family)
    }

    /// Only this interface, of a dump: kernels with strict checking do the filtering.
    #[must_use]
    pub fn dev(self, index: u32) -> Self {
        self.header(|h| h.ifa_index = index)
    }

    /// Lifetimes in seconds, valid and preferred; 2^32 - 1 is forever.
    #[must_use]
    pub fn lifetimes(self, valid: u32, preferred: u32) -> Self {
        self.with(|a| {
            a.cacheinfo(IfaCacheinfo { ifa_prefered: preferred, ifa_valid: valid, cstamp: 0, tstamp: 0 });
        })
    }

    /// The address of the other end of a point-to-point link.
    #[must_use]
    pub fn peer(mut self, peer: IpAddr) -> Self {
        // The kernel takes the last attribute of a type.
        self.add(|a| {
            a.address(peer);
        });
        self
    }

    /// Without the route to its prefix.
    #[must_use]
    pub fn noprefixroute(self) -> Self {
        self.with(|a| {
            a.flags(IFA_F_NOPREFIXROUTE);
        })
    }
}
