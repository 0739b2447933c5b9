//! Shapes of payloads in words, and what belongs to them.

use super::prose;
use netplumb_core::schema::{AttrSpec, Case, Field, Fixed, Kind, Names, Schema, Select, Selector};

/// Longer texts and byte strings than this have no bound worth a word: an attribute ends at 65,535 bytes anyway.
const UNBOUNDED: u16 = 65_000;

/// A reference that output may turn into a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reference {
    Set(&'static str),
    Struct(&'static str),
}

/// A kind in a few words; `link` writes what they refer to. `schema` is the set of the row.
pub(super) fn words(kind: &Kind, schema: &Schema, link: &dyn Fn(Reference) -> String) -> String {
    match kind {
        Kind::Flag => "flag".into(),
        Kind::Int(int) => {
            let order = match (int.big_endian, int.signed) {
                (false, false) => "u",
                (false, true) => "i",
                (true, false) => "be",
                (true, true) => "signed be",
            };
            let names = match int.names {
                Names::None => "",
                Names::Enum(_) => " enum",
                Names::Flags(_) => " flags",
            };
            format!("{order}{}{names}", u32::from(int.size) * 8)
        }
        Kind::Str { max } if *max >= UNBOUNDED => "string".into(),
        Kind::Str { max } => format!("string ≤{max}"),
        Kind::Bytes { min, max } => match (*min, *max) {
            (0, UNBOUNDED..) => "bytes".into(),
            (min, UNBOUNDED..) => format!("bytes ≥{min}"),
            (min, max) if min == max => format!("{max} bytes"),
            (0, max) => format!("bytes ≤{max}"),
            (min, max) => format!("{min} to {max} bytes"),
        },
        Kind::LinkAddr => "link address".into(),
        Kind::Ip => "ip".into(),
        Kind::Ipv4 => "ipv4".into(),
        Kind::Ipv6 => "ipv6".into(),
        Kind::Labels => "mpls labels".into(),
        Kind::Struct(fixed) => format!("struct {}", link(Reference::Struct(fixed.name))),
        Kind::Array(of) => format!("array of {}", words(of, schema, link)),
        Kind::Indexed(of) => format!("by index: {}", words(of, schema, link)),
        Kind::Nest(set) => format!("nest {}", link(Reference::Set(set().name))),
        Kind::Records(set) => format!("records {}", link(Reference::Set(set().name))),
        Kind::Select(select) => format!("select by {}", chooser(select, schema)),
    }
}

/// A kind in words without links.
pub(super) fn plain(kind: &Kind, schema: &Schema) -> String {
    words(kind, schema, &|reference| match reference {
        Reference::Set(name) | Reference::Struct(name) => name.to_owned(),
    })
}

/// The bounds of an integer that are narrower than its type, in words.
pub(super) fn range(row: &AttrSpec) -> String {
    row.range.map_or_else(String::new, |(low, high)| format!(", {low} to {high}"))
}

/// The marks in words.
pub(super) fn marks(row: &AttrSpec) -> String {
    row.marks.iter().map(|mark| format!("{mark:?}").replace('_', "-")).collect::<Vec<_>>().join(" ")
}

/// The name of the value that chooses.
pub(super) fn chooser(select: &Select, schema: &Schema) -> String {
    match select.by {
        Selector::Sibling(id) => {
            schema.attr(id).map_or_else(|| format!("attribute {id}"), |row| row.name.into())
        }
        Selector::Header(offset) => header_field(schema, offset)
            .map_or_else(|| format!("byte {offset} of the header"), |field| field.name.into()),
    }
}

pub(super) fn header_field(schema: &Schema, offset: usize) -> Option<&'static Field> {
    schema.header.fields.iter().find(|field| field.offset == offset)
}

