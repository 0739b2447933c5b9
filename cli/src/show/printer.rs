//! One call for two outputs: text as iproute2 prints it, or JSON with iproute2's keys.
//!
//! ```
//! use netplumb_cli::show::{Options, Printer};
//! let print = |options: Options| {
//!     let mut out = Vec::new();
//!     let mut p = Printer::new(&mut out, options);
//!     p.open_item();
//!     p.string("ifname", "{}: ", "lo");
//!     p.uint("mtu", "mtu {} ", 65536u32);
//!     p.close_object();
//!     p.line();
//!     p.finish().unwrap();
//!     String::from_utf8(out).unwrap()
//! };
//! assert_eq!(print(Options::default()), "lo: mtu 65536 \n");
//! assert_eq!(print(Options { json: true, ..Options::default() }), "[{\"ifname\":\"lo\",\"mtu\":65536}]\n");
//! ```

use std::fmt::{Display, Write as _};
use std::io;

use super::{Color, Options};

/// How much is kept before it goes to the writer, in bytes.
const BUFFERED: usize = 32 * 1024;

/// Prints objects as text or as JSON, one element after the other, without holding more than one.
///
/// A failed write is remembered and reported by [`status`](Self::status) and [`finish`](Self::finish).
pub struct Printer<'w> {
    out: &'w mut dyn io::Write,
    options: Options,
    buffer: String,
    depth: usize,
    /// Whether an element stands in front of the next one in the same object or array.
    follows: bool,
    error: Option<io::Error>,
}

impl<'w> Printer<'w> {
    /// A printer on `out`; in JSON the outer array begins.
    pub fn new(out: &'w mut dyn io::Write, options: Options) -> Self {
        let mut printer = Self { out, options, buffer: String::new(), depth: 0, follows: false, error: None };
        if options.json {
            printer.begin('[');
        }
        printer
    }

    /// The options it was made with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whether it prints JSON.
    pub fn is_json(&self) -> bool {
        self.options.json
    }

