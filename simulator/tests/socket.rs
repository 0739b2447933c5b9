//! Sockets, dumps and receive buffers, number by number as Linux 6.18 has them.

use netplumb_core::Errno;
use netplumb_core::family::common::{AF_INET, AF_UNSPEC, Scope};
use netplumb_core::family::{addr, link, route};
use netplumb_core::request::AsRequest;
use netplumb_core::wire::{
    Ack, Messages, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR, NLMSG_NOOP, Writer,
};
use netplumb_simulator::{NetnsId, SocketId, SocketOptions, World};

const NS: NetnsId = NetnsId(0);

/// What is looked at of a message: type, flags, sequence number, errno.
type Seen = (u16, u16, u32, i32);

fn with_flags(request: &impl AsRequest, flags: u16, seq: u32) -> Vec<u8> {
    let mut bytes = request.message().unwrap().to_vec();
    let old = u16::from_ne_bytes([bytes[6], bytes[7]]);
    bytes[6..8].copy_from_slice(&(old | flags).to_ne_bytes());
    bytes[8..12].copy_from_slice(&seq.to_ne_bytes());
    bytes
}

fn noop(seq: u32) -> Vec<u8> {
    let mut buffer = vec![0; 64];
    let mut w = Writer::new(&mut buffer);
    w.message(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, seq, 0, |_| ());
    w.finish().unwrap().to_vec()
}

/// Everything in the queue: the length of each datagram and its messages.
fn drain(world: &mut World, socket: SocketId, room: usize) -> Vec<(usize, Vec<Seen>)> {
    let mut buffer = vec![0; room];
    let mut out = Vec::new();
    while let Ok(got) = world.recv(socket, &mut buffer) {
        let messages = Messages::new(&buffer[..got.len.min(room)])
            .flatten()
            .map(|m| {
                let errno = Ack::parse(m).and_then(Result::ok).and_then(Ack::errno).map_or(0, |e| e.0);
                (m.kind(), m.flags(), m.seq(), errno)
            })
            .collect();
        out.push((got.len, messages));
    }
    out
}

fn world_with_links(count: u32) -> (World, SocketId) {
    let mut world = World::new(1);
    let socket = world.open(NS, SocketOptions::default());
    for n in 0..count {
        let request = link::create(&format!("d{n}")).kind("dummy");
        world.send(socket, request.message().unwrap()).unwrap();
    }
    (world, socket)
}

/// Linux 6.18 packs 2, then 21 links of 1,468 to 1,484 bytes when 32 KiB are offered.
#[test]
fn dump_datagrams_grow_with_the_buffer_that_was_offered() {
    let check = |room: usize, expected: &[usize]| {
        let (mut world, socket) = world_with_links(100);
        world.send(socket, &with_flags(&link::dump(), NLM_F_DUMP, 9)).unwrap();
        let datagrams = drain(&mut world, socket, room);
        let (done, parts) = datagrams.split_last().unwrap();
        assert_eq!(done.1, [(NLMSG_DONE, 2, 9, 0)], "DONE is alone after links");
        let counts: Vec<_> = parts.iter().map(|part| part.1.len()).collect();
        assert_eq!(&counts[..expected.len()], expected, "{room}");
        assert_eq!(counts.iter().sum::<usize>(), 101);
        let largest = parts.iter().skip(1).map(|part| part.0).max().unwrap();
        assert!(parts[0].0 <= 3776 && largest <= room.min(32_448), "{room}: {largest}");
    };
    check(64 * 1024, &[2, 21, 21, 21, 21, 15]);
    check(32 * 1024, &[2, 21, 21, 21, 21, 15]);
    check(16 * 1024, &[2, 11, 11]);
    check(8 * 1024, &[2, 5, 5]);
}

