//! Worlds made by hand.

use super::{ask, dumps, holds};
use netplumb_core::family::common::{AF_INET, AF_INET6};
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
