//! GitHub Actions: the event file tells what happened.

use serde::Deserialize;

use super::{Answer, Built, CiError, Surroundings, System, between, branch, commit, is_nothing, nothing, request};

/// What is read of an event; whatever else stands there does not matter.
#[derive(Deserialize)]
struct Event {
    r#ref: Option<String>,
    before: Option<String>,
    after: Option<String>,
    #[serde(default)]
    deleted: bool,
    /// Gitea and Forgejo do not tell.
    forced: Option<bool>,
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    base: Side,
    head: Side,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
    r#ref: Option<String>,
}

#[derive(Deserialize)]
struct MergeGroup {
    base_sha: String,
    head_sha: String,
}

#[derive(Deserialize)]
struct Repository {
    default_branch: Option<String>,
}

pub(super) fn answers(around: &Surroundings) -> Result<Vec<Answer>, CiError> {
    let name = around.need("GITHUB_EVENT_NAME")?;
    match name {
        "push" => push(&event(around)?),
        "merge_group" => {
            let group = event(around)?.merge_group.ok_or_else(|| lacks("merge_group"))?;
            let base = commit("merge_group.base_sha", &group.base_sha)?;
            let head = commit("merge_group.head_sha", &group.head_sha)?;
            Ok(vec![between(&base, &head, "it is what the merge queue would bring".into())?])
        }
        _ if name.starts_with("pull_request") => {
            pull_request(&event(around)?.pull_request.ok_or_else(|| lacks("pull_request"))?)
        }
        _ => {
            let event = event(around).ok();
            let branch = around.get("GITHUB_REF").and_then(|name| name.strip_prefix("refs/heads/"));
            let built = Built { head: "HEAD", branch, main: event.as_ref().and_then(Event::main) };
            built.whole(&format!("the event `{name}` brings no change"))
        }
    }
}

impl Event {
    fn main(&self) -> Option<&str> {
        self.repository.as_ref().and_then(|repository| repository.default_branch.as_deref())
    }
}

/// The event is as old as what it tells, and a job may be run again long after.
fn pull_request(pull: &PullRequest) -> Result<Vec<Answer>, CiError> {
    let base = commit("pull_request.base.sha", &pull.base.sha)?;
    let head = commit("pull_request.head.sha", &pull.head.sha)?;
    let why = format!("it is what pull request {} would bring", pull.number);
    match &pull.base.r#ref {
        Some(name) => request(&branch("pull_request.base.ref", name)?, Some(&base), &head, &why),
        None => Ok(vec![between(&base, &head, why)?]),
    }
}

/// How to bring commits that are missing. With `pull_request_target` the head is nowhere in the clone.
pub(super) fn cure(around: &Surroundings) -> String {
    let plain = System::Github.cure();
    let pull = event(around).ok().and_then(|event| event.pull_request);
    match pull {
        Some(pull) => {
            format!(
                "{plain}, and before this `git fetch --no-tags origin refs/pull/{}/head` if that is not enough",
                pull.number
            )
        }
        None => plain.to_owned(),
    }
}

fn event(around: &Surroundings) -> Result<Event, CiError> {
    let Some(bytes) = &around.event else {
        return Err(CiError("GITHUB_EVENT_PATH names no file, which tells what is built".into()));
    };
    // The message of a parser may quote what it met.
    let wrong = |error: serde_json::Error| {
        CiError(format!("the file of GITHUB_EVENT_PATH is no event (line {}, column {})", error.line(), error.column()))
    };
    serde_json::from_slice(bytes).map_err(wrong)
}

fn lacks(key: &str) -> CiError {
    CiError(format!("the file of GITHUB_EVENT_PATH does not hold `{key}`, which tells what is built"))
}

fn push(event: &Event) -> Result<Vec<Answer>, CiError> {
    let name = event.r#ref.as_deref().ok_or_else(|| lacks("ref"))?;
    let after = event.after.as_deref().ok_or_else(|| lacks("after"))?;
    if event.deleted || is_nothing(after) {
        return Ok(vec![nothing("it was deleted, and nothing came")?]);
    }
    let head = commit("after", after)?;
    let short = name.strip_prefix("refs/heads/").unwrap_or(name);
    let built = Built { head: &head, branch: Some(short), main: event.main() };
    if let Some(tag) = name.strip_prefix("refs/tags/") {
        return built.tag(tag);
    }
    branch("ref", short)?;
    let before = event.before.as_deref().filter(|before| !is_nothing(before));
    let before = before.map(|before| commit("before", before)).transpose()?;
    let mut answers = built.moved(before.as_deref(), short)?;
    if before.is_some() && event.forced == Some(false) {
        // The old side of a plain push is part of its history: if it is missing, something is wrong with the clone.
        answers.pop();
    }
    Ok(answers)
}
