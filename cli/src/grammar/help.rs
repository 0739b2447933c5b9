//! What `help` prints.

use super::Object;
use super::complete::verbs;
use super::link::{kind_names, options_of};
use super::takes::{self, Takes};

const OPTIONS: &str = "\
Options come first: -4 -6 -0 -B -M -f FAMILY   family
                    -j -p -d -s -o -br -h -N   how to print
                    -c[=WHEN] -t -ts -l N      colours, times of changes, rounds of a flush
                    -n NAME                    work in a network namespace
                    -b FILE, -force            commands of a file, going on after errors
                    --sim [FILE]               work on a simulated kernel, without root
";

/// The program's help.
pub fn program() -> String {
    format!(
        "Usage: netplumb [ OPTIONS ] OBJECT {{ COMMAND | help }}\n       netplumb [ -force ] -batch FILE\n       \
         netplumb completions {{ bash | zsh | fish }}\n       \
         netplumb schema [ SET | MESSAGE | CONSTANT ]\n       \
         netplumb tour\n\
         where  OBJECT := {{ link | address | route | rule | neigh | monitor }}\n{OPTIONS}\
         The grammar is iproute2's: netplumb a s dev eth0\n"
    )
}

/// What the help of an object consists of.
struct Page {
    usages: &'static [&'static str],
    /// Lists of words: what usages call each, and a verb behind which they stand.
    lists: &'static [(&'static str, &'static str)],
    /// What the lists do not say.
    more: &'static [(&'static str, &'static str)],
    examples: &'static [&'static str],
}

const LINK: Page = Page {
    usages: &[
        "link { add | replace } [ [ name ] NAME ] OPTION... type KIND [ KIND-OPTION... ]",
        "link set { DEVICE | group GROUP } OPTION... [ type KIND KIND-OPTION... ]",
        "link del { DEVICE | group GROUP }",
        "link show [ DEVICE ] SELECTOR...",
        "link property { add | del } [ dev ] DEVICE altname NAME...",
        "link help [ KIND ]",
    ],
    lists: &[("OPTION", "set"), ("SELECTOR", "show")],
    more: &[],
    examples: &[
        "link add br0 type bridge vlan_filtering 1",
        "link add veth0 type veth peer name veth1",
        "link set veth0 master br0 mtu 1400 up",
        "-d -j link show type bridge",
    ],
};

const ADDR: Page = Page {
    usages: &[
        "address { add | change | replace | del } [ local ] PREFIX OPTION... dev DEVICE",
        "address { show | flush } [ DEVICE ] SELECTOR...",
    ],
    lists: &[("OPTION", "add"), ("SELECTOR", "show")],
    more: &[],
    examples: &[
        "address add 192.0.2.1/24 brd + dev eth0",
        "address add 2001:db8::1/64 dev eth0 preferred_lft 600 valid_lft 3600",
        "-4 -br address show up",
    ],
};

const ROUTE: Page = Page {
    usages: &[
        "route { add | change | replace | append | prepend | del } [ TYPE ] PREFIX OPTION...",
        "route { add | ... } [ TYPE ] PREFIX OPTION... [ ENCAP ] [ onlink ] [ NEXTHOP... ]",
        "route { show | flush } [ PREFIX ] SELECTOR...",
        "route get ADDRESS KEY...",
    ],
    lists: &[("OPTION", "add"), ("SELECTOR", "show"), ("KEY", "get")],
    more: &[
        (
            "NEXTHOP",
            "nexthop [ via [ inet | inet6 ] ADDRESS ] [ dev DEVICE ] [ weight 1-256 ] [ ENCAP ] [ onlink ]",
        ),
        ("ENCAP", "encap { mpls LABELS | { ip | ip6 } id ID dst ADDRESS | seg6 mode MODE segs SEGMENTS }"),
    ],
    examples: &[
        "route add default via 192.0.2.254 metric 100",
        "route add 198.51.100.0/24 nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.2",
        "route get 198.51.100.7",
        "-6 -j route show table all",
    ],
};

const RULE: Page = Page {
    usages: &["rule { add | del } OPTION... [ TYPE ]", "rule { show | flush } SELECTOR..."],
    lists: &[("OPTION", "add"), ("SELECTOR", "show")],
    more: &[("TYPE", "{ unicast | nop | blackhole | unreachable | prohibit }")],
    examples: &[
        "rule add from 192.0.2.0/24 table 100 priority 1000",
        "rule add fwmark 0x1/0xff prohibit",
        "rule show table 100",
    ],
};

