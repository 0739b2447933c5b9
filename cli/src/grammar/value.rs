//! Values on the command line: numbers, addresses, times.

use super::Usage;
use netplumb_core::family::common::{AF_INET, AF_INET6, AF_MPLS, AF_UNSPEC, AddressFamily};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An unsigned number of at most `max`, with C's prefixes: `0x` is hexadecimal, a leading `0` octal.
pub(crate) fn unsigned(text: &str, max: u64) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().filter(|&value| value <= max)
}

pub(crate) fn u8(text: &str) -> Option<u8> {
    unsigned(text, u8::MAX.into()).map(|value| value as u8)
}

pub(crate) fn u16(text: &str) -> Option<u16> {
    unsigned(text, u16::MAX.into()).map(|value| value as u16)
}

pub(crate) fn u32(text: &str) -> Option<u32> {
    unsigned(text, u32::MAX.into()).map(|value| value as u32)
}

pub(crate) fn u64(text: &str) -> Option<u64> {
    unsigned(text, u64::MAX)
}

/// A signed number.
pub(crate) fn i32(text: &str) -> Option<i32> {
    match text.strip_prefix('-') {
        Some(rest) => unsigned(rest, 1 << 31).map(|value| (value as u32).wrapping_neg() as i32),
        None => unsigned(text, i32::MAX as u64).map(|value| value as i32),
    }
}

/// `on` or `off`; the message is the one iproute2 has.
pub(crate) fn on_off(option: &str, text: &str) -> Result<bool, Usage> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Usage::new(
            1,
            format!("Error: argument of \"{option}\" must be \"on\" or \"off\", not \"{text}\""),
        )),
    }
}

/// The bytes of a link-layer address: pairs of hexadecimal digits with `:`, or an IPv4 address (tunnels).
pub(crate) fn link_address(text: &str) -> Result<Vec<u8>, Usage> {
    let bad = || Usage::new(1, format!("\"{text}\" is invalid lladdr."));
    if text.contains('.') {
        return Ok(ipv4(text).ok_or_else(bad)?.to_vec());
    }
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|pair| if pair.len() > 2 { None } else { u8::from_str_radix(pair, 16).ok() })
        .collect();
    bytes.filter(|bytes| bytes.len() <= 32).ok_or_else(bad)
}

/// An IPv4 address; parts that are missing at the end are zero (`10.1` is 10.1.0.0).
fn ipv4(text: &str) -> Option<[u8; 4]> {
    let mut out = [0; 4];
    let mut parts = text.split('.');
    for byte in &mut out {
        match parts.next() {
            Some(part) => *byte = unsigned(part, 255)? as u8,
            None => break,
        }
    }
    parts.next().is_none().then_some(out)
}

/// A stack of MPLS labels, `100/200`, as they are sent: bottom-of-stack bit on the last.
fn labels(text: &str) -> Option<Vec<u8>> {
    let parts: Vec<_> = text.split('/').collect();
    let mut out = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let label = unsigned(part, (1 << 20) - 1)? as u32;
        let last = u32::from(at + 1 == parts.len());
        out.extend((label << 12 | last << 8).to_be_bytes());
    }
    (parts.len() <= 16).then_some(out)
}

/// An address of any family, with its prefix length.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Prefix {
    /// Its family; `AF_UNSPEC` for `default` and `all` where none was asked for.
    pub family: AddressFamily,
    /// The address in network byte order; empty for `default` and `all`.
    pub bytes: Vec<u8>,
    /// Prefix length, in bits.
    pub bits: u8,
    /// Whether the length was written (or the word says it).
    pub explicit: bool,
}

impl Prefix {
    /// How many bits an address of this family has.
    pub(crate) fn full(family: AddressFamily) -> u8 {
        match family {
            AF_INET => 32,
            AF_INET6 => 128,
            AF_MPLS => 20,
            _ => 0,
        }
    }

    /// Whether it is about groups of hosts.
    pub(crate) fn is_multicast(&self) -> bool {
        match (self.bytes.len(), self.bytes.first()) {
            (4, Some(first)) => first & 0xf0 == 0xe0,
            (_, first) => first == Some(&0xff),
        }
    }

