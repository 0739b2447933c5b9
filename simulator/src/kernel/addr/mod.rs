//! Addresses of links.

pub(crate) mod dump;

use crate::refusal::Outcome;
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::addr::{IfaFlags, IfaProto};
use netplumb_core::family::common::Scope;
use std::net::{Ipv4Addr, Ipv6Addr};

/// No end of life, in seconds.
pub(crate) const FOREVER: u32 = u32::MAX;

/// Lifetimes, as they were set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lifetime {
    /// Seconds from `updated` on; [`FOREVER`] for no end.
    pub(crate) valid: u32,
    pub(crate) preferred: u32,
    /// Hundredths of a second since boot.
    pub(crate) created: u32,
    pub(crate) updated: u32,
}

/// An IPv4 address of a link (`struct in_ifaddr`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Addr4 {
    pub(crate) local: Ipv4Addr,
    /// The other end on a point-to-point link, else `local`.
    pub(crate) address: Ipv4Addr,
    pub(crate) prefix: u8,
    pub(crate) broadcast: Option<Ipv4Addr>,
    pub(crate) scope: Scope,
    pub(crate) flags: IfaFlags,
    pub(crate) label: String,
    /// Metric of the prefix route; 0 is none.
    pub(crate) metric: u32,
    pub(crate) proto: IfaProto,
    pub(crate) lifetime: Lifetime,
}

/// An IPv6 address of a link (`struct inet6_ifaddr`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Addr6 {
    pub(crate) local: Ipv6Addr,
    pub(crate) peer: Option<Ipv6Addr>,
    pub(crate) prefix: u8,
    pub(crate) scope: Scope,
    pub(crate) flags: IfaFlags,
    /// Metric of the prefix route; 0 is the default (256).
    pub(crate) metric: u32,
    pub(crate) proto: IfaProto,
    pub(crate) lifetime: Lifetime,
    /// Solicitations that duplicate address detection has still to send.
    pub(crate) dad_probes: u8,
}

impl World {
    pub(crate) fn new_addr(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn del_addr(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn get_addr(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn dad_timer(&mut self, _ns: NetnsId, _link: u32, _address: Ipv6Addr) {}
    pub(crate) fn lifetimes_timer(&mut self, _ns: NetnsId, _link: u32) {}
}
