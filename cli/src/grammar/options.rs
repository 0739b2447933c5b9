//! The options in front of a command.

use super::Usage;
use super::args::{Args, choose, words};
use netplumb_core::family::common::{AF_BRIDGE, AF_INET, AF_INET6, AF_MPLS, AF_UNSPEC, AddressFamily};

/// `AF_PACKET`: the family that iproute2 calls `link`.
pub(crate) const AF_PACKET: AddressFamily = AddressFamily(17);

/// When output is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Color {
    /// Never.
    #[default]
    Never,
    /// When it goes to a terminal.
    Auto,
    /// Always.
    Always,
}

/// To work on the simulated kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sim {
    /// Where its state comes from and goes to; `None` starts with a fresh one and forgets it.
    pub file: Option<String>,
}

/// How to print and where to work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// `-4`, `-6`, `-0`, `-M`, `-B`, `-f`: the family that is wanted.
    pub family: AddressFamily,
    /// `-d`: everything that is known.
    pub details: bool,
    /// `-s`: statistics; twice for more of them.
    pub stats: u8,
    /// `-h`: numbers with units.
    pub human: bool,
    /// `-iec`: units are powers of 1024.
    pub iec: bool,
    /// `-j`: JSON.
    pub json: bool,
    /// `-p`: JSON on many lines.
    pub pretty: bool,
    /// `-br`: one line an object, with little in it.
    pub brief: bool,
    /// `-o`: one line an object.
    pub oneline: bool,
    /// `-N`: numbers instead of words.
    pub numeric: bool,
    /// `-r`: names instead of addresses.
    pub resolve: bool,
    /// `-t`: the time before each event.
    pub timestamp: bool,
    /// `-ts`: the same, shorter.
    pub timestamp_short: bool,
    /// `-a`: all objects.
    pub all: bool,
    /// `-c`: colours.
    pub color: Color,
    /// `-b`: carry out the commands of this file.
    pub batch: Option<String>,
    /// `-force`: go on with a batch after an error.
    pub force: bool,
    /// `-l`: rounds of deleting that a flush makes before it gives up; 0 for no end.
    pub loops: u32,
    /// `-n`: work in the network namespace with this name.
    pub netns: Option<String>,
    /// `-rc`: size of the receive buffer, in bytes.
    pub receive_buffer: Option<usize>,
    /// `--sim`: work on a simulated kernel.
    pub sim: Option<Sim>,
    /// `--help`.
    pub help: bool,
    /// `-V`.
    pub version: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            family: AF_UNSPEC,
            details: false,
            stats: 0,
            human: false,
            iec: false,
            json: false,
            pretty: false,
            brief: false,
            oneline: false,
            numeric: false,
            resolve: false,
            timestamp: false,
            timestamp_short: false,
            all: false,
            color: Color::Never,
            batch: None,
            force: false,
            loops: 10,
            netns: None,
            receive_buffer: None,
            sim: None,
            help: false,
            version: false,
        }
    }
}

/// What an option is, in the order in which iproute2 asks for them.
#[derive(Clone, Copy)]
enum Opt {
    Sim,
    Loops,
    Family,
    Is(AddressFamily),
    Human,
    Iec,
    Stats,
    Details,
    Resolve,
    Oneline,
    Timestamp,
    TimestampShort,
    Version,
    Force,
    Batch,
    Brief,
    Json,
    ReceiveBuffer,
    Pretty,
    Help,
    Netns,
    Numeric,
    All,
}

const OPTIONS: &[(&str, Opt)] = &[
    ("=sim", Opt::Sim),
    ("loops", Opt::Loops),
    ("family", Opt::Family),
    ("=4", Opt::Is(AF_INET)),
    ("=6", Opt::Is(AF_INET6)),
    ("=0", Opt::Is(AF_PACKET)),
    ("=M", Opt::Is(AF_MPLS)),
    ("=B", Opt::Is(AF_BRIDGE)),
    ("human", Opt::Human),
    ("human-readable", Opt::Human),
    ("iec", Opt::Iec),
    ("stats", Opt::Stats),
    ("statistics", Opt::Stats),
    ("details", Opt::Details),
    ("resolve", Opt::Resolve),
    ("oneline", Opt::Oneline),
    ("timestamp", Opt::Timestamp),
    ("tshort", Opt::TimestampShort),
    ("Version", Opt::Version),
    ("=version", Opt::Version),
    ("force", Opt::Force),
    ("batch", Opt::Batch),
    ("brief", Opt::Brief),
    ("json", Opt::Json),
    ("rcvbuf", Opt::ReceiveBuffer),
    ("pretty", Opt::Pretty),
    ("help", Opt::Help),
    ("netns", Opt::Netns),
    ("Numeric", Opt::Numeric),
    ("all", Opt::All),
];

