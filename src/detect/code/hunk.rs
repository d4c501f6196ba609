//! Hunks: runs of changed lines, both sides paired.

use std::ops::Range;

use crate::text::Text;
use crate::unit::{Change, LineSet};

/// Common lines between two hunks that are still read together.
const NEAR: usize = 3;

/// Lines that a change replaces, and by what; numbers from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Hunk {
    /// Lines that go.
    pub(in crate::detect) old: Range<usize>,
    /// Lines that come.
    pub(in crate::detect) new: Range<usize>,
}

/// The hunks of a change in their order; none for a snapshot.
pub(in crate::detect) fn hunks(change: &Change<'_>) -> Vec<Hunk> {
    match change {
        Change::Snapshot(_) => Vec::new(),
        Change::Added(text) => vec![Hunk { old: 1..1, new: 1..count(text) + 1 }],
        Change::Deleted(text) => vec![Hunk { old: 1..count(text) + 1, new: 1..1 }],
        Change::Modified { before, after, added, removed } => {
            // A set of all lines has no end of its own.
            let within = |lines: &LineSet, text: &Text<'_>| -> Vec<Range<usize>> {
                let end = count(text) + 1;
                lines.ranges().map(|range| range.start..range.end.min(end)).filter(|range| !range.is_empty()).collect()
            };
            let (added, removed) = (within(added, after), within(removed, before));
            paired(&added, &removed)
        }
    }
}

/// Those that stand near each other, together.
pub(in crate::detect) fn groups(hunks: &[Hunk]) -> impl Iterator<Item = &[Hunk]> {
    hunks.chunk_by(|a, b| b.new.start.saturating_sub(a.new.end) <= NEAR)
}

fn count(text: &Text<'_>) -> usize {
    let bytes = text.bytes();
    memchr::memchr_iter(b'\n', bytes).count() + usize::from(bytes.last().is_some_and(|last| *last != b'\n'))
}

/// Lines that both sides have follow each other in step, which tells what stands where what is gone stood.
fn paired(added: &[Range<usize>], removed: &[Range<usize>]) -> Vec<Hunk> {
    let (mut added, mut removed) = (added.iter().peekable(), removed.iter().peekable());
    let (mut old, mut new) = (1, 1);
    let mut out = Vec::new();
    loop {
        let to_new = added.peek().map(|range| range.start.saturating_sub(new));
        let to_old = removed.peek().map(|range| range.start.saturating_sub(old));
        let Some(skip) = [to_new, to_old].into_iter().flatten().min() else { return out };
        (old, new) = (old + skip, new + skip);
        let come = added.next_if(|_| to_new == Some(skip)).map_or(new..new, |range| new..range.end.max(new));
        let go = removed.next_if(|_| to_old == Some(skip)).map_or(old..old, |range| old..range.end.max(old));
        (old, new) = (go.end, come.end);
        out.push(Hunk { old: go, new: come });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_paired_by_what_both_have() {
        let one = |range: Range<usize>| range;
        let hunks = paired(&[one(2..4), one(9..10)], &[one(2..3), one(5..6)]);
        let expected = [(2..3, 2..4), (5..6, 6..6), (9..9, 9..10)];
        assert_eq!(hunks, expected.map(|(old, new)| Hunk { old, new }));
        assert_eq!(groups(&hunks).count(), 1);
    }
}
