//! Values as text: addresses, link-layer addresses, durations, counters.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use netplumb_core::family::link::{ARPHRD_IP6GRE, ARPHRD_IPGRE, ARPHRD_SIT, ARPHRD_TUNNEL, ARPHRD_TUNNEL6};
use netplumb_core::schema::Labels;

use super::{Color, Options};

pub(crate) const AF_UNSPEC: u8 = 0;
pub(crate) const AF_INET: u8 = 2;
pub(crate) const AF_BRIDGE: u8 = 7;
pub(crate) const AF_INET6: u8 = 10;
/// Link-layer packets: the family of `ip link`.
pub(crate) const AF_PACKET: u8 = 17;
pub(crate) const AF_MPLS: u8 = 28;

/// iproute2's word for an address family.
pub(crate) fn family_name(family: u8) -> &'static str {
    match family {
        AF_INET => "inet",
        AF_INET6 => "inet6",
        AF_PACKET => "link",
        AF_MPLS => "mpls",
        AF_BRIDGE => "bridge",
        _ => "???",
    }
}

pub(crate) fn family_color(family: u8) -> Color {
    match family {
        AF_INET => Color::Inet,
        AF_INET6 => Color::Inet6,
        _ => Color::None,
    }
}

/// Bits of a host address, -1 for a family without.
pub(crate) fn host_bits(family: u8) -> i32 {
    match family {
        AF_INET => 32,
        AF_INET6 => 128,
        AF_MPLS => 20,
        _ => -1,
    }
}

/// A network address; what does not fit its family is `???`.
pub(crate) fn host(family: u8, bytes: &[u8]) -> String {
    match family {
        AF_INET => bytes.first_chunk().map(|b: &[u8; 4]| Ipv4Addr::from(*b).to_string()),
        AF_INET6 => bytes.first_chunk().map(|b: &[u8; 16]| ipv6(Ipv6Addr::from(*b))),
        AF_MPLS => Some(Labels::new(bytes).to_string()),
        _ => None,
    }
    .unwrap_or_else(|| "???".to_owned())
}

/// An IPv6 address as the C library prints it: IPv4-compatible ones (`::1.2.3.4`) with dots, too.
pub(crate) fn ipv6(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
            let [.., a, b, c, d] = address.octets();
            format!("::{a}.{b}.{c}.{d}")
        }
        _ => address.to_string(),
    }
}

/// A link-layer address; tunnels have network addresses in its place.
pub(crate) fn lladdr(bytes: &[u8], kind: u16) -> String {
    let v4 = [ARPHRD_TUNNEL.0, ARPHRD_SIT.0, ARPHRD_IPGRE.0].contains(&kind);
    let v6 = [ARPHRD_TUNNEL6.0, ARPHRD_IP6GRE.0].contains(&kind);
    match bytes.len() {
        4 if v4 => host(AF_INET, bytes),
        16 if v6 => host(AF_INET6, bytes),
        _ => {
            let mut text = String::with_capacity(bytes.len() * 3);
            for (n, byte) in bytes.iter().enumerate() {
                let _ = write!(text, "{}{byte:02x}", if n == 0 { "" } else { ":" });
            }
            text
        }
    }
}

/// Bytes in hexadecimal, without separators.
pub(crate) fn hex_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A number of the kernel's ticks as seconds with hundredths.
pub(crate) fn ticks(value: u64, user_hz: u32) -> (u64, u64) {
    let hz = u64::from(user_hz.max(1));
    (value / hz, (value % hz) * 100 / hz)
}

/// A counter, with `-h` in a unit.
pub(crate) fn count(value: u64, options: &Options) -> String {
    let base: u64 = if options.iec { 1024 } else { 1000 };
    if !options.human || value < base {
        return value.to_string();
    }
    let mut units = ['k', 'M', 'G', 'T', 'P', 'E'].into_iter().peekable();
    let mut unit = units.next().unwrap_or('k');
    let mut power = base;
    while value / base >= power && units.peek().is_some() {
        power = power.saturating_mul(base);
        unit = units.next().unwrap_or(unit);
    }
    let whole = value / power;
    let precision = if whole < 10 { 2 } else { usize::from(whole < 100) };
    #[allow(clippy::cast_precision_loss)]
    let scaled = value as f64 / power as f64;
    format!("{scaled:.precision$}{unit}{}", if options.iec { "i" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_print_as_the_c_library_does() {
        let check = |text: &str| assert_eq!(ipv6(text.parse().unwrap()), text);
        for text in
            ["::", "::1", "::1.2.3.4", "::ffff:1.2.3.4", "2001:db8::1", "1:0:2:3:4:5:6:7", "fe80::1:0:0:2"]
        {
            check(text);
        }
        assert_eq!(host(AF_INET, &[1, 2, 3]), "???");
        assert_eq!(lladdr(&[1, 2, 3, 4], ARPHRD_SIT.0), "1.2.3.4");
        assert_eq!(lladdr(&[1, 2, 3, 4], 1), "01:02:03:04");
    }

    #[test]
    fn counters_in_units() {
        let check = |value, iec, expected: &str| {
            assert_eq!(count(value, &Options { human: true, iec, ..Options::default() }), expected);
        };
        check(999, false, "999");
        check(1000, false, "1.00k");
        check(12_345, false, "12.3k");
        check(123_456, false, "123k");
        check(1_000_000, false, "1.00M");
        check(1024, true, "1.00ki");
        check(u64::MAX, false, "18.4E");
    }
}
