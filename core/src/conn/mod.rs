//! A netlink connection: requests out, replies and notifications in, nothing lost silently.
//!
//! [`Connection`] ties replies to requests by sequence number, knows when a request has ended, restarts dumps that
//! the kernel marked as inconsistent, keeps batches small enough for the receive buffer, and finds out after an
//! overrun which acknowledgements are gone. It works on storage of the caller and never allocates.
//!
//! ```
//! use netplumb_core::conn::{Config, Connection, Event, Expect};
//! use netplumb_core::machine::{Machine, Received};
//! use netplumb_core::{Instant, wire::Writer};
//!
//! let mut conn = Connection::<_, 8>::new([0; 1024], Config::new(4711));
//! let mut request = [0; 64];
//! let mut w = Writer::new(&mut request);
//! w.message(18, 0x301, 0, 0, |w| w.zeros(16)); // RTM_GETLINK, a dump
//! let id = conn.submit(w.finish().unwrap(), Expect::Dump).unwrap();
//!
//! let now = Instant::ZERO;
//! let seq = netplumb_core::wire::Messages::new(conn.poll_transmit().unwrap().bytes).next().unwrap().unwrap().seq();
//! conn.sent(now, Ok(()));
//!
//! let mut answer = [0; 64]; // what a socket would have received: an empty dump
//! let mut w = Writer::new(&mut answer);
//! w.message(3, 2, seq, 4711, |w| w.zeros(4));
//! let events: Vec<_> = conn.handle_input(now, Received::from_kernel(w.finish().unwrap())).collect();
//! assert!(matches!(events[..], [Event::Finished(done, Ok(_))] if done == id));
//! assert!(conn.is_idle());
//! ```

mod batch;
mod drive;
mod event;
mod input;
mod slot;
mod store;
#[cfg(test)]
mod tests;

pub use batch::{Batch, Submitted};
pub use event::{Cause, Event, Failure, Success};
pub use input::Input;

use crate::errno::Errno;
use crate::time::Instant;
use crate::wire::{Malformation, Message, NLM_F_ACK, NLM_F_DUMP, NLM_F_ECHO, NLM_F_REQUEST};
use core::fmt;
use slot::{Local, Mode, Slot, State};
use store::Store;

/// Index bits of a sequence number: a batch has at most this many bits' worth of messages.
const INDEX_BITS: u32 = 14;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;

/// Most messages in one batch.
pub const BATCH_MAX: usize = 1 << INDEX_BITS;

/// Names a request from its submission to its end. Stays the same when a dump is restarted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(u32);

impl RequestId {
    /// As a number: unique among the open requests of a connection.
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

/// What the kernel will answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// Success or an error: `NLM_F_ACK` is added. Messages with its sequence number are notifications, as the
    /// kernel stamps those with the requester's number too, unless the request carries `NLM_F_ECHO`.
    Ack,
    /// One reply, or an error. `NLM_F_ACK` is not added: the reply ends the request.
    Reply,
    /// Any number of replies and a `NLMSG_DONE`: `NLM_F_DUMP` is added.
    Dump,
}

/// Bounds and facts about the socket.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The socket's port id, from `getsockname(2)` (never assume the process id).
    pub port: u32,
    /// `SO_RCVBUF` as `getsockopt(2)` reports it, in bytes: what is under way at once is kept below it.
    /// `usize::MAX` switches the window off.
    pub receive_buffer: usize,
    /// Largest datagram to send, in bytes; the kernel takes up to `SO_SNDBUF` - 32.
    pub max_datagram: usize,
    /// How often an inconsistent dump is started again before it fails.
    pub dump_restarts: u8,
    /// How long a request may go without an answer before the connection finds out, in nanoseconds.
    pub silence_ns: u64,
}

impl Config {
    /// The defaults of a Linux netlink socket with this port.
    pub const fn new(port: u32) -> Self {
        Self {
            port,
            receive_buffer: 212_992,
            max_datagram: 65_536,
            dump_restarts: 8,
            silence_ns: 30_000_000_000,
        }
    }
}

