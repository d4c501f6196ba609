//! Text in which single characters are escaped: percent signs in URLs, backslashes in strings.

use std::ops::Range;

use super::run::pair;
use super::sheet::Sheet;
use crate::finding::Layer;

/// What is shorter holds no token.
const SHORTEST: usize = 16;

/// An escape: how long it is, and what it stands for.
struct Escape {
    length: usize,
    byte: u8,
}

/// Decodes what is escaped with percent signs.
pub(super) fn percent(bytes: &[u8], sheet: &mut Sheet) {
    PERCENT.decode(bytes, sheet);
}

/// Decodes what is escaped with backslashes.
pub(super) fn backslash(bytes: &[u8], sheet: &mut Sheet) {
    BACKSLASH.decode(bytes, sheet);
}

const PERCENT: Style = Style { layer: Layer::Percent, sign: b'%', escape: percent_at, is_inside: is_url };
const BACKSLASH: Style = Style { layer: Layer::Escape, sign: b'\\', escape: backslash_at, is_inside: is_string };

/// One way to escape.
struct Style {
    layer: Layer,
    sign: u8,
    /// Reads the escape at the start of what follows its sign.
    escape: fn(&[u8]) -> Option<Escape>,
    /// What may stand around an escape.
    is_inside: fn(&u8) -> bool,
}

impl Style {
    #[inline(always)]
    fn decode(&self, bytes: &[u8], sheet: &mut Sheet) {
        let mut done = 0;
        for sign in memchr::memchr_iter(self.sign, bytes) {
            if sign < done || (self.escape)(&bytes[sign + 1..]).is_none() {
                continue;
            }
            let start = bytes[done..sign].iter().rposition(|b| !(self.is_inside)(b)).map_or(done, |i| done + i + 1);
            let end = bytes[sign..].iter().position(|b| !(self.is_inside)(b)).map_or(bytes.len(), |i| sign + i);
            done = end.max(sign + 1);
            if done - start >= SHORTEST {
                self.run(bytes, start..done, sheet);
            }
        }
    }

    fn run(&self, bytes: &[u8], run: Range<usize>, sheet: &mut Sheet) {
        sheet.begin(self.layer, bytes, run.start..run.start);
        let mut at = run.start;
        while at < run.end {
            let sign = memchr::memchr(self.sign, &bytes[at..run.end]).map_or(run.end, |i| at + i);
            if sign > at {
                sheet.copied(self.layer, bytes, at..sign);
            }
            if sign == run.end {
                return;
            }
            let escape = (self.escape)(&bytes[sign + 1..run.end]);
            let length = escape.as_ref().map_or(1, |escape| escape.length + 1);
            let byte = escape.map_or(self.sign, |escape| escape.byte);
            at = sign + length;
            sheet.decoded(self.layer, sign..at, &[byte]);
        }
    }
}

fn percent_at(rest: &[u8]) -> Option<Escape> {
    Some(Escape { length: 2, byte: pair(rest)? })
}

fn backslash_at(rest: &[u8]) -> Option<Escape> {
    let (kind, rest) = rest.split_first()?;
    let escape = |zeros: usize| {
        let digits = rest.get(zeros..zeros + 2)?;
        let byte = pair(digits).filter(|b| matches!(b, b' '..=b'~'))?;
        rest[..zeros].iter().all(|&b| b == b'0').then_some(Escape { length: zeros + 3, byte })
    };
    match kind {
        b'x' => escape(0),
        b'u' => escape(2),
        b'U' => escape(6),
        b'/' => Some(Escape { length: 1, byte: b'/' }),
        _ => None,
    }
}

fn is_url(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&*+,;=%".contains(byte)
}

fn is_string(byte: &u8) -> bool {
    byte.is_ascii_graphic() && !b"\"'`<>".contains(byte)
}
