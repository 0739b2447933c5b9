//! What has to be true of every world.

use crate::kernel::addr::{Addr4, Addr6};
use crate::kernel::link::{Link, LinkAt, MAX_NEST, Way};
use crate::kernel::netns::Netns;
use crate::kernel::rule::FAMILIES;
use crate::timer::Timer;
use crate::world::World;

/// Longest time until something that the kernel began by itself ends, in nanoseconds: far above any of them. Whoever waits for
/// it lets all that happens until then happen.
const LONGEST_SETTLING: u64 = 3_600_000_000_000;

/// Kinds of links that have ports.
const MASTERS: &[&str] = &["bond", "bridge", "vrf"];

impl World {
    /// What is wrong with this world: nothing, unless there is a mistake in the simulator or in a text that was loaded. Tests
    /// ask after each step.
    pub fn check(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for ns in self.netns.values() {
            let mut say = |what: String| faults.push(format!("namespace {}: {what}", ns.id.0));
            self.check_links(ns, &mut say);
            check_names(ns, &mut say);
            check_rules(ns, &mut say);
            check_neighs(ns, &mut say);
            check_fdb(ns, &mut say);
            if [ns.link_generation, ns.addr4_generation, ns.addr6_generation].contains(&0) {
                say("a generation is 0".to_owned());
            }
            if let Some(other) = ns.nsids.keys().find(|other| !self.netns.contains_key(other)) {
                say(format!("knows namespace {}, which is not there", other.0));
            }
        }
        self.check_nests(&mut faults);
        for (at, timer) in self.timers.iter() {
            if timer.settles() && at.since_ns(self.now) > LONGEST_SETTLING {
                faults.push(format!("{timer:?} waits too long"));
            }
            if !self.has_what(timer) {
                faults.push(format!("{timer:?} waits for something that is not there"));
            }
        }
        faults
    }

    fn check_links(&self, ns: &Netns, say: &mut dyn FnMut(String)) {
        for (index, link) in &ns.links {
            let mut say = |what: &str| say(format!("link {index} ({}) {what}", link.name));
            if link.index != *index {
                say("is kept under another index");
            }
            let master = link.master.map(|master| ns.link(master));
            match master {
                Some(None) => say("is a port of a link that is not there"),
                Some(Some(master)) if !MASTERS.contains(&master.kind.name) => {
                    say("is a port of a link that has no ports");
                }
                Some(Some(master)) if master.index == *index => say("is a port of itself"),
                None if !link.port.is_empty() => say("has settings of a port and is none"),
                _ => {}
            }
            self.check_lower(ns, link, &mut say);
            if link.address.len() != link.broadcast.len() || link.address.is_empty() {
                say("has addresses of different lengths");
            }
            check_addresses(link, &mut say);
        }
    }

    /// Links that are above each other in a circle have no last layer.
    fn check_nests(&self, faults: &mut Vec<String>) {
        let all = self
            .netns
            .values()
            .flat_map(|ns| ns.links.keys().map(|index| LinkAt { netns: ns.id, index: *index }));
        let layers = self.layers(all.collect(), Way::Up);
        if let Some(at) = layers.get(MAX_NEST).and_then(|layer| layer.first()) {
            faults.push(format!(
                "namespace {}: link {} is above too many others, or above itself",
                at.netns.0, at.index
            ));
        }
    }

    fn check_lower(&self, ns: &Netns, link: &Link, say: &mut dyn FnMut(&str)) {
        let Some(at) = link.lower else { return };
        let lower = self.netns.get(&at.netns).and_then(|ns| ns.link(at.index));
        let own = LinkAt { netns: ns.id, index: link.index };
        match lower {
            None => say("stands on a link that is not there"),
            Some(_) if at == own => say("stands on itself"),
            Some(lower) if link.is_kind("veth") && lower.lower != Some(own) => {
                say("is one end of a pair whose other end does not know it");
            }
            Some(_) if at.netns != ns.id && !self.netns.contains_key(&at.netns) => {
                say("stands on a link of a namespace that is not there");
            }
            Some(_) => {}
        }
    }

