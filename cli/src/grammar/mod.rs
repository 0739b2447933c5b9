//! The command line of iproute2 as a library: words in, requests out. Nothing here opens a socket.
//!
//! ```
//! use netplumb_cli::grammar::{Action, Resolver, parse};
//! use netplumb_cli::names::Names;
//!
//! struct OneLink(Names);
//! impl Resolver for OneLink {
//!     fn link_index(&mut self, name: &str) -> Option<u32> {
//!         (name == "eth0").then_some(2)
//!     }
//!     fn names(&self) -> &Names {
//!         &self.0
//!     }
//! }
//!
//! let mut links = OneLink(Names::builtin());
//! let command = parse(&["a", "a", "192.0.2.1/24", "dev", "eth0"], &mut links).unwrap();
//! let Action::Change(change) = command.action else { panic!() };
//! assert_eq!(change.message.len(), 40);
//! let usage = parse(&["link", "set", "eth9", "up"], &mut links).unwrap_err();
//! assert_eq!((usage.to_string().as_str(), usage.status()), ("Cannot find device \"eth9\"", 1));
//! ```
//!
//! Words may be abbreviated as iproute2 lets them: where two begin alike, the one it asks for first is meant. Errors are
//! one line each, with the exit status that iproute2 gives them.

mod addr;
mod args;
mod body;
mod complete;
mod filter;
pub mod help;
mod link;
mod monitor;
mod neigh;
mod options;
mod route;
mod rule;
mod takes;
mod uapi;
mod value;

pub use complete::{Completion, Shell, complete};
pub use filter::{AddrFilter, Filter, NeighFilter, RouteFilter, RuleFilter};
pub use options::{Color, Options, Sim};
pub use value::Prefix;

use crate::names::Names;
use args::{Args, choose};
use netplumb_core::conn::Expect;
use std::fmt;

/// What a command line needs to know of the machine it is for.
pub trait Resolver {
    /// The index of the link with this name or alternative name.
    fn link_index(&mut self, name: &str) -> Option<u32>;

    /// The index and routing table of the VRF with this name.
    fn vrf(&mut self, name: &str) -> Option<(u32, u32)> {
        let _ = name;
        None
    }

    /// The least and largest transmit rate that a virtual function of a link has now, for a command that sets one.
    fn vf_rates(&mut self, link: u32, vf: u32) -> Option<(u32, u32)> {
        let _ = (link, vf);
        None
    }

    /// A file descriptor of the network namespace with this name. It stays open until the request has been sent.
    fn netns(&mut self, name: &str) -> Option<i32> {
        let _ = name;
        None
    }

    /// The id that the network namespace with this name has in the one that is worked in.
    fn netns_id(&mut self, name: &str) -> Option<i32> {
        let _ = name;
        None
    }

    /// Takes in what whoever wrote the command line should know although it is carried out.
    fn warn(&mut self, text: &str) {
        let _ = text;
    }

    /// The words for numbers.
    fn names(&self) -> &Names;
}

/// A command line that could not be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Usage {
    text: String,
    status: u8,
}

impl Usage {
    /// An error with this text and exit status.
    pub fn new(status: u8, text: impl Into<String>) -> Self {
        Self { text: text.into(), status }
    }

    /// The exit status that iproute2 has for it.
    pub fn status(&self) -> u8 {
        self.status
    }

    pub(crate) fn incomplete() -> Self {
        Self::new(255, "Command line is not complete. Try option \"help\"")
    }

    /// An argument that is wrong, and why.
    pub(crate) fn invalid(argument: &str, why: impl fmt::Display) -> Self {
        Self::new(255, format!("Error: argument \"{argument}\" is wrong: {why}"))
    }

    pub(crate) fn duplicate(option: &str, second: &str) -> Self {
        Self::new(255, format!("Error: duplicate \"{option}\": \"{second}\" is the second value."))
    }

    /// A word that is not an option where the main argument has been given.
    pub(crate) fn garbage(main: &str, word: &str) -> Self {
        Self::new(255, format!("Error: either \"{main}\" is duplicate, or \"{word}\" is a garbage."))
    }

    /// A word behind a command of this program's own that has no use for it.
    pub(crate) fn surplus(command: &str, word: &str) -> Self {
        Self::new(1, format!("Error: \"{word}\" is one word too many, try \"netplumb {command} help\"."))
    }

    pub(crate) fn required(what: &str, status: u8) -> Self {
        Self::new(status, format!("Not enough information: \"{what}\" argument is required."))
    }

    pub(crate) fn unknown_command(object: &str, word: &str) -> Self {
        Self::new(255, format!("Command \"{word}\" is unknown, try \"netplumb {object} help\"."))
    }

