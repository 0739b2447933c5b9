//! Dumps of rules (`fib_nl_dumprule`).

use super::FAMILIES;
use crate::dump::{Parts, Progress};
use crate::kernel::family;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::rule::{FibRuleHdr, RTM_NEWRULE};
use netplumb_core::schema::Header as _;

/// A dump of rules.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    families: Vec<u8>,
    /// Families and, in the one that is being written, rules that have been.
    done: (usize, usize),
    /// What is wrong with the request: it is said at the end of the dump.
    pub(crate) fault: Option<Refusal>,
}

impl Rules {
    pub(crate) fn new(request: &Request<'_>, family: u8) -> Outcome<Self> {
        let families = match family {
            family::UNSPEC => FAMILIES.to_vec(),
            other => vec![other],
        };
        let mut fault = None;
        if request.options.strict {
            fault = check_strictly(request.message.payload()).err();
        }
        if fault.is_none() && families.iter().any(|family| !FAMILIES.contains(family)) {
            fault = Some(Errno::EAFNOSUPPORT.into());
        }
        Ok(Self { families, done: (0, 0), fault })
    }

    pub(crate) fn fill(
        &mut self,
        world: &World,
        ns: NetnsId,
        parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        let ns = world.ns(ns);
        while let Some(family) = self.families.get(self.done.0) {
            let Some(rules) = ns.rules(*family) else { break };
            while let Some(rule) = rules.list.get(self.done.1) {
                if !parts.put(RTM_NEWRULE, None, |w| rule.put(w, rules)) {
                    return Ok(Progress::Full);
                }
                self.done.1 += 1;
            }
            self.done = (self.done.0 + 1, 0);
        }
        Ok(Progress::End)
    }
}

/// `fib_valid_dumprule_req`.
fn check_strictly(payload: &[u8]) -> Outcome {
    let Some(header) = FibRuleHdr::read_fixed(payload) else {
        return refuse(Errno::EINVAL, "Invalid header for fib rule dump request");
    };
    if (FibRuleHdr { family: header.family, ..FibRuleHdr::default() }) != header {
        return refuse(Errno::EINVAL, "Invalid values in header for fib rule dump request");
    }
    if payload.len() > FibRuleHdr::SIZE {
        return refuse(Errno::EINVAL, "Invalid data after header in fib rule dump request");
    }
    Ok(())
}