    /// Whether what a timer is about exists.
    fn has_what(&self, timer: Timer) -> bool {
        use crate::kernel::neigh::Key;
        let link = |netns, index| self.netns.get(&netns).and_then(|ns| ns.link(index));
        match timer {
            Timer::Carrier { netns, link: index } | Timer::Lifetimes { netns, link: index } => {
                link(netns, index).is_some()
            }
            Timer::Dad { netns, link: index, address } => {
                link(netns, index).is_some_and(|link| link.addr6.iter().any(|a| a.local == address))
            }
            Timer::Neigh { netns, link, address } => {
                let key = Key::new(link, address);
                self.netns.get(&netns).is_some_and(|ns| ns.neighs.entries.contains_key(&key))
            }
            Timer::ManagedNeighs { netns } | Timer::RouteExpiry { netns } => self.netns.contains_key(&netns),
        }
    }
}

fn check_names(ns: &Netns, say: &mut dyn FnMut(String)) {
    let mut count = 0;
    for link in ns.links.values() {
        for name in std::iter::once(&link.name).chain(&link.altnames) {
            count += 1;
            if ns.names.get(name) != Some(&link.index) {
                say(format!("{name} is not the name of link {}", link.index));
            }
        }
    }
    if ns.names.len() != count {
        say("there are names without a link, or one has two".to_owned());
    }
}

fn check_addresses(link: &Link, say: &mut dyn FnMut(&str)) {
    let valid4 = |address: &Addr4| address.prefix <= 32 && address.label.len() <= 15;
    if !link.addr4.iter().all(valid4) || link.addr6.iter().any(|address: &Addr6| address.prefix > 128) {
        say("has an address whose prefix is longer than it, or whose label is too long");
    }
    for (at, address) in link.addr4.iter().enumerate() {
        let same = |other: &&Addr4| other.local == address.local && other.prefix == address.prefix;
        if link.addr4.iter().take(at).any(|other| same(&other)) {
            say("has an IPv4 address twice");
        }
    }
    for (at, address) in link.addr6.iter().enumerate() {
        if link.addr6.iter().take(at).any(|other| other.local == address.local) {
            say("has an IPv6 address twice");
        }
    }
}

fn check_rules(ns: &Netns, say: &mut dyn FnMut(String)) {
    for rules in FAMILIES.into_iter().filter_map(|family| ns.rules(family)) {
        if !rules.list.is_sorted_by_key(|rule| rule.priority) {
            say(format!("the rules of family {} are not in order", rules.family));
        }
        let interfaces = rules.list.iter().flat_map(|rule| [&rule.iif, &rule.oif]).flatten();
        for index in interfaces.filter_map(|interface| interface.index) {
            if ns.link(index).is_none() {
                say(format!("a rule of family {} is for link {index}, which is not there", rules.family));
            }
        }
    }
}

fn check_neighs(ns: &Netns, say: &mut dyn FnMut(String)) {
    let neighs = &ns.neighs;
    for (key, neigh) in &neighs.entries {
        let Some(link) = ns.link(key.link) else {
            say(format!("the neighbour {} is on link {}, which is not there", key.address, key.link));
            continue;
        };
        if neigh.lladdr.len() != link.address.len() || neigh.made > neighs.made {
            say(format!("the neighbour {} is not like others of its link", key.address));
        }
    }
    for key in neighs.proxies.keys() {
        if key.link != 0 && ns.link(key.link).is_none() {
            say(format!("the proxy for {} is on link {}, which is not there", key.address, key.link));
        }
    }
}

fn check_fdb(ns: &Netns, say: &mut dyn FnMut(String)) {
    for ((bridge, mac), entry) in &ns.fdb.entries {
        let of_bridge = ns.link(*bridge).is_some_and(|link| link.is_kind("bridge"));
        let port = entry.port.map(|port| ns.link(port).and_then(|port| port.master));
        if !of_bridge || port.is_some_and(|master| master != Some(*bridge)) {
            say(format!("the entry {mac:x?} of bridge {bridge} is behind what is no port of it"));
        }
    }
    for (link, mac) in ns.fdb.received.keys().chain(ns.fdb.tunnels.keys()) {
        if ns.link(*link).is_none() {
            say(format!("the entry {mac:x?} is of link {link}, which is not there"));
        }
    }
    if ns.fdb.tunnels.iter().any(|((link, _), tunnel)| {
        tunnel.remotes.is_empty() || ns.link(*link).is_some_and(|link| !link.is_kind("vxlan"))
    }) {
        say("a tunnel goes nowhere, or is of a link that is no VXLAN".to_owned());
    }
}
