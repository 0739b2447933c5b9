//! IPv4 routes that come and go with addresses and links (`net/ipv4/fib_frontend.c`).

use super::fib4::{LOCAL, MAIN, address_kind, mask4, survives_down};
use super::ipv4::Config4;
use super::spec::{DEAD, LINKDOWN};
use crate::kernel::addr::Addr4;
use crate::request::Origin;
use crate::world::{NetnsId, World};
use netplumb_core::family::addr::{IFA_F_NOPREFIXROUTE, IFA_F_SECONDARY};
use netplumb_core::family::common::{RT_SCOPE_HOST, RT_SCOPE_LINK};
use netplumb_core::family::link::IFF_LOOPBACK;
use netplumb_core::family::route::{
    RTM_DELROUTE, RTM_NEWROUTE, RTN_BROADCAST, RTN_LOCAL, RTN_UNICAST, RTPROT_KERNEL, RouteType,
};
use netplumb_core::wire::{NLM_F_APPEND, NLM_F_CREATE};

/// A prefix of routes that the kernel makes.
type Prefix = (u32, u8);

impl World {
    /// Routes that come with an IPv4 address (`fib_add_ifaddr`). The address is in the link's list already.
    pub(crate) fn fib4_add_address(&mut self, ns: NetnsId, link: u32, address: &Addr4) {
        let Some(state) = self.ns(ns).link(link) else { return };
        let (up, loopback) = (state.is_up(), state.flags.contains(IFF_LOOPBACK));
        let secondary = address.flags.contains(IFA_F_SECONDARY);
        let primary = if secondary { primary_of(&state.addr4, address) } else { Some(address) };
        let Some(source) = primary.map(|primary| u32::from(primary.local)) else { return };
        let (local, mask) = (u32::from(address.local), mask4(address.prefix));
        let prefix = u32::from(address.address) & mask;
        let mut add = |kind, prefix, metric| self.auto4(ns, link, RTM_NEWROUTE, kind, prefix, source, metric);

        add(RTN_LOCAL, (local, 32), 0);
        if !up {
            return;
        }
        if let Some(broadcast) =
            address.broadcast.map(u32::from).filter(|addr| !matches!(*addr, 0 | u32::MAX))
        {
            add(RTN_BROADCAST, (broadcast, 32), 0);
        }
        if is_zero_net(prefix) || secondary || (prefix == local && address.prefix >= 32) {
            return;
        }
        if !address.flags.contains(IFA_F_NOPREFIXROUTE) {
            let kind = if loopback { RTN_LOCAL } else { RTN_UNICAST };
            add(kind, (prefix, address.prefix), address.metric);
        }
        if address.prefix < 31 {
            add(RTN_BROADCAST, (prefix | !mask, 32), 0);
        }
    }

    /// Routes that go with an IPv4 address (`fib_del_ifaddr`). The address is in the link's list no more; `next` is the one
    /// that has become primary in its place, if one has.
    pub(crate) fn fib4_del_address(&mut self, ns: NetnsId, link: u32, address: &Addr4, next: Option<&Addr4>) {
        let Some(state) = self.ns(ns).link(link) else { return };
        let loopback = state.flags.contains(IFF_LOOPBACK);
        let secondary = address.flags.contains(IFA_F_SECONDARY);
        let primary = if secondary { primary_of(&state.addr4, address) } else { Some(address) };
        let Some(primary) = primary.cloned() else { return };
        let kept = still_needed(&state.addr4, address, &primary, next);
        let (mask, local) = (mask4(address.prefix), u32::from(address.local));
        let any = u32::from(address.address) & mask;
        let last = u32::from(address.address) | !mask;
        let source = u32::from(primary.local);
        let subnet = !secondary && !is_zero_net(any) && (any != local || address.prefix < 32);
        let mut del = |kind, prefix| self.auto4(ns, link, RTM_DELROUTE, kind, prefix, source, 0);

        if subnet && !address.flags.contains(IFA_F_NOPREFIXROUTE) {
            del(if loopback { RTN_LOCAL } else { RTN_UNICAST }, (any, address.prefix));
        }
        if !kept.broadcast {
            del(RTN_BROADCAST, (address.broadcast.map_or(0, u32::from), 32));
        }
        if subnet && address.prefix < 31 {
            if !kept.last {
                del(RTN_BROADCAST, (last, 32));
            }
            if !kept.any {
                del(RTN_BROADCAST, (any, 32));
            }
        }
        if kept.local {
            return;
        }
        del(RTN_LOCAL, (local, 32));
        self.forget_source4(ns, link, local, kept.gone);
    }

