//! The one loop.

use crate::link::{Block, Link};
use netplumb_core::Errno;
use netplumb_core::Instant;
use netplumb_core::machine::{Checksum, Machine, Received, Sender};
use std::io;

/// Bytes of the receive buffer: more than any message of rtnetlink. Dumps come in datagrams of at most 32 KiB, except
/// that a single larger object is sent whole: the length of an attribute has 16 bits, which bounds the largest
/// (`IFLA_VFINFO_LIST`) to 64 KiB. An error echoes a request of at most `Config::max_datagram` bytes. What is not used
/// of the buffer is never touched.
pub const RECEIVE_BUFFER: usize = 128 * 1024;

/// What a session waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// Nothing: [`Session::events`] has something to say.
    Ready,
    /// For the socket to become readable, or the deadline.
    Readable(Option<Instant>),
    /// For the socket to become writable (or readable), or the deadline.
    Writable(Option<Instant>),
    /// For nothing: no request is open. A socket with subscriptions may still become readable.
    Idle,
}

/// A machine on a link.
///
/// ```
/// # use netplumb_backends::*;
/// # use netplumb_core::machine::Machine;
/// fn drive<M: Machine, L: Link>(session: &mut Session<M, L>) -> std::io::Result<Wait> {
///     loop {
///         match session.pump()? {
///             Wait::Ready => for _event in session.events() { /* look at it */ },
///             wait => return Ok(wait), // come back when the socket is ready, or at the deadline
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Session<M, L> {
    machine: M,
    link: L,
    buffer: Box<[u8]>,
    filled: Option<Filled>,
}

/// What is in the buffer.
#[derive(Clone, Copy, Debug)]
struct Filled {
    len: usize,
    sender: Sender,
    truncated: bool,
    nsid: Option<i32>,
    checksum: Checksum,
}

impl<M: Machine, L: Link> Session<M, L> {
    /// Joins a machine and a link, with a receive buffer of [`RECEIVE_BUFFER`] bytes.
    pub fn new(machine: M, link: L) -> Self {
        Self::with_buffer(machine, link, vec![0; RECEIVE_BUFFER].into_boxed_slice())
    }

    /// The same with a receive buffer of the caller's. A smaller one makes the kernel send smaller dump datagrams; a
    /// single message that is larger is cut, which the machine reports.
    pub fn with_buffer(machine: M, link: L, buffer: Box<[u8]>) -> Self {
        Self { machine, link, buffer, filled: None }
    }

    /// The machine, to submit requests.
    pub fn machine(&mut self) -> &mut M {
        &mut self.machine
    }

    /// The link.
    pub fn link(&mut self) -> &mut L {
        &mut self.link
    }

    /// The link, to look at.
    pub fn link_ref(&self) -> &L {
        &self.link
    }

    /// Takes the session apart. Events of the last pump are processed without being told.
    pub fn into_parts(mut self) -> (M, L) {
        drop(self.events());
        (self.machine, self.link)
    }

    /// Does everything that needs no waiting: sends what is due, receives one datagram, lets timeouts happen.
    ///
    /// Call it again after the socket became ready, after the deadline, after events have been read, and after a
    /// request was submitted. Events that were not read by then are processed without being told.
    ///
    /// # Errors
    /// Those of the socket that say nothing about a single request.
    pub fn pump(&mut self) -> io::Result<Wait> {
        drop(self.events());
        loop {
            let blocked = self.transmit()?;
            if self.machine.has_events() {
                return Ok(Wait::Ready);
            }
            if let Some(wait) = self.receive(blocked)? {
                return Ok(wait);
            }
        }
    }

    /// The events of the last pump.
    pub fn events(&mut self) -> M::Input<'_, '_> {
        let now = self.link.now();
        let received = match self.filled.take() {
            None => Received::NOTHING,
            Some(filled) => Received {
                bytes: &self.buffer[..filled.len],
                sender: filled.sender,
                truncated: filled.truncated,
                nsid: filled.nsid,
                checksum: filled.checksum,
            },
        };
        self.machine.handle_input(now, received)
    }

    /// Sends what is due; whether the socket would block.
    fn transmit(&mut self) -> io::Result<bool> {
        while let Some(transmit) = self.machine.poll_transmit() {
            let outcome = match self.link.try_send(transmit) {
                Ok(()) => Ok(()),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => Err(e.raw_os_error().map(Errno).ok_or(e)?),
            };
            let now = self.link.now();
            self.machine.sent(now, outcome);
        }
        Ok(false)
    }

    /// Receives a datagram, or finds out what to wait for. `None`: go round again.
    fn receive(&mut self, blocked: bool) -> io::Result<Option<Wait>> {
        let now = match self.link.try_recv(&mut self.buffer) {
            Ok(received) => {
                self.filled = Some(Filled {
                    len: received.bytes.len(),
                    sender: received.sender,
                    truncated: received.truncated,
                    nsid: received.nsid,
                    checksum: received.checksum,
                });
                return Ok(Some(Wait::Ready));
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(e) if e.raw_os_error() == Some(Errno::ENOBUFS.0) => {
                let now = self.link.now();
                self.machine.handle_overrun(now);
                return Ok(None);
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.link.now(),
            Err(e) => return Err(e),
        };
        self.machine.handle_drained(now);
        let deadline = self.machine.poll_timeout().map(|(at, _)| at);
        if deadline.is_some_and(|at| at <= now) {
            self.machine.handle_timeout(now);
            return Ok(None);
        }
        if self.machine.has_events() || (!blocked && self.machine.poll_transmit().is_some()) {
            return Ok(None);
        }
        Ok(Some(match (blocked, self.machine.is_idle()) {
            (true, _) => Wait::Writable(deadline),
            (false, true) => Wait::Idle,
            (false, false) => Wait::Readable(deadline),
        }))
    }
}

impl<M: Machine, L: Block> Session<M, L> {
    /// Waits for the next events; `None` when no request is open any more.
    ///
    /// # Errors
    /// Those of [`pump`](Self::pump) and of waiting.
    pub fn wait(&mut self) -> io::Result<Option<M::Input<'_, '_>>> {
        loop {
            match self.pump()? {
                Wait::Ready => return Ok(Some(self.events())),
                Wait::Idle => return Ok(None),
                wait => self.link.block(wait)?,
            }
        }
    }

    /// Waits for the next events, also when no request is open: for sockets with subscriptions.
    ///
    /// # Errors
    /// Those of [`pump`](Self::pump) and of waiting.
    pub fn listen(&mut self) -> io::Result<M::Input<'_, '_>> {
        loop {
            match self.pump()? {
                Wait::Ready => return Ok(self.events()),
                Wait::Idle => self.link.block(Wait::Readable(None))?,
                wait => self.link.block(wait)?,
            }
        }
    }
}
