//! The report as Code Climate issues, which GitLab takes as a code quality report.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::escape::{InertJson, terminal};
use super::shown::{anchor, beyond, gaps, identity, identity_of, occurrences, titled};
use super::{Report, word};
use crate::finding::{Confidence, Finding, Severity};
use crate::policy::{Unlisted, file};

#[derive(Serialize)]
struct Issue<'a> {
    r#type: &'static str,
    check_name: &'a str,
    description: String,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

#[derive(Serialize)]
struct Content {
    body: String,
}

/// Writes one array of issues. What could not be read is an issue, too: a list without it would look complete.
pub fn write_codeclimate(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let findings = &report.verdict.findings;
    let numbers = occurrences(findings);
    let mut issues: Vec<_> = findings.iter().zip(numbers).map(|(finding, number)| issue(finding, number)).collect();
    issues.extend(report.verdict.unlisted.iter().map(more));
    issues.extend(gaps(report).map(|skip| Issue {
        r#type: "issue",
        check_name: "ringfence-incomplete",
        description: format!("not read: {}", terminal(&skip.reason.to_string())),
        categories: ["Security"],
        severity: "blocker",
        fingerprint: identity(&["not read", &skip.path, &skip.reason.to_string()]),
        location: Location { path: &skip.path, lines: Lines { begin: 1, end: 1 } },
        content: None,
    }));
    issues.extend(report.own_judge().map(|judge| Issue {
        r#type: "issue",
        check_name: "ringfence-policy-from-head",
        description: judge.to_owned(),
        categories: ["Security"],
        severity: "major",
        fingerprint: "policy-from-head".to_owned(),
        location: Location { path: file::NAME, lines: Lines { begin: 1, end: 1 } },
        content: None,
    }));
    issues.serialize(&mut Serializer::with_formatter(&mut *out, InertJson::pretty()))?;
    out.write_all(b"\n")
}

/// What a file has beyond what is listed.
fn more(unlisted: &Unlisted) -> Issue<'_> {
    Issue {
        r#type: "issue",
        check_name: "ringfence-unlisted",
        description: beyond(unlisted),
        categories: ["Security"],
        severity: if unlisted.failing > 0 { "critical" } else { "minor" },
        fingerprint: identity(&["unlisted", &word(&unlisted.side), &unlisted.path]),
        location: Location { path: &unlisted.path, lines: Lines { begin: 1, end: 1 } },
        content: None,
    }
}

fn issue(finding: &Finding, number: usize) -> Issue<'_> {
    let anchor = anchor(finding);
    Issue {
        r#type: "issue",
        check_name: &finding.rule,
        description: titled(finding),
        categories: ["Security"],
        severity: severity(finding),
        // Of two issues with one fingerprint GitLab shows one.
        fingerprint: identity_of(finding, number),
        location: Location { path: &finding.path, lines: Lines { begin: anchor.start.line, end: anchor.end.line } },
        content: Some(Content { body: terminal(&finding.remedy).into_owned() }),
    }
}

fn severity(finding: &Finding) -> &'static str {
    match (finding.confidence, finding.severity) {
        (Confidence::Low, _) => "info",
        (_, Severity::Critical) => "blocker",
        (_, Severity::High) => "critical",
        (_, Severity::Medium) => "major",
        (_, Severity::Low) => "minor",
    }
}
