//! Policy routing rules.

use super::TailWriter;
use super::error::LoadFault;
use super::line::{Last, Line, Result, put};
use crate::kernel::netns::Netns;
use crate::kernel::rule::{FAMILIES, Interface, NO_SUPPRESSOR, Ports, Rule, Selector};
use netplumb_core::family::rule::{
    FIB_RULE_IIF_DETACHED, FIB_RULE_OIF_DETACHED, FIB_RULE_UNRESOLVED, FRA_IIFNAME, FRA_OIFNAME,
    FibRulePortRange, RTM_NEWRULE, Rule as View, RuleFlags,
};
use netplumb_core::wire::Source as _;
use std::net::IpAddr;

/// Flags that follow from other things.
const SHOWN: RuleFlags = RuleFlags(FIB_RULE_UNRESOLVED.0 | FIB_RULE_IIF_DETACHED.0 | FIB_RULE_OIF_DETACHED.0);

pub(super) fn save(out: &mut String, ns: &Netns) {
    for rules in FAMILIES.into_iter().filter_map(|family| ns.rules(family)) {
        for rule in &rules.list {
            put(out, "rule", RTM_NEWRULE, |w| rule.put(w, rules));
            let mut tail = TailWriter::new(out);
            tail.put_unless("flags", (rule.flags & SHOWN).0, 0);
            for (key, interface) in [("iif", &rule.iif), ("oif", &rule.oif)] {
                let Some(interface) = interface else { continue };
                if interface.index != named(ns, &interface.name) || interface.name.is_empty() {
                    tail.put(key, interface.index.unwrap_or(0));
                }
            }
            tail.finish();
        }
    }
}

/// The link that has a name.
fn named(ns: &Netns, name: &[u8]) -> Option<u32> {
    ns.link_named(std::str::from_utf8(name).ok()?).map(|link| link.index)
}

pub(super) fn restore(ns: &mut Netns, line: &mut Line<'_>) -> Result<()> {
    let (header, attrs) = line.parts::<View<'static>>(RTM_NEWRULE, "RTM_NEWRULE")?;
    let view = View::new(line.message.payload()).ok_or(LoadFault::Payload)?;
    let view = view.over(attrs);
    let shown = RuleFlags(line.tail.value("flags", "a number", 0)?);
    let mask = if view.fwmark().unwrap_or(0) == 0 { 0 } else { u32::MAX };
    let rule = Rule {
        priority: view.priority().unwrap_or(0),
        action: header.action,
        table: view.route_table().0,
        flags: RuleFlags(header.flags.without(SHOWN).0 | shown.0),
        protocol: view.protocol().unwrap_or_default(),
        iif: interface(ns, line, attrs, FRA_IIFNAME, "iif")?,
        oif: interface(ns, line, attrs, FRA_OIFNAME, "oif")?,
        mark: view.fwmark().unwrap_or(0),
        mark_mask: view.fwmask().unwrap_or(mask),
        goto: view.goto().unwrap_or(0),
        tun_id: view.tun_id().unwrap_or(0),
        l3mdev: view.l3mdev().is_some_and(|l3mdev| l3mdev != 0),
        uids: view.uid_range(),
        sport: ports(view.sport_range(), view.sport_mask()),
        dport: ports(view.dport_range(), view.dport_mask()),
        ip_proto: view.ip_proto().unwrap_or(0),
        suppress_ifgroup: view.suppress_ifgroup().unwrap_or(NO_SUPPRESSOR),
        suppress_prefixlen: view.suppress_prefixlen().unwrap_or(NO_SUPPRESSOR),
        selector: Selector {
            dst: prefix(view.dst(), header.dst_len)?,
            src: prefix(view.src(), header.src_len)?,
            dsfield: view.dscp().map_or(header.tos, |dscp| dscp << 2),
            dscp_mask: view.dscp().map(|_| view.dscp_mask().map_or(0xfc, |mask| mask << 2)),
            realms: view.flow().unwrap_or(0),
            flow_label: view.flowlabel().unwrap_or(0),
            flow_label_mask: view.flowlabel_mask().unwrap_or(0),
        },
    };
    let rules = ns.rules_mut(header.family.0).ok_or(LoadFault::Value("a family that has rules"))?;
    rules.insert(rule);
    Ok(())
}

fn interface(
    ns: &Netns,
    line: &mut Line<'_>,
    attrs: Last<'_>,
    kind: u16,
    key: &str,
) -> Result<Option<Interface>> {
    let given = line.tail.take(key);
    let attr = attrs.find(kind);
    // A rule may name an interface without a name: nothing matches it.
    if given.is_none() && attr.is_none() {
        return Ok(None);
    }
    let payload = attr.map_or(&[][..], |attr| attr.payload());
    let name = payload.split(|byte| *byte == 0).next().unwrap_or(&[]).to_vec();
    if name.len() > 15 {
        return Err(LoadFault::Value("a name of at most 15 bytes"));
    }
    let index = match given {
        None => named(ns, &name),
        Some(text) => {
            let index: u32 = text.parse().map_err(|_| LoadFault::Value("the index of a link"))?;
            (index != 0).then_some(index)
        }
    };
    Ok(Some(Interface { name, index }))
}

fn ports(range: Option<FibRulePortRange>, mask: Option<u16>) -> Ports {
    Ports { range: range.unwrap_or_default(), mask: mask.unwrap_or(0) }
}

fn prefix(address: Option<IpAddr>, len: u8) -> Result<Option<(IpAddr, u8)>> {
    match address {
        _ if len == 0 => Ok(None),
        Some(address) if len <= if address.is_ipv4() { 32 } else { 128 } => Ok(Some((address, len))),
        _ => Err(LoadFault::Value("an address and the length of its prefix")),
    }
}
