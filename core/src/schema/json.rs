//! Messages as JSON that [`read_message`](super::read_message) turns back into the same bytes.
//!
//! ```
//! use netplumb_core::family::{ROUTE, link};
//! use netplumb_core::request::AsRequest;
//! use netplumb_core::schema::{read_message, write_message};
//! use netplumb_core::wire::{Message, Writer};
//! let request = link::create("br0").bridge(|b| { b.ageing_time(300); });
//! let message = Message::parse(request.message().unwrap()).unwrap();
//! let mut text = String::new();
//! write_message(&mut text, &ROUTE, message).unwrap();
//! assert!(text.ends_with(
//!     r#""attrs":{"IFLA_IFNAME":"br0","IFLA_LINKINFO|nested":{"IFLA_INFO_KIND":"bridge","IFLA_INFO_DATA|nested":{"IFLA_BR_AGEING_TIME":300}}}}"#
//! ));
//! let mut buffer = [0; 256];
//! let mut w = Writer::new(&mut buffer);
//! assert_eq!(read_message(&text, &ROUTE, &mut w).unwrap(), text.len());
//! assert_eq!(w.finish().unwrap(), message.bytes());
//! ```
//!
//! # The form
//!
//! ```json
//! {"type":"RTM_NEWLINK","flags":["NLM_F_REQUEST",1536],"seq":1,"port":0,
//!  "ifinfomsg":{"ifi_family":"AF_UNSPEC","ifi_index":2,"ifi_flags":["IFF_UP"]},
//!  "attrs":{"IFLA_MTU":1500,"IFLA_LINKINFO|nested":{"IFLA_INFO_KIND":"veth"}}}
//! ```
//!
//! * Names are the kernel's constants; a type, value or bit without one is a number. The flags of a message above `0x20` mean
//!   another thing in each kind of request, so they are a number.
//! * Attributes keep their order. `|nested` and `|net` behind a name are the bits `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`,
//!   `#2` marks the second of a type (in lists of more than 1024 attributes the position). JSON readers that sort or merge
//!   members lose the order, this library's does not.
//! * `{"hex":"…"}` is a payload byte by byte: opaque and unknown ones, and those that their readable form would not bring back
//!   (an integer of the wrong length, text without its NUL or with bytes behind it, a nest that does not end with an attribute).
//! * `{"u32":…}` is an integer of eight bytes that was sent as four (`nla_put_uint`).
//! * `"~"` at the end of `"attrs"` is what follows the last attribute and is none, `{"hex":"…"}`, or that the last attribute
//!   lacks some of its padding, `{"cut":…}`.
//! * `"payload"` stands in place of header and attributes where the type is not known or the header is cut. Errors and
//!   acknowledgements show what they say under `"ack"` besides, which is not read back.
//! * Padding fields of structs are left out when they are zero. The contents of padding between attributes are not kept.
//! * Integers of 64 bits are plain numbers: a reader that keeps numbers as floating point rounds those above 2^53.

use super::check::size_of_kind;
use super::choice::Choices;
use super::list::split_record;
use super::pretty::{link_addr, text};
use super::value::{Label, name_of};
use super::walk::{DEPTH_MAX, Scope};
use super::{Fixed, Int, Kind, Names, Schema};
use crate::bytes::{self, align4};
use crate::family::Protocol;
use crate::wire::{
    Ack, Attrs, Message, NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP,
    NLMSG_OVERRUN,
};
use core::fmt::{self, Write};
use core::net::{Ipv4Addr, Ipv6Addr};

/// Netlink's own message types.
pub(crate) static CONTROL_TYPES: &[(u64, &str)] = &[
    (NLMSG_NOOP as u64, "NLMSG_NOOP"),
    (NLMSG_ERROR as u64, "NLMSG_ERROR"),
    (NLMSG_DONE as u64, "NLMSG_DONE"),
    (NLMSG_OVERRUN as u64, "NLMSG_OVERRUN"),
];

/// The message flags that mean the same in every message.
pub(crate) static MESSAGE_FLAGS: &[(u64, &str)] = &[
    (0x01, "NLM_F_REQUEST"),
    (0x02, "NLM_F_MULTI"),
    (0x04, "NLM_F_ACK"),
    (0x08, "NLM_F_ECHO"),
    (0x10, "NLM_F_DUMP_INTR"),
    (0x20, "NLM_F_DUMP_FILTERED"),
];

/// In lists longer than this a repeated attribute is marked by its position: counting would take time by the square.
const COUNTED: usize = 1024;

