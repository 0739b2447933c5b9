//! Completing command lines. All words are those of the tables that command lines are read by.

use super::args::{Args, choose, words as all};
use super::link::{completions as link_words, is_pair, kind_names, options_of};
use super::takes::{self, Takes};
use super::{Action, FIRST, First, Object, Usage, addr, help, monitor, neigh, options, route, rule};
use crate::schema;
use std::path::Path;

/// Where network namespaces have names.
const NETNS: &str = "/var/run/netns";

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
    if let Some(more) = args.next() {
        return Err(Usage::surplus("completions", more));
    }
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
    let (mut rest, mut elsewhere, mut batch) = (before, false, false);
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
        batch |= options::is_batch(option);
        let Some(values) = options::value_of(option) else { continue };
        match rest {
            [] if options::is_netns(option) => return names(namespaces(Path::new(NETNS))),
            [] => return of(values),
            [_, behind @ ..] => rest = behind,
        }
    }
    if batch && !begun.starts_with('-') {
        // The commands are those of the file.
        return Completion::default();
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
        Some(First::Schema) if rest.is_empty() => return of(schema::names()),
        Some(First::Help) if rest.is_empty() => {
            return of(all(FIRST, |first| matches!(first, First::Object(_) | First::Monitor)));
        }
        _ => return Completion::default(),
    };
    match rest {
        [] => of(verbs(object, None)),
        [verb, given @ ..] => described(object, verb, given),
    }
}

/// What may stand behind the words that describe an object, or choose among them.
fn described(object: Object, verb: &str, given: &[&str]) -> Completion {
    let mut kind = None;
    let mut words = given.iter().copied();
    while let Some(word) = words.next() {
        let takes = match kind {
            // Behind the other end of a pair stand options of a link again.
            Some(of) if word == "peer" && is_pair(of) => {
                kind = None;
                Takes::Nothing
            }
            Some(of) => behind_kind(of, word),
            None => takes::behind(object, verb, word),
        };
        if takes == Takes::Nothing {
            continue;
        }
        let Some(value) = words.next() else { return value_of(takes) };
        if takes == Takes::Kind && !takes::chooses(object, verb) {
            kind = Some(value);
        }
    }
    if let Some(kind) = kind {
        return of(options_of(kind).unwrap_or_default().into_iter().map(|row| row.0).collect());
    }
    // A link needs no `dev` in front of it.
    let bare = matches!(object, Object::Link | Object::Addr) && given.is_empty();
    Completion { links: bare, ..of(verbs(object, Some(verb))) }
}

fn behind_kind(kind: &str, word: &str) -> Takes {
    let options = options_of(kind).unwrap_or_default();
    options.iter().find(|row| row.0 == word).map_or(Takes::Nothing, |row| row.1)
}

/// What may stand where a value is wanted; of most values no word is known.
fn value_of(takes: Takes) -> Completion {
    match takes {
        Takes::Link => links(),
        Takes::Kind => of(kind_names()),
        _ => of(takes.words()),
    }
}

fn names(words: Vec<String>) -> Completion {
    Completion { words, links: false }
}

