//! The tables as reference pages: one a family, and an index.

use super::kind::{self, Named, Reference};
use super::{messages_of, prose, sets};
use netplumb_core::family::PROTOCOLS;
use netplumb_core::schema::{Fixed, Kind, Schema};
use std::fmt::Write as _;

const GENERATED: &str = "<!-- Made from the tables by `cargo run -p netplumb-cli --example reference`: change the tables. -->\n\n";

/// The reference pages as file names and texts, `README.md` first: what `docs/reference` has to hold.
pub fn pages() -> Vec<(String, String)> {
    let families: Vec<_> = sets().filter(|schema| !schema.name.contains('.')).collect();
    let mut pages = vec![("README.md".to_owned(), index(&families))];
    pages.extend(families.iter().map(|family| (format!("{}.md", family.name), page(family))));
    pages
}

fn members(family: &'static Schema) -> impl Iterator<Item = &'static Schema> {
    sets().filter(move |schema| page_of(schema.name) == family.name)
}

/// The page a set stands on: the first part of its name.
fn page_of(set: &str) -> &str {
    set.split('.').next().unwrap_or(set)
}

/// The anchor that a heading gets: letters, digits, `_` and `-` stay, spaces become `-`.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn index(families: &[&'static Schema]) -> String {
    let mut out = String::from(GENERATED);
    out.push_str("# Attributes\n\nWhat the library knows of each message: headers, attributes, structs and values, under the kernel's names.\n");
    out.push_str("The module `netplumb_cli::schema` prints the same as text and as JSON.\n\n");
    out.push_str("| Page | Messages | Sets | Attributes | |\n|---|---|---|---|---|\n");
    for family in families {
        let messages: Vec<_> = messages_of(family).map(|message| format!("`{}`", message.name)).collect();
        let attributes: usize = members(family).map(|schema| schema.attrs.len()).sum();
        let _ = writeln!(
            out,
            "| [{0}]({0}.md) | {1} | {2} | {attributes} | {3} |",
            family.name,
            messages.join(", "),
            members(family).count(),
            prose::markdown(family.doc)
        );
    }
    out.push_str("\n## Message types\n\n| Type | Name | Protocol | Set |\n|---|---|---|---|\n");
    for protocol in PROTOCOLS {
        for message in protocol.messages {
            let set = (message.schema)().name;
            let link = format!("[{set}]({}.md#{})", page_of(set), anchor(set));
            let _ = writeln!(out, "| {} | `{}` | `{}` | {link} |", message.kind, message.name, protocol.name);
        }
    }
    out.push_str(LEGEND);
    out
}

const LEGEND: &str = "
## How to read the tables

| Kind | Payload |
|---|---|
| `u8` … `u64`, `i32` | an integer in the machine's byte order |
| `be16`, `be32`, `be64` | an integer in network byte order |
| … enum, … flags | its values or bits have names; others are legal |
| flag | none: being there is the information |
| string ≤15 | text with a terminating NUL, at most 15 bytes without it |
| bytes, link address, ip, ipv4, ipv6, mpls labels | as they are, addresses in network byte order |
| struct | a fixed struct; a longer one reads as its beginning, a shorter one where only newer kernels have the rest |
| array of | elements one after the other, without padding |
| nest | attributes of another set |
| by index | attributes whose type is an index |
| records | entries that carry their length, each a header and attributes |
| select by | what the value of another attribute or of a header field says |

| Mark | |
|---|---|
| read-only | the kernel reports it and refuses or ignores it in requests |
| key | part of what identifies the object |
| multi | may occur several times |
| volatile | changes by itself: comparisons leave it out |
| uint | eight bytes, or four where the value fits |
";

fn page(family: &'static Schema) -> String {
    let mut out = String::from(GENERATED);
    let _ = writeln!(out, "# {}", title(family.name));
    let mut structs: Vec<&'static Fixed> = Vec::new();
    for schema in members(family) {
        set(&mut out, family.name, schema);
        for fixed in kind::structs_of(schema) {
            if !structs.iter().any(|known| known.name == fixed.name) {
                structs.push(fixed);
            }
        }
    }
    structs.sort_by_key(|fixed| fixed.name);
    for fixed in structs {
        let _ = writeln!(out, "\n## struct {}\n", fixed.name);
        structure(&mut out, fixed);
        for (holders, names) in kind::named_fields(fixed) {
            values(&mut out, &holders, names);
        }
    }
    out
}

/// A title that no set's heading is equal to, or their anchors would collide.
fn title(family: &str) -> String {
    format!("Attributes of {family} messages")
}

