//! Bridges and their ports, bonds and theirs (`net/bridge`, `drivers/net/bonding`).

use super::data::Data;
use super::kind::BRIDGE_PORT;
use super::{Link, LinkAt};
use crate::kernel::netns::Netns;
use crate::policy::Parsed;
use crate::refusal::Outcome;
use crate::world::World;
use netplumb_core::family::link::RTM_NEWLINK;
use netplumb_core::family::link::info::bridge::{
    IFLA_BR_BRIDGE_ID, IFLA_BR_FORWARD_DELAY, IFLA_BR_PRIORITY, IFLA_BR_ROOT_ID, IFLA_BR_STP_STATE,
};
use netplumb_core::family::link::info::bridge_port::*;
use netplumb_core::family::link::info::vxlan::IFLA_VXLAN_LINK;
use netplumb_core::schema::{Kind as Shape, Mark};
use netplumb_core::{Errno, bytes};

/// A bridge's id: its priority in network byte order and an address. That is not the link's before a port or a request has
/// given it one: a new bridge draws an address, but its id has none.
fn bridge_id(bridge: &Link) -> Vec<u8> {
    let mut id = bridge.data.u16(IFLA_BR_PRIORITY).to_be_bytes().to_vec();
    id.extend(id_address(bridge));
    id
}

/// `bridge_id.addr`, which is kept in the last six bytes of `IFLA_BR_BRIDGE_ID`.
fn id_address(bridge: &Link) -> &[u8] {
    bridge.data.get(IFLA_BR_BRIDGE_ID).and_then(|id| id.get(2..8)).unwrap_or(&[0; 6])
}

impl Link {
    /// `IFLA_INFO_DATA` with what follows from the rest of the link.
    pub(crate) fn shown_data(&self, _ns: &Netns) -> Data {
        let mut data = self.data.clone();
        if self.is_kind("bridge") {
            let id = bridge_id(self);
            data.set(IFLA_BR_ROOT_ID, &id);
            data.set(IFLA_BR_BRIDGE_ID, &id);
        }
        data
    }

    /// `IFLA_INFO_SLAVE_DATA` with what follows from the master.
    pub(crate) fn shown_port(&self, _ns: &Netns, master: &Link) -> Data {
        let mut data = self.port.clone();
        if master.is_kind("bridge") {
            let id = bridge_id(master);
            data.set(IFLA_BRPORT_ROOT_ID, &id);
            data.set(IFLA_BRPORT_BRIDGE_ID, &id);
            let priority = self.port.u16(IFLA_BRPORT_PRIORITY);
            let port_id = (priority << 10 & 0xfc00) | (self.port.u16(IFLA_BRPORT_NO) & 0x3ff);
            data.set(IFLA_BRPORT_ID, &port_id.to_ne_bytes());
            // As the designated port: network byte order.
            data.set(IFLA_BRPORT_DESIGNATED_PORT, &port_id.to_ne_bytes());
        }
        data
    }

    fn port_state(&self) -> u8 {
        self.port.u8(IFLA_BRPORT_STATE)
    }
}

/// `BR_STATE_*`.
const DISABLED: u8 = 0;
const LISTENING: u8 = 1;
const FORWARDING: u8 = 3;
const BLOCKING: u8 = 4;

impl World {
    /// The data of a new port of a bridge.
    pub(crate) fn new_bridge_port(&self, bridge: LinkAt, at: LinkAt) -> Outcome<Data> {
        let ns = self.ns(bridge.netns);
        let taken: Vec<u16> = ns.ports_of(bridge.index).map(|port| port.port.u16(IFLA_BRPORT_NO)).collect();
        // Port numbers are free from 1 on.
        let number = (1..1024).find(|n| !taken.contains(n)).ok_or(Errno::EXFULL)?;
        let mut data = Data::of(BRIDGE_PORT);
        data.set(IFLA_BRPORT_NO, &number.to_ne_bytes());
        data.set(IFLA_BRPORT_COST, &self.port_cost(at).to_ne_bytes());
        Ok(data)
    }

