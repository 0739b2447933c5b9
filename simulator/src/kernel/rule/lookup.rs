//! Which tables a packet's route is looked up in (`fib_rules_lookup`).

use super::{Interface, Ports, Rule, Rules, Selector};
use crate::kernel::family;
use crate::kernel::netns::Netns;
use netplumb_core::family::rule::{
    FIB_RULE_FIND_SADDR, FIB_RULE_INVERT, FR_ACT_GOTO, FR_ACT_NOP, FR_ACT_PROHIBIT, FR_ACT_TO_TBL,
    FR_ACT_UNREACHABLE,
};
use std::net::{IpAddr, Ipv4Addr};

/// The bits of the codepoint that a type of service is compared with (`IPTOS_RT_MASK`).
const TOS_MASK: u8 = 0x1c;

/// What is known of a packet (`struct flowi`). 0 is what a field has that is not known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) source: Option<IpAddr>,
    pub(crate) destination: Option<IpAddr>,
    /// Index of the link that it came from.
    pub(crate) iif: u32,
    /// Index of the link that it is bound to.
    pub(crate) oif: u32,
    /// Index of the VRF that either of them belongs to, and its table.
    pub(crate) l3mdev: Option<(u32, u32)>,
    pub(crate) mark: u32,
    /// Differentiated services field, as in the IP header.
    pub(crate) dsfield: u8,
    pub(crate) uid: u32,
    pub(crate) ip_proto: u8,
    pub(crate) sport: u16,
    pub(crate) dport: u16,
    pub(crate) tun_id: u64,
    pub(crate) flow_label: u32,
}

/// What a rule says about a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Look up a table; when nothing is found, or nothing that counts, go on.
    Table {
        /// Its number.
        table: u32,
        /// Routes do not count whose prefix is not longer than this: -1 for all count.
        suppress_prefixlen: i32,
        /// Routes do not count whose device is in this group, when there is one.
        suppress_ifgroup: Option<u32>,
    },
    /// `ENETUNREACH`.
    Unreachable,
    /// `EACCES`.
    Prohibit,
    /// `EINVAL`: any action that is none of the others, too.
    Blackhole,
}

impl Rules {
    /// What the rules say about a packet, in order. The first step that is no table, or whose table has a route that counts,
    /// is the answer; behind the last there is none (`ESRCH`).
    pub(crate) fn tables<'r>(&'r self, ns: &'r Netns, flow: &'r Flow) -> impl Iterator<Item = Step> + 'r {
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(rule) = self.list.get(at) {
                at += 1;
                if !rule.matches(ns, self.family, flow) {
                    continue;
                }
                match rule.action {
                    // A goto whose target is missing is passed over. Targets lie ahead, so this ends.
                    FR_ACT_GOTO => at = self.target(rule).unwrap_or(at).max(at),
                    FR_ACT_NOP => {}
                    _ => return Some(rule.step(flow)),
                }
            }
            None
        })
    }
}

impl Rule {
    fn step(&self, flow: &Flow) -> Step {
        match self.action {
            FR_ACT_TO_TBL => Step::Table {
                table: if self.l3mdev { flow.l3mdev.map_or(0, |vrf| vrf.1) } else { self.table },
                suppress_prefixlen: self.suppress_prefixlen.cast_signed(),
                suppress_ifgroup: (self.suppress_ifgroup != super::NO_SUPPRESSOR)
                    .then_some(self.suppress_ifgroup),
            },
            FR_ACT_UNREACHABLE => Step::Unreachable,
            FR_ACT_PROHIBIT => Step::Prohibit,
            _ => Step::Blackhole,
        }
    }

    /// `fib_rule_match`.
    fn matches(&self, ns: &Netns, family: u8, flow: &Flow) -> bool {
        let uid = self.uids.is_none_or(|uids| (uids.start..=uids.end).contains(&flow.uid));
        let common = self.iif.as_ref().is_none_or(|iif| iif.matches(ns, flow.iif, flow))
            && self.oif.as_ref().is_none_or(|oif| oif.matches(ns, flow.oif, flow))
            && (self.mark ^ flow.mark) & self.mark_mask == 0
            && (self.tun_id == 0 || self.tun_id == flow.tun_id)
            && (!self.l3mdev || flow.l3mdev.is_some())
            && uid;
        let matched = common
            && match family {
                family::INET => self.selector.matches4(flow) && self.matches_transport(flow),
                family::INET6 => {
                    let find = self.flags.contains(FIB_RULE_FIND_SADDR);
                    self.selector.matches6(flow, find) && self.matches_transport(flow)
                }
                _ => true,
            };
        matched != self.flags.contains(FIB_RULE_INVERT)
    }

    fn matches_transport(&self, flow: &Flow) -> bool {
        (self.ip_proto == 0 || self.ip_proto == flow.ip_proto)
            && self.sport.matches(flow.sport)
            && self.dport.matches(flow.dport)
    }
}

impl Interface {
    /// `fib_rule_iif_match`, `fib_rule_oif_match`: a VRF stands for all that belongs to it.
    fn matches(&self, ns: &Netns, index: u32, flow: &Flow) -> bool {
        let Some(own) = self.index else { return false };
        let vrf = ns.link(own).is_some_and(|link| link.is_kind("vrf"));
        if vrf { flow.l3mdev.is_some_and(|vrf| vrf.0 == own) } else { own == index }
    }
}

impl Ports {
    fn matches(self, port: u16) -> bool {
        match self.mask {
            _ if !self.is_set() => true,
            0 => (self.range.start..=self.range.end).contains(&port),
            mask => (self.range.start ^ port) & mask == 0,
        }
    }
}

impl Selector {
    /// `fib4_rule_match`.
    fn matches4(&self, flow: &Flow) -> bool {
        // No address is 0.0.0.0 here.
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let dsfield = match self.dscp_mask {
            Some(mask) => (self.dsfield ^ flow.dsfield) & mask == 0,
            // The upper three bits did not belong to the type of service.
            None => self.dsfield == 0 || self.dsfield == flow.dsfield & TOS_MASK,
        };
        within(self.src, flow.source.unwrap_or(any))
            && within(self.dst, flow.destination.unwrap_or(any))
            && dsfield
    }

    /// `fib6_rule_match`.
    fn matches6(&self, flow: &Flow, find_source: bool) -> bool {
        let source = match (self.src, flow.source) {
            (None, _) => true,
            (src, Some(source)) => within(src, source),
            // The source will be chosen by the route that is found.
            (Some(_), None) => find_source,
        };
        let mask = self.dscp_mask.unwrap_or(if self.dsfield == 0 { 0 } else { 0xfc });
        source
            && flow.destination.is_none_or(|destination| within(self.dst, destination))
            && (self.dsfield ^ flow.dsfield) & mask == 0
            && (self.flow_label ^ flow.flow_label) & self.flow_label_mask == 0
    }
}

/// Whether an address is in a prefix.
fn within(prefix: Option<(IpAddr, u8)>, address: IpAddr) -> bool {
    let Some((prefix, len)) = prefix else { return true };
    let bits = |address| match address {
        IpAddr::V4(a) => u128::from(a.to_bits()) << 96,
        IpAddr::V6(a) => a.to_bits(),
    };
    let mask = u128::MAX.checked_shl(128 - u32::from(len)).unwrap_or(0);
    prefix.is_ipv4() == address.is_ipv4() && (bits(prefix) ^ bits(address)) & mask == 0
}
