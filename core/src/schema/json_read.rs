//! Reads what [`json`](super::json) writes.

use super::choice::Choices;
use super::json::{CONTROL_TYPES, LENGTH_FIELD, MESSAGE_FLAGS, element_size};
use super::json_text::{JsonError, JsonFault, Name, Text};
use super::json_value::{
    address, fits, hex, integer, labels, link_addr, named_bits, narrow, number, raw, string,
};
use super::walk::{DEPTH_MAX, OPAQUE, Scope};
use super::{Fixed, Int, Kind, Schema, Selector};
use crate::family::{MessageType, Protocol};
use crate::wire::{Attrs, NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_TYPE_MASK, Writer};
use core::ops::Range;

type Result<T> = core::result::Result<T, JsonError>;

/// Largest field of a fixed struct that is read, in bytes.
const FIELD_MAX: usize = 256;

/// Appends the message at the beginning of `text` (in the form of [`json`](super::json)) to `w`, and returns how many bytes of
/// text it took. Whatever follows is left alone, so that messages may stand one a line.
///
/// Attributes may be called by the kernel's constant, by their number or by their getter's name. Where a sibling says what an
/// attribute is, it may stand behind it. Ranges and lengths that the format could carry are not judged here: that is
/// [`check`](super::check)'s.
///
/// # Errors
/// [`JsonError`], with the offset in the text; nothing was appended then.
pub fn read_message(text: &str, protocol: &Protocol, w: &mut Writer<'_>) -> Result<usize> {
    let mut at = Text::new(text);
    at.peek();
    let start = at.offset();
    let members = Members::find(&mut at)?;
    let head = Head::read(&members, protocol)?;
    w.pad();
    let before = w.len();
    let mut result = Ok(());
    let fits = w.message(head.kind, head.flags, head.seq, head.port, |w| {
        result = members.payload(&head, w);
    });
    if let Err(error) = result {
        w.truncate(before);
        return Err(error);
    }
    w.pad();
    if !fits || w.overflowed() {
        w.truncate(before);
        return Err(JsonError { offset: start, reason: JsonFault::NoRoom });
    }
    Ok(at.offset())
}

/// Where the members of a message are.
#[derive(Default)]
struct Members<'t> {
    start: Option<Text<'t>>,
    kind: Option<Text<'t>>,
    flags: Option<Text<'t>>,
    seq: Option<Text<'t>>,
    port: Option<Text<'t>>,
    payload: Option<Text<'t>>,
    ack: Option<Text<'t>>,
    attrs: Option<Text<'t>>,
    header: Option<(Name, Text<'t>)>,
}

/// The header of a message, and what its type is.
struct Head {
    kind: u16,
    flags: u16,
    seq: u32,
    port: u32,
    known: Option<&'static MessageType>,
}

impl<'t> Members<'t> {
    fn find(text: &mut Text<'t>) -> Result<Self> {
        let mut members = Self { start: Some(*text), ..Self::default() };
        let mut first = true;
        while let Some(name) = text.member(&mut first)? {
            let value = *text;
            let slot = match name.as_str() {
                "type" => &mut members.kind,
                "flags" => &mut members.flags,
                "seq" => &mut members.seq,
                "port" => &mut members.port,
                "payload" => &mut members.payload,
                "ack" => &mut members.ack,
                "attrs" => &mut members.attrs,
                _ if members.header.is_none() => {
                    members.header = Some((name, value));
                    text.skip()?;
                    continue;
                }
                _ => return name.fault(JsonFault::UnknownMember),
            };
            if slot.replace(value).is_some() {
                return name.fault(JsonFault::Repeated);
            }
            text.skip()?;
        }
        Ok(members)
    }

    fn payload(&self, head: &Head, w: &mut Writer<'_>) -> Result<()> {
        let schema = head.known.map(|row| (row.schema)());
        match (self.payload, schema) {
            (Some(mut payload), _) => {
                if let Some((name, _)) = &self.header {
                    return name.fault(JsonFault::UnknownMember);
                }
                match self.attrs {
                    Some(attrs) => attrs.expected("either a payload or attributes"),
                    None => value(&mut payload, w, &OPAQUE, 0),
                }
            }
            (None, Some(schema)) => {
                let header = header(self.header.as_ref(), w, schema, 0, 0)?;
                match self.attrs {
                    Some(mut attrs) => List { schema, header, depth: 0, top: true }.read(&mut attrs, w),
                    None => Ok(()),
                }
            }
            (None, None) => match (&self.header, self.attrs) {
                (Some((name, _)), _) => name.fault(JsonFault::UnknownMember),
                (_, Some(attrs)) => attrs.expected("\"payload\": this type has no attributes that are known"),
                (None, None) => Ok(()),
            },
        }
    }
}

