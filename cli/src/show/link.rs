//! Links, as `ip link` prints them.

mod stats;
mod vf;

use netplumb_core::family::link::{
    ArpHrd, IFF_POINTOPOINT, IFF_RUNNING, IFF_UP, IfFlags, Link, OperState, RTM_DELLINK, RTM_NEWLINK, Xdp,
    XdpAttached,
};
use netplumb_core::wire::{Message, Source};

use super::value::{AF_PACKET, AF_UNSPEC, hex_bytes, lladdr};
use super::{Color, Context, Error, Printer, linkinfo};

pub(super) use stats::stats;

/// Which of iproute2's lists a link is printed for.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// `ip link` rather than `ip address`: with link mode, alias and statistics of the link itself.
    pub link: bool,
    /// With the length of the transmit queue (lists, not changes).
    pub queue: bool,
    /// The link itself; without it only its addresses.
    pub header: bool,
    /// Address family that was asked for: 17 (`AF_PACKET`) for `ip link`, 0 for all.
    pub family: u8,
}

impl Show {
    /// `ip link show`.
    pub const LINK: Self = Self { link: true, queue: true, header: true, family: AF_PACKET };
    /// `ip address show`; set the family for `-4` and `-6`.
    pub const ADDR: Self = Self { link: false, queue: true, header: true, family: AF_UNSPEC };
    /// `ip monitor`.
    pub const MONITOR: Self = Self { link: false, queue: false, header: true, family: AF_UNSPEC };
}

/// Prints a link.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print(p: &mut Printer<'_>, cx: &Context, message: Message<'_>, show: &Show) -> Result<(), Error> {
    view(message)?;
    p.open_item();
    body(p, cx, message, show)?;
    p.close_object();
    Ok(p.check()?)
}

