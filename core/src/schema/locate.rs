//! From an offset to a name: what the kernel's extended acknowledgements point at.
//!
//! ```
//! use netplumb_core::family::link::{self, Link};
//! use netplumb_core::request::AsRequest;
//! use netplumb_core::schema::locate;
//! let request = link::create("br0").bridge(|b| { b.ageing_time(1); });
//! let payload = &request.message().unwrap()[16..];
//! // ifinfomsg 16, IFLA_IFNAME 8, IFLA_LINKINFO 4, IFLA_INFO_KIND 12, IFLA_INFO_DATA 4
//! let path = locate(Link::SCHEMA, payload, 16 + 8 + 4 + 12 + 4).unwrap();
//! assert_eq!(path.to_string(), "IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_BR_AGEING_TIME");
//! ```

use super::list::split_record;
use super::walk::{ATTR_HEADER, DEPTH_MAX, Path, Scope, Step};
use super::{Kind, Schema};
use crate::bytes::align4;
use crate::wire::Attrs;

/// The innermost attribute (or header field) of a payload that contains the byte at `offset`, counted from the payload's
/// beginning. `None` when nothing does. The kernel's `NLMSGERR_ATTR_OFFS` counts from the netlink header: 16 more.
pub fn locate(schema: &'static Schema, payload: &[u8], offset: usize) -> Option<Path> {
    in_set(schema, payload, offset, Path::ROOT, 0)
}

fn in_set(schema: &'static Schema, payload: &[u8], offset: usize, path: Path, depth: usize) -> Option<Path> {
    if offset < schema.header.size {
        let field = schema.header.fields.iter().rfind(|f| f.offset <= offset)?;
        return Some(path.then(Step::Field(field.name)));
    }
    let scope = Scope::new(schema, payload)?;
    let inner = offset.checked_sub(align4(schema.header.size))?;
    let (id, found, inner) = attr_at(scope.attrs, inner)?;
    let path = path.then(Path::step(schema, id));
    let kind = schema.attr(id).map(|row| scope.resolve(&row.kind));
    Some(in_kind(kind, found, inner, path, depth))
}

/// The attribute of a list that contains `offset`: its type, its payload, and the offset in that (`None`: in its header).
fn attr_at(attrs: Attrs<'_>, offset: usize) -> Option<(u16, &[u8], Option<usize>)> {
    let (mut rest, mut at) = (attrs, 0usize);
    loop {
        let before = rest.remainder().len();
        let attr = rest.next()?;
        let after = at.saturating_add(before.saturating_sub(rest.remainder().len()));
        if offset < after {
            return Some((attr.kind(), attr.payload(), offset.checked_sub(at.saturating_add(ATTR_HEADER))));
        }
        at = after;
    }
}

/// Goes on into a payload as far as it has names; `path` itself when it has none there.
fn in_kind(
    kind: Option<&'static Kind>,
    payload: &[u8],
    offset: Option<usize>,
    path: Path,
    depth: usize,
) -> Path {
    let (Some(kind), Some(offset), true) = (kind, offset, depth < DEPTH_MAX) else { return path };
    let depth = depth.saturating_add(1);
    let inner = match kind {
        Kind::Nest(schema) => in_set(schema(), payload, offset, path, depth),
        Kind::Indexed(element) => attr_at(Attrs::new(payload), offset).map(|(id, found, inner)| {
            in_kind(Some(element), found, inner, path.then(Step::Number(id)), depth)
        }),
        Kind::Records(schema) => in_record(schema(), payload, offset, path, depth),
        Kind::Struct(fixed) => {
            fixed.fields.iter().rfind(|f| f.offset <= offset).map(|f| path.then(Step::Field(f.name)))
        }
        _ => None,
    };
    inner.unwrap_or(path)
}

fn in_record(
    schema: &'static Schema,
    payload: &[u8],
    offset: usize,
    path: Path,
    depth: usize,
) -> Option<Path> {
    let (mut rest, mut at) = (payload, 0usize);
    for number in 0..u16::MAX {
        let before = rest.len();
        let record = split_record(&mut rest, schema.header.size)?;
        let after = at.saturating_add(before.saturating_sub(rest.len()));
        if offset < after {
            let path = path.then(Step::Number(number));
            return in_set(schema, record, offset.saturating_sub(at), path, depth).or(Some(path));
        }
        at = after;
    }
    None
}

/// The path of an attribute that the kernel misses: its type, and the offset of the nest that should have it
/// (`NLMSGERR_ATTR_MISS_TYPE`, `NLMSGERR_ATTR_MISS_NEST`; counted from the payload's beginning; `None` is the top level).
pub fn missing(schema: &'static Schema, payload: &[u8], nest: Option<usize>, kind: u16) -> Path {
    let Some(offset) = nest else { return Path::ROOT.then(Path::step(schema, kind)) };
    match locate(schema, payload, offset) {
        None => Path::ROOT.then(Path::step(schema, kind)),
        Some(path) => {
            let inner = set_at(schema, payload, offset, 0);
            path.then(inner.map_or(Step::Number(kind), |set| Path::step(set, kind)))
        }
    }
}

/// The set of the nest whose header is at `offset`.
fn set_at(schema: &'static Schema, payload: &[u8], offset: usize, depth: usize) -> Option<&'static Schema> {
    let scope = Scope::new(schema, payload)?;
    let (id, found, inner) = attr_at(scope.attrs, offset.checked_sub(align4(schema.header.size))?)?;
    let Kind::Nest(set) = scope.resolve(&schema.attr(id)?.kind) else { return None };
    match inner {
        Some(inner) if depth < DEPTH_MAX => set_at(set(), found, inner, depth.saturating_add(1)),
        _ => Some(set()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::link::{self, Link};
    use crate::request::AsRequest;
    use std::string::ToString;

    #[test]
    fn every_offset_of_a_request_has_a_name() {
        let request = link::create("v").veth("w").mtu(1400);
        let payload = &request.message().unwrap()[16..];
        let at = |offset| locate(Link::SCHEMA, payload, offset).map(|p| p.to_string());
        assert_eq!(at(0).as_deref(), Some("ifi_family"));
        assert_eq!(at(5).as_deref(), Some("ifi_index"));
        assert_eq!(at(16).as_deref(), Some("IFLA_IFNAME"));
        assert_eq!(at(24).as_deref(), Some("IFLA_LINKINFO"));
        let peer_name = payload.windows(2).rposition(|w| w == b"w\0").unwrap();
        assert_eq!(at(peer_name).as_deref(), Some("IFLA_LINKINFO.IFLA_INFO_DATA.VETH_INFO_PEER.IFLA_IFNAME"));
        assert_eq!(at(payload.len()), None);
        assert_eq!(
            locate(Link::SCHEMA, &payload[..10], 12).map(|p| p.to_string()).as_deref(),
            Some("ifi_change")
        );
    }

    #[test]
    fn missing_attributes_are_named_in_their_nest() {
        let request = link::create("x").linkinfo(|i| {
            i.bridge(|_| ());
        });
        let payload = &request.message().unwrap()[16..];
        assert_eq!(missing(Link::SCHEMA, payload, None, 3).to_string(), "IFLA_IFNAME");
        assert_eq!(missing(Link::SCHEMA, payload, Some(24), 1).to_string(), "IFLA_LINKINFO.IFLA_INFO_KIND");
        assert_eq!(missing(Link::SCHEMA, payload, Some(24), 99).to_string(), "IFLA_LINKINFO.99");
    }
}
