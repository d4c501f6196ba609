//! Which lines a change adds and removes, in time and memory that no content can drive up.
//!
//! Comparing lines takes quadratic time if few different lines are repeated often. So large inputs are first cut where a
//! line occurs once on both sides, and a piece that is large still counts as changed in all its lines: more is looked at
//! than need be, never less.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Token};

use crate::unit::LineSet;

/// Pieces are compared up to this product of their line counts, which takes some hundredths of a second at worst.
const COMPARED: usize = 16 << 20;
/// Beyond this many lines of one side nothing is compared, because each line takes memory.
const LINES: u64 = 4 << 20;

/// How many lines `bytes` holds.
pub(super) fn count(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|&last| last != b'\n'))
}

/// The lines that `after` adds and that `before` loses. A carriage return before the line end does not count.
pub fn changed(before: &[u8], after: &[u8]) -> (LineSet, LineSet) {
    if before == after {
        return (LineSet::default(), LineSet::default());
    }
    let middle = Middle::of(before, after);
    let pieces = if count(middle.before).max(count(middle.after)) > LINES {
        vec![Piece { before: 0..count(middle.before) as usize, after: 0..count(middle.after) as usize }]
    } else {
        let mut input = InternedInput::default();
        input.update_before(lines(middle.before));
        input.update_after(lines(middle.after));
        let tokens = input.interner.num_tokens() as usize;
        differing(&input.before, &input.after, tokens)
    };
    let shifted = |range: &Range<usize>| range.start + middle.first_line..range.end + middle.first_line;
    let added = LineSet::from_ranges(pieces.iter().map(|piece| shifted(&piece.after)));
    let removed = LineSet::from_ranges(pieces.iter().map(|piece| shifted(&piece.before)));
    (added, removed)
}

/// A run of lines on either side, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    before: Range<usize>,
    after: Range<usize>,
}

impl Piece {
    fn is_small(&self) -> bool {
        self.before.len().saturating_mul(self.after.len()) <= COMPARED
    }
}

/// The pieces in which both sides differ, in order.
fn differing(before: &[Token], after: &[Token], tokens: usize) -> Vec<Piece> {
    let all = Piece { before: 0..before.len(), after: 0..after.len() };
    if all.is_small() {
        return compared(before, after, &all);
    }
    let cuts = anchors(before, after, tokens);
    let ends = cuts.iter().copied().chain([(before.len(), after.len())]);
    let mut out = Vec::new();
    let mut start = (0, 0);
    for end in ends {
        let piece = Piece { before: start.0..end.0, after: start.1..end.1 };
        if piece.is_small() {
            out.extend(compared(before, after, &piece));
        } else {
            out.push(piece);
        }
        start = (end.0 + 1, end.1 + 1);
    }
    out
}

/// Compares one piece.
fn compared(before: &[Token], after: &[Token], piece: &Piece) -> Vec<Piece> {
    if piece.before.is_empty() && piece.after.is_empty() {
        return Vec::new();
    }
    // Counted anew: the cost of a comparison grows with the highest token.
    let mut input = InternedInput::default();
    input.update_before(before[piece.before.clone()].iter().map(|token| token.0));
    input.update_after(after[piece.after.clone()].iter().map(|token| token.0));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let shifted = |range: Range<u32>, by: usize| range.start as usize + by..range.end as usize + by;
    diff.hunks()
        .map(|hunk| Piece {
            before: shifted(hunk.before, piece.before.start),
            after: shifted(hunk.after, piece.after.start),
        })
        .collect()
}

