//! What is sent when, and what time does: a connection as a [`Machine`].

use super::event::{Cause, Event};
use super::input::Input;
use super::slot::{self, Local, Mode, Slot, State};
use super::{Connection, Fence, INDEX_MASK, InFlight};
use crate::errno::Errno;
use crate::machine::{Destination, Machine, Reason, Received, Transmit};
use crate::time::Instant;
use crate::wire::{Message, NLM_F_ACK, NLM_F_REQUEST, NLMSG_NOOP, Writer};

impl<Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Machine for Connection<Tx, SLOTS> {
    type Event<'d> = Event<'d>;
    type Input<'c, 'd>
        = Input<'c, 'd, Tx, SLOTS>
    where
        Self: 'c;

    fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        if self.in_flight == InFlight::None {
            self.in_flight = self.plan();
        }
        let bytes = match self.in_flight {
            InFlight::None => return None,
            InFlight::Fence => &self.fence_bytes[..],
            InFlight::Dump { slot } => match self.slots.get(slot)?.mode {
                Mode::Dump { at, len } => self.store.slice(at, len),
                _ => return None,
            },
            InFlight::Queue { len } => self.store.queue_head(len),
        };
        Some(Transmit { bytes, to: Destination::Kernel })
    }

    fn sent(&mut self, now: Instant, outcome: Result<(), Errno>) {
        match core::mem::replace(&mut self.in_flight, InFlight::None) {
            InFlight::None => {}
            InFlight::Fence => self.fence_sent(now, outcome),
            InFlight::Dump { slot } => self.dump_sent(now, slot, outcome),
            InFlight::Queue { len } => self.queue_sent(now, len, outcome),
        }
    }

    fn handle_input<'c, 'd>(&'c mut self, now: Instant, received: Received<'d>) -> Input<'c, 'd, Tx, SLOTS> {
        Input::new(self, now, received)
    }

    fn handle_overrun(&mut self, _now: Instant) {
        self.counters.overruns = self.counters.overruns.saturating_add(1);
        self.overrun_event = true;
        self.fence = Fence::WaitDrain;
    }

    fn handle_drained(&mut self, _now: Instant) {
        if self.fence == Fence::WaitDrain {
            self.fence = Fence::Due;
        }
        for slot in &mut self.slots {
            slot.hold = false;
        }
        // The kernel writes a dump's next part while the last one is read: an empty queue means nothing follows.
        if let Some(number) = self.active_dump
            && let Some(slot) = self.slots.get(number)
        {
            // Refused for lack of room, it should have gone on by itself.
            if slot.stalled {
                self.end_locally(number, Local::Failed(Errno::ENOBUFS, Cause::Kernel));
            } else if slot.cut {
                self.restart_cut(number);
            }
        }
    }

    fn poll_timeout(&self) -> Option<(Instant, Reason)> {
        let silence = self.config.silence_ns;
        let since = match self.fence {
            Fence::Sent { at, .. } => Some(at),
            Fence::WaitDrain | Fence::Due => None,
            Fence::None => self.slots.iter().filter(|s| s.waits_for_kernel()).map(|s| s.since).min(),
        };
        since.map(|since| (since.after_ns(silence), Reason::Silence))
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Some((due, _)) = self.poll_timeout() else { return };
        if now < due {
            return;
        }
        match self.fence {
            // Even the fence got no answer: nothing will.
            Fence::Sent { epoch, .. } => {
                for slot in &mut self.slots {
                    slot.progressed = false;
                }
                self.resolve_fence(epoch);
            }
            Fence::None => {
                self.fence = Fence::Due;
                for slot in &mut self.slots {
                    // A dump that stopped half way is as silent as one that never began.
                    if slot.waits_for_kernel() && slot.since.after_ns(self.config.silence_ns) <= now {
                        slot.progressed = false;
                    }
                }
            }
            Fence::WaitDrain | Fence::Due => {}
        }
    }

    fn has_events(&self) -> bool {
        self.overrun_event || self.locals > 0
    }

    fn is_idle(&self) -> bool {
        self.fence == Fence::None
            && self.in_flight == InFlight::None
            && !self.has_events()
            && self.slots.iter().all(|s| s.state == State::Free)
            && self.store.queue_is_empty()
    }
}

impl<Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Connection<Tx, SLOTS> {
    fn plan(&mut self) -> InFlight {
        match self.fence {
            // Nothing new while the queue is known to be overfull.
            Fence::WaitDrain => return InFlight::None,
            Fence::Due => {
                let seq = self.next_sequence(SLOTS);
                let mut w = Writer::new(&mut self.fence_bytes);
                w.message(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, seq, 0, |_| ());
                return InFlight::Fence;
            }
            Fence::None | Fence::Sent { .. } => {}
        }
        if let Some(slot) = self.next_dump() {
            return InFlight::Dump { slot };
        }
        match self.plan_queue() {
            0 => InFlight::None,
            len => InFlight::Queue { len },
        }
    }

