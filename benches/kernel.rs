//! The library on a real kernel against programs that do nothing but the system calls, in a network namespace of its own
//! (needs root):
//!
//! * dumping 100,000 routes, counted only and read with three getters each, against a reader that only calls `recv`;
//! * adding and deleting 100,000 routes in batches, against a sender of the same bytes that waits for each datagram's
//!   acknowledgement.
//!
//! Both sides run alternately in this process; printed are the CPU time (user and system) of the quickest run of each, and
//! the ratio. `cargo bench --bench kernel [-- ROUTES [ROUNDS]]`.

use netplumb::blocking::{self, NetlinkSocket};
use netplumb::conn::Config;
use netplumb::core::family::ROUTE;
use netplumb::machine::{Received, Transmit};
use netplumb::route::Route;
use netplumb::{AsRequest, Block, Client, Instant, Link, Part, Wait, link, route};
use nix::sched::{CloneFlags, unshare};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use std::cell::RefCell;
use std::hint::black_box;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<u32>().ok());
    let count = numbers.next().unwrap_or(100_000);
    let rounds = numbers.next().unwrap_or(10);
    if let Err(e) = unshare(CloneFlags::CLONE_NEWNET) {
        println!("SKIPPED: a network namespace is needed, and unshare(CLONE_NEWNET) says {e}");
        return;
    }
    let mut net = blocking::route().expect("a netlink socket");
    net.execute(link::set("lo").up()).expect("lo goes up");

    let adds: Vec<_> = (0..count).map(|n| change(n, true)).collect();
    let deletes: Vec<_> = (0..count).map(|n| change(n, false)).collect();
    let (mut add, mut delete) = (Pair::new("add"), Pair::new("delete"));
    let (mut dump, mut count_only) = (Pair::new("dump, 3 getters"), Pair::new("dump, counted"));
    for _ in 0..rounds {
        let sent = add.ours(|| batched(&adds));
        // The first dump after the change pays for cold caches: it counts for neither side.
        dump_floor();
        for _ in 0..3 {
            dump.ours(|| assert!(dump_library(&mut net) >= count as usize));
            dump.floor(|| assert!(dump_floor() > 0));
            count_only.ours(|| assert!(count_library(&mut net) >= count as usize));
            count_only.floor(|| assert!(dump_floor() > 0));
        }
        let gone = delete.ours(|| batched(&deletes));
        add.floor(|| replay(&sent));
        delete.floor(|| replay(&gone));
    }
    println!("{count} routes, quickest of {rounds} rounds, CPU time:");
    for pair in [add, delete, count_only, dump] {
        pair.print(count);
    }
}

/// CPU times of two ways to do the same.
struct Pair {
    name: &'static str,
    ours: u64,
    floor: u64,
}

impl Pair {
    fn new(name: &'static str) -> Self {
        Self { name, ours: u64::MAX, floor: u64::MAX }
    }
    fn ours<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let (result, ns) = timed(run);
        self.ours = self.ours.min(ns);
        result
    }
    fn floor<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let (result, ns) = timed(run);
        self.floor = self.floor.min(ns);
        result
    }
    fn print(&self, count: u32) {
        let per = |ns: u64| ns as f64 / f64::from(count);
        println!(
            "{:>15}: netplumb {:6.0} ns/route, floor {:6.0} ns/route, ratio {:.3}",
            self.name,
            per(self.ours),
            per(self.floor),
            self.ours as f64 / self.floor as f64
        );
    }
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = cpu_ns();
    let result = run();
    (result, cpu_ns() - before)
}

/// Exact, while getrusage(2) may count in scheduler ticks.
fn cpu_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("clock").num_nanoseconds().unsigned_abs()
}

fn change(n: u32, add: bool) -> Vec<u8> {
    let prefix = IpAddr::from(Ipv4Addr::from(0x0a00_0000 + n)).into();
    let request = if add { route::add(prefix) } else { route::delete(prefix) };
    request.dev(1).message().expect("fits").to_vec()
}