/// Why a request was not taken. Nothing has changed then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// All request slots are taken: pump until one ends.
    Busy,
    /// The transmit buffer is full: pump until something has been sent.
    Full,
    /// The request alone is longer than the transmit buffer or `max_datagram`.
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// The bytes are not exactly one message. (A wrong length field would cost all requests behind it.)
    Malformed(Malformation),
    /// Bytes follow the message.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The batch has [`BATCH_MAX`] messages.
    BatchFull,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("every request slot is taken"),
            Self::Full => f.write_str("the transmit buffer is full"),
            Self::TooLong { len } => write!(f, "a request of {len} bytes does not fit a datagram"),
            Self::Malformed(reason) => write!(f, "not a netlink message: {reason}"),
            Self::TrailingBytes { count } => write!(f, "{count} bytes behind the message"),
            Self::BatchFull => write!(f, "a batch holds at most {BATCH_MAX} messages"),
        }
    }
}

impl core::error::Error for Refused {}

/// What was dropped, for whoever wants to look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Datagrams that did not come from the kernel.
    pub foreign: u64,
    /// Answers to requests that were no longer open.
    pub orphans: u64,
    /// Times the socket lost messages.
    pub overruns: u64,
    /// Dumps that were started again.
    pub restarts: u64,
}

/// After an overrun the connection asks the kernel for a sign of life, and waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fence {
    None,
    /// Wanted as soon as the receive queue is empty: sent earlier, its own answer would be lost, too.
    WaitDrain,
    Due,
    Sent {
        seq: u32,
        epoch: u32,
        at: Instant,
    },
}

/// What [`Machine::poll_transmit`] handed out and [`Machine::sent`] will conclude.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum InFlight {
    None,
    Fence,
    Dump { slot: usize },
    Queue { len: usize },
}

/// A netlink connection without a socket: see the [module](self).
///
/// `Tx` holds requests until they are sent (and dump requests until they end): an array, a slice, a box.
/// `SLOTS` requests can be open at once; a batch takes one slot.
#[derive(Debug)]
pub struct Connection<Tx, const SLOTS: usize> {
    config: Config,
    store: Store<Tx>,
    slots: [Slot; SLOTS],
    generation: u32,
    /// Grows with each submission: dumps start in this order.
    order: u32,
    /// Grows with each fence: what was sent in an earlier epoch is older than the fence.
    epoch: u32,
    active_dump: Option<usize>,
    fence: Fence,
    fence_bytes: [u8; 16],
    in_flight: InFlight,
    /// Window: receive-buffer bytes that the answers to what has been sent may take.
    outstanding: usize,
    /// Slots that have local events.
    locals: usize,
    overrun_event: bool,
    counters: Counters,
}

impl<Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Connection<Tx, SLOTS> {
    /// Slot number bits of a sequence number; one number more than slots, for the fence.
    const SLOT_BITS: u32 = usize::BITS - SLOTS.leading_zeros();
    const SLOT_MASK: u32 = (1 << Self::SLOT_BITS) - 1;
    const GENERATION_MAX: u32 = {
        assert!(SLOTS > 0 && SLOTS < 4096, "a connection has 1 to 4095 slots");
        (1 << (32 - INDEX_BITS - Self::SLOT_BITS)) - 1
    };

