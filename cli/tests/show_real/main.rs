//! Compares the rendering of objects with that of iproute2 6.1, byte for byte, on raw dumps of the same namespace.
//!
//! Needs root (for `unshare -n`), `ip` and `python3`; says `skipped:` without them. Left out of the comparison is only what
//! changes between two looks at the same object: see [`scene::VOLATILE`].

#[path = "../scene/mod.rs"]
mod scene;

use std::path::{Path, PathBuf};
use std::process::Command;

use netplumb_cli::names::Names;
use netplumb_cli::show::{Context, Options, Palette, Printer, addr, link, monitor, neigh, route, rule};
use netplumb_core::family::neigh::{NTF_EXT_LEARNED, NTF_PROXY, NUD_NOARP, Neigh, NudState};
use netplumb_core::family::route::{RT_TABLE_MAIN, RTM_F_CLONED, Route, RouteTable};
use netplumb_core::wire::Message;
use scene::{first_difference, masked, missing};

/// The commands that are compared, as given to `ip`.
const COMMANDS: &[&str] = &[
    "link show",
    "-d link show",
    "-s link show",
    "-s -s link show",
    "-s -s -h link show",
    "-s -h -iec link show",
    "-o link show",
    "-o -d link show",
    "-o -s link show",
    "-br link show",
    "-N link show",
    "-c=always -d link show",
    "-c=always -br link show",
    "-j link show",
    "-d -j link show",
    "-d -p -j link show",
    "-s -j link show",
    "-s -s -j link show",
    "-br -j link show",
    "addr show",
    "-d addr show",
    "-s addr show",
    "-o addr show",
    "-br addr show",
    "-4 addr show",
    "-6 addr show",
    "-4 -d addr show",
    "-N addr show",
    "-c=always addr show",
    "-c=always -br addr show",
    "-j addr show",
    "-d -j addr show",
    "-s -j addr show",
    "-o -j addr show",
    "-br -j addr show",
    "-p -j addr show",
    "-4 -j addr show",
    "-4 route show table all",
    "-6 route show table all",
    "-M route show table all",
    "-4 route show",
    "-d -4 route show table 77",
    "-N -4 route show table all",
    "-s -6 route show table all",
    "-o -4 route show table all",
    "-c=always -4 route show table all",
    "-c=always -6 route show table all",
    "-4 -j route show table all",
    "-6 -j route show table all",
    "-M -j route show table all",
    "-4 -p -j route show table all",
    "-d -6 route show table all",
    "-d -6 -j route show table all",
    "rule show",
    "-6 rule show",
    "-d rule show",
    "-N rule show",
    "-c=always rule show",
    "-j rule show",
    "-d -j rule show",
    "-6 -j rule show",
    "neigh show",
    "-s neigh show",
    "-br neigh show",
    "-N neigh show",
    "neigh show proxy",
    "-c=always neigh show",
    "-c=always -br neigh show",
    "-j neigh show",
    "-s -j neigh show",
    "-br -j neigh show",
    "-p -j neigh show",
];

fn options(words: &[&str]) -> Options {
    let mut o = Options::default();
    for word in words {
        match *word {
            "-j" => o.json = true,
            "-p" => o.pretty = true,
            "-o" => o.oneline = true,
            "-br" => o.brief = true,
            "-d" => o.details = true,
            "-s" => o.stats += 1,
            "-h" => o.human = true,
            "-iec" => o.iec = true,
            "-N" => o.numeric = true,
            "-c=always" => o.palette = Palette::Light,
            _ => {}
        }
    }
    // Without JSON there is nothing to print pretty, and JSON has no colours.
    if o.json {
        o.palette = Palette::Off;
    }
    o
}

fn messages(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut rest = bytes.as_slice();
    let mut all = Vec::new();
    while let Ok(message) = Message::parse(rest) {
        all.push(message.bytes().to_vec());
        rest = rest.get(message.bytes().len().next_multiple_of(4)..).unwrap_or(&[]);
    }
    assert!(rest.is_empty(), "{} bytes of {} are no message", rest.len(), path.display());
    all
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    Message::parse(bytes).unwrap()
}

/// Whether `ip neigh show` lists it: not what is marked as needing no resolution, unless someone else made it.
fn listed(message: Message<'_>) -> bool {
    let header = Neigh::new(message.payload()).unwrap().header();
    let state = NudState(0xff).without(NUD_NOARP);
    state.intersects(header.ndm_state) || header.ndm_flags.intersects(NTF_PROXY | NTF_EXT_LEARNED)
}

fn in_table(message: Message<'_>, family: u8, table: Option<RouteTable>) -> bool {
    let route = Route::new(message.payload()).unwrap();
    if route.header().rtm_family.0 != family {
        return false;
    }
    !route.header().rtm_flags.contains(RTM_F_CLONED) && table.is_none_or(|table| route.route_table() == table)
}

