//! The engine on real netlink sockets.

use crate::netns::{in_netns, ip};
use netplumb::blocking::NetlinkSocket;
use netplumb::conn::{BATCH_MAX, Config, Connection, Event};
use netplumb::machine::Machine;
use netplumb::{AsRequest, Errno, Session, addr, blocking, link};

#[test]
fn links_are_made_changed_read_and_deleted() {
    in_netns("real::links_are_made_changed_read_and_deleted", || {
        let mut net = blocking::route().unwrap();
        net.execute(link::create("br0").bridge(|b| {
            b.ageing_time(12_300);
        }))
        .unwrap();
        let bridge = net.get(link::get("br0"), |l| l.header().ifi_index).unwrap().cast_unsigned();
        for (port, peer) in [("p0", "q0"), ("p1", "q1")] {
            net.execute(link::create(port).veth(peer).master(bridge).up()).unwrap();
        }
        net.execute(link::set(bridge).mtu(1400).up()).unwrap();
        net.execute(addr::add(bridge, "192.0.2.1/24".parse().unwrap())).unwrap();

        let dump = net.dump(link::dump()).unwrap();
        let mut names: Vec<_> = dump.iter().filter_map(|l| l.ifname()).collect();
        names.sort_unstable();
        assert_eq!(names, ["br0", "lo", "p0", "p1", "q0", "q1"]);
        let br0 = dump.iter().find(|l| l.ifname() == Some("br0")).unwrap();
        assert_eq!(br0.mtu(), Some(1400));
        assert_eq!(br0.linkinfo().unwrap().bridge().unwrap().ageing_time(), Some(12_300));
        assert_eq!(dump.iter().filter(|l| l.master() == Some(bridge)).count(), 2);
        let local = net.dump(addr::dump().dev(bridge)).unwrap().iter().find_map(|a| a.local());
        assert_eq!(local, Some("192.0.2.1".parse().unwrap()));

        net.execute(link::delete("p0")).unwrap();
        let gone = net.get(link::get("q0"), |_| ()).unwrap_err();
        assert_eq!(gone.errno(), Some(Errno::ENODEV));
        assert!(ip("link").contains("q1"));
    });
}

#[test]
fn errors_carry_the_kernels_words_and_the_attribute() {
    in_netns("real::errors_carry_the_kernels_words_and_the_attribute", || {
        let mut net = blocking::route().unwrap();
        let mut errors = Vec::new();
        let lo = || "127.0.0.2/8".parse().unwrap();
        net.execute(addr::add(1, lo())).unwrap();
        errors.push(net.execute(addr::add(1, lo())).unwrap_err().to_string());
        errors.push(net.execute(link::create("x").kind("no-such-kind")).unwrap_err().to_string());
        errors.push(net.execute(link::delete("nothing")).unwrap_err().to_string());
        let bad_id = link::create("x").linkinfo(|i| {
            i.kind("vxlan").data(|w| w.attr(1, &[1, 0]));
        });
        errors.push(net.execute(bad_id).unwrap_err().to_string());
        assert_eq!(
            errors,
            [
                "RTM_NEWADDR: File exists: ipv4: Address already assigned",
                "RTM_NEWLINK: Operation not supported: Unknown device type",
                "RTM_DELLINK: No such device",
                "RTM_NEWLINK: Numerical result out of range: Attribute failed policy validation \
                 (IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID)",
            ]
        );
    });
}

#[test]
fn messages_of_other_namespaces_are_refused_rather_than_mistaken() {
    let socket = NetlinkSocket::open(netplumb::core::family::ROUTE.number).unwrap();
    let listen_all_nsid = 8;
    let error = socket.set_option(listen_all_nsid, 1).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(Errno::EOPNOTSUPP.0));
    socket.set_option(listen_all_nsid, 0).unwrap();
}

/// 2,000 requests that each want an acknowledgement, in one datagram, against a receive buffer that holds a handful:
/// the kernel carries all of them out and drops most acknowledgements behind one ENOBUFS.
#[test]
fn an_overrun_leaves_no_request_open() {
    in_netns("real::an_overrun_leaves_no_request_open", || {
        const COUNT: usize = 2_000;
        const { assert!(COUNT <= BATCH_MAX) };
        let socket = NetlinkSocket::open(0).unwrap();
        socket.set_receive_buffer(4096).unwrap();
        let config =
            Config { receive_buffer: usize::MAX, max_datagram: 1 << 20, ..Config::new(socket.port()) };
        let connection = Connection::<_, 4>::new(vec![0u8; 1 << 20], config);
        let mut session = Session::new(connection, socket);

        let mut batch = session.machine().batch().unwrap();
        batch.acknowledge_each();
        for n in 0..COUNT {
            let address = format!("127.{}.{}.1/32", n / 250 + 1, n % 250);
            batch.push(addr::add(1, address.parse().unwrap()).message().unwrap()).unwrap();
        }
        let submitted = batch.commit();
        let transmit = session.machine().poll_transmit().unwrap();
        assert!(transmit.bytes.len() >= COUNT * 40, "everything goes in one datagram");

        let (mut finished, mut unknown, mut overruns) = (0, 0, 0);
        let mut ended = vec![0u8; COUNT];
        while let Some(events) = session.wait().unwrap() {
            for event in events {
                match event {
                    Event::Finished(id, result) => {
                        result.unwrap();
                        finished += 1;
                        ended[submitted.index(id).unwrap()] += 1;
                    }
                    Event::Unknown(id) => {
                        unknown += 1;
                        ended[submitted.index(id).unwrap()] += 1;
                    }
                    Event::Overrun => overruns += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        println!("finished {finished} + unknown {unknown}, overruns {overruns}");
        assert_eq!(finished + unknown, COUNT);
        assert!(ended.iter().all(|n| *n == 1), "each request ends exactly once");
        assert!(finished > 0 && unknown > COUNT / 2 && overruns >= 1);
        assert!(session.machine().is_idle());
        // Unknown is not failed: all of them were carried out.
        assert_eq!(ip("-4 -o addr show dev lo").lines().count(), COUNT);
    });
}

#[test]
fn a_batch_tells_which_request_failed() {
    in_netns("real::a_batch_tells_which_request_failed", || {
        let mut net = blocking::route().unwrap();
        let prefixes = ["127.1.0.1/32", "127.1.0.2/32", "127.1.0.1/32", "127.1.0.3/32"];
        let requests = prefixes.map(|p| addr::add(1, p.parse().unwrap()));
        let mut failed = Vec::new();
        let batched = net
            .batch(requests, |n, result| {
                if let Err(e) = result {
                    failed.push((n, e.errno()));
                }
            })
            .unwrap();
        assert_eq!((batched.succeeded, batched.failed, batched.unknown), (3, 1, 0));
        assert_eq!(failed, [(2, Some(Errno::EEXIST))]);
    });
}
