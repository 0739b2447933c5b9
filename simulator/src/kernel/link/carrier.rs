//! Up and down, carrier and operational state (`net/core/dev.c`, `net/core/link_watch.c`).

use super::{Link, LinkAt};
use crate::refusal::Outcome;
use crate::request::Origin;
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::link::info::vlan::VLAN_FLAG_LOOSE_BINDING;
use netplumb_core::family::link::{
    IF_LINK_MODE_DORMANT, IF_OPER_DORMANT, IF_OPER_DOWN, IF_OPER_LOWERLAYERDOWN, IF_OPER_UP, IFF_ALLMULTI,
    IFF_AUTOMEDIA, IFF_DEBUG, IFF_DYNAMIC, IFF_MULTICAST, IFF_NOARP, IFF_NOTRAILERS, IFF_PORTSEL,
    IFF_PROMISC, IFF_UP, IfFlags, OperState,
};

/// Flags that a request sets as they are.
const SETTABLE: u32 = IFF_DEBUG.0
    | IFF_NOTRAILERS.0
    | IFF_NOARP.0
    | IFF_DYNAMIC.0
    | IFF_MULTICAST.0
    | IFF_PORTSEL.0
    | IFF_AUTOMEDIA.0;

const IFLA_VLAN_FLAGS: u16 = 2;

impl World {
    pub(crate) fn link_at(&self, at: LinkAt) -> Option<&Link> {
        self.netns.get(&at.netns)?.link(at.index)
    }

    pub(crate) fn link_at_mut(&mut self, at: LinkAt) -> Option<&mut Link> {
        self.netns.get_mut(&at.netns)?.link_mut(at.index)
    }

    /// Changes flags without telling anybody (`__dev_change_flags`); returns those that were before.
    pub(crate) fn change_flags(&mut self, at: LinkAt, wanted: IfFlags) -> Outcome<IfFlags> {
        let Some(link) = self.link_at_mut(at) else { return Err(Errno::ENODEV.into()) };
        let old = link.flags;
        link.flags = IfFlags((wanted.0 & SETTABLE) | (old.0 & !SETTABLE));
        let differs = |flag: IfFlags| (old.0 ^ wanted.0) & flag.0 != 0;
        if differs(IFF_UP) {
            if wanted.contains(IFF_UP) { self.open_link(at)? } else { self.close_link(at) }
        }
        let Some(link) = self.link_at_mut(at) else { return Err(Errno::ENODEV.into()) };
        for (flag, count) in [(IFF_PROMISC, &mut link.promiscuity), (IFF_ALLMULTI, &mut link.allmulti)] {
            if differs(flag) {
                link.flags.0 ^= flag.0;
                *count =
                    if wanted.contains(flag) { count.saturating_add(1) } else { count.saturating_sub(1) };
            }
        }
        Ok(old)
    }

    /// Tells what changed and lets those that depend on it act (`__dev_notify_flags`).
    pub(crate) fn flags_changed(&mut self, at: LinkAt, old: IfFlags, told: u32, origin: Origin) {
        if told != 0 {
            let what = super::LinkMessage { change: told, ..super::LinkMessage::default() };
            self.announce_link(at, origin, what);
        }
        let Some(link) = self.link_at(at) else { return };
        let (was, is) = (old.contains(IFF_UP), link.is_up());
        match (was, is) {
            (false, true) => self.went_up(at),
            (true, false) => self.went_down(at),
            _ => {}
        }
    }

    /// Changes flags and tells (`dev_change_flags`).
    pub(crate) fn set_flags(&mut self, at: LinkAt, wanted: IfFlags) -> Outcome {
        let old = self.change_flags(at, wanted)?;
        let now = self.link_at(at).map_or(old, |link| link.flags);
        self.flags_changed(at, old, old.0 ^ now.0, Origin::KERNEL);
        Ok(())
    }

    /// Takes a link up or down from the inside.
    pub(crate) fn bring(&mut self, at: LinkAt, up: bool) -> Outcome {
        let Some(link) = self.link_at(at) else { return Ok(()) };
        let flags = if up { link.flags | IFF_UP } else { link.flags.without(IFF_UP) };
        self.set_flags(at, flags)
    }

