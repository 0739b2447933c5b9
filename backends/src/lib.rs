//! Kernels for netplumb: the one loop that performs socket I/O, and the sockets it drives.
//!
//! [`Session`] joins a protocol machine (netlink's is [`Connection`](netplumb_core::conn::Connection)) to a [`Link`],
//! and [`Session::pump`] is the only place of the workspace that moves datagrams. Everything else differs in how it
//! *waits*: [`blocking`] with `poll(2)`, `sim` by letting virtual time pass.
//!
//! [`Client`] puts requests with a reply type on top: [`execute`](Client::execute), [`get`](Client::get),
//! [`dump`](Client::dump), [`batch`](Client::batch).

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
#[cfg(feature = "blocking")]
mod clock;
mod error;
mod link;
pub mod session;
#[cfg(feature = "sim")]
pub mod sim;
#[cfg(feature = "blocking")]
pub mod sys;

pub use client::{Batched, Client, Dump, Ended, Part, Replies, Transact};
pub use error::{Error, KernelError};
pub use link::{Block, Link};
pub use session::{Session, Wait};