/// Adds or deletes through the library; returns the datagrams that it sent.
fn batched(requests: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let socket = NetlinkSocket::open(ROUTE.number).expect("a netlink socket");
    let mut config = Config::new(socket.port());
    config.receive_buffer = socket.receive_buffer().expect("SO_RCVBUF");
    let sent = Rc::new(RefCell::new(Vec::new()));
    let link = Recorder { socket, sent: sent.clone() };
    let mut client = Client::new(&ROUTE, link, config);
    let done = client.batch(requests.iter().map(|r| Bytes(r)), |_, result| result.expect("carried out"));
    assert_eq!(done.expect("a batch").succeeded, requests.len());
    sent.take()
}

/// A request's bytes.
struct Bytes<'a>(&'a [u8]);

impl AsRequest for Bytes<'_> {
    type Reply = Route<'static>;
    fn message(&self) -> Result<&[u8], netplumb::wire::Overflow> {
        Ok(self.0)
    }
    fn expect(&self) -> netplumb::conn::Expect {
        netplumb::conn::Expect::Ack
    }
}

/// A socket that keeps what it sends. The copy counts against the library.
struct Recorder {
    socket: NetlinkSocket,
    sent: Rc<RefCell<Vec<Vec<u8>>>>,
}

impl Link for Recorder {
    fn try_send(&mut self, transmit: Transmit<'_>) -> io::Result<()> {
        self.sent.borrow_mut().push(transmit.bytes.to_vec());
        self.socket.try_send(transmit)
    }
    fn try_recv<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Received<'b>> {
        self.socket.try_recv(buffer)
    }
    fn now(&self) -> Instant {
        self.socket.now()
    }
}

impl Block for Recorder {
    fn block(&mut self, wait: Wait) -> io::Result<()> {
        self.socket.block(wait)
    }
}

/// Sends the same datagrams and reads one acknowledgement for each.
fn replay(datagrams: &[Vec<u8>]) {
    let mut socket = NetlinkSocket::open(ROUTE.number).expect("a netlink socket");
    let mut buffer = vec![0; 32 * 1024];
    for datagram in datagrams {
        let transmit = Transmit { bytes: datagram, to: netplumb::machine::Destination::Kernel };
        socket.try_send(transmit).expect("sent");
        let ack = socket.try_recv(&mut buffer).expect("the kernel answers within send(2)");
        assert_eq!(ack.bytes[16..20], [0; 4], "carried out");
    }
}

fn dump_library(net: &mut Client<NetlinkSocket>) -> usize {
    let mut count = 0;
    net.each(route::dump().family(netplumb::common::AF_INET), |part| {
        if let Part::Reply(message) = part
            && let Some(route) = Route::new(message.payload())
        {
            count += 1;
            black_box((route.dst_ip(), route.oif(), route.priority()));
        }
    })
    .expect("a dump");
    count
}

/// The dump without looking into the routes.
fn count_library(net: &mut Client<NetlinkSocket>) -> usize {
    let mut count = 0;
    net.each(route::dump().family(netplumb::common::AF_INET), |part| {
        count += usize::from(matches!(part, Part::Reply(_)));
    })
    .expect("a dump");
    count
}

/// Only receives, until the datagram that begins with `NLMSG_DONE`.
fn dump_floor() -> usize {
    let mut socket = NetlinkSocket::open(ROUTE.number).expect("a netlink socket");
    let request = route::dump().family(netplumb::common::AF_INET).flags(0x300, 0);
    let bytes = request.message().expect("fits");
    socket.try_send(Transmit { bytes, to: netplumb::machine::Destination::Kernel }).expect("sent");
    let mut buffer = vec![0; 32 * 1024];
    let mut total = 0;
    loop {
        let received = socket.try_recv(&mut buffer).expect("the next part is there");
        total += received.bytes.len();
        if received.bytes[4..6] == 3u16.to_ne_bytes() {
            return total;
        }
    }
}
