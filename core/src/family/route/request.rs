//! Requests about routes.
//!
//! ```
//! use netplumb_core::family::route;
//! use netplumb_core::request::AsRequest;
//!
//! let default = route::add("0.0.0.0/0".parse().unwrap()).via("192.0.2.254".parse().unwrap()).metric(100);
//! let table = route::dump().table(100);
//! assert!(default.message().is_ok() && table.message().is_ok());
//! ```

use super::{
    RT_TABLE_COMPAT, RT_TABLE_MAIN, RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE, RTN_BLACKHOLE, RTN_UNICAST,
    RTPROT_BOOT, Route, RouteBuilder, RouteProtocol, RouteTable, RouteType, RtMsg, Via,
};
use crate::conn::Expect;
use crate::family::common::{AF_UNSPEC, AddressFamily, Prefix, RT_SCOPE_LINK, RT_SCOPE_NOWHERE, Scope};
use crate::request::Request;
use crate::wire::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use core::net::IpAddr;

crate::request::request_builder!(Route / RouteBuilder);

/// A request about routes.
pub type RouteRequest = Request<Route<'static>>;

fn about(kind: u16, flags: u16, header: RtMsg, prefix: Prefix) -> RouteRequest {
    let header = RtMsg { rtm_family: prefix.family(), rtm_dst_len: prefix.len, ..header };
    let request = RouteRequest::new(kind, flags, Expect::Ack, header);
    if prefix.len == 0 {
        return request;
    }
    request.with(|r| {
        r.dst_ip(prefix.addr);
    })
}

/// A route on the link, until [`via`](RouteRequest::via) says otherwise: what iproute2 asks for, too.
fn unicast() -> RtMsg {
    RtMsg {
        rtm_table: table_byte(RT_TABLE_MAIN.0),
        rtm_protocol: RTPROT_BOOT,
        rtm_scope: RT_SCOPE_LINK,
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    }
}

/// What `rtm_table` holds: numbers above 255 are only in the attribute.
fn table_byte(table: u32) -> u8 {
    u8::try_from(table).unwrap_or(u8::try_from(RT_TABLE_COMPAT.0).unwrap_or(0))
}

/// Reads all routes of all tables.
pub fn dump() -> RouteRequest {
    RouteRequest::new(RTM_GETROUTE, 0, Expect::Dump, RtMsg::default())
}

/// Asks which route a packet to `destination` takes.
pub fn get(destination: IpAddr) -> RouteRequest {
    let prefix = Prefix::host(destination);
    let header = RtMsg { rtm_family: prefix.family(), rtm_dst_len: prefix.len, ..RtMsg::default() };
    RouteRequest::new(RTM_GETROUTE, 0, Expect::Reply, header).with(|r| {
        r.dst_ip(destination);
    })
}

/// Adds a route whose key (table, prefix, priority and, in IPv4, tos) must be new.
pub fn add(prefix: Prefix) -> RouteRequest {
    about(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, unicast(), prefix)
}

/// Adds a route, in place of the first one with its key.
pub fn replace(prefix: Prefix) -> RouteRequest {
    about(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, unicast(), prefix)
}

/// Changes a route that exists.
pub fn change(prefix: Prefix) -> RouteRequest {
    about(RTM_NEWROUTE, NLM_F_REPLACE, unicast(), prefix)
}

/// Adds a route behind those with its key. IPv6 makes one multipath route of them.
pub fn append(prefix: Prefix) -> RouteRequest {
    about(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, unicast(), prefix)
}

/// Deletes the first route that matches what is given.
pub fn delete(prefix: Prefix) -> RouteRequest {
    // Scope "nowhere" matches any.
    let header =
        RtMsg { rtm_table: table_byte(RT_TABLE_MAIN.0), rtm_scope: RT_SCOPE_NOWHERE, ..RtMsg::default() };
    about(RTM_DELROUTE, 0, header, prefix)
}

impl<const N: usize> Request<Route<'static>, N> {
    /// Through this gateway. It may be of the other family (an IPv4 route via an IPv6 gateway).
    #[must_use]
    pub fn via(self, gateway: IpAddr) -> Self {
        let mut family = AF_UNSPEC;
        let request = self.header(|h| {
            family = h.rtm_family;
            if h.rtm_scope == RT_SCOPE_LINK {
                h.rtm_scope = Scope::default();
            }
        });
        let host = Prefix::host(gateway);
        request.with(|r| {
            if host.family() == family {
                r.gateway(gateway);
            } else {
                let rtvia_family = u16::from(host.family().0);
                match gateway {
                    IpAddr::V4(a) => r.via(Via { rtvia_family, rtvia_addr: &a.octets() }),
                    IpAddr::V6(a) => r.via(Via { rtvia_family, rtvia_addr: &a.octets() }),
                };
            }
        })
    }

    /// Out of the interface with this index.
    #[must_use]
    pub fn dev(self, index: u32) -> Self {
        self.with(|r| {
            r.oif(index);
        })
    }

    /// In this table; of a dump: only this table, where the kernel checks strictly.
    #[must_use]
    pub fn table(self, table: u32) -> Self {
        self.header(|h| h.rtm_table = table_byte(table)).with(|r| {
            r.table_id(RouteTable(table));
        })
    }

    /// Priority: lower is better.
    #[must_use]
    pub fn metric(self, metric: u32) -> Self {
        self.with(|r| {
            r.priority(metric);
        })
    }

    /// Preferred source address.
    #[must_use]
    pub fn src(self, address: IpAddr) -> Self {
        self.with(|r| {
            r.prefsrc(address);
        })
    }

    /// Only this family, of a dump.
    #[must_use]
    pub fn family(self, family: AddressFamily) -> Self {
        self.header(|h| h.rtm_family = family)
    }

    /// Who makes the route; `boot` unless told otherwise.
    #[must_use]
    pub fn protocol(self, protocol: RouteProtocol) -> Self {
        self.header(|h| h.rtm_protocol = protocol)
    }

    /// How far the destination is.
    #[must_use]
    pub fn scope(self, scope: Scope) -> Self {
        self.header(|h| h.rtm_scope = scope)
    }

    /// Another type than unicast.
    #[must_use]
    pub fn kind(self, kind: RouteType) -> Self {
        self.header(|h| h.rtm_type = kind)
    }

    /// Drops packets silently.
    #[must_use]
    pub fn blackhole(self) -> Self {
        self.kind(RTN_BLACKHOLE).scope(Scope::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::AsRequest;
    use crate::wire::Message;

    fn view(request: &RouteRequest) -> Route<'_> {
        Route::new(Message::parse(request.message().unwrap()).unwrap().payload()).unwrap()
    }

    #[test]
    fn gateways_of_the_other_family_go_into_via() {
        let request = add("192.0.2.0/24".parse().unwrap()).via("2001:db8::1".parse().unwrap());
        assert_eq!(view(&request).gateway(), None);
        assert_eq!(view(&request).via().unwrap().ip(), Some("2001:db8::1".parse().unwrap()));
        let request = add("192.0.2.0/24".parse().unwrap()).via("198.51.100.1".parse().unwrap());
        assert_eq!(view(&request).gateway(), Some("198.51.100.1".parse().unwrap()));
        assert_eq!(view(&request).header().rtm_scope, Scope::default());
    }

    #[test]
    fn large_table_numbers_are_in_the_attribute_only() {
        let request = add("::/0".parse().unwrap()).table(1000);
        assert_eq!(
            (view(&request).header().rtm_table, view(&request).route_table()),
            (252, RouteTable(1000))
        );
        assert!(view(&request).dst().is_none());
    }
}
