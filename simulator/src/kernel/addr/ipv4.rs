//! IPv4 addresses (`net/ipv4/devinet.c`).

use super::{Addr4, FOREVER, Lifetime, lifetime_flags, requested_lifetimes};
use crate::kernel::group;
use crate::kernel::link::{IPV4_MIN_MTU, LinkAt};
use crate::kernel::netns::next_generation;
use crate::policy::Parsed;
use crate::refusal::{Outcome, refuse};
use crate::request::{Origin, Request};
use crate::world::World;
use netplumb_core::bytes;
use netplumb_core::family::addr::{
    Addr, AddrBuilder, IFA_ADDRESS, IFA_F_DADFAILED, IFA_F_DEPRECATED, IFA_F_HOMEADDRESS,
    IFA_F_MANAGETEMPADDR, IFA_F_NODAD, IFA_F_OPTIMISTIC, IFA_F_PERMANENT, IFA_F_SECONDARY,
    IFA_F_STABLE_PRIVACY, IFA_F_TENTATIVE, IFA_FLAGS, IFA_LABEL, IFA_LOCAL, IFAPROT_KERNEL_LO, IfAddrMsg,
    IfaFlags, IfaProto, RTM_DELADDR, RTM_NEWADDR,
};
use netplumb_core::family::common::{AF_INET, RT_SCOPE_HOST};
use netplumb_core::family::link::IFF_LOOPBACK;
use netplumb_core::wire::{NLM_F_EXCL, NLM_F_REPLACE, Writer};
use netplumb_core::{Errno, Instant};
use std::net::{IpAddr, Ipv4Addr};

/// Flags that only IPv6 addresses have (`IPV6ONLY_FLAGS`).
const IPV6_ONLY: u32 = IFA_F_NODAD.0
    | IFA_F_OPTIMISTIC.0
    | IFA_F_DADFAILED.0
    | IFA_F_HOMEADDRESS.0
    | IFA_F_TENTATIVE.0
    | IFA_F_MANAGETEMPADDR.0
    | IFA_F_STABLE_PRIVACY.0;

/// The mask of a prefix length.
pub(crate) fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

impl Addr4 {
    /// Whether an address is in the same subnet (`inet_ifa_match`).
    pub(crate) fn covers(&self, address: Ipv4Addr) -> bool {
        (self.address.to_bits() ^ address.to_bits()) & mask(self.prefix) == 0
    }

    pub(crate) fn is_secondary(&self) -> bool {
        self.flags.contains(IFA_F_SECONDARY)
    }

    /// Lifetimes that count. A permanent address has none, even if a preferred one was given: `inet_fill_ifaddr` and
    /// `check_lifetime` look at the flag alone.
    pub(super) fn ending(&self) -> Option<Lifetime> {
        (!self.flags.contains(IFA_F_PERMANENT)).then_some(self.lifetime)
    }

    /// Writes the message's payload (`inet_fill_ifaddr`).
    pub(crate) fn put(&self, w: &mut Writer<'_>, link: u32, now: Instant) {
        let [low, ..] = self.flags.0.to_le_bytes();
        let header = IfAddrMsg {
            ifa_family: AF_INET,
            ifa_prefixlen: self.prefix,
            ifa_flags: low,
            ifa_scope: self.scope,
            ifa_index: link,
        };
        let mut a = AddrBuilder::with_header(w, header);
        if !self.address.is_unspecified() {
            a.address(IpAddr::V4(self.address));
        }
        a.local(IpAddr::V4(self.local));
        if let Some(broadcast) = self.broadcast {
            a.broadcast(broadcast);
        }
        if !self.label.is_empty() {
            a.label(&self.label);
        }
        if self.proto != IfaProto::default() {
            a.proto(self.proto);
        }
        a.flags(self.flags);
        if self.metric != 0 {
            a.rt_priority(self.metric);
        }
        a.cacheinfo(
            self.ending()
                .unwrap_or(Lifetime { valid: FOREVER, preferred: FOREVER, ..self.lifetime })
                .shown(now),
        );
    }
}

