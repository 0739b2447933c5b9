//! Exit statuses and error lines.

use crate::{NETPLUMB, Ran, able, netplumb, ran};
use std::io::Read;
use std::process::{Command, Stdio};

fn check(line: &str, status: i32, err: &str) {
    let expected = Ran { out: String::new(), err: format!("{err}\n"), status };
    assert_eq!(netplumb(line), expected, "netplumb {line}");
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_255_or_1() {
    check("nope", 1, "Object \"nope\" is unknown, try \"netplumb help\".");
    check("link nope", 255, "Command \"nope\" is unknown, try \"netplumb link help\".");
    check("-z link", 255, "Option \"-z\" is unknown, try \"netplumb -help\".");
    check("link set", 255, "Not enough information: \"dev\" argument is required.");
    check(
        "addr add 10.0.0.1/33 dev lo",
        1,
        "Error: any valid prefix is expected rather than \"10.0.0.1/33\".",
    );
    check("addr add 10.0.0.1/24", 1, "Not enough information: \"dev\" argument is required.");
    check("route flush", 1, "\"netplumb route flush\" requires arguments.");
    check("rule show pref x", 255, "Error: argument \"x\" is wrong: preference value is invalid");
    check("monitor nope", 255, "Argument \"nope\" is unknown, try \"netplumb monitor help\".");
    check("nexthop show", 1, "Object \"nexthop\" of iproute2 is not available in netplumb yet.");
    check(
        "-b /nonexistent/file",
        1,
        "Cannot open file \"/nonexistent/file\" for reading: No such file or directory",
    );
}

#[test]
fn a_device_that_is_not_there_ends_with_1() {
    check("link show dev nope0", 1, "Device \"nope0\" does not exist.");
    check("addr show nope0", 1, "Device \"nope0\" does not exist.");
    check("link set nope0 up", 1, "Cannot find device \"nope0\"");
    check("addr add 10.0.0.1/24 dev nope0", 1, "Cannot find device \"nope0\"");
    check("route show dev nope0", 1, "Cannot find device \"nope0\"");
    check(
        "link show a-name-that-is-longer-than-fifteen-bytes",
        1,
        "Device \"a-name-that-is-longer-than-fifteen-bytes\" does not exist.",
    );
}

#[test]
fn help_needs_no_kernel() {
    for line in [
        "help",
        "--help",
        "link help",
        "address help",
        "route --help",
        "rule help",
        "neigh help",
        "monitor help",
    ] {
        let ran = netplumb(line);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{line}");
        assert!(ran.out.starts_with("Usage: netplumb "), "{line}: {}", ran.out);
        assert!(ran.out.matches("netplumb").count() > 2, "{line} has no examples: {}", ran.out);
    }
    assert_eq!(netplumb("-V").out, concat!("netplumb ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// Runs `netplumb` as nobody in a network namespace.
fn as_nobody(line: &str) -> Ran {
    let nobody =
        ["-n", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"];
    ran(Command::new("unshare").args(nobody).arg(NETPLUMB).args(line.split_whitespace()))
}

#[test]
fn without_privileges_the_kernel_says_no_and_netplumb_says_what_is_needed() {
    if !able("without_privileges_the_kernel_says_no_and_netplumb_says_what_is_needed") {
        return;
    }
    let works = Command::new("setpriv").args(["--reuid", "65534", "--clear-groups", NETPLUMB, "-V"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no setpriv, or nobody may not read {NETPLUMB}");
        eprintln!("skipped: there is no setpriv, or nobody may not read {NETPLUMB}");
        return;
    }
    let hint = "Operation not permitted (needs CAP_NET_ADMIN in this network namespace); \
                with --sim netplumb works on a simulated kernel, without privileges";
    for (line, operation, status) in [
        ("link set lo up", "RTM_NEWLINK", 2),
        ("link add x0 type veth", "RTM_NEWLINK", 2),
        ("addr add 127.0.0.9/8 dev lo", "RTM_NEWADDR", 2),
        ("route add blackhole 10.0.0.0/8", "RTM_NEWROUTE", 2),
        ("rule add pref 7", "RTM_NEWRULE", 2),
        ("rule flush", "RTM_DELRULE", 255),
    ] {
        let expected = Ran { out: String::new(), err: format!("Error: {operation}: {hint}\n"), status };
        assert_eq!(as_nobody(line), expected, "{line}");
    }
    let shown = as_nobody("-br link show");
    assert_eq!((shown.status, shown.err.as_str()), (0, ""), "looking needs no privileges");
    assert!(shown.out.starts_with("lo"), "{}", shown.out);
}

#[test]
fn what_the_kernel_refuses_is_told_in_its_words() {
    if !able("what_the_kernel_refuses_is_told_in_its_words") {
        return;
    }
    let check = |line: &str, err: &str| {
        let script = format!("{NETPLUMB} addr add 127.0.0.2/8 dev lo; exec {NETPLUMB} {line}");
        let expected = Ran { out: String::new(), err: format!("{err}\n"), status: 2 };
        assert_eq!(ran(Command::new("unshare").args(["-n", "sh", "-c", &script])), expected, "{line}");
    };
    check("addr add 127.0.0.2/8 dev lo", "Error: RTM_NEWADDR: File exists: ipv4: Address already assigned");
    check("link add x0 type nosuch", "Error: RTM_NEWLINK: Operation not supported: Unknown device type");
    check("link set lo mtu -1", "Error: RTM_NEWLINK: Invalid argument: mtu less than device minimum");
    check("route del 10.0.0.0/8", "Error: RTM_DELROUTE: No such process");
    check("route get 10.0.0.1", "Error: RTM_GETROUTE: Network is unreachable");
}

#[test]
fn output_into_a_closed_pipe_ends_quietly() {
    for line in ["link show", "-j -s -s link show", "help"] {
        let mut child = Command::new("sh")
            .args(["-c", &format!("{NETPLUMB} {line}; echo $? >&2")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before anything was read: the first write fails.
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        child.wait().unwrap();
        assert_eq!(err, "0\n", "{line}");
    }
}

#[test]
fn bash_completes_command_lines() {
    let script = "eval \"$(\"$0\" completions bash)\"; netplumb() { command \"$tool\" \"$@\"; }; tool=$0
        ask() { COMP_WORDS=(netplumb \"$@\"); COMP_CWORD=$#; _netplumb; echo \"${COMPREPLY[*]}\"; }
        ask li; ask link se; ask -d link show dev l; ask route add 192.0.2.0/24 vi; ask nothing ''";
    let ran = ran(Command::new("unshare").args(["-rn", "bash", "-c", script, NETPLUMB]));
    if ran.err.starts_with("unshare") {
        eprintln!("skipped: bash_completes_command_lines: {}", ran.err);
        return;
    }
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("link\nset\nlo\nvia\n\n", ""));
    assert_eq!(netplumb("completions nosh").status, 255);
    for (shell, checker) in [("bash", "bash"), ("zsh", "zsh"), ("fish", "fish")] {
        let script = netplumb(&format!("completions {shell}"));
        assert!(script.out.contains("netplumb complete -- "), "{shell}");
        // Where the shell is there, it also has to understand the script.
        let mut check = Command::new(checker);
        match check.arg("-n").arg("-c").arg(&script.out).output() {
            Ok(output) => {
                assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
            }
            Err(_) => eprintln!("skipped: there is no {checker} to read its script"),
        }
    }
}

/// In a mount namespace of its own, so that the name is seen nowhere else.
#[test]
fn commands_work_in_a_named_namespace() {
    if !able("commands_work_in_a_named_namespace") {
        return;
    }
    let script = "mkdir -p /run/netns && mount -t tmpfs none /run/netns && touch /run/netns/blue || exit 9
        unshare --net=/run/netns/blue true || exit 9
        $0 -n blue link add v0 type veth peer name v1 && $0 -n blue addr add 10.0.0.1/24 dev v0
        $0 -n blue route flush cache || echo flush $?
        $0 -br link | wc -l; $0 -n blue -br link | wc -l; $0 -n blue -4 -o addr | grep -c 10.0.0.1
        $0 link add w0 type veth peer name w1 && $0 link set w1 netns blue && $0 -n blue link show w1 | head -n1
        $0 link show w0 | grep -o 'link-netns blue'
        $0 -n blue link set v1 netns $$ && $0 link add w2 link-netns blue type vxlan id 7 dstport 0 && $0 link show w2 |
            grep -o 'link-netns blue'
        $0 -n green link; echo $?";
    let ran = ran(Command::new("unshare").args(["-nm", "sh", "-c", script, NETPLUMB]));
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[..3], ["1", "3", "1"], "{ran:?}");
    assert!(lines[3].contains(" w1@if"), "{ran:?}");
    assert_eq!(lines[4..], ["link-netns blue", "link-netns blue", "255"], "{ran:?}");
    let err = "Error: cannot open network namespace \"green\": No such file or directory\n";
    assert_eq!(ran.err, err);
}
