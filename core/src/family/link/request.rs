//! Requests about interfaces.
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::request::AsRequest;
//!
//! let bridge = link::create("br0").bridge(|b| { b.ageing_time(30_000); }).mtu(9000).up();
//! assert!(bridge.message().is_ok());
//! let port = link::set("eth1").master(7).up();
//! assert!(port.message().unwrap().len() < bridge.message().unwrap().len());
//! ```

use super::info::{LinkInfoBuilder, bridge, veth};
use super::{IFF_UP, IFLA_LINKINFO, IfInfoMsg, Link, LinkBuilder, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK};
use crate::conn::Expect;
use crate::request::Request;
use crate::wire::{NLM_F_CREATE, NLM_F_EXCL};

crate::request::request_builder!(Link / LinkBuilder);

/// How a request names an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkRef<'a> {
    /// By its index.
    Index(u32),
    /// By its name, or by an alternative name (up to 127 bytes).
    Name(&'a str),
}

impl From<u32> for LinkRef<'_> {
    fn from(index: u32) -> Self {
        Self::Index(index)
    }
}

impl<'a> From<&'a str> for LinkRef<'a> {
    fn from(name: &'a str) -> Self {
        Self::Name(name)
    }
}

/// A request about links.
pub type LinkRequest = Request<Link<'static>>;

/// Longest name of an interface, in bytes without the NUL; anything longer is an alternative name.
const IFNAMSIZ: usize = 15;

fn about<'a>(kind: u16, flags: u16, expect: Expect, link: impl Into<LinkRef<'a>>) -> LinkRequest {
    let request = LinkRequest::new(kind, flags, expect, IfInfoMsg::default());
    match link.into() {
        LinkRef::Index(index) => request.header(|h| h.ifi_index = index.cast_signed()),
        LinkRef::Name(name) if name.len() > IFNAMSIZ => request.with(|l| {
            l.alt_ifname(name);
        }),
        LinkRef::Name(name) => request.with(|l| {
            l.ifname(name);
        }),
    }
}

/// Reads all links.
pub fn dump() -> LinkRequest {
    LinkRequest::new(RTM_GETLINK, 0, Expect::Dump, IfInfoMsg::default())
}

/// Reads one link.
pub fn get<'a>(link: impl Into<LinkRef<'a>>) -> LinkRequest {
    about(RTM_GETLINK, 0, Expect::Reply, link)
}

/// Makes a link that must not exist. It needs a kind: [`bridge`](LinkRequest::bridge), [`kind`](LinkRequest::kind), ...
///
/// A name of more than 15 bytes goes to the kernel as it is, which refuses it: as an alternative name it would only
/// look a link up, and the new one would be named after its kind.
pub fn create(name: &str) -> LinkRequest {
    let request = LinkRequest::new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, Expect::Ack, IfInfoMsg::default());
    request.with(|l| {
        l.ifname(name);
    })
}

/// Changes a link that exists. The kernel applies attributes in an order of its own; when one fails, those before it
/// stay applied.
pub fn set<'a>(link: impl Into<LinkRef<'a>>) -> LinkRequest {
    about(RTM_NEWLINK, 0, Expect::Ack, link)
}

/// Deletes a link, and with it what stands on it (and the other end of a veth).
pub fn delete<'a>(link: impl Into<LinkRef<'a>>) -> LinkRequest {
    about(RTM_DELLINK, 0, Expect::Ack, link)
}

impl<const N: usize> Request<Link<'static>, N> {
    /// Administratively up.
    #[must_use]
    pub fn up(self) -> Self {
        self.header(|h| {
            h.ifi_flags |= IFF_UP;
            h.ifi_change |= IFF_UP.0;
        })
    }

    /// Administratively down.
    #[must_use]
    pub fn down(self) -> Self {
        self.header(|h| {
            h.ifi_flags = h.ifi_flags.without(IFF_UP);
            h.ifi_change |= IFF_UP.0;
        })
    }

    /// Largest packet, in bytes.
    #[must_use]
    pub fn mtu(self, bytes: u32) -> Self {
        self.with(|l| {
            l.mtu(bytes);
        })
    }

    /// Link-layer address.
    #[must_use]
    pub fn address(self, address: &[u8]) -> Self {
        self.with(|l| {
            l.address(address);
        })
    }

    /// Renames: for a link that is named by its index.
    #[must_use]
    pub fn rename(self, name: &str) -> Self {
        self.with(|l| {
            l.ifname(name);
        })
    }

    /// Makes it a port of the bridge, bond or VRF with this index.
    #[must_use]
    pub fn master(self, index: u32) -> Self {
        self.with(|l| {
            l.master(index);
        })
    }

    /// Takes it out of its master.
    #[must_use]
    pub fn nomaster(self) -> Self {
        self.master(0)
    }

    /// The link it stands on: of a VLAN, a macvlan, a vxlan.
    #[must_use]
    pub fn link(self, index: u32) -> Self {
        self.with(|l| {
            l.link(index);
        })
    }

    /// A kind without data, `"dummy"`, `"ifb"`.
    #[must_use]
    pub fn kind(self, kind: &str) -> Self {
        self.linkinfo(|info| {
            info.kind(kind);
        })
    }

    /// Kind and data.
    #[must_use]
    pub fn linkinfo(mut self, fill: impl FnOnce(&mut LinkInfoBuilder<'_, '_>)) -> Self {
        self.write(|w| w.nest(IFLA_LINKINFO, |w| fill(&mut LinkInfoBuilder::new(w))));
        self
    }

    /// A bridge.
    #[must_use]
    pub fn bridge(self, fill: impl FnOnce(&mut bridge::BridgeBuilder<'_, '_>)) -> Self {
        self.linkinfo(|info| {
            info.bridge(fill);
        })
    }

    /// One end of a pair whose other end has this name.
    #[must_use]
    pub fn veth(self, peer: &str) -> Self {
        self.linkinfo(|info| {
            info.veth(|v: &mut veth::VethBuilder<'_, '_>| {
                v.peer(|l| {
                    l.ifname(peer);
                });
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::AsRequest;
    use crate::wire::Message;

    #[test]
    fn a_veth_names_its_peer() {
        let request = create("a").veth("b").up();
        let message = Message::parse(request.message().unwrap()).unwrap();
        let link = Link::new(message.payload()).unwrap();
        assert_eq!((link.ifname(), link.header().ifi_change), (Some("a"), 1));
        let peer = link.linkinfo().unwrap().veth().unwrap().peer().unwrap();
        assert_eq!((peer.ifname(), peer.header()), (Some("b"), IfInfoMsg::default()));
    }

    #[test]
    fn long_names_are_alternative_names() {
        let request = get("an-interface-with-a-long-name");
        let message = Message::parse(request.message().unwrap()).unwrap();
        let link = Link::new(message.payload()).unwrap();
        assert_eq!((link.ifname(), link.alt_ifname()), (None, Some("an-interface-with-a-long-name")));
    }

    #[test]
    fn a_new_link_is_never_named_by_an_alternative_name() {
        let request = create("an-interface-with-a-long-name");
        let message = Message::parse(request.message().unwrap()).unwrap();
        let link = Link::new(message.payload()).unwrap();
        assert_eq!((link.ifname(), link.alt_ifname()), (Some("an-interface-with-a-long-name"), None));
    }
}
