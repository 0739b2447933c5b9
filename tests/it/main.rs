//! Tests across the crates, in one binary.

mod allocations;
mod arrows;
mod documents;
mod hostile;
mod netns;
mod other_protocol;
mod readme;
mod real;
mod sim;
mod regressions;
mod script;
