//! Network namespaces for tests: each test gets its own, none touches the one it was started in.

use std::process::Command;

/// Runs `test` in a fresh network namespace, on a thread of its own.
///
/// Without root the test binary runs itself again for this one test in a user namespace (`unshare -rn`); where that is
/// forbidden the test is skipped, aloud.
pub(crate) fn in_netns(name: &str, test: impl FnOnce() + Send + 'static) {
    if !nix::unistd::geteuid().is_root() {
        return in_user_namespace(name);
    }
    let thread = std::thread::Builder::new().name(name.to_owned());
    let handle = thread
        .spawn(|| {
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET).expect("root may unshare");
            test();
        })
        .expect("a thread");
    if let Err(panic) = handle.join() {
        std::panic::resume_unwind(panic);
    }
}

fn in_user_namespace(name: &str) {
    let works = Command::new("unshare").args(["-rn", "true"]).status().is_ok_and(|s| s.success());
    if !works {
        eprintln!("SKIPPED {name}: needs root, and user namespaces are not allowed here");
        println!("SKIPPED {name}: needs root, and user namespaces are not allowed here");
        return;
    }
    let binary = std::env::current_exe().expect("the test binary");
    let status =
        Command::new("unshare").arg("-rn").arg(binary).args(["--exact", name, "--nocapture"]).status();
    assert!(status.is_ok_and(|s| s.success()), "{name} failed in a user namespace");
}

/// Runs `ip` with these arguments; panics with its words when it fails.
pub(crate) fn ip(arguments: &str) -> String {
    let output =
        Command::new("ip").args(arguments.split_whitespace()).output().expect("iproute2 is installed");
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("ip prints UTF-8")
}
