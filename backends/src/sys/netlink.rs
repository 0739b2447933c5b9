//! `AF_NETLINK` sockets (netlink(7)).

use crate::link::{Block, Link};
use crate::session::Wait;
use netplumb_core::Instant;
use netplumb_core::machine::{Checksum, Destination, Received, Sender, Transmit};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce};
use nix::sys::socket::{MsgFlags, NetlinkAddr, bind, getsockname, getsockopt, recvmsg, sendto, setsockopt};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// A non-blocking netlink socket with extended acknowledgements and strict checking switched on.
#[derive(Debug)]
pub struct NetlinkSocket {
    fd: OwnedFd,
    port: u32,
    strict: bool,
}

impl NetlinkSocket {
    /// Opens a socket of `protocol` (`NETLINK_ROUTE` is 0) in the calling thread's network namespace and binds it to a
    /// port id of the kernel's choice.
    ///
    /// `NETLINK_EXT_ACK` and `NETLINK_GET_STRICT_CHK` are on where the kernel has them (4.12, 4.20), `NETLINK_CAP_ACK` is
    /// off: errors echo the whole request, which is what explaining an offset needs.
    ///
    /// # Errors
    /// Those of socket(2), bind(2) and getsockname(2).
    pub fn open(protocol: i32) -> io::Result<Self> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // nix names only some netlink protocols, so the number goes in by the plain call.
        // SAFETY: socket(2) takes no pointers; the result is checked before it is owned.
        let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, protocol) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` was just returned by socket(2) and nobody else has it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        let address: NetlinkAddr = getsockname(fd.as_raw_fd())?;
        let mut socket = Self { fd, port: address.pid(), strict: false };
        // Older kernels lack them and work without.
        let _ = socket.set_option(libc::NETLINK_EXT_ACK, 1);
        socket.strict = socket.set_option(libc::NETLINK_GET_STRICT_CHK, 1).is_ok();
        Ok(socket)
    }

    /// The port id that the kernel gave it.
    pub fn port(&self) -> u32 {
        self.port
    }

    /// Whether the kernel checks and filters dump requests strictly (since 4.20).
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Sets an integer option of level `SOL_NETLINK`.
    ///
    /// # Errors
    /// Those of setsockopt(2): `ENOPROTOOPT` when the kernel does not know the option. `EOPNOTSUPP` for
    /// `NETLINK_LISTEN_ALL_NSID`: which namespace a message came from is not read yet, and without it a stranger's
    /// message looks like one's own.
    pub fn set_option(&self, option: i32, value: i32) -> io::Result<()> {
        if option == libc::NETLINK_LISTEN_ALL_NSID && value != 0 {
            return Err(Errno::EOPNOTSUPP.into());
        }
        let value: libc::c_int = value;
        // SAFETY: the pointer and length describe `value`, which outlives the call.
        let done = unsafe {
            libc::setsockopt(
                self.fd.as_raw_fd(),
                libc::SOL_NETLINK,
                option,
                (&raw const value).cast(),
                size_of::<libc::c_int>() as libc::socklen_t,
            )
        };
        if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Joins a multicast group by number (1 and up, also above 32).
    ///
    /// # Errors
    /// `EINVAL` for a group that the protocol does not have, `EPERM` where joining needs a capability.
    pub fn join(&self, group: u32) -> io::Result<()> {
        self.set_option(libc::NETLINK_ADD_MEMBERSHIP, group.cast_signed())
    }

    /// Leaves a multicast group.
    ///
    /// # Errors
    /// `EINVAL` for a group that the protocol does not have.
    pub fn leave(&self, group: u32) -> io::Result<()> {
        self.set_option(libc::NETLINK_DROP_MEMBERSHIP, group.cast_signed())
    }

    /// Size of the receive buffer in bytes, as the kernel accounts it.
    ///
    /// # Errors
    /// Those of getsockopt(2).
    pub fn receive_buffer(&self) -> io::Result<usize> {
        Ok(getsockopt(&self.fd, RcvBuf)?)
    }

    /// Sets the receive buffer: the kernel doubles the number, and caps it unless the caller has `CAP_NET_ADMIN`.
    ///
    /// # Errors
    /// Those of setsockopt(2).
    pub fn set_receive_buffer(&self, bytes: usize) -> io::Result<()> {
        if setsockopt(&self.fd, RcvBufForce, &bytes).is_err() {
            setsockopt(&self.fd, RcvBuf, &bytes)?;
        }
        Ok(())
    }
}

impl AsFd for NetlinkSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for NetlinkSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl Link for NetlinkSocket {
    fn try_send(&mut self, transmit: Transmit<'_>) -> io::Result<()> {
        let to = match transmit.to {
            Destination::Kernel => NetlinkAddr::new(0, 0),
            Destination::Netlink { port, groups } => NetlinkAddr::new(port, groups),
            _ => return Err(Errno::EAFNOSUPPORT.into()),
        };
        let sent = sendto(self.fd.as_raw_fd(), transmit.bytes, &to, MsgFlags::empty())?;
        debug_assert_eq!(sent, transmit.bytes.len(), "netlink sends datagrams whole or not at all");
        Ok(())
    }

    fn try_recv<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Received<'b>> {
        let capacity = buffer.len();
        let (len, sender) = {
            let mut iov = [IoSliceMut::new(buffer)];
            // MSG_TRUNC makes the kernel return the datagram's true length.
            let got = recvmsg::<NetlinkAddr>(self.fd.as_raw_fd(), &mut iov, None, MsgFlags::MSG_TRUNC)?;
            let sender = match got.address.map_or(0, |a| a.pid()) {
                0 => Sender::Kernel,
                port => Sender::Port(port),
            };
            (got.bytes, sender)
        };
        Ok(Received {
            bytes: &buffer[..len.min(capacity)],
            sender,
            truncated: len > capacity,
            nsid: None,
            checksum: Checksum::Unknown,
        })
    }

    fn now(&self) -> Instant {
        crate::clock::now()
    }
}

impl Block for NetlinkSocket {
    fn block(&mut self, wait: Wait) -> io::Result<()> {
        let (events, deadline) = match wait {
            Wait::Ready | Wait::Idle => return Ok(()),
            Wait::Readable(deadline) => (PollFlags::POLLIN, deadline),
            Wait::Writable(deadline) => (PollFlags::POLLIN | PollFlags::POLLOUT, deadline),
        };
        let timeout = match deadline {
            None => PollTimeout::NONE,
            Some(at) => {
                // Rounded up, or the loop would spin through the last millisecond.
                let ms = at.since_ns(self.now()).div_ceil(1_000_000);
                PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX)
            }
        };
        match poll(&mut [PollFd::new(self.fd.as_fd(), events)], timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}
