//! A link as a message (`rtnl_fill_ifinfo`).

use super::{Link, LinkAt};
use crate::kernel::netns::Netns;
use netplumb_core::family::link::af_spec::{
    AF_INET, AF_INET6, IF_READY, IFLA_INET_CONF, IFLA_INET6_CONF, IFLA_INET6_ICMP6STATS, IFLA_INET6_STATS,
    IflaCacheinfo, Inet6Flags, Inet6SpecBuilder,
};
use netplumb_core::family::link::info::{IFLA_INFO_DATA, IFLA_INFO_SLAVE_DATA, LinkInfoBuilder};
use netplumb_core::family::link::stats::{IfMap, LinkStats, LinkStats64};
use netplumb_core::family::link::{
    ExtFilter, IF_OPER_UNKNOWN, IF_OPER_UP, IFF_DORMANT, IFF_LOOPBACK, IFF_LOWER_UP, IFF_NOARP, IFF_RUNNING,
    IFLA_AF_SPEC, IFLA_LINKINFO, IFLA_MAX_PACING_OFFLOAD_HORIZON, IFLA_XDP, IfFlags, IfInfoMsg, LinkBuilder,
    LinkEvent, RTEXT_FILTER_SKIP_STATS, XDP_ATTACHED_NONE, XdpBuilder,
};
use netplumb_core::wire::Writer;

/// Everything that a message about a link can say beyond its state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkMessage {
    /// `ifi_change`.
    pub(crate) change: u32,
    /// `IFLA_EVENT`, unless it is 0.
    pub(crate) event: LinkEvent,
    /// Where the link has gone: the id of the namespace and the index there.
    pub(crate) moved: Option<(i32, u32)>,
    /// What the requester wants.
    pub(crate) filter: ExtFilter,
}

/// Settings of IPv4 that are not 0, as element and value (`IPV4_DEVCONF_*` less one).
const CONF4: &[(usize, i32)] = &[(3, 1), (4, 1), (5, 1), (6, 1), (8, 1), (26, 10_000), (27, 1_000), (32, 1)];
/// Loopback has no policies either.
const CONF4_LOOPBACK: &[(usize, i32)] = &[(14, 1), (15, 1)];
const CONF4_LEN: usize = 33;

/// Settings of IPv6 that are not 0 (`DEVCONF_*`).
const CONF6: &[(usize, i32)] = &[
    (1, 64),
    (3, 1),
    (4, 1),
    (5, 1),
    (6, 1),
    (7, -1),
    (8, 4_000),
    (9, 1_000),
    (11, 604_800),
    (12, 86_400),
    (13, 3),
    (14, 600),
    (15, 16),
    (17, 1),
    (18, 1),
    (19, 1),
    (20, 60_000),
    (27, 1),
    (30, 10_000),
    (31, 1_000),
    (32, 1),
    (35, 1),
    (38, 1),
    (43, 3_600_000),
    (46, 1),
    (52, 1_024),
    (54, 65_535),
    (55, -1),
    (56, 1),
];
const CONF6_LEN: usize = 60;
const DEVCONF_MTU6: usize = 2;
const DEVCONF_USE_TEMPADDR: usize = 10;
const DEVCONF_DAD_TRANSMITS: usize = 6;
const DEVCONF_DISABLE_IPV6: usize = 26;
const DEVCONF_ACCEPT_DAD: usize = 27;

impl Link {
    /// Flags as users see them (`dev_get_flags`).
    pub(crate) fn shown_flags(&self) -> IfFlags {
        let mut flags = self.flags;
        if self.is_up() {
            if self.operstate == IF_OPER_UP || self.operstate == IF_OPER_UNKNOWN {
                flags |= IFF_RUNNING;
            }
            if self.carrier {
                flags |= IFF_LOWER_UP;
            }
            if self.dormant {
                flags |= IFF_DORMANT;
            }
        }
        flags
    }

