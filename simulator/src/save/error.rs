//! Why a text is no world.

use netplumb_core::schema::JsonError;
use std::fmt;

/// Why a text is no world, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadError {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub fault: LoadFault,
}

/// What can be wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LoadFault {
    /// The first line is not `netplumb world 1`.
    NotAWorld,
    /// No line begins with this word.
    UnknownWord,
    /// Something is missing.
    Missing(&'static str),
    /// Something stands there twice.
    Repeated(&'static str),
    /// The message is not in the form that it has to have; the offset is that in the text behind the word.
    Json(JsonError),
    /// The message is of another type than the word says.
    MessageType(&'static str),
    /// The message's header is cut, or there are bytes that are no attribute.
    Payload,
    /// An attribute that this object does not have.
    UnknownAttribute {
        /// The attribute set.
        set: &'static str,
        /// Its type.
        kind: u16,
    },
    /// A value that cannot be.
    Value(&'static str),
    /// A key behind the `+` that this object does not have; text that is no `key=value`.
    UnknownKey(Box<str>),
    /// The lines are right one by one, and do not fit each other.
    Inconsistent(String),
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAWorld => f.write_str("the first line has to be \"netplumb world 1\""),
            Self::UnknownWord => f.write_str("no line begins with this word"),
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::Repeated(what) => write!(f, "{what} was there before"),
            Self::Json(error) => write!(f, "{} (at byte {} behind the word)", error.reason, error.offset),
            Self::MessageType(expected) => write!(f, "the message has to be {expected}"),
            Self::Payload => f.write_str("the message is cut"),
            Self::UnknownAttribute { set, kind } => write!(f, "attribute {kind} is not one of {set}"),
            Self::Value(what) => write!(f, "{what} is expected"),
            Self::UnknownKey(key) => write!(f, "{key:?} is not known here"),
            Self::Inconsistent(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fault)
    }
}

impl std::error::Error for LoadError {}
