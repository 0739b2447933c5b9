//! Making links ports of others and setting them free (`do_set_master`).

use super::data::{Data, Value};
use super::{Link, LinkAt};
use crate::refusal::{Outcome, refuse};
use crate::world::World;
use netplumb_core::Errno;
use netplumb_core::family::link::info::vrf::{IFLA_VRF_PORT_TABLE, IFLA_VRF_TABLE};
use netplumb_core::family::link::{
    IFF_LOOPBACK, IFF_PROMISC, IFF_SLAVE, IFLA_EVENT_FEATURES, RTM_DELLINK, RTM_NEWLINK,
};

/// `IFLA_INFO_SLAVE_DATA` of a new port of a bond.
const BOND_PORT: &[(u16, Value)] = &[
    (1, Value::U8(0)),
    (2, Value::U8(0)),
    (3, Value::U32(0)),
    (4, Value::Bytes(&[0; 6])),
    (5, Value::U16(0)),
    (9, Value::U32(0)),
];

impl World {
    /// Makes a link a port of `master`, or of none (0).
    pub(crate) fn set_master(&mut self, at: LinkAt, master: u32) -> Outcome {
        let Some(link) = self.link_at(at) else { return Err(Errno::ENODEV.into()) };
        if let Some(old) = link.master {
            if old == master {
                return Ok(());
            }
            self.release(at, false);
        }
        if master == 0 {
            return Ok(());
        }
        let bridge = LinkAt { netns: at.netns, index: master };
        let Some(to) = self.link_at(bridge) else { return Err(Errno::EINVAL.into()) };
        match to.kind.name {
            "bridge" => self.enslave_to_bridge(at, bridge),
            "bond" => self.enslave_to_bond(at, bridge),
            "vrf" => self.enslave_to_vrf(at, bridge),
            _ => Err(Errno::EOPNOTSUPP.into()),
        }
    }

    /// Whether somebody takes over what a link receives (`netdev_is_rx_handler_busy`): a bridge, a bond or macvlans.
    pub(crate) fn is_rx_handled(&self, at: LinkAt) -> bool {
        let master = self.link_at(at).and_then(|link| self.ns(at.netns).link(link.master?));
        master.is_some_and(|master| matches!(master.kind.name, "bridge" | "bond"))
            || self
                .uppers(at)
                .into_iter()
                .any(|upper| self.link_at(upper).is_some_and(|upper| upper.kind.name.starts_with("macv")))
    }

    /// `br_add_if`.
    fn enslave_to_bridge(&mut self, at: LinkAt, bridge: LinkAt) -> Outcome {
        let Some(link) = self.link_at(at) else { return Err(Errno::ENODEV.into()) };
        if link.flags.contains(IFF_LOOPBACK) || link.address.len() != 6 {
            return Err(Errno::EINVAL.into());
        }
        if link.is_kind("bridge") {
            return refuse(Errno::ELOOP, "Can not enslave a bridge to a bridge");
        }
        if link.is_kind("macvlan") && self.uppers(at).contains(&bridge) {
            return Err(Errno::ELOOP.into());
        }
        self.check_nesting(at, Some(bridge))?;
        let port = self.new_bridge_port(bridge, at)?;
        if self.is_rx_handled(at) {
            return Err(Errno::EBUSY.into());
        }
        if let Some(link) = self.link_at_mut(at) {
            link.master = Some(bridge.index);
            link.port = port;
            link.allmulti = link.allmulti.saturating_add(1);
        }
        self.link_changed(at, 0);
        if let Some(link) = self.link_at_mut(at) {
            link.promiscuity = link.promiscuity.saturating_add(1);
        }
        self.link_changed(at, IFF_PROMISC.0);
        // Features of a bridge are those that all its ports have.
        self.link_event(bridge, IFLA_EVENT_FEATURES);
        self.fdb_port_added(at.netns, bridge.index, at.index);
        let moved = self.bridge_address(bridge);
        self.port_changed(at);
        self.announce_port(at, RTM_NEWLINK);
        if moved {
            self.link_changed(bridge, 0);
        }
        self.bridge_mtu(bridge);
        self.bridge_sizes(bridge);
        Ok(())
    }

    /// `bond_enslave`: the first port lends the bond its address, all others take it over.
    fn enslave_to_bond(&mut self, at: LinkAt, bond: LinkAt) -> Outcome {
        let (Some(link), Some(to)) = (self.link_at(at), self.link_at(bond)) else {
            return Err(Errno::ENODEV.into());
        };
        if at == bond {
            return refuse(Errno::EPERM, "Cannot enslave bond to itself.");
        }
        if link.is_up() {
            return refuse(Errno::EPERM, "Device can not be enslaved while up");
        }
        if link.kind.arphrd != to.kind.arphrd || link.flags.contains(IFF_LOOPBACK) {
            return refuse(Errno::EINVAL, "Device type is different from other slaves");
        }
        self.check_nesting(at, Some(bond))?;
        let first = self.ports(bond).is_empty() && !to.address_set;
        let address = if first { link.address.clone() } else { to.address.clone() };
        let mut port = Data::of(BOND_PORT);
        port.set(4, &link.address);
        let mtu = to.mtu;
        if let Some(to) = self.link_at_mut(bond) {
            to.address.clone_from(&address);
        }
        if let Some(link) = self.link_at_mut(at) {
            link.master = Some(bond.index);
            link.port = port;
            link.address = address;
            link.mtu = mtu;
            link.flags |= IFF_SLAVE;
        }
        self.link_changed(at, 0);
        // A bond opens its ports.
        self.bring(at, true)?;
        self.bond_carrier(bond);
        self.link_event(bond, IFLA_EVENT_FEATURES);
        Ok(())
    }

