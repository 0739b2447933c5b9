//! The IPv4 routing tables (`net/ipv4/fib_trie.c`) and what routes in them share (`net/ipv4/fib_semantics.c`).

use super::encap::Encap;
use super::few::Few;
use super::shared::Shared;
use super::spec::{DEAD, Gateway, LINKDOWN, Metrics};
use crate::kernel::netns::Netns;
use crate::kernel::rule::{Flow, Step};
use netplumb_core::Errno;
use netplumb_core::family::common::{RT_SCOPE_LINK, RT_SCOPE_NOWHERE, Scope};
use netplumb_core::family::route::{
    RTN_BLACKHOLE, RTN_BROADCAST, RTN_MULTICAST, RTN_NAT, RTN_PROHIBIT, RTN_THROW, RTN_UNICAST,
    RTN_UNREACHABLE, RTN_XRESOLVE, RouteProtocol, RouteType,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;

/// The IPv4 routing tables of a namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib4 {
    tables: BTreeMap<u32, Table4>,
    pub(super) infos: Shared<Info4>,
    /// Tables made so far.
    made: u64,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table4 {
    /// Which table of the namespace this was.
    pub(super) made: u64,
    /// Routes in the order in which dumps show them.
    pub(super) routes: BTreeMap<Key4, Few<Alias4>>,
    /// Routes by prefix length: look-ups try only lengths that occur.
    lengths: Lengths4,
    /// The same of those with at least link scope, the only ones that can lead to a gateway.
    linked: Lengths4,
}

type Lengths4 = [u32; 33];

/// Under what a route is kept. The order is that of dumps: the trie's by destination, then the longest prefix first, then
/// the highest type of service, then the lowest priority.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key4 {
    pub(super) dst: u32,
    /// Bits that the prefix leaves open.
    pub(super) open: u8,
    pub(super) tos: Reverse<u8>,
    pub(super) priority: u32,
}

/// A route under its key (`struct fib_alias`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Alias4 {
    pub(super) info: u32,
    pub(super) kind: RouteType,
}

/// What routes share (`struct fib_info`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Info4 {
    pub(super) protocol: RouteProtocol,
    pub(super) scope: Scope,
    pub(super) kind: RouteType,
    pub(super) table: u32,
    pub(super) priority: u32,
    /// 0 is none.
    pub(super) source: u32,
    /// `rtm_flags` of the request.
    pub(super) flags: u32,
    pub(super) metrics: Metrics,
    pub(super) hops: Few4,
}

/// The nexthops of a route.
pub(super) type Few4 = Box<[Hop4]>;

/// A nexthop (`struct fib_nh`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Hop4 {
    /// 0 where packets go nowhere.
    pub(super) oif: u32,
    pub(super) gateway: Gateway,
    /// `RTNH_F_*` of the request.
    pub(super) flags: u8,
    pub(super) scope: Scope,
    /// Routing realms.
    pub(super) flow: u32,
    pub(super) weight: u16,
    pub(super) encap: Option<Box<Encap>>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow4 {
    pub(super) dst: u32,
    pub(super) tos: u8,
    /// Routes with a narrower reach than this do not count.
    pub(super) scope: Scope,
    /// 0 is any.
    pub(super) oif: u32,
    /// What only rules ask for.
    pub(super) packet: Packet,
}

/// What is known of a packet beyond its destination (`struct flowi`); 0 is not known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packet {
    pub(super) src: u32,
    /// The link that it came from; 0 for those that the host sends.
    pub(super) iif: u32,
    pub(super) mark: u32,
    pub(super) uid: u32,
    pub(super) ip_proto: u8,
    pub(super) sport: u16,
    pub(super) dport: u16,
}

impl Flow4 {
    /// A packet to an address of which nothing else is known.
    pub(super) fn to(dst: u32) -> Self {
        Self { dst, tos: 0, scope: Scope::default(), oif: 0, packet: Packet::default() }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit4 {
    pub(super) table: u32,
    pub(super) key: Key4,
    pub(super) alias: Alias4,
    /// Which of its nexthops.
    pub(super) hop: usize,
}

/// Why a look-up ends without a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Miss {
    /// Nothing fits here; other tables may have something.
    Nothing,
    /// A route says so.
    Refused(Errno),
}

/// The error that packets of a route of this type get (`fib_props`).
pub(super) fn error_of(kind: RouteType) -> Option<Miss> {
    Some(match kind {
        RTN_BLACKHOLE | RTN_NAT | RTN_XRESOLVE => Miss::Refused(Errno::EINVAL),
        RTN_UNREACHABLE => Miss::Refused(Errno::EHOSTUNREACH),
        RTN_PROHIBIT => Miss::Refused(Errno::EACCES),
        RTN_THROW => Miss::Nothing,
        _ => return None,
    })
}

/// The first `len` bits.
pub(super) fn mask4(len: u8) -> u32 {
    u32::MAX.checked_shl(32u32.saturating_sub(u32::from(len))).unwrap_or(0)
}

impl Key4 {
    pub(super) fn new(dst: u32, len: u8, tos: u8, priority: u32) -> Self {
        Self { dst, open: 32u8.saturating_sub(len), tos: Reverse(tos), priority }
    }

