//! The request loop of rtnetlink (`netlink_rcv_skb`, `rtnetlink_rcv_msg`), acknowledgements and notifications.

use crate::dump::What;
use crate::kernel::{Object, Verb, family};
use crate::policy::{self, LEFT_OVER, Parsed, Row};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::socket::{SocketId, SocketOptions, is_message};
use crate::world::{NetnsId, World};
use netplumb_core::Errno;
use netplumb_core::bytes::align4;
use netplumb_core::schema::Set;
use netplumb_core::wire::{
    Attr, Message, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP, NLM_F_ECHO, NLM_F_REQUEST,
    NLMSG_ERROR, NLMSG_HDRLEN, Writer,
};
use std::cell::Cell;

/// In requests that delete: all that match (`NLM_F_BULK`, `linux/netlink.h`).
const NLM_F_BULK: u16 = 0x200;

/// Message types below this one are netlink's own.
const NLMSG_MIN_TYPE: u16 = 16;

/// A request that is being carried out.
#[derive(Debug)]
pub(crate) struct Request<'m> {
    pub(crate) message: Message<'m>,
    pub(crate) netns: NetnsId,
    pub(crate) socket: SocketId,
    pub(crate) port: u32,
    pub(crate) options: SocketOptions,
    warning: Cell<Option<&'static str>>,
}

/// What a handler has done.
#[derive(Debug)]
pub(crate) enum Handled {
    /// All of it.
    Done,
    /// It reads a table: answered by the dump.
    Dump(Box<What>),
}

/// Whose doing a notification is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) seq: u32,
    pub(crate) port: u32,
    /// A socket that gets the notification whether it listens or not.
    pub(crate) echo: Option<SocketId>,
}

impl Origin {
    /// The kernel's own.
    pub(crate) const KERNEL: Self = Self { seq: 0, port: 0, echo: None };
}

impl<'m> Request<'m> {
    /// Whether all these `NLM_F_*` flags are set.
    pub(crate) fn has(&self, flags: u16) -> bool {
        self.message.flags() & flags == flags
    }

    /// The requester, with its own copy if it asked for that.
    pub(crate) fn origin(&self) -> Origin {
        Origin { seq: self.message.seq(), port: self.port, echo: self.has(NLM_F_ECHO).then_some(self.socket) }
    }

    /// The requester when it asked for an echo, else the kernel.
    pub(crate) fn origin_if_echo(&self) -> Origin {
        if self.has(NLM_F_ECHO) { self.origin() } else { Origin::KERNEL }
    }

    /// Where an attribute of the request is.
    pub(crate) fn offset(&self, attr: Attr<'_>) -> u32 {
        policy::offset(self.message, attr)
    }

    /// Says something although there is no error.
    pub(crate) fn warn(&self, text: &'static str) {
        self.warning.set(Some(text));
    }

    /// Header and attributes of the request, checked leniently.
    pub(crate) fn parse<S: Set>(&self) -> Outcome<(S::Header, Parsed<'m>)> {
        let payload = self.message.payload();
        let Some((header, attrs)) = S::SCHEMA.split(payload) else {
            return refuse(Errno::EINVAL, "Invalid header length");
        };
        let header = <S::Header as netplumb_core::schema::Header>::read_fixed(header).ok_or(Errno::EINVAL)?;
        let (parsed, left_over) = policy::parse(S::SCHEMA, self.message, attrs)?;
        self.warn_if(left_over);
        Ok((header, parsed))
    }

    /// The same with rows that the kernel checks in another way than the table says.
    pub(crate) fn parse_with<S: Set>(&self, rows: &[(u16, Row)]) -> Outcome<(S::Header, Parsed<'m>)> {
        let payload = self.message.payload();
        let Some((header, attrs)) = S::SCHEMA.split(payload) else {
            return refuse(Errno::EINVAL, "Invalid header length");
        };
        let header = <S::Header as netplumb_core::schema::Header>::read_fixed(header).ok_or(Errno::EINVAL)?;
        let (parsed, left_over) = policy::parse_with(S::SCHEMA, rows, self.message, attrs)?;
        self.warn_if(left_over);
        Ok((header, parsed))
    }

    /// Says that there were bytes behind the last attribute.
    pub(crate) fn warn_if(&self, left_over: bool) {
        if left_over {
            self.warn(LEFT_OVER);
        }
    }

    /// The attributes in a nest of the request, checked leniently.
    pub(crate) fn nest<S: Set>(&self, attr: Attr<'m>) -> Outcome<Parsed<'m>> {
        Ok(policy::parse(S::SCHEMA, self.message, attr.nested())?.0)
    }
}

impl World {
    /// Carries out the messages of a datagram, one after the other.
    pub(crate) fn receive_requests(&mut self, socket: SocketId, netns: NetnsId, datagram: &[u8]) {
        let mut rest = datagram;
        while is_message(rest) {
            // A length that cannot be right ends the loop without a word: this message and all behind it get no answer.
            let Ok(message) = Message::parse(rest) else { return };
            rest = rest.get(align4(message.bytes().len())..).unwrap_or(&[]);
            let Some(state) = self.sockets.get(socket) else { return };
            let (port, options) = (state.port, state.options);
            let warning = Cell::new(None);
            let request = Request { message, netns, socket, port, options, warning };
            match self.dispatch(&request) {
                Ok(Handled::Done) if request.has(NLM_F_ACK) => self.acknowledge(&request, None),
                Ok(Handled::Done) => {}
                Ok(Handled::Dump(what)) => self.start_dump(&request, *what),
                Err(refusal) => self.acknowledge(&request, Some(&refusal)),
            }
        }
    }

