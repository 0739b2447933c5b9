//! Tables as runs of messages, made piece by piece while they are read (`netlink_dump`).

use crate::kernel::{addr, link, neigh, route, rule};
use crate::refusal::{Outcome, Refusal};
use crate::request::Request;
use crate::socket::{SocketId, truesize};
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::wire::{
    NLM_F_ACK_TLVS, NLM_F_DUMP_FILTERED, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, Writer,
};

/// Room of the first datagram: a page less what the kernel keeps behind the data (`NLMSG_GOODSIZE`).
const FIRST: usize = 4096 - 320;

/// A table that is being read, and how far the reading is.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Links(link::dump::Links),
    Addrs(addr::dump::Addrs),
    Routes(route::dump::Routes),
    Neighs(neigh::dump::Neighs),
    Rules(rule::dump::Rules),
}

/// How far a datagram got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// The next message did not fit.
    Full,
    /// The table's end.
    End,
}

/// A dump under way.
#[derive(Clone, Debug)]
pub(crate) struct Dump {
    what: What,
    netns: NetnsId,
    seq: u32,
    port: u32,
    ext_ack: bool,
    datagrams: u32,
    generation: Option<u32>,
    ended: bool,
    /// It has been interrupted on purpose: no dump is more than once.
    interrupted: bool,
    /// The end says that a filter was at work: of addresses and routes only (`cb->answer_flags`).
    filtered_done: bool,
}

/// Where the parts of a datagram go.
#[derive(Debug)]
pub(crate) struct Parts<'p, 'b> {
    w: &'p mut Writer<'b>,
    seq: u32,
    port: u32,
    generation: &'p mut Option<u32>,
    interrupt: bool,
    interrupted: bool,
    /// Whether a filter was at work: `NLM_F_DUMP_FILTERED` on each part.
    pub(crate) filtered: bool,
    /// Whether a filter was asked for: the same flag on the end of a dump that has one of its own.
    pub(crate) filtered_done: bool,
}

impl Parts<'_, '_> {
    /// Appends a message; whether it fitted. `generation` is the table's counter, of tables that have one.
    pub(crate) fn put(
        &mut self,
        kind: u16,
        generation: Option<u32>,
        fill: impl FnOnce(&mut Writer<'_>),
    ) -> bool {
        let mut flags = NLM_F_MULTI | if self.filtered { NLM_F_DUMP_FILTERED } else { 0 };
        let changed = generation.is_some() && self.generation.is_some() && *self.generation != generation;
        let injected = generation.is_some() && self.interrupt && !self.interrupted;
        if changed || injected {
            flags |= NLM_F_DUMP_INTR;
        }
        let fitted = self.w.message(kind, flags, self.seq, self.port, |w| fill(w));
        if fitted && generation.is_some() {
            *self.generation = generation;
            self.interrupted |= injected;
        }
        fitted
    }

    /// The next table begins: its counter has nothing to do with the last one's.
    pub(crate) fn next_table(&mut self) {
        *self.generation = None;
    }
}

impl What {
    fn fill(&mut self, world: &World, netns: NetnsId, parts: &mut Parts<'_, '_>) -> Outcome<Progress> {
        let fault = match self {
            Self::Links(dump) => &mut dump.fault,
            Self::Addrs(dump) => &mut dump.fault,
            Self::Routes(dump) => &mut dump.fault,
            Self::Neighs(dump) => &mut dump.fault,
            Self::Rules(dump) => &mut dump.fault,
        };
        // What is wrong with a request for a dump is said by its end.
        if let Some(fault) = fault.take() {
            return Err(fault);
        }
        match self {
            Self::Links(dump) => dump.fill(world, netns, parts),
            Self::Addrs(dump) => dump.fill(world, netns, parts),
            Self::Routes(dump) => dump.fill(world, netns, parts),
            Self::Neighs(dump) => dump.fill(world, netns, parts),
            Self::Rules(dump) => dump.fill(world, netns, parts),
        }
    }

    /// Whether `NLMSG_DONE` stands in a datagram of its own behind the objects (`RTNL_FLAG_DUMP_SPLIT_NLM_DONE`, or a
    /// handler that is called once more to find out that it has ended).
    fn splits_done(&self) -> bool {
        match self {
            Self::Links(_) => true,
            Self::Addrs(dump) => dump.splits_done(),
            Self::Routes(_) => true,
            Self::Neighs(dump) => dump.splits_done(),
            Self::Rules(_) => false,
        }
    }

    /// Whether a dump that an object is too large for ends as if all was said, without an error (`rtnl_dumpit` with
    /// `RTNL_FLAG_DUMP_SPLIT_NLM_DONE`): the dump of one family's routes does, that of all does not.
    fn hides_too_large(&self) -> bool {
        match self {
            Self::Routes(dump) => dump.is_single(),
            _ => self.splits_done(),
        }
    }
}

/// What became of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    More,
    Last,
    /// Not even one object has room.
    TooSmall,
}

