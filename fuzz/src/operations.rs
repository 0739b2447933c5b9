//! Any sequence of operations on a connection, against a model of a kernel's socket that loses, interrupts and refuses.
//!
//! Two phases: first anything may happen and nothing may be invented; then the faults end, and everything must come to an
//! end, too.

use netplumb_core::conn::{Cause, Config, Connection, Event, Expect, RequestId};
use netplumb_core::machine::{Machine, Received, Sender};
use netplumb_core::wire::{
    Messages, NLM_F_ACK, NLM_F_CAPPED, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR,
    NLMSG_NOOP, Writer,
};
use netplumb_core::{Errno, Instant};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const PORT: u32 = 4711;
const NEW: u16 = 16;
const GET: u16 = 18;

/// The bytes that decide; zeros at their end.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn next(&mut self, bound: u8) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first % bound.max(1)
    }
}

fn message(kind: u16, flags: u16, seq: u32, port: u32, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut w = Writer::new(&mut buffer);
    assert!(w.message(kind, flags, seq, port, fill));
    w.finish().expect("fits").to_vec()
}

fn ack(seq: u32, errno: i32) -> Vec<u8> {
    message(NLMSG_ERROR, if errno == 0 { NLM_F_CAPPED } else { 0 }, seq, PORT, |w| {
        w.bytes(&errno.to_ne_bytes());
        w.message(NEW, 5, seq, 0, |_| ());
    })
}

/// A netlink socket's receive queue with the kernel's rules.
struct Model {
    queue: VecDeque<Vec<u8>>,
    capacity: usize,
    congested: bool,
    lost: bool,
    dump: Option<(u32, u8)>,
    /// What the kernel really did with each change, by sequence number.
    verdicts: BTreeMap<u32, i32>,
}

impl Model {
    fn push(&mut self, datagram: Vec<u8>) {
        if self.congested || self.queue.len() >= self.capacity {
            self.lost |= !self.congested;
            self.congested = true;
        } else {
            self.queue.push_back(datagram);
        }
    }

    fn send(&mut self, datagram: &[u8], choices: &mut Choices<'_>) {
        for request in Messages::new(datagram) {
            let request = request.expect("the connection sends whole messages");
            let (seq, flags) = (request.seq(), request.flags());
            match request.kind() {
                NLMSG_NOOP if flags & NLM_F_ACK == 0 => {}
                NLMSG_NOOP => self.push(ack(seq, 0)),
                GET if flags & NLM_F_DUMP != 0 => self.start_dump(seq, choices),
                GET => {
                    self.push(message(NEW, 0, seq, PORT, |w| w.zeros(4)));
                    if flags & NLM_F_ACK != 0 {
                        self.push(ack(seq, 0));
                    }
                }
                _ => {
                    if choices.next(4) == 1 {
                        self.push(message(NEW, 0, seq, PORT, |w| w.zeros(4)));
                    }
                    let refused = choices.next(4) == 1;
                    self.verdicts.insert(seq, if refused { -17 } else { 0 });
                    match refused {
                        true => self.push(ack(seq, -17)),
                        false if flags & NLM_F_ACK != 0 => self.push(ack(seq, 0)),
                        _ => {}
                    }
                }
            }
        }
    }

    fn start_dump(&mut self, seq: u32, choices: &mut Choices<'_>) {
        if self.dump.is_some() {
            return self.push(ack(seq, -16));
        }
        self.dump = Some((seq, choices.next(4)));
        if self.queue.len() >= self.capacity {
            // No room for the first part: an error, yet the dump stays.
            return self.push(ack(seq, -105));
        }
        self.next_part(choices);
    }

    /// Parts are written straight into the queue, past its limit.
    fn next_part(&mut self, choices: &mut Choices<'_>) {
        let Some((seq, left)) = &mut self.dump else { return };
        let interrupted = if choices.next(8) == 1 { NLM_F_DUMP_INTR } else { 0 };
        let part = match left.checked_sub(1) {
            Some(less) => {
                *left = less;
                message(NEW, NLM_F_MULTI | interrupted, *seq, PORT, |w| w.zeros(4))
            }
            None => {
                let end = message(NLMSG_DONE, NLM_F_MULTI | interrupted, *seq, PORT, |w| w.zeros(4));
                self.dump = None;
                end
            }
        };
        self.queue.push_back(part);
    }

    fn recv(&mut self, choices: &mut Choices<'_>) -> Result<Vec<u8>, Errno> {
        if std::mem::take(&mut self.lost) {
            return Err(Errno::ENOBUFS);
        }
        let datagram = self.queue.pop_front().ok_or(Errno::EAGAIN)?;
        if self.queue.len() <= self.capacity / 2 {
            self.next_part(choices);
        }
        if self.queue.is_empty() {
            self.congested = false;
        }
        Ok(datagram)
    }
}

