//! Policy routing rules (`net/core/fib_rules.c`, `net/ipv4/fib_rules.c`, `net/ipv6/fib6_rules.c`).

mod change;
pub(crate) mod dump;
mod lookup;
mod put;
mod request;

pub(crate) use lookup::{Flow, Step};

use crate::kernel::family;
use crate::kernel::netns::Netns;
use netplumb_core::family::route::{
    RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTPROT_KERNEL, RouteProtocol,
};
use netplumb_core::family::rule::{
    FR_ACT_GOTO, FR_ACT_TO_TBL, FibRulePortRange, FibRuleUidRange, RuleAction, RuleFlags,
};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Rules of IPv4 multicast routing (`RTNL_FAMILY_IPMR`), as a byte of a header.
pub(crate) const IPMR: u8 = 128;
/// Rules of IPv6 multicast routing (`RTNL_FAMILY_IP6MR`).
pub(crate) const IP6MR: u8 = 129;

/// Families of rules in the order in which a dump of all runs through them: that in which the kernel set them up.
pub(crate) const FAMILIES: [u8; 4] = [family::INET, IPMR, IP6MR, family::INET6];

/// A suppressor that suppresses nothing.
pub(crate) const NO_SUPPRESSOR: u32 = u32::MAX;

/// The rules of an address family, in the order in which they are tried.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) family: u8,
    pub(crate) list: Vec<Rule>,
    /// Tables that were made for rules which named none (`fib_empty_table`).
    pub(crate) made_tables: BTreeSet<u32>,
    /// A rule was once added or deleted: look-ups ask the rules from then on (`fib_has_custom_rules`).
    pub(crate) custom: bool,
}

/// A rule (`struct fib_rule` and what its family adds).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rule {
    pub(crate) priority: u32,
    pub(crate) action: RuleAction,
    pub(crate) table: u32,
    /// As they were given: whatever the user set there stays.
    pub(crate) flags: RuleFlags,
    pub(crate) protocol: RouteProtocol,
    pub(crate) iif: Option<Interface>,
    pub(crate) oif: Option<Interface>,
    pub(crate) mark: u32,
    pub(crate) mark_mask: u32,
    /// Priority of the rule to go on with. 0 is none.
    pub(crate) goto: u32,
    /// 0 is any.
    pub(crate) tun_id: u64,
    pub(crate) l3mdev: bool,
    pub(crate) uids: Option<FibRuleUidRange>,
    pub(crate) sport: Ports,
    pub(crate) dport: Ports,
    pub(crate) ip_proto: u8,
    pub(crate) suppress_ifgroup: u32,
    pub(crate) suppress_prefixlen: u32,
    pub(crate) selector: Selector,
}

/// What a family's rules select besides.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Selector {
    /// Address as given, host bits included, and prefix length; none for length 0.
    pub(crate) dst: Option<(IpAddr, u8)>,
    pub(crate) src: Option<(IpAddr, u8)>,
    /// The codepoint in the upper six bits, as in the IP header.
    pub(crate) dsfield: u8,
    /// The bits that count, when it was given as a codepoint, not as a type of service.
    pub(crate) dscp_mask: Option<u8>,
    /// Routing realms, IPv4.
    pub(crate) realms: u32,
    /// Flow label and the bits of it that count, IPv6.
    pub(crate) flow_label: u32,
    pub(crate) flow_label_mask: u32,
}

/// Ports that a rule selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Ports {
    /// First and last; 0 and 0 are any.
    pub(crate) range: FibRulePortRange,
    /// The bits that count; 0 for a range.
    pub(crate) mask: u16,
}

/// An interface that a rule names. The name need not belong to one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Interface {
    /// Up to 15 bytes, whatever they are.
    pub(crate) name: Vec<u8>,
    /// The link that had this name when the rule was made or when the link got it.
    pub(crate) index: Option<u32>,
}

