//! The secrets of a report as GitLab's Secret Detection report.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::count::counted;
use super::escape::{InertJson, markdown, terminal};
use super::shown::{anchor, cut, gaps, identity_of, link, message, occurrences};
use super::{ExitStatus, Report};
use crate::finding::{Finding, Kind, Severity};

/// The version of GitLab's schema that this keeps to.
const VERSION: &str = "15.2.1";

/// The schema wants times. The same input gives the same bytes, so it gets this one.
const TIME: &str = "1970-01-01T00:00:00";

/// Stands for a commit that is none yet.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// As many characters as a name may have.
const MOST_NAME: usize = 255;

/// As many characters as a solution may have, and a description needs.
const MOST_WORDS: usize = 7_000;

/// As many things that were not read as are named one by one.
const MOST_GAPS: usize = 100;

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    scan: Scan<'a>,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
struct Scan<'a> {
    analyzer: Tool<'a>,
    scanner: Tool<'a>,
    r#type: &'static str,
    status: &'static str,
    start_time: &'static str,
    end_time: &'static str,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Tool<'a> {
    id: &'static str,
    name: &'static str,
    version: &'a str,
    vendor: Vendor,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
}

#[derive(Serialize)]
struct Message {
    level: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    solution: String,
    identifiers: [Identifier<'a>; 1],
    location: Location<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link<'a>>,
}

#[derive(Serialize)]
struct Identifier<'a> {
    r#type: &'static str,
    name: String,
    value: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    file: &'a str,
    start_line: usize,
    end_line: usize,
    commit: Commit<'a>,
}

#[derive(Serialize)]
struct Commit<'a> {
    sha: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    url: &'a str,
}

/// Writes one document. It is for secrets; how many findings of other kinds there are stands among its messages.
pub fn write_gitlab(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let tool =
        || Tool { id: "ringfence", name: "ringfence", version: &report.version, vendor: Vendor { name: "ringfence" } };
    let is_complete = report.exit_status() != ExitStatus::Incomplete;
    let findings = &report.verdict.findings;
    let secrets = findings.iter().zip(occurrences(findings)).filter(|(finding, _)| finding.kind == Kind::Secret);
    let document = Document {
        version: VERSION,
        scan: Scan {
            analyzer: tool(),
            scanner: tool(),
            r#type: "secret_detection",
            status: if is_complete { "success" } else { "failure" },
            start_time: TIME,
            end_time: TIME,
            messages: messages(report),
        },
        vulnerabilities: secrets.map(|(finding, number)| vulnerability(report, finding, number)).collect(),
    };
    document.serialize(&mut Serializer::with_formatter(&mut *out, InertJson::pretty()))?;
    out.write_all(b"\n")
}

/// What is not in the list.
fn messages(report: &Report) -> Vec<Message> {
    let verdict = &report.verdict;
    let say = |level, value| Message { level, value };
    let gap = |skip: &crate::source::Skip| {
        say("warn", format!("not read: {}: {}", terminal(&skip.path), terminal(&skip.reason.to_string())))
    };
    let mut messages: Vec<Message> = gaps(report).take(MOST_GAPS).map(gap).collect();
    messages.extend(report.own_judge().map(|judge| say("warn", judge.to_owned())));
    let more = gaps(report).count().saturating_sub(MOST_GAPS);
    if more > 0 {
        let things = counted(more as u64, "more thing");
        messages.push(say("warn", format!("{things} in scope could not be read")));
    }
    let others = verdict.findings.iter().filter(|finding| finding.kind != Kind::Secret).count();
    if others > 0 {
        let are = if others == 1 { "is no secret" } else { "are no secrets" };
        let value = format!("{} {are}; `--format codeclimate` has them all", counted(others as u64, "finding"));
        messages.push(say("info", value));
    }
    let unlisted: usize = verdict.unlisted.iter().map(|unlisted| unlisted.counts.total()).sum();
    if unlisted > 0 {
        let value = format!("{} in files with too many to list", counted(unlisted as u64, "more finding"));
        messages.push(say("warn", value));
    }
    messages
}

fn vulnerability<'a>(report: &'a Report, finding: &'a Finding, number: usize) -> Vulnerability<'a> {
    let anchor = anchor(finding);
    let title = terminal(&finding.title);
    let sha = report.source.head.as_deref().or(report.source.base.as_deref()).unwrap_or(NO_COMMIT);
    Vulnerability {
        id: identity_of(finding, number),
        name: cut(&title, MOST_NAME).into_owned(),
        description: cut(&markdown(&message(finding)), MOST_WORDS).into_owned(),
        severity: severity(finding.severity),
        solution: cut(&terminal(&finding.remedy), MOST_WORDS).into_owned(),
        identifiers: [Identifier {
            r#type: "ringfence_rule",
            name: format!("ringfence rule {}", finding.rule),
            value: &finding.rule,
        }],
        location: Location {
            file: &finding.path,
            start_line: anchor.start.line,
            end_line: anchor.end.line,
            commit: Commit { sha },
        },
        links: link(finding.docs.as_deref()).map(|url| Link { url }).into_iter().collect(),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    }
}
