//! The shape that every protocol machine of this crate has.
//!
//! A machine is fed with what a socket received and asked for what should be sent; it never touches the socket.
//! A loop that drives one needs nothing else than this trait: see `Session` in `netplumb-backends`, which is that
//! loop for netlink, and will be it for PF_ROUTE and raw DHCP sockets.
//!
//! The order of calls is free. After *any* call, [`poll_transmit`](Machine::poll_transmit),
//! [`poll_timeout`](Machine::poll_timeout) and [`has_events`](Machine::has_events) may have new answers.
//!
//! ```
//! use netplumb_core::Instant;
//! use netplumb_core::machine::{Machine, Received};
//!
//! /// Everything that needs no waiting, for whatever machine and socket.
//! fn drive<M: Machine>(
//!     machine: &mut M,
//!     now: Instant,
//!     mut send: impl FnMut(&[u8]),
//!     mut receive: impl FnMut() -> Option<Vec<u8>>,
//!     mut tell: impl FnMut(M::Event<'_>),
//! ) {
//!     loop {
//!         while let Some(transmit) = machine.poll_transmit() {
//!             send(transmit.bytes);
//!             machine.sent(now, Ok(()));
//!         }
//!         match receive() {
//!             Some(datagram) => machine.handle_input(now, Received::from_kernel(&datagram)).for_each(&mut tell),
//!             None if machine.has_events() => machine.handle_input(now, Received::NOTHING).for_each(&mut tell),
//!             None => break machine.handle_drained(now),
//!         }
//!     }
//! }
//! # use netplumb_core::conn::{Config, Connection, Expect};
//! # use netplumb_core::{family::link, request::AsRequest};
//! # let mut conn = Connection::<_, 2>::new([0; 256], Config::new(1));
//! # conn.submit(link::get("lo").message().unwrap(), Expect::Reply).unwrap();
//! # let mut sent = 0;
//! # drive(&mut conn, Instant::ZERO, |bytes| sent += bytes.len(), || None, |_| ());
//! # assert_eq!(sent, 40);
//! ```

use crate::errno::Errno;
use crate::time::Instant;

/// A protocol as a state machine without I/O.
pub trait Machine {
    /// What the machine tells its user. Borrows the received datagram only.
    type Event<'d>;

    /// The events of one datagram. Dropping it early processes the rest of the datagram without telling.
    type Input<'c, 'd>: Iterator<Item = Self::Event<'d>>
    where
        Self: 'c;

    /// The next datagram to send, if there is one. Asked again before [`sent`](Self::sent), it is the same one.
    fn poll_transmit(&mut self) -> Option<Transmit<'_>>;

    /// What became of the last datagram of [`poll_transmit`](Self::poll_transmit). Not called when the socket
    /// would block: the datagram stays due.
    fn sent(&mut self, now: Instant, outcome: Result<(), Errno>);

    /// Takes in what a socket received. With [`Received::NOTHING`] it yields what the machine has to say by itself.
    fn handle_input<'c, 'd>(&'c mut self, now: Instant, received: Received<'d>) -> Self::Input<'c, 'd>;

    /// The socket lost messages (`ENOBUFS` from netlink, `RTM_DESYNC` from OpenBSD).
    fn handle_overrun(&mut self, now: Instant);

    /// The receive queue was found empty.
    fn handle_drained(&mut self, now: Instant);

    /// When [`handle_timeout`](Self::handle_timeout) is due, and what for.
    fn poll_timeout(&self) -> Option<(Instant, Reason)>;

    /// Lets time pass. Calling it too early or for nothing is harmless.
    fn handle_timeout(&mut self, now: Instant);

    /// Whether the machine has something to say without further input: then `handle_input` with
    /// [`Received::NOTHING`] yields it.
    fn has_events(&self) -> bool;

    /// Whether nothing is under way: no request open, nothing to send, nothing to say.
    fn is_idle(&self) -> bool;
}

/// Why a deadline exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// A request has had no answer for long.
    Silence,
    /// Something is to be sent (again).
    Retransmit,
    /// A lease, an address or a cache entry ends.
    Expiry,
}

/// A datagram to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Transmit<'t> {
    /// The bytes.
    pub bytes: &'t [u8],
    /// Where to.
    pub to: Destination,
}

/// Where a datagram goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Destination {
    /// The kernel: netlink port 0, or a PF_ROUTE socket.
    Kernel,
    /// A netlink port and multicast groups (bit mask of 1 to 32).
    Netlink {
        /// Port id.
        port: u32,
        /// Groups.
        groups: u32,
    },
    /// A link-layer address on an interface (packet sockets).
    Link {
        /// Interface index.
        index: u32,
        /// Link-layer address, zero-padded.
        address: [u8; 8],
        /// Bytes of it that count.
        len: u8,
    },
}

/// A received datagram and what the socket said about it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'d> {
    /// The bytes.
    pub bytes: &'d [u8],
    /// Who sent it.
    pub sender: Sender,
    /// Whether the datagram was longer than the buffer (`MSG_TRUNC`); the rest is lost.
    pub truncated: bool,
    /// The network namespace it came from, on a socket that listens to all of them; `None` for its own.
    pub nsid: Option<i32>,
    /// What is known of the transport checksum (packet sockets).
    pub checksum: Checksum,
}

impl<'d> Received<'d> {
    /// No datagram: lets a machine say what it has to say by itself.
    pub const NOTHING: Received<'static> = Received::from_kernel(&[]);

    /// A whole datagram from the kernel.
    pub const fn from_kernel(bytes: &'d [u8]) -> Self {
        Self { bytes, sender: Sender::Kernel, truncated: false, nsid: None, checksum: Checksum::Unknown }
    }
}

/// Who sent a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Sender {
    /// The kernel (netlink port 0).
    Kernel,
    /// A process with this netlink port: it may say anything.
    Port(u32),
    /// A station on a link.
    Link {
        /// Interface index.
        index: u32,
    },
}

/// What a packet socket knows about a checksum (`PACKET_AUXDATA`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Checksum {
    /// Nothing: verify it.
    #[default]
    Unknown,
    /// It was verified (`TP_STATUS_CSUM_VALID`).
    Valid,
    /// The sending host has not filled it in yet (`TP_STATUS_CSUMNOTREADY`): it cannot be right.
    NotReady,
}
