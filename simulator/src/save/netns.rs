//! Namespaces.

use super::error::LoadFault;
use super::line::{Result, Tail};
use crate::kernel::netns::{Conf6, Netns};
use crate::kernel::rule::FAMILIES;
use crate::world::{NetnsId, World};
use std::fmt::Write as _;

pub(super) fn save(out: &mut String, ns: &Netns) {
    let _ = write!(
        out,
        "netns {} next_index={} link_generation={} addr4_generation={} addr6_generation={}",
        ns.id.0, ns.next_index, ns.link_generation, ns.addr4_generation, ns.addr6_generation
    );
    for (other, id) in &ns.nsids {
        let _ = write!(out, " nsid={}:{id}", other.0);
    }
    if !ns.rules4.made_tables.is_empty() {
        let tables: Vec<String> = ns.rules4.made_tables.iter().map(u32::to_string).collect();
        let _ = write!(out, " made_tables={}", tables.join(","));
    }
    let custom = FAMILIES.into_iter().filter(|family| ns.rules(*family).is_some_and(|rules| rules.custom));
    let custom: Vec<String> = custom.map(|family| family.to_string()).collect();
    if !custom.is_empty() {
        let _ = write!(out, " custom_rules={}", custom.join(","));
    }
    if ns.neighs.made != 0 {
        let _ = write!(out, " made_neighs={}", ns.neighs.made);
    }
    save_conf6(out, ns.conf6, Conf6::default());
    out.push('\n');
}

/// Settings of IPv6 that are not the usual ones.
pub(super) fn save_conf6(out: &mut String, conf: Conf6, usual: Conf6) {
    let Conf6 { disable, accept_dad, dad_transmits } = conf;
    if disable != usual.disable {
        let _ = write!(out, " disable_ipv6={}", u8::from(disable));
    }
    if accept_dad != usual.accept_dad {
        let _ = write!(out, " accept_dad={accept_dad}");
    }
    if dad_transmits != usual.dad_transmits {
        let _ = write!(out, " dad_transmits={dad_transmits}");
    }
}

pub(super) fn restore_conf6(tail: &mut Tail<'_>, usual: Conf6) -> Result<Conf6> {
    Ok(Conf6 {
        disable: tail.flag("disable_ipv6", usual.disable)?,
        accept_dad: tail.value("accept_dad", "a number", usual.accept_dad)?,
        dad_transmits: tail.value("dad_transmits", "a number up to 255", usual.dad_transmits)?,
    })
}

pub(super) fn restore(world: &mut World, text: &str) -> Result<NetnsId> {
    let (id, keys) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let id = NetnsId(id.parse().map_err(|_| LoadFault::Value("the namespace's number"))?);
    // It is the number of a descriptor as well.
    if i32::try_from(id.0).is_err() {
        return Err(LoadFault::Value("the namespace's number"));
    }
    if world.netns.contains_key(&id) {
        return Err(LoadFault::Repeated("the namespace"));
    }
    let mut tail = Tail::read(keys)?;
    let mut ns = Netns::new(id);
    // The text has them all.
    for family in FAMILIES {
        if let Some(rules) = ns.rules_mut(family) {
            rules.list.clear();
        }
    }
    ns.next_index = tail.value("next_index", "an index", ns.next_index)?;
    ns.link_generation = tail.value("link_generation", "a number", ns.link_generation)?;
    ns.addr4_generation = tail.value("addr4_generation", "a number", ns.addr4_generation)?;
    ns.addr6_generation = tail.value("addr6_generation", "a number", ns.addr6_generation)?;
    ns.neighs.made = tail.value("made_neighs", "a number", 0)?;
    while let Some(pair) = tail.take("nsid") {
        let pair = pair.split_once(':').and_then(|(ns, id)| Some((ns.parse().ok()?, id.parse().ok()?)));
        let (other, id) = pair.ok_or(LoadFault::Value("the number of a namespace, a colon and its id"))?;
        ns.nsids.insert(NetnsId(other), id);
    }
    if let Some(tables) = tail.take("made_tables") {
        let tables = tables.split(',').map(str::parse).collect::<std::result::Result<_, _>>();
        ns.rules4.made_tables = tables.map_err(|_| LoadFault::Value("numbers with commas between them"))?;
    }
    for family in tail.take("custom_rules").into_iter().flat_map(|list| list.split(',')) {
        let rules = family.parse().ok().and_then(|family| ns.rules_mut(family));
        rules.ok_or(LoadFault::Value("families that have rules"))?.custom = true;
    }
    ns.conf6 = restore_conf6(&mut tail, Conf6::default())?;
    tail.finish()?;
    world.netns.insert(id, ns);
    Ok(id)
}
