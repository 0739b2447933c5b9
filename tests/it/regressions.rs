//! What users of other libraries suffered from, as tests: see `docs/regressions.md`. Clients on a scripted socket, so they run
//! everywhere and the same each time.

use crate::script::{PORT, Queue, Script, ack, done, message, part};
use netplumb::conn::{Cause, Config, Connection, Event, Expect};
use netplumb::link::{
    self, IFLA_IFNAME, IFLA_VFINFO_LIST, IfInfoMsg, Link as LinkView, LinkBuilder, RTM_GETLINK, RTM_NEWLINK,
};
use netplumb::wire::{Message, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_DUMP_INTR, NLMSG_ERROR, NLMSG_NOOP, Writer};
use netplumb::{AsRequest, Errno, Error, Part, Session, route};
use std::io::ErrorKind;

fn link_named<'n>(index: i32, name: &'n str) -> impl FnOnce(&mut Writer<'_>) + 'n {
    move |w| {
        let header = IfInfoMsg { ifi_index: index, ..IfInfoMsg::default() };
        LinkBuilder::with_header(w, header).ifname(name).mtu(1500);
    }
}

fn names(dump: &netplumb::Dump<LinkView<'static>>) -> Vec<String> {
    dump.iter().filter_map(|l| l.ifname()).map(str::to_owned).collect()
}

#[test]
fn an_interrupted_dump_is_read_again_and_never_half() {
    let mut tries = 0;
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let seq = request.seq();
        tries += 1;
        match tries {
            // The mark stands on one message only, and not on the last.
            1 => queue.datagram([
                part(RTM_NEWLINK, NLM_F_DUMP_INTR, seq, link_named(1, "gone")),
                part(RTM_NEWLINK, 0, seq, link_named(2, "renamed")),
                done(seq),
            ]),
            _ => queue.datagram([part(RTM_NEWLINK, 0, seq, link_named(2, "eth0")), done(seq)]),
        }
    });
    assert_eq!(names(&net.dump(link::dump()).unwrap()), ["eth0"]);
    drop(net);
    assert_eq!(tries, 2);
}

#[test]
fn what_was_wrong_with_the_first_try_is_forgotten_with_it() {
    let mut tries = 0;
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let seq = request.seq();
        tries += 1;
        if tries == 1 {
            queue.datagram([part(RTM_NEWLINK, NLM_F_DUMP_INTR, seq, link_named(1, "gone")), vec![0; 7]]);
            return queue.datagram([done(seq)]);
        }
        queue.datagram([part(RTM_NEWLINK, 0, seq, link_named(2, "eth0")), done(seq)]);
    });
    assert_eq!(names(&net.dump(link::dump()).unwrap()), ["eth0"]);
}

#[test]
fn an_object_that_cannot_be_read_is_an_error_and_not_left_out() {
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let seq = request.seq();
        let short = part(RTM_NEWLINK, 0, seq, |w| w.zeros(8));
        queue.datagram([part(RTM_NEWLINK, 0, seq, link_named(1, "lo")), short, done(seq)]);
    });
    let error = net.dump(link::dump()).unwrap_err().to_string();
    assert!(error.contains("a payload of 8 bytes is too short for its header"), "{error}");
}

/// `IFLA_VFINFO_LIST` of a card with many virtual functions is larger than a dump's datagrams.
#[test]
fn an_object_of_fifty_kilobytes_is_read() {
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let mut buffer = vec![0; 60_000];
        let mut w = Writer::new(&mut buffer);
        assert!(w.message(RTM_NEWLINK, 0, request.seq(), PORT, |w| {
            link_named(1, "many")(w);
            w.attr(IFLA_VFINFO_LIST, &[0; 50_000]);
        }));
        queue.datagram([w.finish().unwrap().to_vec()]);
        queue.datagram([ack(request, 0)]);
    });
    assert_eq!(
        net.get(link::get("many"), |l| l.ifname().map(str::to_owned)).unwrap().as_deref(),
        Some("many")
    );
}

