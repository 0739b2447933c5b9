//! What neighbours do by themselves (`neigh_timer_handler`, `neigh_managed_work`).

use super::{DELAY_PROBE, IN_TIMER, Key, MANAGED_INTERVAL, RETRANS, SECOND};
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::Instant;
use netplumb_core::family::neigh::{
    NTF_EXT_EXT_VALIDATED, NTF_EXT_MANAGED, NUD_DELAY, NUD_FAILED, NUD_INCOMPLETE, NUD_PROBE, NUD_REACHABLE,
    NUD_STALE, RTM_NEWNEIGH,
};
use std::net::IpAddr;

/// Shortest time to the next look (`HZ/100`).
const SHORTEST: i64 = SECOND / 100;

impl World {
    /// A neighbour's time has come.
    pub(crate) fn neigh_timer(&mut self, ns: NetnsId, link: u32, address: IpAddr) {
        let key = Key::new(link, address);
        let now = self.now_ns();
        let Some(mut neigh) = self.ns(ns).neighs.entries.get(&key).cloned() else { return };
        if !neigh.state.intersects(IN_TIMER) {
            return;
        }
        let mut notify = false;
        let mut next = now.saturating_add(RETRANS);
        let alive_until = neigh.confirmed.saturating_add(neigh.reachable);
        if neigh.state.intersects(NUD_REACHABLE) {
            if now <= alive_until {
                next = alive_until;
            } else if now <= neigh.used.saturating_add(DELAY_PROBE) {
                neigh.state = NUD_DELAY;
                neigh.updated = now;
                next = now.saturating_add(DELAY_PROBE);
            } else {
                neigh.state = NUD_STALE;
                neigh.updated = now;
                notify = true;
            }
        } else if neigh.state.intersects(NUD_DELAY) {
            neigh.updated = now;
            notify = true;
            if now <= neigh.confirmed.saturating_add(DELAY_PROBE) {
                neigh.state = NUD_REACHABLE;
                next = alive_until;
            } else {
                neigh.state = NUD_PROBE;
                neigh.probes = 0;
            }
        }
        let asks = neigh.state.intersects(NUD_INCOMPLETE | NUD_PROBE);
        if asks && neigh.probes >= neigh.max_probes() {
            // Whoever has said that it is there is believed more than its silence.
            let validated = neigh.flags_ext.contains(NTF_EXT_EXT_VALIDATED);
            neigh.state = if neigh.state == NUD_PROBE && validated { NUD_STALE } else { NUD_FAILED };
            neigh.updated = now;
            notify = true;
        } else {
            if neigh.state.intersects(IN_TIMER) {
                let timer = Timer::Neigh { netns: ns, link, address };
                let at = next.max(now.saturating_add(SHORTEST));
                self.timers.set(timer, Instant::from_ns(at.unsigned_abs()));
            }
            neigh.probes = neigh.probes.saturating_add(u32::from(asks));
        }
        if notify {
            self.announce_neigh(ns, RTM_NEWNEIGH, 0, (key, &neigh), 1);
        }
        self.ns_mut(ns).neighs.entries.insert(key, neigh);
    }

    /// Managed neighbours are looked at all together, at fixed times.
    pub(crate) fn set_managed_timer(&mut self, ns: NetnsId) {
        let next = (self.now_ns() / MANAGED_INTERVAL + 1).saturating_mul(MANAGED_INTERVAL);
        self.timers.set(Timer::ManagedNeighs { netns: ns }, Instant::from_ns(next.unsigned_abs()));
    }

    /// Managed neighbours that are not known are asked for again.
    pub(crate) fn managed_neighs_timer(&mut self, ns: NetnsId) {
        let entries = &self.ns(ns).neighs.entries;
        let managed = entries.iter().filter(|(_, neigh)| neigh.flags_ext.contains(NTF_EXT_MANAGED));
        let managed: Vec<Key> = managed.map(|(key, _)| *key).collect();
        for key in &managed {
            self.use_neigh(ns, *key, false);
        }
        if !managed.is_empty() {
            self.set_managed_timer(ns);
        }
    }
}
