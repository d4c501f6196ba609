//! From findings to a verdict: nothing is dropped, only classified.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::finding::{Confidence, Dropped, Finding, Kind, Severity};

mod docket;
pub mod file;

use file::{AllowEntry, PolicyFile, Tuning};

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
    /// An entry of the policy sets it aside.
    SetAside(usize),
    /// The policy switches its rule off.
    SwitchedOff,
    /// Its confidence is too low to be reported.
    Hidden,
    /// `--only` names others.
    NotOnly,
    /// `--skip` names it.
    Skipped,
}

/// Everything that judges findings.
#[derive(Debug)]
pub struct Policy {
    /// The level from which findings fail a run.
    pub threshold: Threshold,
    /// The least confidence that is shown.
    pub shown: Confidence,
    /// What to look at.
    pub selection: Selection,
    /// What the policy file says; nothing without one.
    pub file: PolicyFile,
    /// The day on which it is judged, for entries that expire.
    pub today: Date,
}

/// A finding that an entry of the policy sets aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// The finding.
    pub finding: Finding,
    /// What sets it aside.
    pub by: By,
}

/// The entry of a policy file that sets a finding aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Its line in the file.
    pub line: usize,
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
    /// Findings that the policy sets aside, in report order; of very many only the first.
    pub set_aside: Vec<SetAside>,
    /// How many findings the policy sets aside, listed or not.
    pub suppressed: usize,
    /// How many findings of rules were left out that the policy switches off.
    pub switched_off: usize,
    /// Entries of the policy that some finding fits, by their place.
    pub fitting: BTreeSet<usize>,
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
    /// What becomes of `finding`, whose severity is the one that this policy gives it.
    pub fn fate(&self, finding: &Finding) -> Fate {
        let any = |list: &[Selector]| list.iter().any(|s| s.matches(finding));
        let Selection { only, skip } = &self.selection;
        match finding.confidence {
            _ if any(skip) => Fate::Skipped,
            _ if !only.is_empty() && !any(only) => Fate::NotOnly,
            _ if self.tuning(finding) == Some(Tuning::Off) => Fate::SwitchedOff,
            confidence if confidence < self.shown => Fate::Hidden,
            _ => match self.entries(finding).find(|(_, entry)| !entry.is_expired(self.today)) {
                Some((at, _)) => Fate::SetAside(at),
                None if self.threshold.fails(finding) => Fate::Fails,
                None => Fate::Warns,
            },
        }
    }

    /// The finding with the severity that the policy gives it.
    pub fn weighed(&self, finding: Finding) -> Finding {
        match self.tuning(&finding) {
            Some(Tuning::Severity(severity)) => Finding { severity, ..finding },
            Some(Tuning::Off) | None => finding,
        }
    }

    fn tuning(&self, finding: &Finding) -> Option<Tuning> {
        self.file.rules.iter().rfind(|entry| *entry.id == *finding.rule).map(|entry| entry.tuning)
    }

    /// The entries that fit `finding`, expired or not, each with its place.
    fn entries(&self, finding: &Finding) -> impl Iterator<Item = (usize, &AllowEntry)> {
        self.file.allows.iter().enumerate().filter(|(_, entry)| entry.fits(finding))
    }

    /// Classifies one finding as it comes, and keeps it if it is to be reported.
    pub fn take(&self, docket: &mut Docket, finding: Finding) {
        let finding = self.weighed(finding);
        match self.fate(&finding) {
            Fate::NotOnly | Fate::Skipped => docket.deselected += 1,
            Fate::SwitchedOff => docket.switched_off += 1,
            Fate::Hidden => docket.hidden += 1,
            Fate::SetAside(entry) => {
                docket.fitting.insert(entry);
                if let Some(by) = self.file.allows.get(entry).map(AllowEntry::by) {
                    docket.set_aside(SetAside { finding, by });
                }
            }
            Fate::Fails | Fate::Warns => {
                docket.fitting.extend(self.entries(&finding).map(|(at, _)| at));
                docket.keep(finding, self.threshold);
            }
        }
    }

    /// The verdict on everything that was taken; the order in which it came does not matter.
    pub fn judge(&self, mut docket: Docket) -> Verdict {
        let (set_aside, suppressed) = docket.close_aside();
        let Docket { hidden, deselected, dropped, switched_off, .. } = docket;
        let fitting = std::mem::take(&mut docket.fitting);
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
            set_aside,
            suppressed,
            switched_off,
            fitting,
        }
    }
}