#[test]
fn a_table_that_never_stands_still_is_an_error_and_not_half_a_table() {
    let mut tries = 0;
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        tries += 1;
        let seq = request.seq();
        queue.datagram([part(RTM_NEWLINK, NLM_F_DUMP_INTR, seq, link_named(1, "lo")), done(seq)]);
    });
    let error = net.dump(link::dump()).unwrap_err();
    assert_eq!(error.to_string(), "RTM_GETLINK: the table kept changing while it was dumped");
    assert!(matches!(&error, Error::Kernel(e) if e.cause == Cause::Interrupted));
    // Whoever reads while it comes is told which part is void.
    let (mut restarts, mut replies) = (0, 0);
    let ended = net.each(link::dump(), |part| match part {
        Part::Restarted => restarts += 1,
        Part::Reply(_) => replies += 1,
        other => panic!("{other:?}"),
    });
    assert!(ended.is_err());
    let bound = usize::from(Config::new(PORT).dump_restarts);
    assert_eq!((restarts, replies), (bound, bound + 1));
    drop(net);
    assert_eq!(tries, 2 * (bound + 1), "the number of tries is bounded");
}

#[test]
fn a_monitor_is_told_of_an_overrun_and_goes_on() {
    let script = Script::new(|request: Message<'_>, queue: &mut Queue| {
        assert_eq!(request.kind(), NLMSG_NOOP, "only the fence is sent");
        queue.datagram([ack(request, 0)]);
    });
    let mut session = Session::new(Connection::<_, 4>::new([0; 256], Config::new(PORT)), script);
    let queue = &mut session.link().queue;
    queue.datagram([message(RTM_NEWLINK, 0, 0, link_named(1, "before"))]);
    queue.overrun();
    queue.datagram([message(RTM_NEWLINK, 0, 0, link_named(2, "after"))]);
    let mut seen = Vec::new();
    let end = loop {
        match session.listen() {
            Ok(events) => seen.extend(events.map(|event| match event {
                Event::Notification(m) => {
                    LinkView::new(m.payload()).unwrap().ifname().unwrap_or_default().to_owned()
                }
                other => format!("{other:?}"),
            })),
            Err(error) => break error,
        }
    };
    assert_eq!(seen, ["before", "Overrun", "after"]);
    assert_eq!(end.kind(), ErrorKind::TimedOut, "nothing but silence ended it");
    assert_eq!(session.machine().counters().overruns, 1);
}

/// The messages of a newer kernel, or of one gone mad: each is a link that keeps its name.
fn strange_links(seq: u32) -> Vec<Vec<u8>> {
    let with = |name: &'static str, more: fn(&mut Writer<'_>)| {
        part(RTM_NEWLINK, 0, seq, |w| {
            link_named(1, name)(w);
            more(w);
        })
    };
    vec![
        with("unknown-type", |w| w.attr(4000, &[1, 2, 3])),
        with("short-txqlen", |w| w.attr(13, &[7])),
        with("empty-group", |w| w.attr(27, &[])),
        with("unknown-state", |w| w.attr(16, &[200])),
        // struct rtnl_link_stats64 of a kernel that has more counters.
        with("long-stats64", |w| w.attr(23, &[1; 400])),
        with("short-stats64", |w| w.attr(23, &[1; 23 * 8])),
        with("bad-nest", |w| w.attr(18, &[255, 255, 1, 0, 9])),
        with("trailing", |w| w.bytes(&[3, 0, 0, 0])),
    ]
}

#[test]
fn what_a_newer_kernel_adds_costs_no_object() {
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let seq = request.seq();
        queue.datagram(strange_links(seq));
        // A type that no table has.
        queue.datagram([part(999, 0, seq, |w| w.zeros(8)), done(seq)]);
    });
    let dump = net.dump(link::dump()).unwrap();
    assert_eq!(dump.messages().count(), strange_links(0).len() + 1, "the unknown message is kept, too");
    let by_name = |name: &str| dump.iter().find(|l| l.ifname() == Some(name)).unwrap();
    for (n, bytes) in strange_links(0).iter().enumerate() {
        let link = LinkView::new(&bytes[16..]).unwrap();
        assert_eq!(by_name(link.ifname().unwrap()).mtu(), Some(1500), "message {n}");
    }
    assert_eq!(by_name("short-txqlen").txqlen(), None);
    assert_eq!(by_name("empty-group").group(), None);
    assert_eq!(by_name("unknown-state").operstate().map(|state| (state.0, state.name())), Some((200, None)));
    let stats = by_name("long-stats64").stats64().unwrap();
    assert_eq!(stats.rx_packets, 0x0101_0101_0101_0101);
    assert!(by_name("short-stats64").stats64().unwrap().rx_otherhost_dropped.is_none());
}

