//! Any bytes as a datagram: every view, `Debug`, JSON, `check`, `locate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| netplumb_fuzz::bytes::run(data));
