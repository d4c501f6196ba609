//! From findings to a verdict: nothing is dropped, only classified.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::finding::{Confidence, Dropped, Finding, Kind, Review, Severity};

pub mod baseline;
mod docket;
pub mod draft;
pub mod file;
pub mod review;
pub mod schema;
pub mod signers;
mod strict;
pub mod words;

use baseline::{Accepted, Baseline};
use file::{AllowEntry, PolicyFile, Tuning};

pub(crate) use docket::LISTED;
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
    /// What was accepted; nothing without a baseline.
    pub baseline: Baseline,
    /// What is kept to be accepted.
    pub gathers: Gathers,
    /// The day on which it is judged, for entries that expire.
    pub today: Date,
}

/// What is kept to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathers {
    /// Nothing: this is a scan.
    Nothing,
    /// Whatever is reported, and what the baseline has already.
    Reported,
}

/// A finding that is set aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// The finding.
    pub finding: Finding,
    /// What sets it aside.
    pub by: By,
}

/// What sets a finding aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// What kind of thing it is, which tells its file.
    pub means: Means,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Its line in its file.
    pub line: usize,
}

/// How findings are set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// By an entry of the policy file.
    Allow,
    /// By a comment in the file of the finding.
    Inline,
    /// By an entry of the baseline.
    Baseline,
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
    /// Entries of the baseline that some finding fits, by their line.
    pub accepted: BTreeSet<usize>,
    /// What people should know about comments that are to set findings aside; of very many only the first.
    pub notices: BTreeSet<String>,
    /// What is to be accepted, if that was asked for.
    pub gathered: BTreeSet<Accepted>,
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
            Self::At(severity) => match finding.area.as_ref().map(|area| area.review) {
                Some(Review::Satisfied) => false,
                Some(Review::Missing) => true,
                _ => finding.severity >= severity && finding.confidence >= Confidence::Medium,
            },
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

    /// Classifies one finding as it comes, and keeps it if it is to be reported. `beside` tells what sets it aside where
    /// no entry of the policy does.
    pub fn take(&self, docket: &mut Docket, finding: Finding, beside: impl FnOnce(&Finding) -> Option<By>) {
        let finding = self.weighed(finding);
        match self.fate(&finding) {
            Fate::NotOnly | Fate::Skipped => docket.deselected += 1,
            Fate::SwitchedOff => docket.switched_off += 1,
            Fate::Hidden => {
                // What stands for it has its use, shown or not.
                let _ = beside(&finding);
                docket.hidden += 1;
            }
            Fate::SetAside(entry) => {
                docket.fitting.insert(entry);
                if let Some(by) = self.file.allows.get(entry).map(AllowEntry::by) {
                    docket.set_aside(SetAside { finding, by });
                }
            }
            Fate::Fails | Fate::Warns => {
                docket.fitting.extend(self.entries(&finding).map(|(at, _)| at));
                let by = beside(&finding);
                let is_open = by.as_ref().is_none_or(|by| by.means == Means::Baseline);
                if self.gathers == Gathers::Reported && is_open {
                    docket.gathered.insert(Accepted::of(&finding));
                }
                match by {
                    Some(by) => docket.set_aside(SetAside { finding, by }),
                    None => docket.keep(finding, self.threshold),
                }
            }
        }
    }

    /// The verdict on everything that was taken; the order in which it came does not matter.
    pub fn judge(&self, docket: Docket) -> Verdict {
        docket.verdict(self.threshold)
    }
}

/// Entries without use that are named one by one.
const NAMED: usize = 20;

/// An entry that sets findings aside, after a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Its line in the file.
    pub line: usize,
    /// Whether some finding fits it, or may fit it in a change, of which a look at all files cannot know.
    pub fits: bool,
    /// Whether its last day is over.
    pub expired: bool,
}

/// What is to be said of entries that do nothing any more. `is_whole` says that everything was looked for, everywhere:
/// nothing else can tell that nothing fits.
pub fn stale(file: &str, uses: &[Use], is_whole: bool) -> Vec<String> {
    let lines = |is_meant: &dyn Fn(&Use) -> bool| -> Vec<usize> {
        uses.iter().filter(|entry| is_meant(entry)).map(|entry| entry.line).collect()
    };
    let (expired, unused) = (lines(&|entry| entry.fits && entry.expired), lines(&|entry| is_whole && !entry.fits));
    let again = "this entry has expired, and what it set aside is reported again";
    let mut said = first_of(file, &expired, again, "have expired");
    said.extend(first_of(file, &unused, "this entry sets nothing aside; remove it", "set nothing aside"));
    said
}

/// What is to be said of the first of `lines`, and how many more there are.
pub fn first_of(file: &str, lines: &[usize], one: &str, all: &str) -> Vec<String> {
    let mut said: Vec<String> = lines.iter().take(NAMED).map(|line| format!("{file}:{line}: {one}")).collect();
    if let Some(more) = lines.len().checked_sub(NAMED).filter(|more| *more > 0) {
        said.push(format!("{file}: {more} more entries {all}"));
    }
    said
}
