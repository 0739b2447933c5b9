//! Making links (`rtnl_newlink`).

use super::announce::ALL;
use super::kind::{Kind, LOOPBACK, kind_named};
use super::{Data, Link, LinkAt, settings};
use crate::kernel::netns::{Conf6, next_generation};
use crate::policy::Parsed;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::{Origin, Request};
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::link::af_spec::AddrGenMode;
use netplumb_core::family::link::info::LinkInfo;
use netplumb_core::family::link::info::bridge::IFLA_BR_PRIORITY;
use netplumb_core::family::link::info::veth::VETH_INFO_PEER;
use netplumb_core::family::link::info::{IFLA_INFO_DATA, IFLA_INFO_SLAVE_DATA};
use netplumb_core::family::link::{
    IFLA_AF_SPEC, IFLA_ALT_IFNAME, IFLA_GRO_IPV4_MAX_SIZE, IFLA_GRO_MAX_SIZE, IFLA_GROUP,
    IFLA_GSO_IPV4_MAX_SIZE, IFLA_GSO_MAX_SEGS, IFLA_GSO_MAX_SIZE, IFLA_IFNAME, IFLA_LINK, IFLA_LINKINFO,
    IFLA_MAP, IFLA_MASTER, IFLA_NET_NS_FD, IFLA_NET_NS_PID, IFLA_PROTINFO, IfInfoMsg, Link as Set, LinkMode,
    OperState,
};
use netplumb_core::wire::{Attrs, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use std::net::Ipv6Addr;

/// What `IFLA_LINKINFO` says.
#[derive(Debug)]
pub(crate) struct Info<'m> {
    kind: Option<&'static Kind>,
    pub(crate) data: Option<Parsed<'m>>,
    /// Payload of `IFLA_INFO_SLAVE_DATA`.
    pub(crate) port: Option<Parsed<'m>>,
}

impl Info<'_> {
    /// Whether the request names this kind.
    pub(crate) fn is_of(&self, kind: &Kind) -> bool {
        self.kind.is_some_and(|own| own.name == kind.name)
    }
}

impl Link {
    /// A link of a kind before it is registered.
    pub(crate) fn of(kind: &'static Kind, name: &str) -> Self {
        Self {
            index: 0,
            name: name.to_owned(),
            altnames: Vec::new(),
            kind,
            flags: kind.flags,
            carrier: kind.carrier,
            operstate: OperState::default(),
            linkmode: LinkMode::default(),
            dormant: false,
            proto_down: false,
            mtu: kind.mtu,
            min_mtu: kind.min_mtu,
            max_mtu: kind.max_mtu,
            address: vec![0; 6],
            broadcast: vec![0xff; 6],
            address_set: false,
            mtu_set: false,
            txqlen: kind.txqlen,
            tx_queues: kind.queues,
            rx_queues: kind.queues,
            group: 0,
            alias: String::new(),
            promiscuity: 0,
            allmulti: 0,
            foreign_unicast: false,
            tso_max_size: kind.tso_max_size,
            gso_max_segs: 65_535,
            gso_max_size: 65_536,
            gro_max_size: 65_536,
            gso_ipv4_max_size: 65_536,
            gro_ipv4_max_size: 65_536,
            carrier_ups: 0,
            carrier_downs: 0,
            activated: false,
            master: None,
            lower: None,
            data: Data::of(kind.data),
            port: Data::default(),
            inet4: true,
            inet6: true,
            inet6_ready: false,
            conf6: Conf6::default(),
            addr_gen_mode: AddrGenMode::default(),
            token: Ipv6Addr::UNSPECIFIED,
            addr4: Vec::new(),
            addr6: Vec::new(),
        }
    }
}

/// `dev_valid_name`.
pub(crate) fn is_valid_name(name: &str) -> bool {
    (1..16).contains(&name.len())
        && !matches!(name, "." | "..")
        && !name.contains(['/', ':'])
        && !name.contains(|c: char| c.is_ascii_whitespace() || c == '\x0b')
}

impl World {
    pub(crate) fn register_loopback(&mut self, ns: NetnsId) {
        let mut lo = Link::of(&LOOPBACK, "lo");
        lo.broadcast = vec![0; 6];
        lo.address_set = true;
        self.insert_link(ns, lo, None);
    }

