//! Kinds of links: what a new one of each is like. Recorded from Linux 6.18 (vlan, bond, dummy, vrf from 6.12).

use super::data::Value::{self, Be16, Bytes, U8, U16, U32, U64};
use netplumb_core::family::link::info::bond::Bond;
use netplumb_core::family::link::info::bridge::Bridge;
use netplumb_core::family::link::info::bridge_port::BridgePort;
use netplumb_core::family::link::info::macvlan::Macvlan;
use netplumb_core::family::link::info::veth::Veth;
use netplumb_core::family::link::info::vlan::Vlan;
use netplumb_core::family::link::info::vrf::Vrf;
use netplumb_core::family::link::info::vxlan::Vxlan;
use netplumb_core::family::link::{
    ARPHRD_ETHER, ARPHRD_LOOPBACK, ArpHrd, IFF_BROADCAST, IFF_LOOPBACK, IFF_MASTER, IFF_MULTICAST, IFF_NOARP,
    IfFlags,
};
use netplumb_core::schema::Schema;

/// A kind of link.
#[derive(Debug)]
pub(crate) struct Kind {
    /// `IFLA_INFO_KIND`; empty for loopback.
    pub(crate) name: &'static str,
    pub(crate) arphrd: ArpHrd,
    pub(crate) flags: IfFlags,
    pub(crate) mtu: u32,
    pub(crate) min_mtu: u32,
    pub(crate) max_mtu: u32,
    pub(crate) txqlen: u32,
    /// Transmit and receive queues.
    pub(crate) queues: u32,
    pub(crate) tso_max_size: u32,
    pub(crate) headroom: u16,
    /// Whether the carrier is there from the beginning.
    pub(crate) carrier: bool,
    /// What its transmit queue is like once it was up.
    pub(crate) qdisc: &'static str,
    /// Bound to its namespace.
    pub(crate) immutable: bool,
    /// Whether its link-layer address can be changed (`ndo_set_mac_address`).
    pub(crate) set_address: bool,
    /// `IFLA_INFO_DATA` of a new one.
    pub(crate) data: &'static [(u16, Value)],
    /// The table of `IFLA_INFO_DATA`.
    pub(crate) schema: Option<fn() -> &'static Schema>,
    /// Whether `IFLA_INFO_DATA` of an existing one can be changed.
    pub(crate) changes: bool,
}

const fn flags(list: &[IfFlags]) -> IfFlags {
    let mut bits = 0;
    let mut at = 0;
    while at < list.len() {
        bits |= list[at].0;
        at += 1;
    }
    IfFlags(bits)
}

/// The largest segment that a device can be told to cut (`GSO_MAX_SIZE`), in bytes.
pub(crate) const TSO_MAX_SIZE: u32 = 524_280;

/// An Ethernet device like most (`ether_setup`).
const ETHER: Kind = Kind {
    name: "",
    arphrd: ARPHRD_ETHER,
    flags: flags(&[IFF_BROADCAST, IFF_MULTICAST]),
    mtu: 1500,
    min_mtu: 68,
    max_mtu: 65_535,
    txqlen: 1000,
    queues: 1,
    tso_max_size: TSO_MAX_SIZE,
    headroom: 0,
    carrier: true,
    qdisc: "noqueue",
    immutable: false,
    set_address: true,
    data: &[],
    schema: None,
    changes: false,
};

pub(crate) static LOOPBACK: Kind = Kind {
    arphrd: ARPHRD_LOOPBACK,
    flags: flags(&[IFF_LOOPBACK]),
    mtu: 65_536,
    min_mtu: 0,
    max_mtu: 0,
    immutable: true,
    ..ETHER
};

static DUMMY: Kind = Kind {
    name: "dummy",
    flags: flags(&[IFF_BROADCAST, IFF_NOARP]),
    min_mtu: 0,
    max_mtu: 0,
    tso_max_size: 65_536,
    ..ETHER
};

static IFB: Kind = Kind {
    name: "ifb",
    flags: flags(&[IFF_BROADCAST, IFF_NOARP]),
    min_mtu: 0,
    max_mtu: 0,
    txqlen: 32,
    qdisc: "pfifo_fast",
    set_address: false,
    ..ETHER
};

static VETH: Kind = Kind { name: "veth", carrier: false, schema: Some(|| Veth::SCHEMA), ..ETHER };

static BRIDGE: Kind = Kind {
    name: "bridge",
    tso_max_size: 65_536,
    immutable: true,
    data: &[
        (16, U64(0)),
        (17, U64(0)),
        (18, U64(0)),
        (19, U64(0)),
        (1, U32(1500)),
        (2, U32(200)),
        (3, U32(2000)),
        (4, U32(30_000)),
        (5, U32(0)),
        (6, U16(0x8000)),
        (7, U8(0)),
        (9, U16(0)),
        (11, Bytes(&[0x80, 0, 0, 0, 0, 0, 0, 0])),
        (10, Bytes(&[0x80, 0, 0, 0, 0, 0, 0, 0])),
        (12, U16(0)),
        (13, U32(0)),
        (14, U8(0)),
        (15, U8(0)),
        (20, Bytes(&[0x01, 0x80, 0xc2, 0, 0, 0])),
        // struct br_boolopt_multi: values and the options that this kernel has.
        (46, Bytes(&[0, 0, 0, 0, 0x1f, 0, 0, 0])),
        (48, U32(0)),
        (49, U32(0)),
        (22, U8(1)),
        (23, U8(1)),
        (24, U8(0)),
        (25, U8(0)),
        (42, U8(0)),
        (26, U32(16)),
        (27, U32(4096)),
        (28, U32(2)),
        (29, U32(2)),
        (43, U8(2)),
        (44, U8(1)),
        (30, U64(100)),
        (31, U64(26_000)),
        (32, U64(25_500)),
        (33, U64(12_500)),
        (34, U64(1_000)),
        (35, U64(3_124)),
        (36, U8(0)),
        (37, U8(0)),
        (38, U8(0)),
    ],
    schema: Some(|| Bridge::SCHEMA),
    changes: true,
    ..ETHER
};

