//! The `netplumb` command. Everything it does is in the library.

#![forbid(unsafe_code)]

use netplumb_cli::run::{Terminal, run};
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = Vec::new();
    for word in std::env::args_os().skip(1) {
        match word.into_string() {
            Ok(word) => words.push(word),
            Err(word) => {
                eprintln!("Error: argument {word:?} is not UTF-8.");
                return ExitCode::from(255);
            }
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let colors = std::io::stdout().is_terminal();
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr());
    ExitCode::from(run(&words, &mut Terminal { out: &mut out, err: &mut err, colors }))
}
