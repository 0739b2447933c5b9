//! Random valid payloads of any set: food for tests of everything that reads them.
//!
//! ```
//! use netplumb_core::family::link::Link;
//! use netplumb_core::schema::{Generate, Rules, Seed, check, generate};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 8192];
//! let mut w = Writer::new(&mut buffer);
//! generate(Link::SCHEMA, Generate::default(), &mut Seed(7), &mut w);
//! let payload = w.finish().unwrap();
//! assert_eq!(check(Link::SCHEMA, payload, Rules::STRICT), Ok(()));
//! assert!(Link::new(payload).unwrap().attrs().count() > 0);
//! ```

use super::json::element_size;
use super::value::Label;
use super::walk::{OPAQUE, Scope};
use super::{AttrSpec, Case, Fixed, Int, Kind, Mark, Names, Schema, Selector};
use crate::bytes::put_uint;
use crate::wire::{Attrs, NLA_F_NESTED, Writer};
use core::ops::Range;

/// Where decisions come from.
pub trait Entropy {
    /// A number from 0 to `bound - 1`; 0 when `bound` is 0. Small decisions come first: 0 is always the simplest choice, so
    /// that a source that runs out ends what it decides.
    fn next(&mut self, bound: u64) -> u64;
}

/// Decisions from a seed, by splitmix64: fast, and the same on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Seed(
    /// The state; any number will do.
    pub u64,
);

impl Entropy for Seed {
    fn next(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).checked_rem(bound).unwrap_or(0)
    }
}

/// Decisions from bytes, as a fuzzer has them: one byte where it is enough, else two or eight. Behind the end come zeros.
#[derive(Clone, Copy, Debug)]
pub struct Tape<'d>(
    /// The bytes that are left.
    pub &'d [u8],
);

impl Entropy for Tape<'_> {
    fn next(&mut self, bound: u64) -> u64 {
        let size = match bound {
            0 | 1 => return 0,
            2..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 8,
        };
        let (now, rest) = self.0.split_at_checked(size).unwrap_or((self.0, &[]));
        self.0 = rest;
        let value = now.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        value.checked_rem(bound).unwrap_or(0)
    }
}

/// What [`generate`] may make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Generate {
    /// Attribute types that the set does not have, now and then.
    pub unknown: bool,
    /// Attributes in all, those in nests included.
    pub attrs: u32,
    /// Nests in nests; deeper ones are empty.
    pub depth: usize,
}

impl Default for Generate {
    fn default() -> Self {
        Self { unknown: false, attrs: 100, depth: 6 }
    }
}

/// Appends a random payload of `schema` to `w`: its header and some of its attributes, with values, lengths and choices that
/// [`check`](super::check()) accepts strictly. It ends early when the buffer is full; only when not even the header
/// fits, the writer overflows.
pub fn generate(schema: &'static Schema, options: Generate, entropy: &mut dyn Entropy, w: &mut Writer<'_>) {
    Generator { entropy, w, options, left: options.attrs }.set(schema, 0);
}

struct Generator<'g, 'b> {
    entropy: &'g mut dyn Entropy,
    w: &'g mut Writer<'b>,
    options: Generate,
    /// Attributes that may still be made.
    left: u32,
}

impl Generator<'_, '_> {
    fn set(&mut self, schema: &'static Schema, depth: usize) {
        let start = self.w.len();
        self.fields(schema.header);
        let header = start..self.w.len();
        self.w.pad();
        if depth <= self.options.depth && !self.w.overflowed() {
            self.list(schema, header, depth);
        }
    }

    fn fields(&mut self, fixed: &'static Fixed) {
        for field in fixed.fields {
            if field.name.starts_with('_') {
                (0..field.size).for_each(|_| self.w.raw(&[0]));
            } else {
                self.payload(&field.kind, None, 0);
            }
        }
    }

    fn list(&mut self, schema: &'static Schema, header: Range<usize>, depth: usize) {
        let start = self.w.len();
        let density = self.entropy.next(if schema.attrs.len() < 32 { 9 } else { 6 });
        // What chooses comes first: what it chooses is then known.
        for row in schema.attrs.iter().filter(|row| cases(schema, row.id).next().is_some()) {
            if self.entropy.next(3) > 0 {
                self.chooser(schema, row);
            }
        }
        for row in schema.attrs.iter().filter(|row| cases(schema, row.id).next().is_none()) {
            // Nests are where sets differ most.
            let deep = matches!(row.kind, Kind::Nest(_) | Kind::Select(_) | Kind::Records(_));
            let chance = if deep { density.saturating_mul(2) } else { density };
            if self.entropy.next(12).saturating_add(chance) < 12 {
                continue;
            }
            let times = if row.is(Mark::multi) { self.entropy.next(3) } else { 0 };
            for _ in 0..=times {
                let written = self.w.written();
                let header = written.get(header.clone()).unwrap_or(&[]);
                let attrs = Attrs::new(written.get(start..).unwrap_or(&[]));
                let kind = Scope { schema, header, attrs }.resolve(&row.kind);
                self.attribute(row.id, kind, row.range, depth);
            }
        }
        if self.options.unknown && self.entropy.next(4) == 3 {
            let id = u16::try_from(self.entropy.next(0x4000)).unwrap_or(0);
            if schema.attr(id).is_none() {
                self.attribute(id, &OPAQUE, None, depth);
            }
        }
        self.rotate(start);
    }

