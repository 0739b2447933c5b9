//! Messages against their description in a case.

use netplumb_core::family::ROUTE;
use netplumb_core::schema::{Field, Fixed, Int, Kind, Schema};
use netplumb_core::wire::{Attrs, Message};
use serde_json::Value;
use std::net::IpAddr;

pub(crate) type Mismatch = String;

const GROUPS: &[(u32, &str)] = &[
    (1, "LINK"),
    (3, "NEIGH"),
    (5, "IPV4_IFADDR"),
    (7, "IPV4_ROUTE"),
    (8, "IPV4_RULE"),
    (9, "IPV6_IFADDR"),
    (11, "IPV6_ROUTE"),
    (19, "IPV6_RULE"),
];

/// Flags as the cases write them. What the upper bits mean depends on the request.
const FLAGS: &[(u16, &str)] = &[
    (0x1, "REQUEST"),
    (0x2, "MULTI"),
    (0x4, "ACK"),
    (0x8, "ECHO"),
    (0x10, "DUMP_INTR"),
    (0x20, "DUMP_FILTERED"),
];
const NEW_FLAGS: &[(u16, &str)] =
    &[(0x100, "REPLACE"), (0x200, "EXCL"), (0x400, "CREATE"), (0x800, "APPEND")];

pub(crate) fn describe(message: Message<'_>) -> String {
    let name = ROUTE.message(message.kind()).map_or("?", |row| row.name);
    let mut text = String::new();
    let _ = netplumb_core::schema::write_message(&mut text, &ROUTE, message);
    text.truncate(text.char_indices().nth(400).map_or(text.len(), |(at, _)| at));
    format!("{name} {text}")
}

pub(crate) fn compare_message(
    expected: &Value,
    group: u32,
    message: Message<'_>,
    port: u32,
) -> Result<(), Mismatch> {
    let row = ROUTE.message(message.kind());
    let name = row.map_or("?", |row| row.name);
    if expected["type"] != name {
        return Err(format!("{} instead of {} {}", describe(message), expected["type"], expected["attrs"]));
    }
    let fail = |what: String| Err(format!("{name}: {what}"));
    if let Some(wanted) = expected["group"].as_str().filter(|_| group != 0) {
        let ours = GROUPS.iter().find(|row| row.0 == group).map_or("?", |row| row.1);
        if wanted != ours {
            return fail(format!("group {ours}, Linux {wanted}"));
        }
    }
    let flags: Vec<&str> = FLAGS
        .iter()
        .chain(NEW_FLAGS)
        .filter(|(bit, _)| message.flags() & bit != 0)
        .map(|(_, name)| *name)
        .collect();
    let wanted: Vec<&str> =
        expected["flags"].as_array().map_or(vec![], |list| list.iter().filter_map(Value::as_str).collect());
    let sorted = |mut list: Vec<&str>| {
        list.sort_unstable();
        list.join("|")
    };
    if sorted(flags.clone()) != sorted(wanted.clone()) {
        return fail(format!("flags {flags:?}, Linux {wanted:?}"));
    }
    if expected["seq"].as_u64().is_some_and(|seq| seq != u64::from(message.seq())) {
        return fail(format!("seq {}, Linux {}", message.seq(), expected["seq"]));
    }
    let wanted = if expected["pid"] == "self" { Some(u64::from(port)) } else { expected["pid"].as_u64() };
    if wanted.is_some_and(|wanted| wanted != u64::from(message.port())) {
        return fail(format!("port {}, Linux {}", message.port(), expected["pid"]));
    }
    let Some(row) = row else { return Ok(()) };
    let schema = (row.schema)();
    let Some((header, attrs)) = schema.split(message.payload()) else { return fail("short".into()) };
    compare_header(expected["hdr"].as_object(), schema.header, header).or_else(&fail)?;
    compare_attrs(&expected["attrs"], schema, attrs, header).or_else(&fail)
}

fn normal(name: &str) -> String {
    name.replace('-', "_")
}

