//! The nexthops of a multipath route (`RTA_MULTIPATH`): records of `struct rtnexthop` and attributes.
//!
//! ```
//! use netplumb_core::family::route::hop::RtNexthop;
//! use netplumb_core::family::route::{self, Route};
//! use netplumb_core::request::AsRequest;
//! let request = route::add("198.51.100.0/24".parse().unwrap()).with(|r| {
//!     r.hops(|h| {
//!         h.hop(RtNexthop { rtnh_ifindex: 2, ..RtNexthop::default() }, |a| {
//!             a.gateway([192, 0, 2, 1].into());
//!         });
//!         h.hop(RtNexthop { rtnh_ifindex: 3, rtnh_hops: 4, ..RtNexthop::default() }, |_| ());
//!     });
//! });
//! let route = Route::new(&request.message().unwrap()[16..]).unwrap();
//! let weights: Vec<u8> = route.multipath().unwrap().map(|hop| hop.header().rtnh_hops + 1).collect();
//! assert_eq!(weights, [1, 5]);
//! ```

use super::encap::EncapType;
use super::{ENCAP, ViaAddr};
use crate::schema::{Kind, LabelStack};
use crate::wire::Writer;
use crate::{attrs, fixed, flags};
use core::net::IpAddr;

fixed! {
    /// `struct rtnexthop` (`linux/rtnetlink.h`), in front of the attributes of a nexthop.
    RtNexthop = "rtnexthop" {
        /// Length of the record with its attributes, in bytes. [`HopsBuilder`] fills it in.
        rtnh_len: u16,
        /// Flags.
        rtnh_flags: HopFlags,
        /// Weight less one; in multicast routes the time to live that packets must have.
        rtnh_hops: u8,
        /// Interface index.
        rtnh_ifindex: i32,
    }
}

flags! {
    /// Flags of a nexthop (`RTNH_F_*`, `linux/rtnetlink.h`), with iproute2's words.
    HopFlags: u8 {
        /// It does not work.
        RTNH_F_DEAD = 0x01 => "dead",
        /// The gateway is looked up in turn.
        RTNH_F_PERVASIVE = 0x02 => "pervasive",
        /// The gateway is on the link, whatever its address.
        RTNH_F_ONLINK = 0x04 => "onlink",
        /// It is in hardware.
        RTNH_F_OFFLOAD = 0x08 => "offload",
        /// The link has no carrier.
        RTNH_F_LINKDOWN = 0x10 => "linkdown",
        /// A multicast route that waits for a daemon.
        RTNH_F_UNRESOLVED = 0x20 => "unresolved",
        /// Packets come up from the hardware.
        RTNH_F_TRAP = 0x40 => "trap",
    }
}

attrs! {
    /// A nexthop of a multipath route (`RTA_*`, `linux/rtnetlink.h`).
    Hop / HopBuilder : RtNexthop = "route.hop" {
        /// Gateway of the route's family.
        RTA_GATEWAY = 5 => gateway: IpAddr;
        /// Routing realms: the source's in the upper half, the destination's in the lower.
        RTA_FLOW = 11 => flow: u32;
        /// Gateway of another family than the route's.
        RTA_VIA = 18 => via: ViaAddr;
        /// MPLS labels to put in place of the one that came.
        RTA_NEWDST = 19 => newdst: LabelStack;
        /// Kind of lightweight tunnel.
        RTA_ENCAP_TYPE = 21 => encap_type: EncapType;
        /// The lightweight tunnel.
        RTA_ENCAP = 22 => encap: {select Kind::Select(&ENCAP)};
    }
}

/// Writes the records of `RTA_MULTIPATH`, see [`RouteBuilder::hops`](super::RouteBuilder::hops).
#[derive(Debug)]
pub struct HopsBuilder<'w, 'b> {
    w: &'w mut Writer<'b>,
}

impl<'w, 'b> HopsBuilder<'w, 'b> {
    pub(super) fn new(w: &'w mut Writer<'b>) -> Self {
        Self { w }
    }

    /// Appends a nexthop; its length is filled in.
    pub fn hop(&mut self, header: RtNexthop, fill: impl FnOnce(&mut HopBuilder<'_, 'b>)) -> &mut Self {
        let start = self.w.len();
        fill(&mut HopBuilder::with_header(self.w, header));
        self.w.patch_len16(start);
        self
    }
}
