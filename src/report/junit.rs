//! The report as JUnit test results: what fails the run is a failed test, what warns is one that passed with a note.

use std::io::{self, Write};

use super::escape::markup;
use super::human::read;
use super::shown::{gaps, titled};
use super::{Report, severity_name};
use crate::finding::Finding;
use crate::policy::Unlisted;

/// Writes one document with one suite for each file. Without findings it holds one test that passed.
pub fn write_junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let verdict = &report.verdict;
    let (errors, total) = (gaps(report).count(), verdict.counts().total());
    let judged = errors + 1 + usize::from(report.own_judge().is_some());
    let tests = verdict.findings.len() + verdict.unlisted.len() + judged;
    let failures = failing(report, &verdict.findings) + verdict.unlisted.iter().filter(|u| u.failing > 0).count();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="ringfence" tests="{tests}" failures="{failures}" errors="{errors}">"#)?;
    for file in verdict.findings.chunk_by(|a, b| a.path == b.path) {
        let unlisted: Vec<_> =
            verdict.unlisted.iter().filter(|u| file.first().is_some_and(|f| f.path == u.path)).collect();
        write_file(report, file, &unlisted, out)?;
    }
    writeln!(out, r#"  <testsuite name="coverage" tests="{judged}" failures="0" errors="{errors}">"#)?;
    writeln!(out, r#"    <testcase name="{} ({total} findings)" classname="ringfence"/>"#, markup(&read(report)))?;
    if let Some(judge) = report.own_judge() {
        writeln!(out, "    <testcase name=\"policy\" classname=\"ringfence\">")?;
        writeln!(out, "      <system-out>{}</system-out>\n    </testcase>", markup(judge))?;
    }
    for gap in gaps(report) {
        let (path, reason) = (markup(&gap.path), markup(&gap.reason.to_string()));
        writeln!(out, r#"    <testcase name="{path} is read" classname="ringfence">"#)?;
        writeln!(out, r#"      <error type="incomplete" message="{reason}"/>"#)?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn failing(report: &Report, findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| report.fails(finding)).count()
}

fn write_file(report: &Report, file: &[Finding], unlisted: &[&Unlisted], out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = file.first() else { return Ok(()) };
    let failures = failing(report, file) + unlisted.iter().filter(|u| u.failing > 0).count();
    let (path, tests) = (markup(&first.path), file.len() + unlisted.len());
    writeln!(out, r#"  <testsuite name="{path}" tests="{tests}" failures="{failures}" errors="0">"#)?;
    for finding in file {
        write_finding(report, finding, out)?;
    }
    for more in unlisted {
        let total = more.counts.total();
        writeln!(out, r#"    <testcase name="{total} more findings" classname="{path}">"#)?;
        if more.failing > 0 {
            writeln!(out, r#"      <failure type="unlisted" message="{} of them fail the run"/>"#, more.failing)?;
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

fn write_finding(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (path, rule) = (markup(&finding.path), markup(&finding.rule));
    let place = format!("{}:{}", finding.start.line, finding.start.column);
    writeln!(out, r#"    <testcase name="{rule} at {place}" classname="{path}">"#)?;
    let (said, fix) = (markup(&titled(finding)), markup(&finding.remedy));
    let excerpt = markup(finding.excerpt.text().trim());
    let body = format!("{path}:{place}\n{excerpt}\nWhat to do: {fix}\nFingerprint: {}", finding.fingerprint);
    if report.fails(finding) {
        let severity = severity_name(finding.severity);
        writeln!(out, "      <failure type=\"{severity}\" message=\"{said}\">{body}</failure>")?;
    } else {
        writeln!(out, "      <system-out>{said}\n{body}</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}
