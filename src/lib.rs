//! netplumb: the network-configuration plumbing of a Unix host.

pub use netplumb_core as core;
#[cfg(feature = "blocking")]
pub use netplumb_backends::blocking;
#[cfg(any(feature = "blocking", feature = "sim"))]
pub use netplumb_backends::{Batched, Block, Client, Dump, Ended, Error, KernelError, Link, Part, Session, Transact, Wait};
