//! From findings to a verdict: nothing is dropped, only classified.

use crate::finding::{Confidence, Finding, Kind, Severity};

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
            Self::Rule(id) => finding.rule == *id,
        }
    }
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
    /// How many findings of low confidence were left out because they were not asked for.
    pub hidden: usize,
    /// How many findings `--only` and `--skip` left out.
    pub deselected: usize,
    /// True if a finding of medium confidence or above reaches the threshold.
    pub fails: bool,
}

impl Policy {
    /// Classifies `findings`; the order of the input does not matter.
    pub fn judge(&self, mut findings: Vec<Finding>) -> Verdict {
        findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        // What is staged and stands on disk too is read in both places.
        findings.dedup_by(|a, b| a.sort_key() == b.sort_key() && a.message == b.message);
        let mut verdict = Verdict::default();
        for finding in findings {
            if !self.selection.includes(&finding) {
                verdict.deselected += 1;
            } else if finding.confidence < self.shown {
                verdict.hidden += 1;
            } else {
                verdict.fails |= self.blocks(&finding);
                verdict.findings.push(finding);
            }
        }
        verdict
    }

    fn blocks(&self, finding: &Finding) -> bool {
        match self.threshold {
            Threshold::At(severity) => finding.severity >= severity && finding.confidence >= Confidence::Medium,
            Threshold::Never => false,
        }
    }
}

impl Selection {
    fn includes(&self, finding: &Finding) -> bool {
        let any = |list: &[Selector]| list.iter().any(|s| s.matches(finding));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }
}