    pub(super) fn len(self) -> u8 {
        32u8.saturating_sub(self.open)
    }

    /// This key with the lowest and the highest priority.
    pub(super) fn priorities(self) -> std::ops::RangeInclusive<Self> {
        Self { priority: 0, ..self }..=Self { priority: u32::MAX, ..self }
    }

    /// Everything with this prefix.
    fn prefix(dst: u32, len: u8) -> std::ops::RangeInclusive<Self> {
        Self::new(dst, len, u8::MAX, 0)..=Self::new(dst, len, 0, u32::MAX)
    }
}

impl Fib4 {
    /// Whether a table exists.
    pub(crate) fn has_table(&self, table: u32) -> bool {
        self.tables.contains_key(&table)
    }

    pub(super) fn table(&self, id: u32) -> Option<&Table4> {
        self.tables.get(&id)
    }

    /// The table, made if it is missing (`fib_new_table`). That of local addresses shares its trie with the main one,
    /// which therefore comes with it.
    pub(super) fn make_table(&mut self, id: u32) {
        if id == LOCAL {
            self.make_table(MAIN);
        }
        if !self.tables.contains_key(&id) {
            self.made = self.made.saturating_add(1);
            let table =
                Table4 { made: self.made, routes: BTreeMap::new(), lengths: [0; 33], linked: [0; 33] };
            self.tables.insert(id, table);
        }
    }

    /// Tables in the order in which dumps show them: by the lowest byte of their number, and of those with the same one
    /// the newest first (`fib_table_hash`).
    pub(super) fn in_dump_order(&self) -> Vec<(u8, Reverse<u64>, u32)> {
        super::in_dump_order(self.tables.iter().map(|(id, table)| (*id, table.made)))
    }

    /// Tables, the oldest first.
    pub(super) fn in_order_of_making(&self) -> Vec<u32> {
        super::in_order_of_making(self.tables.iter().map(|(id, table)| (*id, table.made)))
    }

    /// The routes under a key.
    pub(super) fn routes(&self, table: u32, key: &Key4) -> &[Alias4] {
        self.tables.get(&table).and_then(|table| table.routes.get(key)).map_or(&[], |list| list)
    }

    /// Puts a route into a table that exists. The route's share in `infos` is taken already.
    pub(super) fn insert(&mut self, table: u32, key: Key4, at: usize, alias: Alias4) {
        let linked = self.is_linked(alias);
        let Some(table) = self.tables.get_mut(&table) else { return };
        match table.routes.entry(key) {
            Entry::Occupied(mut list) => list.get_mut().insert(at, alias),
            Entry::Vacant(place) => {
                place.insert(Few::One(alias));
            }
        }
        count(&mut table.lengths, key, 1);
        if linked {
            count(&mut table.linked, key, 1);
        }
    }

    /// Puts a route in the place of the first one under its key.
    pub(super) fn replace_first(&mut self, table: u32, key: &Key4, alias: Alias4) {
        let Some(old) = self.routes(table, key).first().copied() else { return };
        let linked = i32::from(self.is_linked(alias)) - i32::from(self.is_linked(old));
        if let Some(table) = self.tables.get_mut(&table) {
            if let Some(list) = table.routes.get_mut(key) {
                list.set(0, alias);
            }
            count(&mut table.linked, *key, linked);
        }
        self.infos.release(old.info);
    }

    /// Takes a route out.
    pub(super) fn remove(&mut self, table: u32, key: &Key4, at: usize) {
        let Some(alias) = self.routes(table, key).get(at).copied() else { return };
        let linked = self.is_linked(alias);
        if let Some(table) = self.tables.get_mut(&table) {
            if table.routes.get_mut(key).is_some_and(|list| list.remove(at)) {
                table.routes.remove(key);
            }
            count(&mut table.lengths, *key, -1);
            if linked {
                count(&mut table.linked, *key, -1);
            }
        }
        self.infos.release(alias.info);
    }

