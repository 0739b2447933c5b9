//! What goes wrong on purpose.

/// Faults that a world injects. Each is something that Linux does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// So many of the next dumps with a generation (links, addresses) are interrupted: one message of their second datagram
    /// says `NLM_F_DUMP_INTR`, as if something had changed between two receives.
    pub interrupt_dumps: u32,
    /// So many of the next acknowledgements of success are lost behind an `ENOBUFS`, as if the queue had been full.
    pub lose_acks: u32,
}
