//! The engine on the simulated kernel: what `real` proves with root, without it, and what only a kernel that fails on
//! purpose can prove.

use netplumb::conn::{BATCH_MAX, Config, Connection, Event};
use netplumb::machine::Machine;
use netplumb::sim::{self, Kernel};
use netplumb::simulator::{NetnsId, SocketOptions};
use netplumb::{AsRequest, Errno, Part, Session, addr, link};

#[test]
fn links_are_made_changed_read_and_deleted() {
    let kernel = Kernel::new(1);
    let mut net = sim::route(&kernel).unwrap();
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
    let names: Vec<_> = dump.iter().filter_map(|l| l.ifname()).collect();
    // The other end of a pair comes first.
    assert_eq!(names, ["lo", "br0", "q0", "p0", "q1", "p1"]);
    let br0 = dump.iter().find(|l| l.ifname() == Some("br0")).unwrap();
    assert_eq!(br0.mtu(), Some(1400));
    assert_eq!(br0.linkinfo().unwrap().bridge().unwrap().ageing_time(), Some(12_300));
    assert_eq!(dump.iter().filter(|l| l.master() == Some(bridge)).count(), 2);
    let local = net.dump(addr::dump().dev(bridge)).unwrap().iter().find_map(|a| a.local());
    assert_eq!(local, Some("192.0.2.1".parse().unwrap()));

    net.execute(link::delete("p0")).unwrap();
    let gone = net.get(link::get("q0"), |_| ()).unwrap_err();
    assert_eq!(gone.errno(), Some(Errno::ENODEV));
}

#[test]
fn errors_carry_the_kernels_words_and_the_attribute() {
    let mut net = sim::route(&Kernel::new(1)).unwrap();
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
    // The same words as in the test of the same name on a real kernel.
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
}

#[test]
fn an_overrun_leaves_no_request_open() {
    const COUNT: usize = 2_000;
    const { assert!(COUNT <= BATCH_MAX) };
    let kernel = Kernel::new(1);
    // What setting 4096 on a real socket gives.
    let options = SocketOptions { rcvbuf: 8192, ..SocketOptions::default() };
    let socket = kernel.open(NetnsId(0), options);
    let config = Config { receive_buffer: usize::MAX, max_datagram: 1 << 20, ..Config::new(socket.port()) };
    let mut session = Session::new(Connection::<_, 4>::new(vec![0u8; 1 << 20], config), socket);
    let mut batch = session.machine().batch().unwrap();
    batch.acknowledge_each();
    for n in 0..COUNT {
        let address = format!("127.{}.{}.1/32", n / 250 + 1, n % 250);
        batch.push(addr::add(1, address.parse().unwrap()).message().unwrap()).unwrap();
    }
    let submitted = batch.commit();
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
    assert_eq!(finished + unknown, COUNT);
    assert!(ended.iter().all(|n| *n == 1), "each request ends exactly once");
    // 832 bytes an acknowledgement: nine fit.
    assert_eq!((finished, overruns), (9, 1));
    assert!(session.machine().is_idle());
    let all = sim::route(&kernel).unwrap().dump(addr::dump()).unwrap();
    assert_eq!(all.iter().count(), COUNT);
}

#[test]
fn a_lost_acknowledgement_is_unknown_not_success() {
    let kernel = Kernel::new(1);
    let mut net = sim::route(&kernel).unwrap();
    kernel.world().faults().lose_acks = 1;
    let error = net.execute(link::create("d0").kind("dummy")).unwrap_err();
    assert!(matches!(error, netplumb::Error::Unknown { .. }), "{error}");
    // It was carried out, as reading tells.
    assert!(net.get(link::get("d0"), |_| ()).is_ok());
}

/// A dump that the kernel says was interrupted is read again, and nothing is told twice.
#[test]
fn interrupted_dumps_start_over() {
    let kernel = Kernel::new(3);
    let mut net = sim::route(&kernel).unwrap();
    for n in 0..40 {
        net.execute(link::create(&format!("d{n}")).kind("dummy")).unwrap();
    }
    kernel.world().faults().interrupt_dumps = 2;
    let (mut restarts, mut seen) = (0, Vec::new());
    net.each(link::dump(), |part| match part {
        Part::Restarted => {
            restarts += 1;
            seen.clear();
        }
        Part::Reply(message) => {
            let index = link::Link::new(message.payload()).unwrap().header().ifi_index;
            seen.push(index);
        }
        Part::Malformed(m) => panic!("{m:?}"),
    })
    .unwrap();
    assert_eq!((restarts, seen), (2, (1..=41).collect::<Vec<_>>()));

    // More often than the connection tries again: an error that says so.
    kernel.world().faults().interrupt_dumps = 100;
    let error = net.dump(link::dump()).unwrap_err().to_string();
    assert_eq!(error, "RTM_GETLINK: the table kept changing while it was dumped");
}

/// The same without a fault: another socket makes a link between two receives of the dump.
#[test]
fn a_change_between_two_datagrams_interrupts_a_dump_of_links() {
    let kernel = Kernel::new(3);
    let mut net = sim::route(&kernel).unwrap();
    // Three datagrams: the second is made when the first is taken.
    for n in 0..60 {
        net.execute(link::create(&format!("d{n}")).kind("dummy")).unwrap();
    }
    let mut other = sim::route(&kernel).unwrap();
    let (mut restarts, mut names, mut made) = (0, Vec::new(), false);
    net.each(link::dump(), |part| match part {
        Part::Restarted => {
            restarts += 1;
            names.clear();
        }
        Part::Reply(message) => {
            let view = link::Link::new(message.payload()).unwrap();
            names.push(view.ifname().unwrap().to_owned());
            if !std::mem::replace(&mut made, true) {
                other.execute(link::create("late").kind("ifb")).unwrap();
            }
        }
        Part::Malformed(m) => panic!("{m:?}"),
    })
    .unwrap();
    assert_eq!((restarts, names.len()), (1, 62));
    assert_eq!(names.iter().filter(|name| *name == "late").count(), 1);
}

#[test]
fn what_needs_a_capability_is_refused_without_it() {
    let kernel = Kernel::new(1);
    let options = SocketOptions { net_admin: false, ..SocketOptions::default() };
    let socket = kernel.open(NetnsId(0), options);
    let config = Config::new(socket.port());
    let mut net = netplumb::Client::new(&netplumb::core::family::ROUTE, socket, config);
    assert_eq!(net.dump(link::dump()).unwrap().iter().count(), 1);
    let error = net.execute(link::delete("nothing")).unwrap_err();
    // Rights come before everything else: also before the link that is not there.
    assert_eq!(error.errno(), Some(Errno::EPERM));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let kernel = Kernel::new(seed);
        let mut net = sim::route(&kernel).unwrap();
        for name in ["a", "b", "c"] {
            net.execute(link::create(name).kind("dummy").up()).unwrap();
        }
        kernel.world().settle();
        let mut bytes = Vec::new();
        net.each(link::dump(), |part| {
            if let Part::Reply(message) = part {
                bytes.extend_from_slice(&message.bytes()[16..]);
            }
        })
        .unwrap();
        bytes
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8), "link-layer addresses are drawn");
}
