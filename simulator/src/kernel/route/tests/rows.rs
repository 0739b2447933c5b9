//! What the recorded scenes do not reach: time, size, many datagrams, VRFs, MPLS, nonsense.

use super::{Host, NS, addr4, addr6, message};
use crate::kernel::link::{Link, kind_named};
use crate::{Rng, SocketOptions};
use netplumb_core::conn::Expect;
use netplumb_core::family::common::{AF_MPLS, Prefix, Scope};
use netplumb_core::family::link::IFF_UP;
use netplumb_core::family::route::hop::RtNexthop;
use netplumb_core::family::route::{
    self, RTM_DELROUTE, RTM_F_FIB_MATCH, RTM_GETROUTE, RTM_NEWROUTE, RTN_UNICAST, Route, RouteRequest,
    RouteType, RtMsg, Via,
};
use netplumb_core::request::AsRequest;
use netplumb_core::wire::{Ack, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLMSG_DONE};
use netplumb_core::{Errno, Instant};

impl Host {
    /// Sends a request that asks for an acknowledgement: its errno, or 0.
    fn ask(&mut self, request: &RouteRequest) -> i32 {
        let request = request.clone().flags(NLM_F_ACK, 0);
        self.world.send(self.socket, request.message().unwrap()).unwrap();
        let answers = self.received(self.socket);
        let ack = Ack::parse(message(answers.last().unwrap())).unwrap().unwrap();
        ack.errno().map_or(0, |errno| errno.0)
    }

    /// Types and flags of the notifications since the last time.
    fn events(&mut self) -> Vec<(u16, u16)> {
        let events = self.received(self.events);
        events.iter().map(|event| (message(event).kind(), message(event).flags())).collect()
    }

