//! Which of the objects that the kernel sends a command line is about.
//!
//! The kernel sorts out some of it, when strict checking is on and it is new enough; the rest, and on old kernels all of
//! it, is sorted out here.

use super::value::Prefix;
use netplumb_core::family::addr::{Addr, IfaFlags};
use netplumb_core::family::common::{AF_UNSPEC, AddressFamily, Scope};
use netplumb_core::family::link::{IFF_UP, Link};
use netplumb_core::family::neigh::{NTF_EXT_LEARNED, NUD_NOARP, Neigh, NudState};
use netplumb_core::family::route::{RTM_F_CLONED, RTN_BROADCAST, RTN_LOCAL, Route, RouteProtocol, RouteType};
use netplumb_core::family::rule::{FIB_RULE_INVERT, FRA_DST, FRA_SRC, FibRulePortRange, Rule};
use netplumb_core::wire::Message;
use std::net::IpAddr;

/// A filter for messages of one kind of object.
#[derive(Clone, Debug)]
pub enum Filter {
    /// Links and addresses.
    Addr(AddrFilter),
    /// Routes.
    Route(Box<RouteFilter>),
    /// Rules.
    Rule(RuleFilter),
    /// Neighbours.
    Neigh(NeighFilter),
}

impl Filter {
    /// Whether a message is wanted. [`AddrFilter`] needs to know more; with it everything is.
    pub fn admits(&self, message: Message<'_>) -> bool {
        match self {
            Self::Addr(_) => true,
            Self::Route(filter) => filter.admits(message),
            Self::Rule(filter) => filter.admits(message),
            Self::Neigh(filter) => filter.admits(message),
        }
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// Which links and addresses.
#[derive(Clone, Debug, Default)]
pub struct AddrFilter {
    /// Family of the addresses; 17 (`AF_PACKET`) for links only.
    pub family: AddressFamily,
    /// Only this link.
    pub dev: Option<u32>,
    /// Only links that are up.
    pub up: bool,
    /// Only links of this group.
    pub group: Option<u32>,
    /// Only ports of this link; `Some(None)` for links that are nobody's port.
    pub master: Option<Option<u32>>,
    /// Only links of this kind.
    pub kind: Option<String>,
    /// Only ports of a link of this kind.
    pub port_kind: Option<String>,
    /// Only addresses of this scope.
    pub scope: Option<Scope>,
    /// What the flags of the mask have to be.
    pub flags: IfaFlags,
    /// The flags that count.
    pub flag_mask: IfaFlags,
    /// Only addresses with such a label (`*` and `?` stand for others).
    pub label: Option<String>,
    /// Only addresses in this prefix.
    pub to: Option<Prefix>,
}

impl AddrFilter {
    /// Whether a link is wanted, addresses aside.
    pub fn admits_link(&self, message: Message<'_>) -> bool {
        let Some(link) = Link::new(message.payload()) else { return true };
        let index = link.header().ifi_index.cast_unsigned();
        let info = link.linkinfo();
        self.dev.is_none_or(|dev| dev == index)
            && (!self.up || link.header().ifi_flags.contains(IFF_UP))
            && self.group.is_none_or(|group| link.group().is_none_or(|g| g == group))
            && self.master.is_none_or(|master| link.master() == master)
            && self.kind.as_deref().is_none_or(|kind| info.and_then(|i| i.kind()) == Some(kind))
            && self.port_kind.as_deref().is_none_or(|kind| info.and_then(|i| i.slave_kind()) == Some(kind))
    }

    /// Whether an address of the link with this name is wanted. An address without a label has its link's name for one.
    pub fn admits_addr(&self, message: Message<'_>, link: &str) -> bool {
        let Some(addr) = Addr::new(message.payload()) else { return true };
        let header = addr.header();
        let flags = addr.flags().unwrap_or(IfaFlags(header.ifa_flags.into()));
        let local = addr.local().or_else(|| addr.address());
        (self.family == AF_UNSPEC || self.family == header.ifa_family)
            && self.dev.is_none_or(|dev| dev == header.ifa_index)
            && self.scope.is_none_or(|scope| scope == header.ifa_scope)
            && flags & self.flag_mask == self.flags & self.flag_mask
            && self.label.as_deref().is_none_or(|label| matches_glob(label, addr.label().unwrap_or(link)))
            && self.to.as_ref().is_none_or(|to| local.is_some_and(|local| to.contains(&octets(local))))
    }
}

/// Whether `text` has the form of `pattern`, in which `*` stands for any text and `?` for any character.
fn matches_glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut in_text, mut star) = (0, 0, None);
    while in_text < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_text));
                at += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(in_text) => {
                at += 1;
                in_text += 1;
            }
            _ => match star {
                // The last star takes one character more.
                Some((star_at, from)) => {
                    at = star_at + 1;
                    in_text = from + 1;
                    star = Some((star_at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

/// Which routes.
#[derive(Clone, Debug, Default)]
pub struct RouteFilter {
    /// No filter at all: the answer to `get`.
    pub all: bool,
    /// Family of the destination.
    pub family: AddressFamily,
    /// Only this table.
    pub table: Option<u32>,
    /// Cached routes instead of configured ones.
    pub cloned: bool,
    /// Only through this link.
    pub dev: Option<u32>,
    /// Only made by this protocol.
    pub proto: Option<RouteProtocol>,
    /// Only of this type.
    pub kind: Option<RouteType>,
    /// Neither local nor broadcast: what `vrf` shows.
    pub no_local: bool,
    /// Only coming in through this link.
    pub iif: Option<u32>,
    /// Only of this scope.
    pub scope: Option<Scope>,
    /// Only with this type of service.
    pub tos: Option<u8>,
    /// Only with this metric.
    pub metric: Option<u32>,
    /// Only through a gateway in this prefix.
    pub via: Option<Prefix>,
    /// Only with a preferred source in this prefix.
    pub src: Option<Prefix>,
    /// Only with this source prefix.
    pub from: Option<Prefix>,
    /// Only destinations inside this prefix.
    pub root: Option<Prefix>,
    /// Only destinations that hold this prefix.
    pub matching: Option<Prefix>,
    /// Only this destination.
    pub exact: Option<Prefix>,
    /// Only with these realms, in the bits of the mask.
    pub realms: Option<(u32, u32)>,
}

impl RouteFilter {
    fn admits(&self, message: Message<'_>) -> bool {
        let Some(route) = Route::new(message.payload()) else { return true };
        if self.all {
            return true;
        }
        let header = route.header();
        let table = route.table_id().map_or(u32::from(header.rtm_table), |table| table.0);
        let dst = route.dst().map(netplumb_core::wire::Attr::payload).unwrap_or_default();
        let src = route.src().map(netplumb_core::wire::Attr::payload).unwrap_or_default();
        let same = |prefix: &Option<Prefix>, bytes: &[u8], bits: u8| {
            prefix.as_ref().is_none_or(|p| p.bits == bits && p.contains(bytes))
        };
        (self.family == AF_UNSPEC || self.family == header.rtm_family)
            && self.table.is_none_or(|wanted| wanted == table)
            && self.cloned == header.rtm_flags.contains(RTM_F_CLONED)
            && self.dev.is_none_or(|dev| route.oif() == Some(dev))
            && self.proto.is_none_or(|proto| proto == header.rtm_protocol)
            && self.kind.is_none_or(|kind| kind == header.rtm_type)
            && !(self.no_local && [RTN_LOCAL, RTN_BROADCAST].contains(&header.rtm_type))
            && self.iif.is_none_or(|iif| route.iif() == Some(iif))
            && self.scope.is_none_or(|scope| scope == header.rtm_scope)
            && self.tos.is_none_or(|tos| tos == header.rtm_tos)
            && self.metric.is_none_or(|metric| route.priority().unwrap_or(0) == metric)
            && self.via.as_ref().is_none_or(|via| {
                let foreign = route.via().filter(|v| v.rtvia_family == u16::from(via.family.0));
                route.gateway().is_some_and(|g| via.contains(&octets(g)))
                    || foreign.is_some_and(|v| via.contains(v.rtvia_addr))
            })
            && self.src.as_ref().is_none_or(|src| route.prefsrc().is_some_and(|s| src.contains(&octets(s))))
            && self.realms.is_none_or(|(realms, mask)| (route.flow().unwrap_or(0) ^ realms) & mask == 0)
            && same(&self.from, src, header.rtm_src_len)
            && same(&self.exact, dst, header.rtm_dst_len)
            && self.root.as_ref().is_none_or(|root| {
                header.rtm_dst_len >= root.bits && (dst.is_empty() && root.bits == 0 || root.contains(dst))
            })
            && self.matching.as_ref().is_none_or(|inner| {
                let outer = Prefix { bits: header.rtm_dst_len, bytes: dst.to_vec(), ..inner.clone() };
                outer.bits <= inner.bits && outer.contains(&inner.bytes)
            })
    }
}

/// Which rules.
#[derive(Clone, Debug, Default)]
pub struct RuleFilter {
    /// Only inverted ones.
    pub not: bool,
    /// Only for a master device's own table.
    pub l3mdev: bool,
    /// Only from this prefix.
    pub from: Option<Prefix>,
    /// Only to this prefix.
    pub to: Option<Prefix>,
    /// Only with this preference.
    pub preference: Option<u32>,
    /// Only with this type of service.
    pub tos: Option<u8>,
    /// Only to this table.
    pub table: Option<u32>,
    /// Only for packets from this link.
    pub iif: Option<String>,
    /// Only for packets of sockets on this link.
    pub oif: Option<String>,
    /// Only for this mark.
    pub fwmark: Option<u32>,
    /// Only with this mask of the mark.
    pub fwmask: Option<u32>,
    /// Only for this transport protocol.
    pub ip_proto: Option<u8>,
    /// Only for sockets of exactly these users.
    pub uid_range: Option<[u32; 2]>,
    /// Only for exactly these source ports.
    pub sport: Option<[u16; 2]>,
    /// Only for exactly these destination ports.
    pub dport: Option<[u16; 2]>,
    /// Only for this tunnel.
    pub tun_id: Option<u64>,
    /// Only made by this protocol. A flush looks at it, a list does not (as in iproute2).
    pub protocol: Option<u8>,
}

impl RuleFilter {
    fn admits(&self, message: Message<'_>) -> bool {
        let Some(rule) = Rule::new(message.payload()) else { return true };
        let header = rule.header();
        let inside = |prefix: &Option<Prefix>, id: u16, bits: u8| {
            let bytes = rule.attrs().find(id).map(netplumb_core::wire::Attr::payload).unwrap_or_default();
            prefix.as_ref().is_none_or(|p| p.bits <= bits && (bytes.is_empty() || p.contains(bytes)))
        };
        let ports = |wanted: Option<[u16; 2]>, range: Option<FibRulePortRange>| {
            wanted.is_none_or(|wanted| range.is_some_and(|r| [r.start, r.end] == wanted))
        };
        let users = rule.uid_range().map(|range| [range.start, range.end]);
        (!self.not || header.flags.contains(FIB_RULE_INVERT))
            && (!self.l3mdev || rule.l3mdev().is_some_and(|on| on != 0))
            && inside(&self.from, FRA_SRC, header.src_len)
            && inside(&self.to, FRA_DST, header.dst_len)
            && self.preference.is_none_or(|wanted| rule.priority().unwrap_or(0) == wanted)
            && self.tos.is_none_or(|tos| tos == header.tos)
            && self
                .table
                .is_none_or(|wanted| rule.table_id().map_or(u32::from(header.table), |t| t.0) == wanted)
            && self.iif.as_deref().is_none_or(|name| rule.iifname() == Some(name))
            && self.oif.as_deref().is_none_or(|name| rule.oifname() == Some(name))
            && self.fwmark.is_none_or(|mark| rule.fwmark() == Some(mark))
            && self.fwmask.is_none_or(|mask| rule.fwmask() == Some(mask))
            && self.ip_proto.is_none_or(|proto| rule.ip_proto() == Some(proto))
            && self.uid_range.is_none_or(|wanted| users == Some(wanted))
            && ports(self.sport, rule.sport_range())
            && ports(self.dport, rule.dport_range())
            && self.tun_id.is_none_or(|id| rule.tun_id() == Some(id))
    }
}

/// Which neighbours.
#[derive(Clone, Debug, Default)]
pub struct NeighFilter {
    /// Family of the address.
    pub family: AddressFamily,
    /// Only on this link.
    pub dev: Option<u32>,
    /// Only in one of these states (0x100 stands for none); `None` for all.
    pub states: Option<NudState>,
    /// Only those that nothing uses.
    pub unused: bool,
    /// Only addresses in this prefix.
    pub to: Option<Prefix>,
    /// Only made by this protocol.
    pub protocol: Option<u8>,
}

impl NeighFilter {
    fn admits(&self, message: Message<'_>) -> bool {
        let Some(neigh) = Neigh::new(message.payload()) else { return true };
        let header = neigh.header();
        let state = header.ndm_state;
        let proxy = header.ndm_flags.contains(netplumb_core::family::neigh::NTF_PROXY);
        let wanted_state = self
            .states
            .is_none_or(|states| states.intersects(state) || proxy || state.0 == 0 && states.0 & 0x100 != 0);
        (self.family == AF_UNSPEC || self.family == header.ndm_family)
            && self.dev.is_none_or(|dev| header.ndm_ifindex.cast_unsigned() == dev)
            && (wanted_state
                || header.ndm_flags.contains(NTF_EXT_LEARNED)
                || state == NUD_NOARP && self.states.is_none())
            && (!self.unused || neigh.cacheinfo().is_none_or(|info| info.ndm_refcnt == 0))
            && self.to.as_ref().is_none_or(|to| neigh.dst().is_some_and(|dst| to.contains(&octets(dst))))
            && self.protocol.is_none_or(|proto| neigh.protocol().is_some_and(|p| p.0 == proto))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_wildcards() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches_glob(pattern, text), expected, "{pattern} {text}");
        };
        check("eth0*", "eth0:1", true);
        check("eth0", "eth0:1", false);
        check("e?h*:*1", "eth0:11", true);
        check("*", "", true);
        check("?", "", false);
        check("*a*b", "xaxxb", true);
        check("*a*b", "xaxxc", false);
    }

    #[test]
    fn neighbours_that_others_learned_are_always_listed() {
        let check = |state: u8, flags: u8, expected: bool| {
            let mut bytes = [28u32.to_ne_bytes(), [28, 0, 0, 0], [0; 4], [0; 4]].concat();
            bytes.extend([2, 0, 0, 0, 7, 0, 0, 0, state, 0, flags, 1]);
            let filter = NeighFilter { states: Some(NudState(2)), ..Default::default() };
            assert_eq!(filter.admits(Message::parse(&bytes).unwrap()), expected, "{state} {flags}");
        };
        check(2, 0, true);
        check(4, 0, false);
        check(4, NTF_EXT_LEARNED.0, true);
    }

    #[test]
    fn an_address_without_a_label_has_that_of_its_link() {
        let bytes =
            [24u32.to_ne_bytes(), [20, 0, 0, 0], [0; 4], [0; 4], [10, 64, 0, 0], [7, 0, 0, 0]].concat();
        let message = Message::parse(&bytes).unwrap();
        let filter = AddrFilter { label: Some("eth*".into()), ..Default::default() };
        assert!(filter.admits_addr(message, "eth0") && !filter.admits_addr(message, "lo"));
    }
}
