//! The engine on the simulated kernel: what `real` proves with root, without it, and what only a kernel that fails on
//! purpose can prove.

use crate::both::{self, STORM};
use netplumb::conn::Config;
use netplumb::sim::{self, Kernel};
use netplumb::simulator::{NetnsId, SocketOptions};
use netplumb::{Errno, Part, addr, link};

#[test]
fn links_are_made_changed_read_and_deleted() {
    both::links_are_made_changed_read_and_deleted(&mut sim::route(&Kernel::new(1)).unwrap());
}

#[test]
fn errors_carry_the_kernels_words_and_the_attribute() {
    both::errors_carry_the_kernels_words_and_the_attribute(&mut sim::route(&Kernel::new(1)).unwrap());
}

#[test]
fn an_overrun_leaves_no_request_open() {
    let kernel = Kernel::new(1);
    let socket = kernel.open(NetnsId(0), SocketOptions { rcvbuf: 8192, ..SocketOptions::default() });
    let port = socket.port();
    // 832 bytes an acknowledgement: nine fit.
    assert_eq!(both::an_overrun_leaves_no_request_open(socket, port), 9);
    let all = sim::route(&kernel).unwrap().dump(addr::dump()).unwrap();
    assert_eq!(all.iter().count(), STORM);
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
