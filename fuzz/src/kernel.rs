//! Any bytes as requests to a simulated kernel.

use netplumb_core::family::ROUTE;
use netplumb_core::schema::{Entropy, Generate, Tape, generate};
use netplumb_core::wire::{Messages, NLM_F_ACK, NLM_F_REQUEST, Writer};
use netplumb_simulator::{GROUP_MAX, NetnsId, SocketOptions, World};

/// Sends what `data` says to a world, raw and as valid requests in turn, lets time pass, and reads everything.
///
/// # Panics
/// When the world contradicts itself, or says something that is no message.
pub fn run(data: &[u8]) {
    let mut tape = Tape(data);
    let mut world = World::new(tape.next(1 << 32));
    let strict = tape.next(2) == 0;
    let options = SocketOptions { strict, rcvbuf: 1 << 20, ..SocketOptions::default() };
    let socket = world.open(NetnsId(0), options);
    let listener = world.open(NetnsId(0), SocketOptions::default());
    for group in 1..=GROUP_MAX {
        world.join(listener, group).expect("it is a group");
    }
    let mut buffer = vec![0; 8192];
    while !tape.0.is_empty() {
        let mut w = Writer::new(&mut buffer);
        let row = &ROUTE.messages[usize::try_from(tape.next(ROUTE.messages.len() as u64)).unwrap_or(0)];
        let flags = u16::try_from(tape.next(0x1000)).unwrap_or(0) | NLM_F_REQUEST | NLM_F_ACK;
        match tape.next(4) {
            0 => {
                let (raw, rest) = tape.0.split_at(tape.0.len().min(64));
                tape.0 = rest;
                w.message(row.kind, flags, 1, 0, |w| w.bytes(raw));
            }
            1 => {
                let passed = tape.next(5_000_000_000);
                let to = world.now().after_ns(passed);
                world.advance(to);
            }
            _ => {
                let options = Generate { unknown: true, attrs: 12, depth: 4 };
                w.message(row.kind, flags, 1, 0, |w| generate((row.schema)(), options, &mut tape, w));
            }
        }
        let len = w.len();
        // An empty datagram and one that is too long are errors of the call.
        let _ = world.send(socket, &buffer[..len]);
        for id in [socket, listener] {
            drain(&mut world, id);
        }
    }
    let faults = world.check();
    assert!(faults.is_empty(), "{faults:?}");
}

/// Reads a queue to its end; everything in it is whole messages.
fn drain(world: &mut World, socket: netplumb_simulator::SocketId) {
    let mut buffer = vec![0; 1 << 16];
    // A queue ends: requests make a bounded number of messages.
    for _ in 0..100_000 {
        match world.recv(socket, &mut buffer) {
            Ok(got) => {
                assert!(got.len > 0, "nothing says nothing");
                assert!(Messages::new(&buffer[..got.len]).all(|message| message.is_ok()));
            }
            Err(errno) if errno == netplumb_core::Errno::EAGAIN => return,
            Err(_) => {}
        }
    }
    panic!("the queue does not end");
}
