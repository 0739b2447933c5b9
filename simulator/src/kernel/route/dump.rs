//! Dumps of routes (`inet_dump_fib`, `inet6_dump_fib`, `mpls_dump_routes`).

use super::fib4::{Info4, Key4};
use super::fib6::Key6;
use super::mpls;
use super::spec::{self, Rule};
use crate::dump::{Parts, Progress};
use crate::kernel::family;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::route::{
    RTA_OIF, RTA_TABLE, RTM_F_CLONED, RTM_F_PREFIX, RTM_NEWROUTE, RTN_UNICAST, Route, RouteProtocol,
    RouteType, RtMsg,
};
use netplumb_core::schema::Header as _;
use std::cmp::Reverse;

/// A dump of routes.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    /// Families that are still to come, the one at hand first.
    families: &'static [u8],
    /// Whether one family was asked for.
    single: bool,
    filter: Filter,
    /// The table at hand: its place in the order of tables.
    table: Option<(u8, Reverse<u64>, u32)>,
    at: Place,
    /// What is wrong with the request: it is said at the end of the dump.
    pub(crate) fault: Option<Refusal>,
    strict: bool,
}

/// Up to where a table has been written.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Start,
    V4(Key4, usize),
    V6(Key6, usize),
    Label(u32),
}

#[derive(Clone, Copy, Debug, Default)]
struct Filter {
    table: u32,
    oif: u32,
    protocol: RouteProtocol,
    kind: RouteType,
    /// Only what router advertisements made, of which there is nothing; IPv4 shows nothing either.
    prefix: bool,
    /// Only what look-ups left in the cache, of which there is nothing.
    cloned: bool,
    /// Something of the above was asked for.
    any: bool,
}

const ALL: &[u8] = &[family::INET, family::INET6, family::MPLS];