    /// The metric of an address changed: its prefix route with the new one comes before the old one goes
    /// (`fib_modify_prefix_metric`). `address` has the new metric.
    pub(crate) fn fib4_change_metric(&mut self, ns: NetnsId, link: u32, address: &Addr4, old: u32) {
        let Some(state) = self.ns(ns).link(link) else { return };
        let (up, loopback) = (state.is_up(), state.flags.contains(IFF_LOOPBACK));
        let prefix = u32::from(address.address) & mask4(address.prefix);
        let whole = prefix == u32::from(address.local) && address.prefix >= 32;
        let without = address.flags.intersects(IFA_F_NOPREFIXROUTE | IFA_F_SECONDARY);
        if !up || without || whole || is_zero_net(prefix) {
            return;
        }
        let kind = if loopback { RTN_LOCAL } else { RTN_UNICAST };
        let (prefix, source) = ((prefix, address.prefix), u32::from(address.local));
        self.auto4(ns, link, RTM_NEWROUTE, kind, prefix, source, address.metric);
        self.auto4(ns, link, RTM_DELROUTE, kind, prefix, source, old);
    }

    /// Routes whose preferred source has just gone are flushed, and told about: that of no other flush is
    /// (`fib_sync_down_addr`).
    fn forget_source4(&mut self, ns: NetnsId, link: u32, local: u32, gone: bool) {
        let space = self.ns(ns);
        let Some(state) = space.link(link) else { return };
        let l3 = super::l3_table(space, state);
        let is_local = address_kind(space, local, l3.unwrap_or(LOCAL)) == RTN_LOCAL;
        if !gone || is_local || local == 0 {
            return;
        }
        let table = l3.unwrap_or(MAIN);
        let mut any = false;
        for slot in self.ns_mut(ns).fib4.infos.slots_mut() {
            if slot.value.source == local && slot.value.table == table {
                slot.state.flags |= DEAD;
                slot.state.source_gone = true;
                any = true;
            }
        }
        if any {
            self.flush4(ns);
        }
    }

    /// The last IPv4 address of a link is gone (`fib_disable_ip`): every nexthop over it dies. When the link itself is in
    /// the namespace no more, so does every route with such a nexthop.
    pub(crate) fn fib4_disable(&mut self, ns: NetnsId, link: u32) {
        let deleted = self.ns(ns).link(link).is_none();
        self.kill_hops4(ns, link, true, deleted);
    }

    /// A link is being deleted (`fib_netdev_event` NETDEV_UNREGISTER): routes with a nexthop over it go, also those that
    /// have others.
    pub(super) fn leave_link4(&mut self, ns: NetnsId, link: u32) {
        self.kill_hops4(ns, link, true, true);
    }

    /// A link went down (`fib_disable_ip` for NETDEV_DOWN): routes over it vanish without a word, except those of its own
    /// addresses.
    pub(crate) fn fib4_link_down(&mut self, ns: NetnsId, link: u32) {
        // `fib_netdev_event` leaves links without IPv4 alone.
        if self.ns(ns).link(link).is_some_and(|link| link.inet4) {
            self.kill_hops4(ns, link, false, false);
        }
    }

