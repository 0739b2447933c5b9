//! Reading one forwarding entry (`rtnl_fdb_get`).

use super::change::vlan;
use super::{Mac, mac};
use crate::kernel::neigh::change::ROWS;
use crate::kernel::neigh::get::NDA_MAX;
use crate::policy;
use crate::refusal::{Outcome, refuse};
use crate::request::Request;
use crate::world::World;
use netplumb_core::Errno;
use netplumb_core::family::neigh::{
    NDA_LLADDR, NDA_MASTER, NDA_VLAN, NDA_VNI, NTF_MASTER, NTF_SELF, NUD_NONE, NdMsg, Neigh as View,
    NeighFlags, RTM_NEWNEIGH,
};
use netplumb_core::family::route::RouteType;
use netplumb_core::schema::Header as _;

impl World {
    pub(crate) fn get_fdb(&mut self, request: &Request<'_>) -> Outcome {
        let payload = request.message.payload();
        let split = NdMsg::read_fixed(payload).zip(View::SCHEMA.split(payload));
        let Some((header, (_, list))) = split else {
            return refuse(Errno::EINVAL, "Invalid header for fdb get request");
        };
        let padded = payload.get(1..4).is_some_and(|padding| padding != [0; 3]);
        if padded || header.ndm_state != NUD_NONE || header.ndm_type != RouteType(0) {
            return refuse(Errno::EINVAL, "Invalid values in header for fdb get request");
        }
        if header.ndm_flags.without(NeighFlags(NTF_MASTER.0 | NTF_SELF.0)).0 != 0 {
            return refuse(Errno::EINVAL, "Invalid flags in header for fdb get request");
        }
        let attrs = policy::parse_strictly(View::SCHEMA, ROWS, NDA_MAX, request.message, list)?;
        for kind in attrs.kinds() {
            match kind {
                NDA_LLADDR if attrs.get(kind).is_some_and(|attr| attr.payload().len() != 6) => {
                    return refuse(Errno::EINVAL, "Invalid address in fdb get request");
                }
                NDA_VLAN => {
                    vlan(&attrs)?;
                }
                NDA_LLADDR | NDA_MASTER | NDA_VNI => {}
                _ => return refuse(Errno::EINVAL, "Unsupported attribute in fdb get request"),
            }
        }
        let Some(mac) = attrs.get(NDA_LLADDR).and_then(|attr| mac(attr.payload())) else {
            return refuse(Errno::EINVAL, "Missing lookup address for fdb get request");
        };
        let master = attrs.get(NDA_MASTER).and_then(|attr| netplumb_core::bytes::u32_ne(attr.payload()));
        let device = self.fdb_device(request, &header, master.unwrap_or(0))?;
        self.answer_fdb(request, device, mac, attrs.has(NDA_VLAN))
    }

    /// The link that has the entry.
    fn fdb_device(&self, request: &Request<'_>, header: &NdMsg, master: u32) -> Outcome<u32> {
        let ns = self.ns(request.netns);
        let index = header.ndm_ifindex.cast_unsigned();
        if index != 0 && ns.link(index).is_none() {
            return refuse(Errno::ENODEV, "Unknown device ifindex");
        }
        if master != 0 {
            if index != 0 {
                return refuse(Errno::EINVAL, "Master and device are mutually exclusive");
            }
            let Some(link) = ns.link(master) else {
                return refuse(Errno::EINVAL, "Invalid master ifindex");
            };
            return Ok(link.index);
        }
        if index == 0 {
            return refuse(Errno::ENODEV, "No device specified");
        }
        if header.ndm_flags.0 == 0 || header.ndm_flags.contains(NTF_MASTER) {
            let bridge = self.bridge_of(request, index);
            return bridge.map_or_else(|| refuse(Errno::EINVAL, "Device is not a bridge port"), Ok);
        }
        Ok(index)
    }

    fn answer_fdb(&mut self, request: &Request<'_>, device: u32, mac: Mac, vlan: bool) -> Outcome {
        let (ns, now, key) = (request.netns, self.now_ns(), (device, mac));
        let netns = self.ns(ns);
        match netns.link(device).map_or("", |link| link.kind.name) {
            "bridge" => {
                let Some(entry) = netns.fdb.entries.get(&key).filter(|_| !vlan).cloned() else {
                    return refuse(Errno::ENOENT, "Fdb entry not found");
                };
                self.reply(request, RTM_NEWNEIGH, 0, |_, w| entry.put(w, now, key));
            }
            "vxlan" => {
                let Some(tunnel) = netns.fdb.tunnels.get(&key).cloned() else {
                    return refuse(Errno::ENOENT, "Fdb entry not found");
                };
                self.reply(request, RTM_NEWNEIGH, 0, |world, w| {
                    if let (Some(link), Some(remote)) = (world.ns(ns).link(device), tunnel.remotes.first()) {
                        tunnel.put(w, now, link, mac, remote);
                    }
                });
            }
            _ => return refuse(Errno::EOPNOTSUPP, "Fdb get operation not supported by device"),
        }
        Ok(())
    }
}
