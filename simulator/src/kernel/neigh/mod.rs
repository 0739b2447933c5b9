//! Neighbours (`net/core/neighbour.c`).

use crate::refusal::Outcome;
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use std::net::IpAddr;

pub(crate) mod dump;

/// The neighbours of a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighs {}

impl World {
    pub(crate) fn new_neigh(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn del_neigh(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn get_neigh(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn neigh_timer(&mut self, _ns: NetnsId, _link: u32, _address: IpAddr) {}
    /// A link went down or is being deleted (`neigh_ifdown`), for one family or both: its neighbours go.
    pub(crate) fn neigh_link_down(&mut self, _ns: NetnsId, _link: u32, _family: u8) {}
    /// A link lost its carrier (`neigh_carrier_down`): its neighbours go, but for permanent ones.
    pub(crate) fn neigh_carrier_down(&mut self, _ns: NetnsId, _link: u32) {}
    /// A link's own link-layer address changed (`neigh_changeaddr`).
    pub(crate) fn neigh_link_address(&mut self, _ns: NetnsId, _link: u32) {}
}

/// Forwarding entries of bridges.
impl World {
    /// A bridge was made: its own address is an entry.
    pub(crate) fn fdb_bridge_added(&mut self, _ns: NetnsId, _bridge: u32) {}
    /// A link became a port of a bridge.
    pub(crate) fn fdb_port_added(&mut self, _ns: NetnsId, _bridge: u32, _port: u32) {}
    /// A link is a port of a bridge no more.
    pub(crate) fn fdb_port_removed(&mut self, _ns: NetnsId, _bridge: u32, _port: u32) {}
    /// The address of a port changed.
    pub(crate) fn fdb_port_address(&mut self, _ns: NetnsId, _bridge: u32, _port: u32) {}
    /// A link is being deleted.
    pub(crate) fn fdb_link_gone(&mut self, _ns: NetnsId, _link: u32) {}
}
