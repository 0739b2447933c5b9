//! Writing messages into a caller's buffer.

use super::attr::NLA_F_NESTED;
use super::message::NLMSG_HDRLEN;
use crate::bytes::align4;
use core::fmt;

/// The buffer was too small for what was written, or an attribute grew beyond 65,535 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message does not fit its buffer (an attribute holds at most 65535 bytes)")
    }
}

impl core::error::Error for Overflow {}

/// Appends messages and attributes to a byte slice.
///
/// An overflow is *sticky*: once something did not fit, later writes do nothing and [`finish`](Self::finish)
/// says so, hence builders need no error handling. [`message`](Self::message) rolls a message that did not fit
/// back as a whole and clears the overflow, so a batch keeps its complete messages.
///
/// ```
/// use netplumb_core::wire::Writer;
/// let mut buffer = [0; 40];
/// let mut w = Writer::new(&mut buffer);
/// assert!(w.message(16, 5, 1, 0, |w| w.attr_str(3, "eth0")));
/// assert!(!w.message(16, 5, 2, 0, |w| w.attr_str(3, "eth1")), "no room: taken back");
/// assert_eq!(w.finish().unwrap().len(), 28);
/// ```
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
    overflow: bool,
}

impl<'b> Writer<'b> {
    /// A writer at the beginning of `buffer`.
    #[inline]
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0, overflow: false }
    }

    /// A writer that goes on behind the first `len` bytes of `buffer`.
    #[inline]
    pub fn resume(buffer: &'b mut [u8], len: usize) -> Self {
        let overflow = len > buffer.len();
        Self { buffer, len, overflow }
    }

    /// Bytes written.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether something did not fit.
    #[inline]
    pub fn overflowed(&self) -> bool {
        self.overflow
    }

    /// What has been written so far.
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or(&[])
    }

    /// The bytes written so far, to patch fixed headers.
    pub fn written_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.len).unwrap_or(&mut [])
    }

    /// The bytes written.
    ///
    /// # Errors
    /// [`Overflow`] when something did not fit.
    pub fn finish(self) -> Result<&'b [u8], Overflow> {
        let Self { buffer, len, overflow } = self;
        if overflow { Err(Overflow) } else { buffer.get(..len).ok_or(Overflow) }
    }

    /// Forgets everything behind the first `len` bytes, and an overflow with it.
    pub fn truncate(&mut self, len: usize) {
        if len <= self.len {
            self.len = len;
            self.overflow = false;
        }
    }

    /// Makes every later write fail: for a value that no buffer could hold.
    pub fn fail(&mut self) {
        self.overflow = true;
    }

    /// Room for `n` bytes, zeroed up to the next multiple of four; `None` and overflow when they do not fit.
    #[inline]
    fn grow(&mut self, n: usize) -> Option<&mut [u8]> {
        let start = self.len;
        let end = start.checked_add(align4(n))?;
        if self.overflow || end > self.buffer.len() {
            self.overflow = true;
            return None;
        }
        self.len = end;
        let room = self.buffer.get_mut(start..end)?;
        if let Some(padding) = room.get_mut(n..) {
            padding.fill(0);
        }
        room.get_mut(..n)
    }

    /// Appends `bytes` and zeros up to the next multiple of four.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        if let Some(room) = self.grow(bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }

    /// Appends `n` zero bytes, rounded up to a multiple of four.
    #[inline]
    pub fn zeros(&mut self, n: usize) {
        if let Some(room) = self.grow(n) {
            room.fill(0);
        }
    }

    /// Appends `bytes` without padding: for payloads that are written piecewise. Whoever calls it closes the attribute
    /// ([`close_attr`](Self::close_attr)) or aligns ([`pad`](Self::pad)).
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        match self.buffer.get_mut(self.len..end) {
            Some(room) if !self.overflow => {
                room.copy_from_slice(bytes);
                self.len = end;
            }
            _ => self.overflow = true,
        }
    }

    /// Appends zeros up to the next multiple of four.
    pub(crate) fn pad(&mut self) {
        let missing = align4(self.len).saturating_sub(self.len);
        self.raw([0; 3].get(..missing).unwrap_or(&[]));
    }

    /// Appends an attribute. `kind` may carry `NLA_F_*` bits.
    #[inline]
    pub fn attr(&mut self, kind: u16, payload: &[u8]) {
        self.attr_parts(kind, payload, &[]);
    }

    /// Appends an attribute whose payload is `a` followed by `b`.
    #[inline]
    pub fn attr_parts(&mut self, kind: u16, a: &[u8], b: &[u8]) {
        let total = a.len().saturating_add(b.len()).saturating_add(4);
        let Ok(len) = u16::try_from(total) else {
            self.overflow = true;
            return;
        };
        let Some(room) = self.grow(total) else { return };
        let ([l0, l1], [k0, k1]) = (len.to_ne_bytes(), kind.to_ne_bytes());
        let Some((head, payload)) = room.split_first_chunk_mut::<4>() else { return };
        *head = [l0, l1, k0, k1];
        if let Some((pa, pb)) = payload.split_at_mut_checked(a.len()) {
            pa.copy_from_slice(a);
            pb.copy_from_slice(b);
        }
    }

    /// Appends a string attribute with its terminating NUL.
    #[inline]
    pub fn attr_str(&mut self, kind: u16, text: &str) {
        self.attr_parts(kind, text.as_bytes(), &[0]);
    }

    /// Appends an attribute marked as nested, whose payload `fill` writes.
    #[inline]
    pub fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) {
        self.nest_raw(kind | NLA_F_NESTED, fill);
    }

    /// Appends an attribute of exactly this type (no bit added), whose payload `fill` writes.
    #[inline]
    pub fn nest_raw(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) {
        let start = self.len;
        let [k0, k1] = kind.to_ne_bytes();
        self.bytes(&[0, 0, k0, k1]);
        fill(self);
        self.patch_len16(start);
    }

    /// Writes the distance from `start` to here as the `u16` at `start`: attribute and rtnexthop lengths.
    pub(crate) fn patch_len16(&mut self, start: usize) {
        if self.overflow {
            return;
        }
        let Ok(len) = u16::try_from(self.len.saturating_sub(start)) else {
            self.overflow = true;
            return;
        };
        if let Some(field) = self.buffer.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<2>) {
            *field = len.to_ne_bytes();
        }
    }

    /// Sets the length of the attribute that began at `start` to exactly `payload` bytes after its header,
    /// zeroing what was written behind it. For payloads that are written piecewise and need not be aligned.
    pub(crate) fn close_attr(&mut self, start: usize, payload: usize) {
        let end = start.saturating_add(4).saturating_add(payload);
        let aligned = align4(end);
        let Ok(len) = u16::try_from(end.saturating_sub(start)) else {
            self.overflow = true;
            return;
        };
        if self.overflow || aligned > self.buffer.len() {
            self.overflow = true;
            return;
        }
        if let Some(padding) = self.buffer.get_mut(end..aligned) {
            padding.fill(0);
        }
        self.len = aligned;
        if let Some(field) = self.buffer.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<2>) {
            *field = len.to_ne_bytes();
        }
    }

    /// Appends a whole message and returns whether it fitted. One that does not fit is taken back, so the
    /// messages before it stay valid.
    #[inline]
    pub fn message(
        &mut self,
        kind: u16,
        flags: u16,
        seq: u32,
        port: u32,
        fill: impl FnOnce(&mut Self),
    ) -> bool {
        let start = self.len;
        if self.overflow {
            return false;
        }
        self.zeros(NLMSG_HDRLEN);
        fill(self);
        let len = self.len.saturating_sub(start);
        let fits = match (self.overflow, u32::try_from(len)) {
            (false, Ok(len)) => self.patch_header(start, len, kind, flags, seq, port),
            _ => false,
        };
        if !fits {
            self.truncate(start);
        }
        fits
    }

    fn patch_header(&mut self, start: usize, len: u32, kind: u16, flags: u16, seq: u32, port: u32) -> bool {
        let Some(head) = self.buffer.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<NLMSG_HDRLEN>)
        else {
            return false;
        };
        let ([a, b, c, d], [e, f], [g, h]) = (len.to_ne_bytes(), kind.to_ne_bytes(), flags.to_ne_bytes());
        let ([i, j, k, l], [m, n, o, p]) = (seq.to_ne_bytes(), port.to_ne_bytes());
        *head = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Attrs, Messages};

    #[test]
    fn a_message_that_does_not_fit_is_taken_back() {
        let mut buffer = [0xaa; 48];
        let mut w = Writer::new(&mut buffer);
        assert!(w.message(16, 5, 1, 0, |w| w.attr(3, b"eth0\0")));
        assert!(!w.message(16, 5, 2, 0, |w| w.nest(18, |w| w.attr(1, &[7; 30]))));
        assert!(!w.overflowed());
        assert!(w.message(17, 5, 3, 0, |_| ()));
        let bytes = w.finish().unwrap();
        let seqs: std::vec::Vec<_> = Messages::new(bytes).map(|m| m.unwrap().seq()).collect();
        assert_eq!(seqs, [1, 3]);
        let first = Messages::new(bytes).next().unwrap().unwrap();
        // Padding is zeroed whatever was in the buffer.
        assert_eq!(&first.payload()[9..], [0, 0, 0]);
    }

    #[test]
    fn overflow_is_sticky_and_attributes_are_bounded() {
        let mut buffer = [0; 12];
        let mut w = Writer::new(&mut buffer);
        w.attr(1, &[1; 20]);
        w.attr(2, &[1]);
        assert!(w.overflowed());
        assert_eq!(w.finish(), Err(Overflow));

        let mut big = std::vec![0; 140_000];
        let mut w = Writer::new(&mut big);
        w.nest(1, |w| {
            w.attr(1, &[0; 40_000]);
            w.attr(2, &[0; 40_000]);
        });
        assert!(w.overflowed(), "a nest longer than 65535 bytes cannot be written");
    }

    #[test]
    fn nests_carry_their_length_and_mark() {
        let mut buffer = [0; 64];
        let mut w = Writer::new(&mut buffer);
        w.nest(18, |w| w.attr_str(1, "veth"));
        let attr = Attrs::new(w.written()).next().unwrap();
        assert!(attr.is_nested());
        assert_eq!(attr.nested().next().unwrap().payload(), b"veth\0");
    }
}
