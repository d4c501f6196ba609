//! What a policy sets aside, as JSON.

use serde::Serialize;

use super::FindingV1;
use crate::policy;
use crate::report::Report;

/// A finding that the policy sets aside, and by which of its entries.
#[derive(Serialize)]
pub(super) struct Suppressed<'a> {
    #[serde(flatten)]
    finding: FindingV1<'a>,
    by: By<'a>,
}

#[derive(Serialize)]
struct By<'a> {
    kind: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    /// The line of the policy file.
    line: usize,
}

/// Everything that the policy sets aside.
pub(super) fn suppressed(report: &Report) -> impl Iterator<Item = Suppressed<'_>> {
    report.verdict.set_aside.iter().map(|one| Suppressed { finding: FindingV1::of(&one.finding), by: By::of(&one.by) })
}

impl<'a> By<'a> {
    fn of(by: &'a policy::By) -> Self {
        Self { kind: "allow", reason: &by.reason, expires: by.expires.map(|day| day.to_string()), line: by.line }
    }
}
