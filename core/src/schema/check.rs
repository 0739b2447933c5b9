//! Strict validation: what getters forgive, this reports, with its place.
//!
//! ```
//! use netplumb_core::family::link::{self, Link};
//! use netplumb_core::schema::{Rules, check};
//! use netplumb_core::request::AsRequest;
//! let request = link::create("br0").with(|l| { l.writer().attr(4, &[1, 2]); });
//! let fault = check(Link::SCHEMA, &request.message().unwrap()[16..], Rules::STRICT).unwrap_err();
//! assert_eq!(fault.to_string(), "IFLA_MTU: 2 bytes, 4 needed (offset 24)");
//! ```

use super::list::split_record;
use super::walk::{ATTR_HEADER, DEPTH_MAX, Path, Scope, Step};
use super::{AttrSpec, Fixed, Kind, Mark, Schema};
use crate::bytes::align4;
use crate::wire::{Attr, Attrs};
use core::fmt;

/// What to let pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Attribute types that the set does not have.
    pub unknown: bool,
    /// Integers and structs that are longer than known.
    pub longer: bool,
    /// Structs that end where an older kernel's did.
    pub older_structs: bool,
    /// An attribute twice in a list, though it is not marked as one that may be.
    pub repeated: bool,
    /// Bytes behind the last attribute that are none.
    pub trailing: bool,
    /// Text without its NUL.
    pub unterminated: bool,
}

impl Rules {
    /// Nothing passes.
    pub const STRICT: Self = Self {
        unknown: false,
        longer: false,
        older_structs: false,
        repeated: false,
        trailing: false,
        unterminated: false,
    };

    /// What the kernel's lenient parser lets pass (`nla_parse_deprecated`: links, addresses, routes, rules, neighbours).
    pub const KERNEL_LENIENT: Self = Self {
        unknown: true,
        longer: true,
        older_structs: false,
        repeated: true,
        trailing: true,
        unterminated: true,
    };

    /// What a reader of the kernel's messages should let pass: other kernels' additions and omissions.
    pub const OTHER_KERNELS: Self = Self { unknown: true, longer: true, older_structs: true, ..Self::STRICT };
}

/// The first thing wrong with a payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Offset of the attribute or field, from the beginning of the payload.
    pub offset: usize,
    /// Its name.
    pub path: Path,
    /// What is wrong.
    pub reason: FaultKind,
}

