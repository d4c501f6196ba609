//! Both sides of a changed file without their comments, line by line.

use std::collections::HashSet;
use std::ops::Range;

use crate::detect::code::hunk::Hunk;
use crate::detect::code::syntax::Syntax;
use crate::detect::shown::sides;
use crate::finding::Side;
use crate::text::Text;
use crate::unit::Unit;

/// Changed lines of one side that are looked at.
const MOST_LINES: usize = 8_000;

/// Lines round a line that are looked at as its block.
const MOST_BLOCK: usize = 100;

/// One side.
pub(super) struct Half<'a> {
    pub(super) text: &'a Text<'a>,
    /// The text with its comments blank, every byte in its place.
    pub(super) code: Vec<u8>,
}

/// Both sides.
pub(super) struct Reading<'a> {
    pub(super) old: Option<Half<'a>>,
    pub(super) new: Option<Half<'a>>,
    pub(super) hunks: Vec<Hunk>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(unit: &'a Unit<'a>, hunks: Vec<Hunk>, path: &str) -> Self {
        let syntax = Syntax::of(path.rsplit('/').next().unwrap_or_default());
        let (old, new) = sides(&unit.change);
        let half = |text: &'a Text<'a>| Half { text, code: syntax.plain(text.bytes()).code };
        Self { old: old.map(half), new: new.map(half), hunks }
    }

    /// The numbers of the changed lines of one side.
    pub(super) fn changed(&self, side: Side) -> impl Iterator<Item = usize> {
        let of = move |hunk: &Hunk| if side == Side::New { hunk.new.clone() } else { hunk.old.clone() };
        self.hunks.iter().flat_map(of).take(MOST_LINES)
    }
}

impl Half<'_> {
    /// The bytes of a line in either form of the text.
    pub(super) fn span(&self, line: usize) -> Range<usize> {
        let end = self.code.len();
        let start = self.text.offset_of_line(line).unwrap_or(end);
        start..self.text.offset_of_line(line + 1).unwrap_or(end).max(start)
    }

    pub(super) fn line(&self, line: usize) -> &[u8] {
        self.code[self.span(line)].trim_ascii_end()
    }

    pub(super) fn raw(&self, line: usize) -> &[u8] {
        self.text.bytes()[self.span(line)].trim_ascii_end()
    }

    /// The step, job or block that the line stands in, by indentation, with the line that begins it.
    pub(super) fn block(&self, line: usize) -> Vec<u8> {
        let depth = column(self.line(line));
        let is_blank = |line: &[u8]| line.trim_ascii().is_empty();
        let begins = |line: &[u8]| line.trim_ascii_start().starts_with(b"- ");
        let mut first = line;
        while first > 1 && line - first < MOST_BLOCK && !(begins(self.line(first)) && column(self.line(first)) == depth)
        {
            first -= 1;
            if !is_blank(self.line(first)) && column(self.line(first)) < depth {
                break;
            }
        }
        let ends = |next: &[u8]| !is_blank(next) && (column(next) < depth || (begins(next) && column(next) == depth));
        let mut all = line + 1..(line + MOST_BLOCK);
        let last = all.find(|next| self.span(*next).is_empty() || ends(self.line(*next))).unwrap_or(line + 1);
        self.code[self.span(first).start..self.span(last - 1).end].to_vec()
    }

    /// Every line without what only looks different.
    pub(super) fn lines(&self) -> HashSet<Vec<u8>> {
        self.code.split(|b| *b == b'\n').map(plain).collect()
    }

    /// Whether `name` stands in the code as a word.
    pub(super) fn names(&self, name: &[u8]) -> bool {
        let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        memchr::memmem::find_iter(&self.code, name).any(|at| {
            !is_part(at.checked_sub(1).and_then(|before| self.code.get(before)))
                && !is_part(self.code.get(at + name.len()))
        })
    }

    /// True if the line stands in the tests that a Rust file ends with.
    pub(super) fn is_inline_test(&self, line: usize) -> bool {
        let before = &self.code[..self.span(line).start];
        memchr::memmem::find(before, b"#[cfg(test)]").is_some()
    }
}

/// A line without what only looks different: white space, brackets of calls, the kind of quotes, commas and semicolons.
pub(super) fn plain(line: &[u8]) -> Vec<u8> {
    let is_kept = |b: &&u8| !b.is_ascii_whitespace() && !b"()'\"`,;".contains(b);
    line.iter().filter(is_kept).copied().collect()
}

/// Where the key of a line stands, behind the mark of an item.
fn column(line: &[u8]) -> usize {
    let own = line.trim_ascii_start();
    let mark = if own.starts_with(b"- ") { own.len() - own[2..].trim_ascii_start().len() } else { 0 };
    indent(line) + mark
}

/// White space in front of a line.
pub(super) fn indent(line: &[u8]) -> usize {
    line.len() - line.trim_ascii_start().len()
}
