//! Forwarding entries. Those of a bridge have `NDA_MASTER`; a VXLAN's entry that goes to several places has a line for each.

use super::TailWriter;
use super::error::LoadFault;
use super::line::{Line, Result, put};
use crate::kernel::neigh::fdb::{Entry, Mac, Remote, Tunnel, mac};
use crate::kernel::netns::Netns;
use netplumb_core::Instant;
use netplumb_core::family::common::AF_BRIDGE;
use netplumb_core::family::neigh::{
    NTF_EXT_LEARNED, NTF_SELF, NTF_STICKY, NUD_NOARP, NUD_PERMANENT, NdMsg, Neigh as View, NeighBuilder,
    NeighFlags, RTM_NEWNEIGH,
};
use netplumb_core::family::route::RTN_UNICAST;

pub(super) fn save(out: &mut String, ns: &Netns) {
    for ((bridge, mac), entry) in &ns.fdb.entries {
        save_entry(out, *bridge, *mac, entry);
    }
    for ((link, mac), made) in &ns.fdb.received {
        let header = header(*link, NTF_SELF);
        put(out, "fdb", RTM_NEWNEIGH, |w| {
            NeighBuilder::with_header(w, header).lladdr(mac);
        });
        let mut tail = TailWriter::new(out);
        tail.put("made", made);
        tail.finish();
    }
    for ((link, mac), tunnel) in &ns.fdb.tunnels {
        let Tunnel { made, state, flags, remotes, used, updated } = tunnel;
        for Remote { address, port, vni, link: via } in remotes {
            let header = NdMsg { ndm_state: *state, ndm_type: RTN_UNICAST, ..header(*link, *flags) };
            put(out, "fdb", RTM_NEWNEIGH, |w| {
                let mut n = NeighBuilder::with_header(w, header);
                n.dst(*address).lladdr(mac).port(*port).vni(*vni).ifindex(*via);
            });
            let mut tail = TailWriter::new(out);
            tail.put("made", made);
            tail.put("used", used);
            tail.put("updated", updated);
            tail.finish();
        }
    }
}

fn header(link: u32, flags: NeighFlags) -> NdMsg {
    NdMsg {
        ndm_family: AF_BRIDGE,
        ndm_ifindex: link.cast_signed(),
        ndm_state: NUD_PERMANENT,
        ndm_flags: flags,
        ..NdMsg::default()
    }
}

fn save_entry(out: &mut String, bridge: u32, mac: Mac, entry: &Entry) {
    let Entry { made, port, local, fixed: _, user, external, sticky, used, updated } = entry;
    let mut flags = NeighFlags::default();
    if *external {
        flags |= NTF_EXT_LEARNED;
    }
    if *sticky {
        flags |= NTF_STICKY;
    }
    let header = NdMsg { ndm_state: entry.state(), ..header(port.unwrap_or(bridge), flags) };
    put(out, "fdb", RTM_NEWNEIGH, |w| {
        NeighBuilder::with_header(w, header).lladdr(&mac).master(bridge);
    });
    let mut tail = TailWriter::new(out);
    tail.put("made", made);
    tail.put("used", used);
    tail.put("updated", updated);
    tail.put_unless("user", u8::from(*user), 0);
    // Those that are local do not age, unless somebody else knows better.
    tail.put_unless("fixed", u8::from(entry.fixed), u8::from(*local || entry.state() == NUD_NOARP));
    tail.finish();
}

pub(super) fn restore(ns: &mut Netns, now: Instant, line: &mut Line<'_>) -> Result<()> {
    let (header, attrs) = line.parts::<View<'static>>(RTM_NEWNEIGH, "RTM_NEWNEIGH")?;
    let view = View::new(line.message.payload()).ok_or(LoadFault::Payload)?;
    let view = view.over(attrs);
    let index = header.ndm_ifindex.cast_unsigned();
    let link = ns.link(index).ok_or(LoadFault::Missing("the line of the entry's link"))?;
    let is_vxlan = link.is_kind("vxlan");
    let mac = view.lladdr().and_then(mac).ok_or(LoadFault::Value("an address of six bytes"))?;
    let now = i64::try_from(now.as_ns()).unwrap_or(i64::MAX);
    let made = line.tail.value("made", "a number", 0)?;
    ns.neighs.made = ns.neighs.made.max(made);
    let what = "nanoseconds since boot";
    if let Some(bridge) = view.master() {
        let state = header.ndm_state;
        let local = state.contains(NUD_PERMANENT);
        let entry = Entry {
            made,
            port: (index != bridge).then_some(index),
            local,
            fixed: line.tail.flag("fixed", local || state.contains(NUD_NOARP))?,
            user: line.tail.flag("user", false)?,
            external: header.ndm_flags.contains(NTF_EXT_LEARNED),
            sticky: header.ndm_flags.contains(NTF_STICKY),
            used: line.tail.value("used", what, now)?,
            updated: line.tail.value("updated", what, now)?,
        };
        let before = ns.fdb.entries.insert((bridge, mac), entry);
        return if before.is_some() { Err(LoadFault::Repeated("the entry")) } else { Ok(()) };
    }
    if !is_vxlan {
        let before = ns.fdb.received.insert((index, mac), made);
        return if before.is_some() { Err(LoadFault::Repeated("the entry")) } else { Ok(()) };
    }
    let remote = Remote {
        address: view.dst().ok_or(LoadFault::Missing("NDA_DST"))?,
        port: view.port().unwrap_or(0),
        vni: view.vni().unwrap_or(0),
        link: view.ifindex().unwrap_or(0),
    };
    let tunnel = Tunnel {
        made,
        state: header.ndm_state,
        flags: header.ndm_flags,
        remotes: Vec::new(),
        used: line.tail.value("used", what, now)?,
        updated: line.tail.value("updated", what, now)?,
    };
    ns.fdb.tunnels.entry((index, mac)).or_insert(tunnel).remotes.push(remote);
    Ok(())
}
