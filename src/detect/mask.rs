//! Masks: what may be printed of a matched value, and the printed line in which every match is masked.

use std::ops::Range;

use super::candidate::{Candidate, public_prefix};
use super::placeholder::entropy;
use crate::finding::{Excerpt, Kind};
use crate::order;
use crate::text::Text;

/// Bytes of a line shown before and after what was found.
const AROUND: usize = 60;
/// What no rule knows is taken for random from this length and entropy on.
const SHORTEST_RANDOM: usize = 16;
const RANDOM_ENTROPY: f32 = 3.0;
/// Bytes shown of a match that is no secret.
const MOST_SHOWN: usize = 80;

/// What may be shown of a secret: its length, and its public prefix where it is not encoded.
pub(super) fn redacted(candidate: &Candidate<'_>, value: &[u8]) -> String {
    let prefix = if candidate.decoded.is_empty() { public_prefix(candidate.rule, value) } else { b"" };
    format!("{}[{} hidden]", String::from_utf8_lossy(prefix), value.len() - prefix.len())
}

/// A span that must not be printed, and what is printed in its place.
#[derive(Clone, Debug)]
pub(super) struct Mask {
    span: Range<usize>,
    shown: String,
}

impl Mask {
    /// Prints `shown` in place of `span`, of which every byte is known to be no secret.
    pub(super) fn showing(span: Range<usize>, shown: String) -> Self {
        Self { span, shown }
    }
}

/// `masks` and `more`, in order; overlapping ones become one that shows nothing.
pub(super) fn joined(masks: &[Mask], more: Vec<Mask>) -> Vec<Mask> {
    merge(masks.iter().cloned().chain(more).collect())
}

