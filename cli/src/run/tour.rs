//! `tour`: what netplumb is, shown on this machine and on a simulated kernel.

use super::{Terminal, run_on};
use crate::grammar::Options;
use netplumb_backends::sim::{Kernel, SimSocket, route};
use netplumb_backends::{Error, Part, Session, Transact};
use netplumb_core::conn::{Config, Connection, Event};
use netplumb_core::family::{addr, link};
use netplumb_core::machine::Machine;
use netplumb_core::request::AsRequest;
use netplumb_simulator::{NetnsId, SocketOptions};
use std::io::{self, Write};

/// What is looked at on the running kernel.
const LOOK: &[&str] = &["-br link", "-br address", "route", "-6 route", "rule", "neigh"];

/// A router between a network of its own and a provider.
const BUILD: &[&str] = &[
    "link set lo up",
    "link add br0 type bridge",
    "link add lan0 type veth peer name host0",
    "link add lan1 type veth peer name host1",
    "link set lan0 master br0 up",
    "link set lan1 master br0 up",
    "link set host0 up",
    "link set host1 up",
    "link set br0 up",
    "link add wan0 type veth peer name isp0",
    "link set isp0 up",
    "link set wan0 up",
    "address add 192.0.2.1/24 brd + dev br0",
    "address add 2001:db8::1/64 dev br0",
    "address add 198.51.100.2/30 dev wan0",
    "route add default via 198.51.100.1",
    "route add default via 198.51.100.1 table 100 metric 50",
    "rule add from 192.0.2.128/25 lookup 100 priority 1000",
    "neigh add 192.0.2.10 lladdr 02:00:00:00:00:10 dev br0",
];

const INSPECT: &[&str] = &["-br link", "-br address", "route show table all", "rule", "neigh"];

const CHANGE: &[&str] = &[
    "link set wan0 mtu 1400",
    "route replace default via 198.51.100.1 metric 10",
    "address del 198.51.100.2/30 dev wan0",
];

const MISTAKES: &[&str] = &[
    "address add 192.0.2.1/24 dev br0",
    "link add br0 type bridge",
    "route add 203.0.113.0/24 via 10.9.9.9",
    "link set br0 mtu 70000",
    "link set br0 master br0",
];

struct Tour<'t, 'o> {
    terminal: &'t mut Terminal<'o>,
    kernel: Kernel,
}

/// Shows everything.
pub(super) fn tour(terminal: &mut Terminal<'_>) -> io::Result<()> {
    let mut tour = Tour { terminal, kernel: Kernel::new(1) };
    tour.title("This machine: the running kernel, read without any rights")?;
    for line in LOOK {
        tour.command(line, &mut super::kernel::open)?;
    }
    tour.title("A small router on a simulated kernel: the same commands, the same engine, no root")?;
    tour.lines(BUILD)?;
    tour.kernel.world().settle();
    tour.say("Carriers are up, addresses have been tried: two virtual seconds later it looks like this.")?;
    tour.lines(INSPECT)?;
    tour.title("Changing it, and what a listener hears of that")?;
    tour.watched(CHANGE)?;
    tour.title("Mistakes: the kernel's words and the attribute at fault")?;
    tour.lines(MISTAKES)?;
    tour.title("Made to fail on purpose: what the engine sees")?;
    tour.lost_acknowledgement()?;
    tour.interrupted_dump()?;
    tour.overrun()?;
    tour.title("Go on")?;
    tour.say(
        "netplumb link                          the running kernel\n\
         netplumb --sim router.txt link add br0 type bridge\n\
         netplumb --sim router.txt -d -j link   a simulated one, kept in a file you can read\n\
         netplumb schema link                   every attribute there is\n\
         netplumb help",
    )?;
    Ok(())
}

fn failed(error: Error) -> io::Error {
    io::Error::other(error.to_string())
}