/// A route with 2,500 nexthops, behind a small one.
fn world_with_a_large_route() -> (World, SocketId) {
    let mut world = World::new(1);
    let socket = world.open(NS, SocketOptions::default());
    let hop = |n: u16| {
        let [high, low] = n.to_be_bytes();
        // `rtnexthop` of link 2, and the gateway.
        let hop = [16u16.to_ne_bytes(), [0, 0], [2, 0], [0, 0], 8u16.to_ne_bytes(), 5u16.to_ne_bytes()];
        [hop.concat(), vec![10, 1, high, low]].concat()
    };
    let hops: Vec<u8> = (0..2500).flat_map(hop).collect();
    let first = route::add("1.0.0.0/8".parse().unwrap()).via("10.0.0.2".parse().unwrap());
    // The attribute behind a request that has no room for it.
    let mut large =
        with_flags(&route::add("20.0.0.0/8".parse().unwrap()).scope(Scope::default()), NLM_F_ACK, 2);
    large.extend((u16::try_from(hops.len()).unwrap() + 4).to_ne_bytes());
    large.extend(route::RTA_MULTIPATH.to_ne_bytes());
    large.extend(hops);
    let len = u32::try_from(large.len()).unwrap();
    large[..4].copy_from_slice(&len.to_ne_bytes());
    for request in [
        with_flags(&link::create("d0").kind("ifb").up(), 0, 1),
        with_flags(&addr::add(2, "10.0.0.1/8".parse().unwrap()), 0, 1),
        with_flags(&first, 0, 1),
        large,
    ] {
        world.send(socket, &request).unwrap();
    }
    assert_eq!(drain(&mut world, socket, 65_536)[0].1, [(NLMSG_ERROR, 0x100, 2, 0)]);
    (world, socket)
}

/// Linux 6.18 shows the routes before one that no datagram has room for, and ends the dump: without a word that of one family,
/// with an error that of all.
#[test]
fn a_dump_ends_at_what_no_datagram_has_room_for() {
    for (family, errno) in [(AF_INET, 0), (AF_UNSPEC, -Errno::EMSGSIZE.0)] {
        let (mut world, socket) = world_with_a_large_route();
        let request = route::dump().family(family);
        world.send(socket, &with_flags(&request, NLM_F_DUMP, 9)).unwrap();
        let mut buffer = vec![0; 65_536];
        let got = world.recv(socket, &mut buffer).unwrap();
        assert_eq!(Messages::new(&buffer[..got.len]).count(), 2);
        let got = world.recv(socket, &mut buffer).unwrap();
        let done = Messages::new(&buffer[..got.len]).next().unwrap().unwrap();
        assert_eq!((done.kind(), done.payload()), (NLMSG_DONE, &errno.to_ne_bytes()[..]));
        assert_eq!(world.recv(socket, &mut buffer), Err(Errno::EAGAIN));
    }
}

/// Datagrams with links are as large as it takes (`rtnl_calcit`).
#[test]
fn a_large_link_has_a_large_datagram() {
    let (world, _) = world_with_links(2);
    let names: Vec<String> = (0..40).map(|n| format!("\"IFLA_ALT_IFNAME\":\"{n:0>120}\"")).collect();
    let names = format!("\"IFLA_IFNAME\":\"d0\",\"IFLA_PROP_LIST\":{{{}}}", names.join(","));
    let mut world = World::load(&world.save().replacen("\"IFLA_IFNAME\":\"d0\"", &names, 1)).unwrap();
    let socket = world.open(NS, SocketOptions::default());
    world.send(socket, &with_flags(&link::dump(), NLM_F_DUMP, 9)).unwrap();
    let datagrams = drain(&mut world, socket, 3776);
    assert!(datagrams.iter().all(|d| d.0 > 0) && datagrams.iter().any(|d| d.0 > 3776), "{datagrams:?}");
    let counts: usize = datagrams.iter().map(|d| d.1.len().max(1)).sum();
    assert_eq!(counts, 4, "{datagrams:?}");
}

#[test]
fn one_dump_at_a_time_and_requests_in_between() {
    let (mut world, socket) = world_with_links(60);
    world.send(socket, &with_flags(&link::dump(), NLM_F_DUMP, 1)).unwrap();
    world.send(socket, &with_flags(&link::dump(), NLM_F_DUMP, 2)).unwrap();
    world.send(socket, &with_flags(&link::get("lo"), 0, 3)).unwrap();
    let all = drain(&mut world, socket, 4096);
    let flat: Vec<_> = all.iter().flat_map(|d| &d.1).collect();
    assert!(flat.contains(&&(NLMSG_ERROR, 0, 2, Errno::EBUSY.0)));
    assert!(flat.contains(&&(16, 0, 3, 0)), "answered at once, without MULTI");
    assert_eq!(flat.iter().filter(|m| m.2 == 1 && m.0 == 16).count(), 61);
    assert_eq!(flat.last(), Some(&&(NLMSG_DONE, 2, 1, 0)));
}