/// Lines that occur once on either side, as many as stand in the same order: positions before and after.
fn anchors(before: &[Token], after: &[Token], tokens: usize) -> Vec<(usize, usize)> {
    let place = |side: &[Token]| {
        let mut places = vec![Place::Nowhere; tokens];
        for (at, token) in side.iter().enumerate() {
            if let Some(place) = places.get_mut(token.0 as usize) {
                *place = if *place == Place::Nowhere { Place::Once(at) } else { Place::Often };
            }
        }
        places
    };
    let (old, new) = (place(before), place(after));
    let pairs: Vec<(usize, usize)> = before
        .iter()
        .filter_map(|token| match (old.get(token.0 as usize)?, new.get(token.0 as usize)?) {
            (Place::Once(old), Place::Once(new)) => Some((*old, *new)),
            _ => None,
        })
        .collect();
    longest_ascent(&pairs)
}

/// Where a line occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Nowhere,
    Once(usize),
    Often,
}

/// The longest part of `pairs`, which ascend on the left, that ascends on the right as well.
fn longest_ascent(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length the pair with the lowest right side that ends an ascent of it, and for each pair the one before.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < pair.1);
        previous.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut ascent: Vec<_> =
        std::iter::successors(ends.last().copied(), |&at| previous[at]).map(|at| pairs[at]).collect();
    ascent.reverse();
    ascent
}

/// What is left of two texts without the lines that both begin and end with: only this needs memory for each line.
struct Middle<'t> {
    before: &'t [u8],
    after: &'t [u8],
    /// Number of the first line of both, from 1.
    first_line: usize,
}

impl<'t> Middle<'t> {
    fn of(before: &'t [u8], after: &'t [u8]) -> Self {
        let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
        let start = memchr::memrchr(b'\n', &before[..same]).map_or(0, |newline| newline + 1);
        let first_line = 1 + memchr::memchr_iter(b'\n', &before[..start]).count();
        let (before, after) = (&before[start..], &after[start..]);
        let same = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
        // The byte before the first equal line must be a line end on both sides, so one more line is kept.
        let end = memchr::memchr(b'\n', &before[before.len() - same..]).map_or(0, |newline| same - newline - 1);
        Self { before: &before[..before.len() - end], after: &after[..after.len() - end], first_line }
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let without_last = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = (!bytes.is_empty()).then(|| without_last.split(|b| *b == b'\n'));
    lines.into_iter().flatten().map(|line| line.strip_suffix(b"\r").unwrap_or(line))
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

    fn lines_of(ranges: &[(usize, usize)]) -> LineSet {
        LineSet::from_ranges(ranges.iter().map(|&(start, end)| start..end))
    }

    #[test]
    fn numbers_count_from_the_top_of_the_file() {
        let (before, after) = (b"same\na\na\nlast\n", b"same\na\na\na\nlast\n");
        assert_eq!(changed(before, after), (lines_of(&[(4, 5)]), lines_of(&[])));
        assert_eq!(changed(b"x1\nsame\n", b"y\nx2\nsame\n"), (lines_of(&[(1, 3)]), lines_of(&[(1, 2)])));
    }

    #[test]
    fn large_texts_are_cut_where_lines_are_unique() {
        let line = |n: usize| format!("line {n}\n").into_bytes();
        let before: Vec<u8> = (0..20_000).flat_map(line).collect();
        let after: Vec<u8> = (0..20_000)
            .flat_map(|n| match n {
                5 => b"changed\n".to_vec(),
                15_000 => Vec::new(),
                19_990 => [line(n), b"new\n".to_vec()].concat(),
                _ => line(n),
            })
            .collect();
        assert_eq!(
            changed(&before, &after),
            (lines_of(&[(6, 7), (19_991, 19_992)]), lines_of(&[(6, 7), (15_001, 15_002)]))
        );
    }

    #[test]
    fn repetition_cannot_make_it_slow() {
        let noise = |seed: u32| -> Vec<u8> {
            let next = |n: &u32| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
            let numbers = std::iter::successors(Some(seed), next);
            numbers.take(300_000).flat_map(|n| [b'a' + (n >> 28) as u8, b'\n']).collect()
        };
        let (added, removed) = changed(&noise(1), &noise(2));
        assert!(added.count() > 290_000 && removed.count() > 290_000);
    }
}
