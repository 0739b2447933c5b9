//! Acknowledgements and errors (`struct nlmsgerr`, `NLMSG_DONE`, extended acks; `linux/netlink.h`).

use super::attr::Attrs;
use super::message::{
    Header, Malformation, Message, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_ERROR, NLMSG_HDRLEN,
};
use crate::bytes::{self, align4};
use crate::errno::Errno;
use core::fmt;

const NLMSGERR_ATTR_MSG: u16 = 1;
const NLMSGERR_ATTR_OFFS: u16 = 2;
const NLMSGERR_ATTR_COOKIE: u16 = 3;
const NLMSGERR_ATTR_POLICY: u16 = 4;
const NLMSGERR_ATTR_MISS_TYPE: u16 = 5;
const NLMSGERR_ATTR_MISS_NEST: u16 = 6;

/// An error number, the request it belongs to as the kernel echoed it, and the kernel's own words.
///
/// ```
/// use netplumb_core::Errno;
/// use netplumb_core::wire::{Ack, Message, NLM_F_ACK_TLVS, NLMSG_ERROR, Writer};
/// let mut buffer = [0; 64];
/// let mut w = Writer::new(&mut buffer);
/// w.message(NLMSG_ERROR, NLM_F_ACK_TLVS, 7, 0, |w| {
///     w.bytes(&(-95i32).to_ne_bytes());
///     w.message(16, 5, 7, 0, |_| ()); // the request, echoed
///     w.attr_str(1, "Unknown device type");
/// });
/// let ack = Ack::parse(Message::parse(w.finish().unwrap()).unwrap()).unwrap().unwrap();
/// assert_eq!((ack.errno(), ack.message()), (Some(Errno::EOPNOTSUPP), Some("Unknown device type")));
/// assert_eq!(ack.request_header().unwrap().kind, 16);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ack<'d> {
    errno: i32,
    request: &'d [u8],
    tlvs: Attrs<'d>,
}

impl<'d> Ack<'d> {
    /// Reads an `NLMSG_ERROR` or `NLMSG_DONE`; `None` for other types.
    ///
    /// # Errors
    /// [`Malformation::ShortAck`] when the error number itself is not there. (A bare `NLMSG_DONE` without
    /// payload counts as success: some families send it so.)
    #[inline]
    pub fn parse(message: Message<'d>) -> Option<Result<Self, Malformation>> {
        let payload = message.payload();
        let tail = payload.get(4..).unwrap_or(&[]);
        let has_tlvs = message.flags() & NLM_F_ACK_TLVS != 0;
        Some(match (message.kind(), bytes::i32_ne(payload)) {
            (NLMSG_ERROR, Some(errno)) => {
                let (request, rest) = split_echo(tail, message.flags());
                Ok(Self { errno, request, tlvs: Attrs::new(if has_tlvs { rest } else { &[] }) })
            }
            (NLMSG_DONE, Some(errno)) => {
                Ok(Self { errno, request: &[], tlvs: Attrs::new(if has_tlvs { tail } else { &[] }) })
            }
            (NLMSG_DONE, None) if payload.is_empty() => {
                Ok(Self { errno: 0, request: &[], tlvs: Attrs::new(&[]) })
            }
            (NLMSG_ERROR | NLMSG_DONE, None) => Err(Malformation::ShortAck { have: payload.len() }),
            _ => return None,
        })
    }

    /// The error, `None` for success.
    #[inline]
    pub fn errno(self) -> Option<Errno> {
        Errno::from_wire(self.errno)
    }

    /// The header of the request this answers; `None` in an `NLMSG_DONE`.
    pub fn request_header(self) -> Option<Header> {
        // A capped echo keeps the request's length field, so it is not a whole message.
        let head = self.request.first_chunk::<NLMSG_HDRLEN>()?;
        Some(Header {
            len: bytes::u32_ne(head)?,
            kind: bytes::at(head, 4).map(u16::from_ne_bytes)?,
            flags: bytes::at(head, 6).map(u16::from_ne_bytes)?,
            seq: bytes::at(head, 8).map(u32::from_ne_bytes)?,
            port: bytes::at(head, 12).map(u32::from_ne_bytes)?,
        })
    }

