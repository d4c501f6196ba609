//! Guard rails of workflows: waiting deployments, questions about who acts, limits on connections.

use std::collections::{HashMap, HashSet};

use super::pipeline::{is_deployment, whole};
use super::trigger::gets_strangers_code;
use super::workflow::{self, Job, is_risky, jobs, literal};
use crate::detect::grant::logic::{self, Parts, SIGNS};
use crate::detect::grant::{Condition, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// What stands between a change and what it could do.
///
/// A job waits for those it needs, and runs if its condition holds. Harden-Runner lets through what is listed if its
/// `egress-policy` is `block`. Source: "Workflow syntax" in GitHub's documentation, the
/// readme of `step-security/harden-runner`.
pub(in crate::detect::grant) static GUARD: Surface = Surface {
    files: workflow::FILES,
    marks: &["jobs"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: false,
};

const ORDER: &str = "workflow-order";
const WHO: &str = "workflow-actor";
const EGRESS: &str = "workflow-egress";

/// Words of names of jobs that look at a change.
const LOOKS: [&str; 16] = [
    "test", "tests", "lint", "check", "checks", "verify", "validate", "e2e", "scan", "security", "audit", "approve",
    "approval", "gate", "qa", "ci",
];
/// Words of conditions that say who acts.
const ACTS: [&str; 8] = [
    "github.actor",
    "github.triggering_actor",
    "author_association",
    ".user.login",
    ".sender.login",
    "head.repo",
    "head_repository",
    "event.label",
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let jobs = jobs(root);
    let mut out = Vec::new();
    order(input, &jobs, &mut out);
    for job in &jobs {
        egress(*job, &mut out);
        who(root, *job, &mut out);
    }
    out
}

/// Jobs that deploy, and those that look at the change first.
fn order(input: &Input<'_>, jobs: &[Job<'_>], out: &mut Vec<Grant>) {
    let by_name: HashMap<&str, Job<'_>> = jobs.iter().map(|job| (job.name, *job)).collect();
    let others: HashSet<&str> = input.other.lines().filter_map(|line| line.trim().split(':').next()).collect();
    for job in jobs.iter().filter(|job| is_deployment(job.name)) {
        let subject = Subject::new("deployment", job.name);
        out.push(Grant::allow(ORDER, subject.clone(), Reach::one("-"), Severity::Low).level(0, "no"));
        let at = job.body.entry("needs").map_or(job.id.span(), whole);
        for first in before(*job, &by_name).into_iter().filter(|first| looks(first) && others.contains(first)) {
            let what = Reach::one(format!("a start before {} is done", literal(first)));
            out.push(Grant::deny(ORDER, subject.clone(), what, Severity::High).at(at.clone()));
        }
    }
}

/// Every job that is done before this one starts.
fn before<'d>(job: Job<'d>, by_name: &HashMap<&str, Job<'d>>) -> HashSet<&'d str> {
    let (mut todo, mut out) = (vec![job.body], HashSet::new());
    while let Some(body) = todo.pop() {
        for name in body.get("needs").into_iter().flat_map(Node::texts) {
            if out.insert(name) {
                todo.extend(by_name.get(name).map(|job| job.body));
            }
        }
    }
    out
}

fn looks(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| LOOKS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Where connections of a job may go, if that is known.
fn egress(job: Job<'_>, out: &mut Vec<Grant>) {
    if job.body.has("uses") {
        return;
    }
    let subject = || Subject::new("job", job.name);
    let allow = |host: String, severity| Grant::allow(EGRESS, subject(), Reach::one(host), severity);
    let uses = |step: &Node<'_>| step.get("uses").and_then(Node::text).is_some_and(is_hardener);
    let step = job.steps().find(uses);
    let policy = step.and_then(|step| step.path(&["with", "egress-policy"]));
    match (step, policy.and_then(Node::text)) {
        (None, _) => out.push(allow("a connection to *".to_owned(), Severity::High).at(job.id.span())),
        (Some(_), Some("audit")) => {
            let at = policy.map_or(job.id.span(), Node::span);
            out.push(allow("a connection to *".to_owned(), Severity::High).level(1, "only noted").at(at));
        }
        (Some(step), Some("block")) => {
            out.push(allow("-".to_owned(), Severity::Low).level(0, "blocked"));
            let listed = step.path(&["with", "allowed-endpoints"]);
            for host in listed.and_then(Node::text).unwrap_or_default().split([' ', '\n', ',']) {
                let host = host.trim().to_ascii_lowercase();
                let at = listed.map_or(step.span(), Node::span);
                out.extend(
                    (!host.is_empty()).then(|| allow(format!("a connection to {host}"), Severity::Medium).at(at)),
                );
            }
        }
        // What its default is depends on its version, or on a policy that is kept elsewhere.
        (Some(_), _) => {}
    }
}

fn is_hardener(uses: &str) -> bool {
    uses.to_ascii_lowercase().starts_with("step-security/harden-runner@")
}

/// Who may cause a job's run with the repository's power.
fn who(root: Node<'_>, job: Job<'_>, out: &mut Vec<Grant>) {
    // What needs another job may have it ask; a checkout of strangers' code is judged with its trigger.
    let is_judged = is_risky(root) && !job.body.has("needs") && !gets_strangers_code(job);
    let has_power = job.may_write(root) || job.secrets().next().is_some();
    if !is_judged || !has_power {
        return;
    }
    let condition = job.body.entry("if");
    let text = condition.and_then(|(_, value)| value.text()).unwrap_or_default();
    let mut tests: Parts = logic::parts(&tokens(text), SIGNS);
    tests.retain(|any| any.iter().all(|atom| ACTS.iter().any(|word| atom.contains(word))));
    let subject = Subject::new("whoever causes job", job.name);
    let mut grant = Grant::allow(WHO, subject, Reach::one("a run"), Severity::High);
    if !tests.is_empty() {
        let shown = Some("its condition says who".to_owned());
        grant.conditions.push(Condition { test: "who".into(), values: Reach::Passing(tests), shown });
    }
    out.push(grant.at(condition.map_or(job.id.span(), whole)));
}

/// A condition cut into words and signs; what stands in quotes stays whole.
fn tokens(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut is_quoted = false;
    let bare = text.trim().trim_start_matches("${{").trim_end_matches("}}");
    for c in bare.chars() {
        is_quoted ^= c == '\'';
        let is_edge = !is_quoted && (c.is_whitespace() || matches!(c, '(' | ')'));
        if is_edge {
            out.push(if c.is_whitespace() { String::new() } else { c.to_string() });
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out.retain(|token| !token.is_empty());
    out
}