    /// The driver opens the device.
    fn open_link(&mut self, at: LinkAt) -> Outcome {
        let Some(link) = self.link_at(at) else { return Err(Errno::ENODEV.into()) };
        let lower = link.lower.and_then(|lower| self.link_at(lower).map(|l| (lower, l.is_up())));
        if link.is_kind("vlan") && lower.is_none_or(|(_, up)| !up) && !is_loose(link) {
            return Err(Errno::ENETDOWN.into());
        }
        let kind = link.kind.name;
        let Some(link) = self.link_at_mut(at) else { return Err(Errno::ENODEV.into()) };
        link.flags |= IFF_UP;
        link.activated = true;
        match kind {
            // Both ends have a carrier as soon as both are up.
            "veth" => {
                if let Some((peer, true)) = lower {
                    self.set_carrier(at, true);
                    self.set_carrier(peer, true);
                }
            }
            "bridge" => self.bridge_opened(at),
            "bond" => self.bond_carrier(at),
            "vlan" | "macvlan" | "macvtap" => self.take_state_of_lower(at),
            _ => {}
        }
        self.pass_promisc(at, true);
        Ok(())
    }

    /// The driver closes the device.
    fn close_link(&mut self, at: LinkAt) {
        let Some(link) = self.link_at_mut(at) else { return };
        link.flags = link.flags.without(IFF_UP);
        let (kind, lower) = (link.kind.name, link.lower);
        match kind {
            "veth" => {
                self.set_carrier(at, false);
                if let Some(peer) = lower {
                    self.set_carrier(peer, false);
                }
            }
            "bridge" => self.bridge_closed(at),
            _ => {}
        }
        self.pass_promisc(at, false);
    }

    /// A macvlan that passes everything through has its lower link receive everything (`macvlan_open`, `macvlan_stop`).
    fn pass_promisc(&mut self, at: LinkAt, on: bool) {
        if let Some(link) = self.link_at(at).filter(|link| link.wants_promisc())
            && let Some(lower) = link.lower
        {
            self.count_promisc(lower, on);
        }
    }

    /// One more or one less wants a link promiscuous (`dev_set_promiscuity`).
    pub(crate) fn count_promisc(&mut self, at: LinkAt, on: bool) {
        let Some(link) = self.link_at_mut(at) else { return };
        let old = link.promiscuity;
        link.promiscuity = if on { old + 1 } else { old.saturating_sub(1) };
        if (old == 0) != (link.promiscuity == 0) {
            self.link_changed(at, IFF_PROMISC.0);
        }
    }

    /// What follows from a link that went up (`NETDEV_UP`).
    fn went_up(&mut self, at: LinkAt) {
        self.inet_link_up(at);
        // Connected routes come back with their addresses.
        let addresses = self.link_at(at).map(|link| link.addr4.clone()).unwrap_or_default();
        for address in &addresses {
            self.fib4_add_address(at.netns, at.index, address);
        }
        self.fib4_link_up(at.netns, at.index);
        self.fib6_link_up(at.netns, at.index);
        self.inet6_link_up(at);
        self.filter_unicast(at);
        self.port_changed(at);
        for upper in self.uppers(at) {
            let Some(link) = self.link_at(upper) else { continue };
            // VLANs follow the link that they stand on.
            if link.is_kind("vlan") && !link.is_up() && !is_loose(link) {
                let _ = self.bring(upper, true);
            }
            self.take_state_of_lower(upper);
        }
    }

    /// What follows from a link that went down (`NETDEV_DOWN`).
    fn went_down(&mut self, at: LinkAt) {
        self.fib4_link_down(at.netns, at.index);
        self.fdb_link_down(at.netns, at.index);
        self.neigh_link_down(at.netns, at.index, crate::kernel::family::INET);
        self.inet6_link_down(at);
        self.filter_unicast(at);
        self.port_changed(at);
        for upper in self.uppers(at) {
            self.take_state_of_lower(upper);
            let Some(link) = self.link_at(upper) else { continue };
            if link.is_kind("vlan") && link.is_up() && !is_loose(link) {
                let _ = self.bring(upper, false);
            }
        }
    }

