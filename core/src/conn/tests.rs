use super::*;
use crate::machine::{Machine, Reason, Received, Sender};
use crate::wire::{
    Messages, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP_INTR, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR,
    NLMSG_NOOP, Writer,
};
use std::{format, string::String, string::ToString, vec, vec::Vec};

const PORT: u32 = 4711;
const NEW: u16 = 16;
const GET: u16 = 18;
const T0: Instant = Instant::ZERO;

type Conn = Connection<Vec<u8>, 8>;

fn conn() -> Conn {
    Connection::new(vec![0; 4096], Config::new(PORT))
}

fn request(kind: u16, body: usize) -> Vec<u8> {
    let mut buffer = vec![0; body.next_multiple_of(4).saturating_add(16)];
    let mut w = Writer::new(&mut buffer);
    assert!(w.message(kind, 0, 99, 99, |w| w.zeros(body)));
    w.finish().unwrap().to_vec()
}

/// A datagram under construction.
#[derive(Default)]
struct Datagram(Vec<u8>);

impl Datagram {
    fn message(
        mut self,
        kind: u16,
        flags: u16,
        seq: u32,
        port: u32,
        fill: impl FnOnce(&mut Writer<'_>),
    ) -> Self {
        let mut buffer = [0; 512];
        let mut w = Writer::new(&mut buffer);
        assert!(w.message(kind, flags, seq, port, fill));
        self.0.extend(w.finish().unwrap());
        self
    }
    fn part(self, seq: u32, flags: u16) -> Self {
        self.message(NEW, NLM_F_MULTI | flags, seq, PORT, |w| w.zeros(16))
    }
    fn done(self, seq: u32, errno: i32) -> Self {
        self.message(NLMSG_DONE, NLM_F_MULTI, seq, PORT, |w| w.bytes(&errno.to_ne_bytes()))
    }
    fn ack(self, seq: u32, errno: i32) -> Self {
        self.message(NLMSG_ERROR, if errno == 0 { NLM_F_CAPPED } else { 0 }, seq, PORT, |w| {
            w.bytes(&errno.to_ne_bytes());
            w.message(NEW, 5, seq, 0, |_| ());
        })
    }
}

fn name(event: Event<'_>) -> String {
    match event {
        Event::Reply(id, m) => format!("reply {} {}", id.0 & INDEX_MASK, m.kind()),
        Event::Finished(id, Ok(s)) => match s.warning() {
            None => format!("ok {}", id.0 & INDEX_MASK),
            Some(text) => format!("ok {} ({text})", id.0 & INDEX_MASK),
        },
        Event::Finished(id, Err(f)) => format!("err {} {:?} {:?}", id.0 & INDEX_MASK, f.errno(), f.cause()),
        Event::Restarted(_) => "restarted".into(),
        Event::Unknown(id) => format!("unknown {}", id.0 & INDEX_MASK),
        Event::Notification(m) => format!("notification {}", m.kind()),
        Event::Overrun => "overrun".into(),
        Event::Malformed(m) => format!("malformed at {}: {}", m.offset, m.reason),
    }
}

fn feed(conn: &mut Conn, datagram: &Datagram) -> Vec<String> {
    conn.handle_input(T0, Received::from_kernel(&datagram.0)).map(name).collect()
}

fn local(conn: &mut Conn) -> Vec<String> {
    conn.handle_input(T0, Received::NOTHING).map(name).collect()
}

/// Sends everything that is due; the messages of each datagram as (type, flags, seq).
fn send(conn: &mut Conn) -> Vec<Vec<(u16, u16, u32)>> {
    let mut out = Vec::new();
    while let Some(t) = conn.poll_transmit() {
        out.push(
            Messages::new(t.bytes).map(|m| m.unwrap()).map(|m| (m.kind(), m.flags(), m.seq())).collect(),
        );
        conn.sent(T0, Ok(()));
    }
    out
}

fn send_one(conn: &mut Conn) -> u32 {
    let sent = send(conn);
    assert_eq!((sent.len(), sent[0].len()), (1, 1), "{sent:?}");
    sent[0][0].2
}

#[test]
fn a_request_ends_with_its_acknowledgement() {
    let mut c = conn();
    let id = c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert!(!c.is_idle());
    let sent = send(&mut c);
    assert_eq!(sent, [[(NEW, NLM_F_REQUEST | NLM_F_ACK, id.0)]]);
    assert_ne!(id.0, 0);
    assert_eq!(feed(&mut c, &Datagram::default().ack(id.0, 0)), ["ok 0"]);
    assert!(c.is_idle());
    // The second acknowledgement of an ended request answers nothing.
    assert_eq!(feed(&mut c, &Datagram::default().ack(id.0, 0)), [""; 0]);
    assert_eq!(c.counters().orphans, 1);
}

#[test]
fn errors_and_warnings_keep_the_kernels_words() {
    let mut c = conn();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().message(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, seq, PORT, |w| {
        w.bytes(&0i32.to_ne_bytes());
        w.message(NEW, 5, seq, 0, |_| ());
        w.attr_str(1, "bytes leftover");
    });
    assert_eq!(feed(&mut c, &d), ["ok 0 (bytes leftover)"]);
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    let seq = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq, -17)), ["err 0 EEXIST Kernel"]);
}

