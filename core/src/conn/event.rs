//! What a connection tells its user.

use super::RequestId;
use crate::errno::Errno;
use crate::schema::{Path, Schema, locate, missing};
use crate::wire::{Ack, Malformed, Message};
use core::fmt;

/// What happened. Small, `Copy`, borrows the received datagram only.
///
/// Every request that was accepted ends with exactly one [`Finished`](Self::Finished) or [`Unknown`](Self::Unknown),
/// unless it was cancelled.
#[derive(Clone, Copy, Debug)]
pub enum Event<'d> {
    /// A message that answers a request.
    Reply(RequestId, Message<'d>),
    /// The request has ended.
    Finished(RequestId, Result<Success<'d>, Failure<'d>>),
    /// The dump was inconsistent and starts over: forget its replies.
    Restarted(RequestId),
    /// The request was sent and its acknowledgement was lost: the change may have happened. Re-read, then decide.
    Unknown(RequestId),
    /// What nobody asked for: a message of a multicast group.
    Notification(Message<'d>),
    /// Notifications were lost: resynchronise.
    Overrun,
    /// Bytes that are not a message; the events before them are good.
    Malformed(Malformed<'d>),
}

/// A request that was carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Success<'d> {
    pub(super) ack: Option<Ack<'d>>,
}

impl<'d> Success<'d> {
    /// The acknowledgement, when the kernel sent one for this very request.
    pub fn ack(self) -> Option<Ack<'d>> {
        self.ack
    }

    /// What the kernel remarks although it did it.
    pub fn warning(self) -> Option<&'d str> {
        self.ack?.message()
    }
}

/// Why a request failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The kernel said no.
    Kernel,
    /// The socket did not take it: it was not carried out.
    Send,
    /// A dump was inconsistent each time it was tried.
    Interrupted,
    /// A part of a dump did not fit into the receive buffer each time it was tried.
    Truncated,
}

impl Cause {
    /// The sentence that an error message begins with.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn explain(self, f: &mut fmt::Formatter<'_>, errno: Errno) -> fmt::Result {
        match self {
            Self::Kernel => write!(f, "{errno}"),
            Self::Send => write!(f, "not sent: {errno}"),
            Self::Interrupted => f.write_str("the table kept changing while it was dumped"),
            Self::Truncated => f.write_str("a reply is larger than the receive buffer"),
        }
    }
}

/// A request that failed: the error number, who said it, and the kernel's words if it had any.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Failure<'d> {
    pub(super) errno: Errno,
    pub(super) cause: Cause,
    pub(super) ack: Option<Ack<'d>>,
}

impl<'d> Failure<'d> {
    /// A failure that the kernel reported with `ack`.
    pub fn from_ack(errno: Errno, ack: Ack<'d>) -> Self {
        Self { errno, cause: Cause::Kernel, ack: Some(ack) }
    }

    /// The error number.
    pub fn errno(self) -> Errno {
        self.errno
    }

    /// Who said it.
    pub fn cause(self) -> Cause {
        self.cause
    }

    /// The acknowledgement that carried it.
    pub fn ack(self) -> Option<Ack<'d>> {
        self.ack
    }

    /// The kernel's own words.
    pub fn message(self) -> Option<&'d str> {
        self.ack?.message()
    }

    /// The attribute at fault, or the one that is missing, as a path of names. `schema` is the set of the request,
    /// `request` its bytes with the header (the echoed request serves when it was not capped).
    pub fn path(self, schema: &'static Schema, request: &[u8]) -> Option<Path> {
        let ack = self.ack?;
        let header = crate::wire::NLMSG_HDRLEN;
        let payload = request.get(header..)?;
        if let Some(kind) = ack.missing_type() {
            let nest = ack.missing_nest().map(|at| (at as usize).saturating_sub(header));
            return Some(missing(schema, payload, nest, u16::try_from(kind).ok()?));
        }
        let offset = (ack.offset()? as usize).checked_sub(header)?;
        locate(schema, payload, offset)
    }
}

impl fmt::Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Failure");
        out.field("errno", &self.errno).field("cause", &self.cause);
        if let Some(text) = self.message() {
            out.field("message", &text);
        }
        out.finish()
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.explain(f, self.errno)?;
        if let Some(text) = self.message() {
            write!(f, ": {text}")?;
        }
        Ok(())
    }
}

impl core::error::Error for Failure<'_> {}
