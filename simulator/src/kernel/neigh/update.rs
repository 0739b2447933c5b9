//! How neighbours change (`__neigh_update`, `__neigh_event_send`).

use super::{BASE_REACHABLE, CONNECTED, DELAY_PROBE, IN_TIMER, Key, Neigh, RETRANS, UCAST_PROBES, VALID};
use crate::refusal::{Outcome, refuse};
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::family::neigh::{
    NTF_EXT_EXT_VALIDATED, NTF_EXT_LEARNED, NTF_EXT_MANAGED, NTF_ROUTER, NTF_USE, NUD_DELAY, NUD_FAILED,
    NUD_INCOMPLETE, NUD_PERMANENT, NUD_PROBE, NUD_REACHABLE, NUD_STALE, NeighFlags, NeighFlagsExt, NudState,
    RTM_NEWNEIGH,
};
use netplumb_core::{Errno, Instant};

/// A change that somebody with the right to it makes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'m> {
    pub(super) lladdr: Option<&'m [u8]>,
    pub(super) state: NudState,
    /// Another address may take the place of the one known (`NEIGH_UPDATE_F_OVERRIDE`).
    pub(super) replace: bool,
    /// Whether it is a router is said (`NEIGH_UPDATE_F_OVERRIDE_ISROUTER`).
    pub(super) set_router: bool,
    pub(super) flags: NeighFlags,
    pub(super) flags_ext: NeighFlagsExt,
    /// Port id of the requester.
    pub(super) port: u32,
}

impl World {
    /// Changes a neighbour that exists (`__neigh_update` with `NEIGH_UPDATE_F_ADMIN`).
    pub(super) fn update_neigh(&mut self, ns: NetnsId, key: Key, change: Change<'_>) -> Outcome {
        let now = self.now_ns();
        let Some(mut neigh) = self.ns(ns).neighs.entries.get(&key).cloned() else { return Ok(()) };
        let old = neigh.state;
        let mut notify = neigh.update_flags(&change);
        let mut outcome = Ok(());
        let used = change.flags.contains(NTF_USE) || change.flags_ext.contains(NTF_EXT_MANAGED);
        if used {
            // It keeps what is known of it, but for being permanent.
            neigh.state = NudState(old.0 & !NUD_PERMANENT.0);
        } else if !change.state.intersects(VALID) {
            self.cancel_neigh_timer(ns, key, old);
            neigh.state = change.state;
            // Flags that have changed go unsaid here.
            notify = old.intersects(VALID);
            if old.intersects(NUD_INCOMPLETE | NUD_PROBE) && change.state.contains(NUD_FAILED) {
                neigh.updated = now;
                notify = true;
            }
        } else {
            match neigh.update_address(&change, now) {
                Ok(step) => {
                    notify |= step.notify;
                    if step.state != old {
                        self.start_neigh(ns, key, &mut neigh, old, step.state);
                    }
                }
                Err(refusal) => outcome = Err(refusal),
            }
        }
        if notify {
            self.announce_neigh(ns, RTM_NEWNEIGH, change.port, (key, &neigh), 1);
        }
        self.ns_mut(ns).neighs.entries.insert(key, neigh);
        outcome
    }

    /// Another state begins, with its timer.
    fn start_neigh(&mut self, ns: NetnsId, key: Key, neigh: &mut Neigh, old: NudState, new: NudState) {
        let now = self.now_ns();
        self.cancel_neigh_timer(ns, key, old);
        if new.intersects(NUD_PROBE) {
            neigh.probes = 0;
        }
        neigh.state = new;
        if new.intersects(IN_TIMER) {
            let mut after = 0;
            if new.intersects(NUD_REACHABLE) {
                neigh.reachable = self.draw_reachable();
                after = neigh.reachable;
            }
            self.set_neigh_timer(ns, key, neigh, now.saturating_add(after));
        }
    }

    /// Half to one and a half of the base time (`neigh_rand_reach_time`).
    fn draw_reachable(&mut self) -> i64 {
        let drawn = self.rng.below(BASE_REACHABLE.unsigned_abs());
        BASE_REACHABLE / 2 + i64::try_from(drawn).unwrap_or(0)
    }

