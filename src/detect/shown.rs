//! How findings about lines show them: masked, with both sides of a file searched for secrets once, and only if needed.

use std::cell::OnceCell;
use std::ops::Range;

use super::known::Known;
use super::mask::{Mask, excerpt, joined};
use super::name;
use crate::finding::{Excerpt, Side};
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::{Change, Unit};

/// Both sides of one file, to be quoted from.
pub(super) struct Shown<'a> {
    set: &'a RuleSet,
    unit: &'a Unit<'a>,
    old: OnceCell<Known>,
    new: OnceCell<Known>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(set: &'a RuleSet, unit: &'a Unit<'a>) -> Self {
        Self { set, unit, old: OnceCell::new(), new: OnceCell::new() }
    }

    /// The rules that secrets are known by.
    pub(super) fn set(&self) -> &'a RuleSet {
        self.set
    }

    /// The text of one side.
    pub(super) fn text(&self, side: Side) -> Option<&'a Text<'a>> {
        let (old, new) = sides(&self.unit.change);
        if side == Side::New { new } else { old }
    }

    /// What of a line is not white space at its start.
    pub(super) fn line(&self, side: Side, line: usize) -> Option<Range<usize>> {
        let text = self.text(side)?;
        let line = text.line_span(text.offset_of_line(line).unwrap_or(0));
        let skip = text.bytes()[line.clone()].iter().take_while(|b| b.is_ascii_whitespace()).count();
        Some(line.start + skip..line.end.max(line.start + skip))
    }

    /// `span` of one side as a report may show it.
    pub(super) fn excerpt(&self, text: &Text<'_>, side: Side, span: &Range<usize>) -> Excerpt {
        excerpt(text, self.known(text, side).masks(), span)
    }

    /// The same, with other words in place of what `more` cover.
    pub(super) fn excerpt_with(&self, text: &Text<'_>, side: Side, span: &Range<usize>, more: Vec<Mask>) -> Excerpt {
        excerpt(text, &joined(self.known(text, side).masks(), more), span)
    }

    /// Words about the file as a report may say them, and at most `most` characters of them.
    pub(super) fn said(&self, text: &str, most: usize) -> String {
        let sides = [Side::New, Side::Old].into_iter();
        let known: Vec<&Known> = sides.filter_map(|side| Some(self.known(self.text(side)?, side))).collect();
        name::said_to(self.set, &known, text, most)
    }

    fn known(&self, text: &Text<'_>, side: Side) -> &Known {
        let cell = if side == Side::New { &self.new } else { &self.old };
        let path = self.unit.path.as_bytes();
        cell.get_or_init(|| Known::of(self.set, path, text))
    }
}

/// The old and the new text of a change.
pub(super) fn sides<'a>(change: &'a Change<'a>) -> (Option<&'a Text<'a>>, Option<&'a Text<'a>>) {
    match change {
        Change::Snapshot(text) | Change::Added(text) => (None, Some(text)),
        Change::Deleted(text) => (Some(text), None),
        Change::Modified { before, after, .. } => (Some(before), Some(after)),
    }
}
