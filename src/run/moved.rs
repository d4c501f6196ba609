//! What a rename brings to light: findings in lines that did not change, of which nothing was told where they stood. A page
//! becomes a script, or a file leaves the place for which an entry of the policy sets something aside.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::Plan;
use crate::finding::{Finding, Fingerprint, Kind};
use crate::scan::scan_each;
use crate::unit::{Change, Unit};

/// Hands on what `unit` has in its unchanged lines under its new name and had not under the old one.
pub(super) fn findings(plan: &Plan, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    let (Some(old_path), Change::Modified { before, after, added, .. }) = (&unit.old_path, &unit.change) else {
        return;
    };
    let alone = |path, mode, text| Unit { path, old_path: None, mode, old_mode: None, change: Change::Snapshot(text) };
    let mut told: HashMap<(Arc<str>, Fingerprint), usize> = HashMap::new();
    scan_each(&plan.rules, &alone(old_path.clone(), unit.old_mode, before.clone()), &mut |finding| {
        if !is_set_aside(plan, &finding) {
            *told.entry((finding.rule, finding.fingerprint)).or_default() += 1;
        }
    });
    scan_each(&plan.rules, &alone(unit.path.clone(), unit.mode, after.clone()), &mut |finding| {
        if !is_about_content(finding.kind) || added.touches(finding.start.line, finding.end.line) {
            return;
        }
        let left = told.get_mut(&(finding.rule.clone(), finding.fingerprint.clone())).filter(|left| **left > 0);
        match left {
            Some(left) => *left -= 1,
            None => each(finding),
        }
    });
}

fn is_set_aside(plan: &Plan, finding: &Finding) -> bool {
    let today = plan.policy.today;
    plan.policy.file.allows.iter().any(|entry| entry.fits(finding) && !entry.is_expired(today))
}

/// True for what stands in a text. The other kinds compare both names by themselves.
fn is_about_content(kind: Kind) -> bool {
    matches!(kind, Kind::Secret | Kind::Command | Kind::Egress | Kind::Logging | Kind::Text)
}
