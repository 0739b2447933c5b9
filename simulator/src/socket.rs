//! Netlink sockets as the kernel accounts them (`net/netlink/af_netlink.c`).

use crate::dump::Dump;
use crate::world::NetnsId;
use netplumb_core::Errno;
use netplumb_core::wire::NLMSG_HDRLEN;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Highest multicast group of rtnetlink (`RTNLGRP_MAX`, `linux/rtnetlink.h`): 39 on Linux 6.18.
pub const GROUP_MAX: u32 = 39;

/// `SO_RCVBUF` that sockets start with (`net.core.rmem_default`).
pub const RCVBUF_DEFAULT: usize = 212_992;

/// `SO_SNDBUF` that sockets start with (`net.core.wmem_default`), less the 32 bytes that sending needs for itself.
const SEND_MAX: usize = 212_992 - 32;

/// Identifies a socket of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SocketId(pub u32);

/// How a socket is set up: netlink(7) names the options.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SocketOptions {
    /// `NETLINK_EXT_ACK`: errors come with words and the attribute at fault.
    pub ext_ack: bool,
    /// `NETLINK_CAP_ACK`: errors echo the request's header only.
    pub cap_ack: bool,
    /// `NETLINK_GET_STRICT_CHK`: dump requests are checked and filters work.
    pub strict: bool,
    /// `NETLINK_NO_ENOBUFS`: loss goes unreported.
    pub no_enobufs: bool,
    /// `SO_RCVBUF`, in bytes as the kernel accounts them (twice what setsockopt(2) was given).
    pub rcvbuf: usize,
    /// Whether its owner has `CAP_NET_ADMIN` in the namespace.
    pub net_admin: bool,
}

impl Default for SocketOptions {
    /// What backends use for the real kernel, and the right to change things.
    fn default() -> Self {
        Self {
            ext_ack: true,
            cap_ack: false,
            strict: true,
            no_enobufs: false,
            rcvbuf: RCVBUF_DEFAULT,
            net_admin: true,
        }
    }
}

/// What a receive gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Got {
    /// True length of the datagram; what did not fit the buffer is lost.
    pub len: usize,
    /// Port id of the sender, 0 for the kernel.
    pub sender: u32,
    /// Multicast group it was sent to, 0 for none.
    pub group: u32,
}

/// A datagram in a receive queue.
#[derive(Clone, Debug)]
struct Datagram {
    bytes: Arc<[u8]>,
    truesize: usize,
    sender: u32,
    group: u32,
}

/// A netlink socket.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) netns: NetnsId,
    pub(crate) port: u32,
    pub(crate) options: SocketOptions,
    /// Bit g - 1 is group g.
    groups: u64,
    queue: VecDeque<Datagram>,
    /// Memory of the queue (`sk_rmem_alloc`).
    memory: usize,
    /// Nothing gets in until the queue has been read empty (`NETLINK_S_CONGESTED`).
    congested: bool,
    error: Option<Errno>,
    /// Datagrams that did not fit.
    pub(crate) drops: u64,
    /// Largest buffer that a receive offered, at most 32 KiB less overhead.
    pub(crate) recv_max: usize,
    pub(crate) dump: Option<Dump>,
}

/// Memory that a datagram of `len` bytes occupies (`skb->truesize`): the kernel's `sk_buff` and the room behind the data,
/// in the sizes that its allocator has. 832 for an acknowledgement, so a default buffer holds 256 of them.
pub(crate) fn truesize(len: usize) -> usize {
    const SK_BUFF: usize = 256;
    const SHARED_INFO: usize = 320;
    const SMALL_HEAD: usize = 576;
    let head = len + SHARED_INFO;
    SK_BUFF + if head <= SMALL_HEAD { SMALL_HEAD } else { head.next_power_of_two() }
}

impl Socket {
    /// Room for one more dump datagram (`SKB_WITH_OVERHEAD(32768)`).
    const RECV_MAX: usize = 32_768 - 320;

    pub(crate) fn in_group(&self, group: u32) -> bool {
        (1..=64).contains(&group) && self.groups & (1 << (group - 1)) != 0
    }

    /// Whether a dump may make its next datagram.
    pub(crate) fn has_room_for_dump(&self) -> bool {
        self.memory <= self.options.rcvbuf / 2
    }

    /// Whether the queue is so full that a dump cannot even begin.
    pub(crate) fn is_full(&self) -> bool {
        self.memory >= self.options.rcvbuf
    }

    /// Puts a datagram into the queue, or loses it (`netlink_broadcast_deliver`, `netlink_overrun`).
    fn deliver(&mut self, bytes: Arc<[u8]>, truesize: usize, sender: u32, group: u32) -> bool {
        let memory = self.memory + truesize;
        // One datagram always fits an empty queue.
        let fits = (self.memory == 0 || memory <= self.options.rcvbuf) && !self.congested;
        if fits {
            self.memory = memory;
            self.queue.push_back(Datagram { bytes, truesize, sender, group });
            return true;
        }
        self.overrun();
        false
    }