    fn with_links() -> Self {
        let mut host = Self::new();
        for index in [2, 3] {
            host.add_link(index, "ifb", true);
            host.up(index);
        }
        host.add4(2, addr4("10.0.0.1/24", None, Scope::default()));
        host.add6(2, addr6("2001:db8::1/64", None));
        host.events();
        host
    }
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

const CREATED: u16 = NLM_F_CREATE | NLM_F_EXCL;

#[test]
fn routes_with_an_end_go_when_the_collector_comes() {
    let mut host = Host::with_links();
    let second = |seconds: u64| Instant::from_ns(seconds * 1_000_000_000);
    let short = route::add(prefix("2001:db8:9::/48")).dev(2).with(|r| {
        r.expires(10);
    });
    let long = route::add(prefix("2001:db8:a::/48")).dev(2).with(|r| {
        r.expires(70);
    });
    let forever = route::add(prefix("2001:db8:b::/48")).dev(2).with(|r| {
        r.expires(u32::MAX);
    });
    assert_eq!([host.ask(&short), host.ask(&long), host.ask(&forever)], [0; 3]);
    host.events();

    let shown = |host: &mut Host| {
        let all = route::dump().family(prefix("::/0").family()).flags(NLM_F_DUMP, 0);
        host.world.send(host.socket, all.message().unwrap()).unwrap();
        let parts = host.received(host.socket);
        let views = parts.iter().filter_map(|part| Route::new(message(part).payload()));
        let boot = views.filter(|route| route.header().rtm_protocol == route::RTPROT_BOOT);
        boot.map(|route| route.cacheinfo().unwrap().rta_expires).collect::<Vec<_>>()
    };
    host.world.advance(second(4));
    assert_eq!(shown(&mut host), [600, 6600, 0]);
    // An ended route stays to be seen until the collector comes.
    host.world.advance(second(29));
    assert_eq!((shown(&mut host), host.events()), (vec![-1900, 4100, 0], vec![]));
    host.world.advance(second(31));
    assert_eq!((shown(&mut host), host.events()), (vec![3900, 0], vec![(RTM_DELROUTE, 0)]));
    host.world.advance(second(200));
    assert_eq!((shown(&mut host), host.world.next_timer()), (vec![0], None));
    // The same route again moves the end, although it is refused.
    assert_eq!((host.ask(&short), host.ask(&short)), (0, Errno::EEXIST.0));
}

#[test]
fn dumps_go_on_where_the_last_datagram_ended() {
    let mut host = Host::with_links();
    for n in 0..1_000u32 {
        let to = Prefix::host(std::net::Ipv4Addr::from(0x0b00_0000 + n).into());
        assert_eq!(host.ask(&route::add(to).via([10, 0, 0, 2].into())), 0);
        let to = Prefix::host(std::net::Ipv6Addr::from((0xfd << 120) + u128::from(n)).into());
        assert_eq!(host.ask(&route::add(to).via("2001:db8::2".parse().unwrap())), 0);
    }
    let all = route::dump().flags(NLM_F_DUMP, 0);
    host.world.send(host.socket, all.message().unwrap()).unwrap();
    let parts = host.received(host.socket);
    assert_eq!(message(parts.last().unwrap()).kind(), NLMSG_DONE);
    let mut seen = std::collections::BTreeSet::new();
    for part in &parts[..parts.len() - 1] {
        let view = Route::new(message(part).payload()).unwrap();
        assert!(seen.insert(format!("{view:?}")), "{view:?} twice");
    }
    // 3 of the IPv4 address, 3 of the IPv6 address with the multicast route, 1 of the other link.
    assert_eq!(seen.len(), 2_000 + 3 + 3 + 1);
    let fib = &host.world.ns(NS).fib4;
    assert!(fib.infos.len() <= 4, "a thousand equal routes share what they have in common");
}

#[test]
fn a_socket_without_rights_reads_only() {
    let mut host = Host::with_links();
    let user = SocketOptions { net_admin: false, ..SocketOptions::default() };
    host.world.set_options(host.socket, user).unwrap();
    assert_eq!(host.ask(&route::add(prefix("10.9.0.0/16")).dev(2)), Errno::EPERM.0);
    assert_eq!(host.ask(&route::delete(prefix("10.0.0.0/24"))), Errno::EPERM.0);
    assert_eq!(host.ask(&route::get([10, 0, 0, 7].into())), 0);
    assert_eq!(host.ask(&route::add(prefix("10.9.0.0/16")).family(route_family(99))), Errno::EPERM.0);
}

fn route_family(family: u8) -> netplumb_core::family::common::AddressFamily {
    netplumb_core::family::common::AddressFamily(family)
}

#[test]
fn unknown_families_are_not_supported() {
    let mut host = Host::with_links();
    for family in [0, 7, 99] {
        let request = route::add(prefix("10.9.0.0/16")).dev(2).family(route_family(family));
        assert_eq!(host.ask(&request), Errno::EOPNOTSUPP.0);
    }
}

#[test]
fn routes_of_a_vrf_s_links_are_in_its_table() {
    let mut host = Host::new();
    let mut vrf = Link::of(kind_named("vrf").unwrap(), "vrf0");
    vrf.index = 9;
    vrf.flags |= IFF_UP;
    vrf.data.set(1, &77u32.to_ne_bytes());
    host.world.ns_mut(NS).links.insert(9, vrf);
    host.add_link(2, "ifb", true);
    host.link(2).master = Some(9);
    host.up(2);
    host.add4(2, addr4("10.0.0.1/24", None, Scope::default()));
    host.add6(2, addr6("2001:db8::1/64", None));
    let tables: Vec<u32> = host
        .received(host.events)
        .iter()
        .map(|event| Route::new(message(event).payload()).unwrap().route_table().0)
        .collect();
    assert_eq!(tables, [77; 6]);
    // Gateways of the table are found in it.
    assert_eq!(host.ask(&route::add(prefix("10.9.0.0/16")).via([10, 0, 0, 2].into()).table(77)), 0);
    assert_eq!(host.ask(&route::add(prefix("10.9.0.0/16")).via([10, 0, 0, 2].into())), Errno::ENETUNREACH.0);
}

/// A request about a label.
fn label(kind: u16, flags: u16, label: u32) -> RouteRequest {
    let header = RtMsg {
        rtm_family: AF_MPLS,
        rtm_dst_len: 20,
        rtm_table: 254,
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    };
    RouteRequest::new(kind, flags, Expect::Ack, header).with(|r| {
        r.dst_label(label);
    })
}

fn via4(octets: &[u8; 4]) -> Via<'_> {
    Via { rtvia_family: 2, rtvia_addr: octets }
}