    /// Writes the message's payload. `ns` is where the link is.
    pub(crate) fn put(&self, w: &mut Writer<'_>, ns: &Netns, what: LinkMessage) {
        let header = IfInfoMsg {
            ifi_type: self.kind.arphrd,
            ifi_index: self.index.cast_signed(),
            ifi_flags: self.shown_flags(),
            ifi_change: what.change,
            ..IfInfoMsg::default()
        };
        let mut l = LinkBuilder::with_header(w, header);
        l.ifname(&self.name).txqlen(self.txqlen);
        l.operstate(self.shown_operstate());
        l.linkmode(self.linkmode).netns_immutable(u8::from(self.kind.immutable));
        l.mtu(self.mtu).min_mtu(self.min_mtu).max_mtu(self.max_mtu).group(self.group);
        l.promiscuity(self.promiscuity).allmulti(self.allmulti).num_tx_queues(self.tx_queues);
        l.gso_max_segs(self.gso_max_segs).gso_max_size(self.gso_max_size).gro_max_size(self.gro_max_size);
        l.gso_ipv4_max_size(self.gso_ipv4_max_size).gro_ipv4_max_size(self.gro_ipv4_max_size);
        l.tso_max_size(self.tso_max_size).tso_max_segs(65_535);
        // A number of 64 bits that fits 32 is sent so.
        l.writer().attr(IFLA_MAX_PACING_OFFLOAD_HORIZON, &[0; 4]);
        l.num_rx_queues(self.rx_queues);
        if let Some(master) = self.master {
            l.master(master);
        }
        l.carrier(u8::from(self.carrier));
        if !self.alias.is_empty() {
            l.ifalias(&self.alias);
        }
        l.carrier_changes(self.carrier_ups.wrapping_add(self.carrier_downs));
        l.carrier_up_count(self.carrier_ups).carrier_down_count(self.carrier_downs);
        l.headroom(self.kind.headroom).tailroom(0).proto_down(u8::from(self.proto_down));
        if what.event != LinkEvent::default() {
            l.event(what.event);
        }
        l.address(&self.address).broadcast(&self.broadcast);
        if !what.filter.contains(RTEXT_FILTER_SKIP_STATS) {
            l.stats64(LinkStats64::default()).stats(LinkStats::default());
        }
        // Here and below the kernel nests without the mark.
        l.writer().nest_raw(IFLA_XDP, |w| {
            XdpBuilder::new(w).attached(XDP_ATTACHED_NONE);
        });
        self.put_info(&mut l, ns);
        if let Some((nsid, index)) = what.moved {
            l.new_netnsid(nsid).new_ifindex(index.cast_signed());
        }
        self.put_lower(&mut l, ns);
        l.qdisc(if self.activated { self.kind.qdisc } else { "noop" });
        let stats = !what.filter.contains(RTEXT_FILTER_SKIP_STATS);
        l.writer().nest_raw(IFLA_AF_SPEC, |w| self.put_families(w, stats));
        l.map(IfMap::default());
        if !self.altnames.is_empty() {
            l.prop_list(|p| {
                for name in &self.altnames {
                    p.alt_ifnames(name);
                }
            });
        }
        l.devlink_port(|_| ()).dpll_pin(|_| ());
    }

    fn put_info(&self, l: &mut LinkBuilder<'_, '_>, ns: &Netns) {
        let master = self.master.and_then(|index| ns.link(index)).filter(|_| !self.port.is_empty());
        if self.kind.name.is_empty() && master.is_none() {
            return;
        }
        l.writer().nest_raw(IFLA_LINKINFO, |w| {
            let mut info = LinkInfoBuilder::new(w);
            if !self.kind.name.is_empty() {
                info.kind(self.kind.name);
                if !self.data.is_empty() {
                    let data = self.shown_data(ns);
                    info.writer().nest_raw(IFLA_INFO_DATA, |w| data.write(w));
                }
            }
            if let Some(master) = master {
                info.slave_kind(master.kind.name);
                let data = self.shown_port(ns, master);
                info.writer().nest_raw(IFLA_INFO_SLAVE_DATA, |w| data.write(w));
            }
        });
    }

    fn put_lower(&self, l: &mut LinkBuilder<'_, '_>, ns: &Netns) {
        let Some(LinkAt { netns, index }) = self.lower else {
            // One end of a pair whose other end is not there yet, or no more.
            if self.is_kind("veth") {
                l.link(0);
            }
            return;
        };
        if netns != ns.id {
            l.link_netnsid(ns.nsids.get(&netns).copied().unwrap_or(-1));
        }
        l.link(index);
    }

    fn put_families(&self, w: &mut Writer<'_>, stats: bool) {
        if self.inet4 {
            let loopback = self.flags.contains(IFF_LOOPBACK);
            let mut conf = [0i32; CONF4_LEN];
            let extra = if loopback { CONF4_LOOPBACK } else { &[] };
            for (at, value) in CONF4.iter().chain(extra) {
                conf[*at] = *value;
            }
            w.nest_raw(AF_INET, |w| w.attr(IFLA_INET_CONF, &ints(&conf)));
        }
        if self.inet6 {
            w.nest_raw(AF_INET6, |w| self.put_inet6(w, stats));
        }
    }

    fn put_inet6(&self, w: &mut Writer<'_>, stats: bool) {
        let mut conf = [0i32; CONF6_LEN];
        for (at, value) in CONF6 {
            conf[*at] = *value;
        }
        conf[DEVCONF_MTU6] = i32::try_from(self.mtu).unwrap_or(i32::MAX);
        let loopback = self.flags.contains(IFF_LOOPBACK);
        if loopback {
            conf[DEVCONF_USE_TEMPADDR] = -1;
        }
        conf[DEVCONF_ACCEPT_DAD] =
            if loopback || self.flags.contains(IFF_NOARP) { -1 } else { self.conf6.accept_dad };
        conf[DEVCONF_DAD_TRANSMITS] = i32::from(self.conf6.dad_transmits);
        conf[DEVCONF_DISABLE_IPV6] = i32::from(self.conf6.disable);
        let mut i = Inet6SpecBuilder::new(w);
        i.flags(if self.inet6_ready { IF_READY } else { Inet6Flags::default() });
        i.cacheinfo(IflaCacheinfo {
            max_reasm_len: 65_535,
            tstamp: 0,
            reachable_time: 30_000,
            retrans_time: 1_000,
        });
        i.writer().attr(IFLA_INET6_CONF, &ints(&conf));
        if stats {
            // Counters; the first is their number.
            for (kind, count) in [(IFLA_INET6_STATS, 38u64), (IFLA_INET6_ICMP6STATS, 7)] {
                let mut counters = vec![0; usize::try_from(count).unwrap_or(0) * 8];
                counters[..8].copy_from_slice(&count.to_ne_bytes());
                i.writer().attr(kind, &counters);
            }
        }
        i.token(self.token).addr_gen_mode(self.addr_gen_mode);
    }
}

fn ints(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_ne_bytes()).collect()
}
