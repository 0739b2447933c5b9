//! The tokens of JSON (RFC 8259), without memory of its own: what [`read_message`](super::read_message) reads with.

use core::fmt;

/// Deepest nesting of braces and brackets. What the writer writes stays below.
const NESTED_MAX: u32 = 96;

/// Longest name or address, in bytes. Constants are shorter.
const NAME_MAX: usize = 96;

/// Where reading a message's JSON ended, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// Offset in the text, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub reason: JsonFault,
}

/// What can be wrong with a message's JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum JsonFault {
    /// Something else should stand here.
    Expected(&'static str),
    /// The protocol has no message type of this name.
    UnknownType,
    /// No member of a message is called so.
    UnknownMember,
    /// The set has no attribute of this name. An unknown type is written as its number.
    UnknownAttribute,
    /// The struct has no field of this name.
    UnknownField,
    /// No value or bit is called so.
    UnknownValue,
    /// The member was given before.
    Repeated,
    /// The number does not fit the integer's size.
    OutOfRange,
    /// More bytes or characters than there is room for in the payload.
    TooLong,
    /// A string that is not closed, a control character in it, or an escape that is none.
    BadString,
    /// Nested too deeply.
    TooDeep,
    /// The message does not fit the buffer, or an attribute is longer than 65,535 bytes.
    NoRoom,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::UnknownType => f.write_str("the protocol has no message type of this name"),
            Self::UnknownMember => f.write_str("no member of a message is called so"),
            Self::UnknownAttribute => f.write_str("the set has no attribute of this name"),
            Self::UnknownField => f.write_str("the struct has no field of this name"),
            Self::UnknownValue => f.write_str("no value is called so"),
            Self::Repeated => f.write_str("given twice"),
            Self::OutOfRange => f.write_str("the number does not fit the integer"),
            Self::TooLong => f.write_str("too long"),
            Self::BadString => f.write_str("an unclosed string, a bare control character or a bad escape"),
            Self::TooDeep => f.write_str("nested too deeply"),
            Self::NoRoom => {
                f.write_str("the message does not fit its buffer (an attribute holds at most 65535 bytes)")
            }
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (offset {} of the JSON)", self.reason, self.offset)
    }
}

impl core::error::Error for JsonError {}

/// A position in the text. A copy is a look ahead.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    text: &'t str,
    at: usize,
}

/// A decoded short string.
pub(super) struct Name {
    bytes: [u8; NAME_MAX],
    len: usize,
    /// Where it began.
    pub(super) offset: usize,
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|b| core::str::from_utf8(b).ok()).unwrap_or("")
    }

    pub(super) fn fault<T>(&self, reason: JsonFault) -> Result<T, JsonError> {
        Err(JsonError { offset: self.offset, reason })
    }
}

