//! What rtnetlink does, object by object.

pub(crate) mod addr;
pub(crate) mod link;
pub(crate) mod neigh;
pub(crate) mod netns;
pub(crate) mod route;
pub(crate) mod rule;

use crate::dump::What;
use crate::refusal::Outcome;
use crate::request::Request;
use crate::timer::Timer;
use crate::world::World;
use netplumb_core::Errno;

/// Multicast groups (`RTNLGRP_*`, `linux/rtnetlink.h`).
pub(crate) mod group {
    pub(crate) const LINK: u32 = 1;
    pub(crate) const NEIGH: u32 = 3;
    pub(crate) const IPV4_IFADDR: u32 = 5;
    pub(crate) const IPV4_ROUTE: u32 = 7;
    pub(crate) const IPV4_RULE: u32 = 8;
    pub(crate) const IPV6_IFADDR: u32 = 9;
    pub(crate) const IPV6_ROUTE: u32 = 11;
    pub(crate) const IPV6_RULE: u32 = 19;
    pub(crate) const MPLS_ROUTE: u32 = 27;
}

/// Address families, as bytes of headers.
pub(crate) mod family {
    pub(crate) const UNSPEC: u8 = 0;
    pub(crate) const INET: u8 = 2;
    pub(crate) const BRIDGE: u8 = 7;
    pub(crate) const INET6: u8 = 10;
    pub(crate) const MPLS: u8 = 28;
}

/// What a message type is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Object {
    Link,
    /// Properties of links: alternative names.
    Property,
    Addr,
    Route,
    Neigh,
    Rule,
}

/// What a message type asks for: its lowest two bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verb {
    New,
    Del,
    Get,
    Set,
}

impl Verb {
    pub(crate) fn reads(self) -> bool {
        self == Self::Get
    }
}

impl Object {
    /// The object and the verb of a message type that this kernel handles.
    pub(crate) fn of(kind: u16) -> Option<(Self, Verb)> {
        let verb = [Verb::New, Verb::Del, Verb::Get, Verb::Set][usize::from(kind & 3)];
        let object = match kind & !3 {
            16 => Self::Link,
            20 => Self::Addr,
            24 => Self::Route,
            28 => Self::Neigh,
            32 => Self::Rule,
            108 => Self::Property,
            _ => return None,
        };
        // Only links can be set.
        (verb != Verb::Set || object == Self::Link).then_some((object, verb))
    }
}

impl World {
    pub(crate) fn carry_out(
        &mut self,
        request: &Request<'_>,
        object: Object,
        verb: Verb,
        family: u8,
    ) -> Outcome {
        match (object, verb) {
            (Object::Link, Verb::New) => self.new_link(request),
            (Object::Link, Verb::Set) => self.set_link(request),
            (Object::Link, Verb::Del) => self.del_link(request),
            (Object::Link, Verb::Get) => self.get_link(request),
            (Object::Property, Verb::New) => self.change_properties(request, true),
            (Object::Property, Verb::Del) => self.change_properties(request, false),
            (Object::Addr, Verb::New) => self.new_addr(request, family),
            (Object::Addr, Verb::Del) => self.del_addr(request, family),
            (Object::Addr, Verb::Get) => self.get_addr(request, family),
            (Object::Route, Verb::New) => self.new_route(request, family),
            (Object::Route, Verb::Del) => self.del_route(request, family),
            (Object::Route, Verb::Get) => self.get_route(request, family),
            (Object::Neigh, Verb::New) => self.new_neigh(request, family),
            (Object::Neigh, Verb::Del) => self.del_neigh(request, family),
            (Object::Neigh, Verb::Get) => self.get_neigh(request, family),
            (Object::Rule, Verb::New) => self.new_rule(request, family),
            (Object::Rule, Verb::Del) => self.del_rule(request, family),
            (_, Verb::Set) | (Object::Rule | Object::Property, Verb::Get) => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    pub(crate) fn dump_of(&self, request: &Request<'_>, object: Object, family: u8) -> Outcome<What> {
        Ok(match object {
            Object::Property => return Err(Errno::EOPNOTSUPP.into()),
            Object::Link => What::Links(link::dump::Links::new(request)?),
            Object::Addr => What::Addrs(addr::dump::Addrs::new(request, family)?),
            Object::Route => What::Routes(route::dump::Routes::new(request, family)?),
            Object::Neigh => What::Neighs(neigh::dump::Neighs::new(request, family)?),
            Object::Rule => What::Rules(rule::dump::Rules::new(request, family)?),
        })
    }

    /// Something happens by itself.
    pub(crate) fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Carrier { netns, link } => self.announce_carrier(netns, link),
            Timer::Dad { netns, link, address } => self.dad_timer(netns, link, address),
            Timer::Lifetimes { netns, link } => self.lifetimes_timer(netns, link),
            Timer::Neigh { netns, link, address } => self.neigh_timer(netns, link, address),
            Timer::ManagedNeighs { netns } => self.managed_neighs_timer(netns),
            Timer::RouteExpiry { netns } => self.route_expiry_timer(netns),
        }
    }
}