impl Head {
    fn read(members: &Members<'_>, protocol: &Protocol) -> Result<Self> {
        let Some(mut kind) = members.kind else {
            return members.start.unwrap_or(Text::new("")).expected("a message with a \"type\"");
        };
        let kind = match kind.peek() {
            Some(b'"') => {
                let name = kind.name()?;
                let control = CONTROL_TYPES.iter().find(|row| row.1 == name.as_str()).map(|row| row.0);
                let own = protocol.message_named(name.as_str()).map(|row| u64::from(row.kind));
                match own.or(control).and_then(|kind| u16::try_from(kind).ok()) {
                    Some(kind) => kind,
                    None => return name.fault(JsonFault::UnknownType),
                }
            }
            _ => number(&mut kind)?,
        };
        let flags = match members.flags {
            Some(at) => narrow(&at, named_bits(&mut { at }, MESSAGE_FLAGS)?)?,
            None => 0,
        };
        let seq = members.seq.map_or(Ok(0), |mut seq| number(&mut seq))?;
        let port = members.port.map_or(Ok(0), |mut port| number(&mut port))?;
        Ok(Self { kind, flags, seq, port, known: protocol.message(kind) })
    }
}

/// Writes the header of a set and says where it is in `w`. Without a member it is all zeros.
fn header(
    member: Option<&(Name, Text<'_>)>,
    w: &mut Writer<'_>,
    schema: &'static Schema,
    skip: usize,
    depth: usize,
) -> Result<Range<usize>> {
    let start = w.len();
    match member {
        Some((name, _)) if name.as_str() != schema.header.name || schema.header.size == 0 => {
            return name.fault(JsonFault::UnknownMember);
        }
        Some((_, text)) => fields(&mut text.clone(), w, schema.header, skip, depth)?,
        None => zeros(w, schema.header.size),
    }
    let end = w.len();
    w.pad();
    Ok(start..end)
}

fn zeros(w: &mut Writer<'_>, count: usize) {
    for _ in 0..count {
        w.raw(&[0]);
    }
}

/// An attribute list that is read.
struct List {
    schema: &'static Schema,
    /// Where the set's header is in the writer.
    header: Range<usize>,
    depth: usize,
    /// Whether it is a message's own, which may end with `"~"`.
    top: bool,
}

impl List {
    fn read(&self, text: &mut Text<'_>, w: &mut Writer<'_>) -> Result<()> {
        let start = w.len();
        let mut choices = Choices::default();
        let mut first = true;
        while let Some(name) = text.member(&mut first)? {
            if self.top && name.as_str() == "~" {
                tail(text, w, start)?;
                return match text.member(&mut first)? {
                    Some(name) => name.fault(JsonFault::Expected("nothing behind \"~\"")),
                    None => Ok(()),
                };
            }
            let Some((kind, raw_kind)) = self.attribute(&name) else {
                return name.fault(JsonFault::UnknownAttribute);
            };
            let kind = match kind {
                Kind::Select(_) => match choices.made(kind) {
                    Some(made) => made,
                    None => {
                        let made = self.choose(*text, w, start, kind)?;
                        choices.put(kind, made);
                        made
                    }
                },
                kind => kind,
            };
            attribute(text, w, raw_kind, kind, self.depth.saturating_add(1))?;
        }
        Ok(())
    }

    /// Kind and raw type of the attribute that a key means.
    fn attribute(&self, name: &Name) -> Option<(&'static Kind, u16)> {
        let (name, bits) = split_key(name.as_str());
        let row = match type_number(name) {
            Some(id) => return Some((self.schema.attr(id).map_or(&OPAQUE, |row| &row.kind), id | bits)),
            None => self.schema.attr_named(name)?,
        };
        Some((&row.kind, row.id | bits))
    }

    /// What a choice comes down to. `text` is at the value of the attribute; what chooses is looked for in front of it and,
    /// by writing it for a moment, behind it.
    fn choose(
        &self,
        text: Text<'_>,
        w: &mut Writer<'_>,
        start: usize,
        kind: &'static Kind,
    ) -> Result<&'static Kind> {
        let mark = w.len();
        let mut made = kind;
        // As deep as `Scope::resolve` goes.
        for _ in 0..4 {
            let Kind::Select(select) = made else { break };
            if let Selector::Sibling(id) = select.by {
                let list = w.written().get(start..).unwrap_or(&[]);
                if Attrs::new(list).find(id).is_none() {
                    self.look_ahead(text, w, id)?;
                }
            }
            let header = w.written().get(self.header.clone()).unwrap_or(&[]);
            let attrs = Attrs::new(w.written().get(start..).unwrap_or(&[]));
            made = Scope { schema: self.schema, header, attrs }.choose(select);
        }
        w.truncate(mark);
        Ok(if matches!(made, Kind::Select(_)) { &OPAQUE } else { made })
    }

    fn look_ahead(&self, mut text: Text<'_>, w: &mut Writer<'_>, id: u16) -> Result<()> {
        text.skip()?;
        let mut first = false;
        while let Some(name) = text.member(&mut first)? {
            match self.attribute(&name) {
                Some((kind, raw_kind)) if raw_kind & NLA_TYPE_MASK == id => {
                    return attribute(&mut text, w, raw_kind, kind, self.depth.saturating_add(1));
                }
                _ => text.skip()?,
            }
        }
        Ok(())
    }
}

