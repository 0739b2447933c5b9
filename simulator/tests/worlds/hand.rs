//! Worlds made by hand.

use super::operation::{at_index, veth_at};
use super::{ask, dumps, holds};
use netplumb_core::family::common::{AF_INET, AF_INET6};
use netplumb_core::family::link::info::vlan::VlanQosMapping;
use netplumb_core::family::neigh::{self, NUD_REACHABLE};
use netplumb_core::family::{addr, link, rule};
use netplumb_simulator::{LoadFault, NetnsId, SocketOptions, World};

const SMALL: &str = r#"netplumb world 1
# A pair of links, of which one has an address and a neighbour.
clock 9000000000
seed 7
netns 0 next_index=4
link {"type":"RTM_NEWLINK","ifinfomsg":{"ifi_index":1,"ifi_flags":["IFF_LOOPBACK"]},"attrs":{"IFLA_IFNAME":"lo"}}
link {"type":"RTM_NEWLINK","ifinfomsg":{"ifi_index":2,"ifi_flags":["IFF_BROADCAST","IFF_MULTICAST"]},"attrs":{"IFLA_IFNAME":"v0","IFLA_ADDRESS":"02:00:00:00:00:01","IFLA_LINK":3,"IFLA_LINKINFO":{"IFLA_INFO_KIND":"veth"}}}
link {"type":"RTM_NEWLINK","ifinfomsg":{"ifi_index":3,"ifi_flags":["IFF_UP","IFF_BROADCAST"]},"attrs":{"IFLA_IFNAME":"v1","IFLA_OPERSTATE":"IF_OPER_UP","IFLA_CARRIER":1,"IFLA_LINK":2,"IFLA_LINKINFO":{"IFLA_INFO_KIND":"veth"}}} + activated=1
addr {"type":"RTM_NEWADDR","ifaddrmsg":{"ifa_family":"AF_INET","ifa_prefixlen":24,"ifa_index":3},"attrs":{"IFA_LOCAL":"192.0.2.1","IFA_LABEL":"v1"}}
rule {"type":"RTM_NEWRULE","fib_rule_hdr":{"family":"AF_INET","table":100,"action":"FR_ACT_TO_TBL"},"attrs":{"FRA_PRIORITY":5,"FRA_IIFNAME":"v0"}}
neigh {"type":"RTM_NEWNEIGH","ndmsg":{"ndm_family":"AF_INET","ndm_ifindex":3,"ndm_state":["NUD_PERMANENT"],"ndm_type":"RTN_UNICAST"},"attrs":{"NDA_DST":"192.0.2.7","NDA_LLADDR":"02:00:00:00:00:07"}}
"#;

#[test]
fn a_text_written_by_hand_is_a_world() {
    let mut world = World::load(SMALL).unwrap();
    holds(&world);
    let all = dumps(&mut world).concat();
    for text in [&b"v1\0"[..], &[192, 0, 2, 7]] {
        assert!(all.windows(text.len()).any(|window| window == text));
    }
}

