//! Joins the reports of shards: the result is the report that one scan of everything would have made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Report, Shard, threshold_name};
use crate::policy::{Docket, Threshold, Use, Verdict, baseline, stale as unused};
use crate::source::share::Part;
use crate::source::{Coverage, Skip};

/// As many missing shards as are named.
const NAMED: usize = 20;

/// Why reports cannot be joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmergeable(String);

impl Unmergeable {
    /// Says why.
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Unmergeable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unmergeable {}

/// One report, the share that it is of, and the name of its file.
struct Piece {
    name: String,
    shard: Shard,
    report: Report,
}

/// Joins all shards of one scan, each with the name of its file; their order does not matter.
///
/// # Errors
/// They are not the shards of one scan, or one of them is missing.
pub fn merge(reports: Vec<(String, Report)>) -> Result<Report, Unmergeable> {
    let mut pieces = BTreeMap::<usize, Piece>::new();
    for (name, mut report) in reports {
        let whole = || {
            format!(
                "`{name}` is the report of a whole scan; `merge` joins what `--shard` wrote, and reports of different roots with `--roots`"
            )
        };
        let shard = report.source.shard.take().ok_or_else(|| Unmergeable(whole()))?;
        if Part::new(shard.part.index, shard.part.of).is_none() {
            return Err(Unmergeable(format!("`{name}` is shard {}, and there is no such shard", shard.part)));
        }
        let piece = Piece { name, shard, report };
        if let Some((_, first)) = pieces.first_key_value() {
            same(first, &piece)?;
        }
        let part = piece.shard.part;
        if let Some(other) = pieces.get(&part.index) {
            return Err(Unmergeable(format!("`{}` and `{}` are both shard {part}", other.name, piece.name)));
        }
        pieces.insert(part.index, piece);
    }
    complete(&pieces)?;
    let mut pieces = pieces.into_values();
    let first = pieces.next().ok_or_else(|| Unmergeable("there is nothing to join".into()))?;
    Ok(joined(first, pieces))
}

/// Fails unless both are of one scan.
fn same(a: &Piece, b: &Piece) -> Result<(), Unmergeable> {
    let (policy, other) = (&a.report.policy, &b.report.policy);
    let (source, theirs) = (&a.report.source, &b.report.source);
    let limit = |threshold: Threshold| threshold_name(threshold);
    let alike = [
        (a.report.version == b.report.version, "they were written by different versions of ringfence"),
        (a.report.rules_digest == b.report.rules_digest, "they were judged by different rules"),
        (limit(policy.threshold) == limit(other.threshold), "they fail on different severities"),
        (policy == other, "they were judged by different policies"),
        (source == theirs, "they are about different sources"),
        (a.shard.part.of == b.shard.part.of, "they are of different numbers of shards"),
        (a.shard.listing == b.shard.listing, "they saw different files, so something may be in neither"),
        (
            a.shard.is_whole == b.shard.is_whole && a.shard.uses.len() == b.shard.uses.len(),
            "they are of different scans",
        ),
    ];
    match alike.iter().find(|(is_alike, _)| !is_alike) {
        Some((_, why)) => Err(Unmergeable(format!("cannot join `{}` and `{}`: {why}", a.name, b.name))),
        None => Ok(()),
    }
}

/// Fails unless every shard is there: what nobody scanned is not clean.
fn complete(pieces: &BTreeMap<usize, Piece>) -> Result<(), Unmergeable> {
    let of = pieces.values().next().map_or(0, |piece| piece.shard.part.of);
    let missing: Vec<String> =
        (1..=of).filter(|index| !pieces.contains_key(index)).map(|index| index.to_string()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (missing, more) = (&missing[..missing.len().min(NAMED)], missing.len().saturating_sub(NAMED));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Unmergeable(format!("of {of} shards, these are missing: {}{more}", missing.join(", "))))
}

fn joined(first: Piece, others: impl Iterator<Item = Piece>) -> Report {
    let Piece { mut report, shard, .. } = first;
    let threshold = report.policy.threshold;
    let Shard { mut uses, mut stale, notices, is_whole, .. } = shard;
    let mut docket = Docket::of(std::mem::take(&mut report.verdict));
    notices.into_iter().for_each(|notice| docket.note(notice));
    for Piece { report: other, shard, .. } in others {
        docket.merge(Docket::of(other.verdict), threshold);
        cover(&mut report.coverage, other.coverage);
        uses.iter_mut().zip(shard.uses).for_each(|(entry, other): (&mut Use, Use)| entry.fits |= other.fits);
        // Stale is what nothing fits in any of them.
        let theirs: BTreeSet<usize> = shard.stale.into_iter().collect();
        stale.retain(|line| theirs.contains(line));
        shard.notices.into_iter().for_each(|notice| docket.note(notice));
    }
    let file = report.policy.file.as_deref().unwrap_or_default();
    report.policy.notices.extend(unused(file, &uses, is_whole));
    report.policy.notices.extend(baseline::unused(&stale));
    Skip::order(&mut report.coverage.skipped);
    let mut verdict: Verdict = docket.verdict(threshold);
    report.policy.notices.extend(std::mem::take(&mut verdict.notices));
    Report { verdict, ..report }
}

fn cover(all: &mut Coverage, more: Coverage) {
    all.files += more.files;
    all.bytes += more.bytes;
    all.added_lines = all.added_lines.zip(more.added_lines).map(|(a, b)| a + b);
    all.skipped.extend(more.skipped);
}