    /// Ends the outer array and writes what is left.
    ///
    /// # Errors
    /// The first error of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        if self.options.json {
            self.end(']', true);
            self.buffer.push('\n');
        }
        self.flush();
        match self.error.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    /// Writes what is buffered, for output that others are to see at once.
    ///
    /// # Errors
    /// The first error of the writer since the last call.
    pub fn status(&mut self) -> io::Result<()> {
        self.flush();
        match self.error.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    /// The first error of the writer, if there was one; nothing is written.
    ///
    /// # Errors
    /// The first error of the writer since it was last asked for.
    pub fn check(&mut self) -> io::Result<()> {
        if self.buffer.len() >= BUFFERED {
            self.flush();
        }
        self.error.take().map_or(Ok(()), Err)
    }

    fn flush(&mut self) {
        if self.error.is_none()
            && let Err(error) = self.out.write_all(self.buffer.as_bytes())
        {
            self.error = Some(error);
        }
        self.buffer.clear();
    }

    // What both outputs have. `format` has one `{}`, where the value goes.

    /// Text.
    pub fn string(&mut self, key: &str, format: &str, value: &str) {
        self.color_string(Color::None, key, format, value);
    }

    /// Coloured text.
    pub fn color_string(&mut self, color: Color, key: &str, format: &str, value: &str) {
        if self.options.json {
            self.json_string(key, value);
        } else {
            self.color_text(color, format, value);
        }
    }

    /// A signed number.
    pub fn int(&mut self, key: &str, format: &str, value: i64) {
        self.number(key, format, value);
    }

    /// An unsigned number.
    pub fn uint(&mut self, key: &str, format: &str, value: impl Into<u64>) {
        self.number(key, format, value.into());
    }

    fn number(&mut self, key: &str, format: &str, value: impl Display) {
        if self.options.json {
            self.name(key);
            self.raw(value);
        } else {
            self.color_text(Color::None, format, value);
        }
    }

    /// A number in hexadecimal with `0x` (0 is `0`), in JSON as a string.
    pub fn hex(&mut self, key: &str, format: &str, value: u64) {
        self.string(key, format, &alternate_hex(value));
    }

    /// A number in hexadecimal without `0x`, in JSON as a string.
    pub fn plain_hex(&mut self, key: &str, format: &str, value: u64) {
        self.string(key, format, &format!("{value:x}"));
    }

    /// `true`, or a word in text.
    pub fn flag(&mut self, key: &str, text: &str) {
        self.boolean(key, text, true);
    }

    /// A truth value, or in text what the caller says for it.
    pub fn boolean(&mut self, key: &str, text: &str, value: bool) {
        if self.options.json {
            self.json_bool(key, value);
        } else {
            self.text(text);
        }
    }

    /// A truth value, in text `on` or `off`.
    pub fn on_off(&mut self, key: &str, format: &str, value: bool) {
        if self.options.json {
            self.json_bool(key, value);
        } else {
            self.color_text(Color::None, format, if value { "on" } else { "off" });
        }
    }

    /// `null`, or a word in text.
    pub fn null(&mut self, key: &str, text: &str) {
        if self.options.json {
            self.json_null(key);
        } else {
            self.text(text);
        }
    }

    /// An element of an array.
    pub fn item(&mut self, format: &str, value: &str) {
        self.color_item(Color::None, format, value);
    }

    /// A coloured element of an array.
    pub fn color_item(&mut self, color: Color, format: &str, value: &str) {
        if self.options.json {
            self.separate();
            self.quoted(value);
            self.follows = true;
        } else {
            self.color_text(color, format, value);
        }
    }

    // What only text has.

    /// Text without a value.
    pub fn text(&mut self, text: &str) {
        if !self.options.json {
            self.buffer.push_str(text);
        }
    }

    /// Coloured text with a value; the colour covers all of `format`.
    pub fn color_text(&mut self, color: Color, format: &str, value: impl Display) {
        if self.options.json {
            return;
        }
        let (begin, end) = self.options.palette.codes(color);
        let (before, after) = format.split_once("{}").unwrap_or((format, ""));
        self.buffer.push_str(begin);
        self.buffer.push_str(before);
        let _ = write!(self.buffer, "{value}");
        self.buffer.push_str(after);
        self.buffer.push_str(end);
    }

    /// A new line of the same object: with `oneline` a backslash.
    pub fn nl(&mut self) {
        self.text(if self.options.oneline { "\\" } else { "\n" });
    }

    /// The end of an object's text.
    pub fn line(&mut self) {
        self.text("\n");
    }

    // What only JSON has.

    /// Text in JSON only.
    pub fn json_string(&mut self, key: &str, value: &str) {
        if self.options.json {
            self.name(key);
            self.quoted(value);
            self.follows = true;
        }
    }

    /// A number in JSON only.
    pub fn json_number(&mut self, key: &str, value: impl Display) {
        if self.options.json {
            self.name(key);
            self.raw(value);
        }
    }

    /// A truth value in JSON only.
    pub fn json_bool(&mut self, key: &str, value: bool) {
        self.json_number(key, value);
    }

    /// `null` in JSON only.
    pub fn json_null(&mut self, key: &str) {
        self.json_number(key, "null");
    }

    /// Begins an object with a name.
    pub fn open_object(&mut self, key: &str) {
        if self.options.json {
            self.name(key);
            self.begin('{');
        }
    }

    /// Begins an object that is an element of an array.
    pub fn open_item(&mut self) {
        if self.options.json {
            self.begin('{');
        }
    }

    /// Ends an object.
    pub fn close_object(&mut self) {
        if self.options.json {
            self.end('}', false);
        }
        if self.buffer.len() >= BUFFERED {
            self.flush();
        }
    }

    /// Begins an array with a name, or text.
    pub fn open_array(&mut self, key: &str, text: &str) {
        if self.options.json {
            self.name(key);
            self.begin('[');
        } else {
            self.text(text);
        }
    }

    /// Ends an array, or prints text.
    pub fn close_array(&mut self, text: &str) {
        if self.options.json {
            self.end(']', true);
        } else {
            self.text(text);
        }
    }

    fn separate(&mut self) {
        if self.follows {
            self.buffer.push(',');
        }
    }

    fn new_line(&mut self) {
        if self.options.pretty {
            self.buffer.push('\n');
            for _ in 0..self.depth {
                self.buffer.push_str("    ");
            }
        }
    }

    fn name(&mut self, key: &str) {
        self.separate();
        self.new_line();
        self.quoted(key);
        self.buffer.push_str(if self.options.pretty { ": " } else { ":" });
        self.follows = false;
    }

    fn raw(&mut self, value: impl Display) {
        let _ = write!(self.buffer, "{value}");
        self.follows = true;
    }

    fn begin(&mut self, bracket: char) {
        self.separate();
        self.buffer.push(bracket);
        if bracket == '[' && self.options.pretty {
            self.buffer.push(' ');
        }
        self.depth += 1;
        self.follows = false;
    }

    fn end(&mut self, bracket: char, array: bool) {
        self.depth = self.depth.saturating_sub(1);
        if !array && self.follows {
            self.new_line();
        }
        // An empty array is `[ ]`, not `[  ]`.
        if array && self.follows && self.options.pretty {
            self.buffer.push(' ');
        }
        self.buffer.push(bracket);
        self.follows = true;
    }

    fn quoted(&mut self, text: &str) {
        self.buffer.push('"');
        for c in text.chars() {
            match c {
                '"' => self.buffer.push_str("\\\""),
                '\\' => self.buffer.push_str("\\\\"),
                '\n' => self.buffer.push_str("\\n"),
                '\r' => self.buffer.push_str("\\r"),
                '\t' => self.buffer.push_str("\\t"),
                '\u{8}' => self.buffer.push_str("\\b"),
                '\u{c}' => self.buffer.push_str("\\f"),
                c if c < ' ' => {
                    let _ = write!(self.buffer, "\\u{:04x}", u32::from(c));
                }
                c => self.buffer.push(c),
            }
        }
        self.buffer.push('"');
    }
}

