//! Adding and deleting forwarding entries (`rtnl_fdb_add`, `rtnl_fdb_del`, `fdb_add_entry`).

use super::put::put_received;
use super::{Entry, Mac, mac};
use crate::kernel::link::Link;
use crate::policy::{self, Parsed, Row};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::Errno;
use netplumb_core::family::link::ARPHRD_ETHER;
use netplumb_core::family::link::info::bridge_port::IFLA_BRPORT_STATE;
use netplumb_core::family::neigh::{
    NDA_FLAGS_EXT, NDA_LLADDR, NDA_VLAN, NTF_EXT_LEARNED, NTF_EXT_LOCKED, NTF_MASTER, NTF_SELF, NTF_STICKY,
    NTF_USE, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NdMsg, Neigh as View, NudState, RTM_DELNEIGH,
    RTM_NEWNEIGH,
};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::{NLM_F_CREATE, NLM_F_EXCL};

/// The states of ports in which they learn (`BR_STATE_LEARNING`, `BR_STATE_FORWARDING`).
const LEARNS: [u8; 2] = [2, 3];

/// States that an entry can be made in.
const POSSIBLE: NudState = NudState(NUD_PERMANENT.0 | NUD_NOARP.0 | NUD_REACHABLE.0);

/// What is asked for.
pub(super) struct Asked<'m> {
    pub(super) header: NdMsg,
    pub(super) attrs: Parsed<'m>,
    pub(super) link: u32,
    pub(super) mac: Mac,
    vlan: Option<u16>,
}

impl World {
    /// Reads a request that adds or deletes: nothing is validated but what is used.
    fn read_fdb<'m>(&self, request: &Request<'m>, text: &'static str) -> Outcome<Asked<'m>> {
        let payload = request.message.payload();
        let split = NdMsg::read_fixed(payload).zip(View::SCHEMA.split(payload));
        let Some((header, (_, list))) = split else {
            return refuse(Errno::EINVAL, "Invalid header length");
        };
        const ALL: [(u16, Row); 17] = {
            let mut rows = [(0, Row::Any); 17];
            let mut at = 0;
            while at < rows.len() {
                rows[at].0 = at as u16 + 1;
                at += 1;
            }
            rows
        };
        let (attrs, left_over) = policy::parse_with(View::SCHEMA, &ALL, request.message, list)?;
        request.warn_if(left_over);
        if header.ndm_ifindex == 0 {
            return refuse(Errno::EINVAL, "invalid ifindex");
        }
        let index = header.ndm_ifindex.cast_unsigned();
        let Some(link) = self.ns(request.netns).link(index) else {
            return refuse(Errno::ENODEV, "unknown ifindex");
        };
        let Some(mac) = attrs.get(NDA_LLADDR).and_then(|attr| mac(attr.payload())) else {
            return refuse(Errno::EINVAL, "invalid address");
        };
        if link.kind.arphrd != ARPHRD_ETHER {
            return refuse(Errno::EINVAL, text);
        }
        let vlan = vlan(&attrs)?;
        Ok(Asked { header, attrs, link: index, mac, vlan })
    }

    pub(crate) fn new_fdb(&mut self, request: &Request<'_>) -> Outcome {
        let asked = self.read_fdb(request, "FDB add only supported for Ethernet devices")?;
        self.change_fdb(request, &asked, Self::new_entry_of, Self::new_tunnel, Self::receive)
    }

    /// Whose entry it is: the bridge's that the link is a port of, the link's own, or both (`rtnl_fdb_add`,
    /// `rtnl_fdb_del`). `entry` changes that of a bridge, `tunnel` that of a VXLAN, `received` what a link takes in.
    fn change_fdb(
        &mut self,
        request: &Request<'_>,
        asked: &Asked<'_>,
        entry: impl Fn(&mut Self, &Request<'_>, u32, Option<u32>, &Asked<'_>) -> Outcome,
        tunnel: impl Fn(&mut Self, &Request<'_>, &Asked<'_>) -> Outcome,
        received: impl Fn(&mut Self, &Request<'_>, &Asked<'_>) -> Outcome,
    ) -> Outcome {
        let (ns, flags) = (request.netns, asked.header.ndm_flags);
        let mut outcome = Err(Errno::EOPNOTSUPP.into());
        let bridge = self.bridge_of(request, asked.link);
        if let Some(bridge) = bridge.filter(|_| flags.0 == 0 || flags.contains(NTF_MASTER)) {
            entry(self, request, bridge, Some(asked.link), asked)?;
            outcome = Ok(());
        }
        if flags.contains(NTF_SELF) {
            outcome = match self.ns(ns).link(asked.link).map_or("", |link| link.kind.name) {
                "bridge" => entry(self, request, asked.link, None, asked),
                "vxlan" => tunnel(self, request, asked),
                _ => received(self, request, asked),
            };
        }
        outcome
    }