#[track_caller]
fn refused(from: &str, to: &str, line: usize, said: &str) {
    assert!(SMALL.contains(from));
    let error = World::load(&SMALL.replacen(from, to, 1)).unwrap_err();
    assert_eq!((error.line, error.fault.to_string().as_str()), (line, said), "{error:?}");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    refused("world 1", "world 2", 1, "the first line has to be \"netplumb world 1\"");
    refused("clock", "clok", 3, "no line begins with this word");
    refused("seed 7", "seed x", 4, "a number is expected");
    refused("next_index=4", "next=4", 5, "\"next\" is not known here");
    refused(
        "IFLA_IFNAME\":\"lo",
        "IFLA_NAME\":\"lo",
        6,
        "the set has no attribute of this name (at byte 88 behind the word)",
    );
    refused(
        "IFLA_IFNAME\":\"lo\"",
        "IFLA_IFNAME\":\"lo\",\"4000\":{\"hex\":\"00\"}",
        6,
        "attribute 4000 is not one of link",
    );
    refused("\"v0\"", "\"lo\"", 7, "the name was there before");
    refused("veth", "vest", 7, "a kind of link is expected");
    refused("activated=1", "activated=2", 8, "0 or 1 is expected");
    refused("activated=1", "active=1", 8, "\"active\" is not known here");
    refused("\"ifa_index\":3", "\"ifa_index\":9", 9, "the line of the address's link is missing");
    refused(
        "rule {\"type\":\"RTM_NEWRULE\"",
        "rule {\"type\":\"RTM_DELRULE\"",
        10,
        "the message has to be RTM_NEWRULE",
    );
    refused("192.0.2.7", "2001:db8::7", 11, "an address of the family that the header has is expected");
    refused(
        "IFLA_LINK\":2",
        "IFLA_LINK\":1",
        11,
        "namespace 0: link 2 (v0) is one end of a pair whose other end does not know it",
    );
    refused(
        "\"ifa_prefixlen\":24",
        "\"ifa_prefixlen\":99",
        11,
        "namespace 0: link 3 (v1) has an address whose prefix is longer than it, or whose label is too long",
    );
    assert_eq!(World::load("").unwrap_err().fault, LoadFault::NotAWorld);
}

#[test]
fn a_busy_world_comes_back() {
    let mut world = World::new(11);
    let other = world.add_netns();
    for netns in [NetnsId(0), other] {
        let socket = world.open(netns, SocketOptions::default());
        let requests = [
            link::create("v0").veth("v1"),
            link::create("br0").bridge(|b| {
                b.ageing_time(300);
            }),
            link::create("x0").kind("ifb").mtu(1400),
            link::set(2u32).up(),
            link::set(3u32).up(),
            link::set(4u32).up(),
            link::set(5u32).master(4).up(),
            link::set(3u32).with(|l| {
                l.ifalias("to the lab").group(3);
            }),
        ];
        for request in requests {
            assert_eq!(ask(&mut world, socket, request), Some(0));
        }
        for prefix in ["10.0.0.1/24", "10.0.0.2/24", "10.1.0.1/16", "2001:db8::1/64", "fe80::5/64"] {
            assert_eq!(ask(&mut world, socket, addr::add(3, prefix.parse().unwrap())), Some(0));
        }
        let ending = addr::add(3, "10.9.0.1/24".parse().unwrap()).lifetimes(90, 60);
        assert_eq!(ask(&mut world, socket, ending), Some(0));
        for family in [AF_INET, AF_INET6] {
            for name in ["v0", "nowhere", "v1"] {
                let request = rule::add(family).iif(name).lookup(1000).fwmark(1, 3);
                assert_eq!(ask(&mut world, socket, request), Some(0));
            }
        }
        for (n, state) in
            [NUD_REACHABLE, neigh::NUD_STALE, neigh::NUD_DELAY, neigh::NUD_PERMANENT].into_iter().enumerate()
        {
            let host = u8::try_from(n).unwrap() + 20;
            let request = neigh::add(3, [10, 0, 0, host].into()).lladdr(&[2, 0, 0, 0, 0, host]).state(state);
            assert_eq!(ask(&mut world, socket, request), Some(0));
        }
        holds(&world);
    }
    for _ in 0..12 {
        holds(&world);
        world.advance(world.now().after_ns(700_000_000));
    }
    world.settle();
    holds(&world);
}

#[test]
fn an_index_that_was_asked_for_leaves_the_counter_alone() {
    let mut world = World::new(1);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    assert_eq!(ask(&mut world, socket, at_index(link::create("e1").kind("ifb"), 60)), Some(0));
    holds(&world);
    assert_eq!(ask(&mut world, socket, link::create("e2").kind("ifb")), Some(0));
    assert!(world.save().contains("netns 0 next_index=3 "), "{}", world.save());
    holds(&world);
}

#[test]
fn an_index_is_given_once() {
    const EBUSY: i32 = 16;
    let mut world = World::new(1);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    let before = dumps(&mut world);
    assert_eq!(ask(&mut world, socket, veth_at("v1", 50, "v2", 50)), Some(EBUSY));
    holds(&world);
    assert_eq!(dumps(&mut world).concat().len(), before.concat().len(), "the other end is gone again");
    assert_eq!(ask(&mut world, socket, veth_at("v1", 50, "v2", 51)), Some(0));
    holds(&world);
}

