//! Forwarding entries (`net/bridge/br_fdb.c`).

use crate::world::{NetnsId, World};

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
