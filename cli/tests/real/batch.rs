//! `-batch`, with and without `-force`.

use crate::{Folder, NETPLUMB, Ran, able, ran};
use std::process::Command;

/// Runs a batch in a fresh namespace, and says which of the dummy addresses are there then.
fn run(folder: &Folder, options: &str, text: &str) -> (Ran, String) {
    folder.write("batch", text);
    let file = folder.0.join("batch");
    let script = format!(
        "{NETPLUMB} {options} -b {}; echo status $? >&2; ip -4 -o addr show dev lo | awk '{{print $4}}' >&2",
        file.display()
    );
    let mut ran = ran(Command::new("unshare").args(["-n", "sh", "-c", &script]));
    let at = ran.err.find("status ").unwrap();
    let rest = ran.err.split_off(at);
    let (status, addresses) = rest.split_once('\n').unwrap();
    ran.status = status.trim_start_matches("status ").parse().unwrap();
    (ran, addresses.replace('\n', " ").trim().to_owned())
}

const FAILS: &str = "# a comment\n\
    addr add 127.0.0.1/32 dev lo\n\
    \n\
    addr add 127.0.0.1/32 dev lo\n\
    addr add 127.0.0.2/32 \\\n  dev lo # continued\n";

#[test]
fn a_batch_stops_at_its_first_failure_unless_forced() {
    if !able("a_batch_stops_at_its_first_failure_unless_forced") {
        return;
    }
    let folder = Folder::new("batch");
    let file = folder.0.join("batch").display().to_string();
    let exists = "Error: RTM_NEWADDR: File exists: ipv4: Address already assigned";
    let (ran, addresses) = run(&folder, "", FAILS);
    assert_eq!(ran.err, format!("{exists}\nCommand failed {file}:4\n"));
    assert_eq!((ran.status, addresses.as_str()), (1, "127.0.0.1/32"));

    let (ran, addresses) = run(&folder, "-force", FAILS);
    assert_eq!(ran.err, format!("{exists}\nCommand failed {file}:4\n"));
    assert_eq!((ran.status, addresses.as_str()), (1, "127.0.0.1/32 127.0.0.2/32"));
}

#[test]
fn lines_that_are_not_understood_are_failures_too() {
    if !able("lines_that_are_not_understood_are_failures_too") {
        return;
    }
    let folder = Folder::new("batch-lines");
    let file = folder.0.join("batch").display().to_string();
    let text = "addr add 127.0.0.1/32 dev lo\naddr frob\nlink set nope0 up\naddr add 127.0.0.2/32 dev 'lo'\n";
    let unknown = "Command \"frob\" is unknown, try \"netplumb address help\".";
    let (ran, addresses) = run(&folder, "", text);
    assert_eq!(ran.err, format!("{unknown}\nCommand failed {file}:2\n"));
    assert_eq!((ran.status, addresses.as_str()), (255, "127.0.0.1/32"));

    let (ran, addresses) = run(&folder, "-force", text);
    assert_eq!(
        ran.err,
        format!(
            "{unknown}\nCommand failed {file}:2\nCannot find device \"nope0\"\nCommand failed {file}:3\n"
        )
    );
    assert_eq!((ran.status, addresses.as_str()), (1, "127.0.0.1/32 127.0.0.2/32"));
}

/// Changes wait to be sent together; what comes behind them must see them done, whatever it is.
#[test]
fn a_batch_keeps_its_order() {
    if !able("a_batch_keeps_its_order") {
        return;
    }
    let folder = Folder::new("batch-order");
    let mut text = String::from("link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n");
    for n in 1..=50 {
        text += &format!("addr add 127.1.0.{n}/32 dev lo\n");
    }
    text += "-4 addr show\naddr del 127.1.0.1/32 dev lo\n-4 addr show\nlink set v0 name w0\n";
    text += "addr add 10.0.0.1/24 dev w0\naddr add 10.0.0.2/24 dev v0\n";
    // `ip` has no options in a batch either.
    text = text.replace("-4 addr", "addr");
    for options in ["-4 -o -force", "-4 -o"] {
        let (ran, addresses) = run(&folder, options, &text);
        assert_eq!(ran.out.matches("127.1.0.").count(), 50 + 49, "{options}");
        assert!(ran.err.starts_with("Cannot find device \"v0\"\nCommand failed"), "{}", ran.err);
        assert_eq!((ran.status, addresses.split(' ').count()), (1, 49), "{options}");
    }
}

#[test]
fn a_batch_comes_from_the_standard_input_too() {
    if !able("a_batch_comes_from_the_standard_input_too") {
        return;
    }
    let script = format!("printf 'link show lo\\nlink nope\\n' | {NETPLUMB} -br -batch -");
    let ran = ran(Command::new("unshare").args(["-n", "sh", "-c", &script]));
    assert_eq!((ran.out.lines().count(), ran.status), (1, 255));
    assert!(ran.err.ends_with("\nCommand failed -:2\n"), "{}", ran.err);
}
