//! Addresses.

use super::TailWriter;
use super::error::LoadFault;
use super::line::{Line, Result, put};
use crate::kernel::addr::{Addr4, Addr6, FOREVER, Lifetime, stamp, stamped};
use crate::kernel::netns::Netns;
use netplumb_core::Instant;
use netplumb_core::family::addr::{
    Addr as View, AddrBuilder, IfAddrMsg, IfaCacheinfo, IfaFlags, RTM_NEWADDR,
};
use netplumb_core::family::common::{AF_INET, AF_INET6};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) fn save(out: &mut String, ns: &Netns) {
    for link in ns.links.values() {
        for address in &link.addr4 {
            save4(out, link.index, address);
        }
        for address in &link.addr6 {
            save6(out, link.index, address);
        }
    }
}

fn save4(out: &mut String, index: u32, address: &Addr4) {
    let Addr4 { local, address: peer, prefix, broadcast, scope, flags, label, metric, proto, lifetime } =
        address;
    let header = IfAddrMsg {
        ifa_family: AF_INET,
        ifa_prefixlen: *prefix,
        ifa_flags: low(*flags),
        ifa_scope: *scope,
        ifa_index: index,
    };
    put(out, "addr", RTM_NEWADDR, |w| {
        let mut a = AddrBuilder::with_header(w, header);
        a.address((*peer).into()).local((*local).into());
        if let Some(broadcast) = broadcast {
            a.broadcast(*broadcast);
        }
        if !label.is_empty() {
            a.label(label);
        }
        put_common(&mut a, *flags, *metric, *lifetime);
        if proto.0 != 0 {
            a.proto(*proto);
        }
    });
    let mut tail = TailWriter::new(out);
    put_times(&mut tail, *lifetime);
    tail.finish();
}

fn save6(out: &mut String, index: u32, address: &Addr6) {
    let Addr6 { local, peer, prefix, scope, flags, metric, proto, lifetime, dad_probes } = address;
    let header = IfAddrMsg {
        ifa_family: AF_INET6,
        ifa_prefixlen: *prefix,
        ifa_flags: low(*flags),
        ifa_scope: *scope,
        ifa_index: index,
    };
    put(out, "addr", RTM_NEWADDR, |w| {
        let mut a = AddrBuilder::with_header(w, header);
        match peer {
            Some(peer) => a.local((*local).into()).address((*peer).into()),
            None => a.address((*local).into()),
        };
        put_common(&mut a, *flags, *metric, *lifetime);
        if proto.0 != 0 {
            a.proto(*proto);
        }
    });
    let mut tail = TailWriter::new(out);
    tail.put_unless("dad_probes", *dad_probes, 0);
    put_times(&mut tail, *lifetime);
    tail.finish();
}

fn put_common(a: &mut AddrBuilder<'_, '_>, flags: IfaFlags, metric: u32, lifetime: Lifetime) {
    let Lifetime { valid, preferred, created, updated } = lifetime;
    if metric != 0 {
        a.rt_priority(metric);
    }
    a.cacheinfo(IfaCacheinfo {
        ifa_prefered: preferred,
        ifa_valid: valid,
        cstamp: stamp(created),
        tstamp: stamp(updated),
    });
    a.flags(flags);
}

/// Times in full, where the stamps of the message are not enough.
fn put_times(tail: &mut TailWriter<'_>, lifetime: Lifetime) {
    for (key, at) in [("created", lifetime.created), ("updated", lifetime.updated)] {
        tail.put_unless(key, at.as_ns(), stamped(stamp(at)).as_ns());
    }
}

/// The header has room for eight.
fn low(flags: IfaFlags) -> u8 {
    flags.0.to_le_bytes()[0]
}

pub(super) fn restore(ns: &mut Netns, line: &mut Line<'_>) -> Result<()> {
    let (header, attrs) = line.parts::<View<'static>>(RTM_NEWADDR, "RTM_NEWADDR")?;
    let view = View::new(line.message.payload()).ok_or(LoadFault::Payload)?;
    let view = view.over(attrs);
    let link = ns.link_mut(header.ifa_index).ok_or(LoadFault::Missing("the line of the address's link"))?;
    let cacheinfo = view.cacheinfo().unwrap_or(IfaCacheinfo {
        ifa_prefered: FOREVER,
        ifa_valid: FOREVER,
        ..IfaCacheinfo::default()
    });
    let mut time = |key: &str, stamp: u32| {
        line.tail.value(key, "nanoseconds", stamped(stamp).as_ns()).map(Instant::from_ns)
    };
    let lifetime = Lifetime {
        valid: cacheinfo.ifa_valid,
        preferred: cacheinfo.ifa_prefered,
        created: time("created", cacheinfo.cstamp)?,
        updated: time("updated", cacheinfo.tstamp)?,
    };
    let flags = view.flags().unwrap_or(IfaFlags(u32::from(header.ifa_flags)));
    let (metric, proto) = (view.rt_priority().unwrap_or(0), view.proto().unwrap_or_default());
    let (prefix, scope) = (header.ifa_prefixlen, header.ifa_scope);
    let dad_probes = line.tail.value("dad_probes", "a number up to 255", 0)?;
    match header.ifa_family {
        AF_INET => {
            let local: Ipv4Addr = view.local().and_then(v4).ok_or(LoadFault::Missing("IFA_LOCAL"))?;
            let address = view.address().map_or(Ok(local), |a| v4(a).ok_or(LoadFault::Value("IPv4")))?;
            let label = view.label().unwrap_or("").to_owned();
            let broadcast = view.broadcast();
            let address =
                Addr4 { local, address, prefix, broadcast, scope, flags, label, metric, proto, lifetime };
            link.addr4.push(address);
        }
        AF_INET6 => {
            let address: Ipv6Addr = view.address().and_then(v6).ok_or(LoadFault::Missing("IFA_ADDRESS"))?;
            let local = view.local().map(|a| v6(a).ok_or(LoadFault::Value("IPv6"))).transpose()?;
            let (local, peer) = match local {
                Some(local) => (local, Some(address)),
                None => (address, None),
            };
            let address = Addr6 { local, peer, prefix, scope, flags, metric, proto, lifetime, dad_probes };
            link.addr6.push(address);
        }
        _ => return Err(LoadFault::Value("AF_INET or AF_INET6")),
    }
    Ok(())
}

fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn v6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V6(address) => Some(address),
        IpAddr::V4(_) => None,
    }
}
