//! Matching what was received to what was asked.

use super::event::{Cause, Event, Failure, Success};
use super::slot::{Local, Mode, Slot, State};
use super::{Connection, Fence, INDEX_MASK, RequestId};
use crate::errno::Errno;
use crate::machine::{Machine, Received, Sender};
use crate::time::Instant;
use crate::wire::{
    Ack, Malformation, Malformed, Message, Messages, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR,
    NLMSG_MIN_TYPE, NLMSG_OVERRUN,
};

/// The events of one datagram, in order.
///
/// It borrows the connection until it is dropped; what has not been iterated by then is processed without being
/// told, so the connection's state is right in any case.
#[derive(Debug)]
pub struct Input<'c, 'd, Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> {
    conn: &'c mut Connection<Tx, SLOTS>,
    now: Instant,
    messages: Messages<'d>,
    bytes: &'d [u8],
    truncated: bool,
    /// From another network namespace: port ids there mean nothing here.
    foreign: bool,
    /// A run of batch messages whose ends were implied by a later answer.
    run: Run,
    /// What follows the run.
    then: Option<Event<'d>>,
    /// The slot to free when run and `then` have been told.
    done: Option<usize>,
    /// The dump that this datagram is part of: its sequence number and name. 0 is no dump's number.
    dump: (u32, RequestId),
}

#[derive(Clone, Copy, Debug)]
struct Run {
    base: u32,
    next: u32,
    end: u32,
    outcome: Implied,
}

#[derive(Clone, Copy, Debug)]
enum Implied {
    Success,
    Lost,
    Failed(Errno, Cause),
}

impl Run {
    const NONE: Self = Self { base: 0, next: 0, end: 0, outcome: Implied::Success };
}

impl<'c, 'd, Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Input<'c, 'd, Tx, SLOTS> {
    pub(super) fn new(conn: &'c mut Connection<Tx, SLOTS>, now: Instant, received: Received<'d>) -> Self {
        let from_kernel = matches!(received.sender, Sender::Kernel);
        if !from_kernel {
            // Any process may send to our port and guess a sequence number; only the kernel answers requests.
            conn.counters.foreign = conn.counters.foreign.saturating_add(1);
        }
        let truncated = from_kernel && received.truncated;
        if truncated {
            conn.lost_to_truncation(now);
        }
        let bytes = if from_kernel { received.bytes } else { &[] };
        Self {
            conn,
            now,
            messages: Messages::new(bytes),
            bytes,
            truncated,
            foreign: received.nsid.is_some(),
            run: Run::NONE,
            then: None,
            done: None,
            dump: (0, RequestId(0)),
        }
    }

