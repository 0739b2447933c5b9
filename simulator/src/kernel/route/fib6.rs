//! The IPv6 routing tables (`net/ipv6/ip6_fib.c`).

use super::encap::Encap;
use super::few::Few;
use super::fib4::{LOCAL, MAIN, Packet, l3mdev};
use super::shared::{Shared, State};
use super::spec::{DEAD, Metrics};
use crate::kernel::netns::Netns;
use crate::kernel::rule::{Flow, Step};
use netplumb_core::family::route::{RTN_THROW, RouteProtocol, RouteType, RouterPref};
use netplumb_core::{Errno, Instant};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{IpAddr, Ipv6Addr};

/// The IPv6 routing tables of a namespace.
#[derive(Clone, Debug)]
pub(crate) struct Fib6 {
    tables: BTreeMap<u32, Table6>,
    pub(super) infos: Shared<Info6>,
    made: u64,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table6 {
    pub(super) made: u64,
    /// Routes in the order in which dumps show them; those of a prefix by metric, then by age.
    pub(super) routes: BTreeMap<Key6, Few<Route6>>,
    /// Routes by prefix length: look-ups try only lengths that occur.
    lengths: [u32; 129],
    /// Routes that ask for a source, too.
    sourced: u32,
}

/// A destination prefix and a source prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Key6 {
    dst: [u64; 2],
    src: [u64; 2],
    pub(super) len: u8,
    pub(super) src_len: u8,
}

/// A route under its key (`struct fib6_info`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Route6 {
    pub(super) info: u32,
    pub(super) metric: u32,
    /// `RTNH_F_DEAD` and `RTNH_F_LINKDOWN`.
    pub(super) marks: u8,
}