impl Rules {
    /// The rules of a new namespace.
    pub(crate) fn defaults(family: u8) -> Self {
        let list = match family {
            family::INET => {
                vec![(0, RT_TABLE_LOCAL), (32_766, RT_TABLE_MAIN), (32_767, RT_TABLE_DEFAULT)]
            }
            family::INET6 => vec![(0, RT_TABLE_LOCAL), (32_766, RT_TABLE_MAIN)],
            // Multicast routing has tables of its own with the numbers of others.
            IPMR => vec![(32_767, RT_TABLE_DEFAULT)],
            IP6MR => vec![(32_767, RT_TABLE_MAIN)],
            _ => Vec::new(),
        };
        let list = list.into_iter().map(|(priority, table)| Rule {
            priority,
            table: table.0,
            protocol: RTPROT_KERNEL,
            ..Rule::default()
        });
        Self { family, list: list.collect(), made_tables: BTreeSet::new(), custom: false }
    }

    /// The priority of a rule that names none: one below that of the second, so that it comes behind the first.
    fn default_priority(&self) -> u32 {
        self.list.get(1).map_or(0, |rule| rule.priority.saturating_sub(1))
    }

    /// Puts a rule behind those of its priority.
    pub(crate) fn insert(&mut self, rule: Rule) {
        let at = self.list.partition_point(|other| other.priority <= rule.priority);
        self.list.insert(at, rule);
    }

    /// Where a rule goes on (`ctarget`): always with the first of that priority.
    fn target(&self, rule: &Rule) -> Option<usize> {
        self.list.iter().position(|other| other.priority == rule.goto)
    }

    /// Whether it goes on with a rule that does not exist.
    fn is_unresolved(&self, rule: &Rule) -> bool {
        rule.action == FR_ACT_GOTO && self.target(rule).is_none()
    }

    fn interfaces(&mut self) -> impl Iterator<Item = &mut Interface> {
        self.list.iter_mut().flat_map(|rule| [rule.iif.as_mut(), rule.oif.as_mut()]).flatten()
    }

    /// A link has this name now (`attach_rules`).
    fn attach(&mut self, name: &str, index: u32) {
        for interface in self.interfaces() {
            if interface.index.is_none() && interface.name == name.as_bytes() {
                interface.index = Some(index);
            }
        }
    }

    /// A link's name is gone (`detach_rules`).
    fn detach(&mut self, name: &str, index: Option<u32>) {
        for interface in self.interfaces() {
            // A rule may have found its link by an alternative name.
            if index.map_or(interface.name == name.as_bytes(), |index| interface.index == Some(index)) {
                interface.index = None;
            }
        }
    }
}

impl Default for Rule {
    /// A rule that looks a table up, whatever the packet.
    fn default() -> Self {
        Self {
            priority: 0,
            action: FR_ACT_TO_TBL,
            table: 0,
            flags: RuleFlags::default(),
            protocol: RouteProtocol::default(),
            iif: None,
            oif: None,
            mark: 0,
            mark_mask: 0,
            goto: 0,
            tun_id: 0,
            l3mdev: false,
            uids: None,
            sport: Ports::default(),
            dport: Ports::default(),
            ip_proto: 0,
            suppress_ifgroup: NO_SUPPRESSOR,
            suppress_prefixlen: NO_SUPPRESSOR,
            selector: Selector::default(),
        }
    }
}

impl Ports {
    fn is_set(self) -> bool {
        self.range.start != 0 && self.range.end != 0
    }
}

impl Interface {
    fn is_detached(&self) -> bool {
        self.index.is_none() && !self.name.is_empty()
    }
}

impl Netns {
    /// The rules of a family that has some.
    pub(crate) fn rules(&self, family: u8) -> Option<&Rules> {
        match family {
            family::INET => Some(&self.rules4),
            family::INET6 => Some(&self.rules6),
            IPMR => Some(&self.rules_mr4),
            IP6MR => Some(&self.rules_mr6),
            _ => None,
        }
    }

    pub(crate) fn rules_mut(&mut self, family: u8) -> Option<&mut Rules> {
        match family {
            family::INET => Some(&mut self.rules4),
            family::INET6 => Some(&mut self.rules6),
            IPMR => Some(&mut self.rules_mr4),
            IP6MR => Some(&mut self.rules_mr6),
            _ => None,
        }
    }
}