fn ipv4(attrs: &Parsed<'_>, kind: u16) -> Option<Ipv4Addr> {
    attrs.get(kind)?.payload().first_chunk::<4>().map(|b| Ipv4Addr::from(*b))
}

impl World {
    /// Tells that an address was added, changed or deleted (`rtmsg_ifa`).
    fn announce_addr4(&mut self, at: LinkAt, kind: u16, origin: Origin, addr: &Addr4) {
        let now = self.now;
        self.announce(at.netns, group::IPV4_IFADDR, origin, kind, 0, |_, w| addr.put(w, at.index, now));
    }

    /// `inet_rtm_newaddr`.
    pub(crate) fn new_addr4(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Addr<'static>>()?;
        check_lengths(request, &attrs)?;
        if header.ifa_prefixlen > 32 {
            return refuse(Errno::EINVAL, "ipv4: Invalid prefix length");
        }
        let Some(local) = ipv4(&attrs, IFA_LOCAL) else {
            return refuse(Errno::EINVAL, "ipv4: Local address is not supplied");
        };
        let at = LinkAt { netns: request.netns, index: header.ifa_index };
        let Some(link) = self.link_at(at) else { return refuse(Errno::ENODEV, "ipv4: Device not found") };
        // The unspecified address is taken even then, and forgotten.
        if !link.inet4 && !local.is_unspecified() {
            return Err(Errno::ENOBUFS.into());
        }
        let view = Addr::new(request.message.payload()).ok_or(Errno::EINVAL)?.over(&attrs);
        let flags = view.flags().unwrap_or(IfaFlags(u32::from(header.ifa_flags)));
        let (valid, preferred) = requested_lifetimes(view.cacheinfo(), "ipv4: address lifetime invalid")?;
        let now = self.now;
        let addr = Addr4 {
            local,
            address: ipv4(&attrs, IFA_ADDRESS).unwrap_or(local),
            prefix: header.ifa_prefixlen,
            broadcast: view.broadcast(),
            scope: header.ifa_scope,
            flags,
            label: view.label().unwrap_or(&link.name).to_owned(),
            metric: view.rt_priority().unwrap_or(0),
            proto: view.proto().unwrap_or_default(),
            lifetime: Lifetime { valid, preferred, created: now, updated: now },
        };
        let same =
            |old: &Addr4| old.prefix == addr.prefix && old.local == addr.local && addr.covers(old.address);
        let Some(place) = link.addr4.iter().position(same) else {
            let addr = Addr4 { flags: lifetime_flags(addr.flags, valid, preferred), ..addr };
            return self.insert_addr4(at, addr, request.origin());
        };
        if request.has(NLM_F_EXCL) || !request.has(NLM_F_REPLACE) {
            return refuse(Errno::EEXIST, "ipv4: Address already assigned");
        }
        self.modify_addr4(at, place, &addr, request.origin())
    }

    /// Lifetimes, metric and protocol can be changed, nothing else.
    fn modify_addr4(&mut self, at: LinkAt, place: usize, to: &Addr4, origin: Origin) -> Outcome {
        let Some(old) = self.link_at(at).and_then(|link| link.addr4.get(place)).cloned() else {
            return Err(Errno::ENODEV.into());
        };
        let mut new = old.clone();
        new.proto = to.proto;
        new.metric = to.metric;
        new.flags = lifetime_flags(old.flags, to.lifetime.valid, to.lifetime.preferred);
        new.lifetime = Lifetime { created: old.lifetime.created, ..to.lifetime };
        self.with(at, |link| {
            if let Some(slot) = link.addr4.get_mut(place) {
                *slot = new.clone();
            }
        })?;
        if old.metric != new.metric {
            self.fib4_change_metric(at.netns, at.index, &new, old.metric);
        }
        self.announce_addr4(at, RTM_NEWADDR, origin, &new);
        self.watch_lifetimes(at);
        Ok(())
    }