    /// The bridge that a link is a port of.
    pub(super) fn bridge_of(&self, request: &Request<'_>, link: u32) -> Option<u32> {
        let ns = self.ns(request.netns);
        let master = ns.link(ns.link(link)?.master?)?;
        master.is_kind("bridge").then_some(master.index)
    }

    /// `br_fdb_add`.
    fn new_entry_of(
        &mut self,
        request: &Request<'_>,
        bridge: u32,
        port: Option<u32>,
        asked: &Asked<'_>,
    ) -> Outcome {
        let NdMsg { ndm_flags: flags, ndm_state: state, .. } = asked.header;
        if !state.intersects(POSSIBLE) || asked.mac == [0; 6] {
            return Err(Errno::EINVAL.into());
        }
        let ext = asked.attrs.get(NDA_FLAGS_EXT).and_then(|a| netplumb_core::bytes::u32_ne(a.payload()));
        if ext.unwrap_or(0) & NTF_EXT_LOCKED.0 != 0 {
            return refuse(Errno::EINVAL, "bridge: Cannot add FDB entry with \"locked\" flag set");
        }
        // This bridge has no VLANs.
        if asked.vlan.is_some() {
            return Err(Errno::EINVAL.into());
        }
        let link = port.and_then(|port| self.ns(request.netns).link(port));
        let learns = link.is_some_and(|link| LEARNS.contains(&link.port.u8(IFLA_BRPORT_STATE)));
        let sticky = flags.contains(NTF_STICKY);
        if flags.contains(NTF_USE) {
            if port.is_none() {
                return Err(Errno::EINVAL.into());
            }
            if !learns {
                return Ok(());
            }
        } else if flags.contains(NTF_EXT_LEARNED) {
            if port.is_none() && !state.intersects(NUD_PERMANENT) {
                return refuse(Errno::EINVAL, "bridge: FDB entry towards bridge must be permanent");
            }
        } else {
            let lasts = state.intersects(NudState(NUD_PERMANENT.0 | NUD_NOARP.0));
            if port.is_some() && !lasts && !learns {
                return Err(Errno::EPERM.into());
            }
            if (port.is_none() && !state.intersects(NUD_PERMANENT))
                || (sticky && state.intersects(NUD_PERMANENT))
            {
                return Err(Errno::EINVAL.into());
            }
        }
        self.put_entry(request, (bridge, asked.mac), port, &asked.header)
    }

    /// `fdb_add_entry`, `br_fdb_external_learn_add`.
    fn put_entry(
        &mut self,
        request: &Request<'_>,
        key: (u32, Mac),
        port: Option<u32>,
        header: &NdMsg,
    ) -> Outcome {
        let (ns, now) = (request.netns, self.now_ns());
        let (state, flags) = (header.ndm_state, header.ndm_flags);
        let external = flags.contains(NTF_EXT_LEARNED);
        // What the bridge would learn by itself needs no leave to be made.
        let by_hand = !external && !flags.contains(NTF_USE);
        let netns = self.ns_mut(ns);
        let old = netns.fdb.entries.get(&key).cloned();
        if by_hand && old.is_none() && !request.has(NLM_F_CREATE) {
            return Err(Errno::ENOENT.into());
        }
        if by_hand && old.is_some() && request.has(NLM_F_EXCL) {
            return Err(Errno::EEXIST.into());
        }
        let local = state.intersects(NUD_PERMANENT);
        let mut entry = old.clone().unwrap_or(Entry {
            made: netns.neighs.next_number(),
            port,
            local: false,
            fixed: false,
            user: false,
            external,
            sticky: false,
            used: now,
            updated: now,
        });
        let said = entry.state();
        entry.port = port;
        if by_hand || external {
            entry.local = local;
            entry.fixed = local || state.intersects(NUD_NOARP);
        }
        entry.external |= external;
        entry.sticky = if by_hand { flags.contains(NTF_STICKY) } else { entry.sticky };
        entry.user |= by_hand;
        entry.used = now;
        let changed = match &old {
            None => true,
            // A state of several bits is never the one that an entry shows.
            Some(old) => {
                old.port != entry.port
                    || (by_hand && said != state)
                    || old.sticky != entry.sticky
                    || old.external != entry.external
            }
        };
        if changed {
            entry.updated = now;
        }
        netns.fdb.entries.insert(key, entry.clone());
        if changed {
            self.announce_entry(ns, RTM_NEWNEIGH, key, &entry);
        }
        Ok(())
    }

