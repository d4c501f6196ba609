//! The end of a report: what was not read, what was left out, and one line that says what was compared.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{INDENT, Page};
use crate::finding::Severity;
use crate::report::count::{counted, grouped, size};
use crate::report::escape::terminal;
use crate::report::roots::Root;
use crate::report::shown::aside_by;
use crate::report::{ExitStatus, Report, SourceInfo, SourceKind, severity_name};
use crate::source::Skip;

/// How many gaps are named one by one.
const NAMED: usize = 20;

/// How many notices are told; one root has fewer.
const NOTED: usize = 100;

/// As many characters of a commit id as git shows.
const SHORT_ID: usize = 7;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let (gaps, others): (Vec<_>, Vec<_>) = report.coverage.skipped.iter().partition(|s| s.reason.is_gap());
    if !gaps.is_empty() {
        write_gaps(&gaps, page)?;
    }
    write_skips(&others, page)?;
    write_left_out(report, page)?;
    write_roots(report, page)?;
    write_line(report, page)
}

fn write_gaps(gaps: &[&Skip], page: &mut Page<'_>) -> io::Result<()> {
    let loud = page.paint.high;
    let things = counted(gaps.len() as u64, "thing");
    let exit = ExitStatus::Incomplete as u8;
    page.line("", &format!("{loud}incomplete:{loud:#} {things} in scope could not be read (exit {exit})"))?;
    for gap in gaps.iter().take(NAMED) {
        page.line(INDENT, &format!("{}: {}", terminal(&gap.path), terminal(&gap.reason.to_string())))?;
    }
    if let Some(more) = gaps.len().checked_sub(NAMED).filter(|&more| more > 0) {
        page.line(INDENT, &format!("and {} more; --format json lists all", grouped(more as u64)))?;
    }
    Ok(())
}

fn write_skips(skips: &[&Skip], page: &mut Page<'_>) -> io::Result<()> {
    let mut by_reason = BTreeMap::<String, u64>::new();
    for skip in skips {
        *by_reason.entry(skip.reason.to_string()).or_default() += 1;
    }
    let dim = page.paint.dim;
    for (reason, number) in by_reason {
        page.line("", &format!("{dim}skipped {} × {}{dim:#}", grouped(number), terminal(&reason)))?;
    }
    Ok(())
}

fn write_left_out(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let dim = page.paint.dim;
    let verdict = &report.verdict;
    if verdict.hidden > 0 {
        let hidden = counted(verdict.hidden as u64, "low-confidence finding");
        page.line("", &format!("{dim}{hidden} hidden (--all shows them){dim:#}"))?;
    }
    if verdict.suppressed > 0 {
        write_aside(report, page)?;
    }
    if verdict.switched_off > 0 {
        let off = counted(verdict.switched_off as u64, "finding");
        page.line("", &format!("{dim}{off} of rules that the policy switches off{dim:#}"))?;
    }
    let loud = page.paint.medium;
    let notices = &report.policy.notices;
    for notice in notices.iter().take(NOTED) {
        page.line("", &format!("{loud}note:{loud:#} {}", terminal(notice)))?;
    }
    if let Some(more) = notices.len().checked_sub(NOTED).filter(|&more| more > 0) {
        page.line("", &format!("{loud}note:{loud:#} {} more; --format json lists all", grouped(more as u64)))?;
    }
    if verdict.deselected > 0 {
        let deselected = counted(verdict.deselected as u64, "finding");
        page.line("", &format!("{dim}{deselected} left out by --only or --skip{dim:#}"))?;
    }
    Ok(())
}

/// Of many roots, those to look at.
fn write_roots(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let bad = report.bad_roots();
    if bad.is_empty() {
        return Ok(());
    }
    let (of, label) = (counted(report.source.roots.len() as u64, "root"), page.paint.label);
    page.line("", &format!("{label}{} of {of}{label:#} to look at, the worst first:", grouped(bad.len() as u64)))?;
    for root in bad.iter().take(NAMED) {
        page.line(INDENT, &format!("{}: {}", terminal(&root.name), of_root(root)))?;
    }
    if let Some(more) = bad.len().checked_sub(NAMED).filter(|&more| more > 0) {
        page.line(INDENT, &format!("and {} more; --format json lists all", grouped(more as u64)))?;
    }
    Ok(())
}

/// What there is to say of one root of many.
pub(in crate::report) fn of_root(root: &Root) -> String {
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    let counts = severities.into_iter().filter(|severity| root.counts.of(*severity) > 0);
    let count = |severity| format!("{} {}", grouped(root.counts.of(severity) as u64), severity_name(severity));
    let mut said: Vec<String> = counts.map(count).collect();
    if said.is_empty() {
        said.push("no findings".into());
    }
    let failing = match root.failing {
        0 => String::new(),
        number => format!(
            " · {} the run",
            if number == 1 { "1 fails".into() } else { format!("{} fail", grouped(number as u64)) }
        ),
    };
    let end = if root.read.is_complete { "" } else { " · incomplete" };
    format!("{}{failing}{end}", said.join(", "))
}

