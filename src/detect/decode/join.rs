//! Strings that are put together from literals which stand side by side.

use std::ops::Range;

use super::sheet::Sheet;
use crate::finding::Layer;

/// How far apart two literals may stand, in bytes: an operator, and the indentation of the next line.
const GAP: usize = 48;
/// How long a literal may be.
const LONGEST: usize = 4 << 10;

/// Joins the literals of `bytes` onto `sheet`.
pub(super) fn decode(bytes: &[u8], sheet: &mut Sheet) {
    let mut done = 0;
    for quote in memchr::memchr2_iter(b'"', b'\'', bytes) {
        if quote < done || !bytes.get(quote + 1).is_some_and(is_gap) {
            continue;
        }
        if let Some((left, right)) = seam(bytes, quote).and_then(|right| Some((before(bytes, quote)?, right)))
            && is_whole(bytes, &left, right)
        {
            done = chain(bytes, left, right, sheet);
        }
    }
}

/// What may stand between two literals that are one string.
#[inline(always)]
fn is_gap(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'+' | b'.' | b'&' | b'<' | b'\\')
}

/// Where the next literal begins, if the one that ends with `quote` is carried on.
fn seam(bytes: &[u8], quote: usize) -> Option<usize> {
    let gap = &bytes[quote + 1..bytes.len().min(quote + 1 + GAP)];
    let length = gap.iter().position(|b| !is_gap(b))?;
    // Two quotes with nothing between them are an empty string or an escaped quote.
    let is_seam = length > 0 && gap[length] == bytes[quote] && memchr::memchr_iter(b'\n', &gap[..length]).count() < 2;
    is_seam.then_some(quote + 1 + length + 1)
}

/// The literal that ends with `quote`.
fn before(bytes: &[u8], quote: usize) -> Option<Range<usize>> {
    let floor = quote.saturating_sub(LONGEST);
    let start = floor + memchr::memrchr2(bytes[quote], b'\n', &bytes[floor..quote])? + 1;
    (bytes[start - 1] == bytes[quote] && start < quote).then_some(start..quote)
}

/// True if a token can reach from the literal `left` into the one that begins at `right`.
fn is_whole(bytes: &[u8], left: &Range<usize>, right: usize) -> bool {
    let is_inside = |b: &u8| b.is_ascii_graphic() && !b"\"'".contains(b);
    is_inside(&bytes[left.end - 1]) && bytes.get(right).is_some_and(is_inside)
}

/// Joins literals for as long as they are carried on; gives where to look on.
fn chain(bytes: &[u8], left: Range<usize>, right: usize, sheet: &mut Sheet) -> usize {
    let quote = bytes[left.end];
    let end = left.end + 1;
    let Some(first) = literal(bytes, right, quote) else { return end };
    sheet.begin(Layer::Concatenation, bytes, left.start..left.start);
    sheet.copied(Layer::Concatenation, bytes, left);
    let mut last = first;
    loop {
        sheet.copied(Layer::Concatenation, bytes, last.clone());
        match seam(bytes, last.end).and_then(|right| literal(bytes, right, quote)) {
            Some(next) => last = next,
            None => return last.end + 1,
        }
    }
}

/// The literal that begins at `start`.
fn literal(bytes: &[u8], start: usize, quote: u8) -> Option<Range<usize>> {
    let rest = &bytes[start..bytes.len().min(start + LONGEST)];
    let end = memchr::memchr2(quote, b'\n', rest)?;
    (rest[end] == quote && end > 0).then_some(start..start + end)
}
