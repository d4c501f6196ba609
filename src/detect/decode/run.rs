//! Long runs of base64 and of hex digits whose beginning decodes to text.

use std::ops::Range;

use super::sheet::Sheet;
use crate::finding::Layer;

/// The shortest run of base64 that is looked at.
const BASE64_RUN: usize = 32;
/// Bytes looked at to find a run.
const BLOCK: usize = 8;
/// The shortest run of hex digits.
const HEX_RUN: usize = 40;
/// Characters that must decode to text.
const HEAD: usize = 12;
/// A run is told in pieces of this many characters, so that of a long one only the part around a secret is.
const PIECE: usize = 512;
/// Lines of wrapped base64 are at least this long.
const WRAPPED: usize = 40;
/// Bytes of the line before a run that tell what it is.
const CONTEXT: usize = 80;
/// No digit.
const NONE: u8 = 0xFF;

/// What each byte is worth in base64, of either alphabet.
const BASE64: [u8; 256] = {
    let mut values = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut i = 0;
    while i < 64 {
        values[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    values
};

fn worth(byte: u8) -> u8 {
    BASE64[usize::from(byte)]
}

fn is_digit(byte: &u8) -> bool {
    worth(*byte) != NONE
}

/// Decodes every run of `bytes` onto `sheet`.
pub(super) fn decode(bytes: &[u8], sheet: &mut Sheet) {
    let mut at = 0;
    while let Some(core) = next(bytes, at) {
        let run = around(bytes, at, core.start, is_digit);
        at = take(bytes, run, sheet);
    }
}

/// The first run of letters and figures from `floor` on: in what encodes text, the other digits stand only for `>`, `?` and
/// `~`. Looks at few bytes: every run of the least length holds one whole block, and one more beside it.
fn next(bytes: &[u8], floor: usize) -> Option<Range<usize>> {
    let mut at = floor;
    while let Some(block) = block(bytes, at) {
        if may_be_inside(block) && is_wide(bytes, at) && block.to_le_bytes().iter().all(u8::is_ascii_alphanumeric) {
            let run = around(bytes, floor, at, u8::is_ascii_alphanumeric);
            if run.len() >= BASE64_RUN {
                return Some(run);
            }
            at = run.end;
        }
        at += BASE64_RUN - BLOCK;
    }
    None
}

#[inline(always)]
fn block(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + BLOCK)?.first_chunk().copied().map(u64::from_le_bytes)
}

/// False if a byte of `block` is below all figures, as spaces and most punctuation are, or joins words: all bytes at once,
/// without a branch.
#[inline(always)]
fn may_be_inside(block: u64) -> bool {
    const EACH: u64 = u64::from_le_bytes([1; BLOCK]);
    let below = |bytes: u64, least: u8| bytes.wrapping_sub(EACH * u64::from(least)) & !bytes;
    (below(block, b'0') | below(block ^ (EACH * u64::from(b'_')), 1)) & (EACH << 7) == 0
}

/// False if what ends the run stands in both the block before the one at `at` and the block behind it.
#[inline(always)]
fn is_wide(bytes: &[u8], at: usize) -> bool {
    let is_run = |at: Option<usize>| at.and_then(|at| block(bytes, at)).is_some_and(may_be_inside);
    is_run(at.checked_sub(BLOCK)) | is_run(Some(at + BLOCK))
}

/// The run from `floor` on that holds what stands at `at`.
fn around(bytes: &[u8], floor: usize, at: usize, inside: impl Fn(&u8) -> bool) -> Range<usize> {
    let start = bytes[floor..at].iter().rposition(|b| !inside(b)).map_or(floor, |i| floor + i + 1);
    let end = bytes[at..].iter().position(|b| !inside(b)).map_or(bytes.len(), |i| at + i);
    start..end
}

/// Decodes one run; gives where to look on.
fn take(bytes: &[u8], run: Range<usize>, sheet: &mut Sheet) -> usize {
    let text = &bytes[run.clone()];
    if text.len() >= HEX_RUN && hex_is_text(text) && text.iter().all(u8::is_ascii_hexdigit) {
        sheet.begin(Layer::Hex, bytes, context(bytes, run.start));
        for start in run.clone().step_by(PIECE) {
            let part = start..run.end.min(start + PIECE);
            let decoded: Vec<u8> = bytes[part.clone()].chunks_exact(2).filter_map(pair).collect();
            sheet.decoded(Layer::Hex, part, &decoded);
        }
        return run.end;
    }
    // Where a text was cut, a run can begin anywhere within a group of four.
    let cut = if run.start == 0 { 4 } else { 1 };
    if let Some(skip) = (0..cut).find(|&skip| is_text(&text[skip..])) {
        return wrapped(bytes, run.start + skip..run.end, sheet);
    }
    parts(bytes, &run, sheet);
    run.end
}

/// What an encoded value is glued to, as in a path, can hide where it begins: looks at the parts of a run.
fn parts(bytes: &[u8], run: &Range<usize>, sheet: &mut Sheet) {
    let (text, mut at) = (&bytes[..run.end], run.start);
    while let Some(part) = next(text, at) {
        at = part.end;
        if part.start > run.start && is_text(&text[part.clone()]) {
            begin(bytes, &part, sheet);
            lines(bytes, part, sheet);
        }
    }
}

fn begin(bytes: &[u8], run: &Range<usize>, sheet: &mut Sheet) {
    sheet.begin(Layer::Base64, bytes, context(bytes, run.start));
}

/// Decodes a run, and those on the lines below that carry it on.
fn wrapped(bytes: &[u8], mut run: Range<usize>, sheet: &mut Sheet) -> usize {
    begin(bytes, &run, sheet);
    loop {
        lines(bytes, run.clone(), sheet);
        let Some(below) = carried_on(bytes, &run) else { return run.end };
        run = below;
    }
}

/// The run on the next line, if the base64 of this one goes on there.
fn carried_on(bytes: &[u8], run: &Range<usize>) -> Option<Range<usize>> {
    if run.len() < WRAPPED || !run.len().is_multiple_of(4) {
        return None;
    }
    let rest = &bytes[run.end..];
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    let rest = rest.trim_ascii_start();
    let start = bytes.len() - rest.len();
    let length = rest.iter().position(|b| !is_digit(b)).unwrap_or(rest.len());
    let is_end = rest.get(length).is_none_or(|b| matches!(b, b'\n' | b'\r' | b'=' | b'"' | b'\''));
    (length > 0 && length <= run.len() && is_end && start - run.end <= CONTEXT).then(|| start..start + length)
}

fn lines(bytes: &[u8], run: Range<usize>, sheet: &mut Sheet) {
    for start in run.clone().step_by(PIECE) {
        let part = start..run.end.min(start + PIECE);
        let decoded = base64(&bytes[part.clone()]);
        let padding = if part.end == run.end { padding(&bytes[run.end..]) } else { 0 };
        sheet.decoded(Layer::Base64, part.start..part.end + padding, &decoded);
    }
}

/// How much of `rest` fills up the last group before it.
fn padding(rest: &[u8]) -> usize {
    rest.iter().take(2).take_while(|b| **b == b'=').count()
}

/// What stands before a run on its line.
fn context(bytes: &[u8], at: usize) -> Range<usize> {
    let floor = at.saturating_sub(CONTEXT);
    memchr::memrchr(b'\n', &bytes[floor..at]).map_or(floor, |i| floor + i + 1)..at
}

fn is_text(run: &[u8]) -> bool {
    let Some((head, _)) = run.split_first_chunk::<HEAD>() else { return false };
    // Six bits of a letter in ASCII never begin with a one.
    worth(head[0]) < 32 && worth(head[4]) < 32 && worth(head[8]) < 32 && base64(head).iter().all(is_printable)
}

fn hex_is_text(run: &[u8]) -> bool {
    run[..HEAD].chunks_exact(2).all(|digits| pair(digits).is_some_and(|b| is_printable(&b)))
}

fn is_printable(byte: &u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// Decodes digits of either alphabet; what is left over at the end is dropped.
fn base64(digits: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 3);
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0u32, |bits, digit| bits << 6 | u32::from(worth(*digit)));
        let used = group.len() * 6 / 8;
        let [_, three @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        out.extend_from_slice(&three[..used]);
    }
    out
}

/// What two hex digits stand for.
pub(super) fn pair(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_wherever_they_begin() {
        for before in 0..600 {
            for length in [31, 32, 33, 300] {
                let text = format!("{}{} x", ".".repeat(before), "Q".repeat(length));
                let found = next(text.as_bytes(), 0);
                assert_eq!(found, (length >= BASE64_RUN).then(|| before..before + length), "{before} {length}");
            }
        }
    }

    #[test]
    fn groups_are_decoded_with_their_rest() {
        assert_eq!(base64(b"YWJjZA"), b"abcd");
        assert_eq!(base64(b"YWJjZGU"), b"abcde");
        assert_eq!(base64(b"Pz8_"), base64(b"Pz8/"));
    }
}
