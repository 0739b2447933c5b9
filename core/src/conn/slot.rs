//! One open request, dump or batch.

use super::INDEX_MASK;
use super::event::Cause;
use crate::errno::Errno;
use crate::time::Instant;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Free,
    Queued,
    Open,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// One message. `replies`: data with its number are replies, not notifications. `acked`: ends with an ack.
    Single { replies: bool, acked: bool },
    /// A run of messages that are answered in order; only errors and the last one of a datagram for sure.
    /// `replies` as above; `each`: every message is acknowledged.
    Batch { replies: bool, each: bool },
    /// A dump, whose request stays in the store for a restart.
    Dump { at: usize, len: usize },
}

/// An end that the kernel did not report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Local {
    /// The answer was lost.
    Unknown,
    /// The datagram could not be sent, or the dump could not run.
    Failed(Errno, Cause),
    /// The dump starts over.
    Restarted,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) state: State,
    pub(super) mode: Mode,
    /// Sequence number of the first message at submission: the request's name.
    pub(super) base: u32,
    /// Sequence number of the first message as last sent. Differs from `base` after a restart.
    pub(super) seq: u32,
    pub(super) order: u32,
    pub(super) count: u32,
    /// Messages sent.
    pub(super) sent: u32,
    /// The first message that has not ended.
    pub(super) next: u32,
    pub(super) epoch: u32,
    /// Last sign of life.
    pub(super) since: Instant,
    /// Receive-buffer bytes promised to its answers.
    pub(super) cost: usize,
    pub(super) local: Option<Local>,
    pub(super) cancelled: bool,
    /// Dump: a part carried `NLM_F_DUMP_INTR`.
    pub(super) interrupted: bool,
    /// Dump: a part has come.
    pub(super) progressed: bool,
    /// Dump: its start was refused for lack of room, it goes on by itself.
    pub(super) stalled: bool,
    /// Dump: another one was still running; ask again when the queue has been read empty.
    pub(super) hold: bool,
    /// A datagram was cut while this was under way: an answer may have been in the rest.
    pub(super) cut: bool,
    pub(super) restarts: u8,
}

impl Slot {
    pub(super) const FREE: Self = Self {
        state: State::Free,
        mode: Mode::Batch { replies: false, each: false },
        base: 0,
        seq: 0,
        order: 0,
        count: 0,
        sent: 0,
        next: 0,
        epoch: 0,
        since: Instant::ZERO,
        cost: 0,
        local: None,
        cancelled: false,
        interrupted: false,
        progressed: false,
        stalled: false,
        hold: false,
        cut: false,
        restarts: 0,
    };

    pub(super) const fn queued(base: u32, order: u32, mode: Mode, count: u32) -> Self {
        Self { state: State::Queued, mode, base, seq: base, order, count, ..Self::FREE }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state != State::Free
    }

    /// Messages that have not ended.
    pub(super) fn open(&self) -> usize {
        if self.is_open() { self.count.saturating_sub(self.next) as usize } else { 0 }
    }

    /// Whether `id` names a message of this slot that has not ended.
    pub(super) fn covers(&self, id: u32) -> bool {
        let index = id & INDEX_MASK;
        id & !INDEX_MASK == self.base && index >= self.next && index < self.count
    }

    /// A batch sends its next part when the part before has ended: then an answer's place in the queue says what
    /// became of everything before it.
    pub(super) fn waits_for_chunk(&self) -> bool {
        matches!(self.mode, Mode::Batch { .. }) && self.next < self.sent
    }

    pub(super) fn waits_for_kernel(&self) -> bool {
        self.state == State::Open && self.next < self.sent && self.local.is_none()
    }
}

/// Receive-buffer bytes a dump may hold: one datagram of 32 KiB is queued while the next is read.
pub(super) const DUMP_COST: usize = 66_560;

/// Receive-buffer bytes that the largest answer to a single get may take.
const REPLY_COST: usize = 9_216;

/// Receive-buffer bytes that the answer to a request of `len` bytes may take: an error that echoes the request.
///
/// The kernel accounts `skb->truesize`: the buffer as allocated plus `struct sk_buff`. Up to 384 bytes of data come
/// from the small-head cache (832 in all, so that 256 acknowledgements fill the default receive buffer); above
/// that the allocation is a power of two.
pub(super) fn reply_cost(len: usize, slot: Option<&Slot>) -> usize {
    const EXT_ACK: usize = 160;
    let replies = matches!(
        slot.map(|s| s.mode),
        Some(Mode::Single { replies: true, .. } | Mode::Batch { replies: true, .. })
    );
    if replies {
        return REPLY_COST;
    }
    let data = len.saturating_add(36).saturating_add(EXT_ACK);
    if data <= 384 { 832 } else { data.saturating_add(320).next_power_of_two().saturating_add(256) }
}
