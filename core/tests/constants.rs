//! The tables against the kernel's own headers, and against what every table promises.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]

use netplumb_core::family::{PROTOCOLS, SETS};
use netplumb_core::schema::{Fixed, Kind, Names, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const HEADERS: &[&str] = &[
    "fib_rules.h",
    "icmpv6.h",
    "if.h",
    "if_addr.h",
    "if_arp.h",
    "if_bonding.h",
    "if_bridge.h",
    "if_link.h",
    "if_tun.h",
    "if_tunnel.h",
    "if_vlan.h",
    "ila.h",
    "ioam6_iptunnel.h",
    "ip6_tunnel.h",
    "lwtunnel.h",
    "mpls_iptunnel.h",
    "neighbour.h",
    "rpl_iptunnel.h",
    "rtnetlink.h",
    "seg6.h",
    "seg6_iptunnel.h",
    "seg6_local.h",
    "veth.h",
];

/// What the headers name and no table needs.
const NOT_NEEDED: &[&str] = &[
    // Numbers that were never used for rules; the kernel ignores them.
    "FRA_UNUSED2",
    "FRA_UNUSED3",
    "FRA_UNUSED4",
    "FRA_UNUSED5",
];

/// What a header file defines.
#[derive(Default)]
struct Header {
    values: BTreeMap<String, i128>,
    enums: Vec<Vec<String>>,
}

impl Header {
    fn value(&self, text: &str) -> Option<i128> {
        let text = text.trim();
        if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            return self.value(inner);
        }
        for (sign, operator) in [("<<", 0), (" - ", 1), (" + ", 2)] {
            if let Some((left, right)) = text.split_once(sign) {
                let (left, right) = (self.value(left)?, self.value(right)?);
                return match operator {
                    0 => left.checked_shl(u32::try_from(right).ok()?),
                    1 => Some(left - right),
                    _ => Some(left + right),
                };
            }
        }
        let number = text.trim_end_matches(['U', 'L']);
        match number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
            Some(hex) => i128::from_str_radix(hex, 16).ok(),
            None => number.parse().ok().or_else(|| self.values.get(text).copied()),
        }
    }

    fn read(&mut self, text: &str) {
        let mut code = String::new();
        for line in without_comments(text).replace("\\\n", " ").lines() {
            match line.trim_start().strip_prefix('#') {
                Some(directive) => self.define(directive.trim_start()),
                None => {
                    code.push_str(line);
                    code.push('\n');
                }
            }
        }
        for part in code.split("enum ").skip(1) {
            if let Some((head, rest)) = part.split_once('{')
                && !head.contains(';')
                && let Some((body, _)) = rest.split_once('}')
            {
                self.enumeration(body);
            }
        }
    }

    fn define(&mut self, directive: &str) {
        let Some(definition) = directive.strip_prefix("define") else { return };
        let mut words = definition.trim_start().splitn(2, char::is_whitespace);
        let (Some(name), Some(value)) = (words.next(), words.next()) else { return };
        if name != value.trim()
            && let Some(value) = self.value(value)
        {
            self.values.insert(name.to_owned(), value);
        }
    }

    fn enumeration(&mut self, body: &str) {
        let mut next = Some(0);
        let mut names = Vec::new();
        for item in body.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (name, value) = match item.split_once('=') {
                Some((name, value)) => (name.trim(), self.value(value)),
                None => (item, next),
            };
            next = value.map(|value| value + 1);
            if let Some(value) = value {
                self.values.insert(name.to_owned(), value);
            }
            names.push(name.to_owned());
        }
        self.enums.push(names);
    }
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

fn headers() -> Option<Header> {
    let folder = Path::new("/usr/include/linux");
    if !folder.join("rtnetlink.h").exists() {
        println!("SKIPPED: no kernel headers in {}", folder.display());
        return None;
    }
    let mut header = Header::default();
    for name in HEADERS {
        match std::fs::read_to_string(folder.join(name)) {
            Ok(text) => header.read(&text),
            Err(error) => println!("SKIPPED: {name}: {error}"),
        }
    }
    Some(header)
}

/// Every constant of the integers and structs in `kind`.
fn constants_of(kind: &Kind, out: &mut BTreeMap<&'static str, u64>) {
    match kind {
        Kind::Int(int) => {
            if let Names::Enum(names) | Names::Flags(names) = int.names {
                out.extend(names.iter().map(|(value, name)| (*name, *value)));
            }
        }
        Kind::Struct(fixed) => constants_of_struct(fixed, out),
        Kind::Array(of) | Kind::Indexed(of) => constants_of(of, out),
        Kind::Select(select) => select.cases.iter().for_each(|(_, kind)| constants_of(kind, out)),
        _ => {}
    }
}

