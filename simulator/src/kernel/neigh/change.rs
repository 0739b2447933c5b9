//! Adding and deleting neighbours (`neigh_add`, `neigh_delete`).

use super::construct::address;
use super::update::Change;
use super::{Key, Neigh, Proxy, VALID};
use crate::kernel::family;
use crate::policy::{Parsed, Row};
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::neigh::{
    NDA_DST, NDA_FDB_EXT_ATTRS, NDA_FLAGS_EXT, NDA_LINK_NETNSID, NDA_LLADDR, NDA_NDM_FLAGS_MASK,
    NDA_NDM_STATE_MASK, NDA_NH_ID, NDA_SRC_VNI, NTF_EXT_EXT_VALIDATED, NTF_EXT_LEARNED, NTF_EXT_MANAGED,
    NTF_PROXY, NTF_USE, NUD_FAILED, NUD_PERMANENT, NdMsg, Neigh as View, NeighFlags, NeighFlagsExt, NudState,
    RTM_DELNEIGH,
};
use netplumb_core::family::route::RouteProtocol;
use netplumb_core::schema::Header as _;
use netplumb_core::wire::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use std::net::IpAddr;

/// Addresses are bytes of any sort, and rows from `NDA_NH_ID` on are strict (`nda_policy`).
pub(crate) const ROWS: &[(u16, Row)] = &[
    (NDA_DST, Row::Binary(32)),
    (NDA_LINK_NETNSID, Row::Any),
    (NDA_SRC_VNI, Row::Any),
    (NDA_NH_ID, Row::Int(4, u32::MAX as u64)),
    (NDA_FDB_EXT_ATTRS, Row::Nest),
    (NDA_FLAGS_EXT, Row::Mask(4, (NTF_EXT_MANAGED.0 | NTF_EXT_EXT_VALIDATED.0) as u64)),
    (NDA_NDM_STATE_MASK, Row::Unsupported),
    (NDA_NDM_FLAGS_MASK, Row::Unsupported),
];

/// A neighbour that is to be made or changed.
#[derive(Debug)]
struct Asked<'m> {
    header: NdMsg,
    lladdr: Option<&'m [u8]>,
    flags: NeighFlags,
    flags_ext: NeighFlagsExt,
    protocol: RouteProtocol,
}

impl Asked<'_> {
    fn is_used(&self) -> bool {
        self.flags.contains(NTF_USE) || self.flags_ext.contains(NTF_EXT_MANAGED)
    }
}

impl World {
    pub(crate) fn new_neigh(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        if family == family::BRIDGE {
            return self.new_fdb(request);
        }
        let (header, attrs) = request.parse_with::<View<'static>>(ROWS)?;
        let Some(dst) = attrs.get(NDA_DST) else {
            return refuse(Errno::EINVAL, "Network address not specified");
        };
        let asked = Asked::read(header, &attrs);
        let ns = request.netns;
        let index = header.ndm_ifindex.cast_unsigned();
        if index != 0 {
            let link = self.ns(ns).link(index).ok_or(Errno::ENODEV)?;
            if asked.lladdr.is_some_and(|lladdr| lladdr.len() < link.address.len()) {
                return refuse(Errno::EINVAL, "Invalid link address");
            }
        }
        check_family(family)?;
        let Some(address) = address(dst.payload(), family) else {
            return refuse(Errno::EINVAL, "Invalid network address");
        };
        if asked.flags.contains(NTF_PROXY) {
            return self.new_proxy(ns, Key::new(index, address), &asked);
        }
        if index == 0 {
            return refuse(Errno::EINVAL, "Device not specified");
        }
        if family == family::INET6 && self.ns(ns).link(index).is_some_and(|link| !link.inet6) {
            return refuse(Errno::EINVAL, "IPv6 is disabled on this device");
        }
        self.new_entry(request, index, address, &asked)
    }

    fn new_entry(&mut self, request: &Request<'_>, link: u32, address: IpAddr, asked: &Asked<'_>) -> Outcome {
        let ns = request.netns;
        let mut key = Key::new(link, address);
        let exists = self.ns(ns).neighs.entries.get(&key).map(|neigh| neigh.state);
        let validated = asked.flags_ext.contains(NTF_EXT_EXT_VALIDATED);
        let mut replace = true;
        if let Some(state) = exists {
            if request.has(NLM_F_EXCL) {
                return Err(Errno::EEXIST.into());
            }
            let state = if asked.is_used() { state.without(NUD_PERMANENT) } else { asked.header.ndm_state };
            if validated && !state.intersects(VALID) {
                let text = "Cannot mark neighbor as externally validated with an invalid state";
                return refuse(Errno::EINVAL, text);
            }
            replace = request.has(NLM_F_REPLACE);
        } else {
            if !request.has(NLM_F_CREATE) {
                return Err(Errno::ENOENT.into());
            }
            let permanent = asked.header.ndm_state.intersects(NUD_PERMANENT);
            if permanent && asked.flags_ext.contains(NTF_EXT_MANAGED) {
                return refuse(Errno::EINVAL, "Invalid NTF_* flag for permanent entry");
            }
            if validated && (asked.is_used() || !asked.header.ndm_state.intersects(VALID)) {
                let text = "Cannot create externally validated neighbor with an invalid state";
                return refuse(Errno::EINVAL, text);
            }
            // `arp_constructor`.
            if address.is_ipv4() && self.ns(ns).link(link).is_some_and(|link| !link.inet4) {
                return Err(Errno::EINVAL.into());
            }
            key = self.make_neigh(ns, link, address, asked);
        }
        if asked.protocol.0 != 0
            && let Some(neigh) = self.ns_mut(ns).neighs.entries.get_mut(&key)
        {
            neigh.protocol = asked.protocol;
        }
        let change = Change {
            lladdr: asked.lladdr,
            // The kernel keeps states in a byte.
            state: NudState(asked.header.ndm_state.0 & 0xff),
            replace,
            set_router: replace,
            flags: asked.flags,
            flags_ext: asked.flags_ext,
            port: request.port,
        };
        self.update_neigh(ns, key, change)?;
        if asked.is_used() {
            self.use_neigh(ns, key, true);
        }
        if asked.flags_ext.contains(NTF_EXT_MANAGED) {
            self.set_managed_timer(ns);
        }
        Ok(())
    }

