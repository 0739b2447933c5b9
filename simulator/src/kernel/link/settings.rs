//! What `IFLA_INFO_DATA` does to links: validation and effects, kind by kind (`rtnl_link_ops`).

use super::data::Data;
use super::{Link, LinkAt};
use crate::policy::Parsed;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::link::info::bond::IFLA_BOND_MODE;
use netplumb_core::family::link::info::bridge::*;
use netplumb_core::family::link::info::macvlan::{
    IFLA_MACVLAN_FLAGS, IFLA_MACVLAN_MODE, MACVLAN_FLAG_NOPROMISC, MACVLAN_MODE_PASSTHRU,
};
use netplumb_core::family::link::info::vlan::{
    IFLA_VLAN_EGRESS_QOS, IFLA_VLAN_FLAGS, IFLA_VLAN_ID, IFLA_VLAN_INGRESS_QOS, IFLA_VLAN_PROTOCOL,
    IFLA_VLAN_QOS_MAPPING,
};
use netplumb_core::family::link::info::vrf::IFLA_VRF_TABLE;
use netplumb_core::family::link::info::vxlan::*;
use netplumb_core::family::link::{ARPHRD_ETHER, IFF_LOOPBACK};
use netplumb_core::schema::{Kind as Shape, Mark, Schema};
use netplumb_core::wire::{Attrs, Writer};