fn compare_header(
    expected: Option<&serde_json::Map<String, Value>>,
    fixed: &'static Fixed,
    header: &[u8],
) -> Result<(), Mismatch> {
    for (key, wanted) in expected.into_iter().flatten() {
        let key = normal(key);
        let short = |f: &Field| f.name == key || f.name.split_once('_').is_some_and(|(_, rest)| rest == key);
        let Some(field) = fixed.fields.iter().find(|f| short(f)) else { continue };
        let bytes = header.get(field.offset..field.offset + field.size).unwrap_or(&[]);
        let Kind::Int(int) = &field.kind else { continue };
        let (Some(ours), Some(wanted)) = (int.read(bytes), number(wanted)) else { continue };
        if !same_number(ours, wanted, int) {
            return Err(format!("{key} {ours}, Linux {wanted}"));
        }
    }
    Ok(())
}

fn number(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or(value.as_u64().map(i128::from))
}

fn same_number(ours: i128, wanted: i128, int: &Int) -> bool {
    let mask = (1i128 << (8 * u32::from(int.size))) - 1;
    ours & mask == wanted & mask
}

fn compare_attrs(
    expected: &Value,
    schema: &'static Schema,
    attrs: Attrs<'_>,
    header: &[u8],
) -> Result<(), Mismatch> {
    for (key, wanted) in expected.as_object().into_iter().flatten() {
        let key = normal(key);
        let alias = match (schema.name, &*key) {
            ("route", "table") => "table_id",
            ("rule", "table") => "table_id",
            ("neigh", "ifindex") => "ifindex",
            (_, other) => other,
        };
        let Some(row) = schema.attr_named(alias) else { continue };
        let Some(attr) = attrs.find(row.id) else {
            return Err(format!("{key} is missing, Linux {wanted}"));
        };
        compare_value(&row.kind, attr.payload(), wanted, header, attrs)
            .map_err(|why| format!("{key}: {why}"))?;
    }
    Ok(())
}

fn compare_value(
    kind: &Kind,
    payload: &[u8],
    wanted: &Value,
    header: &[u8],
    attrs: Attrs<'_>,
) -> Result<(), Mismatch> {
    let fail = |ours: &str| Err(format!("{ours}, Linux {wanted}"));
    match kind {
        Kind::Int(int) => match (int.read(payload), number(wanted)) {
            (Some(ours), Some(wanted)) if !same_number(ours, wanted, int) => fail(&ours.to_string()),
            _ => Ok(()),
        },
        Kind::Str { .. } => {
            let text = payload.split(|b| *b == 0).next().unwrap_or(&[]);
            let ours = String::from_utf8_lossy(text);
            if wanted.as_str().is_some_and(|wanted| wanted != ours) { fail(&ours) } else { Ok(()) }
        }
        Kind::LinkAddr | Kind::Ip | Kind::Ipv4 | Kind::Ipv6 | Kind::Select(_) => {
            let ip = match payload.len() {
                4 => payload.first_chunk::<4>().map(|b| IpAddr::from(*b)),
                16 => payload.first_chunk::<16>().map(|b| IpAddr::from(*b)),
                _ => None,
            };
            let mac: Vec<String> = payload.iter().map(|b| format!("{b:02x}")).collect();
            let ours = ip.map_or(mac.join(":"), |ip| ip.to_string());
            let _ = (header, attrs);
            match wanted.as_str() {
                // Addresses that the recording kernel drew by chance.
                Some(wanted) if matches!(kind, Kind::LinkAddr) && !wanted.starts_with("02:00:00") => Ok(()),
                Some(wanted) if ip.is_some() && wanted.parse().ok() == ip => Ok(()),
                Some(wanted) if wanted != ours && !matches!(kind, Kind::Select(_) if ip.is_none()) => {
                    fail(&ours)
                }
                _ => Ok(()),
            }
        }
        Kind::Nest(of) => compare_attrs(wanted, of(), Attrs::new(payload), &[]),
        _ => Ok(()),
    }
}
