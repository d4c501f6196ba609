//! GitLab CI/CD: variables tell what happened.

use super::{Answer, Built, CiError, Counts, Surroundings, between, branch, is_nothing, request};

pub(super) fn answers(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    around.need("CI_COMMIT_SHA")?;
    let head = around.commit("CI_COMMIT_SHA")?.unwrap_or_default();
    if let Some(number) = around.get("CI_MERGE_REQUEST_IID") {
        return merge_request(around, &head, number);
    }
    if let Some(base) = around.commit("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA")? {
        let head = around.commit("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA")?.unwrap_or(head);
        let why = "it is what the pull request would bring";
        return match around.get("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME") {
            Some(name) => request(&branch("the target branch", name)?, Some(&base), &head, why),
            None => Ok(vec![between(&base, &head, why.into())?]),
        };
    }
    let own = around.get("CI_COMMIT_BRANCH");
    let built = Built { head: &head, branch: own, main: around.get("CI_DEFAULT_BRANCH") };
    if let Some(name) = around.get("CI_COMMIT_TAG") {
        return built.tag(name);
    }
    let before = around.get("CI_COMMIT_BEFORE_SHA").filter(|before| !is_nothing(before));
    let before = before.map(|before| super::commit("CI_COMMIT_BEFORE_SHA", before)).transpose()?;
    match around.get("CI_PIPELINE_SOURCE") {
        // What starts by the clock or by hand names no old side.
        Some(source) if source != "push" && before.is_none() => {
            built.whole(&format!("a pipeline from `{source}` brings no change"))
        }
        _ => built.moved(before.as_deref(), around.need("CI_COMMIT_BRANCH")?),
    }
}

/// In a pipeline of merged results the commit that is built is a merge, which exists nowhere else; the head is told apart,
/// and so is where the target branch stands. Any other pipeline tells the merge base alone, and after a change of target it
/// may be that of the old one: it is the last resort.
fn merge_request(around: &Surroundings, built: &str, number: &str) -> Result<Vec<Answer>, CiError> {
    let head = around.commit("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA")?;
    let head = head.as_deref().unwrap_or(built);
    let target = around.commit("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")?;
    let why = format!("it is what merge request {number} would bring");
    let mut answers = Vec::new();
    if let Some(name) = around.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") {
        let fresh = target.clone().map_or(Counts::IfThere, Counts::IfFresh);
        let name = branch("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", name)?;
        answers.push(between(&name, head, why.clone())?.counting(fresh));
    }
    if let Some(target) = target {
        answers.push(between(&target, head, why)?.counting(Counts::IfThere));
    }
    around.need("CI_MERGE_REQUEST_DIFF_BASE_SHA")?;
    let base = around.commit("CI_MERGE_REQUEST_DIFF_BASE_SHA")?.unwrap_or_default();
    let why = format!(
        "it is what merge request {number} has brought since it left its target, of which no more is known here"
    );
    answers.push(between(&base, head, why)?);
    Ok(answers)
}
