//! Lightweight tunnels of a route (`RTA_ENCAP`): what `RTA_ENCAP_TYPE` chooses.
//!
//! ```
//! use netplumb_core::family::route::{self, Route};
//! use netplumb_core::request::AsRequest;
//! let request = route::add("198.51.100.0/24".parse().unwrap()).with(|r| {
//!     r.encap_mpls(|e| {
//!         e.dst(&[100, 200]);
//!     });
//! });
//! let route = Route::new(&request.message().unwrap()[16..]).unwrap();
//! assert_eq!(route.encap_mpls().unwrap().dst().unwrap().to_string(), "100/200");
//! assert!(route.encap_ip().is_none(), "the type says mpls");
//! ```

use crate::schema::{Be, Bytes, LabelStack, Text};
use crate::{attrs, open_enum};
use core::net::{Ipv4Addr, Ipv6Addr};

open_enum! {
    /// Kinds of lightweight tunnels (`LWTUNNEL_ENCAP_*`, `linux/lwtunnel.h`), with iproute2's words.
    EncapType: u16 {
        /// None.
        LWTUNNEL_ENCAP_NONE = 0 => "none",
        /// MPLS labels.
        LWTUNNEL_ENCAP_MPLS = 1 => "mpls",
        /// Metadata for an IPv4 tunnel.
        LWTUNNEL_ENCAP_IP = 2 => "ip",
        /// Identifier locator addressing.
        LWTUNNEL_ENCAP_ILA = 3 => "ila",
        /// Metadata for an IPv6 tunnel.
        LWTUNNEL_ENCAP_IP6 = 4 => "ip6",
        /// IPv6 segment routing.
        LWTUNNEL_ENCAP_SEG6 = 5 => "seg6",
        /// BPF programs.
        LWTUNNEL_ENCAP_BPF = 6 => "bpf",
        /// A local segment of IPv6 segment routing.
        LWTUNNEL_ENCAP_SEG6_LOCAL = 7 => "seg6local",
        /// Source routes of RPL.
        LWTUNNEL_ENCAP_RPL = 8 => "rpl",
        /// In-situ measurement.
        LWTUNNEL_ENCAP_IOAM6 = 9 => "ioam6",
        /// An IPsec interface.
        LWTUNNEL_ENCAP_XFRM = 10 => "xfrm",
    }
}

attrs! {
    /// MPLS labels to push (`MPLS_IPTUNNEL_*`, `linux/mpls_iptunnel.h`).
    MplsEncap / MplsEncapBuilder = "route.encap.mpls" {
        /// The labels.
        MPLS_IPTUNNEL_DST = 1 => dst: LabelStack;
        /// Time to live of the labels.
        MPLS_IPTUNNEL_TTL = 2 => ttl: u8;
    }
}

attrs! {
    /// Metadata for an IPv4 tunnel (`LWTUNNEL_IP_*`, `linux/lwtunnel.h`).
    IpEncap / IpEncapBuilder = "route.encap.ip" {
        /// Id of the tunnel, network byte order.
        LWTUNNEL_IP_ID = 1 => id: (Be<u64>);
        /// Outer destination.
        LWTUNNEL_IP_DST = 2 => dst: Ipv4Addr;
        /// Outer source.
        LWTUNNEL_IP_SRC = 3 => src: Ipv4Addr;
        /// Outer time to live.
        LWTUNNEL_IP_TTL = 4 => ttl: u8;
        /// Outer type of service.
        LWTUNNEL_IP_TOS = 5 => tos: u8;
        /// Flags (`TUNNEL_*`, `linux/if_tunnel.h`), network byte order.
        LWTUNNEL_IP_FLAGS = 6 => flags: (Be<u16>);
        /// Alignment of what follows.
        LWTUNNEL_IP_PAD = 7 => pad: (Bytes), read_only;
        /// Options of the tunnel's protocol.
        LWTUNNEL_IP_OPTS = 8 => opts: [TunnelOpts, TunnelOptsBuilder];
    }
}

