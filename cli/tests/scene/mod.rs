//! What the tests that look at a real namespace have in common.

use std::process::Command;

/// Words in front of numbers that change by themselves: timers, lifetimes, ages.
pub(crate) const VOLATILE: &[&str] = &[
    "gc_timer",
    "hello_timer",
    "tcn_timer",
    "topology_change_timer",
    "hold_timer",
    "forward_delay_timer",
    "message_age_timer",
    "valid_lft",
    "preferred_lft",
    "valid_life_time",
    "preferred_life_time",
    "expires",
    "used",
    "confirmed",
    "updated",
    "age",
];

/// Replaces numbers behind volatile words with `#`.
pub(crate) fn masked(text: &str) -> String {
    let mut out = text.to_owned();
    for word in VOLATILE {
        let mut result = String::with_capacity(out.len());
        let mut rest = out.as_str();
        while let Some(at) = rest.find(word) {
            let (before, after) = rest.split_at(at + word.len());
            result.push_str(before);
            let number = after.trim_start_matches(['"', ' ', ':']);
            let end =
                number.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '/').unwrap_or(number.len());
            // Only a whole word counts: "used" is not the end of "unused".
            let whole = before.len() == word.len()
                || !before[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            if whole && end > 0 && after.len() > number.len() {
                result.push('#');
                rest = &number[end..];
            } else {
                rest = after;
            }
        }
        result.push_str(rest);
        out = result;
    }
    out
}

pub(crate) fn first_difference(ours: &str, theirs: &str) -> String {
    for (n, (a, b)) in ours.lines().zip(theirs.lines()).enumerate() {
        if a != b {
            let at = a.bytes().zip(b.bytes()).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
            let cut = |text: &str| {
                let bytes =
                    &text.as_bytes()[at.saturating_sub(80).min(text.len())..(at + 120).min(text.len())];
                String::from_utf8_lossy(bytes).into_owned()
            };
            return format!("line {}, column {at}\n  ours: {:?}\n    ip: {:?}", n + 1, cut(a), cut(b));
        }
    }
    format!("{} lines instead of {}", ours.lines().count(), theirs.lines().count())
}

pub(crate) fn missing() -> Option<&'static str> {
    let works = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let version = Command::new("ip").arg("-V").output().ok();
    match version {
        None => return Some("there is no `ip`"),
        Some(output) if !String::from_utf8_lossy(&output.stdout).contains("iproute2-6.1") => {
            return Some("`ip` is not of iproute2 6.1, which is what is rendered");
        }
        Some(_) => {}
    }
    if !works("unshare", &["-n", "true"]) {
        return Some("no permission to make a network namespace");
    }
    if !works("python3", &["-V"]) {
        return Some("there is no python3");
    }
    None
}

#[test]
fn masking_hides_numbers_and_nothing_else() {
    let check = |text: &str, expected: &str| assert_eq!(masked(text), expected);
    check("gc_timer    0.06 x 5", "gc_timer# x 5");
    check("\"gc_timer\":0.06,\"a\":1", "\"gc_timer#,\"a\":1");
    check("unused 5 used 1/2/3probes 0", "unused 5 used#probes 0");
    check("\"used\":7,\"expires\":99", "\"used#,\"expires#");
    check("expires 99sec", "expires#sec");
}
