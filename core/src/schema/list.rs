//! Payload types that hold several values: arrays, nests, indexed lists, records.

use super::Kind;
use super::value::{FieldValue, Set, Value};
use crate::bytes::{self, align4};
use crate::wire::{Attrs, Writer};
use core::fmt;
use core::marker::PhantomData;

/// Equal elements one after the other.
#[derive(Debug)]
pub struct Array<T>(PhantomData<T>);

/// The elements of an [`Array`].
pub struct Elements<'a, T> {
    bytes: &'a [u8],
    of: PhantomData<T>,
}

impl<T> Clone for Elements<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Elements<'_, T> {}

impl<'a, T: FieldValue> Elements<'a, T> {
    /// The elements that are whole.
    pub fn iter(self) -> impl Iterator<Item = T> + 'a
    where
        T: 'a,
    {
        self.bytes.chunks_exact(T::SIZE.max(1)).filter_map(T::read_field)
    }
}

impl<T: FieldValue + fmt::Debug> fmt::Debug for Elements<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: FieldValue + 'static> Value for Array<T> {
    type View<'a> = Elements<'a, T>;
    type Arg<'a> = &'a [T];
    const KIND: Kind = Kind::Array(&T::KIND);
    fn read(payload: &[u8]) -> Option<Elements<'_, T>> {
        Some(Elements { bytes: payload, of: PhantomData })
    }
    fn write(w: &mut Writer<'_>, id: u16, values: &[T]) {
        let start = w.len();
        let payload = values.len().saturating_mul(T::SIZE);
        w.attr(id, &[]);
        w.zeros(payload);
        let body = start.saturating_add(4);
        if !w.overflowed()
            && let Some(out) = w.written_mut().get_mut(body..body.saturating_add(payload))
        {
            for (value, out) in values.iter().zip(out.chunks_exact_mut(T::SIZE.max(1))) {
                value.write_field(out);
            }
        }
        w.close_attr(start, payload);
    }
}

/// Views of every attribute of one type in a list, in the order sent.
#[derive(Clone, Copy)]
pub struct Many<'a, T> {
    attrs: Attrs<'a>,
    kind: u16,
    of: PhantomData<T>,
}

impl<'a, T> Many<'a, T> {
    /// All attributes of type `kind` in `attrs`.
    pub fn new(attrs: Attrs<'a>, kind: u16) -> Self {
        Self { attrs, kind, of: PhantomData }
    }
}

impl<'a, T: Value> Iterator for Many<'a, T> {
    type Item = T::View<'a>;
    fn next(&mut self) -> Option<T::View<'a>> {
        loop {
            let attr = self.attrs.next()?;
            if attr.kind() == self.kind
                && let Some(value) = T::read(attr.payload())
            {
                return Some(value);
            }
        }
    }
}

/// A nest of set `S` as a payload type: for lists of nests.
#[derive(Debug)]
pub struct Nested<S>(PhantomData<S>);

impl<S: Set> Value for Nested<S> {
    type View<'a> = S::View<'a>;
    /// The nest's payload, ready made.
    type Arg<'a> = &'a [u8];
    const KIND: Kind = Kind::Nest(|| S::SCHEMA);
    fn read(payload: &[u8]) -> Option<S::View<'_>> {
        S::view(payload)
    }
    fn write(w: &mut Writer<'_>, id: u16, payload: &[u8]) {
        w.attr(id | crate::wire::NLA_F_NESTED, payload);
    }
}

/// A list of attributes whose type is an index, all of payload type `T`.
#[derive(Debug)]
pub struct Indexed<T>(PhantomData<T>);

impl<T: Value> Value for Indexed<T> {
    type View<'a> = IndexedView<'a, T>;
    /// The nest's payload, ready made.
    type Arg<'a> = &'a [u8];
    const KIND: Kind = Kind::Indexed(&T::KIND);
    fn read(payload: &[u8]) -> Option<IndexedView<'_, T>> {
        Some(IndexedView { attrs: Attrs::new(payload), of: PhantomData })
    }
    fn write(w: &mut Writer<'_>, id: u16, payload: &[u8]) {
        w.attr(id | crate::wire::NLA_F_NESTED, payload);
    }
}

/// Iterates over `(index, value)` of an [`Indexed`] list.
#[derive(Clone, Copy)]
pub struct IndexedView<'a, T> {
    attrs: Attrs<'a>,
    of: PhantomData<T>,
}

impl<'a, T: Value> Iterator for IndexedView<'a, T> {
    type Item = (u16, T::View<'a>);
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let attr = self.attrs.next()?;
            if let Some(value) = T::read(attr.payload()) {
                return Some((attr.kind(), value));
            }
        }
    }
}

/// Records with a `u16` length at their start (`struct rtnexthop`), each a header of set `S` and its attributes.
#[derive(Debug)]
pub struct Records<S>(PhantomData<S>);

impl<S: Set> Value for Records<S> {
    type View<'a> = RecordsView<'a, S>;
    /// The records' bytes, ready made.
    type Arg<'a> = &'a [u8];
    const KIND: Kind = Kind::Records(|| S::SCHEMA);
    fn read(payload: &[u8]) -> Option<RecordsView<'_, S>> {
        Some(RecordsView { rest: payload, of: PhantomData })
    }
    fn write(w: &mut Writer<'_>, id: u16, payload: &[u8]) {
        w.attr(id, payload);
    }
}

/// Splits the first length-prefixed record off `rest`; `None` at the end or when its length cannot be right.
pub(crate) fn split_record<'d>(rest: &mut &'d [u8], header: usize) -> Option<&'d [u8]> {
    let len = usize::from(bytes::u16_ne(rest)?);
    if len < header.max(2) {
        return None;
    }
    let record = rest.get(..len)?;
    *rest = rest.get(align4(len)..).unwrap_or(&[]);
    Some(record)
}

/// Iterates over views of [`Records`].
pub struct RecordsView<'a, S> {
    rest: &'a [u8],
    of: PhantomData<S>,
}

impl<S> Clone for RecordsView<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for RecordsView<'_, S> {}

impl<'a, S: Set> Iterator for RecordsView<'a, S> {
    type Item = S::View<'a>;
    fn next(&mut self) -> Option<S::View<'a>> {
        let record = split_record(&mut self.rest, S::SCHEMA.header.size)?;
        S::view(record)
    }
}
