//! Requests about neighbours.
//!
//! ```
//! use netplumb_core::family::neigh;
//! use netplumb_core::request::AsRequest;
//! let request = neigh::replace(3, "192.0.2.7".parse().unwrap()).lladdr(&[2, 0, 0, 0, 0, 7]);
//! assert!(request.message().is_ok());
//! ```

use super::{NUD_PERMANENT, NdMsg, Neigh, NeighBuilder, NudState, RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH};
use crate::conn::Expect;
use crate::family::common::{AddressFamily, Prefix};
use crate::request::Request;
use crate::wire::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use core::net::IpAddr;

crate::request::request_builder!(Neigh / NeighBuilder);

/// A request about neighbours.
pub type NeighRequest = Request<Neigh<'static>>;

fn about(kind: u16, flags: u16, expect: Expect, index: u32, address: IpAddr) -> NeighRequest {
    let header = NdMsg {
        ndm_family: Prefix::host(address).family(),
        ndm_ifindex: index.cast_signed(),
        ..NdMsg::default()
    };
    NeighRequest::new(kind, flags, expect, header).with(|n| {
        n.dst(address);
    })
}

/// Reads all neighbours of a family: `AF_UNSPEC` for all, `AF_BRIDGE` for forwarding databases.
pub fn dump(family: AddressFamily) -> NeighRequest {
    let header = NdMsg { ndm_family: family, ..NdMsg::default() };
    NeighRequest::new(RTM_GETNEIGH, 0, Expect::Dump, header)
}

/// Reads one neighbour.
pub fn get(index: u32, address: IpAddr) -> NeighRequest {
    about(RTM_GETNEIGH, 0, Expect::Reply, index, address)
}

/// Adds a permanent neighbour that must be new.
pub fn add(index: u32, address: IpAddr) -> NeighRequest {
    about(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, Expect::Ack, index, address).state(NUD_PERMANENT)
}

/// Adds a permanent neighbour, or changes the one that is there.
pub fn replace(index: u32, address: IpAddr) -> NeighRequest {
    about(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, Expect::Ack, index, address).state(NUD_PERMANENT)
}

/// Deletes a neighbour.
pub fn delete(index: u32, address: IpAddr) -> NeighRequest {
    about(RTM_DELNEIGH, 0, Expect::Ack, index, address)
}

impl<const N: usize> Request<Neigh<'static>, N> {
    /// Its link-layer address.
    #[must_use]
    pub fn lladdr(self, address: &[u8]) -> Self {
        self.with(|n| {
            n.lladdr(address);
        })
    }

    /// Another state than permanent.
    #[must_use]
    pub fn state(self, state: NudState) -> Self {
        self.header(|h| h.ndm_state = state)
    }
}