    /// A port that could take part now does, or does not any more (`br_port_carrier_check`, `br_device_event`).
    pub(crate) fn port_changed(&mut self, at: LinkAt) {
        let Some(link) = self.link_at(at) else { return };
        let Some(master) = link.master else { return };
        let master = LinkAt { netns: at.netns, index: master };
        let Some(bridge) = self.link_at(master) else { return };
        if bridge.is_kind("bond") {
            return self.bond_carrier(master);
        }
        if !bridge.is_kind("bridge") {
            return;
        }
        let usable = link.is_up() && link.carrier && link.is_oper_up() && bridge.is_up();
        let enabled = link.port_state() != DISABLED;
        match (enabled, usable) {
            (false, true) => self.enable_port(master, at),
            (true, false) => self.disable_port(master, at),
            _ => {}
        }
    }

    /// `br_stp_enable_port`. Without the spanning tree protocol a port forwards at once.
    fn enable_port(&mut self, bridge: LinkAt, at: LinkAt) {
        let stp = self
            .link_at(bridge)
            .is_some_and(|b| b.data.u32(IFLA_BR_STP_STATE) != 0 && b.data.u32(IFLA_BR_FORWARD_DELAY) != 0);
        self.set_port_state(at, if stp { LISTENING } else { FORWARDING });
        // Once for the state and once for the port.
        self.announce_port(at, RTM_NEWLINK);
        self.announce_port(at, RTM_NEWLINK);
        self.select_port_states(bridge);
    }

    fn disable_port(&mut self, bridge: LinkAt, at: LinkAt) {
        self.set_port_state(at, DISABLED);
        self.announce_port(at, RTM_NEWLINK);
        self.select_port_states(bridge);
    }

    fn set_port_state(&mut self, at: LinkAt, state: u8) {
        if let Some(link) = self.link_at_mut(at) {
            link.port.set(IFLA_BRPORT_STATE, &[state]);
        }
    }

    /// `br_port_state_selection`: from the first time on that something makes Linux look, a bridge has a carrier while a port
    /// forwards. Before that a new one has a carrier without ports.
    pub(crate) fn select_port_states(&mut self, bridge: LinkAt) {
        let ns = self.ns(bridge.netns);
        let carrier = ns.ports_of(bridge.index).any(|port| port.port_state() == FORWARDING);
        self.set_carrier(bridge, carrier);
    }

    pub(crate) fn ports(&self, master: LinkAt) -> Vec<LinkAt> {
        let netns = master.netns;
        self.ns(netns).ports_of(master.index).map(|port| LinkAt { netns, index: port.index }).collect()
    }

    pub(crate) fn bridge_opened(&mut self, bridge: LinkAt) {
        for port in self.ports(bridge) {
            self.port_changed(port);
        }
    }

    pub(crate) fn bridge_closed(&mut self, bridge: LinkAt) {
        for port in self.ports(bridge) {
            if self.link_at(port).is_some_and(|link| link.port_state() != DISABLED) {
                self.disable_port(bridge, port);
            }
        }
    }

    /// Settings of a bridge changed that its ports depend on: the protocol was switched on or off (`br_stp_set_enabled`), or
    /// the priority was given (`br_stp_set_bridge_priority`).
    pub(crate) fn bridge_reconsidered(&mut self, bridge: LinkAt, had_stp: bool, priority: bool) {
        let stp = self.link_at(bridge).is_some_and(|b| b.data.u32(IFLA_BR_STP_STATE) != 0);
        if had_stp && !stp {
            for port in self.ports(bridge) {
                if self.link_at(port).is_some_and(|link| link.port_state() == LISTENING) {
                    self.set_port_state(port, FORWARDING);
                }
            }
        }
        if had_stp != stp || priority {
            self.select_port_states(bridge);
        }
    }

    /// The MTU of a bridge follows its smallest port until it is set by hand (`br_mtu_auto_adjust`).
    pub(crate) fn bridge_mtu(&mut self, bridge: LinkAt) {
        let Some(link) = self.link_at(bridge).filter(|b| b.is_kind("bridge") && !b.mtu_set) else { return };
        let old = link.mtu;
        let ns = self.ns(bridge.netns);
        let mtu = ns.ports_of(bridge.index).map(|port| port.mtu).min().unwrap_or(1500);
        if mtu != old {
            self.apply_mtu(bridge, mtu);
        }
    }

