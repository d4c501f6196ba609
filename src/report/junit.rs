//! The report as JUnit test results: what fails the run is a failed test, what warns is one that passed with a note.

use std::io::{self, Write};

use super::count::counted;
use super::escape::markup;
use super::human::read;
use super::shown::{gaps, titled};
use super::{Report, severity_name};
use crate::finding::{Finding, Side};
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
    let mut alone: Vec<&Unlisted> = verdict.unlisted.iter().collect();
    for file in verdict.findings.chunk_by(|a, b| a.path == b.path) {
        let Some(path) = file.first().map(|first| &*first.path) else { continue };
        let (unlisted, others) = alone.into_iter().partition::<Vec<_>, _>(|more| *more.path == *path);
        write_file(report, path, (file, &unlisted), out)?;
        alone = others;
    }
    for file in alone.chunk_by(|a, b| a.path == b.path) {
        let Some(first) = file.first() else { continue };
        write_file(report, &first.path, (&[], file), out)?;
    }
    writeln!(out, r#"  <testsuite name="coverage" tests="{judged}" failures="0" errors="{errors}">"#)?;
    let found = counted(total as u64, "finding");
    writeln!(out, r#"    <testcase name="{} ({found})" classname="ringfence"/>"#, markup(&read(report)))?;
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

/// What is listed of one file, and how much there is beyond.
type InFile<'a> = (&'a [Finding], &'a [&'a Unlisted]);

fn write_file(report: &Report, path: &str, (file, unlisted): InFile<'_>, out: &mut dyn Write) -> io::Result<()> {
    let failures = failing(report, file) + unlisted.iter().filter(|u| u.failing > 0).count();
    let (path, tests) = (markup(path), file.len() + unlisted.len());
    writeln!(out, r#"  <testsuite name="{path}" tests="{tests}" failures="{failures}" errors="0">"#)?;
    for finding in file {
        write_finding(report, finding, out)?;
    }
    for more in unlisted {
        let total = counted(more.counts.total() as u64, "more finding");
        writeln!(out, r#"    <testcase name="{total}{}" classname="{path}">"#, side(more.side))?;
        if more.failing > 0 {
            writeln!(out, r#"      <failure type="unlisted" message="{} of them fail the run"/>"#, more.failing)?;
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// Tells two tests apart that would have one name.
fn side(side: Side) -> &'static str {
    match side {
        Side::New => "",
        Side::Old => " on the old side",
    }
}

fn write_finding(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (path, rule) = (markup(&finding.path), markup(&finding.rule));
    let place = format!("{}:{}", finding.start.line, finding.start.column);
    writeln!(out, r#"    <testcase name="{rule} at {place}{}" classname="{path}">"#, side(finding.side))?;
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
