//! Any bytes as requests to a simulated kernel.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| netplumb_fuzz::kernel::run(data));