attrs! {
    /// Metadata for an IPv6 tunnel (`LWTUNNEL_IP6_*`, `linux/lwtunnel.h`).
    Ip6Encap / Ip6EncapBuilder = "route.encap.ip6" {
        /// Id of the tunnel, network byte order.
        LWTUNNEL_IP6_ID = 1 => id: (Be<u64>);
        /// Outer destination.
        LWTUNNEL_IP6_DST = 2 => dst: Ipv6Addr;
        /// Outer source.
        LWTUNNEL_IP6_SRC = 3 => src: Ipv6Addr;
        /// Outer hop limit.
        LWTUNNEL_IP6_HOPLIMIT = 4 => hoplimit: u8;
        /// Outer traffic class.
        LWTUNNEL_IP6_TC = 5 => tc: u8;
        /// Flags (`TUNNEL_*`, `linux/if_tunnel.h`), network byte order.
        LWTUNNEL_IP6_FLAGS = 6 => flags: (Be<u16>);
        /// Alignment of what follows.
        LWTUNNEL_IP6_PAD = 7 => pad: (Bytes), read_only;
        /// Options of the tunnel's protocol.
        LWTUNNEL_IP6_OPTS = 8 => opts: [TunnelOpts, TunnelOptsBuilder];
    }
}

attrs! {
    /// Options of a tunnel's protocol (`LWTUNNEL_IP_OPTS_*`, `linux/lwtunnel.h`).
    TunnelOpts / TunnelOptsBuilder = "route.encap.opts" {
        /// An option of Geneve.
        LWTUNNEL_IP_OPTS_GENEVE = 1 => geneve: {many [GeneveOpt, GeneveOptBuilder]}, multi;
        /// Options of VXLAN.
        LWTUNNEL_IP_OPTS_VXLAN = 2 => vxlan: [VxlanOpt, VxlanOptBuilder];
        /// Options of ERSPAN.
        LWTUNNEL_IP_OPTS_ERSPAN = 3 => erspan: [ErspanOpt, ErspanOptBuilder];
    }
}

attrs! {
    /// An option of Geneve (`LWTUNNEL_IP_OPT_GENEVE_*`, `linux/lwtunnel.h`; RFC 8926 section 3.5).
    GeneveOpt / GeneveOptBuilder = "route.encap.geneve" {
        /// Who defines the option, network byte order.
        LWTUNNEL_IP_OPT_GENEVE_CLASS = 1 => class: (Be<u16>);
        /// Type of the option.
        LWTUNNEL_IP_OPT_GENEVE_TYPE = 2 => kind: u8;
        /// Its value, a multiple of 4 bytes.
        LWTUNNEL_IP_OPT_GENEVE_DATA = 3 => data: (Bytes<4, 127>);
    }
}

attrs! {
    /// Options of VXLAN (`LWTUNNEL_IP_OPT_VXLAN_*`, `linux/lwtunnel.h`).
    VxlanOpt / VxlanOptBuilder = "route.encap.vxlan" {
        /// Group policy.
        LWTUNNEL_IP_OPT_VXLAN_GBP = 1 => gbp: u32;
    }
}

attrs! {
    /// Options of ERSPAN (`LWTUNNEL_IP_OPT_ERSPAN_*`, `linux/lwtunnel.h`).
    ErspanOpt / ErspanOptBuilder = "route.encap.erspan" {
        /// Version: 1 or 2.
        LWTUNNEL_IP_OPT_ERSPAN_VER = 1 => ver: u8;
        /// Version 1: index of the session, network byte order.
        LWTUNNEL_IP_OPT_ERSPAN_INDEX = 2 => index: (Be<u32>);
        /// Version 2: direction, 0 in, 1 out.
        LWTUNNEL_IP_OPT_ERSPAN_DIR = 3 => dir: u8;
        /// Version 2: id of the hardware.
        LWTUNNEL_IP_OPT_ERSPAN_HWID = 4 => hwid: u8;
    }
}

