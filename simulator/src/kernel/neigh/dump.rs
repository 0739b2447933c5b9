//! Dumps of neighbours (`neigh_dump_info`).

use super::Key;
use super::change::ROWS;
use super::get::NDA_MAX;
use crate::dump::{Parts, Progress};
use crate::kernel::family;
use crate::kernel::netns::Netns;
use crate::policy::{self, LEFT_OVER, Parsed};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::neigh::{
    NDA_IFINDEX, NDA_MASTER, NTF_PROXY, NUD_NONE, NdMsg, Neigh as View, RTM_NEWNEIGH,
};
use netplumb_core::family::route::RouteType;
use netplumb_core::schema::Header as _;
use std::ops::Bound;

/// A dump of neighbours.
#[derive(Clone, Debug)]
pub(crate) struct Neighs {
    family: u8,
    proxies: bool,
    filter: Filter,
    /// The dump is one of forwarding entries.
    fdb: Option<Box<super::fdb::Entries>>,
    /// The last one that has been written.
    last: Option<Key>,
    /// What is wrong with the request: it is said at the end of the dump.
    pub(crate) fault: Option<Refusal>,
    /// The same, of a request that is dumped nevertheless.
    warning: Option<Refusal>,
}

/// What is wanted; 0 is all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Filter {
    link: u32,
    master: u32,
}

impl Neighs {
    pub(crate) fn new(request: &Request<'_>, family: u8) -> Outcome<Self> {
        let payload = request.message.payload();
        let proxies = NdMsg::read_fixed(payload).is_some_and(|header| header.ndm_flags == NTF_PROXY);
        let mut dump = Self {
            family,
            proxies,
            filter: Filter::default(),
            fdb: None,
            last: None,
            fault: None,
            warning: None,
        };
        if family == family::BRIDGE {
            let (entries, fault) = super::fdb::Entries::new(request);
            (dump.fdb, dump.fault) = (Some(Box::new(entries)), fault);
            return Ok(dump);
        }
        match Filter::read(request) {
            Ok((filter, warning)) => (dump.filter, dump.warning) = (filter, warning),
            Err(refusal) if request.options.strict => dump.fault = Some(refusal),
            // Old programs put all sorts of things there. What is wrong is said, not where.
            Err(refusal) => {
                let words = Refusal::from(Errno(0));
                dump.warning = Some(Refusal { message: refusal.message, ..words });
            }
        }
        Ok(dump)
    }

    pub(crate) fn splits_done(&self) -> bool {
        self.fdb.is_some()
    }

    pub(crate) fn fill(
        &mut self,
        world: &World,
        ns: NetnsId,
        parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        if let Some(fdb) = &mut self.fdb {
            return fdb.fill(world, ns, parts);
        }
        parts.filtered = self.filter != Filter::default();
        let netns = world.ns(ns);
        let from = (self.last.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let (family, filter) = (self.family, self.filter);
        let wanted =
            |key: &Key| (family == family::UNSPEC || key.family == family) && filter.wants(netns, key.link);
        if self.proxies {
            for (key, proxy) in netns.neighs.proxies.range(from).filter(|(key, _)| wanted(key)) {
                if !parts.put(RTM_NEWNEIGH, None, |w| proxy.put(w, *key)) {
                    return Ok(Progress::Full);
                }
                self.last = Some(*key);
            }
        } else {
            for (key, neigh) in netns.neighs.entries.range(from).filter(|(key, _)| wanted(key)) {
                if !parts.put(RTM_NEWNEIGH, None, |w| world.put_neigh(w, ns, *key, neigh, 0)) {
                    return Ok(Progress::Full);
                }
                self.last = Some(*key);
            }
        }
        self.warning.take().map_or(Ok(Progress::End), Err)
    }
}

impl Filter {
    /// `neigh_valid_dump_req`.
    fn read(request: &Request<'_>) -> Outcome<(Self, Option<Refusal>)> {
        let payload = request.message.payload();
        if !request.options.strict {
            let Some((_, attrs)) = View::SCHEMA.split(payload) else {
                return refuse(Errno::EINVAL, "Invalid header length");
            };
            let (attrs, left_over) = policy::parse_with(View::SCHEMA, ROWS, request.message, attrs)?;
            let warning = left_over.then(|| Refusal::new(Errno(0), LEFT_OVER));
            return Ok((Self::of(&attrs), warning));
        }
        let Some((header, (_, attrs))) = NdMsg::read_fixed(payload).zip(View::SCHEMA.split(payload)) else {
            return refuse(Errno::EINVAL, "Invalid header for neighbor dump request");
        };
        let padded = payload.get(1..4).is_some_and(|padding| padding != [0; 3]);
        let named =
            header.ndm_ifindex != 0 || header.ndm_state != NUD_NONE || header.ndm_type != RouteType(0);
        if padded || named {
            return refuse(Errno::EINVAL, "Invalid values in header for neighbor dump request");
        }
        if header.ndm_flags.without(NTF_PROXY).0 != 0 {
            return refuse(Errno::EINVAL, "Invalid flags in header for neighbor dump request");
        }
        let attrs = policy::parse_strictly(View::SCHEMA, ROWS, NDA_MAX, request.message, attrs)?;
        if attrs.kinds().any(|kind| !matches!(kind, NDA_IFINDEX | NDA_MASTER)) {
            return refuse(Errno::EINVAL, "Unsupported attribute in neighbor dump request");
        }
        Ok((Self::of(&attrs), None))
    }

    fn of(attrs: &Parsed<'_>) -> Self {
        let number = |kind| attrs.get(kind).and_then(|attr| netplumb_core::bytes::u32_ne(attr.payload()));
        Self { link: number(NDA_IFINDEX).unwrap_or(0), master: number(NDA_MASTER).unwrap_or(0) }
    }

    fn wants(self, ns: &Netns, link: u32) -> bool {
        let master = ns.link(link).and_then(|link| link.master);
        let by_master = match self.master {
            0 => true,
            // Those that belong to nothing.
            u32::MAX => master.is_none(),
            wanted => master == Some(wanted),
        };
        by_master && (self.link == 0 || self.link == link)
    }
}