    /// `vrf_add_slave`: the link's routes move to the VRF's table, so it goes down and up again.
    fn enslave_to_vrf(&mut self, at: LinkAt, vrf: LinkAt) -> Outcome {
        let (Some(link), Some(to)) = (self.link_at(at), self.link_at(vrf)) else {
            return Err(Errno::ENODEV.into());
        };
        if link.flags.contains(IFF_LOOPBACK) {
            return refuse(Errno::EOPNOTSUPP, "Can not enslave loopback device to a VRF");
        }
        if link.is_kind("vrf") {
            return refuse(Errno::EINVAL, "Can not enslave an L3 master device to a VRF");
        }
        self.check_nesting(at, Some(vrf))?;
        let mut port = Data::default();
        port.set(IFLA_VRF_PORT_TABLE, &to.data.u32(IFLA_VRF_TABLE).to_ne_bytes());
        let was_up = link.is_up();
        if let Some(link) = self.link_at_mut(at) {
            link.master = Some(vrf.index);
            link.port = port;
        }
        self.link_changed(at, 0);
        self.cycle(at, was_up)
    }

    /// Takes a link down and up again, where it was up (`cycle_netdev`).
    fn cycle(&mut self, at: LinkAt, was_up: bool) -> Outcome {
        if was_up {
            self.bring(at, false)?;
            self.bring(at, true)?;
        }
        Ok(())
    }

    /// Sets a port free (`ndo_del_slave`). One that is being deleted does not tell of itself any more.
    pub(crate) fn release(&mut self, at: LinkAt, dying: bool) {
        let Some(link) = self.link_at(at) else { return };
        let Some(index) = link.master else { return };
        let master = LinkAt { netns: at.netns, index };
        match self.link_at(master).map(|link| link.kind.name) {
            Some("bridge") => self.release_from_bridge(at, master, dying),
            Some("bond") => self.release_from_bond(at, master),
            _ => {
                let was_up = !dying && self.link_at(at).is_some_and(Link::is_up);
                self.forget_master(at);
                if !dying {
                    self.link_changed(at, 0);
                }
                let _ = self.cycle(at, was_up);
            }
        }
    }

    /// `br_del_if`.
    fn release_from_bridge(&mut self, at: LinkAt, bridge: LinkAt, dying: bool) {
        if let Some(link) = self.link_at_mut(at) {
            link.promiscuity = link.promiscuity.saturating_sub(1);
        }
        if !dying {
            self.link_changed(at, IFF_PROMISC.0);
        }
        self.disable_released(at);
        self.announce_port(at, RTM_NEWLINK);
        self.announce_port(at, RTM_DELLINK);
        self.fdb_port_removed(at.netns, bridge.index, at.index);
        self.forget_master(at);
        self.forget_backup(bridge, at.index);
        if let Some(link) = self.link_at_mut(at) {
            link.allmulti = link.allmulti.saturating_sub(1);
        }
        if !dying {
            self.link_changed(at, 0);
        }
        self.select_port_states(bridge);
        self.bridge_mtu(bridge);
        self.bridge_sizes(bridge);
        if self.bridge_address(bridge) {
            self.link_changed(bridge, 0);
        }
        self.link_event(bridge, IFLA_EVENT_FEATURES);
    }

    fn release_from_bond(&mut self, at: LinkAt, bond: LinkAt) {
        let own = self.link_at(at).and_then(|link| link.port.get(4).map(<[u8]>::to_vec));
        let _ = self.bring(at, false);
        self.forget_master(at);
        if let Some(link) = self.link_at_mut(at) {
            link.flags = link.flags.without(IFF_SLAVE);
            // Its own address comes back.
            if let Some(own) = own {
                link.address = own;
            }
        }
        self.link_changed(at, 0);
        self.bond_carrier(bond);
    }

    fn forget_master(&mut self, at: LinkAt) {
        if let Some(link) = self.link_at_mut(at) {
            link.master = None;
            link.port = Data::default();
        }
    }

    fn disable_released(&mut self, at: LinkAt) {
        if let Some(link) = self.link_at_mut(at) {
            link.port.set(netplumb_core::family::link::info::bridge_port::IFLA_BRPORT_STATE, &[0]);
        }
    }
}