#[test]
fn a_default_buffer_holds_256_acknowledgements() {
    let mut world = World::new(1);
    let socket = world.open(NS, SocketOptions::default());
    for seq in 0..300 {
        world.send(socket, &noop(seq)).unwrap();
    }
    let mut buffer = [0; 64];
    assert_eq!(world.recv(socket, &mut buffer), Err(Errno::ENOBUFS), "the loss comes first");
    assert_eq!(drain(&mut world, socket, 64).len(), 256);
    assert_eq!(world.drops(socket), 44);
    // Read empty, it takes in again.
    world.send(socket, &noop(301)).unwrap();
    assert_eq!(drain(&mut world, socket, 64).len(), 1);
}

#[test]
fn without_enobufs_loss_is_silent_and_ends_at_once() {
    let mut world = World::new(1);
    let options = SocketOptions { no_enobufs: true, rcvbuf: 832 * 3, ..SocketOptions::default() };
    let socket = world.open(NS, options);
    for seq in 0..5 {
        world.send(socket, &noop(seq)).unwrap();
    }
    let mut buffer = [0; 64];
    assert_eq!(world.recv(socket, &mut buffer).unwrap().len, 36);
    world.send(socket, &noop(6)).unwrap();
    let seqs: Vec<_> = drain(&mut world, socket, 64).iter().map(|d| d.1[0].2).collect();
    assert_eq!(seqs, [1, 2, 6]);
}

#[test]
fn acknowledgements_are_capped_and_errors_echo() {
    let mut world = World::new(1);
    let mut sizes = |options: SocketOptions, request: &[u8]| {
        let socket = world.open(NS, options);
        world.send(socket, request).unwrap();
        let (len, messages) = drain(&mut world, socket, 4096).remove(0);
        (len, messages[0].1)
    };
    let good = with_flags(&link::create("a").kind("dummy"), NLM_F_ACK, 1);
    let bad = with_flags(&link::delete("nothing"), NLM_F_ACK, 1);
    let plain = SocketOptions::default();
    // NLM_F_CAPPED is set on every success, whatever NETLINK_CAP_ACK says.
    assert_eq!(sizes(plain, &good), (36, 0x100));
    assert_eq!(sizes(plain, &bad), (20 + bad.len(), 0));
    assert_eq!(sizes(SocketOptions { cap_ack: true, ..plain }, &bad), (36, 0x100));
}

#[test]
fn a_bad_length_ends_the_datagram_without_a_word() {
    let mut world = World::new(1);
    let socket = world.open(NS, SocketOptions::default());
    let mut bad = noop(2);
    bad[0] = 8;
    world.send(socket, &[noop(1), bad, noop(3)].concat()).unwrap();
    let seqs: Vec<_> = drain(&mut world, socket, 64).iter().map(|d| d.1[0].2).collect();
    assert_eq!(seqs, [1]);
    assert_eq!(world.send(socket, &[]), Err(Errno::ENODATA));
    assert_eq!(world.send(socket, &vec![0; 212_992]), Err(Errno::EMSGSIZE));
    world.send(socket, &[1, 2, 3]).unwrap();
    // Without NLM_F_REQUEST nothing is done, yet it is acknowledged.
    let mut ignored = with_flags(&link::delete("lo"), NLM_F_ACK, 4);
    ignored[6] &= !1;
    world.send(socket, &ignored).unwrap();
    assert_eq!(drain(&mut world, socket, 64)[0].1, [(NLMSG_ERROR, 0x100, 4, 0)]);
}

#[test]
fn a_short_buffer_cuts_and_the_rest_is_gone() {
    let (mut world, socket) = world_with_links(1);
    world.send(socket, &with_flags(&link::get("lo"), 0, 1)).unwrap();
    let mut buffer = [0; 100];
    assert_eq!(world.recv(socket, &mut buffer).unwrap().len, 1468);
    assert_eq!(world.recv(socket, &mut buffer), Err(Errno::EAGAIN));
}

#[test]
fn first_sockets_have_the_process_id_and_others_a_high_port() {
    let mut world = World::new(1);
    let first = world.open(NS, SocketOptions::default());
    let second = world.open(NS, SocketOptions::default());
    assert!(world.port(first) < 1 << 31 && world.port(second) >= 1 << 31);
    world.close(first);
    let before = world.save();
    let third = world.open(NS, SocketOptions::default());
    assert!(world.port(third) < 1 << 31, "free again after close");
    assert_eq!(world.save(), before, "nothing is drawn for it");
    assert_eq!(world.join(second, 40), Err(Errno::EINVAL));
    assert_eq!(world.join(second, 0), Err(Errno::EINVAL));
}
