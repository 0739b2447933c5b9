//! What differs between two payloads of one set.
//!
//! ```
//! use netplumb_core::family::link::{self, Link};
//! use netplumb_core::request::AsRequest;
//! use netplumb_core::schema::{DiffOptions, diff};
//! let before = link::set(3u32).mtu(1500).up();
//! let after = link::set(3u32).mtu(9000).master(7).up();
//! let (before, after) = (&before.message().unwrap()[16..], &after.message().unwrap()[16..]);
//! let mut lines = Vec::new();
//! diff(Link::SCHEMA, before, after, DiffOptions::default(), &mut |change| lines.push(change.to_string()));
//! assert_eq!(lines, ["IFLA_MTU: 1500 -> 9000", "IFLA_MASTER: added 7"]);
//! ```

use super::json::{LENGTH_FIELD, nest, whole_list, whole_records};
use super::list::split_record;
use super::walk::{DEPTH_MAX, OPAQUE, Path, Scope, Step};
use super::{AttrSpec, Fixed, Kind, Mark, Pretty, Schema, choice::Choices};
use crate::wire::{Attr, Attrs};
use core::fmt;

/// Different attribute types in a list that are compared type by type. Those beyond are compared in the order they stand, as
/// looking for each would take time by the square.
const TYPES: usize = 256;

/// What [`diff`] reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiffOptions {
    /// Also what changes by itself: counters, ages ([`Mark::volatile`]).
    pub volatile: bool,
}

/// One difference: an attribute or header field, with the payloads of both sides.
#[derive(Clone, Copy, Debug)]
pub struct Change<'d> {
    /// Where. An attribute that may occur several times has its number in the list behind it, records have theirs.
    pub path: Path,
    /// The payload before; `None` when it was added.
    pub before: Option<Pretty<'d>>,
    /// The payload after; `None` when it was removed.
    pub after: Option<Pretty<'d>>,
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str("payload: ")?;
        } else {
            write!(f, "{}: ", self.path)?;
        }
        match (self.before, self.after) {
            (Some(before), Some(after)) => write!(f, "{before:?} -> {after:?}"),
            (None, Some(after)) => write!(f, "added {after:?}"),
            (Some(before), None) => write!(f, "removed {before:?}"),
            (None, None) => Ok(()),
        }
    }
}

/// Calls `out` for every difference between the payloads `before` and `after` (header and attributes) of `schema`: header
/// fields first, then attributes in ascending order of their types, nests and structs taken apart.
///
/// Attributes that occur several times are compared in their order. The order of types, the bits `NLA_F_*` and padding
/// make no difference. Bytes that are no attribute are compared as `trailing bytes`.
pub fn diff<'d>(
    schema: &'static Schema,
    before: &'d [u8],
    after: &'d [u8],
    options: DiffOptions,
    out: &mut dyn FnMut(Change<'d>),
) {
    let mut differ = Differ { options, out };
    match (Scope::new(schema, before), Scope::new(schema, after)) {
        (Some(a), Some(b)) => differ.set(a, b, At { path: Path::ROOT, depth: 0 }, 0),
        _ => differ.bytes(Path::ROOT, before, after),
    }
}

struct Differ<'o, 'd> {
    options: DiffOptions,
    out: &'o mut dyn FnMut(Change<'d>),
}

#[derive(Clone, Copy)]
struct At {
    path: Path,
    depth: usize,
}

impl At {
    fn then(self, step: Step) -> Self {
        Self { path: self.path.then(step), ..self }
    }
    fn deeper(self) -> Self {
        Self { depth: self.depth.saturating_add(1), ..self }
    }
}