    /// Whether `address` lies in this prefix. An empty prefix holds every address of its family.
    pub(crate) fn contains(&self, address: &[u8]) -> bool {
        let (whole, rest) = (usize::from(self.bits / 8), self.bits % 8);
        if self.bytes.is_empty() || self.bits == 0 {
            return true;
        }
        let mask = !(0xff_u8.checked_shr(rest.into()).unwrap_or(0));
        address.len() == self.bytes.len()
            && address.get(..whole) == self.bytes.get(..whole)
            && (rest == 0
                || address.get(whole).map(|byte| byte & mask)
                    == self.bytes.get(whole).map(|byte| byte & mask))
    }
}

fn family_word(family: AddressFamily) -> &'static str {
    match family {
        AF_INET => "inet",
        AF_INET6 => "inet6",
        AF_MPLS => "mpls",
        _ => "any valid",
    }
}

fn parse_address(text: &str, family: AddressFamily) -> Option<(AddressFamily, Vec<u8>)> {
    if text.contains(':') {
        if family != AF_UNSPEC && family != AF_INET6 {
            return None;
        }
        return Some((AF_INET6, text.parse::<Ipv6Addr>().ok()?.octets().to_vec()));
    }
    match family {
        AF_MPLS => Some((AF_MPLS, labels(text)?)),
        AF_UNSPEC | AF_INET => Some((AF_INET, ipv4(text)?.to_vec())),
        _ => None,
    }
}

/// An address without a prefix length. `default`, `all` and `any` are the address of zeros where the family is known.
pub(crate) fn address(text: &str, family: AddressFamily) -> Result<Prefix, Usage> {
    let wrong = || {
        Usage::new(1, format!("Error: {} address is expected rather than \"{text}\".", family_word(family)))
    };
    if matches!(text, "default" | "all" | "any") {
        let bytes = match family {
            AF_INET => vec![0; 4],
            AF_INET6 => vec![0; 16],
            _ => Vec::new(),
        };
        return Ok(Prefix { family, bytes, bits: 0, explicit: true });
    }
    let (family, bytes) = parse_address(text, family).ok_or_else(wrong)?;
    Ok(Prefix { family, bits: Prefix::full(family), bytes, explicit: false })
}

/// An address with or without a prefix length, which may be a mask (`/255.255.255.0`).
pub(crate) fn prefix(text: &str, family: AddressFamily) -> Result<Prefix, Usage> {
    let wrong = || {
        Usage::new(1, format!("Error: {} prefix is expected rather than \"{text}\".", family_word(family)))
    };
    if matches!(text, "default" | "all" | "any") {
        return Ok(Prefix { family, bytes: Vec::new(), bits: 0, explicit: true });
    }
    let (head, length) = match text.split_once('/') {
        // The slash of an MPLS stack separates labels.
        Some(parts) if family != AF_MPLS => (parts.0, Some(parts.1)),
        _ => (text, None),
    };
    let (family, bytes) = parse_address(head, family).ok_or_else(wrong)?;
    let full = Prefix::full(family);
    let bits = match length {
        None => full,
        Some(length) => prefix_length(length, family).filter(|&bits| bits <= full).ok_or_else(wrong)?,
    };
    Ok(Prefix { family, bytes, bits, explicit: length.is_some() })
}

fn prefix_length(text: &str, family: AddressFamily) -> Option<u8> {
    if let Some(bits) = u8(text) {
        return Some(bits);
    }
    let mask = u32::from(text.parse::<Ipv4Addr>().ok().filter(|_| family == AF_INET)?);
    (mask.leading_ones() + mask.trailing_zeros() == 32).then_some(mask.leading_ones() as u8)
}

/// A time in milliseconds, and whether it is without a unit (then it is in units of the kernel).
pub(crate) fn time(text: &str) -> Option<(u32, bool)> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let unit = &text[digits.len()..];
    let value: f64 = match digits.contains('.') {
        true => digits.parse().ok()?,
        false => unsigned(digits, u32::MAX.into())? as f64,
    };
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" => return (value.fract() == 0.0).then_some((value as u32, true)),
        "s" | "sec" | "secs" => 1000.0,
        "ms" | "msec" | "msecs" => 1.0,
        _ => return None,
    };
    let ms = (value * factor).ceil();
    (0.0..=f64::from(u32::MAX)).contains(&ms).then_some((ms as u32, false))
}