/// Writes a message as one line of JSON, see the [module](self) for its form.
///
/// # Errors
/// Those of `out`.
pub fn write_message(out: &mut dyn Write, protocol: &Protocol, message: Message<'_>) -> fmt::Result {
    let known = protocol.message(message.kind());
    match known.map(|row| row.name).or_else(|| name_of(CONTROL_TYPES, u64::from(message.kind()))) {
        Some(name) => write!(out, "{{\"type\":\"{name}\"")?,
        None => write!(out, "{{\"type\":{}", message.kind())?,
    }
    out.write_str(",\"flags\":")?;
    flags(out, MESSAGE_FLAGS, u64::from(message.flags()))?;
    write!(out, ",\"seq\":{},\"port\":{}", message.seq(), message.port())?;
    let payload = message.payload();
    match known.map(|row| (row.schema)()) {
        Some(schema) if payload.len() >= align4(schema.header.size) => set(out, schema, payload)?,
        _ => {
            out.write_str(",\"payload\":")?;
            hex(out, payload)?;
        }
    }
    if let Some(Ok(said)) = Ack::parse(message) {
        out.write_str(",\"ack\":")?;
        ack(out, protocol, said)?;
    }
    out.write_char('}')
}

fn set(out: &mut dyn Write, schema: &'static Schema, payload: &[u8]) -> fmt::Result {
    let Some(scope) = Scope::new(schema, payload) else { return Ok(()) };
    if schema.header.size > 0 {
        write!(out, ",\"{}\":", schema.header.name)?;
        fields(out, schema.header, scope.header, 0, 0)?;
    }
    out.write_str(",\"attrs\":{")?;
    let rest = attributes(out, &scope, 0)?;
    let comma = if scope.attrs.remainder().len() > rest.len() { "," } else { "" };
    let cut = align4(payload.len()).saturating_sub(payload.len());
    if !rest.is_empty() {
        write!(out, "{comma}\"~\":")?;
        hex(out, rest)?;
    } else if cut > 0 {
        write!(out, "{comma}\"~\":{{\"cut\":{cut}}}")?;
    }
    out.write_char('}')
}

/// The members of a list, without braces; returns the bytes that are no attribute.
fn attributes<'d>(out: &mut dyn Write, scope: &Scope<'d>, depth: usize) -> Result<&'d [u8], fmt::Error> {
    let mut choices = Choices::default();
    let mut rest = scope.attrs;
    let mut position = 0usize;
    for attr in rest.by_ref() {
        position = position.saturating_add(1);
        let row = scope.schema.attr(attr.kind());
        key(out, row.map(|row| row.name), attr.raw_kind(), position, scope.attrs)?;
        match row {
            Some(row) => {
                write_value(out, choices.resolve(scope, &row.kind), attr.payload(), depth.saturating_add(1))?;
            }
            None => hex(out, attr.payload())?,
        }
    }
    Ok(rest.remainder())
}

fn key(
    out: &mut dyn Write,
    name: Option<&str>,
    raw_kind: u16,
    position: usize,
    list: Attrs<'_>,
) -> fmt::Result {
    let kind = raw_kind & crate::wire::NLA_TYPE_MASK;
    out.write_str(if position > 1 { ",\"" } else { "\"" })?;
    match name {
        Some(name) => out.write_str(name)?,
        None => write!(out, "{kind}")?,
    }
    if raw_kind & NLA_F_NESTED != 0 {
        out.write_str("|nested")?;
    }
    if raw_kind & NLA_F_NET_BYTEORDER != 0 {
        out.write_str("|net")?;
    }
    let number = match position {
        0..=COUNTED => list.take(position).filter(|attr| attr.kind() == kind).count(),
        _ => position,
    };
    if number > 1 {
        write!(out, "#{number}")?;
    }
    out.write_str("\":")
}

