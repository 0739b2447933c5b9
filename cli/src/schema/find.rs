//! From a name to what it names.

use super::kind::{Named, fields_of, named, named_fields, structs_of};
use super::{messages_of, sets};
use netplumb_core::family::{MessageType, PROTOCOLS};
use netplumb_core::schema::{AttrSpec, Fixed, Schema};

/// What a name stands for.
pub(super) enum Found {
    /// Nothing was asked for.
    Everything,
    Set(&'static Schema),
    Message(&'static MessageType),
    Struct(&'static Fixed),
    /// The rows of this name, each with its set.
    Rows(Vec<(&'static Schema, &'static AttrSpec)>),
    /// The places where a value or bit has this name.
    Values(Vec<Value>),
}

/// A named value or bit of an integer.
pub(super) struct Value {
    pub(super) name: &'static str,
    pub(super) value: u64,
    pub(super) bits: bool,
    pub(super) set: &'static str,
    /// The header field or attribute that may have it; with its struct, where it lies in one.
    pub(super) field: String,
}

/// What objects of command lines are called where the set has another name.
const OBJECTS: &[(&str, &str)] = &[("address", "addr"), ("neighbour", "neigh"), ("neighbor", "neigh")];

/// Sets, message types, attributes, structs, values and objects of command lines, in this order.
pub(super) fn find(name: &str) -> Option<Found> {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    if let Some(schema) = sets().find(|schema| is(schema.name)) {
        return Some(Found::Set(schema));
    }
    let mut messages = PROTOCOLS.iter().flat_map(|protocol| protocol.messages);
    if let Some(message) = messages.find(|message| is(message.name)) {
        return Some(Found::Message(message));
    }
    let rows: Vec<_> = rows().filter(|(_, row)| is(row.name)).collect();
    if !rows.is_empty() {
        return Some(Found::Rows(rows));
    }
    let field = name.rsplit_once('.').and_then(|(set, field)| {
        let schema = sets().find(|schema| schema.name.eq_ignore_ascii_case(set))?;
        let row = schema.attrs.iter().find(|row| row.field.eq_ignore_ascii_case(field))?;
        // Where two sets have the attribute, the constant names both and the field one.
        Some(Found::Rows(vec![(schema, row)]))
    });
    let found = field.or_else(|| structs().into_iter().find(|fixed| is(fixed.name)).map(Found::Struct));
    found.or_else(|| values(name)).or_else(|| {
        let (_, set) = OBJECTS.iter().find(|row| is(row.0))?;
        find(set)
    })
}

/// The lists of named values of every set, each with what has them.
pub(super) fn lists() -> impl Iterator<Item = (&'static Schema, String, Named)> {
    sets().flat_map(|schema| {
        let own = named(schema).into_iter().map(move |(holders, names)| (schema, holders.join(", "), names));
        let inside = structs_of(schema).into_iter().flat_map(move |fixed| {
            let fields = named_fields(fixed).into_iter();
            fields.map(move |(holders, names)| {
                (schema, format!("{} of struct {}", holders.join(", "), fixed.name), names)
            })
        });
        own.chain(inside)
    })
}

fn values(name: &str) -> Option<Found> {
    let found: Vec<Value> = lists()
        .flat_map(|(schema, field, names)| {
            let rows = names.rows.iter().filter(|row| row.1.eq_ignore_ascii_case(name));
            rows.map(move |&(value, name)| Value {
                name,
                value,
                bits: names.bits,
                set: schema.name,
                field: field.clone(),
            })
        })
        .collect();
    (!found.is_empty()).then_some(Found::Values(found))
}

fn rows() -> impl Iterator<Item = (&'static Schema, &'static AttrSpec)> {
    sets().flat_map(|schema| schema.attrs.iter().map(move |row| (schema, row)))
}

/// Every struct of headers and payloads, each once.
fn structs() -> Vec<&'static Fixed> {
    let mut all = Vec::new();
    for schema in sets() {
        if schema.header.size > 0 {
            all.push(schema.header);
        }
        all.extend(structs_of(schema));
        all.extend(fields_of(schema.header).into_iter().flatten());
    }
    all
}

/// Everything that has a name, in the order in which names are looked for.
pub(crate) fn names() -> Vec<&'static str> {
    sets()
        .map(|schema| schema.name)
        .chain(sets().flat_map(|schema| messages_of(schema).map(|message| message.name)))
        .chain(rows().map(|(_, row)| row.name))
        .chain(structs().into_iter().map(|fixed| fixed.name))
        .chain(lists().flat_map(|(_, _, names)| names.rows.iter().map(|row| row.1)))
        .collect()
}

/// Names that look like `name`, the nearest first: most people miss a letter, or give a part.
pub(super) fn near(name: &str) -> Vec<&'static str> {
    const SHOWN: usize = 5;
    let wanted = name.to_ascii_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<(usize, &'static str)> = names()
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_ascii_lowercase();
            let part = wanted.len() >= 3 && lower.split(['.', '_']).any(|part| part == wanted);
            let distance = if part { 1 } else { distance(&wanted, &lower) };
            (distance <= 1 + wanted.chars().count() / 5).then_some((distance, candidate))
        })
        .collect();
    // `bridge` is rather `link.bridge` than what lies in it. Among equals the order of the tables stays.
    scored.sort_by_key(|(distance, candidate)| (*distance, candidate.len()));
    let mut near = Vec::new();
    for (_, candidate) in scored {
        if near.len() < SHOWN && !near.contains(&candidate) {
            near.push(candidate);
        }
    }
    near
}

/// Insertions, deletions, exchanges of a letter and swaps of neighbours that make `b` of `a` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let exchange = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = exchange.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let check =
            |a, b, expected| assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        check("", "", 0);
        check("", "abc", 3);
        check("link", "lnik", 1);
        check("link", "links", 1);
        check("link", "lank", 1);
        check("kitten", "sitting", 3);
    }
}
