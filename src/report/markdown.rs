//! The report as Markdown, short enough for a comment on a merge request and for the summary of a job.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::count::{counted, grouped};
use super::escape::markdown as escaped;
use super::human::{of_root, outcome, read};
use super::roots::Root;
use super::shown::{SEVERITIES, aside_by, cut, gaps, link, worst_first};
use super::{Report, confidence_name, severity_name};
use crate::finding::{AreaDetail, Confidence, Finding, Review, Severity, Side};

/// Forges take 65,536 characters of a comment; the end of the report needs the rest.
const MOST_BYTES: usize = 60_000;

/// As many bytes as a table of areas or of permissions may take, so that the findings have room.
const MOST_TABLE: usize = 12_000;

/// As many characters as a cell needs to be understood.
const MOST_CELL: usize = 600;

/// As many bytes as a list below the findings may take.
const MOST_LIST: usize = 6_000;

/// As many gaps, and as many notes, as are named one by one.
const NAMED: usize = 20;

/// By which a program finds the comment that it wrote before.
const MARK: &str = "<!-- ringfence -->";

/// Writes one page: the verdict, whose review is needed, who gained what, the findings, and what was not read.
pub fn write_markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = format!("{MARK}\n{}", head(report));
    let findings = worst_first(report);
    let areas: Vec<_> = findings.iter().filter_map(|f| f.area.as_ref().map(|area| (*f, area))).collect();
    let (access, others): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().filter(|f| f.area.is_none()).partition(|f| f.access.is_some());
    write_roots(report, &mut page);
    write_areas(&areas, &mut page);
    write_access(&access, &mut page);
    let end = end(report);
    write_findings(report, &others, MOST_BYTES.saturating_sub(page.len() + end.len()), &mut page);
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
    parts.push(cell(&read(report)));
    parts.push(if is_complete { "complete".into() } else { "**incomplete**".into() });
    let mut head = format!("### ringfence: {title}\n\n{}\n", parts.join(" · "));
    if let Some(first) = gaps(report).next() {
        let things = counted(gaps(report).count() as u64, "thing");
        head += &format!(
            "\n> **{things} in scope could not be read**, {} first: this is no clean bill.\n",
            code(&first.path)
        );
    }
    head
}

/// Text as code, safe in a cell: no markup begins in it, and nobody is mentioned.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(&cut(text, MOST_CELL)))
}

fn cell(text: &str) -> String {
    escaped(&cut(text, MOST_CELL))
}

fn place(finding: &Finding) -> String {
    let removed = if finding.side == Side::Old { " (removed)" } else { "" };
    format!("{}{removed}", code(&format!("{}:{}", finding.path, finding.start.line)))
}

/// Appends a table, as many rows as there is room for, and says how many there are beyond.
fn table(head: &str, rows: &[String], room: usize, page: &mut String) {
    let columns = head.matches('|').count() - 1;
    *page += &format!("\n{head}\n|{}\n", "---|".repeat(columns));
    let start = page.len();
    let fits = |page: &String, row: &String| page.len() - start + row.len() < room;
    let mut shown = 0;
    for row in rows {
        if !fits(page, row) {
            break;
        }
        page.push_str(row);
        page.push('\n');
        shown += 1;
    }
    if shown < rows.len() {
        *page += &format!("\n… and {} more; the worst are shown.\n", grouped((rows.len() - shown) as u64));
    }
}

/// Of many roots, those to look at.
fn write_roots(report: &Report, page: &mut String) {
    let bad = report.bad_roots();
    if !bad.is_empty() {
        let row = |root: &&Root| format!("| {} | {} |", code(&root.name), cell(&of_root(root)));
        table("| Root | What is there |", &bad.iter().map(row).collect::<Vec<_>>(), MOST_LIST, page);
    }
}

/// A finding with the area that it is about.
type Touched<'a> = (&'a Finding, &'a AreaDetail);

