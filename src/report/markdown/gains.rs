//! Two tables of a comment: what needs whose review, and who gained what.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::cell::{cell, code, place};
use super::fit::Row;
use crate::finding::{AreaDetail, Finding, Review, Severity};
use crate::order;
use crate::report::count::grouped;
use crate::report::{Report, severity_name};

/// The columns of what needs a review.
pub(super) const REVIEWS: &str = "| area | by | review | files | because |";

/// The columns of who gained what.
pub(super) const GAINS: &str = "| severity | who | what | before → after | where |";

/// As many owners, and as many files, as are named in a row.
const NAMED: usize = 5;

/// As many characters as a cell of a row needs, and as it has in a row that is told in short.
const MOST: usize = 200;
const LEAST: usize = 40;

/// What asks for one review.
struct Asked<'a> {
    area: &'a AreaDetail,
    fails: bool,
    /// The worst first.
    findings: Vec<&'a Finding>,
}

impl Asked<'_> {
    /// The least weighs most.
    fn weight(&self) -> (Reverse<bool>, Reverse<Option<Severity>>, u8) {
        let open = match self.area.review {
            Review::Missing => 0,
            Review::Required => 1,
            Review::Optional => 2,
            Review::Satisfied => 3,
        };
        (Reverse(self.fails), Reverse(self.findings.first().map(|finding| finding.severity)), open)
    }
}

/// The areas that `findings` touch, which come the worst first: so do the rows.
pub(super) fn reviews(report: &Report, findings: &[&Finding]) -> Vec<Row> {
    let mut places = HashMap::new();
    let mut all: Vec<Asked<'_>> = Vec::new();
    for finding in findings {
        let Some(area) = &finding.area else { continue };
        let key = (&area.name, &area.owners, state(area), &area.answer);
        let at = *places.entry(key).or_insert(all.len());
        if at == all.len() {
            all.push(Asked { area, fails: false, findings: Vec::new() });
        }
        all[at].fails |= report.fails(finding);
        all[at].findings.push(finding);
    }
    order::sort_by_key(&mut all, Asked::weight);
    all.iter().map(review).collect()
}

fn review(asked: &Asked<'_>) -> Row {
    let area = asked.area;
    let mut seen = HashSet::new();
    let files: Vec<&str> =
        asked.findings.iter().map(|finding| &*finding.path).filter(|file| seen.insert(*file)).collect();
    let owners: Vec<&str> = area.owners.iter().map(String::as_str).collect();
    let fails = if asked.fails { ", fails the run" } else { "" };
    let row = |named: usize, most: usize| {
        let owners =
            if owners.is_empty() { "a person who knows it".to_owned() } else { some(&owners, named, most / 2) };
        let answer = area.answer.as_deref().map_or(String::new(), |answer| format!(": {}", cell(answer, most)));
        let because = asked.findings.first().and_then(|finding| finding.area.as_ref());
        let because = because.map_or(String::new(), |area| cell(&area.evidence.join(", "), most));
        let (name, review, files) = (cell(&area.name, most / 2), state(area), some(&files, named, most));
        format!("| **{name}** | {owners} | {review}{fails}{answer} | {files} | {because} |")
    };
    Row { full: row(NAMED, MOST), short: row(1, LEAST) }
}

/// The first of `names` as code, and how many more there are.
fn some(names: &[&str], named: usize, most: usize) -> String {
    let shown: Vec<_> = names.iter().take(named).map(|name| code(name, most)).collect();
    let more = names.len().saturating_sub(named);
    let more = if more > 0 { format!(" and {} more", grouped(more as u64)) } else { String::new() };
    format!("{}{more}", shown.join(" "))
}

/// What becomes of the review of an area.
fn state(area: &AreaDetail) -> &'static str {
    match area.review {
        Review::Required => "**required**",
        Review::Satisfied => "done",
        Review::Missing => "**missing**",
        Review::Optional => "optional",
    }
}

/// Who gained what.
pub(super) fn gains(findings: &[&Finding]) -> Vec<Row> {
    let row = |finding: &&Finding| {
        let detail = finding.access.as_ref()?;
        let row = |most: usize| {
            let [who, what, before, after] =
                [&detail.subject, &detail.capability, &detail.before, &detail.after].map(|text| cell(text, most));
            let (severity, place) = (severity_name(finding.severity), place(finding, most));
            format!("| {severity} | {who} | {what} | {before} → **{after}** | {place} |")
        };
        Some(Row { full: row(MOST), short: row(LEAST) })
    };
    findings.iter().filter_map(row).collect()
}
