//! Parts that requests of both families have in common: validation, gateways, nexthops, metrics.

use crate::refusal::{Outcome, Policy, Refusal, refuse};
use crate::request::Request;
use netplumb_core::Errno;
use netplumb_core::bytes::{self, align4};
use netplumb_core::family::route::hop::{HopFlags, RtNexthop};
use netplumb_core::family::route::{
    RTA_DPORT, RTA_ENCAP, RTA_ENCAP_TYPE, RTA_EXPIRES, RTA_FLOW, RTA_FLOWLABEL, RTA_GATEWAY, RTA_IIF,
    RTA_IP_PROTO, RTA_MARK, RTA_METRICS, RTA_MULTIPATH, RTA_NH_ID, RTA_OIF, RTA_PREF, RTA_PREFSRC,
    RTA_PRIORITY, RTA_SPORT, RTA_TABLE, RTA_UID,
};
use netplumb_core::family::route::{RTA_DST, RTA_SRC};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::{Attr, Attrs, Writer};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Flags of a nexthop that requests cannot set: the kernel does.
pub(super) const DEAD: u8 = 0x01;
pub(super) const PERVASIVE: u8 = 0x02;
pub(super) const ONLINK: u8 = 0x04;
pub(super) const LINKDOWN: u8 = 0x10;

pub(super) const BOTH_GATEWAYS: &str = "Nexthop configuration can not contain both GATEWAY and VIA";
pub(super) const EXTRA_DATA: &str = "Invalid nexthop configuration - extra data after nexthops";
pub(super) const EXCLUSIVE: &str = "Nexthop specification and nexthop id are mutually exclusive";

/// What a family's policy says about an attribute (`struct nla_policy`).
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    U8,
    U16,
    U32,
    Nested,
    /// At least so many bytes of anything.
    Least(usize),
}

/// `rtm_ipv4_policy`.
pub(super) fn ipv4_rule(kind: u16) -> Option<Rule> {
    Some(match kind {
        RTA_DST | RTA_SRC | RTA_IIF | RTA_OIF | RTA_GATEWAY | RTA_PRIORITY | RTA_PREFSRC | RTA_FLOW
        | RTA_UID | RTA_MARK | RTA_TABLE | RTA_NH_ID => Rule::U32,
        RTA_METRICS | RTA_ENCAP => Rule::Nested,
        RTA_MULTIPATH => Rule::Least(RtNexthop::SIZE),
        RTA_ENCAP_TYPE | RTA_SPORT | RTA_DPORT => Rule::U16,
        RTA_IP_PROTO => Rule::U8,
        _ => return None,
    })
}

/// `rtm_ipv6_policy`.
pub(super) fn ipv6_rule(kind: u16) -> Option<Rule> {
    Some(match kind {
        RTA_GATEWAY | RTA_PREFSRC => Rule::Least(16),
        RTA_OIF | RTA_IIF | RTA_PRIORITY | RTA_EXPIRES | RTA_UID | RTA_MARK | RTA_TABLE | RTA_NH_ID
        | RTA_FLOWLABEL => Rule::U32,
        RTA_METRICS | RTA_ENCAP => Rule::Nested,
        RTA_MULTIPATH => Rule::Least(RtNexthop::SIZE),
        RTA_PREF | RTA_IP_PROTO => Rule::U8,
        RTA_ENCAP_TYPE | RTA_SPORT | RTA_DPORT => Rule::U16,
        _ => return None,
    })
}

/// The types from which on even a lenient parse is strict (`strict_start_type`).
const STRICT_FROM: u16 = RTA_DPORT + 1;
const LAST: u16 = RTA_FLOWLABEL;

/// Checks the attributes of a request. The tables of `netplumb-core` describe both families at once; what Linux refuses
/// depends on the family, so its two policies are kept here.
pub(super) fn check(request: &Request<'_>, list: Attrs<'_>, rules: fn(u16) -> Option<Rule>) -> Outcome {
    let mut rest = list;
    for attr in rest.by_ref() {
        check_attr(attr, rules).map_err(|refusal| refusal.at(request.offset(attr)))?;
    }
    if !rest.remainder().is_empty() {
        request.warn("bytes leftover after parsing attributes");
    }
    Ok(())
}

/// What a strict parse refuses whatever the family: types that nobody knows, and bytes that are no attribute.
pub(super) fn check_unknown(request: &Request<'_>, list: Attrs<'_>) -> Outcome {
    let mut rest = list;
    for attr in rest.by_ref() {
        if attr.kind() > LAST {
            let refusal = Refusal::new(Errno::EINVAL, "Unknown attribute type");
            return Err(refusal.at(request.offset(attr)));
        }
    }
    if !rest.remainder().is_empty() {
        return refuse(Errno::EINVAL, "bytes leftover after parsing attributes");
    }
    Ok(())
}

