//! Routes: `RTM_NEWROUTE`, `RTM_DELROUTE`, `RTM_GETROUTE` (`linux/rtnetlink.h`).
//!
//! ```
//! use netplumb_core::family::route::{RTN_UNICAST, Route, RouteBuilder, RtMsg};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 128];
//! let mut w = Writer::new(&mut buffer);
//! let header = RtMsg { rtm_dst_len: 24, rtm_table: 254, rtm_type: RTN_UNICAST, ..RtMsg::default() };
//! RouteBuilder::with_header(&mut w, header).dst_ip([198, 51, 100, 0].into()).gateway([192, 0, 2, 1].into());
//! let route = Route::new(w.written()).unwrap();
//! assert_eq!(route.gateway_ip(), Some([192, 0, 2, 1].into()));
//! assert_eq!(format!("{:?}", route.route_table()), "RT_TABLE_MAIN");
//! ```

pub mod encap;
pub mod header;
pub mod hop;
mod request;

pub use header::*;
pub use request::*;

use super::common::{AF_INET, AF_INET6, AddressFamily};
use crate::schema::{Be, Bytes, Case, Kind, LabelStack, Labels, Records, Select, Selector, Text, Value};
use crate::wire::{Source, Writer};
use crate::{attrs, fixed, flags};
use core::net::IpAddr;
use encap::EncapType;
use hop::{Hop, HopsBuilder};

/// Message type: a route was added, or add one.
pub const RTM_NEWROUTE: u16 = 24;
/// Message type: a route was deleted, or delete one.
pub const RTM_DELROUTE: u16 = 25;
/// Message type: read routes, or look one up.
pub const RTM_GETROUTE: u16 = 26;

fixed! {
    /// `struct rta_cacheinfo` (`linux/rtnetlink.h`).
    RtaCacheinfo = "rta_cacheinfo" {
        /// Number of users.
        rta_clntref: u32,
        /// Time since its last use, in hundredths of a second.
        rta_lastuse: u32,
        /// Time until it ends, in hundredths of a second; 0 is never.
        rta_expires: i32,
        /// Error that packets get, an errno; 0 is none.
        rta_error: u32,
        /// Number of uses.
        rta_used: u32,
        /// Unused.
        rta_id: u32,
        /// Unused.
        rta_ts: u32,
        /// Unused.
        rta_tsage: u32,
    }
}

fixed! {
    /// `struct rta_mfc_stats` (`linux/rtnetlink.h`): counters of a multicast route.
    RtaMfcStats = "rta_mfc_stats" {
        /// Packets forwarded.
        mfcs_packets: u64,
        /// Bytes forwarded.
        mfcs_bytes: u64,
        /// Packets that came from the wrong interface.
        mfcs_wrong_if: u64,
    }
}

/// A gateway of another family than its route (`struct rtvia`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Via<'a> {
    /// Address family.
    pub rtvia_family: u16,
    /// The address, network byte order; a link-layer address when the family is `AF_PACKET`.
    pub rtvia_addr: &'a [u8],
}

impl Via<'_> {
    /// The address when it is one of IPv4 or IPv6.
    pub fn ip(self) -> Option<IpAddr> {
        match (AddressFamily(u8::try_from(self.rtvia_family).ok()?), self.rtvia_addr.len()) {
            (AF_INET, 4) | (AF_INET6, 16) => <IpAddr as Value>::read(self.rtvia_addr),
            _ => None,
        }
    }
}

/// Marker for `struct rtvia` as a payload: a family in two bytes, native byte order, and the address.
#[derive(Debug)]
pub enum ViaAddr {}

impl Value for ViaAddr {
    type View<'a> = Via<'a>;
    type Arg<'a> = Via<'a>;
    const KIND: Kind = Kind::Bytes { min: 2, max: 34 };
    fn read(payload: &[u8]) -> Option<Via<'_>> {
        let (family, rtvia_addr) = payload.split_first_chunk::<2>()?;
        Some(Via { rtvia_family: u16::from_ne_bytes(*family), rtvia_addr })
    }
    fn write(w: &mut Writer<'_>, id: u16, via: Via<'_>) {
        w.attr_parts(id, &via.rtvia_family.to_ne_bytes(), via.rtvia_addr);
    }
}

/// An MPLS label, or an address of any other family.
static ADDRESS: Select =
    Select { by: Selector::Header(0), cases: &[(Case::Int(28), Kind::Labels), (Case::Any, Kind::Ip)] };