pub(super) fn view(message: Message<'_>) -> Result<Link<'_>, Error> {
    match message.kind() {
        RTM_NEWLINK | RTM_DELLINK => {
            Link::new(message.payload()).ok_or(Error::Short { what: "link", have: message.payload().len() })
        }
        kind => Err(Error::Kind { what: "link", kind }),
    }
}

/// The members of a link without the object around them.
pub(super) fn body(
    p: &mut Printer<'_>,
    cx: &Context,
    message: Message<'_>,
    show: &Show,
) -> Result<(), Error> {
    let link = view(message)?;
    let table = link.table::<70>();
    let link = link.indexed(&table);
    if message.kind() == RTM_DELLINK {
        p.flag("deleted", "Deleted ");
    }
    if p.options().brief {
        brief(p, cx, &link, show);
        return Ok(());
    }
    let header = link.header();
    p.int("ifindex", "{}: ", header.ifi_index.into());
    let lower_is_down = name_and_lower(p, cx, &link, false);
    print_flags(p, header.ifi_flags, lower_is_down);
    properties(p, cx, &link, show);
    if show.family == AF_UNSPEC || show.family == AF_PACKET || p.options().details {
        addresses(p, cx, &link);
    }
    namespaces(p, cx, &link);
    protodown(p, cx, &link);
    if p.options().details {
        details(p, cx, &link, show);
    }
    let all = show.link || p.options().details;
    if all && let Some(alias) = link.ifalias() {
        p.nl();
        p.string("ifalias", "    alias {}", alias);
    }
    if all && let Some(xdp) = link.xdp() {
        xdp_programs(p, &xdp);
    }
    if show.link && p.options().stats > 0 {
        p.nl();
        stats(p, &link);
    }
    if all && link.num_vf().is_some() {
        vf::list(p, &link);
    }
    altnames(p, &link);
    p.line();
    Ok(())
}

/// The name with that of the link below; says whether the link below is down.
fn name_and_lower<'a, S: Source<'a>>(
    p: &mut Printer<'_>,
    cx: &Context,
    link: &Link<'a, S>,
    brief: bool,
) -> bool {
    let name = link.ifname().map_or_else(|| format!("if{}", link.header().ifi_index), str::to_owned);
    let mut text = name.clone();
    let mut down = false;
    match link.link() {
        None => {}
        Some(0) => {
            p.json_null("link");
            text.push_str("@NONE");
        }
        Some(lower) if link.link_netnsid().is_some() => {
            p.json_number("link_index", lower);
            text.push_str(&format!("@if{lower}"));
        }
        Some(lower) => {
            let lower_name = cx.link_name(lower);
            p.json_string("link", &lower_name);
            text.push('@');
            text.push_str(&lower_name);
            down = !cx.link_is_up(lower);
        }
    }
    p.json_string("ifname", &name);
    if brief {
        p.color_text(Color::IfName, "{} ", format_args!("{text:<16}"));
    } else {
        p.color_text(Color::IfName, "{}: ", &text);
    }
    down
}

fn print_flags(p: &mut Printer<'_>, flags: IfFlags, lower_is_down: bool) {
    let carrier = flags.contains(IFF_RUNNING);
    let mut rest = flags.without(IFF_RUNNING);
    p.open_array("flags", "<");
    if flags.contains(IFF_UP) && !carrier {
        p.item(if rest.0 == 0 { "{}" } else { "{}," }, "NO-CARRIER");
    }
    for &(bit, word) in IfFlags::WORDS {
        #[allow(clippy::cast_possible_truncation)]
        let bit = IfFlags(bit as u32);
        if rest.contains(bit) {
            rest = rest.without(bit);
            p.item(if rest.0 == 0 { "{}" } else { "{}," }, word);
        }
    }
    if rest.0 != 0 {
        p.item("{}", &format!("{:x}", rest.0));
    }
    if lower_is_down {
        p.item(",{}", "M-DOWN");
    }
    p.close_array("> ");
}

fn print_operstate(p: &mut Printer<'_>, state: OperState, brief: bool) {
    let Some(name) = state.name() else {
        p.json_number("operstate_index", state.0);
        p.color_text(Color::None, "state {}", format_args!("{:#x}", state.0));
        return;
    };
    let color = match name {
        "UP" => Color::Up,
        "DOWN" => Color::Down,
        _ => Color::None,
    };
    p.json_string("operstate", name);
    if brief {
        p.color_text(color, "{} ", format_args!("{name:<14}"));
    } else {
        p.text("state ");
        p.color_text(color, "{} ", name);
    }
}

fn brief<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, link: &Link<'a, S>, show: &Show) {
    let down = name_and_lower(p, cx, link, true);
    if let Some(state) = link.operstate() {
        print_operstate(p, state, true);
    }
    if show.family == AF_PACKET {
        if let Some(address) = link.address() {
            p.color_string(Color::Mac, "address", "{} ", &lladdr(address, link.header().ifi_type.0));
        }
        print_flags(p, link.header().ifi_flags, down);
        p.line();
    }
}

fn properties<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, link: &Link<'a, S>, show: &Show) {
    if let Some(mtu) = link.mtu() {
        p.uint("mtu", "mtu {} ", mtu);
    }
    if let Some(xdp) = link.xdp() {
        xdp_mode(p, &xdp, show.link);
    }
    if let Some(qdisc) = link.qdisc() {
        p.string("qdisc", "qdisc {} ", qdisc);
    }
    if let Some(master) = link.master() {
        p.string("master", "master {} ", &cx.link_name(master));
    }
    if let Some(state) = link.operstate() {
        print_operstate(p, state, false);
    }
    if show.link
        && let Some(mode) = link.linkmode()
    {
        match mode.0 {
            0 => p.string("linkmode", "mode {} ", "DEFAULT"),
            1 => p.string("linkmode", "mode {} ", "DORMANT"),
            other => p.uint("linkmode_index", "mode {} ", other),
        }
    }
    if let Some(group) = link.group() {
        p.string("group", "group {} ", &cx.group(group));
    }
    if show.queue {
        let known = || cx.links.get(&link.header().ifi_index.try_into().unwrap_or(0)).map(|link| link.txqlen);
        if let Some(length) = link.txqlen().or_else(known).filter(|&length| length != 0) {
            p.uint("txqlen", "qlen {}", length);
        }
    }
    if let Some(event) = link.event().filter(|event| event.0 != 0) {
        match event.name() {
            Some(name) => p.string("event", "event {} ", name),
            None => p.uint("event", "event {} ", event.0),
        }
    }
}