    /// An attribute with one of the values that choose between kinds of its siblings.
    fn chooser(&mut self, schema: &'static Schema, row: &'static AttrSpec) {
        if self.left == 0 {
            return;
        }
        let count = cases(schema, row.id).count();
        let at = usize::try_from(self.entropy.next(count as u64)).unwrap_or(0);
        let case = cases(schema, row.id).nth(at);
        match (case, &row.kind) {
            (Some(Case::Str(text)), _) => {
                let start = self.open(row.id);
                self.w.raw(text.as_bytes());
                self.w.raw(&[0]);
                self.close(start);
            }
            (Some(Case::Int(value)), Kind::Int(int)) => {
                let start = self.open(row.id);
                self.put(int, *value);
                self.close(start);
            }
            _ => self.attribute(row.id, &row.kind, row.range, 0),
        }
    }

    /// Moves some attributes of a list to its end, so that what chooses may stand behind what it chooses.
    fn rotate(&mut self, start: usize) {
        let count = Attrs::new(self.w.written().get(start..).unwrap_or(&[])).count();
        let by = usize::try_from(self.entropy.next(count as u64)).unwrap_or(0);
        let Some(list) = self.w.written_mut().get_mut(start..) else { return };
        let mut rest = Attrs::new(list);
        rest.by_ref().take(by).for_each(drop);
        let at = list.len().saturating_sub(rest.remainder().len());
        list.rotate_left(at);
    }

    fn attribute(&mut self, id: u16, kind: &'static Kind, range: Option<(i64, i64)>, depth: usize) {
        if self.left == 0 {
            return;
        }
        let nest = matches!(kind, Kind::Nest(_) | Kind::Indexed(_));
        let bits = if nest && self.entropy.next(4) > 0 { NLA_F_NESTED } else { 0 };
        let start = self.open(id | bits);
        self.payload(kind, range, depth.saturating_add(1));
        self.close(start);
    }

    fn open(&mut self, raw_kind: u16) -> usize {
        let start = self.w.len();
        self.left = self.left.saturating_sub(1);
        self.w.attr(raw_kind, &[]);
        start
    }

    /// Ends the attribute that began at `start`; takes it back and makes no more when it did not fit.
    fn close(&mut self, start: usize) {
        let payload = self.w.len().saturating_sub(start).saturating_sub(4);
        self.w.close_attr(start, payload);
        if self.w.overflowed() {
            self.w.truncate(start);
            self.left = 0;
        }
    }

    /// Appends a payload, without padding.
    fn payload(&mut self, kind: &'static Kind, range: Option<(i64, i64)>, depth: usize) {
        match kind {
            Kind::Flag | Kind::Select(_) => {}
            Kind::Int(int) => self.integer(int, range),
            Kind::Str { max } => self.text(usize::from(*max)),
            Kind::Bytes { min, max } => {
                let more = u64::from(max.saturating_sub(*min)).min(16);
                let len = u64::from(*min).saturating_add(self.entropy.next(more.saturating_add(1)));
                self.random(len);
            }
            Kind::LinkAddr => {
                let len = [6, 4, 16, 20, 32, 1].get(self.pick(6)).copied();
                self.random(len.unwrap_or(6));
            }
            Kind::Ip => {
                let len = if self.entropy.next(2) == 0 { 4 } else { 16 };
                self.random(len);
            }
            Kind::Ipv4 => self.random(4),
            Kind::Ipv6 => self.random(16),
            Kind::Labels => {
                for _ in 0..self.entropy.next(3) {
                    let label = self.label();
                    self.w.raw(&Label::new(label, false).to_bytes());
                }
                let label = self.label();
                self.w.raw(&Label::new(label, true).to_bytes());
            }
            Kind::Struct(fixed) => self.fields(fixed),
            Kind::Array(element) if element_size(element).is_some() => {
                for _ in 0..self.entropy.next(4) {
                    self.payload(element, None, depth);
                }
            }
            Kind::Array(_) => {}
            Kind::Nest(schema) => self.set(schema(), depth),
            Kind::Indexed(element) => {
                for id in 0..self.entropy.next(4) {
                    self.attribute(u16::try_from(id).unwrap_or(0), element, None, depth);
                }
            }
            Kind::Records(schema) => {
                for _ in 0..self.entropy.next(3) {
                    let start = self.w.len();
                    self.set(schema(), depth);
                    self.w.patch_len16(start);
                }
            }
        }
    }