/// What `RTA_ENCAP` holds.
pub(crate) static ENCAP: Select = Select {
    by: Selector::Sibling(RTA_ENCAP_TYPE),
    cases: &[
        (Case::Int(1), Kind::Nest(|| encap::MplsEncap::SCHEMA)),
        (Case::Int(2), Kind::Nest(|| encap::IpEncap::SCHEMA)),
        (Case::Int(3), Kind::Nest(|| encap::IlaEncap::SCHEMA)),
        (Case::Int(4), Kind::Nest(|| encap::Ip6Encap::SCHEMA)),
        (Case::Int(5), Kind::Nest(|| encap::Seg6Encap::SCHEMA)),
        (Case::Int(6), Kind::Nest(|| encap::BpfEncap::SCHEMA)),
        (Case::Int(7), Kind::Nest(|| encap::Seg6Local::SCHEMA)),
        (Case::Int(8), Kind::Nest(|| encap::RplEncap::SCHEMA)),
        (Case::Int(9), Kind::Nest(|| encap::Ioam6Encap::SCHEMA)),
        (Case::Int(10), Kind::Nest(|| encap::XfrmEncap::SCHEMA)),
        (Case::Any, <Bytes as Value>::KIND),
    ],
};

attrs! {
    /// A route (`RTA_*`, `linux/rtnetlink.h`).
    Route / RouteBuilder : RtMsg = "route" {
        /// Destination: an address, or for `AF_MPLS` a label; absent is everywhere. See [`Route::dst_ip`].
        RTA_DST = 1 => dst: {select Kind::Select(&ADDRESS)}, key;
        /// Source that packets must have. See [`Route::src_ip`].
        RTA_SRC = 2 => src: {select Kind::Select(&ADDRESS)}, key;
        /// Index of the interface that packets come from.
        RTA_IIF = 3 => iif: u32;
        /// Index of the interface that packets go to.
        RTA_OIF = 4 => oif: u32;
        /// Gateway of the route's family.
        RTA_GATEWAY = 5 => gateway: IpAddr;
        /// Metric: of several routes to a destination the lowest counts.
        RTA_PRIORITY = 6 => priority: u32, key;
        /// Source for packets that have none yet.
        RTA_PREFSRC = 7 => prefsrc: IpAddr;
        /// Properties of the path.
        RTA_METRICS = 8 => metrics: [Metrics, MetricsBuilder];
        /// Several nexthops. [`RouteBuilder::hops`] writes them.
        RTA_MULTIPATH = 9 => multipath: (Records<Hop<'static>>);
        /// Not used any more.
        RTA_PROTOINFO = 10 => protoinfo: (Bytes), read_only;
        /// Routing realms: the source's in the upper half, the destination's in the lower.
        RTA_FLOW = 11 => flow: u32;
        /// Times and uses.
        RTA_CACHEINFO = 12 => cacheinfo: RtaCacheinfo, read_only, volatile;
        /// Not used any more.
        RTA_SESSION = 13 => session: (Bytes), read_only;
        /// Not used any more.
        RTA_MP_ALGO = 14 => mp_algo: (Bytes), read_only;
        /// Routing table; counts instead of `rtm_table` when it is there.
        RTA_TABLE = 15 => table_id: RouteTable, key;
        /// In look-ups: the packet's mark.
        RTA_MARK = 16 => mark: u32;
        /// Counters of a multicast route.
        RTA_MFC_STATS = 17 => mfc_stats: RtaMfcStats, read_only, volatile;
        /// Gateway of another family than the route's.
        RTA_VIA = 18 => via: ViaAddr;
        /// MPLS labels to put in place of the one that came.
        RTA_NEWDST = 19 => newdst: LabelStack;
        /// Preference of the router (IPv6).
        RTA_PREF = 20 => pref: RouterPref;
        /// Kind of lightweight tunnel.
        RTA_ENCAP_TYPE = 21 => encap_type: EncapType;
        /// The lightweight tunnel.
        RTA_ENCAP = 22 => encap: {select Kind::Select(&ENCAP)};
        /// Time until the route ends, in seconds; for multicast routes since its last use, in hundredths (64 bits).
        RTA_EXPIRES = 23 => expires: u32, volatile;
        /// Alignment of what follows.
        RTA_PAD = 24 => pad: (Bytes), read_only;
        /// In look-ups: the user.
        RTA_UID = 25 => uid: u32;
        /// Whether the time to live goes from label to packet (MPLS): 0 or 1.
        RTA_TTL_PROPAGATE = 26 => ttl_propagate: u8 in 0..=1;
        /// In look-ups: the protocol (`IPPROTO_*`).
        RTA_IP_PROTO = 27 => ip_proto: u8;
        /// In look-ups: the source port, network byte order.
        RTA_SPORT = 28 => sport: (Be<u16>);
        /// In look-ups: the destination port, network byte order.
        RTA_DPORT = 29 => dport: (Be<u16>);
        /// Id of a nexthop object that stands for gateway and interface.
        RTA_NH_ID = 30 => nh_id: u32;
        /// In look-ups: the flow label, network byte order.
        RTA_FLOWLABEL = 31 => flowlabel: (Be<u32>) in 0..=0xf_ffff;
    }
}

flags! {
    /// Features of a path (`RTAX_FEATURE_*`, `linux/rtnetlink.h`), with iproute2's words.
    RtaxFeatures: u32 {
        /// Explicit congestion notification.
        RTAX_FEATURE_ECN = 0x01 => "ecn",
        /// Unused.
        RTAX_FEATURE_SACK = 0x02 => "sack",
        /// Unused.
        RTAX_FEATURE_TIMESTAMP = 0x04 => "timestamp",
        /// Unused.
        RTAX_FEATURE_ALLFRAG = 0x08 => "allfrag",
        /// TCP timestamps in microseconds.
        RTAX_FEATURE_TCP_USEC_TS = 0x10 => "tcp_usec_ts",
    }
}

attrs! {
    /// Properties of a path (`RTAX_*`, `linux/rtnetlink.h`).
    Metrics / MetricsBuilder = "route.metrics" {
        /// The properties that are fixed, a bit for each `RTAX_*` number.
        RTAX_LOCK = 1 => lock: u32;
        /// Largest packet, in bytes.
        RTAX_MTU = 2 => mtu: u32;
        /// Largest window, in bytes.
        RTAX_WINDOW = 3 => window: u32;
        /// Round-trip time, in eighths of a millisecond.
        RTAX_RTT = 4 => rtt: u32;
        /// Variance of the round-trip time, in quarters of a millisecond.
        RTAX_RTTVAR = 5 => rttvar: u32;
        /// Slow-start threshold, in segments.
        RTAX_SSTHRESH = 6 => ssthresh: u32;
        /// Largest congestion window, in segments.
        RTAX_CWND = 7 => cwnd: u32;
        /// Largest segment to tell the other end, in bytes.
        RTAX_ADVMSS = 8 => advmss: u32;
        /// Largest reordering, in segments.
        RTAX_REORDERING = 9 => reordering: u32;
        /// Hop limit of packets.
        RTAX_HOPLIMIT = 10 => hoplimit: u32;
        /// Congestion window at the beginning, in segments.
        RTAX_INITCWND = 11 => initcwnd: u32;
        /// Features.
        RTAX_FEATURES = 12 => features: RtaxFeatures;
        /// Smallest time until a retransmission, in milliseconds.
        RTAX_RTO_MIN = 13 => rto_min: u32;
        /// Receive window at the beginning, in segments.
        RTAX_INITRWND = 14 => initrwnd: u32;
        /// Whether acknowledgements go out at once: 0 or 1.
        RTAX_QUICKACK = 15 => quickack: u32;
        /// Congestion control algorithm, at most 15 bytes.
        RTAX_CC_ALGO = 16 => cc_algo: (Text<15>);
        /// Whether TCP fast open works without a cookie: 0 or 1.
        RTAX_FASTOPEN_NO_COOKIE = 17 => fastopen_no_cookie: u32;
    }
}

impl<'a, S: Source<'a>> Route<'a, S> {
    /// Destination when it is an IPv4 or IPv6 address. `None` also for the default route, which has none.
    pub fn dst_ip(&self) -> Option<IpAddr> {
        self.dst().and_then(|attr| <IpAddr as Value>::read(attr.payload()))
    }

    /// Destination of an `AF_MPLS` route.
    pub fn dst_labels(&self) -> Option<Labels<'a>> {
        let attr = self.dst().filter(|_| self.header().rtm_family == super::common::AF_MPLS)?;
        Some(Labels::new(attr.payload()))
    }

    /// Source when it is an IPv4 or IPv6 address.
    pub fn src_ip(&self) -> Option<IpAddr> {
        self.src().and_then(|attr| <IpAddr as Value>::read(attr.payload()))
    }

    /// Gateway, of the route's family or another.
    pub fn gateway_ip(&self) -> Option<IpAddr> {
        self.gateway().or_else(|| self.via()?.ip())
    }

    /// Routing table, from `RTA_TABLE` or, where that is absent, the header.
    pub fn route_table(&self) -> RouteTable {
        self.table_id().unwrap_or(RouteTable(u32::from(self.header().rtm_table)))
    }
}

