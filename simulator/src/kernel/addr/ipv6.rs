//! IPv6 addresses and what a link does by itself (`net/ipv6/addrconf.c`).

use super::{Addr6, Lifetime, lifetime_flags, requested_lifetimes};
use crate::kernel::link::{IPV6_MIN_MTU, Link, LinkAt};
use crate::kernel::netns::next_generation;
use crate::kernel::{family, group};
use crate::policy::Parsed;
use crate::refusal::{Outcome, refuse};
use crate::request::{Origin, Request};
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::family::addr::{
    Addr, AddrBuilder, IFA_ADDRESS, IFA_F_DADFAILED, IFA_F_DEPRECATED, IFA_F_HOMEADDRESS,
    IFA_F_MANAGETEMPADDR, IFA_F_MCAUTOJOIN, IFA_F_NODAD, IFA_F_NOPREFIXROUTE, IFA_F_OPTIMISTIC,
    IFA_F_PERMANENT, IFA_F_TENTATIVE, IFA_LOCAL, IFAPROT_KERNEL_LL, IFAPROT_KERNEL_LO, IfAddrMsg, IfaFlags,
    IfaProto, RTM_DELADDR, RTM_NEWADDR,
};
use netplumb_core::family::common::{
    AF_INET6, RT_SCOPE_HOST, RT_SCOPE_LINK, RT_SCOPE_SITE, RT_SCOPE_UNIVERSE, Scope,
};
use netplumb_core::family::link::af_spec::IN6_ADDR_GEN_MODE_NONE;
use netplumb_core::family::link::{IFF_LOOPBACK, IFF_NOARP, IFF_SLAVE};
use netplumb_core::wire::{NLM_F_EXCL, NLM_F_REPLACE, Writer};
use netplumb_core::{Errno, Instant};
use std::net::{IpAddr, Ipv6Addr};

/// Flags that a request can give (`inet6_rtm_newaddr`).
const SETTABLE: u32 = IFA_F_NODAD.0
    | IFA_F_HOMEADDRESS.0
    | IFA_F_MANAGETEMPADDR.0
    | IFA_F_NOPREFIXROUTE.0
    | IFA_F_MCAUTOJOIN.0
    | IFA_F_OPTIMISTIC.0;

/// Time between solicitations, and the longest wait before the first (`retrans_time`, `rtr_solicit_delay`).
const SECOND: u64 = 1_000_000_000;

const NOT_FOUND: &str = "ipv6: address not found";
const NO_LINK: &str = "ipv6: Unable to find the interface";

/// The scope of an address as messages say it (`rt_scope(ifa->scope)`).
pub(crate) fn scope_of(address: Ipv6Addr) -> Scope {
    let [first, second, ..] = address.octets();
    match (first, second & 0xc0) {
        _ if address.is_loopback() => RT_SCOPE_HOST,
        (0xfe, 0x80) => RT_SCOPE_LINK,
        (0xfe, 0xc0) => RT_SCOPE_SITE,
        _ => RT_SCOPE_UNIVERSE,
    }
}

/// How addresses are sorted: what reaches farther comes first (`ipv6_addr_src_scope`).
fn reach(address: Ipv6Addr) -> u8 {
    match scope_of(address) {
        RT_SCOPE_HOST => 1,
        RT_SCOPE_LINK => 2,
        RT_SCOPE_SITE => 5,
        _ => 14,
    }
}

impl Addr6 {
    /// Writes the message's payload (`inet6_fill_ifaddr`).
    pub(crate) fn put(&self, w: &mut Writer<'_>, link: u32, now: Instant) {
        let [low, ..] = self.flags.0.to_le_bytes();
        let header = IfAddrMsg {
            ifa_family: AF_INET6,
            ifa_prefixlen: self.prefix,
            ifa_flags: low,
            ifa_scope: self.scope,
            ifa_index: link,
        };
        let mut a = AddrBuilder::with_header(w, header);
        match self.peer {
            Some(peer) => a.local(IpAddr::V6(self.local)).address(IpAddr::V6(peer)),
            None => a.address(IpAddr::V6(self.local)),
        };
        if self.metric != 0 {
            a.rt_priority(self.metric);
        }
        a.cacheinfo(self.lifetime.shown(now)).flags(self.flags);
        if self.proto != IfaProto::default() {
            a.proto(self.proto);
        }
    }

