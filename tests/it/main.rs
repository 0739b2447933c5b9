//! Tests across the crates, in one binary.

mod allocations;
mod arrows;
mod both;
mod documents;
mod hostile;
mod netns;
mod other_protocol;
mod readme;
mod real;
mod regressions;
mod script;
mod sim;
