//! What holds for every message, of whatever set: the interpreters of the tables agree with each other.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]

use netplumb_core::family::{ROUTE, SETS};
use netplumb_core::schema::{
    DiffOptions, Entropy, Generate, Kind, Rules, Schema, Scope, Seed, Tape, check, diff, generate, locate,
    pretty, read_message, write_message,
};
use netplumb_core::wire::{Attrs, Message, Writer};
use proptest::prelude::*;
use std::fmt;

/// Few cases where each takes long; `PROPTEST_CASES` counts everywhere.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if cfg!(miri) {
        config.failure_persistence = None;
        if std::env::var_os("PROPTEST_CASES").is_none() {
            config.cases = 3;
        }
    }
    config
}

fn made(schema: &'static Schema, options: Generate, entropy: &mut dyn Entropy) -> Vec<u8> {
    let mut buffer = vec![0xaa; 32_768];
    let mut w = Writer::new(&mut buffer);
    generate(schema, options, entropy, &mut w);
    w.finish().unwrap().to_vec()
}

fn message(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = ((payload.len() + 16) as u32).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend([1, 3, 5, 0, 0, 7, 0, 0, 0, 9]);
    bytes.extend(payload);
    bytes
}

/// Asserts that the JSON of a message reads back as the same bytes.
fn json_round_trip(bytes: &[u8]) {
    let mut text = String::new();
    write_message(&mut text, &ROUTE, Message::parse(bytes).unwrap()).unwrap();
    let foreign: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(foreign["seq"].is_u64() && !text.contains(['\n', '\u{2028}']), "{text}");
    let mut buffer = vec![0xaa; bytes.len() + 3];
    let mut w = Writer::new(&mut buffer);
    match read_message(&text, &ROUTE, &mut w) {
        Ok(used) => assert_eq!(used, text.len()),
        Err(error) => panic!("{error}\n{text}"),
    }
    let back = Message::parse(w.finish().unwrap()).unwrap();
    assert_eq!(back.bytes(), bytes, "{text}");
}

struct Shown<'d>(&'static Schema, &'d [u8]);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split(self.1) {
            Some((header, attrs)) => pretty(f, self.0, header, attrs),
            None => Ok(()),
        }
    }
}

/// Runs everything that reads a payload.
fn interpret(schema: &'static Schema, payload: &[u8]) {
    for rules in [Rules::STRICT, Rules::KERNEL_LENIENT, Rules::OTHER_KERNELS] {
        if let Err(fault) = check(schema, payload, rules) {
            assert!(fault.offset <= payload.len() + 4, "{fault}");
            assert!(!fault.to_string().is_empty());
        }
    }
    for offset in (0..payload.len().min(256) + 2).step_by(if cfg!(miri) { 9 } else { 1 }) {
        if let Some(path) = locate(schema, payload, offset) {
            assert!(!path.to_string().is_empty());
        }
    }
    let _ = format!("{:?}", Shown(schema, payload));
}

fn changes(schema: &'static Schema, before: &[u8], after: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let options = DiffOptions { volatile: true };
    diff(schema, before, after, options, &mut |change| out.push(change.to_string()));
    out
}

/// A message type that the protocol has.
fn kinds() -> impl Strategy<Value = (u16, &'static Schema)> {
    (0..ROUTE.messages.len()).prop_map(|at| (ROUTE.messages[at].kind, (ROUTE.messages[at].schema)()))
}

/// Bytes that look like a header and attributes often enough to get deep.
fn payloads() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (prop::collection::vec(any::<u8>(), 12..=16), prop::collection::vec(attribute(), 0..12)).prop_map(
            |(mut payload, attrs)| {
                payload.extend(attrs.concat());
                payload
            }
        ),
    ]
}

/// An attribute whose padding is zero and whose payload may be attributes.
fn attribute() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..20);
    let leaf = (kind(), bytes).prop_map(|(kind, payload)| wrap(kind, &payload));
    leaf.prop_recursive(6, 40, 5, |inner| {
        // Sometimes the end of a nest is cut.
        let cut = prop_oneof![5 => Just(0usize), 1 => 1..6usize];
        (kind(), prop::collection::vec(inner, 0..5), cut).prop_map(|(kind, attrs, cut)| {
            let list = attrs.concat();
            wrap(kind, &list[..list.len().saturating_sub(cut)])
        })
    })
}

