//! Dumps of forwarding entries (`rtnl_fdb_dump`).

use super::Mac;
use super::put::put_received;
use crate::dump::{Parts, Progress};
use crate::kernel::link::Link;
use crate::kernel::neigh::change::ROWS;
use crate::kernel::neigh::get::NDA_MAX;
use crate::kernel::netns::Netns;
use crate::policy::{self, LEFT_OVER};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::link::{ARPHRD_ETHER, IFLA_MASTER, IfInfoMsg, Link as LinkView};
use netplumb_core::family::neigh::{
    NDA_IFINDEX, NDA_MASTER, NUD_NONE, NUD_PERMANENT, NdMsg, Neigh as View, NeighFlags, RTM_NEWNEIGH,
};
use netplumb_core::family::route::RouteType;
use netplumb_core::schema::Header as _;

/// A dump of forwarding entries.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    /// The link that is being written, and how many of its entries have been.
    at: (u32, usize),
    link: u32,
    bridge: u32,
    warning: Option<Refusal>,
}

/// One message of a link's.
enum Item {
    Entry((u32, Mac)),
    Received(Mac),
    Tunnel(Mac, usize),
}

impl Entries {
    /// And what is wrong with the request.
    pub(crate) fn new(request: &Request<'_>) -> (Self, Option<Refusal>) {
        let mut dump = Self { at: (0, 0), link: 0, bridge: 0, warning: None };
        let fault = dump.read(request).err();
        (dump, fault)
    }

    fn read(&mut self, request: &Request<'_>) -> Outcome {
        if request.options.strict { self.read_strictly(request) } else { self.read_old(request) }
    }

    /// `valid_fdb_dump_strict`.
    fn read_strictly(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let split = NdMsg::read_fixed(payload).zip(View::SCHEMA.split(payload));
        let Some((header, (_, list))) = split else {
            return refuse(Errno::EINVAL, "Invalid header for fdb dump request");
        };
        let padded = payload.get(1..4).is_some_and(|padding| padding != [0; 3]);
        let named = header.ndm_state != NUD_NONE || header.ndm_type != RouteType(0);
        if padded || named || header.ndm_flags != NeighFlags(0) {
            return refuse(Errno::EINVAL, "Invalid values in header for fdb dump request");
        }
        let attrs = policy::parse_strictly(View::SCHEMA, ROWS, NDA_MAX, request.message, list)?;
        if attrs.kinds().any(|kind| !matches!(kind, NDA_IFINDEX | NDA_MASTER)) {
            return refuse(Errno::EINVAL, "Unsupported attribute in fdb dump request");
        }
        let number = |kind| attrs.get(kind).and_then(|attr| netplumb_core::bytes::u32_ne(attr.payload()));
        self.link = number(NDA_IFINDEX).unwrap_or(header.ndm_ifindex.cast_unsigned());
        self.bridge = number(NDA_MASTER).unwrap_or(0);
        Ok(())
    }

    /// `valid_fdb_dump_legacy`: some send one header, some another, and the length tells which.
    fn read_old(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        if matches!(payload.len(), NdMsg::SIZE | 20) {
            return Ok(());
        }
        let split = IfInfoMsg::read_fixed(payload).zip(LinkView::SCHEMA.split(payload));
        let Some((header, (_, list))) = split else {
            return refuse(Errno::EINVAL, "Invalid header length");
        };
        let (attrs, left_over) = policy::parse(LinkView::SCHEMA, request.message, list)?;
        self.warning = left_over.then(|| Refusal::new(Errno(0), LEFT_OVER));
        let master = attrs.get(IFLA_MASTER).and_then(|attr| netplumb_core::bytes::u32_ne(attr.payload()));
        self.bridge = master.unwrap_or(0);
        self.link = header.ifi_index.cast_unsigned();
        Ok(())
    }

    pub(crate) fn fill(
        &mut self,
        world: &World,
        id: NetnsId,
        parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        let (ns, now) = (world.ns(id), world.now_ns());
        if self.bridge != 0 && ns.link(self.bridge).is_none() {
            return Err(Errno::ENODEV.into());
        }
        let mut written = false;
        for (index, link) in ns.links.range(self.at.0..) {
            if *index != self.at.0 {
                self.at = (*index, 0);
            }
            if !self.wants(ns, link) {
                continue;
            }
            for item in items(ns, link).into_iter().skip(self.at.1) {
                let fitted = parts.put(RTM_NEWNEIGH, None, |w| match item {
                    Item::Entry(key) => {
                        if let Some(entry) = ns.fdb.entries.get(&key) {
                            entry.put(w, now, key);
                        }
                    }
                    Item::Received(mac) => put_received(w, *index, mac, NUD_PERMANENT),
                    Item::Tunnel(mac, at) => {
                        if let Some(tunnel) = ns.fdb.tunnels.get(&(*index, mac))
                            && let Some(remote) = tunnel.remotes.get(at)
                        {
                            tunnel.put(w, now, link, mac, remote);
                        }
                    }
                });
                if !fitted {
                    return Ok(Progress::Full);
                }
                self.at.1 += 1;
                written = true;
            }
        }
        self.at = (u32::MAX, 0);
        // The end stands alone, with what it says.
        if written && self.warning.is_some() {
            return Ok(Progress::Full);
        }
        self.warning.take().map_or(Ok(Progress::End), Err)
    }

    fn wants(&self, ns: &Netns, link: &Link) -> bool {
        let of_bridge = link.master == Some(self.bridge) && bridge_of(ns, link).is_some();
        (self.link == 0 || self.link == link.index)
            && (self.bridge == 0 || self.bridge == link.index || of_bridge)
    }
}

fn bridge_of<'n>(ns: &'n Netns, link: &Link) -> Option<&'n Link> {
    ns.link(link.master?).filter(|master| master.is_kind("bridge"))
}

/// What a link shows: what its bridge has behind it, then what is its own.
fn items(ns: &Netns, link: &Link) -> Vec<Item> {
    let mut items = Vec::new();
    let entries = |bridge: u32, port: Option<u32>| {
        let of_bridge = ns.fdb.entries.range((bridge, [0; 6])..=(bridge, [0xff; 6]));
        let mut found: Vec<_> =
            of_bridge.filter(|(_, e)| e.port == port).map(|(key, e)| (e.made, *key)).collect();
        // The newest stands first.
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.into_iter().map(|(_, key)| Item::Entry(key))
    };
    if let Some(bridge) = bridge_of(ns, link) {
        items.extend(entries(bridge.index, Some(link.index)));
    }
    if link.is_kind("vxlan") {
        let of_link = ns.fdb.tunnels.range((link.index, [0; 6])..=(link.index, [0xff; 6]));
        for (key, tunnel) in of_link {
            items.extend((0..tunnel.remotes.len()).map(|at| Item::Tunnel(key.1, at)));
        }
        return items;
    }
    if link.kind.arphrd == ARPHRD_ETHER {
        let of_link = ns.fdb.received.range((link.index, [0; 6])..=(link.index, [0xff; 6]));
        let mut own: Vec<_> = of_link.map(|(key, made)| (*made, key.1)).collect();
        own.sort_unstable();
        let (groups, hosts): (Vec<_>, Vec<_>) =
            own.into_iter().map(|(_, mac)| mac).partition(|mac| mac[0] & 1 != 0);
        items.extend(hosts.into_iter().chain(link.groups()).chain(groups).map(Item::Received));
    }
    if link.is_kind("bridge") {
        items.extend(entries(link.index, None));
    }
    items
}
