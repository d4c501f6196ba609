//! Who gained what, as JSON.

use serde::Serialize;

use crate::finding::{AccessDetail, Verdict};

#[derive(Serialize)]
pub(super) struct Access<'a> {
    surface: &'a str,
    subject: &'a str,
    capability: &'a str,
    before: &'a str,
    after: &'a str,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<&'a str>,
}

impl<'a> Access<'a> {
    pub(super) fn of(access: &'a AccessDetail) -> Self {
        Self {
            surface: &access.surface,
            subject: &access.subject,
            capability: &access.capability,
            before: &access.before,
            after: &access.after,
            verdict: access.verdict,
            depends_on: access.depends_on.as_deref(),
        }
    }
}