/// `IFLA_INFO_SLAVE_DATA` of a new port of a bridge (`br_port_fill_attrs`). What depends on the bridge is filled in when the
/// port is made.
pub(crate) static BRIDGE_PORT: &[(u16, Value)] = &[
    (1, U8(0)),
    (2, U16(32)),
    (3, U32(2)),
    (4, U8(0)),
    (5, U8(0)),
    (6, U8(0)),
    (7, U8(0)),
    (28, U8(0)),
    (8, U8(1)),
    (9, U8(1)),
    (27, U8(1)),
    (30, U8(1)),
    (10, U8(0)),
    (12, U8(0)),
    (13, Bytes(&[0; 8])),
    (14, Bytes(&[0; 8])),
    (15, U16(0x8001)),
    (16, U16(0)),
    (17, U16(0x8001)),
    (18, U16(1)),
    (19, U8(0)),
    (20, U8(0)),
    (29, U8(0)),
    (31, U16(0)),
    (32, U8(0)),
    (35, U8(0)),
    (36, U8(0)),
    (33, U8(0)),
    (39, U8(0)),
    (40, U8(0)),
    (43, U8(0)),
    (21, U64(0)),
    (22, U64(0)),
    (23, U64(0)),
    (25, U8(1)),
    (37, U32(512)),
    (38, U32(0)),
    (41, U32(0)),
    (42, U32(0)),
];

/// The table of a bridge port's data.
pub(crate) fn bridge_port_schema() -> &'static Schema {
    BridgePort::SCHEMA
}

static VXLAN: Kind = Kind {
    name: "vxlan",
    tso_max_size: 65_536,
    headroom: 64,
    data: &[
        (1, U32(0)),
        (5, U8(0)),
        (28, U8(0)),
        (6, U8(0)),
        (29, U8(0)),
        (26, U32(0)),
        (32, U32(0)),
        (7, U8(1)),
        (11, U8(0)),
        (12, U8(0)),
        (13, U8(0)),
        (14, U8(0)),
        (25, U8(0)),
        (8, U32(300)),
        (9, U32(0)),
        // The port that Linux had before IANA assigned one.
        (15, Be16(8472)),
        (18, U8(1)),
        (19, U8(0)),
        (20, U8(0)),
        (21, U8(0)),
        (22, U8(0)),
        (31, U8(1)),
        (10, U32(0)),
        (33, Bytes(&[0xf7, 0xff, 0xff, 0xff, 0, 0, 0, 0xff])),
    ],
    schema: Some(|| Vxlan::SCHEMA),
    changes: true,
    ..ETHER
};

static MACVLAN: Kind = Kind { name: "macvlan", ..macvlan() };

static MACVTAP: Kind = Kind { name: "macvtap", txqlen: 500, qdisc: "pfifo_fast", ..macvlan() };

const fn macvlan() -> Kind {
    Kind {
        carrier: false,
        data: &[(1, U32(2)), (2, U16(0)), (6, U32(0)), (7, U32(1000)), (8, U32(1000))],
        schema: Some(|| Macvlan::SCHEMA),
        changes: true,
        ..ETHER
    }
}

static VLAN: Kind = Kind {
    name: "vlan",
    min_mtu: 0,
    tso_max_size: 65_536,
    data: &[(5, Be16(0x8100)), (1, U16(0)), (2, Bytes(&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]))],
    schema: Some(|| Vlan::SCHEMA),
    changes: true,
    ..ETHER
};

static BOND: Kind = Kind {
    name: "bond",
    flags: flags(&[IFF_BROADCAST, IFF_MULTICAST, IFF_MASTER]),
    carrier: false,
    queues: 16,
    tso_max_size: 65_536,
    immutable: true,
    data: &[
        (1, U8(0)),
        (3, U32(0)),
        (4, U32(0)),
        (5, U32(0)),
        (28, U32(0)),
        (6, U8(1)),
        (7, U32(0)),
        (9, U32(0)),
        (10, U32(0)),
        (12, U8(0)),
        (13, U8(0)),
        (14, U8(0)),
        (15, U32(1)),
        (16, U8(1)),
        (17, U8(0)),
        (18, U32(0)),
        (19, U32(1)),
        (20, U32(1)),
        (29, U8(1)),
        (21, U8(0)),
        (22, U8(0)),
        (27, U8(1)),
        (30, U8(2)),
        (32, U8(1)),
    ],
    schema: Some(|| Bond::SCHEMA),
    changes: true,
    ..ETHER
};

static VRF: Kind = Kind {
    name: "vrf",
    flags: flags(&[IFF_MASTER, IFF_NOARP]),
    mtu: 65_575,
    min_mtu: 1280,
    max_mtu: 65_575,
    tso_max_size: 65_536,
    immutable: true,
    data: &[(1, U32(0))],
    schema: Some(|| Vrf::SCHEMA),
    ..ETHER
};

static KINDS: &[&Kind] = &[&BOND, &BRIDGE, &DUMMY, &IFB, &MACVLAN, &MACVTAP, &VETH, &VLAN, &VRF, &VXLAN];

/// The kind of this name that links can be made of.
pub(crate) fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}
