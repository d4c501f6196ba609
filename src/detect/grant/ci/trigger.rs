//! Who can start a workflow with the repository's own token and secrets, and whose code it then runs.

use super::workflow::{self, Job, jobs, literal};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Triggers that run with the base repository's power for what a stranger did.
///
/// `pull_request_target`, `workflow_run` and the events of issues give a writable token and secrets, also where a fork
/// caused them. Source: "Events that trigger workflows" in GitHub's documentation.
pub(in crate::detect::grant) static TRIGGER: Surface = Surface {
    files: workflow::FILES,
    marks: &["pull_request_target", "workflow_run", "issue", "discussion"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: false,
};

const STARTS: &str = "workflow-trigger";
const RUNS: &str = "workflow-untrusted-code";

/// Triggers, and how bad it is to add one.
const TRIGGERS: [(&str, Severity); 8] = [
    ("pull_request_target", Severity::High),
    ("workflow_run", Severity::High),
    ("issue_comment", Severity::Medium),
    ("issues", Severity::Medium),
    ("discussion", Severity::Medium),
    ("discussion_comment", Severity::Medium),
    ("pull_request_review", Severity::Low),
    ("pull_request_review_comment", Severity::Low),
];

/// Filters of a trigger: each lets fewer events through.
const FILTERS: [&str; 3] = ["types", "branches", "workflows"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let mut out: Vec<Grant> = TRIGGERS.iter().filter_map(|(name, severity)| starts(root, name, *severity)).collect();
    for job in jobs(root) {
        out.extend(strangers_code(root, job));
    }
    // The workflow itself is there even if nobody of these can start it.
    out.push(anyone(STARTS, Reach::one("-"), Severity::Low).level(0, "no"));
    out
}

fn anyone(rule: &'static str, what: Reach, severity: Severity) -> Grant {
    Grant::allow(rule, Subject::new("anyone", ""), what, severity)
}

fn starts(root: Node<'_>, name: &str, severity: Severity) -> Option<Grant> {
    let (key, on) = root.entry("on")?;
    let (span, filters) = match on.entry(name) {
        Some((trigger, filters)) => (trigger.span(), Some(filters)),
        None => (on.one_or_many().find(|node| node.is(name)).unwrap_or(key).span(), None),
    };
    if !workflow::has_trigger(root, name) {
        return None;
    }
    let what = Reach::one(format!("a run with the repository's secrets, by {name}"));
    let mut grant = anyone(STARTS, what, severity).level(1, "can start it").at(span);
    for filter in FILTERS {
        let values: Vec<&str> = filters.and_then(|f| f.get(filter)).into_iter().flat_map(Node::texts).collect();
        // A negated pattern only makes sense beside others; it is compared as it stands.
        if !values.is_empty() {
            grant = grant.only_if(filter, Reach::of(values.iter().map(|value| value.replace("**", "*"))));
        }
    }
    Some(grant)
}

/// A job that checks out what a stranger wrote, where strangers start it with the repository's power.
fn strangers_code(root: Node<'_>, job: Job<'_>) -> Option<Grant> {
    if !workflow::is_risky(root) {
        return None;
    }
    let reference = job.steps().find_map(untrusted_checkout)?;
    let has_power = job.may_write(root) || job.secrets().next().is_some();
    let severity = if has_power { Severity::Critical } else { Severity::Medium };
    let what = if has_power { "their own code with the token and the secrets" } else { "their own code on the runner" };
    let who = Subject::new("whoever opens a pull request", "");
    let grant = Grant::allow(RUNS, who, Reach::one(what), severity).level(1, "runs").at(reference.span());
    match guard(job) {
        Some(condition) => Some(grant.only_if("the job's if", Reach::one(literal(&condition)))),
        None if has_power => Some(grant.alone(Severity::High)),
        None => Some(grant),
    }
}

/// The `ref` (or `repository`) of a checkout that names the head of a pull request.
fn untrusted_checkout(step: Node<'_>) -> Option<Node<'_>> {
    let heads = ["pull_request.head.", "head_ref", "refs/pull/", "workflow_run.head_", "event.number", "issue.number"];
    let uses = step.get("uses").and_then(Node::text).unwrap_or_default();
    let with = step.get("with").filter(|_| uses.starts_with("actions/checkout@"))?;
    let named = ["ref", "repository"].iter().filter_map(|key| with.get(key));
    named.into_iter().find(|node| node.text().is_some_and(|text| heads.iter().any(|head| text.contains(head))))
}

/// A condition that looks at who asks: it may keep strangers out.
fn guard(job: Job<'_>) -> Option<String> {
    let looks_at = [
        "head.repo.full_name",
        "author_association",
        "github.actor",
        "sender.login",
        "head.repo.fork",
        "head_repository",
    ];
    let condition = job.body.get("if").and_then(Node::text)?;
    looks_at
        .iter()
        .any(|word| condition.contains(word))
        .then(|| condition.split_whitespace().collect::<Vec<_>>().join(" "))
}