fn addresses<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, link: &Link<'a, S>) {
    let ArpHrd(kind) = link.header().ifi_type;
    p.nl();
    let word = link.header().ifi_type.name().filter(|_| !cx.numeric);
    p.string("link_type", "    link/{} ", &word.map_or_else(|| format!("[{kind}]"), str::to_owned));
    let address = link.address();
    if let Some(address) = address {
        p.color_string(Color::Mac, "address", "{}", &lladdr(address, kind));
    }
    if let Some(broadcast) = link.broadcast() {
        if link.header().ifi_flags.contains(IFF_POINTOPOINT) {
            p.flag("link_pointtopoint", " peer ");
        } else {
            p.text(" brd ");
        }
        p.color_string(Color::Mac, "broadcast", "{}", &lladdr(broadcast, kind));
    }
    if let Some(permanent) = link.perm_address().filter(|&permanent| Some(permanent) != address) {
        p.text(" permaddr ");
        p.color_string(Color::Mac, "permaddr", "{}", &lladdr(permanent, kind));
    }
}

fn namespaces<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, link: &Link<'a, S>) {
    if let Some(id) = link.link_netnsid() {
        p.json_number("link_netnsid", id);
        match cx.netns.get(&id) {
            _ if id < 0 => p.text(" link-netnsid unknown"),
            Some(name) => p.color_text(Color::None, " link-netns {}", name),
            None => p.color_text(Color::None, " link-netnsid {}", id),
        }
    }
    if let Some(id) = link.new_netnsid() {
        match cx.netns.get(&id) {
            Some(name) => p.color_text(Color::None, " new-netns {}", name),
            None => p.color_text(Color::None, " new-netnsid {}", id),
        }
    }
    if let Some(index) = link.new_ifindex() {
        p.color_text(Color::None, " new-ifindex {}", index);
    }
}

fn protodown<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, link: &Link<'a, S>) {
    let Some(held) = link.proto_down() else { return };
    if held != 0 {
        p.flag("proto_down", " protodown on ");
    }
    let Some(value) = link.proto_down_reason().and_then(|reason| reason.value()).filter(|&value| value != 0)
    else {
        return;
    };
    p.open_array("proto_down_reason", "protodown_reason <");
    let mut first = true;
    for bit in (0..32u32).filter(|bit| value & (1 << bit) != 0) {
        let name = cx.names.protodown_reasons.name(bit).filter(|_| !cx.numeric);
        p.item(if first { "{}" } else { ",{}" }, &name.map_or_else(|| bit.to_string(), str::to_owned));
        first = false;
    }
    p.close_array(">");
}

