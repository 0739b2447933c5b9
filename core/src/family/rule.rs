//! Policy routing rules: `RTM_NEWRULE`, `RTM_DELRULE`, `RTM_GETRULE` (`linux/fib_rules.h`).
//!
//! ```
//! use netplumb_core::family::rule::{FR_ACT_TO_TBL, FibRuleHdr, Rule, RuleBuilder};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 64];
//! let mut w = Writer::new(&mut buffer);
//! let header = FibRuleHdr { action: FR_ACT_TO_TBL, table: 77, ..FibRuleHdr::default() };
//! RuleBuilder::with_header(&mut w, header).priority(100).iifname("eth0");
//! let rule = Rule::new(w.written()).unwrap();
//! assert_eq!((rule.priority(), rule.iifname(), rule.route_table().0), (Some(100), Some("eth0"), 77));
//! ```

mod request;

pub use request::*;

use super::common::AddressFamily;
use super::route::{RouteProtocol, RouteTable};
use crate::schema::{Be, Bytes, IfName};
use crate::{attrs, fixed, flags, open_enum};
use core::net::IpAddr;

/// Message type: a rule was added, or add one.
pub const RTM_NEWRULE: u16 = 32;
/// Message type: a rule was deleted, or delete one.
pub const RTM_DELRULE: u16 = 33;
/// Message type: read rules.
pub const RTM_GETRULE: u16 = 34;

fixed! {
    /// `struct fib_rule_hdr` (`linux/fib_rules.h`), in front of the attributes of a rule.
    FibRuleHdr = "fib_rule_hdr" {
        /// Address family.
        family: AddressFamily,
        /// Length of the destination prefix, in bits.
        dst_len: u8,
        /// Length of the source prefix, in bits.
        src_len: u8,
        /// Type of service that packets must have; 0 is any.
        tos: u8,
        /// Routing table; 252 (`RT_TABLE_COMPAT`) when the number is above 255 and only in `FRA_TABLE`.
        table: u8,
        /// Reserved.
        res1: u8,
        /// Reserved.
        res2: u8,
        /// What happens to packets that match.
        action: RuleAction,
        /// Flags.
        flags: RuleFlags,
    }
}

open_enum! {
    /// What a rule does (`FR_ACT_*`, `linux/fib_rules.h`), with iproute2's words.
    RuleAction: u8 {
        /// Not said.
        FR_ACT_UNSPEC = 0 => "unspec",
        /// Looks up a table.
        FR_ACT_TO_TBL = 1 => "lookup",
        /// Goes on with another rule.
        FR_ACT_GOTO = 2 => "goto",
        /// Nothing.
        FR_ACT_NOP = 3 => "nop",
        /// Drops.
        FR_ACT_BLACKHOLE = 6 => "blackhole",
        /// Drops and says that the network is unreachable.
        FR_ACT_UNREACHABLE = 7 => "unreachable",
        /// Drops and says that it is forbidden.
        FR_ACT_PROHIBIT = 8 => "prohibit",
    }
}

flags! {
    /// Flags of a rule (`FIB_RULE_*`, `linux/fib_rules.h`), with iproute2's words.
    RuleFlags: u32 {
        /// It cannot be deleted.
        FIB_RULE_PERMANENT = 0x1 => "permanent",
        /// It applies to what does not match.
        FIB_RULE_INVERT = 0x2 => "not",
        /// The rule that it goes on with does not exist.
        FIB_RULE_UNRESOLVED = 0x4 => "unresolved",
        /// The interface that packets come from does not exist.
        FIB_RULE_IIF_DETACHED = 0x8 => "iif_detached",
        /// The interface that packets go to does not exist.
        FIB_RULE_OIF_DETACHED = 0x10 => "oif_detached",
        /// Find a source address.
        FIB_RULE_FIND_SADDR = 0x1_0000 => "find_saddr",
    }
}

/// The same as [`FIB_RULE_IIF_DETACHED`].
pub const FIB_RULE_DEV_DETACHED: RuleFlags = FIB_RULE_IIF_DETACHED;

fixed! {
    /// `struct fib_rule_uid_range` (`linux/fib_rules.h`).
    FibRuleUidRange = "fib_rule_uid_range" {
        /// First user.
        start: u32,
        /// Last user.
        end: u32,
    }
}

