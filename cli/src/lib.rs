//! The `netplumb` command as a library: the command line of iproute2 to requests, and replies to its text and JSON.
//!
//! [`grammar`] understands command lines, [`show`] prints what kernels answer, and [`run`] puts a kernel between them.

#![forbid(unsafe_code)]

pub mod grammar;
pub mod names;
pub mod run;
pub mod schema;
pub mod show;

#[cfg(test)]
mod testing {
    /// An output that nobody reads any more.
    pub(crate) struct Broken;

    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
