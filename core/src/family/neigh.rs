//! Neighbours and bridge forwarding entries: `RTM_NEWNEIGH`, `RTM_DELNEIGH`, `RTM_GETNEIGH` (`linux/neighbour.h`).
//!
//! ```
//! use netplumb_core::family::neigh::{NUD_PERMANENT, NdMsg, Neigh, NeighBuilder};
//! use netplumb_core::wire::Writer;
//! let mut buffer = [0; 64];
//! let mut w = Writer::new(&mut buffer);
//! let header = NdMsg { ndm_ifindex: 2, ndm_state: NUD_PERMANENT, ..NdMsg::default() };
//! NeighBuilder::with_header(&mut w, header).dst([192, 0, 2, 7].into()).lladdr(&[2, 0, 0, 0, 0, 7]);
//! let neigh = Neigh::new(w.written()).unwrap();
//! assert_eq!((neigh.dst(), neigh.lladdr()), (Some([192, 0, 2, 7].into()), Some(&[2, 0, 0, 0, 0, 7][..])));
//! ```

mod request;

pub use request::*;

use super::common::AddressFamily;
use super::route::{RouteProtocol, RouteType};
use crate::schema::{Be, Flag, LinkAddr};
use crate::{attrs, fixed, flags};
use core::net::IpAddr;

/// Message type: a neighbour was added or changed, or add or change one.
pub const RTM_NEWNEIGH: u16 = 28;
/// Message type: a neighbour was deleted, or delete one.
pub const RTM_DELNEIGH: u16 = 29;
/// Message type: read neighbours.
pub const RTM_GETNEIGH: u16 = 30;

fixed! {
    /// `struct ndmsg` (`linux/neighbour.h`), in front of the attributes of a neighbour.
    NdMsg = "ndmsg" {
        /// Address family; `AF_BRIDGE` for forwarding entries of bridges and VXLANs.
        ndm_family: AddressFamily,
        /// Alignment.
        _pad: [u8; 3],
        /// Interface index.
        ndm_ifindex: i32,
        /// State.
        ndm_state: NudState,
        /// Flags.
        ndm_flags: NeighFlags,
        /// Type of its address.
        ndm_type: RouteType,
    }
}

flags! {
    /// State of a neighbour (`NUD_*`, `linux/neighbour.h`), with iproute2's words. Filters may have several.
    NudState: u16 {
        /// Asked for, no answer yet.
        NUD_INCOMPLETE = 0x01 => "INCOMPLETE",
        /// Known to be there.
        NUD_REACHABLE = 0x02 => "REACHABLE",
        /// Not heard of for a while.
        NUD_STALE = 0x04 => "STALE",
        /// In use again, waits for a sign.
        NUD_DELAY = 0x08 => "DELAY",
        /// Asked for again.
        NUD_PROBE = 0x10 => "PROBE",
        /// Did not answer.
        NUD_FAILED = 0x20 => "FAILED",
        /// Not asked for.
        NUD_NOARP = 0x40 => "NOARP",
        /// Set by hand.
        NUD_PERMANENT = 0x80 => "PERMANENT",
    }
}

/// No state (`NUD_NONE`).
pub const NUD_NONE: NudState = NudState(0);

flags! {
    /// Flags of a neighbour (`NTF_*`, `linux/neighbour.h`), with iproute2's words.
    NeighFlags: u8 {
        /// Ask for it now.
        NTF_USE = 0x01 => "use",
        /// The entry is in the interface itself.
        NTF_SELF = 0x02 => "self",
        /// The entry is in the bridge that the interface is a port of.
        NTF_MASTER = 0x04 => "master",
        /// Answer in its place.
        NTF_PROXY = 0x08 => "proxy",
        /// Learned by somebody else.
        NTF_EXT_LEARNED = 0x10 => "extern_learn",
        /// In hardware.
        NTF_OFFLOADED = 0x20 => "offload",
        /// It does not move to another port.
        NTF_STICKY = 0x40 => "sticky",
        /// It is a router.
        NTF_ROUTER = 0x80 => "router",
    }
}

