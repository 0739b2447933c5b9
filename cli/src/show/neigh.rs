//! Neighbours, as `ip neigh` prints them.

use netplumb_core::family::common::AF_BRIDGE;
use netplumb_core::family::neigh::{
    NTF_EXT_LEARNED, NTF_EXT_MANAGED, NTF_OFFLOADED, NTF_PROXY, NTF_ROUTER, NdaCacheinfo, Neigh, NudState,
    RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH,
};
use netplumb_core::wire::{Attr, Message, Source};

use super::value::{AF_INET, AF_INET6, family_color, host, lladdr};
use super::{Color, Context, Error, Printer};

/// Prints a neighbour; `hide_dev` leaves out the link, which the user asked for.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print(p: &mut Printer<'_>, cx: &Context, message: Message<'_>, hide_dev: bool) -> Result<(), Error> {
    let kind = message.kind();
    if ![RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH].contains(&kind) {
        return Err(Error::Kind { what: "neighbour", kind });
    }
    let have = message.payload().len();
    let neigh = Neigh::new(message.payload()).ok_or(Error::Short { what: "neighbour", have })?;
    p.open_item();
    match kind {
        RTM_DELNEIGH => p.flag("deleted", "Deleted "),
        RTM_GETNEIGH => p.null("miss", "miss "),
        _ => {}
    }
    if p.options().brief {
        brief(p, cx, &neigh, hide_dev);
    } else {
        full(p, cx, &neigh, hide_dev);
    }
    p.line();
    p.close_object();
    Ok(p.check()?)
}

fn index<'a, S: Source<'a>>(neigh: &Neigh<'a, S>) -> u32 {
    neigh.header().ndm_ifindex.try_into().unwrap_or(0)
}

/// The network address; of another family than IP it has no reading.
fn destination<'a, S: Source<'a>>(neigh: &Neigh<'a, S>) -> Option<String> {
    let attr = neigh.attrs().find(netplumb_core::family::neigh::NDA_DST).map(Attr::payload)?;
    // Entries of a bridge hold addresses of other families.
    let family = match (neigh.header().ndm_family, attr.len()) {
        (AF_BRIDGE, 16) => AF_INET6,
        (AF_BRIDGE, _) => AF_INET,
        (family, _) => family.0,
    };
    Some(host(family, attr))
}

fn link_address<'a, S: Source<'a>>(cx: &Context, neigh: &Neigh<'a, S>) -> Option<String> {
    let kind = cx.links.get(&index(neigh)).map_or(0, |link| link.kind);
    neigh.lladdr().map(|address| lladdr(address, kind))
}

fn brief<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, neigh: &Neigh<'a, S>, hide_dev: bool) {
    let color = family_color(neigh.header().ndm_family.0);
    if let Some(dst) = destination(neigh) {
        p.json_string("dst", &dst);
        p.color_text(color, "{} ", format_args!("{dst:<39}"));
    }
    let index = index(neigh);
    if !hide_dev && index != 0 {
        let name = cx.link_name(index);
        p.json_string("dev", &name);
        p.color_text(Color::IfName, "{} ", format_args!("{name:<16}"));
    }
    if let Some(address) = link_address(cx, neigh) {
        p.color_string(Color::Mac, "lladdr", "{}", &address);
    }
}

fn full<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, neigh: &Neigh<'a, S>, hide_dev: bool) {
    let header = neigh.header();
    if let Some(dst) = destination(neigh) {
        p.color_string(family_color(header.ndm_family.0), "dst", "{} ", &dst);
    }
    let index = index(neigh);
    if !hide_dev && index != 0 {
        p.text("dev ");
        p.color_string(Color::IfName, "dev", "{} ", &cx.link_name(index));
    }
    if let Some(address) = link_address(cx, neigh) {
        p.text("lladdr ");
        p.color_string(Color::Mac, "lladdr", "{} ", &address);
    }
    for (flag, key, text) in [
        (NTF_ROUTER, "router", "router "),
        (NTF_PROXY, "proxy", "proxy "),
        (NTF_EXT_LEARNED, "extern_learn", "extern_learn "),
        (NTF_OFFLOADED, "offload", "offload "),
    ] {
        if header.ndm_flags.contains(flag) {
            p.null(key, text);
        }
    }
    if neigh.flags_ext().is_some_and(|flags| flags.contains(NTF_EXT_MANAGED)) {
        p.null("managed", "managed ");
    }
    if p.options().stats > 0 {
        if let Some(info) = neigh.cacheinfo() {
            ages(p, cx, info);
        }
        if let Some(probes) = neigh.probes() {
            p.uint("probes", "probes {} ", probes);
        }
    }
    if header.ndm_state.0 != 0 {
        p.open_array("state", "");
        for &(bit, word) in NudState::WORDS {
            if u64::from(header.ndm_state.0) & bit != 0 {
                p.item("{} ", word);
            }
        }
        p.close_array("");
    }
    if let Some(protocol) = neigh.protocol() {
        p.string("protocol", "proto {} ", &cx.proto(protocol.0));
    }
}

fn ages(p: &mut Printer<'_>, cx: &Context, info: NdaCacheinfo) {
    let hz = cx.user_hz.max(1);
    if info.ndm_refcnt != 0 {
        p.uint("refcnt", " ref {}", info.ndm_refcnt);
    }
    p.uint("used", " used {}", info.ndm_used / hz);
    p.uint("confirmed", "/{}", info.ndm_confirmed / hz);
    p.uint("updated", "/{}", info.ndm_updated / hz);
}
