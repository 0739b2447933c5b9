//! Lightweight tunnels of routes (`net/core/lwtunnel.c`): kept as bytes, as the kernel would send them.

use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use netplumb_core::Errno;
use netplumb_core::bytes;
use netplumb_core::family::route::encap::{
    LWTUNNEL_ENCAP_IP, LWTUNNEL_ENCAP_IP6, LWTUNNEL_ENCAP_MPLS, LWTUNNEL_ENCAP_SEG6, LWTUNNEL_ENCAP_XFRM,
    LWTUNNEL_IP_DST, LWTUNNEL_IP_FLAGS, LWTUNNEL_IP_ID, LWTUNNEL_IP_OPTS, LWTUNNEL_IP_SRC, LWTUNNEL_IP_TOS,
    LWTUNNEL_IP_TTL, MPLS_IPTUNNEL_DST, SEG6_IPTUNNEL_SRH,
};
use netplumb_core::family::route::{RTA_ENCAP, RTA_ENCAP_TYPE};
use netplumb_core::wire::{Attr, Attrs, Writer};

/// A tunnel: its kind (`LWTUNNEL_ENCAP_*`) and its attributes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Encap {
    kind: u16,
    attrs: Box<[u8]>,
}

const UNKNOWN: &str = "Unknown LWT encapsulation type";

/// Says where the tunnel is that nothing is known of.
pub(super) fn locate(refusal: Refusal, attr: Option<Attr<'_>>, request: Option<&Request<'_>>) -> Refusal {
    match (attr, request) {
        (Some(attr), Some(request)) if refusal.message.as_deref() == Some(UNKNOWN) => {
            refusal.at(request.offset(attr))
        }
        _ => refusal,
    }
}

/// `lwtunnel_valid_encap_type`.
pub(super) fn check_kind(kind: u16) -> Outcome {
    if kind == 0 || kind > LWTUNNEL_ENCAP_XFRM.0 {
        return refuse(Errno::EINVAL, "Unknown lwt encapsulation type");
    }
    Ok(())
}

/// The kinds in the nexthops of `RTA_MULTIPATH` (`lwtunnel_valid_encap_type_attr`).
pub(super) fn check_kinds<'m>(hops: impl Iterator<Item = Attrs<'m>>) -> Outcome {
    for attr in hops.filter_map(|attrs| attrs.find(RTA_ENCAP_TYPE)) {
        match bytes::u16_ne(attr.payload()) {
            Some(kind) => check_kind(kind)?,
            None => return refuse(Errno::EINVAL, "Invalid RTA_ENCAP_TYPE"),
        }
    }
    Ok(())
}

impl Encap {
    /// The tunnel of a route or nexthop (`fib_nh_common_init`).
    pub(super) fn of(attr: Option<Attr<'_>>, kind: u16) -> Outcome<Option<Self>> {
        let Some(attr) = attr else { return Ok(None) };
        if kind == 0 {
            return refuse(Errno::EINVAL, UNKNOWN);
        }
        Ok(Some(Self { kind, attrs: settle(kind, attr.nested())?.into() }))
    }

    /// `lwtunnel_fill_encap`: the tunnel before its kind.
    pub(super) fn put(&self, w: &mut Writer<'_>) {
        w.nest_raw(RTA_ENCAP, |w| w.bytes(&self.attrs));
        w.attr(RTA_ENCAP_TYPE, &self.kind.to_ne_bytes());
    }
}

/// The attributes of a tunnel as the kernel shows them: those of IP tunnels all, in its order; others as they were sent.
fn settle(kind: u16, list: Attrs<'_>) -> Outcome<Vec<u8>> {
    let mut out = vec![0; 4096];
    let mut w = Writer::new(&mut out);
    if kind == LWTUNNEL_ENCAP_IP.0 || kind == LWTUNNEL_ENCAP_IP6.0 {
        // The two families number these attributes alike; the time to live goes behind the type of service.
        let address = if kind == LWTUNNEL_ENCAP_IP.0 { 4 } else { 16 };
        for (id, size) in [
            (LWTUNNEL_IP_ID, 8),
            (LWTUNNEL_IP_DST, address),
            (LWTUNNEL_IP_SRC, address),
            (LWTUNNEL_IP_TOS, 1),
            (LWTUNNEL_IP_TTL, 1),
            (LWTUNNEL_IP_FLAGS, 2),
        ] {
            let given = list.find_last(id).map(Attr::payload);
            match given.and_then(|payload| payload.get(..size)) {
                Some(value) => w.attr(id, value),
                None => w.attr(id, [0u8; 16].get(..size).unwrap_or(&[])),
            }
        }
        if let Some(opts) = list.find_last(LWTUNNEL_IP_OPTS) {
            w.attr(opts.raw_kind(), opts.payload());
        }
    } else {
        let is_missing = |id: u16| list.find(id).is_none();
        if kind == LWTUNNEL_ENCAP_MPLS.0 && is_missing(MPLS_IPTUNNEL_DST) {
            return refuse(Errno::EINVAL, "MPLS_IPTUNNEL_DST attribute is missing");
        }
        if kind == LWTUNNEL_ENCAP_SEG6.0 && is_missing(SEG6_IPTUNNEL_SRH) {
            return Err(Errno::EINVAL.into());
        }
        for attr in list {
            w.attr(attr.raw_kind(), attr.payload());
        }
    }
    if w.overflowed() {
        return Err(Errno::EINVAL.into());
    }
    let len = w.len();
    out.truncate(len);
    Ok(out)
}
