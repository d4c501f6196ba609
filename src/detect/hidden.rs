//! Hidden text: what a change says to a program or an agent, and does not show to its reader.
//!
//! Plain text costs one pass over the changed lines that looks for unusual bytes. Only a line that has some is read
//! character by character. Emoji, flags, scripts that join their letters or run from right to left, and the languages of
//! a translation need such characters, so each is judged by what stands beside it and by who reads the file.

mod audience;
mod comment;
mod control;
mod far;
mod found;
mod lookalike;
mod points;
mod sign;
mod tell;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::finding::{Finding, Severity};
use crate::rule::{Hidden, RuleSet};
use crate::text::{Encoding, Text};
use crate::unit::{Change, LineSet, Mode, Unit};

use super::code::syntax::{Plain, Syntax};
use super::shown::Shown;
use audience::Audience;

pub(in crate::detect) use audience::is_for_agents;
use found::{Found, Grade};

/// Longest piece of a line that is read at once.
const PIECE: usize = 64 << 10;
/// Names of one file that are looked for in what it was before.
const SEARCHES: usize = 500;

/// One file, as this looks at it.
struct Case<'a> {
    set: &'a RuleSet,
    unit: &'a Unit<'a>,
    /// Its path in lower case.
    path: String,
    audience: Audience,
}

/// One side of a file.
struct View<'a> {
    case: &'a Case<'a>,
    text: &'a Text<'a>,
    plain: OnceCell<Plain>,
    words: OnceCell<HashSet<Vec<u8>>>,
}

/// Looks for what `unit` hides: in a change on the lines and in the name that it brings, in a file without a past only for
/// what has no honest use.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    if unit.mode.is_none() || matches!(unit.change, Change::Deleted(_)) {
        return;
    }
    let path = String::from_utf8_lossy(unit.path.as_bytes()).to_lowercase();
    let case = Case { set, unit, audience: Audience::Code, path };
    case.name(each);
    if !matches!(unit.mode, Some(Mode::File | Mode::Executable)) {
        return;
    }
    match &unit.change {
        Change::Snapshot(text) => case.standing(text, each),
        Change::Added(text) => case.changed(None, text, None, each),
        Change::Modified { before, after, added, removed } if !added.is_empty() => {
            case.changed(Some((before, removed)), after, Some(added), each);
        }
        Change::Modified { .. } | Change::Deleted(_) => {}
    }
}

impl<'a> Case<'a> {
    /// The name, if the unit brings it.
    fn name(&self, each: &mut dyn FnMut(Finding)) {
        let name = self.unit.path.as_bytes();
        let is_new = match &self.unit.change {
            Change::Snapshot(text) | Change::Added(text) => text.is_start(),
            Change::Modified { .. } => self.unit.old_path.is_some(),
            Change::Deleted(_) => false,
        };
        if !is_new || is_usual(name) {
            return;
        }
        let (text, is_change) = (Text::raw(name), !matches!(self.unit.change, Change::Snapshot(_)));
        let audience = Audience::of(&self.path, b"").of_name();
        let mut found = sign::signs(name, 0, audience);
        found.extend(lookalike::in_name(name, audience));
        found.retain(|one| is_change || one.is_never_honest());
        for one in &found {
            tell::in_name(self, &text, one).into_iter().for_each(&mut *each);
        }
    }

    /// A file without a past: what has no honest use, where it is read by machines.
    fn standing(&self, text: &Text<'_>, each: &mut dyn FnMut(Finding)) {
        let bytes = text.bytes();
        if text.encoding() == Encoding::Binary {
            return;
        }
        let mut lines = Vec::new();
        let mut done = 0;
        for at in memchr::memchr3_iter(0xE2, 0xEF, 0xF3, bytes) {
            if at >= done && may_be_dishonest(&bytes[at..]) && text.owns(at) {
                let line = line_of(bytes, at);
                done = line.end;
                lines.push(line);
            }
        }
        if lines.is_empty() {
            return;
        }
        let audience = Audience::of(&self.path, bytes);
        if !matches!(audience, Audience::Agent | Audience::Code) {
            return;
        }
        let shown = Shown::of(self.set, self.unit);
        let all = lines.into_iter().flat_map(|line| pieces(bytes, line));
        let found = all.flat_map(|piece| sign::signs(&bytes[piece.clone()], piece.start, audience));
        let told = found.filter(|one| one.is_never_honest() && one.severity >= Severity::High);
        for one in told {
            tell::finding(self, &shown, text, &one).into_iter().for_each(&mut *each);
        }
    }