#[test]
fn unknown_things_are_printed_and_written_again_unchanged() {
    for bytes in strange_links(7).into_iter().chain([message(999, 0, 7, |w| w.bytes(&[1, 2, 3, 4]))]) {
        let message = Message::parse(&bytes).unwrap();
        if let Some(link) = LinkView::new(message.payload()).filter(|_| message.kind() == RTM_NEWLINK) {
            assert!(format!("{link:?}").contains(link.ifname().unwrap()));
        }
        let mut json = String::new();
        netplumb::schema::write_message(&mut json, &netplumb::core::family::ROUTE, message).unwrap();
        let mut buffer = [0; 1024];
        let mut w = Writer::new(&mut buffer);
        netplumb::schema::read_message(&json, &netplumb::core::family::ROUTE, &mut w).unwrap();
        assert_eq!(w.finish().unwrap(), bytes, "{json}");
    }
}

/// Bytes as protocols want them, written out: a round trip would read a wrong order back as it was written.
#[test]
fn network_byte_order_is_what_goes_out() {
    let vxlan = link::create("vx0").linkinfo(|info| {
        info.vxlan(|v| {
            v.id(42).port(4789).group([192, 0, 2, 1].into());
        });
    });
    let bytes = vxlan.message().unwrap();
    let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    let native = |n: u16| n.to_ne_bytes();
    let port = [native(6), native(link::info::vxlan::IFLA_VXLAN_PORT), [0x12, 0xb5]].concat();
    assert!(has(&port), "the port is in network byte order: {bytes:02x?}");
    let mut id = [native(8), native(link::info::vxlan::IFLA_VXLAN_ID)].concat();
    id.extend(42u32.to_ne_bytes());
    assert!(has(&id), "the identifier is the machine's: {bytes:02x?}");
    assert!(has(&[192, 0, 2, 1]));
    // The bottom of the stack on the last label only (RFC 3032).
    let mpls = route::add("198.51.100.0/24".parse().unwrap()).with(|r| {
        r.encap_mpls(|e| {
            e.dst(&[100, 200]);
        });
    });
    let bytes = mpls.message().unwrap();
    assert!(bytes.windows(8).any(|w| w == [0, 6, 0x40, 0, 0, 0x0c, 0x81, 0]), "{bytes:02x?}");
}

#[test]
fn a_batch_leaves_nothing_behind_that_a_later_request_could_read() {
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| match request.kind() {
        RTM_GETLINK => queue.datagram([message(RTM_NEWLINK, 0, request.seq(), link_named(3, "eth0"))]),
        _ => {
            let link = LinkView::new(request.payload()).unwrap();
            // Errors come unasked, successes only where an acknowledgement was asked for.
            match link.mtu() {
                Some(mtu) if mtu % 10 == 0 => queue.datagram([ack(request, Errno::EINVAL.0)]),
                _ if request.flags() & NLM_F_ACK != 0 => queue.datagram([ack(request, 0)]),
                _ => {}
            }
        }
    });
    let mut failed = Vec::new();
    let requests = (0..1000u32).map(|n| link::set(n + 1).mtu(n));
    let batched = net
        .batch(requests, |n, result| {
            if let Err(error) = result {
                assert_eq!(error.errno(), Some(Errno::EINVAL));
                failed.push(n);
            }
        })
        .unwrap();
    assert_eq!((batched.succeeded, batched.failed, batched.unknown), (900, 100, 0));
    assert_eq!(failed, (0..1000).step_by(10).collect::<Vec<_>>());
    // Six errors or more a send, not one message a system call.
    let sends = net.session().link_ref().sends;
    assert!(sends <= 10, "{sends} datagrams for 1,000 requests");
    // The next answer is the next request's.
    assert_eq!(net.get(link::get(3u32), |l| l.header().ifi_index).unwrap(), 3);
    net.execute(link::set(1u32).mtu(1401)).unwrap();
    assert_eq!(net.execute(link::set(1u32).mtu(1400)).unwrap_err().errno(), Some(Errno::EINVAL));
    assert_eq!(net.session().machine().counters().orphans, 0);
}

#[test]
fn a_request_too_long_ends_a_batch_behind_what_was_before_it() {
    let mut carried_out = 0;
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        carried_out += 1;
        if request.flags() & NLM_F_ACK != 0 {
            queue.datagram([ack(request, 0)]);
        }
    });
    let good = |n: u32| link::set(n).mtu(1400);
    let bad = link::set(9u32).with(|l| {
        l.writer().zeros(5000);
    });
    let mut done = Vec::new();
    let result = net.batch([good(1), good(2), bad, good(3)], |n, result| {
        result.unwrap();
        done.push(n);
    });
    assert!(matches!(result, Err(Error::TooLong)), "{result:?}");
    assert_eq!(done, [0, 1]);
    drop(net);
    assert_eq!(carried_out, 2);
}

