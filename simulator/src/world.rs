//! A whole world: namespaces, sockets, and time that passes only when told to.

use crate::fault::Faults;
use crate::kernel::netns::Netns;
use crate::rng::Rng;
use crate::socket::{Got, SocketId, SocketOptions, Sockets, check_send};
use crate::timer::Timers;
use netplumb_core::{Errno, Instant};
use std::collections::BTreeMap;

/// Identifies a network namespace of a world. The first is 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NetnsId(pub u32);

/// Bytes that a single message can have.
const SCRATCH: usize = 128 * 1024;

/// A simulated kernel: everything in it, and nothing else in the process.
///
/// Two worlds with the same seed that are told the same things say the same bytes. A clone goes its own way from there.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) now: Instant,
    pub(crate) rng: Rng,
    pub(crate) netns: BTreeMap<NetnsId, Netns>,
    pub(crate) sockets: Sockets,
    pub(crate) timers: Timers,
    pub(crate) faults: Faults,
    pub(crate) scratch: Vec<u8>,
}

impl World {
    /// A kernel with one namespace that has a loopback interface, down: what `unshare -n` gives.
    pub fn new(seed: u64) -> Self {
        let mut world = Self {
            now: Instant::ZERO,
            rng: Rng::new(seed),
            netns: BTreeMap::new(),
            sockets: Sockets::default(),
            timers: Timers::default(),
            faults: Faults::default(),
            scratch: vec![0; SCRATCH],
        };
        world.add_netns();
        world
    }

    /// Makes a network namespace.
    pub fn add_netns(&mut self) -> NetnsId {
        let id = NetnsId(self.netns.last_key_value().map_or(0, |(id, _)| id.0 + 1));
        self.netns.insert(id, Netns::new(id));
        self.register_loopback(id);
        id
    }

    /// Its network namespaces.
    pub fn namespaces(&self) -> impl Iterator<Item = NetnsId> + '_ {
        self.netns.keys().copied()
    }

    /// The virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// What goes wrong on purpose.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Opens a socket of `NETLINK_ROUTE` in a namespace and binds it.
    pub fn open(&mut self, netns: NetnsId, options: SocketOptions) -> SocketId {
        // The first socket of a process has the process's id; the sockets of a world count as those of one process.
        // Chance has a part in it only when that one is taken: opening a socket to look leaves the world as it was.
        let rng = &mut self.rng;
        self.sockets.open(netns, options, 1000, || u32::try_from(rng.below(1 << 31)).unwrap_or(0))
    }

    /// Closes a socket. What was in its queue is gone.
    pub fn close(&mut self, socket: SocketId) {
        self.sockets.close(socket);
    }

    /// The port id of a socket; 0 when it is closed.
    pub fn port(&self, socket: SocketId) -> u32 {
        self.sockets.get(socket).map_or(0, |s| s.port)
    }

    /// Changes the options of a socket.
    ///
    /// # Errors
    /// `EBADF` when it is closed.
    pub fn set_options(&mut self, socket: SocketId, options: SocketOptions) -> Result<(), Errno> {
        self.sockets.get_mut(socket).ok_or(Errno::EBADF)?.options = options;
        Ok(())
    }

    /// Joins a multicast group by number (`NETLINK_ADD_MEMBERSHIP`).
    ///
    /// # Errors
    /// `EINVAL` for a group that rtnetlink does not have.
    pub fn join(&mut self, socket: SocketId, group: u32) -> Result<(), Errno> {
        self.sockets.membership(socket, group, true)
    }

    /// Leaves a multicast group (`NETLINK_DROP_MEMBERSHIP`).
    ///
    /// # Errors
    /// `EINVAL` for a group that rtnetlink does not have.
    pub fn leave(&mut self, socket: SocketId, group: u32) -> Result<(), Errno> {
        self.sockets.membership(socket, group, false)
    }

    /// Datagrams that a socket has lost because its receive buffer was full.
    pub fn drops(&self, socket: SocketId) -> u64 {
        self.sockets.get(socket).map_or(0, |s| s.drops)
    }

    /// Sends a datagram to the kernel. Its requests are carried out before this returns.
    ///
    /// # Errors
    /// `ENODATA` for an empty datagram, `EMSGSIZE` for one that is larger than a socket's send buffer.
    pub fn send(&mut self, socket: SocketId, datagram: &[u8]) -> Result<(), Errno> {
        let netns = self.sockets.get(socket).ok_or(Errno::EBADF)?.netns;
        check_send(datagram)?;
        self.fire_due();
        self.receive_requests(socket, netns, datagram);
        Ok(())
    }

    /// Receives a datagram.
    ///
    /// # Errors
    /// `EAGAIN` when there is none, `ENOBUFS` when some were lost.
    pub fn recv(&mut self, socket: SocketId, buffer: &mut [u8]) -> Result<Got, Errno> {
        if self.sockets.get(socket).ok_or(Errno::EBADF)?.is_empty() {
            self.fire_due();
        }
        let got = self.sockets.get_mut(socket).ok_or(Errno::EBADF)?.recv(buffer);
        if got.is_ok() {
            self.go_on_with_dump(socket);
        }
        if let Some(socket) = self.sockets.get_mut(socket) {
            socket.settle();
        }
        got
    }

    /// Whether a receive would return something, be it an error.
    pub fn is_readable(&self, socket: SocketId) -> bool {
        self.sockets.get(socket).is_some_and(|s| !s.is_empty())
    }

    /// When something will happen by itself next.
    pub fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Lets time pass. What is due until then happens at its time.
    pub fn advance(&mut self, to: Instant) {
        while let Some(at) = self.timers.next().filter(|at| *at <= to) {
            self.now = self.now.max(at);
            self.fire_due();
        }
        self.now = self.now.max(to);
    }

    /// Lets time pass until the kernel has nothing left to do that it began by itself: carriers are known, addresses
    /// are tried. Ends of lifetimes and ages of neighbours are not waited for. Returns the time that passed, in
    /// nanoseconds.
    pub fn settle(&mut self) -> u64 {
        let start = self.now;
        while let Some(at) = self.timers.next_settling() {
            self.advance(at);
        }
        self.now.since_ns(start)
    }

    /// Lets everything happen that is due now.
    fn fire_due(&mut self) {
        while let Some(timer) = self.timers.take_due(self.now) {
            self.fire(timer);
        }
    }

    pub(crate) fn ns(&self, id: NetnsId) -> &Netns {
        // Namespaces are never removed while something refers to them.
        &self.netns[&id]
    }

    pub(crate) fn ns_mut(&mut self, id: NetnsId) -> &mut Netns {
        self.netns.get_mut(&id).expect("namespaces are not removed while something refers to them")
    }
}
