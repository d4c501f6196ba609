//! The report as JSON and as JSON lines: a versioned copy of the internals, described by `docs/report.schema.json`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

mod access;
mod aside;

use access::Access;
use aside::{Suppressed, suppressed};

use super::escape::InertJson;
use super::{PolicySource, Report, SourceKind, threshold_name};
use crate::finding::{
    AreaDetail, Confidence, Dropped, Evidence, Finding, Kind, Layer, Position, Proof, SecretDetail, Severity, Side,
};
use crate::policy;

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
    write_line(&Line::Report(Head::of(report)), out)?;
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
    Report(Head<'a>),
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
    version: &'static str,
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
        let skipped = coverage.skipped.iter().map(|s| Skipped { path: &s.path, reason: s.reason.to_string() });
        Self {
            schema: SCHEMA,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                rules_digest: &report.rules_digest,
            },
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
            fingerprint: finding.fingerprint.to_string(),
            remedy: &finding.remedy,
            docs: finding.docs.as_deref(),
            secret: finding.secret.as_ref().map(Secret::of),
            access: finding.access.as_ref().map(Access::of),
            area: finding.area.as_ref(),
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

impl Place {
    fn of(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::escape::is_unsafe;
    use super::super::sample;
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn written(write: fn(&Report, &mut dyn Write) -> io::Result<()>, report: &Report) -> io::Result<String> {
        let mut out = Vec::new();
        write(report, &mut out)?;
        String::from_utf8(out).map_err(io::Error::other)
    }

    fn schema() -> serde_json::Result<Value> {
        serde_json::from_str(include_str!("../../docs/report.schema.json"))
    }

    /// The schema of one line stands beside the schema of the document, in the same file.
    fn line_schema() -> serde_json::Result<Value> {
        let mut schema = schema()?;
        let defs = schema["$defs"].take();
        Ok(json!({"$schema": schema["$schema"], "$ref": "#/$defs/line", "$defs": defs}))
    }

    fn violations(schema: &Value, value: &Value) -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let validator = jsonschema::validator_for(schema)?;
        Ok(validator.iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect())
    }

    /// The sample, and the sources that leave keys out.
    fn reports() -> [Report; 3] {
        let mut tree = sample();
        tree.source = super::super::SourceInfo { kind: SourceKind::Tree, root: "a".into(), base: None, head: None };
        tree.coverage.added_lines = None;
        tree.coverage.skipped.clear();
        tree.verdict.findings.clear();
        let mut range = sample();
        range.source.kind = SourceKind::Range;
        range.source.head = Some("0".repeat(64));
        [sample(), tree, range]
    }

    #[test]
    fn documents_keep_to_the_schema() -> Tested {
        jsonschema::meta::validate(&schema()?).map_err(|e| e.to_string())?;
        for report in reports() {
            let value = serde_json::from_str(&written(write_json, &report)?)?;
            assert_eq!(violations(&schema()?, &value)?, Vec::<String>::new());
        }
        Ok(())
    }

    #[test]
    fn lines_keep_to_the_schema() -> Tested {
        for report in reports() {
            let text = written(write_jsonl, &report)?;
            let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
            for line in &lines {
                assert_eq!(violations(&line_schema()?, line)?, Vec::<String>::new());
            }
            let types: Vec<_> = lines.iter().filter_map(|l| l["type"].as_str()).collect();
            assert_eq!((types.first(), types.last()), (Some(&"report"), Some(&"summary")));
            assert_eq!(lines.len(), report.verdict.findings.len() + 2);
        }
        Ok(())
    }

    #[test]
    fn the_schema_refuses_what_is_not_written() -> Tested {
        let value: Value = serde_json::from_str(&written(write_json, &sample())?)?;
        for pointer in [
            "",
            "/tool",
            "/policy",
            "/source",
            "/coverage",
            "/coverage/skipped/0",
            "/summary",
            "/summary/dropped",
            "/summary/unlisted/0",
            "/findings/0",
            "/findings/2/secret",
            "/findings/2/secret/evidence/0",
        ] {
            let mut extra = value.clone();
            extra.pointer_mut(pointer).and_then(Value::as_object_mut).ok_or(pointer)?.insert("x".into(), json!(1));
            assert_ne!(violations(&schema()?, &extra)?, Vec::<String>::new(), "extra key in `{pointer}`");
        }
        for key in value.as_object().ok_or("no object")?.keys() {
            let mut missing = value.clone();
            missing.as_object_mut().ok_or("no object")?.remove(key);
            assert_ne!(violations(&schema()?, &missing)?, Vec::<String>::new(), "missing `{key}`");
        }
        for line in written(write_jsonl, &sample())?.lines() {
            let mut extra: Value = serde_json::from_str(line)?;
            extra.as_object_mut().ok_or("no object")?.insert("x".into(), json!(1));
            assert_ne!(violations(&line_schema()?, &extra)?, Vec::<String>::new(), "extra key in {line}");
        }
        Ok(())
    }

    #[test]
    fn output_is_inert_exact_and_stable() -> Tested {
        let report = sample();
        for write in [write_json, write_jsonl] {
            let text = written(write, &report)?;
            assert_eq!(text.chars().find(|&c| c != '\n' && is_unsafe(c)), None);
            assert_eq!(text, written(write, &report)?);
            assert!(text.ends_with("}\n"));
        }
        let value: Value = serde_json::from_str(&written(write_json, &report)?)?;
        let hostile = &report.verdict.findings[3];
        assert_eq!(value["findings"][3]["path"], *hostile.path);
        assert_eq!(value["findings"][3]["excerpt"], hostile.excerpt.text());
        assert_eq!(value["coverage"]["skipped"][0]["reason"], "unreadable: permission denied");
        let secret = json!({"redacted": "[9 hidden]", "length": 9, "check": "none", "probability": 0.87, "evidence": [
            {"what": "a stand-in by its shape", "value": 0.0, "weight": 1.5},
            {"what": "share of digits", "value": 0.31, "weight": -0.4}]});
        assert_eq!(value["findings"][2]["secret"], secret);
        let unlisted = json!([{"path": "deploy/prod.env", "side": "new", "critical": 5000, "high": 0, "medium": 1, "low": 0,
            "failing": 5000}]);
        let summary = json!({"critical": 5002, "high": 0, "medium": 3, "low": 0, "suppressed": 0, "failing": 5002,
            "hidden": 3, "deselected": 0, "dropped": {"check": 2, "placeholder": 7}, "unlisted": unlisted});
        assert_eq!(value["summary"], summary);
        assert_eq!(value["suppressed"], json!([]));
        Ok(())
    }
}
