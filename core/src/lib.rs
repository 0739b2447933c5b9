//! The sans-IO core of netplumb.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod bytes;
mod errno;
pub mod family;
pub mod schema;
mod time;
pub mod wire;

pub use errno::Errno;
pub use time::Instant;