    fn fence_sent(&mut self, now: Instant, outcome: Result<(), Errno>) {
        let seq = Message::parse(&self.fence_bytes).map_or(0, Message::seq);
        self.epoch = self.epoch.wrapping_add(1);
        if self.fence == Fence::WaitDrain {
            // More was lost while it left: its own answer may be, too. Another one follows when the queue is empty.
            return;
        }
        self.fence = Fence::Sent { seq, epoch: self.epoch, at: now };
        if outcome.is_err() {
            // The kernel cannot be asked, so there is no way to know.
            self.resolve_fence(self.epoch);
        }
    }

    fn dump_sent(&mut self, now: Instant, number: usize, outcome: Result<(), Errno>) {
        let epoch = self.epoch;
        let Some(slot) = self.slots.get_mut(number) else { return };
        slot.state = State::Open;
        slot.sent = 1;
        slot.epoch = epoch;
        slot.since = now;
        self.active_dump = Some(number);
        slot.cost = slot::DUMP_COST;
        self.outstanding = self.outstanding.saturating_add(slot::DUMP_COST);
        if let Err(errno) = outcome {
            self.end_locally(number, Local::Failed(errno, Cause::Send));
        }
    }

    /// Bytes of receive buffer that may still be promised away.
    fn window_left(&self) -> usize {
        // A quarter stays free for notifications and for the fence's own answer.
        let limit = self.config.receive_buffer.saturating_sub(self.config.receive_buffer >> 2);
        limit.saturating_sub(self.outstanding)
    }

    fn next_dump(&self) -> Option<usize> {
        if self.active_dump.is_some() {
            return None;
        }
        let waiting = |s: &Slot| s.state == State::Queued && !s.hold && matches!(s.mode, Mode::Dump { .. });
        let queued = self.slots.iter().enumerate().filter(|(_, s)| waiting(s));
        queued.min_by_key(|(_, s)| s.order).map(|(number, _)| number)
    }

    /// Decides how much of the queue goes into the next datagram, and asks for one acknowledgement at the end of
    /// each batch's part. 0 when nothing may be sent now.
    fn plan_queue(&mut self) -> usize {
        let mut left = self.window_left();
        let mut end = 0usize;
        let mut previous: Option<(u32, usize)> = None;
        while let Some((offset, seq, len)) = self.store.queue_message(end) {
            let number = self.slot_of(seq);
            let blank = seq == 0;
            let cost = if blank { 0 } else { slot::reply_cost(len, self.slots.get(number)) };
            let after = offset.saturating_add(crate::bytes::align4(len));
            // One message may always go, however small the window: otherwise nothing ever would.
            let first = end == 0 && self.outstanding == 0;
            let waits = !blank && self.slots.get(number).is_some_and(Slot::waits_for_chunk);
            if waits || (!first && cost > left) || (end > 0 && after > self.config.max_datagram) {
                break;
            }
            left = left.saturating_sub(cost);
            if !blank {
                previous = self.close_part(previous, seq, offset);
            }
            end = after;
        }
        if let Some((_, offset)) = previous {
            self.store.add_queue_flags(offset, NLM_F_ACK);
        }
        end
    }

    /// Tracks the last message of each batch in the datagram: that one asks for the acknowledgement.
    fn close_part(
        &mut self,
        previous: Option<(u32, usize)>,
        seq: u32,
        offset: usize,
    ) -> Option<(u32, usize)> {
        if let Some((last, at)) = previous
            && last & !INDEX_MASK != seq & !INDEX_MASK
        {
            self.store.add_queue_flags(at, NLM_F_ACK);
        }
        let batch = self.slots.get(self.slot_of(seq)).is_some_and(|s| matches!(s.mode, Mode::Batch { .. }));
        batch.then_some((seq, offset))
    }

    /// Concludes a datagram of the queue: every message in it is sent, or failed with `outcome`.
    fn queue_sent(&mut self, now: Instant, len: usize, outcome: Result<(), Errno>) {
        let mut at = 0usize;
        while at < len {
            let Some((offset, seq, bytes)) = self.store.queue_message(at) else { break };
            at = offset.saturating_add(crate::bytes::align4(bytes));
            if seq == 0 {
                continue;
            }
            let number = self.slot_of(seq);
            let cost = slot::reply_cost(bytes, self.slots.get(number));
            let epoch = self.epoch;
            let Some(slot) = self.slots.get_mut(number) else { continue };
            slot.state = State::Open;
            slot.epoch = epoch;
            slot.since = now;
            slot.sent = slot.sent.saturating_add(1);
            slot.cost = slot.cost.saturating_add(cost);
            self.outstanding = self.outstanding.saturating_add(cost);
            if let Err(errno) = outcome {
                // All of this slot's messages in this datagram come by here: the last one settles it.
                self.end_locally(number, Local::Failed(errno, Cause::Send));
            }
        }
        self.store.consume_queue(len);
    }
}
