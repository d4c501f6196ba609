//! Fitting text into columns: excerpts around their caret, wrapped prose.

use unicode_width::UnicodeWidthChar;

use crate::finding::Excerpt;
use crate::report::escape::push_excerpt;

/// Columns of context kept before a caret when an excerpt is cut on the left.
const LEAD: usize = 20;

/// Columns that a character takes.
fn width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// An excerpt, escaped and cut to the room there is, and where its caret line stands, in columns.
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
            push_excerpt(&mut escaped, excerpt.text(), (at, c));
            column += columns(&escaped[length..]);
        }
        let start = start.unwrap_or(column);
        let end = end.unwrap_or(column).max(start + 1);
        Self::cut(&escaped, start, end, room.max(2))
    }

    fn cut(text: &str, start: usize, end: usize, room: usize) -> Self {
        let total = columns(text);
        if total <= room {
            return Self { text: text.to_owned(), before: start, marked: end - start };
        }
        let from = if end < room { 0 } else { start.saturating_sub(LEAD.min(room / 4)).min(total - room + 1) };
        let left = usize::from(from > 0);
        let rest = total - from;
        let (keep, right) = if rest + left <= room { (rest, 0) } else { (room - left - 1, 1) };
        let ellipsis = |n| std::iter::repeat_n('…', n);
        let before = start - from + left;
        let visible = (left + keep).max(before + 1).min(room);
        Self {
            text: ellipsis(left).chain(between(text, from, keep).chars()).chain(ellipsis(right)).collect(),
            before,
            marked: (end - start).min(visible.saturating_sub(before)).max(1),
        }
    }
}

/// What stands in the `keep` columns from column `from` on. A wide character that is cut leaves spaces.
fn between(text: &str, from: usize, keep: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for c in text.chars() {
        let (begins, ends) = (column, column + width(c));
        column = ends;
        if begins >= from && ends <= from + keep && (ends > begins || begins > from || from == 0) {
            out.push(c);
        } else if begins < from + keep && ends > from && ends > begins {
            out.extend(std::iter::repeat_n(' ', ends.min(from + keep) - begins.max(from)));
        }
    }
    out
}

/// Columns that `text` takes on a terminal: wide characters take two, combining ones none, and styles and links none.
pub(super) fn columns(text: &str) -> usize {
    let mut chars = text.chars();
    let mut sum = 0;
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                sequence(&mut chars);
            }
            c => sum += width(c),
        }
    }
    sum
}

/// Passes over the rest of a sequence that was written here: a style, or one end of a link. Nothing else holds an escape.
fn sequence(chars: &mut std::str::Chars<'_>) {
    let is_link = chars.next() == Some(']');
    let mut last = ' ';
    for c in chars.by_ref() {
        if (is_link && last == '\u{1b}') || (!is_link && c.is_ascii_alphabetic()) {
            return;
        }
        last = c;
    }
}

/// Breaks a line into as many as it takes: at spaces, and beside characters so wide that their scripts need none. The first
/// has `first` columns, the others `room`; a longer word stands alone and whole, so that it can be copied.
pub(super) fn fold(text: &str, first: usize, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for Word { gap, text, width } in words(text) {
        let limit = if lines.len() <= 1 { first } else { room };
        match lines.last_mut() {
            Some(line) if used + gap + width <= limit => {
                line.extend(std::iter::repeat_n(' ', gap));
                line.push_str(text);
                used += gap + width;
            }
            _ => {
                lines.push(text.to_owned());
                used = width;
            }
        }
    }
    lines
}

/// What is not broken, and how many spaces stand before it.
struct Word<'t> {
    gap: usize,
    text: &'t str,
    width: usize,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let (mut start, mut gap, mut used, mut is_wide) = (0, 0, 0, false);
    let mut chars = text.chars();
    loop {
        let at = text.len() - chars.as_str().len();
        let next = chars.next();
        let wide = next.map_or(0, width);
        let breaks = match next {
            None | Some(' ') => true,
            Some(_) => used > 0 && (wide == 2 || (is_wide && wide > 0)),
        };
        if breaks {
            if at > start {
                words.push(Word { gap, text: &text[start..at], width: used });
                (gap, used) = (0, 0);
            }
            start = at;
        }
        match next {
            None => return words,
            Some(' ') => {
                gap += 1;
                start = at + 1;
            }
            Some('\u{1b}') => sequence(&mut chars),
            Some(_) => used += wide,
        }
        if wide > 0 {
            is_wide = wide == 2;
        }
    }
}

/// Breaks prose into lines of at most `room` columns.
pub(super) fn wrap(text: &str, first: usize, room: usize) -> Vec<String> {
    fold(&text.split_whitespace().collect::<Vec<_>>().join(" "), first, room)
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
        assert_eq!(wrap("one two  three", 7, 7), ["one two", "three"]);
        assert_eq!(wrap("one two  three four", 3, 10), ["one", "two three", "four"]);
        assert_eq!(wrap("a https://example.com/long b", 6, 6), ["a", "https://example.com/long", "b"]);
        assert!(wrap(" ", 6, 6).is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_wrapped_by_what_they_take() {
        assert_eq!(wrap("秘密が見つかった ab", 7, 7), ["秘密が", "見つか", "った ab"]);
        assert_eq!(wrap("e\u{301}e\u{301} e\u{301}", 4, 4), ["e\u{301}e\u{301} e\u{301}"]);
        assert_eq!(columns("日本 e\u{301}x"), 7);
    }

    #[test]
    fn styles_and_links_take_no_room() {
        let link = "\u{1b}]8;;https://example.com\u{1b}\\ab\u{1b}]8;;\u{1b}\\";
        let text = format!("\u{1b}[1mx\u{1b}[0m  {link} c");
        assert_eq!(columns(&text), 7);
        assert_eq!(fold(&text, 5, 9), [format!("\u{1b}[1mx\u{1b}[0m  {link}"), "c".into()]);
        assert_eq!(fold(&text, 7, 7), [text]);
    }

    #[test]
    fn carets_stand_under_wide_characters() {
        assert_eq!(shown("日本=秘密", 7..13, 80), ("日本=秘密".into(), "     ^^^^".into()));
        assert_eq!(shown("e\u{301}=***", 4..7, 80), ("e\u{301}=***".into(), "  ^^^".into()));
        let (line, caret) = shown(&format!("{}KEY{}", "日".repeat(50), "本".repeat(50)), 150..153, 24);
        assert_eq!((line.as_str(), caret.as_str()), ("…日日日KEY本本本本本本 …", "       ^^^"));
    }

    proptest! {
        #[test]
        fn any_excerpt_fits(text in ".{0,80}", a in 0_usize..200, b in 0_usize..200, room in 0_usize..60) {
            let shown = Shown::of(&Excerpt::new(text, a.min(b)..a.max(b)), room);
            prop_assert!(columns(&shown.text) <= room.max(2));
            prop_assert!(shown.marked >= 1);
            prop_assert!(shown.before + shown.marked <= room.max(2) + 1);
        }
    }
}
