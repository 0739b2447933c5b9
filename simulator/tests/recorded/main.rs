//! What Linux 6.18 answered to requests, byte by byte: see `tests/data/record.py`.

use netplumb_core::Instant;
use netplumb_simulator::{NetnsId, SocketId, SocketOptions, World};
use serde_json::Value;
use std::fmt::Write as _;

/// What stands for the requester's port id.
const PORT: [u8; 4] = [0xee; 4];

/// Where reports of IPv6 groups go: ff02::16.
const REPORTS: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16];

/// A scene: a world that is told what the kernel was told.
struct Scene {
    world: World,
    loose: SocketId,
    strict: SocketId,
    listener: SocketId,
    ignores: fn(&mut Vec<u8>),
    /// Notifications of steps that wait, ours and theirs.
    waited: (Vec<String>, Vec<String>),
}

impl Scene {
    fn new(mut world: World, groups: &[u32], ignores: fn(&mut Vec<u8>)) -> Self {
        let netns = NetnsId(0);
        let loose = world.open(netns, SocketOptions { strict: false, ..SocketOptions::default() });
        let strict = world.open(netns, SocketOptions::default());
        let listener = world.open(netns, SocketOptions::default());
        for group in groups {
            world.join(listener, *group).unwrap();
        }
        Self { world, loose, strict, listener, ignores, waited: <_>::default() }
    }

    fn drain(&mut self, socket: SocketId, port: u32) -> Vec<(u32, Vec<u8>)> {
        let mut all = Vec::new();
        let mut buffer = vec![0; 65_536];
        while let Ok(got) = self.world.recv(socket, &mut buffer) {
            let mut bytes = buffer[..got.len].to_vec();
            mark(&mut bytes, port);
            all.push((got.group, bytes));
        }
        all
    }

    /// Does a step; what differs. Steps that only wait give what has happened as a whole, with the step after them: the
    /// kernel's timers are late by up to an eighth of their time.
    fn step(&mut self, step: &Value) -> Option<String> {
        let socket = if step["strict"] == true { self.strict } else { self.loose };
        let port = self.world.port(socket);
        if let Some(wait) = step["wait"].as_u64() {
            self.world.advance(self.world.now().after_ns(wait * 1_000_000));
        }
        self.world.send(socket, &bytes(&step["send"])).unwrap();
        let replies: Vec<_> = self.drain(socket, port).into_iter().map(|(_, bytes)| bytes).collect();
        let events = self.drain(self.listener, port);
        let expected: Vec<_> = step["replies"].as_array().unwrap().iter().map(bytes).collect();
        let expected_events: Vec<_> = step["events"].as_array().unwrap().iter().map(event).collect();
        let plain = |mut bytes: Vec<u8>| {
            (self.ignores)(&mut bytes);
            hex(&bytes)
        };
        let plain_all = |list: Vec<Vec<u8>>| list.into_iter().map(plain).collect::<Vec<_>>();
        let plain_events = |list: Vec<(u32, Vec<u8>)>| {
            let list = list.into_iter().map(|(group, bytes)| (group, plain(bytes)));
            let said = list.filter(|(_, text)| !text.is_empty());
            said.map(|(group, text)| format!("{group}: {text}")).collect::<Vec<_>>()
        };
        let (events, expected_events) = (plain_events(events), plain_events(expected_events));
        if step["name"].as_str().is_some_and(|name| name.ends_with("and wait")) {
            self.waited.0.extend(events);
            self.waited.1.extend(expected_events);
            return None;
        }
        self.waited.0.sort();
        self.waited.1.sort();
        let (ours_before, theirs_before) = std::mem::take(&mut self.waited);
        let ours = (ours_before, plain_all(replies), events);
        let theirs = (theirs_before, plain_all(expected), expected_events);
        (ours != theirs).then(|| format!("{}\n  ours   {ours:?}\n  theirs {theirs:?}", step["name"]))
    }
}

/// Puts [`PORT`] into the headers that have the requester's port id.
fn mark(bytes: &mut [u8], port: u32) {
    let mut rest = bytes;
    while rest.len() >= 16 {
        if rest[12..16] == port.to_ne_bytes() {
            rest[12..16].copy_from_slice(&PORT);
        }
        let len = u32::from_ne_bytes(rest[..4].try_into().unwrap()) as usize;
        rest = &mut rest[len.next_multiple_of(4)..];
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap().as_bytes();
    text.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn event(value: &Value) -> (u32, Vec<u8>) {
    (u32::try_from(value[0].as_u64().unwrap()).unwrap(), bytes(&value[1]))
}

fn play(mut scene: Scene, steps: &str) {
    let steps: Vec<Value> = steps.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let differences: Vec<_> = steps.iter().filter_map(|step| scene.step(step)).collect();
    let first: Vec<_> = differences.iter().take(6).map(String::as_str).collect();
    assert!(
        differences.is_empty(),
        "{} of {} steps differ:\n{}",
        differences.len(),
        steps.len(),
        first.join("\n")
    );
}

#[test]
fn rules() {
    let mut world = World::new(1);
    world.advance(Instant::from_ns(1));
    play(Scene::new(world, &[8, 19], |_| ()), include_str!("../data/rules.jsonl"));
}

/// What differs from run to run in messages about neighbours: the times of `NDA_CACHEINFO`, the order in a dump, which is
/// that of a hash table, and the neighbour ff02::16 that the kernel has when it says which groups it is in.
fn steady(bytes: &mut Vec<u8>) {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut rest = &bytes[..];
    while rest.len() >= 16 {
        let len = u32::from_ne_bytes(rest[..4].try_into().unwrap()) as usize;
        let (message, after) = rest.split_at(len.next_multiple_of(4).min(rest.len()));
        messages.push(message.to_vec());
        rest = after;
    }
    messages.retain(|message| message.get(32..48) != Some(&REPORTS));
    for message in &mut messages {
        let kind = u16::from_ne_bytes(message[4..6].try_into().unwrap());
        if !matches!(kind, 28 | 29) {
            continue;
        }
        let mut at = 28;
        while at + 4 <= message.len() {
            let len = usize::from(u16::from_ne_bytes(message[at..at + 2].try_into().unwrap()));
            if message[at + 2..at + 4] == 3u16.to_ne_bytes() {
                message[at + 4..at + 16].fill(0);
            }
            at += len.max(4).next_multiple_of(4);
        }
    }
    messages.sort_by_key(|message| (message[4..6] == 3u16.to_ne_bytes(), message.clone()));
    *bytes = messages.concat();
}

#[test]
fn neighbours() {
    play(Scene::new(World::new(1), &[3], steady), include_str!("../data/neighs.jsonl"));
}

#[test]
fn forwarding_entries() {
    play(Scene::new(World::new(1), &[3], steady), include_str!("../data/fdb.jsonl"));
}
