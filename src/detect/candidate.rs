//! A match of a rule and what is known of it, and which one stays where several claim the same bytes.

use std::ops::Range;

use crate::finding::{Confidence, Judgement, Layer, Proof};
use crate::order;
use crate::rule::CompiledRule;

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
    /// It is no match at all, but the rest of the text, in which its rule did not look: see [`Work`](super::work::Work).
    Unread,
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

/// The literal that the secret begins with: the same for every secret of the kind, so it may be shown.
pub(super) fn public_prefix<'v>(rule: &CompiledRule, value: &'v [u8]) -> &'v [u8] {
    let literals = rule.rule().literals.iter().map(String::as_bytes);
    let longest = literals.filter(|l| value.starts_with(l) && l.len() < value.len()).map(<[u8]>::len).max();
    &value[..longest.unwrap_or(0)]
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
