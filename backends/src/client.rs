//! Requests with a beginning and an end.

use crate::error::{Error, KernelError, operation};
use crate::link::Block;
use crate::session::Session;
use netplumb_core::conn::{Batch, Config, Connection, Event, Expect, Refused, RequestId};
use netplumb_core::family::Protocol;
use netplumb_core::machine::Machine;
use netplumb_core::request::AsRequest;
use netplumb_core::schema::Set;
use netplumb_core::wire::{Ack, Malformation, Malformed, Message};
use std::marker::PhantomData;

/// Bytes of requests that a client keeps: a batch is cut into pieces of this size.
const TRANSMIT_BUFFER: usize = 256 * 1024;

/// Requests a client can have open at once; it waits for each, so a few are plenty.
const SLOTS: usize = 8;

/// A blocking client of one netlink protocol on any link.
///
/// It has no subscriptions: notifications are the business of a session of their own.
#[derive(Debug)]
pub struct Client<L> {
    protocol: &'static Protocol,
    session: Session<Connection<Box<[u8]>, SLOTS>, L>,
}

/// What a request ended with.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ended {
    /// What the kernel remarked although it did it.
    pub warning: Option<String>,
}

/// What comes while a request is open.
#[derive(Clone, Copy, Debug)]
pub enum Part<'d> {
    /// A reply.
    Reply(Message<'d>),
    /// The dump was inconsistent and starts over: forget the replies so far.
    Restarted,
    /// Bytes that are not a message; the dump goes on.
    Malformed(Malformed<'d>),
}

/// How a batch ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Batched {
    /// Requests that were carried out.
    pub succeeded: usize,
    /// Requests that failed.
    pub failed: usize,
    /// Requests whose acknowledgement was lost.
    pub unknown: usize,
}

/// A client that requests can be sent through without knowing its link.
pub trait Transact {
    /// Sends one message and calls `each` for everything that comes before its end.
    ///
    /// # Errors
    /// [`Error`]; parts that came before the error have been delivered.
    fn transact(
        &mut self,
        message: &[u8],
        expect: Expect,
        each: &mut dyn FnMut(Part<'_>),
    ) -> Result<Ended, Error>;

    /// Sends messages as one batch: see [`Client::batch`].
    ///
    /// # Errors
    /// [`Error`] when the socket fails; what happens to each message is told to `done` by its number.
    fn transact_batch(
        &mut self,
        messages: &mut dyn Iterator<Item = Vec<u8>>,
        done: &mut dyn FnMut(usize, Result<(), Error>),
    ) -> Result<Batched, Error>;
}

impl<L: Block> Client<L> {
    /// A client of `protocol` on `link`, whose facts are in `config`.
    pub fn new(protocol: &'static Protocol, link: L, config: Config) -> Self {
        let storage = vec![0; TRANSMIT_BUFFER].into_boxed_slice();
        Self { protocol, session: Session::new(Connection::new(storage, config), link) }
    }

    /// The session below.
    pub fn session(&mut self) -> &mut Session<Connection<Box<[u8]>, SLOTS>, L> {
        &mut self.session
    }

    /// The protocol it speaks.
    pub fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    /// Carries out a request that changes something.
    ///
    /// # Errors
    /// [`Error`].
    pub fn execute(&mut self, request: impl AsRequest) -> Result<Ended, Error> {
        self.transact(request.message()?, request.expect(), &mut |_| ())
    }

