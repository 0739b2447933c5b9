//! Requests as values: bytes that know what they ask for and what comes back.
//!
//! A [`Request`] is built without a socket, can be looked at, kept, sent twice, put into a batch, or given to any
//! session: a real kernel, a simulated one, another namespace, another host.
//!
//! ```
//! use netplumb_core::family::addr::{Addr, IfAddrMsg, RTM_GETADDR};
//! use netplumb_core::request::{AsRequest, Request};
//! use netplumb_core::conn::Expect;
//!
//! let dump = Request::<Addr<'static>>::new(RTM_GETADDR, 0, Expect::Dump, IfAddrMsg::default());
//! assert_eq!(dump.message().unwrap().len(), 24);
//! ```

use crate::conn::Expect;
use crate::schema::{Header as _, Schema, Set};
use crate::wire::{NLM_F_ECHO, NLM_F_REQUEST, NLMSG_HDRLEN, Overflow, Writer};
use core::fmt;
use core::marker::PhantomData;

/// Bytes that a [`Request`] holds unless told otherwise.
pub const REQUEST_SIZE: usize = 1024;

/// Something that can be sent as one netlink message.
pub trait AsRequest {
    /// The set of its replies.
    type Reply: Set;

    /// The whole message. Sequence number and port are filled in when it is sent.
    ///
    /// # Errors
    /// [`Overflow`] when it did not fit its buffer.
    fn message(&self) -> Result<&[u8], Overflow>;

    /// What the kernel will answer.
    fn expect(&self) -> Expect;
}

impl<R: AsRequest> AsRequest for &R {
    type Reply = R::Reply;
    fn message(&self) -> Result<&[u8], Overflow> {
        (**self).message()
    }
    fn expect(&self) -> Expect {
        (**self).expect()
    }
}

/// A request about objects of set `S`, in a buffer of `N` bytes.
///
/// What does not fit makes [`message`](AsRequest::message) fail, not the building: take a larger `N` then.
pub struct Request<S, const N: usize = REQUEST_SIZE> {
    buffer: [u8; N],
    len: usize,
    overflow: bool,
    expect: Expect,
    of: PhantomData<S>,
}

impl<S: Set, const N: usize> Request<S, N> {
    /// A request of type `kind` with this header and no attributes yet. `flags` are those that say what to do
    /// (`NLM_F_CREATE`, ...); the ones that belong to `expect` are added when it is sent.
    #[inline]
    pub fn new(kind: u16, flags: u16, expect: Expect, header: S::Header) -> Self {
        let mut buffer = [0; N];
        let mut w = Writer::new(&mut buffer);
        let fitted = w.message(kind, flags | NLM_F_REQUEST, 0, 0, |w| header.write_fixed(w));
        let len = w.len();
        Self { buffer, len, overflow: !fitted, expect, of: PhantomData }
    }

    /// Adds attributes with the writer itself. Sets of this crate have `with` and `add`, which take their builder.
    #[inline]
    pub fn write(&mut self, fill: impl FnOnce(&mut Writer<'_>)) {
        if self.overflow {
            return;
        }
        let mut w = Writer::resume(&mut self.buffer, self.len);
        fill(&mut w);
        self.overflow = w.overflowed();
        self.len = w.len();
        if let (Ok(len), Some(field)) = (u32::try_from(self.len), self.buffer.first_chunk_mut::<4>()) {
            *field = len.to_ne_bytes();
        }
    }

    /// Changes the header.
    #[must_use]
    pub fn header(mut self, change: impl FnOnce(&mut S::Header)) -> Self {
        let end = NLMSG_HDRLEN.saturating_add(S::Header::SIZE);
        if let Some(bytes) = self.buffer.get_mut(NLMSG_HDRLEN..end)
            && let Some(mut header) = S::Header::read_fixed(bytes)
        {
            change(&mut header);
            header.write_fixed(&mut Writer::new(bytes));
        }
        self
    }

    /// Adds and takes away `NLM_F_*` flags.
    #[must_use]
    pub fn flags(mut self, add: u16, remove: u16) -> Self {
        if let Some(field) = self.buffer.get_mut(6..).and_then(<[u8]>::first_chunk_mut::<2>) {
            *field = ((u16::from_ne_bytes(*field) | add) & !remove).to_ne_bytes();
        }
        self
    }

    /// Asks the kernel to send the notification of the change to the requester, too: it comes as a reply.
    #[must_use]
    pub fn echo(self) -> Self {
        self.flags(NLM_F_ECHO, 0)
    }

    /// The set of the request.
    pub fn schema(&self) -> &'static Schema {
        S::SCHEMA
    }
}

