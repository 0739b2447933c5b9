//! What the README promises about its examples.

/// The Rust examples: the real kernel's, then the simulated one's.
fn examples() -> Vec<Vec<&'static str>> {
    let text = include_str!("../../README.md");
    text.split("```rust")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().lines().skip(1).collect())
        .collect()
}

#[test]
fn quick_starts_are_short_and_differ_in_where_they_work() {
    let examples = examples();
    let [real, simulated] = &examples[..] else { panic!("{}", examples.len()) };
    assert!(real.len() <= 15, "{} lines", real.len());
    assert_eq!(real.len(), simulated.len());
    let differ: Vec<_> = real.iter().zip(simulated).filter(|(a, b)| a != b).map(|(a, _)| *a).collect();
    // The import follows from the line.
    assert_eq!(differ, ["use netplumb::{addr, blocking, link};", "    let mut net = blocking::route()?;"]);
}