impl Tour<'_, '_> {
    fn title(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.terminal.out, "\n== {text}\n")
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.terminal.out, "{text}")
    }

    /// Carries out a command line, showing it.
    fn command(&mut self, line: &str, open: &mut super::Open<'_>) -> io::Result<()> {
        writeln!(self.terminal.out, "$ netplumb {line}")?;
        let words: Vec<&str> = line.split(' ').collect();
        let mut complaints = Vec::new();
        let mut inner =
            Terminal { out: &mut *self.terminal.out, err: &mut complaints, colors: self.terminal.colors };
        run_on(&words, &mut inner, open);
        // In the order in which they were said, not on the error stream.
        self.terminal.out.write_all(&complaints)?;
        self.terminal.out.flush()
    }

    fn lines(&mut self, lines: &[&str]) -> io::Result<()> {
        let kernel = self.kernel.clone();
        let mut open = |_: &Options| Ok(Box::new(route(&kernel)?) as Box<dyn Transact>);
        for line in lines {
            self.command(line, &mut open)?;
        }
        Ok(())
    }

    /// Carries out command lines while another socket listens.
    fn watched(&mut self, lines: &[&str]) -> io::Result<()> {
        let socket = self.kernel.open(NetnsId(0), SocketOptions::default());
        for group in [1, 5, 7, 9, 11] {
            socket.join(group)?;
        }
        let config = Config::new(socket.port());
        let mut listener: Session<_, SimSocket> =
            Session::new(Connection::<_, 1>::new([0; 64], config), socket);
        for line in lines {
            self.lines(&[line])?;
            loop {
                let wait = listener.pump()?;
                for event in listener.events() {
                    if let Event::Notification(message) = event {
                        let row = netplumb_core::family::ROUTE.message(message.kind());
                        let name = row.map_or("?", |row| row.name);
                        let (seq, port) = (message.seq(), message.port());
                        writeln!(self.terminal.out, "    heard {name}, sequence {seq}, port {port}")?;
                    }
                }
                if wait != netplumb_backends::Wait::Ready {
                    break;
                }
            }
        }
        Ok(())
    }

    fn lost_acknowledgement(&mut self) -> io::Result<()> {
        let mut net = route(&self.kernel).map_err(failed)?;
        self.kernel.world().faults().lose_acks = 1;
        let ended = net.execute(link::create("dmz0").kind("dummy"));
        let said = ended.map_or_else(|e| e.to_string(), |_| "success".to_owned());
        let there = net.get(link::get("dmz0"), |_| ()).is_ok();
        let out = &mut self.terminal.out;
        writeln!(out, "* An acknowledgement is lost behind a full receive buffer. The request ends as:")?;
        writeln!(out, "      {said}")?;
        writeln!(out, "  So it is read again: the link {} there.", if there { "is" } else { "is not" })
    }

    fn interrupted_dump(&mut self) -> io::Result<()> {
        let mut net = route(&self.kernel).map_err(failed)?;
        for n in 0..40 {
            net.execute(link::create(&format!("tap{n}")).kind("ifb")).map_err(failed)?;
        }
        self.kernel.world().faults().interrupt_dumps = 2;
        let (mut restarts, mut links, mut all) = (0, 0, 0);
        net.each(link::dump(), |part| match part {
            Part::Restarted => (restarts, links) = (restarts + 1, 0),
            Part::Reply(_) => (links, all) = (links + 1, all + 1),
            Part::Malformed(_) => {}
        })
        .map_err(failed)?;
        let out = &mut self.terminal.out;
        writeln!(out, "* The table of links changes while it is dumped (NLM_F_DUMP_INTR), twice.")?;
        writeln!(out, "  {restarts} restarts, {all} replies received, {links} links in the end: each once.")
    }

    /// More requests in one datagram than the receive buffer has room for acknowledgements.
    fn overrun(&mut self) -> io::Result<()> {
        const COUNT: usize = 2_000;
        let options = SocketOptions { rcvbuf: 8192, ..SocketOptions::default() };
        let socket = self.kernel.open(NetnsId(0), options);
        let config =
            Config { receive_buffer: usize::MAX, max_datagram: 1 << 20, ..Config::new(socket.port()) };
        let mut session = Session::new(Connection::<_, 4>::new(vec![0u8; 1 << 20], config), socket);
        let mut batch = session.machine().batch().map_err(|e| io::Error::other(e.to_string()))?;
        batch.acknowledge_each();
        for n in 0..COUNT {
            let address = format!("127.{}.{}.1/32", n / 250 + 1, n % 250);
            let Ok(prefix) = address.parse() else { continue };
            let request = addr::add(1, prefix);
            let message = request.message().map_err(|e| io::Error::other(e.to_string()))?;
            batch.push(message).map_err(|e| io::Error::other(e.to_string()))?;
        }
        batch.commit();
        let (mut finished, mut unknown, mut overruns) = (0, 0, 0);
        while let Some(events) = session.wait()? {
            for event in events {
                match event {
                    Event::Finished(..) => finished += 1,
                    Event::Unknown(_) => unknown += 1,
                    Event::Overrun => overruns += 1,
                    _ => {}
                }
            }
        }
        let idle = session.machine().is_idle();
        let mut net = route(&self.kernel).map_err(failed)?;
        let there = net.dump(addr::dump().dev(1)).map_err(failed)?.iter().count();
        let out = &mut self.terminal.out;
        writeln!(out, "* {COUNT} addresses in one datagram, each acknowledged, into a buffer of 8 KiB.")?;
        writeln!(
            out,
            "  {finished} finished, {unknown} unknown, {overruns} overrun, nothing left open: {idle}. \
             lo has {there} addresses."
        )
    }
}