#[test]
fn a_world_has_the_first_namespace_and_knows_only_its_own() {
    let missing = LoadFault::Missing("the line of namespace 0");
    for text in ["netplumb world 1", "netplumb world 1\nnetns 5\n"] {
        assert_eq!(World::load(text).unwrap_err().fault, missing);
    }
    let number = LoadFault::Value("the namespace's number");
    assert_eq!(World::load("netplumb world 1\nnetns 4294967295\n").unwrap_err().fault, number);
    let said = "namespace 0: knows namespace 3, which is not there";
    refused("next_index=4", "next_index=4 nsid=3:0", 11, said);
}

#[test]
fn counters_go_round_or_stay() {
    let max = u32::MAX;
    let counters = format!(
        "next_index={max} link_generation={max} addr4_generation={max} addr6_generation={max} made_neighs={}",
        u64::MAX
    );
    let many =
        format!("\"IFLA_PROMISCUITY\":{max},\"IFLA_ALLMULTI\":{max},\"IFLA_CARRIER_DOWN_COUNT\":{max},");
    let mut world = World::load(
        &SMALL.replace("next_index=4", &counters).replace("\"IFLA_LINK\"", &format!("{many}\"IFLA_LINK\"")),
    )
    .unwrap();
    holds(&world);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    let promiscuous = link::set(2u32).header(|header| {
        header.ifi_flags = link::IFF_PROMISC | link::IFF_ALLMULTI;
        header.ifi_change = header.ifi_flags.0;
    });
    for request in [link::create("br0").kind("bridge"), promiscuous, link::set(2u32).master(4)] {
        assert_eq!(ask(&mut world, socket, request), Some(0));
        holds(&world);
    }
}

#[test]
fn links_in_a_circle_are_no_world() {
    let vlan = |index: u32, lower: u32| {
        format!(
            "link {{\"type\":\"RTM_NEWLINK\",\"ifinfomsg\":{{\"ifi_index\":{index}}},\"attrs\":{{\"IFLA_IFNAME\":\"v{index}\",\"IFLA_LINK\":{lower},\"IFLA_LINKINFO\":{{\"IFLA_INFO_KIND\":\"vlan\"}}}}}}\n"
        )
    };
    let world = |links: &[(u32, u32)]| {
        let links: String = links.iter().map(|(index, lower)| vlan(*index, *lower)).collect();
        World::load(&format!("netplumb world 1\nnetns 0\n{links}"))
    };
    let said = |link: u32| {
        LoadFault::Inconsistent(format!("namespace 0: link {link} is above too many others, or above itself"))
    };
    assert_eq!(world(&[(1, 2), (2, 1)]).unwrap_err().fault, said(1));
    assert_eq!(world(&[(1, 3), (2, 1), (3, 2)]).unwrap_err().fault, said(1));
    let chain: Vec<_> = (2..10).map(|index| (index, index - 1)).collect();
    let chain_on = |lowest: &str, chain: &[(u32, u32)]| {
        let links: String = chain.iter().map(|(index, lower)| vlan(*index, *lower)).collect();
        World::load(&format!("netplumb world 1\nnetns 0\n{lowest}\n{links}"))
    };
    let lowest =
        "link {\"type\":\"RTM_NEWLINK\",\"ifinfomsg\":{\"ifi_index\":1},\"attrs\":{\"IFLA_IFNAME\":\"lo\"}}";
    assert_eq!(chain_on(lowest, &chain).unwrap_err().fault, said(9));
    holds(&chain_on(lowest, &chain[..7]).unwrap());
}

