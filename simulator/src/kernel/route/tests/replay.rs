//! Scenes that were recorded on Linux 6.18, played again: every acknowledgement, reply, notification and dump must have the
//! same bytes. `tests/data/routes.txt` is what `record_routes.py` recorded; `observed_routes.txt` are single requests, each
//! in a namespace of its own that quiet steps prepare.

use super::{Host, addr4, addr6, message};
use crate::SocketOptions;
use netplumb_core::bytes;
use netplumb_core::family::common::{RT_SCOPE_HOST, Scope};
use netplumb_core::family::route::{RTA_CACHEINFO, Route};
use netplumb_core::wire::{
    Attrs, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_FILTERED, NLMSG_DONE, NLMSG_ERROR,
};

const SEQ: u32 = 7;

/// What happens, and what Linux said to it.
#[derive(Default)]
struct Step<'t> {
    what: &'t str,
    said: Vec<&'t str>,
}

#[test]
fn recorded_scenes_come_out_the_same() {
    replay(include_str!("../../../../tests/data/routes.txt"), 500);
}

#[test]
fn observed_requests_come_out_the_same() {
    replay(include_str!("../../../../tests/data/observed_routes.txt"), 300);
}

#[test]
fn recorded_labels_come_out_the_same() {
    replay(include_str!("../../../../tests/data/mpls.txt"), 60);
}

/// Plays scenes, of which there must be so many steps at least.
fn replay(recorded: &str, least: usize) {
    let mut faults = Vec::new();
    let mut steps = 0;
    for scene in recorded.split("scene ").filter(|scene| !scene.starts_with('#')) {
        let (name, lines) = scene.split_once('\n').unwrap();
        let mut host = Host::new();
        let mut step = Step::default();
        for line in lines.lines().chain(["end"]) {
            if !matches!(line.split(' ').next().unwrap(), "do" | "send" | "quiet" | "end") {
                step.said.push(line);
                continue;
            }
            if !step.what.is_empty() {
                steps += 1;
                check(&mut host, name, &step, &mut faults);
            }
            step = Step { what: line, said: Vec::new() };
        }
    }
    assert!(faults.is_empty(), "{} of {steps} steps differ\n{}", faults.len(), faults.join("\n"));
    assert!(steps >= least);
}

fn check(host: &mut Host, scene: &str, step: &Step<'_>, faults: &mut Vec<String>) {
    let quiet = step.what.strip_prefix("quiet ");
    let said = match quiet.unwrap_or(step.what).split_once(' ').unwrap() {
        ("do", what) => {
            change(host, what);
            Vec::new()
        }
        (_, hex) => send(host, &unhex(hex)),
    };
    let mut got = said;
    for event in host.received(host.events) {
        let event = message(&event);
        let by = if event.seq() != 0 || event.port() != 0 { "S" } else { "K" };
        got.push(format!("event {by} {}", shown(event.bytes())));
    }
    if quiet.is_some() {
        return;
    }
    let wanted: Vec<String> = step.said.iter().map(|line| normal(line)).collect();
    if got != wanted {
        let lines =
            |list: &[String]| list.iter().map(|line| readable(line)).collect::<Vec<_>>().join("\n    ");
        let what = readable(step.what);
        faults.push(format!("{scene}: {what}\n  Linux\n    {}\n  here\n    {}", lines(&wanted), lines(&got)));
    }
}

