//! Nexthops of IPv4 routes: read, checked, compared (`fib_get_nhs`, `fib_check_nh`, `fib_nh_match`).

use super::fib4::{Flow4, Hop4, MAIN, address_kind, lookup4};
use super::hop6;
use super::ipv4::{Config4, encap_of};
use super::spec::{BOTH_GATEWAYS, DEAD, Gateway, LINKDOWN, ONLINK, PERVASIVE, RawHop, RawHops, addr4_of};
use crate::kernel::link::Link;
use crate::kernel::netns::Netns;
use crate::refusal::{Outcome, refuse};
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::common::{RT_SCOPE_HOST, RT_SCOPE_LINK, Scope};
use netplumb_core::family::route::{
    RTA_ENCAP, RTA_ENCAP_TYPE, RTA_FLOW, RTA_GATEWAY, RTA_VIA, RTN_LOCAL, RTN_UNICAST,
};
use std::net::Ipv4Addr;

const INVALID: &str = "Nexthop has invalid gateway";

/// The nexthops of a request, before they are checked.
pub(super) fn of(c: &Config4<'_>) -> Outcome<Vec<Hop4>> {
    let Some(multipath) = c.multipath else {
        return Ok(vec![Hop4 {
            oif: c.oif,
            gateway: c.gateway,
            flags: c.flags.to_le_bytes()[0],
            scope: Scope::default(),
            flow: c.flow,
            weight: 1,
            encap: encap_of(c.encap, c.encap_kind)?,
        }]);
    };
    let hops = RawHops::new(multipath).map(of_record).collect::<Outcome<Vec<_>>>()?;
    // What a request says beside the nexthops must be what it says in the first one.
    let Some(first) = hops.first() else { return Err(Errno::EINVAL.into()) };
    if c.oif != 0 && c.oif != first.oif {
        return refuse(Errno::EINVAL, "Nexthop device index does not match RTA_OIF");
    }
    if c.gateway != Gateway::None && c.gateway != first.gateway {
        return refuse(Errno::EINVAL, "Nexthop gateway does not match RTA_GATEWAY or RTA_VIA");
    }
    if c.flow != 0 && c.flow != first.flow {
        return refuse(Errno::EINVAL, "Nexthop class id does not match RTA_FLOW");
    }
    Ok(hops)
}

fn of_record(raw: RawHop<'_>) -> Outcome<Hop4> {
    if raw.flags & (DEAD | LINKDOWN) != 0 {
        return refuse(Errno::EINVAL, "Invalid flags for nexthop - can not contain DEAD or LINKDOWN");
    }
    let mut flow = 0;
    if let Some(attr) = raw.attrs.find(RTA_FLOW) {
        match bytes::u32_ne(attr.payload()) {
            Some(value) => flow = value,
            None => return refuse(Errno::EINVAL, "Invalid RTA_FLOW"),
        }
    }
    let kind = raw.attrs.find(RTA_ENCAP_TYPE).and_then(|attr| bytes::u16_ne(attr.payload()));
    Ok(Hop4 {
        oif: raw.oif,
        gateway: gateway_of(&raw)?,
        flags: raw.flags,
        scope: Scope::default(),
        flow,
        weight: u16::from(raw.hops).saturating_add(1),
        encap: encap_of(raw.attrs.find(RTA_ENCAP), kind.unwrap_or(0))?,
    })
}

fn gateway_of(raw: &RawHop<'_>) -> Outcome<Gateway> {
    match (raw.attrs.find(RTA_GATEWAY), raw.attrs.find(RTA_VIA)) {
        (Some(_), Some(_)) => refuse(Errno::EINVAL, BOTH_GATEWAYS),
        (Some(attr), None) if attr.payload().len() < 4 => {
            refuse(Errno::EINVAL, "Invalid IPv4 address in RTA_GATEWAY")
        }
        (Some(attr), None) => Ok(Gateway::v4(addr4_of(attr))),
        (None, Some(attr)) => Gateway::via(attr.payload()),
        (None, None) => Ok(Gateway::None),
    }
}

/// Checks a nexthop and finds out what it does not say (`fib_check_nh`). Returns its marks: whether its link has no
/// carrier.
pub(super) fn check(ns: &Netns, hop: &mut Hop4, table: u32, scope: Scope) -> Outcome<u8> {
    match hop.gateway {
        Gateway::None => check_link(ns, hop),
        Gateway::V4(gateway) if hop.flags & ONLINK != 0 => check_onlink(ns, hop, gateway, scope),
        Gateway::V4(gateway) => check_gateway(ns, hop, gateway, table, scope),
        Gateway::V6(gateway) => {
            hop.oif = hop6::check_gateway_of_ipv4(ns, gateway, hop.oif, table, hop.flags & ONLINK != 0)?;
            hop.scope = RT_SCOPE_LINK;
            Ok(marks(ns.link(hop.oif)))
        }
    }
}

