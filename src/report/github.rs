//! The report as GitHub workflow commands, which GitHub shows as annotations beside the lines of a change.

use std::io::{self, Write};

use super::Report;
use super::count::counted;
use super::escape::{command_data, command_property};
use super::human::{outcome, read};
use super::shown::{anchor, gaps, message, worst_first};
use crate::finding::{Finding, Severity};

/// As many annotations of a level as GitHub shows of one step.
const SHOWN: usize = 10;

/// The levels of annotations.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    /// What fails the run is an error, so that the annotations say what the exit code says.
    fn of(report: &Report, finding: &Finding) -> Self {
        match finding.severity {
            _ if report.fails(finding) => Self::Error,
            Severity::Low => Self::Notice,
            _ => Self::Warning,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Writes one command a line, the worst first and ten of a level, then how many more there are.
pub fn write_github(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let findings = worst_first(report);
    let judge = report.own_judge();
    if let Some(judge) = judge {
        writeln!(out, "::warning title=ringfence is {}::See `--policy-from`", command_property(judge))?;
    }
    for level in Level::ALL {
        let gap = incomplete(report).filter(|_| level == Level::Error);
        if let Some(gap) = &gap {
            writeln!(out, "{gap}")?;
        }
        // What is said of the run is one of the ten.
        let said = gap.is_some() || (judge.is_some() && level == Level::Warning);
        let room = SHOWN - usize::from(said);
        let of_level: Vec<_> = findings.iter().filter(|finding| Level::of(report, finding) == level).collect();
        for finding in of_level.iter().take(room) {
            writeln!(out, "{}", command(level, finding))?;
        }
        let more = of_level.len().saturating_sub(room);
        if more > 0 {
            writeln!(out, "ringfence: {}, not shown here", counted(more as u64, &format!("more {}", level.name())))?;
        }
    }
    let (verdict, total) = (&report.verdict, report.verdict.counts().total());
    let unlisted = total.saturating_sub(verdict.findings.len());
    if unlisted > 0 {
        let unlisted = counted(unlisted as u64, "more finding");
        writeln!(out, "ringfence: {unlisted} in files with too many to list")?;
    }
    let found = counted(total as u64, "finding");
    let follows = if total == 0 { String::new() } else { format!(" ({})", outcome(verdict.failing, total)) };
    let end = if report.coverage.complete() { "complete" } else { "incomplete" };
    writeln!(out, "ringfence: {found}{follows}; {}; {end}", command_data(&read(report)))
}

fn command(level: Level, finding: &Finding) -> String {
    let anchor = anchor(finding);
    let (start, end) = (anchor.start, anchor.end);
    // GitHub takes columns on one line only.
    let columns = match start.line == end.line && start.column < end.column {
        true => format!(",col={},endColumn={}", start.column, end.column - 1),
        false => String::new(),
    };
    let last = if end.column == 1 { end.line.saturating_sub(1).max(start.line) } else { end.line };
    format!(
        "::{} file={},line={},endLine={last}{columns},title={}::{} What to do: {} [{}, fingerprint {}]",
        level.name(),
        command_property(&finding.path),
        start.line,
        command_property(&finding.title),
        command_data(&message(finding)),
        command_data(&finding.remedy),
        command_data(&finding.rule),
        finding.fingerprint,
    )
}

/// One annotation for everything that could not be read.
fn incomplete(report: &Report) -> Option<String> {
    let first = gaps(report).next()?;
    let things = counted(gaps(report).count() as u64, "thing");
    let text = format!("{things} in scope could not be read; the first is {}: {}", first.path, first.reason);
    Some(format!("::error title=ringfence is incomplete::{}", command_data(&text)))
}
