//! Completing command lines. All words are those of the tables that command lines are read by.

use super::args::{Args, choose, words as all};
use super::link::{completions as link_words, kind_completions, kind_names, takes_link};
use super::{Action, FIRST, First, Object, Usage, addr, help, monitor, neigh, options, route, rule};

/// What may stand at a place of a command line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completion {
    /// Words, in order.
    pub words: Vec<String>,
    /// Whether the name of a link may stand there, too.
    pub links: bool,
}

/// A shell that can be told how to complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shell {
    /// bash(1).
    Bash,
    /// zsh(1).
    Zsh,
    /// fish(1).
    Fish,
}

const SHELLS: &[(&str, Shell)] = &[("=bash", Shell::Bash), ("=zsh", Shell::Zsh), ("=fish", Shell::Fish)];

impl Shell {
    /// The script that makes it complete.
    pub fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("complete.bash"),
            Self::Zsh => include_str!("complete.zsh"),
            Self::Fish => include_str!("complete.fish"),
        }
    }
}

/// `completions SHELL`
pub(super) fn script(args: &mut Args<'_>) -> Result<Action, Usage> {
    let word = args.next().unwrap_or("help");
    if word == "help" {
        return Ok(Action::Help(help::completions()));
    }
    let shell = choose(word, SHELLS)
        .ok_or_else(|| Usage::invalid(word, "completions are there for bash, zsh and fish"))?;
    Ok(Action::Help(shell.script().to_owned()))
}

/// `complete -- WORD...`
pub(super) fn words(args: &mut Args<'_>) -> Action {
    args.take("--");
    let mut words = Vec::new();
    while let Some(word) = args.next() {
        words.push(word.to_owned());
    }
    Action::Complete(words)
}

/// Words behind which the name of a link stands, whatever the object.
const LINK_FOLLOWS: &[&str] = &["dev", "oif", "iif", "link", "master", "vrf"];

/// What may stand in place of the last of `words`, which is a beginning of it (or empty).
pub fn complete(words: &[&str]) -> Completion {
    let Some((&begun, before)) = words.split_last() else { return Completion::default() };
    let mut found = candidates(before, begun);
    found.words.retain(|word| word.starts_with(begun));
    found.words.sort();
    found.words.dedup();
    found
}

fn candidates(before: &[&str], begun: &str) -> Completion {
    let (mut rest, mut elsewhere) = (before, false);
    // Options first; some have a value.
    while let [option, behind @ ..] = rest
        && option.starts_with('-')
    {
        rest = behind;
        if *option == "--" {
            break;
        }
        elsewhere |= options::is_sim(option) || options::is_netns(option);
        if option.trim_start_matches('-') == "sim" {
            // Its file may be left out.
            rest = match rest {
                [file, behind @ ..] if options::is_sim_file(file) => behind,
                _ => rest,
            };
            continue;
        }
        let Some(values) = options::value_of(option) else { continue };
        match rest {
            [] => return of(values),
            [_, behind @ ..] => rest = behind,
        }
    }
    let found = command(rest, begun);
    // Names of this machine's links would be wrong in a simulated kernel or another namespace.
    Completion { links: found.links && !elsewhere, ..found }
}

/// What may stand behind `words` of a command, the options in front of it not counted.
fn command(words: &[&str], begun: &str) -> Completion {
    let [first, rest @ ..] = words else {
        if begun.starts_with('-') {
            return Completion { words: options::completions(), links: false };
        }
        let shown = |first| !matches!(first, First::Absent | First::Complete);
        return of(all(FIRST, shown));
    };
    let last = rest.last().copied();
    let object = match choose(first, FIRST) {
        Some(First::Object(object)) => object,
        Some(First::Monitor) if last == Some("dev") => return links(),
        Some(First::Monitor) => return of(monitor::completions()),
        Some(First::Script) if rest.is_empty() => return of(all(SHELLS, |_| true)),
        _ => return Completion::default(),
    };
    let [verb, given @ ..] = rest else { return of(verbs(object, None)) };
    if object == Object::Link
        && let Some(found) = of_kind(given)
    {
        return found;
    }
    match given.last() {
        Some(last) if LINK_FOLLOWS.contains(last) => links(),
        Some(&"type") if object == Object::Link || object == Object::Addr => of(kind_names()),
        last => {
            let words = verbs(object, Some(verb));
            // A link needs no `dev` in front of it.
            let bare = matches!(object, Object::Link | Object::Addr) && last.is_none();
            Completion { links: bare, ..of(words) }
        }
    }
}