#[test]
fn times_from_which_one_cannot_count_on_are_refused() {
    let said = "a time in nanoseconds, up to 2^62 is expected";
    refused("clock 9000000000", "clock 18446744073709551615", 3, said);
    refused("seed 7", "timer managed-neighs netns=0 at=18446744073709551615", 4, said);
    let far = "timer carrier netns=0 link=2 at=4000000000000000000\nnetns 0 next";
    refused("netns 0 next", far, 12, "Carrier { netns: NetnsId(0), link: 2 } waits too long");
    holds(&World::load(&SMALL.replace("9000000000", "4611686018427387904")).unwrap());
}

/// Linux 6.18 refuses addresses that are shorter than the link's, and cuts a longer broadcast address.
#[test]
fn addresses_of_a_new_link_have_its_length() {
    const EINVAL: i32 = 22;
    let mut world = World::new(1);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    let create = |name: &str, broadcast: &[u8]| {
        link::create(name).kind("ifb").with(|l| {
            l.broadcast(broadcast);
        })
    };
    for (broadcast, errno) in [(&[0xff; 3][..], EINVAL), (&[], EINVAL), (&[0xfe; 6], 0), (&[0xfd; 8], 0)] {
        assert_eq!(ask(&mut world, socket, create(&format!("d{}", broadcast.len()), broadcast)), Some(errno));
        holds(&world);
    }
    let text = world.save();
    assert!(text.contains("fe:fe:fe:fe:fe:fe\"") && text.contains("fd:fd:fd:fd:fd:fd\""), "{text}");
    let bond = link::create("b0").kind("bond").address(&[0; 3]);
    assert_eq!(ask(&mut world, socket, bond), Some(EINVAL));
    holds(&world);
}

/// The priorities that a VLAN maps: on the way in, on the way out.
fn maps(world: &World) -> [Vec<(u32, u32)>; 2] {
    let text = world.save();
    let line = text.lines().find(|line| line.contains("\"v5\"")).unwrap();
    ["IFLA_VLAN_INGRESS_QOS", "IFLA_VLAN_EGRESS_QOS"].map(|kind| {
        let list = line.split_once(kind).map_or("", |(_, rest)| rest.split_once("}}").unwrap().0);
        let number =
            |text: &str| text.split(|c: char| !c.is_ascii_digit()).find(|n| !n.is_empty()).unwrap().parse();
        let pairs = list.split("\"from\"").skip(1);
        pairs
            .map(|pair| pair.split_once("\"to\"").unwrap())
            .map(|(a, b)| (number(a).unwrap(), number(b).unwrap()))
            .collect()
    })
}

#[test]
fn priorities_of_a_vlan_are_mapped_in_their_places() {
    const ENOBUFS: i32 = 105;
    let mut world = World::new(1);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    assert_eq!(ask(&mut world, socket, link::create("d0").kind("ifb")), Some(0));
    let map = |request: link::LinkRequest, ingress: &[(u32, u32)], egress: &[(u32, u32)]| {
        request.linkinfo(|info| {
            info.vlan(|vlan| {
                vlan.id(5);
                if !egress.is_empty() {
                    vlan.egress_qos(|map| {
                        for &(from, to) in egress {
                            map.mappings(VlanQosMapping { from, to });
                        }
                    });
                }
                if !ingress.is_empty() {
                    vlan.ingress_qos(|map| {
                        for &(from, to) in ingress {
                            map.mappings(VlanQosMapping { from, to });
                        }
                    });
                }
            });
        })
    };
    let new = map(link::create("v5").link(2), &[(3, 30), (9, 10)], &[(1, 1), (17, 2), (0, 11)]);
    assert_eq!(ask(&mut world, socket, new), Some(0));
    assert_eq!(maps(&world), [vec![(1, 10), (3, 30)], vec![(0, 3), (17, 2), (1, 1)]]);
    holds(&world);
    // Again and again, they are as many as before; 0 takes one away.
    for _ in 0..100 {
        let again = map(link::set(3u32), &[(3, 31), (1, 0)], &[(1, 4), (17, 0)]);
        assert_eq!(ask(&mut world, socket, again), Some(0));
    }
    assert_eq!(maps(&world), [vec![(3, 31)], vec![(0, 3), (1, 4)]]);
    holds(&world);
    assert_eq!(ask(&mut world, socket, map(link::set(3u32), &[(3, 0)], &[(0, 0), (1, 8)])), Some(0));
    assert_eq!(maps(&world), [vec![], vec![]]);
    let errors: Vec<_> =
        (0..1200).map(|from| ask(&mut world, socket, map(link::set(3u32), &[], &[(from, 1)]))).collect();
    assert_eq!((errors.first(), errors.last()), (Some(&Some(0)), Some(&Some(ENOBUFS))));
    holds(&world);
}

