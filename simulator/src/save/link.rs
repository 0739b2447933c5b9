//! Links.

use super::TailWriter;
use super::error::LoadFault;
use super::line::{Last, Line, Result, put};
use super::netns::{restore_conf6, save_conf6};
use crate::kernel::link::{Data, Kind, LOOPBACK, Link, LinkAt, kind_named};
use crate::kernel::netns::Netns;
use crate::world::NetnsId;
use netplumb_core::family::link::af_spec::AddrGenMode;
use netplumb_core::family::link::info::{IFLA_INFO_DATA, IFLA_INFO_SLAVE_DATA, LinkInfo, LinkInfoBuilder};
use netplumb_core::family::link::{
    IFF_DORMANT, IFF_LOWER_UP, IFF_RUNNING, IFLA_LINKINFO, IfInfoMsg, Link as View, LinkBuilder, RTM_NEWLINK,
};
use netplumb_core::schema::Kind as SchemaKind;
use netplumb_core::wire::{Attr, Source as _, Writer};

pub(super) fn save(out: &mut String, ns: &Netns) {
    for link in ns.links.values() {
        put(out, "link", RTM_NEWLINK, |w| put_link(w, ns, link));
        save_tail(out, ns, link);
    }
}

/// A new link of a kind: what a line leaves out is as here.
fn usual(kind: &'static Kind) -> Link {
    let mut link = Link::of(kind, "");
    if kind.name.is_empty() {
        link.broadcast = vec![0; 6];
    }
    link
}

fn put_link(w: &mut Writer<'_>, ns: &Netns, link: &Link) {
    let usual = usual(link.kind);
    let header = IfInfoMsg {
        ifi_type: link.kind.arphrd,
        ifi_index: link.index.cast_signed(),
        ifi_flags: link.flags,
        ..IfInfoMsg::default()
    };
    let mut l = LinkBuilder::with_header(w, header);
    l.ifname(&link.name);
    macro_rules! changed {
        ($($field:ident),*) => { $( if link.$field != usual.$field { l.$field(link.$field.into()); } )* };
    }
    changed!(txqlen, operstate, linkmode, mtu, min_mtu, max_mtu, group, promiscuity, allmulti);
    changed!(gso_max_segs, gso_max_size, gro_max_size, gso_ipv4_max_size, gro_ipv4_max_size, carrier);
    changed!(proto_down, tso_max_size);
    if link.tx_queues != usual.tx_queues {
        l.num_tx_queues(link.tx_queues);
    }
    if link.rx_queues != usual.rx_queues {
        l.num_rx_queues(link.rx_queues);
    }
    if let Some(master) = link.master {
        l.master(master);
    }
    if !link.alias.is_empty() {
        l.ifalias(&link.alias);
    }
    if link.carrier_ups != 0 {
        l.carrier_up_count(link.carrier_ups);
    }
    if link.carrier_downs != 0 {
        l.carrier_down_count(link.carrier_downs);
    }
    l.address(&link.address);
    if link.broadcast != usual.broadcast {
        l.broadcast(&link.broadcast);
    }
    put_info(&mut l, ns, link, &usual);
    if let Some(lower) = link.lower {
        l.link(lower.index);
    }
    if !link.altnames.is_empty() {
        l.prop_list(|p| {
            for name in &link.altnames {
                p.alt_ifnames(name);
            }
        });
    }
}

fn put_info(l: &mut LinkBuilder<'_, '_>, ns: &Netns, link: &Link, usual: &Link) {
    if link.kind.name.is_empty() && link.port.is_empty() {
        return;
    }
    l.linkinfo(|info: &mut LinkInfoBuilder<'_, '_>| {
        if !link.kind.name.is_empty() {
            info.kind(link.kind.name);
        }
        if link.data != usual.data {
            info.writer().nest_raw(IFLA_INFO_DATA, |w| link.data.write(w));
        }
        if !link.port.is_empty() {
            let master = link.master.and_then(|index| ns.link(index));
            info.slave_kind(master.map_or("", |master| master.kind.name));
            info.writer().nest_raw(IFLA_INFO_SLAVE_DATA, |w| link.port.write(w));
        }
    });
}

