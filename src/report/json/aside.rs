//! What is set aside, as JSON.

use serde::Serialize;

use super::FindingV1;
use crate::policy;
use crate::report::Report;
use crate::report::shown::aside_by;

/// A finding that is set aside, and by what.
#[derive(Serialize)]
pub(super) struct Suppressed<'a> {
    #[serde(flatten)]
    finding: FindingV1<'a>,
    by: By<'a>,
}

#[derive(Serialize)]
struct By<'a> {
    kind: policy::Means,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    /// File and line of what sets it aside.
    r#where: String,
    line: usize,
}

/// Everything that is set aside.
pub(super) fn suppressed(report: &Report) -> impl Iterator<Item = Suppressed<'_>> {
    report
        .verdict
        .set_aside
        .iter()
        .map(|one| Suppressed { finding: FindingV1::of(&one.finding), by: By::of(report, one) })
}

impl<'a> By<'a> {
    fn of(report: &Report, one: &'a policy::SetAside) -> Self {
        let by = &one.by;
        Self {
            kind: by.means,
            reason: &by.reason,
            expires: by.expires.map(|day| day.to_string()),
            r#where: aside_by(report, one),
            line: by.line,
        }
    }
}