    fn pick(&mut self, bound: usize) -> usize {
        usize::try_from(self.entropy.next(bound as u64)).unwrap_or(0)
    }

    fn label(&mut self) -> u32 {
        u32::try_from(self.entropy.next(0x10_0000)).unwrap_or(0)
    }

    fn random(&mut self, len: u64) {
        for _ in 0..len {
            let byte = u8::try_from(self.entropy.next(0x100)).unwrap_or(0);
            self.w.raw(&[byte]);
        }
    }

    fn text(&mut self, max: usize) {
        const LETTERS: [char; 16] =
            ['a', 'b', 'z', 'A', '0', '9', '-', '.', '_', ' ', '"', '\\', '\n', 'ü', '€', '😀'];
        // Now and then as long as can be, where that is not very long.
        let longest = if max <= 64 && self.entropy.next(8) == 7 { max } else { max.min(12) };
        let mut left = self.pick(longest.saturating_add(1));
        while left > 0 {
            let letter = LETTERS.get(self.pick(LETTERS.len())).copied().unwrap_or('a');
            let letter = if letter.len_utf8() > left { 'a' } else { letter };
            left = left.saturating_sub(letter.len_utf8());
            self.w.raw(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.w.raw(&[0]);
    }

    fn integer(&mut self, int: &Int, range: Option<(i64, i64)>) {
        let value = match (range, int.names) {
            (Some((low, high)), _) => {
                let span = high.wrapping_sub(low).cast_unsigned();
                low.cast_unsigned().wrapping_add(self.entropy.next(span.saturating_add(1)))
            }
            (None, Names::Enum(names)) if self.entropy.next(4) < 3 => {
                names.get(self.pick(names.len())).map_or(0, |row| row.0)
            }
            (None, Names::Flags(names)) if self.entropy.next(4) < 3 => {
                names.iter().filter(|_| self.entropy.next(4) == 3).fold(0, |bits, row| bits | row.0)
            }
            _ => match self.entropy.next(4) {
                0 => self.entropy.next(4),
                1 => self.entropy.next(0x100),
                2 => self.entropy.next(u64::MAX),
                _ => u64::MAX.wrapping_sub(self.entropy.next(4)),
            },
        };
        self.put(int, value);
    }

    fn put(&mut self, int: &Int, value: u64) {
        let mut out = [0; 8];
        if let Some(out) = out.get_mut(..usize::from(int.size)) {
            put_uint(out, value, int.big_endian);
            self.w.raw(out);
        }
    }
}

/// The cases of all choices that attribute `id` of the set makes.
fn cases(schema: &'static Schema, id: u16) -> impl Iterator<Item = &'static Case> {
    let selects = schema.attrs.iter().filter_map(|row| match &row.kind {
        Kind::Select(select) => Some(*select),
        _ => None,
    });
    let mine = selects.filter(move |select| matches!(select.by, Selector::Sibling(by) if by == id));
    mine.flat_map(|select| select.cases.iter().map(|(case, _)| case))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::link::Link;
    use crate::family::route::Route;

    #[test]
    fn a_tape_that_ends_decides_zero() {
        let mut tape = Tape(&[7, 1, 2, 3]);
        assert_eq!((tape.next(5), tape.next(1), tape.next(1000), tape.next(u64::MAX)), (2, 0, 0x102, 3));
        assert_eq!((tape.next(9), tape.next(0)), (0, 0));
        let mut buffer = [0; 64];
        let mut w = Writer::new(&mut buffer);
        generate(Link::SCHEMA, Generate::default(), &mut Tape(&[]), &mut w);
        assert_eq!(w.len(), 16, "nothing decided is nothing made");
    }

    #[test]
    fn a_full_buffer_ends_it() {
        for size in 0..200 {
            let mut buffer = [0; 200];
            let mut w = Writer::new(&mut buffer[..size]);
            generate(Route::SCHEMA, Generate::default(), &mut Seed(size as u64), &mut w);
            match w.finish() {
                Ok(payload) => {
                    let result = crate::schema::check(Route::SCHEMA, payload, crate::schema::Rules::STRICT);
                    assert!(result.is_ok(), "{size}: {result:?}");
                }
                Err(_) => assert!(size < 12),
            }
        }
    }

    #[test]
    fn the_stream_of_a_seed_is_fixed() {
        let mut seed = Seed(0);
        assert_eq!(seed.next(u64::MAX), 0xe220_a839_7b1d_cdaf);
        assert_eq!(seed.next(0), 0);
    }
}