    fn dispatch(&mut self, request: &Request<'_>) -> Outcome<Handled> {
        let kind = request.message.kind();
        // Both are skipped, yet acknowledged.
        if !request.has(NLM_F_REQUEST) || kind < NLMSG_MIN_TYPE {
            return Ok(Handled::Done);
        }
        let Some((object, verb)) = Object::of(kind) else { return Err(Errno::EOPNOTSUPP.into()) };
        let Some(family) = request.message.payload().first().copied() else {
            return Ok(Handled::Done);
        };
        // Rights are checked before anything is parsed or looked up; reading needs none.
        if !verb.reads() && !request.options.net_admin {
            return Err(Errno::EPERM.into());
        }
        // Only forwarding entries can be deleted in bulk (`RTNL_FLAG_BULK_DEL_SUPPORTED`).
        let bulk = verb == Verb::Del && request.has(NLM_F_BULK);
        if bulk && (object, family) != (Object::Neigh, family::BRIDGE) {
            return refuse(Errno::EOPNOTSUPP, "Bulk delete is not supported");
        }
        // Either of the two bits of NLM_F_DUMP is enough.
        if verb.reads() && request.message.flags() & NLM_F_DUMP != 0 {
            return Ok(Handled::Dump(Box::new(self.dump_of(request, object, family)?)));
        }
        self.carry_out(request, object, verb, family)?;
        Ok(Handled::Done)
    }

    /// Answers a request with an error or a success (`netlink_ack`).
    pub(crate) fn acknowledge(&mut self, request: &Request<'_>, refusal: Option<&Refusal>) {
        if refusal.is_none() && self.faults.lose_acks > 0 {
            self.faults.lose_acks -= 1;
            if let Some(socket) = self.sockets.get_mut(request.socket) {
                socket.overrun();
            }
            return;
        }
        let echo = match refusal {
            Some(_) if !request.options.cap_ack => request.message.bytes(),
            // A success never echoes the payload, whatever NETLINK_CAP_ACK says.
            _ => request.message.bytes().get(..NLMSG_HDRLEN).unwrap_or(&[]),
        };
        let capped = refusal.is_none() || request.options.cap_ack;
        let warning = request.warning.take().filter(|_| refusal.is_none());
        let warning = warning.map(|text| Refusal::new(Errno(0), text));
        let words = refusal.filter(|r| r.has_words()).or(warning.as_ref());
        let words = words.filter(|_| request.options.ext_ack);
        let flags = if capped { NLM_F_CAPPED } else { 0 } | if words.is_some() { NLM_F_ACK_TLVS } else { 0 };
        let errno = refusal.map_or(0, |r| -r.errno.0);
        self.reply(request, NLMSG_ERROR, flags, |_, w| {
            w.bytes(&errno.to_ne_bytes());
            w.bytes(echo);
            if let Some(words) = words {
                words.write(w);
            }
        });
    }

    /// Sends one message to the requester.
    pub(crate) fn reply(
        &mut self,
        request: &Request<'_>,
        kind: u16,
        flags: u16,
        fill: impl FnOnce(&World, &mut Writer<'_>),
    ) {
        let (seq, port) = (request.message.seq(), request.port);
        self.build(kind, flags, seq, port, fill, |world, bytes| {
            world.sockets.unicast(request.socket, bytes);
        });
    }

    /// Tells the members of a multicast group, and the requester if it asked for that.
    pub(crate) fn announce(
        &mut self,
        netns: NetnsId,
        group: u32,
        origin: Origin,
        kind: u16,
        flags: u16,
        fill: impl FnOnce(&World, &mut Writer<'_>),
    ) {
        // Most of the time nobody listens, and then nothing needs to be written.
        if origin.echo.is_none() && !self.sockets.listens(netns, group) {
            return;
        }
        self.build(kind, flags, origin.seq, origin.port, fill, |world, bytes| {
            world.sockets.broadcast(netns, group, origin.echo, bytes);
        });
    }

    fn build(
        &mut self,
        kind: u16,
        flags: u16,
        seq: u32,
        port: u32,
        fill: impl FnOnce(&World, &mut Writer<'_>),
        send: impl FnOnce(&mut World, &[u8]),
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut w = Writer::new(&mut scratch);
        if w.message(kind, flags, seq, port, |w| fill(self, w)) {
            // The kernel's messages end aligned: their length counts what the last attribute's padding fills up.
            let len = w.len();
            let bytes = scratch.get(..len).unwrap_or(&[]);
            send(self, bytes);
        }
        self.scratch = scratch;
    }
}
