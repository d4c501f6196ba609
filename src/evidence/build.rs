//! From a finished scan, and what was told beside it, to the statement of a record. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::digest::hex;
use super::record::{
    Answered, AreaCount, AreaReview, Author, Change, Commit, Coverage, Entry, FileDigest, Finding, GitDigest,
    PREDICATE, Path, PathCounts, Policy, Predicate, Previous, Reviews, Run, STATEMENT, Said, SetAside, Skipped,
    Statement, Subject, Summary, Tool, Verification,
};
use crate::finding::{self, Review, Side};
use crate::report::{Report, confidence_name, severity_name, threshold_name, word};
use crate::source::git::{Changed, CommitId, Listing, Placed};

/// What was seen of a change.
pub struct Seen<'a> {
    /// The old side; `None` for the empty tree.
    pub base: Option<CommitId>,
    /// The commit that was named, where the old side is its merge base with the new one.
    pub named: Option<CommitId>,
    /// The new side.
    pub head: CommitId,
    /// Every path that differs.
    pub listing: &'a Listing,
    /// What the scan says.
    pub report: &'a Report,
    /// Whose policy was asked for.
    pub author: Author,
    /// The day of judgement, where it matters.
    pub judged_on: Option<Date>,
    /// Every path of the listing as reports show it.
    pub paths: &'a [String],
    /// What was said of it, where that was asked for.
    pub reviewed: Option<&'a Reviewed>,
}

/// What was said of a change, and by which files.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Each word, without secrets.
    pub said: Vec<Said>,
    /// What the files of reviews are.
    pub files: Vec<FileDigest>,
    /// What the list of allowed signers is.
    pub signers: Option<FileDigest>,
    /// True if what lacks a review fails.
    pub required: bool,
}

/// What was told, and cannot be seen in the repository.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// What was asked for, without secrets.
    pub task: Option<String>,
    /// What was run.
    pub runs: Vec<Run>,
    /// The record before.
    pub previous: Option<Previous>,
}

/// The statement, not yet sealed.
pub fn statement(seen: &Seen<'_>, claims: Claims) -> Statement {
    let head = &seen.head;
    let digest = GitDigest { commit: head.commit.clone(), tree: head.tree.clone() };
    let predicate = Predicate {
        change: change(seen),
        sequence: claims.previous.as_ref().map_or(1, |previous| previous.sequence.saturating_add(1)),
        previous: claims.previous,
        reviews: seen.reviewed.map(|reviewed| reviews(reviewed, seen.report)),
        runs: claims.runs,
        seal: String::new(),
        task: claims.task,
        verification: verification(seen),
    };
    Statement {
        kind: STATEMENT.into(),
        predicate,
        predicate_type: PREDICATE.into(),
        subject: vec![Subject { digest, name: "commit".into() }],
    }
}

fn change(seen: &Seen<'_>) -> Change {
    let old = seen.base.as_ref().map(commit);
    let named = seen.named.as_ref().map(commit);
    let (base, merge_base) = if named.is_some() { (named, old) } else { (old, None) };
    let changed = &seen.listing.0;
    Change {
        areas: areas(seen.report),
        base,
        counts: counts(changed),
        diff_sha256: digest(changed),
        head: commit(&seen.head),
        merge_base,
        paths: changed.iter().zip(seen.paths).map(|(one, shown)| path(one, shown)).collect(),
    }
}

fn commit(id: &CommitId) -> Commit {
    Commit { commit: id.commit.clone(), tree: id.tree.clone() }
}

fn path(changed: &Changed, shown: &str) -> Path {
    let entry = |placed: &Placed| Entry { blob: placed.id.clone(), mode: format!("{:06o}", placed.mode) };
    Path { after: changed.after.as_ref().map(entry), before: changed.before.as_ref().map(entry), path: shown.into() }
}

fn counts(changed: &[Changed]) -> PathCounts {
    let mut counts = PathCounts::default();
    for one in changed {
        match (&one.before, &one.after) {
            (None, _) => counts.added += 1,
            (_, None) => counts.deleted += 1,
            _ => counts.modified += 1,
        }
    }
    counts
}

/// SHA-256 of what git itself prints about the change, so that whoever has git can recompute it.
fn digest(changed: &[Changed]) -> String {
    const KIND: u32 = 0o170_000;
    const NOTHING: &str = "0000000000000000000000000000000000000000";
    let mut digest = Sha256::new();
    for one in changed {
        let mode = |side: &Option<Placed>| side.as_ref().map_or(0, |placed| placed.mode);
        let id = |side: &Option<Placed>| side.as_ref().map_or(NOTHING.to_owned(), |placed| placed.id.clone());
        let (old, new) = (mode(&one.before), mode(&one.after));
        let letter = match (old, new) {
            (0, _) => 'A',
            (_, 0) => 'D',
            _ if old & KIND != new & KIND => 'T',
            _ => 'M',
        };
        digest.update(format!(":{old:06o} {new:06o} {} {} {letter}\0", id(&one.before), id(&one.after)));
        digest.update(one.path.as_bytes());
        digest.update(b"\0");
    }
    hex(&digest.finalize())
}

