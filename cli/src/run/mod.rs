//! Carrying out command lines: a kernel between [`grammar`] and [`show`](crate::show).
//!
//! ```
//! use netplumb_cli::run::{Terminal, run};
//!
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut terminal = Terminal { out: &mut out, err: &mut err, colors: false };
//! assert_eq!(run(&["link", "add", "x"], &mut terminal), 1);
//! assert_eq!(run(&["rule", "help"], &mut terminal), 0);
//! assert_eq!(err, b"Not enough information: \"type\" argument is required\n");
//! assert!(out.starts_with(b"Usage: netplumb rule "));
//! ```
//!
//! Exit statuses are those of `ip`: 0, 1 for what cannot be begun (no such device), 2 for what the kernel refuses, 255
//! for a command line that was not understood.

mod batch;
mod failure;
mod flush;
mod host;
mod kernel;
#[cfg(feature = "blocking")]
mod monitor;
mod show;
#[cfg(feature = "sim")]
mod sim;
mod table;
#[cfg(feature = "sim")]
mod tour;

use crate::grammar::{self, Action, Change, Color, Object, Options};
use crate::names::Names;
use crate::schema;
use crate::show::{ColorWhen, Context, Options as Look, Palette};
use failure::{Failure, REFUSED};
use host::Host;
use kernel::Lazy;
use netplumb_backends::{Error, Transact};
use std::io::Write;
use std::path::Path;

/// Where the names of numbers are.
const NAMES: &str = "/etc/iproute2";

/// How a kernel is opened that fits the options.
pub type Open<'o> = dyn FnMut(&Options) -> Result<Box<dyn Transact>, Error> + 'o;

/// Where output goes.
pub struct Terminal<'t> {
    /// What was asked for.
    pub out: &'t mut dyn Write,
    /// Errors and warnings, one line each.
    pub err: &'t mut dyn Write,
    /// Whether `out` is a terminal, which may show colours.
    pub colors: bool,
}

/// Carries out a command line, without the program's name, on the kernel that it asks for. Returns the exit status.
pub fn run(words: &[&str], terminal: &mut Terminal<'_>) -> u8 {
    ended(try_run(words, terminal), terminal)
}

/// The same with the kernel that `open` opens, when it is needed.
pub fn run_on(words: &[&str], terminal: &mut Terminal<'_>, open: &mut Open<'_>) -> u8 {
    ended(try_run_on(words, terminal, open), terminal)
}

/// Says why a command failed; the exit status.
fn ended(outcome: Result<u8, Failure>, terminal: &mut Terminal<'_>) -> u8 {
    outcome.unwrap_or_else(|failure| {
        failure.tell(terminal.err);
        failure.status()
    })
}

fn try_run(words: &[&str], terminal: &mut Terminal<'_>) -> Result<u8, Failure> {
    #[cfg(feature = "sim")]
    {
        let (options, _) = Options::parse(words)?;
        if let Some(asked) = options.sim {
            return run_simulated(words, terminal, asked.file.as_deref());
        }
    }
    try_run_on(words, terminal, &mut kernel::open)
}

/// Works on a simulated kernel, whose state is kept also when the command failed: a batch may have got halfway.
#[cfg(feature = "sim")]
fn run_simulated(words: &[&str], terminal: &mut Terminal<'_>, file: Option<&str>) -> Result<u8, Failure> {
    let simulated = sim::Simulated::open(file)?;
    let kernel = simulated.kernel.clone();
    let mut open = |_: &Options| Ok(Box::new(netplumb_backends::sim::route(&kernel)?) as Box<dyn Transact>);
    let outcome = try_run_on(words, terminal, &mut open);
    simulated.close()?;
    outcome
}

