//! What the kinds of virtual links know (`IFLA_LINKINFO`), one file a kind.
//!
//! Most attributes are one row of a `Row` table: number, key, text, and how the value reads.

mod bond;
mod bridge;
mod other;
mod stacked;
mod tunnel;
mod vxlan;

use std::borrow::Cow;

use netplumb_core::family::link::info::LinkInfo;
use netplumb_core::wire::{Attr, Attrs, Source};

use super::value::{lladdr, ticks};
use super::{Color, Context, Printer};

/// One attribute: its type, JSON key, text with `{}`, and how its payload reads.
pub(super) struct Row(pub u16, pub &'static str, pub &'static str, pub As);

/// How a payload reads.
pub(super) enum As {
    /// An unsigned number of as many bytes as there are (1, 2, 4 or 8), native byte order.
    Number,
    /// A 16-bit number in network byte order.
    Be16,
    /// 0 or 1: `on` or `off`, a truth value in JSON.
    OnOff,
    /// In hexadecimal, in JSON a string.
    Hex,
    /// Ticks, printed as seconds.
    Timer,
    /// A link-layer address.
    Mac,
    /// Index of a link; nothing for 0.
    Device,
    /// One of these words; nothing for others.
    Word(&'static [&'static str]),
    /// Shown only if it is not 0.
    NonZero,
    /// Text that stands alone, whatever the value.
    Flag,
    /// Text that stands alone when the value is not 0.
    FlagIfSet,
    /// Text that stands alone, with `no` in front for 0; a truth value in JSON.
    Negatable,
    /// Whatever this function makes of it.
    Call(fn(&mut Printer<'_>, &Context, &Values<'_>, &[u8])),
}

/// The attributes of a kind.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(Attrs<'a>);

impl<'a> Values<'a> {
    /// The payload of an attribute.
    pub(super) fn bytes(&self, id: u16) -> Option<&'a [u8]> {
        self.0.find(id).map(Attr::payload)
    }

    /// An unsigned number in native byte order.
    pub(super) fn number(&self, id: u16) -> Option<u64> {
        number(self.bytes(id)?)
    }

    /// A number, 0 when it is not there.
    pub(super) fn or_zero(&self, id: u16) -> u64 {
        self.number(id).unwrap_or(0)
    }

    /// The attributes in an attribute.
    pub(super) fn nest(&self, id: u16) -> Option<Values<'a>> {
        self.bytes(id).map(|bytes| Values(Attrs::new(bytes)))
    }

    /// All attributes in the order sent.
    pub(super) fn all(&self) -> Attrs<'a> {
        self.0
    }
}

/// An unsigned number of 1, 2, 4 or 8 bytes in native byte order.
pub(super) fn number(payload: &[u8]) -> Option<u64> {
    match *payload {
        [a] => Some(a.into()),
        [a, b] => Some(u16::from_ne_bytes([a, b]).into()),
        [a, b, c, d] => Some(u32::from_ne_bytes([a, b, c, d]).into()),
        _ => payload.first_chunk().map(|b: &[u8; 8]| u64::from_ne_bytes(*b)),
    }
}

/// A 16-bit number in network byte order.
pub(super) fn be16(payload: &[u8]) -> Option<u16> {
    payload.first_chunk().map(|b: &[u8; 2]| u16::from_be_bytes(*b))
}

/// Prints the attributes of `rows` that are there.
pub(super) fn rows(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>, rows: &[Row]) {
    for Row(id, key, format, how) in rows {
        if let Some(payload) = values.bytes(*id) {
            one(p, cx, values, (key, format), how, payload);
        }
    }
}

