//! A rule as a message (`fib_nl_fill_rule`).

use super::{NO_SUPPRESSOR, Ports, Rule, Rules};
use netplumb_core::family::common::AddressFamily;
use netplumb_core::family::route::{RT_TABLE_COMPAT, RouteTable};
use netplumb_core::family::rule::{
    FIB_RULE_IIF_DETACHED, FIB_RULE_OIF_DETACHED, FIB_RULE_UNRESOLVED, FRA_DPORT_MASK, FRA_DPORT_RANGE,
    FRA_IIFNAME, FRA_OIFNAME, FRA_SPORT_MASK, FRA_SPORT_RANGE, FibRuleHdr, RuleBuilder, RuleFlags,
};
use netplumb_core::wire::Writer;

impl Rule {
    /// Writes the message's payload. `rules` are those that it stands or stood among.
    pub(crate) fn put(&self, w: &mut Writer<'_>, rules: &Rules) {
        let selector = &self.selector;
        let header = FibRuleHdr {
            family: AddressFamily(rules.family),
            dst_len: selector.dst.map_or(0, |dst| dst.1),
            src_len: selector.src.map_or(0, |src| src.1),
            // A codepoint stands in an attribute of its own.
            tos: if selector.dscp_mask.is_some() { 0 } else { selector.dsfield },
            table: byte(self.table),
            action: self.action,
            flags: self.shown_flags(rules),
            ..FibRuleHdr::default()
        };
        let mut r = RuleBuilder::with_header(w, header);
        r.table_id(RouteTable(self.table))
            .suppress_prefixlen(self.suppress_prefixlen)
            .protocol(self.protocol);
        for (kind, interface) in [(FRA_IIFNAME, &self.iif), (FRA_OIFNAME, &self.oif)] {
            if let Some(interface) = interface.as_ref().filter(|i| !i.name.is_empty()) {
                r.writer().attr_parts(kind, &interface.name, &[0]);
            }
        }
        if self.priority != 0 {
            r.priority(self.priority);
        }
        if self.mark != 0 {
            r.fwmark(self.mark);
        }
        if self.mark != 0 || self.mark_mask != 0 {
            r.fwmask(self.mark_mask);
        }
        if self.goto != 0 {
            r.goto(self.goto);
        }
        if self.tun_id != 0 {
            r.tun_id(self.tun_id);
        }
        if self.l3mdev {
            r.l3mdev(1);
        }
        if let Some(uids) = self.uids {
            r.uid_range(uids);
        }
        self.sport.put(r.writer(), FRA_SPORT_RANGE, FRA_SPORT_MASK);
        self.dport.put(r.writer(), FRA_DPORT_RANGE, FRA_DPORT_MASK);
        if self.ip_proto != 0 {
            r.ip_proto(self.ip_proto);
        }
        if self.suppress_ifgroup != NO_SUPPRESSOR {
            r.suppress_ifgroup(self.suppress_ifgroup);
        }
        self.put_selector(&mut r);
    }

    fn put_selector(&self, r: &mut RuleBuilder<'_, '_>) {
        let selector = &self.selector;
        if let Some(mask) = selector.dscp_mask {
            r.dscp(selector.dsfield >> 2).dscp_mask(mask >> 2);
        }
        if selector.flow_label_mask != 0 {
            r.flowlabel(selector.flow_label).flowlabel_mask(selector.flow_label_mask);
        }
        if let Some((dst, _)) = selector.dst {
            r.dst(dst);
        }
        if let Some((src, _)) = selector.src {
            r.src(src);
        }
        if selector.realms != 0 {
            r.flow(selector.realms);
        }
    }

    fn shown_flags(&self, rules: &Rules) -> RuleFlags {
        let mut flags = self.flags;
        if rules.is_unresolved(self) {
            flags |= FIB_RULE_UNRESOLVED;
        }
        if self.iif.as_ref().is_some_and(super::Interface::is_detached) {
            flags |= FIB_RULE_IIF_DETACHED;
        }
        if self.oif.as_ref().is_some_and(super::Interface::is_detached) {
            flags |= FIB_RULE_OIF_DETACHED;
        }
        flags
    }
}

impl Ports {
    fn put(self, w: &mut Writer<'_>, range: u16, mask: u16) {
        if self.is_set() {
            let [a, b] = self.range.start.to_ne_bytes();
            w.attr_parts(range, &[a, b], &self.range.end.to_ne_bytes());
        }
        if self.mask != 0 {
            w.attr(mask, &self.mask.to_ne_bytes());
        }
    }
}

/// The header's byte has no room for numbers above 255.
fn byte(table: u32) -> u8 {
    u8::try_from(table).or(u8::try_from(RT_TABLE_COMPAT.0)).unwrap_or(0)
}
