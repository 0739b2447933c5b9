//! The sans-IO core of netplumb: netlink without a socket.
//!
//! A protocol is a state machine that is *fed* what a socket received and *asked* what to send. Whoever has a socket, or an
//! event loop, or a simulated kernel, drives it; nothing here waits, allocates, or knows what time it is.
//!
//! # The run loop
//!
//! ```
//! use netplumb_core::conn::{Config, Connection, Event};
//! use netplumb_core::family::addr::{self, Addr};
//! use netplumb_core::machine::{Machine, Received};
//! use netplumb_core::request::AsRequest;
//! use netplumb_core::{Instant, bytes};
//!
//! # #[cfg(target_endian = "little")] {
//! // The socket's port id, as getsockname(2) gives it. The bytes are where requests wait to be sent.
//! let mut conn = Connection::<_, 8>::new([0; 1024], Config::new(29262));
//! let request = addr::dump();
//! let id = conn.submit(request.message().unwrap(), request.expect()).unwrap();
//!
//! // 1. Send what is due, and tell the machine what became of it.
//! let now = Instant::from_ns(1_000);
//! let mut seq = [0; 4];
//! while let Some(transmit) = conn.poll_transmit() {
//!     seq = bytes::at(transmit.bytes, 8).unwrap(); // here: sendto(2)
//!     conn.sent(now, Ok(()));
//! }
//!
//! // 2. Receive a datagram, and give it to the machine. This is what Linux 6.18 sent: 127.0.0.1/8 of `lo`, and the end.
//! let mut datagram = [
//!     76, 0, 0, 0, 20, 0, 2, 0, 1, 0, 0, 0, 78, 114, 0, 0, // nlmsghdr: length, RTM_NEWADDR, flags, sequence, port
//!     2, 8, 128, 254, 1, 0, 0, 0, // ifaddrmsg
//!     8, 0, 1, 0, 127, 0, 0, 1, 8, 0, 2, 0, 127, 0, 0, 1, 7, 0, 3, 0, 108, 111, 0, 0, 8, 0, 8, 0, 128, 0, 0, 0, 20, 0, 6, 0,
//!     255, 255, 255, 255, 255, 255, 255, 255, 55, 146, 6, 0, 55, 146, 6, 0, // attributes
//!     20, 0, 0, 0, 3, 0, 2, 0, 1, 0, 0, 0, 78, 114, 0, 0, 0, 0, 0, 0, // NLMSG_DONE
//! ];
//! datagram[8..12].copy_from_slice(&seq); // recorded with another sequence number
//! datagram[84..88].copy_from_slice(&seq);
//!
//! // 3. The events borrow the datagram, not the machine: nothing is copied.
//! let mut seen = Vec::new();
//! for event in conn.handle_input(now, Received::from_kernel(&datagram)) {
//!     match event {
//!         Event::Reply(of, message) => {
//!             assert_eq!(of, id);
//!             let addr = Addr::new(message.payload()).unwrap();
//!             seen.push((addr.label(), addr.local(), addr.header().ifa_prefixlen));
//!         }
//!         Event::Finished(of, outcome) => assert!(of == id && outcome.is_ok()),
//!         other => panic!("{other:?}"),
//!     }
//! }
//! assert_eq!(seen, [(Some("lo"), Some([127, 0, 0, 1].into()), 8)]);
//!
//! // 4. Nothing received: say so. Then wait for the socket, at most until the deadline.
//! conn.handle_drained(now);
//! assert!(conn.poll_timeout().is_none() && conn.is_idle());
//! # }
//! ```
//!
//! An error of the socket is an input, too: `ENOBUFS` is [`handle_overrun`](machine::Machine::handle_overrun). In
//! `netplumb-backends`, `Session::pump` is this loop, and the only one.
//!
//! # The map
//!
//! * [`machine`]: the shape of a protocol machine, and [`conn`]: netlink's, with batches, dumps that start over, and fences.
//! * [`wire`]: messages, attributes, acknowledgements, and the writer. [`mod@bytes`] has the integers below.
//! * [`schema`]: attribute sets as tables, and everything that interprets them: `Debug`, [JSON](schema::json),
//!   [validation](schema::check), [paths from offsets](schema::locate), [comparison](schema::diff()),
//!   [generation](schema::generate). The macros [`attrs!`], [`fixed!`], [`open_enum!`] and [`flags!`] define them.
//! * [`family`]: the sets and message types that there are: [links](family::link), [addresses](family::addr),
//!   [routes](family::route), [rules](family::rule), [neighbours](family::neigh).
//! * [`request`]: requests as values, which any session can carry out.
//! * [`Errno`] and [`Instant`]: numbers with a meaning.
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
