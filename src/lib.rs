//! netplumb: the network-configuration plumbing of a Unix host, as a sans-IO core with backends for real and simulated
//! kernels.
//!
//! ```no_run
//! use netplumb::{addr, blocking, link};
//!
//! # fn main() -> Result<(), netplumb::Error> {
//! let mut net = blocking::route()?;
//! for link in &net.dump(link::dump())? {
//!     println!("{}: {}", link.header().ifi_index, link.ifname().unwrap_or("?"));
//! }
//! net.execute(link::create("br0").bridge(|b| { b.ageing_time(30_000); }).up())?;
//! let bridge = net.get(link::get("br0"), |l| l.header().ifi_index)?.cast_unsigned();
//! net.execute(addr::add(bridge, "192.0.2.1/24".parse().expect("a prefix")))?;
//! if let Err(error) = net.execute(link::create("br0").kind("bridge")) {
//!     println!("{error}"); // RTM_NEWLINK: File exists
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The crates below: [`core`] (codecs and state machines, `no_std`), the backends (sessions over sockets), the
//! simulator (a deterministic kernel).

pub use netplumb_core as core;
pub use netplumb_core::conn;
pub use netplumb_core::family::{addr, common, link, neigh, route, rule};
pub use netplumb_core::request::{AsRequest, Request};
pub use netplumb_core::{Errno, Instant, machine, schema, wire};

#[cfg(feature = "blocking")]
pub use netplumb_backends::blocking;
#[cfg(feature = "sim")]
pub use netplumb_backends::sim;
#[cfg(any(feature = "blocking", feature = "sim"))]
pub use netplumb_backends::{
    Batched, Block, Client, Dump, Ended, Error, KernelError, Link, Part, Session, Transact, Wait,
};
#[cfg(feature = "sim")]
pub use netplumb_simulator as simulator;

/// The examples of the README, as tests.
#[cfg(all(doctest, feature = "blocking", feature = "sim"))]
#[doc = include_str!("../README.md")]
struct Readme;
