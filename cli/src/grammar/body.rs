//! The attributes of a request while the command line is read.

use super::Usage;
use netplumb_core::schema::Header;
use netplumb_core::wire::{NLM_F_REQUEST, NLMSG_HDRLEN, Writer};

/// Largest message that a command line can make. The kernel's own limit for the attributes of one is near it.
const MAX: usize = 64 * 1024;

/// Bytes of an attribute's head, and the most that padding in front and behind can be.
const ATTR: usize = 4 + 3 + 3;

/// Attributes, one after the other. What does not fit is told by [`message`](Self::message).
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    len: usize,
    overflow: bool,
}

impl Body {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), len: 0, overflow: false }
    }

    /// Writes at most `room` bytes.
    fn write(&mut self, room: usize, write: impl FnOnce(&mut Writer<'_>)) -> &mut Self {
        // A batch holds many messages; most are a few dozen bytes long.
        let need = self.len.saturating_add(room).min(MAX);
        if self.bytes.len() < need {
            self.bytes.resize(need.next_power_of_two().clamp(128, MAX), 0);
        }
        let mut w = Writer::resume(&mut self.bytes, self.len);
        write(&mut w);
        self.overflow |= w.overflowed();
        self.len = w.len();
        self
    }

    /// Appends an attribute with this payload.
    pub(crate) fn attr(&mut self, id: u16, payload: &[u8]) -> &mut Self {
        self.write(ATTR + payload.len(), |w| w.attr(id, payload))
    }

    pub(crate) fn u8(&mut self, id: u16, value: u8) -> &mut Self {
        self.attr(id, &[value])
    }

    pub(crate) fn u16(&mut self, id: u16, value: u16) -> &mut Self {
        self.attr(id, &value.to_ne_bytes())
    }

    pub(crate) fn be16(&mut self, id: u16, value: u16) -> &mut Self {
        self.attr(id, &value.to_be_bytes())
    }

    pub(crate) fn u32(&mut self, id: u16, value: u32) -> &mut Self {
        self.attr(id, &value.to_ne_bytes())
    }

    pub(crate) fn be32(&mut self, id: u16, value: u32) -> &mut Self {
        self.attr(id, &value.to_be_bytes())
    }

    pub(crate) fn u64(&mut self, id: u16, value: u64) -> &mut Self {
        self.attr(id, &value.to_ne_bytes())
    }

    /// Appends text with its terminating NUL.
    pub(crate) fn str(&mut self, id: u16, text: &str) -> &mut Self {
        self.write(ATTR + text.len() + 1, |w| w.attr_str(id, text))
    }

    /// Appends a struct that stands for itself: the header of a message inside an attribute.
    pub(crate) fn header<H: Header>(&mut self, header: &H) -> &mut Self {
        self.write(ATTR + H::SIZE, |w| header.write_fixed(w))
    }

    /// Appends an attribute that holds what `fill` appends.
    pub(crate) fn nest<T>(
        &mut self,
        id: u16,
        fill: impl FnOnce(&mut Self) -> Result<T, Usage>,
    ) -> Result<T, Usage> {
        let start = self.len;
        self.attr(id, &[]);
        let out = fill(self)?;
        self.close(start);
        Ok(out)
    }

    /// Writes the distance from `start` to here as the length that stands there.
    pub(crate) fn close(&mut self, start: usize) {
        match (u16::try_from(self.len - start), self.bytes.get_mut(start..start + 2)) {
            (Ok(len), Some(field)) => field.copy_from_slice(&len.to_ne_bytes()),
            _ => self.overflow = true,
        }
    }

    /// Where the next attribute will be.
    pub(crate) fn position(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The attributes so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Writes a struct over the one that was written at `at`.
    pub(crate) fn patch(&mut self, at: usize, header: &impl Header) {
        if let Some(room) = self.bytes.get_mut(at..self.len) {
            header.write_fixed(&mut Writer::new(room));
        }
    }

    /// The whole message.
    pub(crate) fn message<H: Header>(&self, kind: u16, flags: u16, header: &H) -> Result<Vec<u8>, Usage> {
        let mut buffer = vec![0; (NLMSG_HDRLEN + ATTR + H::SIZE + self.len).min(MAX)];
        let mut w = Writer::new(&mut buffer);
        let fitted = w.message(kind, flags | NLM_F_REQUEST, 0, 0, |w| {
            header.write_fixed(w);
            w.bytes(self.bytes());
        });
        if self.overflow || !fitted {
            return Err(Usage::new(1, "the command makes a message of more than 64 KiB"));
        }
        let len = w.len();
        buffer.truncate(len);
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netplumb_core::family::link::IfInfoMsg;

    #[test]
    fn a_message_is_as_long_as_what_is_in_it() {
        for length in [0, 1, 5, 100, 1000, 60_000] {
            let mut body = Body::new();
            body.attr(1, &vec![7; length]).str(2, "text").header(&IfInfoMsg::default());
            let message = body.message(16, 0, &IfInfoMsg::default()).unwrap();
            assert_eq!(message.len(), 16 + 16 + (4 + length).next_multiple_of(4) + 12 + 16);
            assert!(message.capacity() < message.len() + 64, "a batch keeps thousands of messages");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let mut body = Body::new();
        body.attr(1, &[0; 40_000]).attr(2, &[0; 40_000]);
        assert!(body.message(16, 0, &IfInfoMsg::default()).is_err());
    }
}
