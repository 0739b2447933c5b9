//! Attribute sets as data: every attribute is written down once, as a row of a table.
//!
//! [`attrs!`](crate::attrs) and [`fixed!`](crate::fixed) turn a definition into constants, a typed zero-copy view,
//! a builder, and a [`Schema`]. Everything else that is known about attributes (printing, JSON, strict checking,
//! explaining an offset, comparing, generating) is an interpreter of that table, so a new attribute costs one
//! line and a new interpreter costs nothing per attribute.
//!
//! ```
//! use netplumb_core::family::link::Link;
//! use netplumb_core::schema::{Kind, Mark};
//! let row = Link::SCHEMA.attr_named("IFLA_QDISC").unwrap();
//! assert!(matches!(row.kind, Kind::Str { max: 15 }) && row.is(Mark::read_only));
//! assert_eq!((row.id, row.field, row.doc.trim()), (6, "qdisc", "Queueing discipline at the root."));
//! ```

mod check;
mod choice;
mod diff;
mod generate;
pub mod json;
mod json_read;
mod json_text;
mod json_value;
mod list;
mod locate;
mod macros;
mod pretty;
mod value;
mod walk;

pub use check::{Fault, FaultKind, Rules, check};
pub use diff::{Change, DiffOptions, diff};
pub use generate::{Entropy, Generate, Seed, Tape, generate};
pub use json::write_message;
pub use json_read::read_message;
pub use json_text::{JsonError, JsonFault};
pub use list::*;
pub use locate::{locate, missing};
pub use pretty::{Pretty, pretty};
pub use value::*;
pub use walk::{DEPTH_MAX, Path, Scope, Step};

/// An attribute set: the header in front of the attributes, and a row for each type.
#[derive(Debug)]
pub struct Schema {
    /// Name of the set as tools print it, `"link"`, `"link.bridge"`.
    pub name: &'static str,
    /// What it is and which header file it comes from.
    pub doc: &'static str,
    /// The fixed struct in front of the attributes; [`Fixed::NONE`] for nested sets.
    pub header: &'static Fixed,
    /// The rows, in ascending order of `id`.
    pub attrs: &'static [AttrSpec],
}

impl Schema {
    /// The row of attribute type `id` (flag bits masked).
    pub fn attr(&self, id: u16) -> Option<&'static AttrSpec> {
        // Most tables are dense and sorted, so the row is near its own number.
        match self.attrs.binary_search_by_key(&id, |row| row.id) {
            Ok(at) => self.attrs.get(at),
            Err(_) => None,
        }
    }

    /// The row with this kernel constant (`"IFLA_MTU"`) or field name (`"mtu"`).
    pub fn attr_named(&self, name: &str) -> Option<&'static AttrSpec> {
        self.attrs.iter().find(|row| row.name == name || row.field == name)
    }

    /// Splits a payload into the header's bytes and the attributes; `None` when the header is cut.
    pub fn split<'d>(&self, payload: &'d [u8]) -> Option<(&'d [u8], crate::wire::Attrs<'d>)> {
        let header = payload.get(..self.header.size)?;
        let attrs = payload.get(crate::bytes::align4(self.header.size)..).unwrap_or(&[]);
        Some((header, crate::wire::Attrs::new(attrs)))
    }
}

/// One attribute type of a set.
#[derive(Debug)]
pub struct AttrSpec {
    /// The kernel's constant.
    pub name: &'static str,
    /// Name of getter and setter.
    pub field: &'static str,
    /// Attribute type.
    pub id: u16,
    /// Shape of the payload.
    pub kind: Kind,
    /// Smallest and largest legal value of an integer, where narrower than its type.
    pub range: Option<(i64, i64)>,
    /// What else is known about it.
    pub marks: &'static [Mark],
    /// Documentation, units included.
    pub doc: &'static str,
}

impl AttrSpec {
    /// Whether the row carries this mark.
    pub fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }
}

/// Properties of an attribute beyond its shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(non_camel_case_types)]
pub enum Mark {
    /// The kernel reports it and rejects or ignores it in requests.
    read_only,
    /// Part of what identifies the object.
    key,
    /// May occur several times in one list.
    multi,
    /// Changes by itself (counters, ages): comparisons leave it out.
    volatile,
    /// An integer of 8 bytes that the kernel sends as 4 when the value fits (`nla_put_uint`).
    uint,
}

/// A reference to another set's table. A function, as sets refer to each other in circles (a veth's peer is a link).
pub type SchemaFn = fn() -> &'static Schema;

