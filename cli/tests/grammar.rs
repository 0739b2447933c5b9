//! The grammar against iproute2: `data/grammar/*.txt` holds command lines and, behind `>`, the messages that
//! `ip` 6.1 sent for them, recorded by `data/grammar/record.py` (`strace -e write=all ip COMMAND` in a network namespace
//! with lo, eth0 (10), eth1 (11) and br0 (12)). Sequence numbers are zero there.
//!
//! A message is equal when type, flags and header are and it has the same attributes, in any order and with or without
//! `NLA_F_NESTED`: the kernel looks at neither. What `ip` sends to find out an index, or whether the kernel is old, is
//! no part of the comparison.

use netplumb_cli::grammar::{Action, Resolver, parse};
use netplumb_cli::names::Names;
use netplumb_core::conn::Expect;
use netplumb_core::family::ROUTE;
use netplumb_core::schema::{Kind, Schema};
use netplumb_core::wire::{Attrs, Message, NLM_F_ACK, NLM_F_DUMP};
use std::collections::BTreeSet;

struct Namespace(Names);

impl Resolver for Namespace {
    fn link_index(&mut self, name: &str) -> Option<u32> {
        [("lo", 1), ("eth0", 10), ("eth1", 11), ("br0", 12)].iter().find(|row| row.0 == name).map(|row| row.1)
    }
    fn names(&self) -> &Names {
        &self.0
    }
}

/// Attributes as a set: type and what is in it.
type Canonical = BTreeSet<(u16, String)>;

/// The attributes with their order forgotten, down to the innermost list that the schema knows.
fn canonical(schema: Option<&'static Schema>, attrs: &[u8]) -> Canonical {
    Attrs::new(attrs)
        .map(|attr| {
            let nested = schema.and_then(|s| s.attr(attr.kind())).and_then(|row| match &row.kind {
                Kind::Nest(of) => Some(of()),
                _ => None,
            });
            // Without a table: what has the form of a list of attributes is one.
            let list = Attrs::new(attr.payload());
            let mut rest = list;
            let complete =
                !attr.payload().is_empty() && rest.by_ref().count() > 0 && rest.remainder().is_empty();
            let is_records = schema
                .and_then(|s| s.attr(attr.kind()))
                .is_some_and(|row| matches!(row.kind, Kind::Records(_)));
            let text = match nested {
                _ if is_records => format!("{:?}", records(attr.payload())),
                Some(of) if of.header.size == 0 => format!("{:?}", canonical(Some(of), attr.payload())),
                None if complete => format!("{:?}", canonical(None, attr.payload())),
                _ => format!("{:02x?}", attr.payload()),
            };
            (attr.kind(), text)
        })
        .collect()
}

/// The records of `RTA_MULTIPATH`: a struct of eight bytes and attributes each. (`ip` leaves the padding of nested
/// attributes as it was in memory, so bytes cannot be compared.)
fn records(mut bytes: &[u8]) -> Vec<(Vec<u8>, Canonical)> {
    let mut out = Vec::new();
    while bytes.len() >= 8 {
        let len = usize::from(u16::from_ne_bytes([bytes[0], bytes[1]]));
        out.push((bytes[..8].to_vec(), canonical(None, &bytes[8..len])));
        bytes = &bytes[len.next_multiple_of(4).min(bytes.len())..];
    }
    out
}

fn describe(bytes: &[u8]) -> (u16, u16, Vec<u8>, Canonical) {
    let message = Message::parse(bytes).unwrap();
    let schema = (ROUTE.message(message.kind()).unwrap_or_else(|| ROUTE.message(16).unwrap()).schema)();
    let at = schema.header.size.min(message.payload().len());
    let (header, attrs) = message.payload().split_at(at);
    (message.kind(), message.flags(), header.to_vec(), canonical(Some(schema), attrs))
}

fn with_flags(mut message: Vec<u8>, expect: Expect) -> Vec<u8> {
    let flags = u16::from_ne_bytes([message[6], message[7]])
        | match expect {
            Expect::Ack => NLM_F_ACK,
            Expect::Dump => NLM_F_DUMP,
            Expect::Reply => 0,
        };
    message[6..8].copy_from_slice(&flags.to_ne_bytes());
    message
}