/// What changed by area, and whose review it needs.
fn write_areas(areas: &[Touched<'_>], page: &mut String) {
    if areas.is_empty() {
        return;
    }
    let mut by_area = BTreeMap::<(&str, &[String], String), Vec<&Touched<'_>>>::new();
    for one in areas {
        by_area.entry((&one.1.name, &one.1.owners, review(one.1))).or_default().push(one);
    }
    let row = |((name, owners, review), all): ((&str, &[String], String), Vec<&Touched<'_>>)| {
        let owners: Vec<_> = owners.iter().map(|owner| code(owner)).collect();
        let owners = if owners.is_empty() { "a person who knows it".to_owned() } else { owners.join(" ") };
        let mut files: Vec<_> = all.iter().map(|(finding, _)| code(&finding.path)).collect();
        files.dedup();
        let more = files.len().saturating_sub(5);
        files.truncate(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let why = all.first().map_or(String::new(), |(_, area)| cell(&area.evidence.join(", ")));
        format!("| **{}** | {owners} | {review} | {}{more} | {why} |", cell(name), files.join(" "))
    };
    let rows: Vec<_> = by_area.into_iter().map(row).collect();
    page.push_str("\n#### Reviews\n");
    table("| area | by | review | files | because |", &rows, MOST_TABLE, page);
}

/// What becomes of the review of an area, and why.
fn review(area: &AreaDetail) -> String {
    let state = match area.review {
        Review::Required => "**required**",
        Review::Satisfied => "done",
        Review::Missing => "**missing**",
        Review::Optional => "optional",
    };
    area.answer.as_deref().map_or(state.to_owned(), |answer| format!("{state}: {}", cell(answer)))
}

/// Who gained what.
fn write_access(access: &[&Finding], page: &mut String) {
    let row = |finding: &&Finding| {
        let detail = finding.access.as_ref()?;
        Some(format!(
            "| {} | {} | {} | {} → **{}** | {} |",
            severity_name(finding.severity),
            cell(&detail.subject),
            cell(&detail.capability),
            cell(&detail.before),
            cell(&detail.after),
            place(finding),
        ))
    };
    let rows: Vec<_> = access.iter().filter_map(row).collect();
    if !rows.is_empty() {
        page.push_str("\n#### Gains power\n");
        table("| severity | who | what | before → after | where |", &rows, MOST_TABLE, page);
    }
}

fn write_findings(report: &Report, findings: &[&Finding], room: usize, page: &mut String) {
    if findings.is_empty() {
        return;
    }
    page.push_str("\n#### Findings\n");
    let start = page.len();
    for severity in SEVERITIES {
        let rows: Vec<_> = findings.iter().filter(|f| f.severity == severity).map(|f| row(f)).collect();
        if rows.is_empty() {
            continue;
        }
        let room = room.saturating_sub(page.len() - start + 200);
        let is_open = severity >= Severity::High;
        let open = if is_open { " open" } else { "" };
        let number = grouped(rows.len() as u64);
        *page += &format!("\n<details{open}><summary>{number} {}</summary>\n", severity_name(severity));
        table("| finding | where | what to do |", &rows, room, page);
        page.push_str("\n</details>\n");
    }
    let listed = report.verdict.findings.len();
    let unlisted = report.verdict.counts().total().saturating_sub(listed);
    if unlisted > 0 {
        *page += &format!("\n{} in files with too many to list.\n", counted(unlisted as u64, "more finding"));
    }
}

fn row(finding: &Finding) -> String {
    let sure = match finding.confidence {
        Confidence::High => String::new(),
        confidence => format!(" ({} confidence)", confidence_name(confidence)),
    };
    let docs = link(finding.docs.as_deref()).map_or(String::new(), |url| format!(" [more]({url})"));
    format!(
        "| **{}**{sure}<br>{} | {}<br>{} | {}{docs} |",
        cell(&finding.title),
        cell(&finding.message),
        place(finding),
        code(finding.excerpt.text().trim()),
        cell(&finding.remedy),
    )
}

/// Appends the first of `lines` as a list, and says how many there are beyond.
fn list(page: &mut String, lines: Vec<String>) {
    let start = page.len();
    let mut shown = 0;
    for line in lines.iter().take(NAMED) {
        if page.len() - start + line.len() > MOST_LIST {
            break;
        }
        *page += &format!("- {line}\n");
        shown += 1;
    }
    if shown < lines.len() {
        *page += &format!("- … and {} more\n", grouped((lines.len() - shown) as u64));
    }
}

/// What was not read, what was set aside, and what people should know about the policy.
fn end(report: &Report) -> String {
    let mut end = String::new();
    let skipped = &report.coverage.skipped;
    if !skipped.is_empty() {
        end += &format!("\n<details><summary>{} not read</summary>\n\n", counted(skipped.len() as u64, "thing"));
        let (gaps, others): (Vec<_>, Vec<_>) = skipped.iter().partition(|skip| skip.reason.is_gap());
        let line = |skip: &&crate::source::Skip| {
            format!("{}: {}", code(&cut(&skip.path, 200)), cell(&cut(&skip.reason.to_string(), 200)))
        };
        list(&mut end, gaps.iter().chain(&others).map(line).collect());
        end.push_str("\n</details>\n");
    }
    let aside = &report.verdict;
    if aside.suppressed > 0 {
        let summary = format!("{} set aside", counted(aside.suppressed as u64, "finding"));
        end += &format!("\n<details><summary>{summary}</summary>\n\n");
        let line = |one: &crate::policy::SetAside| {
            let (title, why, by) = (&one.finding.title, cut(&one.by.reason, 200), aside_by(report, one));
            format!("{} {}: {} ({})", place(&one.finding), cell(title), cell(&why), code(&cut(&by, 200)))
        };
        list(&mut end, aside.set_aside.iter().map(line).collect());
        end.push_str("\n</details>\n");
    }
    if !report.policy.notices.is_empty() {
        end.push('\n');
        list(&mut end, report.policy.notices.iter().map(|notice| cell(&cut(notice, 300))).collect());
    }
    end
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::policy::{By, Means, SetAside};
    use crate::source::{Reason, Skip};

    #[test]
    fn no_report_is_longer_than_a_comment_may_be() {
        let mut report = sample();
        let worst = "@".repeat(2_000);
        let area = AreaDetail {
            name: worst.clone(),
            evidence: vec![worst.clone()],
            owners: vec![worst.clone()],
            review: Review::Required,
            answer: Some(worst.clone()),
        };
        let one = Finding { path: worst.as_str().into(), message: worst.clone(), ..report.verdict.findings[0].clone() };
        let touched = Finding { area: Some(area), ..one.clone() };
        report.verdict.findings =
            std::iter::repeat_n(one.clone(), 100).chain(std::iter::repeat_n(touched, 100)).collect();
        let by = By { means: Means::Allow, reason: worst.clone(), expires: None, line: 1 };
        report.verdict.set_aside = vec![SetAside { finding: one, by }; 100];
        report.verdict.suppressed = 100;
        report.coverage.skipped = vec![Skip { path: worst.clone(), reason: Reason::Unreadable(worst.clone()) }; 100];
        report.policy.notices = vec![worst.clone(); 100];
        report.source.root = worst;
        let mut out = Vec::new();
        write_markdown(&report, &mut out).unwrap();
        assert!((20_000..65_536).contains(&out.len()), "{}", out.len());
        assert!(String::from_utf8_lossy(&out).contains("more; the worst are shown"));
    }
}