attrs! {
    /// Identifier locator addressing (`ILA_ATTR_*`, `linux/ila.h`).
    IlaEncap / IlaEncapBuilder = "route.encap.ila" {
        /// Locator, network byte order.
        ILA_ATTR_LOCATOR = 1 => locator: (Be<u64>);
        /// Identifier, network byte order.
        ILA_ATTR_IDENTIFIER = 2 => identifier: (Be<u64>);
        /// Locator to look for, network byte order.
        ILA_ATTR_LOCATOR_MATCH = 3 => locator_match: (Be<u64>);
        /// Interface index.
        ILA_ATTR_IFINDEX = 4 => ifindex: i32;
        /// Direction: 1 in, 2 out.
        ILA_ATTR_DIR = 5 => dir: u32;
        /// Alignment of what follows.
        ILA_ATTR_PAD = 6 => pad: (Bytes), read_only;
        /// How the checksum stays right (`ILA_CSUM_*`).
        ILA_ATTR_CSUM_MODE = 7 => csum_mode: u8;
        /// Type of the identifier (`ILA_ATYPE_*`).
        ILA_ATTR_IDENT_TYPE = 8 => ident_type: u8;
        /// Where it happens: 0 on output, 1 on input.
        ILA_ATTR_HOOK_TYPE = 9 => hook_type: u8;
    }
}

open_enum! {
    /// How segments get into a packet (`SEG6_IPTUN_MODE_*`, `linux/seg6_iptunnel.h`), with iproute2's words.
    Seg6Mode: u32 {
        /// Into its own header.
        SEG6_IPTUN_MODE_INLINE = 0 => "inline",
        /// Into an outer IPv6 header.
        SEG6_IPTUN_MODE_ENCAP = 1 => "encap",
        /// Into an outer IPv6 header, with the frame.
        SEG6_IPTUN_MODE_L2ENCAP = 2 => "l2encap",
        /// As `encap`, without the first segment in the list.
        SEG6_IPTUN_MODE_ENCAP_RED = 3 => "encap.red",
        /// As `l2encap`, without the first segment in the list.
        SEG6_IPTUN_MODE_L2ENCAP_RED = 4 => "l2encap.red",
    }
}

attrs! {
    /// IPv6 segment routing (`SEG6_IPTUNNEL_*`, `linux/seg6_iptunnel.h`).
    Seg6Encap / Seg6EncapBuilder = "route.encap.seg6" {
        /// `struct seg6_iptunnel_encap`: 4 bytes of mode, native byte order, then the segment routing header of
        /// RFC 8754 section 2.
        SEG6_IPTUNNEL_SRH = 1 => srh: (Bytes<12>);
    }
}

impl<'a, S: crate::wire::Source<'a>> Seg6Encap<'a, S> {
    /// How segments get into a packet.
    pub fn mode(&self) -> Option<Seg6Mode> {
        <Seg6Mode as crate::schema::Value>::read(self.srh()?)
    }

    /// The segments as the header lists them: the last one comes first.
    pub fn segments(&self) -> impl Iterator<Item = Ipv6Addr> + 'a {
        let header = self.srh().and_then(|srh| srh.get(4..)).unwrap_or(&[]);
        let count = header.get(4).map_or(0, |last| usize::from(*last).saturating_add(1));
        let list = header.get(8..).unwrap_or(&[]);
        list.chunks_exact(16).take(count).filter_map(<Ipv6Addr as crate::schema::Value>::read)
    }
}

attrs! {
    /// BPF programs (`LWT_BPF_*`, `linux/lwtunnel.h`).
    BpfEncap / BpfEncapBuilder = "route.encap.bpf" {
        /// Program for packets that come in.
        LWT_BPF_IN = 1 => input: [BpfProg, BpfProgBuilder];
        /// Program for packets that go out.
        LWT_BPF_OUT = 2 => output: [BpfProg, BpfProgBuilder];
        /// Program for packets about to be sent.
        LWT_BPF_XMIT = 3 => xmit: [BpfProg, BpfProgBuilder];
        /// Room that the last one wants in front of a packet, in bytes.
        LWT_BPF_XMIT_HEADROOM = 4 => xmit_headroom: u32 in 0..=256;
    }
}

attrs! {
    /// A BPF program (`LWT_BPF_PROG_*`, `linux/lwtunnel.h`).
    BpfProg / BpfProgBuilder = "route.encap.bpf_prog" {
        /// Descriptor of the program.
        LWT_BPF_PROG_FD = 1 => fd: u32;
        /// Name to show.
        LWT_BPF_PROG_NAME = 2 => name: (Text<255>);
    }
}

