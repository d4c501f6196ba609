//! From findings to a verdict: nothing is dropped, only classified.

use crate::finding::{Confidence, Dropped, Finding, Kind, Severity};

mod docket;

pub use docket::{Counts, Docket, Unlisted};

/// The level from which findings fail a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Fail on this severity and above.
    At(Severity),
    /// Never fail because of findings.
    Never,
}

/// What to look at: empty lists mean everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Keep only these.
    pub only: Vec<Selector>,
    /// Leave these out.
    pub skip: Vec<Selector>,
}

/// A kind or a rule, as named by `--only` and `--skip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every rule of a kind.
    Kind(Kind),
    /// One rule.
    Rule(String),
}

impl Selector {
    fn matches(&self, finding: &Finding) -> bool {
        match self {
            Self::Kind(kind) => finding.kind == *kind,
            Self::Rule(id) => *finding.rule == **id,
        }
    }
}

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is reported and fails the run.
    Fails,
    /// It is reported and fails nothing.
    Warns,
    /// Its confidence is too low to be reported.
    Hidden,
    /// `--only` names others.
    NotOnly,
    /// `--skip` names it.
    Skipped,
}

/// Everything that judges findings.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The level from which findings fail a run.
    pub threshold: Threshold,
    /// The least confidence that is shown.
    pub shown: Confidence,
    /// What to look at.
    pub selection: Selection,
}

/// Findings, classified.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Findings to report, in report order.
    pub findings: Vec<Finding>,
    /// Findings that are counted and not listed, because their file has too many.
    pub unlisted: Vec<Unlisted>,
    /// How many findings of low confidence were left out because they were not asked for.
    pub hidden: usize,
    /// How many findings `--only` and `--skip` left out.
    pub deselected: usize,
    /// How many matches were no findings.
    pub dropped: Dropped,
    /// How many findings, listed or not, fail the run.
    pub failing: usize,
}

impl Verdict {
    /// How many findings of each severity there are, listed or not.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.findings.iter().for_each(|finding| counts.add(finding.severity));
        self.unlisted.iter().for_each(|unlisted| counts += unlisted.counts);
        counts
    }
}

impl Threshold {
    /// True if the finding fails a run. What fails none is a warning.
    pub fn fails(self, finding: &Finding) -> bool {
        match self {
            Self::At(severity) => finding.severity >= severity && finding.confidence >= Confidence::Medium,
            Self::Never => false,
        }
    }
}

impl Policy {
    /// What becomes of `finding`.
    pub fn fate(&self, finding: &Finding) -> Fate {
        let any = |list: &[Selector]| list.iter().any(|s| s.matches(finding));
        let Selection { only, skip } = &self.selection;
        match finding.confidence {
            _ if any(skip) => Fate::Skipped,
            _ if !only.is_empty() && !any(only) => Fate::NotOnly,
            confidence if confidence < self.shown => Fate::Hidden,
            _ if self.threshold.fails(finding) => Fate::Fails,
            _ => Fate::Warns,
        }
    }

    /// Classifies one finding as it comes, and keeps it if it is to be reported.
    pub fn take(&self, docket: &mut Docket, finding: Finding) {
        match self.fate(&finding) {
            Fate::NotOnly | Fate::Skipped => docket.deselected += 1,
            Fate::Hidden => docket.hidden += 1,
            Fate::Fails | Fate::Warns => docket.keep(finding, self.threshold),
        }
    }

    /// The verdict on everything that was taken; the order in which it came does not matter.
    pub fn judge(&self, docket: Docket) -> Verdict {
        let Docket { hidden, deselected, dropped, .. } = docket;
        let (mut findings, unlisted) = docket.close(self.threshold);
        findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()).then_with(|| a.message.cmp(&b.message)));
        // What is staged and stands on disk too is read in both places.
        findings.dedup_by(|a, b| a.sort_key() == b.sort_key() && a.message == b.message);
        let failing = findings.iter().filter(|finding| self.threshold.fails(finding)).count();
        Verdict {
            failing: failing + unlisted.iter().map(|u| u.failing).sum::<usize>(),
            findings,
            unlisted,
            hidden,
            deselected,
            dropped,
        }
    }
}
