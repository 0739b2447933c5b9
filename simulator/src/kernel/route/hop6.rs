//! Nexthops of IPv6 routes (`fib6_nh_init`, `ip6_validate_gw`).

use super::fib4::{MAIN, Packet};
use super::fib6::{Flow6, lookup6};
use super::spec::LINKDOWN;
use crate::kernel::link::Link;
use crate::kernel::netns::Netns;
use crate::refusal::{Outcome, refuse};
use netplumb_core::family::addr::IFA_F_TENTATIVE;
use netplumb_core::family::common::{RT_SCOPE_HOST, RT_SCOPE_LINK};
use netplumb_core::family::link::IFF_LOOPBACK;
use netplumb_core::family::route::RTN_UNICAST;
use netplumb_core::{Errno, Instant};
use std::net::Ipv6Addr;

/// Index of the loopback interface, which every namespace has.
const LOOPBACK: u32 = 1;

/// What is known of a nexthop before it is checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) table: u32,
    pub(super) oif: u32,
    pub(super) gateway: Option<Ipv6Addr>,
    pub(super) onlink: bool,
    /// The type of the route says that packets do not get through.
    pub(super) reject: bool,
    /// A local or anycast address: its link may be down, and its carrier does not matter.
    pub(super) local: bool,
    pub(super) ignore_down: bool,
    pub(super) now: Instant,
}

/// A nexthop that was found good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) oif: u32,
    pub(super) gateway: Option<Ipv6Addr>,
    pub(super) onlink: bool,
    pub(super) marks: u8,
    pub(super) reject: bool,
}

/// `fib6_nh_init`.
pub(super) fn check(ns: &Netns, plan: &Plan) -> Outcome<Found> {
    let mut link = None;
    if plan.oif != 0 {
        link = Some(ns.link(plan.oif).filter(|link| link.inet6).ok_or(Errno::ENODEV)?);
    }
    if plan.onlink {
        let Some(link) = link else { return refuse(Errno::ENODEV, "Nexthop device required for onlink") };
        if !link.is_up() {
            return refuse(Errno::ENETDOWN, "Nexthop device is not up");
        }
    }
    // What refuses packets leads nowhere, and is shown with the loopback interface.
    if plan.reject {
        if ns.link(LOOPBACK).is_none_or(|lo| !lo.inet6) {
            return Err(Errno::ENODEV.into());
        }
        return Ok(Found { oif: LOOPBACK, gateway: None, onlink: plan.onlink, marks: 0, reject: true });
    }
    if let Some(gateway) = plan.gateway {
        link = Some(check_gateway(ns, plan, gateway, link)?);
    }
    let Some(link) = link else { return Err(Errno::ENODEV.into()) };
    if !link.inet6 {
        return refuse(Errno::EACCES, "IPv6 is disabled on nexthop device");
    }
    if !link.is_up() && !plan.ignore_down {
        return refuse(Errno::ENETDOWN, "Nexthop device is not up");
    }
    let marks = if !plan.local && !link.carrier { LINKDOWN } else { 0 };
    Ok(Found { oif: link.index, gateway: plan.gateway, onlink: plan.onlink, marks, reject: false })
}

/// `ip6_validate_gw`: the link that leads to the gateway.
fn check_gateway<'n>(
    ns: &'n Netns,
    plan: &Plan,
    gateway: Ipv6Addr,
    link: Option<&'n Link>,
) -> Outcome<&'n Link> {
    const OWN: &str = "Gateway can not be a local address";
    let link_local = gateway.is_unicast_link_local();
    // Of a link-local address only that of the link itself counts, of others any.
    let is_own = |link: &Link| has_address(ns, gateway, link_local.then_some(link.index));
    if link.is_some_and(is_own) {
        return refuse(Errno::EINVAL, OWN);
    }
    let mut found = link;
    if !link_local {
        if gateway.is_unspecified() || gateway.is_multicast() {
            return refuse(Errno::EINVAL, "Invalid gateway address");
        }
        if plan.onlink {
            check_onlink(ns, plan, gateway, link)?;
        } else {
            found = Some(reach(ns, plan, gateway, link)?);
        }
    }
    let Some(found) = found else { return refuse(Errno::EINVAL, "Egress device not specified") };
    if found.flags.contains(IFF_LOOPBACK) {
        return refuse(Errno::EINVAL, "Egress device can not be loopback device for this route");
    }
    if link.is_none() && is_own(found) {
        return refuse(Errno::EINVAL, OWN);
    }
    Ok(found)
}