fixed! {
    /// `struct fib_rule_port_range` (`linux/fib_rules.h`).
    FibRulePortRange = "fib_rule_port_range" {
        /// First port, native byte order.
        start: u16,
        /// Last port, native byte order.
        end: u16,
    }
}

/// The same as [`FRA_IIFNAME`].
pub const FRA_IFNAME: u16 = FRA_IIFNAME;

attrs! {
    /// A policy routing rule (`FRA_*`, `linux/fib_rules.h`).
    Rule / RuleBuilder : FibRuleHdr = "rule" {
        /// Destination that packets must have.
        FRA_DST = 1 => dst: IpAddr, key;
        /// Source that packets must have.
        FRA_SRC = 2 => src: IpAddr, key;
        /// Name of the interface that packets must come from.
        FRA_IIFNAME = 3 => iifname: (IfName), key;
        /// Priority of the rule to go on with.
        FRA_GOTO = 4 => goto: u32;
        /// Priority: rules are tried from the lowest on.
        FRA_PRIORITY = 6 => priority: u32, key;
        /// Mark that packets must have.
        FRA_FWMARK = 10 => fwmark: u32, key;
        /// Routing realms: the source's in the upper half, the destination's in the lower.
        FRA_FLOW = 11 => flow: u32;
        /// Id of the tunnel that packets must come from, network byte order.
        FRA_TUN_ID = 12 => tun_id: (Be<u64>), key;
        /// Routes by interfaces of this group do not count; 2^32 - 1 is none.
        FRA_SUPPRESS_IFGROUP = 13 => suppress_ifgroup: u32;
        /// Routes with prefixes of this length or shorter do not count; 2^32 - 1 is none.
        FRA_SUPPRESS_PREFIXLEN = 14 => suppress_prefixlen: u32;
        /// Routing table; counts instead of the header's when it is there.
        FRA_TABLE = 15 => table_id: RouteTable;
        /// The bits of the mark that count.
        FRA_FWMASK = 16 => fwmask: u32, key;
        /// Name of the interface that packets must be bound to.
        FRA_OIFNAME = 17 => oifname: (IfName), key;
        /// Alignment of what follows.
        FRA_PAD = 18 => pad: (Bytes), read_only;
        /// Whether the table is that of the packet's VRF: 0 or 1.
        FRA_L3MDEV = 19 => l3mdev: u8, key;
        /// Users that packets must come from.
        FRA_UID_RANGE = 20 => uid_range: FibRuleUidRange, key;
        /// Who made the rule.
        FRA_PROTOCOL = 21 => protocol: RouteProtocol;
        /// Protocol that packets must have (`IPPROTO_*`).
        FRA_IP_PROTO = 22 => ip_proto: u8, key;
        /// Source ports that packets must have.
        FRA_SPORT_RANGE = 23 => sport_range: FibRulePortRange, key;
        /// Destination ports that packets must have.
        FRA_DPORT_RANGE = 24 => dport_range: FibRulePortRange, key;
        /// Differentiated services codepoint that packets must have.
        FRA_DSCP = 25 => dscp: u8 in 0..=63, key;
        /// Flow label that packets must have (IPv6), network byte order.
        FRA_FLOWLABEL = 26 => flowlabel: (Be<u32>) in 0..=0xf_ffff, key;
        /// The bits of the flow label that count, network byte order.
        FRA_FLOWLABEL_MASK = 27 => flowlabel_mask: (Be<u32>) in 0..=0xf_ffff, key;
        /// The bits of the source port that count.
        FRA_SPORT_MASK = 28 => sport_mask: u16, key;
        /// The bits of the destination port that count.
        FRA_DPORT_MASK = 29 => dport_mask: u16, key;
        /// The bits of the codepoint that count.
        FRA_DSCP_MASK = 30 => dscp_mask: u8 in 0..=63, key;
    }
}

impl<'a, S: crate::wire::Source<'a>> Rule<'a, S> {
    /// Routing table, from `FRA_TABLE` or, where that is absent, the header.
    pub fn route_table(&self) -> RouteTable {
        self.table_id().unwrap_or(RouteTable(u32::from(self.header().table)))
    }
}