    /// The lines that a change brings; `old` is what it takes away.
    fn changed(
        &self,
        old: Option<(&Text<'_>, &LineSet)>,
        text: &Text<'_>,
        added: Option<&LineSet>,
        each: &mut dyn FnMut(Finding),
    ) {
        if text.encoding() == Encoding::Binary {
            return;
        }
        let case = Case {
            audience: Audience::of(&self.path, text.bytes()),
            path: self.path.clone(),
            set: self.set,
            unit: self.unit,
        };
        let all = LineSet::all();
        let mut found = View::of(&case, text).found(added.unwrap_or(&all));
        if found.is_empty() {
            return;
        }
        if let Some((before, removed)) = old {
            let known = View::of(&case, before).found(removed);
            found = new_ones(found, known, before.bytes());
        }
        let shown = Shown::of(self.set, self.unit);
        for one in once(found) {
            tell::finding(&case, &shown, text, &one).into_iter().for_each(&mut *each);
        }
    }
}

/// Those of `found` that were not there: what an edited or moved line had before is no news.
fn new_ones(found: Vec<Found>, known: Vec<Found>, before: &[u8]) -> Vec<Found> {
    let mut old: HashMap<(Hidden, String), usize> = HashMap::new();
    known.into_iter().for_each(|one| *old.entry((one.what, one.key)).or_default() += 1);
    let mut searches = 0;
    let mut is_old = |one: &Found| {
        let is_word = matches!(one.what, Hidden::Lookalike | Hidden::Comment);
        searches += usize::from(is_word);
        is_word && searches <= SEARCHES && memchr::memmem::find(before, one.key.as_bytes()).is_some()
    };
    let is_new = |one: &Found| match old.get_mut(&(one.what, one.key.clone())) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => !is_old(one),
    };
    found.into_iter().filter(is_new).collect()
}

/// What is hygiene is told once for a file, with how often it stands there.
fn once(found: Vec<Found>) -> Vec<Found> {
    let mut lines: HashMap<Hidden, usize> = HashMap::new();
    let is_low = |one: &Found| one.severity == Severity::Low;
    found.iter().filter(|one| is_low(one)).for_each(|one| *lines.entry(one.what).or_default() += 1);
    let mut out = Vec::new();
    for mut one in found {
        if is_low(&one) {
            match lines.remove(&one.what) {
                None => continue,
                Some(1) => {}
                Some(many) => one.said = format!("{many} times, the first: {}", one.said),
            }
        }
        out.push(one);
    }
    out
}

impl<'a> View<'a> {
    fn of(case: &'a Case<'a>, text: &'a Text<'a>) -> Self {
        Self { case, text, plain: OnceCell::new(), words: OnceCell::new() }
    }

    /// What the lines of `set` hide.
    fn found(&self, set: &LineSet) -> Vec<Found> {
        let (bytes, audience) = (self.text.bytes(), self.case.audience);
        let mut out = Vec::new();
        for range in set.ranges() {
            let start = self.text.offset_of_line(range.start).unwrap_or(bytes.len());
            let end = self.text.offset_of_line(range.end).unwrap_or(bytes.len());
            if !is_usual(&bytes[start..end]) {
                self.unusual(start..end, &mut out);
            }
            if matches!(audience, Audience::Agent | Audience::Code) {
                out.extend(
                    far::found(bytes, start..end, audience).into_iter().filter(|one| !self.is_comment(one.start())),
                );
            }
        }
        if audience::is_page(&self.case.path) && matches!(audience, Audience::Agent | Audience::Prose) {
            let is_changed = |span: &Range<usize>| {
                let line = |at| self.text.position(at).line;
                set.touches(line(span.start), line(span.end.saturating_sub(1).max(span.start)))
            };
            out.extend(comment::found(bytes, audience, is_changed));
        }
        out
    }

    /// What the lines of `span` hide, of which at least one has unusual bytes.
    fn unusual(&self, span: Range<usize>, out: &mut Vec<Found>) {
        let (bytes, audience) = (self.text.bytes(), self.case.audience);
        let mut at = span.start;
        while at < span.end {
            let line = at..memchr::memchr(b'\n', &bytes[at..span.end]).map_or(span.end, |length| at + length);
            at = line.end + 1;
            if is_usual(&bytes[line.clone()]) {
                continue;
            }
            for piece in pieces(bytes, line) {
                let mut found = sign::signs(&bytes[piece.clone()], piece.start, audience);
                found.iter_mut().for_each(|one| self.soften(one));
                out.extend(found);
                if !audience::obeys_controls(&self.case.path) {
                    out.extend(control::found(&bytes[piece.clone()], piece.start, audience));
                }
                let code = if audience == Audience::Code { &self.plain().code[piece.clone()] } else { &[] };
                out.extend(lookalike::found(&bytes[piece.clone()], code, piece.start, self));
            }
        }
    }

