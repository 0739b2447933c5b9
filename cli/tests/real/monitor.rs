//! Watching changes.

use crate::scene::{first_difference, masked};
use crate::{Folder, NETPLUMB, able, in_namespace};
use serde_json::Value;
use std::process::Command;

/// What `ip` and `netplumb` watch at the same time.
const WATCHES: &[&str] = &[
    "monitor link address route neigh rule",
    "-d monitor link address route neigh rule",
    "-o monitor link address label",
    "-4 monitor address route rule label",
    "-6 monitor route",
    "monitor dev u0 link address neigh",
    "-s monitor neigh link label",
    "-N monitor rule route",
];

#[test]
fn changes_are_printed_as_ip_does() {
    if !able("changes_are_printed_as_ip_does") {
        return;
    }
    let folder = Folder::new("monitor");
    folder.write("watches", &(WATCHES.join("\n") + "\n"));
    in_namespace("monitor.sh", &[folder.0.to_str().unwrap()]);
    let mut bad = 0;
    for (n, watch) in WATCHES.iter().enumerate() {
        let file = |end: &str| folder.read(&format!("{}.{end}", n + 1));
        let (ours, theirs) = (masked(&file("ours")), masked(&file("ip")));
        assert!(theirs.lines().count() > 1, "ip {watch} saw nothing");
        assert_eq!(file("error"), "", "{watch}");
        if ours != theirs {
            bad += 1;
            println!("{watch}: {}", first_difference(&ours, &theirs));
        }
    }
    assert_eq!(bad, 0, "what was printed is in {}", folder.0.display());
}

/// Runs `netplumb monitor` in a fresh namespace while a shell makes changes; what it printed, and its errors.
fn watch(folder: &Folder, arguments: &str, changes: &str) -> (String, String) {
    let script = format!(
        "cd {}; {NETPLUMB} {arguments} >out 2>err & sleep 1; {changes}; sleep 1; kill $!",
        folder.0.display()
    );
    assert!(Command::new("unshare").args(["-n", "bash", "-c", &script]).status().unwrap().success());
    (folder.read("out"), folder.read("err"))
}

/// (`ip` 6.1 goes on with the old name.)
#[test]
fn a_renamed_link_has_its_new_name() {
    if !able("a_renamed_link_has_its_new_name") {
        return;
    }
    let folder = Folder::new("monitor-rename");
    let changes = "ip link add v0 type veth peer name v1; ip link set v0 name w0; \
                   ip addr add 10.0.0.1/24 dev w0; ip link del w0";
    let (out, err) = watch(&folder, "-4 monitor address", changes);
    assert_eq!(err, "");
    assert!(out.contains(" w0    inet 10.0.0.1/24 scope global w0\n"), "{out}");
    assert!(!out.contains("mtu"), "links are not printed: {out}");
}

#[test]
fn json_is_one_object_a_line() {
    if !able("json_is_one_object_a_line") {
        return;
    }
    let folder = Folder::new("monitor-json");
    let changes = "ip link add v0 type veth peer name v1; ip rule add pref 7 table 9; ip link del v0";
    let (out, err) = watch(&folder, "-j -t monitor link rule", changes);
    assert_eq!(err, "");
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let seen = |event: &str, key: &str, value: Value| {
        events.iter().any(|e| e["event"] == event && e[key] == value && e["timestamp"].as_str().is_some())
    };
    assert!(seen("link", "ifname", "v1".into()), "{out}");
    assert!(seen("rule", "priority", 7.into()), "{out}");
    assert!(seen("link", "deleted", true.into()), "{out}");
}

#[test]
fn times_are_local_ones() {
    if !able("times_are_local_ones") {
        return;
    }
    let folder = Folder::new("monitor-time");
    for (option, begins, form) in [("-t", "Timestamp: ", "+%a %b %e %H:"), ("-ts", "[", "+%Y-%m-%dT%H:")] {
        let changes =
            format!("export TZ=UTC-5; date '{form}' >before; ip rule add pref 7; date '{form}' >after");
        let (out, err) = {
            let arguments = format!("{option} monitor rule");
            let script = format!(
                "cd {}; TZ=UTC-5 {NETPLUMB} {arguments} >out 2>err & sleep 1; {changes}; sleep 1; kill $!",
                folder.0.display()
            );
            assert!(Command::new("unshare").args(["-n", "bash", "-c", &script]).status().unwrap().success());
            (folder.read("out"), folder.read("err"))
        };
        assert_eq!(err, "");
        // One of them holds when the hour ends in between.
        let starts = |file: &str| out.starts_with(&format!("{begins}{}", folder.read(file).trim_end()));
        assert!(starts("before") || starts("after"), "{option}: {out}");
        assert!(out.contains("7:\tfrom all lookup main"), "{out}");
    }
}

/// A receive buffer that is too small for a burst: the watcher says so, and knows the names of links afterwards that it
/// never heard of.
#[test]
fn an_overrun_is_told_and_healed() {
    if !able("an_overrun_is_told_and_healed") {
        return;
    }
    let folder = Folder::new("monitor-overrun");
    let burst = "kill -STOP $!; for n in $(seq 30); do ip link add a$n type veth peer name b$n; done; \
                 kill -CONT $!; sleep 1; ip addr add 10.0.0.1/24 dev b30";
    let (out, err) = watch(&folder, "-rcvbuf 4096 monitor link address", burst);
    assert!(err.contains("Warning: changes were lost: "), "{err}");
    let made = out.matches("state DOWN").count();
    assert!(made < 60, "nothing was lost, {made} links were seen");
    assert!(out.contains(" b30    inet 10.0.0.1/24 scope global b30"), "{out}");
}
