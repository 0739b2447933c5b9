//! The simulated kernel as a link: the same sessions and clients, without root, in virtual time.

use crate::client::Client;
use crate::error::Error;
use crate::link::{Block, Link};
use crate::session::Wait;
use netplumb_core::conn::Config;
use netplumb_core::family::ROUTE;
use netplumb_core::machine::{Checksum, Received, Sender, Transmit};
use netplumb_core::{Errno, Instant};
use netplumb_simulator::{NetnsId, SocketId, SocketOptions, World};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A simulated kernel that several sockets share.
#[derive(Clone, Debug)]
pub struct Kernel {
    world: Arc<Mutex<World>>,
}

impl Kernel {
    /// A kernel with one namespace that has a loopback interface, as `unshare -n` gives it.
    pub fn new(seed: u64) -> Self {
        Self::from_world(World::new(seed))
    }

    /// A kernel in this state.
    pub fn from_world(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)) }
    }

    /// Its state, to look at, to change from the outside, to make fail. Sockets wait until it is given back.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a netlink socket in a namespace.
    pub fn open(&self, netns: NetnsId, options: SocketOptions) -> SimSocket {
        let id = self.world().open(netns, options);
        SimSocket { kernel: self.clone(), id }
    }
}

/// A client of rtnetlink in the first namespace of a simulated kernel, with all capabilities.
///
/// # Errors
/// None today; the type is that of the real kernel's.
pub fn route(kernel: &Kernel) -> Result<Client<SimSocket>, Error> {
    let options = SocketOptions { strict: true, ..SocketOptions::default() };
    let receive_buffer = options.rcvbuf;
    let socket = kernel.open(NetnsId(0), options);
    let config = Config { receive_buffer, ..Config::new(socket.port()) };
    Ok(Client::new(&ROUTE, socket, config))
}

/// A netlink socket of a simulated kernel. Closed when dropped.
#[derive(Debug)]
pub struct SimSocket {
    kernel: Kernel,
    id: SocketId,
}

impl SimSocket {
    /// The port id that the kernel gave it.
    pub fn port(&self) -> u32 {
        self.kernel.world().port(self.id)
    }

    /// Joins a multicast group by number (1 and up).
    ///
    /// # Errors
    /// Those that Linux gives.
    pub fn join(&self, group: u32) -> io::Result<()> {
        self.kernel.world().join(self.id, group).map_err(os_error)
    }

    /// The kernel it belongs to.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }
}

impl Drop for SimSocket {
    fn drop(&mut self) {
        self.kernel.world().close(self.id);
    }
}

fn os_error(errno: Errno) -> io::Error {
    io::Error::from_raw_os_error(errno.0)
}

impl Link for SimSocket {
    fn try_send(&mut self, transmit: Transmit<'_>) -> io::Result<()> {
        self.kernel.world().send(self.id, transmit.bytes).map_err(os_error)
    }

    fn try_recv<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Received<'b>> {
        let got = self.kernel.world().recv(self.id, buffer).map_err(os_error)?;
        Ok(Received {
            bytes: &buffer[..got.len.min(buffer.len())],
            sender: match got.sender {
                0 => Sender::Kernel,
                port => Sender::Port(port),
            },
            truncated: got.len > buffer.len(),
            nsid: None,
            checksum: Checksum::Unknown,
        })
    }

    fn now(&self) -> Instant {
        self.kernel.world().now()
    }
}

impl Block for SimSocket {
    /// Lets virtual time pass until the next thing happens, or the deadline.
    fn block(&mut self, wait: Wait) -> io::Result<()> {
        let deadline = match wait {
            Wait::Ready | Wait::Idle => return Ok(()),
            Wait::Readable(deadline) | Wait::Writable(deadline) => deadline,
        };
        let mut world = self.kernel.world();
        // Another socket of the same kernel, on another thread, may have caused something since the last look.
        if world.is_readable(self.id) {
            return Ok(());
        }
        match [world.next_timer(), deadline].into_iter().flatten().min() {
            Some(at) => {
                world.advance(at);
                Ok(())
            }
            None => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "nothing will ever happen in the simulated kernel: no timer runs and no deadline is set",
            )),
        }
    }
}