/// One payload of `kind` (choices made), as [`write_message`] writes it.
pub(crate) fn write_value(
    out: &mut dyn Write,
    kind: &'static Kind,
    payload: &[u8],
    depth: usize,
) -> fmt::Result {
    let deeper = depth.saturating_add(1);
    match kind {
        Kind::Flag if payload.is_empty() => out.write_str("true"),
        Kind::Int(int) => integer(out, int, payload),
        Kind::Str { max } => match text(payload).filter(|text| text.len() <= usize::from(*max)) {
            Some(text) => string(out, text),
            None => hex(out, payload),
        },
        Kind::LinkAddr if payload.len() <= 32 => {
            out.write_char('"')?;
            link_addr(out, payload)?;
            out.write_char('"')
        }
        Kind::Ip | Kind::Ipv4 | Kind::Ipv6 => address(out, kind, payload),
        Kind::Labels if labels_are_plain(payload) => {
            let each = |out: &mut dyn Write, chunk: &[u8]| {
                write!(out, "{}", bytes::u32_be(chunk).unwrap_or(0).wrapping_shr(12))
            };
            list(out, payload.chunks(4), each)
        }
        Kind::Struct(fixed) if payload.len() == fixed.size => fields(out, fixed, payload, 0, depth),
        Kind::Array(element) if element_size(element).is_some_and(|n| whole(payload.len(), n)) => {
            let size = size_of_kind(element).max(1);
            list(out, payload.chunks(size), |out, chunk| write_value(out, element, chunk, deeper))
        }
        Kind::Nest(schema) => match nest(schema(), payload, depth) {
            Some(scope) => body(out, &scope, 0, depth),
            None => hex(out, payload),
        },
        Kind::Indexed(element) if depth < DEPTH_MAX && whole_list(payload) => {
            out.write_char('{')?;
            let attrs = Attrs::new(payload);
            for (n, attr) in attrs.enumerate() {
                key(out, None, attr.raw_kind(), n.saturating_add(1), attrs)?;
                write_value(out, element, attr.payload(), deeper)?;
            }
            out.write_char('}')
        }
        Kind::Records(schema) if whole_records(schema(), payload, depth) => {
            let mut rest = payload;
            let size = schema().header.size;
            let records = core::iter::from_fn(move || split_record(&mut rest, size));
            list(out, records, |out, record| match nest(schema(), record, depth) {
                Some(scope) => body(out, &scope, LENGTH_FIELD, depth),
                None => Ok(()),
            })
        }
        _ => hex(out, payload),
    }
}

/// Bytes of a record's length field, which its readable form leaves out.
pub(crate) const LENGTH_FIELD: usize = 2;

fn list<T>(
    out: &mut dyn Write,
    items: impl Iterator<Item = T>,
    each: impl Fn(&mut dyn Write, T) -> fmt::Result,
) -> fmt::Result {
    out.write_char('[')?;
    for (n, item) in items.enumerate() {
        if n > 0 {
            out.write_char(',')?;
        }
        each(out, item)?;
    }
    out.write_char(']')
}

/// A nest or record: with a header it is two members, else its attributes.
fn body(out: &mut dyn Write, scope: &Scope<'_>, skip: usize, depth: usize) -> fmt::Result {
    out.write_char('{')?;
    if scope.schema.header.size == 0 {
        attributes(out, scope, depth)?;
        return out.write_char('}');
    }
    write!(out, "\"{}\":", scope.schema.header.name)?;
    fields(out, scope.schema.header, scope.header, skip, depth)?;
    out.write_str(",\"attrs\":{")?;
    attributes(out, scope, depth)?;
    out.write_str("}}")
}

/// A struct without its fields below `skip` and without padding that is zero.
fn fields(
    out: &mut dyn Write,
    fixed: &'static Fixed,
    payload: &[u8],
    skip: usize,
    depth: usize,
) -> fmt::Result {
    let mut comma = "{";
    for field in fixed.fields.iter().filter(|field| field.offset >= skip) {
        let bytes = payload.get(field.offset..field.offset.saturating_add(field.size)).unwrap_or(&[]);
        if field.name.starts_with('_') && bytes.iter().all(|b| *b == 0) {
            continue;
        }
        write!(out, "{comma}\"{}\":", field.name)?;
        write_value(out, &field.kind, bytes, depth.saturating_add(1))?;
        comma = ",";
    }
    out.write_str(if comma == "{" { "{}" } else { "}" })
}

/// Size of an array's elements where it is fixed.
pub(crate) fn element_size(kind: &Kind) -> Option<usize> {
    match kind {
        Kind::Int(_) | Kind::Ipv4 | Kind::Ipv6 | Kind::Struct(_) => Some(size_of_kind(kind)),
        Kind::Bytes { min, max } if min == max && *min > 0 => Some(size_of_kind(kind)),
        _ => None,
    }
}

fn whole(len: usize, element: usize) -> bool {
    len.checked_rem(element) == Some(0)
}

/// Whether the bytes are attributes to the end, the last one's padding included.
pub(crate) fn whole_list(list: &[u8]) -> bool {
    let mut attrs = Attrs::new(list);
    attrs.by_ref().for_each(drop);
    attrs.remainder().is_empty() && list.len() & 3 == 0
}

/// The scope of a nest that its readable form brings back.
pub(crate) fn nest<'d>(schema: &'static Schema, payload: &'d [u8], depth: usize) -> Option<Scope<'d>> {
    let scope = Scope::new(schema, payload)?;
    let fits = depth < DEPTH_MAX && payload.len() >= align4(schema.header.size);
    (fits && whole_list(scope.attrs.remainder())).then_some(scope)
}

