//! What `help` prints.

use super::Object;
use super::link::KINDS;

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

/// The help of an object, with examples.
pub fn object(object: Object) -> String {
    let (usage, examples): (&str, &[&str]) = match object {
        Object::Link => (
            "netplumb link { add | set | replace | del | show | property | help [KIND] }",
            &[
                "netplumb link add br0 type bridge vlan_filtering 1",
                "netplumb link add veth0 type veth peer name veth1",
                "netplumb link set veth0 master br0 mtu 1400 up",
                "netplumb -d -j link show type bridge",
            ],
        ),
        Object::Addr => (
            "netplumb address { add | change | replace | del | show | flush }",
            &[
                "netplumb address add 192.0.2.1/24 brd + dev eth0",
                "netplumb address add 2001:db8::1/64 dev eth0 preferred_lft 600 valid_lft 3600",
                "netplumb -4 -br address show up",
            ],
        ),
        Object::Route => (
            "netplumb route { add | change | replace | append | prepend | del | get | show | flush }",
            &[
                "netplumb route add default via 192.0.2.254 metric 100",
                "netplumb route add 198.51.100.0/24 nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.2",
                "netplumb route get 198.51.100.7",
                "netplumb -6 -j route show table all",
            ],
        ),
        Object::Rule => (
            "netplumb rule { add | del | flush | show }",
            &[
                "netplumb rule add from 192.0.2.0/24 table 100 priority 1000",
                "netplumb rule add fwmark 0x1/0xff prohibit",
            ],
        ),
        Object::Neigh => (
            "netplumb neigh { add | change | replace | del | get | show | flush }",
            &[
                "netplumb neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0",
                "netplumb neigh show nud reachable",
            ],
        ),
    };
    let mut text = format!("Usage: {usage}\n");
    for example in examples {
        text.push_str(&format!("       {example}\n"));
    }
    text
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
    "Usage: netplumb [ -j ] schema [ SET | MESSAGE | STRUCT | CONSTANT ]\n       netplumb schema\n       \
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

/// The options of a kind of link; `None` when there is no table of them.
pub fn kind(name: &str) -> Option<String> {
    let kind = KINDS.iter().find(|kind| kind.names.contains(&name))?;
    let mut text = format!("Usage: ... {name}\n");
    for word in kind.words() {
        text.push_str(&format!("           [ {word} ]\n"));
    }
    Some(text)
}
