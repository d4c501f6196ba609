//! Whether the value of a finding is the one that somebody vouched for. The value itself stays here.

use std::ops::Range;

use sha1::{Digest, Sha1};

use crate::finding::Finding;
use crate::text::{Position, Text};

/// Places in a line where a value may begin or end that are tried.
const EDGES: usize = 160;

/// True if `test` holds for the value of `finding` in `text`, and the line on which it begins.
pub fn value_fits(text: &Text<'_>, finding: &Finding, test: &dyn Fn(&[u8], &[u8]) -> bool) -> bool {
    let Some(span) = span(text, finding) else { return false };
    let line = text.line_span(span.start);
    text.bytes().get(span).zip(text.bytes().get(line)).is_some_and(|(value, line)| test(value, line))
}

/// True if the value of `finding` in `text` has this SHA-1, or most of it, cut where words end: scanners do not agree on
/// where a value begins and ends. A value of several lines has none.
pub fn has_sha1(text: &Text<'_>, finding: &Finding, sha1: &[u8; 20]) -> bool {
    let Some(span) = span(text, finding) else { return false };
    let line = text.line_span(span.start);
    let Some(bytes) = text.bytes().get(line.clone()).filter(|_| span.end <= line.end) else { return false };
    let value = span.start - line.start..span.end - line.start;
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_edge = |at: &usize| {
        *at == value.start || *at == value.end || !(at.checked_sub(1).is_some_and(is_word) && is_word(*at))
    };
    let starts = (0..value.end).rev().filter(is_edge).take(EDGES);
    starts.into_iter().any(|start| {
        let ends = (value.start.max(start) + 1..=bytes.len()).filter(is_edge).take(EDGES);
        ends.into_iter().any(|end| {
            let common = value.end.min(end).saturating_sub(value.start.max(start));
            2 * common >= value.len() && Sha1::digest(&bytes[start..end])[..] == sha1[..]
        })
    })
}

/// Where the value of `finding` stands in `text`.
fn span(text: &Text<'_>, finding: &Finding) -> Option<Range<usize>> {
    let offset = |place: Position| Some(text.offset_of_line(place.line)? + place.column.checked_sub(1)?);
    let span = offset(finding.start)?..offset(finding.end)?;
    (span.start < span.end && span.end <= text.bytes().len()).then_some(span)
}
