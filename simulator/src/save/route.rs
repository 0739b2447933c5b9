//! Routes, and the tables they are in.

use super::TailWriter;
use super::error::LoadFault;
use super::line::{Line, Result, Tail, put_payload};
use crate::kernel::netns::Netns;
use crate::kernel::route::saved::{self, Keys, Saved};
use netplumb_core::family::route::{RTM_NEWROUTE, Route};

/// Room for the message of one route: encapsulations and many nexthops.
const ROOM: usize = 128 * 1024;

/// Appends the routes of a namespace: those of IPv4, of IPv6, of MPLS, each table in its order behind a line of its own.
pub(super) fn save(out: &mut String, ns: &Netns) {
    let mut buffer = vec![0; ROOM];
    saved::save(ns, &mut buffer, &mut |saved| match saved {
        Saved::Table(family, id) => out.push_str(&format!("table {family} {id}\n")),
        Saved::Route(payload, keys) => {
            put_payload(out, "route", RTM_NEWROUTE, payload);
            let mut tail = TailWriter::new(out);
            for (key, value) in keys {
                tail.put(key, value);
            }
            tail.finish();
        }
    });
}

impl Keys for Tail<'_> {
    fn take(&mut self, key: &str) -> Option<String> {
        Tail::take(self, key).map(str::to_owned)
    }
}

/// Takes a route into its table, behind those that are there.
pub(super) fn restore(ns: &mut Netns, line: &mut Line<'_>) -> Result<()> {
    line.parts::<Route<'static>>(RTM_NEWROUTE, "RTM_NEWROUTE")?;
    let route = Route::new(line.message.payload()).ok_or(LoadFault::Payload)?;
    saved::restore_route(ns, route, &mut line.tail).map_err(LoadFault::Value)
}

/// Makes a table: its family and its number.
pub(super) fn restore_table(ns: &mut Netns, text: &str) -> Result<()> {
    let (family, id) = text.trim().split_once(' ').ok_or(LoadFault::Missing("the number of the table"))?;
    match (family.parse(), id.parse()) {
        (Ok(family), Ok(id)) => saved::restore_table(ns, family, id).map_err(LoadFault::Value),
        _ => Err(LoadFault::Value("the numbers of a family and of a table")),
    }
}
