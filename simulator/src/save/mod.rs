//! Worlds as text that a person can read and edit.
//!
//! ```
//! use netplumb_simulator::World;
//! let world = World::new(7);
//! let text = world.save();
//! assert!(text.starts_with("netplumb world 1\nclock 0\nseed "));
//! assert_eq!(World::load(&text).unwrap().save(), text);
//!
//! let error = World::load(&text.replace("IFLA_IFNAME", "IFLA_NAME")).unwrap_err();
//! assert_eq!(error.line, 5);
//! ```
//!
//! # The form
//!
//! ```text
//! netplumb world 1
//! clock 1500000000
//! seed 7
//! netns 0 next_index=3 link_generation=4 addr4_generation=2 addr6_generation=1
//! link {"type":"RTM_NEWLINK",…} + activated=1
//! addr {"type":"RTM_NEWADDR",…}
//! table 2 254
//! route {"type":"RTM_NEWROUTE",…}
//! rule {"type":"RTM_NEWRULE",…}
//! neigh {"type":"RTM_NEWNEIGH",…} + made=1 confirmed=1200000000
//! timer neigh netns=0 link=2 address=192.0.2.7 at=31500000000
//! ```
//!
//! The first line says what it is. Empty lines, and lines that begin with `#`, say nothing. `clock` is the virtual time in
//! nanoseconds, `seed` the state of the random numbers. Behind a `netns` line stand the objects of that namespace, a word and
//! the object as the message of a dump, in the form of [`netplumb_core::schema::json`]: sequence, port and flags of the message
//! do not matter and may be left out. Behind a `+` follows what messages do not say, as `key=value`. `table FAMILY NUMBER`
//! makes a routing table, for their order is that of their making. Order counts where it is state: addresses of a link, rules and routes of the same priority, timers of the same time.
//!
//! A link's line leaves out what is as it is in a new link of its kind, and what follows from other things: a link with a
//! name and a kind is a whole link. All attributes of a dump may stand there. Loading sets state and nothing else: nobody is
//! told, and no route or neighbour comes with an address that has none in the text.
//!
//! | word | keys behind `+` |
//! |---|---|
//! | `netns ID` | (without `+`) `next_index`, `link_generation`, `addr4_generation`, `addr6_generation`, `nsid=NETNS:ID`, `made_tables` (of rules, with commas), `custom_rules` (families whose rules were ever changed), `made_neighs`, `disable_ipv6`, `accept_dad`, `dad_transmits` |
//! | `link` | `dormant`, `address_set`, `mtu_set`, `activated`, `lower_netns` of `IFLA_LINK`, `whole_data` (`IFLA_INFO_DATA` has all rows), `inet4`, `inet6`, `inet6_ready`, `disable_ipv6`, `accept_dad`, `dad_transmits`, `addr_gen_mode`, `token` |
//! | `addr` | `dad_probes`, `created`, `updated`: nanoseconds since boot where `IFA_CACHEINFO` does not say enough; the lifetimes of `IFA_CACHEINFO` are those that were set |
//! | `route` | IPv4: `flags` of the request, `state`, `marks`, `hop_flags`, `hop_scopes`, `weights` of its nexthops, `source_gone`, `info_kind`, `info_table`, `info_priority` of what it shares with others; IPv6: `weights`, `reject`, `expires` (nanoseconds since boot), `marks` |
//! | `rule` | `flags` (of the kernel's own that the user set), `iif`, `oif`: index of the link where its name does not tell, 0 for none |
//! | `neigh` | `made`: number in the order of making, `confirmed`, `used`, `updated`: nanoseconds since boot, `reachable`: nanoseconds |
//! | `fdb` | `made`, `used`, `updated`, `user`: somebody asked for it, `fixed`: it does not age |
//!
//! Sockets, and faults that are to come, are not part of a world's text.

mod addr;
mod error;
mod fdb;
mod line;
mod link;
mod neigh;
mod netns;
mod route;
mod rule;
mod timer;

pub use error::{LoadError, LoadFault};

use crate::kernel::netns::Netns;
use crate::rng::Rng;
use crate::world::{NetnsId, World};
use line::{Line, Result};
use netplumb_core::Instant;
use std::fmt::Write as _;

const FIRST: &str = "netplumb world 1";

impl World {
    /// The world as text: see the [module](self) for its form.
    pub fn save(&self) -> String {
        let mut out = format!("{FIRST}\nclock {}\nseed {}\n", self.now.as_ns(), self.rng.state());
        for ns in self.netns.values() {
            netns::save(&mut out, ns);
            link::save(&mut out, ns);
            addr::save(&mut out, ns);
            route::save(&mut out, ns);
            rule::save(&mut out, ns);
            neigh::save(&mut out, ns);
            fdb::save(&mut out, ns);
        }
        for (at, timer) in self.timers.iter() {
            timer::save(&mut out, at, timer);
        }
        out
    }

