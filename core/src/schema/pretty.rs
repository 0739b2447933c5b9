//! `Debug` of every view, from the table.

use super::Schema;
use crate::wire::Attrs;
use core::fmt;

/// Prints a set's header and attributes with their names.
pub fn pretty(f: &mut fmt::Formatter<'_>, schema: &Schema, header: &[u8], attrs: Attrs<'_>) -> fmt::Result {
    write!(f, "{} {header:?} {attrs:?}", schema.name)
}
