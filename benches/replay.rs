//! Nanoseconds per message for replaying a dump through `Connection`, without a kernel: 100,000 IPv4 routes with three
//! getters each, and 2,000 links with twenty getters each, by scanning and through an index. Next to it a bare walk over
//! the same messages, and one over their attributes.
//!
//! The datagrams are laid out as Linux 6.18 sends them: 52-byte routes, 624 to a datagram of 32,448 bytes, with the
//! attributes `RTA_TABLE`, `RTA_DST`, `RTA_OIF`; links are one real message of a veth, repeated.
//!
//! `cargo bench --bench replay`

use netplumb::conn::{Config, Connection, Event, Expect};
use netplumb::link::Link;
use netplumb::machine::{Machine, Received};
use netplumb::route::{self, RT_TABLE_MAIN, Route};
use netplumb::wire::{AttrTable, Attrs, Message, Messages, NLM_F_MULTI, NLMSG_DONE, Writer};
use netplumb::{AsRequest, Instant, common, link};
use std::hint::black_box;
use std::time::{Duration, Instant as Clock};

const PORT: u32 = 4711;
const ROUTES: u32 = 100_000;
const LINKS: u32 = 2_000;
const DATAGRAM: usize = 32_448;
const ROUNDS: usize = 20;

fn main() {
    let routes = Recording::new(ROUTES, |n, w| {
        let header = route::RtMsg {
            rtm_family: common::AF_INET,
            rtm_dst_len: 32,
            rtm_table: 254,
            rtm_type: route::RTN_UNICAST,
            rtm_scope: common::RT_SCOPE_LINK,
            ..route::RtMsg::default()
        };
        let destination = std::net::Ipv4Addr::from(0x0a00_0000 + n);
        route::RouteBuilder::with_header(w, header).table_id(RT_TABLE_MAIN).dst_ip(destination.into()).oif(1);
    });
    let veth = include_bytes!("../tests/data/link-veth.bin");
    let links = Recording::new(LINKS, |_, w| w.bytes(&veth[16..]));

    println!("quickest of {ROUNDS} rounds, nanoseconds a message:");
    let walk = |r: &Recording| r.each_datagram(|d| Messages::new(d).flatten().count());
    let attrs = |r: &Recording, header: usize| {
        r.each_datagram(|d| {
            let payloads = Messages::new(d).flatten().map(Message::payload);
            payloads.map(|p| Attrs::new(p.get(header..).unwrap_or(&[])).count()).sum()
        })
    };
    report("routes: walk messages", ROUTES, || walk(&routes));
    report("routes: walk attributes", ROUTES, || attrs(&routes, 12));
    report("routes: Connection, 3 getters", ROUTES, || routes.replay(three_getters));
    report("links: walk messages", LINKS, || walk(&links));
    report("links: walk attributes", LINKS, || attrs(&links, 16));
    report("links: Connection, 20 getters, scanning", LINKS, || links.replay(twenty_getters));
    report("links: Connection, 20 getters, indexed", LINKS, || links.replay(twenty_getters_indexed));
}

fn three_getters(payload: &[u8]) {
    if let Some(r) = Route::new(payload) {
        black_box((r.dst_ip(), r.oif(), r.table_id()));
    }
}

macro_rules! twenty {
    ($l:expr) => {{
        let l = $l;
        black_box((l.ifname(), l.mtu(), l.address(), l.broadcast(), l.operstate()));
        black_box((l.linkmode(), l.qdisc(), l.txqlen(), l.group(), l.link()));
        black_box((l.master(), l.carrier(), l.promiscuity(), l.num_tx_queues(), l.num_rx_queues()));
        black_box((
            l.gso_max_size(),
            l.min_mtu(),
            l.max_mtu(),
            l.linkinfo().and_then(|i| i.kind()),
            l.ifalias(),
        ));
    }};
}

fn twenty_getters(payload: &[u8]) {
    if let Some(l) = Link::new(payload) {
        twenty!(l);
    }
}

fn twenty_getters_indexed(payload: &[u8]) {
    if let Some(l) = Link::new(payload) {
        let table: AttrTable<'_, 64> = l.table();
        twenty!(l.indexed(&table));
    }
}

fn report(what: &str, messages: u32, mut run: impl FnMut() -> usize) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Clock::now();
        let count = black_box(run());
        best = best.min(start.elapsed());
        assert!(count >= messages as usize, "{what}: {count} of {messages}");
    }
    println!("{what:42} {:7.1}", best.as_nanos() as f64 / f64::from(messages));
}

/// A dump as datagrams, with sequence number 0 to be replaced when it is replayed.
struct Recording {
    datagrams: Vec<Vec<u8>>,
}

impl Recording {
    fn new(count: u32, fill: impl Fn(u32, &mut Writer<'_>)) -> Self {
        let mut datagrams = Vec::new();
        let mut n = 0;
        while n < count {
            let mut buffer = vec![0; DATAGRAM];
            let mut w = Writer::new(&mut buffer);
            while n < count && w.message(24, NLM_F_MULTI, 0, PORT, |w| fill(n, w)) {
                n += 1;
            }
            let len = w.len();
            buffer.truncate(len);
            datagrams.push(buffer);
        }
        let mut done = vec![0; 20];
        Writer::new(&mut done).message(NLMSG_DONE, NLM_F_MULTI, 0, PORT, |w| w.zeros(4));
        datagrams.push(done);
        Self { datagrams }
    }

    fn each_datagram(&self, read: impl Fn(&[u8]) -> usize) -> usize {
        self.datagrams.iter().map(|d| read(d)).sum()
    }

    fn replay(&self, read: impl Fn(&[u8])) -> usize {
        let mut conn = Connection::<_, 8>::new([0u8; 1024], Config::new(PORT));
        conn.submit(link::dump().message().expect("fits"), Expect::Dump).expect("taken");
        let sent = conn.poll_transmit().expect("a dump to send").bytes;
        let seq = Messages::new(sent).flatten().next().expect("a message").seq();
        conn.sent(Instant::ZERO, Ok(()));
        let mut buffer = vec![0; DATAGRAM];
        let mut count = 0;
        for datagram in &self.datagrams {
            // A socket copies the datagram, too; the replay writes its own sequence number into the copy.
            let bytes = &mut buffer[..datagram.len()];
            bytes.copy_from_slice(datagram);
            stamp(bytes, seq);
            for event in conn.handle_input(Instant::ZERO, Received::from_kernel(bytes)) {
                match event {
                    Event::Reply(_, message) => {
                        read(message.payload());
                        count += 1;
                    }
                    Event::Finished(..) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(conn.is_idle());
        count
    }
}

fn stamp(datagram: &mut [u8], seq: u32) {
    let mut at = 0;
    while at + 16 <= datagram.len() {
        let len = u32::from_ne_bytes(datagram[at..at + 4].try_into().expect("four bytes")) as usize;
        datagram[at + 8..at + 12].copy_from_slice(&seq.to_ne_bytes());
        at += len.next_multiple_of(4);
    }
}