    fn is_tentative(&self) -> bool {
        self.flags.contains(IFA_F_TENTATIVE)
    }
}

/// The address and the other end's (`extract_addr`).
fn addresses(attrs: &Parsed<'_>) -> Option<(Ipv6Addr, Option<Ipv6Addr>)> {
    let read = |kind: u16| attrs.get(kind)?.payload().first_chunk::<16>().map(|b| Ipv6Addr::from(*b));
    match (read(IFA_LOCAL), read(IFA_ADDRESS)) {
        (Some(local), Some(address)) if local != address => Some((local, Some(address))),
        (Some(local), _) => Some((local, None)),
        (None, Some(address)) => Some((address, None)),
        (None, None) => None,
    }
}

impl World {
    fn announce_addr6(&mut self, at: LinkAt, kind: u16, addr: &Addr6) {
        let now = self.now;
        // These are never the requester's, whatever it asks for.
        self.announce(at.netns, group::IPV6_IFADDR, Origin::KERNEL, kind, 0, |_, w| {
            addr.put(w, at.index, now);
        });
    }

    fn addr6(&self, at: LinkAt, address: Ipv6Addr) -> Option<&Addr6> {
        self.link_at(at)?.addr6.iter().find(|addr| addr.local == address)
    }

    fn addr6_mut(&mut self, at: LinkAt, address: Ipv6Addr) -> Option<&mut Addr6> {
        self.link_at_mut(at)?.addr6.iter_mut().find(|addr| addr.local == address)
    }

    /// `inet6_rtm_newaddr`.
    pub(crate) fn new_addr6(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Addr<'static>>()?;
        check_lengths(request, &attrs)?;
        let Some((local, peer)) = addresses(&attrs) else { return Err(Errno::EINVAL.into()) };
        let view = Addr::new(request.message.payload()).ok_or(Errno::EINVAL)?.over(&attrs);
        let flags = view.flags().unwrap_or(IfaFlags(u32::from(header.ifa_flags)));
        let (valid, preferred) = requested_lifetimes(view.cacheinfo(), "ipv6: address lifetime invalid")?;
        let at = LinkAt { netns: request.netns, index: header.ifa_index };
        let Some(link) = self.link_at(at) else { return refuse(Errno::ENODEV, NO_LINK) };
        // `ipv6_find_idev` has no words.
        if !link.inet6 {
            return Err(Errno::EINVAL.into());
        }
        // Optimistic detection is switched off (`optimistic_dad`), and then the flag counts for nothing.
        let flags = IfaFlags(flags.0 & SETTABLE).without(IFA_F_OPTIMISTIC);
        let now = self.now;
        let addr = Addr6 {
            local,
            peer,
            prefix: header.ifa_prefixlen,
            scope: scope_of(local),
            flags: lifetime_flags(flags, valid, preferred),
            metric: view.rt_priority().unwrap_or(0),
            proto: view.proto().unwrap_or_default(),
            lifetime: Lifetime { valid, preferred, created: now, updated: now },
            dad_probes: 0,
        };
        if link.addr6.iter().any(|old| old.local == local) {
            if request.has(NLM_F_EXCL) || !request.has(NLM_F_REPLACE) {
                return refuse(Errno::EEXIST, "ipv6: address already assigned");
            }
            return self.modify_addr6(at, &addr);
        }
        check_new(link, &addr)?;
        self.add_addr6(at, addr)
    }

    /// `inet6_addr_add`.
    fn add_addr6(&mut self, at: LinkAt, mut addr: Addr6) -> Outcome {
        let quiet = addr.flags.intersects(IFA_F_OPTIMISTIC | IFA_F_NODAD);
        addr.flags |= IFA_F_TENTATIVE;
        self.fib6_link_ready(at.netns, at.index);
        self.insert_addr6(at, addr.clone());
        if !addr.flags.contains(IFA_F_NOPREFIXROUTE) {
            self.fib6_add_prefix(at.netns, at.index, &addr);
        }
        // With duplicate address detection the tentative address is told, too.
        if !quiet {
            self.announce_addr6(at, RTM_NEWADDR, &addr);
        }
        self.start_dad(at, addr.local);
        self.watch_lifetimes(at);
        Ok(())
    }

    fn insert_addr6(&mut self, at: LinkAt, addr: Addr6) {
        let _ = self.with(at, |link| {
            // The newest of a scope comes first.
            let place = link.addr6.iter().position(|old| reach(addr.local) >= reach(old.local));
            link.addr6.insert(place.unwrap_or(link.addr6.len()), addr);
        });
        next_generation(&mut self.ns_mut(at.netns).addr6_generation);
    }

