//! Which lines of a file a change adds and removes.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::unit::LineSet;

/// The lines that `after` adds and that `before` loses. A carriage return before the line end does not count.
pub(super) fn changed(before: &[u8], after: &[u8]) -> (LineSet, LineSet) {
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(lines(before));
    input.update_after(lines(after));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    // Line numbers count from 1, tokens from 0.
    let lines = |range: std::ops::Range<u32>| range.start as usize + 1..range.end as usize + 1;
    let added = LineSet::from_ranges(diff.hunks().map(|hunk| lines(hunk.after)));
    let removed = LineSet::from_ranges(diff.hunks().map(|hunk| lines(hunk.before)));
    (added, removed)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let without_last = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = (!bytes.is_empty()).then(|| without_last.split(|b| *b == b'\n'));
    lines.into_iter().flatten().map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// How many lines `bytes` has.
pub(super) fn count(bytes: &[u8]) -> u64 {
    lines(bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The lines of `bytes` that are not in `set`.
    fn kept<'a>(bytes: &'a [u8], set: &LineSet) -> Vec<&'a [u8]> {
        (1..).zip(lines(bytes)).filter(|(number, _)| !set.touches(*number, *number)).map(|(_, line)| line).collect()
    }

    proptest! {
        #[test]
        fn what_is_left_on_both_sides_is_the_same(before in "[ab\n]{0,60}", after in "[ab\n]{0,60}") {
            let (added, removed) = changed(before.as_bytes(), after.as_bytes());
            prop_assert_eq!(kept(before.as_bytes(), &removed), kept(after.as_bytes(), &added));
        }
    }

    #[test]
    fn lines_are_told_apart_but_not_their_ends() {
        let (added, removed) = changed(b"a\r\nb\nc", b"a\nB\nc\nd\n");
        assert_eq!(added, LineSet::from_ranges([2..3, 4..5]));
        assert_eq!(removed, LineSet::from_ranges(std::iter::once(2..3)));
        assert_eq!((count(b""), count(b"\n"), count(b"a"), count(b"a\nb")), (0, 1, 1, 2));
    }
}
