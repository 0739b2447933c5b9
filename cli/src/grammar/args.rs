//! Walking along the words of a command line.

use super::Usage;

/// Whether `word` abbreviates `full`: iproute2 takes every beginning of a word, and where two words begin alike the one
/// it asks for first. Nothing at all abbreviates nothing.
pub(crate) fn abbreviates(word: &str, full: &str) -> bool {
    !word.is_empty() && full.starts_with(word)
}

/// The words not yet read.
#[derive(Clone, Debug)]
pub(crate) struct Args<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl<'a> Args<'a> {
    pub(crate) fn new(words: &'a [&'a str]) -> Self {
        Self { words, at: 0 }
    }

    /// The next word, left where it is.
    pub(crate) fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    /// Reads the next word, if there is one.
    pub(crate) fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    /// Steps over the word that [`peek`](Self::peek) showed.
    pub(crate) fn skip(&mut self) {
        self.at = self.words.len().min(self.at + 1);
    }

    /// Takes the last word back.
    pub(crate) fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Reads the word that must follow an option.
    pub(crate) fn value(&mut self) -> Result<&'a str, Usage> {
        self.next().ok_or_else(Usage::incomplete)
    }

    /// Reads the next word if it is exactly this one.
    pub(crate) fn take(&mut self, exact: &str) -> bool {
        let found = self.peek() == Some(exact);
        if found {
            self.at += 1;
        }
        found
    }

    /// Reads the next word if it abbreviates this one.
    pub(crate) fn take_matching(&mut self, full: &str) -> bool {
        let found = self.peek().is_some_and(|word| abbreviates(word, full));
        if found {
            self.at += 1;
        }
        found
    }

    /// How many words are left.
    pub(crate) fn remaining(&self) -> usize {
        self.words.len() - self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.words.len()
    }
}

/// What a word of a command line stands for: the choices in the order in which iproute2 asks for them.
///
/// A choice that begins with `=` must be written out, the others may be abbreviated.
pub(crate) fn choose<T: Copy>(word: &str, choices: &[(&str, T)]) -> Option<T> {
    choices
        .iter()
        .find(|(full, _)| match full.strip_prefix('=') {
            Some(exact) => word == exact,
            None => abbreviates(word, full),
        })
        .map(|choice| choice.1)
}

/// The words of those choices that are wanted, for whoever wants to know what there is to choose from.
pub(crate) fn words<T: Copy>(choices: &[(&'static str, T)], wanted: impl Fn(T) -> bool) -> Vec<&'static str> {
    let wanted = choices.iter().filter(|choice| wanted(choice.1));
    wanted.map(|choice| choice.0.trim_start_matches('=')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_choice_that_fits_wins() {
        let choices = [("show", 's'), ("set", 'S'), ("=brd", 'b'), ("broadcast", 'B')];
        let check =
            |word: &str, expected: Option<char>| assert_eq!(choose(word, &choices), expected, "{word}");
        check("s", Some('s'));
        check("se", Some('S'));
        check("br", Some('B'));
        check("brd", Some('b'));
        check("showing", None);
        check("", None);
    }
}
