//! Where rules match in a text, and which of these matches stand.

use std::ops::Range;

use regex_automata::{Anchored, Input};

use super::check::{self, Outcome};
use super::decode;
use super::generic;
use super::placeholder;
use super::work::Work;
use crate::finding::{Confidence, Judgement, Layer, Proof};
use crate::order;
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

/// Which rules to try. Not a type parameter, so that the search is compiled once and not once for each of its callers.
pub(super) type Wanted<'w> = dyn Fn(&CompiledRule) -> bool + 'w;

/// One match of one rule. Holds offsets into raw bytes, so it stays inside `detect`.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'r> {
    /// The rule that matched.
    pub(super) rule: &'r CompiledRule,
    /// The whole match.
    pub(super) span: Range<usize>,
    /// The secret within it.
    pub(super) secret: Range<usize>,
    /// What was proven, or why the candidate does not stand: then it is masked like the others, but not reported.
    pub(super) standing: Result<Standing, Fallen>,
    /// What the model made of it; `None` where a format told.
    pub(super) judgement: Option<Judgement>,
    /// How it is encoded, outermost layer first; then `span` and `secret` are what encodes it.
    pub(super) decoded: Vec<Layer>,
}

/// Why a candidate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// What was proven offline.
    pub(super) proof: Proof,
    /// How sure that makes it.
    pub(super) confidence: Confidence,
}

/// Why a candidate does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fallen {
    /// Its checksum or its structure is wrong.
    Check,
    /// It stands in for a secret, or is too plain to be one.
    Placeholder,
    /// What it needs is not there: near words, or a proof in binary content.
    Context,
    /// Another candidate claims the same bytes and proves more.
    Outranked,
    /// It is no match at all, but the rest of the text, in which its rule did not look: see [`Work`].
    Unread,
}

/// Every match of every rule in `text`, in no particular order, also those that another window owns or that do not
/// stand: they are masked wherever they are printed. `wanted` says which rules to try; `path` tells the language. Where a
/// rule has to stop, the rest of the text becomes a candidate that does not stand. What is encoded counts where it stands.
pub(super) fn candidates<'r>(
    set: &'r RuleSet,
    path: &[u8],
    text: &Text<'_>,
    wanted: &Wanted<'_>,
) -> Vec<Candidate<'r>> {
    let mut found = plain(set, path, text, wanted);
    decode::candidates(set, text, wanted, &mut found);
    drop_guesses(&mut found);
    found
}

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

/// Where a format speaks, for or against, nobody needs to guess.
fn drop_guesses(found: &mut Vec<Candidate<'_>>) {
    let is_guess = |c: &Candidate<'_>| c.rule.prepared.anchor == Anchor::Name;
    if !found.iter().any(is_guess) {
        return;
    }
    let speaks = |c: &&Candidate<'_>| {
        !is_guess(c) && matches!(c.standing, Ok(_) | Err(Fallen::Check | Fallen::Placeholder | Fallen::Outranked))
    };
    let known = Claimed::by(found.iter().filter(speaks));
    found.retain(|c| !is_guess(c) || !known.touches(&c.secret));
}

/// What candidates claim.
pub(super) struct Claimed(Vec<Range<usize>>);

impl Claimed {
    /// The secrets of `candidates`.
    pub(super) fn by<'c, 'r: 'c>(candidates: impl Iterator<Item = &'c Candidate<'r>>) -> Self {
        Self::of(candidates.map(|c| c.secret.clone()).collect())
    }

    fn of(mut known: Vec<Range<usize>>) -> Self {
        order::sort_by_key(&mut known, |k| k.start);
        // Each end is the furthest so far, so that the last range that begins before a span ends tells of all.
        let mut furthest = 0;
        for range in &mut known {
            furthest = furthest.max(range.end);
            range.end = furthest;
        }
        Self(known)
    }

    /// True if any of `span` is claimed.
    pub(super) fn touches(&self, span: &Range<usize>) -> bool {
        let before = self.0.partition_point(|k| k.start < span.end);
        before > 0 && self.0[before - 1].end > span.start
    }
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

/// The literal that the secret begins with: the same for every secret of the kind, so it may be shown.
pub(super) fn public_prefix<'v>(rule: &CompiledRule, value: &'v [u8]) -> &'v [u8] {
    let literals = rule.rule().literals.iter().map(String::as_bytes);
    let longest = literals.filter(|l| value.starts_with(l) && l.len() < value.len()).map(<[u8]>::len).max();
    &value[..longest.unwrap_or(0)]
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

/// Leaves one candidate where several kinds claim the same bytes: the one that proves most.
pub(super) fn settle(candidates: &mut Vec<Candidate<'_>>) {
    let rank = |c: &Candidate<'_>| {
        let standing = c.standing.ok().map(|s| (proof_rank(s.proof), s.confidence));
        let rule = c.rule.rule();
        // Of two that prove the same, the one that had to see more around the secret knows more.
        (standing, rule.severity, c.span.len(), rule.literals.iter().map(String::len).max())
    };
    order::sort_by(candidates, |a, b| {
        rank(b).cmp(&rank(a)).then(a.secret.start.cmp(&b.secret.start)).then(a.rule.rule().id.cmp(&b.rule.rule().id))
    });
    let mut claimed: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for candidate in candidates {
        if candidate.standing.is_err() {
            continue;
        }
        let secret = &candidate.secret;
        let taken = claimed.range(..secret.end).next_back().is_some_and(|(_, end)| *end > secret.start);
        if taken {
            candidate.standing = Err(Fallen::Outranked);
        } else {
            claimed.insert(secret.start, secret.end);
        }
    }
}

fn proof_rank(proof: Proof) -> u8 {
    match proof {
        Proof::None => 0,
        Proof::Structure => 1,
        Proof::Checksum => 2,
    }
}