    fn is_linked(&self, alias: Alias4) -> bool {
        self.infos.slot(alias.info).is_some_and(|slot| slot.value.scope >= RT_SCOPE_LINK)
    }

    /// Looks several tables up as if they were one (`fib_table_lookup`): the tables of local addresses and the main one
    /// share a trie until a rule parts them, hence the longest prefix of both counts.
    pub(super) fn lookup(&self, tables: &[u32], flow: &Flow4) -> Result<Hit4, Miss> {
        for len in (0..=32u8).rev() {
            let dst = flow.dst & mask4(len);
            for id in tables {
                let Some(table) = self.tables.get(id) else { continue };
                let lengths = if flow.scope >= RT_SCOPE_LINK { &table.linked } else { &table.lengths };
                if lengths.get(usize::from(len)).is_none_or(|routes| *routes == 0) {
                    continue;
                }
                for (key, list) in table.routes.range(Key4::prefix(dst, len)) {
                    if key.tos.0 != 0 && key.tos.0 != flow.tos {
                        continue;
                    }
                    for alias in list.iter() {
                        if let Some(hop) = self.fits(*alias, flow)? {
                            return Ok(Hit4 { table: *id, key: *key, alias: *alias, hop });
                        }
                    }
                }
            }
        }
        Err(Miss::Nothing)
    }

    /// The nexthop of a route that a packet takes, if it takes one. A route that refuses ends the look-up.
    fn fits(&self, alias: Alias4, flow: &Flow4) -> Result<Option<usize>, Miss> {
        let Some(slot) = self.infos.slot(alias.info).filter(|slot| slot.value.scope >= flow.scope) else {
            return Ok(None);
        };
        if let Some(miss) = error_of(alias.kind) {
            return Err(miss);
        }
        if slot.state.flags & DEAD != 0 {
            return Ok(None);
        }
        let works = |at: usize| slot.state.hops.get(at).is_none_or(|marks| marks & DEAD == 0);
        let wanted = |hop: &Hop4| flow.oif == 0 || flow.oif == hop.oif;
        let mut hops = slot.value.hops.iter().enumerate();
        Ok(hops.find(|(at, hop)| works(*at) && wanted(hop)).map(|(at, _)| at))
    }

    /// The place of the first route under a key whose nexthops are all dead. Routes that refuse never are.
    pub(super) fn first_dead(&self, table: u32, key: &Key4) -> Option<usize> {
        let dead = |info: u32| self.infos.slot(info).is_some_and(|slot| slot.state.flags & DEAD != 0);
        self.routes(table, key).iter().position(|alias| error_of(alias.kind).is_none() && dead(alias.info))
    }

