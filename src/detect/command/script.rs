//! Text that a shell runs, with the way back to the file it was taken from.

use std::ops::Range;

/// Which shell reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `sh` and those that descend from it.
    Posix,
    /// `cmd` or PowerShell: a backslash is a letter, and names have no case.
    Windows,
}

/// One script of a file.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// What the shell reads.
    pub(super) text: String,
    /// Where pieces of it stand in the file, in ascending order.
    pieces: Vec<(usize, usize)>,
    /// Which shell.
    pub(super) syntax: Syntax,
}

impl Script {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self { text: String::new(), pieces: Vec::new(), syntax: Syntax::Posix }
    }

    /// One piece that stands at `at`.
    pub(super) fn of(text: &str, at: usize) -> Self {
        let mut script = Self::new();
        script.push(text, at);
        script
    }

    /// The same for another shell.
    pub(super) fn read_by(self, syntax: Syntax) -> Self {
        Self { syntax, ..self }
    }

    /// Adds text that stands at `at` in the file.
    pub(super) fn push(&mut self, text: &str, at: usize) {
        self.pieces.push((self.text.len(), at));
        self.text.push_str(text);
    }

    /// Where a range of the script stands in the file.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let at = |offset: usize| {
            let piece = self.pieces.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
            self.pieces.get(piece).map_or(offset, |(start, file)| file + (offset - start))
        };
        let start = at(range.start);
        start..at(range.end.saturating_sub(1)).max(start) + 1
    }
}