fn kind() -> impl Strategy<Value = u16> {
    prop_oneof![0u16..70, 0x8000u16..0x8046, any::<u16>()]
}

fn wrap(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = ((payload.len() + 4) as u16).to_ne_bytes().to_vec();
    out.extend(kind.to_ne_bytes());
    out.extend(payload);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// Whether the padding of the list itself is zero.
fn padding_is_zero(list: &[u8]) -> bool {
    let mut rest = Attrs::new(list);
    loop {
        let here = rest.remainder();
        let Some(attr) = rest.next() else { return true };
        let used = here.len() - rest.remainder().len();
        if here[(attr.payload().len() + 4).min(used)..used].iter().any(|b| *b != 0) {
            return false;
        }
    }
}

/// Makes the padding zero at every depth where bytes can be read as attributes.
fn clear_padding(list: &mut [u8], depth: usize) {
    let mut at = 0;
    while let Some(attr) = Attrs::new(&list[at..]).next() {
        let (start, end) = (at + 4, at + 4 + attr.payload().len());
        let next = end.next_multiple_of(4).min(list.len());
        list[end..next].fill(0);
        if depth < 24 {
            clear_padding(&mut list[start..end], depth + 1);
        }
        at = next;
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn made_payloads_are_valid((kind, schema) in kinds(), seed in any::<u64>()) {
        let payload = made(schema, Generate::default(), &mut Seed(seed));
        let result = check(schema, &payload, Rules::STRICT);
        prop_assert!(result.is_ok(), "{result:?}");
        json_round_trip(&message(kind, &payload));
        interpret(schema, &payload);
    }

    #[test]
    fn made_from_a_tape_too((kind, schema) in kinds(), tape in prop::collection::vec(any::<u8>(), 0..400)) {
        let options = Generate { unknown: true, ..Generate::default() };
        let payload = made(schema, options, &mut Tape(&tape));
        let result = check(schema, &payload, Rules { unknown: true, ..Rules::STRICT });
        prop_assert!(result.is_ok(), "{result:?}");
        json_round_trip(&message(kind, &payload));
    }

    #[test]
    fn every_truncation_is_read((kind, schema) in kinds(), seed in any::<u64>()) {
        let options = Generate { attrs: 12, ..Generate::default() };
        let payload = made(schema, options, &mut Seed(seed));
        let step = if cfg!(miri) { 61 } else { 1 };
        for end in (0..payload.len()).step_by(step) {
            json_round_trip(&message(kind, &payload[..end]));
            interpret(schema, &payload[..end]);
        }
    }

    #[test]
    fn any_bytes_are_read((kind, schema) in kinds(), mut payload in payloads()) {
        interpret(schema, &payload);
        let header = schema.header.size.next_multiple_of(4).min(payload.len());
        clear_padding(&mut payload[header..], 0);
        prop_assert!(padding_is_zero(&payload[header..]));
        interpret(schema, &payload);
        json_round_trip(&message(kind, &payload));
    }

    #[test]
    fn a_changed_byte_is_a_difference(
        (_, schema) in kinds(),
        seed in any::<u64>(),
        at in any::<prop::sample::Index>(),
        bit in 0..8u32,
    ) {
        let before = made(schema, Generate::default(), &mut Seed(seed));
        let mut after = before.clone();
        after[at.index(before.len())] ^= 1 << bit;
        prop_assert_eq!(changes(schema, &before, &before), Vec::<String>::new());
        let shown = |payload: &[u8]| format!("{:?}", Shown(schema, payload));
        let found = changes(schema, &before, &after);
        prop_assert!(!found.is_empty() || shown(&before) == shown(&after));
        prop_assert_eq!(changes(schema, &after, &before).len(), found.len());
    }

    #[test]
    fn any_two_payloads_are_compared((_, schema) in kinds(), a in payloads(), b in payloads()) {
        prop_assert_eq!(changes(schema, &a, &b).len(), changes(schema, &b, &a).len());
        prop_assert_eq!(changes(schema, &a, &a), Vec::<String>::new());
    }

    #[test]
    fn any_text_is_read_or_refused(
        cut in any::<prop::sample::Index>(),
        with in "[\\x00-\\x7f\"{}\\[\\]:,#|~0-9a-f]{0,3}",
        (kind, schema) in kinds(),
        seed in any::<u64>(),
    ) {
        let payload = made(schema, Generate { attrs: 20, ..Generate::default() }, &mut Seed(seed));
        let bytes = message(kind, &payload);
        let mut text = String::new();
        write_message(&mut text, &ROUTE, Message::parse(&bytes).unwrap()).unwrap();
        let at = text.floor_char_boundary(cut.index(text.len()));
        let end = text.floor_char_boundary((at + with.len()).min(text.len())).max(at);
        text.replace_range(at..end, &with);
        let mut buffer = vec![0; 40_000];
        let mut w = Writer::new(&mut buffer);
        match read_message(&text, &ROUTE, &mut w) {
            Ok(used) => {
                prop_assert!(used <= text.len());
                prop_assert!(Message::parse(w.finish().unwrap()).is_ok());
            }
            Err(error) => {
                prop_assert!(error.offset <= text.len());
                prop_assert!(w.is_empty());
            }
        }
    }
}

/// Generated payloads reach every attribute of every table, so the properties above are about all of them.
#[test]
#[cfg_attr(miri, ignore = "takes hours")]
fn nothing_is_left_out() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..40_000u64 {
        let row = &ROUTE.messages[seed as usize % ROUTE.messages.len()];
        let payload = made((row.schema)(), Generate::default(), &mut Seed(seed));
        note((row.schema)(), &payload, &mut seen);
    }
    let rows = SETS.iter().flat_map(|set| set().attrs.iter().map(move |row| (set().name, row.name)));
    let missing: Vec<_> = rows.filter(|row| !seen.contains(row)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn note(
    schema: &'static Schema,
    payload: &[u8],
    seen: &mut std::collections::BTreeSet<(&'static str, &'static str)>,
) {
    let scope = Scope::new(schema, payload).unwrap();
    for attr in scope.attrs {
        let row = schema.attr(attr.kind()).unwrap();
        seen.insert((schema.name, row.name));
        match scope.resolve(&row.kind) {
            Kind::Nest(inner) => note(inner(), attr.payload(), seen),
            Kind::Records(inner) => {
                let mut rest = attr.payload();
                while let Some(len) = rest.first_chunk().map(|len| usize::from(u16::from_ne_bytes(*len))) {
                    note(inner(), &rest[..len], seen);
                    rest = &rest[len.next_multiple_of(4)..];
                }
            }
            _ => {}
        }
    }
}

/// A list of thousands of attributes whose kind another one chooses takes moments, not minutes.
#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn long_lists_of_choices_are_read_in_time() {
    let long = |value| {
        let mut buffer = vec![0; 400_000];
        let mut w = Writer::new(&mut buffer);
        w.bytes(&[0; 12]);
        (0..40_000).for_each(|_| w.attr(22, &[value]));
        w.finish().unwrap().to_vec()
    };
    let (a, b) = (long(1), long(2));
    let schema = (ROUTE.message_named("RTM_NEWROUTE").unwrap().schema)();
    let start = std::time::Instant::now();
    interpret(schema, &a);
    assert_eq!(changes(schema, &a, &b).len(), 40_000);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

/// What the JSON form relies on: names that it uses itself are no names of fields or attributes, and values have one name.
#[test]
fn names_do_not_collide() {
    for schema in SETS.iter().map(|set| set()) {
        for row in schema.attrs {
            for name in [row.name, row.field] {
                assert!(!["hex", "u32", "~", "attrs"].contains(&name), "{}: {name}", schema.name);
                assert!(
                    !name.contains(['|', '#']) && !name.starts_with(|c: char| c.is_ascii_digit()),
                    "{name}"
                );
                assert!(name.len() < 64);
            }
            assert!(!(schema.header.size > 0 && row.name == schema.header.name));
            if let Kind::Struct(fixed) = &row.kind {
                fields_are_readable(fixed);
            }
        }
        fields_are_readable(schema.header);
    }
}

fn fields_are_readable(fixed: &'static netplumb_core::schema::Fixed) {
    let mut end = 0;
    for field in fixed.fields {
        assert!(!["hex", "u32"].contains(&field.name), "{}", fixed.name);
        assert_eq!(field.offset, end, "{}", fixed.name);
        assert!(field.size <= 256, "{}.{}", fixed.name, field.name);
        end += field.size;
        if let Kind::Struct(inner) = &field.kind {
            fields_are_readable(inner);
        }
    }
    assert_eq!(end, fixed.size);
    assert!(fixed.fields.len() <= 128, "{}", fixed.name);
}
