//! GitLab CI/CD: variables tell what happened.

use super::{Answer, CiError, Surroundings, between, everything, is_nothing, moved, tag};

pub(super) fn answers(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    around.need("CI_COMMIT_SHA")?;
    let head = around.commit("CI_COMMIT_SHA")?.unwrap_or_default();
    if let Some(number) = around.get("CI_MERGE_REQUEST_IID") {
        return merge_request(around, &head, number);
    }
    if let Some(base) = around.commit("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA")? {
        let head = around.commit("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA")?.unwrap_or(head);
        return Ok(vec![between(&base, &head, "it is what the pull request would bring".into())?]);
    }
    let default = around.get("CI_DEFAULT_BRANCH");
    if let Some(name) = around.get("CI_COMMIT_TAG") {
        return tag(name, &head, default);
    }
    let before = around.get("CI_COMMIT_BEFORE_SHA").filter(|before| !is_nothing(before));
    let before = before.map(|before| super::commit("CI_COMMIT_BEFORE_SHA", before)).transpose()?;
    match around.get("CI_PIPELINE_SOURCE") {
        // What starts by the clock or by hand names no old side.
        Some(source) if source != "push" && before.is_none() => {
            Ok(vec![everything(&format!("a pipeline from `{source}` brings no change"))])
        }
        _ => moved(before.as_deref(), &head, around.need("CI_COMMIT_BRANCH")?, default),
    }
}

/// In a pipeline of merged results the commit that is built is a merge, which exists nowhere else; the head is told apart.
fn merge_request(around: &Surroundings, built: &str, number: &str) -> Result<Vec<Answer>, CiError> {
    around.need("CI_MERGE_REQUEST_DIFF_BASE_SHA")?;
    let base = around.commit("CI_MERGE_REQUEST_DIFF_BASE_SHA")?.unwrap_or_default();
    let head = around.commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")?;
    let head = head.as_deref().unwrap_or(built);
    Ok(vec![between(&base, head, format!("it is what merge request {number} would bring"))?])
}
