//! Any sequence of operations on a connection against a kernel that loses, interrupts and refuses.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| netplumb_fuzz::operations::run(data));
