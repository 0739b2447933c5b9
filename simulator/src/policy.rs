//! Validation as the kernel's lenient parser does it (`__nla_validate_parse`, `NL_VALIDATE_LIBERAL`), by the same tables
//! that everything else uses.

use crate::refusal::{Outcome, Policy, Refusal};
use netplumb_core::Errno;
use netplumb_core::schema::{AttrSpec, Int, Kind, Schema};
use netplumb_core::wire::{Attr, Attrs, Message, Source};

/// Types that one list can have: more than the largest set of rtnetlink.
const TYPES: usize = 80;

const FAILED: &str = "Attribute failed policy validation";

/// What is said about bytes behind the last attribute.
pub(crate) const LEFT_OVER: &str = "bytes leftover after parsing attributes";

/// A row that the kernel checks in another way than the table's kind says.
///
/// All but the first two are strict (`strict_start_type`, `NL_VALIDATE_STRICT`): the length must be right and the flag bits clear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Row {
    /// Whatever it is.
    Any,
    /// Bytes, not more than so many (`NLA_BINARY`).
    Binary(u32),
    /// An integer of a size, not above a value.
    Int(u8, u64),
    /// An integer of a size that may have these bits set.
    Mask(u8, u64),
    /// An integer in network byte order: the kernel cannot describe what it would have allowed.
    Be(u8),
    /// A nest, marked as one.
    Nest,
    /// Nothing that may be there.
    Unsupported,
}

/// A parsed list: of several attributes of a type the last counts, as in the kernel's `tb[]`.
#[derive(Clone, Debug)]
pub(crate) struct Parsed<'d> {
    list: Attrs<'d>,
    table: [Option<Attr<'d>>; TYPES],
}

impl<'d> Parsed<'d> {
    /// The attribute of a type.
    pub(crate) fn get(&self, kind: u16) -> Option<Attr<'d>> {
        self.table.get(usize::from(kind)).copied().flatten()
    }

    pub(crate) fn has(&self, kind: u16) -> bool {
        self.get(kind).is_some()
    }

    /// The types that are there, in ascending order.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = u16> + '_ {
        (0u16..).zip(&self.table).filter(|(_, attr)| attr.is_some()).map(|(kind, _)| kind)
    }

    /// An empty list.
    pub(crate) fn empty() -> Self {
        Self { list: Attrs::new(&[]), table: [None; TYPES] }
    }
}

impl<'d> Source<'d> for &Parsed<'d> {
    fn find(self, kind: u16) -> Option<Attr<'d>> {
        self.get(kind)
    }
    fn all(self) -> Attrs<'d> {
        self.list
    }
}

/// Parses `list`, a part of `message`, by the rows of `schema`. Whether bytes were left over that are no attribute comes
/// with it: that is a warning.
pub(crate) fn parse<'d>(
    schema: &'static Schema,
    message: Message<'d>,
    list: Attrs<'d>,
) -> Outcome<(Parsed<'d>, bool)> {
    parse_with(schema, &[], message, list)
}

/// Parses as requests that read are: nothing unknown may be there, and no bytes left over (`NL_VALIDATE_DEPRECATED_STRICT`).
/// `max` is the highest type that this kernel knows.
pub(crate) fn parse_strictly<'d>(
    schema: &'static Schema,
    rows: &[(u16, Row)],
    max: u16,
    message: Message<'d>,
    list: Attrs<'d>,
) -> Outcome<Parsed<'d>> {
    let mut parsed = Parsed { list, table: [None; TYPES] };
    let mut rest = list;
    for attr in rest.by_ref() {
        let kind = attr.kind();
        if kind == 0 || kind > max {
            return Err(Refusal::new(Errno::EINVAL, "Unknown attribute type").at(offset(message, attr)));
        }
        check_with(schema, rows, attr).map_err(|refusal| refusal.at(offset(message, attr)))?;
        if let Some(place) = parsed.table.get_mut(usize::from(kind)) {
            *place = Some(attr);
        }
    }
    if rest.remainder().is_empty() { Ok(parsed) } else { Err(Refusal::new(Errno::EINVAL, LEFT_OVER)) }
}

/// [`parse`] with rows that count instead of the schema's.
pub(crate) fn parse_with<'d>(
    schema: &'static Schema,
    rows: &[(u16, Row)],
    message: Message<'d>,
    list: Attrs<'d>,
) -> Outcome<(Parsed<'d>, bool)> {
    let mut parsed = Parsed { list, table: [None; TYPES] };
    let mut rest = list;
    for attr in rest.by_ref() {
        let Some(place) = parsed.table.get_mut(usize::from(attr.kind())) else { continue };
        if schema.attr(attr.kind()).is_some() {
            check_with(schema, rows, attr).map_err(|refusal| refusal.at(offset(message, attr)))?;
            *place = Some(attr);
        }
    }
    Ok((parsed, !rest.remainder().is_empty()))
}

