//! The clock of real sockets.

use netplumb_core::Instant;
use nix::time::{ClockId, clock_gettime};

/// `CLOCK_BOOTTIME`: never set back, and goes on while the machine is suspended.
pub(crate) fn now() -> Instant {
    match clock_gettime(ClockId::CLOCK_BOOTTIME) {
        Ok(t) => Instant::from_ns(t.tv_sec().unsigned_abs() * 1_000_000_000 + t.tv_nsec().unsigned_abs()),
        // Linux has had it since 2.6.39; a clock that stands still only switches timeouts off.
        Err(_) => Instant::ZERO,
    }
}