    /// A world from its text. It has no sockets.
    ///
    /// # Errors
    /// [`LoadError`] with the line, when something cannot be understood, or when the whole could not be a world.
    pub fn load(text: &str) -> std::result::Result<Self, LoadError> {
        let mut lines = text.lines().zip(1..);
        let first = lines.find(|(line, _)| !is_silent(line));
        if first.is_none_or(|(line, _)| line.trim_end() != FIRST) {
            return Err(LoadError { line: first.map_or(1, |(_, at)| at), fault: LoadFault::NotAWorld });
        }
        let mut world = Self::new(0);
        world.netns.clear();
        let mut loader = Loader { world, netns: None, buffer: vec![0; 128 * 1024] };
        let mut last = 1;
        for (line, number) in lines {
            last = number;
            if !is_silent(line) {
                loader.line(line).map_err(|fault| LoadError { line: number, fault })?;
            }
        }
        let world = loader.world;
        // What programs open their sockets in.
        if !world.netns.contains_key(&NetnsId(0)) {
            return Err(LoadError { line: last, fault: LoadFault::Missing("the line of namespace 0") });
        }
        match world.check().into_iter().next() {
            Some(what) => Err(LoadError { line: last, fault: LoadFault::Inconsistent(what) }),
            None => Ok(world),
        }
    }
}

fn is_silent(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// A time since boot. What is far beyond any cannot be counted on from: what repeats itself would not end.
fn time(text: &str) -> Result<Instant> {
    let what = LoadFault::Value("a time in nanoseconds, up to 2^62");
    match text.parse() {
        Ok(ns) if ns <= 1 << 62 => Ok(Instant::from_ns(ns)),
        _ => Err(what),
    }
}

/// A world that is being loaded.
struct Loader {
    world: World,
    /// The namespace that objects belong to.
    netns: Option<NetnsId>,
    /// Room for messages.
    buffer: Vec<u8>,
}

impl Loader {
    fn line(&mut self, text: &str) -> Result<()> {
        let (word, rest) =
            text.trim().split_once(' ').ok_or(LoadFault::Missing("what belongs to the word"))?;
        let number = || rest.trim().parse::<u64>().map_err(|_| LoadFault::Value("a number"));
        match word {
            "clock" => self.world.now = time(rest.trim())?,
            "seed" => self.world.rng = Rng::new(number()?),
            "netns" => self.netns = Some(netns::restore(&mut self.world, rest)?),
            "timer" => timer::restore(&mut self.world, rest)?,
            "table" => route::restore_table(self.current()?, rest)?,
            "link" | "addr" | "route" | "rule" | "neigh" | "fdb" => self.object(word, rest)?,
            _ => return Err(LoadFault::UnknownWord),
        }
        Ok(())
    }

    /// The namespace that objects belong to.
    fn current(&mut self) -> Result<&mut Netns> {
        let id = self.netns.ok_or(LoadFault::Missing("the line of a namespace before it"))?;
        self.world.netns.get_mut(&id).ok_or(LoadFault::Missing("the namespace"))
    }

    fn object(&mut self, word: &str, rest: &str) -> Result<()> {
        let id = self.netns.ok_or(LoadFault::Missing("the line of a namespace before it"))?;
        let mut line = Line::read(rest, &mut self.buffer)?;
        let now = self.world.now;
        let Some(ns) = self.world.netns.get_mut(&id) else { return Ok(()) };
        match word {
            "link" => link::restore(ns, &mut line)?,
            "addr" => addr::restore(ns, &mut line)?,
            "route" => route::restore(ns, &mut line)?,
            "rule" => rule::restore(ns, &mut line)?,
            "fdb" => fdb::restore(ns, now, &mut line)?,
            _ => neigh::restore(ns, now, &mut line)?,
        }
        line.tail.finish()
    }
}

/// Appends ` + key=value`, with the `+` before the first.
struct TailWriter<'o> {
    out: &'o mut String,
    begun: bool,
}

impl<'o> TailWriter<'o> {
    fn new(out: &'o mut String) -> Self {
        Self { out, begun: false }
    }

    /// Puts the `+`, when it is not there.
    fn begin(&mut self) {
        if !self.begun {
            self.out.push_str(" +");
            self.begun = true;
        }
    }

    fn put(&mut self, key: &str, value: impl std::fmt::Display) {
        self.begin();
        // Writing to a string cannot fail.
        let _ = write!(self.out, " {key}={value}");
    }

    /// A key that is only there when its value is not the usual one.
    fn put_unless<T: std::fmt::Display + PartialEq>(&mut self, key: &str, value: T, usual: T) {
        if value != usual {
            self.put(key, value);
        }
    }

    fn finish(self) {
        self.out.push('\n');
    }
}