/// The network namespaces that have a name: each is a file of `directory`.
fn namespaces(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn of(words: Vec<&'static str>) -> Completion {
    Completion { words: words.into_iter().map(str::to_owned).collect(), links: false }
}

fn links() -> Completion {
    Completion { words: Vec::new(), links: true }
}

/// The words that may stand behind a verb; without one, the verbs.
pub(super) fn verbs(object: Object, verb: Option<&str>) -> Vec<&'static str> {
    let mut words = match object {
        Object::Link => link_words(verb),
        Object::Addr => addr::completions(verb),
        Object::Route => route::completions(verb),
        Object::Rule => rule::completions(verb),
        Object::Neigh => neigh::completions(verb),
    };
    words.retain(|word| verb.is_none_or(|verb| takes::is_read(object, verb, word)));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

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
    fn values_are_completed_and_options_are_not_in_their_place() {
        exactly("address show scope ", &["all", "global", "host", "link", "nowhere", "site"]);
        exactly("route show table ", &["all", "cache", "default", "local", "main"]);
        exactly("route add default table ", &["default", "local", "main"]);
        exactly("route add blackhole ", &["default"]);
        exactly("rule add iif lo table m", &["main"]);
        check("neigh show nud ", &["all", "reachable", "stale"], false);
        exactly("link add x type bridge vlan_filtering ", &[]);
        exactly("link add x type bridge vlan_filtering 1 vlan_prot", &["vlan_protocol"]);
        exactly("link add x type vlan gvrp ", &["off", "on"]);
        exactly("link add x type bond mode active", &["active-backup"]);
        exactly("link add x type ip6tnl encaplim", &["encaplimit"]);
        exactly("link add x mtu ", &[]);
        exactly("link set x arp o", &["off", "on"]);
        check("link show type bridge ", &["up", "master"], false);
        exactly("link show type bridge vlan_f", &[]);
        check("link add v type veth peer ", &["name", "mtu"], false);
        exactly("link add v type veth peer name ", &[]);
        // A name that is also a word.
        check("link set dev mtu ", &["up", "mtu"], false);
        exactly("rule show supp", &[]);
    }

    #[test]
    fn what_is_no_object_is_completed() {
        check("schema link.br", &["link.bridge", "link.bridge_port"], false);
        exactly("schema IFLA_MT", &["IFLA_MTU"]);
        exactly("schema RTM_NEWRO", &["RTM_NEWROUTE"]);
        exactly("help ne", &["neighbor", "neighbour"]);
        exactly("-b ", &[]);
        exactly("-b x ", &[]);
        exactly("-b x -forc", &["-force"]);
        let directory = std::env::temp_dir().join(format!("netplumb-netns-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("blue"), "").unwrap();
        assert_eq!(namespaces(&directory), ["blue"]);
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(namespaces(&directory).is_empty());
    }

    /// What the script makes of the words of bash: the words that it asks with, and whether files may stand there.
    fn bash(words: &[&str]) -> Option<String> {
        let script = "netplumb() { printf '<%s>' \"${@:3}\" >&2; }; compopt() { printf ' files' >&2; }\n\
                      eval \"$1\"; shift; COMP_WORDS=(netplumb \"$@\"); COMP_CWORD=$#\n\
                      _netplumb; for found in \"${COMPREPLY[@]}\"; do printf ' %s' \"$found\" >&2; done";
        let own = Shell::Bash.script().replace(" 2>/dev/null", "");
        let output = Command::new("bash").args(["-c", script, "bash", &own]).args(words).output().ok()?;
        Some(String::from_utf8(output.stderr).unwrap())
    }

    #[test]
    fn bash_asks_with_whole_words() {
        let check = |words: &[&str], expected: &str| match bash(words) {
            Some(found) => assert_eq!(found, expected, "{words:?}"),
            None => println!("SKIPPED: there is no bash"),
        };
        check(&["link", "se"], "<link><se>");
        check(&["--sim", "=", "net.txt", "link", ""], "<--sim=net.txt><link><>");
        check(&["--sim", "="], "<--sim=> files");
        check(&["--sim", "=", "ne"], "<--sim=ne> files");
        check(&["--sim", "ne"], "<--sim><ne> files");
        // Tests run in the folder of the package.
        check(&["--sim", "Carg"], "<--sim><Carg> files Cargo.toml");
        check(&["-c", "=", "auto", "-b", ""], "<-c=auto><-b><> files");
        check(&["link", "-b"], "<link><-b>");
    }

    #[test]
    fn the_script_for_zsh_runs_as_a_function_of_its_path() {
        let script = Shell::Zsh.script();
        assert!(script.starts_with("#compdef netplumb\n"));
        let end = "if [[ $funcstack[1] == _netplumb ]]; then\n    _netplumb \"$@\"\nelse\n    \
                   compdef _netplumb netplumb\nfi\n";
        assert!(script.ends_with(end));
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
