//! Entries of VXLANs (`vxlan_fdb_add`, `vxlan_fdb_delete`), and what flushes select.

use super::change::Asked;
use super::{Entry, Mac, Remote, Tunnel, is_to_many};
use crate::kernel::link::Link;
use crate::policy::{self, Parsed, Row};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::Errno;
use netplumb_core::bytes::{u16_be, u32_ne};
use netplumb_core::family::link::info::vxlan::{IFLA_VXLAN_GROUP6, IFLA_VXLAN_ID, IFLA_VXLAN_LOCAL6};
use netplumb_core::family::neigh::{
    NDA_DST, NDA_IFINDEX, NDA_NDM_FLAGS_MASK, NDA_NDM_STATE_MASK, NDA_NH_ID, NDA_PORT, NDA_VLAN, NDA_VNI,
    NTF_EXT_LEARNED, NTF_STICKY, NUD_NOARP, NUD_PERMANENT, NUD_REACHABLE, NdMsg, Neigh as View, NudState,
    RTM_DELNEIGH, RTM_NEWNEIGH,
};
use netplumb_core::wire::{Attr, Attrs, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ONE_ONLY: &str = "Cannot replace non-unicast fdb entries";

/// Whether a VXLAN's tunnels are of IPv6.
fn is_ipv6(link: &Link) -> bool {
    link.data.get(IFLA_VXLAN_GROUP6).is_some() || link.data.get(IFLA_VXLAN_LOCAL6).is_some()
}

impl World {
    /// `vxlan_fdb_parse`.
    fn read_remote(&self, request: &Request<'_>, asked: &Asked<'_>) -> Outcome<Remote> {
        let ns = self.ns(request.netns);
        let link = ns.link(asked.link).ok_or(Errno::ENODEV)?;
        let attrs = &asked.attrs;
        let address: IpAddr = match attrs.get(NDA_DST).map(Attr::payload) {
            None if is_ipv6(link) => Ipv6Addr::UNSPECIFIED.into(),
            None => Ipv4Addr::UNSPECIFIED.into(),
            Some(payload) => match (payload.first_chunk::<16>(), payload.first_chunk::<4>()) {
                (Some(octets), _) => Ipv6Addr::from(*octets).into(),
                (_, Some(octets)) => Ipv4Addr::from(*octets).into(),
                _ => return refuse(Errno::EAFNOSUPPORT, "Unsupported address family"),
            },
        };
        let port = match attrs.get(NDA_PORT).map(Attr::payload) {
            None => super::put::usual_port(link),
            Some(payload @ [_, _]) => u16_be(payload).unwrap_or(0),
            Some(_) => return refuse(Errno::EINVAL, "Invalid vxlan port"),
        };
        let vni = match attrs.get(NDA_VNI).map(Attr::payload) {
            None => link.data.u32(IFLA_VXLAN_ID),
            Some(payload @ [_, _, _, _]) => u32_ne(payload).unwrap_or(0),
            Some(_) => return refuse(Errno::EINVAL, "Invalid vni"),
        };
        let via = match attrs.get(NDA_IFINDEX).map(Attr::payload) {
            None => 0,
            Some(payload @ [_, _, _, _]) => u32_ne(payload).unwrap_or(0),
            Some(_) => return refuse(Errno::EINVAL, "Invalid ifindex"),
        };
        if attrs.has(NDA_IFINDEX) && ns.link(via).is_none() {
            return refuse(Errno::EADDRNOTAVAIL, "Device not found");
        }
        Ok(Remote { address, port, vni, link: via })
    }

    pub(super) fn new_tunnel(&mut self, request: &Request<'_>, asked: &Asked<'_>) -> Outcome {
        let (ns, now, state) = (request.netns, self.now_ns(), asked.header.ndm_state);
        let possible = state.intersects(NudState(NUD_PERMANENT.0 | NUD_REACHABLE.0));
        if !possible || !(asked.attrs.has(NDA_DST) || asked.attrs.has(NDA_NH_ID)) {
            return Err(Errno::EINVAL.into());
        }
        let remote = self.read_remote(request, asked)?;
        let netns = self.ns_mut(ns);
        let link = netns.link(asked.link).ok_or(Errno::ENODEV)?;
        if is_ipv6(link) != remote.address.is_ipv6() {
            return Err(Errno::EAFNOSUPPORT.into());
        }
        let key = (asked.link, asked.mac);
        let (to_many, replace) = (is_to_many(asked.mac), request.has(NLM_F_REPLACE));
        if let Some(old) = netns.fdb.tunnels.get(&key).cloned() {
            return self.change_tunnel(request, key, old, asked, remote);
        }
        if !request.has(NLM_F_CREATE) {
            return Err(Errno::ENOENT.into());
        }
        if replace && to_many {
            return refuse(Errno::EOPNOTSUPP, ONE_ONLY);
        }
        let tunnel = Tunnel {
            made: netns.neighs.next_number(),
            state,
            flags: asked.header.ndm_flags,
            remotes: vec![remote],
            used: now,
            updated: now,
        };
        netns.fdb.tunnels.insert(key, tunnel.clone());
        self.announce_tunnel(ns, RTM_NEWNEIGH, key, &tunnel, &remote);
        Ok(())
    }

    /// `vxlan_fdb_update_existing`.
    fn change_tunnel(
        &mut self,
        request: &Request<'_>,
        key: (u32, Mac),
        mut tunnel: Tunnel,
        asked: &Asked<'_>,
        remote: Remote,
    ) -> Outcome {
        if request.has(NLM_F_EXCL) {
            return Err(Errno::EEXIST.into());
        }
        let (now, to_many) = (self.now_ns(), is_to_many(key.1));
        let (state, flags) = (asked.header.ndm_state, asked.header.ndm_flags);
        let mut said = None;
        if (tunnel.state, tunnel.flags) != (state, flags) {
            (tunnel.state, tunnel.flags, tunnel.updated) = (state, flags, now);
            said = tunnel.remotes.first().copied();
        }
        if request.has(NLM_F_REPLACE) {
            if to_many {
                return refuse(Errno::EOPNOTSUPP, ONE_ONLY);
            }
            if !tunnel.remotes.contains(&remote) {
                tunnel.remotes = vec![remote];
                tunnel.updated = now;
                said = Some(remote);
            }
        }
        if request.has(NLM_F_APPEND) && to_many && !tunnel.remotes.contains(&remote) {
            tunnel.remotes.push(remote);
            tunnel.updated = now;
            said = Some(remote);
        }
        self.ns_mut(request.netns).fdb.tunnels.insert(key, tunnel.clone());
        if let Some(remote) = said {
            self.announce_tunnel(request.netns, RTM_NEWNEIGH, key, &tunnel, &remote);
        }
        Ok(())
    }

    pub(super) fn del_tunnel(&mut self, request: &Request<'_>, asked: &Asked<'_>) -> Outcome {
        let (ns, key) = (request.netns, (asked.link, asked.mac));
        let remote = self.read_remote(request, asked)?;
        let Some(mut tunnel) = self.ns(ns).fdb.tunnels.get(&key).cloned() else {
            return Err(Errno::ENOENT.into());
        };
        if !remote.address.is_unspecified() {
            // A place that it does not go to is no error.
            let Some(at) = tunnel.remotes.iter().position(|other| *other == remote) else { return Ok(()) };
            if tunnel.remotes.len() > 1 {
                tunnel.remotes.remove(at);
                self.ns_mut(ns).fdb.tunnels.insert(key, tunnel.clone());
                self.announce_tunnel(ns, RTM_DELNEIGH, key, &tunnel, &remote);
                return Ok(());
            }
        }
        self.remove_tunnel(ns, key);
        Ok(())
    }
}

/// What a flush is to take.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flush {
    /// The bits of the state that count, and what they have to be.
    state: (u16, u16),
    flags: (u8, u8),
    /// The port that entries are behind.
    pub(super) port: Option<u32>,
    vlan: bool,
}