open_enum! {
    /// What a local segment does (`SEG6_LOCAL_ACTION_*`, `linux/seg6_local.h`), with iproute2's words (RFC 8986).
    Seg6LocalAction: u32 {
        /// Not said.
        SEG6_LOCAL_ACTION_UNSPEC = 0 => "unspec",
        /// Goes on to the next segment.
        SEG6_LOCAL_ACTION_END = 1 => "End",
        /// Goes on to the next segment by a given nexthop.
        SEG6_LOCAL_ACTION_END_X = 2 => "End.X",
        /// Goes on to the next segment, looked up in a table.
        SEG6_LOCAL_ACTION_END_T = 3 => "End.T",
        /// Unpacks a frame and sends it out of an interface.
        SEG6_LOCAL_ACTION_END_DX2 = 4 => "End.DX2",
        /// Unpacks IPv6 and sends it to a nexthop.
        SEG6_LOCAL_ACTION_END_DX6 = 5 => "End.DX6",
        /// Unpacks IPv4 and sends it to a nexthop.
        SEG6_LOCAL_ACTION_END_DX4 = 6 => "End.DX4",
        /// Unpacks IPv6 and looks it up in a table.
        SEG6_LOCAL_ACTION_END_DT6 = 7 => "End.DT6",
        /// Unpacks IPv4 and looks it up in a table.
        SEG6_LOCAL_ACTION_END_DT4 = 8 => "End.DT4",
        /// Inserts segments.
        SEG6_LOCAL_ACTION_END_B6 = 9 => "End.B6",
        /// Wraps into segments.
        SEG6_LOCAL_ACTION_END_B6_ENCAP = 10 => "End.B6.Encaps",
        /// Wraps into MPLS.
        SEG6_LOCAL_ACTION_END_BM = 11 => "End.BM",
        /// Looks the last segment up in a table.
        SEG6_LOCAL_ACTION_END_S = 12 => "End.S",
        /// Static proxy.
        SEG6_LOCAL_ACTION_END_AS = 13 => "End.AS",
        /// Masquerading proxy.
        SEG6_LOCAL_ACTION_END_AM = 14 => "End.AM",
        /// A BPF program.
        SEG6_LOCAL_ACTION_END_BPF = 15 => "End.BPF",
        /// Unpacks IPv4 or IPv6 and looks it up in a table.
        SEG6_LOCAL_ACTION_END_DT46 = 16 => "End.DT46",
    }
}

attrs! {
    /// A local segment (`SEG6_LOCAL_*`, `linux/seg6_local.h`).
    Seg6Local / Seg6LocalBuilder = "route.encap.seg6local" {
        /// What it does.
        SEG6_LOCAL_ACTION = 1 => action: Seg6LocalAction;
        /// Segment routing header, RFC 8754 section 2.
        SEG6_LOCAL_SRH = 2 => srh: (Bytes<8>);
        /// Routing table.
        SEG6_LOCAL_TABLE = 3 => table_id: u32;
        /// IPv4 nexthop.
        SEG6_LOCAL_NH4 = 4 => nh4: Ipv4Addr;
        /// IPv6 nexthop.
        SEG6_LOCAL_NH6 = 5 => nh6: Ipv6Addr;
        /// Index of the interface that packets come from.
        SEG6_LOCAL_IIF = 6 => iif: u32;
        /// Index of the interface that packets go to.
        SEG6_LOCAL_OIF = 7 => oif: u32;
        /// The program.
        SEG6_LOCAL_BPF = 8 => bpf: [Seg6LocalBpf, Seg6LocalBpfBuilder];
        /// Routing table of a VRF.
        SEG6_LOCAL_VRFTABLE = 9 => vrftable: u32;
        /// Counters; in requests an empty list switches them on.
        SEG6_LOCAL_COUNTERS = 10 => counters: [Seg6LocalCounters, Seg6LocalCountersBuilder];
        /// Variants of the behaviour.
        SEG6_LOCAL_FLAVORS = 11 => flavors: [Seg6LocalFlavors, Seg6LocalFlavorsBuilder];
    }
}

attrs! {
    /// The program of a local segment (`SEG6_LOCAL_BPF_PROG_*`, `linux/seg6_local.h`).
    Seg6LocalBpf / Seg6LocalBpfBuilder = "route.encap.seg6local.bpf" {
        /// Descriptor of the program; in replies its id.
        SEG6_LOCAL_BPF_PROG = 1 => prog: u32;
        /// Name to show.
        SEG6_LOCAL_BPF_PROG_NAME = 2 => name: (Text<255>);
    }
}

