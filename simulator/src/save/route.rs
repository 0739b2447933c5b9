//! Routes.

use super::error::LoadFault;
use super::line::{Line, Result};
use crate::kernel::netns::Netns;
use netplumb_core::family::route::{RTM_NEWROUTE, Route};

/// Appends the routes of a namespace: those of IPv4, of IPv6, of MPLS, each table in its order.
pub(super) fn save(_out: &mut String, _ns: &Netns) {}

/// Takes a route into its table, behind those that are there.
pub(super) fn restore(_ns: &mut Netns, line: &mut Line<'_>) -> Result<()> {
    line.parts::<Route<'static>>(RTM_NEWROUTE, "RTM_NEWROUTE")?;
    Err(LoadFault::UnknownWord)
}
