//! The sans-IO core of netplumb.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod bytes;
pub mod conn;
mod errno;
pub mod family;
pub mod machine;
pub mod request;
pub mod schema;
mod time;
pub mod wire;

pub use errno::Errno;
pub use time::Instant;
