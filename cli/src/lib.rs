//! The `netplumb` command as a library: the command line of iproute2 to requests, and replies to its text and JSON.

pub mod grammar;
pub mod names;
pub mod schema;
pub mod show;