fn save_tail(out: &mut String, ns: &Netns, link: &Link) {
    // All fields are named, so that a new one cannot be forgotten here.
    let Link {
        index: _,
        name: _,
        altnames: _,
        kind,
        flags: _,
        carrier: _,
        operstate: _,
        linkmode: _,
        dormant,
        proto_down: _,
        mtu: _,
        min_mtu: _,
        max_mtu: _,
        address: _,
        broadcast: _,
        address_set,
        mtu_set,
        txqlen: _,
        tx_queues: _,
        rx_queues: _,
        group: _,
        alias: _,
        promiscuity: _,
        allmulti: _,
        foreign_unicast,
        tso_max_size: _,
        gso_max_segs: _,
        gso_max_size: _,
        gro_max_size: _,
        gso_ipv4_max_size: _,
        gro_ipv4_max_size: _,
        carrier_ups: _,
        carrier_downs: _,
        activated,
        master: _,
        lower,
        data,
        port: _,
        inet4,
        inet6,
        inet6_ready,
        conf6,
        addr_gen_mode,
        token,
        addr4: _,
        addr6: _,
    } = link;
    let usual = usual(kind);
    let mut tail = TailWriter::new(out);
    for (key, flag, usual) in [
        ("dormant", *dormant, usual.dormant),
        ("address_set", *address_set, usual.address_set),
        ("mtu_set", *mtu_set, usual.mtu_set),
        ("foreign_unicast", *foreign_unicast, usual.foreign_unicast),
        ("activated", *activated, usual.activated),
        ("inet4", *inet4, usual.inet4),
        ("inet6", *inet6, usual.inet6),
        ("inet6_ready", *inet6_ready, usual.inet6_ready),
    ] {
        tail.put_unless(key, u8::from(flag), u8::from(usual));
    }
    if let Some(lower) = lower
        && lower.netns != ns.id
    {
        tail.put("lower_netns", lower.netns.0);
    }
    // Rows that the usual ones would be mixed with.
    if *data != usual.data && merged(kind, data.rows()) != *data {
        tail.put("whole_data", 1);
    }
    tail.put_unless("addr_gen_mode", addr_gen_mode.0, usual.addr_gen_mode.0);
    tail.put_unless("token", *token, usual.token);
    if *conf6 != usual.conf6 {
        tail.begin();
        save_conf6(tail.out, *conf6, usual.conf6);
    }
    tail.finish();
}

/// The usual rows of a kind with other ones in their places or behind them.
fn merged<'r>(kind: &Kind, rows: impl Iterator<Item = (u16, &'r [u8])>) -> Data {
    let mut data = Data::of(kind.data);
    for (kind, value) in rows {
        data.set(kind, value);
    }
    data
}

pub(super) fn restore(ns: &mut Netns, line: &mut Line<'_>) -> Result<()> {
    let (header, attrs) = line.parts::<View<'static>>(RTM_NEWLINK, "RTM_NEWLINK")?;
    let view = View::new(line.message.payload()).ok_or(LoadFault::Payload)?;
    let view = view.over(attrs);
    let info = view.linkinfo();
    let kind = match info.and_then(|info| info.kind()) {
        Some(name) => kind_named(name).ok_or(LoadFault::Value("a kind of link"))?,
        None => &LOOPBACK,
    };
    let mut link = usual(kind);
    link.index = header.ifi_index.cast_unsigned();
    link.name =
        view.ifname().filter(|name| !name.is_empty()).ok_or(LoadFault::Missing("IFLA_IFNAME"))?.to_owned();
    // These follow from the operational state.
    link.flags = header.ifi_flags.without(IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT);
    macro_rules! given {
        ($($field:ident = $getter:ident),*) => { $( if let Some(value) = view.$getter() { link.$field = value; } )* };
    }
    given!(txqlen = txqlen, operstate = operstate, linkmode = linkmode, mtu = mtu, min_mtu = min_mtu);
    given!(max_mtu = max_mtu, group = group, promiscuity = promiscuity, allmulti = allmulti);
    given!(tx_queues = num_tx_queues, rx_queues = num_rx_queues, gso_max_segs = gso_max_segs);
    given!(gso_max_size = gso_max_size, gro_max_size = gro_max_size, tso_max_size = tso_max_size);
    given!(gso_ipv4_max_size = gso_ipv4_max_size, gro_ipv4_max_size = gro_ipv4_max_size);
    given!(carrier_ups = carrier_up_count, carrier_downs = carrier_down_count);
    link.carrier = view.carrier().map_or(link.carrier, |carrier| carrier != 0);
    link.proto_down = view.proto_down().is_some_and(|down| down != 0);
    link.alias = view.ifalias().unwrap_or("").to_owned();
    link.master = view.master().filter(|master| *master != 0);
    if let Some(address) = view.address() {
        link.address = address.to_vec();
    }
    if let Some(broadcast) = view.broadcast() {
        link.broadcast = broadcast.to_vec();
    }
    if link.address.is_empty() || link.address.len() > 32 || link.address.len() != link.broadcast.len() {
        return Err(LoadFault::Value("two addresses of the same length"));
    }
    if let Some(list) = view.prop_list() {
        link.altnames = list.alt_ifnames().map(str::to_owned).collect();
    }
    restore_data(&mut link, line, attrs)?;
    restore_tail(ns, &mut link, line, view.link().filter(|index| *index != 0))?;
    insert(ns, link)
}