#[test]
fn a_lone_reply_ends_a_get() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Reply).unwrap();
    let sent = send(&mut c);
    assert_eq!(sent[0][0].1 & NLM_F_ACK, 0);
    let seq = sent[0][0].2;
    // Conntrack marks a lone reply as multipart though no end follows.
    assert_eq!(feed(&mut c, &Datagram::default().part(seq, 0)), ["reply 0 16", "ok 0"]);
    assert!(c.is_idle());
}

#[test]
fn echo_is_a_reply_and_an_own_notification_is_not() {
    let mut c = conn();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().message(NEW, 0, seq, PORT, |w| w.zeros(16)).ack(seq, 0);
    assert_eq!(feed(&mut c, &d), ["notification 16", "ok 0"]);

    let mut echo = request(NEW, 16);
    echo[6..8].copy_from_slice(&NLM_F_ECHO.to_ne_bytes());
    c.submit(&echo, Expect::Ack).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().message(NEW, 0, seq, PORT, |w| w.zeros(16)).ack(seq, 0);
    assert_eq!(feed(&mut c, &d), ["reply 0 16", "ok 0"]);
}

#[test]
fn others_requests_and_foreign_senders_answer_nothing() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Reply).unwrap();
    let seq = send_one(&mut c);
    // The same number, another requester: what he caused is news.
    let theirs = Datagram::default().message(NEW, 0, seq, PORT + 1, |w| w.zeros(16));
    assert_eq!(feed(&mut c, &theirs), ["notification 16"]);
    // Another process sends what looks like the answer.
    let forged = Datagram::default().part(seq, 0);
    let from = Received { sender: Sender::Port(99), ..Received::from_kernel(&forged.0) };
    assert_eq!(c.handle_input(T0, from).count(), 0);
    assert_eq!(c.counters().foreign, 1);
    // Port ids of other namespaces are other ports.
    let from = Received { nsid: Some(3), ..Received::from_kernel(&forged.0) };
    assert_eq!(c.handle_input(T0, from).map(name).collect::<Vec<_>>(), ["notification 16"]);
    assert_eq!(c.open_requests(), 1);
}