fn of(words: Vec<&'static str>) -> Completion {
    Completion { words: words.into_iter().map(str::to_owned).collect(), links: false }
}

fn links() -> Completion {
    Completion { words: Vec::new(), links: true }
}

fn verbs(object: Object, verb: Option<&str>) -> Vec<&'static str> {
    match object {
        Object::Link => link_words(verb),
        Object::Addr => addr::completions(verb),
        Object::Route => route::completions(verb),
        Object::Rule => rule::completions(verb),
        Object::Neigh => neigh::completions(verb),
    }
}

/// The options behind `type KIND`.
fn of_kind(given: &[&str]) -> Option<Completion> {
    let at = given.iter().position(|word| *word == "type")?;
    let kind = given.get(at + 1)?;
    match given.get(at + 2..)?.last() {
        Some(last) if LINK_FOLLOWS.contains(last) || takes_link(kind, last) => Some(links()),
        _ => Some(of(kind_completions(kind))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `line` ends where the cursor is.
    fn check(line: &str, some: &[&str], are_links: bool) {
        let words: Vec<&str> = line.split(' ').collect();
        let found = complete(&words);
        for word in some {
            assert!(found.words.iter().any(|w| w == word), "{line:?} lacks {word}: {found:?}");
        }
        assert_eq!(found.links, are_links, "{line:?}");
    }

    fn exactly(line: &str, expected: &[&str]) {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(complete(&words).words, expected, "{line:?}");
    }

    #[test]
    fn objects_verbs_and_options_are_completed() {
        check("", &["address", "link", "route", "rule", "neighbour", "monitor", "completions"], false);
        exactly("li", &["link"]);
        exactly("complet", &["completions"]);
        exactly("-j ro", &["route"]);
        exactly("-f in", &["inet", "inet6"]);
        exactly("-f inet li", &["link"]);
        exactly("-det", &["-details"]);
        exactly("--s", &["--sim"]);
        check("link ", &["add", "set", "show", "property"], false);
        exactly("link xst", &[]);
        exactly("a fl", &["flush"]);
        exactly("completions b", &["bash"]);
    }

    #[test]
    fn what_may_follow_is_completed() {
        check("link set ", &["up", "mtu", "master"], true);
        check("link set dev ", &[], true);
        check("link set eth0 ", &["up", "mtu"], false);
        check("link set eth0 master ", &[], true);
        check("link add br0 type ", &["bridge", "vxlan", "veth", "erspan"], false);
        check("link add br0 type bridge ", &["vlan_filtering"], false);
        check("link add v type vxlan ", &["id", "dstport"], false);
        check("link add v type vxlan dev ", &[], true);
        check("link set b type bond active_slave ", &[], true);
        exactly("link show type brid", &["bridge", "bridge_slave"]);
        check("address add ", &["dev", "valid_lft", "nodad"], true);
        exactly("address show dynam", &["dynamic"]);
        check("route add ", &["via", "blackhole", "mtu"], false);
        check("route add default via 192.0.2.1 dev ", &[], true);
        exactly("route get fib", &["fibmatch"]);
        exactly("rule add fwm", &["fwmark"]);
        exactly("neigh add llad", &["lladdr"]);
        exactly("neigh show nu", &["nud"]);
        exactly("monitor ne", &["neigh"]);
        check("monitor dev ", &[], true);
    }

    #[test]
    fn a_simulation_is_stepped_over() {
        exactly("--sim net.txt link se", &["set"]);
        exactly("--sim=net.txt link se", &["set"]);
        exactly("--sim link se", &["set"]);
        exactly("--sim -j net.txt link se", &[]);
        exactly("-j --sim net.txt -d -f inet link se", &["set"]);
        check("--sim net.txt ", &["link", "route"], false);
        // The kernel at hand has other links.
        check("--sim net.txt link set ", &["up"], false);
        check("--sim=net.txt link set dev ", &[], false);
        check("-n blue link set dev ", &[], false);
    }
}
