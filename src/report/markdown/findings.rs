//! The findings in a comment: by severity and rule, so that what a rule means is said once, and then where it found something.

use std::collections::HashMap;

use super::cell::{cell, code, place};
use crate::finding::{Confidence, Finding, Severity};
use crate::report::count::{counted, grouped};
use crate::report::human::outcome;
use crate::report::shown::{SEVERITIES, link};
use crate::report::{Report, confidence_name, severity_name};

/// As many characters as these need to be understood.
const MOST_TITLE: usize = 100;
const MOST_WORDS: usize = 300;
const MOST_PLACE: usize = 160;

/// As many places of each rule as come before further places of any.
const FIRST: usize = 5;

/// As many bytes as the frame of a severity takes, and what is said of what does not fit.
const FRAME: usize = 300;

/// As many bytes as the line takes that tells how many places there are beyond.
const MORE: usize = 40;

/// What one rule found of one severity.
struct Group<'a> {
    severity: Severity,
    findings: Vec<&'a Finding>,
    head: String,
    places: Vec<String>,
    failing: usize,
    /// As many places as there is room for.
    shown: usize,
}

/// All findings that are no review and no gain of power.
pub(super) struct Findings<'a>(Vec<Group<'a>>);

impl<'a> Findings<'a> {
    /// Groups `findings`, which come the worst first: so do the groups.
    pub(super) fn of(report: &Report, findings: &[&'a Finding]) -> Self {
        let mut known = HashMap::new();
        let mut groups: Vec<Group<'_>> = Vec::new();
        for &finding in findings {
            let key = (finding.severity, finding.confidence, &finding.rule, &finding.title, &finding.remedy);
            let at = *known.entry(key).or_insert(groups.len());
            if at == groups.len() {
                groups.push(Group::of(finding.severity));
            }
            groups[at].failing += usize::from(report.fails(finding));
            groups[at].findings.push(finding);
        }
        groups.iter_mut().for_each(Group::word);
        Self(groups)
    }

    /// As many bytes as everything takes.
    pub(super) fn need(&self) -> usize {
        let of = |group: &Group<'_>| group.head.len() + MORE + group.places.iter().map(String::len).sum::<usize>();
        if self.0.is_empty() { 0 } else { SEVERITIES.len() * FRAME + self.0.iter().map(of).sum::<usize>() }
    }

    /// Writes what fits: something of every rule before more of any.
    pub(super) fn write(&mut self, room: usize, page: &mut String) {
        if self.0.is_empty() {
            return;
        }
        self.allot(room.saturating_sub(SEVERITIES.len() * FRAME));
        page.push_str("\n#### Findings\n");
        for severity in SEVERITIES {
            let groups: Vec<_> = self.0.iter().filter(|group| group.severity == severity).collect();
            if !groups.is_empty() {
                write_severity(severity, &groups, page);
            }
        }
    }

    fn allot(&mut self, room: usize) {
        let mut left = room;
        for most in [1, FIRST, usize::MAX] {
            for group in &mut self.0 {
                // Nothing less bad takes the place of what does not fit.
                if !group.grow(most, &mut left) && most == 1 {
                    break;
                }
            }
        }
    }
}

impl Group<'_> {
    fn of(severity: Severity) -> Self {
        Self { severity, findings: Vec::new(), head: String::new(), places: Vec::new(), failing: 0, shown: 0 }
    }

    /// Puts it into words. What all findings say is said once.
    fn word(&mut self) {
        let Some(first) = self.findings.first() else { return };
        let is_shared = self.findings.iter().all(|finding| finding.message == first.message);
        let sure = match first.confidence {
            Confidence::High => String::new(),
            confidence => format!(" ({} confidence)", confidence_name(confidence)),
        };
        let number = match self.findings.len() {
            1 => String::new(),
            number => format!(" · {}", counted(number as u64, "place")),
        };
        let means = if is_shared { format!("<br>{}", cell(&first.message, MOST_WORDS)) } else { String::new() };
        let docs = link(first.docs.as_deref()).map_or(String::new(), |url| format!(" [more]({url})"));
        let (title, fix) = (cell(&first.title, MOST_TITLE), cell(&first.remedy, MOST_WORDS));
        self.head = format!("\n**{title}**{sure}{number}{means}<br>Fix: {fix}{docs}\n\n");
        self.places = self.findings.iter().map(|finding| line(finding, is_shared)).collect();
    }

    /// Takes room for at most `most` places; false if there is none.
    fn grow(&mut self, most: usize, left: &mut usize) -> bool {
        while self.shown < most.min(self.places.len()) {
            let head = if self.shown == 0 { self.head.len() + MORE } else { 0 };
            let Some(rest) = left.checked_sub(head + self.places[self.shown].len()) else { return false };
            *left = rest;
            self.shown += 1;
        }
        true
    }

    fn write(&self, page: &mut String) {
        page.push_str(&self.head);
        self.places.iter().take(self.shown).for_each(|place| page.push_str(place));
        let more = self.places.len() - self.shown;
        if more > 0 {
            *page += &format!("- … and {}\n", counted(more as u64, "more place"));
        }
    }
}

fn line(finding: &Finding, is_shared: bool) -> String {
    let excerpt = finding.excerpt.text().trim();
    let excerpt = if excerpt.is_empty() { String::new() } else { format!(" {}", code(excerpt, MOST_PLACE)) };
    let said = if is_shared { String::new() } else { format!("<br>{}", cell(&finding.message, MOST_WORDS)) };
    format!("- {}{excerpt}{said}\n", place(finding, MOST_PLACE))
}

fn write_severity(severity: Severity, groups: &[&Group<'_>], page: &mut String) {
    let number = |groups: &[&&Group<'_>]| groups.iter().map(|group| group.findings.len()).sum::<usize>();
    let (shown, left_out): (Vec<&&Group<'_>>, Vec<_>) = groups.iter().partition(|group| group.shown > 0);
    let (all, beyond) = (number(&shown) + number(&left_out), number(&left_out));
    let failing = groups.iter().map(|group| group.failing).sum::<usize>();
    let summary = format!("{} {} · {}", grouped(all as u64), severity_name(severity), outcome(failing, all));
    if shown.is_empty() {
        *page += &format!("\n{summary}: no room for them in here; `--format html` has them.\n");
        return;
    }
    let open = if severity >= Severity::High || failing > 0 { " open" } else { "" };
    *page += &format!("\n<details{open}><summary>{summary}</summary>\n");
    shown.iter().for_each(|group| group.write(page));
    if beyond > 0 {
        let kinds = counted(left_out.len() as u64, "other rule");
        *page += &format!("\n… and {} of {kinds}; the worst are shown.\n", counted(beyond as u64, "more finding"));
    }
    page.push_str("\n</details>\n");
}