const NEIGH: Page = Page {
    usages: &[
        "neigh { add | change | replace | del } [ to ] ADDRESS OPTION... dev DEVICE",
        "neigh { show | flush } [ PREFIX ] SELECTOR...",
        "neigh get ADDRESS dev DEVICE",
    ],
    lists: &[("OPTION", "add"), ("SELECTOR", "show")],
    more: &[],
    examples: &[
        "neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0",
        "neigh show nud reachable",
        "neigh flush dev eth0",
    ],
};

/// The help of an object, with examples. Its lists are the words that command lines are read by.
pub fn object(object: Object) -> String {
    let page = match object {
        Object::Link => &LINK,
        Object::Addr => &ADDR,
        Object::Route => &ROUTE,
        Object::Rule => &RULE,
        Object::Neigh => &NEIGH,
    };
    let mut text = String::new();
    for (n, usage) in page.usages.iter().enumerate() {
        text.push_str(&format!("{}netplumb {usage}\n", if n == 0 { "Usage: " } else { "       " }));
    }
    for (name, verb) in page.lists {
        let listed = |word: &&str| {
            !(matches!(*word, "help" | "nexthop") || object == Object::Route && takes::is_route_type(word))
        };
        let words = verbs(object, Some(verb)).into_iter().filter(listed);
        let options = words.map(|word| option(word, takes::behind(object, verb, word)));
        wrap(&mut text, &format!("{name} := "), &options.collect::<Vec<_>>().join(" "));
    }
    if object == Object::Link {
        wrap(&mut text, "KIND := ", &format!("{{ {} }}", kind_names().join(" | ")));
    }
    for (name, what) in page.more {
        wrap(&mut text, &format!("{name} := "), what);
    }
    text.push_str("Examples:\n");
    for example in page.examples {
        text.push_str(&format!("       netplumb {example}\n"));
    }
    text
}

/// An option as usage texts write it.
fn option(word: &str, takes: Takes) -> String {
    format!("[ {} ]", takes.usage(word))
}

