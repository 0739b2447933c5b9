//! VXLAN devices (`drivers/net/vxlan/vxlan_core.c`).

use super::data::Data;
use super::settings::{settings, u8_of, u32_of};
use super::{Link, LinkAt};
use crate::policy::Parsed;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::link::info::vxlan::*;
use std::net::{Ipv4Addr, Ipv6Addr};

impl World {
    /// `vxlan_newlink`.
    pub(super) fn new_vxlan(&self, link: &mut Link, data: &Parsed<'_>, netns: NetnsId) -> Outcome {
        if !data.has(IFLA_VXLAN_ID) && u8_of(data, IFLA_VXLAN_COLLECT_METADATA).is_none() {
            return refuse(Errno::EINVAL, "VXLAN requires an ID");
        }
        set(&mut link.data, data);
        check_addresses(&link.data)?;
        self.check_vxlan_lower(netns, &link.data)?;
        let same = |other: &Link| {
            other.is_kind("vxlan")
                && [IFLA_VXLAN_ID, IFLA_VXLAN_PORT].iter().all(|k| other.data.get(*k) == link.data.get(*k))
        };
        if self.ns(netns).links.values().any(same) {
            return refuse(Errno::EEXIST, "A VXLAN device with the specified VNI already exists");
        }
        if let Some((room, lower)) = self.vxlan_room(netns, &link.data) {
            link.mtu = if link.mtu_set { link.mtu.min(room) } else { room };
            link.tso_max_size = lower.tso_max_size;
        }
        Ok(())
    }

    /// `vxlan_changelink`.
    pub(super) fn change_vxlan(
        &mut self,
        request: &Request<'_>,
        at: LinkAt,
        attrs: &Parsed<'_>,
        data: &Parsed<'_>,
    ) -> Outcome {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        check_fixed(request, &link.data, attrs, data)?;
        let mut new = link.data.clone();
        set(&mut new, data);
        check_addresses(&new)?;
        self.check_vxlan_lower(at.netns, &new)?;
        let room = self.vxlan_room(at.netns, &new).map(|(room, lower)| (room, lower.tso_max_size));
        self.with(at, |link| {
            link.data = new;
            if let Some((room, tso_max_size)) = room {
                link.mtu = link.mtu.min(room);
                link.tso_max_size = tso_max_size;
            }
        })
    }

    /// The link that a VXLAN says it stands on (`vxlan_config_validate`).
    fn check_vxlan_lower(&self, netns: NetnsId, data: &Data) -> Outcome {
        let lower = data.u32(IFLA_VXLAN_LINK);
        if lower != 0 {
            let Some(lower) = self.ns(netns).link(lower) else {
                return refuse(Errno::ENODEV, "Invalid local interface, device not found");
            };
            if is_ipv6(data) && lower.inet6 && lower.conf6.disable {
                return refuse(Errno::EPERM, "IPv6 support disabled by administrator");
            }
            return Ok(());
        }
        let (group4, group6) = (ipv4(data, IFLA_VXLAN_GROUP), ipv6(data, IFLA_VXLAN_GROUP6));
        if group4.is_multicast() || group6.is_multicast() {
            return refuse(Errno::EINVAL, "Local interface required for multicast remote destination");
        }
        if is_link_local(ipv6(data, IFLA_VXLAN_LOCAL6)) && data.u8(IFLA_VXLAN_COLLECT_METADATA) == 0 {
            return refuse(Errno::EINVAL, "Local interface required for link-local local/remote addresses");
        }
        Ok(())
    }

    /// The largest MTU of a VXLAN on a link, and that link: outer headers take their room (`vxlan_headroom`).
    fn vxlan_room(&self, netns: NetnsId, data: &Data) -> Option<(u32, &Link)> {
        let lower = self.ns(netns).link(data.u32(IFLA_VXLAN_LINK))?;
        Some((lower.mtu.saturating_sub(headers(data)).max(68), lower))
    }

    /// `vxlan_change_mtu`.
    pub(super) fn check_vxlan_mtu(&self, at: LinkAt, mtu: u32) -> Outcome {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        match self.ns(at.netns).link(link.data.u32(IFLA_VXLAN_LINK)) {
            Some(lower) if mtu > lower.mtu.saturating_sub(headers(&link.data)) => Err(Errno::EINVAL.into()),
            _ => Ok(()),
        }
    }

    /// The VXLANs on a link, which go with it (`vxlan_handle_lowerdev_unregister`).
    pub(super) fn vxlans_on(&self, at: LinkAt) -> Vec<LinkAt> {
        let on = |link: &&Link| link.is_kind("vxlan") && link.data.u32(IFLA_VXLAN_LINK) == at.index;
        let netns = at.netns;
        self.ns(netns).links.values().filter(on).map(|link| LinkAt { netns, index: link.index }).collect()
    }
}

/// Ethernet, VXLAN, UDP and IP in bytes.
fn headers(data: &Data) -> u32 {
    if is_ipv6(data) { 70 } else { 50 }
}

fn is_ipv6(data: &Data) -> bool {
    data.get(IFLA_VXLAN_GROUP6).is_some() || data.get(IFLA_VXLAN_LOCAL6).is_some()
}

fn ipv4(data: &Data, kind: u16) -> Ipv4Addr {
    data.get(kind).and_then(|v| v.first_chunk::<4>()).map_or(Ipv4Addr::UNSPECIFIED, |b| Ipv4Addr::from(*b))
}

fn ipv6(data: &Data, kind: u16) -> Ipv6Addr {
    data.get(kind).and_then(|v| v.first_chunk::<16>()).map_or(Ipv6Addr::UNSPECIFIED, |b| Ipv6Addr::from(*b))
}

