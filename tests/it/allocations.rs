//! Zero allocations where the design promises none: counted by the allocator of this test binary.

use crate::script::{Queue, Script, done, part};
use netplumb::conn::{Config, Connection, Event, Expect};
use netplumb::machine::{Machine, Received};
use netplumb::route::{self, Route};
use netplumb::wire::{Message, Messages, NLM_F_MULTI, NLMSG_DONE, Writer};
use netplumb::{AsRequest, Instant, addr, link, neigh, rule};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

struct Counting;

thread_local! {
    /// Per thread, as other tests of this binary allocate at the same time.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// Bytes held, and the most that were held at once.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn note(allocations: u64, bytes: isize) {
    let _ = COUNT.try_with(|n| n.set(n.get() + allocations));
    let _ = HELD.try_with(|held| {
        let now = held.get().0 + bytes;
        held.set((now, held.get().1.max(now)));
    });
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(run: impl FnOnce()) -> u64 {
    let before = COUNT.with(Cell::get);
    run();
    COUNT.with(Cell::get) - before
}

/// The most bytes that `run` held at once, beyond those held before.
fn peak(run: impl FnOnce()) -> isize {
    let before = HELD.with(Cell::get).0;
    HELD.with(|held| held.set((before, before)));
    run();
    HELD.with(Cell::get).1 - before
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(black_box(vec![1u8]))) > 0);
    assert_eq!(peak(|| (0..3).for_each(|_| drop(black_box(vec![1u8; 1000])))), 1000);
}

#[test]
fn building_requests_allocates_nothing() {
    let prefix = "192.0.2.0/24".parse().unwrap();
    let gateway = "192.0.2.1".parse().unwrap();
    let count = allocations(|| {
        for n in 0..200u32 {
            black_box(link::create("br0").kind("bridge").mtu(1500).up().message().unwrap());
            black_box(addr::add(n, prefix).message().unwrap());
            black_box(route::add(prefix).via(gateway).dev(n).metric(n).message().unwrap());
            black_box(rule::add(netplumb::common::AF_INET).from(prefix).lookup(n).message().unwrap());
            black_box(neigh::replace(n, gateway).lladdr(&[2, 0, 0, 0, 0, 1]).message().unwrap());
        }
    });
    assert_eq!(count, 0, "1,000 requests");
}

#[test]
fn sending_allocates_nothing() {
    let mut conn = Connection::<_, 8>::new([0u8; 4096], Config::new(1));
    let count = allocations(|| {
        let mut batch = conn.batch().unwrap();
        for n in 0..20 {
            batch.push(link::set(n).up().message().unwrap()).unwrap();
        }
        batch.commit();
        black_box(conn.poll_transmit().unwrap().bytes);
        conn.sent(Instant::ZERO, Ok(()));
    });
    assert_eq!(count, 0);
}

#[test]
fn replaying_a_large_dump_allocates_nothing() {
    const ROUTES: u32 = 100_000;
    let mut conn = Connection::<_, 8>::new([0u8; 1024], Config::new(7));
    conn.submit(route::dump().message().unwrap(), Expect::Dump).unwrap();
    let seq = Messages::new(conn.poll_transmit().unwrap().bytes).flatten().next().unwrap().seq();
    conn.sent(Instant::ZERO, Ok(()));

    let mut datagrams = Vec::new();
    let mut n = 0;
    while n < ROUTES {
        let mut buffer = vec![0; 32_448];
        let mut w = Writer::new(&mut buffer);
        let one = |n: u32, w: &mut Writer<'_>| {
            w.message(24, NLM_F_MULTI, seq, 7, |w| {
                let header = route::RtMsg { rtm_dst_len: 32, ..route::RtMsg::default() };
                let to = std::net::Ipv4Addr::from(n).into();
                route::RouteBuilder::with_header(w, header).table_id(route::RT_TABLE_MAIN).dst_ip(to).oif(1);
            })
        };
        while n < ROUTES && one(n, &mut w) {
            n += 1;
        }
        datagrams.push(w.finish().unwrap().to_vec());
    }
    let mut done = vec![0; 20];
    Writer::new(&mut done).message(NLMSG_DONE, NLM_F_MULTI, seq, 7, |w| w.zeros(4));
    datagrams.push(done);

    let mut seen = 0;
    let count = allocations(|| {
        for datagram in &datagrams {
            for event in conn.handle_input(Instant::ZERO, Received::from_kernel(datagram)) {
                if let Event::Reply(_, message) = event
                    && let Some(r) = Route::new(message.payload())
                {
                    assert!(black_box((r.dst_ip(), r.oif(), r.table_id())).0.is_some());
                    seen += 1;
                }
            }
        }
    });
    assert_eq!((count, seen), (0, ROUTES));
    assert!(conn.is_idle());
}

/// A table in memory costs the bytes of its messages (twice, while the vector grows), and reading it without keeping it
/// nothing at all.
#[test]
fn a_table_in_memory_costs_its_bytes() {
    const ROUTES: u32 = 50_000;
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let route = |n: u32| {
            part(24, 0, request.seq(), |w| {
                let header = route::RtMsg { rtm_dst_len: 32, ..route::RtMsg::default() };
                let to = std::net::Ipv4Addr::from(n).into();
                route::RouteBuilder::with_header(w, header).table_id(route::RT_TABLE_MAIN).dst_ip(to).oif(1);
            })
        };
        for first in (0..ROUTES).step_by(500) {
            queue.datagram((first..first + 500).map(route));
        }
        queue.datagram([done(request.seq())]);
    });
    // What the script holds is not the library's.
    let script = peak(|| {
        net.each(route::dump(), |part| {
            black_box(part);
        })
        .unwrap();
    });
    let kept = peak(|| assert_eq!(net.dump(route::dump()).unwrap().iter().count(), ROUTES as usize));
    let bytes = 52 * ROUTES as isize;
    assert!(script >= bytes, "{script}");
    assert!(kept - script <= 3 * bytes / 2, "{} bytes for {bytes} of messages", kept - script);
}
