//! Attributes as a kind of link keeps them: in the order in which the kernel sends them.

use netplumb_core::bytes;
use netplumb_core::wire::Writer;

/// A list of attributes that belong to one nest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Data {
    rows: Vec<(u16, Box<[u8]>)>,
}

/// A default value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value {
    U8(u8),
    U16(u16),
    Be16(u16),
    U32(u32),
    U64(u64),
    Bytes(&'static [u8]),
}

impl Data {
    pub(crate) fn of(defaults: &[(u16, Value)]) -> Self {
        let mut data = Self::default();
        for (kind, value) in defaults {
            match *value {
                Value::U8(v) => data.set(*kind, &[v]),
                Value::U16(v) => data.set(*kind, &v.to_ne_bytes()),
                Value::Be16(v) => data.set(*kind, &v.to_be_bytes()),
                Value::U32(v) => data.set(*kind, &v.to_ne_bytes()),
                Value::U64(v) => data.set(*kind, &v.to_ne_bytes()),
                Value::Bytes(v) => data.set(*kind, v),
            }
        }
        data
    }

    pub(crate) fn get(&self, kind: u16) -> Option<&[u8]> {
        self.rows.iter().find(|row| row.0 == kind).map(|row| &*row.1)
    }

    pub(crate) fn u8(&self, kind: u16) -> u8 {
        self.get(kind).and_then(|v| v.first().copied()).unwrap_or(0)
    }

    pub(crate) fn u16(&self, kind: u16) -> u16 {
        self.get(kind).and_then(bytes::u16_ne).unwrap_or(0)
    }

    pub(crate) fn u32(&self, kind: u16) -> u32 {
        self.get(kind).and_then(bytes::u32_ne).unwrap_or(0)
    }

    /// Changes a value in its place, or appends it.
    pub(crate) fn set(&mut self, kind: u16, value: &[u8]) {
        match self.rows.iter_mut().find(|row| row.0 == kind) {
            Some(row) => row.1 = value.into(),
            None => self.rows.push((kind, value.into())),
        }
    }

    /// Puts a value in front of the row of type `before`, or at the end.
    pub(crate) fn set_before(&mut self, before: u16, kind: u16, value: &[u8]) {
        self.remove(kind);
        let at = self.rows.iter().position(|row| row.0 == before).unwrap_or(self.rows.len());
        self.rows.insert(at, (kind, value.into()));
    }

    pub(crate) fn remove(&mut self, kind: u16) {
        self.rows.retain(|row| row.0 != kind);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        for (kind, value) in &self.rows {
            w.attr(*kind, value);
        }
    }

    /// The rows, in their order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u16, &[u8])> + '_ {
        self.rows.iter().map(|row| (row.0, &*row.1))
    }
}