    /// `inet6_addr_modify`.
    fn modify_addr6(&mut self, at: LinkAt, to: &Addr6) -> Outcome {
        let Some(addr) = self.addr6_mut(at, to.local) else { return Err(Errno::EADDRNOTAVAIL.into()) };
        let old = addr.clone();
        let kept = IFA_F_TENTATIVE | IFA_F_DADFAILED;
        addr.flags = IfaFlags((addr.flags.0 & kept.0) | to.flags.0);
        // Without a metric the old one stays.
        addr.metric = if to.metric == 0 { old.metric } else { to.metric };
        addr.proto = to.proto;
        addr.peer = to.peer.or(addr.peer);
        addr.lifetime = Lifetime { created: old.lifetime.created, ..to.lifetime };
        let new = addr.clone();
        let [had, has] = [&old, &new].map(|a| !a.flags.contains(IFA_F_NOPREFIXROUTE));
        // A tentative address is told when it has been tried.
        if !new.is_tentative() {
            self.announce_addr6(at, RTM_NEWADDR, &new);
        }
        if had && (!has || old.metric != new.metric) {
            self.fib6_del_prefix(at.netns, at.index, &old);
        }
        if has && (!had || old.metric != new.metric) {
            self.fib6_add_prefix(at.netns, at.index, &new);
        }
        self.watch_lifetimes(at);
        Ok(())
    }

    /// `inet6_rtm_deladdr`.
    pub(crate) fn del_addr6(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Addr<'static>>()?;
        check_lengths(request, &attrs)?;
        let Some((local, _)) = addresses(&attrs) else { return Err(Errno::EINVAL.into()) };
        if header.ifa_prefixlen > 128 {
            return refuse(Errno::EINVAL, "ipv6: Invalid prefix length");
        }
        let at = LinkAt { netns: request.netns, index: header.ifa_index };
        if self.link_at(at).is_none() {
            return refuse(Errno::ENODEV, NO_LINK);
        }
        match self.addr6(at, local) {
            Some(addr) if addr.prefix == header.ifa_prefixlen => {
                self.remove_addr6(at, local);
                Ok(())
            }
            _ => refuse(Errno::EADDRNOTAVAIL, NOT_FOUND),
        }
    }

    /// `ipv6_del_addr`.
    fn remove_addr6(&mut self, at: LinkAt, local: Ipv6Addr) {
        let Some(link) = self.link_at_mut(at) else { return };
        let Some(place) = link.addr6.iter().position(|addr| addr.local == local) else { return };
        let addr = link.addr6.remove(place);
        self.timers.cancel(Timer::Dad { netns: at.netns, link: at.index, address: local });
        next_generation(&mut self.ns_mut(at.netns).addr6_generation);
        self.announce_addr6(at, RTM_DELADDR, &addr);
        self.fib6_del_local(at.netns, at.index, &addr);
        let permanent = addr.flags.contains(IFA_F_PERMANENT);
        if permanent && !addr.flags.contains(IFA_F_NOPREFIXROUTE) {
            self.fib6_del_prefix(at.netns, at.index, &addr);
        }
        self.watch_lifetimes(at);
    }

    /// `inet6_rtm_getaddr`.
    pub(crate) fn get_addr6(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Addr<'static>>()?;
        let Some((local, _)) = addresses(&attrs) else { return Err(Errno::EINVAL.into()) };
        let ns = self.ns(request.netns);
        let wanted = |link: &&Link| header.ifa_index == 0 || link.index == header.ifa_index;
        if header.ifa_index != 0 && ns.link(header.ifa_index).is_none() {
            return Err(Errno::ENODEV.into());
        }
        let found = ns.links.values().filter(wanted).find_map(|link| {
            link.addr6.iter().find(|addr| addr.local == local).map(|addr| (link.index, addr.clone()))
        });
        let Some((link, addr)) = found else { return Err(Errno::EADDRNOTAVAIL.into()) };
        let now = self.now;
        self.reply(request, RTM_NEWADDR, 0, |_, w| addr.put(w, link, now));
        Ok(())
    }

