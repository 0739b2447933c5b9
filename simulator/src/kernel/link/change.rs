//! Changing links (`do_setlink`): attributes are applied in the kernel's order, not the message's, and an error leaves those
//! before it applied, with their notifications.

use super::new::{
    Info, check_ether_address, check_mtu, check_sizes, combine_flags, is_valid_name, name_of, set_sizes,
};
use super::{IPV4_MIN_MTU, IPV6_MIN_MTU, Link, LinkAt};
use crate::kernel::netns::next_generation;
use crate::policy::Parsed;
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::common::AF_BRIDGE;
use netplumb_core::family::link::Link as Set;
use netplumb_core::family::link::af_spec::{AddrGenMode, IN6_ADDR_GEN_MODE_STABLE_PRIVACY, Inet6Spec};
use netplumb_core::family::link::prop_list::PropList;
use netplumb_core::family::link::{
    ExtFilter, IF_OPER_DORMANT, IF_OPER_TESTING, IF_OPER_UNKNOWN, IF_OPER_UP, IFF_LOOPBACK, IFLA_ADDRESS,
    IFLA_AF_SPEC, IFLA_ALT_IFNAME, IFLA_BROADCAST, IFLA_CARRIER, IFLA_EXT_MASK, IFLA_IF_NETNSID, IFLA_IFNAME,
    IFLA_LINKMODE, IFLA_MAP, IFLA_OPERSTATE, IFLA_PROP_LIST, IFLA_PROTINFO, IFLA_PROTO_DOWN,
    IFLA_PROTO_DOWN_REASON, IFLA_TXQLEN, IFLA_XDP, IfInfoMsg, LinkMode, OperState, RTM_NEWLINK,
};

/// Whether a change is told, and whether it was one.
#[derive(Default)]
struct Status {
    notify: bool,
}

impl World {
    /// `RTM_SETLINK`.
    pub(crate) fn set_link(&mut self, request: &Request<'_>) -> Outcome {
        let (header, attrs) = request.parse::<Set<'static>>()?;
        let named = header.ifi_index != 0 || name_of(&attrs).is_some();
        if !named {
            return Err(Errno::EINVAL.into());
        }
        let Some(index) = self.find_link(request.netns, header, &attrs)? else {
            return Err(Errno::ENODEV.into());
        };
        let at = LinkAt { netns: request.netns, index };
        if header.ifi_family == AF_BRIDGE {
            return self.set_bridge_link(request, at, &attrs);
        }
        self.change_link(request, at, header, &attrs, None)
    }

    /// `RTM_SETLINK` of family `AF_BRIDGE` (`rtnl_bridge_setlink`): what a bridge knows of its port.
    fn set_bridge_link(&mut self, request: &Request<'_>, at: LinkAt, attrs: &Parsed<'_>) -> Outcome {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        let master = link.master.and_then(|index| self.ns(at.netns).link(index));
        if !master.is_some_and(|master| master.is_kind("bridge")) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let Some(nest) = attrs.get(IFLA_PROTINFO) else { return Ok(()) };
        let schema = super::kind::bridge_port_schema();
        let (data, _) = crate::policy::parse(schema, request.message, nest.nested())?;
        self.change_port(at, &data)
    }

    /// Changes a link that exists (`rtnl_changelink`, `do_setlink`).
    pub(crate) fn change_link(
        &mut self,
        request: &Request<'_>,
        at: LinkAt,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
        info: Option<Info<'_>>,
    ) -> Outcome {
        self.validate_change(at, attrs)?;
        let mut status = Status::default();
        if let Some(info) = &info {
            self.change_info(request, at, attrs, info, &mut status)?;
        }
        let outcome = self.apply(request, at, header, attrs, &mut status);
        if status.notify {
            self.state_changed(at);
        }
        outcome
    }