    /// `__inet_insert_ifa`.
    pub(crate) fn insert_addr4(&mut self, at: LinkAt, mut addr: Addr4, origin: Origin) -> Outcome {
        // The unspecified address is taken and forgotten.
        if addr.local.is_unspecified() {
            return Ok(());
        }
        addr.flags.0 &= !(IPV6_ONLY | IFA_F_SECONDARY.0);
        let list = &self.link_at(at).ok_or(Errno::ENODEV)?.addr4;
        let mut place = 0;
        for (n, old) in list.iter().enumerate() {
            if !old.is_secondary() && addr.scope <= old.scope {
                place = n + 1;
            }
            if old.prefix == addr.prefix && old.covers(addr.address) {
                if old.local == addr.local {
                    return refuse(Errno::EEXIST, "ipv4: Address already assigned");
                }
                if old.scope != addr.scope {
                    return refuse(Errno::EINVAL, "ipv4: Invalid scope value");
                }
                addr.flags |= IFA_F_SECONDARY;
            }
        }
        if addr.is_secondary() {
            place = list.len();
        }
        self.with(at, |link| link.addr4.insert(place.min(link.addr4.len()), addr.clone()))?;
        next_generation(&mut self.ns_mut(at.netns).addr4_generation);
        self.announce_addr4(at, RTM_NEWADDR, origin, &addr);
        self.fib4_add_address(at.netns, at.index, &addr);
        self.watch_lifetimes(at);
        Ok(())
    }

    /// `inet_rtm_deladdr`. Without an address the first one of the link goes.
    pub(crate) fn del_addr4(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Addr<'static>>()?;
        check_lengths(request, &attrs)?;
        let at = LinkAt { netns: request.netns, index: header.ifa_index };
        let Some(link) = self.link_at(at).filter(|link| link.inet4) else {
            return refuse(Errno::ENODEV, "ipv4: Device not found");
        };
        let (local, address) = (ipv4(&attrs, IFA_LOCAL), ipv4(&attrs, IFA_ADDRESS));
        let view = Addr::new(request.message.payload()).ok_or(Errno::EINVAL)?.over(&attrs);
        let label = attrs.has(IFA_LABEL).then(|| view.label().unwrap_or(""));
        let wanted = |addr: &Addr4| {
            local.is_none_or(|local| local == addr.local)
                && label.is_none_or(|label| label == addr.label)
                && address.is_none_or(|a| addr.prefix == header.ifa_prefixlen && addr.covers(a))
        };
        match link.addr4.iter().position(wanted) {
            Some(place) => self.remove_addr4(at, place, request.origin()),
            None => return refuse(Errno::EADDRNOTAVAIL, "ipv4: Address not found"),
        }
        Ok(())
    }

    /// `__inet_del_ifa`: the secondary addresses of a primary one go before it.
    fn remove_addr4(&mut self, at: LinkAt, place: usize, origin: Origin) {
        let Some(link) = self.link_at(at) else { return };
        let Some(addr) = link.addr4.get(place).cloned() else { return };
        if !addr.is_secondary() {
            let depends = |other: &Addr4| {
                other.is_secondary() && other.prefix == addr.prefix && addr.covers(other.address)
            };
            while let Some(next) = self
                .link_at(at)
                .and_then(|link| link.addr4.iter().skip(place + 1).position(depends))
                .map(|n| n + place + 1)
            {
                self.take_out_addr4(at, next, origin);
            }
        }
        self.take_out_addr4(at, place, origin);
        self.watch_lifetimes(at);
    }

    fn take_out_addr4(&mut self, at: LinkAt, place: usize, origin: Origin) {
        let Some(link) = self.link_at_mut(at) else { return };
        let addr = link.addr4.remove(place);
        let last = link.addr4.is_empty();
        next_generation(&mut self.ns_mut(at.netns).addr4_generation);
        self.announce_addr4(at, RTM_DELADDR, origin, &addr);
        self.fib4_del_address(at.netns, at.index, &addr, None);
        if last {
            self.fib4_disable(at.netns, at.index);
        }
    }

