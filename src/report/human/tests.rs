//! The human report, seen as a person sees it.

use super::super::escape::is_unsafe;
use super::super::{SourceKind, sample};
use super::*;
use crate::source::{Reason, Skip};

fn text(report: &Report, style: Style) -> io::Result<String> {
    let mut out = Vec::new();
    write_human(report, style, &mut out)?;
    String::from_utf8(out).map_err(io::Error::other)
}

/// The last line of a plain report.
fn last(report: &Report) -> io::Result<String> {
    Ok(text(report, Style::PLAIN)?.lines().last().unwrap_or_default().to_owned())
}

fn clean() -> Report {
    let mut report = sample();
    report.verdict = Default::default();
    report.coverage.skipped.clear();
    report
}

#[test]
fn the_whole_report_reads_well() -> io::Result<()> {
    let expected = include_str!("sample.txt");
    assert_eq!(text(&sample(), Style::PLAIN)?, expected);
    Ok(())
}

#[test]
fn nothing_found_is_one_calm_line() -> io::Result<()> {
    let expected = "no findings · index against HEAD 1a2b3c4 · 1,234 files, 56,789 added lines read · complete\n";
    assert_eq!(text(&clean(), Style::PLAIN)?, expected);
    Ok(())
}

#[test]
fn every_source_says_what_it_compared() -> io::Result<()> {
    let mut report = clean();
    report.source.base = None;
    assert!(last(&report)?.contains("index against no commit yet"));
    report.source.kind = SourceKind::Worktree;
    report.source.base = Some("5".repeat(40));
    assert!(last(&report)?.contains("working tree against HEAD 5555555 ·"));
    report.source.kind = SourceKind::Range;
    report.source.head = Some("6".repeat(40));
    assert!(last(&report)?.contains("6666666 against 5555555 ·"));
    report.coverage.added_lines = None;
    report.source.kind = SourceKind::Tree;
    assert_eq!(last(&report)?, "no findings · all files of 6666666 · 1,234 files (12.3 MiB) read · complete");
    report.source.head = None;
    report.source.root = "sub\u{1b}dir".into();
    assert_eq!(last(&report)?, r"no findings · 1,234 files (12.3 MiB) read in sub\x1bdir · complete");
    report.source.kind = SourceKind::Stdin;
    assert_eq!(last(&report)?, "no findings · standard input · 12.3 MiB read · complete");
    Ok(())
}

#[test]
fn an_incomplete_scan_never_sounds_clean() -> io::Result<()> {
    let mut report = clean();
    let gap = |n: usize| Skip { path: format!("f{n}"), reason: Reason::Crashed };
    report.coverage.skipped = (0..25).map(gap).collect();
    let text = text(&report, Style::PLAIN)?;
    assert!(text.starts_with("incomplete: 25 things in scope could not be read (exit 3)\n    f0: "));
    assert!(text.contains("    f19: ") && !text.contains("    f20: "));
    assert!(text.contains("    and 5 more; --format json lists all\n"));
    assert!(text.contains("\nno findings in what was read · "));
    assert!(text.ends_with(" · incomplete\n"));
    Ok(())
}

#[test]
fn what_was_left_out_is_said() -> io::Result<()> {
    let mut report = clean();
    report.verdict.hidden = 1;
    report.verdict.deselected = 2000;
    let text = text(&report, Style::PLAIN)?;
    assert!(text.starts_with("1 low-confidence finding hidden (--all shows them)\n2,000 findings left out by"));
    Ok(())
}

#[test]
fn colour_changes_styles_and_nothing_else() -> io::Result<()> {
    let plain = text(&sample(), Style::PLAIN)?;
    assert_eq!(plain.chars().find(|&c| c != '\n' && is_unsafe(c)), None);
    let styled = text(&sample(), Style { color: Color::Always, ..Style::PLAIN })?;
    let mut parts = styled.split("\u{1b}[");
    let mut stripped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (codes, rest) = part.split_once('m').unwrap_or_default();
        assert!(codes.bytes().all(|b| b.is_ascii_digit() || b == b';'), "only styles: {codes:?}");
        stripped.push_str(rest);
    }
    assert_ne!(styled, plain);
    assert_eq!(stripped, plain);
    Ok(())
}

#[test]
fn the_reasons_of_the_model_are_one_line_where_they_are_asked_for() -> io::Result<()> {
    let asked = text(&sample(), Style { detail: Detail::Reasons, ..Style::PLAIN })?;
    let line = "    model: 0.87 by +1.5 a stand-in by its shape (0), -0.4 share of digits (0.31)\n";
    assert_eq!(asked.matches("model: ").count(), 1);
    assert_eq!(asked.replacen(line, "", 1), text(&sample(), Style::PLAIN)?);
    Ok(())
}

#[test]
fn a_narrow_terminal_gets_narrow_prose() -> io::Result<()> {
    let narrow = text(&sample(), Style { width: 40, long: Long::Folded, ..Style::PLAIN })?;
    let fix: Vec<_> = narrow.lines().skip_while(|l| !l.starts_with("    fix: ")).take(3).collect();
    assert_eq!(
        fix,
        ["    fix: Revoke it under Settings, then", "         read its successor from the", "         environment."]
    );
    let least = text(&sample(), Style { width: 0, long: Long::Folded, ..Style::PLAIN })?;
    for (text, width) in [(narrow, 40), (least, MIN_WIDTH)] {
        let whole = |line: &&str| !line.trim().contains(' ') && !line.contains('│');
        let long: Vec<_> = text.lines().filter(|line| layout::columns(line) > width && !whole(line)).collect();
        assert_eq!(long, Vec::<&str>::new());
    }
    Ok(())
}
