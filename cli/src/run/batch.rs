//! `-batch`: commands from a file, one a line.

use super::Job;
use super::failure::{FAILED, Failure, REFUSED, reason};
use crate::grammar::{Action, Object, Options};
use std::io::{BufRead, BufReader, Read};

/// A line of commands that could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine(&'static str);

/// Cuts a file into commands.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    /// Number of the last line that was read, from 1.
    number: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::new(input), number: 0 }
    }

    fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let code = line.split('#').next().unwrap_or_default();
        Ok(Some(code.to_owned()))
    }

    /// The words of the next line that has any; a backslash at its end takes the following line to it. `None` at the end.
    pub(super) fn words(&mut self) -> std::io::Result<Option<Result<Vec<String>, BadLine>>> {
        while let Some(mut line) = self.line()? {
            while let Some(rest) = line.strip_suffix("\\\n").map(str::to_owned) {
                match self.line()? {
                    Some(next) => line = rest + &next,
                    None => return Ok(Some(Err(BadLine("Missing continuation line")))),
                }
            }
            match split(&line) {
                Ok(words) if words.is_empty() => {}
                words => return Ok(Some(words)),
            }
        }
        Ok(None)
    }
}

/// Words with white space between; quotes hold one together.
fn split(line: &str) -> Result<Vec<String>, BadLine> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if first == '"' || first == '\'' {
            rest[1..].split_once(first).ok_or(BadLine("Unterminated quoted string"))?
        } else {
            rest.split_once([' ', '\t', '\r', '\n']).unwrap_or((rest, ""))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

impl Job<'_> {
    /// Carries out the commands of a file; after a failure only with `-force`. Returns the exit status.
    pub(super) fn batch(&mut self, name: &str) -> Result<u8, Failure> {
        let input: Box<dyn Read> = if name == "-" {
            Box::new(std::io::stdin())
        } else {
            let file = std::fs::File::open(name).map_err(|e| {
                Failure::Other(FAILED, format!("Cannot open file \"{name}\" for reading: {}", reason(&e)))
            })?;
            Box::new(file)
        };
        let options = Options { batch: None, ..self.options.clone() };
        let mut lines = Lines::new(input);
        let mut pending = Pending { name: name.to_owned(), ..Pending::default() };
        loop {
            let next = lines.words().map_err(|e| {
                Failure::Other(
                    FAILED,
                    format!("Error: cannot read \"{name}\" behind line {}: {}", lines.number, reason(&e)),
                )
            })?;
            let Some(words) = next else { break };
            let done = match words {
                Ok(words) => self.batched(&options, &words, lines.number, &mut pending),
                Err(BadLine(why)) => Err(Failure::Other(FAILED, why.to_owned())),
            };
            if let Err(failure) = done {
                self.send(&mut pending)?;
                failure.tell(self.err);
                if failure.is_final() {
                    return Ok(failure.status());
                }
                self.command_failed(name, lines.number);
                if !self.options.force {
                    // As `ip`: 255 for a line that was not understood, 1 for one that failed.
                    return Ok(if failure.status() == 255 { 255 } else { FAILED });
                }
                pending.failed = true;
            }
        }
        self.send(&mut pending)?;
        Ok(if pending.failed { FAILED } else { 0 })
    }

    fn command_failed(&mut self, name: &str, number: usize) {
        let _ = writeln!(self.err, "Command failed {name}:{number}");
    }
}

/// Changes that are sent together. Only with `-force`, where an error does not keep the next command from being carried
/// out; and none of links, which later lines may look up.
#[derive(Default)]
struct Pending {
    name: String,
    /// Numbers of the lines.
    lines: Vec<usize>,
    messages: Vec<Vec<u8>>,
    /// Whether a command failed.
    failed: bool,
}

/// How many changes wait at most.
const PENDING: usize = 1000;

impl Job<'_> {
    /// Carries out one line, or puts it to those that are sent together.
    fn batched(
        &mut self,
        options: &Options,
        words: &[String],
        number: usize,
        pending: &mut Pending,
    ) -> Result<(), Failure> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match self.parse(options, &words)? {
            Action::Change(change) if options.force && change.object != Object::Link => {
                pending.lines.push(number);
                pending.messages.push(change.message);
                if pending.lines.len() >= PENDING { self.send(pending) } else { Ok(()) }
            }
            action => {
                self.send(pending)?;
                self.action(action)
            }
        }
    }

    /// Sends the changes that wait, and tells which failed.
    fn send(&mut self, pending: &mut Pending) -> Result<(), Failure> {
        if pending.lines.is_empty() {
            return Ok(());
        }
        let (lines, messages) = (std::mem::take(&mut pending.lines), std::mem::take(&mut pending.messages));
        let mut failures = Vec::new();
        let ended = self.host.execute_all(messages, &mut |n, result| {
            if let Err(error) = result {
                failures.push((n, error));
            }
        });
        // What a lost acknowledgement was about is told late.
        failures.sort_by_key(|failure| failure.0);
        for (n, error) in failures {
            pending.failed = true;
            Failure::Kernel(error, REFUSED).tell(self.err);
            self.command_failed(&pending.name, lines.get(n).copied().unwrap_or_default());
        }
        ended.map_err(|e| Failure::Kernel(e, FAILED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, &[&str])]) {
        let mut lines = Lines::new(text.as_bytes());
        for (number, words) in expected {
            let found = lines.words().unwrap().unwrap().unwrap();
            assert_eq!((lines.number, found), (*number, words.iter().map(|&w| w.to_owned()).collect()));
        }
        assert_eq!(lines.words().unwrap(), None);
    }

    #[test]
    fn lines_are_cut_as_ip_cuts_them() {
        check("link show\n\n # nothing\nl s", &[(1, &["link", "show"]), (4, &["l", "s"])]);
        check("a 'b c' \"d 'e\" f\"g\"\r\n", &[(1, &["a", "b c", "d 'e", "f\"g\""])]);
        check("a \\\nb # c\n  d\n", &[(2, &["a", "b"]), (3, &["d"])]);
        check("a ''\n", &[(1, &["a", ""])]);
    }

    #[test]
    fn lines_without_an_end_are_told() {
        let bad = |text: &str| Lines::new(text.as_bytes()).words().unwrap().unwrap().unwrap_err();
        assert_eq!(bad("a 'b\n"), BadLine("Unterminated quoted string"));
        assert_eq!(bad("a \\\n"), BadLine("Missing continuation line"));
    }
}
