//! Code that stands so far to the right that no reader scrolls there.

use std::ops::Range;

use memchr::memmem;

use super::audience::Audience;
use super::found::{Found, Grade};
use crate::finding::Severity;
use crate::rule::Hidden;

/// White space that no layout has within a line.
const BLANKS: &[u8] = &[b' '; 140];
const TABS: &[u8] = &[b'\t'; 48];
/// Letters of code that does something.
const LEAST: usize = 8;
/// Bytes that identify it.
const KEY: usize = 200;

/// Every place in `span` where code follows so much white space.
pub(super) fn found(bytes: &[u8], span: Range<usize>, audience: Audience) -> Vec<Found> {
    let mut out = Vec::new();
    for blanks in [BLANKS, TABS] {
        let mut at = span.start;
        while let Some(offset) = memmem::find(&bytes[at..span.end], blanks) {
            let from = at + offset;
            let code = from + bytes[from..span.end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            let end = memchr::memchr(b'\n', &bytes[code..span.end]).map_or(span.end, |length| code + length);
            at = end;
            let line = memchr::memrchr(b'\n', &bytes[..from]).map_or(0, |newline| newline + 1);
            let is_first = bytes[line..from].iter().all(u8::is_ascii_whitespace);
            if does_something(&bytes[code..end], audience) && !(is_first && blanks == TABS) {
                out.push(one(bytes, code..end, code - line));
            }
        }
    }
    out
}

/// True if `code` is more than the end of a table, a comment or a continued line; to an agent every word is code.
fn does_something(code: &[u8], audience: Audience) -> bool {
    let code = code.trim_ascii();
    let letters = code.iter().filter(|b| b.is_ascii_alphabetic()).count();
    letters >= LEAST
        && (audience == Audience::Agent || code.iter().any(|b| matches!(b, b'(' | b'=' | b';' | b'`')))
        && !matches!(
            code,
            [b'#' | b'*' | b'|' | b'\\', ..] | [b'/', b'/' | b'*', ..] | [b'-', b'-', ..] | [b'<', b'!', ..]
        )
}

fn one(bytes: &[u8], code: Range<usize>, column: usize) -> Found {
    let key = &bytes[code.start..code.end.min(code.start + KEY)];
    Found {
        what: Hidden::OutOfSight,
        grade: Grade::Strong,
        severity: Audience::Code.weigh(Hidden::OutOfSight, Grade::Strong).unwrap_or(Severity::High),
        places: vec![(code, String::new())],
        said: format!("Code in column {column}, behind white space only,"),
        key: String::from_utf8_lossy(key).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_behind_white_space_is_found() {
        let wide = " ".repeat(200);
        for (text, count) in [
            (format!("a();{wide}eval(payload)\n"), 1),
            (format!("{wide}eval(payload)\n"), 1),
            (format!("#define A{wide}\\\n"), 0),
            (format!("a();{wide}// eval(payload)\n"), 0),
            (format!("a();{wide}\n"), 0),
            (format!("a();{}eval(payload)", " ".repeat(80)), 0),
        ] {
            assert_eq!(found(text.as_bytes(), 0..text.len(), Audience::Code).len(), count, "{}", text.trim());
        }
    }
}
