//! What a line hides in one way: the characters, how surely they are meant to hide, and how that is said.

use std::ops::Range;

use crate::finding::Severity;
use crate::rule::Hidden;

/// Places of one line that are shown; more say the same.
pub(super) const MOST_PLACES: usize = 200;

/// A character and where it stands in its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) at: usize,
    pub(super) c: char,
}

/// How surely something is meant to hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// A mark that office programs leave behind.
    Mark,
    /// It may be an accident.
    Mild,
    /// It hides, whatever was meant.
    Plain,
    /// It has no honest use.
    Strong,
}

/// What a line hides in one way.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) what: Hidden,
    pub(super) grade: Grade,
    pub(super) severity: Severity,
    /// Where it stands, and what is printed there.
    pub(super) places: Vec<(Range<usize>, String)>,
    /// What it is, in words.
    pub(super) said: String,
    /// What is the same for the same thing elsewhere.
    pub(super) key: String,
}

impl Found {
    pub(super) fn start(&self) -> usize {
        self.places.first().map_or(0, |(span, _)| span.start)
    }

    pub(super) fn end(&self) -> usize {
        self.places.first().map_or(0, |(span, _)| span.end)
    }

    /// True for what nobody writes by accident, so that it is told where nothing changed, too.
    pub(super) fn is_never_honest(&self) -> bool {
        match self.what {
            Hidden::Tag => true,
            Hidden::Bidi | Hidden::Variation | Hidden::ZeroWidth => self.grade == Grade::Strong,
            _ => false,
        }
    }
}

/// The characters of `bytes`, which begin at `start`; what is no UTF-8 is left out.
pub(super) fn glyphs(bytes: &[u8], start: usize) -> Vec<Glyph> {
    let mut at = start;
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend(chunk.valid().char_indices().map(|(offset, c)| Glyph { at: at + offset, c }));
        at += chunk.valid().len() + chunk.invalid().len();
    }
    out
}
