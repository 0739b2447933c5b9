//! Which kernel a command works on.

use crate::grammar::Options;
use netplumb_backends::{Batched, Ended, Error, Part, Transact};
use netplumb_core::conn::Expect;
use std::io;

/// Opens the kernel that the options ask for. This is the one place that knows which kinds there are.
///
/// # Errors
/// Those of opening it, and `Unsupported` for a kind that this build does not have.
pub(crate) fn open(options: &Options) -> Result<Box<dyn Transact>, Error> {
    if options.sim.is_some() {
        return Err(unsupported("this build has no simulated kernel"));
    }
    real(options)
}

/// Does what depends on the network namespace of the calling thread in the one that the options name. A socket stays in
/// the namespace it was opened in, so a thread is lent to the namespace just for that.
#[cfg(feature = "blocking")]
pub(crate) fn in_namespace<T: Send>(
    options: &Options,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    let Some(name) = &options.netns else { return work() };
    let namespace = super::host::open_namespace(name)?;
    let there = || {
        nix::sched::setns(&namespace, nix::sched::CloneFlags::CLONE_NEWNET).map_err(io::Error::from)?;
        work()
    };
    std::thread::scope(|scope| match scope.spawn(there).join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// Whether the network namespace that the options name may be entered.
#[cfg(feature = "blocking")]
pub(crate) fn enter(options: &Options) -> io::Result<()> {
    in_namespace(options, || Ok(())).map_err(|e| match e {
        Error::Io(e) => e,
        other => io::Error::other(other),
    })
}

#[cfg(feature = "blocking")]
fn real(options: &Options) -> Result<Box<dyn Transact>, Error> {
    let mut client = in_namespace(options, netplumb_backends::blocking::route)?;
    if let Some(bytes) = options.receive_buffer {
        let session = client.session();
        session.link().set_receive_buffer(bytes)?;
        let held = session.link().receive_buffer()?;
        session.machine().set_receive_buffer(held);
    }
    Ok(Box::new(client))
}

#[cfg(not(feature = "blocking"))]
fn real(_: &Options) -> Result<Box<dyn Transact>, Error> {
    Err(unsupported("this build has no sockets of a real kernel (feature blocking)"))
}

pub(crate) fn unsupported(why: &str) -> Error {
    Error::Io(io::Error::new(io::ErrorKind::Unsupported, why))
}

/// A kernel that is opened when it is first asked something: `help` needs none.
pub(crate) struct Lazy<'o> {
    open: Box<dyn FnMut() -> Result<Box<dyn Transact>, Error> + 'o>,
    opened: Option<Box<dyn Transact>>,
}

impl<'o> Lazy<'o> {
    pub(crate) fn new(open: impl FnMut() -> Result<Box<dyn Transact>, Error> + 'o) -> Self {
        Self { open: Box::new(open), opened: None }
    }

    fn get(&mut self) -> Result<&mut dyn Transact, Error> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => (self.open)()?,
        };
        Ok(self.opened.insert(opened).as_mut())
    }
}

impl Transact for Lazy<'_> {
    fn transact(
        &mut self,
        message: &[u8],
        expect: Expect,
        each: &mut dyn FnMut(Part<'_>),
    ) -> Result<Ended, Error> {
        self.get()?.transact(message, expect, each)
    }

    fn transact_batch(
        &mut self,
        messages: &mut dyn Iterator<Item = Vec<u8>>,
        done: &mut dyn FnMut(usize, Result<(), Error>),
    ) -> Result<Batched, Error> {
        self.get()?.transact_batch(messages, done)
    }
}
