//! The file of `--sim`: what commands do to it besides changing the state.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("netplumb-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(state: &Path, arguments: &[&str]) -> Output {
    let netplumb = env!("CARGO_BIN_EXE_netplumb");
    Command::new(netplumb).arg("--sim").arg(state).args(arguments).output().unwrap()
}

#[track_caller]
fn ok(state: &Path, arguments: &[&str]) -> String {
    let output = run(state, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn looking_leaves_the_file_as_it_is() {
    let directory = Directory::new("looking");
    let state = directory.file("state");
    ok(&state, &["link", "add", "d0", "type", "ifb"]);
    // A comment is what a rewritten file would not have.
    for by_hand in ["", "# Written by hand.\n"] {
        let text = fs::read_to_string(&state).unwrap() + by_hand;
        fs::write(&state, &text).unwrap();
        for look in [&["link", "show"][..], &["addr", "show"], &["route", "show", "table", "all"]] {
            ok(&state, look);
            assert_eq!(fs::read_to_string(&state).unwrap(), text, "{look:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_changed_file_keeps_its_permissions_and_its_place() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = Directory::new("place");
    let (state, link) = (directory.file("state"), directory.file("link"));
    File::create(&state).unwrap().set_permissions(PermissionsExt::from_mode(0o640)).unwrap();
    symlink("state", &link).unwrap();
    ok(&link, &["link", "add", "d0", "type", "ifb"]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(ok(&state, &["link", "show"]).contains("d0"));
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let directory = Directory::new("large");
    let state = directory.file("state");
    let size = (1 << 32) + 1;
    File::create(&state).unwrap().set_len(size).unwrap();
    let output = run(&state, &["link", "add", "d0", "type", "ifb"]);
    assert!(!output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("larger than"), "{output:?}");
    assert_eq!(fs::metadata(&state).unwrap().len(), size);
}