/// Adds a text on as many lines as it needs, each behind the first under its begin. What stands in brackets is kept
/// together, unless it is long.
fn wrap(text: &mut String, begin: &str, what: &str) {
    const WIDTH: usize = 100;
    const LONG: usize = 70;
    let mut parts: Vec<String> = Vec::new();
    let (mut depth, mut open) = (0_usize, String::new());
    for word in what.split(' ') {
        match word {
            "[" | "{" => depth += 1,
            "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        open.push_str(word);
        if depth == 0 || open.len() > LONG && word == "|" {
            parts.push(std::mem::take(&mut open));
        } else {
            open.push(' ');
        }
    }
    let mut line = begin.to_owned();
    for part in parts {
        if line.len() + part.len() > WIDTH && line.len() > begin.len() {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(begin.len());
        }
        line.push_str(&part);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// The help of `monitor`.
pub fn monitor() -> String {
    "Usage: netplumb monitor [ all | LISTofOBJECTS ] [ label ] [ dev DEVICE ]\n\
     where  LISTofOBJECTS := { link | address | route | rule | neigh } ...\n\
     \x20      netplumb -ts monitor link address\n\
     \x20      netplumb -6 monitor route label\n\
     \x20      netplumb -j monitor dev eth0        one JSON object a line, \"event\" says of what\n"
        .to_owned()
}

/// The help of `schema`.
pub fn schema() -> String {
    "Usage: netplumb [ -j ] schema [ SET | MESSAGE | STRUCT | CONSTANT | OBJECT ]\n       netplumb schema\n       \
     netplumb schema link.bridge\n       netplumb schema RTM_NEWROUTE\n       netplumb -j schema IFLA_MTU\n"
        .to_owned()
}

/// The help of `tour`.
pub fn tour() -> String {
    "Usage: netplumb tour\n       Looks at this machine, then builds, changes and breaks a router on a simulated kernel.\n"
        .to_owned()
}

/// The help of `completions`.
pub fn completions() -> String {
    "Usage: netplumb completions { bash | zsh | fish }\n\
     \x20      eval \"$(netplumb completions bash)\"\n\
     \x20      netplumb completions zsh > ~/.zfunc/_netplumb\n\
     \x20      netplumb completions fish > ~/.config/fish/completions/netplumb.fish\n"
        .to_owned()
}

/// An example of a new link of each kind that needs more than its name.
const KIND_EXAMPLES: &[(&str, &str)] = &[
    ("bridge", "link add br0 type bridge vlan_filtering 1"),
    ("bridge_slave", "link set eth0 type bridge_slave isolated on"),
    ("bond", "link add bond0 type bond mode 802.3ad miimon 100"),
    ("bond_slave", "link set eth0 type bond_slave queue_id 1"),
    ("vlan", "link add link eth0 name eth0.5 type vlan id 5"),
    ("macvlan", "link add link eth0 name mv0 type macvlan mode bridge"),
    ("macvtap", "link add link eth0 name mt0 type macvtap mode bridge"),
    ("ipvlan", "link add link eth0 name iv0 type ipvlan mode l3"),
    ("ipvtap", "link add link eth0 name it0 type ipvtap mode l3"),
    ("vrf", "link add blue type vrf table 100"),
    ("vrf_slave", "link show type vrf_slave"),
    ("hsr", "link add hsr0 type hsr slave1 eth0 slave2 eth1"),
    ("xfrm", "link add xfrm0 type xfrm dev eth0 if_id 7"),
    ("veth", "link add veth0 type veth peer name veth1"),
    ("vxcan", "link add vxcan0 type vxcan peer name vxcan1"),
    ("vxlan", "link add vx0 type vxlan id 42 remote 192.0.2.2 dstport 4789"),
    ("geneve", "link add gnv0 type geneve id 42 remote 192.0.2.2"),
    ("ipip", "link add tun0 type ipip remote 192.0.2.2 local 192.0.2.1"),
    ("sit", "link add sit1 type sit remote 192.0.2.2 local 192.0.2.1"),
    ("gre", "link add gre1 type gre remote 192.0.2.2 local 192.0.2.1 key 7"),
    ("gretap", "link add tap1 type gretap remote 192.0.2.2 local 192.0.2.1"),
    ("erspan", "link add er0 type erspan remote 192.0.2.2 local 192.0.2.1 seq key 7 erspan_ver 1 erspan 5"),
    ("ip6tnl", "link add tun6 type ip6tnl remote 2001:db8::2 local 2001:db8::1 mode any"),
    ("ip6gre", "link add gre6 type ip6gre remote 2001:db8::2 local 2001:db8::1"),
    ("ip6gretap", "link add tap6 type ip6gretap remote 2001:db8::2 local 2001:db8::1"),
    ("ip6erspan", "link add er6 type ip6erspan remote 2001:db8::2 local 2001:db8::1 seq key 7 erspan_ver 1"),
    ("vti", "link add vti1 type vti remote 192.0.2.2 local 192.0.2.1 key 7"),
    ("vti6", "link add vti6 type vti6 remote 2001:db8::2 local 2001:db8::1 key 7"),
];

/// The options of a kind of link; `None` when nothing is known of it.
pub fn kind(name: &str) -> Option<String> {
    let options = options_of(name)?;
    let mut text = format!("Usage: ... type {name}\n");
    for (word, takes) in options {
        // What stands behind the other end of a pair is no value but options of a link.
        let line =
            if word == "peer" { "[ peer [ name ] NAME OPTION... ]".into() } else { option(word, takes) };
        text.push_str(&format!("           {line}\n"));
    }
    let plain = format!("link add {name}0 type {name}");
    let example = KIND_EXAMPLES.iter().find(|row| row.0 == name).map_or(&*plain, |row| row.1);
    text.push_str(&format!("Example:\n       netplumb {example}\n"));
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Resolver, parse};
    use super::*;
    use crate::names::Names;

    struct Links(Names);

    impl Resolver for Links {
        fn link_index(&mut self, _: &str) -> Option<u32> {
            Some(2)
        }
        fn vrf(&mut self, _: &str) -> Option<(u32, u32)> {
            Some((3, 100))
        }
        fn names(&self) -> &Names {
            &self.0
        }
    }

    fn read(line: &str) -> Result<Action, super::super::Usage> {
        let words: Vec<&str> = line.split(' ').collect();
        parse(&words, &mut Links(Names::builtin())).map(|command| command.action)
    }

    fn helps(line: &str) -> String {
        match read(line) {
            Ok(Action::Help(text)) => text,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn every_kind_has_a_usage_and_an_example_that_is_understood() {
        for kind in kind_names() {
            let text = helps(&format!("link help {kind}"));
            assert!(text.starts_with(&format!("Usage: ... type {kind}\n")), "{text}");
            assert_eq!(helps(&format!("link add x type {kind} help")), text);
            let example = text.lines().last().unwrap().trim().strip_prefix("netplumb ").unwrap();
            assert!(example.contains(&format!("type {kind}")), "{example}");
            read(example).unwrap_or_else(|usage| panic!("{example}: {usage}"));
        }
        assert_eq!(
            read("link help wireguard-of-the-future").unwrap_err().to_string(),
            "Kind \"wireguard-of-the-future\" of links is unknown, try \"netplumb link help\"."
        );
    }

    #[test]
    fn surplus_words_are_refused() {
        let check = |line: &str, expected: &str| {
            let usage = read(line).unwrap_err();
            assert_eq!((usage.to_string().as_str(), usage.status()), (expected, 1), "{line}");
        };
        check("tour foo", "Error: \"foo\" is one word too many, try \"netplumb tour help\".");
        check("tour help me", "Error: \"me\" is one word too many, try \"netplumb tour help\".");
        check(
            "completions bash zsh",
            "Error: \"zsh\" is one word too many, try \"netplumb completions help\".",
        );
        check("schema link addr", "Error: \"addr\" is one word too many, try \"netplumb schema help\".");
        assert!(matches!(read("tour"), Ok(Action::Tour)));
        assert!(matches!(read("schema link"), Ok(Action::Schema(Some(_)))));
        assert_eq!(helps("tour help"), tour());
        assert_eq!(helps("help rule"), helps("rule help"));
    }

    #[test]
    fn usages_say_what_values_there_are() {
        let has = |line: &str, what: &str| {
            let text = helps(line);
            assert!(text.contains(what), "{line} lacks {what}:\n{text}");
        };
        has("link help vlan", "[ id 0-4095 ]");
        has("link help vlan", "[ protocol { 802.1Q | 802.1ad } ]");
        has("link help vlan", "[ gvrp { on | off } ]");
        has("link help macvlan", "[ mode { private | vepa | bridge | passthru | source } ]");
        has("link help bond", "[ active_slave DEVICE ]");
        has("link help vxlan", "[ ttl { NUMBER | inherit | auto } ]");
        has("link help ip6gre", "[ encaplimit { NUMBER | none } ]");
        has("link help veth", "[ peer [ name ] NAME OPTION... ]");
        has("link help", "KIND := { bridge | bridge_slave | bond ");
        has("link help", "[ arp { on | off } ]");
        has("route help", "SELECTOR := [ table { TABLE | main ");
        has("route help", "[ pref { low | medium | high } ]");
        has("rule help", "[ fwmark MARK[/MASK] ]");
        has("neigh help", "[ nud { permanent | reachable ");
        has("address help", "[ valid_lft { SECONDS | forever } ]");
    }

    #[test]
    fn examples_of_objects_are_understood_and_lines_are_short() {
        for object in Object::ALL {
            let text = super::object(object);
            assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
            for line in text.lines().skip_while(|line| *line != "Examples:").skip(1) {
                let example = line.trim().strip_prefix("netplumb ").unwrap();
                read(example).unwrap_or_else(|usage| panic!("{example}: {usage}"));
            }
        }
    }

    /// A word that ends a line is complete exactly where nothing has to follow it.
    #[test]
    fn words_take_what_the_parsers_read() {
        let incomplete = super::super::Usage::incomplete();
        for object in Object::ALL {
            for verb in ["add", "show", "get"] {
                for word in verbs(object, Some(verb)) {
                    let line = format!("{} {verb} {word}", object.word());
                    let more = read(&line).err() == Some(incomplete.clone());
                    let takes = takes::behind(object, verb, word);
                    assert_eq!(takes != Takes::Nothing, more, "{line}: {takes:?}");
                }
            }
        }
        for kind in kind_names() {
            for (word, takes) in options_of(kind).unwrap() {
                let line = format!("link add x type {kind} {word}");
                let said = read(&line).err().map(|usage| usage.to_string()).unwrap_or_default();
                let more = said == incomplete.to_string() || said.contains("unknown command");
                assert_eq!(takes != Takes::Nothing, more, "{line}: {takes:?} {said}");
            }
        }
    }

    /// The words for values are taken as values.
    #[test]
    fn values_are_taken() {
        let check = |line: String| {
            // What else is missing does not matter here.
            let said = read(&line).err().map(|usage| usage.to_string()).unwrap_or_default();
            let wrong = ["wrong", "must be", "expected", "unknown", "is invalid", "not complete"];
            assert!(!wrong.iter().any(|word| said.contains(word)), "{line}: {said}");
        };
        for object in Object::ALL {
            for verb in ["add", "show", "get"] {
                for word in verbs(object, Some(verb)) {
                    for value in takes::behind(object, verb, word).words() {
                        // A family and a way to compare stand in front of an address.
                        let more = match (word, value) {
                            ("via", "inet") => " 192.0.2.1",
                            ("via", "inet6") => " 2001:db8::1",
                            ("to", "root" | "match" | "exact") => " 192.0.2.0/24",
                            ("encap", _) => continue,
                            _ => "",
                        };
                        check(format!("{} {verb} {word} {value}{more}", object.word()));
                    }
                }
            }
        }
        for kind in kind_names() {
            for (word, takes) in options_of(kind).unwrap() {
                for value in takes.words() {
                    let more = match value {
                        "add" | "del" => " 02:00:00:00:00:01",
                        _ => "",
                    };
                    check(format!("link add x type {kind} {word} {value}{more}"));
                }
            }
        }
    }
}
