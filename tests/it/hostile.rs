//! The fuzz targets' bodies on random and exhaustive input, and truncations of everything that was recorded.

#[allow(unreachable_pub)]
#[path = "../../fuzz/src/bytes.rs"]
mod bytes;
#[allow(unreachable_pub)]
#[path = "../../fuzz/src/kernel.rs"]
mod kernel;
#[allow(unreachable_pub)]
#[path = "../../fuzz/src/operations.rs"]
mod operations;

use netplumb::core::family::ROUTE;
use netplumb::wire::{Attrs, Message, Messages};
use proptest::prelude::*;

proptest! {
    #[test]
    fn operations_end_and_nothing_is_invented(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        operations::run(&data);
    }

    #[test]
    fn no_request_harms_a_simulated_kernel(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
        kernel::run(&data);
    }

    #[test]
    fn any_bytes_are_read_without_harm(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        bytes::run(&data);
    }
}

/// A run of 20,000 seeds of the operations, whose failure prints the seed. `NETPLUMB_SEED=n` starts elsewhere.
#[test]
fn swarm_of_operations() {
    let first: u64 = std::env::var("NETPLUMB_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    for seed in first..first + 20_000 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        };
        let data: Vec<u8> = (0..40 + seed % 400).map(|_| next()).collect();
        if std::panic::catch_unwind(|| operations::run(&data)).is_err() {
            panic!("reproduce with: NETPLUMB_SEED={seed} cargo test --test it hostile::swarm");
        }
    }
}

/// The messages that kernels sent, as they were recorded.
fn recorded() -> Vec<Vec<u8>> {
    let lines = include_str!("../../core/tests/data/rtnetlink.hex").lines();
    let unhex = |line: &str| -> Vec<u8> {
        (0..line.len()).step_by(2).map(|at| u8::from_str_radix(&line[at..at + 2], 16).unwrap()).collect()
    };
    let mut messages: Vec<_> = lines.filter(|l| !l.is_empty() && !l.starts_with('#')).map(unhex).collect();
    messages.push(include_bytes!("../data/link-veth.bin").to_vec());
    messages
}

/// The attributes of a message, as far as they are there.
fn attrs(message: Message<'_>) -> Attrs<'_> {
    let row = ROUTE.message(message.kind()).expect("a type that is known");
    (row.schema)().split(message.payload()).map(|(_, attrs)| attrs).unwrap_or_default()
}

/// A recorded message that is cut anywhere says nothing that the whole one does not say, whether its length still speaks of
/// the whole or was cut with it.
#[test]
fn every_truncation_of_every_recorded_datagram_is_read() {
    let mut cuts = 0;
    for message in recorded() {
        let whole = Message::parse(&message).unwrap();
        for len in 0..message.len() {
            let cut = &message[..len];
            assert!(!Messages::new(cut).any(|m| m.is_ok()), "a part is no message");
            let mut shorter = cut.to_vec();
            if len >= 16 {
                shorter[..4].copy_from_slice(&u32::try_from(len).unwrap().to_ne_bytes());
                let part = Message::parse(&shorter).unwrap();
                let mut told = attrs(whole);
                for attr in attrs(part) {
                    assert_eq!(Some(attr), told.next(), "cut to {len}");
                }
            }
            cuts += 1;
            // All interpreters, on a part of the cuts of long messages: each length modulo 7 comes in turn.
            if len < 200 || len % 7 == cuts % 7 {
                bytes::run(&shorter);
            }
        }
    }
    println!("{cuts} truncations");
    assert!(cuts > 10_000);
}