/// What equal routes share.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Info6 {
    pub(super) protocol: RouteProtocol,
    pub(super) kind: RouteType,
    pub(super) pref: RouterPref,
    /// Packets do not get through: the type says so, or the loopback interface.
    pub(super) reject: bool,
    pub(super) source: Option<Ipv6Addr>,
    pub(super) metrics: Metrics,
    pub(super) oif: u32,
    pub(super) gateway: Option<Ipv6Addr>,
    pub(super) onlink: bool,
    pub(super) weight: u16,
    pub(super) encap: Option<Box<Encap>>,
    /// When it ends.
    pub(super) expires: Option<Instant>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow6 {
    pub(super) dst: Ipv6Addr,
    pub(super) src: Ipv6Addr,
    /// 0 is any.
    pub(super) oif: u32,
    /// Only routes out of that link count.
    pub(super) strict: bool,
    pub(super) now: Instant,
    /// What only rules ask for; its source is not looked at.
    pub(super) packet: Packet,
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit6 {
    pub(super) table: u32,
    pub(super) key: Key6,
    pub(super) at: usize,
    pub(super) route: Route6,
}

/// The first `len` bits.
pub(super) fn mask6(len: u8) -> u128 {
    u128::MAX.checked_shl(128u32.saturating_sub(u32::from(len))).unwrap_or(0)
}

fn halves(addr: u128) -> [u64; 2] {
    #[allow(clippy::cast_possible_truncation)]
    let halves = [(addr >> 64) as u64, addr as u64];
    halves
}

fn whole(halves: [u64; 2]) -> u128 {
    u128::from(halves[0]) << 64 | u128::from(halves[1])
}

impl Key6 {
    pub(super) fn new(dst: Ipv6Addr, len: u8, src: Ipv6Addr, src_len: u8) -> Self {
        Self {
            dst: halves(u128::from(dst) & mask6(len)),
            src: halves(u128::from(src) & mask6(src_len)),
            len,
            src_len,
        }
    }

    pub(super) fn dst(self) -> Ipv6Addr {
        whole(self.dst).into()
    }

    pub(super) fn src(self) -> Ipv6Addr {
        whole(self.src).into()
    }
}

/// The kernel walks a binary trie: first what asks for a source, then what is longer and goes on with 0, then with 1,
/// then the prefix itself.
impl Ord for Key6 {
    fn cmp(&self, other: &Self) -> Ordering {
        let nested = |prefix: &Self| if prefix.src_len > 0 { Ordering::Less } else { Ordering::Greater };
        match walk(self.dst, self.len, other.dst, other.len) {
            Walk::Apart(order) => order,
            Walk::Inside => nested(other).reverse(),
            Walk::Around => nested(self),
            Walk::Same => match (self.src_len > 0, other.src_len > 0) {
                (true, true) => match walk(self.src, self.src_len, other.src, other.src_len) {
                    Walk::Apart(order) => order,
                    Walk::Inside => Ordering::Less,
                    Walk::Around => Ordering::Greater,
                    Walk::Same => Ordering::Equal,
                },
                (a, b) => b.cmp(&a),
            },
        }
    }
}

impl PartialOrd for Key6 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How two prefixes lie to each other.
enum Walk {
    Apart(Ordering),
    /// The first is in the second.
    Inside,
    /// The second is in the first.
    Around,
    Same,
}

fn walk(a: [u64; 2], a_len: u8, b: [u64; 2], b_len: u8) -> Walk {
    let (a, b) = (whole(a), whole(b));
    if (a ^ b).leading_zeros() < u32::from(a_len.min(b_len)) {
        return Walk::Apart(a.cmp(&b));
    }
    match a_len.cmp(&b_len) {
        Ordering::Equal => Walk::Same,
        Ordering::Greater => Walk::Inside,
        Ordering::Less => Walk::Around,
    }
}

impl Default for Fib6 {
    /// The main table and that of local addresses are there from the beginning.
    fn default() -> Self {
        let mut fib = Self { tables: BTreeMap::new(), infos: Shared::default(), made: 0 };
        fib.make_table(MAIN);
        fib.make_table(LOCAL);
        fib
    }
}

impl Fib6 {
    pub(super) fn table(&self, id: u32) -> Option<&Table6> {
        self.tables.get(&id)
    }

    /// The table, made if it is missing (`fib6_new_table`).
    pub(super) fn make_table(&mut self, id: u32) {
        if !self.tables.contains_key(&id) {
            self.made = self.made.saturating_add(1);
            let table = Table6 { made: self.made, routes: BTreeMap::new(), lengths: [0; 129], sourced: 0 };
            self.tables.insert(id, table);
        }
    }

    /// Tables in the order in which dumps show them, as in IPv4.
    pub(super) fn in_dump_order(&self) -> Vec<(u8, Reverse<u64>, u32)> {
        super::in_dump_order(self.tables.iter().map(|(id, table)| (*id, table.made)))
    }

    /// Tables, the oldest first.
    pub(super) fn in_order_of_making(&self) -> Vec<u32> {
        super::in_order_of_making(self.tables.iter().map(|(id, table)| (*id, table.made)))
    }

    /// The routes under a key.
    pub(super) fn routes(&self, table: u32, key: &Key6) -> &[Route6] {
        self.tables.get(&table).and_then(|table| table.routes.get(key)).map_or(&[], |list| list)
    }

    pub(super) fn info(&self, route: Route6) -> Option<&Info6> {
        self.infos.slot(route.info).map(|slot| &*slot.value)
    }

    /// Puts a route into a table that exists.
    pub(super) fn insert(&mut self, table: u32, key: Key6, at: usize, route: Route6) {
        let Some(table) = self.tables.get_mut(&table) else { return };
        match table.routes.entry(key) {
            Entry::Occupied(mut list) => list.get_mut().insert(at, route),
            Entry::Vacant(place) => {
                place.insert(Few::One(route));
            }
        }
        table.count(key, 1);
    }

    /// Changes a route in its place; the share of the old one is released.
    pub(super) fn replace(&mut self, table: u32, key: &Key6, at: usize, route: Route6) {
        let Some(old) = self.routes(table, key).get(at).copied() else { return };
        if let Some(list) = self.tables.get_mut(&table).and_then(|table| table.routes.get_mut(key)) {
            list.set(at, route);
        }
        self.infos.release(old.info);
    }

    /// Sets the marks of a route.
    pub(super) fn mark(&mut self, table: u32, key: &Key6, at: usize, set: u8, clear: u8) {
        let list = self.tables.get_mut(&table).and_then(|table| table.routes.get_mut(key));
        if let Some(route) = list.and_then(|list| list.get_mut(at)) {
            route.marks = (route.marks | set) & !clear;
        }
    }

    /// Changes what is shared of one route.
    pub(super) fn change(&mut self, table: u32, key: &Key6, at: usize, change: impl FnOnce(&mut Info6)) {
        let Some(route) = self.routes(table, key).get(at).copied() else { return };
        let Some(mut info) = self.info(route).cloned() else { return };
        change(&mut info);
        let id = self.infos.take(info, State::default());
        self.replace(table, key, at, Route6 { info: id, ..route });
    }

    /// Takes a route out.
    pub(super) fn remove(&mut self, table: u32, key: &Key6, at: usize) {
        let Some(route) = self.routes(table, key).get(at).copied() else { return };
        if let Some(table) = self.tables.get_mut(&table) {
            if table.routes.get_mut(key).is_some_and(|list| list.remove(at)) {
                table.routes.remove(key);
            }
            table.count(*key, -1);
        }
        self.infos.release(route.info);
    }

    /// Whether a route can be one of several nexthops (`rt6_qualify_for_ecmp`): only those with a gateway.
    pub(super) fn is_multipath(&self, route: Route6) -> bool {
        self.info(route).is_some_and(|info| info.gateway.is_some())
    }

    /// The places of the routes that are one multipath route with the one at `at`, it first, then round the list.
    pub(super) fn siblings(&self, list: &[Route6], at: usize) -> Vec<usize> {
        let Some(route) = list.get(at).copied().filter(|route| self.is_multipath(*route)) else {
            return vec![at];
        };
        let belongs = |place: &usize| {
            list.get(*place).is_some_and(|r| r.metric == route.metric && self.is_multipath(*r))
        };
        (at..list.len()).chain(0..at).filter(belongs).collect()
    }

    /// The place of the first route of the multipath route that the one at `at` belongs to.
    pub(super) fn first_sibling(&self, table: u32, key: &Key6, at: usize) -> usize {
        self.siblings(self.routes(table, key), at).into_iter().min().unwrap_or(at)
    }

    /// Looks a packet up in a table (`fib6_table_lookup`).
    pub(super) fn lookup(&self, id: u32, flow: &Flow6) -> Option<Hit6> {
        let table = self.tables.get(&id)?;
        let found = |key: Key6| {
            let list = table.routes.get(&key)?;
            let at = self.select(list, flow)?;
            Some(Hit6 { table: id, key, at, route: *list.get(at)? })
        };
        for len in (0..=128u8).rev() {
            if table.lengths.get(usize::from(len)).is_none_or(|routes| *routes == 0) {
                continue;
            }
            if table.sourced > 0 {
                let sourced =
                    (1..=128u8).rev().find_map(|src_len| found(Key6::new(flow.dst, len, flow.src, src_len)));
                if sourced.is_some() {
                    return sourced;
                }
            }
            let plain = found(Key6::new(flow.dst, len, Ipv6Addr::UNSPECIFIED, 0));
            if plain.is_some() {
                return plain;
            }
        }
        None
    }

    /// The best route of a prefix (`rt6_select`): of the lowest metric that has one that works, the first with the
    /// highest score.
    fn select(&self, list: &[Route6], flow: &Flow6) -> Option<usize> {
        let first = list.first()?.metric;
        let score = |route: &Route6| {
            let info = self.info(*route)?;
            let works = route.marks & DEAD == 0 && info.expires.is_none_or(|end| end >= flow.now);
            let through = flow.oif == 0 || flow.oif == info.oif;
            let pref = match info.pref.0 {
                1 => 3,
                3 => 1,
                _ => 2u32,
            };
            (works && (through || !flow.strict)).then_some(pref << 2 | if through { 2 } else { 0 })
        };
        let best = |of: &dyn Fn(u32) -> bool| {
            let mut best = None;
            for (at, route) in list.iter().enumerate().filter(|(_, route)| of(route.metric)) {
                if let Some(score) = score(route)
                    && best.is_none_or(|(top, _)| score > top)
                {
                    best = Some((score, at));
                }
            }
            best.map(|(_, at)| at)
        };
        best(&|metric| metric == first).or_else(|| best(&|metric| metric != first))
    }

    /// Where the routes are for which `wanted` holds, in the order of dumps.
    pub(super) fn all(&self, wanted: impl Fn(&Route6, &Info6) -> bool) -> Vec<(u32, Key6, usize)> {
        let mut places = Vec::new();
        for (_, _, id) in self.in_dump_order() {
            let Some(table) = self.tables.get(&id) else { continue };
            for (key, list) in &table.routes {
                let fits = |route: &Route6| self.info(*route).is_some_and(|info| wanted(route, info));
                let found = list.iter().enumerate().filter(|(_, route)| fits(route));
                places.extend(found.map(|(at, _)| (id, *key, at)));
            }
        }
        places
    }

    /// Whether a destination has routes that ask for a source.
    pub(super) fn has_sources(&self, table: u32, key: &Key6) -> bool {
        let first = Key6 { src: [0; 2], src_len: 128, ..*key };
        let found = self.table(table).and_then(|table| table.routes.range(first..).next());
        found.is_some_and(|(found, _)| (found.dst, found.len) == (key.dst, key.len) && found.src_len > 0)
    }

    /// Whether the trie has a node for a prefix without a route of its own: where longer prefixes part.
    pub(super) fn is_fork(&self, table: u32, key: &Key6) -> bool {
        if key.len == 0 {
            return true;
        }
        let Some(table) = self.tables.get(&table).filter(|_| key.len < 128) else { return false };
        let bit = 1u128 << 127u32.saturating_sub(u32::from(key.len));
        let has = |dst: u128| {
            // The first prefix inside this half in the order of the walk, if there is one.
            let first = Key6 { dst: halves(dst), src: [0; 2], len: 128, src_len: 1 };
            table.routes.range(first..).next().is_some_and(|(found, _)| {
                found.len > key.len && (whole(found.dst) ^ dst) & mask6(key.len.saturating_add(1)) == 0
            })
        };
        has(whole(key.dst)) && has(whole(key.dst) | bit)
    }
}

/// Whether two nexthops are the same (`rt6_duplicate_nexthop`).
pub(super) fn same_hop(a: &Info6, b: &Info6) -> bool {
    a.oif == b.oif && a.gateway == b.gateway && a.encap == b.encap
}

impl Table6 {
    fn count(&mut self, key: Key6, change: i32) {
        if let Some(routes) = self.lengths.get_mut(usize::from(key.len)) {
            *routes = routes.saturating_add_signed(change);
        }
        if key.src_len > 0 {
            self.sourced = self.sourced.saturating_add_signed(change);
        }
    }
}

/// Looks a packet up in all tables (`fib6_lookup`): as the default rules say local addresses first, then the main table.
/// Unlike IPv4, the first table that has a route decides, whatever the length of its prefix.
pub(super) fn lookup6(ns: &Netns, flow: &Flow6) -> Result<Hit6, Errno> {
    if ns.rules6.custom {
        return lookup_by_rules(ns, flow);
    }
    [LOCAL, MAIN].into_iter().find_map(|table| ns.fib6.lookup(table, flow)).ok_or(Errno::ENETUNREACH)
}

/// Looks a packet up as the rules say (`fib6_rule_action`).
fn lookup_by_rules(ns: &Netns, flow: &Flow6) -> Result<Hit6, Errno> {
    /// Packets that the host sends come from its loopback interface.
    const LOOPBACK: u32 = 1;
    let packet = flow.packet;
    let asked = Flow {
        source: (!flow.src.is_unspecified()).then_some(IpAddr::V6(flow.src)),
        destination: Some(IpAddr::V6(flow.dst)),
        iif: if packet.iif == 0 { LOOPBACK } else { packet.iif },
        oif: flow.oif,
        l3mdev: l3mdev(ns, flow.oif).or_else(|| l3mdev(ns, packet.iif)),
        mark: packet.mark,
        uid: packet.uid,
        ip_proto: packet.ip_proto,
        sport: packet.sport,
        dport: packet.dport,
        ..Flow::default()
    };
    for step in ns.rules6.tables(ns, &asked) {
        let (table, prefixlen, ifgroup) = match step {
            Step::Table { table, suppress_prefixlen, suppress_ifgroup } => {
                (table, suppress_prefixlen, suppress_ifgroup)
            }
            Step::Unreachable => return Err(Errno::ENETUNREACH),
            Step::Prohibit => return Err(Errno::EACCES),
            Step::Blackhole => return Err(Errno::EINVAL),
        };
        let Some(hit) = ns.fib6.lookup(table, flow) else { continue };
        let Some(info) = ns.fib6.info(hit.route).filter(|info| info.kind != RTN_THROW) else { continue };
        let group = ns.link(info.oif).map(|link| link.group);
        if i32::from(hit.key.len) > prefixlen && !(ifgroup.is_some() && ifgroup == group) {
            return Ok(hit);
        }
    }
    Err(Errno::ENETUNREACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_the_order_of_the_walk() {
        let key = |text: &str| {
            let (dst, src) = text.split_once('<').unwrap_or((text, "::/0"));
            let read = |text: &str| {
                let (addr, len) = text.split_once('/').unwrap();
                (addr.parse().unwrap(), len.parse().unwrap())
            };
            let ((dst, len), (src, src_len)) = (read(dst), read(src));
            Key6::new(dst, len, src, src_len)
        };
        let order = [
            "2001:db8::/32<2001:db8::/64",
            "2001:db8::/32<2001:db8::/48",
            "2001:db8::1/128",
            "2001:db8::/64",
            "2001:db8:0:8000::/49",
            "2001:db8::/48",
            "2001:db8:1::/64",
            "2001:db8::/32",
            "fe80::/64",
            "::/0",
        ];
        let keys: Vec<_> = order.iter().map(|text| key(text)).collect();
        let mut sorted = keys.clone();
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, keys);
    }
}