/// What the attributes of two lists are.
enum Rows<'r, 'd> {
    /// Those of a set.
    Set { scopes: (Scope<'d>, Scope<'d>), choices: &'r mut (Choices, Choices) },
    /// All of one kind, whatever their type.
    Kind(&'static Kind),
}

impl Rows<'_, '_> {
    fn row(&self, id: u16) -> Option<&'static AttrSpec> {
        match self {
            Self::Set { scopes, .. } => scopes.0.schema.attr(id),
            Self::Kind(_) => None,
        }
    }

    /// Kinds of an attribute of this type, before and after.
    fn kinds(&mut self, id: u16) -> (&'static Kind, &'static Kind) {
        match (self.row(id), self) {
            (_, Self::Kind(kind)) => (*kind, *kind),
            (Some(row), Self::Set { scopes, choices }) => {
                let before = choices.0.resolve(&scopes.0, &row.kind);
                (before, choices.1.resolve(&scopes.1, &row.kind))
            }
            (None, Self::Set { .. }) => (&OPAQUE, &OPAQUE),
        }
    }
}

impl<'d> Differ<'_, 'd> {
    fn report(&mut self, path: Path, before: Option<Pretty<'d>>, after: Option<Pretty<'d>>) {
        (self.out)(Change { path, before, after });
    }

    fn bytes(&mut self, path: Path, before: &'d [u8], after: &'d [u8]) {
        if before != after {
            let side = |payload: &'d [u8]| Some(Pretty { kind: &OPAQUE, payload });
            self.report(path, side(before), side(after));
        }
    }