/// Where an attribute is, from the beginning of the message.
pub(crate) fn offset(message: Message<'_>, attr: Attr<'_>) -> u32 {
    // The attribute's payload is a part of the message's bytes, behind its own header of four.
    let payload = attr.payload().as_ptr().addr();
    let start = message.bytes().as_ptr().addr();
    u32::try_from(payload.wrapping_sub(start).wrapping_sub(4)).unwrap_or(0)
}

fn refuse(kind: u32, range: Option<(u64, u64)>, max_len: Option<u32>) -> Refusal {
    let policy = Policy { kind, range, max_len, mask: None };
    Refusal { policy: Some(policy), ..Refusal::new(Errno::ERANGE, FAILED) }
}

/// An attribute that is shorter than what the kernel's policy wants.
pub(crate) fn too_short() -> Refusal {
    refuse(0, None, None)
}

/// The same for an integer of 32 bits: IPv4 addresses are that.
pub(crate) fn too_short_u32() -> Refusal {
    refuse(4, Some((0, u64::from(u32::MAX))), None)
}

/// `NL_ATTR_TYPE_U8` and so on.
fn int_kind(int: &Int) -> u32 {
    let by_size = match int.size {
        1 => 2,
        2 => 3,
        4 => 4,
        _ => 5,
    };
    if int.signed { by_size + 4 } else { by_size }
}

fn int_max(int: &Int) -> u64 {
    u64::MAX >> (64 - 8 * u32::from(int.size.clamp(1, 8)))
}

fn check_with(schema: &'static Schema, rows: &[(u16, Row)], attr: Attr<'_>) -> Outcome {
    match rows.iter().find(|row| row.0 == attr.kind()) {
        Some((_, row)) => check_row(*row, attr),
        None => schema.attr(attr.kind()).map_or(Ok(()), |row| check(row, attr)),
    }
}

fn check_row(row: Row, attr: Attr<'_>) -> Outcome {
    let payload = attr.payload();
    let (size, policy) = match row {
        Row::Binary(max) if payload.len() > max as usize => return Err(refuse(10, None, Some(max))),
        Row::Any | Row::Binary(_) => return Ok(()),
        Row::Unsupported => return Err(strict("Unsupported attribute", None)),
        Row::Nest if !attr.is_nested() => {
            let policy = Policy { kind: 8, range: None, max_len: None, mask: None };
            return Err(strict("NLA_F_NESTED is missing", Some(policy)));
        }
        Row::Nest => return Ok(()),
        Row::Int(size, max) => {
            let kind = int_kind(&Int::new(size, false, false));
            (size, Some(Policy { kind, range: Some((0, max)), max_len: None, mask: None }))
        }
        Row::Mask(size, mask) => {
            let kind = int_kind(&Int::new(size, false, false));
            (size, Some(Policy { kind, range: None, max_len: None, mask: Some(mask) }))
        }
        Row::Be(size) => (size, None),
    };
    if payload.len() != usize::from(size) {
        return Err(strict("invalid attribute length", policy));
    }
    if attr.is_nested() {
        return Err(strict("NLA_F_NESTED not expected", policy));
    }
    let value = netplumb_core::bytes::uint(payload, false).unwrap_or(0);
    match row {
        Row::Int(_, max) if value > max => {
            let refusal = strict("integer out of range", policy);
            Err(Refusal { errno: Errno::ERANGE, ..refusal })
        }
        Row::Mask(_, mask) if value & !mask != 0 => Err(strict("reserved bit set", None)),
        _ => Ok(()),
    }
}

fn strict(text: &'static str, policy: Option<Policy>) -> Refusal {
    Refusal { policy, ..Refusal::new(Errno::EINVAL, text) }
}

/// Attributes that links report and never take (`NLA_REJECT`).
const REJECTED: &[&str] = &[
    "IFLA_PERM_ADDRESS",
    "IFLA_TSO_MAX_SIZE",
    "IFLA_TSO_MAX_SEGS",
    "IFLA_ALLMULTI",
    "IFLA_MAX_PACING_OFFLOAD_HORIZON",
    "IFLA_NETNS_IMMUTABLE",
    "IFLA_HEADROOM",
    "IFLA_TAILROOM",
];