/// The attributes of a list that are settings: no read-only ones, integers cut to their size.
pub(super) fn settings<'p>(
    schema: &'static Schema,
    data: &'p Parsed<'p>,
) -> impl Iterator<Item = (u16, &'p [u8])> + 'p {
    data.kinds().filter_map(move |kind| {
        let row = schema.attr(kind).filter(|row| !row.is(Mark::read_only))?;
        let payload = data.get(kind)?.payload();
        let size = match &row.kind {
            Shape::Int(int) => usize::from(int.size),
            Shape::Struct(fixed) => fixed.size,
            _ => payload.len(),
        };
        Some((kind, payload.get(..size).unwrap_or(payload)))
    })
}

pub(super) fn u8_of(data: &Parsed<'_>, kind: u16) -> Option<u8> {
    data.get(kind)?.payload().first().copied()
}

fn u16_of(data: &Parsed<'_>, kind: u16) -> Option<u16> {
    bytes::u16_ne(data.get(kind)?.payload())
}

pub(super) fn u32_of(data: &Parsed<'_>, kind: u16) -> Option<u32> {
    bytes::u32_ne(data.get(kind)?.payload())
}

/// Checks data before it is known whether a link is made or changed (`ops->validate`).
pub(crate) fn validate(kind: &str, request: &Request<'_>, data: Option<&Parsed<'_>>) -> Outcome {
    match (kind, data) {
        ("vxlan", None) => refuse(Errno::EINVAL, "Required attributes not provided to perform the operation"),
        ("vxlan", Some(data)) => validate_vxlan(request, data),
        ("vlan", None) => refuse(Errno::EINVAL, "8021q: VLAN properties not specified"),
        ("vlan", Some(data)) => validate_vlan(data),
        ("macvlan" | "macvtap", Some(data)) => validate_macvlan(data),
        ("bridge", Some(data)) => {
            if u16_of(data, IFLA_BR_VLAN_DEFAULT_PVID).is_some_and(|vid| vid >= 4095) {
                return Err(Errno::EINVAL.into());
            }
            Ok(())
        }
        ("bond", Some(data)) => match u8_of(data, IFLA_BOND_MODE) {
            Some(7..) => Err(Errno::EINVAL.into()),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn validate_vxlan(request: &Request<'_>, data: &Parsed<'_>) -> Outcome {
    if let Some(attr) = data.get(IFLA_VXLAN_ID)
        && bytes::u32_ne(attr.payload()).is_some_and(|id| id >= 1 << 24)
    {
        let refusal = Refusal::new(Errno::ERANGE, "VXLAN ID must be lower than 16777216");
        return Err(refusal.at(request.offset(attr)));
    }
    if let Some(attr) = data.get(IFLA_VXLAN_PORT_RANGE) {
        let low = bytes::u16_be(attr.payload()).unwrap_or(0);
        let high = attr.payload().get(2..).and_then(bytes::u16_be).unwrap_or(0);
        if high < low {
            let refusal = Refusal::new(Errno::EINVAL, "Invalid source port range");
            return Err(refusal.at(request.offset(attr)));
        }
    }
    Ok(())
}

fn validate_vlan(data: &Parsed<'_>) -> Outcome {
    if let Some(protocol) = data.get(IFLA_VLAN_PROTOCOL)
        && !matches!(bytes::u16_be(protocol.payload()), Some(0x8100 | 0x88a8))
    {
        return refuse(Errno::EPROTONOSUPPORT, "8021q: Invalid VLAN protocol");
    }
    if u16_of(data, IFLA_VLAN_ID).is_some_and(|id| id >= 4095) {
        return refuse(Errno::ERANGE, "8021q: Invalid VLAN id");
    }
    Ok(())
}

fn validate_macvlan(data: &Parsed<'_>) -> Outcome {
    if u16_of(data, IFLA_MACVLAN_FLAGS).is_some_and(|flags| flags & !0x3 != 0) {
        return Err(Errno::EINVAL.into());
    }
    match u32_of(data, IFLA_MACVLAN_MODE) {
        None | Some(1 | 2 | 4 | 8 | 16) => Ok(()),
        Some(_) => Err(Errno::EINVAL.into()),
    }
}

impl World {
    /// Gives a link that is being made its data (`ops->newlink`). `lower` is the link of `IFLA_LINK`.
    pub(crate) fn new_data(
        &self,
        at_lower: Option<LinkAt>,
        link: &mut Link,
        data: &Parsed<'_>,
        netns: crate::world::NetnsId,
    ) -> Outcome {
        match link.kind.name {
            "vxlan" => self.new_vxlan(link, data, netns),
            "vlan" => self.new_vlan(at_lower, link, data),
            "macvlan" | "macvtap" => self.new_macvlan(at_lower, link, data),
            "vrf" => new_vrf(link, data),
            "bridge" => change_bridge(&mut link.data, data),
            "bond" => {
                store(link, data);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn new_vlan(&self, at_lower: Option<LinkAt>, link: &mut Link, data: &Parsed<'_>) -> Outcome {
        if !data.has(IFLA_VLAN_ID) {
            return refuse(Errno::EINVAL, "8021q: VLAN id not specified");
        }
        let Some(at_lower) = at_lower else { return refuse(Errno::EINVAL, "8021q: link not specified") };
        let Some(lower) = self.link_at(at_lower) else {
            return refuse(Errno::ENODEV, "8021q: link does not exist");
        };
        store_vlan(link, data)?;
        let id = link.data.u16(IFLA_VLAN_ID);
        let protocol = link.data.get(IFLA_VLAN_PROTOCOL).map(<[u8]>::to_vec);
        let twin = |other: &Link| {
            other.is_kind("vlan")
                && other.lower == Some(at_lower)
                && other.data.u16(IFLA_VLAN_ID) == id
                && other.data.get(IFLA_VLAN_PROTOCOL).map(<[u8]>::to_vec) == protocol
        };
        if self.netns.values().any(|ns| ns.links.values().any(twin)) {
            return refuse(Errno::EEXIST, "8021q: VLAN device already exists");
        }
        if !link.mtu_set {
            link.mtu = lower.mtu;
        }
        if link.mtu > lower.mtu {
            return Err(Errno::EINVAL.into());
        }
        inherit_address(link, lower);
        link.tso_max_size = lower.tso_max_size;
        link.flags.0 = lower.flags.0 & !VLAN_NOT_INHERITED;
        link.lower = Some(at_lower);
        link.carrier = lower.carrier;
        Ok(())
    }

    fn new_macvlan(&self, at_lower: Option<LinkAt>, link: &mut Link, data: &Parsed<'_>) -> Outcome {
        let Some(mut at_lower) = at_lower else { return Err(Errno::EINVAL.into()) };
        let Some(mut lower) = self.link_at(at_lower) else { return Err(Errno::ENODEV.into()) };
        // A macvlan on a macvlan stands on what that one stands on.
        if lower.kind.name.starts_with("macv")
            && let Some(below) = lower.lower
            && let Some(real) = self.link_at(below)
        {
            (at_lower, lower) = (below, real);
        }
        if !link.mtu_set {
            link.mtu = lower.mtu;
        }
        if link.mtu > lower.mtu {
            return Err(Errno::EINVAL.into());
        }
        let others = self.uppers(at_lower).into_iter().filter_map(|upper| self.link_at(upper));
        let others: Vec<&Link> = others.filter(|upper| upper.kind.name.starts_with("macv")).collect();
        check_macvlan_port(lower, self.is_rx_handled(at_lower), others.is_empty())?;
        link.min_mtu = lower.min_mtu.max(68);
        link.max_mtu = lower.max_mtu;
        link.tso_max_size = lower.tso_max_size;
        store(link, data);
        // One that passes everything through is alone, and has the address of the link below.
        if others.iter().any(|other| other.is_passthru()) || (link.is_passthru() && !others.is_empty()) {
            return Err(Errno::EINVAL.into());
        }
        if link.is_passthru() {
            link.address.clone_from(&lower.address);
        }
        link.lower = Some(at_lower);
        link.carrier = lower.carrier;
        Ok(())
    }

    /// `macvlan_changelink`.
    fn change_macvlan(&mut self, at: LinkAt, data: &Parsed<'_>) -> Outcome {
        let Some(link) = self.link_at_mut(at) else { return Err(Errno::ENODEV.into()) };
        let passes = |mode: u32| mode == MACVLAN_MODE_PASSTHRU.0;
        if u32_of(data, IFLA_MACVLAN_MODE).is_some_and(|mode| passes(mode) != link.is_passthru()) {
            return Err(Errno::EINVAL.into());
        }
        let wanted = link.wants_promisc();
        store(link, data);
        let (wants, lower) = (link.wants_promisc(), link.lower);
        if wants != wanted
            && link.is_up()
            && let Some(lower) = lower
        {
            self.count_promisc(lower, wants);
        }
        Ok(())
    }

    /// Changes the data of a link (`ops->changelink`).
    pub(crate) fn change_data(
        &mut self,
        request: &Request<'_>,
        at: LinkAt,
        attrs: &Parsed<'_>,
        data: &Parsed<'_>,
    ) -> Outcome {
        let Some(link) = self.link_at_mut(at) else { return Err(Errno::ENODEV.into()) };
        let had_stp = link.data.u32(IFLA_BR_STP_STATE) != 0;
        match link.kind.name {
            "bridge" => change_bridge(&mut link.data, data)?,
            "vxlan" => return self.change_vxlan(request, at, attrs, data),
            "vlan" => store_vlan(link, data)?,
            "macvlan" | "macvtap" => return self.change_macvlan(at, data),
            "bond" => store(link, data),
            _ => return Err(Errno::EOPNOTSUPP.into()),
        }
        if self.link_at(at).is_some_and(|link| link.is_kind("bridge")) {
            self.bridge_reconsidered(at, had_stp, data.has(IFLA_BR_PRIORITY));
        }
        Ok(())
    }
}

/// How many priorities of packets that a VLAN sends are mapped at most. Linux has no limit but its memory; a message has one.
const MAX_EGRESS: usize = 1024;

/// What a link must be for the first macvlan on it (`macvlan_port_create`).
fn check_macvlan_port(lower: &Link, handled: bool, first: bool) -> Outcome {
    if first && (lower.kind.arphrd != ARPHRD_ETHER || lower.flags.contains(IFF_LOOPBACK)) {
        return Err(Errno::EINVAL.into());
    }
    if first && handled {
        return Err(Errno::EBUSY.into());
    }
    Ok(())
}

impl Link {
    /// A macvlan that takes its lower link over.
    pub(crate) fn is_passthru(&self) -> bool {
        self.kind.name.starts_with("macv") && self.data.u32(IFLA_MACVLAN_MODE) == MACVLAN_MODE_PASSTHRU.0
    }

    /// Whether it wants its lower link promiscuous while it is up.
    pub(crate) fn wants_promisc(&self) -> bool {
        let flags = self.data.u16(IFLA_MACVLAN_FLAGS);
        self.is_passthru() && flags & MACVLAN_FLAG_NOPROMISC.0 == 0
    }
}

/// Flags of the lower link that a VLAN does not take over: up, promiscuous, all-multicast, master, slave.
const VLAN_NOT_INHERITED: u32 = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;

fn inherit_address(link: &mut Link, lower: &Link) {
    if !link.address_set {
        link.address.clone_from(&lower.address);
    }
    link.broadcast.clone_from(&lower.broadcast);
}

/// Takes the settings over as they are.
fn store(link: &mut Link, data: &Parsed<'_>) {
    let Some(schema) = link.kind.schema else { return };
    for (kind, value) in settings(schema(), data) {
        link.data.set(kind, value);
    }
}

fn new_vrf(link: &mut Link, data: &Parsed<'_>) -> Outcome {
    match u32_of(data, IFLA_VRF_TABLE) {
        None => refuse(Errno::EINVAL, "vrf: VRF table id is missing"),
        Some(0) => refuse(Errno::EINVAL, "vrf: Invalid VRF table id"),
        Some(table) => {
            link.data.set(IFLA_VRF_TABLE, &table.to_ne_bytes());
            Ok(())
        }
    }
}

/// Settings of a VLAN: flags change under a mask, and what is mapped is kept beside what was (`vlan_changelink`).
fn store_vlan(link: &mut Link, data: &Parsed<'_>) -> Outcome {
    for kind in [IFLA_VLAN_ID, IFLA_VLAN_PROTOCOL] {
        if let Some(attr) = data.get(kind) {
            link.data.set(kind, attr.payload().get(..2).unwrap_or(&[]));
        }
    }
    if let Some(attr) = data.get(IFLA_VLAN_FLAGS)
        && let (Some(flags), Some(mask)) =
            (bytes::u32_ne(attr.payload()), attr.payload().get(4..).and_then(bytes::u32_ne))
    {
        let old = link.data.u32(IFLA_VLAN_FLAGS);
        let new = (old & !mask) | (flags & mask);
        let shown = [new.to_ne_bytes(), u32::MAX.to_ne_bytes()].concat();
        link.data.set(IFLA_VLAN_FLAGS, &shown);
    }
    if let Some(attr) = data.get(IFLA_VLAN_INGRESS_QOS) {
        let mut map = mappings(link.data.get(IFLA_VLAN_INGRESS_QOS).unwrap_or(&[]));
        for (from, to) in mappings(attr.payload()) {
            map_ingress(&mut map, from, to);
        }
        store_mappings(&mut link.data, IFLA_VLAN_INGRESS_QOS, &map);
    }
    if let Some(attr) = data.get(IFLA_VLAN_EGRESS_QOS) {
        let mut map = mappings(link.data.get(IFLA_VLAN_EGRESS_QOS).unwrap_or(&[]));
        let mapped =
            mappings(attr.payload()).into_iter().try_for_each(|(from, to)| map_egress(&mut map, from, to));
        store_mappings(&mut link.data, IFLA_VLAN_EGRESS_QOS, &map);
        mapped?;
    }
    Ok(())
}

/// The pairs of a list of `struct ifla_vlan_qos_mapping`.
fn mappings(list: &[u8]) -> Vec<(u32, u32)> {
    let pair = |value: &[u8]| Some((bytes::u32_ne(value)?, value.get(4..).and_then(bytes::u32_ne)?));
    let own = Attrs::new(list).into_iter().filter(|attr| attr.kind() == IFLA_VLAN_QOS_MAPPING);
    own.filter_map(|attr| pair(attr.payload())).collect()
}

fn store_mappings(to: &mut Data, kind: u16, map: &[(u32, u32)]) {
    let mut list = vec![0; map.len() * 12];
    let mut w = Writer::new(&mut list);
    for (from, to) in map {
        w.attr(IFLA_VLAN_QOS_MAPPING, [from.to_ne_bytes(), to.to_ne_bytes()].as_flattened());
    }
    // What comes in is sent before what goes out; an empty map is not sent.
    to.set_before(IFLA_VLAN_EGRESS_QOS, kind, &list);
    if list.is_empty() {
        to.remove(kind);
    }
}

/// `vlan_dev_set_ingress_priority`: one place for each of the eight priorities of a tag.
fn map_ingress(map: &mut Vec<(u32, u32)>, from: u32, to: u32) {
    let from = from & 7;
    map.retain(|pair| pair.0 != from);
    if to != 0 {
        map.push((from, to));
        map.sort_unstable();
    }
}

/// `vlan_dev_set_egress_priority`: a hash table by the last four bits, the newest first. A priority that is mapped to 0 is not
/// shown, and forgotten here; Linux keeps its place.
fn map_egress(map: &mut Vec<(u32, u32)>, from: u32, to: u32) -> Outcome {
    let to = to & 7;
    if let Some(pair) = map.iter_mut().find(|pair| pair.0 == from) {
        pair.1 = to;
        map.retain(|pair| pair.1 != 0);
    } else if to != 0 {
        if map.len() >= MAX_EGRESS {
            return Err(Errno::ENOBUFS.into());
        }
        let at = map.iter().position(|pair| pair.0 & 0xf >= from & 0xf).unwrap_or(map.len());
        map.insert(at, (from, to));
    }
    Ok(())
}

/// Settings of a bridge (`br_changelink`), in its order: those before one that is refused are applied.
fn change_bridge(to: &mut Data, data: &Parsed<'_>) -> Outcome {
    let mut list: Vec<(u16, &[u8])> = settings(Bridge::SCHEMA, data).collect();
    list.sort_by_key(|setting| setting.0);
    for (kind, value) in list {
        set_bridge(to, kind, value)?;
    }
    Ok(())
}

fn set_bridge(to: &mut Data, kind: u16, value: &[u8]) -> Outcome {
    let byte = value.first().copied().unwrap_or(0);
    let valid = match kind {
        // The first three groups are never forwarded.
        IFLA_BR_GROUP_FWD_MASK => bytes::u16_ne(value).is_none_or(|mask| mask & 0x7 == 0),
        // 802.1D keeps these addresses, and other protocols have three of them.
        IFLA_BR_GROUP_ADDR => matches!(value, [0x01, 0x80, 0xc2, 0, 0, 0 | 4..=0xf]),
        IFLA_BR_MCAST_ROUTER => byte <= 2,
        IFLA_BR_MCAST_IGMP_VERSION => matches!(byte, 2 | 3),
        IFLA_BR_MCAST_MLD_VERSION => matches!(byte, 1 | 2),
        _ => true,
    };
    if !valid {
        return Err(Errno::EINVAL.into());
    }
    match kind {
        IFLA_BR_FORWARD_DELAY | IFLA_BR_HELLO_TIME | IFLA_BR_MAX_AGE | IFLA_BR_AGEING_TIME => {
            set_time(to, kind, bytes::u32_ne(value).unwrap_or(0))?;
        }
        IFLA_BR_MCAST_LAST_MEMBER_INTVL..=IFLA_BR_MCAST_STARTUP_QUERY_INTVL => {
            let time = in_ticks(bytes::u64_ne(value).unwrap_or(0));
            // Queries come at least a second and at most a day apart (`br_multicast_set_query_intvl`).
            let queries = matches!(kind, IFLA_BR_MCAST_QUERY_INTVL | IFLA_BR_MCAST_STARTUP_QUERY_INTVL);
            let time = if queries { time.clamp(100, 8_640_000) } else { time };
            to.set(kind, &time.to_ne_bytes());
        }
        IFLA_BR_MCAST_SNOOPING..=IFLA_BR_MCAST_QUERIER
        | IFLA_BR_MCAST_STATS_ENABLED
        | IFLA_BR_NF_CALL_IPTABLES..=IFLA_BR_NF_CALL_ARPTABLES => to.set(kind, &[u8::from(byte != 0)]),
        // A command, no setting.
        IFLA_BR_FDB_FLUSH => {}
        // Fixed since Linux 4.15, whatever is asked.
        IFLA_BR_MCAST_HASH_ELASTICITY => {}
        IFLA_BR_MULTI_BOOLOPT => set_boolopt(to, value)?,
        IFLA_BR_STP_STATE => set_stp(to, bytes::u32_ne(value).unwrap_or(0) != 0),
        _ => to.set(kind, value),
    }
    Ok(())
}

/// Times in hundredths of a second, with the bounds of IEEE 802.1D where the bridge takes part in the protocol.
fn set_time(to: &mut Data, kind: u16, value: u32) -> Outcome {
    let range = match kind {
        IFLA_BR_FORWARD_DELAY if to.u32(IFLA_BR_STP_STATE) != 0 => FORWARD_DELAY,
        IFLA_BR_HELLO_TIME => 100..=1000,
        IFLA_BR_MAX_AGE => 600..=4000,
        _ => 0..=u32::MAX,
    };
    if !range.contains(&value) {
        return Err(Errno::ERANGE.into());
    }
    let time = u32::try_from(in_ticks(value.into())).unwrap_or(u32::MAX);
    to.set(kind, &time.to_ne_bytes());
    Ok(())
}

/// `BR_MIN_FORWARD_DELAY` and `BR_MAX_FORWARD_DELAY`.
const FORWARD_DELAY: std::ops::RangeInclusive<u32> = 200..=3000;

/// `br_stp_set_enabled`. A user-space daemon is not there to take over: on is the kernel's own, which wants its delay.
fn set_stp(to: &mut Data, on: bool) {
    if on && to.u32(IFLA_BR_STP_STATE) == 0 {
        let delay = to.u32(IFLA_BR_FORWARD_DELAY).clamp(*FORWARD_DELAY.start(), *FORWARD_DELAY.end());
        to.set(IFLA_BR_FORWARD_DELAY, &delay.to_ne_bytes());
    }
    to.set(IFLA_BR_STP_STATE, &u32::from(on).to_ne_bytes());
}

/// A time in hundredths of a second that went through the kernel's ticks, 250 a second (`clock_t_to_jiffies`,
/// `jiffies_to_clock_t`).
fn in_ticks(time: u64) -> u64 {
    let ticks = if time >= u64::MAX / 250 * 100 { u64::MAX } else { time.wrapping_mul(250) / 100 };
    ticks.wrapping_mul(4_000_000) / 10_000_000
}

/// `struct br_boolopt_multi`: values and the bits that count. Every option is shown as known.
fn set_boolopt(to: &mut Data, value: &[u8]) -> Outcome {
    let known = to.get(IFLA_BR_MULTI_BOOLOPT).and_then(|v| v.get(4..)).and_then(bytes::u32_ne).unwrap_or(0);
    let (wanted, mask) = (bytes::u32_ne(value), value.get(4..).and_then(bytes::u32_ne));
    let (Some(wanted), Some(mask)) = (wanted, mask) else { return Err(Errno::EINVAL.into()) };
    if mask & !known != 0 {
        return Err(Errno::EOPNOTSUPP.into());
    }
    let old = to.u32(IFLA_BR_MULTI_BOOLOPT);
    let new = (old & !mask) | (wanted & mask);
    to.set(IFLA_BR_MULTI_BOOLOPT, &[new.to_ne_bytes(), known.to_ne_bytes()].concat());
    Ok(())
}