    /// `RTM_NEWLINK`.
    pub(crate) fn new_link(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Set<'static>>()?;
        let info = self.read_info(request, &attrs)?;
        if let Some(index) = self.find_link(request.netns, header, &attrs)? {
            if request.has(NLM_F_EXCL) {
                return Err(Errno::EEXIST.into());
            }
            if request.has(NLM_F_REPLACE) {
                return Err(Errno::EOPNOTSUPP.into());
            }
            let at = LinkAt { netns: request.netns, index };
            return self.change_link(request, at, header, &attrs, Some(info));
        }
        if !request.has(NLM_F_CREATE) {
            let named = header.ifi_index != 0 || attrs.has(IFLA_IFNAME) || attrs.has(IFLA_ALT_IFNAME);
            let group = netplumb_core::bytes::u32_ne(attrs.get(IFLA_GROUP).map_or(&[], |a| a.payload()));
            return match group.filter(|_| !named) {
                Some(group) => self.change_group(request, group, header, &attrs),
                None => Err(Errno::ENODEV.into()),
            };
        }
        if attrs.has(IFLA_MAP) || attrs.has(IFLA_PROTINFO) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let Some(kind) = info.kind else { return refuse(Errno::EOPNOTSUPP, "Unknown device type") };
        self.create(request, kind, header, &attrs, info.data.as_ref())
    }

    /// The link that a request is about (`rtnl_dev_get`); an index of 0 and no name is none.
    pub(crate) fn find_link(
        &self,
        netns: NetnsId,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
    ) -> Outcome<Option<u32>> {
        let ns = self.ns(netns);
        if header.ifi_index < 0 {
            return refuse(Errno::EINVAL, "ifindex can't be negative");
        }
        if header.ifi_index > 0 {
            let index = header.ifi_index.cast_unsigned();
            return Ok(ns.link(index).map(|link| link.index));
        }
        Ok(name_of(attrs).and_then(|name| ns.link_named(name)).map(|link| link.index))
    }

    /// Reads and checks `IFLA_LINKINFO`.
    fn read_info<'m>(&self, request: &Request<'m>, attrs: &Parsed<'m>) -> Outcome<Info<'m>> {
        let mut info = Info { kind: None, data: None, port: None };
        let Some(nest) = attrs.get(IFLA_LINKINFO) else { return Ok(info) };
        let parsed = request.nest::<LinkInfo<'static>>(nest)?;
        let view = LinkInfo::new(nest.payload());
        let name = view.and_then(|view| view.over(&parsed).kind()).unwrap_or("");
        info.kind = kind_named(name);
        if let (Some(schema), Some(data)) =
            (info.kind.and_then(|kind| kind.schema), parsed.get(IFLA_INFO_DATA))
        {
            info.data = Some(crate::policy::parse(schema(), request.message, data.nested())?.0);
        } else if let Some(data) = parsed.get(IFLA_INFO_DATA) {
            info.data = Some(crate::policy::parse(&EMPTY, request.message, data.nested())?.0);
        }
        if let Some(kind) = info.kind {
            settings::validate(kind.name, request, info.data.as_ref())?;
        }
        // `tun_validate`, which comes before it is known whether there is a link of that name.
        if name == "tun" {
            return refuse(Errno::EOPNOTSUPP, "tun/tap creation via rtnetlink is not supported.");
        }
        if let Some(port) = parsed.get(IFLA_INFO_SLAVE_DATA) {
            let schema = super::kind::bridge_port_schema();
            info.port = Some(crate::policy::parse(schema, request.message, port.nested())?.0);
        }
        Ok(info)
    }