    /// IPv4 on a link that went up: loopback gets its address, and all get their routes back.
    pub(crate) fn inet_link_up(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at) else { return };
        let works = link.inet4 && link.mtu >= IPV4_MIN_MTU;
        if works && link.flags.contains(IFF_LOOPBACK) && link.addr4.is_empty() {
            let local = Ipv4Addr::LOCALHOST;
            let addr = Addr4 {
                local,
                address: local,
                prefix: 8,
                broadcast: None,
                scope: RT_SCOPE_HOST,
                flags: IFA_F_PERMANENT,
                label: link.name.clone(),
                metric: 0,
                proto: IFAPROT_KERNEL_LO,
                lifetime: Lifetime::forever(self.now),
            };
            // It cannot be refused: the list is empty.
            let _ = self.insert_addr4(at, addr, Origin::KERNEL);
        }
    }

    /// Gives addresses labels of a link's new name (`inetdev_changename`): the first has the name itself, the others their
    /// old label's end, or their place.
    pub(crate) fn inet_link_renamed(&mut self, at: LinkAt) {
        let Some(link) = self.link_at_mut(at) else { return };
        for (n, addr) in link.addr4.iter_mut().enumerate() {
            let end = match addr.label.find(':') {
                _ if n == 0 => String::new(),
                Some(colon) => addr.label.get(colon..).unwrap_or("").to_owned(),
                None => format!(":{}", n + 1),
            };
            // A name that is too long loses its end (`IFNAMSIZ` with its zero).
            let room = 15usize.saturating_sub(end.len()).min(link.name.len());
            addr.label =
                String::from_utf8_lossy(link.name.as_bytes().get(..room).unwrap_or(&[])).into_owned() + &end;
        }
        for addr in link.addr4.clone() {
            self.announce_addr4(at, RTM_NEWADDR, Origin::KERNEL, &addr);
        }
    }

    /// The MTU became too small for IPv4 (`inetdev_destroy`): addresses and neighbours go.
    pub(crate) fn inet_destroy(&mut self, at: LinkAt) {
        self.remove_all4(at);
        self.neigh_link_down(at.netns, at.index, crate::kernel::family::INET);
        let _ = self.with(at, |link| link.inet4 = false);
    }

    /// A link is being deleted: its addresses go.
    pub(crate) fn inet_link_gone(&mut self, at: LinkAt) {
        self.remove_all4(at);
        self.fib4_disable(at.netns, at.index);
    }

    fn remove_all4(&mut self, at: LinkAt) {
        while self.link_at(at).is_some_and(|link| !link.addr4.is_empty()) {
            self.remove_addr4(at, 0, Origin::KERNEL);
        }
    }

    pub(crate) fn expire4(&mut self, at: LinkAt) {
        let now = self.now;
        let dead = |addr: &Addr4| addr.ending().is_some_and(|life| life.over(now).0);
        while let Some(place) = self.link_at(at).and_then(|link| link.addr4.iter().position(dead)) {
            self.remove_addr4(at, place, Origin::KERNEL);
        }
        let old = |addr: &Addr4| {
            addr.ending().is_some_and(|life| life.over(now).1) && !addr.flags.contains(IFA_F_DEPRECATED)
        };
        while let Some(place) = self.link_at(at).and_then(|link| link.addr4.iter().position(old)) {
            let _ = self.with(at, |link| link.addr4[place].flags |= IFA_F_DEPRECATED);
            if let Some(addr) = self.link_at(at).map(|link| link.addr4[place].clone()) {
                self.announce_addr4(at, RTM_NEWADDR, Origin::KERNEL, &addr);
            }
        }
    }
}

/// IPv4 addresses are integers of 32 bits to the kernel's policy.
fn check_lengths(request: &Request<'_>, attrs: &Parsed<'_>) -> Outcome {
    for kind in [IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS] {
        if let Some(attr) = attrs.get(kind).filter(|attr| bytes::u32_ne(attr.payload()).is_none()) {
            return Err(crate::policy::too_short_u32().at(request.offset(attr)));
        }
    }
    Ok(())
}