    /// The whole request as echoed; `None` when the kernel capped it to the header.
    pub fn request(self) -> Option<Message<'d>> {
        Message::parse(self.request).ok()
    }

    /// What the kernel says in words; a warning when there is no error.
    pub fn message(self) -> Option<&'d str> {
        let text = self.tlvs.find(NLMSGERR_ATTR_MSG)?.payload();
        let text = text.split(|&b| b == 0).next()?;
        core::str::from_utf8(text).ok()
    }

    /// Offset in the request, from its `nlmsghdr`, of the attribute that was at fault.
    pub fn offset(self) -> Option<u32> {
        bytes::u32_ne(self.tlvs.find(NLMSGERR_ATTR_OFFS)?.payload())
    }

    /// What the family wants to tell a caller who knows it.
    pub fn cookie(self) -> Option<&'d [u8]> {
        Some(self.tlvs.find(NLMSGERR_ATTR_COOKIE)?.payload())
    }

    /// What the policy would have allowed (`NL_POLICY_TYPE_ATTR_*`).
    pub fn policy(self) -> Option<Attrs<'d>> {
        Some(self.tlvs.find(NLMSGERR_ATTR_POLICY)?.nested())
    }

    /// Type of an attribute that is required and missing.
    pub fn missing_type(self) -> Option<u32> {
        bytes::u32_ne(self.tlvs.find(NLMSGERR_ATTR_MISS_TYPE)?.payload())
    }

    /// Offset of the nest in which the required attribute is missing; none means the top level.
    pub fn missing_nest(self) -> Option<u32> {
        bytes::u32_ne(self.tlvs.find(NLMSGERR_ATTR_MISS_NEST)?.payload())
    }

    /// All extended-ack attributes, those that this library does not know included.
    pub fn tlvs(self) -> Attrs<'d> {
        self.tlvs
    }
}

/// Splits the echoed request from what follows it.
fn split_echo(tail: &[u8], flags: u16) -> (&[u8], &[u8]) {
    let full = bytes::u32_ne(tail).unwrap_or(0) as usize;
    let len = if flags & NLM_F_CAPPED != 0 { NLMSG_HDRLEN } else { full.max(NLMSG_HDRLEN) };
    let echo = tail.get(..len).unwrap_or(tail);
    (echo, tail.get(align4(len)..).unwrap_or(&[]))
}

impl fmt::Debug for Ack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Ack");
        match self.errno() {
            Some(errno) => out.field("errno", &errno),
            None => out.field("errno", &0),
        };
        if let Some(text) = self.message() {
            out.field("message", &text);
        }
        if let Some(offset) = self.offset() {
            out.field("offset", &offset);
        }
        if let Some(kind) = self.missing_type() {
            out.field("missing_type", &kind);
        }
        if let Some(nest) = self.missing_nest() {
            out.field("missing_nest", &nest);
        }
        out.field("request", &self.request_header()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{NLM_F_MULTI, Writer};

    fn ack(kind: u16, flags: u16, fill: impl FnOnce(&mut Writer<'_>)) -> std::vec::Vec<u8> {
        let mut buffer = [0; 256];
        let mut w = Writer::new(&mut buffer);
        assert!(w.message(kind, flags, 9, 77, fill));
        w.finish().unwrap().to_vec()
    }

    #[test]
    fn error_with_echo_and_words() {
        let bytes = ack(NLMSG_ERROR, NLM_F_ACK_TLVS, |w| {
            w.bytes(&(-22i32).to_ne_bytes());
            w.message(16, 5, 9, 0, |w| w.bytes(&[0; 20]));
            w.attr_str(NLMSGERR_ATTR_MSG, "no");
            w.attr(NLMSGERR_ATTR_OFFS, &36u32.to_ne_bytes());
            w.attr(NLMSGERR_ATTR_MISS_TYPE, &4u32.to_ne_bytes());
        });
        let a = Ack::parse(Message::parse(&bytes).unwrap()).unwrap().unwrap();
        assert_eq!(a.errno(), Some(Errno::EINVAL));
        assert_eq!((a.message(), a.offset(), a.missing_type()), (Some("no"), Some(36), Some(4)));
        assert_eq!(a.request().unwrap().payload().len(), 20);
    }

    #[test]
    fn capped_success_with_a_warning() {
        let bytes = ack(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, |w| {
            w.bytes(&0i32.to_ne_bytes());
            let mut head = [0; 16];
            head[..4].copy_from_slice(&64u32.to_ne_bytes());
            w.bytes(&head);
            w.attr_str(NLMSGERR_ATTR_MSG, "bytes leftover");
        });
        let a = Ack::parse(Message::parse(&bytes).unwrap()).unwrap().unwrap();
        assert_eq!((a.errno(), a.message()), (None, Some("bytes leftover")));
        assert_eq!(a.request_header().unwrap().len, 64);
        assert_eq!(a.request(), None);
    }

    #[test]
    fn done_carries_errors_too() {
        let bytes = ack(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS, |w| {
            w.bytes(&(-19i32).to_ne_bytes());
            w.attr_str(NLMSGERR_ATTR_MSG, "gone");
        });
        let a = Ack::parse(Message::parse(&bytes).unwrap()).unwrap().unwrap();
        assert_eq!((a.errno(), a.message(), a.request_header()), (Some(Errno::ENODEV), Some("gone"), None));
        let bytes = ack(NLMSG_DONE, NLM_F_MULTI, |_| ());
        assert_eq!(Ack::parse(Message::parse(&bytes).unwrap()).unwrap().unwrap().errno(), None);
        let bytes = ack(NLMSG_ERROR, 0, |_| ());
        assert_eq!(
            Ack::parse(Message::parse(&bytes).unwrap()),
            Some(Err(Malformation::ShortAck { have: 0 }))
        );
    }
}
