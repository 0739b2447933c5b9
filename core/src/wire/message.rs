//! Netlink messages in a datagram (`struct nlmsghdr`, `linux/netlink.h`).

use crate::bytes;
use core::fmt;

/// Bytes of `struct nlmsghdr` (`linux/netlink.h`).
pub const NLMSG_HDRLEN: usize = 16;

macro_rules! constants {
    ($($(#[doc = $doc:literal])* $name:ident = $value:literal;)*) => {
        $($(#[doc = $doc])*
        ///
        /// From `linux/netlink.h`.
        pub const $name: u16 = $value;)*
    };
}

constants! {
    /// Nothing; acknowledged when asked.
    NLMSG_NOOP = 1;
    /// An error or an acknowledgement: see [`Ack`](crate::wire::Ack).
    NLMSG_ERROR = 2;
    /// End of a multipart reply; carries an error number.
    NLMSG_DONE = 3;
    /// Data was lost (defined, never sent by today's kernels).
    NLMSG_OVERRUN = 4;
    /// Types below this are netlink's own.
    NLMSG_MIN_TYPE = 16;
    /// It is a request.
    NLM_F_REQUEST = 0x01;
    /// Part of a multipart reply that ends with `NLMSG_DONE`.
    NLM_F_MULTI = 0x02;
    /// Acknowledge also success.
    NLM_F_ACK = 0x04;
    /// Send the resulting notification to the requester, too.
    NLM_F_ECHO = 0x08;
    /// The dump was inconsistent: something changed while it ran.
    NLM_F_DUMP_INTR = 0x10;
    /// The dump was filtered as asked.
    NLM_F_DUMP_FILTERED = 0x20;
    /// GET: from the root of the table.
    NLM_F_ROOT = 0x100;
    /// GET: all that match.
    NLM_F_MATCH = 0x200;
    /// GET: atomic snapshot (ignored).
    NLM_F_ATOMIC = 0x400;
    /// GET: dump (`NLM_F_ROOT | NLM_F_MATCH`).
    NLM_F_DUMP = 0x300;
    /// NEW: replace what exists.
    NLM_F_REPLACE = 0x100;
    /// NEW: do not touch what exists.
    NLM_F_EXCL = 0x200;
    /// NEW: create what does not exist.
    NLM_F_CREATE = 0x400;
    /// NEW: add at the end of the list.
    NLM_F_APPEND = 0x800;
    /// DEL: do not delete recursively.
    NLM_F_NONREC = 0x100;
    /// DEL: delete many objects.
    NLM_F_BULK = 0x200;
    /// ACK: the request was echoed without its payload.
    NLM_F_CAPPED = 0x100;
    /// ACK: extended acknowledgement attributes follow.
    NLM_F_ACK_TLVS = 0x200;
}

/// The fields of `struct nlmsghdr`, native byte order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Header {
    /// Length of the message with this header, in bytes.
    pub len: u32,
    /// Message type (`nlmsg_type`): `NLMSG_*` below 16, the protocol's own above.
    pub kind: u16,
    /// `NLM_F_*` flags.
    pub flags: u16,
    /// Sequence number that ties replies to a request.
    pub seq: u32,
    /// Port id of the requester (`nlmsg_pid`), 0 for what the kernel says by itself.
    pub port: u32,
}

/// One complete message: its slice begins with `nlmsghdr` and is exactly `nlmsg_len` bytes long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Message<'d> {
    head: &'d [u8; NLMSG_HDRLEN],
    bytes: &'d [u8],
}

impl<'d> Message<'d> {
    /// The message at the beginning of `bytes`; what follows it is ignored.
    ///
    /// # Errors
    /// [`Malformation`] when the header is cut or its length field cannot be right.
    #[inline]
    pub fn parse(bytes: &'d [u8]) -> Result<Self, Malformation> {
        let Some(head) = bytes.first_chunk::<NLMSG_HDRLEN>() else {
            return Err(Malformation::HeaderCut { have: bytes.len() });
        };
        let len = bytes::u32_ne(head).unwrap_or(0) as usize;
        if len < NLMSG_HDRLEN {
            return Err(Malformation::LengthTooSmall { len });
        }
        match bytes.get(..len) {
            Some(bytes) => Ok(Self { head, bytes }),
            None => Err(Malformation::LengthTooLarge { len, have: bytes.len() }),
        }
    }

    /// All bytes of the message, header included, padding excluded.
    #[inline]
    pub fn bytes(self) -> &'d [u8] {
        self.bytes
    }

    /// The bytes after the header.
    #[inline]
    pub fn payload(self) -> &'d [u8] {
        self.bytes.get(NLMSG_HDRLEN..).unwrap_or(&[])
    }

    /// The header's fields.
    #[inline]
    pub fn header(self) -> Header {
        Header {
            len: bytes::u32_ne(self.head).unwrap_or(0),
            kind: self.kind(),
            flags: self.flags(),
            seq: self.seq(),
            port: self.port(),
        }
    }

    /// Message type (`nlmsg_type`).
    #[inline]
    pub fn kind(self) -> u16 {
        let [_, _, _, _, a, b, ..] = *self.head;
        u16::from_ne_bytes([a, b])
    }

    /// `NLM_F_*` flags.
    #[inline]
    pub fn flags(self) -> u16 {
        let [_, _, _, _, _, _, a, b, ..] = *self.head;
        u16::from_ne_bytes([a, b])
    }

    /// Sequence number.
    #[inline]
    pub fn seq(self) -> u32 {
        let [_, _, _, _, _, _, _, _, a, b, c, d, ..] = *self.head;
        u32::from_ne_bytes([a, b, c, d])
    }

    /// Port id of the requester (`nlmsg_pid`).
    #[inline]
    pub fn port(self) -> u32 {
        let [.., a, b, c, d] = *self.head;
        u32::from_ne_bytes([a, b, c, d])
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("header", &self.header()).field("payload", &self.payload()).finish()
    }
}