/// When a choice applies, in words; a number of the header with its name.
pub(super) fn case(case: Case, select: &Select, schema: &Schema) -> String {
    match case {
        Case::Any => "otherwise".into(),
        Case::Str(text) => text.into(),
        Case::Int(value) => {
            let kind = match select.by {
                Selector::Header(offset) => header_field(schema, offset).map(|field| &field.kind),
                Selector::Sibling(id) => schema.attr(id).map(|row| &row.kind),
            };
            let name = kind
                .and_then(names)
                .and_then(|names| names.rows.iter().find(|row| row.0 == value).map(|row| row.1));
            name.map_or_else(|| value.to_string(), |name| format!("{value} {name}"))
        }
    }
}

/// What the values of an integer are called.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) rows: &'static [(u64, &'static str)],
    /// Bits rather than values.
    pub(super) bits: bool,
}

impl Named {
    /// A value as it is written: bits in hexadecimal.
    pub(super) fn value(self, value: u64) -> String {
        if self.bits { format!("{value:#x}") } else { value.to_string() }
    }
}

/// The names of a kind's values, lists included.
pub(super) fn names(kind: &Kind) -> Option<Named> {
    match kind {
        Kind::Int(int) => match int.names {
            Names::Enum(rows) => Some(Named { rows, bits: false }),
            Names::Flags(rows) => Some(Named { rows, bits: true }),
            Names::None => None,
        },
        Kind::Array(of) | Kind::Indexed(of) => names(of),
        _ => None,
    }
}

/// The struct that a kind is made of.
pub(super) fn fixed(kind: &Kind) -> Option<&'static Fixed> {
    match kind {
        Kind::Struct(fixed) => Some(fixed),
        Kind::Array(of) | Kind::Indexed(of) => fixed(of),
        _ => None,
    }
}

/// The structs in a struct, for each field.
pub(super) fn fields_of(of: &'static Fixed) -> Vec<Option<&'static Fixed>> {
    of.fields.iter().map(|field| fixed(&field.kind)).collect()
}

/// The structs that the payloads of a set are made of, structs in structs behind the one they are in; each once.
pub(super) fn structs_of(schema: &Schema) -> Vec<&'static Fixed> {
    let mut found: Vec<&'static Fixed> = Vec::new();
    let mut waiting: Vec<&'static Fixed> = Vec::new();
    for row in schema.attrs {
        waiting.extend(fixed(&row.kind));
        if let Kind::Select(select) = &row.kind {
            waiting.extend(select.cases.iter().filter_map(|(_, kind)| fixed(kind)));
        }
    }
    waiting.reverse();
    while let Some(next) = waiting.pop() {
        if !found.iter().any(|known| known.name == next.name) {
            found.push(next);
            waiting.extend(fields_of(next).into_iter().flatten());
        }
    }
    found
}

/// What has named values in a set (header fields and rows), and the names; those that share a list stand together.
pub(super) fn named(schema: &Schema) -> Vec<(Vec<&'static str>, Named)> {
    let fields = schema.header.fields.iter().map(|field| (field.name, &field.kind));
    group(fields.chain(schema.attrs.iter().map(|row| (row.field, &row.kind))))
}

/// The same of a struct's fields.
pub(super) fn named_fields(fixed: &'static Fixed) -> Vec<(Vec<&'static str>, Named)> {
    group(fixed.fields.iter().map(|field| (field.name, &field.kind)))
}

fn group(all: impl Iterator<Item = (&'static str, &'static Kind)>) -> Vec<(Vec<&'static str>, Named)> {
    let mut groups: Vec<(Vec<&'static str>, Named)> = Vec::new();
    for (name, kind) in all {
        let Some(these) = names(kind) else { continue };
        match groups.iter_mut().find(|(_, known)| known.rows == these.rows && known.bits == these.bits) {
            Some((holders, _)) => holders.push(name),
            None => groups.push((vec![name], these)),
        }
    }
    groups
}

/// A set's description in one line.
pub(super) fn first_line(schema: &Schema) -> String {
    prose::text(schema.doc.trim().lines().next().unwrap_or_default())
}