impl<'t> Text<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte behind white space, not consumed.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at = self.at.saturating_add(1);
        }
        self.byte()
    }

    pub(super) fn fault<T>(&self, reason: JsonFault) -> Result<T, JsonError> {
        Err(JsonError { offset: self.at, reason })
    }

    pub(super) fn expected<T>(&self, what: &'static str) -> Result<T, JsonError> {
        self.fault(JsonFault::Expected(what))
    }

    /// Consumes `byte` if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at = self.at.saturating_add(1);
        }
        found
    }

    pub(super) fn want(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { self.expected(what) }
    }

    /// Consumes `word` if it is next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at = self.at.saturating_add(word.len());
        }
        found
    }

    /// The name of the object's next member; its value comes next. `first` starts as `true`.
    pub(super) fn member(&mut self, first: &mut bool) -> Result<Option<Name>, JsonError> {
        if !self.next_item(first, (b'{', b'}'), ("an object", "a comma or the end of the object"))? {
            return Ok(None);
        }
        let name = self.name()?;
        self.want(b':', "a colon")?;
        Ok(Some(name))
    }

    /// Whether the array has another element, which comes next. `first` starts as `true`.
    pub(super) fn element(&mut self, first: &mut bool) -> Result<bool, JsonError> {
        self.next_item(first, (b'[', b']'), ("an array", "a comma or the end of the array"))
    }

    fn next_item(
        &mut self,
        first: &mut bool,
        (open, close): (u8, u8),
        (what, more): (&'static str, &'static str),
    ) -> Result<bool, JsonError> {
        if *first {
            self.want(open, what)?;
            *first = false;
            return Ok(!self.take(close));
        }
        if self.take(close) {
            return Ok(false);
        }
        self.want(b',', more)?;
        Ok(true)
    }

    /// A string of at most [`NAME_MAX`] bytes.
    pub(super) fn name(&mut self) -> Result<Name, JsonError> {
        self.peek();
        let offset = self.at;
        let mut name = Name { bytes: [0; NAME_MAX], len: 0, offset };
        self.string(&mut |part| {
            let end = name.len.saturating_add(part.len());
            let room = name.bytes.get_mut(name.len..end).ok_or(JsonFault::TooLong)?;
            room.copy_from_slice(part);
            name.len = end;
            Ok(())
        })?;
        Ok(name)
    }

    /// A string, decoded piece by piece.
    pub(super) fn string(
        &mut self,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), JsonFault>,
    ) -> Result<(), JsonError> {
        self.want(b'"', "a string")?;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
            let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
            let Some(plain) = plain else { return self.fault(JsonFault::BadString) };
            let (run, stop) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
            if !run.is_empty() {
                sink(run).map_err(|reason| JsonError { offset: self.at, reason })?;
            }
            self.at = self.at.saturating_add(plain);
            match stop.first() {
                Some(b'"') => {
                    self.at = self.at.saturating_add(1);
                    return Ok(());
                }
                Some(b'\\') => {
                    let offset = self.at;
                    let c = self.escape()?;
                    sink(c.encode_utf8(&mut [0; 4]).as_bytes())
                        .map_err(|reason| JsonError { offset, reason })?;
                }
                _ => return self.fault(JsonFault::BadString),
            }
        }
    }

    /// An escape from its backslash on.
    fn escape(&mut self) -> Result<char, JsonError> {
        let kind = self.text.as_bytes().get(self.at.saturating_add(1)).copied();
        let c = match kind {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.fault(JsonFault::BadString),
        };
        self.at = self.at.saturating_add(2);
        Ok(c)
    }

    /// `\u` and four hexadecimal digits, or two of them that are a surrogate pair.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let Some(high) = self.unit(self.at) else { return self.fault(JsonFault::BadString) };
        let after = self.at.saturating_add(6);
        let low = self.unit(after);
        let units = [high, low.unwrap_or(0)];
        let Some(Ok(c)) = char::decode_utf16(units).next() else {
            return self.fault(JsonFault::BadString);
        };
        self.at = if c.len_utf16() == 2 { after.saturating_add(6) } else { after };
        Ok(c)
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at.checked_add(6)?)?.strip_prefix("\\u")?;
        // `from_str_radix` would take a sign.
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    }

    /// An integer.
    pub(super) fn integer(&mut self) -> Result<i128, JsonError> {
        self.peek();
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or("");
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let sign = rest.len().saturating_sub(digits.len());
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let more = digits.as_bytes().get(count).copied();
        let leading_zero = count > 1 && digits.starts_with('0');
        if count == 0 || leading_zero || matches!(more, Some(b'.' | b'e' | b'E')) {
            return self.expected("an integer");
        }
        let end = sign.saturating_add(count);
        match rest.get(..end).and_then(|number| number.parse().ok()) {
            Some(value) => {
                self.at = start.saturating_add(end);
                Ok(value)
            }
            None => self.fault(JsonFault::OutOfRange),
        }
    }

    /// Skips a value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), JsonError> {
        self.skip_nested(0)
    }

    fn skip_nested(&mut self, depth: u32) -> Result<(), JsonError> {
        if depth > NESTED_MAX {
            return self.fault(JsonFault::TooDeep);
        }
        let deeper = depth.saturating_add(1);
        let mut first = true;
        match self.peek() {
            Some(b'{') => {
                while self.next_item(&mut first, (b'{', b'}'), ("", "a comma or the end of the object"))? {
                    self.string(&mut |_| Ok(()))?;
                    self.want(b':', "a colon")?;
                    self.skip_nested(deeper)?;
                }
            }
            Some(b'[') => {
                while self.element(&mut first)? {
                    self.skip_nested(deeper)?;
                }
            }
            Some(b'"') => self.string(&mut |_| Ok(()))?,
            Some(b't' | b'f' | b'n') => {
                if !(self.word("true") || self.word("false") || self.word("null")) {
                    return self.expected("a value");
                }
            }
            Some(b'-' | b'0'..=b'9') => {
                self.integer()?;
            }
            _ => return self.expected("a value"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn decoded(text: &str) -> Result<String, JsonFault> {
        let mut out = std::vec::Vec::new();
        let mut at = Text::new(text);
        at.string(&mut |part| {
            out.extend_from_slice(part);
            Ok(())
        })
        .map_err(|e| e.reason)?;
        assert_eq!(at.offset(), text.len());
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn strings_decode() {
        fn check(text: &str, expected: Result<&str, JsonFault>) {
            assert_eq!(decoded(text).as_deref().map_err(|e| *e), expected, "{text}");
        }
        check(r#""a\"\\\/\b\f\n\r\tü""#, Ok("a\"\\/\u{8}\u{c}\n\r\tü"));
        check(r#""\u0041\u00fc\u20AC\ud83d\ude00x""#, Ok("Aü€😀x"));
        check(r#""\ud83d""#, Err(JsonFault::BadString));
        check(r#""\ud83d\u0041""#, Err(JsonFault::BadString));
        check(r#""\ude00\ud83d""#, Err(JsonFault::BadString));
        check(r#""\u+041""#, Err(JsonFault::BadString));
        check(r#""\u00""#, Err(JsonFault::BadString));
        check(r#""\x""#, Err(JsonFault::BadString));
        check("\"a\nb\"", Err(JsonFault::BadString));
        check("\"abc", Err(JsonFault::BadString));
        check("\"abc\\", Err(JsonFault::BadString));
        check("\"\\ü\"", Err(JsonFault::BadString));
        check("7", Err(JsonFault::Expected("a string")));
    }

    #[test]
    fn integers_are_integers() {
        fn check(text: &str, expected: Result<i128, JsonFault>) {
            assert_eq!(Text::new(text).integer().map_err(|e| e.reason), expected, "{text}");
        }
        check(" -7,", Ok(-7));
        check("18446744073709551615", Ok(u64::MAX.into()));
        check("1.5", Err(JsonFault::Expected("an integer")));
        check("1e3", Err(JsonFault::Expected("an integer")));
        check("01", Err(JsonFault::Expected("an integer")));
        check("+1", Err(JsonFault::Expected("an integer")));
        check("-", Err(JsonFault::Expected("an integer")));
        check(&"9".repeat(50), Err(JsonFault::OutOfRange));
    }

    #[test]
    fn skipping_is_bounded_and_strict() {
        fn check(text: &str, expected: Result<usize, JsonFault>) {
            let mut at = Text::new(text);
            assert_eq!(at.skip().map(|()| at.offset()).map_err(|e| e.reason), expected, "{text}");
        }
        check(r#"{"a":[1,{"b":null}],"c":"]"} rest"#, Ok(28));
        check("[1 2]", Err(JsonFault::Expected("a comma or the end of the array")));
        check("{1:2}", Err(JsonFault::Expected("a string")));
        check("nul", Err(JsonFault::Expected("a value")));
        check(&"[".repeat(100_000), Err(JsonFault::TooDeep));
        check("[1,]", Err(JsonFault::Expected("a value")));
    }
}
