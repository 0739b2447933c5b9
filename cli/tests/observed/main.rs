//! The simulated kernel against cases that Linux 6.18 was observed in: `cases.jsonl`, one case a line. The commands that set
//! a case up are carried out through the grammar, then its request is sent as it was, byte for byte, and error number, the
//! kernel's words, replies and notifications are compared. Fields that a case does not list are not compared.

mod decode;

use decode::{Mismatch, compare_message};
use netplumb_cli::grammar::{Action, Resolver, parse};
use netplumb_cli::names::Names;
use netplumb_core::family::link::Link;
use netplumb_core::wire::{Ack, Messages, NLM_F_ACK, NLMSG_DONE, NLMSG_ERROR};
use netplumb_simulator::{Got, NetnsId, SocketId, SocketOptions, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const NS: NetnsId = NetnsId(0);

/// Message types that the simulator does not have yet: notifications of them are left out on both sides.
const ABSENT: &[&str] =
    &["NETCONF", "MULTICAST", "NSID", "NEXTHOP", "QDISC", "TCLASS", "TFILTER", "CHAIN", "MDB", "STATS"];

struct Case {
    value: Value,
}

impl Case {
    fn text(&self, key: &str) -> &str {
        self.value[key].as_str().unwrap_or("")
    }
    fn list(&self, key: &str) -> &[Value] {
        self.value[key].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Looks links up in the world itself.
struct Lookup<'w> {
    links: BTreeMap<String, u32>,
    names: &'w Names,
}

impl Resolver for Lookup<'_> {
    fn link_index(&mut self, name: &str) -> Option<u32> {
        self.links.get(name).copied()
    }
    fn names(&self) -> &Names {
        self.names
    }
}

fn receive(world: &mut World, socket: SocketId) -> Vec<(Got, Vec<u8>)> {
    let mut buffer = vec![0; 32 * 1024];
    let mut out = Vec::new();
    while let Ok(got) = world.recv(socket, &mut buffer) {
        out.push((got, buffer[..got.len].to_vec()));
    }
    out
}

fn links(world: &mut World, socket: SocketId) -> BTreeMap<String, u32> {
    let request = netplumb_core::family::link::dump();
    let mut message = netplumb_core::request::AsRequest::message(&request).unwrap().to_vec();
    message[7] |= 3;
    world.send(socket, &message).unwrap();
    let mut links = BTreeMap::new();
    for (_, datagram) in receive(world, socket) {
        for message in Messages::new(&datagram).flatten().filter(|m| m.kind() == 16) {
            let link = Link::new(message.payload()).unwrap();
            links.insert(link.ifname().unwrap().to_owned(), link.header().ifi_index.cast_unsigned());
        }
    }
    links
}

/// Carries out a command of the setup; why it cannot be, if it cannot.
fn set_up(world: &mut World, socket: SocketId, names: &Names, command: &str) -> Result<(), String> {
    if let Some(rest) = command.strip_prefix("sysctl ") {
        for word in rest.split_whitespace().filter(|word| !word.starts_with('-')) {
            let (name, value) = word.split_once('=').ok_or("sysctl without a value")?;
            world.set_sysctl(NS, name, value).map_err(|e| format!("{name}: {e}"))?;
        }
        return Ok(());
    }
    if let Some(seconds) = command.strip_prefix("sleep ") {
        let seconds: f64 = seconds.trim().parse().map_err(|_| "sleep".to_owned())?;
        let to = world.now().after_ns((seconds * 1e9) as u64);
        world.advance(to);
        return Ok(());
    }
    let words = command.strip_prefix("ip ").ok_or_else(|| format!("not a command of ip: {command}"))?;
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut lookup = Lookup { links: links(world, socket), names };
    let command = parse(&words, &mut lookup).map_err(|usage| usage.to_string())?;
    let Action::Change(mut change) = command.action else { return Err("not a change".into()) };
    change.message[6] |= NLM_F_ACK as u8;
    world.send(socket, &change.message).unwrap();
    for (_, datagram) in receive(world, socket) {
        for message in Messages::new(&datagram).flatten().filter(|m| m.kind() == NLMSG_ERROR) {
            if let Some(errno) = Ack::parse(message).unwrap().unwrap().errno() {
                return Err(format!("{errno}"));
            }
        }
    }
    Ok(())
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

enum Verdict {
    Agrees,
    NotReplayable(String),
    Differs(Vec<String>),
}

fn run(case: &Case) -> Verdict {
    let names = Names::builtin();
    let mut world = World::new(1);
    let setter = world.open(NS, SocketOptions::default());
    for command in case.list("setup") {
        let command = command.as_str().unwrap();
        for command in command.split(" && ").flat_map(|c| c.split("; ")) {
            if let Err(why) = set_up(&mut world, setter, &names, command.trim()) {
                return Verdict::NotReplayable(format!("{command}: {why}"));
            }
        }
        // The recorder waited for the kernel to come to rest.
        world.settle();
    }
    if case.text("request_hex").is_empty() {
        return Verdict::NotReplayable("a script".into());
    }
    let flag = |key: &str| case.value["sock"][key].as_bool().unwrap_or(false);
    let options = SocketOptions {
        ext_ack: flag("ext_ack"),
        cap_ack: flag("cap_ack"),
        strict: flag("strict"),
        net_admin: case.value["uid"].is_null(),
        ..SocketOptions::default()
    };
    let listener = world.open(NS, SocketOptions::default());
    for group in (1..=netplumb_simulator::GROUP_MAX).filter(|_| !flag("also_member_of_groups")) {
        world.join(listener, group).unwrap();
    }
    let socket = world.open(NS, options);
    if flag("also_member_of_groups") {
        for group in 1..=netplumb_simulator::GROUP_MAX {
            world.join(socket, group).unwrap();
        }
    }
    let port = world.port(socket);
    let mut differences = Vec::new();
    world.send(socket, &unhex(case.text("request_hex"))).unwrap();
    let mut replies = receive(&mut world, socket);
    let mut events = receive(&mut world, listener);
    if case.list("events").iter().any(|event| event["async"] == true) {
        // What came later came within a few seconds.
        world.settle();
        let to = world.now().after_ns(5_000_000_000);
        world.advance(to);
        events.extend(receive(&mut world, listener));
        replies.extend(receive(&mut world, socket));
    }
    compare_acks(case, &replies, &mut differences);
    compare_runs(case, "replies", &replies, port, &mut differences);
    compare_runs(case, "events", &events, port, &mut differences);
    if differences.is_empty() { Verdict::Agrees } else { Verdict::Differs(differences) }
}

/// Error numbers and the kernel's words.
fn compare_acks(case: &Case, replies: &[(Got, Vec<u8>)], differences: &mut Vec<String>) {
    let mut errnos = Vec::new();
    let mut words = None;
    for (_, datagram) in replies {
        for message in Messages::new(datagram).flatten() {
            let Some(Ok(ack)) = Ack::parse(message) else { continue };
            if message.kind() == NLMSG_ERROR || message.kind() == NLMSG_DONE {
                errnos.push(ack.errno().map_or(0, |e| -e.0));
                words = words.or(ack.message().map(str::to_owned));
            }
        }
    }
    let expected: Vec<i64> = match &case.value["reply_errno"] {
        Value::Null => return,
        Value::Array(list) => list.iter().filter_map(Value::as_i64).collect(),
        one => one.as_i64().into_iter().collect(),
    };
    let ours: Vec<i64> = errnos.iter().map(|e| i64::from(*e)).collect();
    if ours != expected {
        differences.push(format!("errno {ours:?}, Linux {expected:?} ({words:?})"));
    }
    let expected = case.value["extack"].as_str();
    if words.as_deref() != expected {
        differences.push(format!("says {words:?}, Linux {expected:?}"));
    }
}

/// Messages in order (or, of a case whose order is not fixed, in any).
fn compare_runs(case: &Case, key: &str, ours: &[(Got, Vec<u8>)], port: u32, differences: &mut Vec<String>) {
    let skip = |kind: &str| ABSENT.iter().any(|absent| kind.contains(absent));
    let ours: Vec<_> = ours
        .iter()
        .flat_map(|(got, datagram)| Messages::new(datagram).flatten().map(move |m| (got.group, m)))
        .filter(|(_, m)| m.kind() != NLMSG_ERROR && m.kind() != NLMSG_DONE)
        .collect();
    let expected: Vec<&Value> = case
        .list(key)
        .iter()
        .filter(|e| {
            let kind = e["type"].as_str().unwrap_or("");
            kind.starts_with("RTM_") && !skip(kind) && e["group"] != "IPV6_IFINFO"
        })
        .collect();
    let any_order = case.value["stable"] == false;
    let mut left: Vec<_> = ours.iter().collect();
    for (n, event) in expected.iter().enumerate() {
        let mismatch = |at: usize| -> Result<(), Mismatch> {
            let (group, message) = left[at];
            compare_message(event, *group, *message, port)
        };
        let at = if any_order { (0..left.len()).find(|at| mismatch(*at).is_ok()) } else { None };
        let at = at.unwrap_or(0);
        if left.is_empty() {
            differences.push(format!("{key} {n}: {} is missing", event["type"]));
            continue;
        }
        if let Err(why) = mismatch(at) {
            differences.push(format!("{key} {n}: {why}"));
        }
        left.remove(at);
    }
    for (_, message) in left {
        differences.push(format!("{key}: one too many: {}", decode::describe(*message)));
    }
}

#[test]
fn the_simulated_kernel_does_what_linux_was_seen_to_do() {
    let wanted = std::env::var("NETPLUMB_CASES").unwrap_or_default();
    let known: BTreeSet<&str> = include_str!("differences.txt")
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| !name.starts_with('#'))
        .collect();
    let mut totals: BTreeMap<String, [u32; 3]> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for line in include_str!("cases.jsonl").lines() {
        let case = Case { value: serde_json::from_str(line).unwrap() };
        let name = case.text("case").to_owned();
        if !name.starts_with(&wanted) {
            continue;
        }
        let total = totals.entry(case.text("group").to_owned()).or_default();
        match run(&case) {
            Verdict::Agrees => {
                total[0] += 1;
                if known.contains(&*name) && wanted.is_empty() {
                    unexpected.push(format!("{name}: agrees now, take it off the list of differences"));
                }
            }
            Verdict::NotReplayable(why) => {
                total[2] += 1;
                println!("{name}: not replayable: {why}");
                if !known.contains(&*name) {
                    unexpected.push(format!("{name}: cannot be replayed: {why}"));
                }
            }
            Verdict::Differs(list) => {
                total[1] += 1;
                println!("{name}:\n    {}", list.join("\n    "));
                if !known.contains(&*name) {
                    unexpected.push(format!("{name}: {}", list.join("; ")));
                }
            }
        }
    }
    for (group, [agree, differ, not]) in &totals {
        println!("{group}: {agree} agree, {differ} differ, {not} cannot be replayed");
    }
    assert!(unexpected.is_empty(), "{} unexpected:\n{}", unexpected.len(), unexpected.join("\n"));
}