/// The name in a key, and the bits that are named behind it.
fn split_key(key: &str) -> (&str, u16) {
    let key = key.rsplit_once('#').map_or(key, |(name, _)| name);
    let (key, net) = key.strip_suffix("|net").map_or((key, 0), |name| (name, NLA_F_NET_BYTEORDER));
    let (key, nested) = key.strip_suffix("|nested").map_or((key, 0), |name| (name, NLA_F_NESTED));
    (key, net | nested)
}

/// An attribute type given as a number.
fn type_number(key: &str) -> Option<u16> {
    let digits = key.bytes().all(|b| b.is_ascii_digit());
    if digits { key.parse().ok().filter(|id| *id <= NLA_TYPE_MASK) } else { None }
}

/// What follows the last attribute: bytes that are none, or padding that is not there.
fn tail(text: &mut Text<'_>, w: &mut Writer<'_>, start: usize) -> Result<()> {
    let mut inner = *text;
    let mut first = true;
    match inner.member(&mut first)? {
        Some(name) if name.as_str() == "cut" => {
            let count: usize = number(&mut inner)?;
            let list = Attrs::new(w.written().get(start..).unwrap_or(&[]));
            let padding = list.last().map_or(0, |attr| attr.payload().len().wrapping_neg() & 3);
            if count == 0 || count > padding {
                return name.fault(JsonFault::Expected("no more than the padding of the last attribute"));
            }
            w.truncate(w.len().saturating_sub(count));
            *text = inner;
            end_of_object(text, &mut first)
        }
        _ => value(text, w, &OPAQUE, 0),
    }
}

fn end_of_object(text: &mut Text<'_>, first: &mut bool) -> Result<()> {
    match text.member(first)? {
        Some(name) => name.fault(JsonFault::Expected("the end of the object")),
        None => Ok(()),
    }
}

fn attribute(
    text: &mut Text<'_>,
    w: &mut Writer<'_>,
    raw_kind: u16,
    kind: &'static Kind,
    depth: usize,
) -> Result<()> {
    let start = w.len();
    w.attr(raw_kind, &[]);
    fits(text, w)?;
    value(text, w, kind, depth)?;
    let payload = w.len().saturating_sub(start).saturating_sub(4);
    w.close_attr(start, payload);
    fits(text, w)
}

/// Appends a payload, without padding.
fn value(text: &mut Text<'_>, w: &mut Writer<'_>, kind: &'static Kind, depth: usize) -> Result<()> {
    if text.peek() == Some(b'{') && special(text, w, kind)? {
        return Ok(());
    }
    let deeper = depth.saturating_add(1);
    let nests = matches!(kind, Kind::Nest(_) | Kind::Indexed(_) | Kind::Records(_));
    if nests && depth >= DEPTH_MAX {
        return text.fault(JsonFault::TooDeep);
    }
    match kind {
        Kind::Flag if text.word("true") => Ok(()),
        Kind::Flag => text.expected("true, or {\"hex\":\"…\"}"),
        Kind::Int(int) => integer(text, w, int),
        Kind::Str { max } => string(text, w, usize::from(*max)),
        Kind::LinkAddr => link_addr(text, w),
        Kind::Ip | Kind::Ipv4 | Kind::Ipv6 => address(text, w, kind),
        Kind::Labels => labels(text, w),
        Kind::Struct(fixed) => fields(text, w, fixed, 0, deeper),
        Kind::Array(element) => {
            let mut first = true;
            while text.element(&mut first)? {
                sized(text, w, element, element_size(element), deeper)?;
            }
            Ok(())
        }
        Kind::Nest(schema) => body(text, w, schema(), 0, depth),
        Kind::Indexed(element) => indexed(text, w, element, deeper),
        Kind::Records(schema) => {
            let mut first = true;
            while text.element(&mut first)? {
                let start = w.len();
                body(text, w, schema(), LENGTH_FIELD, depth)?;
                w.patch_len16(start);
                fits(text, w)?;
            }
            Ok(())
        }
        Kind::Bytes { .. } | Kind::Select(_) => text.expected("{\"hex\":\"…\"}"),
    }
}

