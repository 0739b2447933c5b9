//! Forwarding entries (`net/bridge/br_fdb.c`, `drivers/net/vxlan/vxlan_core.c`, `ndo_dflt_fdb_*` of `net/core/rtnetlink.c`).
//!
//! What a bridge learns from packets, and what ages, is not here: no packets pass.

mod change;
mod dump;
mod get;
mod hook;
mod put;
mod tunnel;

pub(crate) use dump::Entries;

use netplumb_core::family::neigh::{NeighFlags, NudState};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// An Ethernet address.
pub(crate) type Mac = [u8; 6];

/// The forwarding entries of a namespace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Fdb {
    /// Of bridges: by index of the bridge and address.
    pub(crate) entries: BTreeMap<(u32, Mac), Entry>,
    /// Addresses that links receive besides their own (`dev->uc`, `dev->mc`), with their numbers in the order of making.
    pub(crate) received: BTreeMap<(u32, Mac), u64>,
    /// Of VXLANs: by index of the link and address.
    pub(crate) tunnels: BTreeMap<(u32, Mac), Tunnel>,
}

/// A bridge's entry (`struct net_bridge_fdb_entry`). Times are nanoseconds since boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) made: u64,
    /// The port behind which the address is; none for the bridge itself.
    pub(crate) port: Option<u32>,
    /// It is an address of this host.
    pub(crate) local: bool,
    /// It does not age.
    pub(crate) fixed: bool,
    /// Somebody asked for it.
    pub(crate) user: bool,
    pub(crate) external: bool,
    pub(crate) sticky: bool,
    pub(crate) used: i64,
    pub(crate) updated: i64,
}

/// A VXLAN's entry (`struct vxlan_fdb`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tunnel {
    pub(crate) made: u64,
    pub(crate) state: NudState,
    pub(crate) flags: NeighFlags,
    /// Where frames go: more than one only for what goes to many.
    pub(crate) remotes: Vec<Remote>,
    pub(crate) used: i64,
    pub(crate) updated: i64,
}

/// The other end of a tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Remote {
    pub(crate) address: IpAddr,
    /// In the host's byte order.
    pub(crate) port: u16,
    pub(crate) vni: u32,
    /// Index of the link that packets leave by, or 0.
    pub(crate) link: u32,
}

/// The six bytes of an Ethernet address.
pub(crate) fn mac(bytes: &[u8]) -> Option<Mac> {
    bytes.try_into().ok()
}

/// A group's address, the address of all, or none at all: what a VXLAN sends to more than one place.
fn is_to_many(mac: Mac) -> bool {
    mac[0] & 1 != 0 || mac == [0; 6]
}