    /// Duplicate address detection begins (`addrconf_dad_begin`).
    fn start_dad(&mut self, at: LinkAt, local: Ipv6Addr) {
        let Some(link) = self.link_at(at) else { return };
        let Some(addr) = self.addr6(at, local).filter(|addr| addr.is_tentative()) else { return };
        let alone = link.flags.intersects(IFF_NOARP | IFF_LOOPBACK)
            || addr.flags.contains(IFA_F_NODAD)
            || link.conf6.accept_dad < 1;
        let probes = link.conf6.dad_transmits;
        if alone {
            return self.end_dad(at, local);
        }
        // A link that is not ready yet keeps its addresses tentative.
        if !link.inet6_ready {
            return;
        }
        // Nothing is random for an optimistic address.
        let delay = if addr.flags.contains(IFA_F_OPTIMISTIC) { 0 } else { self.rng.below(SECOND) };
        if let Some(addr) = self.addr6_mut(at, local) {
            addr.dad_probes = probes;
        }
        let timer = Timer::Dad { netns: at.netns, link: at.index, address: local };
        self.timers.set(timer, self.now.after_ns(delay));
    }

    /// A solicitation is sent, or nobody has answered the last one (`addrconf_dad_work`).
    pub(crate) fn dad_timer(&mut self, netns: NetnsId, link: u32, address: Ipv6Addr) {
        let at = LinkAt { netns, index: link };
        let Some(addr) = self.addr6_mut(at, address).filter(|addr| addr.is_tentative()) else { return };
        match addr.dad_probes.checked_sub(1) {
            Some(left) => {
                addr.dad_probes = left;
                let timer = Timer::Dad { netns, link, address };
                self.timers.set(timer, self.now.after_ns(SECOND));
            }
            None => self.end_dad(at, address),
        }
    }

    /// The address is ours (`addrconf_dad_completed`).
    fn end_dad(&mut self, at: LinkAt, local: Ipv6Addr) {
        let Some(addr) = self.addr6_mut(at, local) else { return };
        addr.flags = addr.flags.without(IFA_F_TENTATIVE).without(IFA_F_OPTIMISTIC);
        let addr = addr.clone();
        self.announce_addr6(at, RTM_NEWADDR, &addr);
        self.fib6_add_local(at.netns, at.index, &addr);
    }

    /// A link went up.
    pub(crate) fn inet6_link_up(&mut self, at: LinkAt) {
        // It may still wait for its carrier.
        self.inet6_link_changed(at);
    }

