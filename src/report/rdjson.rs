//! The report in reviewdog's diagnostic format, which posts findings as comments of a review.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::Report;
use super::escape::{InertJson, markdown, terminal};
use super::shown::{anchor, beyond, gaps, link, titled};
use crate::finding::{Confidence, Finding, Position, Severity, Side};
use crate::policy::file;

#[derive(Serialize)]
struct Diagnostics<'a> {
    source: Source,
    severity: &'static str,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Place>,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// Writes one document. What could not be read is a diagnostic, too.
pub fn write_rdjson(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let found = report.verdict.findings.iter().map(diagnostic);
    let unread = gaps(report).map(|skip| Diagnostic {
        message: format!("not read: {}", terminal(&skip.reason.to_string())),
        location: Location { path: &skip.path, range: None },
        severity: "ERROR",
        code: Code { value: "ringfence-incomplete", url: None },
    });
    let more = report.verdict.unlisted.iter().map(|unlisted| Diagnostic {
        message: beyond(unlisted),
        location: Location { path: &unlisted.path, range: None },
        severity: if unlisted.failing > 0 { "ERROR" } else { "WARNING" },
        code: Code { value: "ringfence-unlisted", url: None },
    });
    let judge = report.own_judge().map(|judge| Diagnostic {
        message: judge.to_owned(),
        location: Location { path: file::NAME, range: None },
        severity: "WARNING",
        code: Code { value: "ringfence-policy-from-head", url: None },
    });
    let diagnostics: Vec<_> = found.chain(more).chain(unread).chain(judge).collect();
    let worst = ["ERROR", "WARNING", "INFO"].into_iter().find(|level| diagnostics.iter().any(|d| d.severity == *level));
    let document = Diagnostics {
        source: Source { name: "ringfence" },
        severity: worst.unwrap_or("UNKNOWN_SEVERITY"),
        diagnostics,
    };
    document.serialize(&mut Serializer::with_formatter(&mut *out, InertJson::pretty()))?;
    out.write_all(b"\n")
}

fn diagnostic(finding: &Finding) -> Diagnostic<'_> {
    // It becomes a comment of a review, which is Markdown.
    let (said, fix) = (titled(finding), terminal(&finding.remedy));
    Diagnostic {
        message: format!("{}\nWhat to do: {}", markdown(&said), markdown(&fix)),
        location: Location { path: &finding.path, range: Some(range(finding)) },
        severity: severity(finding),
        code: Code { value: &finding.rule, url: link(finding.docs.as_deref()) },
    }
}

/// Columns count bytes, here as there.
fn range(finding: &Finding) -> Range {
    let place = |at: Position| Place { line: at.line, column: Some(at.column) };
    match finding.side {
        Side::New => Range { start: place(finding.start), end: Some(place(finding.end)) },
        Side::Old => Range { start: Place { line: anchor(finding).start.line, column: None }, end: None },
    }
}

fn severity(finding: &Finding) -> &'static str {
    match (finding.confidence, finding.severity) {
        (Confidence::Low, _) | (_, Severity::Low) => "INFO",
        (_, Severity::Medium) => "WARNING",
        (_, Severity::High | Severity::Critical) => "ERROR",
    }
}