    /// The address of a bridge is the lowest of its ports' until it is set by hand
    /// (`br_stp_recalculate_bridge_id`); whether its id changed.
    pub(crate) fn bridge_address(&mut self, bridge: LinkAt) -> bool {
        let Some(link) = self.link_at(bridge).filter(|b| b.is_kind("bridge") && !b.address_set) else {
            return false;
        };
        let ns = self.ns(bridge.netns);
        let lowest = ns.ports_of(bridge.index).map(|port| port.address.clone()).min();
        // Without ports it is zero, as in `br_mac_zero`.
        let new = lowest.unwrap_or_else(|| vec![0; 6]);
        if id_address(link) == new {
            return false;
        }
        self.change_bridge_id(bridge, &new);
        true
    }

    /// `br_stp_change_bridge_id`.
    pub(crate) fn change_bridge_id(&mut self, bridge: LinkAt, address: &[u8]) {
        let Some(link) = self.link_at_mut(bridge) else { return };
        let old = std::mem::replace(&mut link.address, address.to_vec());
        link.data.set(IFLA_BR_BRIDGE_ID, &[&[0; 2], address].concat());
        if old != address {
            self.fdb_bridge_address(bridge.netns, bridge.index, &old);
        }
        self.select_port_states(bridge);
    }

    /// A bridge can cut segments as large as its ports can (`br_set_gso_limits`).
    pub(crate) fn bridge_sizes(&mut self, bridge: LinkAt) {
        let ports = self.ns(bridge.netns).ports_of(bridge.index);
        let size = ports.map(|port| port.tso_max_size).min().unwrap_or(super::kind::TSO_MAX_SIZE);
        let _ = self.with(bridge, |link| {
            link.tso_max_size = size;
            link.gso_max_size = link.gso_max_size.min(size);
            link.gso_ipv4_max_size = link.gso_ipv4_max_size.min(size);
        });
    }

    /// A bond has a carrier while a port has.
    pub(crate) fn bond_carrier(&mut self, bond: LinkAt) {
        let carrier = self.ns(bond.netns).ports_of(bond.index).any(|port| port.is_up() && port.carrier);
        self.set_carrier(bond, carrier);
    }

    /// Changes what a master knows about its port (`ops->slave_changelink`).
    pub(crate) fn change_port(&mut self, at: LinkAt, data: &Parsed<'_>) -> Outcome {
        let Some(link) = self.link_at(at) else { return Err(Errno::ENODEV.into()) };
        let master = link.master.and_then(|index| self.ns(at.netns).link(index));
        let Some(master) = master else { return Err(Errno::EOPNOTSUPP.into()) };
        if !master.is_kind("bridge") {
            return if master.is_kind("bond") { Ok(()) } else { Err(Errno::EOPNOTSUPP.into()) };
        }
        let bridge = LinkAt { netns: at.netns, index: master.index };
        self.set_port_flags(at, data)?;
        // `br_setport`: those before one that is refused are applied.
        for kind in PORT_SETTINGS {
            if let Some(attr) = data.get(kind) {
                self.set_port(bridge, at, kind, attr.payload())?;
            }
        }
        self.announce_port(at, RTM_NEWLINK);
        Ok(())
    }

    /// Flags of a port, and numbers that can be anything.
    fn set_port_flags(&mut self, at: LinkAt, data: &Parsed<'_>) -> Outcome {
        self.with(at, |link| {
            for kind in data.kinds().filter(|kind| !PORT_SETTINGS.contains(kind)) {
                let Some(row) = BridgePort::SCHEMA.attr(kind) else { continue };
                let Some(attr) = data.get(kind).filter(|_| !row.is(Mark::read_only)) else { continue };
                let Shape::Int(int) = &row.kind else { continue };
                match attr.payload().get(..usize::from(int.size)).unwrap_or(&[]) {
                    [flag] => link.port.set(kind, &[u8::from(*flag != 0)]),
                    value => link.port.set(kind, value),
                }
            }
        })
    }

