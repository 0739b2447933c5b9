//! `encap`: packets that a route puts into others.

use super::super::args::{Args, choose};
use super::super::body::Body;
use super::super::rule::tos;
use super::super::uapi::*;
use super::super::value::{self, address};
use super::super::{Parse, Usage};
use super::bad;
use netplumb_core::family::route::encap::*;
use netplumb_core::family::route::*;

pub(super) fn encap(p: &mut Parse<'_>, args: &mut Args<'_>, body: &mut Body) -> Result<(), Usage> {
    let text = args.value()?;
    let kind = choose(
        text,
        &[
            ("=mpls", LWTUNNEL_ENCAP_MPLS),
            ("=ip", LWTUNNEL_ENCAP_IP),
            ("=ip6", LWTUNNEL_ENCAP_IP6),
            ("=seg6", LWTUNNEL_ENCAP_SEG6),
        ],
    )
    .ok_or_else(|| bad(text, "\"encap type\" value is invalid"))?;
    body.nest(RTA_ENCAP | NLA_F_NESTED, |body| match kind {
        LWTUNNEL_ENCAP_MPLS => {
            body.attr(MPLS_IPTUNNEL_DST, &address(args.value()?, AF_MPLS)?.bytes);
            if args.take("ttl") {
                let text = args.value()?;
                body.u8(
                    MPLS_IPTUNNEL_TTL,
                    value::u8(text).ok_or_else(|| bad(text, "\"ttl\" value is invalid"))?,
                );
            }
            Ok(())
        }
        LWTUNNEL_ENCAP_SEG6 => segments(args, body),
        _ => ip_tunnel(p, args, body, kind == LWTUNNEL_ENCAP_IP6),
    })?;
    body.u16(RTA_ENCAP_TYPE, kind.0);
    Ok(())
}

fn ip_tunnel(p: &mut Parse<'_>, args: &mut Args<'_>, body: &mut Body, v6: bool) -> Result<(), Usage> {
    let family = if v6 { AF_INET6 } else { AF_INET };
    let mut flags = 0u16;
    while let Some(word) = args.next() {
        let wrong = |text: &str| Usage::invalid(text, format_args!("\"{word}\" value is invalid"));
        // Attributes have the same numbers for both, but hop limit and class change places.
        match word {
            "csum" => flags |= 0x01,
            "key" => flags |= 0x04,
            "seq" => flags |= 0x08,
            "id" => {
                let text = args.value()?;
                body.attr(LWTUNNEL_IP_ID, &value::u64(text).ok_or_else(|| wrong(text))?.to_be_bytes());
            }
            "dst" => _ = body.attr(LWTUNNEL_IP_DST, &address(args.value()?, family)?.bytes),
            "src" => _ = body.attr(LWTUNNEL_IP_SRC, &address(args.value()?, family)?.bytes),
            "ttl" | "hoplimit" => {
                let text = args.value()?;
                body.u8(LWTUNNEL_IP_TTL, value::u8(text).ok_or_else(|| wrong(text))?);
            }
            "tos" | "tc" => _ = body.u8(LWTUNNEL_IP_TOS, tos(p, args.value()?)?),
            _ => {
                args.back();
                break;
            }
        }
    }
    if flags != 0 {
        body.be16(LWTUNNEL_IP_FLAGS, flags);
    }
    Ok(())
}

/// A segment routing header: the segments in reverse order, and for `inline` room for the destination.
fn segments(args: &mut Args<'_>, body: &mut Body) -> Result<(), Usage> {
    let (mut mode, mut list) = (SEG6_IPTUN_MODE_ENCAP, Vec::new());
    loop {
        if args.take("mode") {
            let text = args.value()?;
            mode = Seg6Mode::from_name(text).ok_or_else(|| bad(text, "\"mode\" value is invalid"))?;
        } else if args.take("segs") {
            for text in args.value()?.split(',') {
                list.push(address(text, AF_INET6)?.bytes);
            }
        } else {
            break;
        }
    }
    if list.is_empty() || list.len() > 100 {
        return Err(Usage::new(255, "encap seg6: expected segs ADDR[,ADDR...], at most 100"));
    }
    if mode == SEG6_IPTUN_MODE_INLINE {
        list.push(vec![0; 16]);
    }
    let last = (list.len() - 1) as u8;
    let mut header = mode.0.to_ne_bytes().to_vec();
    header.extend([0, 2 * (last + 1), 4, last, last, 0, 0, 0]);
    header.extend(list.iter().rev().flatten());
    body.attr(SEG6_IPTUNNEL_SRH, &header);
    Ok(())
}
