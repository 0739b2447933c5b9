//! `show` and `get`: reading objects and printing them.

use super::Job;
use super::failure::{FAILED, Failure, REFUSED};
use super::host::{leaves_namespace, refers_to_others};
use super::table::Table;
use crate::grammar::{AddrFilter, Ask, Filter, Object, RouteFilter, Show};
use crate::show::{Context, Error, Printer, addr, link, neigh, route, rule};
use netplumb_core::conn::Expect;
use netplumb_core::family::addr::{Addr, RTM_NEWADDR};
use netplumb_core::family::common::{AF_UNSPEC, AddressFamily};
use netplumb_core::family::link::{Link, RTM_NEWLINK};
use netplumb_core::family::route::Route;
use netplumb_core::wire::Message;
use std::collections::HashMap;

/// `AF_PACKET`, which stands for links without their addresses.
const AF_PACKET: AddressFamily = AddressFamily(17);

impl Job<'_> {
    /// Reads what `show` asks for, and prints what its filter admits.
    pub(super) fn show(&mut self, show: &Show) -> Result<(), Failure> {
        let tables = self.read(show)?;
        self.know_names(show, &tables)?;
        let mut p = Printer::new(self.out, self.look);
        let cx = &self.host.cx;
        let mut broken = Vec::new();
        let first = tables.first();
        match &show.filter {
            Filter::Addr(filter) => {
                let mut list = List { p: &mut p, cx, object: show.object, filter, broken: &mut broken };
                list.print(&tables)?;
            }
            filter => {
                for message in first.iter().flat_map(|table| table.messages()).filter(|&m| filter.admits(m)) {
                    let printed = match filter {
                        Filter::Route(filter) => route::print(&mut p, cx, message, &hidden(filter)),
                        Filter::Neigh(filter) => neigh::print(&mut p, cx, message, filter.dev.is_some()),
                        _ => rule::print(&mut p, cx, message),
                    };
                    forgive(printed, message, first, &mut broken)?;
                }
            }
        }
        p.finish()?;
        broken.extend(tables.into_iter().flat_map(|table| table.broken));
        for complaint in &broken {
            self.complain(complaint);
        }
        // Each was told already; the status says that the list has holes.
        if broken.is_empty() {
            Ok(())
        } else {
            let text = format!("Error: {} of the kernel's messages could not be read whole.", broken.len());
            Err(Failure::Other(FAILED, text))
        }
    }

    /// Asks for the tables, in order.
    fn read(&mut self, show: &Show) -> Result<Vec<Table>, Failure> {
        let mut tables = Vec::new();
        for ask in &show.asks {
            // As `ip` has them, each object in its own way.
            let status = match (show.object, ask.expect) {
                (Object::Route, _) | (Object::Rule | Object::Neigh, Expect::Reply) => REFUSED,
                (Object::Rule, _) => 255,
                _ => FAILED,
            };
            let (table, warning) = self.host.read(ask).map_err(|e| Failure::Kernel(e, status))?;
            if let Some(warning) = warning {
                self.warn(&warning);
            }
            tables.push(table);
        }
        Ok(tables)
    }

    /// Learns the names that printing these tables needs, and no others.
    fn know_names(&mut self, show: &Show, tables: &[Table]) -> Result<(), Failure> {
        let Some(first) = tables.first() else { return Ok(()) };
        let needed = match &show.filter {
            Filter::Addr(filter) => {
                if filter.covers_all_links(show) {
                    self.host.remember_links(first);
                }
                if first.messages().any(leaves_namespace) {
                    self.host.know_namespaces();
                }
                if self.look.details {
                    self.host.know_users();
                }
                // Asked about one family, the kernel leaves out what is then taken from the list of all links.
                let partial = filter.family != AF_PACKET && self.options.family != AF_UNSPEC;
                partial || first.messages().any(refers_to_others)
            }
            Filter::Rule(_) => {
                let protocols = std::fs::read_to_string("/etc/protocols").unwrap_or_default();
                self.host.cx.read_protocols(&protocols);
                false
            }
            filter => {
                if self.look.details && matches!(filter, Filter::Route(_)) {
                    let admitted = first.messages().filter(|&message| filter.admits(message));
                    let id = |message: Message<'_>| Route::new(message.payload())?.nh_id();
                    self.host.know_nexthops(admitted.filter_map(id));
                }
                first.messages().any(|message| filter.admits(message))
            }
        };
        if needed {
            self.host.know_links().map_err(|e| Failure::Kernel(e, FAILED))?;
        }
        Ok(())
    }
}

