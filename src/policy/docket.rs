//! Findings on their way to the verdict: a bounded number for each file, and the number of the others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::Arc;

use super::baseline::Accepted;
use super::{Means, SetAside, Threshold, Verdict};
use crate::finding::{Dropped, Finding, Severity, Side};
use crate::order;

/// How many findings of one side of one file are listed: those that fail the run first, then the worst, then the first. As
/// many are listed of what is set aside.
pub(crate) const LISTED: usize = 1000;
/// How many notices are kept.
const NOTED: usize = 50;

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of severity `critical`.
    pub critical: usize,
    /// Of severity `high`.
    pub high: usize,
    /// Of severity `medium`.
    pub medium: usize,
    /// Of severity `low`.
    pub low: usize,
}

impl Counts {
    /// Counts one finding.
    pub fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Critical => self.critical += 1,
            Severity::High => self.high += 1,
            Severity::Medium => self.medium += 1,
            Severity::Low => self.low += 1,
        }
    }

    /// How many of this severity.
    pub fn of(&self, severity: Severity) -> usize {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }

    /// How many there are in all.
    pub fn total(&self) -> usize {
        self.critical + self.high + self.medium + self.low
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.critical += other.critical;
        self.high += other.high;
        self.medium += other.medium;
        self.low += other.low;
    }
}

/// Findings of one side of one file that are counted and not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The file, as reports show it.
    pub path: Arc<str>,
    /// Side of the change.
    pub side: Side,
    /// How many there are.
    pub counts: Counts,
    /// How many of them fail the run.
    pub failing: usize,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Docket {
    files: BTreeMap<(Arc<str>, Side), File>,
    /// How many findings of low confidence were left out.
    pub(super) hidden: usize,
    /// How many findings were left out by selection.
    pub(super) deselected: usize,
    /// How many matches were no findings.
    pub(super) dropped: Dropped,
    /// How many findings of rules were left out that the policy switches off.
    pub(super) switched_off: usize,
    /// Entries of the policy that some finding fits, by their place.
    pub(super) fitting: BTreeSet<usize>,
    /// Entries of the baseline that some finding fits, by their line.
    pub(super) accepted: BTreeSet<usize>,
    /// What people should know.
    pub(super) notices: BTreeSet<String>,
    /// What is to be accepted.
    pub(super) gathered: BTreeSet<Accepted>,
    aside: Vec<SetAside>,
    /// How many were set aside and are not in the list.
    more_aside: usize,
}

/// The findings of one side of one file.
#[derive(Debug, Default)]
struct File {
    kept: Vec<Finding>,
    counts: Counts,
    failing: usize,
}

impl Docket {
    /// True if there is nothing to add up.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
            && self.aside.is_empty()
            && self.notices.is_empty()
            && self.hidden + self.deselected + self.switched_off == 0
            && self.dropped == Dropped::default()
    }

    /// What is listed, by path, to be looked at once more now that everything is known.
    pub fn listed(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.files.values_mut().flat_map(|file| &mut file.kept)
    }

    /// Counts what was no finding.
    pub fn count_dropped(&mut self, dropped: Dropped) {
        self.dropped += dropped;
    }

    /// Adds what another thread, or another window of the same file, found.
    pub fn merge(&mut self, other: Self, threshold: Threshold) {
        for (place, file) in other.files {
            let own = self.files.entry(place).or_default();
            own.kept.extend(file.kept);
            own.counts += file.counts;
            own.failing += file.failing;
            own.bound(threshold);
        }
        self.hidden += other.hidden;
        self.deselected += other.deselected;
        self.dropped += other.dropped;
        self.switched_off += other.switched_off;
        self.fitting.extend(other.fitting);
        self.accepted.extend(other.accepted);
        self.gathered.extend(other.gathered);
        other.notices.into_iter().for_each(|notice| self.note(notice));
        self.more_aside += other.more_aside;
        self.aside.extend(other.aside);
        self.bound_aside(2 * LISTED);
    }

    /// Keeps something that people should know; of very much only the first, in the order of the words.
    pub fn note(&mut self, notice: String) {
        self.notices.insert(notice);
        if self.notices.len() > NOTED {
            self.notices.pop_last();
        }
    }

    /// Keeps a finding that the policy sets aside.
    pub(super) fn set_aside(&mut self, finding: SetAside) {
        if finding.by.means == Means::Baseline {
            self.accepted.insert(finding.by.line);
        }
        self.aside.push(finding);
        self.bound_aside(2 * LISTED);
    }

    /// Sorts what is set aside once there is more than `most`, and keeps the first in report order.
    fn bound_aside(&mut self, most: usize) {
        if self.aside.len() < most {
            return;
        }
        order::sort_by(&mut self.aside, |a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
        self.aside.dedup_by(|a, b| a.finding.sort_key() == b.finding.sort_key());
        self.more_aside += self.aside.len().saturating_sub(LISTED);
        self.aside.truncate(LISTED);
    }

    /// What was set aside, as far as it is listed, and how many there are in all.
    pub(super) fn close_aside(&mut self) -> (Vec<SetAside>, usize) {
        self.bound_aside(0);
        let listed = std::mem::take(&mut self.aside);
        let all = listed.len() + self.more_aside;
        (listed, all)
    }

    pub(super) fn keep(&mut self, finding: Finding, threshold: Threshold) {
        let file = self.files.entry((finding.path.clone(), finding.side)).or_default();
        file.kept.push(finding);
        file.bound(threshold);
    }

    /// What was found, as a verdict tells it, to be judged together with others.
    pub fn of(verdict: Verdict) -> Self {
        let mut docket = Self {
            hidden: verdict.hidden,
            deselected: verdict.deselected,
            dropped: verdict.dropped,
            switched_off: verdict.switched_off,
            more_aside: verdict.suppressed.saturating_sub(verdict.set_aside.len()),
            aside: verdict.set_aside,
            ..Self::default()
        };
        for finding in verdict.findings {
            docket.files.entry((finding.path.clone(), finding.side)).or_default().kept.push(finding);
        }
        for more in verdict.unlisted {
            let file = docket.files.entry((more.path, more.side)).or_default();
            file.counts += more.counts;
            file.failing += more.failing;
        }
        docket
    }

    /// The verdict on everything that was taken; the order in which it came does not matter.
    pub fn verdict(mut self, threshold: Threshold) -> Verdict {
        let (set_aside, suppressed) = self.close_aside();
        let Self { hidden, deselected, dropped, switched_off, .. } = self;
        let (fitting, accepted) = (std::mem::take(&mut self.fitting), std::mem::take(&mut self.accepted));
        let (notices, gathered) = (std::mem::take(&mut self.notices), std::mem::take(&mut self.gathered));
        let (mut findings, unlisted) = self.close(threshold);
        order::sort_by(&mut findings, |a, b| a.sort_key().cmp(&b.sort_key()).then_with(|| a.message.cmp(&b.message)));
        // What is staged and stands on disk too is read in both places.
        findings.dedup_by(|a, b| a.sort_key() == b.sort_key() && a.message == b.message);
        let failing = findings.iter().filter(|finding| threshold.fails(finding)).count();
        Verdict {
            failing: failing + unlisted.iter().map(|u| u.failing).sum::<usize>(),
            findings,
            unlisted,
            hidden,
            deselected,
            dropped,
            set_aside,
            suppressed,
            switched_off,
            fitting,
            accepted,
            notices,
            gathered,
        }
    }

    /// What is listed, in no particular order, and what is not.
    pub(super) fn close(self, threshold: Threshold) -> (Vec<Finding>, Vec<Unlisted>) {
        let (mut findings, mut unlisted) = (Vec::new(), Vec::new());
        for ((path, side), mut file) in self.files {
            file.cut(threshold);
            findings.append(&mut file.kept);
            if file.counts.total() > 0 {
                unlisted.push(Unlisted { path, side, counts: file.counts, failing: file.failing });
            }
        }
        (findings, unlisted)
    }
}

