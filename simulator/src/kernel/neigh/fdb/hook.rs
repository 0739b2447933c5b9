//! What happens to forwarding entries when links change.

use super::{Entry, Mac, Remote, Tunnel, mac};
use crate::world::{NetnsId, World};
use netplumb_core::family::link::info::vxlan::{
    IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, IFLA_VXLAN_ID, IFLA_VXLAN_LINK,
};
use netplumb_core::family::neigh::{
    NTF_SELF, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NudState, RTM_DELNEIGH, RTM_NEWNEIGH,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl World {
    fn link_mac(&self, ns: NetnsId, link: u32) -> Option<Mac> {
        mac(&self.ns(ns).link(link)?.address)
    }

    /// An address of this host: of the bridge, or of a port (`fdb_add_local`).
    fn add_local(&mut self, ns: NetnsId, bridge: u32, port: Option<u32>, mac: Mac) {
        if mac == [0; 6] || mac[0] & 1 != 0 {
            return;
        }
        let now = self.now_ns();
        let key = (bridge, mac);
        match self.ns(ns).fdb.entries.get(&key) {
            // Whoever came first has it.
            Some(entry) if entry.local => return,
            Some(_) => self.remove_entry(ns, key),
            None => {}
        }
        let netns = self.ns_mut(ns);
        let entry = Entry {
            made: netns.neighs.next_number(),
            port,
            local: true,
            fixed: true,
            user: false,
            external: false,
            sticky: false,
            used: now,
            updated: now,
        };
        netns.fdb.entries.insert(key, entry.clone());
        self.announce_entry(ns, RTM_NEWNEIGH, key, &entry);
    }

    pub(super) fn remove_entry(&mut self, ns: NetnsId, key: (u32, Mac)) {
        if let Some(entry) = self.ns_mut(ns).fdb.entries.remove(&key) {
            self.announce_entry(ns, RTM_DELNEIGH, key, &entry);
        }
    }

    /// An address of this host goes, unless another port or the bridge has it as well (`fdb_delete_local`).
    fn remove_local(&mut self, ns: NetnsId, key: (u32, Mac), of: Option<u32>) {
        let (bridge, address) = key;
        let netns = self.ns_mut(ns);
        let same = |link: &&crate::kernel::link::Link| mac(&link.address) == Some(address);
        let other = netns.ports_of(bridge).filter(|port| Some(port.index) != of).find(same);
        let other = other.map(|port| Some(port.index));
        let own = netns.link(bridge).filter(same).filter(|_| of.is_some()).map(|_| None);
        match (other.or(own), netns.fdb.entries.get_mut(&key)) {
            (Some(port), Some(entry)) => {
                entry.port = port;
                entry.user = false;
            }
            _ => self.remove_entry(ns, key),
        }
    }

    /// The entries that match, the newest first.
    pub(super) fn entries_of(
        &self,
        ns: NetnsId,
        wanted: impl Fn(&(u32, Mac), &Entry) -> bool,
    ) -> Vec<(u32, Mac)> {
        let entries = &self.ns(ns).fdb.entries;
        let mut found: Vec<_> =
            entries.iter().filter(|(key, entry)| wanted(key, entry)).map(|(key, e)| (e.made, *key)).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.into_iter().map(|(_, key)| key).collect()
    }

    /// A bridge was made: its own address is an entry, which goes and comes again while it is set up.
    pub(crate) fn fdb_bridge_added(&mut self, ns: NetnsId, bridge: u32) {
        let Some(mac) = self.link_mac(ns, bridge) else { return };
        self.add_local(ns, bridge, None, mac);
        self.remove_entry(ns, (bridge, mac));
        self.add_local(ns, bridge, None, mac);
    }

    /// The address of a bridge is another now (`br_fdb_change_mac_address`).
    pub(crate) fn fdb_bridge_address(&mut self, ns: NetnsId, bridge: u32, old: &[u8]) {
        if let Some(old) = mac(old) {
            let key = (bridge, old);
            let own = self.ns(ns).fdb.entries.get(&key);
            if own.is_some_and(|entry| entry.local && entry.port.is_none() && !entry.user) {
                self.remove_local(ns, key, None);
            }
        }
        if let Some(mac) = self.link_mac(ns, bridge) {
            self.add_local(ns, bridge, None, mac);
        }
    }

    /// A link became a port of a bridge.
    pub(crate) fn fdb_port_added(&mut self, ns: NetnsId, bridge: u32, port: u32) {
        if let Some(mac) = self.link_mac(ns, port) {
            self.add_local(ns, bridge, Some(port), mac);
        }
    }

    /// A link is a port of a bridge no more (`br_fdb_delete_by_port`).
    pub(crate) fn fdb_port_removed(&mut self, ns: NetnsId, bridge: u32, port: u32) {
        for key in self.entries_of(ns, |key, entry| key.0 == bridge && entry.port == Some(port)) {
            if self.ns(ns).fdb.entries.get(&key).is_some_and(|entry| entry.local) {
                self.remove_local(ns, key, Some(port));
            } else {
                self.remove_entry(ns, key);
            }
        }
    }

    /// The address of a port changed (`br_fdb_changeaddr`).
    pub(crate) fn fdb_port_address(&mut self, ns: NetnsId, bridge: u32, port: u32) {
        let own = |key: &(u32, Mac), entry: &Entry| {
            key.0 == bridge && entry.port == Some(port) && entry.local && !entry.user
        };
        for key in self.entries_of(ns, own) {
            self.remove_local(ns, key, Some(port));
        }
        self.fdb_port_added(ns, bridge, port);
    }

    /// A VXLAN was made: where what is not known goes is an entry (`vxlan_fdb_update` for `all_zeros_mac`).
    pub(crate) fn fdb_vxlan_added(&mut self, ns: NetnsId, index: u32) {
        let now = self.now_ns();
        let netns = self.ns_mut(ns);
        let Some(link) = netns.link(index) else { return };
        let group4 = link.data.get(IFLA_VXLAN_GROUP).and_then(|v| v.first_chunk::<4>());
        let group6 = link.data.get(IFLA_VXLAN_GROUP6).and_then(|v| v.first_chunk::<16>());
        let address: Option<IpAddr> = group4
            .map(|octets| Ipv4Addr::from(*octets).into())
            .or(group6.map(|octets| Ipv6Addr::from(*octets).into()));
        let Some(address) = address.filter(|address| !address.is_unspecified()) else { return };
        let remote = Remote {
            address,
            port: super::put::usual_port(link),
            vni: link.data.u32(IFLA_VXLAN_ID),
            link: link.data.u32(IFLA_VXLAN_LINK),
        };
        let tunnel = Tunnel {
            made: netns.neighs.next_number(),
            state: NudState(NUD_REACHABLE.0 | NUD_PERMANENT.0),
            flags: NTF_SELF,
            remotes: vec![remote],
            used: now,
            updated: now,
        };
        let key = (index, [0; 6]);
        netns.fdb.tunnels.insert(key, tunnel.clone());
        self.announce_tunnel(ns, RTM_NEWNEIGH, key, &tunnel, &remote);
    }

    /// A VXLAN went down: what it would forget by itself it forgets (`vxlan_stop`).
    pub(crate) fn fdb_link_down(&mut self, ns: NetnsId, link: u32) {
        let fixed = NudState(NUD_PERMANENT.0 | NUD_NOARP.0);
        self.remove_tunnels(ns, link, |tunnel| !tunnel.state.intersects(fixed));
    }

    /// A link is being deleted.
    pub(crate) fn fdb_link_gone(&mut self, ns: NetnsId, link: u32) {
        self.remove_tunnels(ns, link, |_| true);
        for key in self.entries_of(ns, |key, _| key.0 == link) {
            // The bridge itself goes: nobody is told.
            self.ns_mut(ns).fdb.entries.remove(&key);
        }
        self.ns_mut(ns).fdb.received.retain(|key, _| key.0 != link);
    }

    fn remove_tunnels(&mut self, ns: NetnsId, link: u32, goes: impl Fn(&Tunnel) -> bool) {
        let tunnels = &self.ns(ns).fdb.tunnels;
        let of_link = tunnels.range((link, [0; 6])..=(link, [0xff; 6]));
        let gone: Vec<_> = of_link.filter(|(_, tunnel)| goes(tunnel)).map(|(key, _)| *key).collect();
        for key in gone {
            self.remove_tunnel(ns, key);
        }
    }

    /// `vxlan_fdb_destroy`.
    pub(super) fn remove_tunnel(&mut self, ns: NetnsId, key: (u32, Mac)) {
        let Some(tunnel) = self.ns_mut(ns).fdb.tunnels.remove(&key) else { return };
        for remote in &tunnel.remotes {
            self.announce_tunnel(ns, RTM_DELNEIGH, key, &tunnel, remote);
        }
    }
}