fn check(row: &AttrSpec, attr: Attr<'_>) -> Outcome {
    if REJECTED.contains(&row.name) {
        return Err(Refusal::new(Errno::EINVAL, FAILED));
    }
    let payload = attr.payload();
    let at_least = |bytes: usize| {
        if payload.len() < bytes { Err(refuse(0, None, None)) } else { Ok(()) }
    };
    // What the kernel knows by its size alone, it cannot describe.
    let whole = |bytes: usize| {
        if payload.len() < bytes { Err(Refusal::new(Errno::ERANGE, FAILED)) } else { Ok(()) }
    };
    match &row.kind {
        Kind::Int(int) => {
            if payload.len() < usize::from(int.size) {
                return Err(refuse(int_kind(int), Some((0, int_max(int))), None));
            }
            check_range(row, int, payload)
        }
        Kind::Str { max } => {
            let length = payload.len() - usize::from(payload.last() == Some(&0));
            // An empty alias takes the alias away.
            let empty = payload.is_empty() && row.name != "IFLA_IFALIAS";
            if empty || length > usize::from(*max) {
                return Err(refuse(11, None, Some(u32::from(*max))));
            }
            Ok(())
        }
        Kind::Bytes { max, .. } if payload.len() > usize::from(*max) => {
            Err(refuse(10, None, Some(u32::from(*max))))
        }
        Kind::LinkAddr if payload.len() > 32 => Err(refuse(10, None, Some(32))),
        Kind::Flag if !payload.is_empty() => Err(refuse(1, None, None)),
        Kind::Struct(fixed) => whole(fixed.min_size),
        Kind::Ipv4 => at_least(4),
        Kind::Ipv6 => at_least(16),
        Kind::Nest(_) if matches!(payload.len(), 1..4) => Err(refuse(13, None, None)),
        _ => Ok(()),
    }
}

/// Integers whose range the drivers check, with words of their own.
const CHECKED_LATER: &[&str] = &["IFLA_VXLAN_ID", "IFLA_VLAN_ID"];

fn check_range(row: &AttrSpec, int: &Int, payload: &[u8]) -> Outcome {
    if CHECKED_LATER.contains(&row.name) {
        return Ok(());
    }
    let (Some((low, high)), Some(value)) = (row.range, int.read(payload)) else { return Ok(()) };
    if (i128::from(low)..=i128::from(high)).contains(&value) {
        return Ok(());
    }
    let range = Some((low.unsigned_abs(), high.unsigned_abs()));
    Err(Refusal { message: Some("integer out of range".into()), ..refuse(int_kind(int), range, None) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use netplumb_core::family::link::{self, IFLA_IFNAME, IFLA_MTU, Link};
    use netplumb_core::request::AsRequest;

    fn check(request: &link::LinkRequest, expected: Option<(Errno, &str, u32)>) {
        let message = Message::parse(request.message().unwrap()).unwrap();
        let (_, attrs) = Link::SCHEMA.split(message.payload()).unwrap();
        let refusal = parse(Link::SCHEMA, message, attrs).err();
        let said = refusal.map(|r| (r.errno, r.message.unwrap().into_owned(), r.offset.unwrap()));
        assert_eq!(said, expected.map(|(errno, text, at)| (errno, text.to_owned(), at)));
    }

    #[test]
    fn lengths_and_ranges_are_checked_with_their_place() {
        let with = |kind: u16, payload: &[u8]| {
            link::set(7u32).with(|l| {
                l.writer().attr(kind, payload);
            })
        };
        check(&with(IFLA_MTU, &[1, 2]), Some((Errno::ERANGE, FAILED, 32)));
        check(&with(IFLA_MTU, &[1, 2, 3, 4, 5]), None);
        check(&with(IFLA_IFNAME, b"0123456789abcdef\0"), Some((Errno::ERANGE, FAILED, 32)));
        check(&with(IFLA_IFNAME, b"0123456789abcde"), None);
        check(&with(4095, &[]), None);
    }

    #[test]
    fn the_last_attribute_counts() {
        let request = link::set(7u32).mtu(1).mtu(2);
        let message = Message::parse(request.message().unwrap()).unwrap();
        let link = Link::new(message.payload()).unwrap();
        let (parsed, left_over) = parse(Link::SCHEMA, message, link.attrs()).unwrap();
        assert_eq!((link.over(&parsed).mtu(), link.mtu(), left_over), (Some(2), Some(1), false));
    }
}
