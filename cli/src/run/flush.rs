//! `flush`: reading objects and deleting those that the filter admits, until none is left.

use super::Job;
use super::failure::{FAILED, Failure, REFUSED};
use crate::grammar::{Filter, Object, RuleFilter, Show};
use crate::show::{Printer, addr, neigh, route};
use netplumb_backends::Error;
use netplumb_core::Errno;
use netplumb_core::family::addr::{Addr, IFA_F_SECONDARY, RTM_DELADDR};
use netplumb_core::family::common::{AF_INET, AF_INET6, AddressFamily};
use netplumb_core::family::neigh::{NUD_FAILED, RTM_DELNEIGH};
use netplumb_core::family::route::{RTM_DELROUTE, RTN_UNREACHABLE, Route};
use netplumb_core::family::rule::{RTM_DELRULE, Rule};
use netplumb_core::wire::{Message, NLM_F_REQUEST};
use std::time::{Duration, Instant};

/// How long a flush of routes goes on while others keep adding some.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writing here empties the cache of IPv4 routes.
const ROUTE_CACHE: &str = "/proc/sys/net/ipv4/route/flush";

/// What a round deletes.
struct Round {
    requests: Vec<Vec<u8>>,
}

impl Job<'_> {
    /// Deletes what `show` would print.
    pub(super) fn flush(&mut self, mut show: Show) -> Result<(), Failure> {
        if let Filter::Route(filter) = &show.filter
            && filter.cloned
        {
            let family = filter.family;
            if self.flush_cache(family)? {
                return Ok(());
            }
        }
        let began = Instant::now();
        let mut rounds = 0;
        loop {
            let round = self.round(&show)?;
            let what = if show.object == Object::Addr { "addresses" } else { "entries" };
            if round.requests.is_empty() {
                // `ip` has nothing to say about rules.
                return if show.object == Object::Rule { Ok(()) } else { self.flushed(rounds) };
            }
            rounds += 1;
            let count = round.requests.len();
            self.delete(&show, round)?;
            self.say(&format!("\n*** Round {rounds}, deleting {count} {what} ***\n"))?;
            match (&mut show.filter, show.object) {
                // Deleting a primary address makes a secondary one primary, which was not asked for.
                (Filter::Addr(filter), _)
                    if filter.flag_mask.contains(IFA_F_SECONDARY)
                        && !filter.flags.contains(IFA_F_SECONDARY) =>
                {
                    return self.flushed(rounds);
                }
                // One pass: there is nothing that puts rules back.
                (Filter::Rule(_), _) => return Ok(()),
                // A deleted neighbour in use stays for a while, as failed.
                (Filter::Neigh(filter), _) => filter.states = filter.states.map(|s| s.without(NUD_FAILED)),
                (Filter::Route(_), _) if began.elapsed() > PATIENCE => {
                    let text =
                        format!("*** Flush not completed after {PATIENCE:?}, {count} entries remain ***");
                    return Err(Failure::Other(FAILED, text));
                }
                _ => {}
            }
            let limited = show.object != Object::Route && self.options.loops != 0;
            if limited && rounds >= self.options.loops {
                // `ip` gives 255 for both.
                let text = format!("*** Flush remains incomplete after {rounds} rounds. ***");
                return Err(Failure::Other(255, text));
            }
        }
    }

    /// What is there to be deleted.
    fn round(&mut self, show: &Show) -> Result<Round, Failure> {
        let mut requests = Vec::new();
        // Links were asked for to be printed with their addresses, if at all.
        let Some(ask) = show.asks.last() else { return Ok(Round { requests }) };
        // `ip` gives 2 where a table of routes cannot be read.
        let status = if show.object == Object::Route { REFUSED } else { FAILED };
        let (table, _) = self.host.read(ask).map_err(|e| Failure::Kernel(e, status))?;
        if self.options.stats >= 2 || matches!(&show.filter, Filter::Addr(filter) if filter.label.is_some()) {
            self.host.know_links().map_err(|e| Failure::Kernel(e, FAILED))?;
        }
        let cx = &self.host.cx;
        let kind = match show.object {
            Object::Link | Object::Addr => RTM_DELADDR,
            Object::Route => RTM_DELROUTE,
            Object::Rule => RTM_DELRULE,
            Object::Neigh => RTM_DELNEIGH,
        };
        let doomed = |message: &Message<'_>| {
            let made_by = |wanted: u8, rule: Rule<'_>| rule.protocol().is_none_or(|proto| proto.0 == wanted);
            let admitted = match (&show.filter, Addr::new(message.payload())) {
                (Filter::Rule(RuleFilter { protocol: Some(wanted), .. }), _)
                    if Rule::new(message.payload()).is_some_and(|rule| !made_by(*wanted, rule)) =>
                {
                    false
                }
                (Filter::Addr(filter), Some(addr)) => {
                    filter.admits_addr(*message, &cx.link_name(addr.header().ifa_index))
                }
                (filter, _) => filter.admits(*message),
            };
            admitted && can_go(show.object, *message)
        };
        for message in table.messages().filter(doomed) {
            let mut request = message.bytes().to_vec();
            // struct nlmsghdr: type and flags stand behind the length.
            let head = [kind.to_ne_bytes(), NLM_F_REQUEST.to_ne_bytes()].concat();
            if let Some(field) = request.get_mut(4..8) {
                field.copy_from_slice(&head);
            }
            requests.push(request);
        }
        if self.options.stats >= 2 && show.object != Object::Rule {
            let mut p = Printer::new(self.out, crate::show::Options { json: false, ..self.look });
            for message in table.messages().filter(doomed) {
                match &show.filter {
                    Filter::Route(filter) => {
                        route::print(&mut p, cx, message, &super::show::hidden(filter))?;
                    }
                    Filter::Neigh(filter) => {
                        neigh::print(&mut p, cx, message, filter.dev.is_some())?;
                    }
                    _ => addr::print(&mut p, cx, message)?,
                }
            }
            p.finish()?;
        }
        for complaint in &table.broken {
            self.complain(complaint);
        }
        Ok(Round { requests })
    }

    /// Deletes them with as few round trips as there can be. What somebody else deleted meanwhile is gone, too.
    fn delete(&mut self, show: &Show, round: Round) -> Result<(), Failure> {
        let mut refused = None;
        let status = match show.object {
            Object::Addr | Object::Link | Object::Rule => 255,
            Object::Route => REFUSED,
            Object::Neigh => FAILED,
        };
        let ended = self.host.execute_all(round.requests, &mut |_, result| {
            if let Err(error) = result
                && !is_gone(&error)
            {
                refused.get_or_insert(error);
            }
        });
        match ended.err().or(refused) {
            Some(error) => Err(Failure::Kernel(error, status)),
            None => Ok(()),
        }
    }

    fn flushed(&mut self, rounds: u32) -> Result<(), Failure> {
        match rounds {
            0 => self.say("Nothing to flush.\n"),
            1 => self.say("*** Flush is complete after 1 round ***\n"),
            _ => self.say(&format!("*** Flush is complete after {rounds} rounds ***\n")),
        }
    }

    /// Says how it goes, when statistics were asked for.
    fn say(&mut self, text: &str) -> Result<(), Failure> {
        if self.options.stats == 0 { Ok(()) } else { self.print(text) }
    }

    /// Writes a setting of the network namespace that is worked in.
    #[cfg(feature = "blocking")]
    fn write_setting(&self, file: &str, value: &str) -> Result<(), Failure> {
        let written = super::kernel::in_namespace(self.options, || Ok(std::fs::write(file, value)?));
        written.map_err(|e| match e {
            Error::Io(e) => {
                Failure::Other(FAILED, format!("Error: cannot write {file}: {}", super::failure::reason(&e)))
            }
            other => Failure::Kernel(other, FAILED),
        })
    }

    #[cfg(not(feature = "blocking"))]
    fn write_setting(&self, file: &str, _: &str) -> Result<(), Failure> {
        Err(Failure::Other(
            FAILED,
            format!("Error: {file} is not written without a real kernel (feature blocking)"),
        ))
    }

    /// Empties the cache of routes; whether that was all that was asked for. IPv6 has cached routes among the others.
    fn flush_cache(&mut self, family: AddressFamily) -> Result<bool, Failure> {
        if family == AF_INET6 {
            return Ok(false);
        }
        if self.options.sim.is_none() {
            self.write_setting(ROUTE_CACHE, "-1")?;
        }
        self.say("*** IPv4 routing cache is flushed.\n")?;
        Ok(family == AF_INET)
    }
}

/// Objects that a flush leaves alone although the filter admits them.
fn can_go(object: Object, message: Message<'_>) -> bool {
    match object {
        Object::Addr | Object::Link => Addr::new(message.payload()).is_some(),
        // The kernel keeps this one, and puts it back.
        Object::Route => Route::new(message.payload()).is_some_and(|route| {
            let header = route.header();
            !(header.rtm_family == AF_INET6
                && header.rtm_dst_len == 0
                && header.rtm_type == RTN_UNREACHABLE
                && route.priority() == Some(u32::MAX))
        }),
        // The rule for the local table has no preference in its message.
        Object::Rule => Rule::new(message.payload()).is_some_and(|rule| rule.priority().is_some()),
        Object::Neigh => true,
    }
}

/// Whether an error says that the object is not there: a primary address took its secondary ones with it, a route went
/// with its link.
fn is_gone(error: &Error) -> bool {
    let gone = [Errno::EADDRNOTAVAIL, Errno::ESRCH, Errno::ENOENT, Errno::ENODEV];
    error.errno().is_some_and(|errno| gone.contains(&errno))
}
