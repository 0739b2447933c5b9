//! Telling others about links.

use super::{Link, LinkAt, LinkMessage};
use crate::kernel::{family, group};
use crate::request::Origin;
use crate::world::{NetnsId, World};
use netplumb_core::family::common::AddressFamily;
use netplumb_core::family::link::{
    IFLA_PROTINFO, IfInfoMsg, LinkBuilder, LinkEvent, RTM_DELLINK, RTM_NEWLINK,
};
use netplumb_core::wire::{NLA_F_NESTED, Writer};

/// `ifi_change` of messages about new and deleted links.
pub(crate) const ALL: u32 = u32::MAX;

impl World {
    /// Tells that a link is new or has changed (`rtmsg_ifinfo`).
    pub(crate) fn announce_link(&mut self, at: LinkAt, origin: Origin, what: LinkMessage) {
        self.announce_link_as(at, origin, RTM_NEWLINK, what);
    }

    /// Tells that the kernel changed a link by itself or by a request that is not named.
    pub(crate) fn link_changed(&mut self, at: LinkAt, change: u32) {
        self.announce_link(at, Origin::KERNEL, LinkMessage { change, ..LinkMessage::default() });
    }

    /// The same with a reason.
    pub(crate) fn link_event(&mut self, at: LinkAt, event: LinkEvent) {
        self.announce_link(at, Origin::KERNEL, LinkMessage { event, ..LinkMessage::default() });
    }

    pub(crate) fn announce_link_as(&mut self, at: LinkAt, origin: Origin, kind: u16, what: LinkMessage) {
        self.announce(at.netns, group::LINK, origin, kind, 0, |world, w| {
            let ns = world.ns(at.netns);
            if let Some(link) = ns.link(at.index) {
                link.put(w, ns, what);
            }
        });
    }

    /// Tells about a link that is in no namespace any more.
    pub(crate) fn announce_gone(&mut self, netns: NetnsId, link: &Link, origin: Origin, what: LinkMessage) {
        self.announce(netns, group::LINK, origin, RTM_DELLINK, 0, |world, w| {
            link.put(w, world.ns(netns), what);
        });
    }

    /// Tells what a bridge knows of its port (`br_ifinfo_notify`), of family `AF_BRIDGE`. A `RTM_DELLINK` of this family is
    /// no deletion of the link.
    pub(crate) fn announce_port(&mut self, at: LinkAt, kind: u16) {
        self.announce(at.netns, group::LINK, Origin::KERNEL, kind, 0, |world, w| {
            let ns = world.ns(at.netns);
            let Some(link) = ns.link(at.index) else { return };
            let Some(master) = link.master.and_then(|index| ns.link(index)) else { return };
            put_port(w, link, master.index, |w| link.shown_port(ns, master).write(w));
        });
    }
}

/// `br_fill_ifinfo`.
fn put_port(w: &mut Writer<'_>, link: &Link, master: u32, data: impl FnOnce(&mut Writer<'_>)) {
    let header = IfInfoMsg {
        ifi_family: AddressFamily(family::BRIDGE),
        ifi_type: link.kind.arphrd,
        ifi_index: link.index.cast_signed(),
        ifi_flags: link.shown_flags(),
        ..IfInfoMsg::default()
    };
    let mut l = LinkBuilder::with_header(w, header);
    l.ifname(&link.name).master(master).mtu(link.mtu);
    l.operstate(link.shown_operstate()).address(&link.address);
    if let Some(lower) = link.lower {
        l.link(lower.index);
    }
    l.writer().nest_raw(IFLA_PROTINFO | NLA_F_NESTED, data);
}