impl AddrFilter {
    /// Whether the kernel was asked for all links, with everything it knows of them.
    fn covers_all_links(&self, show: &Show) -> bool {
        let whole =
            |ask: &Ask| ask.expect == Expect::Dump && [0, AF_PACKET.0].contains(&family(&ask.message));
        show.asks.first().is_some_and(whole)
            && self.master.is_none()
            && self.kind.is_none()
            && self.port_kind.is_none()
    }
}

/// The family in the header of a request for links.
fn family(message: &[u8]) -> u8 {
    Message::parse(message).ok().and_then(|m| m.payload().first().copied()).unwrap_or(0)
}

/// What a list of routes leaves out: every line would say the same.
pub(super) fn hidden(filter: &RouteFilter) -> route::Hide {
    let host = |prefix: &Option<crate::grammar::Prefix>| {
        prefix.as_ref().is_some_and(|p| !p.bytes.is_empty() && usize::from(p.bits) == p.bytes.len() * 8)
    };
    route::Hide {
        table: filter.table.is_some(),
        tos: filter.tos.is_some(),
        gateway: host(&filter.via),
        oif: filter.dev.is_some(),
        iif: false,
        protocol: filter.proto.is_some(),
        scope: filter.scope.is_some(),
        prefsrc: host(&filter.src),
        metric: filter.metric.is_some(),
        realms: filter.realms.is_some_and(|(_, mask)| mask == u32::MAX),
    }
}

/// A message that cannot be printed is noted, with its place; the list goes on.
fn forgive(
    printed: Result<(), Error>,
    message: Message<'_>,
    table: Option<&Table>,
    broken: &mut Vec<String>,
) -> Result<(), Failure> {
    match printed {
        Err(Error::Io(error)) => Err(error.into()),
        Err(error) => {
            let offset = table.map_or(0, |table| table.offset(message));
            broken.push(format!("the reply at offset {offset} is left out: {error}"));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// A list of links, with or without their addresses.
struct List<'l, 'p> {
    p: &'l mut Printer<'p>,
    cx: &'l Context,
    object: Object,
    filter: &'l AddrFilter,
    broken: &'l mut Vec<String>,
}

impl List<'_, '_> {
    fn print(&mut self, tables: &[Table]) -> Result<(), Failure> {
        let Some(links) = tables.first() else { return Ok(()) };
        let mut addresses: HashMap<u32, Vec<Message<'_>>> = HashMap::new();
        for message in tables.get(1).iter().flat_map(|table| table.messages()) {
            match Addr::new(message.payload()).filter(|_| message.kind() == RTM_NEWADDR) {
                Some(addr) => addresses.entry(addr.header().ifa_index).or_default().push(message),
                None => forgive(addr::print(self.p, self.cx, message), message, tables.get(1), self.broken)?,
            }
        }
        for message in links.messages() {
            let Some(link) = Link::new(message.payload()).filter(|_| message.kind() == RTM_NEWLINK) else {
                let printed = link::print(self.p, self.cx, message, &link::Show::LINK);
                forgive(printed, message, Some(links), self.broken)?;
                continue;
            };
            let own = addresses.get(&link.header().ifi_index.cast_unsigned()).map_or(&[][..], Vec::as_slice);
            if self.has_wanted_address(&link, own) {
                forgive(self.one(message, &link, own), message, Some(links), self.broken)?;
            }
        }
        Ok(())
    }

    /// Whether one of a link's addresses is wanted; also when it has none and none was asked for.
    fn has_wanted_address(&self, link: &Link<'_>, own: &[Message<'_>]) -> bool {
        let name = link.ifname().unwrap_or_default();
        let any_family = self.filter.family == AF_UNSPEC;
        self.filter.family == AF_PACKET
            || own.iter().any(|&message| self.filter.admits_addr(message, name))
            || own.is_empty() && any_family
    }

    fn one(&mut self, message: Message<'_>, link: &Link<'_>, own: &[Message<'_>]) -> Result<(), Error> {
        let alone = self.filter.family == AF_PACKET;
        // Whoever asks for a label wants addresses, not links.
        let header = self.filter.label.is_none();
        if !self.filter.admits_link(message) || alone && !header {
            // In JSON `ip` leaves the empty object of a link that is not wanted.
            self.p.open_item();
            self.p.close_object();
            return Ok(());
        }
        let family = self.filter.family.0;
        let show = link::Show { link: self.object == Object::Link, queue: true, header, family };
        if alone {
            link::print(self.p, self.cx, message, &show)
        } else {
            let name = link.ifname().unwrap_or_default();
            let wanted = |message: Message<'_>| self.filter.admits_addr(message, name);
            addr::print_link(self.p, self.cx, message, own.iter().copied(), wanted, &show)
        }
    }
}