/// An acknowledgement that nobody asked for, one that comes late, and one of a request that was given up.
#[test]
fn stray_acknowledgements_are_no_notifications() {
    let script = Script::new(|request: Message<'_>, queue: &mut Queue| match request.kind() {
        RTM_GETLINK => {
            let reply = message(RTM_NEWLINK, 0, request.seq(), link_named(1, "lo"));
            queue.datagram([reply, ack(request, 0)]);
        }
        _ => queue.datagram([ack(request, 0), ack(request, 0)]),
    });
    let mut session = Session::new(Connection::<_, 4>::new([0; 512], Config::new(PORT)), script);
    let mut seen = Vec::new();
    let mut submit = |request: link::LinkRequest, expect, cancel: bool| {
        let id = session.machine().submit(request.message().unwrap(), expect).unwrap();
        session.pump().unwrap();
        if cancel {
            assert!(session.machine().cancel(id));
        }
        let name = |event: Event<'_>| match event {
            Event::Reply(..) => "reply",
            Event::Finished(_, Ok(_)) => "ok",
            _ => "something else",
        };
        seen.extend(session.events().map(name));
        while let Ok(events) = session.listen() {
            seen.extend(events.map(name));
        }
        session.machine().counters().orphans
    };
    assert_eq!(submit(link::get(1u32), Expect::Reply, false), 1);
    // One that asks for both ends with the acknowledgement.
    assert_eq!(submit(link::get(1u32).flags(NLM_F_ACK, 0), Expect::Reply, false), 1);
    assert_eq!(submit(link::set(1u32).up(), Expect::Ack, false), 2);
    assert_eq!(submit(link::set(1u32).up(), Expect::Ack, true), 3);
    assert_eq!(seen, ["reply", "ok", "reply", "ok", "ok"]);
}

#[test]
fn an_error_says_what_the_kernel_said_and_which_attribute_it_meant() {
    let mut net = Script::client(|request: Message<'_>, queue: &mut Queue| {
        let at = request.payload().windows(4).position(|w| w[2..] == IFLA_IFNAME.to_ne_bytes()).unwrap();
        queue.datagram([message(NLMSG_ERROR, NLM_F_ACK_TLVS, request.seq(), |w| {
            w.bytes(&(-Errno::EINVAL.0).to_ne_bytes());
            w.bytes(request.bytes());
            w.attr_str(1, "a word from the kernel");
            w.attr(2, &(16 + at as u32).to_ne_bytes());
        })]);
    });
    let error = net.execute(link::create("a/b").kind("dummy")).unwrap_err();
    assert_eq!(error.to_string(), "RTM_NEWLINK: Invalid argument: a word from the kernel (IFLA_IFNAME)");
    assert_eq!((error.kernel_message(), error.path()), (Some("a word from the kernel"), Some("IFLA_IFNAME")));
    // A batch's too, whose requests are gone when the answer comes.
    let mut texts = Vec::new();
    let requests = [link::create("a/b").kind("dummy")];
    net.batch(requests, |_, result| texts.push(result.unwrap_err().to_string())).unwrap();
    assert_eq!(texts, ["RTM_NEWLINK: Invalid argument: a word from the kernel (IFLA_IFNAME)"]);
}

/// A hundred thousand notifications: a program that takes a second for a thousand has lost its socket's buffer long ago.
#[test]
fn a_storm_of_notifications_is_over_in_moments() {
    const EVENTS: usize = 100_000;
    let script = Script::new(|_: Message<'_>, _: &mut Queue| ());
    let mut session = Session::new(Connection::<_, 4>::new([0; 256], Config::new(PORT)), script);
    for _ in 0..EVENTS / 100 {
        let many = (0..100).map(|n| message(RTM_NEWLINK, 0, 0, link_named(n, "eth0")));
        session.link().queue.datagram(many);
    }
    let start = std::time::Instant::now();
    let mut seen = 0;
    while let Ok(events) = session.listen() {
        for event in events {
            let Event::Notification(message) = event else { panic!("{event:?}") };
            seen += usize::from(LinkView::new(message.payload()).unwrap().ifname() == Some("eth0"));
        }
    }
    assert_eq!(seen, EVENTS);
    // Unoptimised and on a busy machine; benches/replay.rs has the real number.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