#[test]
fn a_dump_runs_to_done_and_the_next_one_waits() {
    let mut c = conn();
    let first = c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let second = c.submit(&request(GET, 20), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    assert_eq!(seq, first.0);
    let d = Datagram::default().part(seq, 0).part(seq, 0);
    assert_eq!(feed(&mut c, &d), ["reply 0 16", "reply 0 16"]);
    assert!(c.poll_transmit().is_none(), "the kernel answers EBUSY to a second dump of a socket");
    assert_eq!(feed(&mut c, &Datagram::default().done(seq, 0)), ["ok 0"]);
    let sent = send(&mut c);
    assert_eq!(sent, [[(GET, NLM_F_REQUEST | NLM_F_DUMP, second.0)]]);
    assert_eq!(feed(&mut c, &Datagram::default().done(second.0, -19)), ["err 0 ENODEV Kernel"]);
    assert!(c.is_idle());
}

#[test]
fn an_inconsistent_dump_starts_over_and_gives_up_after_its_bound() {
    let mut c = conn();
    c.config.dump_restarts = 2;
    let id = c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let mut seqs = vec![send_one(&mut c)];
    for round in 0..2 {
        let seq = seqs[round];
        let d = Datagram::default().part(seq, 0).part(seq, NLM_F_DUMP_INTR).part(seq, 0).done(seq, 0);
        assert_eq!(feed(&mut c, &d)[3], "restarted");
        seqs.push(send_one(&mut c));
        // What is left of the earlier attempt is nobody's.
        assert_eq!(feed(&mut c, &Datagram::default().part(seq, 0)), [""; 0]);
    }
    assert!(seqs[0] != seqs[1] && seqs[1] != seqs[2]);
    let seq = seqs[2];
    let d = Datagram::default().part(seq, NLM_F_DUMP_INTR).done(seq, 0);
    assert_eq!(feed(&mut c, &d), ["reply 0 16", "err 0 EINTR Interrupted"]);
    assert!(c.is_idle() && c.counters().restarts == 2);
    assert!(!c.cancel(id));
}

#[test]
fn the_mark_on_done_counts_too() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().message(NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, seq, PORT, |w| w.zeros(4));
    assert_eq!(feed(&mut c, &d), ["restarted"]);
}

#[test]
fn a_dump_refused_for_lack_of_room_goes_on_by_itself() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq, -105)), [""; 0]);
    assert_eq!(feed(&mut c, &Datagram::default().part(seq, 0).done(seq, 0)), ["reply 0 16", "ok 0"]);

    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq, -105)), [""; 0]);
    c.handle_drained(T0);
    assert_eq!(local(&mut c), ["err 0 ENOBUFS Kernel"]);
    assert!(c.is_idle());
}

#[test]
fn a_busy_socket_is_asked_again_when_it_is_empty() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq, -16)), [""; 0]);
    assert!(c.poll_transmit().is_none());
    c.handle_drained(T0);
    let seq = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().done(seq, 0)), ["ok 0"]);
}

#[test]
fn an_overrun_is_told_and_lost_answers_are_found_out() {
    let mut c = conn();
    for _ in 0..3 {
        c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    }
    let seqs: Vec<u32> = send(&mut c).concat().iter().map(|m| m.2).collect();
    c.handle_overrun(T0);
    assert!(c.poll_transmit().is_none(), "the fence waits for an empty queue, or its own answer is lost");
    assert_eq!(feed(&mut c, &Datagram::default().ack(seqs[0], 0)), ["overrun", "ok 0"]);
    c.handle_drained(T0);
    let fence = send(&mut c);
    assert_eq!((fence[0][0].0, fence[0][0].1), (NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK));
    // Submitted after the fence: not its business.
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    let late = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(fence[0][0].2, 0)), ["unknown 0", "unknown 0"]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(late, 0)), ["ok 0"]);
    assert!(c.is_idle());
}

#[test]
fn a_second_overrun_loses_the_fence_and_makes_a_new_one() {
    let mut c = conn();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    send(&mut c);
    c.handle_overrun(T0);
    c.handle_drained(T0);
    let lost = send_one(&mut c);
    c.handle_overrun(T0);
    c.handle_drained(T0);
    let fence = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(lost, 0)), ["overrun"]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(fence, 0)), ["unknown 0"]);
    assert!(c.is_idle());
}

#[test]
fn a_running_dump_survives_an_overrun() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    feed(&mut c, &Datagram::default().part(seq, 0));
    c.handle_overrun(T0);
    c.handle_drained(T0);
    let fence = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().ack(fence, 0)), ["overrun"]);
    assert_eq!(feed(&mut c, &Datagram::default().done(seq, 0)), ["ok 0"]);
}