fn set(out: &mut String, page: &str, schema: &'static Schema) {
    let _ = writeln!(out, "\n## {}\n\n{}", schema.name, prose::markdown(schema.doc));
    let messages: Vec<_> =
        messages_of(schema).map(|message| format!("`{}` ({})", message.name, message.kind)).collect();
    if !messages.is_empty() {
        let _ = writeln!(out, "\nMessages: {}.", messages.join(", "));
    }
    if schema.header.size > 0 {
        out.push_str("\nHeader ");
        structure(out, schema.header);
    }
    if !schema.attrs.is_empty() {
        out.push_str("\n| Id | Constant | Field | Kind | Marks | |\n|---|---|---|---|---|---|\n");
    }
    for row in schema.attrs {
        let _ = writeln!(
            out,
            "| {} | `{}` | `{}` | {}{} | {} | {} |",
            row.id,
            row.name,
            row.field,
            linked(&row.kind, schema, page),
            kind::range(row),
            kind::marks(row),
            prose::markdown(row.doc)
        );
    }
    for row in schema.attrs {
        if let Kind::Select(select) = &row.kind {
            let _ = writeln!(
                out,
                "\n| `{}` where `{}` is | is |\n|---|---|",
                row.name,
                kind::chooser(select, schema)
            );
            for (case, of) in select.cases {
                let _ =
                    writeln!(out, "| {} | {} |", kind::case(*case, select, schema), linked(of, schema, page));
            }
        }
    }
    for (holders, names) in kind::named(schema) {
        values(out, &holders, names);
    }
}

fn linked(kind: &Kind, schema: &'static Schema, page: &str) -> String {
    kind::words(kind, schema, &|reference| match reference {
        Reference::Set(set) if page_of(set) == page => format!("[{set}](#{})", anchor(set)),
        Reference::Set(set) => format!("[{set}]({}.md#{})", page_of(set), anchor(set)),
        Reference::Struct(name) => format!("[{name}](#{})", anchor(&format!("struct {name}"))),
    })
}

fn structure(out: &mut String, fixed: &'static Fixed) {
    let _ = write!(out, "`struct {}`, {} bytes", fixed.name, fixed.size);
    if fixed.min_size < fixed.size {
        let _ = write!(out, " ({} in older kernels)", fixed.min_size);
    }
    out.push_str(":\n\n| Offset | Size | Field | Kind | |\n|---|---|---|---|---|\n");
    for field in fixed.fields {
        let _ = writeln!(
            out,
            "| {} | {} | `{}` | {} | {} |",
            field.offset,
            field.size,
            field.name,
            linked(&field.kind, &super::text::NO_SET, ""),
            prose::markdown(field.doc)
        );
    }
}

fn values(out: &mut String, holders: &[&str], names: Named) {
    let holders: Vec<_> = holders.iter().map(|name| format!("`{name}`")).collect();
    let all: Vec<_> =
        names.rows.iter().map(|(value, name)| format!("{} `{name}`", names.value(*value))).collect();
    let what = if names.bits { "Bits" } else { "Values" };
    let _ = writeln!(out, "\n{what} of {}: {}.", holders.join(", "), all.join(", "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_set_and_attribute_is_on_its_page() {
        let pages: BTreeMap<String, String> = pages().into_iter().collect();
        for schema in sets() {
            let page = &pages[&format!("{}.md", page_of(schema.name))];
            assert!(page.contains(&format!("\n## {}\n", schema.name)), "{}", schema.name);
            for row in schema.attrs {
                assert!(page.contains(&format!("| {} | `{}` | `{}` |", row.id, row.name, row.field)));
            }
        }
    }

    #[test]
    fn links_lead_somewhere() {
        let pages = pages();
        let mut anchors = BTreeSet::new();
        for (name, page) in &pages {
            for heading in page.lines().filter_map(|line| line.strip_prefix("#")) {
                let heading = heading.trim_start_matches('#').trim();
                assert!(anchors.insert(format!("{name}#{}", anchor(heading))), "{name}: two of {heading}");
            }
            anchors.insert(name.clone());
        }
        let mut seen = 0;
        for (name, page) in &pages {
            for link in page.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
                let target = match link.0.strip_prefix('#') {
                    Some(anchor) => format!("{name}#{anchor}"),
                    None => link.0.to_owned(),
                };
                assert!(anchors.contains(&target), "{name}: {target} is nowhere");
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen} links");
    }

    #[test]
    fn rows_have_as_many_cells_as_their_head() {
        for (name, page) in pages() {
            let mut cells = 0;
            for line in page.lines() {
                let bars = line.replace("\\|", "").matches('|').count();
                match (line.starts_with('|'), cells) {
                    (true, 0) => cells = bars,
                    (true, _) => assert_eq!(bars, cells, "{name}: {line}"),
                    (false, _) => cells = 0,
                }
            }
        }
    }
}
