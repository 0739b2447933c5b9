//! `Debug` of every view, from the table.
//!
//! ```
//! use netplumb_core::family::link::{self, Link};
//! use netplumb_core::request::AsRequest;
//! let request = link::create("br0").bridge(|b| { b.ageing_time(300); });
//! let link = Link::new(&request.message().unwrap()[16..]).unwrap();
//! assert!(format!("{link:?}").ends_with(
//!     "IFLA_IFNAME: \"br0\", IFLA_LINKINFO: {IFLA_INFO_KIND: \"bridge\", IFLA_INFO_DATA: {IFLA_BR_AGEING_TIME: 300}}}"
//! ));
//! ```

use super::check::size_of_kind;
use super::list::split_record;
use super::value::{Labels, fmt_flags, name_of};
use super::walk::{DEPTH_MAX, Path, Scope, Step};
use super::{Fixed, Int, Kind, Names, Schema};
use crate::wire::Attrs;
use core::fmt::{self, Debug, DebugMap};
use core::net::{Ipv4Addr, Ipv6Addr};

/// Prints a set's header and attributes: names as the kernel's constants, unknown attributes by number, and what does
/// not decode as bytes. `{:#?}` breaks lines.
pub fn pretty(
    f: &mut fmt::Formatter<'_>,
    schema: &'static Schema,
    header: &[u8],
    attrs: Attrs<'_>,
) -> fmt::Result {
    write!(f, "{} ", schema.name)?;
    let mut out = f.debug_map();
    scope(&mut out, Scope { schema, header, attrs }, 0);
    out.finish()
}

/// One payload as text: what [`pretty`] prints for it.
#[derive(Clone, Copy)]
pub struct Pretty<'d> {
    /// Its kind, with choices made ([`Scope::resolve`]).
    pub kind: &'static Kind,
    /// The bytes.
    pub payload: &'d [u8],
}

impl Debug for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Deep { kind: self.kind, payload: self.payload, depth: 0 }.fmt(f)
    }
}

/// A name without quotes.
struct Bare<T>(T);

impl<T: fmt::Display> Debug for Bare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Bytes as `[00 ff]`.
struct Hex<'d>(&'d [u8]);

impl Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (n, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if n == 0 { "" } else { " " })?;
        }
        f.write_str("]")
    }
}

fn scope(out: &mut DebugMap<'_, '_>, scope: Scope<'_>, depth: usize) {
    fields(out, scope.schema.header, scope.header, depth);
    let mut rest = scope.attrs;
    for attr in rest.by_ref() {
        let row = scope.schema.attr(attr.kind());
        let kind = row.map_or(&super::walk::OPAQUE, |row| scope.resolve(&row.kind));
        out.entry(&Path::step(scope.schema, attr.kind()), &Deep { kind, payload: attr.payload(), depth });
    }
    if !rest.remainder().is_empty() {
        out.entry(&Bare("no attribute"), &Hex(rest.remainder()));
    }
}

fn fields(out: &mut DebugMap<'_, '_>, fixed: &'static Fixed, bytes: &[u8], depth: usize) {
    for field in fixed.fields {
        let end = field.offset.saturating_add(field.size);
        if let Some(payload) = bytes.get(field.offset..end)
            && !field.name.starts_with('_')
        {
            out.entry(&Step::Field(field.name), &Deep { kind: &field.kind, payload, depth });
        }
    }
    if let Some(more) = bytes.get(fixed.size..).filter(|more| !more.is_empty()) {
        out.entry(&Bare("more"), &Hex(more));
    }
}

/// A payload at a depth.
#[derive(Clone, Copy)]
struct Deep<'d> {
    kind: &'static Kind,
    payload: &'d [u8],
    depth: usize,
}

/// A record or nest with a header.
struct Nest<'d> {
    schema: &'static Schema,
    payload: &'d [u8],
    depth: usize,
}

impl Debug for Nest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Scope::new(self.schema, self.payload) {
            Some(inner) if self.depth <= DEPTH_MAX => {
                let mut out = f.debug_map();
                scope(&mut out, inner, self.depth);
                out.finish()
            }
            _ => Hex(self.payload).fmt(f),
        }
    }
}

