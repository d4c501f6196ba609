//! Who can start a workflow with the repository's own token and secrets, and whose code it then runs.

use super::workflow::{self, Job, jobs, literal};
use crate::detect::grant::{Condition, Grant, Input, Newcomers, Reach, Subject, Surface, World};
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

/// What `pull_request_target` starts for where it does not say.
const TYPES: [&str; 3] = ["opened", "synchronize", "reopened"];
/// Types of events that only members cause: to start for these, too, opens nothing to strangers.
const BY_MEMBERS: [&str; 8] =
    ["labeled", "unlabeled", "assigned", "unassigned", "milestoned", "demilestoned", "locked", "unlocked"];

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
        let mut values: Vec<&str> = filters.and_then(|f| f.get(filter)).into_iter().flat_map(Node::texts).collect();
        if values.is_empty() && filter == "types" && name == "pull_request_target" {
            values.extend(TYPES);
        }
        if values.is_empty() {
            continue;
        }
        let shown = Some(format!("{filter} {}", values.join(", ")));
        if filter == "types" {
            values.extend(BY_MEMBERS);
        }
        // A negated pattern only makes sense beside others; it is compared as it stands.
        let values = Reach::of(values.iter().map(|value| value.replace("**", "*")));
        grant.conditions.push(Condition { test: filter.to_owned(), values, shown });
    }
    Some(grant)
}

/// How surely a step brings in what a stranger wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It names the head of a pull request.
    Head,
    /// An earlier step or job says what to bring in.
    Decided,
}

/// A job that checks out what a stranger wrote, where strangers start it with the repository's power.
fn strangers_code(root: Node<'_>, job: Job<'_>) -> Option<Grant> {
    if !workflow::is_risky(root) {
        return None;
    }
    let steps: Vec<Node<'_>> = job.steps().collect();
    let (at, (origin, reference)) =
        steps.iter().enumerate().find_map(|(at, step)| Some((at, untrusted_checkout(*step)?)))?;
    let has_power = job.may_write(root) || job.secrets().next().is_some();
    let is_run = steps[at..].iter().any(|step| runs_what_lies_there(*step));
    let severity = match (has_power, is_run, origin) {
        (true, true, Origin::Head) => Severity::Critical,
        (true, ..) => Severity::Medium,
        (false, ..) => Severity::Low,
    };
    let what = match (has_power, is_run) {
        (true, true) => "their own code with the token and the secrets",
        (true, false) => "their own files beside the token and the secrets",
        (false, _) => "their own code on the runner",
    };
    let verb = if origin == Origin::Head { "runs" } else { "runs, if an earlier step says so" };
    let who = Subject::new(stranger(root), "");
    let grant = Grant::allow(RUNS, who, Reach::one(what), severity).level(1, verb).at(reference.span());
    match guard(job) {
        Some(condition) => Some(grant.only_if("the job's if", Reach::one(literal(&condition)))),
        None if severity == Severity::Critical => Some(grant.alone(Severity::High)),
        None => Some(grant),
    }
}

/// Who starts it.
fn stranger(root: Node<'_>) -> &'static str {
    let by = |trigger| workflow::has_trigger(root, trigger);
    match (by("pull_request_target"), by("issue_comment")) {
        (true, _) => "whoever opens a pull request",
        (false, true) => "whoever comments",
        (false, false) => "whoever starts the workflow before it",
    }
}

/// True for a job that gets what a stranger wrote: `workflow-untrusted-code` judges it.
pub(super) fn gets_strangers_code(job: Job<'_>) -> bool {
    job.steps().any(|step| untrusted_checkout(step).is_some())
}

/// The place of a step that names what a stranger wrote.
fn untrusted_checkout(step: Node<'_>) -> Option<(Origin, Node<'_>)> {
    let run = step.get("run");
    let fetches = ["gh pr checkout", "hub pr checkout", "refs/pull/", "origin pull/"];
    if let Some(run) = run.filter(|run| run.text().is_some_and(|text| fetches.iter().any(|head| text.contains(head)))) {
        return Some((Origin::Head, run));
    }
    let uses = step.get("uses").and_then(Node::text).unwrap_or_default();
    let with = step.get("with").filter(|_| uses.starts_with("actions/checkout@"))?;
    let origin = |node: &Node<'_>| {
        let text = node.text().unwrap_or_default();
        if HEADS.iter().any(|head| text.contains(head)) {
            return Some(Origin::Head);
        }
        let is_decided = text.contains(".outputs.") && (text.contains("needs.") || text.contains("steps."));
        is_decided.then_some(Origin::Decided)
    };
    ["ref", "repository"].iter().filter_map(|key| with.get(key)).find_map(|node| Some((origin(&node)?, node)))
}

/// True for a step that may execute files of the checkout.
fn runs_what_lies_there(step: Node<'_>) -> bool {
    let is_own = |node: Node<'_>| node.text().is_some_and(|text| text.starts_with("./"));
    if step.get("uses").is_some_and(is_own) {
        return true;
    }
    let run = step.get("run").and_then(Node::text).unwrap_or_default();
    let mut words = run.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '`'));
    words.any(|word| word.starts_with("./") || word.ends_with(".sh") || BUILDERS.contains(&word))
}

/// How expressions and commands name the head of a pull request.
const HEADS: [&str; 6] =
    ["pull_request.head.", "head_ref", "refs/pull/", "workflow_run.head_", "event.number", "issue.number"];
/// Programs that take what to do from files in the folder in which they run.
const BUILDERS: [&str; 45] = [
    "ansible-playbook",
    "ant",
    "bash",
    "bazel",
    "bun",
    "bundle",
    "bunx",
    "cargo",
    "cmake",
    "composer",
    "deno",
    "docker",
    "docker-compose",
    "dotnet",
    "go",
    "gradle",
    "hatch",
    "just",
    "make",
    "meson",
    "mix",
    "mvn",
    "ninja",
    "node",
    "nox",
    "npm",
    "npx",
    "perl",
    "php",
    "pip",
    "pip3",
    "pnpm",
    "poetry",
    "pre-commit",
    "pytest",
    "python",
    "python3",
    "rake",
    "ruby",
    "sbt",
    "sh",
    "task",
    "tox",
    "uv",
    "yarn",
];

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
