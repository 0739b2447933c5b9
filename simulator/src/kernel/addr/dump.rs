//! Dumps of addresses.

use crate::dump::{Parts, Progress};
use crate::kernel::family;
use crate::refusal::{Outcome, Refusal};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::addr::{Addr, IFA_TARGET_NETNSID, IfAddrMsg, RTM_NEWADDR};
use netplumb_core::schema::Header as _;

/// A dump of addresses (`inet_dump_ifaddr`, `inet6_dump_addr`).
#[derive(Clone, Debug)]
pub(crate) struct Addrs {
    /// Families still to be written, the current one first.
    families: Vec<u8>,
    /// The link whose addresses are being written, and how many of them have been.
    link: u32,
    written: usize,
    /// Only this link's.
    only: Option<u32>,
    split: bool,
    pub(crate) fault: Option<Refusal>,
}

impl Addrs {
    pub(crate) fn new(request: &Request<'_>, family: u8) -> Outcome<Self> {
        let families = match family {
            family::INET | family::INET6 => vec![family],
            _ => vec![family::INET, family::INET6],
        };
        let split = families.contains(&family::INET);
        let mut dump = Self { families, link: 0, written: 0, only: None, split, fault: None };
        if request.options.strict {
            dump.fault = dump.read_strictly(request, family).err();
        }
        Ok(dump)
    }

    /// `inet_valid_dump_ifaddr_req`, `inet6_valid_dump_ifaddr_req`.
    fn read_strictly(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        let who = if family == family::INET6 { "ipv6" } else { "ipv4" };
        let complain = |what: &str| Err(Refusal::new(Errno::EINVAL, format!("{who}: {what}")));
        let Some(header) = IfAddrMsg::read_fixed(request.message.payload()) else {
            return complain("Invalid header for address dump request");
        };
        if header.ifa_prefixlen != 0 || header.ifa_flags != 0 || header.ifa_scope.0 != 0 {
            return complain("Invalid values in header for address dump request");
        }
        let (_, attrs) = request.parse::<Addr<'static>>()?;
        if attrs.kinds().any(|kind| kind != IFA_TARGET_NETNSID) {
            return complain("Unsupported attribute in dump request");
        }
        self.only = (header.ifa_index != 0).then_some(header.ifa_index);
        Ok(())
    }

    pub(crate) fn splits_done(&self) -> bool {
        self.split
    }

    pub(crate) fn fill(
        &mut self,
        world: &World,
        ns: NetnsId,
        parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        let ns_state = world.ns(ns);
        if self.only.is_some_and(|index| ns_state.link(index).is_none()) {
            return Err(Errno::ENODEV.into());
        }
        parts.filtered = self.only.is_some();
        parts.filtered_done = parts.filtered;
        let now = world.now;
        while let Some(family) = self.families.first().copied() {
            let generation =
                if family == family::INET { ns_state.addr4_generation } else { ns_state.addr6_generation };
            for (index, link) in ns_state.links.range(self.link..) {
                if *index != self.link {
                    (self.link, self.written) = (*index, 0);
                }
                if self.only.is_some_and(|only| only != *index) {
                    continue;
                }
                let count = if family == family::INET { link.addr4.len() } else { link.addr6.len() };
                while self.written < count {
                    let n = self.written;
                    let fitted = parts.put(RTM_NEWADDR, Some(generation), |w| {
                        match (family, link.addr4.get(n), link.addr6.get(n)) {
                            (family::INET, Some(addr), _) => addr.put(w, *index, now),
                            (_, _, Some(addr)) => addr.put(w, *index, now),
                            _ => {}
                        }
                    });
                    if !fitted {
                        return Ok(Progress::Full);
                    }
                    self.written += 1;
                }
            }
            self.families.remove(0);
            (self.link, self.written) = (0, 0);
            parts.next_table();
        }
        Ok(Progress::End)
    }
}