    pub(crate) fn no_device(name: &str) -> Self {
        Self::new(1, format!("Cannot find device \"{name}\""))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Usage {}

/// A kind of object that commands are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Object {
    /// Network interfaces.
    Link,
    /// Their addresses.
    Addr,
    /// Routes.
    Route,
    /// Rules that choose a routing table.
    Rule,
    /// Neighbours.
    Neigh,
}

impl Object {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Link, Self::Addr, Self::Route, Self::Rule, Self::Neigh];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Addr => "address",
            Self::Route => "route",
            Self::Rule => "rule",
            Self::Neigh => "neigh",
        }
    }
}

/// A command line, understood.
#[derive(Clone, Debug)]
pub struct Command {
    /// How to print and where to work.
    pub options: Options,
    /// What to do.
    pub action: Action,
}

/// What a command line asks for.
#[derive(Clone, Debug)]
pub enum Action {
    /// To change something.
    Change(Change),
    /// To read objects and print them.
    Show(Show),
    /// To read objects and delete those that a filter admits.
    Flush(Show),
    /// To print changes as they happen.
    Monitor(Monitor),
    /// To print the words that may stand where these end, one a line. The last one is what is there of the word so far.
    Complete(Vec<String>),
    /// To print this text.
    Help(String),
    /// To say which version this is.
    Version,
    /// To carry out the commands of a file; `-` is the standard input.
    Batch(String),
    /// To print the tables of attributes: all, or those of a set, message, struct or constant.
    Schema(Option<String>),
    /// To show everything once.
    Tour,
}

/// A request that changes something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// What it is about.
    pub object: Object,
    /// The whole netlink message. Sequence number and port are filled in when it is sent, and `NLM_F_ACK` is added.
    pub message: Vec<u8>,
}

/// A request for objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ask {
    /// The whole netlink message; the flags that belong to `expect` are added when it is sent.
    pub message: Vec<u8>,
    /// Whether one object is asked for or all.
    pub expect: Expect,
}

/// Objects to read, in this order, and which of them to print (or delete).
#[derive(Clone, Debug)]
pub struct Show {
    /// What is printed.
    pub object: Object,
    /// The requests. For addresses links come first, unless only links are wanted.
    pub asks: Vec<Ask>,
    /// What the kernel does not sort out by itself.
    pub filter: Filter,
}

/// Changes to watch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Monitor {
    /// Of which objects.
    pub objects: Vec<Object>,
    /// Whether each change is marked with the kind of its object.
    pub label: bool,
    /// Only of this link and what belongs to it; rules belong to none.
    pub dev: Option<u32>,
}

/// Understands a whole command line, without the program's name.
///
/// # Errors
/// [`Usage`].
pub fn parse(words: &[&str], cx: &mut dyn Resolver) -> Result<Command, Usage> {
    let (options, rest) = Options::parse(words)?;
    let action = parse_command(&options, rest, cx)?;
    Ok(Command { options, action })
}

/// What the first word of a command stands for.
#[derive(Clone, Copy)]
enum First {
    Object(Object),
    Monitor,
    Help,
    /// A script that makes a shell complete command lines.
    Script,
    /// What that script asks.
    Complete,
    /// The tables of attributes.
    Schema,
    /// Everything, shown once.
    Tour,
    /// Something iproute2 has and this program does not.
    Absent,
}

/// The objects in the order in which iproute2 asks for them, so that abbreviations mean the same.
const FIRST: &[(&str, First)] = &[
    ("address", First::Object(Object::Addr)),
    ("addrlabel", First::Absent),
    ("maddress", First::Absent),
    ("route", First::Object(Object::Route)),
    ("rule", First::Object(Object::Rule)),
    ("neighbor", First::Object(Object::Neigh)),
    ("neighbour", First::Object(Object::Neigh)),
    ("ntable", First::Absent),
    ("ntbl", First::Absent),
    ("link", First::Object(Object::Link)),
    ("l2tp", First::Absent),
    ("fou", First::Absent),
    ("ila", First::Absent),
    ("macsec", First::Absent),
    ("tunnel", First::Absent),
    ("tunl", First::Absent),
    ("tuntap", First::Absent),
    ("tap", First::Absent),
    ("token", First::Absent),
    ("tcpmetrics", First::Absent),
    ("monitor", First::Monitor),
    ("xfrm", First::Absent),
    ("mroute", First::Absent),
    ("mrule", First::Absent),
    ("netns", First::Absent),
    ("netconf", First::Absent),
    ("vrf", First::Absent),
    ("sr", First::Absent),
    ("nexthop", First::Absent),
    ("mptcp", First::Absent),
    ("ioam", First::Absent),
    ("help", First::Help),
    ("stats", First::Absent),
    ("amt", First::Absent),
    ("=completions", First::Script),
    ("=complete", First::Complete),
    ("=schema", First::Schema),
    ("=tour", First::Tour),
];