    /// `validate_linkmsg`.
    fn validate_change(&self, at: LinkAt, attrs: &Parsed<'_>) -> Outcome {
        let Some(link) = self.link_at(at) else { return Err(Errno::ENODEV.into()) };
        let short = |kind: u16| attrs.get(kind).is_some_and(|a| a.payload().len() < link.address.len());
        if short(IFLA_ADDRESS) || short(IFLA_BROADCAST) {
            return Err(Errno::EINVAL.into());
        }
        check_sizes(link, attrs)?;
        if let Some(families) = attrs.get(IFLA_AF_SPEC) {
            for family in families.nested() {
                match family.kind() {
                    2 if !link.inet4 => return Err(Errno::EAFNOSUPPORT.into()),
                    10 if !link.inet6 => return Err(Errno::EAFNOSUPPORT.into()),
                    2 | 7 | 45 => {}
                    10 => check_inet6(family.payload())?,
                    _ => return Err(Errno::EAFNOSUPPORT.into()),
                }
            }
        }
        Ok(())
    }

    fn change_info(
        &mut self,
        request: &Request<'_>,
        at: LinkAt,
        attrs: &Parsed<'_>,
        info: &Info<'_>,
        status: &mut Status,
    ) -> Outcome {
        let Some(link) = self.link_at(at) else { return Err(Errno::ENODEV.into()) };
        if let Some(data) = &info.data {
            if !info.is_of(link.kind) || !link.kind.changes {
                return Err(Errno::EOPNOTSUPP.into());
            }
            self.change_data(request, at, attrs, data)?;
            status.notify = true;
        }
        if let Some(port) = &info.port {
            self.change_port(at, port)?;
            status.notify = true;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        request: &Request<'_>,
        at: LinkAt,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
        status: &mut Status,
    ) -> Outcome {
        let mut at = at;
        if let Some(netns) = self.target_netns(at.netns, attrs)?
            && netns != at.netns
        {
            at = self.move_link(at, netns, attrs)?;
        }
        if attrs.has(IFLA_MAP) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let view = Set::new(request.message.payload()).ok_or(Errno::EINVAL)?.over(attrs);
        if let Some(address) = view.address() {
            self.set_address(at, address)?;
        }
        if let Some(mtu) = view.mtu() {
            self.set_mtu(at, mtu)?;
        }
        if let Some(group) = view.group() {
            self.with(at, |link| link.group = group)?;
            status.notify = true;
        }
        // A name is one only when the link was found by its index.
        if let Some(name) = view.ifname().filter(|name| header.ifi_index > 0 && !name.is_empty()) {
            self.rename(at, name)?;
        }
        if let Some(alias) = view.ifalias() {
            self.with(at, |link| alias.clone_into(&mut link.alias))?;
            status.notify = true;
        }
        if let Some(broadcast) = view.broadcast() {
            self.with(at, |link| link.broadcast = broadcast.get(..6).unwrap_or(broadcast).to_vec())?;
            self.link_changed(at, 0);
        }
        if header.ifi_flags.0 != 0 || header.ifi_change != 0 {
            let link = self.link_at(at).ok_or(Errno::ENODEV)?;
            let wanted = combine_flags(link, header);
            self.set_flags(at, wanted)?;
        }
        if let Some(master) = view.master() {
            self.set_master(at, master)?;
        }
        self.apply_rest(at, attrs, status)
    }

    /// What comes behind the master.
    fn apply_rest(&mut self, at: LinkAt, attrs: &Parsed<'_>, status: &mut Status) -> Outcome {
        let u8_of = |kind: u16| attrs.get(kind).and_then(|a| a.payload().first().copied());
        let u32_of = |kind: u16| attrs.get(kind).and_then(|a| bytes::u32_ne(a.payload()));
        if let Some(carrier) = u8_of(IFLA_CARRIER) {
            // Only dummies let their carrier be set.
            if !self.link_at(at).is_some_and(|link| link.is_kind("dummy")) {
                return Err(Errno::EOPNOTSUPP.into());
            }
            self.set_carrier(at, carrier != 0);
        }
        if let Some(length) = u32_of(IFLA_TXQLEN)
            && self.link_at(at).is_some_and(|link| link.txqlen != length)
        {
            self.with(at, |link| link.txqlen = length)?;
            self.link_changed(at, 0);
        }
        self.with(at, |link| set_sizes(link, attrs))?;
        if let Some(state) = u8_of(IFLA_OPERSTATE) {
            self.set_operstate(at, OperState(state));
        }
        if let Some(mode) = u8_of(IFLA_LINKMODE) {
            if mode > 2 {
                return Err(Errno::EINVAL.into());
            }
            self.with(at, |link| {
                status.notify |= link.linkmode.0 != mode;
                link.linkmode = LinkMode(mode);
            })?;
        }
        if let Some(families) = attrs.get(IFLA_AF_SPEC) {
            for family in families.nested().filter(|family| family.kind() == 10) {
                self.set_inet6(at, family.payload())?;
                status.notify = true;
            }
        }
        if u8_of(IFLA_PROTO_DOWN).is_some() || attrs.has(IFLA_PROTO_DOWN_REASON) {
            self.set_proto_down(at, u8_of(IFLA_PROTO_DOWN))?;
            status.notify = true;
        }
        if attrs.has(IFLA_XDP) {
            return Err(Errno::EOPNOTSUPP.into());
        }
        Ok(())
    }

    pub(crate) fn with(&mut self, at: LinkAt, change: impl FnOnce(&mut Link)) -> Outcome {
        change(self.link_at_mut(at).ok_or(Errno::ENODEV)?);
        Ok(())
    }

    /// `dev_set_mac_address`.
    fn set_address(&mut self, at: LinkAt, address: &[u8]) -> Outcome {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        if !link.kind.set_address {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let address = address.get(..link.address.len()).unwrap_or(address).to_vec();
        if link.address != address {
            check_ether_address(&address)?;
        }
        let old = link.address.clone();
        // `br_set_mac_address` does nothing for the address that a bridge has.
        let bridge_id = link.is_kind("bridge") && old != address;
        // `macvlan_set_mac_address`: the address is that of the link below.
        if let Some(lower) = link.lower.filter(|_| link.is_passthru() && old != address) {
            self.set_address(lower, &address)?;
        }
        self.with(at, |link| {
            link.address.clone_from(&address);
            link.address_set = true;
        })?;
        if bridge_id {
            self.fdb_bridge_address(at.netns, at.index, &old);
            self.change_bridge_id(at, &address);
        }
        for upper in self.uppers(at) {
            let _ = self.with(upper, |upper| {
                if upper.is_passthru() {
                    upper.address.clone_from(&address);
                }
            });
        }
        self.neigh_link_address(at.netns, at.index);
        if let Some(master) = self.link_at(at).and_then(|link| link.master) {
            let bridge = LinkAt { netns: at.netns, index: master };
            self.fdb_port_address(at.netns, master, at.index);
            if self.bridge_address(bridge) {
                self.link_changed(bridge, 0);
            }
        }
        self.link_changed(at, 0);
        Ok(())
    }

    /// `dev_set_mtu`.
    fn set_mtu(&mut self, at: LinkAt, mtu: u32) -> Outcome {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        if link.mtu == mtu {
            return Ok(());
        }
        check_mtu(link, mtu)?;
        let lower = link.lower.and_then(|lower| self.link_at(lower)).map(|lower| lower.mtu);
        let above = lower.is_some_and(|lower| mtu > lower);
        match link.kind.name {
            "macvlan" | "macvtap" if above => return Err(Errno::EINVAL.into()),
            "vlan" if above => return Err(Errno::ERANGE.into()),
            "vxlan" => self.check_vxlan_mtu(at, mtu)?,
            _ => {}
        }
        self.with(at, |link| link.mtu_set = true)?;
        self.apply_mtu(at, mtu);
        Ok(())
    }

    /// A new MTU and what follows from it.
    pub(crate) fn apply_mtu(&mut self, at: LinkAt, mtu: u32) {
        let Some(link) = self.link_at_mut(at) else { return };
        link.mtu = mtu;
        for upper in self.uppers(at) {
            if self.link_at(upper).is_some_and(|link| link.mtu > mtu) {
                self.apply_mtu(upper, mtu);
            }
        }
        self.link_changed(at, 0);
        if let Some(master) = self.link_at(at).and_then(|link| link.master) {
            self.bridge_mtu(LinkAt { netns: at.netns, index: master });
        }
        // `inetdev_event`: IPv4 comes back without the addresses that it had.
        let inet4 = self.link_at(at).is_some_and(|link| link.inet4);
        if mtu < IPV4_MIN_MTU && inet4 {
            self.inet_destroy(at);
        }
        if mtu >= IPV4_MIN_MTU && !inet4 {
            let _ = self.with(at, |link| link.inet4 = true);
        }
        if mtu < IPV6_MIN_MTU && self.link_at(at).is_some_and(|link| link.inet6) {
            self.inet6_link_down(at);
            // Loopback keeps its `inet6_dev`, and has an address again only when it goes up.
            let _ = self.with(at, |link| link.inet6 = link.flags.contains(IFF_LOOPBACK));
        }
        if mtu >= IPV6_MIN_MTU && self.link_at(at).is_some_and(|link| !link.inet6) {
            let _ = self.with(at, |link| link.inet6 = true);
            self.inet6_link_up(at);
        }
    }

    /// `dev_change_name`. Links that are up can be renamed, too, since Linux 6.2.
    fn rename(&mut self, at: LinkAt, name: &str) -> Outcome {
        let old = self.link_at(at).ok_or(Errno::ENODEV)?.name.clone();
        if old == name {
            return Ok(());
        }
        if !is_valid_name(name) {
            return Err(Errno::EINVAL.into());
        }
        let name = self.free_name(at.netns, name)?;
        let ns = self.ns_mut(at.netns);
        if ns.names.contains_key(&name) {
            return Err(Errno::EEXIST.into());
        }
        ns.names.remove(&old);
        ns.names.insert(name.clone(), at.index);
        next_generation(&mut ns.link_generation);
        self.with(at, |link| link.name.clone_from(&name))?;
        self.rules_link_unnamed(at.netns, &old);
        self.rules_link_named(at.netns, &name);
        self.link_changed(at, 0);
        self.inet_link_renamed(at);
        Ok(())
    }

    /// `set_operstate`: only between up, dormant and unknown, and only as the link allows.
    fn set_operstate(&mut self, at: LinkAt, wanted: OperState) {
        let Some(link) = self.link_at_mut(at) else { return };
        let old = link.operstate;
        let new = match (wanted, old) {
            (IF_OPER_UP, IF_OPER_DORMANT | IF_OPER_TESTING | IF_OPER_UNKNOWN) => IF_OPER_UP,
            (IF_OPER_DORMANT, IF_OPER_UP | IF_OPER_UNKNOWN) => IF_OPER_DORMANT,
            _ => old,
        };
        if new != old {
            link.operstate = new;
            self.state_changed(at);
        }
    }

    fn set_inet6(&mut self, at: LinkAt, payload: &[u8]) -> Outcome {
        let Some(spec) = Inet6Spec::new(payload) else { return Ok(()) };
        let (mode, token) = (spec.addr_gen_mode(), spec.token());
        self.with(at, |link| {
            link.addr_gen_mode = mode.unwrap_or(link.addr_gen_mode);
            link.token = token.unwrap_or(link.token);
        })
    }

    fn set_proto_down(&mut self, at: LinkAt, down: Option<u8>) -> Outcome {
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        if !matches!(link.kind.name, "macvlan" | "vxlan") {
            return refuse(Errno::EOPNOTSUPP, "Protodown not supported by device");
        }
        let Some(down) = down.map(|value| value != 0) else { return Ok(()) };
        self.with(at, |link| link.proto_down = down)?;
        self.set_carrier(at, !down);
        Ok(())
    }

    /// Changes every member of a group (`rtnl_group_changelink`).
    pub(crate) fn change_group(
        &mut self,
        request: &Request<'_>,
        group: u32,
        header: IfInfoMsg,
        attrs: &Parsed<'_>,
    ) -> Outcome {
        let netns = request.netns;
        let members: Vec<u32> =
            self.ns(netns).links.values().filter(|link| link.group == group).map(|link| link.index).collect();
        for index in members {
            self.change_link(request, LinkAt { netns, index }, header, attrs, None)?;
        }
        Ok(())
    }

    /// `RTM_NEWLINKPROP` and `RTM_DELLINKPROP`: alternative names.
    pub(crate) fn change_properties(&mut self, request: &Request<'_>, add: bool) -> Outcome {
        let (header, attrs) = request.parse::<Set<'static>>()?;
        if header.ifi_index == 0 && name_of(&attrs).is_none() {
            return Err(Errno::EINVAL.into());
        }
        let Some(index) = self.find_link(request.netns, header, &attrs)? else {
            return Err(Errno::ENODEV.into());
        };
        let Some(list) = attrs.get(IFLA_PROP_LIST).and_then(|attr| PropList::new(attr.payload())) else {
            return Ok(());
        };
        let mut changed = false;
        let mut outcome = Ok(());
        for name in list.alt_ifnames() {
            outcome = self.change_altname(request.netns, index, name, add);
            if outcome.is_err() {
                break;
            }
            changed = true;
        }
        if changed {
            self.state_changed(LinkAt { netns: request.netns, index });
        }
        outcome
    }

    fn change_altname(&mut self, netns: NetnsId, index: u32, name: &str, add: bool) -> Outcome {
        let ns = self.ns_mut(netns);
        if add {
            if name.is_empty() {
                return Err(Errno::EINVAL.into());
            }
            if ns.names.contains_key(name) {
                return Err(Errno::EEXIST.into());
            }
            ns.names.insert(name.to_owned(), index);
            let link = ns.link_mut(index).ok_or(Errno::ENODEV)?;
            link.altnames.push(name.to_owned());
            return Ok(());
        }
        let link = ns.link_mut(index).ok_or(Errno::ENODEV)?;
        let at = link.altnames.iter().position(|altname| altname == name).ok_or(Errno::ENOENT)?;
        link.altnames.remove(at);
        ns.names.remove(name);
        Ok(())
    }

    /// `RTM_GETLINK` of one link.
    pub(crate) fn get_link(&mut self, request: &Request<'_>) -> Outcome {
        if request.options.strict {
            check_get_strictly(request)?;
        }
        let (header, attrs) = request.parse::<Set<'static>>()?;
        if header.ifi_index <= 0 && name_of(&attrs).is_none() {
            return Err(Errno::EINVAL.into());
        }
        let mut netns = request.netns;
        if let Some(target) = self.target_netns(netns, &attrs)? {
            netns = target;
        }
        let Some(index) = self.find_link(netns, header, &attrs)? else { return Err(Errno::ENODEV.into()) };
        let filter = attrs.get(IFLA_EXT_MASK).and_then(|a| bytes::u32_ne(a.payload())).map(ExtFilter);
        let what = super::LinkMessage { filter: filter.unwrap_or_default(), ..Default::default() };
        self.reply(request, RTM_NEWLINK, 0, |world, w| {
            let ns = world.ns(netns);
            if let Some(link) = ns.link(index) {
                link.put(w, ns, what);
            }
        });
        Ok(())
    }
}

/// `inet6_validate_link_af`.
fn check_inet6(payload: &[u8]) -> Outcome {
    let Some(spec) = Inet6Spec::new(payload) else { return Err(Errno::EINVAL.into()) };
    match (spec.addr_gen_mode(), spec.token()) {
        (None, Some(_)) => Ok(()),
        // There are no secrets to make a stable address of (`check_stable_privacy`).
        (None, None) | (Some(IN6_ADDR_GEN_MODE_STABLE_PRIVACY), _) => Err(Errno::EINVAL.into()),
        (Some(AddrGenMode(0..=3)), _) => Ok(()),
        (Some(_), _) => Err(Errno::EINVAL.into()),
    }
}

/// `rtnl_valid_getlink_req`.
fn check_get_strictly(request: &Request<'_>) -> Outcome {
    let payload = request.message.payload();
    let Some((header, attrs)) = Set::SCHEMA.split(payload) else {
        return refuse(Errno::EINVAL, "Invalid header for get link");
    };
    let zero = |range: std::ops::Range<usize>| header.get(range).is_some_and(|b| b.iter().all(|b| *b == 0));
    if !zero(1..4) || !zero(8..16) {
        return refuse(Errno::EINVAL, "Invalid values in header for get link request");
    }
    let known = [IFLA_IFNAME, IFLA_ALT_IFNAME, IFLA_EXT_MASK, IFLA_IF_NETNSID];
    if attrs.into_iter().any(|attr| !known.contains(&attr.kind())) {
        return refuse(Errno::EINVAL, "Unsupported attribute in get link request");
    }
    Ok(())
}
