//! Why a command ended early, as one line and an exit status.

use crate::grammar::Usage;
use crate::show;
use netplumb_backends::Error;
use netplumb_core::Errno;
use std::{fmt, io};

/// Exit status of `ip` for a change or a look-up that the kernel refused.
pub(crate) const REFUSED: u8 = 2;
/// Exit status of `ip` for a dump that failed, and for what could not be begun.
pub(crate) const FAILED: u8 = 1;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line was not understood.
    Usage(Usage),
    /// The kernel or the socket, with the exit status that `ip` has for it.
    Kernel(Error, u8),
    /// The output failed. A reader that went away is nothing to talk about.
    Output(io::Error),
    /// Something else.
    Other(u8, String),
}

impl Failure {
    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Usage(usage) => usage.status(),
            Self::Kernel(_, status) | Self::Other(status, _) => *status,
            Self::Output(e) if e.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output(_) => FAILED,
        }
    }

    /// Whether it ends everything, not this command alone: nobody reads the output any more.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Output(_))
    }

    /// Says it on one line, unless only the reader of the output went away.
    pub(crate) fn tell(&self, err: &mut dyn io::Write) {
        if !matches!(self, Self::Output(e) if e.kind() == io::ErrorKind::BrokenPipe) {
            // Nothing is left to tell a failure of the error stream to.
            let _ = writeln!(err, "{}", one_line(&self.to_string()));
        }
    }
}

/// Words of the kernel and of users may hold line breaks; an error is one line.
fn one_line(text: &str) -> String {
    text.trim_end().replace(['\n', '\r'], " ")
}

/// What went wrong with a file or socket, in the system's words alone.
pub(crate) fn reason(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |number| Errno(number).to_string())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(usage) => usage.fmt(f),
            // Nothing was opened, so no socket is to blame.
            Self::Kernel(Error::Io(error), _) if error.kind() == io::ErrorKind::Unsupported => {
                write!(f, "Error: {error}")
            }
            Self::Kernel(error, _) => {
                match error {
                    Error::Io(error) => write!(f, "Error: netlink socket: {}", reason(error))?,
                    error => write!(f, "Error: {error}")?,
                }
                if error.errno() == Some(Errno::EPERM) {
                    f.write_str("; with --sim netplumb works on a simulated kernel, without privileges")?;
                }
                Ok(())
            }
            Self::Output(error) => write!(f, "Error: cannot write: {}", reason(error)),
            Self::Other(_, text) => f.write_str(text),
        }
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<show::Error> for Failure {
    fn from(error: show::Error) -> Self {
        match error {
            show::Error::Io(error) => Self::Output(error),
            other => Self::Other(FAILED, format!("Error: {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failure: &Failure, text: &str, status: u8) {
        let mut told = Vec::new();
        failure.tell(&mut told);
        assert_eq!((String::from_utf8(told).unwrap().as_str(), failure.status()), (text, status));
    }

    #[test]
    fn a_failure_is_one_line_with_a_status() {
        check(&Failure::Other(7, "a\nb\n".into()), "a b\n", 7);
        check(&Usage::new(255, "Nothing").into(), "Nothing\n", 255);
        check(&io::Error::from(io::ErrorKind::BrokenPipe).into(), "", 0);
        check(&io::Error::other("full").into(), "Error: cannot write: full\n", 1);
        let refused = Error::Io(io::Error::from_raw_os_error(1));
        let text = "Error: netlink socket: Operation not permitted; \
                    with --sim netplumb works on a simulated kernel, without privileges\n";
        check(&Failure::Kernel(refused, 2), text, 2);
    }
}
