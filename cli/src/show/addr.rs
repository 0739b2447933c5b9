//! Addresses, as `ip address` prints them.

use netplumb_core::family::addr::{
    Addr, IFA_F_DEPRECATED, IFA_F_PERMANENT, IFA_F_SECONDARY, IfaCacheinfo, IfaFlags, RTM_DELADDR,
    RTM_NEWADDR,
};
use netplumb_core::family::link::Link;
use netplumb_core::wire::{Message, Source};

use super::link::{self, Show};
use super::value::{AF_INET6, AF_PACKET, AF_UNSPEC, family_color, family_name, host};
use super::{Context, Error, Printer};

/// A lifetime without end.
const FOREVER: u32 = u32::MAX;

/// Prints an address by itself with its link, as in a list of changes.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print(p: &mut Printer<'_>, cx: &Context, message: Message<'_>) -> Result<(), Error> {
    let addr = view(message)?;
    p.open_item();
    one(p, cx, message.kind(), &addr, true);
    p.close_object();
    Ok(p.check()?)
}

/// Prints a link and those of `addrs` that are its own, as `ip address show` does.
///
/// `addrs` may hold the addresses of all links. Those that are not `wanted` are left out; in JSON an empty object stands
/// in their place, as `ip` has it. With `oneline` only the addresses are printed, each with its device.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print_link<'m>(
    p: &mut Printer<'_>,
    cx: &Context,
    message: Message<'_>,
    addrs: impl IntoIterator<Item = Message<'m>>,
    wanted: impl Fn(Message<'_>) -> bool,
    show: &Show,
) -> Result<(), Error> {
    let header = link::view(message)?.header();
    p.open_item();
    let alone = p.options().oneline && !p.options().brief && show.family != AF_PACKET || !show.header;
    if !alone {
        link::body(p, cx, message, show)?;
    }
    p.open_array("addr_info", "");
    for message in addrs {
        if message.kind() != RTM_NEWADDR {
            continue;
        }
        let addr = view(message)?;
        let family = addr.header().ifa_family.0;
        let other = i64::from(addr.header().ifa_index) != i64::from(header.ifi_index);
        if other || (show.family != AF_UNSPEC && show.family != family) {
            continue;
        }
        p.open_item();
        if wanted(message) {
            one(p, cx, message.kind(), &addr, p.options().oneline);
        }
        p.close_object();
    }
    p.close_array("");
    if p.options().brief {
        p.line();
    } else if !alone && p.options().stats > 0 {
        let link = Link::new(message.payload()).ok_or_else(|| short(message))?;
        link::stats(p, &link);
        p.nl();
    }
    p.close_object();
    Ok(p.check()?)
}

fn short(message: Message<'_>) -> Error {
    Error::Short { what: "address", have: message.payload().len() }
}

fn view(message: Message<'_>) -> Result<Addr<'_>, Error> {
    match message.kind() {
        RTM_NEWADDR | RTM_DELADDR => Addr::new(message.payload()).ok_or_else(|| short(message)),
        kind => Err(Error::Kind { what: "address", kind }),
    }
}

fn one<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, kind: u16, addr: &Addr<'a, S>, device: bool) {
    let header = addr.header();
    let family = header.ifa_family.0;
    let flags = addr.flags().unwrap_or(IfaFlags(header.ifa_flags.into()));
    if kind == RTM_DELADDR {
        p.flag("deleted", "Deleted ");
    }
    if !p.options().brief {
        if device || p.options().oneline || p.options().echo {
            let name = cx.link_name(header.ifa_index);
            p.uint("index", "{}: ", header.ifa_index);
            p.string("dev", "{}", &name);
        }
        match family_name(family) {
            "???" => p.uint("family_index", "    family {} ", family),
            name => p.string("family", "    {} ", name),
        }
    }
    let attrs = addr.attrs();
    let bytes = |id| attrs.find(id).map(netplumb_core::wire::Attr::payload);
    use netplumb_core::family::addr::{IFA_ADDRESS, IFA_LOCAL};
    let address = bytes(IFA_ADDRESS);
    if let Some(local) = bytes(IFA_LOCAL).or(address) {
        let color = family_color(family);
        p.color_string(color, "local", "{}", &host(family, local));
        if let Some(peer) = address
            && peer != local
        {
            p.text(" peer ");
            p.color_string(color, "address", "{}", &host(family, peer));
        }
        p.uint("prefixlen", "/{} ", header.ifa_prefixlen);
        if let Some(metric) = addr.rt_priority() {
            p.uint("metric", "metric {} ", metric);
        }
    }
    if p.options().brief {
        return;
    }
    use netplumb_core::family::addr::{IFA_ANYCAST, IFA_BROADCAST};
    for (id, word, key) in [(IFA_BROADCAST, "brd ", "broadcast"), (IFA_ANYCAST, "any ", "anycast")] {
        if let Some(value) = bytes(id) {
            p.text(word);
            p.color_string(family_color(family), key, "{} ", &host(family, value));
        }
    }
    p.string("scope", "scope {} ", &cx.scope(header.ifa_scope.0));
    print_flags(p, family, flags);
    if let Some(label) = addr.label() {
        p.string("label", "{}", label);
    }
    if let Some(info) = addr.cacheinfo() {
        lifetimes(p, info, flags);
    }
    p.line();
}

fn print_flags(p: &mut Printer<'_>, family: u8, flags: IfaFlags) {
    let mut rest = flags.0;
    for &(bit, word) in IfaFlags::WORDS {
        #[allow(clippy::cast_possible_truncation)]
        let bit = IfaFlags(bit as u32);
        let set = flags.contains(bit);
        rest &= !bit.0;
        let word = match bit {
            IFA_F_PERMANENT if !set => "dynamic",
            IFA_F_PERMANENT => continue,
            _ if !set => continue,
            IFA_F_SECONDARY if family == AF_INET6 => "temporary",
            _ => word,
        };
        p.flag(word, word);
        p.text(" ");
    }
    if rest != 0 {
        p.string("ifa_flags", "flags {} ", &format!("{rest:02x}"));
    }
}

fn lifetimes(p: &mut Printer<'_>, info: IfaCacheinfo, flags: IfaFlags) {
    p.nl();
    let mut one = |word: &str, key: &str, value: u32, signed: bool| {
        p.text(word);
        if value == FOREVER {
            p.json_number(key, FOREVER);
            p.text("forever");
        } else if signed {
            #[allow(clippy::cast_possible_wrap)]
            p.int(key, "{}sec", i64::from(value as i32));
        } else {
            p.uint(key, "{}sec", value);
        }
    };
    one("       valid_lft ", "valid_life_time", info.ifa_valid, false);
    // A deprecated address may have outlived its preferred time, which the kernel then counts below zero.
    one(" preferred_lft ", "preferred_life_time", info.ifa_prefered, flags.contains(IFA_F_DEPRECATED));
}