/// A value that must be of a certain size.
fn sized(
    text: &mut Text<'_>,
    w: &mut Writer<'_>,
    kind: &'static Kind,
    size: Option<usize>,
    depth: usize,
) -> Result<()> {
    text.peek();
    let (at, start) = (*text, w.len());
    value(text, w, kind, depth)?;
    match size {
        Some(size) if w.len().saturating_sub(start) != size => {
            at.expected("as many bytes as the field or element has")
        }
        _ => Ok(()),
    }
}

/// `{"hex":"…"}`, which stands for any payload, and `{"u32":…}`; `false` when it is neither.
fn special(text: &mut Text<'_>, w: &mut Writer<'_>, kind: &Kind) -> Result<bool> {
    let mut inner = *text;
    let mut first = true;
    let Some(name) = inner.member(&mut first)? else { return Ok(false) };
    match (name.as_str(), kind) {
        ("hex", _) => hex(&mut inner, w)?,
        ("u32", Kind::Int(Int { size: 8, signed: false, big_endian: false, .. })) => {
            let value: u32 = number(&mut inner)?;
            raw(&inner, w, &value.to_ne_bytes())?;
        }
        _ => return Ok(false),
    }
    *text = inner;
    end_of_object(text, &mut first)?;
    Ok(true)
}

/// A struct. Fields that are not given are zero.
fn fields(
    text: &mut Text<'_>,
    w: &mut Writer<'_>,
    fixed: &'static Fixed,
    skip: usize,
    depth: usize,
) -> Result<()> {
    if depth > DEPTH_MAX.saturating_mul(2) {
        return text.fault(JsonFault::TooDeep);
    }
    let start = w.len();
    zeros(w, fixed.size);
    fits(text, w)?;
    let mut seen = 0u128;
    let mut first = true;
    while let Some(name) = text.member(&mut first)? {
        let named = |row: &super::Field| row.name == name.as_str() && row.offset >= skip;
        let Some(index) = fixed.fields.iter().position(named) else {
            return name.fault(JsonFault::UnknownField);
        };
        let bit = 1u128.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
        if seen & bit != 0 {
            return name.fault(JsonFault::Repeated);
        }
        seen |= bit;
        let Some(field) = fixed.fields.get(index) else { continue };
        let mut scratch = [0u8; FIELD_MAX];
        let mut out = Writer::new(&mut scratch);
        sized(text, &mut out, &field.kind, Some(field.size), depth.saturating_add(1))?;
        let from = start.saturating_add(field.offset);
        if let Some(room) = w.written_mut().get_mut(from..from.saturating_add(field.size)) {
            room.copy_from_slice(out.written());
        }
    }
    Ok(())
}

fn indexed(text: &mut Text<'_>, w: &mut Writer<'_>, element: &'static Kind, depth: usize) -> Result<()> {
    let mut first = true;
    while let Some(name) = text.member(&mut first)? {
        let (number, bits) = split_key(name.as_str());
        match type_number(number) {
            Some(id) => attribute(text, w, id | bits, element, depth)?,
            None => return name.fault(JsonFault::Expected("an index from 0 to 16383")),
        }
    }
    Ok(())
}

/// A nest or record.
fn body(
    text: &mut Text<'_>,
    w: &mut Writer<'_>,
    schema: &'static Schema,
    skip: usize,
    depth: usize,
) -> Result<()> {
    if schema.header.size == 0 {
        return List { schema, header: 0..0, depth, top: false }.read(text, w);
    }
    let (mut head, mut attrs): (Option<(Name, Text<'_>)>, Option<Text<'_>>) = (None, None);
    let mut first = true;
    while let Some(name) = text.member(&mut first)? {
        let repeated = match name.as_str() {
            "attrs" => attrs.replace(*text).is_some(),
            other if other == schema.header.name && head.is_none() => {
                head = Some((name, *text));
                text.skip()?;
                continue;
            }
            other if other == schema.header.name => true,
            _ => return name.fault(JsonFault::UnknownMember),
        };
        if repeated {
            return name.fault(JsonFault::Repeated);
        }
        text.skip()?;
    }
    let header = header(head.as_ref(), w, schema, skip, depth)?;
    match attrs {
        Some(mut attrs) => List { schema, header, depth, top: false }.read(&mut attrs, w),
        None => Ok(()),
    }
}