    /// A link is to receive an address (`ndo_dflt_fdb_add`).
    fn receive(&mut self, request: &Request<'_>, asked: &Asked<'_>) -> Outcome {
        let state = asked.header.ndm_state;
        if (state.0 != 0 && !state.intersects(NUD_PERMANENT)) || asked.vlan.is_some() {
            return Err(Errno::EINVAL.into());
        }
        let netns = self.ns_mut(request.netns);
        let key = (asked.link, asked.mac);
        let by_itself = netns.link(asked.link).is_some_and(|link| link.groups().contains(&asked.mac));
        let exists = by_itself || netns.fdb.received.contains_key(&key);
        if exists && request.has(NLM_F_EXCL) {
            return Err(Errno::EEXIST.into());
        }
        if !exists {
            let made = netns.neighs.next_number();
            netns.fdb.received.insert(key, made);
        }
        let ns = request.netns;
        self.announce_fdb(ns, RTM_NEWNEIGH, |_, w| put_received(w, key.0, key.1, state));
        Ok(())
    }

    pub(crate) fn del_fdb(&mut self, request: &Request<'_>) -> Outcome {
        const NLM_F_BULK: u16 = 0x200;
        if request.has(NLM_F_BULK) {
            return self.flush_fdb(request);
        }
        let asked = self.read_fdb(request, "FDB delete only supported for Ethernet devices")?;
        self.change_fdb(request, &asked, Self::del_entry_of, Self::del_tunnel, Self::stop_receiving)
    }

    fn del_entry_of(
        &mut self,
        request: &Request<'_>,
        bridge: u32,
        port: Option<u32>,
        asked: &Asked<'_>,
    ) -> Outcome {
        let key = (bridge, asked.mac);
        let found = self.ns(request.netns).fdb.entries.get(&key).filter(|entry| entry.port == port);
        if found.is_none() || asked.vlan.is_some() {
            return Err(Errno::ENOENT.into());
        }
        self.remove_entry(request.netns, key);
        Ok(())
    }

    fn stop_receiving(&mut self, request: &Request<'_>, asked: &Asked<'_>) -> Outcome {
        let state = asked.header.ndm_state;
        if !state.intersects(NUD_PERMANENT) {
            return Err(Errno::EINVAL.into());
        }
        let (ns, key) = (request.netns, (asked.link, asked.mac));
        self.ns_mut(ns).fdb.received.remove(&key).ok_or(Errno::ENOENT)?;
        self.announce_fdb(ns, RTM_DELNEIGH, |_, w| put_received(w, key.0, key.1, state));
        Ok(())
    }

    /// All entries of a bridge or of one of its ports (`br_fdb_delete_bulk`).
    fn flush_fdb(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let split = NdMsg::read_fixed(payload).zip(View::SCHEMA.split(payload));
        let Some((header, (_, list))) = split else {
            return refuse(Errno::EINVAL, "Invalid header length");
        };
        let mut wanted = super::tunnel::Flush::read(request, &header, list)?;
        if header.ndm_ifindex == 0 {
            return refuse(Errno::EINVAL, "invalid ifindex");
        }
        let (ns, index) = (request.netns, header.ndm_ifindex.cast_unsigned());
        let Some(link) = self.ns(ns).link(index) else {
            return refuse(Errno::ENODEV, "unknown ifindex");
        };
        let flags = header.ndm_flags;
        let by_port = self.bridge_of(request, index).filter(|_| flags.0 == 0 || flags.contains(NTF_MASTER));
        let bridge = match by_port {
            Some(bridge) => {
                wanted.port = wanted.port.or(Some(index));
                bridge
            }
            None if flags.contains(NTF_SELF) && link.is_kind("bridge") => index,
            None => return Err(Errno::EOPNOTSUPP.into()),
        };
        for key in self.entries_of(ns, |key, entry| key.0 == bridge && wanted.wants(entry)) {
            self.remove_entry(ns, key);
        }
        Ok(())
    }
}

/// `fdb_vid_parse`.
pub(super) fn vlan(attrs: &Parsed<'_>) -> Outcome<Option<u16>> {
    let Some(attr) = attrs.get(NDA_VLAN) else { return Ok(None) };
    let [a, b] = *attr.payload() else {
        return refuse(Errno::EINVAL, "invalid vlan attribute size");
    };
    match u16::from_ne_bytes([a, b]) {
        0 | 4095.. => Err(Refusal::new(Errno::EINVAL, "invalid vlan id")),
        vlan => Ok(Some(vlan)),
    }
}

impl Link {
    /// Groups that a link is in by itself, in the order in which it joins them.
    pub(super) fn groups(&self) -> Vec<Mac> {
        let mut groups = Vec::new();
        if self.inet6 {
            groups.push([0x33, 0x33, 0, 0, 0, 1]);
        }
        if self.is_up() {
            if self.is_kind("bridge") {
                // Whoever listens to groups wants to hear of others who do.
                groups.extend([[0x01, 0x00, 0x5e, 0, 0, 0x6a], [0x33, 0x33, 0, 0, 0, 0x6a]]);
            }
            groups.push([0x01, 0x00, 0x5e, 0, 0, 1]);
            for address in &self.addr6 {
                let [.., a, b, c] = address.local.octets();
                let group = [0x33, 0x33, 0xff, a, b, c];
                if !groups.contains(&group) {
                    groups.push(group);
                }
            }
        }
        groups
    }
}
