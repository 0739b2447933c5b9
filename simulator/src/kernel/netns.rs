//! The state of a network namespace.

use crate::kernel::link::Link;
use crate::kernel::neigh::{Fdb, Neighs};
use crate::kernel::route::{Fib4, Fib6, MplsTable};
use crate::kernel::rule::Rules;
use crate::world::NetnsId;
use std::collections::BTreeMap;

/// Settings of IPv6 on a link (`/proc/sys/net/ipv6/conf`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Conf6 {
    /// No IPv6 at all.
    pub(crate) disable: bool,
    /// Whether addresses are tried before they are used; 0 and below is no.
    pub(crate) accept_dad: i32,
    /// Solicitations that are sent for a new address.
    pub(crate) dad_transmits: u8,
}

impl Default for Conf6 {
    fn default() -> Self {
        Self { disable: false, accept_dad: 1, dad_transmits: 1 }
    }
}

/// A network namespace.
#[derive(Clone, Debug)]
pub(crate) struct Netns {
    pub(crate) id: NetnsId,
    /// Links by index.
    pub(crate) links: BTreeMap<u32, Link>,
    /// Indices by name and by alternative name.
    pub(crate) names: BTreeMap<String, u32>,
    /// The index that the next link gets: indices are not used again.
    pub(crate) next_index: u32,
    /// Counts changes of links (`dev_base_seq`).
    pub(crate) link_generation: u32,
    /// Count changes of addresses.
    pub(crate) addr4_generation: u32,
    pub(crate) addr6_generation: u32,
    pub(crate) fib4: Fib4,
    pub(crate) fib6: Fib6,
    pub(crate) mpls: MplsTable,
    pub(crate) rules4: Rules,
    pub(crate) rules6: Rules,
    /// Rules of multicast routing.
    pub(crate) rules_mr4: Rules,
    pub(crate) rules_mr6: Rules,
    pub(crate) neighs: Neighs,
    pub(crate) fdb: Fdb,
    /// Settings of IPv6 that new links get (`/proc/sys/net/ipv6/conf/default`).
    pub(crate) conf6: Conf6,
    /// Ids by which this namespace knows others.
    pub(crate) nsids: BTreeMap<NetnsId, i32>,
}

/// The next value of a counter of changes. It goes round, and 0 is no valid one.
pub(crate) fn next_generation(counter: &mut u32) {
    *counter = counter.wrapping_add(1).max(1);
}

impl Netns {
    pub(crate) fn new(id: NetnsId) -> Self {
        Self {
            id,
            links: BTreeMap::new(),
            names: BTreeMap::new(),
            next_index: 1,
            // 0 is no valid generation.
            link_generation: 1,
            addr4_generation: 1,
            addr6_generation: 1,
            fib4: Fib4::default(),
            fib6: Fib6::default(),
            mpls: MplsTable::default(),
            rules4: Rules::defaults(crate::kernel::family::INET),
            rules6: Rules::defaults(crate::kernel::family::INET6),
            rules_mr4: Rules::defaults(crate::kernel::rule::IPMR),
            rules_mr6: Rules::defaults(crate::kernel::rule::IP6MR),
            neighs: Neighs::default(),
            fdb: Fdb::default(),
            conf6: Conf6::default(),
            nsids: BTreeMap::new(),
        }
    }

    pub(crate) fn link(&self, index: u32) -> Option<&Link> {
        self.links.get(&index)
    }

    pub(crate) fn link_mut(&mut self, index: u32) -> Option<&mut Link> {
        self.links.get_mut(&index)
    }

    /// The index of a link for which none was asked for (`dev_index_reserve`): the next one that is free, and from 1 on
    /// again behind the largest. Those that were asked for leave the counter alone.
    pub(crate) fn reserve_index(&mut self) -> u32 {
        const LARGEST: u32 = i32::MAX.unsigned_abs();
        let from = if (1..=LARGEST).contains(&self.next_index) { self.next_index } else { 1 };
        let free = (from..=LARGEST).chain(1..from).find(|index| !self.links.contains_key(index));
        let index = free.unwrap_or(from);
        self.next_index = index + 1;
        index
    }

    /// The link with this name or alternative name.
    pub(crate) fn link_named(&self, name: &str) -> Option<&Link> {
        self.links.get(self.names.get(name)?)
    }

    /// Links that stand on this one or are ports of it.
    pub(crate) fn ports_of(&self, master: u32) -> impl Iterator<Item = &Link> + '_ {
        self.links.values().filter(move |link| link.master == Some(master))
    }
}