    fn set(&mut self, a: Scope<'d>, b: Scope<'d>, at: At, skip: usize) {
        self.fields(a.schema.header, a.header, b.header, at, skip);
        let (before, after) = (a.attrs, b.attrs);
        let mut rows = Rows::Set { scopes: (a, b), choices: &mut Default::default() };
        self.list(before, after, &mut rows, at);
        let trailing = |mut list: Attrs<'d>| {
            list.by_ref().for_each(drop);
            list.remainder()
        };
        self.bytes(at.path.then(Step::Field("trailing bytes")), trailing(before), trailing(after));
    }

    fn fields(&mut self, fixed: &'static Fixed, before: &'d [u8], after: &'d [u8], at: At, skip: usize) {
        for field in fixed.fields.iter().filter(|field| field.offset >= skip && !field.name.starts_with('_'))
        {
            let part = |side: &'d [u8]| side.get(field.offset..field.offset.saturating_add(field.size));
            let (a, b) = (part(before), part(after));
            if a != b {
                let side = |payload| Pretty { kind: &field.kind, payload };
                self.report(at.path.then(Step::Field(field.name)), a.map(side), b.map(side));
            }
        }
    }

    fn list(&mut self, a: Attrs<'d>, b: Attrs<'d>, rows: &mut Rows<'_, 'd>, at: At) {
        if a == b {
            // Equal bytes may still be of other kinds on both sides, but then what chose them is reported.
            return;
        }
        let mut last = None;
        for _ in 0..TYPES {
            let later = |attr: &Attr<'d>| last.is_none_or(|last| attr.kind() > last);
            let Some(id) = a.chain(b).filter(later).map(Attr::kind).min() else { return };
            let same = |attr: &Attr<'d>| attr.kind() == id;
            self.pairs(&mut a.filter(same), &mut b.filter(same), rows, at);
            last = Some(id);
        }
        let later = |attr: &Attr<'d>| last.is_some_and(|last| attr.kind() > last);
        self.pairs(&mut a.filter(later), &mut b.filter(later), rows, at);
    }

    /// Compares attributes in their order.
    fn pairs(
        &mut self,
        a: &mut dyn Iterator<Item = Attr<'d>>,
        b: &mut dyn Iterator<Item = Attr<'d>>,
        rows: &mut Rows<'_, 'd>,
        at: At,
    ) {
        let mut number = 0u16;
        loop {
            match (a.next(), b.next()) {
                (None, None) => return,
                (Some(a), Some(b)) if a.kind() != b.kind() => {
                    self.attribute(Some(a), None, number, rows, at);
                    self.attribute(None, Some(b), number, rows, at);
                }
                (a, b) => self.attribute(a, b, number, rows, at),
            }
            number = number.saturating_add(1);
        }
    }

    fn attribute(
        &mut self,
        a: Option<Attr<'d>>,
        b: Option<Attr<'d>>,
        number: u16,
        rows: &mut Rows<'_, 'd>,
        at: At,
    ) {
        let Some(id) = a.or(b).map(Attr::kind) else { return };
        let row = rows.row(id);
        let (a, b) = (a.map(Attr::payload), b.map(Attr::payload));
        let left_out = row.is_some_and(|row| row.is(Mark::volatile)) && !self.options.volatile;
        if a == b || left_out {
            return;
        }
        let at = at.then(row.map_or(Step::Number(id), Step::Attr));
        let numbered = number > 0 || row.is_some_and(|row| row.is(Mark::multi));
        let at = if numbered { at.then(Step::Number(number)) } else { at };
        let kinds = rows.kinds(id);
        let a = a.map(|payload| Pretty { kind: kinds.0, payload });
        let b = b.map(|payload| Pretty { kind: kinds.1, payload });
        match (a, b) {
            (Some(a), Some(b)) if self.inside(a, b, at.deeper()) => {}
            _ => self.report(at.path, a, b),
        }
    }

    /// Compares the parts of two payloads; `false` when they have none that can be told apart.
    fn inside(&mut self, a: Pretty<'d>, b: Pretty<'d>, at: At) -> bool {
        let (before, after) = (a.payload, b.payload);
        match (a.kind, b.kind) {
            _ if at.depth >= DEPTH_MAX => false,
            (Kind::Struct(fixed), Kind::Struct(other)) if core::ptr::eq(*fixed, *other) => {
                let whole = before.len() == fixed.size && after.len() == fixed.size;
                if whole {
                    self.fields(fixed, before, after, at, 0);
                }
                whole
            }
            (Kind::Nest(schema), Kind::Nest(other)) if core::ptr::eq(schema(), other()) => {
                match (nest(schema(), before, at.depth), nest(schema(), after, at.depth)) {
                    (Some(a), Some(b)) => {
                        self.set(a, b, at, 0);
                        true
                    }
                    _ => false,
                }
            }
            (Kind::Indexed(element), Kind::Indexed(other)) if core::ptr::eq(*element, *other) => {
                let whole = whole_list(before) && whole_list(after);
                if whole {
                    self.list(Attrs::new(before), Attrs::new(after), &mut Rows::Kind(element), at);
                }
                whole
            }
            (Kind::Records(schema), Kind::Records(other)) if core::ptr::eq(schema(), other()) => {
                let whole = [before, after].iter().all(|side| whole_records(schema(), side, at.depth));
                if whole {
                    self.records(schema(), a, b, at);
                }
                whole
            }
            _ => false,
        }
    }

    fn records(&mut self, schema: &'static Schema, a: Pretty<'d>, b: Pretty<'d>, at: At) {
        let (mut before, mut after) = (a.payload, b.payload);
        let mut number = 0u16;
        loop {
            let next = |rest: &mut &'d [u8]| split_record(rest, schema.header.size);
            let inner = at.then(Step::Number(number));
            match (next(&mut before), next(&mut after)) {
                (None, None) => return,
                (Some(x), Some(y)) => {
                    if let (Some(x), Some(y)) = (Scope::new(schema, x), Scope::new(schema, y)) {
                        self.set(x, y, inner, LENGTH_FIELD);
                    }
                }
                // A record by itself is a list of one.
                (x, y) => {
                    let before = x.map(|payload| Pretty { payload, ..a });
                    self.report(inner.path, before, y.map(|payload| Pretty { payload, ..b }));
                }
            }
            number = number.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::link::Link;
    use crate::family::route::{self, Route};
    use crate::request::AsRequest;
    use crate::wire::Writer;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    fn lines(schema: &'static Schema, a: &[u8], b: &[u8], options: DiffOptions) -> Vec<String> {
        let mut out = Vec::new();
        diff(schema, a, b, options, &mut |change| out.push(change.to_string()));
        out
    }

    fn payload(fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        let mut buffer = vec![0; 16_384];
        let mut w = Writer::new(&mut buffer);
        w.bytes(&[0; 16]);
        fill(&mut w);
        w.finish().unwrap().to_vec()
    }

    #[track_caller]
    fn check(a: impl FnOnce(&mut Writer<'_>), b: impl FnOnce(&mut Writer<'_>), expected: &[&str]) {
        let (a, b) = (payload(a), payload(b));
        assert_eq!(lines(Link::SCHEMA, &a, &b, DiffOptions::default()), expected);
        assert!(lines(Link::SCHEMA, &a, &a, DiffOptions { volatile: true }).is_empty());
        assert_eq!(lines(Link::SCHEMA, &b, &a, DiffOptions::default()).len(), expected.len());
    }

    #[test]
    fn nests_are_taken_apart() {
        let bridge = |ageing: u32| {
            move |w: &mut Writer<'_>| {
                w.nest(18, |w| {
                    w.attr_str(1, "bridge");
                    w.nest(2, |w| w.attr(4, &ageing.to_ne_bytes()));
                });
            }
        };
        check(bridge(1), bridge(2), &["IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_BR_AGEING_TIME: 1 -> 2"]);
        check(
            bridge(1),
            |w| w.nest(18, |w| w.attr_str(1, "veth")),
            &[
                "IFLA_LINKINFO.IFLA_INFO_KIND: \"bridge\" -> \"veth\"",
                "IFLA_LINKINFO.IFLA_INFO_DATA: removed {IFLA_BR_AGEING_TIME: 1}",
            ],
        );
        check(
            bridge(1),
            |w| w.attr(18, &[1]),
            &["IFLA_LINKINFO: {IFLA_INFO_KIND: \"bridge\", IFLA_INFO_DATA: {IFLA_BR_AGEING_TIME: 1}} \
                 -> {no attribute: [01]}"],
        );
    }

    #[test]
    fn order_bits_and_counters_make_no_difference() {
        check(
            |w| {
                w.attr(4, &[1, 0, 0, 0]);
                w.attr(20, b"x\0");
            },
            |w| {
                w.attr(20 | 0x8000, b"x\0");
                w.attr(4, &[1, 0, 0, 0]);
            },
            &[],
        );
        let (a, b) = (payload(|w| w.attr(23, &[0; 200])), payload(|w| w.attr(23, &[1; 200])));
        assert!(lines(Link::SCHEMA, &a, &b, DiffOptions::default()).is_empty());
        assert!(!lines(Link::SCHEMA, &a, &b, DiffOptions { volatile: true }).is_empty());
    }

    #[test]
    fn repeated_unknown_and_trailing() {
        check(
            |w| {
                w.attr(3, b"a\0");
                w.attr(3, b"b\0");
                w.attr(0x3000, &[1]);
            },
            |w| {
                w.attr(3, b"a\0");
                w.attr(3, b"c\0");
                w.bytes(&[9, 0, 0, 0]);
            },
            &["IFLA_IFNAME.1: \"b\" -> \"c\"", "12288: removed [01]", "trailing bytes: [] -> [09 00 00 00]"],
        );
        assert_eq!(
            lines(Link::SCHEMA, &[0; 3], &[0; 4], DiffOptions::default()),
            ["payload: [00 00 00] -> [00 00 00 00]"]
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes a quarter of an hour")]
    fn many_types_are_all_compared() {
        let many = |last: u8| {
            move |w: &mut Writer<'_>| {
                for id in 0..600 {
                    w.attr(1000 + id, &[if id == 599 { last } else { 0 }]);
                }
            }
        };
        let count = 600 - TYPES - 1;
        check(many(0), many(1), &[std::format!("1599.{count}: [00] -> [01]").as_str()]);
    }

    #[test]
    fn header_fields_and_records() {
        let make = |weights: &[u8], table| {
            route::add("192.0.2.0/24".parse().unwrap()).table(table).with(|r| {
                r.hops(|h| {
                    for weight in weights {
                        let header =
                            route::hop::RtNexthop { rtnh_hops: *weight, ..route::hop::RtNexthop::default() };
                        h.hop(header, |_| ());
                    }
                });
            })
        };
        let (a, b) = (make(&[1, 2], 254), make(&[1, 3, 4], 253));
        let (a, b) = (&a.message().unwrap()[16..], &b.message().unwrap()[16..]);
        let found = lines(Route::SCHEMA, a, b, DiffOptions::default());
        assert!(found.contains(&"RTA_MULTIPATH.1.rtnh_hops: 2 -> 3".into()), "{found:?}");
        assert!(
            found.iter().any(|l| l.starts_with("RTA_MULTIPATH.2: added [{") && l.contains("rtnh_hops: 4")),
            "{found:?}"
        );
        assert!(found.iter().any(|l| l.contains("RT_TABLE_MAIN -> RT_TABLE_DEFAULT")), "{found:?}");
        assert_eq!(found.len(), lines(Route::SCHEMA, b, a, DiffOptions::default()).len());
    }
}