    /// What the connection has to say by itself.
    #[cold]
    fn local(&mut self) -> Option<Event<'d>> {
        if core::mem::take(&mut self.conn.overrun_event) {
            return Some(Event::Overrun);
        }
        let number = self.conn.slots.iter().position(|s| s.local.is_some())?;
        let slot = self.conn.slots.get_mut(number)?;
        let local = slot.local.take()?;
        self.conn.locals = self.conn.locals.saturating_sub(1);
        let outcome = match local {
            Local::Restarted => return Some(Event::Restarted(RequestId(slot.base))),
            Local::Unknown => Implied::Lost,
            Local::Failed(errno, cause) => Implied::Failed(errno, cause),
        };
        self.run = Run { base: slot.base, next: slot.next, end: slot.sent, outcome };
        slot.next = slot.sent;
        self.done = Some(number);
        self.step()
    }

    /// The next event of a run, what follows it, and the end of its slot.
    fn step(&mut self) -> Option<Event<'d>> {
        if self.run.next < self.run.end {
            let id = RequestId(self.run.base | self.run.next);
            self.run.next = self.run.next.saturating_add(1);
            return Some(match self.run.outcome {
                Implied::Success => Event::Finished(id, Ok(Success::default())),
                Implied::Lost => Event::Unknown(id),
                Implied::Failed(errno, cause) => {
                    Event::Finished(id, Err(Failure { errno, cause, ack: None }))
                }
            });
        }
        if let Some(event) = self.then.take() {
            return Some(event);
        }
        if let Some(number) = self.done.take() {
            self.conn.settle(number);
        }
        None
    }

    /// A further part of the dump that this datagram began with: what nearly every message of a large dump is.
    #[inline(always)]
    fn is_dump_part(&self, message: Message<'d>) -> bool {
        let (seq, _) = self.dump;
        message.seq() == seq
            && message.kind() >= NLMSG_MIN_TYPE
            && message.flags() & NLM_F_DUMP_INTR == 0
            && message.port() == self.conn.config.port
            && seq != 0
    }

    /// The next event, whatever it is.
    fn advance(&mut self) -> Option<Event<'d>> {
        self.dump.0 = 0;
        loop {
            if self.done.is_some()
                && let Some(event) = self.step()
            {
                return Some(event);
            }
            if self.conn.has_events()
                && let Some(event) = self.local()
            {
                return Some(event);
            }
            let event = match self.messages.next()? {
                Ok(message) => self.message(message),
                Err(malformed) => Some(self.malformed(malformed)),
            };
            if event.is_some() {
                return event;
            }
        }
    }

    #[cold]
    fn malformed(&self, malformed: Malformed<'d>) -> Event<'d> {
        Event::Malformed(match self.truncated {
            true => Malformed { reason: Malformation::Truncated { have: self.bytes.len() }, ..malformed },
            false => malformed,
        })
    }

    /// Takes in one message.
    fn message(&mut self, message: Message<'d>) -> Option<Event<'d>> {
        let seq = message.seq();
        // The kernel says things by itself with number 0; others' requests show up with their port.
        let ours = seq != 0 && !self.foreign && message.port() == self.conn.config.port;
        if message.kind() < NLMSG_MIN_TYPE {
            return self.control(message, ours);
        }
        if !ours {
            return Some(Event::Notification(message));
        }
        let number = self.conn.slot_of(seq);
        let index = seq & INDEX_MASK;
        let Some(slot) = self.conn.slots.get_mut(number).filter(|s| s.takes(seq)) else {
            self.conn.orphan();
            return None;
        };
        slot.since = self.now;
        let id = RequestId(slot.base | index);
        let cancelled = slot.cancelled;
        let event = match slot.mode {
            Mode::Dump { .. } => {
                slot.progressed = true;
                slot.stalled = false;
                // Set on exactly one message of a dump, so every one is looked at.
                slot.interrupted |= message.flags() & NLM_F_DUMP_INTR != 0;
                if !cancelled {
                    self.dump = (seq, id);
                }
                Event::Reply(id, message)
            }
            Mode::Single { replies: true, acked } => {
                if !acked {
                    slot.next = slot.sent;
                    self.done = Some(number);
                    self.then = (!cancelled).then_some(Event::Finished(id, Ok(Success::default())));
                }
                Event::Reply(id, message)
            }
            Mode::Batch { replies: true, .. } => Event::Reply(id, message),
            // The kernel stamps notifications with the number of the request that caused them.
            Mode::Single { replies: false, .. } | Mode::Batch { .. } => Event::Notification(message),
        };
        if cancelled && matches!(event, Event::Reply(..)) { None } else { Some(event) }
    }

    /// Takes in a message of netlink itself.
    fn control(&mut self, message: Message<'d>, ours: bool) -> Option<Event<'d>> {
        match message.kind() {
            NLMSG_OVERRUN => {
                self.conn.handle_overrun(self.now);
                self.local()
            }
            NLMSG_ERROR | NLMSG_DONE => match Ack::parse(message)? {
                Ok(ack) if ours => self.answer(message, ack),
                Ok(_) => {
                    self.conn.orphan();
                    None
                }
                Err(reason) => {
                    let offset = self.messages.offset();
                    Some(Event::Malformed(Malformed { offset, bytes: message.bytes(), reason }))
                }
            },
            // NLMSG_NOOP, and what netlink may add below 16.
            _ => None,
        }
    }

    /// Takes in an acknowledgement, an error or the end of a dump.
    #[cold]
    fn answer(&mut self, message: Message<'d>, ack: Ack<'d>) -> Option<Event<'d>> {
        let seq = message.seq();
        if let Fence::Sent { seq: fence, epoch, .. } = self.conn.fence
            && fence == seq
        {
            self.conn.resolve_fence(epoch);
            return if self.conn.has_events() { self.local() } else { None };
        }
        let number = self.conn.slot_of(seq);
        let Some(slot) = self.conn.slots.get_mut(number).filter(|s| s.takes(seq)) else {
            self.conn.orphan();
            return None;
        };
        slot.since = self.now;
        match slot.mode {
            Mode::Dump { .. } => self.dump_end(number, message, ack),
            _ => self.finish(number, seq & INDEX_MASK, outcome(ack)),
        }
    }

    /// The end of message `index` of a slot. What was before it in the batch and got no answer has ended well: the
    /// kernel handles a datagram in order and in one go, so a lost answer would have taken this one along.
    fn finish(
        &mut self,
        number: usize,
        index: u32,
        outcome: Result<Success<'d>, Failure<'d>>,
    ) -> Option<Event<'d>> {
        let slot = self.conn.slots.get_mut(number)?;
        let (base, cancelled) = (slot.base, slot.cancelled);
        let each = matches!(slot.mode, Mode::Batch { each: true, .. });
        let implied = if each || slot.cut { Implied::Lost } else { Implied::Success };
        self.run = Run { base, next: slot.next, end: index, outcome: implied };
        slot.next = index.saturating_add(1);
        self.done = Some(number);
        if cancelled {
            self.run = Run::NONE;
        } else {
            self.then = Some(Event::Finished(RequestId(base | index), outcome));
        }
        self.step()
    }

    fn dump_end(&mut self, number: usize, message: Message<'d>, ack: Ack<'d>) -> Option<Event<'d>> {
        let slot = self.conn.slots.get_mut(number)?;
        let id = RequestId(slot.base);
        slot.interrupted |= message.flags() & NLM_F_DUMP_INTR != 0;
        if message.kind() == NLMSG_ERROR {
            match ack.errno() {
                // An acknowledgement of the start; the end is NLMSG_DONE.
                None => return None,
                // No room for the first part: the dump stays and goes on as soon as the queue is read.
                Some(Errno::ENOBUFS) => {
                    slot.stalled = true;
                    return None;
                }
                // An earlier dump of this socket that was given up is still being written.
                Some(Errno::EBUSY) if !slot.cancelled && self.conn.hold_dump(number) => return None,
                Some(_) => {}
            }
        } else if slot.interrupted && !slot.cancelled && ack.errno().is_none() {
            if self.conn.restart_dump(number) {
                return Some(Event::Restarted(id));
            }
            let (errno, cause) = match self.conn.slots.get(number) {
                Some(slot) if slot.cut => (Errno::EMSGSIZE, Cause::Truncated),
                _ => (Errno::EINTR, Cause::Interrupted),
            };
            let failure = Failure { errno, cause, ack: Some(ack) };
            return self.finish(number, 0, Err(failure));
        }
        self.finish(number, 0, outcome(ack))
    }
}