/// `ip6_route_check_nh`: the gateway must be reached directly, through the given link if one is given.
fn reach<'n>(ns: &'n Netns, plan: &Plan, gateway: Ipv6Addr, link: Option<&Link>) -> Outcome<&'n Link> {
    let oif = link.map_or(0, |link| link.index);
    let flow = Flow6 {
        dst: gateway,
        src: Ipv6Addr::UNSPECIFIED,
        oif: plan.oif,
        strict: true,
        now: plan.now,
        packet: Packet::default(),
    };
    let direct = |info: &super::fib6::Info6| !info.reject && info.gateway.is_none();
    let own = (plan.table != 0).then(|| ns.fib6.lookup(plan.table, &flow)).flatten();
    let own = own.and_then(|hit| ns.fib6.info(hit.route));
    let own = own.filter(|info| direct(info) && (oif == 0 || oif == info.oif));
    let found = match own {
        Some(info) => Some(info),
        None => lookup6(ns, &flow).ok().and_then(|hit| ns.fib6.info(hit.route)).filter(|info| direct(info)),
    };
    let found = found.filter(|info| oif == 0 || oif == info.oif).ok_or(Errno::EHOSTUNREACH)?;
    Ok(ns.link(found.oif).ok_or(Errno::EHOSTUNREACH)?)
}

/// `ip6_route_check_nh_onlink`: the gateway must not be somewhere else for sure.
fn check_onlink(ns: &Netns, plan: &Plan, gateway: Ipv6Addr, link: Option<&Link>) -> Outcome {
    let table = link.and_then(|link| super::l3_table(ns, link)).unwrap_or(MAIN);
    if ns.fib6.table(table).is_none() {
        return Err(Errno::EINVAL.into());
    }
    let flow = Flow6 {
        dst: gateway,
        src: Ipv6Addr::UNSPECIFIED,
        oif: plan.oif,
        strict: false,
        now: plan.now,
        packet: Packet::default(),
    };
    let Some(hit) = ns.fib6.lookup(table, &flow) else { return Ok(()) };
    let Some(info) = ns.fib6.info(hit.route).filter(|info| !info.reject) else { return Ok(()) };
    let elsewhere = info.kind != RTN_UNICAST || link.is_none_or(|link| link.index != info.oif);
    if !hit.key.dst().is_unspecified() && elsewhere {
        return refuse(Errno::EINVAL, "Nexthop has invalid gateway or device mismatch");
    }
    Ok(())
}

/// Whether the host has this address, tried or not (`ipv6_chk_addr_and_flags`).
fn has_address(ns: &Netns, addr: Ipv6Addr, link: Option<u32>) -> bool {
    let links = ns.links.values().filter(|other| link.is_none_or(|link| link == other.index));
    links.flat_map(|link| &link.addr6).any(|other| other.local == addr)
}

/// Whether packets can come from this address through this link (`ipv6_chk_addr`).
pub(super) fn is_source(ns: &Netns, addr: Ipv6Addr, link: u32) -> bool {
    ns.links.values().any(|other| {
        other.addr6.iter().any(|own| {
            let narrow = own.scope == RT_SCOPE_LINK || own.scope == RT_SCOPE_HOST;
            own.local == addr && !own.flags.contains(IFA_F_TENTATIVE) && (other.index == link || !narrow)
        })
    })
}

/// The link that leads to an IPv6 gateway of an IPv4 route (`fib_check_nh_v6_gw`).
pub(super) fn check_gateway_of_ipv4(
    ns: &Netns,
    gateway: Ipv6Addr,
    oif: u32,
    table: u32,
    onlink: bool,
) -> Outcome<u32> {
    let plan = Plan {
        table,
        oif,
        gateway: Some(gateway),
        onlink,
        reject: false,
        local: false,
        ignore_down: false,
        // Routes with an end play no part in this look-up.
        now: Instant::ZERO,
    };
    Ok(check(ns, &plan)?.oif)
}