    /// The keys of dead routes, in the order in which they are flushed (`fib_table_flush`): the trie backwards, but what
    /// has the same destination forwards.
    pub(super) fn dead_keys(&self) -> Vec<(u32, Key4)> {
        let mut all = Vec::new();
        for (_, _, id) in self.in_dump_order() {
            let Some(table) = self.tables.get(&id) else { continue };
            let dead = table.routes.keys().filter(|key| self.first_dead(id, key).is_some());
            let mut keys: Vec<Key4> = dead.copied().collect();
            keys.sort_by_key(|key| (Reverse(key.dst), *key));
            all.extend(keys.into_iter().map(|key| (id, key)));
        }
        all
    }
}

pub(super) const MAIN: u32 = 254;
pub(super) const LOCAL: u32 = 255;
pub(super) const DEFAULT: u32 = 253;

fn count(lengths: &mut Lengths4, key: Key4, change: i32) {
    if let Some(routes) = lengths.get_mut(usize::from(key.len())) {
        *routes = routes.saturating_add_signed(change);
    }
}

/// Looks a packet up in all tables (`fib_lookup`).
pub(super) fn lookup4(ns: &Netns, flow: &Flow4) -> Result<Hit4, Errno> {
    if ns.rules4.custom {
        return lookup_by_rules(ns, flow);
    }
    // What the default rules say, without asking them (`__fib_lookup`). Tables of a group are looked up as one.
    let groups: [&[u32]; 2] = [&[LOCAL, MAIN], &[DEFAULT]];
    let mut error = Errno::ENETUNREACH;
    for tables in groups {
        if !tables.iter().any(|id| ns.fib4.table(*id).is_some()) {
            continue;
        }
        match ns.fib4.lookup(tables, flow) {
            Ok(hit) => return Ok(hit),
            Err(Miss::Nothing) => error = Errno::ENETUNREACH,
            // A route that refuses does not end the search: the default table has the last word.
            Err(Miss::Refused(errno)) => error = errno,
        }
    }
    Err(error)
}

/// Looks a packet up as the rules say (`fib4_rule_action`). The first rule of one's own parts the tables of local addresses
/// and the main one for good.
fn lookup_by_rules(ns: &Netns, flow: &Flow4) -> Result<Hit4, Errno> {
    /// Packets that the host sends come from its loopback interface.
    const LOOPBACK: u32 = 1;
    let packet = flow.packet;
    let address = |bits: u32| (bits != 0).then(|| IpAddr::V4(bits.into()));
    let asked = Flow {
        source: address(packet.src),
        destination: address(flow.dst),
        iif: if packet.iif == 0 { LOOPBACK } else { packet.iif },
        oif: flow.oif,
        l3mdev: l3mdev(ns, flow.oif).or_else(|| l3mdev(ns, packet.iif)),
        mark: packet.mark,
        dsfield: flow.tos,
        uid: packet.uid,
        ip_proto: packet.ip_proto,
        sport: packet.sport,
        dport: packet.dport,
        ..Flow::default()
    };
    for step in ns.rules4.tables(ns, &asked) {
        let (table, prefixlen, ifgroup) = match step {
            Step::Table { table, suppress_prefixlen, suppress_ifgroup } => {
                (table, suppress_prefixlen, suppress_ifgroup)
            }
            Step::Unreachable => return Err(Errno::ENETUNREACH),
            Step::Prohibit => return Err(Errno::EACCES),
            Step::Blackhole => return Err(Errno::EINVAL),
        };
        match ns.fib4.lookup(&[table], flow) {
            Ok(hit) if !is_suppressed(ns, hit, prefixlen, ifgroup) => return Ok(hit),
            Ok(_) | Err(Miss::Nothing) => {}
            Err(Miss::Refused(errno)) => return Err(errno),
        }
    }
    Err(Errno::ENETUNREACH)
}

/// The VRF that a link is or belongs to, and its table.
pub(super) fn l3mdev(ns: &Netns, link: u32) -> Option<(u32, u32)> {
    let link = ns.link(link)?;
    let vrf = if link.is_kind("vrf") { link } else { ns.link(link.master?).filter(|m| m.is_kind("vrf"))? };
    Some((vrf.index, super::l3_table(ns, vrf)?))
}

/// Whether a rule does not count this route (`fib4_rule_suppress`).
fn is_suppressed(ns: &Netns, hit: Hit4, prefixlen: i32, ifgroup: Option<u32>) -> bool {
    let oif =
        ns.fib4.infos.slot(hit.alias.info).and_then(|slot| slot.value.hops.get(hit.hop)).map(|hop| hop.oif);
    let group = oif.and_then(|oif| ns.link(oif)).map(|link| link.group);
    i32::from(hit.key.len()) <= prefixlen || (ifgroup.is_some() && ifgroup == group)
}

/// What kind of address this is to the host, as the given table has it (`inet_addr_type_table`).
pub(crate) fn address_kind(ns: &Netns, addr: u32, table: u32) -> RouteType {
    if addr == 0 || addr == u32::MAX {
        return RTN_BROADCAST;
    }
    if addr >> 28 == 0xe {
        return RTN_MULTICAST;
    }
    if ns.fib4.table(table).is_none() {
        return RTN_BROADCAST;
    }
    let flow = Flow4::to(addr);
    // The shared trie shows itself here, too.
    let shared = !ns.rules4.custom && (table == LOCAL || table == MAIN);
    let tables: &[u32] = if shared { &[LOCAL, MAIN] } else { &[table] };
    ns.fib4.lookup(tables, &flow).map_or(RTN_UNICAST, |hit| hit.alias.kind)
}

/// Whether a nexthop stays when its link goes down: only those of local addresses do.
pub(super) fn survives_down(hop: &Hop4) -> bool {
    hop.scope == RT_SCOPE_NOWHERE
}

/// Whether all these marks say that a nexthop is without carrier.
pub(super) fn all_linkdown(marks: &[u8]) -> bool {
    !marks.is_empty() && marks.iter().all(|marks| marks & LINKDOWN != 0)
}
