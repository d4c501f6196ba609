//! Systems that build for forges of others: each tells the head, and of pull requests the branch that is built against.

use super::{Answer, Built, CiError, Surroundings, between, branch};

/// Why a push is not compared with what was there before.
const NO_OLD_SIDE: &str = "nothing tells where the branch stood before (`--base` can)";

/// What a request to merge into `target` would bring.
fn request(target: (&str, &str), head: &str, number: &str) -> Result<Vec<Answer>, CiError> {
    let base = branch(target.0, target.1)?;
    super::request(&base, None, head, &format!("it is what pull request {number} would bring"))
}

pub(super) fn azure(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    around.need("BUILD_SOURCEVERSION")?;
    let built = around.commit("BUILD_SOURCEVERSION")?.unwrap_or_default();
    let reason = around.get("BUILD_REASON").unwrap_or_default();
    if reason == "PullRequest" {
        // What is built is a merge; what was pushed is told beside it.
        let name = "SYSTEM_PULLREQUEST_TARGETBRANCH";
        let head = around.commit("SYSTEM_PULLREQUEST_SOURCECOMMITID")?.unwrap_or(built);
        let number =
            around.get("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER").or(around.get("SYSTEM_PULLREQUEST_PULLREQUESTID"));
        return request((name, around.need(name)?), &head, number.unwrap_or("?"));
    }
    let built = Built::of(&built);
    match reason {
        "IndividualCI" | "BatchedCI" => around.without_base(&built, NO_OLD_SIDE),
        other => built.whole(&format!("a run for the reason `{other}` brings no change")),
    }
}

pub(super) fn circle(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    around.need("CIRCLE_SHA1")?;
    let head = around.commit("CIRCLE_SHA1")?.unwrap_or_default();
    around.without_base(&Built::of(&head), NO_OLD_SIDE)
}

pub(super) fn bitbucket(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    around.need("BITBUCKET_COMMIT")?;
    let head = around.commit("BITBUCKET_COMMIT")?.unwrap_or_default();
    match around.get("BITBUCKET_PR_ID") {
        Some(number) => {
            // The commit of the other side is told in short, and a short id can be the name of a branch.
            let name = "BITBUCKET_PR_DESTINATION_BRANCH";
            request((name, around.need(name)?), &head, number)
        }
        None => around.without_base(&Built::of(&head), NO_OLD_SIDE),
    }
}

pub(super) fn buildkite(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    // A build that somebody starts by hand may name no commit yet.
    let head = match around.need("BUILDKITE_COMMIT")? {
        "HEAD" => "HEAD".to_owned(),
        _ => around.commit("BUILDKITE_COMMIT")?.unwrap_or_default(),
    };
    if let Some(number) = around.get("BUILDKITE_PULL_REQUEST").filter(|value| *value != "false") {
        let name = "BUILDKITE_PULL_REQUEST_BASE_BRANCH";
        return request((name, around.need(name)?), &head, number);
    }
    let main = around.get("BUILDKITE_PIPELINE_DEFAULT_BRANCH");
    let built = Built { head: &head, branch: around.get("BUILDKITE_BRANCH"), main };
    if let Some(name) = around.get("BUILDKITE_TAG") {
        return built.tag(name);
    }
    match built.branch {
        _ if around.get("BUILDKITE_SOURCE") == Some("schedule") => built.whole("a schedule brings no change"),
        Some(name) if main.is_some_and(|main| main != name) => built.moved(None, name),
        _ => around.without_base(&built, NO_OLD_SIDE),
    }
}

pub(super) fn jenkins(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    let head = around.commit("GIT_COMMIT")?.unwrap_or_else(|| "HEAD".into());
    if let Some(target) = around.get("CHANGE_TARGET") {
        return request(("CHANGE_TARGET", target), &head, around.get("CHANGE_ID").unwrap_or("?"));
    }
    let built = Built::of(&head);
    // The last commit that went through: one whose build failed is looked at again.
    if let Some(before) = around.commit("GIT_PREVIOUS_SUCCESSFUL_COMMIT")? {
        let why = "it is what came since the last build that went through".to_owned();
        let mut answers = vec![between(&before, &head, why)?];
        answers.extend(built.whole("the last build that went through is not in this clone")?);
        return Ok(answers);
    }
    around.without_base(&built, NO_OLD_SIDE)
}
