//! Safeguards: checks that a change switches off, takes away or lowers, told where that stands.
//!
//! Only what a change does is told, never what stands there already: a sign counts if it stands more often in the file
//! than before, or, where its disappearance is the sign, less often. So moved lines and comments are silent.

mod balance;
mod carrier;
mod case;
mod limit;
mod list;
mod reading;
mod sign;
mod tell;
mod tests;

use crate::finding::Finding;
use crate::rule::RuleSet;
use crate::unit::{Change, Unit};

use super::code::hunk::hunks;
use super::shown::Shown;
pub use balance::Balance;
use case::{Case, Loss, is_file_of_change};
use reading::Reading;

/// Looks for safeguards that `unit` weakens; a file without a past weakens none.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    if !is_file_of_change(unit) {
        return;
    }
    let case = Case::of(set, unit);
    if !case.is_live() {
        return;
    }
    let shown = Shown::of(set, unit);
    for told in tell::joined(losses(&case)) {
        if let Some(finding) = tell::finding(&case, &shown, &told) {
            each(finding);
        }
    }
}

/// Everything that the change weakens in this file.
fn losses(case: &Case<'_>) -> Vec<Loss> {
    let all = hunks(&case.unit.change);
    let (clues, tests) = (sign::may_speak(case, &all), tests::may_speak(case, &all));
    if !clues && !tests {
        return Vec::new();
    }
    let reading = Reading::of(case.unit, all, &case.path);
    let mut out = Vec::new();
    if clues && matches!(case.unit.change, Change::Deleted(_)) {
        out.extend(sign::deleted(case, &reading));
    } else if clues {
        out.extend(sign::losses(case, &reading));
        out.extend(limit::losses(case, &reading));
        out.extend(list::losses(case, &reading));
    }
    if tests {
        out.extend(tests::losses(case, &reading));
    }
    out
}
