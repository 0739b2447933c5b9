//! The `netplumb` command against `ip` of iproute2 6.1 on the same kernel, in network namespaces of their own.
//!
//! Needs root (for `unshare -n`), `ip` and `python3`; says `skipped:` without them. `vm` needs QEMU besides.

mod batch;
mod change;
mod compare;
mod monitor;
#[path = "../scene/mod.rs"]
mod scene;
mod status;
mod vm;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command under test.
const NETPLUMB: &str = env!("CARGO_BIN_EXE_netplumb");

/// A folder for the files of one test. It stays when the test fails, to be looked at.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("real.{name}.{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        let path = self.0.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }
}

/// Whether the machine can run these tests; says why not.
fn able(test: &str) -> bool {
    let why = scene::missing();
    if let Some(why) = why {
        // Standard error is shown even when tests are captured, in nextest and with --nocapture.
        eprintln!("skipped: {test}: {why}");
        println!("skipped: {test}: {why}");
    }
    why.is_none()
}

/// Runs a script of this folder in a fresh network namespace; returns what it printed.
fn in_namespace(script: &str, arguments: &[&str]) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real");
    let output = Command::new("unshare")
        .args(["-n", "bash"])
        .arg(here.join(script))
        .args(arguments)
        .env("NETPLUMB", NETPLUMB)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {}\n{out}\n{err}", output.status);
    out.into_owned()
}

/// What a command line did.
#[derive(PartialEq, Eq, Debug)]
struct Ran {
    out: String,
    err: String,
    status: i32,
}

/// Runs `netplumb` in this namespace.
fn netplumb(line: &str) -> Ran {
    ran(Command::new(NETPLUMB).args(line.split_whitespace()))
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().unwrap(),
    }
}

/// Members of JSON objects whose values change by themselves.
fn volatile(key: &str) -> bool {
    // Counters of traffic, and what is inside them.
    scene::VOLATILE.contains(&key) || ["stats64", "stats", "rx", "tx"].contains(&key)
}

/// Takes away what changes between two looks; that it is there, and what it consists of, stays.
fn mask(value: &mut Value, inside: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, inside)),
        Value::Object(members) => {
            for (key, member) in members {
                mask(member, inside || volatile(key));
            }
        }
        Value::Number(_) if inside => *value = Value::Null,
        _ => {}
    }
}

/// The value of a JSON text, masked.
fn json(text: &str, of: &str) -> Value {
    let mut value =
        serde_json::from_str(text).unwrap_or_else(|e| panic!("{of} printed no JSON ({e}): {text}"));
    mask(&mut value, false);
    value
}

/// Where two values differ, for a person to read.
fn difference(ours: &Value, theirs: &Value, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(n, (a, b))| difference(a, b, &format!("{at}[{n}]")))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, member)| difference(member, &b[key], &format!("{at}.{key}")))
        }
        _ if ours == theirs => None,
        _ => Some(format!("at {at}:\n  ours: {ours}\n    ip: {theirs}")),
    }
}

#[test]
fn masking_hides_what_moves_and_nothing_else() {
    let text = r#"[{"stats64":{"rx":{"bytes":1}},"mtu":5,"gc_timer":7,"used":"x"}]"#;
    let expected = r#"[{"stats64":{"rx":{"bytes":null}},"mtu":5,"gc_timer":null,"used":"x"}]"#;
    assert_eq!(json(text, ""), serde_json::from_str::<Value>(expected).unwrap());
    let (a, b) = (serde_json::json!([{"a": [1, 2]}]), serde_json::json!([{"a": [1, 3]}]));
    assert_eq!(difference(&a, &b, "").unwrap(), "at [0].a[1]:\n  ours: 2\n    ip: 3");
    assert_eq!(difference(&a, &a, ""), None);
}
