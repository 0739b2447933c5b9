//! Adding and deleting rules (`fib_newrule`, `fib_delrule`).

use super::request::Asked;
use super::{FAMILIES, IPMR, NO_SUPPRESSOR, Rule, Rules};
use crate::kernel::netns::Netns;
use crate::kernel::{family, group};
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::route::{RT_TABLE_LOCAL, RT_TABLE_MAIN};
use netplumb_core::family::rule::{FIB_RULE_PERMANENT, FR_ACT_TO_TBL, FibRuleHdr, RTM_DELRULE, RTM_NEWRULE};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::NLM_F_EXCL;

impl World {
    pub(crate) fn new_rule(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        check_header(request, family)?;
        let mut asked = Asked::read(request, family)?;
        let ns = self.ns_mut(request.netns);
        for interface in [&mut asked.rule.iif, &mut asked.rule.oif].into_iter().flatten() {
            let name = std::str::from_utf8(&interface.name).unwrap_or("");
            interface.index = ns.link_named(name).map(|link| link.index);
        }
        let Some(rules) = ns.rules_mut(family) else { return Ok(()) };
        asked.place(rules)?;
        if request.has(NLM_F_EXCL) && rules.list.iter().any(|rule| asked.equals(family, rule)) {
            return Err(Errno::EEXIST.into());
        }
        asked.configure(request, family)?;
        let mut rule = asked.rule;
        let no_table = rule.table == 0 && !rule.l3mdev && rule.action == FR_ACT_TO_TBL;
        if family == family::INET && no_table {
            rule.table = ns.free_table().ok_or(Errno::ENOBUFS)?;
            ns.rules4.made_tables.insert(rule.table);
        }
        if let Some(rules) = ns.rules_mut(family) {
            rules.insert(rule.clone());
            rules.custom = true;
        }
        self.announce_rule(request, family, RTM_NEWRULE, &rule);
        Ok(())
    }

    pub(crate) fn del_rule(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        check_header(request, family)?;
        let mut asked = Asked::read(request, family)?;
        let Some(rules) = self.ns_mut(request.netns).rules_mut(family) else { return Ok(()) };
        asked.place(rules)?;
        // What is not given does not matter, so that without any selector the first of all rules goes.
        let found = rules.list.iter().position(|rule| asked.selects(family, rule));
        let at = found.ok_or(Errno::ENOENT)?;
        if rules.list[at].flags.contains(FIB_RULE_PERMANENT) {
            return Err(Errno::EPERM.into());
        }
        let rule = rules.list.remove(at);
        rules.custom = true;
        self.announce_rule(request, family, RTM_DELRULE, &rule);
        Ok(())
    }

    fn announce_rule(&mut self, request: &Request<'_>, family: u8, kind: u16, rule: &Rule) {
        let group = if matches!(family, family::INET | IPMR) { group::IPV4_RULE } else { group::IPV6_RULE };
        let netns = request.netns;
        self.announce(netns, group, request.origin(), kind, 0, |world, w| {
            if let Some(rules) = world.ns(netns).rules(family) {
                rule.put(w, rules);
            }
        });
    }

    /// A link has got a name: rules that wait for it are attached (`attach_rules`).
    pub(crate) fn rules_link_named(&mut self, ns: NetnsId, name: &str) {
        let ns = self.ns_mut(ns);
        let Some(index) = ns.link_named(name).map(|link| link.index) else { return };
        for rules in ns.all_rules() {
            rules.attach(name, index);
        }
    }

    /// A link's name is gone: rules with it are detached (`detach_rules`).
    pub(crate) fn rules_link_unnamed(&mut self, ns: NetnsId, name: &str) {
        let ns = self.ns_mut(ns);
        let index = ns.link_named(name).map(|link| link.index);
        for rules in ns.all_rules() {
            rules.detach(name, index);
        }
    }
}

impl Netns {
    fn all_rules(&mut self) -> [&mut Rules; 4] {
        [&mut self.rules4, &mut self.rules6, &mut self.rules_mr4, &mut self.rules_mr6]
    }

    /// The lowest number of an IPv4 table that does not exist (`fib_empty_table`).
    fn free_table(&self) -> Option<u32> {
        let exists = |table: &u32| {
            [RT_TABLE_LOCAL.0, RT_TABLE_MAIN.0].contains(table)
                || self.rules4.made_tables.contains(table)
                || self.fib4.has_table(*table)
        };
        (1..=u32::MAX).find(|table| !exists(table))
    }
}