    /// A connection for the socket that `config` describes.
    pub fn new(tx: Tx, config: Config) -> Self {
        Self {
            config,
            store: Store::new(tx),
            slots: [Slot::FREE; SLOTS],
            generation: 0,
            order: 0,
            epoch: 0,
            active_dump: None,
            fence: Fence::None,
            fence_bytes: [0; 16],
            in_flight: InFlight::None,
            outstanding: 0,
            locals: 0,
            overrun_event: false,
            counters: Counters::default(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Tells the connection that the socket's receive buffer has another size now, in bytes.
    pub fn set_receive_buffer(&mut self, bytes: usize) {
        self.config.receive_buffer = bytes;
    }

    /// What was dropped so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Requests (and messages of batches) that have not ended.
    pub fn open_requests(&self) -> usize {
        self.slots.iter().map(Slot::open).sum()
    }

    /// Queues one request: a whole message. Sequence number, port and the flags that `expect` names are filled in.
    ///
    /// # Errors
    /// [`Refused`]; nothing is queued then.
    pub fn submit(&mut self, message: &[u8], expect: Expect) -> Result<RequestId, Refused> {
        let parsed = self.admit(message)?;
        let slot = self.free_slot()?;
        let base = self.next_sequence(slot);
        let order = self.next_order();
        let more = match expect {
            Expect::Ack => NLM_F_REQUEST | NLM_F_ACK,
            Expect::Reply => NLM_F_REQUEST,
            Expect::Dump => NLM_F_REQUEST | NLM_F_DUMP,
        };
        let flags = parsed.flags() | more;
        let mode = match expect {
            Expect::Dump => Mode::Dump { at: self.store.push_dump(message)?, len: message.len() },
            _ => {
                self.store.push_queue(message)?;
                let replies = expect == Expect::Reply || flags & NLM_F_ECHO != 0;
                Mode::Single { replies, acked: flags & NLM_F_ACK != 0 }
            }
        };
        let bytes = match mode {
            Mode::Dump { at, len } => self.store.slice_mut(at, len),
            _ => self.store.queue_tail_mut(message.len()),
        };
        stamp(bytes, flags, base);
        if let Some(s) = self.slots.get_mut(slot) {
            *s = Slot::queued(base, order, mode, 1);
        }
        Ok(RequestId(base))
    }

    /// Starts a batch: messages that share one slot, are sent together, and are acknowledged by one message at the
    /// end of each datagram. The kernel reports errors without being asked, so what did not fail before that
    /// acknowledgement succeeded; every message still gets its own [`Event::Finished`].
    ///
    /// Only for protocols whose errors come unasked: rtnetlink does; nfnetlink has transactions of its own.
    ///
    /// # Errors
    /// [`Refused::Busy`].
    pub fn batch(&mut self) -> Result<Batch<'_, Tx, SLOTS>, Refused> {
        let slot = self.free_slot()?;
        let base = self.next_sequence(slot);
        Ok(Batch::new(self, slot, base))
    }

    /// Gives a request up: it delivers nothing any more. If it has not been sent yet it never will be; otherwise the
    /// kernel may have done it already, and its answers are read and dropped. `false` when it is not open.
    ///
    /// Of a batch, any message's id cancels all that have not ended.
    pub fn cancel(&mut self, id: RequestId) -> bool {
        let number = self.slot_of(id.0);
        let Some(slot) = self.slots.get_mut(number).filter(|s| s.is_open() && s.covers(id.0)) else {
            return false;
        };
        slot.cancelled = true;
        if slot.local.take().is_some() {
            self.locals = self.locals.saturating_sub(1);
            slot.next = slot.sent;
        }
        // What has not been sent is never sent, except for a datagram that was handed out already.
        let dump = matches!(slot.mode, Mode::Dump { .. });
        let leaving = match self.in_flight {
            InFlight::Dump { slot } if slot == number => 1,
            InFlight::Queue { len } if !dump => self.store.count(slot.base, len),
            _ => 0,
        };
        let kept = slot.sent.saturating_add(leaving).min(slot.count);
        if !dump {
            self.store.blank(slot.base, kept, slot.count);
        }
        slot.count = kept;
        if slot.next >= slot.count {
            self.release(number);
        }
        true
    }

    fn admit<'m>(&self, message: &'m [u8]) -> Result<Message<'m>, Refused> {
        let parsed = Message::parse(message).map_err(Refused::Malformed)?;
        let len = message.len();
        if parsed.bytes().len() != len {
            return Err(Refused::TrailingBytes { count: len.saturating_sub(parsed.bytes().len()) });
        }
        if len > self.config.max_datagram || len > self.store.capacity() {
            return Err(Refused::TooLong { len });
        }
        Ok(parsed)
    }

    fn free_slot(&self) -> Result<usize, Refused> {
        self.slots.iter().position(|s| s.state == State::Free).ok_or(Refused::Busy)
    }

    fn next_sequence(&mut self, slot: usize) -> u32 {
        // Generation 0 is skipped: 0 is the sequence number of what nobody asked for.
        self.generation =
            if self.generation >= Self::GENERATION_MAX { 1 } else { self.generation.saturating_add(1) };
        #[allow(clippy::cast_possible_truncation)]
        let slot = slot as u32 & Self::SLOT_MASK;
        self.generation.wrapping_shl(INDEX_BITS.wrapping_add(Self::SLOT_BITS)) | slot.wrapping_shl(INDEX_BITS)
    }

    fn slot_of(&self, seq: u32) -> usize {
        (seq.wrapping_shr(INDEX_BITS) & Self::SLOT_MASK) as usize
    }

    fn next_order(&mut self) -> u32 {
        self.order = self.order.wrapping_add(1);
        self.order
    }

