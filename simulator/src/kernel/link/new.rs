//! Making links.
use super::kind::{Kind, LOOPBACK};
use super::{Data, Link};
use crate::refusal::Outcome;
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::family::link::af_spec::AddrGenMode;
use netplumb_core::family::link::{LinkMode, OperState};
use std::net::Ipv6Addr;

impl Link {
    /// A link of a kind before it is registered.
    pub(crate) fn of(kind: &'static Kind, name: &str) -> Self {
        Self {
            index: 0,
            name: name.to_owned(),
            altnames: Vec::new(),
            kind,
            flags: kind.flags,
            carrier: kind.carrier,
            operstate: OperState::default(),
            linkmode: LinkMode::default(),
            dormant: false,
            proto_down: false,
            mtu: kind.mtu,
            min_mtu: kind.min_mtu,
            max_mtu: kind.max_mtu,
            address: vec![0; 6],
            broadcast: vec![0xff; 6],
            address_set: false,
            mtu_set: false,
            txqlen: kind.txqlen,
            tx_queues: kind.queues,
            rx_queues: kind.queues,
            group: 0,
            alias: String::new(),
            promiscuity: 0,
            allmulti: 0,
            gso_max_segs: 65_535,
            gso_max_size: 65_536,
            gro_max_size: 65_536,
            gso_ipv4_max_size: 65_536,
            gro_ipv4_max_size: 65_536,
            carrier_ups: 0,
            carrier_downs: 0,
            activated: false,
            master: None,
            lower: None,
            data: Data::of(kind.data),
            port: Data::default(),
            inet6: true,
            inet6_ready: false,
            addr_gen_mode: AddrGenMode::default(),
            token: Ipv6Addr::UNSPECIFIED,
            addr4: Vec::new(),
            addr6: Vec::new(),
        }
    }
}

impl World {
    pub(crate) fn register_loopback(&mut self, ns: NetnsId) {
        let mut lo = Link::of(&LOOPBACK, "lo");
        lo.index = 1;
        lo.broadcast = vec![0; 6];
        let ns = self.ns_mut(ns);
        ns.names.insert("lo".to_owned(), 1);
        ns.links.insert(1, lo);
        ns.next_index = 2;
    }
    pub(crate) fn new_link(&mut self, _request: &Request<'_>) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn set_link(&mut self, _request: &Request<'_>) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn del_link(&mut self, _request: &Request<'_>) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn get_link(&mut self, _request: &Request<'_>) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn announce_carrier(&mut self, _ns: NetnsId, _link: u32) {}
}