attrs! {
    /// Counters of a local segment (`SEG6_LOCAL_CNT_*`, `linux/seg6_local.h`).
    Seg6LocalCounters / Seg6LocalCountersBuilder = "route.encap.seg6local.counters" {
        /// Alignment of what follows.
        SEG6_LOCAL_CNT_PAD = 1 => pad: (Bytes), read_only;
        /// Packets processed.
        SEG6_LOCAL_CNT_PACKETS = 2 => packets: u64, read_only, volatile;
        /// Bytes processed.
        SEG6_LOCAL_CNT_BYTES = 3 => bytes: u64, read_only, volatile;
        /// Packets that failed.
        SEG6_LOCAL_CNT_ERRORS = 4 => errors: u64, read_only, volatile;
    }
}

attrs! {
    /// Variants of a local segment (`SEG6_LOCAL_FLV_*`, `linux/seg6_local.h`).
    Seg6LocalFlavors / Seg6LocalFlavorsBuilder = "route.encap.seg6local.flavors" {
        /// A bit for each `SEG6_LOCAL_FLV_OP_*` number.
        SEG6_LOCAL_FLV_OPERATION = 1 => operation: u32;
        /// Length of the locator block, in bits.
        SEG6_LOCAL_FLV_LCBLOCK_BITS = 2 => lcblock_bits: u8;
        /// Length of the locator node and function, in bits.
        SEG6_LOCAL_FLV_LCNODE_FN_BITS = 3 => lcnode_fn_bits: u8;
    }
}

attrs! {
    /// Source routes of RPL (`RPL_IPTUNNEL_*`, `linux/rpl_iptunnel.h`).
    RplEncap / RplEncapBuilder = "route.encap.rpl" {
        /// Source routing header, RFC 6554 section 3.
        RPL_IPTUNNEL_SRH = 1 => srh: (Bytes<8>);
    }
}

open_enum! {
    /// How measurements get into a packet (`IOAM6_IPTUNNEL_MODE_*`, `linux/ioam6_iptunnel.h`), with iproute2's words.
    Ioam6Mode: u8 {
        /// Into its own header.
        IOAM6_IPTUNNEL_MODE_INLINE = 1 => "inline",
        /// Into an outer IPv6 header.
        IOAM6_IPTUNNEL_MODE_ENCAP = 2 => "encap",
        /// Into its own header when it comes from here, else into an outer one.
        IOAM6_IPTUNNEL_MODE_AUTO = 3 => "auto",
    }
}

attrs! {
    /// In-situ measurement (`IOAM6_IPTUNNEL_*`, `linux/ioam6_iptunnel.h`).
    Ioam6Encap / Ioam6EncapBuilder = "route.encap.ioam6" {
        /// How measurements get into a packet.
        IOAM6_IPTUNNEL_MODE = 1 => mode: Ioam6Mode;
        /// Outer destination.
        IOAM6_IPTUNNEL_DST = 2 => dst: Ipv6Addr;
        /// Trace header (`struct ioam6_trace_hdr`, RFC 9197 section 4.4).
        IOAM6_IPTUNNEL_TRACE = 3 => trace: (Bytes<8>);
        /// Of `IOAM6_IPTUNNEL_FREQ_N` packets so many are measured.
        IOAM6_IPTUNNEL_FREQ_K = 4 => freq_k: u32 in 1..=1_000_000;
        /// See `IOAM6_IPTUNNEL_FREQ_K`.
        IOAM6_IPTUNNEL_FREQ_N = 5 => freq_n: u32 in 1..=1_000_000;
        /// Outer source.
        IOAM6_IPTUNNEL_SRC = 6 => src: Ipv6Addr;
    }
}

attrs! {
    /// An IPsec interface (`LWT_XFRM_*`, `linux/lwtunnel.h`).
    XfrmEncap / XfrmEncapBuilder = "route.encap.xfrm" {
        /// Id of the interface.
        LWT_XFRM_IF_ID = 1 => if_id: u32;
        /// Index of the interface below.
        LWT_XFRM_LINK = 2 => link: u32;
    }
}
