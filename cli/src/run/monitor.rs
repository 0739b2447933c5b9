//! `monitor`: printing changes as the kernel tells them.

use super::Job;
use super::failure::{FAILED, Failure};
use super::host::leaves_namespace;
use super::kernel::{in_namespace, unsupported};
use super::table::unreadable;
use crate::grammar::{Monitor, Object};
use crate::show::monitor::{self, Moment, Prefix, Stamp};
use crate::show::{Error, Printer};
use netplumb_backends::Session;
use netplumb_backends::blocking::NetlinkSocket;
use netplumb_core::conn::{Config, Connection, Event};
use netplumb_core::family::ROUTE;
use netplumb_core::family::addr::Addr;
use netplumb_core::family::common::{AF_INET, AF_INET6, AF_MPLS, AF_UNSPEC, AddressFamily};
use netplumb_core::family::link::Link;
use netplumb_core::family::neigh::Neigh;
use netplumb_core::family::route::{RTM_F_CLONED, Route};
use netplumb_core::wire::Message;
use std::io;

/// What the kernel may tell before it is read, in bytes, unless `-rcvbuf` says otherwise. A burst of changes (a routing
/// table that is filled) is lost where this is small.
const RECEIVE_BUFFER: usize = 1 << 20;

/// A socket that hears of changes. It asks for nothing, so its machine needs next to no room.
type Listener = Session<Connection<[u8; 256], 1>, NetlinkSocket>;

/// The multicast groups of an object (`RTNLGRP_*` of `linux/rtnetlink.h`), each with the family that it is about.
fn groups(object: Object) -> &'static [(u32, AddressFamily)] {
    match object {
        Object::Link => &[(1, AF_UNSPEC)],
        Object::Neigh => &[(3, AF_UNSPEC)],
        Object::Addr => &[(5, AF_INET), (9, AF_INET6)],
        Object::Route => &[(7, AF_INET), (11, AF_INET6), (27, AF_MPLS)],
        Object::Rule => &[(8, AF_INET), (19, AF_INET6)],
    }
}

impl Job<'_> {
    /// Prints changes until the output ends.
    pub(super) fn monitor(&mut self, monitor: &Monitor) -> Result<(), Failure> {
        if self.options.sim.is_some() {
            let why = "nobody else works on a simulated kernel: there are no changes to watch";
            return Err(Failure::Kernel(unsupported(why), FAILED));
        }
        let socket = |error: io::Error| Failure::Kernel(error.into(), FAILED);
        let mut session = self.subscribe(monitor).map_err(|e| Failure::Kernel(e, FAILED))?;
        // Behind the subscription, so that no link that appears in between goes unnamed.
        self.host.know_links().map_err(|e| Failure::Kernel(e, FAILED))?;
        loop {
            for event in session.listen().map_err(socket)? {
                match event {
                    Event::Notification(message) => self.change_seen(monitor, message)?,
                    Event::Overrun => self.lost()?,
                    Event::Malformed(m) => {
                        self.complain(&format!("a change is malformed at offset {}: {}", m.offset, m.reason));
                    }
                    // It asked for nothing.
                    _ => {}
                }
            }
        }
    }

    fn subscribe(&self, monitor: &Monitor) -> Result<Listener, netplumb_backends::Error> {
        let socket = in_namespace(self.options, || Ok(NetlinkSocket::open(ROUTE.number)?))?;
        socket.set_receive_buffer(self.options.receive_buffer.unwrap_or(RECEIVE_BUFFER))?;
        let wanted = self.options.family;
        // Links are heard of in any case: their names have to be right.
        let objects = monitor.objects.iter().copied().chain([Object::Link]);
        for (group, family) in objects.flat_map(groups) {
            if wanted == AF_UNSPEC || *family == AF_UNSPEC || *family == wanted {
                match socket.join(*group) {
                    // A kernel without MPLS need not have its group; nothing can change there.
                    Err(_) if *family == AF_MPLS && wanted != AF_MPLS => {}
                    joined => joined?,
                }
            }
        }
        let config = Config::new(socket.port());
        Ok(Session::new(Connection::new([0; 256], config), socket))
    }

    /// Changes were lost. What they said cannot be told, but names must be right from here on.
    fn lost(&mut self) -> Result<(), Failure> {
        self.warn(
            "changes were lost: the receive buffer was full (-rcvbuf makes it larger); reading links again",
        );
        self.host.forget_links();
        self.host.know_links().map_err(|e| Failure::Kernel(e, FAILED))
    }

    fn change_seen(&mut self, monitor: &Monitor, message: Message<'_>) -> Result<(), Failure> {
        self.host.cx.remember(message);
        if !wanted(monitor, self.options.family, message) {
            return Ok(());
        }
        // Neighbours and addresses of a new link are told before the link itself.
        if let Some(index) = about_link(message) {
            self.host.know_link(index);
        }
        if leaves_namespace(message) {
            self.host.know_namespaces();
        }
        let stamp = self.options.timestamp.then(|| {
            let now = now();
            if self.options.timestamp_short { Stamp::Short(now) } else { Stamp::Long(now) }
        });
        let before = Prefix { stamp, nsid: None, label: monitor.label };
        if let Some(fault) = unreadable(message) {
            self.complain(&format!("a change is printed in part: {fault}"));
        }
        let mut text = Vec::new();
        let mut p = Printer::new(&mut text, self.look);
        match monitor::print(&mut p, &self.host.cx, message, &before) {
            Ok(()) => p.finish()?,
            // Links and neighbours have more message types than changes.
            Err(Error::Kind { .. }) => return Ok(()),
            Err(error) => {
                self.complain(&format!("a change is left out: {error}"));
                return Ok(());
            }
        }
        if self.look.json {
            text = json_line(&text, message.kind(), stamp);
        }
        self.out.write_all(&text)?;
        Ok(self.out.flush()?)
    }
}

