//! A simulated kernel: rtnetlink as Linux has it, in memory, in virtual time, from a seed.
//!
//! A [`World`] holds network namespaces and netlink sockets. Bytes go in with [`World::send`] and come out with
//! [`World::recv`], the same bytes that Linux takes and gives: requests are validated by the tables of
//! `netplumb-core`, refused with Linux's error numbers and words, announced to the members of multicast groups, and
//! dumped in datagrams of at most 32 KiB through receive buffers that fill up and overflow.
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::request::AsRequest;
//! use netplumb_core::wire::{Ack, Message};
//! use netplumb_simulator::{NetnsId, SocketOptions, World};
//!
//! let mut world = World::new(7);
//! let socket = world.open(NetnsId(0), SocketOptions::default());
//! let request = link::create("lo").kind("bridge");
//! world.send(socket, request.message().unwrap()).unwrap();
//!
//! let mut buffer = [0; 1024];
//! let got = world.recv(socket, &mut buffer).unwrap();
//! let ack = Ack::parse(Message::parse(&buffer[..got.len]).unwrap()).unwrap().unwrap();
//! assert_eq!(ack.errno().unwrap().name(), Some("EEXIST"));
//! ```
//!
//! Nothing here reads a clock, starts a thread or draws from anything but the seed: the same seed and the same calls give
//! the same bytes, today and on another machine.
#![forbid(unsafe_code)]

mod check;
mod dump;
mod fault;
mod kernel;
mod policy;
mod refusal;
mod request;
mod rng;
pub mod save;
mod socket;
mod sysctl;
mod timer;
mod world;

pub use fault::Faults;
pub use rng::Rng;
pub use save::{LoadError, LoadFault};
pub use socket::{GROUP_MAX, Got, RCVBUF_DEFAULT, SocketId, SocketOptions};
pub use world::{NetnsId, World};
