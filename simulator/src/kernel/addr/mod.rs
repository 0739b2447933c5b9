//! Addresses of links.

pub(crate) mod dump;
mod ipv4;
mod ipv6;

use crate::kernel::family;
use crate::kernel::link::LinkAt;
use crate::refusal::Outcome;
use crate::request::Request;
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::family::addr::{IFA_F_DEPRECATED, IFA_F_PERMANENT, IfaCacheinfo, IfaFlags, IfaProto};
use netplumb_core::family::common::Scope;
use netplumb_core::{Errno, Instant};
use std::net::{Ipv4Addr, Ipv6Addr};

/// No end of life, in seconds.
pub(crate) const FOREVER: u32 = u32::MAX;

/// Lifetimes, as they were set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lifetime {
    /// Seconds from `updated` on; [`FOREVER`] for no end.
    pub(crate) valid: u32,
    pub(crate) preferred: u32,
    pub(crate) created: Instant,
    pub(crate) updated: Instant,
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

/// A point in time as messages say it (`cstamp_delta`): hundredths of a second since boot, of which 32 bits are left.
pub(crate) fn stamp(at: Instant) -> u32 {
    #[allow(clippy::cast_possible_truncation)]
    let wrapped = (at.as_ns() / NS_PER_CENTISECOND) as u32;
    wrapped
}

/// The earliest point in time with this stamp.
pub(crate) fn stamped(stamp: u32) -> Instant {
    Instant::from_ns(u64::from(stamp) * NS_PER_CENTISECOND)
}

const NS_PER_CENTISECOND: u64 = 10_000_000;

impl Lifetime {
    /// No end.
    pub(crate) fn forever(now: Instant) -> Self {
        Self { valid: FOREVER, preferred: FOREVER, created: now, updated: now }
    }

    /// What is left of a time of `seconds` that runs since `updated`, at `now`.
    fn left(self, seconds: u32, now: Instant) -> u32 {
        if seconds == FOREVER {
            return FOREVER;
        }
        let passed = now.since_ns(self.updated) / 1_000_000_000;
        seconds.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    /// As a message says it: what is left, and when it was made and changed.
    pub(crate) fn shown(self, now: Instant) -> IfaCacheinfo {
        IfaCacheinfo {
            ifa_prefered: self.left(self.preferred, now),
            ifa_valid: self.left(self.valid, now),
            cstamp: stamp(self.created),
            tstamp: stamp(self.updated),
        }
    }

    /// Whether the valid, and whether the preferred lifetime is over.
    pub(crate) fn over(self, now: Instant) -> (bool, bool) {
        let over = |seconds: u32| seconds != FOREVER && self.left(seconds, now) == 0;
        (over(self.valid), over(self.preferred))
    }
}

/// Lifetimes as a request gives them, `IFA_CACHEINFO`; without it there is no end.
pub(crate) fn requested_lifetimes(
    cacheinfo: Option<IfaCacheinfo>,
    complaint: &'static str,
) -> Outcome<(u32, u32)> {
    let Some(info) = cacheinfo else { return Ok((FOREVER, FOREVER)) };
    if info.ifa_valid == 0 || info.ifa_prefered > info.ifa_valid {
        return crate::refusal::refuse(Errno::EINVAL, complaint);
    }
    Ok((info.ifa_valid, info.ifa_prefered))
}

/// Flags that follow from lifetimes.
pub(crate) fn lifetime_flags(flags: IfaFlags, valid: u32, preferred: u32) -> IfaFlags {
    let mut flags = flags.without(IFA_F_PERMANENT).without(IFA_F_DEPRECATED);
    if valid == FOREVER {
        flags |= IFA_F_PERMANENT;
    }
    if preferred == 0 {
        flags |= IFA_F_DEPRECATED;
    }
    flags
}

impl World {
    pub(crate) fn new_addr(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        match family {
            family::INET => self.new_addr4(request),
            family::INET6 => self.new_addr6(request),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    pub(crate) fn del_addr(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        match family {
            family::INET => self.del_addr4(request),
            family::INET6 => self.del_addr6(request),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    /// `RTM_GETADDR` of one address: only IPv6 answers.
    pub(crate) fn get_addr(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        match family {
            family::INET6 => self.get_addr6(request),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    /// Looks at the lifetimes of a link's addresses, and at when to look again.
    pub(crate) fn lifetimes_timer(&mut self, netns: NetnsId, link: u32) {
        let at = LinkAt { netns, index: link };
        self.expire4(at);
        self.expire6(at);
        self.watch_lifetimes(at);
    }

    /// Sets the timer to the next end of a lifetime.
    pub(crate) fn watch_lifetimes(&mut self, at: LinkAt) {
        let timer = Timer::Lifetimes { netns: at.netns, link: at.index };
        let now = self.now;
        let Some(link) = self.link_at(at) else { return self.timers.cancel(timer) };
        let lives4 = link.addr4.iter().filter_map(|a| Some((a.ending()?, a.flags)));
        let lives6 = link.addr6.iter().map(|a| (a.lifetime, a.flags));
        let next = lives4
            .chain(lives6)
            .flat_map(|(life, flags)| {
                let preferred = (!flags.contains(IFA_F_DEPRECATED)).then_some(life.preferred);
                [Some(life.valid), preferred].map(|end| (life, end))
            })
            .filter_map(|(life, end)| Some(life.left(end.filter(|end| *end != FOREVER)?, now)))
            .min();
        match next {
            Some(seconds) => {
                let at = self.now.after_ns(u64::from(seconds.max(1)) * 1_000_000_000);
                self.timers.set(timer, at);
            }
            None => self.timers.cancel(timer),
        }
    }
}