    /// A link may have become ready (`addrconf_notify` with `NETDEV_UP` and `NETDEV_CHANGE`).
    pub(crate) fn inet6_link_changed(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at) else { return };
        let ready = link.is_up() && link.is_oper_up() && link.activated && link.carrier;
        if !link.inet6 || link.conf6.disable || !ready || link.inet6_ready || link.flags.contains(IFF_SLAVE) {
            return;
        }
        if link.mtu < IPV6_MIN_MTU {
            return;
        }
        let _ = self.with(at, |link| link.inet6_ready = true);
        self.begin_inet6(at);
        let tentative: Vec<Ipv6Addr> = self
            .link_at(at)
            .map(|link| link.addr6.iter().filter(|a| a.is_tentative()).map(|a| a.local).collect())
            .unwrap_or_default();
        for local in tentative {
            let timer = Timer::Dad { netns: at.netns, link: at.index, address: local };
            if self.timers.at(timer).is_none() {
                self.start_dad(at, local);
            }
        }
    }

    /// The multicast route and the addresses that a link gives itself (`addrconf_dev_config`, `init_loopback`).
    fn begin_inet6(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at) else { return };
        if link.flags.contains(IFF_LOOPBACK) {
            return self.add_own(at, Ipv6Addr::LOCALHOST, 128, IFAPROT_KERNEL_LO);
        }
        // A virtual router has no link of its own.
        if link.is_kind("vrf") {
            return;
        }
        let mode = link.addr_gen_mode;
        let address = link_local(&link.address);
        self.fib6_link_ready(at.netns, at.index);
        if mode != IN6_ADDR_GEN_MODE_NONE
            && let Some(address) = address
        {
            self.add_own(at, address, 64, IFAPROT_KERNEL_LL);
        }
    }

    /// Adds an address that the kernel makes.
    fn add_own(&mut self, at: LinkAt, local: Ipv6Addr, prefix: u8, proto: IfaProto) {
        if self.addr6(at, local).is_some() {
            return;
        }
        let addr = Addr6 {
            local,
            peer: None,
            prefix,
            scope: scope_of(local),
            flags: IFA_F_PERMANENT | IFA_F_TENTATIVE,
            metric: 0,
            proto,
            lifetime: Lifetime::forever(self.now),
            dad_probes: 0,
        };
        self.insert_addr6(at, addr.clone());
        if prefix < 128 {
            self.fib6_add_prefix(at.netns, at.index, &addr);
        }
        // Not told while it is tentative.
        self.start_dad(at, local);
    }

    /// A link went down, or its MTU became too small: IPv6 ends on it (`addrconf_ifdown`).
    pub(crate) fn inet6_link_down(&mut self, at: LinkAt) {
        let _ = self.with(at, |link| link.inet6_ready = false);
        self.fib6_disable(at.netns, at.index);
        self.neigh_link_down(at.netns, at.index, family::INET6);
        let Some(link) = self.link_at_mut(at) else { return };
        let gone = std::mem::take(&mut link.addr6);
        for addr in gone {
            self.timers.cancel(Timer::Dad { netns: at.netns, link: at.index, address: addr.local });
            next_generation(&mut self.ns_mut(at.netns).addr6_generation);
            self.announce_addr6(at, RTM_DELADDR, &addr);
        }
        self.watch_lifetimes(at);
    }

    /// A link is being deleted.
    pub(crate) fn inet6_link_gone(&mut self, at: LinkAt) {
        self.inet6_link_down(at);
    }

    pub(crate) fn expire6(&mut self, at: LinkAt) {
        let now = self.now;
        let find = |link: &Link, want: &dyn Fn(&Addr6) -> bool| {
            link.addr6.iter().find(|addr| want(addr)).map(|addr| addr.local)
        };
        let dead = |addr: &Addr6| addr.lifetime.over(now).0;
        while let Some(local) = self.link_at(at).and_then(|link| find(link, &dead)) {
            self.remove_addr6(at, local);
        }
        let old = |addr: &Addr6| addr.lifetime.over(now).1 && !addr.flags.contains(IFA_F_DEPRECATED);
        while let Some(local) = self.link_at(at).and_then(|link| find(link, &old)) {
            if let Some(addr) = self.addr6_mut(at, local) {
                addr.flags |= IFA_F_DEPRECATED;
                let addr = addr.clone();
                self.announce_addr6(at, RTM_NEWADDR, &addr);
            }
        }
    }
}

/// The link-local address of an Ethernet address (RFC 4291 appendix A); none for a zero one.
fn link_local(address: &[u8]) -> Option<Ipv6Addr> {
    let &[a, b, c, d, e, f] = address else { return None };
    if address.iter().all(|byte| *byte == 0) {
        return None;
    }
    let o = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f];
    Some(Ipv6Addr::from(o))
}

/// What a new address must be (`inet6_addr_add`, `ipv6_add_addr`).
fn check_new(link: &Link, addr: &Addr6) -> Outcome {
    if addr.prefix > 128 {
        return refuse(Errno::EINVAL, "ipv6: Invalid prefix length");
    }
    if addr.flags.contains(IFA_F_MANAGETEMPADDR) && addr.prefix != 64 {
        return refuse(
            Errno::EINVAL,
            "ipv6: address with \"mngtmpaddr\" flag must have a prefix length of 64",
        );
    }
    if link.conf6.disable {
        return refuse(Errno::EACCES, "ipv6: IPv6 is disabled on this device");
    }
    if addr.local.is_unspecified() {
        return refuse(Errno::EADDRNOTAVAIL, "ipv6: Invalid address");
    }
    if addr.local.is_multicast() && !addr.flags.contains(IFA_F_MCAUTOJOIN) {
        return refuse(
            Errno::EADDRNOTAVAIL,
            "ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag",
        );
    }
    let own = link.flags.contains(IFF_LOOPBACK) || link.is_kind("vrf");
    if addr.local.is_loopback() && !own {
        return refuse(Errno::EADDRNOTAVAIL, "ipv6: Cannot assign loopback address on this device");
    }
    Ok(())
}

fn check_lengths(request: &Request<'_>, attrs: &Parsed<'_>) -> Outcome {
    for kind in [IFA_ADDRESS, IFA_LOCAL] {
        if let Some(attr) = attrs.get(kind).filter(|attr| attr.payload().len() < 16) {
            return Err(crate::policy::too_short().at(request.offset(attr)));
        }
    }
    Ok(())
}
