//! Where a finding is shown by tools that know the new side of a change only and count columns in UTF-16 code units.

use crate::finding::{Anchor, Finding, Position, Side};
use crate::text::Text;
use crate::unit::{Change, LineSet, Unit};

/// Where the new side shows `finding`; `None` where that is its own start and end, or where nothing is left to show.
pub fn anchor(unit: &Unit<'_>, finding: &Finding) -> Option<Anchor> {
    match (&unit.change, finding.side) {
        (Change::Snapshot(text) | Change::Added(text) | Change::Modified { after: text, .. }, Side::New) => {
            let own = Anchor { start: finding.start, end: finding.end };
            let shown = Anchor { start: text.in_utf16(own.start), end: text.in_utf16(own.end) };
            (shown != own).then_some(shown)
        }
        (Change::Modified { after, added, removed, .. }, Side::Old) => {
            let line = beside(finding.start.line, after, added, removed);
            let at = Position { line, column: 1 };
            Some(Anchor { start: at, end: at })
        }
        _ => None,
    }
}

/// The changed line of the new side that stands nearest to where a line of the old side was; where only lines went,
/// the line that took their place.
fn beside(old: usize, after: &Text<'_>, added: &LineSet, removed: &LineSet) -> usize {
    let kept_before = old.saturating_sub(1).saturating_sub(lines_before(removed, old));
    let mut line = kept_before + 1;
    for range in added.ranges() {
        if range.start > line {
            break;
        }
        line += range.len();
    }
    // The lines that were added in its stead stand right above.
    let here = added.nearest(line.saturating_sub(1).max(1)).unwrap_or(line);
    here.clamp(1, after.lines().max(1))
}

/// How many lines of `set` stand before `line`.
fn lines_before(set: &LineSet, line: usize) -> usize {
    set.ranges().map(|range| range.end.min(line).saturating_sub(range.start.min(line))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines from `first` to `last`; none if they are the wrong way round.
    fn lines(first: usize, last: usize) -> LineSet {
        LineSet::from_ranges(std::iter::once(first..last + 1))
    }

    #[test]
    fn what_was_removed_is_shown_beside_what_was_added() {
        let after = Text::new(&b"1\n2\nnew\n4\n5\n"[..]);
        assert_eq!(beside(3, &after, &lines(3, 3), &lines(3, 3)), 3);
        // Two lines went, one came.
        assert_eq!(beside(4, &after, &lines(3, 3), &lines(3, 4)), 3);
    }

    #[test]
    fn where_only_lines_went_the_next_line_stands_for_them() {
        let after = Text::new(&b"1\n2\n3\n"[..]);
        assert_eq!(beside(2, &after, &lines(1, 0), &lines(2, 2)), 2);
        // Behind the end, the last line.
        assert_eq!(beside(9, &after, &lines(1, 0), &lines(4, 9)), 3);
        assert_eq!(beside(1, &Text::new(&b""[..]), &lines(1, 0), &lines(1, 1)), 1);
    }
}