/// The areas that the change touches, set aside or not.
fn areas(report: &Report) -> Vec<AreaCount> {
    let mut areas: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let set_aside = report.verdict.set_aside.iter().map(|one| &one.finding);
    for finding in report.verdict.findings.iter().chain(set_aside) {
        if let Some(area) = &finding.area {
            areas.entry(&area.name).or_default().insert(&finding.path);
        }
    }
    let count = |(name, paths): (&str, BTreeSet<&str>)| AreaCount { name: name.into(), paths: paths.len() as u64 };
    areas.into_iter().map(count).collect()
}

fn reviews(reviewed: &Reviewed, report: &Report) -> Reviews {
    type Group<'a> = (&'a str, &'a [String], &'a str, Answered);
    let mut groups: BTreeMap<Group<'_>, BTreeSet<&str>> = BTreeMap::new();
    let set_aside = report.verdict.set_aside.iter().map(|one| &one.finding);
    for finding in report.verdict.findings.iter().chain(set_aside) {
        let Some(area) = &finding.area else { continue };
        let Some(answer) = &area.answer else { continue };
        let review = if area.review == Review::Satisfied { Answered::Satisfied } else { Answered::Open };
        groups.entry((&area.name, &area.owners, answer, review)).or_default().insert(&finding.path);
    }
    let area = |((name, owners, answer, review), paths): (Group<'_>, BTreeSet<&str>)| AreaReview {
        answer: answer.into(),
        name: name.into(),
        owners: owners.to_vec(),
        paths: paths.into_iter().map(str::to_owned).collect(),
        review,
    };
    Reviews {
        areas: groups.into_iter().map(area).collect(),
        files: reviewed.files.clone(),
        required: reviewed.required,
        said: reviewed.said.clone(),
        signers: reviewed.signers.clone(),
    }
}

fn verification(seen: &Seen<'_>) -> Verification {
    let Report { verdict, policy, .. } = seen.report;
    let set_aside = verdict.set_aside.iter().map(|one| SetAside {
        by: word(&one.by.means),
        expires: one.by.expires.map(|day| day.to_string()),
        finding: finding(&one.finding),
        line: one.by.line as u64,
        reason: one.by.reason.clone(),
    });
    Verification {
        coverage: coverage(seen.report),
        findings: verdict.findings.iter().map(finding).collect(),
        policy: Policy {
            digest: policy.digest.clone(),
            fail_on: threshold_name(policy.threshold).into(),
            file: policy.file.clone(),
            from: seen.author,
            judged_on: seen.judged_on.map(|day| day.to_string()),
            notices: policy.notices.clone(),
            source: word(&policy.source),
        },
        set_aside: set_aside.collect(),
        summary: summary(seen.report),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").into(),
            rules_sha256: seen.report.rules_digest.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
    }
}

fn coverage(report: &Report) -> Coverage {
    let coverage = &report.coverage;
    let skipped = |skip: &crate::source::Skip| Skipped { path: skip.path.clone(), reason: skip.reason.to_string() };
    Coverage {
        added_lines: coverage.added_lines.unwrap_or_default(),
        bytes: coverage.bytes,
        complete: coverage.complete(),
        files: coverage.files,
        skipped: coverage.skipped.iter().map(skipped).collect(),
    }
}

fn summary(report: &Report) -> Summary {
    let verdict = &report.verdict;
    let counts = verdict.counts();
    let listed = verdict.findings.len();
    let all = counts.critical + counts.high + counts.medium + counts.low;
    Summary {
        critical: counts.critical as u64,
        failing: verdict.failing as u64,
        hidden: verdict.hidden as u64,
        high: counts.high as u64,
        low: counts.low as u64,
        medium: counts.medium as u64,
        set_aside: verdict.suppressed as u64,
        switched_off: verdict.switched_off as u64,
        unlisted: all.saturating_sub(listed) as u64,
    }
}

fn finding(finding: &finding::Finding) -> Finding {
    let side = match finding.side {
        Side::Old => "old",
        Side::New => "new",
    };
    Finding {
        confidence: confidence_name(finding.confidence).into(),
        fingerprint: finding.fingerprint.to_string(),
        line: finding.start.line as u64,
        path: finding.path.to_string(),
        rule: finding.rule.to_string(),
        severity: severity_name(finding.severity).into(),
        side: side.into(),
    }
}