#[test]
fn a_pattern_is_the_lowest_free_name() {
    const ENFILE: i32 = 23;
    let mut world = World::new(1);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    let mut create = |name: &str| ask(&mut world, socket, link::create(name).kind("ifb"));
    for name in ["d0", "d2", "d01", "d+1", "d1x", "e1", "d32768", "d99999999999", "d"] {
        assert_eq!(create(name), Some(0));
    }
    for _ in 0..3 {
        assert_eq!((create("d%d"), create("d%dx"), create("%d")), (Some(0), Some(0), Some(0)));
    }
    for name in ["d1", "d3", "d4", "d0x", "d2x", "d3x", "0", "1", "2"] {
        assert_eq!(create(name), Some(17), "{name} is there");
    }
    assert_eq!(create("fourteen-chars%d"), Some(34), "longer than a name may be");
    // All numbers are taken: this is found out without trying each name.
    let line = |n: usize| {
        format!(
            "link {{\"type\":\"RTM_NEWLINK\",\"ifinfomsg\":{{\"ifi_index\":{}}},\"attrs\":{{\"IFLA_IFNAME\":\"f{n}\"}}}}\n",
            n + 1
        )
    };
    let text: String = (0..32_768).map(line).collect();
    let mut world = World::load(&format!("netplumb world 1\nnetns 0\n{text}")).unwrap();
    let socket = world.open(NetnsId(0), SocketOptions::default());
    assert_eq!(ask(&mut world, socket, link::create("f%d").kind("ifb")), Some(ENFILE));
}

#[test]
fn both_ends_of_a_veth_go_when_one_cannot_be_a_port() {
    const EINVAL: i32 = 22;
    let mut world = World::new(1);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    assert_eq!(ask(&mut world, socket, link::create("v0").veth("v1").master(99)), Some(EINVAL));
    assert!(!world.save().contains("\"v1\""), "{}", world.save());
    holds(&world);
}

/// Stamps of 32 bits in hundredths of a second come around after 497 days; lifetimes go on, through saving, too.
#[test]
fn lifetimes_of_years_end() {
    const DAY: u32 = 86_400;
    let day = |days: u64| netplumb_core::Instant::from_ns(days * u64::from(DAY) * 1_000_000_000);
    let mut world = World::new(3);
    let socket = world.open(NetnsId(0), SocketOptions::default());
    for request in [
        addr::add(1, "10.9.0.1/24".parse().unwrap()).lifetimes(600 * DAY, 550 * DAY),
        addr::add(1, "2001:db8::9/64".parse().unwrap()).lifetimes(600 * DAY, 550 * DAY),
    ] {
        assert_eq!(ask(&mut world, socket, request), Some(0));
    }
    world.advance(day(500));
    let replaced = addr::add(1, "10.8.0.1/24".parse().unwrap()).lifetimes(500 * DAY, 500 * DAY);
    assert_eq!(ask(&mut world, socket, replaced), Some(0));
    let has = |world: &World, address: &str| world.save().contains(address);
    world.advance(day(599));
    assert!(has(&world, "\"10.9.0.1\"") && has(&world, "\"2001:db8::9\""));
    let mut loaded = World::load(&world.save()).unwrap();
    for world in [&mut world, &mut loaded] {
        world.advance(day(601));
        assert!(!has(world, "\"10.9.0.1\"") && !has(world, "\"2001:db8::9\""));
        world.advance(day(999));
        assert!(has(world, "\"10.8.0.1\""));
        world.advance(day(1001));
        assert!(!has(world, "\"10.8.0.1\""));
    }
}