/// An Ethernet type by name or number, for VLAN tags.
pub(crate) fn ether_type(text: &str) -> Option<u16> {
    let named = [("802.1q", 0x8100), ("802.1ad", 0x88a8), ("ip", 0x0800), ("arp", 0x0806), ("ipv6", 0x86dd)];
    match named.iter().find(|row| row.0.eq_ignore_ascii_case(text)) {
        Some(row) => Some(row.1),
        None => u16(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_c() {
        let check = |text: &str, expected: Option<u32>| assert_eq!(u32(text), expected, "{text}");
        check("0x10", Some(16));
        check("010", Some(8));
        check("0", Some(0));
        check("4294967295", Some(u32::MAX));
        check("4294967296", None);
        check("-1", None);
        check("+1", None);
        check("0x+1", None);
        check("", None);
        check("0x", None);
        check("1a", None);
        assert_eq!((i32("-5"), i32("-2147483648"), i32("2147483648")), (Some(-5), Some(i32::MIN), None));
    }

    #[test]
    fn prefixes() {
        let check = |text: &str, family, expected: Option<(u8, &[u8], u8)>| {
            let found = prefix(text, family).ok();
            let found = found.as_ref().map(|p| (p.family.0, p.bytes.as_slice(), p.bits));
            assert_eq!(found, expected, "{text}");
        };
        check("10.1/16", AF_UNSPEC, Some((2, &[10, 1, 0, 0], 16)));
        check("192.0.2.1", AF_UNSPEC, Some((2, &[192, 0, 2, 1], 32)));
        check("192.0.2.1/255.255.240.0", AF_UNSPEC, Some((2, &[192, 0, 2, 1], 20)));
        check("192.0.2.1/255.0.255.0", AF_UNSPEC, None);
        check("192.0.2.1/33", AF_UNSPEC, None);
        check("192.0.2.1/", AF_UNSPEC, None);
        check("192.0.2.1.5", AF_UNSPEC, None);
        check("::1/129", AF_UNSPEC, None);
        check("::1", AF_INET, None);
        check("10.0.0.1", AF_INET6, None);
        check("default", AF_INET6, Some((10, &[], 0)));
        check("100/200", AF_MPLS, Some((28, &[0, 6, 0x40, 0, 0, 0xc, 0x81, 0], 20)));
        check("1048576", AF_MPLS, None);
        check("", AF_UNSPEC, None);
    }

    #[test]
    fn a_prefix_contains_its_addresses() {
        let check = |text: &str, address: [u8; 4], expected: bool| {
            assert_eq!(prefix(text, AF_UNSPEC).unwrap().contains(&address), expected, "{text} {address:?}");
        };
        check("192.0.2.0/24", [192, 0, 2, 9], true);
        check("192.0.2.0/24", [192, 0, 3, 9], false);
        check("192.0.2.128/25", [192, 0, 2, 200], true);
        check("192.0.2.128/25", [192, 0, 2, 100], false);
        check("192.0.2.1", [192, 0, 2, 1], true);
        check("192.0.2.1", [192, 0, 2, 2], false);
        check("0.0.0.0/0", [1, 2, 3, 4], true);
        assert!(!prefix("192.0.2.0/24", AF_UNSPEC).unwrap().contains(&[0; 16]));
    }

    #[test]
    fn times_and_link_addresses() {
        let check = |text: &str, expected| assert_eq!(time(text), expected, "{text}");
        check("100ms", Some((100, false)));
        check("1s", Some((1000, false)));
        check("1.5s", Some((1500, false)));
        check("50", Some((50, true)));
        check("5h", None);
        check("s", None);
        assert_eq!(link_address("2:0:ff").ok(), Some(vec![2, 0, 255]));
        assert_eq!(link_address("192.0.2.1").ok(), Some(vec![192, 0, 2, 1]));
        for bad in ["zz", "123:1", "", ":"] {
            assert!(link_address(bad).is_err(), "{bad}");
        }
    }
}