    /// A link went up (`fib_inetdev_event` NETDEV_UP without its addresses: `fib_sync_up`).
    pub(crate) fn fib4_link_up(&mut self, ns: NetnsId, link: u32) {
        let Some(state) = self.ns(ns).link(link).filter(|link| link.is_up() && link.inet4) else {
            return;
        };
        // `IFF_RUNNING` follows the operational state, which lags behind the carrier.
        let marks = if state.carrier || state.is_oper_up() { DEAD | LINKDOWN } else { DEAD };
        self.revive_hops4(ns, link, marks);
    }

    /// A link's carrier came or went: nexthops over it are marked.
    pub(super) fn mark_carrier4(&mut self, ns: NetnsId, link: u32, carrier: bool) {
        if carrier {
            if self.ns(ns).link(link).is_some_and(crate::kernel::link::Link::is_up) {
                self.revive_hops4(ns, link, LINKDOWN);
            }
            return;
        }
        for slot in self.ns_mut(ns).fib4.infos.slots_mut() {
            let mut down = 0;
            let mut touched = false;
            for (hop, marks) in slot.value.hops.iter().zip(&mut slot.state.hops) {
                if *marks & DEAD != 0 {
                    down += 1;
                } else if hop.oif == link && !survives_down(hop) {
                    *marks |= LINKDOWN;
                    down += 1;
                }
                touched |= hop.oif == link;
            }
            if touched && down == slot.value.hops.len() {
                slot.state.flags |= LINKDOWN;
            }
        }
    }

    /// `fib_sync_down_dev` and the flush behind it.
    fn kill_hops4(&mut self, ns: NetnsId, link: u32, also_local: bool, deleted: bool) {
        let mut any = false;
        for slot in self.ns_mut(ns).fib4.infos.slots_mut() {
            if !slot.value.hops.iter().any(|hop| hop.oif == link) {
                continue;
            }
            let mut dead = 0;
            for (hop, marks) in slot.value.hops.iter().zip(&mut slot.state.hops) {
                if *marks & DEAD != 0 {
                    dead += 1;
                } else if hop.oif == link && (also_local || !survives_down(hop)) {
                    *marks |= DEAD | LINKDOWN;
                    dead += 1;
                }
            }
            if deleted || dead == slot.value.hops.len() {
                slot.state.flags |= DEAD | LINKDOWN;
                any = true;
            }
        }
        if any {
            self.flush4(ns);
        }
    }

    /// `fib_sync_up`.
    fn revive_hops4(&mut self, ns: NetnsId, link: u32, marks: u8) {
        for slot in self.ns_mut(ns).fib4.infos.slots_mut() {
            let mut alive = false;
            let mut touched = false;
            for (hop, state) in slot.value.hops.iter().zip(&mut slot.state.hops) {
                touched |= hop.oif == link;
                if *state & marks == 0 {
                    alive = true;
                } else if hop.oif == link {
                    *state &= !marks;
                    alive = true;
                }
            }
            if touched && alive {
                slot.state.flags &= !marks;
            }
        }
    }

    /// Takes dead routes out (`fib_flush`). Only those whose source address has gone are told about.
    fn flush4(&mut self, ns: NetnsId) {
        for (table, key) in self.ns(ns).fib4.dead_keys() {
            while let Some(at) = self.ns(ns).fib4.first_dead(table, &key) {
                let fib = &self.ns(ns).fib4;
                let Some(alias) = fib.routes(table, &key).get(at).copied() else { break };
                if fib.infos.slot(alias.info).is_some_and(|slot| slot.state.source_gone) {
                    self.announce4(ns, Origin::KERNEL, RTM_DELROUTE, 0, (table, key, alias));
                }
                self.ns_mut(ns).fib4.remove(table, &key, at);
            }
        }
    }

