//! The words of tunnels, and what stands behind them, for usage texts and completion.

use super::super::takes::{Row, Takes};
use Takes::{Any, Link, Nothing, Of, Or};

const NUMBER: Takes = Any("NUMBER");
const ADDRESS: Takes = Any("ADDRESS");
const TTL: Takes = Or("NUMBER", &["inherit", "auto"]);
const INHERIT: Takes = Or("NUMBER", &["inherit"]);
const PORT: Takes = Or("PORT", &["auto"]);

/// What stands behind the words of vxlan and geneve; the others stand alone.
const NEW: &[Row] = &[
    ("id", NUMBER),
    ("vni", NUMBER),
    ("group", ADDRESS),
    ("remote", ADDRESS),
    ("local", ADDRESS),
    ("dev", Link),
    ("ttl", TTL),
    ("hoplimit", TTL),
    ("tos", INHERIT),
    ("dsfield", INHERIT),
    ("df", Of(&["unset", "set", "inherit"])),
    ("label", NUMBER),
    ("flowlabel", NUMBER),
    ("ageing", Or("SECONDS", &["none"])),
    ("maxaddress", Or("NUMBER", &["unlimited"])),
    ("port", Any("FIRST LAST")),
    ("srcport", Any("FIRST LAST")),
    ("dstport", Any("PORT")),
];

const ENDS: &[Row] = &[("remote", ADDRESS), ("local", ADDRESS), ("dev", Link)];

const MARK: &[Row] = &[("fwmark", NUMBER)];

const V4: &[Row] = &[
    ("ttl", INHERIT),
    ("tos", INHERIT),
    ("fwmark", NUMBER),
    ("pmtudisc", Nothing),
    ("nopmtudisc", Nothing),
    ("external", Nothing),
];

const V6: &[Row] = &[
    ("hoplimit", NUMBER),
    ("tclass", INHERIT),
    ("flowlabel", INHERIT),
    ("fwmark", INHERIT),
    ("dscp", Of(&["inherit"])),
    ("encaplimit", Or("NUMBER", &["none"])),
    ("allow-localremote", Nothing),
    ("noallow-localremote", Nothing),
    ("external", Nothing),
];

const ENCAP: &[Row] = &[
    ("encap", Of(&["fou", "gue", "none"])),
    ("noencap", Nothing),
    ("encap-sport", PORT),
    ("encap-dport", Any("PORT")),
    ("encap-csum", Nothing),
    ("noencap-csum", Nothing),
    ("encap-udp6-csum", Nothing),
    ("noencap-udp6-csum", Nothing),
    ("encap-remcsum", Nothing),
    ("noencap-remcsum", Nothing),
];

const KEYS: &[Row] = &[("key", Any("KEY")), ("ikey", Any("KEY")), ("okey", Any("KEY"))];

const GRE: &[Row] = &[
    ("nokey", Nothing),
    ("noikey", Nothing),
    ("nookey", Nothing),
    ("seq", Nothing),
    ("noseq", Nothing),
    ("iseq", Nothing),
    ("noiseq", Nothing),
    ("oseq", Nothing),
    ("nooseq", Nothing),
    ("csum", Nothing),
    ("nocsum", Nothing),
    ("icsum", Nothing),
    ("noicsum", Nothing),
    ("ocsum", Nothing),
    ("noocsum", Nothing),
];

const GRE4: &[Row] = &[("ignore-df", Nothing), ("noignore-df", Nothing)];

const ERSPAN: &[Row] = &[
    ("erspan_ver", Of(&["0", "1", "2"])),
    ("erspan", NUMBER),
    ("erspan_dir", Of(&["ingress", "egress"])),
    ("erspan_hwid", NUMBER),
];

const IPIP: &[Row] = &[("mode", Of(&["ipip", "mplsip", "any"]))];

const SIT: &[Row] = &[
    ("mode", Of(&["ip6ip", "ipip", "mplsip", "any"])),
    ("isatap", Nothing),
    ("6rd-prefix", Any("PREFIX")),
    ("6rd-relay_prefix", Any("PREFIX")),
    ("6rd-reset", Nothing),
];

const IP6TNL: &[Row] = &[("mode", Of(&["ip6ip6", "ipip6", "any"]))];

/// The words of the tunnels that are older than netlink.
const OLD: &[(&str, &[&[Row]])] = &[
    ("ipip", &[ENDS, V4, IPIP, ENCAP]),
    ("sit", &[ENDS, V4, SIT, ENCAP]),
    ("gre", &[ENDS, V4, KEYS, GRE, GRE4, ENCAP]),
    ("gretap", &[ENDS, V4, KEYS, GRE, GRE4, ENCAP]),
    ("erspan", &[ENDS, V4, KEYS, GRE, GRE4, ERSPAN, ENCAP]),
    ("ip6tnl", &[ENDS, V6, IP6TNL, ENCAP]),
    ("ip6gre", &[ENDS, V6, KEYS, GRE, ENCAP]),
    ("ip6gretap", &[ENDS, V6, KEYS, GRE, ENCAP]),
    ("ip6erspan", &[ENDS, V6, KEYS, GRE, ERSPAN, ENCAP]),
    ("vti", &[ENDS, MARK, KEYS]),
    ("vti6", &[ENDS, MARK, KEYS]),
];

/// The options of a tunnel that is older than netlink; of another kind none.
pub(super) fn old(name: &str) -> Vec<Row> {
    let lists = OLD.iter().find(|row| row.0 == name).map(|row| row.1);
    lists.unwrap_or_default().concat()
}

/// What stands behind a word of vxlan or geneve.
pub(super) fn new(word: &str) -> Takes {
    NEW.iter().find(|row| row.0 == word).map_or(Nothing, |row| row.1)
}
