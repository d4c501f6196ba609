//! A reader of bytes that knows what quotes look like: plain, escaped inside another string, or as entities.

use std::ops::Range;

/// Longest value read, in bytes.
const LONGEST: usize = 2048;

/// How a value or a name is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// Not at all.
    None,
    /// `"`
    Double,
    /// `'`
    Single,
    /// `` ` ``
    Backtick,
    /// `\"` and the like: quoted inside a string.
    Escaped,
    /// `&quot;`, `&#34;`, `%22` or typographic.
    Encoded,
}

/// What opens a quoted value, what closes it, and what it is called. Longer ones stand before those they begin with.
const QUOTES: [(&str, &str, Quote); 19] = [
    ("\\\\\\\"", "\\\\\\\"", Quote::Escaped),
    ("\\\"", "\\\"", Quote::Escaped),
    ("\\'", "\\'", Quote::Escaped),
    ("\\u0022", "\\u0022", Quote::Escaped),
    ("\"\"\"", "\"\"\"", Quote::Double),
    ("'''", "'''", Quote::Single),
    ("``", "``", Quote::Backtick),
    ("\"", "\"", Quote::Double),
    ("'", "'", Quote::Single),
    ("`", "`", Quote::Backtick),
    ("&quot;", "&quot;", Quote::Encoded),
    ("&#34;", "&#34;", Quote::Encoded),
    ("&#39;", "&#39;", Quote::Encoded),
    ("&apos;", "&apos;", Quote::Encoded),
    ("%22", "%22", Quote::Encoded),
    ("%27", "%27", Quote::Encoded),
    ("\u{201c}", "\u{201d}", Quote::Encoded),
    ("\u{2018}", "\u{2019}", Quote::Encoded),
    ("\u{2019}", "\u{2019}", Quote::Encoded),
];

/// A place in a text and the end beyond which nothing is read.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    /// The next byte.
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at.min(self.bytes.len())..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Takes `literal` if it stands here.
    pub(super) fn eat(&mut self, literal: &str) -> bool {
        let stands = self.rest().starts_with(literal.as_bytes());
        if stands {
            self.at += literal.len();
        }
        stands
    }

    /// Takes bytes as long as `wanted` says so, at most `most`, and tells how many.
    pub(super) fn eat_while(&mut self, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take(most).take_while(|b| wanted(**b)).count();
        self.at += count;
        count
    }

    /// Takes blanks of this line.
    pub(super) fn blanks(&mut self) -> usize {
        self.eat_while(64, |b| matches!(b, b' ' | b'\t'))
    }

    /// True at the end of a line.
    pub(super) fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n' | b'\r'))
    }

    /// Takes an opening or closing quote of any kind and tells which.
    pub(super) fn quote(&mut self) -> Option<(Quote, &'static str)> {
        if !matches!(self.peek()?, b'\\' | b'"' | b'\'' | b'`' | b'&' | b'%' | 0xE2) {
            return None;
        }
        let (open, close, quote) = QUOTES.iter().find(|(open, _, _)| self.rest().starts_with(open.as_bytes()))?;
        self.at += open.len();
        Some((*quote, close))
    }

    /// Takes everything up to `close`, and `close` itself. `None` if it does not follow.
    pub(super) fn until(&mut self, close: &str) -> Option<Range<usize>> {
        let rest = self.rest();
        let rest = &rest[..rest.len().min(LONGEST)];
        let is_long = close.len() == 3 && !close.starts_with('%') || close == "`";
        let close = close.as_bytes();
        let mut at = 0;
        while at < rest.len() {
            if rest[at..].starts_with(close) {
                let value = self.at..self.at + at;
                self.at += at + close.len();
                return Some(value);
            }
            match rest[at] {
                b'\n' if !is_long => return None,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        None
    }
}