fn constants_of_struct(fixed: &Fixed, out: &mut BTreeMap<&'static str, u64>) {
    for field in fixed.fields {
        constants_of(&field.kind, out);
    }
}

fn nests_of(kind: &Kind, out: &mut Vec<&'static Schema>) {
    match kind {
        Kind::Nest(schema) | Kind::Records(schema) => out.push(schema()),
        Kind::Array(of) | Kind::Indexed(of) => nests_of(of, out),
        Kind::Select(select) => select.cases.iter().for_each(|(_, kind)| nests_of(kind, out)),
        _ => {}
    }
}

#[test]
fn numbers_are_those_of_the_headers() {
    let Some(header) = headers() else { return };
    let mut compared = 0;
    let mut wrong = Vec::new();
    let mut compare = |name: &str, ours: i128| {
        // The header numbers these from 0 on, the struct that carries them has a bit for each number.
        let theirs =
            header.values.get(name).map(|v| if name.starts_with("BR_BOOLOPT_") { 1 << v } else { *v });
        if let Some(theirs) = theirs {
            compared += 1;
            if ours != theirs {
                wrong.push(format!("{name} is {ours} here and {theirs} in the header"));
            }
        }
    };
    for schema in SETS.iter().map(|set| set()) {
        let mut values = BTreeMap::new();
        constants_of_struct(schema.header, &mut values);
        for row in schema.attrs {
            compare(row.name, i128::from(row.id));
            constants_of(&row.kind, &mut values);
        }
        for (name, value) in values {
            compare(name, i128::from(value));
        }
    }
    for message in PROTOCOLS.iter().flat_map(|protocol| protocol.messages) {
        compare(message.name, i128::from(message.kind));
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(compared > 700, "only {compared} constants were found in the headers: is the parser broken?");
}

#[test]
fn every_attribute_of_the_headers_has_a_row() {
    let Some(header) = headers() else { return };
    let rows: BTreeSet<&str> = SETS.iter().flat_map(|set| set().attrs).map(|row| row.name).collect();
    for name in ["IFLA_ADDRESS", "IFA_ADDRESS", "RTA_DST", "FRA_DST", "NDA_DST", "IFLA_BR_PRIORITY"] {
        assert!(
            header.enums.iter().flatten().any(|n| n == name),
            "{name} is in no enum: is the parser broken?"
        );
    }
    let mut missing = Vec::new();
    for names in header.enums.iter().filter(|names| names.iter().any(|name| rows.contains(name.as_str()))) {
        missing.extend(names.iter().filter(|name| {
            // _UNSPEC stands for none, _MAX and __ are counts, and an alias has the row of the other name.
            let counts = !(name.ends_with("_UNSPEC") || name.ends_with("_MAX") || name.starts_with("__"));
            let alias = *name == "IFLA_TARGET_NETNSID";
            counts && !alias && !rows.contains(name.as_str()) && !NOT_NEEDED.contains(&name.as_str())
        }));
    }
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn every_table_keeps_its_promises() {
    let mut names = BTreeSet::new();
    let mut reachable = Vec::new();
    for schema in SETS.iter().map(|set| set()) {
        assert!(names.insert(schema.name), "two sets are called {}", schema.name);
        assert!(!schema.doc.trim().is_empty(), "{} has no documentation", schema.name);
        for pair in schema.attrs.windows(2) {
            assert!(
                pair[0].id < pair[1].id,
                "{}: {} is not above {}",
                schema.name,
                pair[1].name,
                pair[0].name
            );
        }
        let fields: BTreeSet<&str> = schema.attrs.iter().map(|row| row.field).collect();
        assert_eq!(fields.len(), schema.attrs.len(), "{}: two rows have the same field name", schema.name);
        for row in schema.attrs {
            assert!(!row.doc.trim().is_empty(), "{} has no documentation", row.name);
            nests_of(&row.kind, &mut reachable);
        }
    }
    for protocol in PROTOCOLS {
        for pair in protocol.messages.windows(2) {
            assert!(pair[0].kind < pair[1].kind, "{} is not above {}", pair[1].name, pair[0].name);
        }
        reachable.extend(protocol.messages.iter().map(|message| (message.schema)()));
    }
    for schema in reachable {
        assert!(names.contains(schema.name), "{} is not in SETS", schema.name);
    }
}