impl Flush {
    /// `fdb_del_bulk_policy`: attributes that say what is to go, and no others.
    pub(super) fn read(request: &Request<'_>, header: &NdMsg, list: Attrs<'_>) -> Outcome<Self> {
        const ROWS: &[(u16, Row)] = &[
            (NDA_VLAN, Row::Int(2, 4094)),
            (NDA_IFINDEX, Row::Int(4, i32::MAX as u64)),
            (NDA_NDM_STATE_MASK, Row::Int(2, 0xffff)),
            (NDA_NDM_FLAGS_MASK, Row::Int(1, 0xff)),
        ];
        for attr in list {
            if !ROWS.iter().any(|row| row.0 == attr.kind()) {
                let at = policy::offset(request.message, attr);
                return Err(Refusal::new(Errno::EINVAL, "Unsupported attribute").at(at));
            }
        }
        let max = NDA_NDM_FLAGS_MASK;
        let attrs: Parsed<'_> = policy::parse_strictly(View::SCHEMA, ROWS, max, request.message, list)?;
        let bits = |kind| attrs.get(kind).and_then(|attr| netplumb_core::bytes::uint(attr.payload(), false));
        let state = u16::try_from(bits(NDA_NDM_STATE_MASK).unwrap_or(0)).unwrap_or(0);
        let flags = u8::try_from(bits(NDA_NDM_FLAGS_MASK).unwrap_or(0)).unwrap_or(0);
        let port = bits(NDA_IFINDEX).and_then(|index| u32::try_from(index).ok());
        Ok(Self {
            state: (state, header.ndm_state.0 & state),
            flags: (flags, header.ndm_flags.0 & flags),
            port,
            vlan: attrs.has(NDA_VLAN),
        })
    }

    /// Whether an entry is to go.
    pub(super) fn wants(&self, entry: &Entry) -> bool {
        let mut state = 0;
        if entry.local {
            state |= NUD_PERMANENT.0;
        } else if entry.fixed {
            state |= NUD_NOARP.0;
        }
        let external = if entry.external { NTF_EXT_LEARNED.0 } else { 0 };
        let flags = external | if entry.sticky { NTF_STICKY.0 } else { 0 };
        !self.vlan
            && self.port.is_none_or(|port| entry.port == Some(port))
            && state & self.state.0 == self.state.1
            && flags & self.flags.0 == self.flags.1
    }
}
