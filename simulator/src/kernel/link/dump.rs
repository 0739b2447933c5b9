//! Dumps of links.

use super::LinkMessage;
use crate::dump::{Parts, Progress};
use crate::refusal::{Outcome, Refusal};
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::link::info::LinkInfo;
use netplumb_core::family::link::{
    ExtFilter, IFLA_EXT_MASK, IFLA_IF_NETNSID, IFLA_LINKINFO, IFLA_MASTER, IfInfoMsg, Link, RTM_NEWLINK,
};
use netplumb_core::schema::Header as _;

/// A dump of links (`rtnl_dump_ifinfo`).
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// Links up to this index have been written.
    last: u32,
    filter: ExtFilter,
    master: Option<u32>,
    kind: Option<String>,
    /// What is wrong with the request: it is said at the end of the dump.
    pub(crate) fault: Option<Refusal>,
}

impl Links {
    pub(crate) fn new(request: &Request<'_>) -> Outcome<Self> {
        let mut dump = Self { last: 0, filter: ExtFilter::default(), master: None, kind: None, fault: None };
        dump.fault = dump.read(request).err();
        Ok(dump)
    }

    fn read(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        if request.options.strict {
            check_strictly(payload)?;
        }
        // Old requests have a header of one byte, and no filters.
        let Ok((_, attrs)) = request.parse::<Link<'static>>() else { return Ok(()) };
        if request.options.strict {
            let known = [IFLA_IF_NETNSID, IFLA_EXT_MASK, IFLA_MASTER, IFLA_LINKINFO];
            if attrs.kinds().any(|kind| !known.contains(&kind)) {
                return Err(Refusal::new(Errno::EINVAL, "Unsupported attribute in link dump request"));
            }
        }
        if let Some(view) = Link::new(payload) {
            let link = view.over(&attrs);
            self.filter = link.ext_mask().unwrap_or_default();
            self.master = link.master().filter(|master| *master != 0);
            if let Some(nest) = attrs.get(IFLA_LINKINFO) {
                let info = LinkInfo::new(nest.payload());
                self.kind = info.and_then(|info| info.kind().map(str::to_owned));
            }
        }
        Ok(())
    }

    pub(crate) fn fill(
        &mut self,
        world: &World,
        ns: NetnsId,
        parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        let ns = world.ns(ns);
        parts.filtered = self.master.is_some() || self.kind.is_some();
        for (index, link) in ns.links.range(self.last.saturating_add(1)..) {
            let wanted = self.master.is_none_or(|master| link.master == Some(master))
                && self.kind.as_deref().is_none_or(|kind| link.is_kind(kind));
            let what = LinkMessage { filter: self.filter, ..LinkMessage::default() };
            if wanted && !parts.put(RTM_NEWLINK, Some(ns.link_generation), |w| link.put(w, ns, what)) {
                return Ok(Progress::Full);
            }
            self.last = *index;
        }
        Ok(Progress::End)
    }
}

/// `rtnl_valid_dump_ifinfo_req`.
fn check_strictly(payload: &[u8]) -> Outcome {
    let Some(header) = IfInfoMsg::read_fixed(payload) else {
        return Err(Refusal::new(Errno::EINVAL, "Invalid header for link dump"));
    };
    let pad = payload.get(1).copied().unwrap_or(0);
    if pad != 0 || header.ifi_type.0 != 0 || header.ifi_flags.0 != 0 || header.ifi_change != 0 {
        return Err(Refusal::new(Errno::EINVAL, "Invalid values in header for link dump request"));
    }
    if header.ifi_index != 0 {
        return Err(Refusal::new(Errno::EINVAL, "Filter by device index not supported for link dumps"));
    }
    Ok(())
}
