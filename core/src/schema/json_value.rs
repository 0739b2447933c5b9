//! The plain values of a message's JSON: integers, texts, addresses, hexadecimal bytes.

use super::json_text::{JsonError, JsonFault, Text};
use super::value::Label;
use super::{Int, Kind, Names};
use crate::bytes::put_uint;
use crate::wire::Writer;
use core::net::IpAddr;

type Result<T> = core::result::Result<T, JsonError>;

pub(super) fn number<T: TryFrom<i128>>(text: &mut Text<'_>) -> Result<T> {
    text.peek();
    let start = *text;
    narrow(&start, text.integer()?)
}

pub(super) fn narrow<T: TryFrom<i128>>(at: &Text<'_>, value: i128) -> Result<T> {
    T::try_from(value).or_else(|_| at.fault(JsonFault::OutOfRange))
}

pub(super) fn fits(text: &Text<'_>, w: &Writer<'_>) -> Result<()> {
    if w.overflowed() { text.fault(JsonFault::NoRoom) } else { Ok(()) }
}

pub(super) fn raw(text: &Text<'_>, w: &mut Writer<'_>, bytes: &[u8]) -> Result<()> {
    w.raw(bytes);
    fits(text, w)
}

pub(super) fn hex(text: &mut Text<'_>, w: &mut Writer<'_>) -> Result<()> {
    text.peek();
    let at = *text;
    let mut half = None;
    text.string(&mut |part| {
        for byte in part {
            let Some(digit) = char::from(*byte).to_digit(16) else {
                return Err(JsonFault::Expected("hexadecimal digits"));
            };
            half = match half {
                None => Some(digit),
                Some(high) => {
                    let byte = high << 4 | digit;
                    w.raw(&[u8::try_from(byte).unwrap_or(0)]);
                    None
                }
            };
            if w.overflowed() {
                return Err(JsonFault::NoRoom);
            }
        }
        Ok(())
    })?;
    if half.is_some() { at.expected("an even number of hexadecimal digits") } else { Ok(()) }
}

pub(super) fn integer(text: &mut Text<'_>, w: &mut Writer<'_>, int: &Int) -> Result<()> {
    let next = text.peek();
    let at = *text;
    let value = match (int.names, next) {
        (Names::Enum(names), Some(b'"')) => i128::from(named_value(text, names)?),
        (Names::Flags(names), Some(b'[')) => named_bits(text, names)?,
        _ => text.integer()?,
    };
    let bits = u32::from(int.size).saturating_mul(8).min(64);
    let low = if int.signed { 1i128.wrapping_shl(bits.saturating_sub(1)).wrapping_neg() } else { 0 };
    let high = 1i128.wrapping_shl(bits.saturating_sub(u32::from(int.signed)));
    // A value of a signed type that has a name is named by its bits.
    let by_bits = value >= 0 && next != Some(b'-') && !matches!(int.names, Names::None);
    let high = if by_bits { 1i128.wrapping_shl(bits) } else { high };
    if value < low || value >= high {
        return at.fault(JsonFault::OutOfRange);
    }
    let mut out = [0u8; 8];
    if let Some(out) = out.get_mut(..usize::from(int.size)) {
        let low_bits = u64::try_from(value & i128::from(u64::MAX)).unwrap_or(0);
        put_uint(out, low_bits, int.big_endian);
        w.raw(out);
    }
    fits(&at, w)
}

fn named_value(text: &mut Text<'_>, names: &[(u64, &str)]) -> Result<u64> {
    let name = text.name()?;
    match names.iter().find(|row| row.1 == name.as_str()) {
        Some(row) => Ok(row.0),
        None => name.fault(JsonFault::UnknownValue),
    }
}

/// An array of names and numbers, together; or a number.
pub(super) fn named_bits(text: &mut Text<'_>, names: &[(u64, &str)]) -> Result<i128> {
    if text.peek() != Some(b'[') {
        return text.integer();
    }
    let mut bits = 0i128;
    let mut first = true;
    while text.element(&mut first)? {
        bits |= match text.peek() {
            Some(b'"') => i128::from(named_value(text, names)?),
            _ => i128::from(number::<u64>(text)?),
        };
    }
    Ok(bits)
}

pub(super) fn string(text: &mut Text<'_>, w: &mut Writer<'_>, max: usize) -> Result<()> {
    let mut len = 0usize;
    text.string(&mut |part| {
        len = len.saturating_add(part.len());
        if len > max {
            return Err(JsonFault::TooLong);
        }
        if part.contains(&0) {
            return Err(JsonFault::Expected("text without a NUL, or {\"hex\":\"…\"}"));
        }
        w.raw(part);
        if w.overflowed() { Err(JsonFault::NoRoom) } else { Ok(()) }
    })?;
    raw(text, w, &[0])
}

pub(super) fn link_addr(text: &mut Text<'_>, w: &mut Writer<'_>) -> Result<()> {
    let name = text.name()?;
    if name.as_str().is_empty() {
        return Ok(());
    }
    for part in name.as_str().split(':') {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
        match u8::from_str_radix(part, 16) {
            Ok(byte) if digits => raw(text, w, &[byte])?,
            _ => return name.fault(JsonFault::Expected("a link-layer address")),
        }
    }
    Ok(())
}

pub(super) fn address(text: &mut Text<'_>, w: &mut Writer<'_>, kind: &Kind) -> Result<()> {
    let name = text.name()?;
    match (kind, name.as_str().parse()) {
        (Kind::Ip | Kind::Ipv4, Ok(IpAddr::V4(v4))) => raw(text, w, &v4.octets()),
        (Kind::Ip | Kind::Ipv6, Ok(IpAddr::V6(v6))) => raw(text, w, &v6.octets()),
        (Kind::Ipv4, _) => name.fault(JsonFault::Expected("an IPv4 address")),
        (Kind::Ipv6, _) => name.fault(JsonFault::Expected("an IPv6 address")),
        _ => name.fault(JsonFault::Expected("an IP address")),
    }
}

pub(super) fn labels(text: &mut Text<'_>, w: &mut Writer<'_>) -> Result<()> {
    let mut first = true;
    let mut last = None;
    while text.element(&mut first)? {
        text.peek();
        let at = *text;
        let label: u32 = number(text)?;
        if label > 0xf_ffff {
            return at.fault(JsonFault::OutOfRange);
        }
        raw(text, w, &Label::new(label, false).to_bytes())?;
        last = Some(label);
    }
    if let Some(label) = last {
        w.truncate(w.len().saturating_sub(4));
        w.raw(&Label::new(label, true).to_bytes());
    }
    Ok(())
}
