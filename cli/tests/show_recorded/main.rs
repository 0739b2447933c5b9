//! Compares the rendering with what iproute2 6.1 printed on a kernel with kinds of links and routes that few machines
//! have all of. `record` made `kinds.txt`; it says how.

use std::collections::HashMap;

use netplumb_cli::names::Names;
use netplumb_cli::show::{Context, Options, Printer, link, route};
use netplumb_core::wire::Message;

/// What was printed, by command.
fn blocks(text: &str) -> HashMap<&str, String> {
    let mut blocks = HashMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("BEGIN ") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "END").collect();
        blocks.insert(command, body.join("\n"));
    }
    blocks
}

fn messages(dump: &str) -> Vec<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    dump.lines().map(|line| line.as_bytes().chunks(2).map(byte).collect()).collect()
}

/// A dump and the commands that print it.
const COMMANDS: &[(&str, &[&str])] = &[
    (
        "/tmp/nldump 18 0000000000000000000000000000000008001d0001000000",
        &["ip -d link show", "ip -d -j link show", "ip -o -d link show"],
    ),
    (
        "/tmp/nldump 26 1c0000000000000000000000",
        &["ip -M route show table all", "ip -M -j route show table all"],
    ),
    (
        "/tmp/nldump 26 020000000000000000000000",
        &["ip -4 route show table all", "ip -4 -j route show table all"],
    ),
    (
        "/tmp/nldump 26 0a0000000000000000000000",
        &["ip -6 route show table all", "ip -6 -j route show table all"],
    ),
];

fn render(command: &str, cx: &Context, dump: &[Vec<u8>]) -> String {
    let has = |word: &str| command.split(' ').any(|w| w == word);
    let options = Options { json: has("-j"), details: has("-d"), oneline: has("-o"), ..Options::default() };
    let mut out = Vec::new();
    let mut p = Printer::new(&mut out, options);
    for message in dump {
        let message = Message::parse(message).unwrap();
        if has("link") {
            link::print(&mut p, cx, message, &link::Show::LINK).unwrap();
        } else {
            route::print(&mut p, cx, message, &route::Hide::default()).unwrap();
        }
    }
    p.finish().unwrap();
    String::from_utf8(out).unwrap().trim_end_matches('\n').to_owned()
}

#[test]
fn renders_what_was_recorded() {
    let text = include_str!("kinds.txt");
    let blocks = blocks(text);
    let mut names = Names::builtin();
    names.protos.read("99 openr\n");
    let mut cx = Context::new(names, false);
    for message in messages(&blocks[COMMANDS[0].0]) {
        cx.remember(Message::parse(&message).unwrap());
    }
    let mut bad = 0;
    for (dump, commands) in COMMANDS {
        let dump = messages(&blocks[dump]);
        assert!(!dump.is_empty());
        for command in *commands {
            let (ours, theirs) = (render(command, &cx, &dump), blocks[command].as_str());
            // One object a line, so that a difference can be read.
            let lines = |text: &str| text.replace("},{\"", "},\n{\"");
            for (n, (a, b)) in lines(&ours).lines().zip(lines(theirs).lines()).enumerate() {
                if a != b {
                    bad += 1;
                    println!("{command}, line {}:\n  ours: {a}\n    ip: {b}", n + 1);
                }
            }
            assert_eq!(ours.lines().count(), theirs.lines().count(), "{command}");
        }
    }
    assert_eq!(bad, 0, "lines differ");
}

/// Prints `bytes` in every way there is; only that it ends without a panic counts.
fn print_all(cx: &Context, bytes: &[u8], is_link: bool) {
    let Ok(message) = Message::parse(bytes) else { return };
    for json in [false, true] {
        let options =
            Options { json, pretty: json, details: true, stats: 2, human: !json, ..Options::default() };
        let mut out = std::io::sink();
        let mut p = Printer::new(&mut out, options);
        let _ = if is_link {
            link::print(&mut p, cx, message, &link::Show::LINK)
        } else {
            route::print(&mut p, cx, message, &route::Hide::default())
        };
        p.finish().unwrap();
    }
}

#[test]
fn damaged_messages_do_not_panic() {
    let blocks = blocks(include_str!("kinds.txt"));
    let cx = Context::new(Names::builtin(), false);
    for (dump, commands) in COMMANDS {
        let is_link = commands[0].contains("link");
        for message in messages(&blocks[dump]) {
            let lengths =
                if is_link { (16..message.len()).step_by(7) } else { (16..message.len()).step_by(1) };
            for length in lengths {
                let mut cut = message[..length].to_vec();
                cut[..4].copy_from_slice(&u32::try_from(length).unwrap().to_ne_bytes());
                print_all(&cx, &cut, is_link);
            }
            // Lengths and types of attributes, and values, become others.
            for at in (16..message.len()).step_by(if is_link { 5 } else { 1 }) {
                for value in [0, 1, 0x7f, 0xff] {
                    let mut damaged = message.clone();
                    damaged[at] = value;
                    print_all(&cx, &damaged, is_link);
                }
            }
        }
    }
}