impl<S: Set, const N: usize> AsRequest for Request<S, N> {
    type Reply = S;
    #[inline]
    fn message(&self) -> Result<&[u8], Overflow> {
        if self.overflow { Err(Overflow) } else { self.buffer.get(..self.len).ok_or(Overflow) }
    }
    #[inline]
    fn expect(&self) -> Expect {
        self.expect
    }
}

impl<S, const N: usize> Clone for Request<S, N> {
    fn clone(&self) -> Self {
        Self {
            buffer: self.buffer,
            len: self.len,
            overflow: self.overflow,
            expect: self.expect,
            of: PhantomData,
        }
    }
}

impl<S: Set, const N: usize> fmt::Debug for Request<S, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Err(Overflow) => f.write_str("Request(does not fit)"),
            Ok(bytes) => match S::SCHEMA.split(bytes.get(NLMSG_HDRLEN..).unwrap_or(&[])) {
                Some((header, attrs)) => crate::schema::pretty(f, S::SCHEMA, header, attrs),
                None => write!(f, "Request({bytes:02x?})"),
            },
        }
    }
}

/// `Request::with` and `Request::add` with a set's own builder. (A method of the generic type cannot name it: a closure
/// that must work for every lifetime of a generic builder is beyond today's compiler, rust-lang/rust#100013.)
macro_rules! request_builder {
    ($View:ident / $Builder:ident) => {
        impl<const N: usize> $crate::request::Request<$View<'static>, N> {
            /// Adds attributes.
            #[must_use]
            #[inline]
            pub fn with(mut self, fill: impl FnOnce(&mut $Builder<'_, '_>)) -> Self {
                self.add(fill);
                self
            }

            /// Adds attributes in place.
            #[inline]
            pub fn add(&mut self, fill: impl FnOnce(&mut $Builder<'_, '_>)) {
                self.write(|w| fill(&mut $Builder::resume(w)));
            }
        }
    };
}
pub(crate) use request_builder;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::addr::{Addr, IfAddrMsg, RTM_NEWADDR};
    use crate::wire::{Messages, NLM_F_CREATE};
    use core::net::IpAddr;

    #[test]
    fn grows_and_keeps_its_length() {
        let local: IpAddr = "192.0.2.1".parse().unwrap();
        let request =
            Request::<Addr<'static>>::new(RTM_NEWADDR, NLM_F_CREATE, Expect::Ack, IfAddrMsg::default())
                .with(|a| {
                    a.local(local).label("eth0:1");
                })
                .header(|h| h.ifa_index = 7)
                .echo();
        let bytes = request.message().unwrap();
        let message = Messages::new(bytes).next().unwrap().unwrap();
        assert_eq!(message.bytes().len(), bytes.len());
        let addr = Addr::new(message.payload()).unwrap();
        assert_eq!((addr.header().ifa_index, addr.local(), addr.label()), (7, Some(local), Some("eth0:1")));
        assert_ne!(message.flags() & NLM_F_ECHO, 0);
    }

    #[test]
    fn too_small_a_buffer_is_told_when_sent() {
        let request = Request::<Addr<'static>, 32>::new(RTM_NEWADDR, 0, Expect::Ack, IfAddrMsg::default())
            .with(|a| {
                a.label("a-long-label");
            });
        assert_eq!(request.message(), Err(Overflow));
    }
}
