//! The tables as text.

use super::find::{Found, Value};
use super::kind::{self, Named};
use super::table::columns;
use super::{messages_of, prose, sets};
use netplumb_core::family::PROTOCOLS;
use netplumb_core::schema::{AttrSpec, Fixed, Kind, Schema};
use std::fmt::Write as _;
use std::io;

pub(super) fn print(out: &mut dyn io::Write, found: &Found) -> io::Result<()> {
    let mut text = String::new();
    match found {
        Found::Everything => everything(&mut text),
        Found::Set(schema) => set(&mut text, schema),
        Found::Message(message) => {
            let _ =
                writeln!(text, "{} is message type {}, its payload is the set", message.name, message.kind);
            set(&mut text, (message.schema)());
        }
        Found::Struct(fixed) => {
            structure(&mut text, fixed);
            for (holders, names) in kind::named_fields(fixed) {
                values(&mut text, &holders, names);
            }
        }
        Found::Values(values) => values.iter().for_each(|found| value(&mut text, found)),
        Found::Rows(rows) => {
            for (n, (schema, row)) in rows.iter().enumerate() {
                let gap = if n == 0 { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{}: {}", schema.name, kind::first_line(schema));
                attributes(&mut text, schema, std::slice::from_ref(*row));
            }
        }
    }
    out.write_all(text.as_bytes())
}

/// What number a name stands for, and where.
fn value(out: &mut String, found: &Value) {
    let (what, number) = match found.bits {
        true => ("bit", format!("{:#x}", found.value)),
        false => ("value", found.value.to_string()),
    };
    let _ = writeln!(out, "{} is {number}, a {what} of {} (set {})", found.name, found.field, found.set);
}

fn everything(out: &mut String) {
    for protocol in PROTOCOLS {
        let _ = writeln!(out, "Message types of {}:", protocol.name);
        let rows: Vec<_> = protocol
            .messages
            .iter()
            .map(|message| {
                vec![message.kind.to_string(), message.name.into(), (message.schema)().name.into()]
            })
            .collect();
        columns(out, &["TYPE", "NAME", "SET"], &rows);
        out.push('\n');
    }
    out.push_str("Sets:\n");
    let rows: Vec<_> = sets()
        .map(|schema| vec![schema.name.into(), schema.attrs.len().to_string(), kind::first_line(schema)])
        .collect();
    columns(out, &["SET", "ROWS", "MEANING"], &rows);
}

fn set(out: &mut String, schema: &'static Schema) {
    let _ = writeln!(out, "{}: {}", schema.name, prose::text(schema.doc));
    let messages: Vec<_> =
        messages_of(schema).map(|message| format!("{} ({})", message.name, message.kind)).collect();
    if !messages.is_empty() {
        let _ = writeln!(out, "Messages: {}", messages.join(", "));
    }
    if schema.header.size > 0 {
        out.push_str("\nHeader ");
        structure(out, schema.header);
    }
    if !schema.attrs.is_empty() {
        attributes(out, schema, schema.attrs);
    }
    for fixed in kind::structs_of(schema) {
        out.push('\n');
        structure(out, fixed);
    }
    for (holders, names) in kind::named(schema) {
        values(out, &holders, names);
    }
    for fixed in kind::structs_of(schema) {
        for (holders, names) in kind::named_fields(fixed) {
            values(out, &holders, names);
        }
    }
}

fn structure(out: &mut String, fixed: &'static Fixed) {
    let _ = write!(out, "struct {}, {} bytes", fixed.name, fixed.size);
    if fixed.min_size < fixed.size {
        let _ = write!(out, " ({} in older kernels)", fixed.min_size);
    }
    out.push_str(":\n");
    let rows: Vec<_> = fixed
        .fields
        .iter()
        .map(|field| {
            let words = kind::words(&field.kind, &NO_SET, &|reference| match reference {
                kind::Reference::Set(name) | kind::Reference::Struct(name) => name.to_owned(),
            });
            vec![
                field.offset.to_string(),
                field.size.to_string(),
                field.name.into(),
                words,
                prose::text(field.doc),
            ]
        })
        .collect();
    columns(out, &["OFFSET", "SIZE", "FIELD", "KIND", "MEANING"], &rows);
}

/// Fields of structs choose nothing, so no set is needed to describe them.
pub(super) static NO_SET: Schema = Schema { name: "", doc: "", header: Fixed::NONE, attrs: &[] };

fn attributes(out: &mut String, schema: &'static Schema, attrs: &[AttrSpec]) {
    out.push_str("\nAttributes:\n");
    let rows: Vec<_> = attrs
        .iter()
        .map(|row| {
            vec![
                row.id.to_string(),
                row.name.into(),
                row.field.into(),
                kind::plain(&row.kind, schema) + &kind::range(row),
                kind::marks(row),
                prose::text(row.doc),
            ]
        })
        .collect();
    columns(out, &["ID", "CONSTANT", "FIELD", "KIND", "MARKS", "MEANING"], &rows);
    for row in attrs {
        if let Kind::Select(select) = &row.kind {
            let _ = writeln!(out, "\n{} is chosen by {}:", row.name, kind::chooser(select, schema));
            let cases: Vec<_> = select
                .cases
                .iter()
                .map(|(case, of)| vec![kind::case(*case, select, schema), kind::plain(of, schema)])
                .collect();
            columns(out, &["", ""], &cases);
        }
    }
    if let [row] = attrs {
        if let Some(names) = kind::names(&row.kind) {
            values(out, &[row.field], names);
        }
        if let Some(fixed) = kind::fixed(&row.kind) {
            out.push('\n');
            structure(out, fixed);
        }
    }
}

fn values(out: &mut String, holders: &[&str], names: Named) {
    let bits = if names.bits { ", bits" } else { "" };
    let _ = writeln!(out, "\nValues of {}{bits}:", holders.join(", "));
    let rows: Vec<_> =
        names.rows.iter().map(|(value, name)| vec![names.value(*value), (*name).into()]).collect();
    columns(out, &["", ""], &rows);
}