impl File {
    /// Keeps memory bounded; not with each finding, because that would cost a sort each time.
    fn bound(&mut self, threshold: Threshold) {
        if self.kept.len() >= 2 * LISTED {
            self.cut(threshold);
        }
    }

    fn cut(&mut self, threshold: Threshold) {
        if self.kept.len() <= LISTED {
            return;
        }
        let rank = |f: &Finding| Reverse((threshold.fails(f), f.severity));
        let place = |a: &Finding, b: &Finding| a.sort_key().cmp(&b.sort_key()).then_with(|| a.message.cmp(&b.message));
        order::sort_by(&mut self.kept, |a, b| rank(a).cmp(&rank(b)).then_with(|| place(a, b)));
        for finding in self.kept.drain(LISTED..) {
            self.counts.add(finding.severity);
            self.failing += usize::from(threshold.fails(&finding));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, Excerpt, Fingerprint, Kind, Position};
    use proptest::prelude::*;

    const THRESHOLD: Threshold = Threshold::At(Severity::High);

    fn finding(line: usize, severity: Severity, path: &str) -> Finding {
        let place = Position { line, column: 1 };
        Finding {
            rule: "acme".into(),
            kind: Kind::Secret,
            severity,
            confidence: Confidence::Medium,
            title: "Acme".into(),
            message: String::new(),
            path: path.into(),
            side: Side::New,
            start: place,
            end: place,
            excerpt: Excerpt::new(String::new(), 0..0),
            fingerprint: Fingerprint::new(String::new()),
            remedy: "none".into(),
            docs: None,
            secret: None,
            access: None,
            area: None,
            shapes: Vec::new(),
            anchor: None,
        }
    }

    fn closed(parts: impl Iterator<Item = Docket>) -> (Vec<(Arc<str>, usize)>, Vec<Unlisted>) {
        let mut all = Docket::default();
        parts.for_each(|part| all.merge(part, THRESHOLD));
        let (findings, unlisted) = all.close(THRESHOLD);
        let mut listed: Vec<_> = findings.iter().map(|f| (f.path.clone(), f.start.line)).collect();
        listed.sort();
        (listed, unlisted)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn neither_order_nor_parts_change_what_is_listed(sizes in proptest::collection::vec(0usize..1500, 1..6)) {
            let part = |(number, size): (usize, &usize)| {
                let mut docket = Docket::default();
                for n in 0..*size {
                    let severity = if n % 7 == 0 { Severity::High } else { Severity::Low };
                    docket.keep(finding(number * 2000 + n, severity, if n % 3 == 0 { "a" } else { "b" }), THRESHOLD);
                }
                docket
            };
            let (listed, unlisted) = closed(sizes.iter().enumerate().map(part));
            prop_assert_eq!(&closed(sizes.iter().enumerate().rev().map(part)), &(listed.clone(), unlisted.clone()));
            let left: usize = unlisted.iter().map(|u| u.counts.total()).sum();
            prop_assert_eq!(listed.len() + left, sizes.iter().sum::<usize>());
            prop_assert!(unlisted.iter().all(|u| u.counts.high == u.failing));
        }
    }
}
