//! The transmit storage: a queue of messages growing from the front, dump requests kept at the back.

use super::{INDEX_BITS, Refused};
use crate::bytes::align4;
use crate::wire::{Message, NLMSG_NOOP};
use core::fmt;

/// `[ sent | queue → ... free ... | dumps ]`
pub(super) struct Store<Tx> {
    tx: Tx,
    head: usize,
    tail: usize,
    /// Where the dumps begin.
    dumps: usize,
}

/// Not the bytes: there are many, and the numbers tell what is wrong.
impl<Tx> fmt::Debug for Store<Tx> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store {{ queue: {}..{}, dumps from {} }}", self.head, self.tail, self.dumps)
    }
}

impl<Tx: AsRef<[u8]> + AsMut<[u8]>> Store<Tx> {
    pub(super) fn new(tx: Tx) -> Self {
        let dumps = tx.as_ref().len() & !3;
        Self { tx, head: 0, tail: 0, dumps }
    }

    pub(super) fn capacity(&self) -> usize {
        self.tx.as_ref().len() & !3
    }

    pub(super) fn queue_is_empty(&self) -> bool {
        self.head >= self.tail
    }

    /// Appends a message to the queue.
    pub(super) fn push_queue(&mut self, message: &[u8]) -> Result<(), Refused> {
        let room = self.room(align4(message.len()))?;
        let (body, rest) = room.split_at_mut_checked(message.len()).ok_or(Refused::Full)?;
        body.copy_from_slice(message);
        let padding = align4(message.len()).saturating_sub(message.len());
        rest.get_mut(..padding).ok_or(Refused::Full)?.fill(0);
        self.tail = self.tail.saturating_add(align4(message.len()));
        Ok(())
    }

    /// The free bytes behind the queue, at least `need`; what was sent is forgotten when that helps.
    pub(super) fn room(&mut self, need: usize) -> Result<&mut [u8], Refused> {
        if self.dumps.saturating_sub(self.tail) < need && self.head > 0 {
            let (head, tail) = (self.head, self.tail);
            if head <= tail && tail <= self.tx.as_ref().len() {
                self.tx.as_mut().copy_within(head..tail, 0);
            }
            self.tail = tail.saturating_sub(head);
            self.head = 0;
        }
        let (tail, dumps) = (self.tail, self.dumps);
        match self.tx.as_mut().get_mut(tail..dumps) {
            Some(room) if room.len() >= need => Ok(room),
            _ => Err(Refused::Full),
        }
    }

    /// Makes the first `len` bytes of [`room`](Self::room) part of the queue.
    pub(super) fn grow_queue(&mut self, len: usize) {
        self.tail = self.tail.saturating_add(align4(len)).min(self.dumps);
    }

    pub(super) fn tail(&self) -> usize {
        self.tail.saturating_sub(self.head)
    }

    /// Takes back what was appended since [`tail`](Self::tail) was `tail`.
    pub(super) fn truncate_queue(&mut self, tail: usize) {
        self.tail = self.head.saturating_add(tail).min(self.tail);
    }

    /// The last `len` bytes of the queue (a message just appended), without padding.
    pub(super) fn queue_tail_mut(&mut self, len: usize) -> &mut [u8] {
        let start = self.tail.saturating_sub(align4(len));
        self.slice_mut(start, len)
    }

    pub(super) fn queue_head(&self, len: usize) -> &[u8] {
        self.slice(self.head, len)
    }

    /// The queued message at `offset` from the queue's head: its offset, sequence number and length.
    pub(super) fn queue_message(&self, offset: usize) -> Option<(usize, u32, usize)> {
        let start = self.head.saturating_add(offset);
        let bytes = self.tx.as_ref().get(start..self.tail)?;
        let message = Message::parse(bytes).ok()?;
        Some((offset, message.seq(), message.bytes().len()))
    }

    pub(super) fn add_queue_flags(&mut self, offset: usize, flags: u16) {
        let start = self.head.saturating_add(offset);
        let field =
            self.tx.as_mut().get_mut(start.saturating_add(6)..).and_then(<[u8]>::first_chunk_mut::<2>);
        if let Some(field) = field {
            *field = (u16::from_ne_bytes(*field) | flags).to_ne_bytes();
        }
    }

    pub(super) fn consume_queue(&mut self, len: usize) {
        self.head = self.head.saturating_add(len).min(self.tail);
        if self.head == self.tail {
            (self.head, self.tail) = (0, 0);
        }
    }

    /// Messages of the request named `base` within the first `len` bytes of the queue.
    pub(super) fn count(&self, base: u32, len: usize) -> u32 {
        let mask = (1u32 << INDEX_BITS).wrapping_sub(1);
        let (mut at, mut count) = (0usize, 0u32);
        while at < len
            && let Some((offset, seq, bytes)) = self.queue_message(at)
        {
            at = offset.saturating_add(align4(bytes));
            count = count.saturating_add(u32::from(seq != 0 && seq & !mask == base));
        }
        count
    }

    /// Makes no-operations of the queued messages `from..to` of the request named `base`: type `NLMSG_NOOP`, no flags,
    /// sequence number 0, which the kernel skips without an answer.
    pub(super) fn blank(&mut self, base: u32, from: u32, to: u32) {
        let mask = (1u32 << INDEX_BITS).wrapping_sub(1);
        let mut at = 0usize;
        while let Some((offset, seq, len)) = self.queue_message(at) {
            at = offset.saturating_add(align4(len));
            if seq != 0 && seq & !mask == base && (from..to).contains(&(seq & mask)) {
                let start = self.head.saturating_add(offset).saturating_add(4);
                let [k0, k1] = NLMSG_NOOP.to_ne_bytes();
                if let Some(head) = self.tx.as_mut().get_mut(start..).and_then(<[u8]>::first_chunk_mut::<8>) {
                    *head = [k0, k1, 0, 0, 0, 0, 0, 0];
                }
            }
        }
    }

    /// Keeps a dump request; returns where.
    pub(super) fn push_dump(&mut self, message: &[u8]) -> Result<usize, Refused> {
        let need = align4(message.len());
        self.room(need)?;
        self.dumps = self.dumps.saturating_sub(need);
        let at = self.dumps;
        self.slice_mut(at, message.len()).copy_from_slice(message);
        Ok(at)
    }

    /// Drops the dump request at `at`; the ones below it move up by the returned number of bytes.
    pub(super) fn remove_dump(&mut self, at: usize, len: usize) -> usize {
        let (start, moved) = (self.dumps, align4(len));
        if start <= at && at <= self.tx.as_ref().len() {
            self.tx.as_mut().copy_within(start..at, start.saturating_add(moved));
            self.dumps = start.saturating_add(moved);
        }
        moved
    }

    pub(super) fn slice(&self, at: usize, len: usize) -> &[u8] {
        self.tx.as_ref().get(at..at.saturating_add(len)).unwrap_or(&[])
    }

    pub(super) fn slice_mut(&mut self, at: usize, len: usize) -> &mut [u8] {
        self.tx.as_mut().get_mut(at..at.saturating_add(len)).unwrap_or(&mut [])
    }
}