/// Why bytes are not a message. Offsets are those of [`Malformed`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Malformation {
    /// Fewer than 16 bytes are left.
    HeaderCut {
        /// Bytes that are left.
        have: usize,
    },
    /// `nlmsg_len` is smaller than the header itself.
    LengthTooSmall {
        /// The length field.
        len: usize,
    },
    /// `nlmsg_len` runs over the end of the datagram.
    LengthTooLarge {
        /// The length field.
        len: usize,
        /// Bytes that are left.
        have: usize,
    },
    /// The datagram was longer than the receive buffer; the kernel threw the rest away.
    Truncated {
        /// Bytes that were received.
        have: usize,
    },
    /// The payload is shorter than the fixed header of its type.
    PayloadCut {
        /// Bytes of payload.
        have: usize,
    },
    /// An error or done message is too short for its fixed part.
    ShortAck {
        /// Payload bytes.
        have: usize,
    },
}

impl fmt::Display for Malformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::HeaderCut { have } => write!(f, "{have} bytes left, a message header needs {NLMSG_HDRLEN}"),
            Self::LengthTooSmall { len } => {
                write!(f, "nlmsg_len {len} is smaller than the header ({NLMSG_HDRLEN})")
            }
            Self::LengthTooLarge { len, have } => {
                write!(f, "nlmsg_len {len} runs over the end of the datagram, {have} bytes are left")
            }
            Self::PayloadCut { have } => write!(f, "a payload of {have} bytes is too short for its header"),
            Self::Truncated { have } => write!(f, "datagram cut to the {have} bytes of the receive buffer"),
            Self::ShortAck { have } => {
                write!(f, "error message with {have} payload bytes, at least 4 needed")
            }
        }
    }
}

impl core::error::Error for Malformation {}

/// Bytes that are not a message: the rest of the datagram, where it begins, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed<'d> {
    /// Offset in the datagram.
    pub offset: usize,
    /// The bytes from there to the end.
    pub bytes: &'d [u8],
    /// What is wrong with them.
    pub reason: Malformation,
}

/// The messages of a datagram, in order. After the first [`Malformed`] it ends, as lengths can no longer be trusted.
///
/// ```
/// use netplumb_core::wire::{Messages, Writer};
/// let mut buffer = [0; 40];
/// let mut w = Writer::new(&mut buffer);
/// w.message(16, 0, 1, 0, |_| ());
/// w.message(17, 0, 2, 0, |_| ());
/// w.bytes(&[9]); // no message
/// let mut messages = Messages::new(w.finish().unwrap());
/// assert_eq!(messages.next().unwrap().unwrap().kind(), 16);
/// assert_eq!(messages.next().unwrap().unwrap().kind(), 17);
/// assert_eq!(messages.next().unwrap().unwrap_err().offset, 32);
/// assert!(messages.next().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Messages<'d> {
    rest: &'d [u8],
    total: usize,
}

impl<'d> Messages<'d> {
    /// Messages of `datagram`.
    #[inline]
    pub fn new(datagram: &'d [u8]) -> Self {
        Self { rest: datagram, total: datagram.len() }
    }

    /// Offset of the next message in the datagram.
    #[inline]
    pub fn offset(&self) -> usize {
        self.total.wrapping_sub(self.rest.len())
    }
}

impl<'d> Iterator for Messages<'d> {
    type Item = Result<Message<'d>, Malformed<'d>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match Message::parse(self.rest) {
            Ok(message) => {
                // The last message of a datagram may lack its padding.
                self.rest = self.rest.get(bytes::align4(message.bytes.len())..).unwrap_or(&[]);
                Some(Ok(message))
            }
            Err(reason) => {
                let malformed = Malformed { offset: self.offset(), bytes: self.rest, reason };
                self.rest = &[];
                Some(Err(malformed))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{vec, vec::Vec};

    /// The kernel pads messages to four bytes, but the last one of a datagram may end where its payload does.
    #[test]
    fn the_last_message_may_end_anywhere() {
        for extra in 0..=7u32 {
            let mut bytes = vec![0u8; 36];
            bytes[..4].copy_from_slice(&17u32.to_ne_bytes());
            bytes[20..24].copy_from_slice(&(16 + extra).to_ne_bytes());
            bytes.resize(36 + extra as usize, 9);
            let lengths: Vec<_> = Messages::new(&bytes).map(|m| m.unwrap().payload().len()).collect();
            assert_eq!(lengths, [1, extra as usize]);
        }
    }
}
