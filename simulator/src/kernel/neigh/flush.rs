//! Neighbours that go with what happens to their link (`neigh_flush_dev`).

use super::Key;
use crate::kernel::family;
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::family::neigh::{NTF_EXT_EXT_VALIDATED, NUD_PERMANENT, RTM_DELNEIGH};

impl World {
    /// A link went down or is being deleted (`neigh_ifdown`), for one family or, with `AF_UNSPEC`, both: its neighbours go,
    /// the newest first, and the addresses that it answers for.
    pub(crate) fn neigh_link_down(&mut self, ns: NetnsId, link: u32, family: u8) {
        for table in tables(family) {
            self.flush_neighs(ns, link, table, false);
            self.ns_mut(ns).neighs.proxies.retain(|key, _| !key.is_of(table, link));
        }
    }

    /// A link lost its carrier (`neigh_carrier_down`): its neighbours go, but for permanent ones.
    pub(crate) fn neigh_carrier_down(&mut self, ns: NetnsId, link: u32) {
        for table in tables(family::UNSPEC) {
            self.flush_neighs(ns, link, table, true);
            let proxies = &mut self.ns_mut(ns).neighs.proxies;
            proxies.retain(|key, proxy| proxy.permanent || !key.is_of(table, link));
        }
    }

    /// A link's own link-layer address changed (`neigh_changeaddr`): others have to learn it, and may tell theirs with it.
    pub(crate) fn neigh_link_address(&mut self, ns: NetnsId, link: u32) {
        for table in tables(family::UNSPEC) {
            self.flush_neighs(ns, link, table, false);
        }
    }

    fn flush_neighs(&mut self, ns: NetnsId, link: u32, table: u8, keep_permanent: bool) {
        let entries = &self.ns(ns).neighs.entries;
        let mut gone: Vec<(u64, Key)> = entries
            .iter()
            .filter(|(key, neigh)| {
                let kept =
                    neigh.state.intersects(NUD_PERMANENT) || neigh.flags_ext.contains(NTF_EXT_EXT_VALIDATED);
                key.is_of(table, link) && !(keep_permanent && kept)
            })
            .map(|(key, neigh)| (neigh.made, *key))
            .collect();
        gone.sort_unstable_by(|a, b| b.cmp(a));
        for (_, key) in gone {
            self.timers.cancel(Timer::Neigh { netns: ns, link: key.link, address: key.address });
            if let Some(neigh) = self.ns_mut(ns).neighs.entries.remove(&key) {
                self.announce_neigh(ns, RTM_DELNEIGH, 0, (key, &neigh), 0);
            }
        }
    }
}

impl Key {
    fn is_of(&self, table: u8, link: u32) -> bool {
        self.family == table && self.link == link
    }
}

/// The tables of a family: that of ARP comes first.
fn tables(family: u8) -> impl Iterator<Item = u8> {
    let all = [family::INET, family::INET6];
    all.into_iter().filter(move |table| family == family::UNSPEC || family == *table)
}