/// The link that an address, a route or a neighbour belongs to.
fn about_link(message: Message<'_>) -> Option<u32> {
    match monitor::label(message.kind())? {
        "[ADDR]" => Some(Addr::new(message.payload())?.header().ifa_index),
        "[ROUTE]" => Route::new(message.payload())?.oif(),
        "[NEIGH]" => u32::try_from(Neigh::new(message.payload())?.header().ndm_ifindex).ok(),
        _ => None,
    }
}

/// Whether a change is of what is watched.
fn wanted(monitor: &Monitor, family: AddressFamily, message: Message<'_>) -> bool {
    let of_family = |of: AddressFamily| family == AF_UNSPEC || family == of;
    let watched = |object| monitor.objects.contains(&object);
    let of_dev = |index: Option<u32>| monitor.dev.is_none_or(|dev| index == Some(dev));
    match monitor::label(message.kind()) {
        Some("[LINK]") => {
            let own = |link: Link<'_>| of_dev(Some(link.header().ifi_index.cast_unsigned()));
            watched(Object::Link) && Link::new(message.payload()).is_none_or(own)
        }
        Some("[ADDR]") => {
            Addr::new(message.payload()).is_none_or(|addr| of_dev(Some(addr.header().ifa_index)))
        }
        Some("[ROUTE]") => Route::new(message.payload())
            .is_none_or(|route| !route.header().rtm_flags.contains(RTM_F_CLONED) && of_dev(route.oif())),
        Some("[NEIGH]") => Neigh::new(message.payload()).is_none_or(|neigh| {
            let header = neigh.header();
            of_family(header.ndm_family) && of_dev(Some(header.ndm_ifindex.cast_unsigned()))
        }),
        _ => true,
    }
}

/// The time on the clock of whoever looks at the output.
fn now() -> Moment {
    let now = jiff::ZonedDateTime::now();
    let number = |value: i8| value.unsigned_abs();
    Moment {
        year: now.year().into(),
        month: number(now.month()),
        day: number(now.day()),
        weekday: number(now.weekday().to_sunday_zero_offset()),
        hour: number(now.hour()),
        minute: number(now.minute()),
        second: number(now.second()),
        microsecond: (now.subsec_nanosecond() / 1000).unsigned_abs(),
    }
}

/// A change as one JSON object: `ip` 6.1 has no JSON here. `text` is an array of one object, as a list would have it; in
/// front of its members go the kind of object and the time.
fn json_line(text: &[u8], kind: u16, stamp: Option<Stamp>) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let members = text.trim().trim_start_matches('[').trim_end_matches(']').trim();
    let members = members.strip_prefix('{').unwrap_or(members);
    let event = monitor::label(kind).unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let time = match stamp {
        Some(Stamp::Long(m) | Stamp::Short(m)) => format!(
            "\"timestamp\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}\",",
            m.year, m.month, m.day, m.hour, m.minute, m.second, m.microsecond
        ),
        None => String::new(),
    };
    format!("{{\"event\":\"{event}\",{time}{members}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use netplumb_core::family::link::RTM_DELLINK;

    #[test]
    fn a_change_is_one_json_object() {
        let moment = Moment { year: 2026, month: 3, day: 4, ..Moment::default() };
        let check = |text: &str, stamp: Option<Stamp>, expected: &str| {
            assert_eq!(String::from_utf8(json_line(text.as_bytes(), RTM_DELLINK, stamp)).unwrap(), expected);
        };
        check("[{\"a\":[1]}]\n", None, "{\"event\":\"link\",\"a\":[1]}\n");
        let stamped = "{\"event\":\"link\",\"timestamp\":\"2026-03-04T00:00:00.000000\",\"a\":1}\n";
        check("[{\"a\":1}]\n", Some(Stamp::Short(moment)), stamped);
        check("[ {\n    \"a\": 1\n} ]\n", None, "{\"event\":\"link\",\n    \"a\": 1\n}\n");
    }

    #[test]
    fn a_device_has_its_own_changes() {
        let mut link = [32u32.to_ne_bytes(), [16, 0, 0, 0], [0; 4], [0; 4], [0; 4]].concat();
        link.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let message = Message::parse(&link).unwrap();
        let of = |dev| Monitor { objects: vec![Object::Link], label: false, dev };
        assert!(wanted(&of(None), AF_INET, message));
        assert!(wanted(&of(Some(7)), AF_INET, message));
        assert!(!wanted(&of(Some(8)), AF_INET, message));
        // Links are listened to for their names also when nobody wants to see them.
        assert!(!wanted(&Monitor { objects: vec![Object::Addr], ..of(None) }, AF_INET, message));
    }
}