fn try_run_on(words: &[&str], terminal: &mut Terminal<'_>, open: &mut Open<'_>) -> Result<u8, Failure> {
    let (options, words) = Options::parse(words)?;
    if options.sim.is_some() && options.netns.is_some() {
        let why = "Error: -n names a network namespace of the running kernel; a simulated one has no named ones yet";
        return Err(Failure::Other(255, why.into()));
    }
    if let Some(name) = &options.netns {
        let failed = |what: &str, e: std::io::Error| {
            let why = failure::reason(&e);
            Failure::Other(255, format!("Error: {what} network namespace \"{name}\": {why}"))
        };
        host::open_namespace(name).map_err(|e| failed("cannot open", e))?;
        #[cfg(feature = "blocking")]
        kernel::enter(&options).map_err(|e| failed("cannot enter", e))?;
    }
    let mut net = Lazy::new(|| open(&options));
    let look = look(&options, terminal.colors);
    let cx = Context::new(Names::read(Path::new(NAMES)), options.numeric);
    let (out, err) = (&mut *terminal.out, &mut *terminal.err);
    let mut job = Job { host: Host::new(&mut net, cx), options: &options, look, out, err };
    if options.resolve {
        job.warn("addresses are printed as numbers: their names are not looked up (-resolve)");
    }
    job.command(words)
}

/// How the options want objects to look.
fn look(options: &Options, terminal: bool) -> Look {
    let variable = |name: &str| std::env::var(name).ok();
    let when = match options.color {
        Color::Never => ColorWhen::Never,
        Color::Auto => ColorWhen::Auto,
        Color::Always => ColorWhen::Always,
    };
    let (no_color, background) = (variable("NO_COLOR"), variable("COLORFGBG"));
    let palette = Palette::choose(when, terminal, no_color.as_deref(), background.as_deref());
    Look {
        json: options.json,
        pretty: options.pretty,
        oneline: options.oneline,
        brief: options.brief,
        details: options.details,
        stats: options.stats,
        human: options.human,
        iec: options.iec,
        numeric: options.numeric,
        echo: false,
        // JSON has no colours.
        palette: if options.json { Palette::Off } else { palette },
    }
}

/// Commands with everything they work on.
struct Job<'j> {
    host: Host<'j>,
    options: &'j Options,
    look: Look,
    out: &'j mut dyn Write,
    err: &'j mut dyn Write,
}