    /// `___neigh_create`. What it is found by may be another address, and an entry may be there already.
    fn make_neigh(&mut self, ns: NetnsId, link: u32, address: IpAddr, asked: &Asked<'_>) -> Key {
        let now = self.now_ns();
        let netns = self.ns_mut(ns);
        let Some(link) = netns.link(link) else { return Key::new(link, address) };
        let (key, mut neigh) = Neigh::of(netns, link, address, now);
        neigh.flags = asked.flags & NTF_EXT_LEARNED;
        neigh.flags_ext = asked.flags_ext & (NTF_EXT_MANAGED | NTF_EXT_EXT_VALIDATED);
        neigh.made = netns.neighs.next_number();
        netns.neighs.entries.entry(key).or_insert(neigh);
        key
    }

    fn new_proxy(&mut self, ns: NetnsId, key: Key, asked: &Asked<'_>) -> Outcome {
        if asked.flags_ext.intersects(NTF_EXT_MANAGED | NTF_EXT_EXT_VALIDATED) {
            return refuse(Errno::EINVAL, "Invalid NTF_* flag combination");
        }
        let netns = self.ns_mut(ns);
        let found = netns.neighs.proxy(key).map(|found| found.0);
        // IPv6 joins a multicast group for it, and needs a link for that.
        let works = key.family == family::INET || netns.link(key.link).is_some_and(|link| link.inet6);
        if found.is_none() && !works {
            return Err(Errno::ENOBUFS.into());
        }
        let made = netns.neighs.next_number();
        let proxy = netns.neighs.proxies.entry(found.unwrap_or(key)).or_insert(Proxy {
            made,
            flags: NeighFlags::default(),
            flags_ext: NeighFlagsExt::default(),
            protocol: RouteProtocol::default(),
            permanent: false,
        });
        proxy.flags = asked.flags;
        proxy.flags_ext = asked.flags_ext;
        proxy.permanent = asked.header.ndm_state.intersects(NUD_PERMANENT);
        if asked.protocol.0 != 0 {
            proxy.protocol = asked.protocol;
        }
        Ok(())
    }

    pub(crate) fn del_neigh(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        if family == family::BRIDGE {
            return self.del_fdb(request);
        }
        let payload = request.message.payload();
        let header = NdMsg::read_fixed(payload).ok_or(Errno::EINVAL)?;
        // Nothing is checked here, and the first of several addresses counts.
        let Some(dst) = View::new(payload).and_then(|view| view.attrs().find(NDA_DST)) else {
            return refuse(Errno::EINVAL, "Network address not specified");
        };
        let ns = request.netns;
        let index = header.ndm_ifindex.cast_unsigned();
        if index != 0 && self.ns(ns).link(index).is_none() {
            return Err(Errno::ENODEV.into());
        }
        check_family(family)?;
        let Some(address) = address(dst.payload(), family) else {
            return refuse(Errno::EINVAL, "Invalid network address");
        };
        let key = Key::new(index, address);
        if header.ndm_flags.contains(NTF_PROXY) {
            let gone = self.ns_mut(ns).neighs.proxies.remove(&key);
            return gone.map(|_| ()).ok_or(Errno::ENOENT.into());
        }
        if index == 0 {
            return Err(Errno::EINVAL.into());
        }
        if !self.ns(ns).neighs.entries.contains_key(&key) {
            return Err(Errno::ENOENT.into());
        }
        let change = Change {
            lladdr: None,
            state: NUD_FAILED,
            replace: true,
            set_router: false,
            flags: NeighFlags::default(),
            flags_ext: NeighFlagsExt::default(),
            port: request.port,
        };
        self.update_neigh(ns, key, change)?;
        if let Some(neigh) = self.ns_mut(ns).neighs.entries.remove(&key) {
            self.announce_neigh(ns, RTM_DELNEIGH, 0, (key, &neigh), 0);
        }
        Ok(())
    }
}

impl<'m> Asked<'m> {
    fn read(header: NdMsg, attrs: &Parsed<'m>) -> Self {
        const EMPTY: &[u8] = &[0; NdMsg::SIZE];
        let view = View::new(EMPTY).expect("a header of its size is whole").over(attrs);
        Self {
            header,
            lladdr: attrs.get(NDA_LLADDR).map(netplumb_core::wire::Attr::payload),
            flags: header.ndm_flags,
            flags_ext: view.flags_ext().unwrap_or_default(),
            protocol: view.protocol().unwrap_or_default(),
        }
    }
}

/// Only IP has neighbours.
fn check_family(family: u8) -> Outcome {
    if matches!(family, family::INET | family::INET6) { Ok(()) } else { Err(Errno::EAFNOSUPPORT.into()) }
}
