//! The engine on real netlink sockets.

use crate::both::{self, STORM};
use crate::netns::{in_netns, ip};
use netplumb::blocking::NetlinkSocket;
use netplumb::{Errno, addr, blocking};

#[test]
fn links_are_made_changed_read_and_deleted() {
    in_netns("real::links_are_made_changed_read_and_deleted", || {
        both::links_are_made_changed_read_and_deleted(&mut blocking::route().unwrap());
        assert!(ip("link").contains("q1"));
    });
}

#[test]
fn errors_carry_the_kernels_words_and_the_attribute() {
    in_netns("real::errors_carry_the_kernels_words_and_the_attribute", || {
        both::errors_carry_the_kernels_words_and_the_attribute(&mut blocking::route().unwrap());
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

#[test]
fn an_overrun_leaves_no_request_open() {
    in_netns("real::an_overrun_leaves_no_request_open", || {
        let socket = NetlinkSocket::open(0).unwrap();
        // The kernel doubles it.
        socket.set_receive_buffer(4096).unwrap();
        let port = socket.port();
        let finished = both::an_overrun_leaves_no_request_open(socket, port);
        println!("finished {finished} + unknown {}", STORM - finished);
        assert!(finished < STORM / 2);
        // Unknown is not failed: all of them were carried out.
        assert_eq!(ip("-4 -o addr show dev lo").lines().count(), STORM);
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