    /// What stands in a comment or a quoted text does less.
    fn soften(&self, one: &mut Found) {
        if self.case.audience != Audience::Code || one.grade == Grade::Strong {
            return;
        }
        match one.what {
            Hidden::ZeroWidth | Hidden::Filler if self.is_comment(one.start()) => one.severity = Severity::Low,
            Hidden::Filler if lookalike::is_quoted(self.text.bytes(), one.start()) => one.severity = Severity::Medium,
            _ => {}
        }
    }

    fn is_comment(&self, at: usize) -> bool {
        self.plain().code.get(at) == Some(&b' ') && self.text.bytes().get(at) != Some(&b' ')
    }

    /// True if `word`, in ASCII, stands in the code as a whole.
    fn has_word(&self, word: &str) -> bool {
        let words = self.words.get_or_init(|| {
            let is_letter = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80;
            let words = self.plain().code.split(|b| !is_letter(b)).filter(|word| !word.is_empty() && word.is_ascii());
            words.map(<[u8]>::to_vec).collect()
        });
        words.contains(word.as_bytes())
    }

    fn plain(&self) -> &Plain {
        self.plain.get_or_init(|| {
            let name = self.case.path.rsplit('/').next().unwrap_or_default();
            Syntax::of(name).plain(self.text.bytes())
        })
    }
}

/// True if all bytes are printable ASCII, or white space that shows.
fn is_usual(bytes: &[u8]) -> bool {
    let is_odd = |b: u8| b >= 0x7F || (b < b' ' && b != b'\t' && b != b'\n' && b != 0x0C);
    let odd = |chunk: &[u8]| chunk.iter().fold(false, |odd, b| odd | is_odd(*b));
    // A line end of two bytes is usual, and too frequent to be looked at more closely.
    bytes.chunks(4 << 10).all(|chunk| !odd(chunk) || (!bytes.is_empty() && only_line_ends(chunk)))
}

/// True if nothing is odd about `chunk` but carriage returns before line ends, or at its edge.
fn only_line_ends(chunk: &[u8]) -> bool {
    chunk.iter().enumerate().all(|(at, b)| match b {
        b'\r' => chunk.get(at + 1).is_none_or(|next| *next == b'\n'),
        b'\t' | b'\n' | 0x0C => true,
        b => (b' '..0x7F).contains(b),
    })
}

/// True if what `bytes` begin with can be a control of direction, a tag, or a variation selector or zero width in a row.
fn may_be_dishonest(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xE2, 0x80, 0xAA..=0xAE, ..]
            | [0xE2, 0x81, 0xA6..=0xA9, ..]
            | [0xF3, 0xA0, 0x80..=0x87, ..]
            | [0xE2, 0x80, 0x8B..=0x8D, 0xE2, 0x80 | 0x81, ..]
            | [0xEF, 0xB8, 0x80..=0x8F, 0xEF, 0xB8, 0x80..=0x8F, ..]
    )
}

fn line_of(bytes: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    start..memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length)
}

/// `line` in pieces that begin with a character.
fn pieces(bytes: &[u8], line: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = line.start;
    std::iter::from_fn(move || {
        (at < line.end).then(|| {
            let start = at;
            let inside = |end: usize| end < line.end && bytes[end] & 0xC0 == 0x80;
            at = (start + PIECE).min(line.end);
            while inside(at) {
                at += 1;
            }
            start..at
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_text_is_told_by_its_bytes() {
        for text in ["", "a\tb\n", "a\r\nb\r\n", "\u{c}", "a\r"] {
            assert!(is_usual(text.as_bytes()), "{text:?}");
        }
        for text in ["é", "a\rb", "\u{1b}", "\u{7f}", "\r\r\n"] {
            assert!(!is_usual(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn pieces_cover_a_line_and_split_no_character() {
        let line = "é".repeat(PIECE);
        let all: Vec<Range<usize>> = pieces(line.as_bytes(), 0..line.len()).collect();
        assert_eq!((all[0].start, all.last().map(|last| last.end)), (0, Some(line.len())));
        assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(all.iter().all(|piece| line.is_char_boundary(piece.start)));
    }
}
