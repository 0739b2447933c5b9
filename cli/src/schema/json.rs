//! The tables as JSON, for programs: keys are stable.

use super::find::Found;
use super::kind::{self, chooser, header_field};
use super::{messages_of, prose, sets};
use crate::show::{Options, Printer};
use netplumb_core::family::PROTOCOLS;
use netplumb_core::schema::{AttrSpec, Case, Fixed, Int, Kind, Names, Schema, Select, Selector};
use std::io;

pub(super) fn print(out: &mut dyn io::Write, found: &Found, pretty: bool) -> io::Result<()> {
    let mut p = Printer::new(out, Options { json: true, pretty, ..Options::default() });
    match found {
        Found::Everything => everything(&mut p),
        Found::Set(schema) => set(&mut p, schema, true, schema.attrs),
        Found::Message(message) => set(&mut p, (message.schema)(), true, (message.schema)().attrs),
        Found::Struct(fixed) => {
            p.open_item();
            structure(&mut p, fixed);
            p.close_object();
        }
        Found::Values(values) => {
            for value in values {
                p.open_item();
                p.json_string("name", value.name);
                p.json_number("value", value.value);
                p.json_string("names", if value.bits { "flags" } else { "enum" });
                p.json_string("set", value.set);
                p.json_string("field", &value.field);
                p.close_object();
            }
        }
        Found::Rows(rows) => {
            for (schema, row) in rows {
                set(&mut p, schema, false, std::slice::from_ref(*row));
            }
        }
    }
    p.finish()
}

fn everything(p: &mut Printer<'_>) {
    p.open_item();
    p.open_array("messages", "");
    for protocol in PROTOCOLS {
        for message in protocol.messages {
            p.open_item();
            p.json_string("protocol", protocol.name);
            p.json_number("type", message.kind);
            p.json_string("name", message.name);
            p.json_string("set", (message.schema)().name);
            p.close_object();
        }
    }
    p.close_array("");
    p.open_array("sets", "");
    for schema in sets() {
        p.open_item();
        p.json_string("set", schema.name);
        p.json_number("rows", schema.attrs.len());
        p.json_string("doc", &kind::first_line(schema));
        p.close_object();
    }
    p.close_array("");
    p.close_object();
}

/// A set with `rows` of it; `whole` with what belongs to the set itself.
fn set(p: &mut Printer<'_>, schema: &'static Schema, whole: bool, rows: &[AttrSpec]) {
    p.open_item();
    p.json_string("set", schema.name);
    if whole {
        p.json_string("doc", &prose::text(schema.doc));
        p.open_array("messages", "");
        for message in messages_of(schema) {
            p.open_item();
            p.json_number("type", message.kind);
            p.json_string("name", message.name);
            p.close_object();
        }
        p.close_array("");
        if schema.header.size == 0 {
            p.json_null("header");
        } else {
            p.open_object("header");
            structure(p, schema.header);
            p.close_object();
        }
    }
    p.open_array("attrs", "");
    for row in rows {
        p.open_item();
        p.json_number("id", row.id);
        p.json_string("name", row.name);
        p.json_string("field", row.field);
        p.open_object("kind");
        shape(p, &row.kind, schema);
        p.close_object();
        if let Some((low, high)) = row.range {
            p.json_number("min", low);
            p.json_number("max", high);
        }
        p.open_array("marks", "");
        for mark in row.marks {
            p.item("{}", &format!("{mark:?}"));
        }
        p.close_array("");
        p.json_string("doc", &prose::text(row.doc));
        p.close_object();
    }
    p.close_array("");
    p.close_object();
}

/// The members of a struct's object.
fn structure(p: &mut Printer<'_>, fixed: &'static Fixed) {
    p.json_string("struct", fixed.name);
    p.json_number("size", fixed.size);
    p.json_number("min_size", fixed.min_size);
    p.open_array("fields", "");
    for field in fixed.fields {
        p.open_item();
        p.json_string("name", field.name);
        p.json_number("offset", field.offset);
        p.json_number("size", field.size);
        p.open_object("kind");
        shape(p, &field.kind, &super::text::NO_SET);
        p.close_object();
        p.json_string("doc", &prose::text(field.doc));
        p.close_object();
    }
    p.close_array("");
}

/// The members of a kind's object.
fn shape(p: &mut Printer<'_>, kind: &Kind, schema: &'static Schema) {
    let mut named = |name: &str| p.json_string("type", name);
    match kind {
        Kind::Flag => named("flag"),
        Kind::LinkAddr => named("link_address"),
        Kind::Ip => named("ip"),
        Kind::Ipv4 => named("ipv4"),
        Kind::Ipv6 => named("ipv6"),
        Kind::Labels => named("mpls_labels"),
        Kind::Int(int) => integer(p, *int),
        Kind::Str { max } => {
            named("string");
            p.json_number("max", max);
        }
        Kind::Bytes { min, max } => {
            named("bytes");
            p.json_number("min", min);
            p.json_number("max", max);
        }
        Kind::Struct(fixed) => {
            named("struct");
            structure(p, fixed);
        }
        Kind::Array(of) => list(p, "array", of, schema),
        Kind::Indexed(of) => list(p, "indexed", of, schema),
        Kind::Nest(set) => {
            named("nest");
            p.json_string("set", set().name);
        }
        Kind::Records(set) => {
            named("records");
            p.json_string("set", set().name);
        }
        Kind::Select(select) => choice(p, select, schema),
    }
}

fn list(p: &mut Printer<'_>, name: &str, of: &Kind, schema: &'static Schema) {
    p.json_string("type", name);
    p.open_object("of");
    shape(p, of, schema);
    p.close_object();
}

fn integer(p: &mut Printer<'_>, int: Int) {
    p.json_string("type", "int");
    p.json_number("bits", u32::from(int.size) * 8);
    p.json_bool("signed", int.signed);
    p.json_string("order", if int.big_endian { "big" } else { "native" });
    let (how, rows) = match int.names {
        Names::None => return,
        Names::Enum(rows) => ("enum", rows),
        Names::Flags(rows) => ("flags", rows),
    };
    p.json_string("names", how);
    p.open_array("values", "");
    for (value, name) in rows {
        p.open_item();
        p.json_number("value", value);
        p.json_string("name", name);
        p.close_object();
    }
    p.close_array("");
}

fn choice(p: &mut Printer<'_>, select: &'static Select, schema: &'static Schema) {
    p.json_string("type", "select");
    p.open_object("by");
    match select.by {
        Selector::Sibling(id) => {
            p.json_string("attribute", &chooser(select, schema));
            p.json_number("id", id);
        }
        Selector::Header(offset) => {
            if let Some(field) = header_field(schema, offset) {
                p.json_string("header_field", field.name);
            }
            p.json_number("offset", offset);
        }
    }
    p.close_object();
    p.open_array("cases", "");
    for (case, kind) in select.cases {
        p.open_item();
        match case {
            Case::Str(text) => p.json_string("when", text),
            Case::Int(value) => p.json_number("when", value),
            Case::Any => p.json_null("when"),
        }
        p.open_object("kind");
        shape(p, kind, schema);
        p.close_object();
        p.close_object();
    }
    p.close_array("");
}