    /// Adds or deletes a route of the kernel's own (`fib_magic`). What cannot be added is not missed.
    #[allow(clippy::too_many_arguments)]
    fn auto4(
        &mut self,
        ns: NetnsId,
        link: u32,
        verb: u16,
        kind: RouteType,
        (dst, len): Prefix,
        source: u32,
        metric: u32,
    ) {
        let space = self.ns(ns);
        let l3 = space.link(link).and_then(|state| super::l3_table(space, state));
        let config = Config4 {
            dst,
            len,
            table: l3.unwrap_or(if kind == RTN_UNICAST { MAIN } else { LOCAL }),
            protocol: RTPROT_KERNEL,
            scope: if kind == RTN_LOCAL { RT_SCOPE_HOST } else { RT_SCOPE_LINK },
            kind,
            how: NLM_F_CREATE | NLM_F_APPEND,
            oif: link,
            priority: metric,
            source,
            ..Config4::default()
        };
        self.ns_mut(ns).fib4.make_table(config.table);
        let _ = if verb == RTM_NEWROUTE {
            self.insert4(ns, Origin::KERNEL, &config, None)
        } else {
            self.delete4(ns, Origin::KERNEL, &config)
        };
    }
}

/// 0.0.0.0, the only address of the zero network that is still special (`ipv4_is_zeronet`).
fn is_zero_net(addr: u32) -> bool {
    addr == 0
}

fn same_subnet(a: &Addr4, b: &Addr4) -> bool {
    a.prefix == b.prefix && (u32::from(a.address) ^ u32::from(b.address)) & mask4(b.prefix) == 0
}

/// The address whose subnet a secondary one is in (`inet_ifa_byprefix`).
fn primary_of<'a>(list: &'a [Addr4], address: &Addr4) -> Option<&'a Addr4> {
    let any = u32::from(address.address) & mask4(address.prefix);
    list.iter().find(|other| {
        other.prefix == address.prefix && (u32::from(other.address) ^ any) & mask4(address.prefix) == 0
    })
}

/// Which routes of an address other addresses of the link need, too.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    local: bool,
    broadcast: bool,
    /// The broadcast routes of the subnet: its last and its first address.
    last: bool,
    any: bool,
    /// The address is in the link's list no more.
    gone: bool,
}

/// The scan over the other addresses in `fib_del_ifaddr`.
fn still_needed(list: &[Addr4], address: &Addr4, primary: &Addr4, next: Option<&Addr4>) -> Kept {
    let mut kept = Kept { gone: true, ..Kept::default() };
    let mask = mask4(address.prefix);
    let (any, last) = (u32::from(address.address) & mask, u32::from(address.address) | !mask);
    let broadcast = address.broadcast.map_or(0, u32::from);
    let is = |a: &Addr4, b: &Addr4| (a.local, a.address, a.prefix) == (b.local, b.address, b.prefix);
    let mut same_source = false;
    let mut main: Option<&Addr4> = None;
    for other in list {
        if is(other, address) {
            kept.gone = false;
            continue;
        }
        if next.is_some_and(|next| same_subnet(other, next)) {
            continue;
        }
        // Only addresses with the same source keep routes.
        if other.flags.contains(IFA_F_SECONDARY) {
            if same_subnet(other, primary) {
                main = Some(primary);
            } else {
                // Secondaries come last: whether another primary has the same address is known by now.
                if !same_source {
                    continue;
                }
                main = main.filter(|main| same_subnet(other, main)).or_else(|| primary_of(list, other));
                if main.is_none_or(|main| main.local != primary.local) {
                    continue;
                }
            }
        } else {
            if primary.local != other.local {
                continue;
            }
            main = Some(other);
            same_source |= !is(primary, other);
        }
        let theirs = other.broadcast.map_or(0, u32::from);
        kept.local |= address.local == other.local;
        kept.broadcast |= broadcast == theirs;
        kept.last |= last == theirs;
        kept.any |= any == theirs;
        if main.is_some_and(|main| is(main, other)) && other.prefix < 31 {
            let mask = mask4(other.prefix);
            let (first, end) = (u32::from(other.address) & mask, u32::from(other.address) | !mask);
            if !is_zero_net(first) {
                let names = |addr: u32| addr == first || addr == end;
                kept.broadcast |= names(broadcast);
                kept.last |= names(last);
                kept.any |= names(any);
            }
        }
    }
    kept
}