impl Debug for Deep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, payload, depth } = *self;
        let depth = depth.saturating_add(1);
        match kind {
            Kind::Flag if payload.is_empty() => f.write_str("true"),
            Kind::Int(int) => match int.read(payload) {
                Some(value) if payload.len() == usize::from(int.size) => integer(f, int, value),
                _ => Hex(payload).fmt(f),
            },
            Kind::Str { .. } => match text(payload) {
                Some(text) => text.fmt(f),
                None => Hex(payload).fmt(f),
            },
            Kind::LinkAddr if !payload.is_empty() => link_addr(f, payload),
            Kind::Ip | Kind::Ipv4 | Kind::Ipv6 => address(f, payload),
            Kind::Labels if !payload.is_empty() && payload.len() & 3 == 0 => Labels::new(payload).fmt(f),
            Kind::Struct(fixed) if payload.len() >= fixed.min_size => {
                let mut out = f.debug_map();
                fields(&mut out, fixed, payload, depth);
                out.finish()
            }
            Kind::Array(element) => {
                let chunks = payload.chunks(size_of_kind(element));
                f.debug_list().entries(chunks.map(|payload| Deep { kind: element, payload, depth })).finish()
            }
            Kind::Nest(schema) => Nest { schema: schema(), payload, depth }.fmt(f),
            Kind::Indexed(element) if depth <= DEPTH_MAX => {
                let attrs = Attrs::new(payload);
                let entries = attrs.map(|a| (a.kind(), Deep { kind: element, payload: a.payload(), depth }));
                f.debug_map().entries(entries).finish()
            }
            Kind::Records(schema) => {
                let schema = schema();
                let mut rest = payload;
                let mut out = f.debug_list();
                while let Some(payload) = split_record(&mut rest, schema.header.size) {
                    out.entry(&Nest { schema, payload, depth });
                }
                if !rest.is_empty() {
                    out.entry(&Hex(rest));
                }
                out.finish()
            }
            _ => Hex(payload).fmt(f),
        }
    }
}

fn integer(f: &mut fmt::Formatter<'_>, int: &Int, value: i128) -> fmt::Result {
    let bits = u64::try_from(value).unwrap_or(0);
    match int.names {
        Names::Enum(names) if value >= 0 => match name_of(names, bits) {
            Some(name) => f.write_str(name),
            None => write!(f, "{value}"),
        },
        Names::Flags(names) if value >= 0 => fmt_flags(f, names, bits),
        _ => write!(f, "{value}"),
    }
}

/// Text that is what it seems: UTF-8 up to its only NUL.
pub(crate) fn text(payload: &[u8]) -> Option<&str> {
    let (nul, text) = payload.split_last()?;
    if *nul != 0 || text.contains(&0) {
        return None;
    }
    core::str::from_utf8(text).ok()
}

pub(crate) fn link_addr(f: &mut dyn fmt::Write, payload: &[u8]) -> fmt::Result {
    for (n, byte) in payload.iter().enumerate() {
        write!(f, "{}{byte:02x}", if n == 0 { "" } else { ":" })?;
    }
    Ok(())
}

fn address(f: &mut fmt::Formatter<'_>, payload: &[u8]) -> fmt::Result {
    match (<[u8; 4]>::try_from(payload), <[u8; 16]>::try_from(payload)) {
        (Ok(v4), _) => write!(f, "{}", Ipv4Addr::from(v4)),
        (_, Ok(v6)) => write!(f, "{}", Ipv6Addr::from(v6)),
        _ => Hex(payload).fmt(f),
    }
}

#[cfg(test)]
mod tests {
    use crate::family::link::{self, IFF_UP, Link};
    use crate::family::route::{self, Route};
    use crate::request::AsRequest;
    use std::format;

    #[test]
    fn known_unknown_and_broken_are_all_shown() {
        let request = link::set(3u32).up().address(&[2, 0, 0, 0, 0, 1]).with(|l| {
            let w = l.writer();
            w.attr(4, &[1, 2]);
            w.attr(0x3000, &[7]);
            w.bytes(&[3, 0, 0, 0]);
        });
        let link = Link::new(&request.message().unwrap()[16..]).unwrap();
        assert_eq!(link.header().ifi_flags, IFF_UP);
        assert_eq!(
            format!("{link:?}"),
            "link {ifi_family: AF_UNSPEC, ifi_type: ARPHRD_NETROM, ifi_index: 3, ifi_flags: IFF_UP, ifi_change: 1, \
             IFLA_ADDRESS: 02:00:00:00:00:01, IFLA_MTU: [01 02], 12288: [07], no attribute: [03 00 00 00]}"
        );
    }

    #[test]
    fn records_and_choices() {
        let request = route::add("192.0.2.0/24".parse().unwrap()).with(|r| {
            r.hops(|h| {
                h.hop(route::hop::RtNexthop::default(), |hop| {
                    hop.gateway("192.0.2.1".parse().unwrap());
                });
            });
        });
        let route = Route::new(&request.message().unwrap()[16..]).unwrap();
        let text = format!("{route:?}");
        assert!(text.contains("RTA_DST: 192.0.2.0"), "{text}");
        assert!(text.contains("RTA_MULTIPATH: [{rtnh_len: 16,"), "{text}");
        assert!(text.contains("RTA_GATEWAY: 192.0.2.1}]"), "{text}");
        assert!(format!("{route:#?}").contains("\n    RTA_DST: 192.0.2.0,\n"));
    }
}
