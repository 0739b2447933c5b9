//! Changes, as `ip monitor` prints them: an optional prefix, then the object.

use netplumb_core::family::addr::{RTM_DELADDR, RTM_NEWADDR};
use netplumb_core::family::link::{RTM_DELLINK, RTM_NEWLINK};
use netplumb_core::family::neigh::{RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH};
use netplumb_core::family::route::{RTM_DELROUTE, RTM_NEWROUTE};
use netplumb_core::family::rule::{RTM_DELRULE, RTM_NEWRULE};
use netplumb_core::wire::Message;

use super::{Color, Context, Error, Printer, addr, link, neigh, route, rule};

/// A point of local time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// Year.
    pub year: i32,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// Day of the week, 0 for Sunday.
    pub weekday: u8,
    /// Hour.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
    /// Microsecond.
    pub microsecond: u32,
}

/// When a change was seen, and how that is printed.
#[derive(Clone, Copy, Debug)]
pub enum Stamp {
    /// A line of its own (`-t`).
    Long(Moment),
    /// In brackets in front of the object (`-ts`).
    Short(Moment),
}

/// In which network namespace a change was.
#[derive(Clone, Copy, Debug)]
pub enum Nsid {
    /// In that of the listener.
    Current,
    /// In the one with this id.
    Id(i32),
}

/// What stands in front of a change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prefix {
    /// When it was seen.
    pub stamp: Option<Stamp>,
    /// Where it was, when listening to several namespaces.
    pub nsid: Option<Nsid>,
    /// Whether the kind of object is named, as `ip monitor all` does.
    pub label: bool,
}

/// Prints a change of a link, address, route, rule or neighbour. Let the [`Context`] remember it first.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print(p: &mut Printer<'_>, cx: &Context, message: Message<'_>, before: &Prefix) -> Result<(), Error> {
    let kind = message.kind();
    let label = label(kind).ok_or(Error::Kind { what: "known change", kind })?;
    prefix(p, before, label);
    match label {
        "[LINK]" => link::print(p, cx, message, &link::Show::MONITOR),
        "[ADDR]" => addr::print(p, cx, message),
        "[ROUTE]" => route::print(p, cx, message, &route::Hide::default()),
        "[RULE]" => rule::print(p, cx, message),
        _ => neigh::print(p, cx, message, false),
    }
}

/// What `ip monitor all` writes in front of a change of this message type.
pub fn label(kind: u16) -> Option<&'static str> {
    Some(match kind {
        RTM_NEWLINK | RTM_DELLINK => "[LINK]",
        RTM_NEWADDR | RTM_DELADDR => "[ADDR]",
        RTM_NEWROUTE | RTM_DELROUTE => "[ROUTE]",
        RTM_NEWRULE | RTM_DELRULE => "[RULE]",
        RTM_NEWNEIGH | RTM_DELNEIGH | RTM_GETNEIGH => "[NEIGH]",
        _ => return None,
    })
}

/// Prints what stands in front of a change.
pub fn prefix(p: &mut Printer<'_>, prefix: &Prefix, label: &str) {
    match prefix.stamp {
        Some(Stamp::Long(moment)) => long(p, moment),
        Some(Stamp::Short(moment)) => short(p, moment),
        None => {}
    }
    match prefix.nsid {
        Some(Nsid::Current) => p.text("[nsid current]"),
        Some(Nsid::Id(id)) => p.color_text(Color::None, "[nsid {}]", id),
        None => {}
    }
    if prefix.label {
        p.text(label);
    }
}

fn long(p: &mut Printer<'_>, m: Moment) {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS.get(usize::from(m.weekday)).unwrap_or(&"???");
    let month = MONTHS.get(usize::from(m.month).wrapping_sub(1)).unwrap_or(&"???");
    p.text(&format!(
        "Timestamp: {day} {month} {:2} {:02}:{:02}:{:02} {} {} usec\n",
        m.day, m.hour, m.minute, m.second, m.year, m.microsecond
    ));
}

fn short(p: &mut Printer<'_>, m: Moment) {
    p.text(&format!(
        "[{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}] ",
        m.year, m.month, m.day, m.hour, m.minute, m.second, m.microsecond
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::Options;

    fn check(before: Prefix, expected: &str) {
        let mut out = Vec::new();
        let mut p = Printer::new(&mut out, Options::default());
        prefix(&mut p, &before, "[LINK]");
        p.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn prefixes_are_those_of_ip() {
        let moment = Moment {
            year: 2026,
            month: 11,
            day: 4,
            weekday: 3,
            hour: 7,
            minute: 4,
            second: 53,
            microsecond: 5457,
        };
        check(Prefix::default(), "");
        check(
            Prefix { stamp: Some(Stamp::Short(moment)), nsid: Some(Nsid::Id(3)), label: true },
            "[2026-11-04T07:04:53.005457] [nsid 3][LINK]",
        );
        check(
            Prefix { stamp: Some(Stamp::Long(moment)), nsid: None, label: true },
            "Timestamp: Wed Nov  4 07:04:53 2026 5457 usec\n[LINK]",
        );
    }
}