#[test]
fn a_batch_asks_once_and_every_message_ends() {
    let mut c = conn();
    let mut batch = c.batch().unwrap();
    for _ in 0..5 {
        batch.push(&request(NEW, 16)).unwrap();
    }
    let ids = batch.commit();
    let sent = send(&mut c);
    assert_eq!(sent.len(), 1);
    let flags: Vec<u16> = sent[0].iter().map(|m| m.1).collect();
    assert_eq!(flags, [1, 1, 1, 1, 5]);
    let seq = |n: usize| sent[0][n].2;
    assert_eq!(ids.index(ids.id(3).unwrap()), Some(3));
    // An error says that everything before it went well.
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq(2), -17)), ["ok 0", "ok 1", "err 2 EEXIST Kernel"]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq(4), 0)), ["ok 3", "ok 4"]);
    assert!(c.is_idle());
}

#[test]
fn a_batch_is_cut_to_the_window() {
    let mut c = conn();
    c.config.receive_buffer = 4096; // three quarters are 3072: three answers of 832
    let mut batch = c.batch().unwrap();
    for _ in 0..7 {
        batch.push(&request(NEW, 16)).unwrap();
    }
    batch.commit();
    let mut ended = Vec::new();
    let mut sizes = Vec::new();
    while !c.is_idle() {
        let sent = send(&mut c);
        assert_eq!(sent.len(), 1, "the next part waits for the end of this one");
        sizes.push(sent[0].len());
        let last = sent[0].last().unwrap();
        assert_eq!(last.1, NLM_F_REQUEST | NLM_F_ACK);
        ended.extend(feed(&mut c, &Datagram::default().ack(last.2, 0)));
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(ended, (0..7).map(|n| format!("ok {n}")).collect::<Vec<_>>());
}

#[test]
fn acknowledging_each_shows_gaps() {
    let mut c = conn();
    let mut batch = c.batch().unwrap();
    batch.acknowledge_each();
    for _ in 0..4 {
        batch.write(NEW, 0, |w| w.zeros(8)).unwrap();
    }
    batch.commit();
    let sent = send(&mut c).concat();
    assert!(sent.iter().all(|m| m.1 & NLM_F_ACK != 0));
    assert_eq!(feed(&mut c, &Datagram::default().ack(sent[0].2, 0)), ["ok 0"]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(sent[2].2, 0)), ["unknown 1", "ok 2"]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(sent[3].2, 0)), ["ok 3"]);
    assert!(c.is_idle());
}

#[test]
fn a_dropped_batch_never_was() {
    let mut c = conn();
    let mut batch = c.batch().unwrap();
    batch.push(&request(NEW, 16)).unwrap();
    drop(batch);
    assert!(c.poll_transmit().is_none() && c.is_idle());
}

#[test]
fn a_failed_send_fails_its_requests_only() {
    let mut c = conn();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert!(c.poll_transmit().is_some());
    c.sent(T0, Err(Errno::EMSGSIZE));
    assert_eq!(local(&mut c), ["err 0 EMSGSIZE Send"]);
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    assert!(c.poll_transmit().is_some());
    c.sent(T0, Err(Errno::ENOBUFS));
    assert_eq!(local(&mut c), ["err 0 ENOBUFS Send"]);
    assert!(c.is_idle());
}

#[test]
fn cancelled_requests_deliver_nothing() {
    let mut c = conn();
    // Not sent yet: never sent.
    let id = c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert!(c.cancel(id) && !c.cancel(id));
    assert_eq!(send(&mut c).concat().iter().map(|m| m.0).collect::<Vec<_>>(), [NLMSG_NOOP]);
    // Sent: the answer is read and dropped.
    let id = c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    let seq = send_one(&mut c);
    assert!(c.cancel(id));
    assert_eq!(feed(&mut c, &Datagram::default().ack(seq, 0)), [""; 0]);
    // A running dump: drained, then the next one starts.
    let id = c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    assert!(c.cancel(id));
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    assert!(c.poll_transmit().is_none());
    assert_eq!(feed(&mut c, &Datagram::default().part(seq, NLM_F_DUMP_INTR).done(seq, 0)), [""; 0]);
    let seq = send_one(&mut c);
    assert_eq!(feed(&mut c, &Datagram::default().done(seq, 0)), ["ok 0"]);
    // While the datagram is handed out: it goes out, its answer is dropped.
    let id = c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert!(c.poll_transmit().is_some());
    assert!(c.cancel(id));
    c.sent(T0, Ok(()));
    assert_eq!(feed(&mut c, &Datagram::default().ack(id.0, 0)), [""; 0]);
    assert!(c.is_idle(), "{c:?}");
}

