//! Requests about rules.
//!
//! ```
//! use netplumb_core::family::{common::AF_INET, rule};
//! use netplumb_core::request::AsRequest;
//! let request = rule::add(AF_INET).from("192.0.2.0/24".parse().unwrap()).priority(1000).lookup(100);
//! assert!(request.message().is_ok());
//! ```

use super::{
    FR_ACT_TO_TBL, FibRuleHdr, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, Rule, RuleAction, RuleBuilder,
};
use crate::conn::Expect;
use crate::family::common::{AddressFamily, Prefix};
use crate::family::route::{RT_TABLE_COMPAT, RouteTable};
use crate::request::Request;
use crate::wire::{NLM_F_CREATE, NLM_F_EXCL};

crate::request::request_builder!(Rule / RuleBuilder);

/// A request about rules.
pub type RuleRequest = Request<Rule<'static>>;

/// Reads all rules of a family, `AF_UNSPEC` for all families.
pub fn dump(family: AddressFamily) -> RuleRequest {
    RuleRequest::new(RTM_GETRULE, 0, Expect::Dump, FibRuleHdr { family, ..FibRuleHdr::default() })
}

/// Adds a rule. Without a priority the kernel takes one below the second rule's.
pub fn add(family: AddressFamily) -> RuleRequest {
    let header = FibRuleHdr { family, action: FR_ACT_TO_TBL, ..FibRuleHdr::default() };
    RuleRequest::new(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, Expect::Ack, header)
}

/// Deletes the first rule that matches what is given. **Without any selector that is the first rule of all.**
pub fn delete(family: AddressFamily) -> RuleRequest {
    RuleRequest::new(RTM_DELRULE, 0, Expect::Ack, FibRuleHdr { family, ..FibRuleHdr::default() })
}

impl<const N: usize> Request<Rule<'static>, N> {
    /// Packets from this prefix.
    #[must_use]
    pub fn from(self, prefix: Prefix) -> Self {
        self.header(|h| h.src_len = prefix.len).with(|r| {
            r.src(prefix.addr);
        })
    }

    /// Packets to this prefix.
    #[must_use]
    pub fn to(self, prefix: Prefix) -> Self {
        self.header(|h| h.dst_len = prefix.len).with(|r| {
            r.dst(prefix.addr);
        })
    }

    /// Where it stands: rules are tried in ascending order.
    #[must_use]
    pub fn priority(self, priority: u32) -> Self {
        self.with(|r| {
            r.priority(priority);
        })
    }

    /// Look into this table.
    #[must_use]
    pub fn lookup(self, table: u32) -> Self {
        let byte = u8::try_from(table).or(u8::try_from(RT_TABLE_COMPAT.0)).unwrap_or(0);
        self.header(|h| h.table = byte).with(|r| {
            r.table_id(RouteTable(table));
        })
    }

    /// Another action than a look-up.
    #[must_use]
    pub fn action(self, action: RuleAction) -> Self {
        self.header(|h| h.action = action)
    }

    /// Packets with this mark, in the bits of `mask`.
    #[must_use]
    pub fn fwmark(self, mark: u32, mask: u32) -> Self {
        self.with(|r| {
            r.fwmark(mark).fwmask(mask);
        })
    }

    /// Packets that come in on this interface.
    #[must_use]
    pub fn iif(self, name: &str) -> Self {
        self.with(|r| {
            r.iifname(name);
        })
    }
}
