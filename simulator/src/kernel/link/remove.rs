//! Deleting links and moving them between namespaces (`rtnl_dellink`, `unregister_netdevice_many`,
//! `dev_change_net_namespace`).

use super::announce::ALL;
use super::new::name_of;
use super::{Link, LinkAt, LinkMessage};
use crate::kernel::family;
use crate::kernel::netns::next_generation;
use crate::policy::Parsed;
use crate::refusal::{Outcome, refuse};
use crate::request::{Origin, Request};
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::link::{
    IFF_RUNNING, IFF_UP, IFLA_GROUP, IFLA_IFNAME, IFLA_NEW_IFINDEX, Link as Set,
};

impl World {
    /// `RTM_DELLINK`.
    pub(crate) fn del_link(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Set<'static>>()?;
        let netns = self.target_netns(request.netns, &attrs)?.unwrap_or(request.netns);
        let named = header.ifi_index > 0 || name_of(&attrs).is_some();
        if let Some(index) = self.find_link(netns, header, &attrs)? {
            let link = self.ns(netns).link(index).ok_or(Errno::ENODEV)?;
            // Only kinds that can be made can be deleted.
            if link.kind.name.is_empty() {
                return Err(Errno::EOPNOTSUPP.into());
            }
            let doomed = self.with_dependents(&[LinkAt { netns, index }]);
            self.remove_links(&doomed, request.origin_if_echo());
            return Ok(());
        }
        match attrs.get(IFLA_GROUP).and_then(|attr| bytes::u32_ne(attr.payload())) {
            Some(group) if !named => self.del_group(netns, group),
            _ if named => Err(Errno::ENODEV.into()),
            _ => Err(Errno::EINVAL.into()),
        }
    }

    fn del_group(&mut self, netns: NetnsId, group: u32) -> Outcome {
        // Every link is in group 0 until told otherwise.
        if group == 0 {
            return Err(Errno::EPERM.into());
        }
        let members: Vec<LinkAt> = self
            .ns(netns)
            .links
            .values()
            .filter(|link| link.group == group)
            .map(|link| LinkAt { netns, index: link.index })
            .collect();
        if members.is_empty() {
            return Err(Errno::ENODEV.into());
        }
        let deletable = |at: &LinkAt| self.link_at(*at).is_some_and(|link| !link.kind.name.is_empty());
        if !members.iter().all(deletable) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let doomed = self.with_dependents(&members);
        self.remove_links(&doomed, Origin::KERNEL);
        Ok(())
    }

    /// Links and all that go with them: what stands on them before, the other ends of veths behind.
    pub(crate) fn with_dependents(&self, links: &[LinkAt]) -> Vec<LinkAt> {
        let mut doomed: Vec<LinkAt> = Vec::new();
        for at in links {
            for upper in self.uppers(*at).into_iter().chain(self.vxlans_on(*at)) {
                for more in self.with_dependents(&[upper]) {
                    if !doomed.contains(&more) {
                        doomed.push(more);
                    }
                }
            }
            if !doomed.contains(at) {
                doomed.push(*at);
            }
            let peer = self.link_at(*at).filter(|link| link.is_kind("veth")).and_then(|link| link.lower);
            if let Some(peer) = peer {
                for upper in self.uppers(peer).into_iter().chain(self.vxlans_on(peer)) {
                    doomed.extend(
                        self.with_dependents(&[upper])
                            .into_iter()
                            .filter(|l| !doomed.contains(l))
                            .collect::<Vec<_>>(),
                    );
                }
                if !doomed.contains(&peer) {
                    doomed.push(peer);
                }
            }
        }
        doomed
    }

    /// Deletes links: all go down first, in the order of their indices, then each goes.
    pub(crate) fn remove_links(&mut self, doomed: &[LinkAt], origin: Origin) {
        // A pair is cut before anything else happens (`veth_dellink`).
        for at in doomed {
            let _ = self.with(*at, |link| link.lower = link.lower.filter(|_| !link.is_kind("veth")));
        }
        let mut by_index = doomed.to_vec();
        by_index.sort();
        for at in by_index {
            self.shut(at);
        }
        for at in doomed {
            self.unregister(*at, origin, None);
        }
    }