/// What can be wrong with a payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// The header (or a struct) is cut.
    HeaderCut {
        /// Bytes there.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// The set has no attribute of this type.
    UnknownAttribute,
    /// Fewer bytes than the type has.
    TooShort {
        /// Bytes there.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// More bytes than the type has.
    TooLong {
        /// Bytes there.
        have: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// An address that is neither 4 nor 16 bytes long.
    AddressLength {
        /// Bytes there.
        have: usize,
    },
    /// The bytes are no whole number of elements.
    PartialElement {
        /// Bytes there.
        have: usize,
        /// Bytes of an element.
        element: usize,
    },
    /// An integer outside of its range.
    OutOfRange {
        /// The value.
        value: i128,
        /// Smallest legal value.
        low: i64,
        /// Largest legal value.
        high: i64,
    },
    /// Text without a terminating NUL.
    Unterminated,
    /// Bytes behind the NUL of a text.
    EmbeddedNul,
    /// Text that is not UTF-8.
    NotUtf8,
    /// The attribute occurs for the second time.
    Repeated,
    /// Bytes that are no attribute.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A record (`rtnexthop`) whose length cannot be right.
    BadRecord,
    /// Nested too deeply.
    TooDeep,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::HeaderCut { have, need } => write!(f, "header cut: {have} bytes, {need} needed"),
            Self::UnknownAttribute => f.write_str("unknown attribute"),
            Self::TooShort { have, need } => write!(f, "{have} bytes, {need} needed"),
            Self::TooLong { have, limit } => write!(f, "{have} bytes, at most {limit} allowed"),
            Self::AddressLength { have } => write!(f, "{have} bytes, an address has 4 or 16"),
            Self::PartialElement { have, element } => {
                write!(f, "{have} bytes are no whole number of elements of {element}")
            }
            Self::OutOfRange { value, low, high } => write!(f, "{value} is not in {low} to {high}"),
            Self::Unterminated => f.write_str("text without a terminating NUL"),
            Self::EmbeddedNul => f.write_str("bytes behind the NUL of a text"),
            Self::NotUtf8 => f.write_str("text that is not UTF-8"),
            Self::Repeated => f.write_str("given twice"),
            Self::TrailingBytes { count } => write!(f, "{count} bytes that are no attribute"),
            Self::BadRecord => f.write_str("a record's length cannot be right"),
            Self::TooDeep => write!(f, "nested deeper than {DEPTH_MAX}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} (offset {})", self.reason, self.offset)
    }
}

impl core::error::Error for Fault {}

/// Checks a payload (header and attributes) against its set; the first fault counts.
///
/// # Errors
/// [`Fault`].
pub fn check(schema: &'static Schema, payload: &[u8], rules: Rules) -> Result<(), Fault> {
    Checker { rules }.set(schema, payload, At { offset: 0, path: Path::ROOT, depth: 0 })
}

#[derive(Clone, Copy)]
struct Checker {
    rules: Rules,
}

/// Where the checker is.
#[derive(Clone, Copy)]
struct At {
    offset: usize,
    path: Path,
    depth: usize,
}

impl At {
    fn fault(self, reason: FaultKind) -> Result<(), Fault> {
        Err(Fault { offset: self.offset, path: self.path, reason })
    }
    fn into(self, step: Step, by: usize) -> Self {
        let Self { offset, path, depth } = self;
        Self { offset: offset.saturating_add(by), path: path.then(step), depth: depth.saturating_add(1) }
    }
    fn shifted(self, by: usize) -> Self {
        Self { offset: self.offset.saturating_add(by), ..self }
    }
}

impl Checker {
    fn set(self, schema: &'static Schema, payload: &[u8], at: At) -> Result<(), Fault> {
        if at.depth > DEPTH_MAX {
            return at.fault(FaultKind::TooDeep);
        }
        let Some(scope) = Scope::new(schema, payload) else {
            return at.fault(FaultKind::HeaderCut { have: payload.len(), need: schema.header.size });
        };
        self.list(scope, at.shifted(align4(schema.header.size)))
    }

    fn list(self, scope: Scope<'_>, at: At) -> Result<(), Fault> {
        let total = scope.attrs.remainder().len();
        let mut rest = scope.attrs;
        let mut seen = Seen::default();
        loop {
            let here = total.saturating_sub(rest.remainder().len());
            let Some(attr) = rest.next() else { break };
            let at = at.into(Path::step(scope.schema, attr.kind()), here);
            match scope.schema.attr(attr.kind()) {
                Some(row) => {
                    if seen.again(row, scope.attrs, here) && !self.rules.repeated && !row.is(Mark::multi) {
                        return at.fault(FaultKind::Repeated);
                    }
                    self.row(scope, row, attr, at)?;
                }
                None if self.rules.unknown => {}
                None => return at.fault(FaultKind::UnknownAttribute),
            }
        }
        match rest.remainder().len() {
            0 => Ok(()),
            _ if self.rules.trailing => Ok(()),
            count => at.shifted(total.saturating_sub(count)).fault(FaultKind::TrailingBytes { count }),
        }
    }

    fn row(self, scope: Scope<'_>, row: &'static AttrSpec, attr: Attr<'_>, at: At) -> Result<(), Fault> {
        let kind = scope.resolve(&row.kind);
        let half = row.is(Mark::uint) && attr.payload().len() == 4;
        if !half {
            self.payload(kind, attr.payload(), at)?;
        }
        if let (Kind::Int(int), Some((low, high))) = (kind, row.range)
            && let Some(value) = int.read(attr.payload())
            && !(i128::from(low)..=i128::from(high)).contains(&value)
        {
            return at.fault(FaultKind::OutOfRange { value, low, high });
        }
        Ok(())
    }

    fn payload(self, kind: &'static Kind, payload: &[u8], at: At) -> Result<(), Fault> {
        let have = payload.len();
        let inner = at.shifted(ATTR_HEADER);
        match kind {
            Kind::Flag if have > 0 && !self.rules.longer => at.fault(FaultKind::TooLong { have, limit: 0 }),
            Kind::Flag => Ok(()),
            Kind::Int(int) => self.length(have, usize::from(int.size), at),
            Kind::Str { max } => self.text(payload, usize::from(*max), at),
            Kind::Bytes { min, .. } if have < usize::from(*min) => {
                at.fault(FaultKind::TooShort { have, need: usize::from(*min) })
            }
            Kind::Bytes { max, .. } if have > usize::from(*max) => {
                at.fault(FaultKind::TooLong { have, limit: usize::from(*max) })
            }
            Kind::Bytes { .. } => Ok(()),
            Kind::LinkAddr if have > 32 => at.fault(FaultKind::TooLong { have, limit: 32 }),
            Kind::LinkAddr => Ok(()),
            Kind::Ip if matches!(have, 4 | 16) => Ok(()),
            Kind::Ip => at.fault(FaultKind::AddressLength { have }),
            Kind::Ipv4 => self.length(have, 4, at),
            Kind::Ipv6 => self.length(have, 16, at),
            Kind::Labels if have == 0 => at.fault(FaultKind::TooShort { have, need: 4 }),
            Kind::Labels => whole(have, 4, at),
            Kind::Struct(fixed) => self.fixed(fixed, have, at),
            Kind::Array(element) => whole(have, size_of_kind(element), at),
            Kind::Nest(schema) => self.set(schema(), payload, inner),
            Kind::Indexed(element) => self.indexed(element, payload, inner),
            Kind::Records(schema) => self.records(schema(), payload, inner),
            // `resolve` leaves no choice open.
            Kind::Select(_) => Ok(()),
        }
    }

    fn length(self, have: usize, need: usize, at: At) -> Result<(), Fault> {
        if have < need {
            return at.fault(FaultKind::TooShort { have, need });
        }
        if have > need && !self.rules.longer {
            return at.fault(FaultKind::TooLong { have, limit: need });
        }
        Ok(())
    }

    fn fixed(self, fixed: &Fixed, have: usize, at: At) -> Result<(), Fault> {
        let need = if self.rules.older_structs { fixed.min_size } else { fixed.size };
        if have < need {
            return at.fault(FaultKind::TooShort { have, need });
        }
        if have > fixed.size && !self.rules.longer {
            return at.fault(FaultKind::TooLong { have, limit: fixed.size });
        }
        Ok(())
    }

    fn text(self, payload: &[u8], max: usize, at: At) -> Result<(), Fault> {
        let len = payload.iter().position(|b| *b == 0);
        let text = payload.get(..len.unwrap_or(payload.len())).unwrap_or(&[]);
        if text.len() > max {
            return at.fault(FaultKind::TooLong { have: text.len(), limit: max });
        }
        if core::str::from_utf8(text).is_err() {
            return at.fault(FaultKind::NotUtf8);
        }
        match len {
            None if !self.rules.unterminated => at.fault(FaultKind::Unterminated),
            Some(len) if len.saturating_add(1) < payload.len() && !self.rules.longer => {
                at.fault(FaultKind::EmbeddedNul)
            }
            _ => Ok(()),
        }
    }

    fn indexed(self, element: &'static Kind, payload: &[u8], at: At) -> Result<(), Fault> {
        if at.depth > DEPTH_MAX {
            return at.fault(FaultKind::TooDeep);
        }
        let mut rest = Attrs::new(payload);
        loop {
            let here = payload.len().saturating_sub(rest.remainder().len());
            let Some(attr) = rest.next() else { break };
            self.payload(element, attr.payload(), at.into(Step::Number(attr.kind()), here))?;
        }
        match rest.remainder().len() {
            0 => Ok(()),
            _ if self.rules.trailing => Ok(()),
            count => at.fault(FaultKind::TrailingBytes { count }),
        }
    }

    fn records(self, schema: &'static Schema, payload: &[u8], at: At) -> Result<(), Fault> {
        let mut rest = payload;
        let mut number = 0u16;
        while !rest.is_empty() {
            let here = payload.len().saturating_sub(rest.len());
            let at = at.into(Step::Number(number), here);
            let Some(record) = split_record(&mut rest, schema.header.size) else {
                return at.fault(FaultKind::BadRecord);
            };
            self.set(schema, record, at)?;
            number = number.saturating_add(1);
        }
        Ok(())
    }
}

fn whole(have: usize, element: usize, at: At) -> Result<(), Fault> {
    match have.checked_rem(element) {
        Some(0) | None => Ok(()),
        Some(_) => at.fault(FaultKind::PartialElement { have, element }),
    }
}

/// Bytes of a payload whose kind has a fixed size; 1 for others.
pub(crate) fn size_of_kind(kind: &Kind) -> usize {
    match kind {
        Kind::Int(int) => usize::from(int.size),
        Kind::Ipv4 | Kind::Labels => 4,
        Kind::Ipv6 => 16,
        Kind::Struct(fixed) if fixed.size > 0 => fixed.size,
        Kind::Bytes { min, max } if min == max && *min > 0 => usize::from(*min),
        _ => 1,
    }
}

/// Which attribute types of a list have come. Types up to 127 cost one bit; beyond, the list is looked through again.
#[derive(Default)]
struct Seen(u128);

impl Seen {
    fn again(&mut self, row: &AttrSpec, attrs: Attrs<'_>, before: usize) -> bool {
        if let Some(bit) = 1u128.checked_shl(u32::from(row.id)) {
            let seen = self.0 & bit != 0;
            self.0 |= bit;
            return seen;
        }
        let earlier = attrs.remainder().get(..before).unwrap_or(&[]);
        Attrs::new(earlier).any(|a| a.kind() == row.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::link::{self, Link};
    use crate::family::route::{self, Route};
    use crate::request::AsRequest;
    use crate::wire::Writer;
    use std::string::{String, ToString};

    fn fault(rules: Rules, fill: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut request = link::create("x");
        request.write(fill);
        let message = request.message().unwrap();
        check(Link::SCHEMA, &message[16..], rules).map_or_else(|f| f.to_string(), |()| "fine".into())
    }

    #[test]
    fn each_fault_has_its_words() {
        let strict = |fill: fn(&mut Writer<'_>)| fault(Rules::STRICT, fill);
        assert_eq!(strict(|w| w.attr(4, &[0; 4])), "fine");
        assert_eq!(strict(|w| w.attr(4, &[0; 8])), "IFLA_MTU: 8 bytes, at most 4 allowed (offset 24)");
        assert_eq!(strict(|w| w.attr(3, b"y\0")), "IFLA_IFNAME: given twice (offset 24)");
        assert_eq!(
            strict(|w| w.attr(20, b"a\0b\0")),
            "IFLA_IFALIAS: bytes behind the NUL of a text (offset 24)"
        );
        assert_eq!(strict(|w| w.attr(20, b"ab")), "IFLA_IFALIAS: text without a terminating NUL (offset 24)");
        assert_eq!(strict(|w| w.attr(20, &[0xff, 0])), "IFLA_IFALIAS: text that is not UTF-8 (offset 24)");
        assert_eq!(strict(|w| w.attr(0x3ff0, &[])), "16368: unknown attribute (offset 24)");
        assert_eq!(strict(|w| w.bytes(&[9, 0, 0, 0])), "4 bytes that are no attribute (offset 24)");
        let nested = |w: &mut Writer<'_>| w.nest(18, |w| w.nest(2, |w| w.attr(1, &[1])));
        assert_eq!(strict(nested), "fine", "data of no kind are bytes");
        let nested = |w: &mut Writer<'_>| {
            w.nest(18, |w| {
                w.attr_str(1, "bridge");
                w.nest(2, |w| w.attr(4, &[1]));
            });
        };
        assert_eq!(
            strict(nested),
            "IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_BR_AGEING_TIME: 1 bytes, 4 needed (offset 44)"
        );
        assert_eq!(fault(Rules::KERNEL_LENIENT, |w| w.attr(4, &[0; 8])), "fine");
        assert_eq!(fault(Rules::KERNEL_LENIENT, |w| w.bytes(&[9, 0, 0, 0])), "fine");
        assert_eq!(
            check(Link::SCHEMA, &[0; 9], Rules::STRICT).unwrap_err().to_string(),
            "header cut: 9 bytes, 16 needed (offset 0)"
        );
    }

    #[test]
    fn records_are_numbered() {
        let request = route::add("192.0.2.0/24".parse().unwrap()).with(|r| {
            r.hops(|h| {
                h.hop(route::hop::RtNexthop::default(), |_| ());
                h.hop(route::hop::RtNexthop::default(), |hop| hop.writer().attr(5, &[1, 2, 3]));
            });
        });
        let payload = &request.message().unwrap()[16..];
        let fault = check(Route::SCHEMA, payload, Rules::STRICT).unwrap_err();
        assert_eq!(fault.path.to_string(), "RTA_MULTIPATH.1.RTA_GATEWAY");
        assert_eq!(fault.reason, FaultKind::AddressLength { have: 3 });
        assert_eq!(crate::schema::locate(Route::SCHEMA, payload, fault.offset), Some(fault.path));
    }
}
