//! The report as JSON and as JSON lines: a versioned copy of the internals, described by `docs/report.schema.json`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

mod access;
mod aside;
mod roots;
mod threshold;

use access::Access;
use aside::{Suppressed, suppressed};
pub(super) use roots::RootV1;
pub(super) use threshold::FailOn;

use super::escape::InertJson;
use super::{PolicySource, Report, SourceKind, threshold_name};
use crate::finding::{
    Anchor, AreaDetail, Confidence, Dropped, Evidence, Finding, Kind, Layer, Position, Proof, SecretDetail, Severity,
    Side,
};
use crate::policy::{self, Use};
use crate::source::Skip;

/// Name and version of the format; a change that breaks a reader changes it.
pub const SCHEMA: &str = "ringfence.report/1";

/// Writes one JSON document, indented, with a final line end. Writes are small: `out` should be buffered.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        head: Head::of(report),
        summary: Summary::of(report),
        findings: report.verdict.findings.iter().map(FindingV1::of).collect(),
        suppressed: suppressed(report).collect(),
    };
    document.serialize(&mut Serializer::with_formatter(&mut *out, InertJson::pretty()))?;
    out.write_all(b"\n")
}

/// Writes one JSON object per line: a header, each finding, and a summary that proves the end was reached.
/// Writes are small: `out` should be buffered.
pub fn write_jsonl(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_line(&Line::Report(Box::new(Head::of(report))), out)?;
    for finding in &report.verdict.findings {
        write_line(&Line::Finding(Box::new(FindingV1::of(finding))), out)?;
    }
    for one in suppressed(report) {
        write_line(&Line::Suppressed(Box::new(one)), out)?;
    }
    write_line(&Line::Summary(Summary::of(report)), out)
}

fn write_line(line: &Line<'_>, out: &mut dyn Write) -> io::Result<()> {
    line.serialize(&mut Serializer::with_formatter(&mut *out, InertJson::compact()))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Report(Box<Head<'a>>),
    Finding(Box<FindingV1<'a>>),
    Suppressed(Box<Suppressed<'a>>),
    Summary(Summary<'a>),
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    summary: Summary<'a>,
    findings: Vec<FindingV1<'a>>,
    suppressed: Vec<Suppressed<'a>>,
}

#[derive(Serialize)]
struct Head<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    policy: Policy<'a>,
    source: Source<'a>,
    coverage: Coverage<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
    rules_digest: &'a str,
}

#[derive(Serialize)]
struct Policy<'a> {
    source: PolicySource,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    digest: &'a str,
    fail_on: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notices: &'a [String],
}

#[derive(Serialize)]
struct Source<'a> {
    kind: SourceKind,
    root: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Shard<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roots: Vec<RootV1>,
}

#[derive(Serialize)]
struct Shard<'a> {
    index: usize,
    of: usize,
    listing: &'a str,
    whole: bool,
    #[serde(skip_serializing_if = "<[Use]>::is_empty")]
    allows: &'a [Use],
    #[serde(skip_serializing_if = "<[usize]>::is_empty")]
    stale: &'a [usize],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notices: &'a [String],
}

#[derive(Serialize)]
struct Coverage<'a> {
    files: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_lines: Option<u64>,
    skipped: Vec<Skipped<'a>>,
    complete: bool,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: String,
    /// True if it makes the scan incomplete.
    gap: bool,
}

/// The numbers count every finding, listed or not.
#[derive(Serialize)]
struct Summary<'a> {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    suppressed: usize,
    failing: usize,
    hidden: usize,
    deselected: usize,
    switched_off: usize,
    dropped: Dropped,
    unlisted: Vec<Unlisted<'a>>,
}

#[derive(Serialize)]
struct Unlisted<'a> {
    path: &'a str,
    side: Side,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    failing: usize,
}

#[derive(Serialize)]
struct FindingV1<'a> {
    rule: &'a str,
    kind: Kind,
    severity: Severity,
    confidence: Confidence,
    title: &'a str,
    message: &'a str,
    path: &'a str,
    side: Side,
    start: Place,
    end: Place,
    excerpt: &'a str,
    marked: Marked,
    fingerprint: String,
    remedy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Secret<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Access<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<&'a AreaDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<Anchor>,
}

