//! What the loop needs of a socket.

use crate::session::Wait;
use netplumb_core::Instant;
use netplumb_core::machine::{Received, Transmit};
use std::io;

/// A datagram socket that never waits.
pub trait Link {
    /// Sends one datagram.
    ///
    /// # Errors
    /// `WouldBlock` when it cannot be taken now; any other error with a number is told to the machine.
    fn try_send(&mut self, transmit: Transmit<'_>) -> io::Result<()>;

    /// Receives one datagram into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` when the queue is empty; `ENOBUFS` when messages were lost; others end the session.
    fn try_recv<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Received<'b>>;

    /// The time, on a clock that goes on while the machine sleeps.
    fn now(&self) -> Instant;
}

/// A link that knows how to wait.
pub trait Block: Link {
    /// Waits for what `wait` says, at most until its deadline. May return early.
    ///
    /// # Errors
    /// Those of `poll(2)`, and `TimedOut` of links that can tell that nothing will ever come.
    fn block(&mut self, wait: Wait) -> io::Result<()>;
}
