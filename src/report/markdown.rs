//! The report as Markdown, short enough for a comment on a merge request and for the summary of a job.

use std::io::{self, Write};

use super::Report;
use super::count::{counted, grouped};
use super::human::{of_root, outcome, read};
use super::severity_name;
use super::shown::{SEVERITIES, gaps, worst_first};
use crate::finding::Finding;

mod cell;
mod end;
mod findings;
mod fit;
mod gains;

use cell::{cell, code};
use findings::Findings;
use fit::{Row, need, shares, table};
use gains::{GAINS, REVIEWS, gains, reviews};

/// Forges take 65,536 characters of a comment.
const MOST_BYTES: usize = 60_000;

/// As many bytes as the table of roots may take.
const MOST_ROOTS: usize = 6_000;

/// As many characters as a word of others needs to be understood, and as it has in a row that is told in short.
const MOST_WORDS: usize = 200;
const FEW_WORDS: usize = 40;

/// As many bytes as the headings of the sections take.
const HEADINGS: usize = 100;

/// By which a program finds the comment that it wrote before.
const MARK: &str = "<!-- ringfence -->";

/// Writes one page: the verdict, whose review is needed, who gained what, the findings, and what was not read.
pub fn write_markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = format!("{MARK}\n{}", head(report));
    let (areas, others): (Vec<&Finding>, Vec<_>) = worst_first(report).into_iter().partition(|f| f.area.is_some());
    let (access, others): (Vec<&Finding>, Vec<_>) = others.into_iter().partition(|f| f.access.is_some());
    let (areas, access) = (reviews(report, &areas), gains(&access));
    let mut others = Findings::of(report, &others);
    write_roots(report, &mut page);
    let end = unlisted(report) + &end::end(report);
    let room = MOST_BYTES.saturating_sub(page.len() + end.len() + HEADINGS);
    let needs = [need(REVIEWS, &areas), need(GAINS, &access), others.need()];
    let [for_areas, for_access, for_others] = shares(room, needs);
    for (title, head, rows, room) in
        [("Reviews", REVIEWS, areas, for_areas), ("Gains power", GAINS, access, for_access)]
    {
        if !rows.is_empty() {
            page += &format!("\n#### {title}\n{}", table(head, &rows, room));
        }
    }
    others.write(for_others, &mut page);
    page.push_str(&end);
    out.write_all(page.as_bytes())
}

fn head(report: &Report) -> String {
    let (verdict, counts) = (&report.verdict, report.verdict.counts());
    let total = counts.total();
    let is_complete = report.coverage.complete();
    let title = match (total, is_complete) {
        (0, true) => "no findings".to_owned(),
        (0, false) => "no findings in what was read".to_owned(),
        _ => format!("{}, {}", counted(total as u64, "finding"), outcome(verdict.failing, total)),
    };
    let of_each = SEVERITIES.iter().filter(|s| counts.of(**s) > 0);
    let mut parts: Vec<String> =
        of_each.map(|s| format!("**{}** {}", grouped(counts.of(*s) as u64), severity_name(*s))).collect();
    parts.push(cell(&read(report), MOST_WORDS));
    parts.push(if is_complete { "complete".into() } else { "**incomplete**".into() });
    let mut head = format!("### ringfence: {title}\n\n{}\n", parts.join(" · "));
    if let Some(first) = gaps(report).next() {
        let things = counted(gaps(report).count() as u64, "thing");
        let first = code(&first.path, MOST_WORDS);
        head += &format!("\n> **{things} in scope could not be read**, {first} first: this is no clean bill.\n");
    }
    if let Some(judge) = report.own_judge() {
        head += &format!("\n> **Note:** {}\n", cell(judge, MOST_WORDS));
    }
    head
}

/// Of many roots, those to look at.
fn write_roots(report: &Report, page: &mut String) {
    let bad = report.bad_roots();
    if bad.is_empty() {
        return;
    }
    let row = |root: &&super::roots::Root| {
        let row = |most: usize| format!("| {} | {} |", code(&root.name, most), cell(&of_root(root), most));
        Row { full: row(MOST_WORDS), short: row(FEW_WORDS) }
    };
    *page += &table("| Root | What is there |", &bad.iter().map(row).collect::<Vec<_>>(), MOST_ROOTS);
}

/// How many findings are counted and not listed.
fn unlisted(report: &Report) -> String {
    let unlisted = report.verdict.counts().total().saturating_sub(report.verdict.findings.len());
    match unlisted {
        0 => String::new(),
        number => format!("\n{} in files with too many to list.\n", counted(number as u64, "more finding")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::finding::{AreaDetail, Review};
    use crate::policy::{By, Means, SetAside};
    use crate::source::{Reason, Skip};

    #[test]
    fn no_report_is_longer_than_a_comment_may_be() {
        let mut report = sample();
        let worst = "@".repeat(2_000);
        let area = AreaDetail {
            name: worst.clone(),
            evidence: vec![worst.clone()],
            owners: vec![worst.clone(); 300],
            review: Review::Required,
            answer: Some(worst.clone()),
        };
        let one = Finding { path: worst.as_str().into(), message: worst.clone(), ..report.verdict.findings[0].clone() };
        let found =
            |n: usize| Finding { rule: format!("rule-{n}").into(), title: worst.as_str().into(), ..one.clone() };
        let touched = |n: usize| {
            let area = AreaDetail { name: format!("{n}{worst}"), ..area.clone() };
            Finding { area: Some(area), ..one.clone() }
        };
        report.verdict.findings = (0..100).map(found).chain((0..100).map(touched)).collect();
        let by = By { means: Means::Allow, reason: worst.clone(), expires: None, line: 1 };
        report.verdict.set_aside = vec![SetAside { finding: one.clone(), by }; 100];
        report.verdict.suppressed = 100;
        report.coverage.skipped = vec![Skip { path: worst.clone(), reason: Reason::Unreadable(worst.clone()) }; 100];
        report.policy.notices = vec![worst.clone(); 100];
        report.source.root = worst;
        let mut out = Vec::new();
        write_markdown(&report, &mut out).unwrap();
        assert!((40_000..=MOST_BYTES).contains(&out.len()), "{}", out.len());
        let out = String::from_utf8_lossy(&out);
        assert!(out.contains("more; the worst are shown") && out.contains("other rules; the worst are shown"));
    }
}