impl Job<'_> {
    /// Carries out what stands behind the options.
    fn command(&mut self, words: &[&str]) -> Result<u8, Failure> {
        let action = self.parse(self.options, words)?;
        match action {
            Action::Batch(file) => self.batch(&file),
            action => self.action(action).map(|()| 0),
        }
    }

    /// Understands a command; what could not be looked up for other reasons than its absence is the better explanation.
    fn parse(&mut self, options: &Options, words: &[&str]) -> Result<Action, Failure> {
        let parsed = grammar::parse_command(options, words, &mut self.host);
        for warning in self.host.take_warnings() {
            self.warn(&warning);
        }
        match (parsed, self.host.take_failure()) {
            (Ok(action), _) => Ok(action),
            (Err(_), Some(error)) => Err(Failure::Kernel(error, failure::FAILED)),
            (Err(usage), None) => Err(usage.into()),
        }
    }

    /// Carries out one command.
    fn action(&mut self, action: Action) -> Result<(), Failure> {
        match action {
            Action::Change(change) => self.change(&change),
            Action::Show(show) => self.show(&show),
            Action::Flush(show) => self.flush(show),
            #[cfg(feature = "blocking")]
            Action::Monitor(monitor) => self.monitor(&monitor),
            #[cfg(not(feature = "blocking"))]
            Action::Monitor(_) => {
                let error =
                    kernel::unsupported("this build has no sockets of a real kernel (feature blocking)");
                Err(Failure::Kernel(error, failure::FAILED))
            }
            Action::Schema(what) => self.schema(what.as_deref()),
            #[cfg(feature = "sim")]
            Action::Tour => {
                let colors = self.look.palette != Palette::Off;
                tour::tour(&mut Terminal { out: &mut *self.out, err: &mut *self.err, colors })?;
                Ok(())
            }
            #[cfg(not(feature = "sim"))]
            Action::Tour => {
                let error = kernel::unsupported("this build has no simulated kernel (feature sim)");
                Err(Failure::Kernel(error, failure::FAILED))
            }
            Action::Complete(words) => self.complete(&words),
            Action::Help(text) => self.print(&text),
            Action::Version => self.print(concat!("netplumb ", env!("CARGO_PKG_VERSION"), "\n")),
            Action::Batch(_) => Err(Failure::Other(failure::FAILED, "A batch has no batches in it.".into())),
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), Failure> {
        let ended = self.host.execute(&change.message).map_err(|e| Failure::Kernel(e, REFUSED));
        if change.object == Object::Link {
            self.host.forget_links();
        }
        if let Some(warning) = ended?.warning {
            self.warn(&warning);
        }
        Ok(())
    }

    /// Prints what may stand at the end of these words, one a line.
    fn complete(&mut self, words: &[String]) -> Result<(), Failure> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut found = grammar::complete(&words);
        // Names of links are a help; without them the words are still good.
        if found.links && self.host.know_links().is_ok() {
            let begun = words.last().copied().unwrap_or_default();
            let names = self.host.cx.links.values().map(|link| &link.name);
            found.words.extend(names.filter(|name| name.starts_with(begun)).cloned());
            found.words.sort();
        }
        let lines: String = found.words.iter().map(|word| format!("{word}\n")).collect();
        self.print(&lines)
    }

    /// Prints tables of attributes.
    fn schema(&mut self, what: Option<&str>) -> Result<(), Failure> {
        let form = match (self.options.json, self.options.pretty) {
            (true, true) => schema::Form::Pretty,
            (json, _) => json.into(),
        };
        match schema::print(self.out, what, form) {
            Ok(()) => Ok(self.out.flush()?),
            Err(schema::Error::Io(error)) => Err(error.into()),
            Err(error) => Err(Failure::Other(failure::FAILED, format!("Error: {error}"))),
        }
    }

    /// Prints text that is not about objects.
    fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Says something that is no error.
    fn warn(&mut self, text: &str) {
        // Nothing is left to tell a failure of the error stream to.
        let _ = writeln!(self.err, "Warning: {}", text.trim_end().replace('\n', " "));
    }

    fn complain(&mut self, text: &str) {
        let _ = writeln!(self.err, "Error: {text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netplumb_backends::{Batched, Ended, Part};
    use netplumb_core::conn::Expect;
    use netplumb_core::wire::{Malformation, Malformed, Message};
    use std::cell::RefCell;
    use std::rc::Rc;

    /// A kernel that answers each request with the next of these.
    struct Scripted(Rc<RefCell<Vec<Answer>>>);

    struct Answer {
        parts: Vec<Piece>,
        end: Result<Option<&'static str>, &'static str>,
    }

    enum Piece {
        Message(Vec<u8>),
        Restarted,
        Malformed,
    }

    impl Transact for Scripted {
        fn transact(&mut self, _: &[u8], _: Expect, each: &mut dyn FnMut(Part<'_>)) -> Result<Ended, Error> {
            let answer = self.0.borrow_mut().remove(0);
            for piece in &answer.parts {
                each(match piece {
                    Piece::Message(bytes) => Part::Reply(Message::parse(bytes).unwrap()),
                    Piece::Restarted => Part::Restarted,
                    Piece::Malformed => Part::Malformed(Malformed {
                        offset: 40,
                        bytes: &[],
                        reason: Malformation::HeaderCut { have: 3 },
                    }),
                });
            }
            let warning = answer.end.map_err(|why| Error::Io(std::io::Error::other(why)))?;
            Ok(Ended { warning: warning.map(str::to_owned) })
        }

        fn transact_batch(
            &mut self,
            _: &mut dyn Iterator<Item = Vec<u8>>,
            _: &mut dyn FnMut(usize, Result<(), Error>),
        ) -> Result<Batched, Error> {
            unreachable!("no test sends a batch")
        }
    }

    fn rule(priority: u32) -> Piece {
        let mut message = [36u32.to_ne_bytes(), [32, 0, 0, 0], [0; 4], [0; 4]].concat();
        message.extend([2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0]);
        message.extend([8, 0, 6, 0].into_iter().chain(priority.to_ne_bytes()));
        Piece::Message(message)
    }

    fn check(line: &str, answers: Vec<Answer>, out: &str, err: &str, status: u8) {
        let answers = Rc::new(RefCell::new(answers));
        let (mut told, mut complaints) = (Vec::new(), Vec::new());
        let words: Vec<_> = line.split(' ').collect();
        let mut terminal = Terminal { out: &mut told, err: &mut complaints, colors: false };
        let mut open = |_: &Options| Ok(Box::new(Scripted(Rc::clone(&answers))) as Box<dyn Transact>);
        let ended = run_on(&words, &mut terminal, &mut open);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert_eq!((text(told).as_str(), text(complaints).as_str(), ended), (out, err, status), "{line}");
        assert!(answers.borrow().is_empty(), "{line}: answers are left");
    }

    #[test]
    fn a_dump_that_starts_over_is_printed_once() {
        let parts = vec![rule(1), rule(2), Piece::Restarted, rule(1), rule(3)];
        let out = "1:\tfrom all lookup main\n3:\tfrom all lookup main\n";
        check("rule", vec![Answer { parts, end: Ok(None) }], out, "", 0);
    }

    #[test]
    fn a_dump_goes_on_behind_what_cannot_be_read() {
        let short = [20u32.to_ne_bytes(), [32, 0, 0, 0], [0; 4], [0; 4], [2, 0, 0, 0]].concat();
        let parts = vec![rule(1), Piece::Message(short), Piece::Malformed, rule(2)];
        let out = "1:\tfrom all lookup main\n2:\tfrom all lookup main\n";
        let err = "Error: the reply at offset 36 is left out: rule message of 4 bytes is shorter than its header\n\
                   Error: a reply is malformed at offset 40: 3 bytes left, a message header needs 16\n\
                   Error: 2 of the kernel's messages could not be read whole.\n";
        check("rule", vec![Answer { parts, end: Ok(None) }], out, err, 1);
    }

    #[test]
    fn what_can_be_read_of_a_message_is_printed() {
        // A rule whose preference has two bytes, behind a table that is whole; and one whose last attribute is cut.
        let mut short = [44u32.to_ne_bytes(), [32, 0, 0, 0], [0; 4], [0; 4]].concat();
        short.extend([2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0]);
        short.extend([8, 0, 15, 0].into_iter().chain(99u32.to_ne_bytes()).chain([6, 0, 6, 0, 7, 0, 0, 0]));
        let mut cut = [36u32.to_ne_bytes(), [32, 0, 0, 0], [0; 4], [0; 4]].concat();
        cut.extend([2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0]);
        cut.extend([12, 0, 6, 0, 7, 0, 0, 0]);
        let parts = vec![Piece::Message(short), Piece::Message(cut), rule(2)];
        let out = "0:\tfrom all lookup 99\n0:\tfrom all lookup main\n2:\tfrom all lookup main\n";
        let err = "Error: the reply at offset 0 is printed in part: FRA_PRIORITY: 2 bytes, 4 needed (offset 20)\n\
                   Error: the reply at offset 44 is printed in part: 8 bytes that are no attribute (offset 12)\n\
                   Error: 2 of the kernel's messages could not be read whole.\n";
        check("rule", vec![Answer { parts, end: Ok(None) }], out, err, 1);
    }

    #[test]
    fn warnings_and_failures_are_told() {
        let warns = || Answer { parts: vec![], end: Ok(Some("that is old")) };
        check("rule add pref 7", vec![warns()], "", "Warning: that is old\n", 0);
        check("-j rule", vec![warns()], "[]\n", "Warning: that is old\n", 0);
        let fails = || Answer { parts: vec![rule(1)], end: Err("gone") };
        check("rule del pref 7", vec![fails()], "", "Error: netlink socket: gone\n", 2);
        // Statuses as `ip` has them: each object in its own way.
        check("rule", vec![fails()], "", "Error: netlink socket: gone\n", 255);
        check("-4 route", vec![fails()], "", "Error: netlink socket: gone\n", 2);
        check("link", vec![fails()], "", "Error: netlink socket: gone\n", 1);
    }

    #[test]
    fn what_cannot_be_looked_up_is_not_called_absent() {
        let fails = Answer { parts: vec![], end: Err("gone") };
        check("link set eth0 up", vec![fails], "", "Error: netlink socket: gone\n", 1);
    }

    #[test]
    #[cfg(feature = "sim")]
    fn a_named_namespace_of_a_simulated_kernel_is_refused() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut terminal = Terminal { out: &mut out, err: &mut err, colors: false };
        assert_eq!(run(&["--sim", "-n", "green", "link"], &mut terminal), 255);
        assert!(err.starts_with(b"Error: -n names a network namespace of the running kernel"));
    }

    #[test]
    #[cfg(feature = "sim")]
    fn a_simulated_kernel_begins_with_loopback() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let words = ["--sim", "-br", "link"];
        let status = run(&words, &mut Terminal { out: &mut out, err: &mut err, colors: false });
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            (text.as_str(), err.len(), status),
            ("lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n", 0, 0)
        );
    }
}
