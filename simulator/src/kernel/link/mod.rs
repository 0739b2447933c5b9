//! Network interfaces (`net/core/rtnetlink.c`, `net/core/dev.c`).

mod announce;
mod bridge;
mod carrier;
mod change;
mod data;
pub(crate) mod dump;
mod kind;
mod master;
mod nest;
mod new;
mod put;
mod remove;
mod settings;
mod vxlan;

pub(crate) use data::Data;
pub(crate) use kind::{Kind, LOOPBACK, kind_named};
pub(crate) use nest::{MAX_NEST, Way};
pub(crate) use put::LinkMessage;

use crate::kernel::addr::{Addr4, Addr6};
use crate::kernel::netns::Conf6;
use crate::world::NetnsId;
use netplumb_core::family::link::af_spec::AddrGenMode;
use netplumb_core::family::link::{IFF_UP, IfFlags, LinkMode, OperState};
use std::net::Ipv6Addr;

/// Smallest MTU with which IPv4 works (`IPV4_MIN_MTU`), in bytes.
pub(crate) const IPV4_MIN_MTU: u32 = 68;

/// Smallest MTU with which IPv6 works (`IPV6_MIN_MTU`), in bytes.
pub(crate) const IPV6_MIN_MTU: u32 = 1280;

/// A link in some namespace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct LinkAt {
    pub(crate) netns: NetnsId,
    pub(crate) index: u32,
}

/// A network interface.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// Further names, in the order in which they were given.
    pub(crate) altnames: Vec<String>,
    pub(crate) kind: &'static Kind,
    /// What `dev->flags` has: not the flags that the operational state makes.
    pub(crate) flags: IfFlags,
    /// Administratively up, and the driver has opened it.
    pub(crate) carrier: bool,
    pub(crate) operstate: OperState,
    pub(crate) linkmode: LinkMode,
    pub(crate) dormant: bool,
    pub(crate) proto_down: bool,
    pub(crate) mtu: u32,
    pub(crate) min_mtu: u32,
    pub(crate) max_mtu: u32,
    pub(crate) address: Vec<u8>,
    pub(crate) broadcast: Vec<u8>,
    /// Whether the address was given, not drawn by chance or taken from a port.
    pub(crate) address_set: bool,
    /// Whether a bridge's MTU was given (`BROPT_MTU_SET_BY_USER`).
    pub(crate) mtu_set: bool,
    pub(crate) txqlen: u32,
    pub(crate) tx_queues: u32,
    pub(crate) rx_queues: u32,
    pub(crate) group: u32,
    pub(crate) alias: String,
    /// How many want promiscuous mode, and whether the user is one of them.
    pub(crate) promiscuity: u32,
    pub(crate) allmulti: u32,
    /// A link on top has an address of its own that the device cannot filter for (`uc_promisc`).
    pub(crate) foreign_unicast: bool,
    pub(crate) tso_max_size: u32,
    pub(crate) gso_max_segs: u32,
    pub(crate) gso_max_size: u32,
    pub(crate) gro_max_size: u32,
    pub(crate) gso_ipv4_max_size: u32,
    pub(crate) gro_ipv4_max_size: u32,
    pub(crate) carrier_ups: u32,
    pub(crate) carrier_downs: u32,
    /// The qdisc has been attached: from the first time that the link goes up on.
    pub(crate) activated: bool,
    /// The bridge, bond or VRF that it is a port of; in the same namespace.
    pub(crate) master: Option<u32>,
    /// What it stands on, or its other end.
    pub(crate) lower: Option<LinkAt>,
    /// `IFLA_INFO_DATA`.
    pub(crate) data: Data,
    /// `IFLA_INFO_SLAVE_DATA`.
    pub(crate) port: Data,
    /// IPv4 works on it (`in_device` exists).
    pub(crate) inet4: bool,
    /// IPv6 works on it (`inet6_dev` exists).
    pub(crate) inet6: bool,
    /// IPv6 has begun on it since it went up (`IF_READY`).
    pub(crate) inet6_ready: bool,
    pub(crate) conf6: Conf6,
    pub(crate) addr_gen_mode: AddrGenMode,
    pub(crate) token: Ipv6Addr,
    pub(crate) addr4: Vec<Addr4>,
    pub(crate) addr6: Vec<Addr6>,
}

impl Link {
    pub(crate) fn is_up(&self) -> bool {
        self.flags.contains(IFF_UP)
    }

    /// Operationally up (`netif_oper_up`): up, or in a state that nobody reports.
    pub(crate) fn is_oper_up(&self) -> bool {
        use netplumb_core::family::link::{IF_OPER_UNKNOWN, IF_OPER_UP};
        self.operstate == IF_OPER_UP || self.operstate == IF_OPER_UNKNOWN
    }

    pub(crate) fn is_kind(&self, name: &str) -> bool {
        self.kind.name == name
    }
}
