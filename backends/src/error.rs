//! What can go wrong with a request, with everything the kernel said about it.

use netplumb_core::Errno;
use netplumb_core::conn::{Cause, Failure, Refused};
use netplumb_core::family::Protocol;
use netplumb_core::wire::{Malformation, Message};
use std::{fmt, io};

/// Why a call of [`Client`](crate::Client) failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The kernel (real or simulated) said no.
    Kernel(Box<KernelError>),
    /// The request was sent, its acknowledgement was lost: the change may have happened. Re-read, then decide.
    Unknown {
        /// The request's message type.
        operation: String,
    },
    /// The connection did not take the request; nothing was sent.
    Refused(Refused),
    /// The request did not fit its own buffer: build it with a larger one.
    TooLong,
    /// A get was answered without a reply.
    NoReply {
        /// The request's message type.
        operation: String,
    },
    /// A reply is not a message, or its header is cut.
    Malformed {
        /// Offset in the datagram, or in what had been read of the table.
        offset: usize,
        /// What is wrong.
        reason: Malformation,
    },
    /// The socket failed.
    Io(io::Error),
}

/// An error that the kernel reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KernelError {
    /// The request's message type, `"RTM_NEWLINK"`.
    pub operation: String,
    /// The error number.
    pub errno: Errno,
    /// Who said it.
    pub cause: Cause,
    /// The kernel's own words.
    pub message: Option<String>,
    /// The attribute at fault or missing, as a path of names: `"IFLA_LINKINFO.IFLA_INFO_KIND"`.
    pub path: Option<String>,
    /// Whether the attribute of `path` is missing.
    pub missing: bool,
}

impl KernelError {
    /// Takes over what `failure` says about `request` (a whole message), a request of `protocol`.
    pub fn new(failure: Failure<'_>, protocol: &Protocol, request: &[u8]) -> Self {
        let kind = Message::parse(request).map_or(0, Message::kind);
        let schema = protocol.message(kind).map(|m| (m.schema)());
        let path = schema.and_then(|schema| failure.path(schema, request));
        Self {
            operation: operation(protocol, request),
            errno: failure.errno(),
            cause: failure.cause(),
            message: failure.message().map(str::to_owned),
            path: path.map(|p| p.to_string()),
            missing: failure.ack().is_some_and(|ack| ack.missing_type().is_some()),
        }
    }
}

/// The name of a request's message type, or its number.
pub(crate) fn operation(protocol: &Protocol, request: &[u8]) -> String {
    let kind = Message::parse(request).map_or(0, Message::kind);
    protocol.message(kind).map_or_else(|| format!("message type {kind}"), |m| m.name.to_owned())
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        self.cause.explain(f, self.errno)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match &self.path {
            Some(path) if self.missing => write!(f, " ({path} is missing)")?,
            Some(path) => write!(f, " ({path})")?,
            None => {}
        }
        if self.errno == Errno::EPERM {
            f.write_str(" (needs CAP_NET_ADMIN in this network namespace)")?;
        }
        Ok(())
    }
}

impl std::error::Error for KernelError {}

impl Error {
    /// The error number, if there is one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Kernel(e) => Some(e.errno),
            Self::Io(e) => e.raw_os_error().map(Errno),
            _ => None,
        }
    }

    /// The kernel's own words.
    pub fn kernel_message(&self) -> Option<&str> {
        match self {
            Self::Kernel(e) => e.message.as_deref(),
            _ => None,
        }
    }

    /// The attribute at fault or missing, as a path of names.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Kernel(e) => e.path.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(e) => e.fmt(f),
            Self::Unknown { operation } => {
                write!(
                    f,
                    "{operation}: the acknowledgement was lost, it may or may not have been carried out"
                )
            }
            Self::Refused(e) => write!(f, "request not taken: {e}"),
            Self::TooLong => f.write_str("the request does not fit its buffer"),
            Self::NoReply { operation } => write!(f, "{operation}: the kernel sent no reply"),
            Self::Malformed { offset, reason } => write!(f, "malformed reply at offset {offset}: {reason}"),
            Self::Io(e) => write!(f, "netlink socket: {e}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Kernel(e) => Some(e),
            Self::Refused(e) => Some(e),
            Self::Io(e) => Some(e),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

impl From<Refused> for Error {
    fn from(e: Refused) -> Self {
        Self::Refused(e)
    }
}

impl From<netplumb_core::wire::Overflow> for Error {
    fn from(_: netplumb_core::wire::Overflow) -> Self {
        Self::TooLong
    }
}