pub(crate) fn whole_records(schema: &'static Schema, payload: &[u8], depth: usize) -> bool {
    let mut rest = payload;
    while !rest.is_empty() {
        let record = split_record(&mut rest, schema.header.size);
        if record.is_none_or(|record| nest(schema, record, depth).is_none()) {
            return false;
        }
    }
    true
}

/// Whether writing the labels' numbers brings the payload back: no traffic class, no time to live, the bottom bit on
/// the last one only.
fn labels_are_plain(payload: &[u8]) -> bool {
    let mut labels = payload.chunks_exact(4).peekable();
    let mut plain = payload.len() & 3 == 0;
    while let Some(raw) = labels.next() {
        let number = bytes::u32_be(raw).unwrap_or(0).wrapping_shr(12);
        plain &= Label::new(number, labels.peek().is_none()).to_bytes() == raw;
    }
    plain
}

fn integer(out: &mut dyn Write, int: &Int, payload: &[u8]) -> fmt::Result {
    if payload.len() == 4 && int.size == 8 && !int.signed && !int.big_endian {
        return write!(out, "{{\"u32\":{}}}", bytes::u32_ne(payload).unwrap_or(0));
    }
    let (Some(bits), Some(value)) = (bytes::uint(payload, int.big_endian), int.read(payload)) else {
        return hex(out, payload);
    };
    if payload.len() != usize::from(int.size) {
        return hex(out, payload);
    }
    match int.names {
        Names::Enum(names) => match only_name(names, bits) {
            Some(name) => write!(out, "\"{name}\""),
            None => write!(out, "{value}"),
        },
        Names::Flags(names) => flags(out, names, bits),
        Names::None => write!(out, "{value}"),
    }
}

/// The name of a value that has exactly one.
fn only_name(names: &'static [(u64, &'static str)], value: u64) -> Option<&'static str> {
    let mut found = names.iter().filter(|row| row.0 == value);
    match (found.next(), found.next()) {
        (Some(row), None) => Some(row.1),
        _ => None,
    }
}

fn flags(out: &mut dyn Write, names: &[(u64, &str)], bits: u64) -> fmt::Result {
    out.write_char('[')?;
    let mut rest = bits;
    let mut comma = "";
    for (mask, name) in names {
        if *mask != 0 && rest & mask == *mask {
            write!(out, "{comma}\"{name}\"")?;
            rest &= !mask;
            comma = ",";
        }
    }
    if rest != 0 {
        write!(out, "{comma}{rest}")?;
    }
    out.write_char(']')
}

fn address(out: &mut dyn Write, kind: &Kind, payload: &[u8]) -> fmt::Result {
    match (kind, <[u8; 4]>::try_from(payload), <[u8; 16]>::try_from(payload)) {
        (Kind::Ip | Kind::Ipv4, Ok(v4), _) => write!(out, "\"{}\"", Ipv4Addr::from(v4)),
        (Kind::Ip | Kind::Ipv6, _, Ok(v6)) => write!(out, "\"{}\"", Ipv6Addr::from(v6)),
        _ => hex(out, payload),
    }
}

fn hex(out: &mut dyn Write, payload: &[u8]) -> fmt::Result {
    out.write_str("{\"hex\":\"")?;
    for byte in payload {
        write!(out, "{byte:02x}")?;
    }
    out.write_str("\"}")
}

fn string(out: &mut dyn Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            // Line separators end a line for some readers of one message a line.
            '\0'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => write!(out, "\\u{:04x}", u32::from(c))?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

fn ack(out: &mut dyn Write, protocol: &Protocol, ack: Ack<'_>) -> fmt::Result {
    match ack.errno() {
        None => out.write_str("{\"errno\":0")?,
        Some(errno) => {
            write!(out, "{{\"errno\":{}", errno.0)?;
            if let Some(name) = errno.name() {
                write!(out, ",\"name\":\"{name}\"")?;
            }
        }
    }
    if let Some(text) = ack.message() {
        out.write_str(",\"message\":")?;
        string(out, text)?;
    }
    let numbers = [
        ("offset", ack.offset()),
        ("missing_type", ack.missing_type()),
        ("missing_nest", ack.missing_nest()),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            write!(out, ",\"{name}\":{value}")?;
        }
    }
    if let Some(request) = ack.request_header() {
        out.write_str(",\"request\":{\"type\":")?;
        match protocol.message(request.kind) {
            Some(row) => write!(out, "\"{}\"", row.name)?,
            None => write!(out, "{}", request.kind)?,
        }
        write!(out, ",\"seq\":{}}}", request.seq)?;
    }
    out.write_char('}')
}