impl Routes {
    pub(crate) fn new(request: &Request<'_>, family: u8) -> Outcome<Self> {
        let families: &'static [u8] = match family {
            family::INET => &[family::INET],
            family::INET6 => &[family::INET6],
            family::MPLS => &[family::MPLS],
            // A family without routes of its own is answered like none.
            _ => ALL,
        };
        let mut dump = Self {
            families,
            single: families.len() == 1,
            filter: Filter::default(),
            table: None,
            at: Place::Start,
            fault: None,
            strict: request.options.strict,
        };
        dump.fault = dump.read(request).err();
        Ok(dump)
    }

    fn read(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let header = RtMsg::read_fixed(payload);
        if !request.options.strict {
            self.filter.prefix = header.is_some_and(|header| header.rtm_flags.contains(RTM_F_PREFIX));
            return Ok(());
        }
        // `ip_valid_fib_dump_req`.
        let (Some(header), Some((_, list))) = (header, Route::SCHEMA.split(payload)) else {
            return refuse(Errno::EINVAL, "Invalid header for FIB dump request");
        };
        if header.rtm_dst_len != 0
            || header.rtm_src_len != 0
            || header.rtm_tos != 0
            || header.rtm_scope.0 != 0
        {
            return refuse(Errno::EINVAL, "Invalid values in header for FIB dump request");
        }
        let flags = header.rtm_flags;
        if flags.without(RTM_F_CLONED | RTM_F_PREFIX).0 != 0 {
            return refuse(Errno::EINVAL, "Invalid flags for FIB dump request");
        }
        spec::check_unknown(request, list)?;
        let rule = |kind: u16| matches!(kind, RTA_OIF | RTA_TABLE).then_some(Rule::U32);
        let mut filter = Filter {
            table: u32::from(header.rtm_table),
            protocol: header.rtm_protocol,
            kind: header.rtm_type,
            prefix: flags.contains(RTM_F_PREFIX),
            cloned: flags.contains(RTM_F_CLONED),
            ..Filter::default()
        };
        for attr in list.into_iter().filter(|attr| attr.kind() != 0) {
            if rule(attr.kind()).is_none() {
                return refuse(Errno::EINVAL, "Unsupported attribute in dump request");
            }
            spec::check_attr(attr, rule).map_err(|refusal| refusal.at(request.offset(attr)))?;
            match attr.kind() {
                RTA_TABLE => filter.table = spec::u32_of(attr),
                _ => filter.oif = spec::u32_of(attr),
            }
        }
        filter.any = flags.0 != 0
            || filter.table != 0
            || filter.protocol != RouteProtocol::default()
            || filter.kind != RouteType::default()
            || filter.oif != 0;
        self.filter = filter;
        Ok(())
    }

    /// Whether one family was asked for.
    pub(crate) fn is_single(&self) -> bool {
        self.single
    }

    pub(crate) fn fill(
        &mut self,
        world: &World,
        ns: NetnsId,
        parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        if self.filter.oif != 0 && world.ns(ns).link(self.filter.oif).is_none() {
            return Err(Errno::ENODEV.into());
        }
        parts.filtered_done = self.filter.any;
        while let Some((family, rest)) = self.families.split_first() {
            // A strict request never asks for the cache as well, which counts as a filter. Labels have no cache.
            parts.filtered = if *family == family::MPLS { self.filter.any } else { self.strict };
            let progress = match *family {
                family::INET => self.fill4(world, ns, parts),
                family::INET6 => self.fill6(world, ns, parts),
                _ => self.fill_mpls(world, ns, parts),
            };
            parts.filtered = false;
            if progress? == Progress::Full {
                return Ok(Progress::Full);
            }
            self.families = rest;
            (self.table, self.at) = (None, Place::Start);
            parts.next_table();
        }
        Ok(Progress::End)
    }

    /// The tables to come, those before the one at hand left out.
    fn tables(
        &self,
        order: Vec<(u8, Reverse<u64>, u32)>,
    ) -> impl Iterator<Item = (u8, Reverse<u64>, u32)> + use<> {
        let (from, wanted) = (self.table, self.filter.table);
        order
            .into_iter()
            .filter(move |table| from.is_none_or(|from| *table >= from) && (wanted == 0 || table.2 == wanted))
    }

    fn fill4(&mut self, world: &World, ns: NetnsId, parts: &mut Parts<'_, '_>) -> Outcome<Progress> {
        let fib = &world.ns(ns).fib4;
        if self.filter.prefix {
            return Ok(Progress::End);
        }
        if self.filter.table != 0 && fib.table(self.filter.table).is_none() {
            return self.missing_table("ipv4: FIB table does not exist");
        }
        for table in self.tables(fib.in_dump_order()) {
            if self.table != Some(table) {
                (self.table, self.at) = (Some(table), Place::Start);
            }
            let Some(routes) = fib.table(table.2).map(|table| &table.routes) else { continue };
            let (range, mut skip) = match self.at {
                Place::V4(key, done) => (routes.range(key..), done),
                _ => (routes.range(..), 0),
            };
            for (key, list) in range {
                // Only the key where the last datagram ended has something to skip.
                let skip = std::mem::take(&mut skip);
                let skip = if matches!(self.at, Place::V4(at, _) if at == *key) { skip } else { 0 };
                for (at, alias) in list.iter().enumerate().skip(skip) {
                    let Some(slot) = fib.infos.slot(alias.info) else { continue };
                    let put = |w: &mut netplumb_core::wire::Writer<'_>| fib.put(w, table.2, key, *alias);
                    if self.wants4(alias.kind, &slot.value) && !parts.put(RTM_NEWROUTE, None, put) {
                        self.at = Place::V4(*key, at);
                        return Ok(Progress::Full);
                    }
                }
            }
        }
        Ok(Progress::End)
    }

    fn wants4(&self, kind: RouteType, info: &Info4) -> bool {
        let filter = &self.filter;
        !filter.cloned
            && (filter.kind == RouteType::default() || filter.kind == kind)
            && (filter.protocol == RouteProtocol::default() || filter.protocol == info.protocol)
            && (filter.oif == 0 || info.hops.iter().any(|hop| hop.oif == filter.oif))
    }

    fn fill6(&mut self, world: &World, ns: NetnsId, parts: &mut Parts<'_, '_>) -> Outcome<Progress> {
        let fib = &world.ns(ns).fib6;
        if self.filter.table != 0 && fib.table(self.filter.table).is_none() {
            return self.missing_table("ipv6: FIB table does not exist");
        }
        for table in self.tables(fib.in_dump_order()) {
            if self.table != Some(table) {
                (self.table, self.at) = (Some(table), Place::Start);
            }
            let Some(routes) = fib.table(table.2).map(|table| &table.routes) else { continue };
            let (range, mut skip) = match self.at {
                Place::V6(key, done) => (routes.range(key..), done),
                _ => (routes.range(..), 0),
            };
            for (key, list) in range {
                let mut at = std::mem::take(&mut skip);
                if !matches!(self.at, Place::V6(last, _) if last == *key) {
                    at = 0;
                }
                while at < list.len() {
                    let siblings = fib.siblings(list, at);
                    let put = |w: &mut netplumb_core::wire::Writer<'_>| {
                        fib.put(w, table.2, key, at, false, world.now());
                    };
                    let wanted = self.wants6(fib, list, &siblings);
                    if wanted && !parts.put(RTM_NEWROUTE, None, put) {
                        self.at = Place::V6(*key, at);
                        return Ok(Progress::Full);
                    }
                    // A multipath route that is shown takes the walk to its last nexthop: a route between them that is no
                    // part of it is never seen. One that a filter leaves out does not.
                    at = if wanted { siblings.iter().copied().max().unwrap_or(at) } else { at }
                        .saturating_add(1);
                }
            }
        }
        Ok(Progress::End)
    }

    fn wants6(&self, fib: &super::fib6::Fib6, list: &[super::fib6::Route6], siblings: &[usize]) -> bool {
        let filter = &self.filter;
        let info = |at: &usize| list.get(*at).and_then(|route| fib.info(*route));
        let Some(first) = siblings.first().and_then(info) else { return false };
        !filter.cloned
            && !filter.prefix
            && (filter.kind == RouteType::default() || filter.kind == first.kind)
            && (filter.protocol == RouteProtocol::default() || filter.protocol == first.protocol)
            && (filter.oif == 0 || siblings.iter().filter_map(info).any(|info| info.oif == filter.oif))
    }

    fn fill_mpls(&mut self, world: &World, ns: NetnsId, parts: &mut Parts<'_, '_>) -> Outcome<Progress> {
        let table = &world.ns(ns).mpls;
        let filter = &self.filter;
        // There is one table and one type.
        let other_table = filter.table != 0 && filter.table != super::fib4::MAIN;
        let other_kind = filter.kind != RouteType::default() && filter.kind != RTN_UNICAST;
        if other_table || other_kind || filter.prefix || filter.cloned {
            return Ok(Progress::End);
        }
        let from = match self.at {
            Place::Label(label) => label,
            _ => 0,
        };
        for (label, route) in table.from(from) {
            let wanted = (self.filter.protocol == RouteProtocol::default()
                || self.filter.protocol == route.protocol)
                && (self.filter.oif == 0 || route.uses(self.filter.oif));
            if wanted && !parts.put(RTM_NEWROUTE, None, |w| mpls::put(world.ns(ns), w, label, route)) {
                self.at = Place::Label(label);
                return Ok(Progress::Full);
            }
        }
        Ok(Progress::End)
    }

    /// A dump of all families says nothing of a table that one of them does not have.
    fn missing_table(&self, text: &'static str) -> Outcome<Progress> {
        if self.single { refuse(Errno::ENOENT, text) } else { Ok(Progress::End) }
    }
}
