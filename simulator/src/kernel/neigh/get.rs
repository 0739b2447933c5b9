//! Reading one neighbour (`neigh_get`).

use super::Key;
use super::change::ROWS;
use super::construct::address;
use crate::kernel::family;
use crate::policy;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::Errno;
use netplumb_core::family::neigh::{
    NDA_DST, NDA_NDM_FLAGS_MASK, NTF_PROXY, NUD_NONE, NdMsg, Neigh as View, RTM_NEWNEIGH,
};
use netplumb_core::family::route::RouteType;
use netplumb_core::schema::Header as _;

/// The highest type that this kernel knows (`NDA_MAX`).
pub(super) const NDA_MAX: u16 = NDA_NDM_FLAGS_MASK;

impl World {
    pub(crate) fn get_neigh(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        if family == family::BRIDGE {
            return self.get_fdb(request);
        }
        let payload = request.message.payload();
        let Some((header, attrs)) = NdMsg::read_fixed(payload).zip(View::SCHEMA.split(payload)) else {
            return refuse(Errno::EINVAL, "Invalid header for neighbor get request");
        };
        let padded = payload.get(1..4).is_some_and(|padding| padding != [0; 3]);
        if padded || header.ndm_state != NUD_NONE || header.ndm_type != RouteType(0) {
            return refuse(Errno::EINVAL, "Invalid values in header for neighbor get request");
        }
        if header.ndm_flags.without(NTF_PROXY).0 != 0 {
            return refuse(Errno::EINVAL, "Invalid flags in header for neighbor get request");
        }
        let attrs = policy::parse_strictly(View::SCHEMA, ROWS, NDA_MAX, request.message, attrs.1)?;
        if !matches!(family, family::INET | family::INET6) {
            let text = "Unsupported family in header for neighbor get request";
            return refuse(Errno::EAFNOSUPPORT, text);
        }
        let dst = attrs.get(NDA_DST).ok_or(Refusal::missing(Errno::EINVAL, NDA_DST))?;
        let width = if family == family::INET { 4 } else { 16 };
        let address = address(dst.payload(), family).filter(|_| dst.payload().len() == width);
        let Some(address) = address else {
            return refuse(Errno::EINVAL, "Invalid network address in neighbor get request");
        };
        if attrs.kinds().any(|kind| kind != NDA_DST) {
            return refuse(Errno::EINVAL, "Unsupported attribute in neighbor get request");
        }
        self.answer_neigh(request, &header, Key::new(header.ndm_ifindex.cast_unsigned(), address))
    }

    fn answer_neigh(&mut self, request: &Request<'_>, header: &NdMsg, key: Key) -> Outcome {
        let ns = request.netns;
        if key.link != 0 && self.ns(ns).link(key.link).is_none() {
            return refuse(Errno::ENODEV, "Unknown device ifindex");
        }
        let neighs = &self.ns(ns).neighs;
        if header.ndm_flags.contains(NTF_PROXY) {
            let Some((key, proxy)) = neighs.proxy(key).map(|(key, proxy)| (key, proxy.clone())) else {
                return refuse(Errno::ENOENT, "Proxy neighbour entry not found");
            };
            self.reply(request, RTM_NEWNEIGH, 0, |_, w| proxy.put(w, key));
            return Ok(());
        }
        if key.link == 0 {
            return refuse(Errno::EINVAL, "No device specified");
        }
        let Some(neigh) = neighs.entries.get(&key).cloned() else {
            return refuse(Errno::ENOENT, "Neighbour entry not found");
        };
        self.reply(request, RTM_NEWNEIGH, 0, |world, w| world.put_neigh(w, ns, key, &neigh, 1));
        Ok(())
    }
}