impl World {
    pub(crate) fn start_dump(&mut self, request: &Request<'_>, what: What) {
        let Some(socket) = self.sockets.get_mut(request.socket) else { return };
        if socket.dump.is_some() {
            return self.acknowledge(request, Some(&Refusal::from(Errno::EBUSY)));
        }
        socket.dump = Some(Dump {
            what,
            netns: request.netns,
            seq: request.message.seq(),
            port: request.port,
            ext_ack: request.options.ext_ack,
            datagrams: 0,
            generation: None,
            ended: false,
            interrupted: false,
            filtered_done: false,
        });
        if socket.is_full() {
            // The dump stays open, and goes on when there is room: until then every other one is refused.
            return self.acknowledge(request, Some(&Refusal::from(Errno::ENOBUFS)));
        }
        self.make_part(request.socket);
    }

    /// Makes the next datagram of a dump when the queue has room for it.
    pub(crate) fn go_on_with_dump(&mut self, id: SocketId) {
        if self.sockets.get(id).is_some_and(|s| s.dump.is_some() && s.has_room_for_dump()) {
            self.make_part(id);
        }
    }

    fn make_part(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get_mut(id) else { return };
        let Some(mut dump) = socket.dump.take() else { return };
        let mut room = socket.recv_max.max(FIRST);
        let mut scratch = std::mem::take(&mut self.scratch);
        let scratch_len = scratch.len();
        let (part, len) = loop {
            let mut w = Writer::new(scratch.get_mut(..room).unwrap_or(&mut []));
            let may_grow = matches!(dump.what, What::Links(_)) && room < scratch_len;
            let part = dump.part(self, &mut w, may_grow);
            if part != Part::TooSmall {
                break (part, w.len());
            }
            // Datagrams with links have room for the largest of them (`rtnl_calcit`).
            room = (room * 2).min(scratch_len);
        };
        let bytes = scratch.get(..len).unwrap_or(&[]);
        if let Some(socket) = self.sockets.get_mut(id) {
            socket.append_dump(bytes, truesize(room));
            if part == Part::More {
                socket.dump = Some(dump);
            }
        }
        self.scratch = scratch;
    }
}

impl Dump {
    /// Writes one datagram. One without an object is [`Part::TooSmall`] when `may_grow`; else the dump ends there, as it would
    /// never get further.
    fn part(&mut self, world: &mut World, w: &mut Writer<'_>, may_grow: bool) -> Part {
        let mut outcome = Ok(Progress::End);
        if !self.ended {
            let mut parts = Parts {
                w,
                seq: self.seq,
                port: self.port,
                generation: &mut self.generation,
                interrupt: world.faults.interrupt_dumps > 0 && self.datagrams > 0 && !self.interrupted,
                interrupted: false,
                filtered: false,
                filtered_done: false,
            };
            outcome = self.what.fill(world, self.netns, &mut parts);
            self.filtered_done |= parts.filtered_done;
            if parts.interrupted {
                self.interrupted = true;
                world.faults.interrupt_dumps -= 1;
            }
        }
        if w.is_empty() && outcome.as_ref().is_ok_and(|progress| *progress == Progress::Full) {
            if may_grow {
                return Part::TooSmall;
            }
            outcome = match self.what.hides_too_large() {
                true => Ok(Progress::End),
                false => Err(Errno::EMSGSIZE.into()),
            };
        }
        self.datagrams += 1;
        self.ended |= outcome.as_ref().is_ok_and(|progress| *progress == Progress::End);
        let more = outcome.as_ref().is_ok_and(|progress| *progress == Progress::Full)
            || (outcome.is_ok() && self.what.splits_done() && !w.is_empty());
        if more {
            return Part::More;
        }
        if self.put_done(w, outcome.err()) { Part::Last } else { Part::More }
    }

    /// Writes the end; whether it fitted.
    fn put_done(&self, w: &mut Writer<'_>, refusal: Option<Refusal>) -> bool {
        let words = refusal.as_ref().filter(|r| r.has_words() && self.ext_ack);
        let flags = NLM_F_MULTI
            | if words.is_some() { NLM_F_ACK_TLVS } else { 0 }
            | if self.filtered_done { NLM_F_DUMP_FILTERED } else { 0 };
        let errno = refusal.as_ref().map_or(0, |r| -r.errno.0);
        let done = |w: &mut Writer<'_>| {
            w.bytes(&errno.to_ne_bytes());
            if let Some(words) = words {
                words.write(w);
            }
        };
        w.message(NLMSG_DONE, flags, self.seq, self.port, done)
    }
}