#[test]
fn dropping_the_events_early_loses_nothing_of_the_state() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().part(seq, 0).part(seq, 0).done(seq, 0);
    assert!(c.handle_input(T0, Received::from_kernel(&d.0)).next().is_some());
    assert!(c.is_idle());
}

#[test]
fn a_cut_datagram_is_an_overrun_and_restarts_the_dump() {
    let mut c = conn();
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().part(seq, 0).part(seq, 0);
    let cut = Received { truncated: true, ..Received::from_kernel(&d.0[..40]) };
    let events: Vec<_> = c.handle_input(T0, cut).map(name).collect();
    assert_eq!(
        events,
        ["overrun", "reply 0 16", "malformed at 32: datagram cut to the 40 bytes of the receive buffer"]
    );
    c.handle_drained(T0);
    assert_eq!(local(&mut c), ["restarted"]);
    let sent = send(&mut c).concat();
    assert_eq!(sent.iter().map(|m| m.0).collect::<Vec<_>>(), [NLMSG_NOOP, GET]);
    let d = Datagram::default().ack(sent[0].2, 0).done(sent[1].2, 0);
    assert_eq!(feed(&mut c, &d), ["ok 0"]);
    assert!(c.is_idle());
}

#[test]
fn garbage_is_told_with_its_place() {
    let mut c = conn();
    let mut d = Datagram::default().message(NEW, 0, 0, 0, |w| w.zeros(4));
    d.0.extend([5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut native = 5u32.to_ne_bytes().to_vec();
    native.resize(16, 0);
    d.0.splice(20.., native);
    assert_eq!(
        feed(&mut c, &d),
        ["notification 16", "malformed at 20: nlmsg_len 5 is smaller than the header (16)"]
    );
}

#[test]
fn silence_ends_with_unknown() {
    let mut c = conn();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    send(&mut c);
    let (due, reason) = c.poll_timeout().unwrap();
    assert_eq!((due, reason), (T0.after_ns(30_000_000_000), Reason::Silence));
    c.handle_timeout(T0.after_ns(1));
    assert!(c.poll_transmit().is_none(), "a call before the deadline is harmless");
    c.handle_timeout(due);
    let fence = send(&mut c);
    assert_eq!(fence[0][0].0, NLMSG_NOOP);
    // Not even the fence is answered.
    let (due, _) = c.poll_timeout().unwrap();
    c.handle_timeout(due);
    assert_eq!(local(&mut c), ["unknown 0"]);
    assert!(c.is_idle());
}

#[test]
fn what_cannot_be_taken_is_refused_and_changes_nothing() {
    let mut c: Connection<[u8; 64], 2> = Connection::new([0; 64], Config::new(1));
    assert_eq!(c.submit(&request(NEW, 100), Expect::Ack), Err(Refused::TooLong { len: 116 }));
    let mut long = request(NEW, 4);
    long.extend([0; 4]);
    assert_eq!(c.submit(&long, Expect::Ack), Err(Refused::TrailingBytes { count: 4 }));
    assert!(matches!(c.submit(&long[..10], Expect::Ack), Err(Refused::Malformed(_))));
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert_eq!(c.submit(&request(NEW, 16), Expect::Ack), Err(Refused::Busy));
    let mut c: Connection<[u8; 64], 4> = Connection::new([0; 64], Config::new(1));
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert_eq!(c.submit(&request(NEW, 16), Expect::Ack), Err(Refused::Full));
    assert_eq!(Refused::Full.to_string(), "the transmit buffer is full");
}

#[test]
fn sequence_numbers_wrap_without_ever_being_zero() {
    let mut c: Connection<Vec<u8>, 3> = Connection::new(vec![0; 256], Config::new(PORT));
    let max = Connection::<Vec<u8>, 3>::GENERATION_MAX;
    c.generation = max - 1;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let id = c.submit(&request(NEW, 4), Expect::Ack).unwrap();
        assert!(c.poll_transmit().is_some());
        c.sent(T0, Ok(()));
        let d = Datagram::default().ack(id.0, 0);
        assert_eq!(c.handle_input(T0, Received::from_kernel(&d.0)).count(), 1);
        seen.push(id.0);
    }
    assert!(seen.iter().all(|seq| *seq != 0));
    assert!(seen[1] < seen[0], "{seen:?}");
}

#[test]
fn what_is_given_up_behind_a_datagram_that_leaves_is_never_sent() {
    let mut c = conn();
    let a = c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert_eq!(c.poll_transmit().unwrap().bytes.len(), 32);
    let b = c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    assert!(c.cancel(b));
    assert_eq!(c.poll_transmit().unwrap().bytes.len(), 32);
    c.sent(T0, Ok(()));
    // What follows it in the queue is a no-operation without a number.
    assert_eq!(send(&mut c), [[(NLMSG_NOOP, 0, 0)]]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(a.0, 0)), ["ok 0"]);
    assert!(c.is_idle());
}

