//! Neighbours, and addresses that are answered for.

use super::TailWriter;
use super::error::LoadFault;
use super::line::{Line, Result, put};
use crate::kernel::neigh::{Key, Neigh, Proxy, VALID};
use crate::kernel::netns::Netns;
use netplumb_core::Instant;
use netplumb_core::family::common::AddressFamily;
use netplumb_core::family::neigh::{
    NTF_PROXY, NUD_NONE, NUD_PERMANENT, NdMsg, Neigh as View, NeighBuilder, NeighFlags, RTM_NEWNEIGH,
};
use netplumb_core::family::route::RTN_UNICAST;

pub(super) fn save(out: &mut String, ns: &Netns) {
    for (key, neigh) in &ns.neighs.entries {
        save_neigh(out, *key, neigh);
    }
    for (key, proxy) in &ns.neighs.proxies {
        save_proxy(out, *key, proxy);
    }
}

fn save_neigh(out: &mut String, key: Key, neigh: &Neigh) {
    let Neigh {
        made,
        lladdr,
        state,
        flags,
        flags_ext,
        kind,
        protocol,
        probes,
        confirmed,
        used,
        updated,
        reachable,
    } = neigh;
    let header = NdMsg {
        ndm_family: AddressFamily(key.family),
        ndm_ifindex: key.link.cast_signed(),
        ndm_state: *state,
        ndm_flags: *flags,
        ndm_type: *kind,
        ..NdMsg::default()
    };
    put(out, "neigh", RTM_NEWNEIGH, |w| {
        let mut n = NeighBuilder::with_header(w, header);
        n.dst(key.address);
        // What it was before nobody will know again.
        if state.intersects(VALID) {
            n.lladdr(lladdr);
        }
        if *probes != 0 {
            n.probes(*probes);
        }
        if protocol.0 != 0 {
            n.protocol(*protocol);
        }
        if flags_ext.0 != 0 {
            n.flags_ext(*flags_ext);
        }
    });
    let mut tail = TailWriter::new(out);
    tail.put("made", made);
    tail.put("confirmed", confirmed);
    tail.put("used", used);
    tail.put("updated", updated);
    tail.put_unless("reachable", *reachable, 0);
    tail.finish();
}

fn save_proxy(out: &mut String, key: Key, proxy: &Proxy) {
    let Proxy { made, flags, flags_ext, protocol, permanent } = proxy;
    let header = NdMsg {
        ndm_family: AddressFamily(key.family),
        ndm_ifindex: key.link.cast_signed(),
        ndm_state: if *permanent { NUD_PERMANENT } else { NUD_NONE },
        ndm_flags: NeighFlags(flags.0 | NTF_PROXY.0),
        ndm_type: RTN_UNICAST,
        ..NdMsg::default()
    };
    put(out, "neigh", RTM_NEWNEIGH, |w| {
        let mut n = NeighBuilder::with_header(w, header);
        n.dst(key.address);
        if protocol.0 != 0 {
            n.protocol(*protocol);
        }
        if flags_ext.0 != 0 {
            n.flags_ext(*flags_ext);
        }
    });
    let mut tail = TailWriter::new(out);
    tail.put("made", made);
    tail.finish();
}

pub(super) fn restore(ns: &mut Netns, now: Instant, line: &mut Line<'_>) -> Result<()> {
    let (header, attrs) = line.parts::<View<'static>>(RTM_NEWNEIGH, "RTM_NEWNEIGH")?;
    let view = View::new(line.message.payload()).ok_or(LoadFault::Payload)?;
    let view = view.over(attrs);
    let key = Key::new(header.ndm_ifindex.cast_unsigned(), view.dst().ok_or(LoadFault::Missing("NDA_DST"))?);
    if key.family != header.ndm_family.0 {
        return Err(LoadFault::Value("an address of the family that the header has"));
    }
    let flags_ext = view.flags_ext().unwrap_or_default();
    let protocol = view.protocol().unwrap_or_default();
    let made = line.tail.value("made", "a number", 0)?;
    ns.neighs.made = ns.neighs.made.max(made);
    if header.ndm_flags.contains(NTF_PROXY) {
        let permanent = header.ndm_state.contains(NUD_PERMANENT);
        let proxy = Proxy { made, flags: header.ndm_flags, flags_ext, protocol, permanent };
        let before = ns.neighs.proxies.insert(key, proxy);
        return if before.is_some() { Err(LoadFault::Repeated("the address")) } else { Ok(()) };
    }
    let link = ns.link(key.link).ok_or(LoadFault::Missing("the line of the neighbour's link"))?;
    let mut lladdr = view.lladdr().unwrap_or(&[]).to_vec();
    if lladdr.is_empty() {
        lladdr.resize(link.address.len(), 0);
    }
    if lladdr.len() != link.address.len() {
        return Err(LoadFault::Value("an address as long as the link's"));
    }
    let now = i64::try_from(now.as_ns()).unwrap_or(i64::MAX);
    let what = "nanoseconds since boot";
    let neigh = Neigh {
        made,
        lladdr,
        state: header.ndm_state,
        flags: header.ndm_flags,
        flags_ext,
        kind: header.ndm_type,
        protocol,
        probes: view.probes().unwrap_or(0),
        confirmed: line.tail.value("confirmed", what, now)?,
        used: line.tail.value("used", what, now)?,
        updated: line.tail.value("updated", what, now)?,
        reachable: line.tail.value("reachable", "nanoseconds", 0)?,
    };
    let before = ns.neighs.entries.insert(key, neigh);
    if before.is_some() { Err(LoadFault::Repeated("the neighbour")) } else { Ok(()) }
}
