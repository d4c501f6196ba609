//! The report as SARIF 2.1.0, kept to what GitHub takes: its required fields, its fingerprint and its limits.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::escape::InertJson;
use super::shown::{anchor, cut, message, occurrences, uri};
use super::{Report, confidence_name, severity_name, word};
use crate::finding::{Confidence, Finding, Severity};

mod fit;
mod invocation;
mod log;
mod rules;

use fit::fitting;
use invocation::{invocation, more};
use log::{
    Artifact, Driver, Fingerprints, Log, Outcome, Physical, Place, Properties, Region, Run, RunProperties, Tool, Words,
};
use rules::Rules;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// As many characters as a message needs to be understood.
const MOST_WORDS: usize = 4_000;

/// Writes one SARIF log with one run. What a policy sets aside is left out: a forge would show it as open.
pub fn write_sarif(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rules = Rules::of(&report.verdict.findings);
    let mut invocation = invocation(report);
    let (results, left_out) = results(report, &mut rules, invocation.cost());
    invocation.say(more(left_out));
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver { name: "ringfence", semantic_version: &report.version, rules: rules.described() },
            },
            column_kind: "utf16CodeUnits",
            invocations: [invocation],
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

/// As many results as fit beside what is `taken`, the worst if not all do, in the order of the report; and how many were left out.
fn results<'a>(report: &'a Report, rules: &mut Rules<'a>, taken: usize) -> (Vec<Outcome<'a>>, usize) {
    let findings = &report.verdict.findings;
    let fitting = fitting(report, taken);
    let kept = findings.iter().zip(occurrences(findings)).zip(fitting).filter(|(_, fits)| *fits);
    let results: Vec<_> = kept.map(|((finding, number), _)| outcome(finding, number, rules.index(finding))).collect();
    let left_out = report.verdict.counts().total().saturating_sub(results.len());
    (results, left_out)
}

fn outcome(finding: &Finding, number: usize, rule_index: usize) -> Outcome<'_> {
    let text = message(finding);
    Outcome {
        rule_id: &finding.rule,
        rule_index,
        level: level(finding),
        message: Words::of(&cut(&text, MOST_WORDS)),
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

/// SARIF knows three levels. A guess is never more than a note.
fn level(finding: &Finding) -> &'static str {
    match (finding.confidence, finding.severity) {
        (Confidence::Low, _) | (_, Severity::Low) => "note",
        (_, Severity::Medium) => "warning",
        (_, Severity::High | Severity::Critical) => "error",
    }
}