/// Whether the end that was told is what happened.
fn truthful(model: &Model, id: RequestId, event: Event<'_>) {
    let verdict = model.verdicts.get(&id.as_u32()).copied();
    match event {
        Event::Finished(_, Ok(_)) => assert!(verdict.is_none_or(|v| v == 0), "{event:?}, yet it failed"),
        Event::Finished(_, Err(f)) if f.cause() == Cause::Kernel => {
            assert!(verdict.is_none_or(|v| v != 0), "{event:?}, yet it was carried out");
        }
        _ => {}
    }
}

/// What became of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Open,
    Cancelled,
}

struct Rig<'a> {
    conn: Connection<Vec<u8>, 6>,
    model: Model,
    fates: BTreeMap<RequestId, Fate>,
    choices: Choices<'a>,
    now: Instant,
    /// A datagram that was handed out and of which nothing is known yet: the socket would block.
    leaving: Option<Vec<u8>>,
    /// Sequence numbers that the kernel has seen.
    sent: BTreeSet<u32>,
    /// Those that were given up before anybody saw them.
    withdrawn: BTreeSet<u32>,
}

fn sequence_numbers(datagram: &[u8]) -> impl Iterator<Item = u32> + '_ {
    Messages::new(datagram)
        .map(|m| m.expect("the connection sends whole messages").seq())
        .filter(|seq| *seq != 0)
}

/// Runs the operations that `data` spells.
///
/// # Panics
/// When a request ends twice or never, or something is told that nobody asked for.
pub fn run(data: &[u8]) {
    let mut choices = Choices(data);
    let mut config = Config::new(PORT);
    config.receive_buffer = [usize::MAX, 4096, 16_384][usize::from(choices.next(3))];
    config.dump_restarts = choices.next(4);
    let capacity = 1 + usize::from(choices.next(12));
    let model = Model {
        queue: VecDeque::new(),
        capacity,
        congested: false,
        lost: false,
        dump: None,
        verdicts: BTreeMap::new(),
    };
    let conn = Connection::new(vec![0; 1024], config);
    let mut rig = Rig {
        conn,
        model,
        fates: BTreeMap::new(),
        choices,
        now: Instant::ZERO,
        leaving: None,
        sent: BTreeSet::new(),
        withdrawn: BTreeSet::new(),
    };
    while !rig.choices.0.is_empty() {
        rig.step();
    }
    rig.converge();
}

