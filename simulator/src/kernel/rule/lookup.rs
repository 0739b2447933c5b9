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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::rule::Rule;
    use crate::world::{NetnsId, World};
    use netplumb_core::family::rule::{FR_ACT_BLACKHOLE, FibRulePortRange, RuleAction};

    fn table(table: u32) -> Step {
        Step::Table { table, suppress_prefixlen: -1, suppress_ifgroup: None }
    }

    fn rule(priority: u32, action: RuleAction, table: u32) -> Rule {
        Rule { priority, action, table, ..Rule::default() }
    }

    #[track_caller]
    fn check(family: u8, rules: &[Rule], flow: &Flow, expected: &[Step]) {
        let world = World::new(1);
        let mut own = Rules { family, ..Rules::default() };
        for rule in rules {
            own.insert(rule.clone());
        }
        let steps: Vec<Step> = own.tables(world.ns(NetnsId(0)), flow).collect();
        assert_eq!(steps, expected);
    }

    #[test]
    fn rules_are_tried_in_order() {
        let world = World::new(1);
        let ns = world.ns(NetnsId(0));
        let flow = Flow::default();
        let steps: Vec<Step> = ns.rules4.tables(ns, &flow).collect();
        assert_eq!(steps, [table(255), table(254), table(253)]);
        let steps: Vec<Step> = ns.rules6.tables(ns, &flow).collect();
        assert_eq!(steps, [table(255), table(254)]);
        let rules = [
            rule(1, FR_ACT_NOP, 0),
            rule(9, FR_ACT_PROHIBIT, 0),
            rule(2, FR_ACT_TO_TBL, 7),
            rule(8, FR_ACT_BLACKHOLE, 0),
            rule(8, FR_ACT_UNREACHABLE, 0),
            rule(10, RuleAction(99), 0),
        ];
        let ends = [table(7), Step::Blackhole, Step::Unreachable, Step::Prohibit, Step::Blackhole];
        check(family::INET, &rules, &flow, &ends);
    }

    #[test]
    fn gotos_go_forward_or_nowhere() {
        let goto = |priority, goto| Rule { goto, ..rule(priority, FR_ACT_GOTO, 0) };
        let rules =
            [goto(1, 5), rule(2, FR_ACT_TO_TBL, 2), rule(5, FR_ACT_TO_TBL, 5), rule(5, FR_ACT_TO_TBL, 6)];
        check(family::INET6, &rules, &Flow::default(), &[table(5), table(6)]);
        let rules = [goto(1, 4), rule(2, FR_ACT_TO_TBL, 2), rule(5, FR_ACT_TO_TBL, 5)];
        check(family::INET6, &rules, &Flow::default(), &[table(2), table(5)]);
    }

    #[test]
    fn selectors_select() {
        let base = rule(1, FR_ACT_TO_TBL, 1);
        let ports = |start, end, mask| Ports { range: FibRulePortRange { start, end }, mask };
        let selector = Selector { src: Some(([10, 1, 0, 0].into(), 16)), ..Selector::default() };
        let flow = Flow {
            source: Some([10, 1, 2, 3].into()),
            mark: 0x15,
            uid: 7,
            ip_proto: 6,
            sport: 80,
            dsfield: 0xb8,
            ..Flow::default()
        };
        let matching = [
            Rule { selector: selector.clone(), ..base.clone() },
            Rule { mark: 5, mark_mask: 0xf, ..base.clone() },
            Rule { sport: ports(80, 90, 0), ip_proto: 6, ..base.clone() },
            Rule { sport: ports(0x40, 0x40, 0xf0), ..base.clone() },
            Rule { selector: Selector { dsfield: 0x18, ..Selector::default() }, ..base.clone() },
            Rule {
                selector: Selector { dsfield: 0xb8, dscp_mask: Some(0xfc), ..Selector::default() },
                ..base.clone()
            },
        ];
        for rule in matching {
            let all = [table(1)];
            let (own, other) =
                if rule.sport.mask == 0xf0 { (&[][..], &all[..]) } else { (&all[..], &[][..]) };
            check(family::INET, std::slice::from_ref(&rule), &flow, own);
            // What does not match is what an inverted rule is for.
            let inverted = Rule { flags: FIB_RULE_INVERT, ..rule };
            check(family::INET, &[inverted], &flow, other);
        }
        // IPv6 asks for a source where IPv4 takes none for 0.0.0.0.
        let none = Flow::default();
        let any =
            Rule { selector: Selector { src: Some(([0, 0, 0, 0].into(), 8)), ..selector }, ..base.clone() };
        check(family::INET, &[any], &none, &[table(1)]);
        let v6 = Selector { src: Some(("2001:db8::".parse().unwrap(), 32)), ..Selector::default() };
        let rule = Rule { selector: v6, ..base };
        check(family::INET6, std::slice::from_ref(&rule), &none, &[]);
        check(family::INET6, &[Rule { flags: FIB_RULE_FIND_SADDR, ..rule }], &none, &[table(1)]);
    }

    #[test]
    fn a_rule_without_its_link_matches_nothing() {
        let detached = Interface { name: b"gone".to_vec(), index: None };
        let rule = Rule { iif: Some(detached), ..rule(1, FR_ACT_TO_TBL, 1) };
        check(family::INET, &[rule], &Flow::default(), &[]);
    }
}