fn restore_data(link: &mut Link, line: &mut Line<'_>, attrs: Last<'_>) -> Result<()> {
    let Some(nest) = attrs.find(IFLA_LINKINFO) else { return Ok(()) };
    let info = LinkInfo::new(nest.payload()).ok_or(LoadFault::Payload)?;
    let whole = line.tail.flag("whole_data", false)?;
    if let Some(data) = info.data() {
        let rows = rows(data, link.kind.schema.map(SchemaKind::Nest))?;
        link.data =
            if whole { merged(&LOOPBACK, rows.into_iter()) } else { merged(link.kind, rows.into_iter()) };
    }
    if let Some(data) = info.slave_data() {
        link.port = merged(&LOOPBACK, rows(data, None)?.into_iter());
    }
    Ok(())
}

/// The attributes of a nest. Those that the set does not know are not what a link of this kind has.
fn rows<'d>(nest: Attr<'d>, kind: Option<SchemaKind>) -> Result<Vec<(u16, &'d [u8])>> {
    let mut rest = nest.nested();
    let mut rows = Vec::new();
    for attr in rest.by_ref() {
        if let Some(SchemaKind::Nest(schema)) = kind
            && schema().attr(attr.kind()).is_none()
        {
            return Err(LoadFault::UnknownAttribute { set: schema().name, kind: attr.kind() });
        }
        rows.push((attr.raw_kind(), attr.payload()));
    }
    if rest.remainder().is_empty() { Ok(rows) } else { Err(LoadFault::Payload) }
}

fn restore_tail(ns: &Netns, link: &mut Link, line: &mut Line<'_>, lower: Option<u32>) -> Result<()> {
    let tail = &mut line.tail;
    link.dormant = tail.flag("dormant", link.dormant)?;
    link.address_set = tail.flag("address_set", link.address_set)?;
    link.mtu_set = tail.flag("mtu_set", link.mtu_set)?;
    link.foreign_unicast = tail.flag("foreign_unicast", link.foreign_unicast)?;
    link.activated = tail.flag("activated", link.activated)?;
    link.inet4 = tail.flag("inet4", link.inet4)?;
    link.inet6 = tail.flag("inet6", link.inet6)?;
    link.inet6_ready = tail.flag("inet6_ready", link.inet6_ready)?;
    let netns = NetnsId(tail.value("lower_netns", "the number of a namespace", ns.id.0)?);
    link.lower = lower.map(|index| LinkAt { netns, index });
    link.addr_gen_mode =
        AddrGenMode(tail.value("addr_gen_mode", "a number up to 255", link.addr_gen_mode.0)?);
    link.token = tail.value("token", "an IPv6 address", link.token)?;
    link.conf6 = restore_conf6(tail, link.conf6)?;
    Ok(())
}

fn insert(ns: &mut Netns, link: Link) -> Result<()> {
    if link.index == 0 || link.index > i32::MAX.unsigned_abs() {
        return Err(LoadFault::Value("an index from 1 on"));
    }
    if ns.links.contains_key(&link.index) {
        return Err(LoadFault::Repeated("the index"));
    }
    for name in std::iter::once(&link.name).chain(&link.altnames) {
        if ns.names.insert(name.clone(), link.index).is_some() {
            return Err(LoadFault::Repeated("the name"));
        }
    }
    ns.links.insert(link.index, link);
    Ok(())
}