fn one(
    p: &mut Printer<'_>,
    cx: &Context,
    values: &Values<'_>,
    (key, format): (&str, &str),
    how: &As,
    payload: &[u8],
) {
    let Some(value) = number(payload) else {
        match how {
            As::Mac => p.string(key, format, &lladdr(payload, 1)),
            As::Flag => p.flag(key, format),
            As::Call(call) => call(p, cx, values, payload),
            _ => {}
        }
        return;
    };
    match how {
        As::Number => p.uint(key, format, value),
        As::Be16 => p.uint(key, format, be16(payload).unwrap_or(0)),
        As::OnOff => p.on_off(key, format, value != 0),
        As::Hex => p.hex(key, format, value),
        As::Timer => {
            let (seconds, hundredths) = ticks(value, cx.user_hz);
            p.json_number(key, format_args!("{seconds}.{hundredths:02}"));
            p.color_text(Color::None, "{} ", format_args!("{key} {seconds:4}.{hundredths:02}"));
        }
        As::Mac => p.string(key, format, &lladdr(payload, 1)),
        As::Device => {
            if value != 0 {
                p.string(key, format, &cx.link_name(u32::try_from(value).unwrap_or(0)));
            }
        }
        As::Word(words) => {
            let word = usize::try_from(value).ok().and_then(|at| words.get(at));
            if let Some(word) = word {
                p.string(key, format, word);
            }
        }
        As::NonZero => {
            if value != 0 {
                p.uint(key, format, value);
            }
        }
        As::Flag => p.flag(key, format),
        As::Negatable => {
            if value == 0 {
                p.text("no");
            }
            p.boolean(key, format, value != 0);
        }
        As::FlagIfSet => {
            if value != 0 {
                p.flag(key, format);
            }
        }
        As::Call(call) => call(p, cx, values, payload),
    }
}

/// Prints a kind's data.
type Kind = fn(&mut Printer<'_>, &Context, &Values<'_>);

/// Kinds that have something to print.
fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "bond" => bond::bond,
        "bridge" => bridge::bridge,
        "erspan" | "gre" | "gretap" => tunnel::gre4,
        "geneve" => vxlan::geneve,
        "hsr" => other::hsr,
        "ip6erspan" | "ip6gre" | "ip6gretap" => tunnel::gre6,
        "ip6tnl" => tunnel::ip6tnl,
        "ipip" | "sit" => tunnel::ipip,
        "ipvlan" | "ipvtap" => stacked::ipvlan,
        "macvlan" | "macvtap" => stacked::macvlan,
        "tun" => stacked::tun,
        "vlan" => stacked::vlan,
        "vti" => tunnel::vti4,
        "vti6" => tunnel::vti6,
        "vrf" => stacked::vrf,
        "vxlan" => vxlan::vxlan,
        "xfrm" => other::xfrm,
        _ => return None,
    })
}

/// Kinds of ports.
fn slave_kind(name: &str) -> Option<Kind> {
    Some(match name {
        "bond" => bond::port,
        "bridge" => bridge::port,
        "vrf" => stacked::vrf_port,
        _ => return None,
    })
}

/// Prints kind and data of a link and of the port that it is.
pub(super) fn print<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, info: &LinkInfo<'a, S>) {
    p.open_object("linkinfo");
    if let Some(name) = info.kind() {
        p.nl();
        p.string("info_kind", "    {} ", name);
        data(p, cx, "info_data", kind(name), info.data());
    }
    if let Some(name) = info.slave_kind() {
        p.nl();
        p.string("info_slave_kind", "    {}_slave ", name);
        data(p, cx, "info_slave_data", slave_kind(name), info.slave_data());
    }
    p.close_object();
}

fn data(p: &mut Printer<'_>, cx: &Context, key: &str, print: Option<Kind>, data: Option<Attr<'_>>) {
    let Some(print) = print else { return };
    p.open_object(key);
    if let Some(data) = data {
        print(p, cx, &Values(data.nested()));
    }
    p.close_object();
}

/// iproute2's word for an Ethernet protocol number; with `numeric` (`-N`) the number.
pub(super) fn ether_protocol(numeric: bool, protocol: u16) -> Cow<'static, str> {
    Cow::Borrowed(match protocol {
        other if numeric => return Cow::Owned(format!("[{other}]")),
        0x0800 => "ip",
        0x0806 => "arp",
        0x8035 => "rarp",
        0x8100 => "802.1Q",
        0x86dd => "ipv6",
        0x8847 => "mpls_uc",
        0x8848 => "mpls_mc",
        0x88a8 => "802.1ad",
        0x88cc => "LLDP",
        other => return Cow::Owned(format!("[{other}]")),
    })
}