    fn set_port(&mut self, bridge: LinkAt, at: LinkAt, kind: u16, value: &[u8]) -> Outcome {
        let byte = value.first().copied().unwrap_or(0);
        let word = bytes::u16_ne(value).unwrap_or(0);
        let number = bytes::u32_ne(value).unwrap_or(0);
        let set = |world: &mut Self, value: &[u8]| world.with(at, |link| link.port.set(kind, value));
        match kind {
            IFLA_BRPORT_COST if (1..=65_535).contains(&number) => set(self, &number.to_ne_bytes()),
            IFLA_BRPORT_PRIORITY if word <= 63 => set(self, &word.to_ne_bytes()),
            IFLA_BRPORT_COST | IFLA_BRPORT_PRIORITY => Err(Errno::ERANGE.into()),
            IFLA_BRPORT_STATE => self.ask_port_state(bridge, at, byte),
            IFLA_BRPORT_MULTICAST_ROUTER if byte <= 3 => set(self, &[byte]),
            // Pauses are never forwarded.
            IFLA_BRPORT_GROUP_FWD_MASK if word & 0x2 == 0 => set(self, &word.to_ne_bytes()),
            IFLA_BRPORT_BACKUP_PORT => self.set_backup(at, number),
            _ => Err(Errno::EINVAL.into()),
        }
    }

    /// A state that a request wants (`br_set_port_state`): the spanning tree protocol does not let itself be talked into it.
    fn ask_port_state(&mut self, bridge: LinkAt, at: LinkAt, state: u8) -> Outcome {
        if state > BLOCKING {
            return Err(Errno::EINVAL.into());
        }
        if self.link_at(bridge).is_some_and(|b| b.data.u32(IFLA_BR_STP_STATE) != 0) {
            return Err(Errno::EBUSY.into());
        }
        let link = self.link_at(at).ok_or(Errno::ENODEV)?;
        if !link.is_up() || (!link.is_oper_up() && state != DISABLED) {
            return Err(Errno::ENETDOWN.into());
        }
        // The designated port does not stay blocked (`br_make_forwarding`).
        self.set_port_state(at, if state == BLOCKING { FORWARDING } else { state });
        self.select_port_states(bridge);
        Ok(())
    }

    /// The port that takes over when this one loses its carrier (`nbp_backup_change`); 0 is none.
    fn set_backup(&mut self, at: LinkAt, backup: u32) -> Outcome {
        let ns = self.ns(at.netns);
        let master = ns.link(at.index).and_then(|link| link.master);
        if backup != 0 {
            let is_port = |link: &&Link| {
                link.master.and_then(|index| ns.link(index)).is_some_and(|m| m.is_kind("bridge"))
            };
            let port = ns.link(backup).filter(is_port).ok_or(Errno::ENOENT)?;
            if port.master != master || backup == at.index {
                return Err(Errno::EINVAL.into());
            }
        }
        self.with(at, |link| match backup {
            0 => link.port.remove(IFLA_BRPORT_BACKUP_PORT),
            _ => link.port.set(IFLA_BRPORT_BACKUP_PORT, &backup.to_ne_bytes()),
        })
    }

    /// A port that is one no more takes over for no other (`nbp_backup_clear`).
    pub(crate) fn forget_backup(&mut self, bridge: LinkAt, backup: u32) {
        for port in self.ports(bridge) {
            let _ = self.with(port, |link| {
                if link.port.u32(IFLA_BRPORT_BACKUP_PORT) == backup {
                    link.port.remove(IFLA_BRPORT_BACKUP_PORT);
                }
            });
        }
    }

    /// What a new port costs (`port_cost`): little if its speed is known, which is always that of a veth.
    fn port_cost(&self, at: LinkAt) -> u32 {
        let Some(link) = self.link_at(at) else { return SLOW };
        let below = match link.kind.name {
            "veth" => return FAST,
            "vlan" | "macvlan" | "macvtap" => link.lower,
            "vxlan" => Some(LinkAt { netns: at.netns, index: link.data.u32(IFLA_VXLAN_LINK) }),
            _ => None,
        };
        below.map_or(SLOW, |below| self.port_cost(below))
    }
}

/// Costs of a port of 10 Gbit/s and of one whose speed is unknown.
const FAST: u32 = 2;
const SLOW: u32 = 100;

/// Settings of a port that can be refused, in the kernel's order.
const PORT_SETTINGS: [u16; 6] = [
    IFLA_BRPORT_COST,
    IFLA_BRPORT_PRIORITY,
    IFLA_BRPORT_STATE,
    IFLA_BRPORT_MULTICAST_ROUTER,
    IFLA_BRPORT_GROUP_FWD_MASK,
    IFLA_BRPORT_BACKUP_PORT,
];