fn render(words: &[&str], links: &[Vec<u8>], shown: &[Vec<u8>], objects: &[Vec<u8>]) -> String {
    let options = options(words);
    let mut cx = Context::new(Names::read(Path::new("/etc/iproute2")), options.numeric);
    cx.users.insert(0, "root".to_owned());
    cx.groups.insert(0, "root".to_owned());
    cx.read_protocols(&std::fs::read_to_string("/etc/protocols").unwrap_or_default());
    for message in links {
        cx.remember(parsed(message));
    }
    let family =
        [("-4", 2), ("-6", 10), ("-M", 28)].iter().find(|row| words.contains(&row.0)).map_or(0, |row| row.1);
    let mut out = Vec::new();
    let mut p = Printer::new(&mut out, options);
    if words.contains(&"link") {
        for message in links {
            link::print(&mut p, &cx, parsed(message), &link::Show::LINK).unwrap();
        }
    } else if words.contains(&"addr") {
        let show = link::Show { family, ..link::Show::ADDR };
        for message in shown {
            let index =
                netplumb_core::family::link::Link::new(parsed(message).payload()).unwrap().header().ifi_index;
            let of_link = |a: &Vec<u8>| {
                netplumb_core::family::addr::Addr::new(parsed(a).payload())
                    .is_some_and(|a| i64::from(a.header().ifa_index) == i64::from(index))
            };
            // With a family, links without an address of it are left out.
            if family == 0 || objects.iter().any(of_link) {
                addr::print_link(
                    &mut p,
                    &cx,
                    parsed(message),
                    objects.iter().map(|a| parsed(a)),
                    |_| true,
                    &show,
                )
                .unwrap();
            }
        }
    } else if words.contains(&"route") {
        let table = match words.last() {
            Some(&"all") => None,
            Some(&"77") => Some(RouteTable(77)),
            _ => Some(RT_TABLE_MAIN),
        };
        let hide = route::Hide { table: table.is_some(), ..route::Hide::default() };
        for message in objects.iter().filter(|m| in_table(parsed(m), family, table)) {
            route::print(&mut p, &cx, parsed(message), &hide).unwrap();
        }
    } else if words.contains(&"rule") {
        for message in objects {
            rule::print(&mut p, &cx, parsed(message)).unwrap();
        }
    } else {
        for message in objects.iter().filter(|m| listed(parsed(m))) {
            neigh::print(&mut p, &cx, parsed(message), false).unwrap();
        }
    }
    p.finish().unwrap();
    String::from_utf8(out).unwrap()
}

/// Compares what was told to listeners with `ip monitor`; says whether it differs.
fn changes(out: &Path) -> usize {
    let mut cx = Context::new(Names::read(Path::new("/etc/iproute2")), false);
    for message in messages(&out.join("1.links")) {
        cx.remember(parsed(&message));
    }
    let mut ours = Vec::new();
    let mut p = Printer::new(&mut ours, Options::default());
    for message in messages(&out.join("changes")) {
        let message = parsed(&message);
        cx.remember(message);
        monitor::print(&mut p, &cx, message, &monitor::Prefix::default()).unwrap();
    }
    p.finish().unwrap();
    let theirs = masked(&std::fs::read_to_string(out.join("monitor.text")).unwrap());
    let ours = masked(&String::from_utf8(ours).unwrap());
    assert!(theirs.lines().count() > 20, "ip monitor saw nothing");
    if ours != theirs {
        println!("ip monitor: {}", first_difference(&ours, &theirs));
    }
    usize::from(ours != theirs)
}

#[test]
fn renders_as_iproute2_does() {
    if let Some(why) = missing() {
        println!("skipped: {why}");
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show_real");
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("show_real.{}", std::process::id()));
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("commands"), COMMANDS.join("\n") + "\n").unwrap();
    let status =
        Command::new("unshare").args(["-n", "bash"]).arg(here.join("scene.sh")).arg(&out).arg(&here).status();
    assert!(status.is_ok_and(|status| status.success()), "the scene could not be built");
    let mut bad = 0;
    let mut bytes = 0;
    for (n, command) in COMMANDS.iter().enumerate() {
        let file = |end: &str| out.join(format!("{}.{end}", n + 1));
        let theirs = String::from_utf8(std::fs::read(file("text")).unwrap()).unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let ours =
            render(&words, &messages(&file("links")), &messages(&file("shown")), &messages(&file("objects")));
        let (ours, theirs) = (masked(&ours), masked(&theirs));
        bytes += theirs.len();
        // Not every kernel has MPLS; everything else is in the scene.
        assert!(theirs.len() > 3 || words.contains(&"-M"), "ip {command} printed nothing");
        if ours != theirs {
            bad += 1;
            println!("ip {command}: {}", first_difference(&ours, &theirs));
        }
    }
    bad += changes(&out);
    println!("{} commands compared, {bytes} bytes", COMMANDS.len());
    assert_eq!(bad, 0, "commands rendered otherwise than by ip; what was compared is in {}", out.display());
    std::fs::remove_dir_all(&out).unwrap();
}
