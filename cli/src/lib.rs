//! The `netplumb` command as a library: the command line of iproute2 to requests, and replies to its text and JSON.
//!
//! [`grammar`] understands command lines, [`show`] prints what kernels answer, and [`run`] puts a kernel between them.

#![forbid(unsafe_code)]

pub mod grammar;
pub mod names;
pub mod run;
pub mod schema;
pub mod show;