/// The bytes of the excerpt where the finding stands.
#[derive(Serialize)]
struct Marked {
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Secret<'a> {
    redacted: &'a str,
    length: usize,
    check: Proof,
    #[serde(skip_serializing_if = "<[Layer]>::is_empty")]
    decoded: &'a [Layer],
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'a [Evidence]>,
}

impl<'a> Head<'a> {
    fn of(report: &'a Report) -> Self {
        let coverage = &report.coverage;
        let skipped = coverage.skipped.iter().map(Skipped::of);
        Self {
            schema: SCHEMA,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: &report.version, rules_digest: &report.rules_digest },
            policy: Policy {
                source: report.policy.source,
                digest: &report.policy.digest,
                file: report.policy.file.as_deref(),
                fail_on: threshold_name(report.policy.threshold),
                notices: &report.policy.notices,
            },
            source: Source {
                kind: report.source.kind,
                root: &report.source.root,
                base: report.source.base.as_deref(),
                head: report.source.head.as_deref(),
                shard: report.source.shard.as_ref().map(Shard::of),
                roots: report.source.roots.iter().map(Into::into).collect(),
            },
            coverage: Coverage {
                files: coverage.files,
                bytes: coverage.bytes,
                added_lines: coverage.added_lines,
                skipped: skipped.collect(),
                complete: coverage.complete(),
            },
        }
    }
}

impl<'a> Shard<'a> {
    fn of(shard: &'a super::Shard) -> Self {
        let (index, of) = (shard.part.index, shard.part.of);
        let (stale, notices) = (&*shard.stale, &*shard.notices);
        Self { index, of, listing: &shard.listing, whole: shard.is_whole, allows: &shard.uses, stale, notices }
    }
}

impl<'a> Summary<'a> {
    fn of(report: &'a Report) -> Self {
        let verdict = &report.verdict;
        let counts = verdict.counts();
        Self {
            critical: counts.critical,
            high: counts.high,
            medium: counts.medium,
            low: counts.low,
            suppressed: verdict.suppressed,
            failing: verdict.failing,
            hidden: verdict.hidden,
            deselected: verdict.deselected,
            switched_off: verdict.switched_off,
            dropped: verdict.dropped,
            unlisted: verdict.unlisted.iter().map(Unlisted::of).collect(),
        }
    }
}

impl<'a> Unlisted<'a> {
    fn of(unlisted: &'a policy::Unlisted) -> Self {
        let counts = unlisted.counts;
        Self {
            path: &unlisted.path,
            side: unlisted.side,
            critical: counts.critical,
            high: counts.high,
            medium: counts.medium,
            low: counts.low,
            failing: unlisted.failing,
        }
    }
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            rule: &finding.rule,
            kind: finding.kind,
            severity: finding.severity,
            confidence: finding.confidence,
            title: &finding.title,
            message: &finding.message,
            path: &finding.path,
            side: finding.side,
            start: Place::of(finding.start),
            end: Place::of(finding.end),
            excerpt: finding.excerpt.text(),
            marked: Marked::of(finding.excerpt.caret()),
            fingerprint: finding.fingerprint.to_string(),
            remedy: &finding.remedy,
            docs: finding.docs.as_deref(),
            secret: finding.secret.as_ref().map(Secret::of),
            access: finding.access.as_ref().map(Access::of),
            area: finding.area.as_ref(),
            anchor: finding.anchor,
        }
    }
}

impl<'a> Secret<'a> {
    fn of(secret: &'a SecretDetail) -> Self {
        let judgement = secret.judgement.as_ref();
        Self {
            redacted: &secret.redacted,
            length: secret.length,
            check: secret.check,
            decoded: &secret.decoded,
            probability: judgement.map(|j| j.probability),
            evidence: judgement.map(|j| &*j.evidence),
        }
    }
}

impl Marked {
    fn of(caret: std::ops::Range<usize>) -> Self {
        Self { start: caret.start, end: caret.end }
    }
}

impl<'a> Skipped<'a> {
    fn of(skip: &'a Skip) -> Self {
        Self { path: &skip.path, reason: skip.reason.to_string(), gap: skip.reason.is_gap() }
    }
}

impl Place {
    fn of(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

#[cfg(test)]
mod tests;