impl Options {
    /// Reads the options and returns the words behind them.
    ///
    /// # Errors
    /// [`Usage`].
    pub fn parse<'w, 'a>(words: &'w [&'a str]) -> Result<(Self, &'w [&'a str]), Usage> {
        let mut options = Self::default();
        let mut args = Args::new(words);
        let mut read = 0;
        while let Some(word) = args.peek() {
            let Some(text) = word.strip_prefix('-') else { break };
            args.skip();
            if word == "--" {
                read += 1;
                break;
            }
            // `--help` is not an abbreviation of `-human`, hence asked for first; `-h` is.
            let text = text.strip_prefix('-').unwrap_or(text);
            if text == "help" {
                options.help = true;
            } else {
                options.option(word, text, &mut args)?;
            }
            read = words.len() - args.remaining();
        }
        Ok((options, words.get(read..).unwrap_or_default()))
    }

    fn option(&mut self, word: &str, text: &str, args: &mut Args<'_>) -> Result<(), Usage> {
        if let Some(file) = text.strip_prefix("sim=") {
            self.sim = Some(Sim { file: Some(file.to_owned()) });
            return Ok(());
        }
        if let Some(color) = color(text) {
            self.color = color.ok_or_else(|| {
                Usage::invalid(word, "expected -color, -color=always, -color=auto or -color=never")
            })?;
            return Ok(());
        }
        let unknown = || Usage::new(255, format!("Option \"{word}\" is unknown, try \"netplumb -help\"."));
        let Some(opt) = choose(text, OPTIONS).filter(|_| !text.is_empty()) else { return Err(unknown()) };
        match opt {
            Opt::Sim => self.sim = Some(Sim { file: sim_file(args) }),
            Opt::Loops => {
                let value = args.value()?;
                self.loops = super::value::u32(value)
                    .ok_or_else(|| Usage::invalid(value, "expected the number of rounds of a flush"))?;
            }
            Opt::Family => {
                let value = args.value()?;
                self.family =
                    family(value).ok_or_else(|| Usage::invalid(value, "invalid protocol family"))?;
            }
            Opt::Is(family) => self.family = family,
            Opt::Human => self.human = true,
            Opt::Iec => self.iec = true,
            Opt::Stats => self.stats = self.stats.saturating_add(1),
            Opt::Details => self.details = true,
            Opt::Resolve => self.resolve = true,
            Opt::Oneline => self.oneline = true,
            Opt::Timestamp => self.timestamp = true,
            Opt::TimestampShort => (self.timestamp, self.timestamp_short) = (true, true),
            Opt::Version => self.version = true,
            Opt::Force => self.force = true,
            Opt::Batch => self.batch = Some(args.value()?.to_owned()),
            Opt::Brief => self.brief = true,
            Opt::Json => self.json = true,
            Opt::ReceiveBuffer => {
                let value = args.value()?;
                let size = super::value::u32(value)
                    .ok_or_else(|| Usage::new(255, format!("Invalid rcvbuf size '{value}'")))?;
                self.receive_buffer = Some(size as usize);
            }
            Opt::Pretty => self.pretty = true,
            Opt::Help => self.help = true,
            Opt::Netns => self.netns = Some(args.value()?.to_owned()),
            Opt::Numeric => self.numeric = true,
            Opt::All => self.all = true,
        }
        Ok(())
    }
}

/// The options, as they are written.
pub(super) fn completions() -> Vec<String> {
    let mut all: Vec<String> = words(OPTIONS, |_| true).into_iter().map(|word| format!("-{word}")).collect();
    all.extend(["-color".to_owned(), "--sim".to_owned(), "--help".to_owned()]);
    all
}

/// Whether an option, as it is written, has a value behind it: the words for that, as far as there are some.
pub(super) fn value_of(option: &str) -> Option<Vec<&'static str>> {
    match opt(option)? {
        Opt::Family => Some(words(FAMILIES, |_| true)),
        Opt::Batch | Opt::Loops | Opt::ReceiveBuffer | Opt::Netns => Some(Vec::new()),
        _ => None,
    }
}

fn opt(option: &str) -> Option<Opt> {
    choose(option.trim_start_matches('-'), OPTIONS)
}

