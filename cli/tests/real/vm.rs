//! Kinds of links and routes that few kernels have all of, in a VM with one that does.

use crate::scene::first_difference;
use crate::{Folder, difference, json};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Modules that the kernel does not load by itself when they are needed.
const MODULES: &str = "bonding 8021q vrf dummy ipip sit ip_gre ip6_tunnel ip6_gre geneve ipvlan ip_vti ip6_vti hsr \
                       xfrm_interface macvlan vxlan wireguard mpls_iptunnel veth bridge fou fou6 macsec";

/// What is looked at, with `ip` and with `netplumb`. With `-j` values are compared, otherwise bytes.
const COMMANDS: &[&str] = &[
    "link show",
    "-d link show",
    "-br link show",
    "-j link show",
    "-d -j link show",
    "-s -j link show",
    "-j link show type vlan",
    "-d -j link show type bond",
    "-d -j link show type gre",
    "-d -j link show master bo1",
    "link show type bond_slave",
    "link show vrf vrf1",
    "-d link show vl5",
    "-d -j link show dev br9",
    "addr show",
    "-j addr show",
    "-d -j addr show",
    "-br addr show",
    "-j addr show vrf vrf1",
    "-4 -j route show table all",
    "-6 -j route show table all",
    "-M -j route show table all",
    "-4 route show table all",
    "-6 route show table all",
    "-M route show",
    "-f mpls route show 101",
    "route show vrf vrf1",
    "-d -j route show vrf vrf1",
    "route get 10.21.0.1 vrf vrf1",
    "-M route get 100",
    "-d -6 -j route show table all",
    "-j rule show",
    "-6 rule show",
    "neigh show vrf vrf1",
    "-j neigh show dev d0",
];

/// How what both made is compared.
const LOOKS: &[&str] = &[
    "-d -j link show",
    "-d -j addr show",
    "-4 -j route show table all",
    "-6 -j route show table all",
    "-M -j route show table all",
    "-j rule show",
];

fn missing() -> Option<&'static str> {
    let works = |program: &str, argument: &str| {
        Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
    };
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let libraries = PathBuf::from(String::from_utf8(sysroot.stdout).ok()?.trim()).join("lib/rustlib");
    match () {
        () if !works("qemu-system-x86_64", "--version") => Some("there is no qemu-system-x86_64"),
        () if !libraries.join(TARGET).exists() => Some("rustup has no target x86_64-unknown-linux-musl"),
        () if !["busybox", "zstd", "xz", "cpio"].iter().all(|tool| works(tool, "--help")) => {
            Some("busybox-static, zstd, xz-utils or cpio is missing, which tests/vm/run needs")
        }
        () if !works("ip", "-V") => Some("there is no `ip`"),
        () => None,
    }
}

/// Builds the command so that it runs without the libraries of this machine.
fn build() -> PathBuf {
    // A folder of its own: cargo holds the lock of the usual one while it runs tests.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vm");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", "netplumb-cli", "--target", TARGET, "--target-dir"])
        .arg(&folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.is_ok_and(|status| status.success()), "netplumb was not built for {TARGET}");
    folder.join(TARGET).join("debug/netplumb")
}

/// What a VM printed, by the line of its marker.
fn blocks(text: &str) -> HashMap<&str, (String, &str)> {
    let mut blocks = HashMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(marker) = line.strip_prefix("BEGIN ").or_else(|| line.strip_prefix("MADE ")) else {
            continue;
        };
        let (mut body, mut status) = (String::new(), "");
        for line in lines.by_ref() {
            if let Some(ended) = line.strip_prefix("END") {
                status = ended.trim();
                break;
            }
            body += line;
            body.push('\n');
        }
        blocks.insert(marker, (body, status));
    }
    blocks
}