impl Rig<'_> {
    fn step(&mut self) {
        match self.choices.next(12) {
            0 | 1 => self.submit(),
            2 => self.batch(),
            3 => self.cancel(),
            4..=6 => self.transmit(),
            7..=9 => self.receive(),
            10 => {
                let forward = u64::from(self.choices.next(40)) * 1_000_000_000;
                self.now = self.now.after_ns(forward);
                self.conn.handle_timeout(self.now);
            }
            _ => self.noise(),
        }
        if self.conn.has_events() {
            self.input(Received::NOTHING);
        }
    }

    fn request(&mut self, kind: u16) -> Vec<u8> {
        let body = usize::from(self.choices.next(5)) * 4;
        message(kind, 0, 0, 0, |w| w.zeros(body))
    }

    fn open(&mut self, id: RequestId) {
        let before = self.fates.insert(id, Fate::Open);
        assert!(before != Some(Fate::Open), "{id:?} was given out twice");
    }

    fn submit(&mut self) {
        let (kind, expect) = [(NEW, Expect::Ack), (GET, Expect::Reply), (GET, Expect::Dump)]
            [usize::from(self.choices.next(3))];
        let request = self.request(kind);
        if let Ok(id) = self.conn.submit(&request, expect) {
            self.open(id);
        }
    }

    fn batch(&mut self) {
        let count = self.choices.next(20);
        let each = self.choices.next(2) == 1;
        let keep = self.choices.next(8) != 1;
        let gets = self.choices.next(4) == 1;
        let requests: Vec<_> = (0..count).map(|_| self.request(if gets { GET } else { NEW })).collect();
        let Ok(mut batch) = self.conn.batch() else { return };
        if gets {
            batch.expect_replies();
        }
        if each {
            batch.acknowledge_each();
        }
        for request in &requests {
            if batch.push(request).is_err() {
                break;
            }
        }
        if keep {
            let submitted = batch.commit();
            for n in 0..submitted.len() {
                self.open(submitted.id(n).expect("in the batch"));
            }
        }
    }

    fn cancel(&mut self) {
        let open: Vec<_> = self.fates.iter().filter(|(_, f)| **f == Fate::Open).map(|(id, _)| *id).collect();
        if open.is_empty() {
            return;
        }
        let id = open[usize::from(self.choices.next(u8::MAX)) % open.len()];
        let before = self.conn.open_requests();
        assert!(self.conn.cancel(id), "{id:?} is open");
        assert!(self.conn.open_requests() <= before);
        let leaving: BTreeSet<u32> = self.leaving.iter().flat_map(|bytes| sequence_numbers(bytes)).collect();
        // A batch is cancelled as a whole: its messages share the upper bits.
        for (other, fate) in &mut self.fates {
            if other.as_u32() >> 14 == id.as_u32() >> 14 && *fate == Fate::Open {
                *fate = Fate::Cancelled;
                let seq = other.as_u32();
                if !self.sent.contains(&seq) && !leaving.contains(&seq) {
                    self.withdrawn.insert(seq);
                }
            }
        }
    }

    fn transmit(&mut self) {
        let Some(transmit) = self.conn.poll_transmit() else { return };
        let bytes = transmit.bytes.to_vec();
        let again = self.conn.poll_transmit().expect("the same until it is sent").bytes.to_vec();
        assert_eq!(bytes, again);
        if let Some(leaving) = &self.leaving {
            assert_eq!(&bytes, leaving, "what was handed out stays as it is");
        }
        for seq in sequence_numbers(&bytes) {
            assert!(!self.withdrawn.contains(&seq), "{seq:#x} was given up before it was sent");
        }
        if self.choices.next(4) == 1 {
            self.leaving = Some(bytes);
            return;
        }
        self.leaving = None;
        self.sent.extend(sequence_numbers(&bytes));
        if self.choices.next(10) == 1 {
            self.conn.sent(self.now, Err(Errno::EMSGSIZE));
        } else {
            self.model.send(&bytes, &mut self.choices);
            self.conn.sent(self.now, Ok(()));
        }
    }

    fn receive(&mut self) {
        match self.model.recv(&mut self.choices) {
            Ok(datagram) => {
                let truncated = self.choices.next(20) == 1 && datagram.len() > 8;
                let len = if truncated { datagram.len() / 2 } else { datagram.len() };
                self.input(Received { truncated, ..Received::from_kernel(&datagram[..len]) });
            }
            Err(Errno::ENOBUFS) => self.conn.handle_overrun(self.now),
            Err(_) => self.conn.handle_drained(self.now),
        }
    }

    /// What is not for us, or is nothing.
    fn noise(&mut self) {
        let seq = u32::from(self.choices.next(255));
        match self.choices.next(3) {
            0 => {
                let forged = ack(seq << 14, 0);
                self.input(Received { sender: Sender::Port(9), ..Received::from_kernel(&forged) });
            }
            1 => {
                let theirs = message(NEW, 0, seq, PORT + 1, |w| w.zeros(4));
                self.input(Received::from_kernel(&theirs));
            }
            _ => {
                let garbage: Vec<u8> = (0..seq % 40).map(|n| (n * 37) as u8).collect();
                self.input(Received::from_kernel(&garbage));
            }
        }
    }

    fn input(&mut self, received: Received<'_>) {
        for event in self.conn.handle_input(self.now, received) {
            match event {
                Event::Finished(id, _) | Event::Unknown(id) => {
                    truthful(&self.model, id, event);
                    let fate = self.fates.remove(&id);
                    assert_eq!(fate, Some(Fate::Open), "{event:?}");
                }
                Event::Reply(id, _) | Event::Restarted(id) => {
                    assert_eq!(self.fates.get(&id), Some(&Fate::Open), "{event:?}");
                }
                Event::Notification(_) | Event::Overrun | Event::Malformed(_) => {}
            }
        }
    }

    /// Faults off: everything ends.
    fn converge(&mut self) {
        self.choices = Choices(&[]);
        for round in 0.. {
            assert!(round < 10_000, "does not come to an end: {:?}\n{:?}", self.conn, self.fates);
            while self.conn.poll_transmit().is_some() {
                self.transmit();
            }
            if self.conn.has_events() {
                self.input(Received::NOTHING);
                continue;
            }
            if self.conn.is_idle() {
                break;
            }
            let empty = self.model.queue.is_empty() && !self.model.lost;
            self.receive();
            if empty && self.conn.poll_transmit().is_none() && !self.conn.has_events() {
                let (due, _) = self.conn.poll_timeout().expect("something is open, so something is due");
                self.now = self.now.max(due);
                self.conn.handle_timeout(self.now);
            }
        }
        let open: Vec<_> = self.fates.iter().filter(|(_, fate)| **fate == Fate::Open).collect();
        assert!(open.is_empty(), "never ended: {open:?}");
        assert_eq!(self.conn.open_requests(), 0);
    }
}