/// One mask for each secret among `candidates`, reported or not; overlapping ones become one that shows nothing.
pub(super) fn masks(candidates: &[Candidate<'_>], bytes: &[u8]) -> Vec<Mask> {
    let secrets = candidates.iter().filter(|c| c.rule.rule().kind == Kind::Secret);
    let all: Vec<Mask> =
        secrets.map(|c| Mask { span: c.secret.clone(), shown: redacted(c, &bytes[c.secret.clone()]) }).collect();
    merge(all)
}

fn merge(mut all: Vec<Mask>) -> Vec<Mask> {
    order::sort_by_key(&mut all, |m| (m.span.start, std::cmp::Reverse(m.span.end)));
    let mut merged: Vec<Mask> = Vec::new();
    for mask in all {
        match merged.last_mut() {
            Some(last) if mask.span.start < last.span.end => {
                if mask.span.end > last.span.end {
                    last.span.end = mask.span.end;
                    last.shown = format!("[{} hidden]", last.span.len());
                }
            }
            _ => merged.push(mask),
        }
    }
    merged
}

/// All of `bytes`, every mask in place.
pub(super) fn cover(bytes: &[u8], masks: &[Mask]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for mask in masks {
        out.extend_from_slice(&bytes[at..mask.span.start]);
        out.extend_from_slice(mask.shown.as_bytes());
        at = mask.span.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// Those of the sorted `masks` that touch `range`.
fn touching<'m>(masks: &'m [Mask], range: &Range<usize>) -> impl Iterator<Item = &'m Mask> {
    let (first, end) = (masks.partition_point(|m| m.span.end <= range.start), range.end);
    masks[first..].iter().take_while(move |m| m.span.start < end)
}

/// The bytes of `range` with a fixed word in place of every mask: what identifies a place, whatever stands masked in it.
pub(super) fn blanked(bytes: &[u8], masks: &[Mask], range: Range<usize>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = range.start;
    for mask in touching(masks, &range) {
        out.extend_from_slice(&bytes[at..mask.span.start.max(at)]);
        out.extend_from_slice(b"[hidden]");
        at = mask.span.end.max(at);
    }
    out.extend_from_slice(&bytes[at.min(range.end)..range.end]);
    out
}

/// The line on which `found` begins, masked and cut round it.
pub(super) fn excerpt(text: &Text<'_>, masks: &[Mask], found: &Range<usize>) -> Excerpt {
    let line = text.line_span(found.start);
    let bytes = text.bytes();
    let from = char_boundary(bytes, line.start.max(found.start.saturating_sub(AROUND)));
    let to = char_boundary(bytes, line.end.min(found.end.min(found.start + MOST_SHOWN) + AROUND).max(from));
    let mut line_out = Line { text: String::new(), caret: None };
    if from > line.start {
        line_out.push_str("…");
    }
    let mut at = from;
    for mask in &masks_of_line(bytes, masks, &line, from..to) {
        line_out.push(bytes, at..mask.span.start.max(at), found);
        line_out.push_mask(mask, found);
        at = mask.span.end.max(at);
    }
    line_out.push(bytes, at..to.max(at), found);
    if at.max(to) < line.end {
        line_out.push_str("…");
    }
    let end = line_out.text.len();
    Excerpt::new(line_out.text, line_out.caret.unwrap_or(end..end))
}

/// The masks that touch `printed`, and a mask over whatever else looks random there: a second line of defence for what
/// no rule knows, such as a token that runs into its neighbour.
fn masks_of_line(bytes: &[u8], masks: &[Mask], line: &Range<usize>, printed: Range<usize>) -> Vec<Mask> {
    let known: Vec<Mask> = touching(masks, &printed).cloned().collect();
    let seen = line.start.max(printed.start.saturating_sub(AROUND))..line.end.min(printed.end + AROUND);
    let mut all = known.clone();
    let mut at = seen.start;
    // What is no ASCII does not end a run: a character that is not seen could stand in the middle of a token.
    for run in bytes[seen].split(|b| b.is_ascii() && !b.is_ascii_alphanumeric()) {
        let span = at..at + run.len();
        at = span.end + 1;
        if run.is_ascii() {
            all.extend(outside(span, &known).into_iter().filter(|_| looks_random(run)));
        } else if looks_random(&run.iter().copied().filter(u8::is_ascii).collect::<Vec<u8>>()) {
            let mut at = span.start;
            for piece in run.split(|b| !b.is_ascii()) {
                all.extend(outside(at..at + piece.len(), &known));
                at += piece.len() + 1;
            }
        }
    }
    all.retain(|m| m.span.end > printed.start && m.span.start < printed.end);
    merge(all)
}

fn looks_random(run: &[u8]) -> bool {
    let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = run.iter().filter(|b| b.is_ascii_alphabetic()).count();
    run.len() >= SHORTEST_RANDOM && digits >= 2 && letters >= 2 && entropy(run) >= RANDOM_ENTROPY
}

/// The parts of `span` that no known mask covers.
fn outside(span: Range<usize>, known: &[Mask]) -> Vec<Mask> {
    let mut parts = Vec::new();
    let mut at = span.start;
    let covering = known.iter().map(|m| &m.span).filter(|k| k.start < span.end && k.end > span.start);
    for gap_end in covering.clone().map(|k| k.start).chain([span.end]) {
        if gap_end > at {
            parts.push(Mask { span: at..gap_end, shown: format!("[{} hidden]", gap_end - at) });
        }
        at = at.max(covering.clone().find(|k| k.start == gap_end).map_or(gap_end, |k| k.end));
    }
    parts
}

/// The first offset from `at` on that does not stand inside a UTF-8 character.
fn char_boundary(bytes: &[u8], at: usize) -> usize {
    let inside = bytes[at..].iter().take(3).take_while(|b| **b & 0xC0 == 0x80).count();
    at + inside
}

/// A line under construction: each piece that touches the finding widens the caret.
struct Line {
    text: String,
    caret: Option<Range<usize>>,
}

impl Line {
    fn push_str(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    fn push(&mut self, bytes: &[u8], span: Range<usize>, found: &Range<usize>) {
        let inside = span.start.max(found.start)..span.end.min(found.end);
        if inside.is_empty() {
            self.push_str(&String::from_utf8_lossy(&bytes[span]));
            return;
        }
        self.push_str(&String::from_utf8_lossy(&bytes[span.start..inside.start]));
        self.mark(&String::from_utf8_lossy(&bytes[inside.clone()]));
        self.push_str(&String::from_utf8_lossy(&bytes[inside.end..span.end]));
    }

    fn push_mask(&mut self, mask: &Mask, found: &Range<usize>) {
        if mask.span.start < found.end && found.start < mask.span.end {
            self.mark(&mask.shown);
        } else {
            self.push_str(&mask.shown);
        }
    }

    fn mark(&mut self, piece: &str) {
        let start = self.caret.as_ref().map_or(self.text.len(), |c| c.start);
        self.push_str(piece);
        self.caret = Some(start..self.text.len());
    }
}
