//! The machine and link traits carry more than netlink: a routing-socket look-up whose errors come from write(2), with
//! retransmission, on a link in virtual time, driven by the same `Session`.

use netplumb::core::fixed;
use netplumb::core::schema::Header;
use netplumb::machine::{Checksum, Destination, Machine, Reason, Received, Sender, Transmit};
use netplumb::wire::Writer;
use netplumb::{Block, Errno, Instant, Link, Session, Wait};
use std::collections::VecDeque;
use std::io;

fixed! {
    /// The beginning of a routing message (`struct rt_msghdr` of the BSDs, shortened).
    RtHead = "rt_head" {
        /// Length of the message, in bytes.
        rtm_msglen: u16,
        /// Layout version.
        rtm_version: u8,
        /// Message type; 4 is `RTM_GET`.
        rtm_type: u8,
        /// Process that asked.
        rtm_pid: i32,
        /// Number of the request.
        rtm_seq: i32,
        /// Error of the request.
        rtm_errno: i32,
    }
}

const RTM_GET: u8 = 4;
const RETRY_NS: u64 = 1_000_000_000;

/// Asks once, again after a second, and a last time after two more.
struct Lookup {
    bytes: [u8; 16],
    tries: u8,
    due: Option<Instant>,
    transmit: bool,
    result: Option<Result<u8, Errno>>,
    told: bool,
}

impl Lookup {
    fn new(seq: i32) -> Self {
        let head = RtHead {
            rtm_msglen: 16,
            rtm_version: 5,
            rtm_type: RTM_GET,
            rtm_pid: 77,
            rtm_seq: seq,
            rtm_errno: 0,
        };
        let mut bytes = [0; 16];
        head.write_fixed(&mut Writer::new(&mut bytes));
        Self { bytes, tries: 0, due: None, transmit: true, result: None, told: false }
    }
}

#[derive(Debug, PartialEq)]
enum Answer<'d> {
    Found(&'d [u8]),
    Failed(Errno),
    GaveUp { tries: u8 },
}

impl Machine for Lookup {
    type Event<'d> = Answer<'d>;
    type Input<'c, 'd> = std::option::IntoIter<Answer<'d>>;

    fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.transmit.then_some(Transmit { bytes: &self.bytes, to: Destination::Kernel })
    }

    fn sent(&mut self, now: Instant, outcome: Result<(), Errno>) {
        self.transmit = false;
        self.tries += 1;
        self.due = Some(now.after_ns(RETRY_NS << (self.tries - 1)));
        if let Err(errno) = outcome {
            (self.result, self.due) = (Some(Err(errno)), None);
        }
    }

    fn handle_input<'c, 'd>(&'c mut self, _: Instant, received: Received<'d>) -> Self::Input<'c, 'd> {
        let answer = match (self.result, RtHead::read_fixed(received.bytes)) {
            (Some(_), _) if self.told => None,
            (Some(Err(errno)), _) => Some(Answer::Failed(errno)),
            (Some(Ok(tries)), _) => Some(Answer::GaveUp { tries }),
            // A routing socket hears everything: other processes' answers, too.
            (None, Some(head)) if head.rtm_pid == 77 && received.bytes[..16] != self.bytes => {
                self.result = Some(Ok(self.tries));
                received.bytes.get(16..).map(Answer::Found)
            }
            _ => None,
        };
        if answer.is_some() {
            (self.told, self.due) = (true, None);
        }
        answer.into_iter()
    }

    fn handle_overrun(&mut self, _: Instant) {
        self.transmit = self.result.is_none();
    }

    fn handle_drained(&mut self, _: Instant) {}

    fn poll_timeout(&self) -> Option<(Instant, Reason)> {
        self.due.map(|due| (due, Reason::Retransmit))
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            match self.tries {
                3 => self.result = Some(Ok(3)),
                _ => self.transmit = true,
            }
        }
    }

    fn has_events(&self) -> bool {
        self.result.is_some() && !self.told
    }

    fn is_idle(&self) -> bool {
        self.told
    }
}

/// A socket in virtual time: answers at the given try, or refuses to send.
#[derive(Default)]
struct Routing {
    now: Instant,
    sends: Vec<Instant>,
    answer_at: Option<usize>,
    refuse: Option<Errno>,
    overrun: bool,
    queue: VecDeque<Vec<u8>>,
}

impl Link for Routing {
    fn try_send(&mut self, transmit: Transmit<'_>) -> io::Result<()> {
        if let Some(errno) = self.refuse {
            return Err(io::Error::from_raw_os_error(errno.0));
        }
        self.sends.push(self.now);
        let mut others = transmit.bytes.to_vec();
        others[4..8].copy_from_slice(&99i32.to_ne_bytes());
        self.queue.push_back(others);
        if self.answer_at == Some(self.sends.len()) {
            let mut answer = transmit.bytes.to_vec();
            answer[0..2].copy_from_slice(&20u16.to_ne_bytes());
            answer.extend([192, 0, 2, 1]);
            self.queue.push_back(answer);
        }
        Ok(())
    }

    fn try_recv<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Received<'b>> {
        if std::mem::take(&mut self.overrun) {
            return Err(io::Error::from_raw_os_error(Errno::ENOBUFS.0));
        }
        let datagram = self.queue.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        buffer[..datagram.len()].copy_from_slice(&datagram);
        let bytes = &buffer[..datagram.len()];
        Ok(Received {
            bytes,
            sender: Sender::Kernel,
            truncated: false,
            nsid: None,
            checksum: Checksum::Unknown,
        })
    }

    fn now(&self) -> Instant {
        self.now
    }
}

impl Block for Routing {
    fn block(&mut self, wait: Wait) -> io::Result<()> {
        match wait {
            Wait::Readable(Some(at)) | Wait::Writable(Some(at)) => self.now = at,
            other => panic!("would wait for ever: {other:?}"),
        }
        Ok(())
    }
}

fn run(link: Routing) -> (Vec<String>, Vec<u64>) {
    let mut session = Session::new(Lookup::new(1), link);
    let mut answers = Vec::new();
    while let Some(events) = session.wait().unwrap() {
        answers.extend(events.map(|answer| format!("{answer:?}")));
    }
    let (_, link) = session.into_parts();
    (answers, link.sends.iter().map(|at| at.as_ns() / 1_000_000_000).collect())
}

#[test]
fn an_answer_ends_the_lookup() {
    let link = Routing { answer_at: Some(1), ..Routing::default() };
    assert_eq!(run(link), (vec!["Found([192, 0, 2, 1])".into()], vec![0]));
}

#[test]
fn silence_is_asked_again_with_longer_waits() {
    let link = Routing { answer_at: Some(3), ..Routing::default() };
    assert_eq!(run(link), (vec!["Found([192, 0, 2, 1])".into()], vec![0, 1, 3]));
    assert_eq!(run(Routing::default()), (vec!["GaveUp { tries: 3 }".into()], vec![0, 1, 3]));
}

#[test]
fn errors_of_write_are_the_answer() {
    let link = Routing { refuse: Some(Errno::ESRCH), ..Routing::default() };
    assert_eq!(run(link), (vec!["Failed(ESRCH)".into()], vec![]));
}

#[test]
fn an_overrun_asks_again_at_once() {
    let link = Routing { overrun: true, answer_at: Some(2), ..Routing::default() };
    assert_eq!(run(link), (vec!["Found([192, 0, 2, 1])".into()], vec![0, 0]));
}