    /// Makes a link (`rtnl_newlink_create`).
    fn create(
        &mut self,
        request: &Request<'_>,
        kind: &'static Kind,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
        data: Option<&Parsed<'_>>,
    ) -> Outcome {
        let netns = self.target_netns(request.netns, attrs)?.unwrap_or(request.netns);
        let empty = Parsed::empty();
        let data = data.unwrap_or(&empty);
        let mut peer = None;
        if kind.name == "veth" {
            peer = self.create_peer(request, netns, data)?;
        }
        let made = self.create_one(request, kind, netns, header, attrs, data, peer);
        match (made, peer) {
            (Err(refusal), Some(peer)) => {
                // The other end has been seen, and goes.
                self.remove_links(&[peer], Origin::KERNEL);
                Err(refusal)
            }
            (Err(refusal), None) => Err(refusal),
            (Ok(at), _) => self.finish(request, at, header, attrs),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn create_one(
        &mut self,
        request: &Request<'_>,
        kind: &'static Kind,
        netns: NetnsId,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
        data: &Parsed<'_>,
        peer: Option<LinkAt>,
    ) -> Outcome<LinkAt> {
        let name = self.new_name(netns, kind, name_of(attrs))?;
        let mut link = Link::of(kind, &name);
        self.set_up_new(request, &mut link, attrs)?;
        let lower = netplumb_core::bytes::u32_ne(attrs.get(IFLA_LINK).map_or(&[], |a| a.payload()));
        let lower = lower.map(|index| LinkAt { netns: request.netns, index });
        self.new_data(lower, &mut link, data, netns)?;
        if let Some(lower) = link.lower {
            self.check_nesting(lower, None)?;
        }
        if kind.name == "veth" {
            link.lower = peer;
        }
        let stands_on = link.lower.filter(|_| kind.name.starts_with("macv"));
        let index = (header.ifi_index > 0).then(|| header.ifi_index.cast_unsigned());
        // The name may be free while the index is not: that of the other end of a veth, or of another namespace.
        if index.is_some_and(|index| self.ns(netns).links.contains_key(&index)) {
            return Err(Errno::EBUSY.into());
        }
        let at = self.insert_link(netns, link, index);
        if let Some(peer) = peer {
            if let Some(link) = self.link_at_mut(peer) {
                link.lower = Some(at);
            }
            self.know_each_other(at.netns, peer.netns);
            // Its lost carrier is looked at when it has its other end.
            self.watch(peer);
        }
        if kind.name == "veth" {
            self.count_lost_carrier(at);
        }
        if kind.name == "bridge" {
            self.finish_bridge(at, data);
        }
        if kind.name == "vxlan" {
            self.fdb_vxlan_added(at.netns, at.index);
        }
        if matches!(kind.name, "vlan" | "macvlan" | "macvtap") {
            self.watch(at);
        }
        // A new macvlan changes what its lower link receives.
        if let Some(lower) = stands_on {
            self.link_changed(lower, 0);
        }
        Ok(at)
    }

    /// The end of `br_dev_newlink`: an address that was given and a priority cost a bridge without ports its carrier.
    fn finish_bridge(&mut self, at: LinkAt, data: &Parsed<'_>) {
        self.fdb_bridge_added(at.netns, at.index);
        if let Some(address) = self.link_at(at).filter(|l| l.address_set).map(|l| l.address.clone()) {
            self.change_bridge_id(at, &address);
        }
        self.bridge_reconsidered(at, false, data.has(IFLA_BR_PRIORITY));
    }

    /// Drivers that begin without a carrier say so.
    fn count_lost_carrier(&mut self, at: LinkAt) {
        if let Some(link) = self.link_at_mut(at) {
            link.carrier_downs = link.carrier_downs.wrapping_add(1);
        }
        self.update_operstate(at);
    }

    /// The other end of a veth, which comes first.
    fn create_peer(
        &mut self,
        request: &Request<'_>,
        netns: NetnsId,
        data: &Parsed<'_>,
    ) -> Outcome<Option<LinkAt>> {
        let kind = kind_named("veth").ok_or(Errno::EOPNOTSUPP)?;
        let (header, attrs) = match data.get(VETH_INFO_PEER) {
            Some(peer) => {
                let header =
                    netplumb_core::schema::Header::read_fixed(peer.payload()).ok_or(Errno::EINVAL)?;
                let list = Attrs::new(peer.payload().get(16..).unwrap_or(&[]));
                (header, crate::policy::parse(Set::SCHEMA, request.message, list)?.0)
            }
            None => (IfInfoMsg::default(), Parsed::empty()),
        };
        let netns = self.target_netns(request.netns, &attrs)?.unwrap_or(netns);
        let at = self.create_one(request, kind, netns, header, &attrs, &Parsed::empty(), None)?;
        self.configure_new(at, header, Origin::KERNEL)?;
        Ok(Some(at))
    }

    /// Settings that a link can be born with (`rtnl_create_link`).
    fn set_up_new(&mut self, request: &Request<'_>, link: &mut Link, attrs: &Parsed<'_>) -> Outcome {
        let view = Set::new(request.message.payload()).ok_or(Errno::EINVAL)?.over(attrs);
        if view.num_tx_queues().is_some_and(|n| !(1..=4096).contains(&n)) {
            return refuse(Errno::EINVAL, "Invalid number of transmit queues");
        }
        if view.num_rx_queues().is_some_and(|n| !(1..=4096).contains(&n)) {
            return refuse(Errno::EINVAL, "Invalid number of receive queues");
        }
        // `validate_linkmsg`.
        if view.broadcast().is_some_and(|broadcast| broadcast.len() < link.address.len()) {
            return Err(Errno::EINVAL.into());
        }
        check_sizes(link, attrs)?;
        // IPv6 begins when a link is registered, and has no settings before.
        if attrs
            .get(IFLA_AF_SPEC)
            .is_some_and(|families| families.nested().any(|f| matches!(f.kind(), 2 | 10)))
        {
            return Err(Errno::EAFNOSUPPORT.into());
        }
        if let Some(mtu) = view.mtu() {
            check_mtu(link, mtu)?;
            link.mtu = mtu;
            link.mtu_set = true;
        }
        match view.address() {
            Some(address) => {
                check_new_address(link, address)?;
                link.address = address.get(..6).unwrap_or(address).to_vec();
                link.address_set = true;
            }
            None => link.address = self.rng.link_address().to_vec(),
        }
        if let Some(broadcast) = view.broadcast() {
            link.broadcast = broadcast.get(..link.address.len()).unwrap_or(broadcast).to_vec();
        }
        link.txqlen = view.txqlen().unwrap_or(link.txqlen);
        link.tx_queues = view.num_tx_queues().unwrap_or(link.tx_queues);
        link.rx_queues = view.num_rx_queues().unwrap_or(link.rx_queues);
        link.group = view.group().unwrap_or(0);
        link.linkmode = view.linkmode().unwrap_or_default();
        set_sizes(link, attrs);
        Ok(())
    }

    /// Flags, the notification, and the master of a new link.
    fn finish(
        &mut self,
        request: &Request<'_>,
        at: LinkAt,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
    ) -> Outcome {
        if let Err(refusal) = self.configure_new(at, header, request.origin_if_echo()) {
            self.remove_links(&self.with_dependents(&[at]), Origin::KERNEL);
            return Err(refusal);
        }
        if let Some(master) = attrs.get(IFLA_MASTER).and_then(|a| netplumb_core::bytes::u32_ne(a.payload()))
            && let Err(refusal) = self.set_master(at, master)
        {
            // It has been seen by then. The other end of a veth goes with it (`ops->dellink`).
            self.remove_links(&self.with_dependents(&[at]), Origin::KERNEL);
            return Err(refusal);
        }
        Ok(())
    }

    /// `rtnl_configure_link`.
    fn configure_new(&mut self, at: LinkAt, header: IfInfoMsg, origin: Origin) -> Outcome {
        let Some(link) = self.link_at(at) else { return Ok(()) };
        let mut old = link.flags;
        if header.ifi_flags.0 != 0 || header.ifi_change != 0 {
            let wanted = combine_flags(link, header);
            old = self.change_flags(at, wanted)?;
        }
        self.flags_changed(at, old, ALL, origin);
        Ok(())
    }

    /// The name of a new link: the one that was asked for, or the lowest free one of its kind.
    fn new_name(&self, netns: NetnsId, kind: &Kind, wanted: Option<&str>) -> Outcome<String> {
        let pattern = match wanted {
            Some(name) => name.to_owned(),
            None => format!("{}%d", kind.name),
        };
        let name = self.free_name(netns, &pattern)?;
        if self.ns(netns).names.contains_key(&name) {
            return Err(Errno::EEXIST.into());
        }
        Ok(name)
    }

    /// Fills in the number of a name with one `%d` (`dev_alloc_name`).
    pub(crate) fn free_name(&self, netns: NetnsId, pattern: &str) -> Outcome<String> {
        if !is_valid_name(pattern) {
            return Err(Errno::EINVAL.into());
        }
        let Some((head, tail)) = pattern.split_once('%') else { return Ok(pattern.to_owned()) };
        let Some(tail) = tail.strip_prefix('d').filter(|tail| !tail.contains('%')) else {
            return Err(Errno::EINVAL.into());
        };
        // Names that begin alike stand next to each other.
        let names = self.ns(netns).names.range(head.to_owned()..).map(|(name, _)| name);
        let mut used = vec![false; MAX_NUMBERS];
        for number in
            names.take_while(|name| name.starts_with(head)).filter_map(|name| number_in(name, head, tail))
        {
            if let Some(used) = used.get_mut(number) {
                *used = true;
            }
        }
        used.iter()
            .position(|used| !used)
            .map(|n| format!("{head}{n}{tail}"))
            .filter(|name| name.len() < 16)
            .ok_or_else(|| Refusal::from(Errno::ENFILE))
    }

    /// Puts a link into a namespace, under an index that is free there or under the next one.
    pub(crate) fn insert_link(&mut self, netns: NetnsId, mut link: Link, index: Option<u32>) -> LinkAt {
        let ns = self.ns_mut(netns);
        let index = index.unwrap_or_else(|| ns.reserve_index());
        link.index = index;
        link.inet6 = link.mtu >= super::IPV6_MIN_MTU;
        link.conf6 = ns.conf6;
        let name = link.name.clone();
        ns.names.insert(name.clone(), index);
        for altname in &link.altnames {
            ns.names.insert(altname.clone(), index);
        }
        ns.links.insert(index, link);
        next_generation(&mut ns.link_generation);
        self.rules_link_named(netns, &name);
        LinkAt { netns, index }
    }

    /// The namespace that a request wants a link in.
    pub(crate) fn target_netns(&self, own: NetnsId, attrs: &Parsed<'_>) -> Outcome<Option<NetnsId>> {
        use netplumb_core::family::link::IFLA_IF_NETNSID;
        let int = |kind: u16| attrs.get(kind).and_then(|a| netplumb_core::bytes::i32_ne(a.payload()));
        if int(IFLA_NET_NS_PID).is_some() {
            // There are no processes here.
            return Err(Errno::ESRCH.into());
        }
        if let Some(fd) = int(IFLA_NET_NS_FD) {
            // A descriptor stands for the namespace of the same number.
            let id = u32::try_from(fd).ok().map(NetnsId);
            return match id.filter(|id| self.netns.contains_key(id)) {
                Some(id) => Ok(Some(id)),
                None => Err(Errno::EBADF.into()),
            };
        }
        if let Some(nsid) = int(IFLA_IF_NETNSID) {
            let known = self.ns(own).nsids.iter().find(|(_, id)| **id == nsid);
            return match known {
                Some((id, _)) => Ok(Some(*id)),
                None => Err(Errno::EINVAL.into()),
            };
        }
        Ok(None)
    }

    /// Two namespaces with a pair of links between them get ids for each other (`peernet2id_alloc`).
    pub(crate) fn know_each_other(&mut self, a: NetnsId, b: NetnsId) {
        for (own, other) in [(a, b), (b, a)] {
            let nsids = &self.ns(own).nsids;
            if own == other || nsids.contains_key(&other) {
                continue;
            }
            let free = (0..).find(|id| !nsids.values().any(|taken| taken == id)).unwrap_or(0);
            self.ns_mut(own).nsids.insert(other, free);
        }
    }
}

/// A set without attributes: data of kinds that have none.
static EMPTY: netplumb_core::schema::Schema = netplumb_core::schema::Schema {
    name: "",
    doc: "",
    header: netplumb_core::schema::Fixed::NONE,
    attrs: &[],
};

/// Numbers that names with a `%d` can have (`__dev_alloc_name`: the bits of a page).
const MAX_NUMBERS: usize = 32_768;

/// The number between two parts of a name, when it stands there as it would be written.
fn number_in(name: &str, head: &str, tail: &str) -> Option<usize> {
    let number = name.strip_prefix(head)?.strip_suffix(tail)?;
    let written = number == "0" || !number.starts_with(['0', '+']);
    number.parse().ok().filter(|_| written)
}

/// The name that a request is about.
pub(crate) fn name_of<'d>(attrs: &Parsed<'d>) -> Option<&'d str> {
    let attr = attrs.get(IFLA_IFNAME).or_else(|| attrs.get(IFLA_ALT_IFNAME))?;
    let text = attr.payload().split(|b| *b == 0).next().unwrap_or(&[]);
    std::str::from_utf8(text).ok()
}

