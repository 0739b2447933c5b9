//! Tests across the crates, in one binary.

mod arrows;
mod netns;
mod real;