impl<'b> RouteBuilder<'_, 'b> {
    /// Destination address. The prefix length stands in the header.
    pub fn dst_ip(&mut self, address: IpAddr) -> &mut Self {
        <IpAddr as Value>::write(self.writer(), RTA_DST, address);
        self
    }

    /// Destination label of an `AF_MPLS` route.
    pub fn dst_label(&mut self, label: u32) -> &mut Self {
        <LabelStack as Value>::write(self.writer(), RTA_DST, &[label]);
        self
    }

    /// Source address. The prefix length stands in the header.
    pub fn src_ip(&mut self, address: IpAddr) -> &mut Self {
        <IpAddr as Value>::write(self.writer(), RTA_SRC, address);
        self
    }

    /// Several nexthops (`RTA_MULTIPATH`).
    pub fn hops(&mut self, fill: impl FnOnce(&mut HopsBuilder<'_, 'b>)) -> &mut Self {
        self.writer().nest_raw(RTA_MULTIPATH, |w| fill(&mut HopsBuilder::new(w)));
        self
    }
}

macro_rules! encaps {
    ($( $(#[doc = $doc:literal])* $name:ident $View:ident $Builder:ident $TYPE:ident; )*) => {
        encaps!(@view Route; $( $(#[doc = $doc])* $name $View $TYPE; )*);
        encaps!(@view Hop; $( $(#[doc = $doc])* $name $View $TYPE; )*);
        encaps!(@builder RouteBuilder; $( $(#[doc = $doc])* $name $Builder $TYPE; )*);
        encaps!(@builder HopBuilder; $( $(#[doc = $doc])* $name $Builder $TYPE; )*);
    };
    (@view $Set:ident; $( $(#[doc = $doc:literal])* $name:ident $View:ident $TYPE:ident; )*) => {
        impl<'a, S: Source<'a>> $Set<'a, S> {
            $( $(#[doc = $doc])*
            ///
            /// `None` when `RTA_ENCAP_TYPE` says otherwise.
            pub fn $name(&self) -> Option<encap::$View<'a>> {
                let attr = self.encap().filter(|_| self.encap_type() == Some(encap::$TYPE))?;
                encap::$View::new(attr.payload())
            } )*
        }
    };
    (@builder $Set:ident; $( $(#[doc = $doc:literal])* $name:ident $Builder:ident $TYPE:ident; )*) => {
        impl<'b> $Set<'_, 'b> {
            $( $(#[doc = $doc])*
            ///
            /// Writes `RTA_ENCAP_TYPE` and `RTA_ENCAP`.
            pub fn $name(&mut self, fill: impl FnOnce(&mut encap::$Builder<'_, 'b>)) -> &mut Self {
                self.encap_type(encap::$TYPE);
                self.writer().nest(RTA_ENCAP, |w| fill(&mut encap::$Builder::new(w)));
                self
            } )*
        }
    };
}

use hop::HopBuilder;

encaps! {
    /// MPLS labels to push.
    encap_mpls MplsEncap MplsEncapBuilder LWTUNNEL_ENCAP_MPLS;
    /// Metadata for an IPv4 tunnel.
    encap_ip IpEncap IpEncapBuilder LWTUNNEL_ENCAP_IP;
    /// Identifier locator addressing.
    encap_ila IlaEncap IlaEncapBuilder LWTUNNEL_ENCAP_ILA;
    /// Metadata for an IPv6 tunnel.
    encap_ip6 Ip6Encap Ip6EncapBuilder LWTUNNEL_ENCAP_IP6;
    /// IPv6 segment routing.
    encap_seg6 Seg6Encap Seg6EncapBuilder LWTUNNEL_ENCAP_SEG6;
    /// BPF programs.
    encap_bpf BpfEncap BpfEncapBuilder LWTUNNEL_ENCAP_BPF;
    /// A local segment of IPv6 segment routing.
    encap_seg6local Seg6Local Seg6LocalBuilder LWTUNNEL_ENCAP_SEG6_LOCAL;
    /// Source routes of RPL.
    encap_rpl RplEncap RplEncapBuilder LWTUNNEL_ENCAP_RPL;
    /// In-situ measurement.
    encap_ioam6 Ioam6Encap Ioam6EncapBuilder LWTUNNEL_ENCAP_IOAM6;
    /// An IPsec interface.
    encap_xfrm XfrmEncap XfrmEncapBuilder LWTUNNEL_ENCAP_XFRM;
}