/// Whether an option, as it is written, is `--sim`, with its file behind `=` or in the next word.
pub(super) fn is_sim(option: &str) -> bool {
    matches!(opt(option), Some(Opt::Sim)) || option.trim_start_matches('-').starts_with("sim=")
}

/// Whether an option, as it is written, puts the links of another network namespace in the place of this one's.
pub(super) fn is_netns(option: &str) -> bool {
    matches!(opt(option), Some(Opt::Netns))
}

/// Whether an option, as it is written, stands in the place of a command.
pub(super) fn is_batch(option: &str) -> bool {
    matches!(opt(option), Some(Opt::Batch))
}

/// The word behind `--sim` names a file unless it begins a command or is an option.
pub(super) fn is_sim_file(word: &str) -> bool {
    !word.starts_with('-') && choose(word, super::FIRST).is_none()
}

fn sim_file(args: &mut Args<'_>) -> Option<String> {
    let word = args.peek().filter(|word| is_sim_file(word))?;
    args.skip();
    Some(word.to_owned())
}

/// Address families by name.
const FAMILIES: &[(&str, AddressFamily)] = &[
    ("=inet", AF_INET),
    ("=inet6", AF_INET6),
    ("=link", AF_PACKET),
    ("=mpls", AF_MPLS),
    ("=bridge", AF_BRIDGE),
    ("=any", AF_UNSPEC),
];

fn family(word: &str) -> Option<AddressFamily> {
    choose(word, FAMILIES)
}

/// `-color[=WHEN]`, abbreviated at will before the `=`; `Some(None)` when WHEN is none of the words.
fn color(text: &str) -> Option<Option<Color>> {
    let (name, when) = match text.split_once('=') {
        Some((name, when)) => (name, Some(when)),
        None => (text, None),
    };
    if name.is_empty() || !"color".starts_with(name) {
        return None;
    }
    Some(match when {
        None | Some("always") => Some(Color::Always),
        Some("auto") => Some(Color::Auto),
        Some("never") => Some(Color::Never),
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Options, rest: &[&str]) {
        let words: Vec<_> = line.split(' ').collect();
        assert_eq!(Options::parse(&words).unwrap(), (expected, rest), "{line}");
    }

    #[test]
    fn options_end_where_the_command_begins() {
        let none = Options::default;
        check("link -s", none(), &["link", "-s"]);
        check("-s -s l", Options { stats: 2, ..none() }, &["l"]);
        check("-j -p -d a", Options { json: true, pretty: true, details: true, ..none() }, &["a"]);
        check("-b x", Options { batch: Some("x".into()), ..none() }, &[]);
        check("-br l", Options { brief: true, ..none() }, &["l"]);
        check("-f inet6 r", Options { family: AF_INET6, ..none() }, &["r"]);
        check("-fo l", Options { force: true, ..none() }, &["l"]);
        check("-h l", Options { human: true, ..none() }, &["l"]);
        check("-he", Options { help: true, ..none() }, &[]);
        check("--help", Options { help: true, ..none() }, &[]);
        check("-ts l", Options { timestamp: true, timestamp_short: true, ..none() }, &["l"]);
        check("-c=auto l", Options { color: Color::Auto, ..none() }, &["l"]);
        check("-col l", Options { color: Color::Always, ..none() }, &["l"]);
        check("-n blue l", Options { netns: Some("blue".into()), ..none() }, &["l"]);
        check("-- -4", none(), &["-4"]);
        check("--json l", Options { json: true, ..none() }, &["l"]);
    }

    #[test]
    fn a_simulation_has_a_file_or_not() {
        let sim = |file: Option<&str>| Options {
            sim: Some(Sim { file: file.map(str::to_owned) }),
            ..Options::default()
        };
        check("--sim link", sim(None), &["link"]);
        check("--sim net.state link", sim(Some("net.state")), &["link"]);
        check("--sim=l link", sim(Some("l")), &["link"]);
        check("--sim", sim(None), &[]);
    }

    #[test]
    fn wrong_options_say_so() {
        let check = |line: &str, text: &str| {
            let words: Vec<_> = line.split(' ').collect();
            assert_eq!(Options::parse(&words).unwrap_err().to_string(), text);
        };
        check("-z", "Option \"-z\" is unknown, try \"netplumb -help\".");
        check("-f foo l", "Error: argument \"foo\" is wrong: invalid protocol family");
        check("-f", "Command line is not complete. Try option \"help\"");
        check("-", "Option \"-\" is unknown, try \"netplumb -help\".");
        check("-n", "Command line is not complete. Try option \"help\"");
    }
}
