//! What stands behind the words of the tables that command lines are read by: for usage texts and for completion.

use super::Object;

/// What an option is followed by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Takes {
    Nothing,
    /// The name of a link.
    Link,
    /// The name of a kind of links.
    Kind,
    /// One of these words.
    Of(&'static [&'static str]),
    /// One of the words of such a table.
    Rows(&'static [(&'static str, u32)]),
    /// A number from the first to the last.
    Range(u64, u64),
    /// Something of which a usage text can only say what it is.
    Any(&'static str),
    /// The same, or one of these words.
    Or(&'static str, &'static [&'static str]),
}

use Takes::{Any, Kind, Link, Nothing, Of, Or};

/// A word and what it is followed by.
pub(super) type Row = (&'static str, Takes);

impl Takes {
    /// The words that may stand there, but for names of links and kinds.
    pub(super) fn words(self) -> Vec<&'static str> {
        match self {
            Self::Of(words) | Self::Or(_, words) => words.to_vec(),
            Self::Rows(rows) => rows.iter().map(|row| row.0.trim_start_matches('=')).collect(),
            _ => Vec::new(),
        }
    }

    /// As usage texts write it, behind `word`.
    pub(super) fn usage(self, word: &str) -> String {
        let mut choices = self.words();
        match self {
            Self::Nothing => return word.to_owned(),
            Self::Range(first, last) => return format!("{word} {first}-{last}"),
            Self::Link => choices.push("DEVICE"),
            Self::Kind => choices.push("KIND"),
            Self::Any(name) => choices.push(name),
            Self::Or(name, _) => choices.insert(0, name),
            Self::Of(_) | Self::Rows(_) => {}
        }
        match choices[..] {
            [only] => format!("{word} {only}"),
            _ => format!("{word} {{ {} }}", choices.join(" | ")),
        }
    }
}

pub(super) const ON_OFF: Takes = Of(&["on", "off"]);
const NUMBER: Takes = Any("NUMBER");
const ADDRESS: Takes = Any("ADDRESS");
const LLADDR: Takes = Any("LLADDR");
const NAME: Takes = Any("NAME");
const PREFIX: Takes = Or("PREFIX", &["default"]);
const TOS: Takes = Any("TOS");
const TIME: Takes = Any("TIME");
const SWITCH: Takes = Of(&["0", "1"]);
const SCOPE: Takes = Or("NUMBER", &["global", "site", "link", "host", "nowhere"]);
const SCOPE_OR_ALL: Takes = Or("NUMBER", &["global", "site", "link", "host", "nowhere", "all"]);
const TABLE: Takes = Or("TABLE", &["main", "local", "default"]);
const TABLE_OR_ALL: Takes = Or("TABLE", &["main", "local", "default", "all", "cache"]);
const PROTOCOL: Takes = Or("PROTOCOL", PROTOCOLS);
const PROTOCOLS: &[&str] = &["kernel", "boot", "static", "redirect", "ra", "dhcp"];
const IP_PROTOCOL: Takes = Or("NUMBER", &["tcp", "udp", "icmp", "ipv6-icmp"]);
const XDP: Takes = Of(&["off"]);
const SECONDS: Takes = Or("SECONDS", &["forever"]);
const ROUTE_TYPES: &[&str] = &[
    "unicast",
    "local",
    "broadcast",
    "brd",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "nat",
    "xresolve",
];
const NUD: &[&str] =
    &["permanent", "reachable", "noarp", "none", "stale", "incomplete", "delay", "probe", "failed"];
const NUD_OR_ALL: &[&str] =
    &["permanent", "reachable", "noarp", "none", "stale", "incomplete", "delay", "probe", "failed", "all"];

const LINK: &[Row] = &[
    ("dev", Link),
    ("name", NAME),
    ("index", NUMBER),
    ("link", Link),
    ("address", LLADDR),
    ("broadcast", LLADDR),
    ("brd", LLADDR),
    ("txqueuelen", NUMBER),
    ("qlen", NUMBER),
    ("txqlen", NUMBER),
    ("mtu", NUMBER),
    ("xdpgeneric", XDP),
    ("xdpdrv", XDP),
    ("xdpoffload", XDP),
    ("xdp", XDP),
    ("netns", Any("NAME|PID")),
    ("multicast", ON_OFF),
    ("allmulticast", ON_OFF),
    ("promisc", ON_OFF),
    ("trailers", ON_OFF),
    ("arp", ON_OFF),
    ("carrier", ON_OFF),
    ("vf", NUMBER),
    ("master", Link),
    ("vrf", Link),
    ("dynamic", ON_OFF),
    ("type", Kind),
    ("alias", Any("TEXT")),
    ("group", Or("GROUP", &["default"])),
    ("mode", Of(&["default", "dormant"])),
    ("state", Of(&["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"])),
    ("numtxqueues", NUMBER),
    ("numrxqueues", NUMBER),
    ("addrgenmode", Of(&["eui64", "none", "stable_secret", "random"])),
    ("link-netns", NAME),
    ("link-netnsid", NUMBER),
    ("protodown", ON_OFF),
    ("protodown_reason", Any("REASON { on | off }")),
    ("gso_max_size", NUMBER),
    ("gso_max_segs", NUMBER),
    ("gro_max_size", NUMBER),
    ("parentdev", NAME),
];

/// What links and addresses are chosen by.
const CHOSEN: &[Row] = &[
    ("dev", Link),
    ("type", Kind),
    ("master", Link),
    ("vrf", Link),
    ("group", Or("GROUP", &["default"])),
    ("to", PREFIX),
    ("scope", SCOPE_OR_ALL),
    ("label", Any("PATTERN")),
];

const ADDR: &[Row] = &[
    ("broadcast", Or("ADDRESS", &["+", "-"])),
    ("brd", Or("ADDRESS", &["+", "-"])),
    ("peer", Any("PREFIX")),
    ("remote", Any("PREFIX")),
    ("anycast", ADDRESS),
    ("scope", SCOPE),
    ("dev", Link),
    ("label", NAME),
    ("metric", NUMBER),
    ("priority", NUMBER),
    ("preference", NUMBER),
    ("valid_lft", SECONDS),
    ("preferred_lft", SECONDS),
    ("local", Any("PREFIX")),
];

const ROUTE: &[Row] = &[
    ("to", PREFIX),
    ("src", ADDRESS),
    ("as", ADDRESS),
    ("via", Or("ADDRESS", &["inet", "inet6"])),
    ("from", PREFIX),
    ("tos", TOS),
    ("dsfield", TOS),
    ("expires", Any("SECONDS")),
    ("metric", NUMBER),
    ("priority", NUMBER),
    ("preference", NUMBER),
    ("scope", SCOPE),
    ("protocol", PROTOCOL),
    ("proto", PROTOCOL),
    ("table", TABLE),
    ("vrf", Link),
    ("dev", Link),
    ("oif", Link),
    ("iif", Link),
    ("pref", Of(&["low", "medium", "high"])),
    ("ttl-propagate", Of(&["enabled", "disabled"])),
    ("nhid", NUMBER),
    ("realms", Any("REALM")),
    ("weight", NUMBER),
    ("encap", Of(&["mpls", "ip", "ip6", "seg6"])),
    ("mark", NUMBER),
    ("uid", NUMBER),
    ("ipproto", IP_PROTOCOL),
    ("sport", NUMBER),
    ("dport", NUMBER),
    ("mtu", NUMBER),
    ("hoplimit", NUMBER),
    ("advmss", NUMBER),
    ("reordering", NUMBER),
    ("rtt", TIME),
    ("rto_min", TIME),
    ("window", NUMBER),
    ("cwnd", NUMBER),
    ("initcwnd", NUMBER),
    ("initrwnd", NUMBER),
    ("features", Of(&["ecn"])),
    ("quickack", SWITCH),
    ("congctl", NAME),
    ("rttvar", TIME),
    ("ssthresh", NUMBER),
    ("fastopen_no_cookie", SWITCH),
];

/// What routes are chosen by.
const ROUTE_CHOSEN: &[Row] = &[
    ("to", Or("PREFIX", &["default", "root", "match", "exact"])),
    ("table", TABLE_OR_ALL),
    ("vrf", Link),
    ("tos", TOS),
    ("dsfield", TOS),
    ("metric", NUMBER),
    ("priority", NUMBER),
    ("preference", NUMBER),
    ("proto", PROTOCOL),
    ("protocol", PROTOCOL),
    ("scope", SCOPE_OR_ALL),
    ("type", Of(ROUTE_TYPES)),
    ("dev", Link),
    ("oif", Link),
    ("iif", Link),
    ("via", Or("PREFIX", &["inet", "inet6"])),
    ("src", Any("PREFIX")),
    ("realms", Any("REALM")),
    ("from", PREFIX),
];

const RULE: &[Row] = &[
    ("from", PREFIX),
    ("to", PREFIX),
    ("preference", NUMBER),
    ("order", NUMBER),
    ("priority", NUMBER),
    ("tos", TOS),
    ("dsfield", TOS),
    ("fwmark", Any("MARK[/MASK]")),
    ("realms", Any("REALM")),
    ("protocol", PROTOCOL),
    ("tun_id", NUMBER),
    ("table", TABLE),
    ("lookup", TABLE),
    ("suppress_prefixlength", NUMBER),
    ("sup_pl", NUMBER),
    ("suppress_ifgroup", Or("GROUP", &["default"])),
    ("sup_group", Or("GROUP", &["default"])),
    ("dev", Link),
    ("iif", Link),
    ("oif", Link),
    ("uidrange", Any("FIRST-LAST")),
    ("ipproto", IP_PROTOCOL),
    ("sport", Any("PORT[-LAST]")),
    ("dport", Any("PORT[-LAST]")),
    ("nat", ADDRESS),
    ("map-to", ADDRESS),
    ("type", Of(&["unicast", "nop", "blackhole", "unreachable", "prohibit"])),
    ("goto", NUMBER),
];

/// What rules say and are not chosen by.
const RULE_NOT_CHOSEN: &[&str] = &[
    "realms",
    "suppress_prefixlength",
    "sup_pl",
    "suppress_ifgroup",
    "sup_group",
    "nat",
    "map-to",
    "type",
    "goto",
];

const NEIGH: &[Row] = &[
    ("lladdr", LLADDR),
    ("nud", Of(NUD)),
    ("proxy", ADDRESS),
    ("dev", Link),
    ("protocol", PROTOCOL),
    ("to", ADDRESS),
];

/// What neighbours are chosen by.
const NEIGH_CHOSEN: &[Row] = &[
    ("dev", Link),
    ("master", Link),
    ("vrf", Link),
    ("nud", Of(NUD_OR_ALL)),
    ("protocol", PROTOCOL),
    ("to", PREFIX),
];

/// Whether a verb chooses among objects instead of describing one. `link s` is `set`.
pub(super) fn chooses(object: Object, verb: &str) -> bool {
    let set = object == Object::Link && verb == "s";
    !set && ["show", "list", "lst", "flush"].iter().any(|full| full.starts_with(verb))
}

/// Whether a word is a type of routes, behind which the destination stands.
pub(super) fn is_route_type(word: &str) -> bool {
    ROUTE_TYPES.contains(&word)
}

/// Whether a word of an object's table means something behind this verb.
pub(super) fn is_read(object: Object, verb: &str, word: &str) -> bool {
    object != Object::Rule || !chooses(object, verb) || !RULE_NOT_CHOSEN.contains(&word)
}

/// What stands behind a word of a command; words without a row stand alone.
pub(super) fn behind(object: Object, verb: &str, word: &str) -> Takes {
    let rows = match (object, chooses(object, verb)) {
        (Object::Link | Object::Addr, true) => CHOSEN,
        (Object::Link, false) => LINK,
        (Object::Addr, false) => ADDR,
        (Object::Route, true) => ROUTE_CHOSEN,
        (Object::Route, false) => ROUTE,
        (Object::Rule, _) => RULE,
        (Object::Neigh, true) => NEIGH_CHOSEN,
        (Object::Neigh, false) => NEIGH,
    };
    match rows.iter().find(|row| row.0 == word) {
        Some(row) => row.1,
        None if object == Object::Route && !chooses(object, verb) && is_route_type(word) => PREFIX,
        None => Nothing,
    }
}