#[test]
fn a_batch_of_gets_is_counted_by_its_replies() {
    let mut config = Config::new(PORT);
    config.receive_buffer = 4 * 9_216;
    let mut c: Conn = Connection::new(vec![0; 4096], config);
    let mut batch = c.batch().unwrap();
    batch.expect_replies();
    for _ in 0..6 {
        batch.push(&request(GET, 16)).unwrap();
    }
    batch.commit();
    // Three quarters of the buffer hold three of the largest replies.
    assert_eq!(send(&mut c).iter().map(Vec::len).collect::<Vec<_>>(), [3]);
}

#[test]
fn an_overrun_while_the_fence_leaves_is_followed_by_another_fence() {
    let mut c = conn();
    c.submit(&request(NEW, 16), Expect::Ack).unwrap();
    send_one(&mut c);
    c.handle_overrun(T0);
    assert_eq!(local(&mut c), ["overrun"]);
    c.handle_drained(T0);
    let first = Message::parse(c.poll_transmit().unwrap().bytes).unwrap().seq();
    c.handle_overrun(T0);
    assert_eq!(local(&mut c), ["overrun"]);
    c.sent(T0, Ok(()));
    assert!(c.poll_transmit().is_none());
    c.handle_drained(T0);
    let second = send_one(&mut c);
    assert_ne!(first, second);
    assert_eq!(feed(&mut c, &Datagram::default().ack(first, 0)), [""; 0]);
    assert_eq!(feed(&mut c, &Datagram::default().ack(second, 0)), ["unknown 0"]);
    assert!(c.is_idle());
}

#[test]
fn a_dump_that_is_cut_each_time_says_so() {
    let mut config = Config::new(PORT);
    config.dump_restarts = 0;
    let mut c: Conn = Connection::new(vec![0; 4096], config);
    c.submit(&request(GET, 16), Expect::Dump).unwrap();
    let seq = send_one(&mut c);
    let d = Datagram::default().part(seq, 0);
    let cut = Received { truncated: true, ..Received::from_kernel(&d.0[..16]) };
    drop(c.handle_input(T0, cut));
    assert_eq!(feed(&mut c, &Datagram::default().done(seq, 0)), ["err 0 EMSGSIZE Truncated"]);
}

#[test]
fn what_can_never_fit_is_too_long_rather_than_not_yet() {
    let mut c: Conn = Connection::new(vec![0; 64], Config::new(PORT));
    let mut batch = c.batch().unwrap();
    assert!(matches!(batch.write(NEW, 0, |w| w.zeros(100)), Err(Refused::TooLong { .. })));
    batch.push(&request(NEW, 16)).unwrap();
    assert_eq!(batch.write(NEW, 0, |w| w.zeros(32)), Err(Refused::Full));
}
