//! Bonds, kind `bond` (`IFLA_BOND_*`).
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::info::bond::BOND_MODE_ACTIVEBACKUP;
//! let request = link::create("bo0").linkinfo(|info| {
//!     info.bond(|b| {
//!         b.mode(BOND_MODE_ACTIVEBACKUP).miimon(100);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_BOND_MODE: BOND_MODE_ACTIVEBACKUP"));
//! ```

use crate::schema::{Indexed, LinkAddr};
use crate::{attrs, open_enum};
use core::net::{Ipv4Addr, Ipv6Addr};

open_enum! {
    /// How a bond uses its ports (`BOND_MODE_*`, `linux/if_bonding.h`), with iproute2's words.
    BondMode: u8 {
        /// In turn.
        BOND_MODE_ROUNDROBIN = 0 => "balance-rr",
        /// One at a time.
        BOND_MODE_ACTIVEBACKUP = 1 => "active-backup",
        /// By a hash of the packet.
        BOND_MODE_XOR = 2 => "balance-xor",
        /// All at once.
        BOND_MODE_BROADCAST = 3 => "broadcast",
        /// IEEE 802.3ad (LACP).
        BOND_MODE_8023AD = 4 => "802.3ad",
        /// By load when sending.
        BOND_MODE_TLB = 5 => "balance-tlb",
        /// By load when sending and receiving.
        BOND_MODE_ALB = 6 => "balance-alb",
    }
}

open_enum! {
    /// Which ports' ARP replies are looked at (`BOND_ARP_VALIDATE_*` and filters of the kernel's `net/bonding.h`), with iproute2's words.
    BondArpValidate: u32 {
        /// None.
        BOND_ARP_VALIDATE_NONE = 0 => "none",
        /// The active one's.
        BOND_ARP_VALIDATE_ACTIVE = 1 => "active",
        /// The others'.
        BOND_ARP_VALIDATE_BACKUP = 2 => "backup",
        /// All.
        BOND_ARP_VALIDATE_ALL = 3 => "all",
        /// Only ARP counts as life.
        BOND_ARP_FILTER = 4 => "filter",
        /// Only ARP counts as life, and the active one's is looked at.
        BOND_ARP_FILTER_ACTIVE = 5 => "filter_active",
        /// Only ARP counts as life, and the others' is looked at.
        BOND_ARP_FILTER_BACKUP = 6 => "filter_backup",
    }
}

open_enum! {
    /// How many targets have to answer (`BOND_ARP_TARGETS_*` of the kernel's `net/bonding.h`), with iproute2's words.
    BondArpAllTargets: u32 {
        /// One.
        BOND_ARP_TARGETS_ANY = 0 => "any",
        /// All.
        BOND_ARP_TARGETS_ALL = 1 => "all",
    }
}

open_enum! {
    /// When the primary port takes over again (`BOND_PRI_RESELECT_*` of the kernel's `net/bonding.h`), with iproute2's words.
    BondPrimaryReselect: u8 {
        /// As soon as it is there.
        BOND_PRI_RESELECT_ALWAYS = 0 => "always",
        /// When it is faster.
        BOND_PRI_RESELECT_BETTER = 1 => "better",
        /// When the active one fails.
        BOND_PRI_RESELECT_FAILURE = 2 => "failure",
    }
}

open_enum! {
    /// What happens to link-layer addresses in a failover (`BOND_FOM_*` of the kernel's `net/bonding.h`), with iproute2's words.
    BondFailOverMac: u8 {
        /// All ports have the bond's.
        BOND_FOM_NONE = 0 => "none",
        /// The bond has the active port's.
        BOND_FOM_ACTIVE = 1 => "active",
        /// The active port has the bond's.
        BOND_FOM_FOLLOW = 2 => "follow",
    }
}

open_enum! {
    /// What is hashed (`BOND_XMIT_POLICY_*`, `linux/if_bonding.h`), with iproute2's words.
    BondXmitHashPolicy: u8 {
        /// Link-layer addresses.
        BOND_XMIT_POLICY_LAYER2 = 0 => "layer2",
        /// Network addresses and ports.
        BOND_XMIT_POLICY_LAYER34 = 1 => "layer3+4",
        /// Link-layer and network addresses.
        BOND_XMIT_POLICY_LAYER23 = 2 => "layer2+3",
        /// As `layer2+3`, of the inner packet.
        BOND_XMIT_POLICY_ENCAP23 = 3 => "encap2+3",
        /// As `layer3+4`, of the inner packet.
        BOND_XMIT_POLICY_ENCAP34 = 4 => "encap3+4",
        /// VLAN and source.
        BOND_XMIT_POLICY_VLAN_SRCMAC = 5 => "vlan+srcmac",
    }
}

open_enum! {
    /// How often the LACP partner is to speak (`AD_LACP_*` of the kernel's `net/bond_3ad.h`), with iproute2's words.
    BondLacpRate: u8 {
        /// Every 30 seconds.
        AD_LACP_SLOW = 0 => "slow",
        /// Every second.
        AD_LACP_FAST = 1 => "fast",
    }
}