/// C's `%#x`: 0 has no `0x`.
pub(crate) fn alternate_hex(value: u64) -> String {
    if value == 0 { "0".to_owned() } else { format!("{value:#x}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: Options, fill: impl Fn(&mut Printer<'_>), expected: &str) {
        let mut out = Vec::new();
        let mut p = Printer::new(&mut out, options);
        fill(&mut p);
        p.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn sample(p: &mut Printer<'_>) {
        for _ in 0..2 {
            p.open_item();
            p.hex("mark", "mark {} ", 0x2a);
            p.open_array("flags", "<");
            p.item("{},", "A");
            p.item("{}", "B");
            p.close_array("> ");
            p.open_array("none", "");
            p.close_array("");
            p.open_object("in");
            p.on_off("x", "x {}", true);
            p.close_object();
            p.close_object();
            p.line();
        }
    }

    #[test]
    fn json_is_that_of_ip() {
        let json = Options { json: true, ..Options::default() };
        let one = r#"{"mark":"0x2a","flags":["A","B"],"none":[],"in":{"x":true}}"#;
        check(json, sample, &format!("[{one},{one}]\n"));
        let pretty = Options { pretty: true, ..json };
        let one = "{\n        \"mark\": \"0x2a\",\n        \"flags\": [ \"A\",\"B\" ],\n        \"none\": [ ],\n        \"in\": {\n            \"x\": true\n        }\n    }";
        check(pretty, sample, &format!("[ {one},{one} ]\n"));
        check(pretty, |_| {}, "[ ]\n");
        check(json, |_| {}, "[]\n");
    }

    #[test]
    fn text_is_that_of_ip() {
        check(Options::default(), sample, "mark 0x2a <A,B> x on\nmark 0x2a <A,B> x on\n");
        let color = Options { palette: super::super::Palette::Light, ..Options::default() };
        check(color, |p| p.color_string(Color::Mac, "a", "{} ", "00:01"), "\u{1b}[33m00:01 \u{1b}[0m");
    }

    #[test]
    fn strings_are_valid_json() {
        let json = Options { json: true, ..Options::default() };
        check(
            json,
            |p| {
                p.open_item();
                p.string("a\"b", "", "\u{1}\t\\ \u{e9}'");
                p.close_object();
            },
            "[{\"a\\\"b\":\"\\u0001\\t\\\\ \u{e9}'\"}]\n",
        );
    }

    #[test]
    fn a_broken_pipe_is_reported() {
        use crate::testing::Broken;
        let mut out = Broken;
        let mut p = Printer::new(&mut out, Options::default());
        p.text("x");
        assert_eq!(p.finish().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
