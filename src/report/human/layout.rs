//! Fitting text into columns: excerpts around their caret, wrapped prose, readable numbers.

use crate::finding::Excerpt;
use crate::report::escape::push_excerpt;

/// Columns of context kept before a caret when an excerpt is cut on the left.
const LEAD: usize = 20;

/// An excerpt, escaped and cut to the room there is, and where its caret line stands, in characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) before: usize,
    pub(super) marked: usize,
}

impl Shown {
    /// Fits `excerpt` into `room` columns, so that the start of what is marked stays visible.
    pub(super) fn of(excerpt: &Excerpt, room: usize) -> Self {
        let caret = excerpt.caret();
        let mut escaped = String::new();
        let (mut start, mut end) = (None, None);
        let mut column = 0;
        for (at, c) in excerpt.text().char_indices() {
            if start.is_none() && at + c.len_utf8() > caret.start {
                start = Some(column);
            }
            if end.is_none() && at >= caret.end {
                end = Some(column);
            }
            let length = escaped.len();
            push_excerpt(&mut escaped, c);
            column += escaped[length..].chars().count();
        }
        let start = start.unwrap_or(column);
        let end = end.unwrap_or(column).max(start + 1);
        Self::cut(&escaped, start, end, room.max(2))
    }

    fn cut(text: &str, start: usize, end: usize, room: usize) -> Self {
        let total = text.chars().count();
        if total <= room {
            return Self { text: text.to_owned(), before: start, marked: end - start };
        }
        let from = if end < room { 0 } else { start.saturating_sub(LEAD.min(room / 4)).min(total - room + 1) };
        let left = usize::from(from > 0);
        let rest = total - from;
        let (keep, right) = if rest + left <= room { (rest, 0) } else { (room - left - 1, 1) };
        let kept = text.chars().skip(from).take(keep);
        let ellipsis = |n| std::iter::repeat_n('…', n);
        let before = start - from + left;
        let visible = (left + keep).max(before + 1).min(room);
        Self {
            text: ellipsis(left).chain(kept).chain(ellipsis(right)).collect(),
            before,
            marked: (end - start).min(visible.saturating_sub(before)).max(1),
        }
    }
}

/// Breaks `text` at spaces into lines of at most `room` characters; a longer word stands alone and whole.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if used + 1 + length <= room => {
                line.push(' ');
                line.push_str(word);
                used += 1 + length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    lines
}

/// A number with `,` between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun, which gets an `s` unless the number is one.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// A size in the largest binary unit that leaves a number above one, with one decimal.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return counted(bytes, "byte");
    }
    // Tenths of the unit, rounded; a value that rounds up to 1024.0 belongs to the next unit.
    let tenths = |unit: u128| (u128::from(bytes) * 10 + unit / 2) / unit;
    let mut unit = 1024_u128;
    for name in UNITS {
        if tenths(unit) < 10_240 {
            return format!("{}.{} {name}", tenths(unit) / 10, tenths(unit) % 10);
        }
        unit *= 1024;
    }
    format!("{} bytes", grouped(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, caret: std::ops::Range<usize>, room: usize) -> (String, String) {
        let shown = Shown::of(&Excerpt::new(text.into(), caret), room);
        (shown.text, " ".repeat(shown.before) + &"^".repeat(shown.marked))
    }

    #[test]
    fn carets_stand_under_what_they_mark() {
        assert_eq!(shown("key=é***;", 6..9, 80), ("key=é***;".into(), "     ^^^".into()));
        assert_eq!(shown("\ta\u{1b}b***", 4..7, 80), (r" a\x1bb***".into(), "       ^^^".into()));
        assert_eq!(shown("a\u{202e}b", 1..4, 80), (r"a\u{202e}b".into(), " ^^^^^^^^".into()));
    }

    #[test]
    fn odd_carets_still_mark_something() {
        assert_eq!(shown("abc", 3..3, 80).1, "   ^");
        assert_eq!(shown("abc", 1..1, 80).1, " ^");
        assert_eq!(shown("abc", 50..90, 80).1, "   ^");
        assert_eq!(shown("é", 1..2, 80).1, "^");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("{}KEY{}", "a".repeat(50), "b".repeat(50));
        let (line, caret) = shown(&text, 50..53, 24);
        assert_eq!(line, "…aaaaaaKEYbbbbbbbbbbbbb…");
        assert_eq!(caret, "       ^^^");
        assert_eq!(shown(&text, 0..103, 24).0, "aaaaaaaaaaaaaaaaaaaaaaa…");
        assert_eq!(shown(&text, 0..103, 24).1, "^".repeat(23));
        assert_eq!(shown(&text, 102..103, 24).0, "…bbbbbbbbbbbbbbbbbbbbbbb");
        assert_eq!(shown(&text, 102..103, 24).1.len(), 24);
    }

    #[test]
    fn prose_is_wrapped_at_spaces() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("a https://example.com/long b", 6), ["a", "https://example.com/long", "b"]);
        assert!(wrap(" ", 6).is_empty());
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 2].map(|n| counted(n, "file")), ["1 file", "2 files"]);
        let sizes = [0, 1, 1023, 1024, 1_048_575, 12_900_000, u64::MAX].map(size);
        assert_eq!(sizes, ["0 bytes", "1 byte", "1,023 bytes", "1.0 KiB", "1.0 MiB", "12.3 MiB", "16.0 EiB"]);
    }

    proptest! {
        #[test]
        fn any_excerpt_fits(text in ".{0,80}", a in 0_usize..200, b in 0_usize..200, room in 0_usize..60) {
            let shown = Shown::of(&Excerpt::new(text, a.min(b)..a.max(b)), room);
            prop_assert!(shown.text.chars().count() <= room.max(2));
            prop_assert!(shown.marked >= 1);
            prop_assert!(shown.before + shown.marked <= room.max(2) + 1);
        }
    }
}