    /// Carries out a request that is answered by one reply, and gives that to `read`.
    ///
    /// # Errors
    /// [`Error`]; [`Error::NoReply`] when it ended without a reply that could be read.
    pub fn get<R: AsRequest, T>(
        &mut self,
        request: R,
        read: impl FnOnce(<R::Reply as Set>::View<'_>) -> T,
    ) -> Result<T, Error> {
        let message = request.message()?;
        let (mut read, mut value) = (Some(read), None);
        self.transact(message, request.expect(), &mut |part| {
            if let Part::Reply(reply) = part
                && let Some(view) = R::Reply::view(reply.payload())
                && let Some(read) = read.take()
            {
                value = Some(read(view));
            }
        })?;
        value.ok_or_else(|| Error::NoReply { operation: operation(self.protocol, message) })
    }

    /// Reads a whole table into memory. A dump that the kernel marks as inconsistent is started again.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Malformed`] when a reply could not be read, which no part of the table is left out for.
    /// [`each`](Self::each) goes on instead.
    pub fn dump<R: AsRequest>(&mut self, request: R) -> Result<Dump<R::Reply>, Error> {
        let mut bytes = Vec::new();
        let mut malformed = None;
        let protocol = self.protocol;
        self.each(request, |part| match part {
            Part::Reply(message) => {
                // A type that no table has is kept as it is: `messages` has it.
                if R::Reply::view(message.payload()).is_none() && protocol.message(message.kind()).is_some() {
                    let reason = Malformation::PayloadCut { have: message.payload().len() };
                    malformed = Some((bytes.len(), reason));
                }
                bytes.extend_from_slice(message.bytes());
                bytes.resize(bytes.len().next_multiple_of(4), 0);
            }
            Part::Restarted => {
                bytes.clear();
                malformed = None;
            }
            Part::Malformed(m) => malformed = Some((m.offset, m.reason)),
        })?;
        match malformed {
            Some((offset, reason)) => Err(Error::Malformed { offset, reason }),
            None => Ok(Dump { bytes, of: PhantomData }),
        }
    }

    /// Reads a table without keeping it: `each` sees every part as it comes.
    ///
    /// # Errors
    /// [`Error`].
    pub fn each<R: AsRequest>(&mut self, request: R, mut each: impl FnMut(Part<'_>)) -> Result<Ended, Error> {
        self.carry_out(request.message()?, request.expect(), &mut each)
    }

    /// Carries out many requests with one acknowledgement a datagram, in order; an error does not stop those behind
    /// it. `done` learns how each one ended, by its number.
    ///
    /// # Errors
    /// [`Error`] when the socket fails or a request is too long; those before it have been carried out.
    pub fn batch<R: AsRequest>(
        &mut self,
        requests: impl IntoIterator<Item = R>,
        mut done: impl FnMut(usize, Result<(), Error>),
    ) -> Result<Batched, Error> {
        let mut requests = requests.into_iter();
        let (mut held, mut first, mut totals) = (None::<R>, 0usize, Batched::default());
        loop {
            let busy = matches!(self.session.machine().batch(), Err(Refused::Busy));
            if busy && !self.session.machine().is_idle() {
                // Something given up earlier is still ending.
                drop(self.session.wait()?);
                continue;
            }
            let mut batch = self.session.machine().batch()?;
            let refused = fill(&mut batch, &mut requests, &mut held);
            let submitted = batch.commit();
            if submitted.is_empty() && refused.is_none() {
                return Ok(totals);
            }
            let mut open = submitted.len();
            while open > 0 {
                let Some(events) = self.session.wait()? else { break };
                for event in events {
                    let (id, result) = match event {
                        Event::Finished(id, Ok(_)) => (id, Ok(())),
                        // The request's bytes are gone by now; the echo in the error has them.
                        Event::Finished(id, Err(failure)) => {
                            let echo = failure.ack().and_then(Ack::request);
                            let request = echo.map_or(&[][..], Message::bytes);
                            (
                                id,
                                Err(Error::Kernel(Box::new(KernelError::new(
                                    failure,
                                    self.protocol,
                                    request,
                                )))),
                            )
                        }
                        Event::Unknown(id) => {
                            (id, Err(Error::Unknown { operation: "batched request".into() }))
                        }
                        _ => continue,
                    };
                    let Some(index) = submitted.index(id) else { continue };
                    open -= 1;
                    match &result {
                        Ok(()) => totals.succeeded += 1,
                        Err(Error::Unknown { .. }) => totals.unknown += 1,
                        Err(_) => totals.failed += 1,
                    }
                    done(first + index, result);
                }
            }
            first += submitted.len();
            if let Some(refused) = refused {
                return Err(refused);
            }
        }
    }

    /// `transact` with a known `each`: a call for each of many parts is worth inlining.
    fn carry_out<F: FnMut(Part<'_>) + ?Sized>(
        &mut self,
        message: &[u8],
        expect: Expect,
        each: &mut F,
    ) -> Result<Ended, Error> {
        let id = self.submit(message, expect)?;
        let end = self.follow(id, message, each);
        if matches!(end, Err(Error::Io(_))) {
            // Nobody waits for it any more; its slot is free again when its end comes.
            self.session.machine().cancel(id);
        }
        end
    }

    /// Reads on until request `id` (whose bytes are `message`) has ended.
    fn follow<F: FnMut(Part<'_>) + ?Sized>(
        &mut self,
        id: RequestId,
        message: &[u8],
        each: &mut F,
    ) -> Result<Ended, Error> {
        loop {
            let Some(events) = self.session.wait()? else {
                return Err(Error::Unknown { operation: operation(self.protocol, message) });
            };
            let mut end = None;
            for event in events {
                match event {
                    Event::Reply(of, reply) if of == id => each(Part::Reply(reply)),
                    Event::Restarted(of) if of == id => each(Part::Restarted),
                    Event::Malformed(malformed) => each(Part::Malformed(malformed)),
                    Event::Finished(of, Ok(success)) if of == id => {
                        end = Some(Ok(Ended { warning: success.warning().map(str::to_owned) }));
                    }
                    Event::Finished(of, Err(failure)) if of == id => {
                        let error = KernelError::new(failure, self.protocol, message);
                        end = Some(Err(Error::Kernel(Box::new(error))));
                    }
                    Event::Unknown(of) if of == id => {
                        end = Some(Err(Error::Unknown { operation: operation(self.protocol, message) }));
                    }
                    _ => {}
                }
            }
            if let Some(end) = end {
                return end;
            }
        }
    }

    fn submit(&mut self, message: &[u8], expect: Expect) -> Result<RequestId, Error> {
        loop {
            match self.session.machine().submit(message, expect) {
                Ok(id) => return Ok(id),
                // Something given up earlier is still ending.
                Err(Refused::Busy | Refused::Full) if !self.session.machine().is_idle() => {
                    drop(self.session.wait()?);
                }
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// Moves requests into a batch until it is full (the one that did not fit is in `held`) or one cannot be sent: what was
/// before that one is to go out all the same.
fn fill<R: AsRequest>(
    batch: &mut Batch<'_, Box<[u8]>, SLOTS>,
    requests: &mut impl Iterator<Item = R>,
    held: &mut Option<R>,
) -> Option<Error> {
    while let Some(request) = held.take().or_else(|| requests.next()) {
        let pushed = match request.message() {
            Ok(message) => batch.push(message),
            Err(overflow) => return Some(overflow.into()),
        };
        match pushed {
            Ok(_) => {}
            Err(Refused::Full | Refused::BatchFull) if !batch.is_empty() => {
                *held = Some(request);
                return None;
            }
            Err(refused) => return Some(refused.into()),
        }
    }
    None
}

impl<L: Block> Transact for Client<L> {
    fn transact(
        &mut self,
        message: &[u8],
        expect: Expect,
        each: &mut dyn FnMut(Part<'_>),
    ) -> Result<Ended, Error> {
        self.carry_out(message, expect, each)
    }

    fn transact_batch(
        &mut self,
        messages: &mut dyn Iterator<Item = Vec<u8>>,
        done: &mut dyn FnMut(usize, Result<(), Error>),
    ) -> Result<Batched, Error> {
        self.batch(messages.map(Raw), done)
    }
}

/// A ready-made message.
struct Raw(Vec<u8>);

/// The empty set: what a ready-made message says of its replies.
mod raw {
    netplumb_core::attrs! {
        /// Nothing known.
        Nothing / NothingBuilder = "nothing" {}
    }
}

impl AsRequest for Raw {
    type Reply = raw::Nothing<'static>;
    fn message(&self) -> Result<&[u8], netplumb_core::wire::Overflow> {
        Ok(&self.0)
    }
    fn expect(&self) -> Expect {
        Expect::Ack
    }
}

/// A table that was read: messages, and typed views of them.
pub struct Dump<S> {
    bytes: Vec<u8>,
    of: PhantomData<S>,
}

/// The views of a [`Dump`].
pub struct Replies<'d, S> {
    messages: netplumb_core::wire::Messages<'d>,
    of: PhantomData<S>,
}

impl<S: Set> Dump<S> {
    /// The objects, in the kernel's order.
    pub fn iter(&self) -> Replies<'_, S> {
        Replies { messages: self.messages(), of: PhantomData }
    }

    /// The messages as they came.
    pub fn messages(&self) -> netplumb_core::wire::Messages<'_> {
        netplumb_core::wire::Messages::new(&self.bytes)
    }
}

impl<S> std::fmt::Debug for Dump<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dump").field("bytes", &self.bytes.len()).finish()
    }
}

impl<'d, S: Set> IntoIterator for &'d Dump<S> {
    type Item = S::View<'d>;
    type IntoIter = Replies<'d, S>;
    fn into_iter(self) -> Replies<'d, S> {
        self.iter()
    }
}

impl<'d, S: Set> Iterator for Replies<'d, S> {
    type Item = S::View<'d>;
    fn next(&mut self) -> Option<S::View<'d>> {
        self.messages.find_map(|m| S::view(m.ok()?.payload()))
    }
}