/// Understands a command behind its options: the words of a batch file, for instance.
///
/// # Errors
/// [`Usage`].
pub fn parse_command(options: &Options, words: &[&str], cx: &mut dyn Resolver) -> Result<Action, Usage> {
    if options.help {
        return Ok(Action::Help(help::program()));
    }
    if options.version {
        return Ok(Action::Version);
    }
    if let Some(file) = &options.batch {
        return Ok(Action::Batch(file.clone()));
    }
    let mut args = Args::new(words);
    let Some(word) = args.next() else {
        return Err(Usage::new(
            255,
            "Nothing to do: netplumb [ OPTIONS ] OBJECT { COMMAND | help }, try \"netplumb help\".",
        ));
    };
    let first = choose(word, FIRST)
        .ok_or_else(|| Usage::new(1, format!("Object \"{word}\" is unknown, try \"netplumb help\".")))?;
    if words.contains(&"--help") && !matches!(first, First::Complete) {
        match first {
            First::Object(object) => return Ok(Action::Help(help::object(object))),
            First::Monitor => return Ok(Action::Help(help::monitor())),
            First::Script => return Ok(Action::Help(help::completions())),
            First::Schema => return Ok(Action::Help(help::schema())),
            First::Tour => return Ok(Action::Help(help::tour())),
            First::Complete | First::Help | First::Absent => {}
        }
    }
    let mut p = Parse { options, cx };
    match first {
        First::Object(Object::Link) => link::parse(&mut p, &mut args),
        First::Object(Object::Addr) => addr::parse(&mut p, &mut args),
        First::Object(Object::Route) => route::parse(&mut p, &mut args),
        First::Object(Object::Rule) => rule::parse(&mut p, &mut args),
        First::Object(Object::Neigh) => neigh::parse(&mut p, &mut args),
        First::Monitor => monitor::parse(&mut p, &mut args),
        First::Script => complete::script(&mut args),
        First::Complete => Ok(complete::words(&mut args)),
        First::Schema => {
            let what = args.next();
            own("schema", what, &mut args, help::schema(), Action::Schema(what.map(str::to_owned)))
        }
        First::Tour => {
            let word = args.peek().filter(|word| *word == "help");
            own("tour", word.and_then(|_| args.next()), &mut args, help::tour(), Action::Tour)
        }
        First::Help => Ok(Action::Help(match args.next().and_then(|word| choose(word, FIRST)) {
            Some(First::Object(object)) => help::object(object),
            Some(First::Monitor) => help::monitor(),
            _ => help::program(),
        })),
        First::Absent => {
            Err(Usage::new(1, format!("Object \"{word}\" of iproute2 is not available in netplumb yet.")))
        }
    }
}

/// A command of this program's own, behind which nothing is left but `word`, which may ask for help.
fn own(
    command: &str,
    word: Option<&str>,
    args: &mut Args<'_>,
    help: String,
    action: Action,
) -> Result<Action, Usage> {
    match (word, args.next()) {
        (_, Some(more)) => Err(Usage::surplus(command, more)),
        (Some("help"), None) => Ok(Action::Help(help)),
        (_, None) => Ok(action),
    }
}

/// What every part of the grammar has at hand.
struct Parse<'p> {
    options: &'p Options,
    cx: &'p mut dyn Resolver,
}

impl Parse<'_> {
    /// The index of a link that has to exist. A link that has no name yet is `if` and its index, as in iproute2.
    fn link(&mut self, name: &str) -> Result<u32, Usage> {
        self.link_or_none(name).ok_or_else(|| Usage::no_device(name))
    }

    fn link_or_none(&mut self, name: &str) -> Option<u32> {
        self.cx.link_index(name).or_else(|| name.strip_prefix("if").and_then(|index| index.parse().ok()))
    }

    fn names(&self) -> &Names {
        self.cx.names()
    }
}

/// Checks what a new link may be called: 1 to 15 bytes, no slash, no white space.
fn check_link_name(name: &str) -> Result<(), Usage> {
    let fits =
        (1..16).contains(&name.len()) && !name.contains(['/', ':']) && !name.contains(char::is_whitespace);
    if fits && !matches!(name, "." | "..") { Ok(()) } else { Err(Usage::invalid(name, "not a valid ifname")) }
}