    /// Takes a link down before it is deleted (`dev_close_many`).
    fn shut(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at).filter(|link| link.is_up()) else { return };
        let down = link.flags.without(IFF_UP);
        if let Ok(old) = self.change_flags(at, down) {
            self.flags_changed(at, old, (IFF_UP | IFF_RUNNING).0, Origin::KERNEL);
        }
    }

    /// Takes a link out of its namespace; what it left behind goes, and others are told. `moved` is the id of the namespace
    /// where it goes and the index there.
    fn unregister(&mut self, at: LinkAt, origin: Origin, moved: Option<(i32, u32)>) -> Option<Link> {
        self.link_at(at)?;
        for port in self.ports(at) {
            self.release(port, false);
        }
        if self.link_at(at).is_some_and(|link| link.master.is_some()) {
            self.release(at, true);
        }
        self.inet_link_gone(at);
        self.inet6_link_gone(at);
        self.neigh_link_down(at.netns, at.index, family::INET);
        self.neigh_link_down(at.netns, at.index, family::INET6);
        self.fdb_link_gone(at.netns, at.index);
        self.fib_unregister(at.netns, at.index);
        for timer in [
            Timer::Carrier { netns: at.netns, link: at.index },
            Timer::Lifetimes { netns: at.netns, link: at.index },
        ] {
            self.timers.cancel(timer);
        }
        let ns = self.ns_mut(at.netns);
        let link = ns.links.remove(&at.index)?;
        ns.names.remove(&link.name);
        for altname in &link.altnames {
            ns.names.remove(altname);
        }
        next_generation(&mut ns.link_generation);
        let what = LinkMessage { change: ALL, moved, ..LinkMessage::default() };
        self.announce_gone(at.netns, &link, origin, what);
        self.rules_link_unnamed(at.netns, &link.name);
        Some(link)
    }

    /// Moves a link to another namespace. It loses its addresses and goes down.
    pub(crate) fn move_link(&mut self, at: LinkAt, netns: NetnsId, attrs: &Parsed<'_>) -> Outcome<LinkAt> {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        if link.kind.immutable {
            return refuse(Errno::EINVAL, "The interface netns is immutable");
        }
        let wanted = attrs.get(IFLA_IFNAME).and(name_of(attrs)).unwrap_or(&link.name).to_owned();
        if self.ns(netns).names.contains_key(&wanted) {
            return refuse(Errno::EEXIST, "An interface with the same name exists in the target netns");
        }
        let index = attrs.get(IFLA_NEW_IFINDEX).and_then(|attr| bytes::u32_ne(attr.payload()));
        let index = index.filter(|index| *index != 0);
        if index.is_some_and(|index| self.ns(netns).links.contains_key(&index)) {
            return refuse(
                Errno::EBUSY,
                "An interface with the requested ifindex exists in the target netns",
            );
        }
        self.bring(at, false)?;
        self.remove_links(&self.vxlans_on(at), Origin::KERNEL);
        self.know_each_other(at.netns, netns);
        let nsid = self.ns(at.netns).nsids.get(&netns).copied().unwrap_or(-1);
        // The index stays when it is free there.
        let target = self.ns_mut(netns);
        let own = Some(at.index).filter(|index| !target.links.contains_key(index));
        let new = index.or(own).unwrap_or_else(|| target.reserve_index());
        let Some(mut link) = self.unregister(at, Origin::KERNEL, Some((nsid, new))) else {
            return Err(Errno::ENODEV.into());
        };
        link.name = wanted;
        // Registered anew it has IPv4 again, whatever its MTU.
        link.inet4 = true;
        let (kind, peer) = (link.kind.name, link.lower);
        let moved = self.insert_link(netns, link, Some(new));
        if kind == "veth"
            && let Some(peer) = peer
        {
            let _ = self.with(peer, |other| other.lower = Some(moved));
            self.know_each_other(netns, peer.netns);
        }
        for upper in self.uppers(at) {
            let _ = self.with(upper, |upper| upper.lower = Some(moved));
        }
        self.link_changed(moved, ALL);
        Ok(moved)
    }
}
