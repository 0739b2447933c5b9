//! Kernel objects as iproute2 prints them: text, brief, one line each, coloured, and JSON.
//!
//! Each object has a module with a `print` function that takes a message as the kernel sent it. Nothing here reads a
//! clock, a file or a socket: names, options and the links that indices stand for come in a [`Context`].

pub mod addr;
pub mod link;
pub mod linkinfo;
pub mod monitor;
pub mod neigh;
pub mod printer;
pub mod route;
pub mod rule;
mod value;

pub use printer::Printer;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::{fmt, io};

use netplumb_core::family::link::{IfFlags, Link, RTM_DELLINK, RTM_NEWLINK};
use netplumb_core::wire::Message;

use crate::names::{Names, Table};

/// What the user asked of the output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// JSON instead of text (`-j`).
    pub json: bool,
    /// JSON with one member a line (`-p`).
    pub pretty: bool,
    /// One line of text an object (`-o`).
    pub oneline: bool,
    /// A short table (`-br`).
    pub brief: bool,
    /// More about each object (`-d`).
    pub details: bool,
    /// How often statistics were asked for (`-s`, `-s -s`).
    pub stats: u8,
    /// Counters with a unit (`-h`).
    pub human: bool,
    /// Units of 1024 instead of 1000 (`-iec`).
    pub iec: bool,
    /// Numbers instead of names (`-N`).
    pub numeric: bool,
    /// The answer to a change, printed with its device (`-echo`).
    pub echo: bool,
    /// Colours (`-c`).
    pub palette: Palette,
}

/// Which colours are used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Palette {
    /// None.
    #[default]
    Off,
    /// Those for a light background.
    Light,
    /// Those for a dark background: the same, bold.
    Dark,
}

/// When the user wants colours (`-c=WHEN`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorWhen {
    /// Never.
    #[default]
    Never,
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
}

impl Palette {
    /// Decides on colours: `terminal` is whether the output is one, `no_color` the value of `NO_COLOR` (which counts
    /// when it is not empty, <https://no-color.org>), `colorfgbg` that of `COLORFGBG`, which tells the background.
    pub fn choose(when: ColorWhen, terminal: bool, no_color: Option<&str>, colorfgbg: Option<&str>) -> Self {
        let wanted = match when {
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && no_color.is_none_or(str::is_empty),
            ColorWhen::Always => true,
        };
        let background = colorfgbg.and_then(|text| text.rsplit(';').next());
        match (wanted, background) {
            (false, _) => Self::Off,
            (true, Some("0" | "1" | "2" | "3" | "4" | "5" | "6" | "8")) => Self::Dark,
            (true, _) => Self::Light,
        }
    }

    /// The escape sequences in front of and behind coloured text.
    pub fn codes(self, color: Color) -> (&'static str, &'static str) {
        let (light, dark) = match color {
            Color::None => return ("", ""),
            Color::IfName => ("\x1b[36m", "\x1b[1;36m"),
            Color::Mac => ("\x1b[33m", "\x1b[1;33m"),
            Color::Inet => ("\x1b[35m", "\x1b[1;35m"),
            Color::Inet6 => ("\x1b[34m", "\x1b[1;34m"),
            Color::Up => ("\x1b[32m", "\x1b[1;32m"),
            Color::Down => ("\x1b[31m", "\x1b[1;31m"),
        };
        match self {
            Self::Off => ("", ""),
            Self::Light => (light, "\x1b[0m"),
            Self::Dark => (dark, "\x1b[0m"),
        }
    }
}

/// What a colour stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    /// No colour.
    None,
    /// Name of a link.
    IfName,
    /// Link-layer address.
    Mac,
    /// IPv4 address.
    Inet,
    /// IPv6 address.
    Inet6,
    /// State up.
    Up,
    /// State down.
    Down,
}