fn marks(link: Option<&Link>) -> u8 {
    if link.is_some_and(|link| !link.carrier) { LINKDOWN } else { 0 }
}

/// `fib_check_nh_nongw`.
fn check_link(ns: &Netns, hop: &mut Hop4) -> Outcome<u8> {
    if hop.flags & (PERVASIVE | ONLINK) != 0 {
        return refuse(Errno::EINVAL, "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set");
    }
    let Some(link) = ns.link(hop.oif).filter(|link| link.inet4) else { return Err(Errno::ENODEV.into()) };
    if !link.is_up() {
        return refuse(Errno::ENETDOWN, "Device for nexthop is not up");
    }
    hop.scope = RT_SCOPE_HOST;
    Ok(marks(Some(link)))
}

/// A gateway that is said to be on the link, whatever its address.
fn check_onlink(ns: &Netns, hop: &mut Hop4, gateway: Ipv4Addr, scope: Scope) -> Outcome<u8> {
    if scope >= RT_SCOPE_LINK {
        return refuse(Errno::EINVAL, "Nexthop has invalid scope");
    }
    let Some(link) = ns.link(hop.oif) else {
        return refuse(Errno::ENODEV, "Nexthop device required for onlink");
    };
    if !link.is_up() {
        return refuse(Errno::ENETDOWN, "Nexthop device is not up");
    }
    let table = super::l3_table(ns, link).unwrap_or(super::fib4::LOCAL);
    if address_kind(ns, gateway.into(), table) != RTN_UNICAST {
        return refuse(Errno::EINVAL, INVALID);
    }
    hop.scope = RT_SCOPE_LINK;
    Ok(marks(Some(link)))
}

/// A gateway that must be reached through a route that is there already, of a narrower scope than the new one
/// (`fib_check_nh_v4_gw`).
fn check_gateway(ns: &Netns, hop: &mut Hop4, gateway: Ipv4Addr, table: u32, scope: Scope) -> Outcome<u8> {
    let scope = Scope(scope.0.saturating_add(1)).max(RT_SCOPE_LINK);
    let flow = Flow4 { scope, oif: hop.oif, ..Flow4::to(gateway.into()) };
    let own = (table != 0 && table != MAIN && ns.fib4.table(table).is_some())
        .then(|| ns.fib4.lookup(&[table], &flow).ok())
        .flatten();
    let hit = match own {
        Some(hit) => hit,
        None => match lookup4(ns, &flow) {
            Ok(hit) => hit,
            Err(errno) => return refuse(errno, INVALID),
        },
    };
    let Some(slot) = ns.fib4.infos.slot(hit.alias.info) else { return refuse(Errno::EINVAL, INVALID) };
    if hit.alias.kind != RTN_UNICAST && hit.alias.kind != RTN_LOCAL {
        return refuse(Errno::EINVAL, INVALID);
    }
    hop.scope = slot.value.scope;
    hop.oif = slot.value.hops.get(hit.hop).map_or(0, |hop| hop.oif);
    let Some(link) = ns.link(hop.oif) else {
        return refuse(Errno::EINVAL, "No egress device for nexthop gateway");
    };
    if !link.is_up() {
        return Err(Errno::ENETDOWN.into());
    }
    Ok(marks(Some(link)))
}

/// Whether a request for deletion means the route with these nexthops (`fib_nh_match`).
pub(super) fn are_meant(c: &Config4<'_>, hops: &[Hop4]) -> bool {
    if c.oif != 0 || c.gateway != Gateway::None {
        let Some(first) = hops.first() else { return false };
        // A tunnel that cannot be understood is no reason to refuse: it only matches nothing.
        let encap = c.encap.is_none()
            || encap_of(c.encap, c.encap_kind).is_ok_and(|encap| encap.as_ref() == first.encap.as_ref());
        return encap
            && (c.flow == 0 || c.flow == first.flow)
            && (c.oif == 0 || c.oif == first.oif)
            && (c.gateway == Gateway::None || c.gateway == first.gateway);
    }
    let Some(multipath) = c.multipath else { return true };
    let mut raw = RawHops::new(multipath);
    hops.iter().all(|hop| {
        let Some(raw) = raw.next() else { return false };
        let flow = raw.attrs.find(RTA_FLOW).and_then(|attr| bytes::u32_ne(attr.payload()));
        (raw.oif == 0 || raw.oif == hop.oif)
            && gateway_of(&raw).is_ok_and(|gateway| gateway == Gateway::None || gateway == hop.gateway)
            && flow.is_none_or(|flow| flow == hop.flow)
    })
}