open_enum! {
    /// How LACP chooses the aggregator (`BOND_AD_*` of the kernel's `net/bond_3ad.h`), with iproute2's words.
    BondAdSelect: u8 {
        /// It stays as long as it works.
        BOND_AD_STABLE = 0 => "stable",
        /// By bandwidth.
        BOND_AD_BANDWIDTH = 1 => "bandwidth",
        /// By number of ports.
        BOND_AD_COUNT = 2 => "count",
        /// By priority of the ports.
        BOND_AD_PRIO = 3 => "actor_port_prio",
    }
}

attrs! {
    /// A bond (`IFLA_BOND_*`, `linux/if_link.h`). Switches are 0 or 1.
    Bond / BondBuilder = "link.bond" {
        /// How it uses its ports.
        IFLA_BOND_MODE = 1 => mode: BondMode;
        /// Index of the active port.
        IFLA_BOND_ACTIVE_SLAVE = 2 => active_slave: u32;
        /// Time between looks at the carrier, in milliseconds; 0 is off.
        IFLA_BOND_MIIMON = 3 => miimon: u32;
        /// Time until a carrier counts, in milliseconds.
        IFLA_BOND_UPDELAY = 4 => updelay: u32;
        /// Time until a lost carrier counts, in milliseconds.
        IFLA_BOND_DOWNDELAY = 5 => downdelay: u32;
        /// Whether the driver is asked for the carrier.
        IFLA_BOND_USE_CARRIER = 6 => use_carrier: u8;
        /// Time between ARP requests, in milliseconds; 0 is off.
        IFLA_BOND_ARP_INTERVAL = 7 => arp_interval: u32;
        /// Whom ARP requests go to, by number.
        IFLA_BOND_ARP_IP_TARGET = 8 => arp_ip_target: (Indexed<Ipv4Addr>);
        /// Which ports' ARP replies are looked at.
        IFLA_BOND_ARP_VALIDATE = 9 => arp_validate: BondArpValidate;
        /// How many targets have to answer.
        IFLA_BOND_ARP_ALL_TARGETS = 10 => arp_all_targets: BondArpAllTargets;
        /// Index of the primary port.
        IFLA_BOND_PRIMARY = 11 => primary: u32;
        /// When the primary port takes over again.
        IFLA_BOND_PRIMARY_RESELECT = 12 => primary_reselect: BondPrimaryReselect;
        /// What happens to link-layer addresses in a failover.
        IFLA_BOND_FAIL_OVER_MAC = 13 => fail_over_mac: BondFailOverMac;
        /// What is hashed.
        IFLA_BOND_XMIT_HASH_POLICY = 14 => xmit_hash_policy: BondXmitHashPolicy;
        /// Number of IGMP reports after a failover.
        IFLA_BOND_RESEND_IGMP = 15 => resend_igmp: u32;
        /// Number of notifications of neighbours after a failover.
        IFLA_BOND_NUM_PEER_NOTIF = 16 => num_peer_notif: u8;
        /// Whether packets are accepted from inactive ports.
        IFLA_BOND_ALL_SLAVES_ACTIVE = 17 => all_slaves_active: u8;
        /// Number of ports with a carrier that the bond needs.
        IFLA_BOND_MIN_LINKS = 18 => min_links: u32;
        /// Time between learning packets, in seconds.
        IFLA_BOND_LP_INTERVAL = 19 => lp_interval: u32;
        /// Number of packets before the next port's turn; 0 is at random.
        IFLA_BOND_PACKETS_PER_SLAVE = 20 => packets_per_slave: u32;
        /// How often the LACP partner is to speak.
        IFLA_BOND_AD_LACP_RATE = 21 => ad_lacp_rate: BondLacpRate;
        /// How LACP chooses the aggregator.
        IFLA_BOND_AD_SELECT = 22 => ad_select: BondAdSelect;
        /// The active aggregator.
        IFLA_BOND_AD_INFO = 23 => ad_info: [BondAdInfo, BondAdInfoBuilder], read_only;
        /// Priority of the system in LACP.
        IFLA_BOND_AD_ACTOR_SYS_PRIO = 24 => ad_actor_sys_prio: u16;
        /// Upper ten bits of the ports' keys in LACP.
        IFLA_BOND_AD_USER_PORT_KEY = 25 => ad_user_port_key: u16;
        /// Link-layer address of the system in LACP.
        IFLA_BOND_AD_ACTOR_SYSTEM = 26 => ad_actor_system: LinkAddr;
        /// Whether flows move between ports (`balance-tlb`).
        IFLA_BOND_TLB_DYNAMIC_LB = 27 => tlb_dynamic_lb: u8;
        /// Time between notifications of neighbours, in milliseconds.
        IFLA_BOND_PEER_NOTIF_DELAY = 28 => peer_notif_delay: u32;
        /// Whether LACP speaks without being spoken to.
        IFLA_BOND_AD_LACP_ACTIVE = 29 => ad_lacp_active: u8;
        /// Number of ARP requests without an answer until a port fails.
        IFLA_BOND_MISSED_MAX = 30 => missed_max: u8;
        /// Whom neighbour solicitations go to, by number.
        IFLA_BOND_NS_IP6_TARGET = 31 => ns_ip6_target: (Indexed<Ipv6Addr>);
        /// Whether collecting and distributing begin together (LACP).
        IFLA_BOND_COUPLED_CONTROL = 32 => coupled_control: u8;
        /// Whether ARP and neighbour discovery go out of all ports (LACP).
        IFLA_BOND_BROADCAST_NEIGH = 33 => broadcast_neigh: u8;
    }
}