    /// It is used: what is not known is asked for (`neigh_event_send_probe`). `at_once` is whether the first question may be
    /// asked in place.
    pub(super) fn use_neigh(&mut self, ns: NetnsId, key: Key, at_once: bool) {
        let now = self.now_ns();
        let Some(mut neigh) = self.ns(ns).neighs.entries.get(&key).cloned() else { return };
        neigh.used = now;
        let state = neigh.state;
        if !state.intersects(CONNECTED | NUD_DELAY | NUD_PROBE) {
            if !state.intersects(NUD_STALE | NUD_INCOMPLETE) {
                neigh.probes = UCAST_PROBES;
                neigh.state = NUD_INCOMPLETE;
                neigh.updated = now;
                let after = if at_once { RETRANS } else { 0 };
                self.set_neigh_timer(ns, key, &mut neigh, now.saturating_add(after));
                neigh.probes += u32::from(at_once);
            } else if state.intersects(NUD_STALE) {
                self.cancel_neigh_timer(ns, key, state);
                neigh.state = NUD_DELAY;
                neigh.updated = now;
                self.set_neigh_timer(ns, key, &mut neigh, now.saturating_add(DELAY_PROBE));
            }
        }
        self.ns_mut(ns).neighs.entries.insert(key, neigh);
    }

    /// `neigh_add_timer`.
    pub(super) fn set_neigh_timer(&mut self, ns: NetnsId, key: Key, neigh: &mut Neigh, at: i64) {
        neigh.used = neigh.used.max(neigh.confirmed);
        let timer = Timer::Neigh { netns: ns, link: key.link, address: key.address };
        self.timers.set(timer, Instant::from_ns(at.unsigned_abs()));
    }

    /// `neigh_del_timer`: only states that do not last have one.
    pub(super) fn cancel_neigh_timer(&mut self, ns: NetnsId, key: Key, state: NudState) {
        if state.intersects(IN_TIMER) {
            self.timers.cancel(Timer::Neigh { netns: ns, link: key.link, address: key.address });
        }
    }
}

/// What a change of address leads to.
struct Next {
    state: NudState,
    notify: bool,
}

impl Neigh {
    /// Flags that somebody else's knowledge is behind (`neigh_update_flags`); whether one has changed.
    fn update_flags(&mut self, change: &Change<'_>) -> bool {
        let before = (self.flags, self.flags_ext);
        self.flags = NeighFlags(self.flags.without(NTF_EXT_LEARNED).0 | (change.flags & NTF_EXT_LEARNED).0);
        let managed = NTF_EXT_MANAGED | NTF_EXT_EXT_VALIDATED;
        self.flags_ext = NeighFlagsExt(self.flags_ext.without(managed).0 | (change.flags_ext & managed).0);
        before != (self.flags, self.flags_ext)
    }

    fn update_address(&mut self, change: &Change<'_>, now: i64) -> Outcome<Next> {
        let (old, new) = (self.state, change.state);
        let known = old.intersects(VALID);
        let lladdr = match change.lladdr {
            Some(lladdr) => lladdr.get(..self.lladdr.len()).unwrap_or(lladdr),
            None if known => &self.lladdr,
            None => return refuse(Errno::EINVAL, "No link layer address given"),
        };
        // What is not known yet counts as another address, even when it is the same.
        let other = change.lladdr.is_some() && !(known && lladdr == self.lladdr);
        if new.intersects(CONNECTED) {
            self.confirmed = now;
        }
        if known && other && !change.replace {
            return Ok(Next { state: old, notify: false });
        }
        if new != old || other {
            self.updated = now;
        }
        let lladdr = lladdr.to_vec();
        if other {
            self.lladdr = lladdr;
            if !new.intersects(CONNECTED) {
                self.confirmed = now.saturating_sub(2 * BASE_REACHABLE);
            }
        }
        let router = change.set_router && {
            let before = self.flags;
            self.flags = NeighFlags(self.flags.without(NTF_ROUTER).0 | (change.flags & NTF_ROUTER).0);
            before != self.flags
        };
        Ok(Next { state: new, notify: new != old || other || router })
    }
}