fn send(host: &mut Host, part: &[u8]) -> Vec<String> {
    let (head, body) = part.split_at(4);
    let mut request = u32::try_from(16 + body.len()).unwrap().to_ne_bytes().to_vec();
    request.extend(head);
    request.extend(SEQ.to_ne_bytes());
    request.extend([0; 4]);
    request.extend(body);
    host.world.send(host.socket, &request).unwrap();
    let mut said = Vec::new();
    for bytes in host.received(host.socket) {
        let got = message(&bytes);
        assert_eq!(got.seq(), SEQ);
        if got.kind() != NLMSG_ERROR && got.kind() != NLMSG_DONE {
            said.push(format!("reply {}", shown(&bytes)));
            continue;
        }
        let errno = bytes::i32_ne(got.payload()).unwrap().unsigned_abs();
        let done = got.kind() == NLMSG_DONE;
        let mut line = format!("{} {errno}", if done { "done" } else { "ack" });
        if done && got.flags() & NLM_F_DUMP_FILTERED != 0 {
            line.push_str(" filtered");
        }
        if got.flags() & NLM_F_ACK_TLVS != 0 {
            let echo = match (done, got.flags() & NLM_F_CAPPED != 0) {
                (true, _) => 4,
                (false, true) => 20,
                (false, false) => 4 + request.len(),
            };
            let words = Attrs::new(&got.payload()[bytes::align4(echo)..]);
            if let Some(text) = words.find(1) {
                let text = text.payload().split_last().unwrap().1;
                line.push_str(&format!(" {}", std::str::from_utf8(text).unwrap()));
            }
            if let Some(offset) = words.find(2) {
                line.push_str(&format!(" @{}", bytes::u32_ne(offset.payload()).unwrap()));
            }
        }
        said.push(line);
    }
    said
}

fn change(host: &mut Host, what: &str) {
    let words: Vec<&str> = what.split(' ').collect();
    let index: u32 = words[1].parse().unwrap();
    let option = |name: &str| words.iter().position(|word| *word == name).map(|at| words[at + 1]);
    let scope = if option("scope").is_some() { RT_SCOPE_HOST } else { Scope::default() };
    match words[0] {
        "link" => host.add_link(index, "ifb", true),
        "lenient" | "nobody" => {
            let options = SocketOptions {
                strict: words[0] != "lenient",
                net_admin: words[0] != "nobody",
                ..SocketOptions::default()
            };
            host.world.set_options(host.socket, options).unwrap();
        }
        // A bridge without ports has no carrier.
        "bridge" => host.add_link(index, "bridge", false),
        "up" => host.up(index),
        "down" => host.down(index),
        "remove" => host.remove(index),
        "add4" => host.add4(index, addr4(words[2], option("brd"), scope)),
        "add6" => host.add6(index, addr6(words[2], option("peer"))),
        "del4" => {
            let wanted = addr4(words[2], None, scope);
            let list = &host.link(index).addr4;
            let own = list.iter().find(|own| (own.local, own.prefix) == (wanted.local, wanted.prefix));
            let own = own.unwrap().clone();
            host.del4(index, &own);
        }
        "del6" => {
            let wanted = addr6(words[2], None);
            let own = host.link(index).addr6.iter().find(|own| own.local == wanted.local).unwrap().clone();
            host.del6(index, &own);
        }
        other => panic!("{other}"),
    }
}

/// Type, flags and payload of a message in hexadecimal digits.
fn shown(bytes: &[u8]) -> String {
    let mut part = bytes[4..8].to_vec();
    part.extend(&bytes[16..]);
    blank(&mut part);
    hex(&part)
}

/// Counters of uses are no part of what is compared.
fn blank(part: &mut [u8]) {
    let mut at = 16;
    while let Some(head) = part.get(at..at + 4) {
        let len = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        if u16::from_ne_bytes([head[2], head[3]]) == RTA_CACHEINFO {
            part[at + 4..at + 8].fill(0);
        }
        at += bytes::align4(len.max(4));
    }
}

fn normal(line: &str) -> String {
    let Some((word, digits)) =
        line.rsplit_once(' ').filter(|_| !line.starts_with("ack") && !line.starts_with("done"))
    else {
        return line.to_owned();
    };
    let mut part = unhex(digits);
    blank(&mut part);
    format!("{word} {}", hex(&part))
}

fn readable(line: &str) -> String {
    let Some((word, digits)) = line.rsplit_once(' ') else { return line.to_owned() };
    if line.starts_with("do") || line.starts_with("ack") {
        return line.to_owned();
    }
    let part = unhex(digits);
    match Route::new(part.get(4..).unwrap_or(&[])) {
        Some(route) => {
            let (kind, flags) = (bytes::u16_ne(&part).unwrap(), bytes::u16_ne(&part[2..]).unwrap());
            let text = format!("{route:?}");
            format!("{word} {kind} {flags:#x} {}", text.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        None => line.to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let digit = |c: u8| u8::try_from((c as char).to_digit(16).unwrap()).unwrap();
    digits.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
