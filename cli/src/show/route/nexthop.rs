//! The nexthop object behind a route, as `ip -d route` prints it. The numbers are those of `linux/nexthop.h`.

use netplumb_core::family::route::RouteFlags;
use netplumb_core::family::route::encap::EncapType;
use netplumb_core::wire::{Attrs, Message};

use super::{device, gateway, print_flags};
use crate::show::value::host;
use crate::show::{Context, Printer};

const NHA_ID: u16 = 1;
const NHA_GROUP: u16 = 2;
const NHA_GROUP_TYPE: u16 = 3;
const NHA_BLACKHOLE: u16 = 4;
const NHA_OIF: u16 = 5;
const NHA_GATEWAY: u16 = 6;
const NHA_ENCAP_TYPE: u16 = 7;
const NHA_ENCAP: u16 = 8;
const NHA_FDB: u16 = 11;
const NHA_RES_GROUP: u16 = 12;

/// Type of a group whose buckets keep their members as long as they can.
const RESILIENT: u16 = 1;

/// `struct nhmsg`: family, scope, protocol, a reserved byte, flags.
const HEADER: usize = 8;

/// Prints the object of a `RTM_NEWNEXTHOP`; nothing when the message is cut.
pub(super) fn print(p: &mut Printer<'_>, cx: &Context, message: &[u8]) {
    let Ok(message) = Message::parse(message) else { return };
    let Some((header, attrs)) = message.payload().split_first_chunk::<HEADER>() else { return };
    let [family, scope, protocol, _, flags @ ..] = *header;
    let attrs = Attrs::new(attrs);
    let bytes = |id: u16| attrs.find(id).map(netplumb_core::wire::Attr::payload);
    p.text("\n\tnh_info ");
    p.open_object("nh_info");
    if let Some(id) = bytes(NHA_ID).and_then(u32_of) {
        p.uint("id", "id {} ", id);
    }
    if let Some(members) = bytes(NHA_GROUP) {
        group(p, members);
    }
    if bytes(NHA_GROUP_TYPE).and_then(|b| b.first_chunk().copied()).map(u16::from_ne_bytes) == Some(RESILIENT)
    {
        p.string("type", "type {} ", "resilient");
    }
    if let Some(attr) = attrs.find(NHA_RES_GROUP) {
        resilient(p, cx, attr.nested());
    }
    let encap = bytes(NHA_ENCAP_TYPE).and_then(|b| b.first_chunk().copied()).map(u16::from_ne_bytes);
    if let (Some(kind), Some(attr)) = (encap, attrs.find(NHA_ENCAP)) {
        super::encap::print(p, cx, EncapType(kind), attr.nested());
    }
    if let Some(address) = bytes(NHA_GATEWAY) {
        gateway(p, family, &host(family, address));
    }
    if let Some(index) = bytes(NHA_OIF).and_then(u32_of) {
        device(p, cx, "dev", index);
    }
    p.string("scope", "scope {} ", &cx.scope(scope));
    if bytes(NHA_BLACKHOLE).is_some() {
        p.null("blackhole", "blackhole ");
    }
    p.string("protocol", "proto {} ", &cx.proto(protocol));
    print_flags(p, RouteFlags(u32::from_ne_bytes(flags)));
    if bytes(NHA_FDB).is_some() {
        p.null("fdb", "fdb");
    }
    p.close_object();
}

fn u32_of(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().copied().map(u32::from_ne_bytes)
}

/// `struct nexthop_grp`: id and weight less one, eight bytes each.
fn group(p: &mut Printer<'_>, members: &[u8]) {
    p.open_array("group", "group ");
    for (n, member) in members.chunks_exact(8).enumerate() {
        let (Some(id), Some(&less)) = (u32_of(member), member.get(4)) else { continue };
        p.open_item();
        p.uint("id", if n == 0 { "{}" } else { "/{}" }, id);
        if less != 0 {
            p.uint("weight", ",{}", u32::from(less) + 1);
        }
        p.close_object();
    }
    p.close_array(" ");
}

fn resilient(p: &mut Printer<'_>, cx: &Context, args: Attrs<'_>) {
    let number = |id: u16| {
        let bytes = args.find(id)?.payload();
        let mut value = [0; 8];
        let len = bytes.len().min(8);
        // Integers of several lengths; they are of this machine's order.
        let at = if cfg!(target_endian = "big") { 8 - len } else { 0 };
        value.get_mut(at..at + len)?.copy_from_slice(bytes.get(..len)?);
        Some(u64::from_ne_bytes(value))
    };
    p.open_object("resilient_args");
    if let Some(buckets) = number(1) {
        p.uint("buckets", "buckets {} ", buckets);
    }
    for (id, key, format) in [
        (2, "idle_timer", "idle_timer {} "),
        (3, "unbalanced_timer", "unbalanced_timer {} "),
        (4, "unbalanced_time", "unbalanced_time {} "),
    ] {
        let Some(ticks) = number(id) else { continue };
        // Ticks of the interface; `ip` prints seconds with as many digits as they need.
        #[allow(clippy::cast_precision_loss)]
        let seconds = ticks as f64 / f64::from(cx.user_hz.max(1));
        p.json_number(key, seconds);
        p.color_text(crate::show::Color::None, format, seconds);
    }
    p.close_object();
}
