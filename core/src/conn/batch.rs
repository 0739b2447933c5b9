//! Batches: many messages, one slot, one acknowledgement a datagram.

use super::slot::{Mode, Slot};
use super::{BATCH_MAX, Connection, Refused, RequestId, stamp};
use crate::wire::{NLM_F_ACK, NLM_F_REQUEST, NLMSG_HDRLEN, Writer};

/// A batch being put together. Dropped without [`commit`](Self::commit) it never existed.
///
/// ```
/// use netplumb_core::conn::{Config, Connection};
/// use netplumb_core::family::link;
/// use netplumb_core::machine::Machine;
/// use netplumb_core::request::AsRequest;
/// use netplumb_core::wire::{Messages, NLM_F_ACK};
///
/// let mut conn = Connection::<_, 2>::new([0; 1024], Config::new(1));
/// let mut batch = conn.batch().unwrap();
/// for index in 1..=3u32 {
///     batch.push(link::set(index).up().message().unwrap()).unwrap();
/// }
/// assert_eq!(batch.commit().len(), 3);
/// // One datagram, and one acknowledgement at its end: errors come without being asked for.
/// let messages = Messages::new(conn.poll_transmit().unwrap().bytes);
/// let acks: Vec<bool> = messages.map(|m| m.unwrap().flags() & NLM_F_ACK != 0).collect();
/// assert_eq!(acks, [false, false, true]);
/// ```
#[derive(Debug)]
pub struct Batch<'c, Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> {
    conn: &'c mut Connection<Tx, SLOTS>,
    slot: usize,
    base: u32,
    count: u32,
    replies: bool,
    each: bool,
    /// Length of the queue before the batch.
    tail: usize,
    committed: bool,
}

impl<'c, Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Batch<'c, Tx, SLOTS> {
    pub(super) fn new(conn: &'c mut Connection<Tx, SLOTS>, slot: usize, base: u32) -> Self {
        let tail = conn.store.tail();
        Self { conn, slot, base, count: 0, replies: false, each: false, tail, committed: false }
    }

    /// Says that the messages are gets (or carry `NLM_F_ECHO`): what comes with their numbers is a reply. Otherwise it
    /// is a notification, which the kernel stamps with the number of the request that caused it.
    pub fn expect_replies(&mut self) -> &mut Self {
        self.replies = true;
        self
    }

    /// Asks for an acknowledgement of every message, instead of one a datagram. Called before the first is added.
    pub fn acknowledge_each(&mut self) -> &mut Self {
        self.each = true;
        self
    }

    /// Messages so far.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether nothing has been added.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a whole message. Sequence number, port and `NLM_F_REQUEST` are filled in. Dumps do not belong into a
    /// batch: they have ends of their own and are submitted alone.
    ///
    /// # Errors
    /// [`Refused`]; the batch stays as it was.
    pub fn push(&mut self, message: &[u8]) -> Result<RequestId, Refused> {
        let flags = self.conn.admit(message)?.flags();
        let id = self.next_id()?;
        self.conn.store.push_queue(message)?;
        self.took(id, flags, message.len());
        Ok(id)
    }

    /// Adds a message written in place: no copy is made. `fill` writes everything behind the netlink header.
    ///
    /// # Errors
    /// [`Refused`]; the batch stays as it was. [`Refused::TooLong`] also when an attribute is too long to be one.
    pub fn write(
        &mut self,
        kind: u16,
        flags: u16,
        fill: impl FnOnce(&mut Writer<'_>),
    ) -> Result<RequestId, Refused> {
        let id = self.next_id()?;
        // Moves the queue to the front of its storage when little is left behind it; whether that was enough shows
        // below.
        let _ = self.conn.store.room(4096);
        let room = self.conn.store.room(NLMSG_HDRLEN)?;
        let free = room.len();
        let mut w = Writer::new(room);
        let fitted = w.message(kind, flags, 0, 0, fill);
        let len = w.len();
        if !fitted {
            // Where nothing else takes room, waiting would not make more.
            let empty = free >= self.conn.store.capacity();
            return Err(if empty { Refused::TooLong { len: free } } else { Refused::Full });
        }
        if len > self.conn.config.max_datagram {
            return Err(Refused::TooLong { len });
        }
        self.conn.store.grow_queue(len);
        self.took(id, flags, len);
        Ok(id)
    }

    fn next_id(&self) -> Result<RequestId, Refused> {
        if self.count as usize >= BATCH_MAX {
            return Err(Refused::BatchFull);
        }
        Ok(RequestId(self.base | self.count))
    }

    fn took(&mut self, id: RequestId, flags: u16, len: usize) {
        let ack = if self.each { NLM_F_ACK } else { 0 };
        stamp(self.conn.store.queue_tail_mut(len), flags & !NLM_F_ACK | NLM_F_REQUEST | ack, id.0);
        self.count = self.count.saturating_add(1);
    }

    /// Queues the batch for sending; returns the names of its messages.
    pub fn commit(mut self) -> Submitted {
        self.committed = true;
        if self.count > 0
            && let order = self.conn.next_order()
            && let Some(slot) = self.conn.slots.get_mut(self.slot)
        {
            *slot = Slot::queued(
                self.base,
                order,
                Mode::Batch { replies: self.replies, each: self.each },
                self.count,
            );
        }
        Submitted { base: self.base, count: self.count }
    }
}

impl<Tx: AsRef<[u8]> + AsMut<[u8]>, const SLOTS: usize> Drop for Batch<'_, Tx, SLOTS> {
    fn drop(&mut self) {
        if !self.committed {
            self.conn.store.truncate_queue(self.tail);
        }
    }
}

/// The requests of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Submitted {
    base: u32,
    count: u32,
}

impl Submitted {
    /// How many.
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// Whether the batch was empty.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The name of message `index`.
    pub fn id(self, index: usize) -> Option<RequestId> {
        let index = u32::try_from(index).ok().filter(|n| *n < self.count)?;
        Some(RequestId(self.base | index))
    }

    /// Which message of the batch `id` names.
    pub fn index(self, id: RequestId) -> Option<usize> {
        let index = id.0.checked_sub(self.base)?;
        (index < self.count).then_some(index as usize)
    }
}
