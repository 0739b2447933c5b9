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