/// The sizes of segments in a request that a link cannot have (`validate_linkmsg`).
pub(crate) fn check_sizes(link: &Link, attrs: &Parsed<'_>) -> Outcome {
    for (kind, most, complaint) in [
        (IFLA_GSO_MAX_SIZE, link.tso_max_size, "too big gso_max_size"),
        (IFLA_GSO_MAX_SEGS, 65_535, "too big gso_max_segs"),
        (IFLA_GRO_MAX_SIZE, GRO_MAX_SIZE, "too big gro_max_size"),
        (IFLA_GSO_IPV4_MAX_SIZE, link.tso_max_size, "too big gso_ipv4_max_size"),
        (IFLA_GRO_IPV4_MAX_SIZE, GRO_MAX_SIZE, "too big gro_ipv4_max_size"),
    ] {
        if u32_in(attrs, kind).is_some_and(|size| size > most) {
            return refuse(Errno::EINVAL, complaint);
        }
    }
    Ok(())
}

/// Sets sizes of segments. One that every stack can take is that of IPv4, too (`netif_set_gso_max_size`,
/// `netif_set_gro_max_size`).
pub(crate) fn set_sizes(link: &mut Link, attrs: &Parsed<'_>) {
    for (kind, size, size4) in [
        (IFLA_GSO_MAX_SIZE, &mut link.gso_max_size, &mut link.gso_ipv4_max_size),
        (IFLA_GRO_MAX_SIZE, &mut link.gro_max_size, &mut link.gro_ipv4_max_size),
    ] {
        if let Some(wanted) = u32_in(attrs, kind).filter(|wanted| wanted != size) {
            *size = wanted;
            if wanted <= LEGACY_MAX_SIZE {
                *size4 = wanted;
            }
        }
    }
    link.gso_max_segs = u32_in(attrs, IFLA_GSO_MAX_SEGS).unwrap_or(link.gso_max_segs);
    link.gso_ipv4_max_size = u32_in(attrs, IFLA_GSO_IPV4_MAX_SIZE).unwrap_or(link.gso_ipv4_max_size);
    link.gro_ipv4_max_size = u32_in(attrs, IFLA_GRO_IPV4_MAX_SIZE).unwrap_or(link.gro_ipv4_max_size);
}

