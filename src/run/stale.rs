//! What is to be said of entries that do nothing any more, and of comments that do not count.

use crate::config::{Extent, Plan};
use crate::policy::baseline;
use crate::policy::file::AllowEntry;
use crate::policy::{Selection, Use, Verdict, stale};

/// True for a scan that reads everything and looks for everything: only such a one can tell that nothing fits.
pub(super) fn is_whole(plan: &Plan) -> bool {
    let Selection { only, skip } = &plan.policy.selection;
    plan.extent == Extent::Whole && only.is_empty() && skip.is_empty()
}

/// What became of the entries of the policy.
pub(super) fn uses(plan: &Plan, verdict: &Verdict) -> Vec<Use> {
    let entries = plan.policy.file.allows.iter().enumerate();
    let of = |(at, entry): (usize, &AllowEntry)| Use {
        line: entry.line,
        fits: verdict.fitting.contains(&at),
        expired: entry.is_expired(plan.policy.today),
    };
    entries.map(of).collect()
}

/// What is to be said of entries of the policy and the baseline, and of comments.
pub(super) fn notices(plan: &Plan, verdict: &Verdict, uses: &[Use]) -> Vec<String> {
    let mut said = stale(plan.origin.file.as_deref().unwrap_or_default(), uses, is_whole(plan));
    said.extend(baseline::unused(&accepted(plan, verdict)));
    said.extend(verdict.notices.iter().cloned());
    said
}

/// The lines of the baseline that nothing fits any more.
pub(super) fn accepted(plan: &Plan, verdict: &Verdict) -> Vec<usize> {
    if !is_whole(plan) {
        return Vec::new();
    }
    let mut lines: Vec<usize> = plan.policy.baseline.stale(&verdict.accepted).map(|(_, line)| line).collect();
    lines.sort_unstable();
    lines
}
