//! What will happen by itself, and when.

use crate::world::NetnsId;
use netplumb_core::Instant;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

/// Something that happens by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    /// A change of carrier is announced (`linkwatch`).
    Carrier { netns: NetnsId, link: u32 },
    /// Duplicate address detection goes on (`addrconf_dad_work`).
    Dad { netns: NetnsId, link: u32, address: Ipv6Addr },
    /// Lifetimes of a link's addresses are looked at.
    Lifetimes { netns: NetnsId, link: u32 },
    /// A neighbour changes its state.
    Neigh { netns: NetnsId, link: u32, address: IpAddr },
    /// Managed neighbours are looked at (`neigh_managed_work`).
    ManagedNeighs { netns: NetnsId },
    /// A route ends.
    RouteExpiry { netns: NetnsId },
}

impl Timer {
    /// Whether it ends something that the kernel began by itself and that callers wait for.
    pub(crate) fn settles(self) -> bool {
        matches!(self, Self::Carrier { .. } | Self::Dad { .. })
    }
}

/// All timers, in the order in which they fire: by time, then by when they were set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    queue: BTreeMap<(Instant, u64), Timer>,
    due: BTreeMap<Timer, (Instant, u64)>,
    order: u64,
}

impl Timers {
    /// Sets a timer. One that is set already moves.
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        self.cancel(timer);
        self.order += 1;
        self.queue.insert((at, self.order), timer);
        self.due.insert(timer, (at, self.order));
    }

    /// When a timer will fire.
    pub(crate) fn at(&self, timer: Timer) -> Option<Instant> {
        self.due.get(&timer).map(|key| key.0)
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        if let Some(key) = self.due.remove(&timer) {
            self.queue.remove(&key);
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.queue.first_key_value().map(|(key, _)| key.0)
    }

    pub(crate) fn next_settling(&self) -> Option<Instant> {
        self.queue.iter().find(|(_, timer)| timer.settles()).map(|(key, _)| key.0)
    }

    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let (key, timer) = self.queue.first_key_value().filter(|(key, _)| key.0 <= now)?;
        let (key, timer) = (*key, *timer);
        self.queue.remove(&key);
        self.due.remove(&timer);
        Some(timer)
    }

    /// All timers with their times, in firing order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Instant, Timer)> + '_ {
        self.queue.iter().map(|(key, timer)| (key.0, *timer))
    }
}