fn details<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, link: &Link<'a, S>, show: &Show) {
    for (key, format, value) in [
        ("promiscuity", " promiscuity {} ", link.promiscuity()),
        ("allmulti", " allmulti {} ", link.allmulti()),
        ("min_mtu", "minmtu {} ", link.min_mtu()),
        ("max_mtu", "maxmtu {} ", link.max_mtu()),
    ] {
        if let Some(value) = value {
            p.uint(key, format, value);
        }
    }
    if let Some(info) = link.linkinfo() {
        linkinfo::print(p, cx, &info);
    }
    if show.link
        && let Some(mode) = link.families().and_then(|f| f.inet6()).and_then(|f| f.addr_gen_mode())
    {
        let word = match mode.0 {
            0 => "eui64".to_owned(),
            1 => "none".to_owned(),
            2 => "stable_secret".to_owned(),
            3 => "random".to_owned(),
            other => format!("{other:#04x}"),
        };
        p.string("inet6_addr_gen_mode", "addrgenmode {} ", &word);
    }
    for (key, format, value) in [
        ("num_tx_queues", "numtxqueues {} ", link.num_tx_queues()),
        ("num_rx_queues", "numrxqueues {} ", link.num_rx_queues()),
        ("gso_max_size", "gso_max_size {} ", link.gso_max_size()),
        ("gso_max_segs", "gso_max_segs {} ", link.gso_max_segs()),
        ("tso_max_size", "tso_max_size {} ", link.tso_max_size()),
        ("tso_max_segs", "tso_max_segs {} ", link.tso_max_segs()),
        ("gro_max_size", "gro_max_size {} ", link.gro_max_size()),
    ] {
        if let Some(value) = value {
            p.uint(key, format, value);
        }
    }
    if let Some(name) = link.phys_port_name() {
        p.string("phys_port_name", "portname {} ", name);
    }
    if let Some(id) = link.phys_port_id() {
        p.string("phys_port_id", "portid {} ", &hex_bytes(id));
    }
    if let Some(id) = link.phys_switch_id() {
        p.string("phys_switch_id", "switchid {} ", &hex_bytes(id));
    }
    if let Some(bus) = link.parent_dev_bus_name() {
        p.string("parentbus", "parentbus {} ", bus);
    }
    if let Some(device) = link.parent_dev_name() {
        p.string("parentdev", "parentdev {} ", device);
    }
}

/// How XDP programs are attached, between MTU and queueing discipline.
fn xdp_mode<'a, S: Source<'a>>(p: &mut Printer<'_>, xdp: &Xdp<'a, S>, with_id: bool) {
    let Some(attached) = xdp.attached().filter(|attached| attached.0 != 0) else { return };
    if p.is_json() {
        // The programs themselves are one object, printed once.
        return;
    }
    let word = match attached.0 {
        1 => "xdp".to_owned(),
        2 => "xdpgeneric".to_owned(),
        3 => "xdpoffload".to_owned(),
        4 => "xdpmulti".to_owned(),
        other => format!("xdp[{other}]"),
    };
    p.text(&word);
    match xdp.prog_id() {
        Some(id) if with_id && id != 0 && attached.0 != 4 => p.color_text(Color::None, "/id:{} ", id),
        _ => p.text(" "),
    }
}

/// The attached XDP programs.
fn xdp_programs<'a, S: Source<'a>>(p: &mut Printer<'_>, xdp: &Xdp<'a, S>) {
    let Some(XdpAttached(attached)) = xdp.attached().filter(|attached| attached.0 != 0) else { return };
    let programs = [
        (1u8, "", xdp.drv_prog_id().or(xdp.prog_id().filter(|_| attached == 1))),
        (2, "generic", xdp.skb_prog_id().or(xdp.prog_id().filter(|_| attached == 2))),
        (3, "offload", xdp.hw_prog_id().or(xdp.prog_id().filter(|_| attached == 3))),
    ];
    if p.is_json() {
        p.open_object("xdp");
        p.json_number("mode", attached);
        if attached != 4
            && let Some(id) = xdp.prog_id()
        {
            p.open_object("prog");
            p.json_number("id", id);
            p.close_object();
        }
        p.open_array("attached", "");
        for (mode, _, id) in programs {
            if let Some(id) = id.filter(|&id| id != 0) {
                p.open_item();
                p.json_number("mode", mode);
                p.open_object("prog");
                p.json_number("id", id);
                p.close_object();
                p.close_object();
            }
        }
        p.close_array("");
        p.close_object();
        return;
    }
    for (_, word, id) in programs {
        if let Some(id) = id.filter(|&id| id != 0) {
            p.nl();
            p.color_text(Color::None, "    prog/xdp{} ", word);
            p.color_text(Color::None, "id {} ", id);
        }
    }
}

fn altnames<'a, S: Source<'a>>(p: &mut Printer<'_>, link: &Link<'a, S>) {
    let Some(list) = link.prop_list() else { return };
    p.open_array("altnames", "");
    for name in list.alt_ifnames() {
        p.nl();
        p.item("    altname {}", name);
    }
    p.close_array("");
}
