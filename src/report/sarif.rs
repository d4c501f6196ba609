//! The report as SARIF 2.1.0, kept to what GitHub takes: its required fields, its fingerprint and its limits.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::escape::{InertJson, terminal};
use super::shown::{anchor, cut, gaps, message, occurrences, uri};
use super::{ExitStatus, Report, confidence_name, severity_name, word};
use crate::finding::{Confidence, Finding, Severity};

mod fit;
mod rules;

use fit::fitting;
use rules::{Rule, Rules};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// As many things that were not read as are named one by one.
const MOST_GAPS: usize = 1_000;

/// As many characters as a message needs to be understood.
const MOST_WORDS: usize = 4_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Outcome<'a>>,
    properties: RunProperties<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'a str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Words,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Place>,
}

#[derive(Serialize)]
struct Words {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Words,
    locations: [Place; 1],
    partial_fingerprints: Fingerprints,
    properties: Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    /// What GitHub follows an alert by.
    primary_location_line_hash: String,
    #[serde(rename = "ringfence/v1")]
    own: String,
}

#[derive(Serialize)]
struct Properties {
    kind: String,
    severity: &'static str,
    confidence: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunProperties<'a> {
    rules_digest: &'a str,
    policy_digest: &'a str,
    suppressed: usize,
    files: u64,
    bytes: u64,
    complete: bool,
}

/// Writes one SARIF log with one run. What a policy sets aside is left out: a forge would show it as open.
pub fn write_sarif(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rules = Rules::of(&report.verdict.findings);
    let (results, left_out) = results(report, &mut rules);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver { name: "ringfence", semantic_version: &report.version, rules: rules.described() },
            },
            column_kind: "utf16CodeUnits",
            invocations: [invocation(report, left_out)],
            results,
            properties: RunProperties {
                rules_digest: &report.rules_digest,
                policy_digest: &report.policy.digest,
                suppressed: report.verdict.suppressed,
                files: report.coverage.files,
                bytes: report.coverage.bytes,
                complete: report.coverage.complete(),
            },
        }],
    };
    log.serialize(&mut Serializer::with_formatter(&mut *out, InertJson::pretty()))?;
    out.write_all(b"\n")
}

/// As many results as fit, the worst if not all do, in the order of the report; and how many were left out.
fn results<'a>(report: &'a Report, rules: &mut Rules<'a>) -> (Vec<Outcome<'a>>, usize) {
    let findings = &report.verdict.findings;
    let fitting = fitting(report);
    let kept = findings.iter().zip(occurrences(findings)).zip(fitting).filter(|(_, fits)| *fits);
    let results: Vec<_> = kept.map(|((finding, number), _)| outcome(finding, number, rules.index(finding))).collect();
    let left_out = report.verdict.counts().total().saturating_sub(results.len());
    (results, left_out)
}

fn outcome(finding: &Finding, number: usize, rule_index: usize) -> Outcome<'_> {
    let text = plain(&message(finding));
    Outcome {
        rule_id: &finding.rule,
        rule_index,
        level: level(finding),
        message: Words { text: cut(&text, MOST_WORDS).into_owned() },
        locations: [Place {
            physical_location: Physical {
                artifact_location: Artifact { uri: uri(&finding.path) },
                region: Some(region(finding)),
            },
        }],
        partial_fingerprints: Fingerprints {
            primary_location_line_hash: format!("{}:{}", finding.fingerprint, number + 1),
            own: finding.fingerprint.to_string(),
        },
        properties: Properties {
            kind: word(&finding.kind),
            severity: severity_name(finding.severity),
            confidence: confidence_name(finding.confidence),
        },
    }
}

fn region(finding: &Finding) -> Region {
    let anchor = anchor(finding);
    Region {
        start_line: anchor.start.line,
        start_column: anchor.start.column,
        end_line: anchor.end.line,
        end_column: anchor.end.column,
    }
}

/// A sentence in which nothing can be taken for a link.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}

/// SARIF knows three levels. A guess is never more than a note.
fn level(finding: &Finding) -> &'static str {
    match (finding.confidence, finding.severity) {
        (Confidence::Low, _) | (_, Severity::Low) => "note",
        (_, Severity::Medium) => "warning",
        (_, Severity::High | Severity::Critical) => "error",
    }
}

fn invocation(report: &Report, left_out: usize) -> Invocation {
    let gap = |skip: &crate::source::Skip| Notification {
        level: "error",
        message: Words { text: plain(&format!("not read: {}", terminal(&skip.reason.to_string()))) },
        locations: vec![Place {
            physical_location: Physical { artifact_location: Artifact { uri: uri(&skip.path) }, region: None },
        }],
    };
    let say = |level, text| Notification { level, message: Words { text }, locations: Vec::new() };
    let mut notifications: Vec<Notification> = gaps(report).take(MOST_GAPS).map(gap).collect();
    let more = gaps(report).count().saturating_sub(MOST_GAPS);
    if more > 0 {
        notifications.push(say("error", format!("{more} more things in scope could not be read")));
    }
    if left_out > 0 {
        notifications
            .push(say("warning", format!("{left_out} more findings do not fit in here; the worst are listed")));
    }
    let notices = report.policy.notices.iter().map(|notice| say("note", plain(&terminal(notice))));
    notifications.extend(notices);
    let status = report.exit_status();
    Invocation {
        execution_successful: status != ExitStatus::Incomplete,
        exit_code: status as u8,
        tool_execution_notifications: notifications,
    }
}