fn is_link_local(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}

/// What the addresses must be (`vxlan_config_validate`).
fn check_addresses(to: &Data) -> Outcome {
    if to.get(IFLA_VXLAN_GPE).is_some() && to.u8(IFLA_VXLAN_COLLECT_METADATA) == 0 {
        return refuse(Errno::EINVAL, "VXLAN GPE does not support this combination of attributes");
    }
    let has = |kind: u16| to.get(kind).is_some();
    let (four, six) = (has(IFLA_VXLAN_GROUP) || has(IFLA_VXLAN_LOCAL), is_ipv6(to));
    if four && six {
        return refuse(Errno::EINVAL, "Local and remote address must be from the same family");
    }
    let (local, remote) = (ipv6(to, IFLA_VXLAN_LOCAL6), ipv6(to, IFLA_VXLAN_GROUP6));
    if ipv4(to, IFLA_VXLAN_LOCAL).is_multicast() || local.is_multicast() {
        return refuse(Errno::EINVAL, "Local address cannot be multicast");
    }
    if six && to.u8(IFLA_VXLAN_COLLECT_METADATA) == 0 {
        let near = is_link_local(remote) || (remote.is_multicast() && remote.octets()[1] & 0xf == 2);
        let fits =
            if is_link_local(local) { near || remote.is_unspecified() } else { !is_link_local(remote) };
        if !fits {
            return refuse(Errno::EINVAL, "Invalid combination of local and remote address scopes");
        }
    }
    if to.u32(IFLA_VXLAN_LABEL) != 0 && !six {
        return refuse(Errno::EINVAL, "Label attribute only applies to IPv6 VXLAN devices");
    }
    Ok(())
}

/// What cannot be changed (`vxlan_nl2conf` with `changelink`), in its order.
fn check_fixed(request: &Request<'_>, old: &Data, attrs: &Parsed<'_>, data: &Parsed<'_>) -> Outcome {
    // Linux says where the attribute of this number stands outside of the data.
    let fixed = |kind: u16, why: &'static str| {
        if !data.has(kind) {
            return Ok(());
        }
        let refusal = Refusal::new(Errno::EOPNOTSUPP, why);
        Err(match attrs.get(kind) {
            Some(attr) => refusal.at(request.offset(attr)),
            None => refusal,
        })
    };
    if u32_of(data, IFLA_VXLAN_ID).is_some_and(|id| id != old.u32(IFLA_VXLAN_ID)) {
        fixed(IFLA_VXLAN_ID, "Cannot change VNI")?;
    }
    // Without addresses it is one for IPv4.
    let other = |four: u16, six: u16| if is_ipv6(old) { four } else { six };
    fixed(other(IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6), "New group address family does not match old group")?;
    fixed(other(IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6), "New local address family does not match old")?;
    let flag = |kind: u16, why: &'static str| {
        if data.has(kind) { refuse(Errno::EOPNOTSUPP, why) } else { Ok(()) }
    };
    flag(IFLA_VXLAN_PROXY, "vxlan: cannot change PROXY flag")?;
    flag(IFLA_VXLAN_RSC, "vxlan: cannot change RSC flag")?;
    flag(IFLA_VXLAN_L2MISS, "vxlan: cannot change L2MISS flag")?;
    flag(IFLA_VXLAN_L3MISS, "vxlan: cannot change L3MISS flag")?;
    fixed(IFLA_VXLAN_LIMIT, "Cannot change limit")?;
    flag(IFLA_VXLAN_COLLECT_METADATA, "vxlan: cannot change COLLECT_METADATA flag")?;
    fixed(IFLA_VXLAN_PORT_RANGE, "Cannot change port range")?;
    fixed(IFLA_VXLAN_PORT, "Cannot change port")?;
    fixed(IFLA_VXLAN_UDP_CSUM, "Cannot change UDP_CSUM flag")?;
    flag(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, "vxlan: cannot change UDP_ZERO_CSUM6_TX flag")?;
    flag(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, "vxlan: cannot change UDP_ZERO_CSUM6_RX flag")?;
    flag(IFLA_VXLAN_REMCSUM_TX, "vxlan: cannot change REMCSUM_TX flag")?;
    flag(IFLA_VXLAN_REMCSUM_RX, "vxlan: cannot change REMCSUM_RX flag")?;
    flag(IFLA_VXLAN_GBP, "vxlan: cannot change GBP flag")?;
    flag(IFLA_VXLAN_GPE, "vxlan: cannot change GPE flag")?;
    flag(IFLA_VXLAN_REMCSUM_NOPARTIAL, "vxlan: cannot change REMCSUM_NOPARTIAL flag")
}

/// Settings of a VXLAN that is being made: addresses and the lower link stand right behind the id.
fn set(to: &mut Data, data: &Parsed<'_>) {
    for (kind, value) in settings(Vxlan::SCHEMA, data) {
        match kind {
            IFLA_VXLAN_GROUP | IFLA_VXLAN_GROUP6 | IFLA_VXLAN_LINK | IFLA_VXLAN_LOCAL | IFLA_VXLAN_LOCAL6 => {
            }
            // A flag on the way in, a byte on the way out.
            IFLA_VXLAN_TTL_INHERIT => to.set(kind, &[1]),
            _ => to.set(kind, value),
        }
    }
    let order = [IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, IFLA_VXLAN_LINK, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6];
    for kind in order {
        let value =
            data.get(kind).map(netplumb_core::wire::Attr::payload).filter(|v| v.iter().any(|b| *b != 0));
        if let Some(value) = value {
            to.set_before(IFLA_VXLAN_TTL, kind, value);
        }
    }
}