    /// A macvlan that is up wants frames to its own address. A device that cannot filter for more than one receives all of
    /// them then, which is not told (`__dev_set_rx_mode`).
    pub(crate) fn filter_unicast(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at) else { return };
        let lower = link.lower.filter(|_| link.kind.name.starts_with("macv"));
        for device in [Some(at), lower].into_iter().flatten() {
            let Some(link) = self.link_at(device) else { continue };
            // The others can filter for many addresses (`IFF_UNICAST_FLT`).
            if !matches!(link.kind.name, "veth" | "dummy" | "ifb" | "bridge" | "vxlan") {
                continue;
            }
            let wants = |upper: &LinkAt| {
                self.link_at(*upper)
                    .is_some_and(|u| u.is_up() && u.kind.name.starts_with("macv") && !u.is_passthru())
            };
            let wanted = link.is_up() && self.uppers(device).iter().any(wants);
            let Some(link) = self.link_at_mut(device).filter(|l| l.foreign_unicast != wanted) else {
                continue;
            };
            link.foreign_unicast = wanted;
            let count = link.promiscuity;
            link.promiscuity = if wanted { count.saturating_add(1) } else { count.saturating_sub(1) };
        }
    }

    /// The links that stand on this one, in all namespaces.
    pub(crate) fn uppers(&self, at: LinkAt) -> Vec<LinkAt> {
        let stacked = |link: &Link| matches!(link.kind.name, "vlan" | "macvlan" | "macvtap");
        self.netns
            .values()
            .flat_map(|ns| ns.links.values().map(|link| (ns.id, link)))
            .filter(|(_, link)| link.lower == Some(at) && stacked(link))
            .map(|(netns, link)| LinkAt { netns, index: link.index })
            .collect()
    }

    /// A link on top of another has its carrier (`netif_stacked_transfer_operstate`).
    fn take_state_of_lower(&mut self, at: LinkAt) {
        let Some(lower) = self.link_at(at).and_then(|link| link.lower) else { return };
        let Some(lower) = self.link_at(lower) else { return };
        let carrier = lower.carrier;
        self.set_carrier(at, carrier);
    }

    /// The driver reports a carrier, or that it is gone. Told later, by [`announce_carrier`](Self::announce_carrier).
    pub(crate) fn set_carrier(&mut self, at: LinkAt, carrier: bool) {
        let Some(link) = self.link_at_mut(at).filter(|link| link.carrier != carrier) else { return };
        link.carrier = carrier;
        let count = if carrier { &mut link.carrier_ups } else { &mut link.carrier_downs };
        *count = count.wrapping_add(1);
        self.watch(at);
    }

    /// Has the operational state looked at (`linkwatch_fire_event`).
    pub(crate) fn watch(&mut self, at: LinkAt) {
        // Linux does this from a work queue: at once for links on top of others, at most once a second for the rest. Here it
        // is always at once, behind the request that caused it: one of the orders that Linux allows.
        self.timers.set(Timer::Carrier { netns: at.netns, link: at.index }, self.now);
    }

    /// The state of a link after its carrier changed (`linkwatch_do_dev`).
    pub(crate) fn announce_carrier(&mut self, netns: NetnsId, index: u32) {
        let at = LinkAt { netns, index };
        self.update_operstate(at);
        if self.link_at(at).is_some_and(Link::is_up) {
            self.state_changed(at);
        }
    }

    /// A change of state is told while the link is up, and others act on it (`netif_state_change`).
    pub(crate) fn state_changed(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at).filter(|link| link.is_up()) else { return };
        let carrier = link.carrier;
        // NETDEV_CHANGE comes before the message.
        self.fib_link_carrier(at.netns, at.index, carrier);
        if !carrier {
            self.neigh_carrier_down(at.netns, at.index);
        }
        self.inet6_link_changed(at);
        self.port_changed(at);
        for upper in self.uppers(at) {
            self.take_state_of_lower(upper);
        }
        self.link_changed(at, 0);
    }

    /// `rfc2863_policy`.
    pub(crate) fn update_operstate(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at) else { return };
        let mut state = self.default_operstate(at, link);
        if state == IF_OPER_UP && (link.linkmode == IF_LINK_MODE_DORMANT || link.dormant) {
            state = IF_OPER_DORMANT;
        }
        if let Some(link) = self.link_at_mut(at) {
            link.operstate = state;
        }
    }

    fn default_operstate(&self, at: LinkAt, link: &Link) -> OperState {
        if link.carrier {
            return IF_OPER_UP;
        }
        // Only a link in the same namespace can be the reason.
        let lower = link.lower.filter(|lower| lower.netns == at.netns);
        match lower.and_then(|lower| self.link_at(lower)) {
            Some(lower) if !lower.carrier => IF_OPER_LOWERLAYERDOWN,
            _ => IF_OPER_DOWN,
        }
    }
}

impl Link {
    /// The operational state that is shown: down while the link is.
    pub(crate) fn shown_operstate(&self) -> OperState {
        if self.is_up() { self.operstate } else { IF_OPER_DOWN }
    }
}

/// Whether a VLAN does not follow the link that it stands on.
fn is_loose(link: &Link) -> bool {
    link.data.u32(IFLA_VLAN_FLAGS) & VLAN_FLAG_LOOSE_BINDING.0 != 0
}