/// The shape of a payload.
#[derive(Debug)]
pub enum Kind {
    /// No payload: being there is the information.
    Flag,
    /// An integer.
    Int(Int),
    /// Text with a terminating NUL, of at most `max` bytes without it.
    Str {
        /// Largest length in bytes, without the NUL.
        max: u16,
    },
    /// Opaque bytes, of `min` to `max`.
    Bytes {
        /// Smallest length.
        min: u16,
        /// Largest length.
        max: u16,
    },
    /// A link-layer address of up to 32 bytes.
    LinkAddr,
    /// An IPv4 address (4 bytes) or IPv6 address (16 bytes), network byte order.
    Ip,
    /// An IPv4 address, network byte order.
    Ipv4,
    /// An IPv6 address, network byte order.
    Ipv6,
    /// An MPLS label stack: 4 bytes a label, network byte order, bottom-of-stack bit on the last.
    Labels,
    /// A fixed struct, possibly shorter (older kernel) or longer (newer kernel) than known.
    Struct(&'static Fixed),
    /// Equal elements one after the other (`u32`s, structs), unpadded.
    Array(&'static Kind),
    /// A list of attributes of another set (with that set's header in front, if it has one).
    Nest(SchemaFn),
    /// A list of attributes whose *type* is an index and whose payloads are all of one kind.
    Indexed(&'static Kind),
    /// Records that carry their own length: `u16` length at the start of the set's header, then its attributes
    /// (`struct rtnexthop`).
    Records(SchemaFn),
    /// What it is depends on something else.
    Select(&'static Select),
}

/// An integer's representation and names.
#[derive(Clone, Copy, Debug)]
pub struct Int {
    /// Bytes: 1, 2, 4 or 8.
    pub size: u8,
    /// Two's complement.
    pub signed: bool,
    /// Network byte order, else native.
    pub big_endian: bool,
    /// What the values are called.
    pub names: Names,
}

impl Int {
    /// An unnamed integer.
    pub const fn new(size: u8, signed: bool, big_endian: bool) -> Self {
        Self { size, signed, big_endian, names: Names::None }
    }

    /// The value in `payload`, sign-extended; `None` when it is too short. Longer payloads read as their prefix.
    pub fn read(&self, payload: &[u8]) -> Option<i128> {
        let size = match (self.size, payload.len()) {
            // What the kernel puts with `nla_put_uint` is half as long when the value fits.
            (8, 4) if !self.signed && !self.big_endian => 4,
            (size, _) => usize::from(size),
        };
        let raw = crate::bytes::uint(payload.get(..size)?, self.big_endian)?;
        Some(if self.signed {
            let shift = 64u32.saturating_sub(u32::from(self.size).saturating_mul(8));
            #[allow(clippy::cast_possible_wrap)]
            i128::from((raw.wrapping_shl(shift) as i64).wrapping_shr(shift))
        } else {
            i128::from(raw)
        })
    }
}

/// Names of an integer's values. Always open: a value without a name is legal.
#[derive(Clone, Copy, Debug)]
pub enum Names {
    /// Plain number.
    None,
    /// One name a value.
    Enum(&'static [(u64, &'static str)]),
    /// One name a bit (or group of bits).
    Flags(&'static [(u64, &'static str)]),
}

/// A payload whose kind is chosen by another value.
#[derive(Debug)]
pub struct Select {
    /// Where the choosing value is.
    pub by: Selector,
    /// Choices; the first that matches counts.
    pub cases: &'static [(Case, Kind)],
}

/// Where a [`Select`] looks.
#[derive(Clone, Copy, Debug)]
pub enum Selector {
    /// At an attribute of the same list.
    Sibling(u16),
    /// At the byte at this offset of the set's header (an address family).
    Header(usize),
}

/// When a choice applies.
#[derive(Clone, Copy, Debug)]
pub enum Case {
    /// The value is this text.
    Str(&'static str),
    /// The value is this number.
    Int(u64),
    /// Always.
    Any,
}

/// A fixed struct.
#[derive(Debug)]
pub struct Fixed {
    /// The kernel's name, `"ifinfomsg"`.
    pub name: &'static str,
    /// Size in bytes as this library knows it.
    pub size: usize,
    /// Size of the fields that every kernel has; what is behind them may be missing.
    pub min_size: usize,
    /// The fields in order, without gaps.
    pub fields: &'static [Field],
}

impl Fixed {
    /// The empty struct.
    pub const NONE: &'static Self = &Self { name: "", size: 0, min_size: 0, fields: &[] };
}

/// One field of a fixed struct.
#[derive(Debug)]
pub struct Field {
    /// Name in the kernel's header.
    pub name: &'static str,
    /// Offset in bytes.
    pub offset: usize,
    /// Size in bytes.
    pub size: usize,
    /// Shape; never a nest. `_pad` fields are [`Kind::Bytes`].
    pub kind: Kind,
    /// What it means.
    pub doc: &'static str,
}