#[test]
fn labels_are_added_replaced_shown_and_deleted() {
    let mut host = Host::with_links();
    let add = |n: u32| {
        label(RTM_NEWROUTE, CREATED, n).with(|r| {
            r.via(via4(&[10, 0, 0, 2])).newdst(&[200, 300]).ttl_propagate(1);
        })
    };
    assert_eq!([host.ask(&add(100)), host.ask(&add(100)), host.ask(&add(15))], [0, 17, 22]);
    assert_eq!(host.events(), [(RTM_NEWROUTE, 0)]);
    let missing = label(RTM_NEWROUTE, NLM_F_REPLACE, 101).with(|r| {
        r.oif(2);
    });
    assert_eq!(host.ask(&missing), Errno::ENOENT.0);
    let replace = label(RTM_NEWROUTE, NLM_F_REPLACE, 100).with(|r| {
        r.hops(|hops| {
            let header = RtNexthop { rtnh_ifindex: 2, ..RtNexthop::default() };
            hops.hop(header, |h| {
                h.via(via4(&[10, 0, 0, 2]));
            });
            hops.hop(RtNexthop { rtnh_ifindex: 3, ..header }, |h| {
                h.newdst(&[16]);
            });
        });
    });
    assert_eq!((host.ask(&replace), host.events()), (0, vec![(RTM_NEWROUTE, NLM_F_REPLACE)]));
    let dump = route::dump().family(AF_MPLS).flags(NLM_F_DUMP, 0);
    host.world.send(host.socket, dump.message().unwrap()).unwrap();
    let parts = host.received(host.socket);
    let view = Route::new(message(&parts[0]).payload()).unwrap();
    let hops: Vec<i32> = view.multipath().unwrap().map(|hop| hop.header().rtnh_ifindex).collect();
    assert_eq!((view.dst_labels().unwrap().iter().next().unwrap().label(), hops), (100, vec![2, 3]));

    let get = |n: u32| {
        label(RTM_GETROUTE, 0, n).header(|h| {
            (h.rtm_table, h.rtm_type) = (0, RouteType::default());
            h.rtm_flags = RTM_F_FIB_MATCH;
        })
    };
    assert_eq!((host.ask(&get(100)), host.ask(&get(101))), (0, Errno::ENETUNREACH.0));
    // Labels stay as long as another link is left.
    host.remove(3);
    assert!(host.events().contains(&(RTM_NEWROUTE, NLM_F_REPLACE)));
    assert_eq!(host.ask(&label(RTM_DELROUTE, 0, 100)), 0);
    assert_eq!(host.events(), [(RTM_DELROUTE, 0)]);
    // What is not there is deleted, too.
    assert_eq!((host.ask(&label(RTM_DELROUTE, 0, 100)), host.events()), (0, vec![]));
}

#[test]
fn the_kernel_picks_a_label() {
    let mut host = Host::with_links();
    let header = RtMsg {
        rtm_family: AF_MPLS,
        rtm_dst_len: 20,
        rtm_table: 254,
        rtm_type: RTN_UNICAST,
        ..RtMsg::default()
    };
    let any = RouteRequest::new(RTM_NEWROUTE, NLM_F_CREATE, Expect::Ack, header).with(|r| {
        r.oif(2);
    });
    assert_eq!([host.ask(&any), host.ask(&any)], [0, 0]);
    let labels = host.world.ns(NS).mpls.from(0).map(|(label, _)| label).collect::<Vec<_>>();
    assert_eq!(labels, [16, 17]);
}

/// Recorded requests with bytes changed, cut and doubled, in between links and addresses that come and go: nothing may
/// panic, and the same seed must give the same bytes.
#[test]
fn nonsense_does_no_harm() {
    let recorded: Vec<Vec<u8>> = include_str!("../../../../tests/data/routes.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("send "))
        .map(|digits| {
            digits
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect()
        })
        .collect();
    let run = |seed: u64| {
        let mut rng = Rng::new(seed);
        let mut host = Host::with_links();
        let mut said = Vec::new();
        for _ in 0..4_000 {
            let pick = |rng: &mut Rng, bound: usize| usize::try_from(rng.below(bound as u64)).unwrap();
            let part = &recorded[pick(&mut rng, recorded.len())];
            let mut request = vec![0; 4];
            request.extend(&part[..4]);
            request.extend([1, 0, 0, 0, 0, 0, 0, 0]);
            request.extend(&part[4..]);
            if rng.below(3) > 0 {
                for _ in 0..=rng.below(4) {
                    let at = 16 + pick(&mut rng, request.len() - 16);
                    request[at] = rng.next_u64().to_le_bytes()[0];
                }
            }
            if rng.below(8) == 0 {
                request.truncate(16 + pick(&mut rng, request.len() - 16));
            }
            let len = u32::try_from(request.len()).unwrap();
            request[..4].copy_from_slice(&len.to_ne_bytes());
            host.world.send(host.socket, &request).unwrap();
            match rng.below(40) {
                0 => host.down(2),
                1 => host.up(2),
                2 => host.world.fib_link_carrier(NS, 2, false),
                3 => host.world.fib_link_carrier(NS, 2, true),
                4 => {
                    let at = host.world.now().after_ns(rng.below(40_000_000_000));
                    host.world.advance(at);
                }
                5 if !host.link(2).addr4.is_empty() => {
                    let address = host.link(2).addr4[0].clone();
                    host.del4(2, &address);
                }
                6 if host.link(2).addr4.is_empty() => {
                    host.add4(2, addr4("10.0.0.1/24", None, Scope::default()));
                }
                7 => host.add6(2, addr6("2001:db8::1/64", None)),
                _ => {}
            }
            said.extend(host.received(host.socket));
            said.extend(host.received(host.events));
        }
        said
    };
    assert_eq!(run(3), run(3));
    run(4);
}