attrs! {
    /// The active aggregator of a bond (`IFLA_BOND_AD_INFO_*`, `linux/if_link.h`).
    BondAdInfo / BondAdInfoBuilder = "link.bond.ad_info" {
        /// Its number.
        IFLA_BOND_AD_INFO_AGGREGATOR = 1 => aggregator: u16;
        /// Number of its ports.
        IFLA_BOND_AD_INFO_NUM_PORTS = 2 => num_ports: u16;
        /// Its key.
        IFLA_BOND_AD_INFO_ACTOR_KEY = 3 => actor_key: u16;
        /// The partner's key.
        IFLA_BOND_AD_INFO_PARTNER_KEY = 4 => partner_key: u16;
        /// The partner's link-layer address.
        IFLA_BOND_AD_INFO_PARTNER_MAC = 5 => partner_mac: LinkAddr;
    }
}

open_enum! {
    /// Whether a port of a bond is in use (`BOND_STATE_*`, `linux/if_bonding.h`), with iproute2's words.
    BondSlaveState: u8 {
        /// It is.
        BOND_STATE_ACTIVE = 0 => "ACTIVE",
        /// It stands by.
        BOND_STATE_BACKUP = 1 => "BACKUP",
    }
}

open_enum! {
    /// Carrier of a port as the bond sees it (`BOND_LINK_*`, `linux/if_bonding.h`), with iproute2's words.
    BondMiiStatus: u8 {
        /// There.
        BOND_LINK_UP = 0 => "UP",
        /// Lost, the delay is running.
        BOND_LINK_FAIL = 1 => "GOING_DOWN",
        /// Lost.
        BOND_LINK_DOWN = 2 => "DOWN",
        /// There again, the delay is running.
        BOND_LINK_BACK = 3 => "GOING_BACK",
    }
}

open_enum! {
    /// Whether a port's state in LACP settles (`AD_CHURN_*` of the kernel's `net/bond_3ad.h`).
    BondChurnState: u8 {
        /// The time for it is running.
        AD_CHURN_MONITOR = 0 => "monitoring",
        /// It did not.
        AD_CHURN = 1 => "churned",
        /// It did.
        AD_NO_CHURN = 2 => "none",
    }
}

attrs! {
    /// A port of a bond (`IFLA_BOND_SLAVE_*`, `linux/if_link.h`).
    BondSlave / BondSlaveBuilder = "link.bond_slave" {
        /// Whether it is in use.
        IFLA_BOND_SLAVE_STATE = 1 => state: BondSlaveState, read_only;
        /// Its carrier.
        IFLA_BOND_SLAVE_MII_STATUS = 2 => mii_status: BondMiiStatus, read_only;
        /// How often it failed.
        IFLA_BOND_SLAVE_LINK_FAILURE_COUNT = 3 => link_failure_count: u32, read_only, volatile;
        /// Its own link-layer address.
        IFLA_BOND_SLAVE_PERM_HWADDR = 4 => perm_hwaddr: LinkAddr, read_only;
        /// Number of its queue.
        IFLA_BOND_SLAVE_QUEUE_ID = 5 => queue_id: u16;
        /// Number of its aggregator.
        IFLA_BOND_SLAVE_AD_AGGREGATOR_ID = 6 => ad_aggregator_id: u16, read_only;
        /// State in LACP (IEEE 802.3ad section 43.4.2.2).
        IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE = 7 => ad_actor_oper_port_state: u8, read_only;
        /// The partner's state in LACP.
        IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE = 8 => ad_partner_oper_port_state: u16, read_only;
        /// Priority when another port is to take over.
        IFLA_BOND_SLAVE_PRIO = 9 => prio: i32;
        /// Priority of the port in LACP.
        IFLA_BOND_SLAVE_ACTOR_PORT_PRIO = 10 => actor_port_prio: u16;
        /// Whether its state in LACP settles (IEEE 802.3ad section 43.4.17).
        IFLA_BOND_SLAVE_AD_CHURN_ACTOR_STATE = 11 => ad_churn_actor_state: BondChurnState, read_only;
        /// Whether the partner's state in LACP settles.
        IFLA_BOND_SLAVE_AD_CHURN_PARTNER_STATE = 12 => ad_churn_partner_state: BondChurnState, read_only;
    }
}
