//! The end of a comment, folded: what was not read, what is set aside, and what people should know of the policy.

use super::cell::{cell, code, place};
use crate::policy::SetAside;
use crate::report::Report;
use crate::report::count::{counted, grouped};
use crate::report::shown::aside_by;
use crate::source::Skip;

/// As many bytes as a list may take.
const MOST_BYTES: usize = 5_000;

/// As many things as are named one by one.
const NAMED: usize = 20;

/// As many characters as these need to be understood; a list has room for one line of them whatever is in them.
const MOST: usize = 200;
const SOME: usize = 100;

/// Everything that comes behind the findings.
pub(super) fn end(report: &Report) -> String {
    let mut end = String::new();
    let skipped = &report.coverage.skipped;
    let (gaps, others): (Vec<_>, Vec<_>) = skipped.iter().partition(|skip| skip.reason.is_gap());
    let unread = gaps.iter().chain(&others).map(|skip| not_read(skip)).collect();
    fold(&format!("{} not read", counted(skipped.len() as u64, "thing")), skipped.len(), unread, &mut end);
    let aside: Vec<_> = report.verdict.set_aside.iter().map(|one| set_aside(report, one)).collect();
    let number = report.verdict.suppressed;
    fold(&format!("{} set aside", counted(number as u64, "finding")), number, aside, &mut end);
    let notices = &report.policy.notices;
    let notes = notices.iter().map(|notice| cell(notice, MOST)).collect();
    fold(&counted(notices.len() as u64, "note"), notices.len(), notes, &mut end);
    end
}

fn not_read(skip: &Skip) -> String {
    format!("{}: {}", code(&skip.path, MOST), cell(&skip.reason.to_string(), MOST))
}

fn set_aside(report: &Report, one: &SetAside) -> String {
    let (title, why, by) = (&one.finding.title, &one.by.reason, aside_by(report, one));
    let expires = one.by.expires.map_or(String::new(), |day| format!(", until {day}"));
    let (title, why, by) = (cell(title, SOME), cell(why, SOME), code(&by, SOME));
    format!("{} {title}: {why} ({by}{expires})", place(&one.finding, SOME))
}

/// Appends the first of `lines` as a list that is folded away, and says how many there are beyond.
fn fold(summary: &str, of: usize, lines: Vec<String>, page: &mut String) {
    if of == 0 {
        return;
    }
    *page += &format!("\n<details><summary>{summary}</summary>\n\n");
    let (mut used, mut shown) = (0, 0);
    for line in lines.iter().take(NAMED) {
        used += line.len() + 3;
        if used > MOST_BYTES {
            break;
        }
        *page += &format!("- {line}\n");
        shown += 1;
    }
    if shown < of {
        *page += &format!("- … and {} more\n", grouped((of - shown) as u64));
    }
    page.push_str("\n</details>\n");
}