/// What is set aside, and why: who reads the report is to see what is not in it.
fn write_aside(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let (dim, verdict) = (page.paint.dim, &report.verdict);
    page.line("", &format!("{dim}{} set aside:{dim:#}", counted(verdict.suppressed as u64, "finding")))?;
    for one in verdict.set_aside.iter().take(NAMED) {
        let (finding, by) = (&one.finding, aside_by(report, one));
        let place = format!("{}:{}", terminal(&finding.path), finding.start.line);
        let expires = one.by.expires.map_or(String::new(), |day| format!(", until {day}"));
        let (rule, reason) = (terminal(&finding.rule), terminal(&one.by.reason));
        page.line(INDENT, &format!("{dim}{place} {rule}: {reason} ({}{expires}){dim:#}", terminal(&by)))?;
    }
    if let Some(more) = verdict.suppressed.checked_sub(NAMED).filter(|&more| more > 0) {
        page.line(INDENT, &format!("{dim}and {} more; --format json lists them{dim:#}", grouped(more as u64)))?;
    }
    Ok(())
}

/// `2 critical, 1 medium in 3 files · 2 fail the run, 1 warns · index against HEAD 1a2b3c4 · 5 files, 123 added lines read · complete`
fn write_line(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let paint = &page.paint;
    let complete = report.coverage.complete();
    let (loud, good) = (paint.high, paint.good);
    let found = match (report.verdict.findings.is_empty(), complete) {
        (true, true) => format!("{good}no findings{good:#}"),
        (true, false) => "no findings in what was read".to_owned(),
        (false, _) => found(report, page),
    };
    let end = if complete { "complete".to_owned() } else { format!("{loud}incomplete{loud:#}") };
    page.line("", &format!("{found} · {} · {end}", read(report)))
}

/// How many findings of each severity there are, the worst first, in how many files, and what follows from them.
fn found(report: &Report, page: &Page<'_>) -> String {
    let (verdict, all) = (&report.verdict, report.verdict.counts());
    let mut counts = Vec::new();
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low] {
        let number = all.of(severity);
        if number > 0 {
            let style = page.paint.caret(severity);
            counts.push(format!("{style}{} {}{style:#}", grouped(number as u64), severity_name(severity)));
        }
    }
    let files: BTreeSet<&str> = verdict.findings.iter().map(|f| &*f.path).collect();
    let files = counted(files.len() as u64, "file");
    format!("{} in {files} · {}", counts.join(", "), outcome(verdict.failing, all.total()))
}

/// How many of the findings fail the run, and how many only warn.
pub(in crate::report) fn outcome(failing: usize, total: usize) -> String {
    let verb = |number: usize, verb: &str| {
        let end = if number == 1 { "s" } else { "" };
        format!("{} {verb}{end}", grouped(number as u64))
    };
    match (failing, total.saturating_sub(failing)) {
        (0, _) => "warnings only".to_owned(),
        (_, 0) => format!("{} the run", verb(failing, "fail")),
        (_, warning) => format!("{} the run, {}", verb(failing, "fail"), verb(warning, "warn")),
    }
}

/// What was compared with what, and how much of it was read.
pub(in crate::report) fn read(report: &Report) -> String {
    match &report.source.shard {
        Some(shard) => format!("shard {}, which tells nothing of the others · {}", shard.part, whole(report)),
        None => whole(report),
    }
}

fn whole(report: &Report) -> String {
    let coverage = &report.coverage;
    let files = counted(coverage.files, "file");
    match (compared(&report.source), coverage.added_lines) {
        (Some(compared), Some(lines)) => format!("{compared} · {files}, {} read", counted(lines, "added line")),
        (Some(compared), None) => format!("{compared} · {files} ({}) read", size(coverage.bytes)),
        _ if report.source.kind == SourceKind::Many => {
            let roots = counted(report.source.roots.len() as u64, "root");
            format!("{files} ({}) read in {roots}", size(coverage.bytes))
        }
        (None, _) if report.source.kind == SourceKind::Stdin => {
            format!("standard input · {} read", size(coverage.bytes))
        }
        (None, _) => format!("{files} ({}) read in {}", size(coverage.bytes), terminal(&report.source.root)),
    }
}

/// The two sides of a change.
fn compared(source: &SourceInfo) -> Option<String> {
    let base = source.base.as_deref();
    match source.kind {
        SourceKind::Tree => source.head.as_deref().map(|head| format!("all files of {}", short(head))),
        SourceKind::Stdin | SourceKind::Many => None,
        SourceKind::Worktree => Some(format!("working tree against {}", head(base))),
        SourceKind::Staged => Some(format!("index against {}", head(base))),
        SourceKind::Range => Some(format!("{} against {}", commit(source.head.as_deref()), commit(base))),
    }
}

fn head(id: Option<&str>) -> String {
    id.map_or_else(|| "no commit yet".to_owned(), |id| format!("HEAD {}", short(id)))
}

fn commit(id: Option<&str>) -> String {
    id.map_or_else(|| "nothing".to_owned(), short)
}

fn short(id: &str) -> String {
    terminal(&id.chars().take(SHORT_ID).collect::<String>()).into_owned()
}