/// Checks one attribute.
pub(super) fn check_attr(attr: Attr<'_>, rules: fn(u16) -> Option<Rule>) -> Outcome {
    let len = attr.payload().len();
    let strict = (STRICT_FROM..=LAST).contains(&attr.kind());
    let (size, kind, max) = match rules(attr.kind()) {
        None if strict => return refuse(Errno::EINVAL, "Unsupported attribute"),
        None => return Ok(()),
        Some(Rule::U8) => (1, 2, u64::from(u8::MAX)),
        Some(Rule::U16) => (2, 3, u64::from(u16::MAX)),
        Some(Rule::U32) => (4, 4, u64::from(u32::MAX)),
        Some(Rule::Nested) if matches!(len, 1..4) => (4, 13, 0),
        Some(Rule::Nested) => return Ok(()),
        // The kernel does not describe what it wants here.
        Some(Rule::Least(size)) if len < size => return refuse(Errno::ERANGE, FAILED),
        Some(Rule::Least(_)) => return Ok(()),
    };
    let range = (kind != 13).then_some((0, max));
    let policy = Some(Policy { kind, range, max_len: None, mask: None });
    if strict && len != size {
        return Err(Refusal { policy, ..Refusal::new(Errno::EINVAL, "invalid attribute length") });
    }
    if len < size {
        return Err(Refusal { policy, ..Refusal::new(Errno::ERANGE, FAILED) });
    }
    Ok(())
}

const FAILED: &str = "Attribute failed policy validation";

pub(super) fn u32_of(attr: Attr<'_>) -> u32 {
    bytes::u32_ne(attr.payload()).unwrap_or(0)
}

/// An IPv4 address as a number: prefixes are compared and masked.
pub(super) fn addr4_of(attr: Attr<'_>) -> u32 {
    bytes::u32_be(attr.payload()).unwrap_or(0)
}

/// An address of which only the first `len` bytes are there.
pub(super) fn addr6_of(payload: &[u8], len: usize) -> Ipv6Addr {
    let mut octets = [0u8; 16];
    for (to, from) in octets.iter_mut().zip(payload.iter().take(len)) {
        *to = *from;
    }
    octets.into()
}

/// Where packets go next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Gateway {
    /// Straight to their destination.
    #[default]
    None,
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Gateway {
    /// `RTA_GATEWAY` of an IPv4 route: 0.0.0.0 is none.
    pub(super) fn v4(addr: u32) -> Self {
        if addr == 0 { Self::None } else { Self::V4(addr.into()) }
    }

    /// `RTA_VIA` (`fib_gw_from_via`).
    pub(super) fn via(payload: &[u8]) -> Outcome<Self> {
        let Some((family, address)) = payload.split_first_chunk::<2>() else {
            return refuse(Errno::EINVAL, "Invalid attribute length for RTA_VIA");
        };
        match u16::from_ne_bytes(*family) {
            2 => match <[u8; 4]>::try_from(address) {
                Ok(octets) => Ok(Self::V4(octets.into())),
                Err(_) => refuse(Errno::EINVAL, "Invalid IPv4 address in RTA_VIA"),
            },
            10 => match <[u8; 16]>::try_from(address) {
                Ok(octets) => Ok(Self::V6(octets.into())),
                Err(_) => refuse(Errno::EINVAL, "Invalid IPv6 address in RTA_VIA"),
            },
            _ => refuse(Errno::EINVAL, "Unsupported address family in RTA_VIA"),
        }
    }
}

/// A nexthop of `RTA_MULTIPATH` as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawHop<'m> {
    pub(super) flags: u8,
    /// Weight less one.
    pub(super) hops: u8,
    pub(super) oif: u32,
    pub(super) attrs: Attrs<'m>,
}

/// The nexthops of `RTA_MULTIPATH` (`rtnh_ok`, `rtnh_next`).
#[derive(Clone, Copy, Debug)]
pub(super) struct RawHops<'m> {
    rest: &'m [u8],
}

impl<'m> RawHops<'m> {
    pub(super) fn new(payload: &'m [u8]) -> Self {
        Self { rest: payload }
    }

    /// Bytes behind the last nexthop that are none.
    pub(super) fn has_more(&self) -> bool {
        !self.rest.is_empty()
    }
}

impl<'m> Iterator for RawHops<'m> {
    type Item = RawHop<'m>;

