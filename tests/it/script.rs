//! A link that answers by a script: what a kernel would send, without one.

use netplumb::conn::Config;
use netplumb::core::family::ROUTE;
use netplumb::machine::{Received, Transmit};
use netplumb::wire::{Message, Messages, NLM_F_CAPPED, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, Writer};
use netplumb::{Block, Client, Errno, Instant, Link, Wait};
use std::collections::VecDeque;
use std::io;

/// The port of scripted connections.
pub(crate) const PORT: u32 = 4711;

/// What the socket has next.
pub(crate) enum Next {
    Datagram(Vec<u8>),
    /// `ENOBUFS`: messages were lost.
    Overrun,
}

/// The receive queue of a scripted socket.
#[derive(Default)]
pub(crate) struct Queue(VecDeque<Next>);

impl Queue {
    pub(crate) fn datagram(&mut self, parts: impl IntoIterator<Item = Vec<u8>>) {
        self.0.push_back(Next::Datagram(parts.into_iter().flatten().collect()));
    }
    pub(crate) fn overrun(&mut self) {
        self.0.push_back(Next::Overrun);
    }
}

/// A message as the kernel sends it to us.
pub(crate) fn message(kind: u16, flags: u16, seq: u32, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut w = Writer::new(&mut buffer);
    assert!(w.message(kind, flags, seq, PORT, fill));
    w.finish().unwrap().to_vec()
}

/// A part of a dump.
pub(crate) fn part(kind: u16, flags: u16, seq: u32, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    message(kind, NLM_F_MULTI | flags, seq, fill)
}

/// The end of a dump.
pub(crate) fn done(seq: u32) -> Vec<u8> {
    message(NLMSG_DONE, NLM_F_MULTI, seq, |w| w.bytes(&[0; 4]))
}

/// An acknowledgement; an error when `errno` is not 0.
pub(crate) fn ack(request: Message<'_>, errno: i32) -> Vec<u8> {
    let flags = if errno == 0 { NLM_F_CAPPED } else { 0 };
    message(NLMSG_ERROR, flags, request.seq(), |w| {
        w.bytes(&(-errno).to_ne_bytes());
        w.bytes(if errno == 0 { &request.bytes()[..16] } else { request.bytes() });
    })
}

/// A socket whose answers `answer` makes, one request after the other.
pub(crate) struct Script<F> {
    answer: F,
    pub(crate) queue: Queue,
    /// Datagrams sent.
    pub(crate) sends: usize,
}

impl<F: FnMut(Message<'_>, &mut Queue)> Script<F> {
    pub(crate) fn new(answer: F) -> Self {
        Self { answer, queue: Queue::default(), sends: 0 }
    }

    /// A client on such a socket.
    pub(crate) fn client(answer: F) -> Client<Self> {
        Client::new(&ROUTE, Self::new(answer), Config::new(PORT))
    }
}

impl<F: FnMut(Message<'_>, &mut Queue)> Link for Script<F> {
    fn try_send(&mut self, transmit: Transmit<'_>) -> io::Result<()> {
        self.sends += 1;
        for request in Messages::new(transmit.bytes) {
            (self.answer)(request.expect("whole messages are sent"), &mut self.queue);
        }
        Ok(())
    }

    fn try_recv<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Received<'b>> {
        match self.queue.0.pop_front() {
            None => Err(io::ErrorKind::WouldBlock.into()),
            Some(Next::Overrun) => Err(io::Error::from_raw_os_error(Errno::ENOBUFS.0)),
            Some(Next::Datagram(bytes)) => {
                let len = bytes.len().min(buffer.len());
                buffer[..len].copy_from_slice(&bytes[..len]);
                let truncated = len < bytes.len();
                Ok(Received { truncated, ..Received::from_kernel(&buffer[..len]) })
            }
        }
    }

    fn now(&self) -> Instant {
        Instant::ZERO
    }
}

impl<F: FnMut(Message<'_>, &mut Queue)> Block for Script<F> {
    fn block(&mut self, _: Wait) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::TimedOut, "the script has nothing more to say"))
    }
}