flags! {
    /// Further flags of a neighbour (`NTF_EXT_*`, `linux/neighbour.h`), with iproute2's words.
    NeighFlagsExt: u32 {
        /// The kernel keeps it known.
        NTF_EXT_MANAGED = 0x1 => "managed",
        /// Noted down on a locked port.
        NTF_EXT_LOCKED = 0x2 => "locked",
        /// Known to be there by somebody else.
        NTF_EXT_EXT_VALIDATED = 0x4 => "extern_valid",
    }
}

fixed! {
    /// `struct nda_cacheinfo` (`linux/neighbour.h`): times in hundredths of a second.
    NdaCacheinfo = "nda_cacheinfo" {
        /// Time since it was known to be there, in hundredths of a second.
        ndm_confirmed: u32,
        /// Time since it was used, in hundredths of a second.
        ndm_used: u32,
        /// Time since it changed, in hundredths of a second.
        ndm_updated: u32,
        /// Number of users.
        ndm_refcnt: u32,
    }
}

attrs! {
    /// A neighbour or a forwarding entry of a bridge (`NDA_*`, `linux/neighbour.h`).
    Neigh / NeighBuilder : NdMsg = "neigh" {
        /// Its network address; of a VXLAN's forwarding entry the other end of the tunnel.
        NDA_DST = 1 => dst: IpAddr, key;
        /// Its link-layer address.
        NDA_LLADDR = 2 => lladdr: LinkAddr;
        /// Times and users.
        NDA_CACHEINFO = 3 => cacheinfo: NdaCacheinfo, read_only, volatile;
        /// How often it was asked for.
        NDA_PROBES = 4 => probes: u32, volatile;
        /// VLAN of a forwarding entry.
        NDA_VLAN = 5 => vlan: u16, key;
        /// Port of the tunnel's other end, network byte order.
        NDA_PORT = 6 => port: (Be<u16>);
        /// VXLAN network identifier of the tunnel's other end.
        NDA_VNI = 7 => vni: u32;
        /// Index of the interface that the tunnel goes out of.
        NDA_IFINDEX = 8 => ifindex: u32;
        /// Index of the bridge; in dumps only what belongs to it.
        NDA_MASTER = 9 => master: u32;
        /// Id of the network namespace of the tunnel.
        NDA_LINK_NETNSID = 10 => link_netnsid: i32;
        /// VXLAN network identifier that packets come with.
        NDA_SRC_VNI = 11 => src_vni: u32, key;
        /// Who made it.
        NDA_PROTOCOL = 12 => protocol: RouteProtocol;
        /// Id of the nexthop object of a forwarding entry.
        NDA_NH_ID = 13 => nh_id: u32;
        /// Activity of a forwarding entry.
        NDA_FDB_EXT_ATTRS = 14 => fdb_ext_attrs: [FdbExt, FdbExtBuilder];
        /// Further flags.
        NDA_FLAGS_EXT = 15 => flags_ext: NeighFlagsExt;
        /// In flushes: the bits of `ndm_state` that count.
        NDA_NDM_STATE_MASK = 16 => ndm_state_mask: NudState;
        /// In flushes: the bits of `ndm_flags` that count.
        NDA_NDM_FLAGS_MASK = 17 => ndm_flags_mask: NeighFlags;
    }
}

flags! {
    /// What a forwarding entry is to tell (`FDB_NOTIFY_*`, `linux/neighbour.h`).
    FdbNotify: u8 {
        /// That it is used, or not any more.
        FDB_NOTIFY_BIT = 0x1 => "activity_notify",
        /// It is not in use.
        FDB_NOTIFY_INACTIVE_BIT = 0x2 => "inactive",
    }
}

attrs! {
    /// Activity of a forwarding entry (`NFEA_*`, `linux/neighbour.h`).
    FdbExt / FdbExtBuilder = "neigh.fdb_ext" {
        /// What it is to tell.
        NFEA_ACTIVITY_NOTIFY = 1 => activity_notify: FdbNotify;
        /// The change does not count as activity.
        NFEA_DONT_REFRESH = 2 => dont_refresh: Flag;
    }
}