/// What is wrong before attributes are looked at.
fn check_header(request: &Request<'_>, family: u8) -> Outcome {
    if request.message.payload().len() < FibRuleHdr::SIZE {
        return refuse(Errno::EINVAL, "Invalid msg length");
    }
    if !FAMILIES.contains(&family) {
        return refuse(Errno::EAFNOSUPPORT, "Rule family not supported");
    }
    Ok(())
}

impl Asked<'_> {
    /// Whether a rule is what is asked for: what is not given does not matter (`rule_find`).
    fn selects(&self, family: u8, other: &Rule) -> bool {
        let own = &self.rule;
        (own.action.0 == 0 || other.action == own.action)
            && (own.table == 0 || other.table == own.table)
            && (!self.has_priority() || other.priority == own.priority)
            && own.iif.as_ref().is_none_or(|iif| iif.name.is_empty() || name(&other.iif) == iif.name)
            && own.oif.as_ref().is_none_or(|oif| oif.name.is_empty() || name(&other.oif) == oif.name)
            && (own.mark == 0 || other.mark == own.mark)
            && (own.suppress_ifgroup == NO_SUPPRESSOR || other.suppress_ifgroup == own.suppress_ifgroup)
            && (own.suppress_prefixlen == NO_SUPPRESSOR || other.suppress_prefixlen == own.suppress_prefixlen)
            && (own.mark_mask == 0 || other.mark_mask == own.mark_mask)
            && (own.tun_id == 0 || other.tun_id == own.tun_id)
            && (!own.l3mdev || other.l3mdev)
            && (own.uids.is_none() || other.uids == own.uids)
            && (own.ip_proto == 0 || other.ip_proto == own.ip_proto)
            && (own.protocol.0 == 0 || other.protocol == own.protocol)
            && (!own.sport.is_set() || other.sport.range == own.sport.range)
            && (own.sport.mask == 0 || other.sport.mask == own.sport.mask)
            && (!own.dport.is_set() || other.dport.range == own.dport.range)
            && (own.dport.mask == 0 || other.dport.mask == own.dport.mask)
            && self.compares(family, other)
    }

    /// Whether a rule like the one asked for is there already (`rule_exists`).
    fn equals(&self, family: u8, other: &Rule) -> bool {
        let own = &self.rule;
        other.action == own.action
            && other.table == own.table
            && other.priority == own.priority
            && name(&other.iif) == name(&own.iif)
            && name(&other.oif) == name(&own.oif)
            && other.mark == own.mark
            && other.suppress_ifgroup == own.suppress_ifgroup
            && other.suppress_prefixlen == own.suppress_prefixlen
            && other.mark_mask == own.mark_mask
            && other.tun_id == own.tun_id
            && other.l3mdev == own.l3mdev
            && other.uids == own.uids
            && other.ip_proto == own.ip_proto
            && other.protocol == own.protocol
            && other.sport == own.sport
            && other.dport == own.dport
            && self.compares(family, other)
    }

    /// What the family compares (`ops->compare`). What the request does not have does not matter, even to a rule that must be
    /// new: a rule for all sources counts as there when one for some is.
    fn compares(&self, family: u8, other: &Rule) -> bool {
        if !matches!(family, family::INET | family::INET6) {
            return true;
        }
        let (own, other, view) = (&self.rule.selector, &other.selector, self.view());
        let tos = self.header.tos;
        (own.src.is_none() || other.src == own.src)
            && (own.dst.is_none() || other.dst == own.dst)
            && (tos == 0 || (other.dscp_mask.is_none() && other.dsfield == tos))
            && view.dscp().is_none_or(|dscp| other.dscp_mask.is_some() && other.dsfield == dscp << 2)
            && view.dscp_mask().is_none_or(|mask| other.dscp_mask == Some(mask << 2))
            && (family != family::INET || view.flow().is_none_or(|realms| other.realms == realms))
            && (family != family::INET6
                || (view.flowlabel().is_none_or(|label| other.flow_label == label)
                    && view.flowlabel_mask().is_none_or(|mask| other.flow_label_mask == mask)))
    }
}

fn name(interface: &Option<super::Interface>) -> &[u8] {
    interface.as_ref().map_or(&[], |interface| &interface.name)
}
