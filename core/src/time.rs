//! Time as the caller tells it.

use core::fmt;

/// A point in time, in nanoseconds since an origin that the caller chooses.
///
/// The core never reads a clock: every function that depends on time takes an `Instant`. Backends use
/// `CLOCK_BOOTTIME`; the simulator uses its virtual clock.
///
/// ```
/// use netplumb_core::Instant;
/// let start = Instant::from_ns(5);
/// assert_eq!(start.after_ns(10).since_ns(start), 10);
/// assert_eq!(start.since_ns(start.after_ns(10)), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The origin of the caller's clock.
    pub const ZERO: Self = Self(0);

    /// A point `ns` nanoseconds after the origin.
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// Nanoseconds since the origin.
    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// This point moved `ns` nanoseconds into the future; the far end of time stays where it is.
    #[must_use]
    pub const fn after_ns(self, ns: u64) -> Self {
        Self(self.0.saturating_add(ns))
    }

    /// Nanoseconds from `earlier` to `self`, 0 when `earlier` is later.
    pub const fn since_ns(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ns", self.0)
    }
}
