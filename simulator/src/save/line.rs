//! One object's line: a message, and what it does not say.

use super::error::LoadFault;
use netplumb_core::family::ROUTE;
use netplumb_core::schema::{Header, Set, read_message, write_message};
use netplumb_core::wire::{Attrs, Message, Source, Writer};
use std::str::FromStr;

pub(super) type Result<T> = std::result::Result<T, LoadFault>;

/// A line behind its word.
pub(super) struct Line<'l> {
    pub(super) message: Message<'l>,
    pub(super) tail: Tail<'l>,
}

/// The keys of a line that have not been asked for.
pub(super) struct Tail<'l> {
    keys: Vec<(&'l str, &'l str)>,
}

/// Attributes by type; of several the last.
#[derive(Clone, Copy)]
pub(super) struct Last<'d>(pub(super) Attrs<'d>);

impl<'d> Source<'d> for Last<'d> {
    fn find(self, kind: u16) -> Option<netplumb_core::wire::Attr<'d>> {
        self.0.find_last(kind)
    }
    fn all(self) -> Attrs<'d> {
        self.0
    }
}

impl<'l> Line<'l> {
    pub(super) fn read(text: &'l str, buffer: &'l mut [u8]) -> Result<Self> {
        let mut w = Writer::new(buffer);
        let read = read_message(text, &ROUTE, &mut w).map_err(LoadFault::Json)?;
        let bytes = w.finish().map_err(|_| LoadFault::Payload)?;
        let message = Message::parse(bytes).map_err(|_| LoadFault::Payload)?;
        let rest = text.get(read..).unwrap_or("").trim();
        let tail = match rest.strip_prefix('+') {
            Some(keys) => Tail::read(keys)?,
            None if rest.is_empty() => Tail { keys: Vec::new() },
            None => return Err(LoadFault::UnknownKey(rest.into())),
        };
        Ok(Self { message, tail })
    }

    /// Header and attributes, when the message is of this type and has nothing that its set does not know.
    pub(super) fn parts<S: Set>(&self, kind: u16, name: &'static str) -> Result<(S::Header, Last<'l>)> {
        if self.message.kind() != kind {
            return Err(LoadFault::MessageType(name));
        }
        let (header, attrs) = S::SCHEMA.split(self.message.payload()).ok_or(LoadFault::Payload)?;
        let header = S::Header::read_fixed(header).ok_or(LoadFault::Payload)?;
        let mut rest = attrs;
        for attr in rest.by_ref() {
            if S::SCHEMA.attr(attr.kind()).is_none() {
                return Err(LoadFault::UnknownAttribute { set: S::SCHEMA.name, kind: attr.kind() });
            }
        }
        if !rest.remainder().is_empty() {
            return Err(LoadFault::Payload);
        }
        Ok((header, Last(attrs)))
    }
}

impl<'l> Tail<'l> {
    pub(super) fn read(text: &'l str) -> Result<Self> {
        let pairs = text
            .split_whitespace()
            .map(|pair| pair.split_once('=').ok_or_else(|| LoadFault::UnknownKey(pair.into())));
        Ok(Self { keys: pairs.collect::<Result<_>>()? })
    }

    /// The value of a key that may be there, once.
    pub(super) fn take(&mut self, key: &str) -> Option<&'l str> {
        let at = self.keys.iter().position(|pair| pair.0 == key)?;
        Some(self.keys.remove(at).1)
    }

    /// A value that is a number or something else with a form, or what it usually is.
    pub(super) fn value<T: FromStr>(&mut self, key: &str, what: &'static str, usual: T) -> Result<T> {
        self.take(key).map_or(Ok(usual), |text| text.parse().map_err(|_| LoadFault::Value(what)))
    }

    /// 0 or 1.
    pub(super) fn flag(&mut self, key: &str, usual: bool) -> Result<bool> {
        match self.take(key) {
            None => Ok(usual),
            Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(_) => Err(LoadFault::Value("0 or 1")),
        }
    }

    /// Nothing may be left.
    pub(super) fn finish(&self) -> Result<()> {
        match self.keys.first() {
            Some((key, _)) => Err(LoadFault::UnknownKey((*key).into())),
            None => Ok(()),
        }
    }
}

/// Appends a word and a message.
pub(super) fn put(out: &mut String, word: &str, kind: u16, fill: impl FnOnce(&mut Writer<'_>)) {
    let mut buffer = vec![0; 64 * 1024];
    let mut w = Writer::new(&mut buffer);
    fill(&mut w);
    let len = w.len();
    put_payload(out, word, kind, buffer.get(..len).unwrap_or(&[]));
}

/// The same with the payload of the message.
pub(super) fn put_payload(out: &mut String, word: &str, kind: u16, payload: &[u8]) {
    let mut buffer = vec![0; payload.len() + 32];
    let mut w = Writer::new(&mut buffer);
    w.message(kind, 0, 0, 0, |w| w.bytes(payload));
    let len = w.len();
    out.push_str(word);
    out.push(' ');
    // Objects are smaller than the buffer, and writing to a string cannot fail.
    if let Some(Ok(message)) = buffer.get(..len).map(Message::parse) {
        let _ = write_message(out, &ROUTE, message);
    }
}