    fn next(&mut self) -> Option<RawHop<'m>> {
        let header = RtNexthop::read_fixed(self.rest)?;
        let len = usize::from(header.rtnh_len);
        let attrs = Attrs::new(self.rest.get(RtNexthop::SIZE..len)?);
        self.rest = self.rest.get(align4(len)..).unwrap_or(&[]);
        let HopFlags(flags) = header.rtnh_flags;
        Some(RawHop { flags, hops: header.rtnh_hops, oif: header.rtnh_ifindex.cast_unsigned(), attrs })
    }
}

/// What a route's path is like (`struct dst_metrics`): numbered values, and the name of a congestion control algorithm.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Metrics {
    /// By `RTAX_*` number less one; 0 is not set. The one of `RTAX_CC_ALGO` is an element of `ALGORITHMS` plus one.
    values: Option<Box<[u32; METRICS]>>,
}

const METRICS: usize = 17;
const RTAX_MTU: usize = 2;
const RTAX_ADVMSS: usize = 8;
const RTAX_HOPLIMIT: usize = 10;
const RTAX_FEATURES: usize = 12;
const RTAX_CC_ALGO: usize = 16;
const FEATURES: u32 = 0x1f;

/// Congestion control algorithms that the simulated kernel has.
const ALGORITHMS: &[&str] = &["reno", "bbr", "cubic"];

fn algorithm(payload: &[u8]) -> Option<usize> {
    let name = payload.split(|byte| *byte == 0).next().unwrap_or(&[]);
    ALGORITHMS.iter().position(|known| known.as_bytes() == name)
}

impl Metrics {
    /// `ip_metrics_convert` of a request.
    pub(super) fn parse(request: &Request<'_>, list: Attrs<'_>) -> Outcome<Self> {
        Self::read(list).map_err(|(refusal, attr)| match attr {
            Some(attr) => refusal.at(request.offset(attr)),
            None => refusal,
        })
    }

    /// The metrics in a list; what is wrong, and the attribute when its place is told.
    pub(super) fn read(list: Attrs<'_>) -> Result<Self, (Refusal, Option<Attr<'_>>)> {
        let wrong = |text: &'static str| Err((Refusal::new(Errno::EINVAL, text), None));
        let mut values = [0u32; METRICS];
        for attr in list.filter(|attr| attr.kind() != 0) {
            let kind = usize::from(attr.kind());
            let Some(place) = values.get_mut(kind - 1) else {
                return wrong("Invalid metric type");
            };
            let value = if kind == RTAX_CC_ALGO {
                let Some(at) = algorithm(attr.payload()) else {
                    return wrong("Unknown tcp congestion algorithm");
                };
                u32::try_from(at).unwrap_or(0).saturating_add(1)
            } else {
                let Ok(value) = attr.payload().try_into().map(u32::from_ne_bytes) else {
                    let refusal = Refusal::new(Errno::EINVAL, "Invalid attribute in metrics");
                    return Err((refusal, Some(attr)));
                };
                value
            };
            *place = match kind {
                RTAX_MTU => value.min(65_535 - 15),
                RTAX_ADVMSS => value.min(65_535 - 40),
                RTAX_HOPLIMIT => value.min(255),
                RTAX_FEATURES if value & !FEATURES != 0 => {
                    return wrong("Unknown flag set in feature mask in metrics attribute");
                }
                _ => value,
            };
        }
        Ok(Self { values: values.iter().any(|value| *value != 0).then(|| Box::new(values)) })
    }

    fn value(&self, kind: usize) -> u32 {
        self.values.as_ref().and_then(|values| values.get(kind.checked_sub(1)?).copied()).unwrap_or(0)
    }

    /// Whether the metrics that a request for deletion names are these (`fib_metrics_match`).
    pub(super) fn matches(&self, list: Attrs<'_>) -> bool {
        list.into_iter().filter(|attr| attr.kind() != 0).all(|attr| {
            let kind = usize::from(attr.kind());
            if kind > METRICS {
                return false;
            }
            let wanted = if kind == RTAX_CC_ALGO {
                algorithm(attr.payload()).and_then(|at| u32::try_from(at + 1).ok())
            } else {
                attr.payload().try_into().map(u32::from_ne_bytes).ok()
            };
            wanted == Some(self.value(kind))
        })
    }

    /// `rtnetlink_put_metrics`.
    pub(super) fn put(&self, w: &mut Writer<'_>) {
        let Some(values) = &self.values else { return };
        w.nest_raw(RTA_METRICS, |w| {
            for (kind, value) in (1u16..).zip(values.iter()) {
                if usize::from(kind) == RTAX_CC_ALGO && *value != 0 {
                    let name = ALGORITHMS.get(*value as usize - 1).map_or("", |known| *known);
                    w.attr_str(kind, name);
                } else if *value != 0 {
                    w.attr(kind, &value.to_ne_bytes());
                }
            }
        });
    }
}