/// Look-ups: of an index by name, of a name by index, and the question whether the kernel knows RTM_NEWLINK.
fn is_lookup(bytes: &[u8]) -> bool {
    let message = Message::parse(bytes).unwrap();
    let lookup = message.kind() == 18
        && message.flags() & NLM_F_DUMP == 0
        && (message.payload()[0] == 0 && Attrs::new(&message.payload()[16..]).find(3).is_some());
    lookup
        || message.kind() == 16
            && bytes.len() == 32
            && message.flags() & 0x700 == 0
            && message.payload() == [0; 16]
}

fn check_file(name: &str, text: &str) {
    let mut cx = Namespace(Names::builtin());
    let (mut compared, mut failures) = (0, Vec::new());
    for case in text.split("\n$ ").map(|case| case.trim_start_matches("$ ")) {
        let mut lines = case.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
        let Some(line) = lines.next() else { continue };
        let line = line.trim_start_matches("$ ");
        let lines: Vec<_> = lines.collect();
        let status = lines
            .iter()
            .find_map(|l| l.strip_prefix("= "))
            .and_then(|l| l.split(' ').next()?.parse::<u8>().ok());
        let recorded: Vec<Vec<u8>> = lines
            .iter()
            .filter_map(|l| l.strip_prefix("> "))
            .map(|hex| {
                (0..hex.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                    .collect()
            })
            .filter(|bytes: &Vec<u8>| !is_lookup(bytes))
            .collect();
        if let Some(why) = lines.iter().find_map(|l| l.strip_prefix("! ")) {
            println!("{name}: {line}: differs on purpose: {why}");
            continue;
        }
        let words: Vec<_> = line.split_whitespace().map(|w| if w == "\"\"" { "" } else { w }).collect();
        compared += 1;
        match parse(&words, &mut cx) {
            Err(usage) => {
                if status != Some(usage.status()) {
                    failures
                        .push(format!("{line}\n   refused: {usage} ({}), ip: {status:?}", usage.status()));
                }
            }
            Ok(_) if matches!(status, Some(1 | 255)) => {
                failures.push(format!("{line}\n   taken, ip refuses it: {lines:?}"));
            }
            Ok(command) => {
                let ours: Vec<Vec<u8>> = match command.action {
                    Action::Change(change) => vec![with_flags(change.message, Expect::Ack)],
                    Action::Show(show) => {
                        show.asks.into_iter().map(|ask| with_flags(ask.message, ask.expect)).collect()
                    }
                    other => panic!("{line}: {other:?}"),
                };
                for message in ours {
                    let ours = describe(&message);
                    if !recorded.iter().any(|bytes| describe(bytes) == ours) {
                        let theirs: Vec<_> = recorded.iter().map(|bytes| describe(bytes)).collect();
                        failures.push(format!("{line}\n   ours {ours:x?}\n   ip   {theirs:x?}"));
                    }
                }
            }
        }
    }
    println!("{name}: {compared} command lines compared, {} differ", failures.len());
    assert!(failures.is_empty(), "{}\n{} of {compared} differ", failures.join("\n"), failures.len());
}

#[test]
fn links_are_asked_for_as_ip_does() {
    check_file("link", include_str!("data/grammar/link.txt"));
}

#[test]
fn addresses_are_asked_for_as_ip_does() {
    check_file("addr", include_str!("data/grammar/addr.txt"));
}

#[test]
fn routes_are_asked_for_as_ip_does() {
    check_file("route", include_str!("data/grammar/route.txt"));
}

#[test]
fn rules_are_asked_for_as_ip_does() {
    check_file("rule", include_str!("data/grammar/rule.txt"));
}

#[test]
fn neighbours_are_asked_for_as_ip_does() {
    check_file("neigh", include_str!("data/grammar/neigh.txt"));
}

#[test]
fn an_index_may_be_given_where_a_link_goes_to_another_namespace() {
    let parsed = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        parse(&words, &mut Namespace(Names::builtin()))
    };
    let Action::Change(change) = parsed("link set eth0 netns 1 index 99 name eth9").expect("a change").action
    else {
        panic!("no change");
    };
    let message = Message::parse(&change.message).expect("a message");
    let link = netplumb_core::family::link::Link::new(message.payload()).expect("a link");
    assert_eq!((link.new_ifindex(), link.ifname()), (Some(99), Some("eth9")));
    assert!(parsed("link set eth0 index 99").is_err());
}