    /// Frees a slot, whatever was left of it.
    fn release(&mut self, number: usize) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        self.outstanding = self.outstanding.saturating_sub(slot.cost);
        if slot.local.is_some() {
            self.locals = self.locals.saturating_sub(1);
        }
        if let Mode::Dump { at, len } = slot.mode {
            let moved = self.store.remove_dump(at, len);
            if self.active_dump == Some(number) {
                self.active_dump = None;
            }
            *slot = Slot::FREE;
            for other in &mut self.slots {
                if let Mode::Dump { at: theirs, .. } = &mut other.mode
                    && other.state != State::Free
                    && *theirs < at
                {
                    *theirs = theirs.saturating_add(moved);
                }
            }
        } else {
            *slot = Slot::FREE;
        }
    }

    /// Gives the messages of a slot that were sent and not answered an end that the kernel did not report.
    fn end_locally(&mut self, number: usize, local: Local) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        self.outstanding = self.outstanding.saturating_sub(slot.cost);
        slot.cost = 0;
        if slot.next >= slot.sent {
            return;
        }
        if slot.cancelled {
            slot.next = slot.sent;
            if slot.next >= slot.count {
                self.release(number);
            }
            return;
        }
        if slot.local.replace(local).is_none() {
            self.locals = self.locals.saturating_add(1);
        }
        if let Mode::Dump { .. } = slot.mode
            && self.active_dump == Some(number)
        {
            self.active_dump = None;
        }
    }

    /// Sends a dump again under a fresh sequence number. `false` when it has been tried often enough.
    fn restart_dump(&mut self, number: usize) -> bool {
        let restarts = self.config.dump_restarts;
        let seq = self.next_sequence(number);
        let Some(slot) = self.slots.get_mut(number) else { return false };
        let Mode::Dump { at, len } = slot.mode else { return false };
        if slot.restarts >= restarts {
            return false;
        }
        slot.restarts = slot.restarts.saturating_add(1);
        slot.seq = seq;
        slot.sent = 0;
        slot.state = State::Queued;
        slot.interrupted = false;
        slot.progressed = false;
        slot.stalled = false;
        slot.cut = false;
        self.outstanding = self.outstanding.saturating_sub(slot.cost);
        slot.cost = 0;
        self.counters.restarts = self.counters.restarts.saturating_add(1);
        let bytes = self.store.slice_mut(at, len);
        if let Ok(message) = Message::parse(bytes) {
            let flags = message.flags();
            stamp(bytes, flags, seq);
        }
        if self.active_dump == Some(number) {
            self.active_dump = None;
        }
        true
    }

    /// The end of a dump was in a datagram that was cut: once more from the start.
    fn restart_cut(&mut self, number: usize) {
        let cancelled = self.slots.get(number).is_some_and(|s| s.cancelled);
        if !cancelled && self.restart_dump(number) {
            if let Some(slot) = self.slots.get_mut(number)
                && slot.local.replace(Local::Restarted).is_none()
            {
                self.locals = self.locals.saturating_add(1);
            }
        } else {
            self.end_locally(number, Local::Failed(Errno::EMSGSIZE, Cause::Truncated));
        }
    }

    /// The fence's answer is here, or will never be: whatever was sent before it and has no answer has lost it.
    fn resolve_fence(&mut self, epoch: u32) {
        self.fence = Fence::None;
        for number in 0..SLOTS {
            let Some(slot) = self.slots.get(number) else { continue };
            let older = slot.is_open() && slot.sent > 0 && slot.epoch.wrapping_sub(epoch).cast_signed() < 0;
            // A dump that has begun is written on demand while we read, so its parts cannot get lost.
            let dumping = matches!(slot.mode, Mode::Dump { .. }) && slot.progressed;
            if older && !dumping && slot.local.is_none() {
                self.end_locally(number, Local::Unknown);
            }
        }
    }
}

/// Fills in sequence number, port and flags of the message at the beginning of `bytes`.
fn stamp(bytes: &mut [u8], flags: u16, seq: u32) {
    let [f0, f1] = flags.to_ne_bytes();
    let [a, b, c, d] = seq.to_ne_bytes();
    if let Some(head) = bytes.get_mut(6..).and_then(<[u8]>::first_chunk_mut::<10>) {
        *head = [f0, f1, a, b, c, d, 0, 0, 0, 0];
    }
}
