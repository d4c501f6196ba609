//! Where rules match in a text as it is, and which of these matches stand.

use std::ops::Range;

use regex_automata::{Anchored, Input};

use super::candidate::{Candidate, Fallen, Standing, Wanted, public_prefix};
use super::check::{self, Outcome};
use super::generic;
use super::placeholder;
use super::work::Work;
use crate::finding::{Confidence, Proof};
use crate::rule::{Anchor, CompiledRule, RuleSet};
use crate::text::{Encoding, Text};

/// How far an unbounded pattern may reach beyond its literal, in bytes.
const REACH: usize = 64 << 10;
/// From this length on, in bytes, nobody writes a placeholder.
const LONG: usize = 256;
/// How many lines above a match its `near` words may stand.
const NEAR_LINES: usize = 2;
/// How far before a match its `near` words may stand, in bytes: long lines end the search.
const NEAR_BYTES: usize = 400;

/// Every match in `text` as it is.
pub(super) fn plain<'r>(set: &'r RuleSet, path: &[u8], text: &Text<'_>, wanted: &Wanted<'_>) -> Vec<Candidate<'r>> {
    let mut found = Vec::new();
    set.hits(text.bytes()).by_rule(|rule, hits| {
        if !wanted(rule) {
            return;
        }
        match (rule.prepared.anchor, set.model()) {
            // Names mean nothing in binary content.
            (Anchor::Name, Some(model)) if text.encoding() != Encoding::Binary => {
                generic::candidates((rule, model), hits, text.bytes(), path, &mut found);
            }
            (Anchor::Name, _) => {}
            _ => matches(rule, hits, text, &mut found),
        }
    });
    found
}

/// Runs one rule near its hits, which are sorted. Matches do not overlap.
fn matches<'r>(rule: &'r CompiledRule, hits: &[usize], text: &Text<'_>, found: &mut Vec<Candidate<'r>>) {
    let Some(regex) = rule.regex() else { return };
    let bytes = text.bytes();
    let mut captures = regex.create_captures();
    let mut work = Work::new(rule, bytes.len());
    let mut resume = 0;
    for &hit in hits {
        let region = Region::of(rule, hit, bytes);
        let mut from = region.starts.start.max(resume);
        // Anchored at each possible start in turn: an unanchored search would run on through the whole reach.
        while from < region.starts.end {
            if work.is_spent() {
                let rest = from..bytes.len();
                found.push(Candidate {
                    rule,
                    span: rest.clone(),
                    secret: rest,
                    standing: Err(Fallen::Unread),
                    judgement: None,
                    decoded: Vec::new(),
                });
                return;
            }
            captures.clear();
            if work.may_match(bytes, from..region.end) {
                let input = Input::new(bytes).range(from..region.end).anchored(Anchored::Yes);
                regex.search_captures(&input, &mut captures);
            }
            let Some(whole) = captures.get_match() else {
                from += 1;
                continue;
            };
            work.matched(whole.len());
            let secret = captures.get_group_by_name("secret").map_or(whole.range(), |span| span.start..span.end);
            let standing = standing(rule, text, &secret);
            // What does not stand must not hide a match that begins within it.
            resume = if standing.is_ok() { secret.end.max(from + 1) } else { from + 1 };
            from = resume;
            found.push(Candidate { rule, span: whole.range(), secret, standing, judgement: None, decoded: Vec::new() });
        }
        // Where one hit found no start of a match, the next need not look again.
        resume = resume.max(region.starts.end);
    }
}

/// The part of the text in which a hit's match lies.
struct Region {
    /// Where the match can begin.
    starts: Range<usize>,
    /// How far the pattern may look.
    end: usize,
}

impl Region {
    fn of(rule: &CompiledRule, at: usize, bytes: &[u8]) -> Self {
        let starts = match rule.prepared.anchor {
            Anchor::Literal { min, max, .. } => at.saturating_sub(max)..(at + 1).saturating_sub(min),
            Anchor::Name | Anchor::Compared => at..at,
            Anchor::Near => line_start(bytes, at)..lines_below(bytes, at, NEAR_LINES),
        };
        let reach = rule.prepared.longest.unwrap_or(REACH);
        // One byte more, so that a boundary after the longest match can be seen.
        Self { end: bytes.len().min(starts.end + reach + 1), starts }
    }
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(NEAR_BYTES);
    memchr::memrchr(b'\n', &bytes[floor..at]).map_or(floor, |i| floor + i + 1)
}

/// The end of the line that is `lines` below the one that holds `at`, or where the search ends.
fn lines_below(bytes: &[u8], at: usize, lines: usize) -> usize {
    let end = bytes.len().min(at + NEAR_BYTES);
    memchr::memchr_iter(b'\n', &bytes[at..end]).nth(lines).map_or(end, |i| at + i)
}

fn standing(rule: &CompiledRule, text: &Text<'_>, secret: &Range<usize>) -> Result<Standing, Fallen> {
    let facts = rule.rule();
    let value = &text.bytes()[secret.clone()];
    if !near_words_stand(&facts.near, text.bytes(), secret) {
        return Err(Fallen::Context);
    }
    let is_placeholder = || placeholder::is_placeholder(value, public_prefix(rule, value).len());
    let standing = match facts.check.map(|check| (check::verify(check, value), check::proof(check))) {
        Some((Outcome::Failed, _)) => return Err(Fallen::Check),
        Some((Outcome::Passed, Proof::Checksum)) => Standing { proof: Proof::Checksum, confidence: Confidence::High },
        // A stand-in can have the right structure, but none is written out at such a length.
        Some((Outcome::Passed, _)) if value.len() < LONG && is_placeholder() => return Err(Fallen::Placeholder),
        Some((Outcome::Passed, proof)) => Standing { proof, confidence: Confidence::High },
        Some((Outcome::Unproven, _)) | None => {
            let too_plain = facts.entropy.is_some_and(|least| placeholder::entropy(value) < least);
            if too_plain || is_placeholder() {
                return Err(Fallen::Placeholder);
            }
            Standing { proof: Proof::None, confidence: facts.confidence }
        }
    };
    // In binary content a rule must prove itself: too much there looks like anything.
    let is_enough = text.encoding() != Encoding::Binary || standing.proof != Proof::None;
    if is_enough { Ok(standing) } else { Err(Fallen::Context) }
}

fn near_words_stand(words: &[String], bytes: &[u8], secret: &Range<usize>) -> bool {
    if words.is_empty() {
        return true;
    }
    let floor = secret.start.saturating_sub(NEAR_BYTES);
    let above = memchr::memrchr_iter(b'\n', &bytes[floor..secret.start]).nth(NEAR_LINES).map_or(floor, |i| floor + i);
    let after = bytes.len().min(secret.end + NEAR_BYTES);
    let line_end = memchr::memchr(b'\n', &bytes[secret.end..after]).map_or(after, |i| secret.end + i);
    let holds = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
    words
        .iter()
        .map(String::as_bytes)
        .any(|word| holds(&bytes[above..secret.start], word) || holds(&bytes[secret.end..line_end], word))
}
