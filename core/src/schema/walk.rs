//! What every interpreter of the tables needs: where it stands, and what a choice comes down to.

use super::{AttrSpec, Case, Kind, Schema, Select, Selector};
use crate::bytes;
use crate::wire::Attrs;
use core::fmt;

/// Deepest nest that interpreters follow. Real messages need seven.
pub const DEPTH_MAX: usize = 16;

/// How far from its beginning a list is searched for the attribute that chooses. Sets with choices have fewer attributes; a
/// hostile list of thousands of chosen ones would otherwise cost a walk of all of it for each.
const CHOOSER_WITHIN: usize = 256;

/// An attribute list with what choices in it depend on.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'d> {
    /// The set of the list.
    pub schema: &'static Schema,
    /// The bytes of the set's header.
    pub header: &'d [u8],
    /// The list.
    pub attrs: Attrs<'d>,
}

impl<'d> Scope<'d> {
    /// The scope of a payload; `None` when the set's header is cut.
    pub fn new(schema: &'static Schema, payload: &'d [u8]) -> Option<Self> {
        let (header, attrs) = schema.split(payload)?;
        Some(Self { schema, header, attrs })
    }

    /// What a payload of `kind` in this list is: choices are made, everything else is itself.
    pub fn resolve(&self, kind: &'static Kind) -> &'static Kind {
        let mut kind = kind;
        // A choice of choices is legal, an endless one is not.
        for _ in 0..4 {
            let Kind::Select(select) = kind else { return kind };
            kind = self.choose(select);
        }
        &OPAQUE
    }

    /// One choice; what it comes down to may be a choice again.
    pub(crate) fn choose(&self, select: &'static Select) -> &'static Kind {
        let key = match select.by {
            Selector::Sibling(id) => {
                let found = self.attrs.take(CHOOSER_WITHIN).find(|attr| attr.kind() == id);
                Key::of(self.schema, id, found.map(|attr| attr.payload()))
            }
            Selector::Header(offset) => Key::Int(self.header.get(offset).map(|b| u64::from(*b))),
        };
        let matches = |case: &Case| match (case, key) {
            (Case::Any, _) => true,
            (Case::Int(want), Key::Int(have)) => have == Some(*want),
            (Case::Str(want), Key::Str(have)) => have == Some(want.as_bytes()),
            _ => false,
        };
        select.cases.iter().find(|(case, _)| matches(case)).map_or(&OPAQUE, |(_, kind)| kind)
    }
}

/// Bytes that nothing is known about.
pub(crate) static OPAQUE: Kind = Kind::Bytes { min: 0, max: u16::MAX };

/// The value that chooses.
#[derive(Clone, Copy)]
enum Key<'d> {
    Int(Option<u64>),
    Str(Option<&'d [u8]>),
}

impl<'d> Key<'d> {
    fn of(schema: &Schema, id: u16, payload: Option<&'d [u8]>) -> Self {
        match schema.attr(id).map(|row| &row.kind) {
            Some(Kind::Int(int)) => {
                let value =
                    payload.and_then(|p| bytes::uint(p.get(..usize::from(int.size))?, int.big_endian));
                Self::Int(value)
            }
            _ => Self::Str(payload.and_then(|p| p.split(|b| *b == 0).next())),
        }
    }
}

/// The bytes of a nest that this list of attributes is; how far an attribute's header is before its payload.
pub(crate) const ATTR_HEADER: usize = 4;

/// One step of a [`Path`].
#[derive(Clone, Copy)]
pub enum Step {
    /// A field of a fixed struct.
    Field(&'static str),
    /// A known attribute.
    Attr(&'static AttrSpec),
    /// An attribute type that the set does not have, or an index.
    Number(u16),
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Attr(row) => f.write_str(row.name),
            Self::Number(id) => write!(f, "{id}"),
        }
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) => a == b,
            (Self::Attr(a), Self::Attr(b)) => a.name == b.name && a.id == b.id,
            (Self::Number(a), Self::Number(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Step {}

/// Steps that a [`Path`] holds.
const STEPS: usize = 8;

/// Where in a message: names from the outside in, `IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID`. Deeper than eight steps it
/// ends with the eighth and an ellipsis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Path {
    steps: [Option<Step>; STEPS],
    len: usize,
}

impl Path {
    /// The message itself.
    pub const ROOT: Self = Self { steps: [None; STEPS], len: 0 };

    /// This path and one step more.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        if let Some(slot) = self.steps.get_mut(self.len) {
            *slot = Some(step);
        }
        self.len = self.len.saturating_add(1);
        self
    }

    /// The steps from the outside in.
    pub fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        self.steps.iter().filter_map(|step| *step)
    }

    /// Whether it is the message itself.
    pub fn is_root(&self) -> bool {
        self.len == 0
    }

    /// The step for an attribute of type `id` in `schema`.
    pub fn step(schema: &Schema, id: u16) -> Step {
        schema.attr(id).map_or(Step::Number(id), Step::Attr)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.steps().enumerate() {
            write!(f, "{}{step}", if n == 0 { "" } else { "." })?;
        }
        if self.len > STEPS { f.write_str(".…") } else { Ok(()) }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}
