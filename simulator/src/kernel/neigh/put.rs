//! A neighbour as a message (`neigh_fill_info`, `pneigh_fill_info`).

use super::{IN_TIMER, Key, Neigh, Proxy, VALID};
use crate::kernel::group;
use crate::request::Origin;
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::family::common::AddressFamily;
use netplumb_core::family::neigh::{
    NTF_PROXY, NUD_NONE, NdMsg, NdaCacheinfo, NeighBuilder, NeighFlags, NeighFlagsExt,
};
use netplumb_core::family::route::{RTN_UNICAST, RouteProtocol};
use netplumb_core::wire::Writer;

impl World {
    /// Writes the message's payload. `held` are those who look at the entry meanwhile: they count as users.
    pub(crate) fn put_neigh(&self, w: &mut Writer<'_>, ns: NetnsId, key: Key, neigh: &Neigh, held: u32) {
        let header = NdMsg {
            ndm_family: AddressFamily(key.family),
            ndm_ifindex: key.link.cast_signed(),
            ndm_state: neigh.state,
            ndm_flags: neigh.flags,
            ndm_type: neigh.kind,
            ..NdMsg::default()
        };
        let mut n = NeighBuilder::with_header(w, header);
        n.dst(key.address);
        if neigh.state.intersects(VALID) {
            n.lladdr(&neigh.lladdr);
        }
        let timer = Timer::Neigh { netns: ns, link: key.link, address: key.address };
        let in_timer = neigh.state.intersects(IN_TIMER) && self.timers.at(timer).is_some();
        let now = self.now_ns();
        n.probes(neigh.probes).cacheinfo(NdaCacheinfo {
            ndm_confirmed: hundredths(now, neigh.confirmed),
            ndm_used: hundredths(now, neigh.used),
            ndm_updated: hundredths(now, neigh.updated),
            ndm_refcnt: held + u32::from(in_timer),
        });
        put_tail(&mut n, neigh.protocol, neigh.flags_ext);
    }

    /// Tells what a neighbour is like, or that it is gone. `port` is the requester's; the sequence is 0 whoever it was.
    pub(crate) fn announce_neigh(
        &mut self,
        ns: NetnsId,
        kind: u16,
        port: u32,
        (key, neigh): (Key, &Neigh),
        held: u32,
    ) {
        let origin = Origin { port, ..Origin::KERNEL };
        self.announce(ns, group::NEIGH, origin, kind, 0, |world, w| {
            world.put_neigh(w, ns, key, neigh, held);
        });
    }

    /// The time as neighbours keep it.
    pub(crate) fn now_ns(&self) -> i64 {
        i64::try_from(self.now.as_ns()).unwrap_or(i64::MAX)
    }
}

impl Proxy {
    pub(crate) fn put(&self, w: &mut Writer<'_>, key: Key) {
        let header = NdMsg {
            ndm_family: AddressFamily(key.family),
            ndm_ifindex: key.link.cast_signed(),
            ndm_state: NUD_NONE,
            ndm_flags: NeighFlags(self.flags.0 | NTF_PROXY.0),
            ndm_type: RTN_UNICAST,
            ..NdMsg::default()
        };
        let mut n = NeighBuilder::with_header(w, header);
        n.dst(key.address);
        put_tail(&mut n, self.protocol, self.flags_ext);
    }
}

fn put_tail(n: &mut NeighBuilder<'_, '_>, protocol: RouteProtocol, flags: NeighFlagsExt) {
    if protocol.0 != 0 {
        n.protocol(protocol);
    }
    if flags.0 != 0 {
        n.flags_ext(flags);
    }
}

/// Hundredths of a second that have passed.
pub(super) fn hundredths(now: i64, then: i64) -> u32 {
    // The kernel's number wraps as well.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let wrapped = (now.saturating_sub(then) / 10_000_000) as u32;
    wrapped
}