/// Takes away what the kernel makes up: link-layer addresses, and those of IPv6 that are made of them.
fn mask_addresses(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask_addresses),
        Value::Object(members) => {
            members.values_mut().for_each(mask_addresses);
            // That of a tunnel over IPv6 looks like the beginning of such an address.
            if let Some(permanent) = members.get_mut("permaddr") {
                *permanent = "made up".into();
            }
        }
        Value::String(text) => {
            // Link-layer addresses and ids of bridges, whose bytes have one or two digits.
            let made_up = text.matches(':').count() == 5 && text != "ff:ff:ff:ff:ff:ff";
            if made_up || text.starts_with("fe80::") || text.contains(":fe80::") {
                *text = "made up".into();
            }
        }
        _ => {}
    }
}

/// Runs the script in a VM; what it printed.
fn run(folder: &Folder) -> String {
    let netplumb = build();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.write("commands", &(COMMANDS.join("\n") + "\n"));
    let (commands, kinds) = (folder.0.join("commands"), here.join("tests/scene/kinds.sh"));
    let files = [
        "/usr/sbin/ip",
        "/etc/iproute2",
        netplumb.to_str().unwrap(),
        commands.to_str().unwrap(),
        kinds.to_str().unwrap(),
    ];
    let output = Command::new(here.join("../tests/vm/run"))
        .arg(here.join("tests/real/vm.sh"))
        .args([&netplumb, &commands])
        .env("VM_FILES", files.join(" "))
        .env("VM_MODPROBE", MODULES)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    folder.write("out", &text);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the VM ended with {}: {told}\n{text}", output.status);
    text
}

#[test]
fn kinds_of_other_kernels_are_made_and_shown_as_by_ip() {
    if let Some(why) = missing() {
        eprintln!("skipped: kinds_of_other_kernels_are_made_and_shown_as_by_ip: {why}");
        println!("skipped: kinds_of_other_kernels_are_made_and_shown_as_by_ip: {why}");
        return;
    }
    let folder = Folder::new("vm");
    let text = run(&folder);
    let blocks = blocks(&text);
    let block = |marker: &str| blocks.get(marker).unwrap_or_else(|| panic!("no block {marker}"));
    let mut bad = 0;
    let mut tell = |what: &str, difference: String| {
        bad += 1;
        println!("{what}: {difference}");
    };

    // The same command lines are refused, for whatever reason.
    let refused = |who: &str| -> Vec<String> {
        let failed = |l: &str| l.strip_prefix("# failed: ip ").map(str::to_owned);
        block(who).0.lines().filter_map(failed).collect()
    };
    let (ours, theirs) = (refused("netplumb"), refused("ip"));
    if ours != theirs {
        tell("refused", format!("\n  ours: {ours:#?}\n    ip: {theirs:#?}\n{}", block("netplumb").0));
    }
    for made in ["ip", "netplumb"] {
        for command in COMMANDS {
            let [ours, theirs] = ["netplumb", "ip"].map(|who| block(&format!("{made} {who} {command}")));
            if ours.1 != theirs.1 {
                tell(command, format!("status {} instead of {} ({})", ours.1, theirs.1, ours.0));
            } else if ours.1 != "0" {
                // Both explain it in their own words.
            } else if command.contains("-j ") {
                let found = difference(&json(&ours.0, command), &json(&theirs.0, command), "");
                found.into_iter().for_each(|difference| tell(command, difference));
            } else if ours.0 != theirs.0 {
                tell(command, first_difference(&ours.0, &theirs.0));
            }
        }
    }
    for look in LOOKS {
        let [ours, theirs] = ["netplumb", "ip"].map(|who| {
            let mut value = json(&block(&format!("{who} ip {look}")).0, look);
            mask_addresses(&mut value);
            // Where routes are equal, those come first whose links came up first.
            if let Some(rows) = value.as_array_mut().filter(|_| look.contains("route")) {
                rows.sort_by_key(ToString::to_string);
            }
            value
        });
        let found = difference(&ours, &theirs, "");
        found.into_iter().for_each(|difference| tell(&format!("made, {look}"), difference));
    }
    let links = json(&block("ip ip -d -j link show").0, "ip").as_array().map_or(0, Vec::len);
    println!("{links} links, {} command lines compared", COMMANDS.len() * 2);
    assert!(links > 60, "{links} links are too few for a test of kinds: {text}");
    assert_eq!(bad, 0, "differences; what the VM printed is in {}", folder.0.display());
}
