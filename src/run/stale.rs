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

/// What became of the entries of the policy. What only a change can show may fit one of them.
pub(super) fn uses(plan: &Plan, verdict: &Verdict) -> Vec<Use> {
    let entries = plan.policy.file.allows.iter().enumerate();
    let may_fit =
        |rule: &str| is_whole(plan) && plan.rules.get(rule).is_some_and(|rule| !rule.rule().is_whole_in_trees());
    let of = |(at, entry): (usize, &AllowEntry)| Use {
        line: entry.line,
        fits: verdict.fitting.contains(&at) || may_fit(&entry.rule),
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
    let is_seen = |rule: &str| plan.rules.get(rule).is_none_or(|rule| !rule.rule().is_of_changes());
    let stale = plan.policy.baseline.stale(&verdict.accepted).filter(|(accepted, _)| is_seen(&accepted.rule));
    let mut lines: Vec<usize> = stale.map(|(_, line)| line).collect();
    lines.sort_unstable();
    lines
}
