//! Neighbours (`net/core/neighbour.c`, `net/ipv4/arp.c`, `net/ipv6/ndisc.c`) and forwarding entries of bridges and VXLANs.
//!
//! Nobody answers in this world: what the kernel asks for fails after its probes, and what it knows ages.

mod change;
mod construct;
pub(crate) mod dump;
pub(crate) mod fdb;
mod flush;
mod get;
mod put;
mod timer;
mod update;

pub(crate) use fdb::Fdb;

use crate::kernel::family;
use netplumb_core::family::neigh::{
    NUD_DELAY, NUD_INCOMPLETE, NUD_NOARP, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE, NeighFlags,
    NeighFlagsExt, NudState,
};
use netplumb_core::family::route::{RouteProtocol, RouteType};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// States in which the address is certain (`NUD_CONNECTED`).
pub(crate) const CONNECTED: NudState = NudState(NUD_PERMANENT.0 | NUD_NOARP.0 | NUD_REACHABLE.0);
/// States in which there is an address (`NUD_VALID`).
pub(crate) const VALID: NudState = NudState(CONNECTED.0 | NUD_PROBE.0 | NUD_STALE.0 | NUD_DELAY.0);
/// States that do not last (`NUD_IN_TIMER`).
pub(crate) const IN_TIMER: NudState =
    NudState(NUD_INCOMPLETE.0 | NUD_REACHABLE.0 | NUD_DELAY.0 | NUD_PROBE.0);

/// A nanosecond's multiple.
const SECOND: i64 = 1_000_000_000;

/// Half of the longest and two thirds of the average time that a neighbour stays known (`BASE_REACHABLE_TIME`).
const BASE_REACHABLE: i64 = 30 * SECOND;
/// Time between use and asking (`DELAY_PROBE_TIME`).
const DELAY_PROBE: i64 = 5 * SECOND;
/// Time between two questions (`RETRANS_TIME`).
const RETRANS: i64 = SECOND;
/// Questions to the address known (`UCAST_PROBES`) and to all (`MCAST_PROBES`).
const UCAST_PROBES: u32 = 3;
const MCAST_PROBES: u32 = 3;
/// Time between two looks at managed neighbours (`INTERVAL_PROBE_TIME_MS`).
const MANAGED_INTERVAL: i64 = 5 * SECOND;

/// What a neighbour is found by, in the order of dumps. The kernel's order is that of a hash table with a random seed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    /// `AF_INET` or `AF_INET6`.
    pub(crate) family: u8,
    /// Index of the link; of proxy entries 0 is any.
    pub(crate) link: u32,
    pub(crate) address: IpAddr,
}

/// The neighbours of a namespace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Neighs {
    pub(crate) entries: BTreeMap<Key, Neigh>,
    pub(crate) proxies: BTreeMap<Key, Proxy>,
    /// Counts entries: what is made last goes first.
    pub(crate) made: u64,
}

/// A neighbour (`struct neighbour`). Times are nanoseconds since boot, before it too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Neigh {
    /// Its number in the order of making.
    pub(crate) made: u64,
    pub(crate) lladdr: Vec<u8>,
    pub(crate) state: NudState,
    pub(crate) flags: NeighFlags,
    pub(crate) flags_ext: NeighFlagsExt,
    /// What kind of address it is.
    pub(crate) kind: RouteType,
    pub(crate) protocol: RouteProtocol,
    pub(crate) probes: u32,
    pub(crate) confirmed: i64,
    pub(crate) used: i64,
    pub(crate) updated: i64,
    /// How long it stays known after it was confirmed: drawn by chance when it becomes known.
    pub(crate) reachable: i64,
}

/// An address that this host answers for (`struct pneigh_entry`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Proxy {
    pub(crate) made: u64,
    pub(crate) flags: NeighFlags,
    pub(crate) flags_ext: NeighFlagsExt,
    pub(crate) protocol: RouteProtocol,
    /// It stays when the carrier goes.
    pub(crate) permanent: bool,
}

impl Key {
    pub(crate) fn new(link: u32, address: IpAddr) -> Self {
        Self { family: if address.is_ipv4() { family::INET } else { family::INET6 }, link, address }
    }
}

impl Neighs {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.made = self.made.saturating_add(1);
        self.made
    }

    /// The proxy entry for an address on a link (`__pneigh_lookup`): entries for all links count, and the newest wins.
    fn proxy(&self, key: Key) -> Option<(Key, &Proxy)> {
        let any = Key { link: 0, ..key };
        let found = [key, any].into_iter().filter_map(|key| Some((key, self.proxies.get(&key)?)));
        found.max_by_key(|(_, proxy)| proxy.made)
    }
}

impl Neigh {
    /// How often it is asked for before it counts as gone (`neigh_max_probes`).
    fn max_probes(&self) -> u32 {
        // Asked for again, only the address known is asked (`MCAST_REPROBES` is 0).
        UCAST_PROBES + if self.state.intersects(NUD_PROBE) { 0 } else { MCAST_PROBES }
    }
}