fn outcome(ack: Ack<'_>) -> Result<Success<'_>, Failure<'_>> {
    match ack.errno() {
        None => Ok(Success { ack: Some(ack) }),
        Some(errno) => Err(Failure::from_ack(errno, ack)),
    }
}

impl Slot {
    /// Whether a message with this sequence number belongs to a message of this slot that was sent and has not ended.
    #[inline]
    fn takes(&self, seq: u32) -> bool {
        let index = seq & INDEX_MASK;
        seq & !INDEX_MASK == self.seq && self.state == State::Open && index < self.sent && index >= self.next
    }
}

impl<Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Connection<Tx, SLOTS> {
    #[cold]
    fn orphan(&mut self) {
        self.counters.orphans = self.counters.orphans.saturating_add(1);
    }

    /// Starts a dump again once the queue has been read empty.
    #[cold]
    fn hold_dump(&mut self, number: usize) -> bool {
        let again = self.restart_dump(number);
        if again && let Some(slot) = self.slots.get_mut(number) {
            slot.hold = true;
        }
        again
    }

    /// After the events of a slot have been told: frees it when nothing is left, else its window.
    fn settle(&mut self, number: usize) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        if slot.next >= slot.count {
            self.release(number);
        } else if slot.next >= slot.sent {
            self.outstanding = self.outstanding.saturating_sub(slot.cost);
            slot.cost = 0;
            slot.cut = false;
        }
    }

    /// A datagram was longer than the receive buffer. Whatever was in the rest is lost.
    #[cold]
    fn lost_to_truncation(&mut self, now: Instant) {
        for slot in self.slots.iter_mut().filter(|s| s.waits_for_kernel()) {
            slot.interrupted = true;
            slot.cut = true;
        }
        self.handle_overrun(now);
    }
}

impl<'d, Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Iterator for Input<'_, 'd, Tx, SLOTS> {
    type Item = Event<'d>;

    #[inline]
    fn next(&mut self) -> Option<Event<'d>> {
        // A dump's messages come in runs within which nothing else can be due.
        if self.dump.0 != 0 && self.done.is_none() {
            let mut ahead = self.messages;
            if let Some(Ok(message)) = ahead.next()
                && self.is_dump_part(message)
            {
                self.messages = ahead;
                return Some(Event::Reply(self.dump.1, message));
            }
        }
        self.advance()
    }
}

impl<Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Drop for Input<'_, '_, Tx, SLOTS> {
    fn drop(&mut self) {
        for _ in self {}
    }
}