    /// A datagram is lost (`netlink_overrun`).
    pub(crate) fn overrun(&mut self) {
        self.drops += 1;
        if !self.options.no_enobufs && !self.congested {
            self.congested = true;
            self.error = Some(Errno::ENOBUFS);
        }
    }

    /// Appends a part of a dump: room for it was found before it was made.
    pub(crate) fn append_dump(&mut self, bytes: &[u8], truesize: usize) {
        self.memory += truesize;
        self.queue.push_back(Datagram { bytes: bytes.into(), truesize, sender: 0, group: 0 });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.error.is_none()
    }

    /// `netlink_recvmsg` without the dump that goes on behind it.
    pub(crate) fn recv(&mut self, buffer: &mut [u8]) -> Result<Got, Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let Some(datagram) = self.queue.pop_front() else { return Err(Errno::EAGAIN) };
        self.memory -= datagram.truesize;
        self.recv_max = self.recv_max.max(buffer.len()).min(Self::RECV_MAX);
        let len = datagram.bytes.len();
        let copied = len.min(buffer.len());
        buffer[..copied].copy_from_slice(&datagram.bytes[..copied]);
        Ok(Got { len, sender: datagram.sender, group: datagram.group })
    }

    /// The queue was read: an empty one ends the congestion (`netlink_rcv_wake`).
    pub(crate) fn settle(&mut self) {
        if self.queue.is_empty() {
            self.congested = false;
        }
    }
}

/// All sockets of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sockets {
    all: BTreeMap<SocketId, Socket>,
    next: u32,
}

impl Sockets {
    pub(crate) fn get(&self, id: SocketId) -> Option<&Socket> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        self.all.get_mut(&id)
    }

    /// Opens a socket; port `first` is used unless it is taken in the namespace, then one with the top bit set is.
    pub(crate) fn open(
        &mut self,
        netns: NetnsId,
        options: SocketOptions,
        first: u32,
        other: impl FnOnce() -> u32,
    ) -> SocketId {
        let taken = |port: u32| port == 0 || self.all.values().any(|s| s.netns == netns && s.port == port);
        let mut port = first;
        if taken(port) {
            // The kernel searches downwards from a random number in the upper half.
            port = other() | 0x8000_0000;
            while taken(port) {
                port = port.wrapping_sub(1) | 0x8000_0000;
            }
        }
        let id = SocketId(self.next);
        self.next += 1;
        let socket = Socket {
            netns,
            port,
            options,
            groups: 0,
            queue: VecDeque::new(),
            memory: 0,
            congested: false,
            error: None,
            drops: 0,
            recv_max: 0,
            dump: None,
        };
        self.all.insert(id, socket);
        id
    }

    pub(crate) fn close(&mut self, id: SocketId) {
        self.all.remove(&id);
    }

    /// `NETLINK_ADD_MEMBERSHIP` and `NETLINK_DROP_MEMBERSHIP`.
    pub(crate) fn membership(&mut self, id: SocketId, group: u32, member: bool) -> Result<(), Errno> {
        if !(1..=GROUP_MAX).contains(&group) {
            return Err(Errno::EINVAL);
        }
        let socket = self.all.get_mut(&id).ok_or(Errno::EBADF)?;
        let bit = 1u64 << (group - 1);
        socket.groups = if member { socket.groups | bit } else { socket.groups & !bit };
        Ok(())
    }

    /// Whether a notification would reach anybody.
    pub(crate) fn listens(&self, netns: NetnsId, group: u32) -> bool {
        self.all.values().any(|s| s.netns == netns && s.in_group(group))
    }

    /// Sends to the members of a group, and to `also` once, whether it is one or not.
    pub(crate) fn broadcast(&mut self, netns: NetnsId, group: u32, also: Option<SocketId>, bytes: &[u8]) {
        let shared: Arc<[u8]> = bytes.into();
        let truesize = truesize(bytes.len());
        if let Some(socket) = also.and_then(|id| self.all.get_mut(&id)) {
            socket.deliver(Arc::clone(&shared), truesize, 0, group);
        }
        for (id, socket) in &mut self.all {
            if socket.netns == netns && Some(*id) != also && socket.in_group(group) {
                socket.deliver(Arc::clone(&shared), truesize, 0, group);
            }
        }
    }

    /// Sends to one socket.
    pub(crate) fn unicast(&mut self, id: SocketId, bytes: &[u8]) {
        if let Some(socket) = self.all.get_mut(&id) {
            socket.deliver(bytes.into(), truesize(bytes.len()), 0, 0);
        }
    }
}

/// Whether a datagram may be sent at all.
pub(crate) fn check_send(bytes: &[u8]) -> Result<(), Errno> {
    match bytes.len() {
        // `netlink_sendmsg` refuses a message without bytes.
        0 => Err(Errno::ENODATA),
        SEND_MAX.. => Err(Errno::EMSGSIZE),
        _ => Ok(()),
    }
}

/// Whether what is left of a datagram can hold a message.
pub(crate) fn is_message(rest: &[u8]) -> bool {
    rest.len() >= NLMSG_HDRLEN
}
