//! Many files of one area in one change: one finding calls for the review, the others say where else to look.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Review, Severity};
use crate::order;

/// Keeps the severity of the finding that shows an area best, for each of its owners, and lowers the others to `low`.
///
/// A change that touches an area in forty files needs one review of it, not forty warnings. What fails the run for want of
/// a review keeps its severity, and so does what is worse than `medium`.
pub fn gather<'f>(findings: impl Iterator<Item = &'f mut Finding>) {
    let mut areas: BTreeMap<(String, Vec<String>), Vec<&mut Finding>> = BTreeMap::new();
    for finding in findings {
        let Some(area) = finding.area.as_ref().filter(|area| area.review != Review::Missing) else { continue };
        if finding.severity >= Severity::Medium {
            areas.entry((area.name.clone(), area.owners.clone())).or_default().push(finding);
        }
    }
    for mut touched in areas.into_values().filter(|touched| touched.len() > 1) {
        let evidence = |finding: &Finding| finding.area.as_ref().map_or(0, |area| area.evidence.len());
        order::sort_by(&mut touched, |a, b| {
            let rank = |finding: &Finding| (Reverse(finding.severity), Reverse(evidence(finding)));
            rank(a).cmp(&rank(b)).then_with(|| a.path.cmp(&b.path))
        });
        let best = touched[0].path.clone();
        // What is staged and stands on disk too is told twice.
        let number = touched.iter().map(|finding| &finding.path).collect::<BTreeSet<_>>().len();
        let others = touched.into_iter().filter(|finding| finding.path != best);
        for finding in others.filter(|finding| finding.severity == Severity::Medium) {
            finding.severity = Severity::Low;
            finding.message =
                format!("{} The change touches this area in {number} files; `{best}` shows it best.", finding.message);
        }
    }
}
