//! What the model made of a value, in one line.

use crate::finding::Judgement;

/// Reasons that fit a line.
const NAMED: usize = 3;

/// The probability as people read it.
pub(super) fn probability(judgement: &Judgement) -> String {
    format!("{:.2}", judgement.probability)
}

/// `0.93 by +2.1 the name speaks of a password (1), -0.4 share of digits (0.31)`
pub(super) fn line(judgement: &Judgement) -> String {
    let reason = |e: &crate::finding::Evidence| format!("{:+.1} {} ({})", e.weight, e.what, e.value);
    let reasons: Vec<String> = judgement.evidence.iter().take(NAMED).map(reason).collect();
    format!("{} by {}", probability(judgement), reasons.join(", "))
}
