//! Forwarding entries as messages (`fdb_fill_info`, `nlmsg_populate_fdb_fill`, `vxlan_fdb_info`).

use super::{Entry, Mac, Remote, Tunnel};
use crate::kernel::group;
use crate::kernel::link::Link;
use crate::kernel::neigh::put::hundredths;
use crate::request::Origin;
use crate::world::{NetnsId, World};
use netplumb_core::family::common::AF_BRIDGE;
use netplumb_core::family::link::info::vxlan::{IFLA_VXLAN_ID, IFLA_VXLAN_PORT};
use netplumb_core::family::neigh::{
    NTF_EXT_LEARNED, NTF_SELF, NTF_STICKY, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NdMsg, NdaCacheinfo,
    NeighBuilder, NeighFlags, NeighFlagsExt, NudState,
};
use netplumb_core::family::route::RTN_UNICAST;
use netplumb_core::wire::Writer;

impl Entry {
    /// `fdb_to_nud`.
    pub(crate) fn state(&self) -> NudState {
        match self {
            Self { local: true, .. } => NUD_PERMANENT,
            Self { fixed: true, .. } => NUD_NOARP,
            _ => NUD_REACHABLE,
        }
    }

    fn flags(&self) -> NeighFlags {
        let mut flags = NeighFlags::default();
        if self.external {
            flags |= NTF_EXT_LEARNED;
        }
        if self.sticky {
            flags |= NTF_STICKY;
        }
        flags
    }

    pub(super) fn put(&self, w: &mut Writer<'_>, now: i64, (bridge, mac): (u32, Mac)) {
        let header = NdMsg {
            ndm_family: AF_BRIDGE,
            ndm_ifindex: self.port.unwrap_or(bridge).cast_signed(),
            ndm_state: self.state(),
            ndm_flags: self.flags(),
            ..NdMsg::default()
        };
        let mut n = NeighBuilder::with_header(w, header);
        n.lladdr(&mac).master(bridge).flags_ext(NeighFlagsExt::default()).cacheinfo(NdaCacheinfo {
            ndm_confirmed: 0,
            ndm_used: hundredths(now, self.used),
            ndm_updated: hundredths(now, self.updated),
            ndm_refcnt: 0,
        });
    }
}

impl Tunnel {
    pub(super) fn put(&self, w: &mut Writer<'_>, now: i64, link: &Link, mac: Mac, remote: &Remote) {
        let header = NdMsg {
            ndm_family: AF_BRIDGE,
            ndm_ifindex: link.index.cast_signed(),
            ndm_state: self.state,
            ndm_flags: self.flags,
            ndm_type: RTN_UNICAST,
            ..NdMsg::default()
        };
        let mut n = NeighBuilder::with_header(w, header);
        n.lladdr(&mac);
        if !remote.address.is_unspecified() {
            n.dst(remote.address);
        }
        if remote.port != usual_port(link) {
            n.port(remote.port);
        }
        if remote.vni != link.data.u32(IFLA_VXLAN_ID) {
            n.vni(remote.vni);
        }
        if remote.link != 0 {
            n.ifindex(remote.link);
        }
        n.cacheinfo(NdaCacheinfo {
            ndm_confirmed: 0,
            ndm_used: hundredths(now, self.used),
            ndm_updated: hundredths(now, self.updated),
            ndm_refcnt: 0,
        });
    }
}

/// The port of a VXLAN, in the host's byte order.
pub(super) fn usual_port(link: &Link) -> u16 {
    link.data.get(IFLA_VXLAN_PORT).and_then(netplumb_core::bytes::u16_be).unwrap_or(0)
}

/// An address that a link receives.
pub(super) fn put_received(w: &mut Writer<'_>, link: u32, mac: Mac, state: NudState) {
    let header = NdMsg {
        ndm_family: AF_BRIDGE,
        ndm_ifindex: link.cast_signed(),
        ndm_state: state,
        ndm_flags: NTF_SELF,
        ..NdMsg::default()
    };
    NeighBuilder::with_header(w, header).lladdr(&mac);
}

impl World {
    /// Forwarding entries are nobody's doing.
    pub(super) fn announce_fdb(
        &mut self,
        ns: NetnsId,
        kind: u16,
        fill: impl FnOnce(&World, &mut Writer<'_>),
    ) {
        self.announce(ns, group::NEIGH, Origin::KERNEL, kind, 0, fill);
    }

    pub(super) fn announce_entry(&mut self, ns: NetnsId, kind: u16, key: (u32, Mac), entry: &Entry) {
        let now = self.now_ns();
        self.announce_fdb(ns, kind, |_, w| entry.put(w, now, key));
    }

    pub(super) fn announce_tunnel(
        &mut self,
        ns: NetnsId,
        kind: u16,
        (link, mac): (u32, Mac),
        tunnel: &Tunnel,
        remote: &Remote,
    ) {
        let now = self.now_ns();
        self.announce_fdb(ns, kind, |world, w| {
            if let Some(link) = world.ns(ns).link(link) {
                tunnel.put(w, now, link, mac, remote);
            }
        });
    }
}