fn u32_in(attrs: &Parsed<'_>, kind: u16) -> Option<u32> {
    netplumb_core::bytes::u32_ne(attrs.get(kind)?.payload())
}

/// The largest size of joined segments, and the largest that an IPv4 header can say (`GRO_LEGACY_MAX_SIZE`), in bytes.
const GRO_MAX_SIZE: u32 = super::kind::TSO_MAX_SIZE;
const LEGACY_MAX_SIZE: u32 = 65_536;

/// `dev_validate_mtu`.
pub(crate) fn check_mtu(link: &Link, mtu: u32) -> Outcome {
    if mtu.cast_signed() < 0 || mtu < link.min_mtu {
        return refuse(Errno::EINVAL, "mtu less than device minimum");
    }
    if link.max_mtu > 0 && mtu > link.max_mtu {
        return refuse(Errno::EINVAL, "mtu greater than device maximum");
    }
    Ok(())
}

/// Whether an Ethernet device can have this address: not zero, no group.
pub(crate) fn check_ether_address(address: &[u8]) -> Outcome {
    let group = address.first().is_some_and(|first| first & 1 != 0);
    if group || address.iter().all(|byte| *byte == 0) {
        return Err(Errno::EADDRNOTAVAIL.into());
    }
    Ok(())
}

fn check_new_address(link: &Link, address: &[u8]) -> Outcome {
    // `ops->validate` of most kinds wants exactly six bytes.
    if address.len() != 6 {
        return Err(Errno::EINVAL.into());
    }
    if link.kind.name == "bond" && address.iter().all(|b| *b == 0) {
        return Ok(());
    }
    check_ether_address(address)
}

/// `rtnl_dev_combine_flags`.
pub(crate) fn combine_flags(link: &Link, header: IfInfoMsg) -> netplumb_core::family::link::IfFlags {
    let mut flags = header.ifi_flags;
    if header.ifi_change != 0 {
        flags.0 = (flags.0 & header.ifi_change) | (link.flags.0 & !header.ifi_change);
    }
    flags
}