/// Why an object could not be printed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The output failed.
    Io(io::Error),
    /// The message ends within its header.
    Short {
        /// What it should have been.
        what: &'static str,
        /// Bytes of its payload.
        have: usize,
    },
    /// The message is not of a type that this object has.
    Kind {
        /// The object.
        what: &'static str,
        /// `nlmsg_type`.
        kind: u16,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot write: {error}"),
            Self::Short { what, have } => {
                write!(f, "{what} message of {have} bytes is shorter than its header")
            }
            Self::Kind { what, kind } => write!(f, "message type {kind} is not a {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What is remembered of a link, to name it where only its index is given.
#[derive(Clone, Debug, Default)]
pub struct LinkEntry {
    /// Its name.
    pub name: String,
    /// Its hardware type (`ARPHRD_*`).
    pub kind: u16,
    /// Its flags (`IFF_*`).
    pub flags: u32,
    /// Length of its transmit queue, in packets: the kernel leaves it out when asked about one address family.
    pub txqlen: u32,
}

/// What printing needs to know besides the object.
#[derive(Clone, Debug)]
pub struct Context {
    /// Names of tables, protocols, scopes, realms and groups.
    pub names: Names,
    /// Links by index.
    pub links: HashMap<u32, LinkEntry>,
    /// Names of network namespaces by their id.
    pub netns: BTreeMap<i32, String>,
    /// Nexthop objects by id: the messages (`RTM_NEWNEXTHOP`) about those that routes with details refer to.
    pub nexthops: HashMap<u32, Vec<u8>>,
    /// Names of users by their id, for the owners of TUN devices.
    pub users: BTreeMap<u32, String>,
    /// Names of groups by their id.
    pub groups: BTreeMap<u32, String>,
    /// Names of protocols over IP, as in `/etc/protocols`; see [`read_protocols`](Self::read_protocols).
    pub protocols: BTreeMap<u8, String>,
    /// Ticks a second of the kernel's interface (`USER_HZ`), 100 on all common platforms.
    pub user_hz: u32,
    /// Numbers instead of names.
    pub numeric: bool,
}

impl Context {
    /// A context with these names, no links, and the usual ticks.
    pub fn new(names: Names, numeric: bool) -> Self {
        Self {
            names,
            links: HashMap::new(),
            netns: BTreeMap::new(),
            nexthops: HashMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            protocols: [(1, "icmp"), (6, "tcp"), (17, "udp"), (58, "ipv6-icmp"), (132, "sctp")]
                .map(|(number, name)| (number, name.to_owned()))
                .into(),
            user_hz: 100,
            numeric,
        }
    }

    /// Adds the protocols of `/etc/protocols`: a name and a number a line, `#` begins a comment. Other lines are left out.
    pub fn read_protocols(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            if let (Some(name), Some(Ok(number))) = (words.next(), words.next().map(str::parse)) {
                self.protocols.insert(number, name.to_owned());
            }
        }
    }

    /// Learns from a link message: remembers a new link, forgets a deleted one. Other messages change nothing.
    pub fn remember(&mut self, message: Message<'_>) {
        let Some(link) = Link::new(message.payload()) else { return };
        let Ok(index) = u32::try_from(link.header().ifi_index) else { return };
        match (message.kind(), link.ifname()) {
            (RTM_NEWLINK, Some(name)) => {
                let header = link.header();
                let (kind, flags) = (header.ifi_type.0, header.ifi_flags.0);
                let txqlen =
                    link.txqlen().unwrap_or_else(|| self.links.get(&index).map_or(0, |known| known.txqlen));
                let entry = LinkEntry { name: name.to_owned(), kind, flags, txqlen };
                self.links.insert(index, entry);
            }
            (RTM_DELLINK, _) => {
                self.links.remove(&index);
            }
            _ => {}
        }
    }

    /// The name of the link with this index; `if7` when it is not known, `*` for 0.
    pub fn link_name(&self, index: u32) -> Cow<'_, str> {
        match self.links.get(&index) {
            Some(link) => Cow::Borrowed(&link.name),
            None if index == 0 => Cow::Borrowed("*"),
            None => Cow::Owned(format!("if{index}")),
        }
    }

    /// Whether the link is up; an unknown one is not.
    pub fn link_is_up(&self, index: u32) -> bool {
        self.links
            .get(&index)
            .is_some_and(|link| IfFlags(link.flags).contains(netplumb_core::family::link::IFF_UP))
    }

    fn name_or<'a>(&'a self, table: &'a Table, value: u32, other: impl FnOnce() -> String) -> Cow<'a, str> {
        match table.name(value) {
            Some(name) if !self.numeric => Cow::Borrowed(name),
            _ => Cow::Owned(other()),
        }
    }

    /// Name of a routing table.
    pub fn table(&self, id: u32) -> Cow<'_, str> {
        self.name_or(&self.names.tables, id, || id.to_string())
    }

    /// Name of who made a route (`RTPROT_*`).
    pub fn proto(&self, id: u8) -> Cow<'_, str> {
        self.name_or(&self.names.protos, id.into(), || id.to_string())
    }

    /// Name of a scope (`RT_SCOPE_*`).
    pub fn scope(&self, id: u8) -> Cow<'_, str> {
        self.name_or(&self.names.scopes, id.into(), || id.to_string())
    }

    /// Name of a type-of-service byte.
    pub fn dsfield(&self, id: u8) -> Cow<'_, str> {
        self.name_or(&self.names.dsfields, id.into(), || format!("0x{id:02x}"))
    }

    /// Name of a realm.
    pub fn realm(&self, id: u32) -> Cow<'_, str> {
        self.name_or(&self.names.realms, id, || id.to_string())
    }

    /// Name of a protocol over IP.
    pub fn protocol(&self, id: u8) -> Cow<'_, str> {
        match self.protocols.get(&id) {
            Some(name) if !self.numeric => Cow::Borrowed(name),
            _ => Cow::Owned(format!("ipproto-{id}")),
        }
    }

    /// Name of a group of links.
    pub fn group(&self, id: u32) -> Cow<'_, str> {
        #[allow(clippy::cast_possible_wrap)]
        self.name_or(&self.names.groups, id, || (id as i32).to_string())
    }
}
