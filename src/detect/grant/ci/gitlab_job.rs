//! GitLab CI: how deployments start, and the environments that stand around jobs.

use std::collections::HashMap;

use super::pipeline::{Power, Refs, Start, is_deployment, whole};
use crate::detect::grant::{Grant, Input};
use crate::document::Node;

/// Keys at the top that are no jobs.
const NO_JOBS: [&str; 12] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
    "types",
];
/// Bodies that one job takes keys from at most.
const MOST_BODIES: usize = 32;

/// One job, hidden ones too.
pub(super) struct Job<'d> {
    pub(super) name: &'d str,
    pub(super) id: Node<'d>,
    pub(super) body: Node<'d>,
}

/// One file.
pub(super) struct File<'d> {
    pub(super) root: Node<'d>,
    pub(super) jobs: Vec<Job<'d>>,
    places: HashMap<&'d str, usize>,
}

impl<'d> File<'d> {
    /// The document that holds the jobs; a header with a `spec` may stand before it.
    pub(super) fn of(input: &'d Input<'_>) -> Option<Self> {
        let root = input.yaml().roots().find(|root| root.is_map() && !root.has("spec"))?;
        let named = root.entries().into_iter().filter_map(|(id, body)| Some(Job { name: id.text()?, id, body }));
        let jobs: Vec<Job<'_>> = named.filter(|job| job.body.is_map() && !NO_JOBS.contains(&job.name)).collect();
        let places = jobs.iter().enumerate().map(|(at, job)| (job.name, at)).collect();
        Some(Self { root, jobs, places })
    }

    /// The job with what it extends.
    fn chain(&self, job: &Job<'d>) -> Chain<'d> {
        let mut chain = Chain { bodies: Vec::new(), is_whole: true };
        let mut todo = vec![job.body];
        while let Some(body) = todo.pop() {
            if chain.bodies.len() >= MOST_BODIES {
                chain.is_whole = false;
                break;
            }
            chain.bodies.push(body);
            // What is named last counts first, and stands on top of the stack.
            for base in body.get("extends").into_iter().flat_map(Node::texts) {
                match self.places.get(base).and_then(|at| self.jobs.get(*at)) {
                    Some(base) => todo.push(base.body),
                    None => chain.is_whole = false,
                }
            }
        }
        chain
    }
}

/// A job's own keys, and those of what it extends.
struct Chain<'d> {
    bodies: Vec<Node<'d>>,
    /// False where a part of it stands in another file.
    is_whole: bool,
}

impl<'d> Chain<'d> {
    fn entry(&self, key: &str) -> Option<(Node<'d>, Node<'d>)> {
        self.bodies.iter().find_map(|body| body.entry(key))
    }

    fn get(&self, key: &str) -> Option<Node<'d>> {
        self.entry(key).map(|(_, value)| value)
    }
}

/// How every deployment of the file starts.
pub(super) fn deployments(file: &File<'_>, power: &mut Power) {
    let everywhere = file.root.path(&["workflow", "rules"]).map_or(Refs::Any, |rules| refs_of_rules(rules));
    for job in &file.jobs {
        let chain = file.chain(job);
        let environment = chain.get("environment");
        let target = environment.and_then(name_of).unwrap_or_default();
        let is_one = environment.is_some_and(deploys) || environment.is_none() && is_deployment(job.name);
        if !is_one || target.starts_with("review") {
            continue;
        }
        let Some((start, refs)) = start(&chain) else { continue };
        let at = ["rules", "when", "only"].iter().find_map(|key| job.body.entry(key)).map_or(job.id.span(), whole);
        power.deployment(job.name, target, start, narrower(everywhere, refs), at);
    }
}

/// The environment of every job.
pub(super) fn environments(file: &File<'_>) -> Vec<Grant> {
    let mut power = Power::new();
    for job in &file.jobs {
        let chain = file.chain(job);
        let found = chain.entry("environment");
        let name = found.and_then(|(_, environment)| name_of(environment));
        match found {
            // A hidden job runs nowhere, and what stands elsewhere is not known.
            _ if job.name.starts_with('.') => {}
            None if !chain.is_whole => {}
            Some((_, environment)) if !deploys(environment) || name.is_some_and(|name| name.starts_with("review")) => {}
            Some(entry) => power.environment(job.name, Some(name.unwrap_or("?")), whole(entry)),
            None => power.environment(job.name, None, job.id.span()),
        }
    }
    power.done()
}

fn name_of(environment: Node<'_>) -> Option<&str> {
    environment.text().or_else(|| environment.get("name")?.text())
}

/// False for a job that only looks at its environment or takes it down.
fn deploys(environment: Node<'_>) -> bool {
    environment.get("action").is_none_or(|action| action.is("start"))
}

/// `None` where that is decided in another file.
fn start(chain: &Chain<'_>) -> Option<(Start, Refs)> {
    let when = chain.get("when").and_then(Node::text);
    let of = |when: Option<&str>| match when {
        Some("manual" | "never") => Start::ByHand,
        _ => Start::ByItself,
    };
    let Some(rules) = chain.get("rules") else {
        let is_said = when.is_some() || chain.get("only").is_some();
        return (chain.is_whole || is_said).then(|| (of(when), refs_of_only(chain)));
    };
    if !rules.items().all(Node::is_map) {
        return None;
    }
    let starts = rules.items().map(|rule| of(rule.get("when").and_then(Node::text).or(when)));
    Some((starts.max().unwrap_or(Start::ByHand), refs_of_rules(rules)))
}

fn narrower(one: Refs, other: Refs) -> Refs {
    if one == Refs::Some { one } else { other }
}

/// `Some` if the rules look at the branch, the tag or what started the pipeline.
fn refs_of_rules(rules: Node<'_>) -> Refs {
    for rule in rules.items() {
        let condition = rule.get("if").and_then(Node::text).map(str::trim);
        let is_out = rule.get("when").is_some_and(|when| when.is("never"));
        let is_open = matches!(condition, None | Some("$CI_COMMIT_BRANCH" | "true" | "\"true\""));
        match (is_out, is_open) {
            // What comes after is only for what this leaves.
            (true, false) => return Refs::Some,
            (true, true) => break,
            (false, true) => return Refs::Any,
            (false, false) => {}
        }
    }
    Refs::Some
}

fn refs_of_only(chain: &Chain<'_>) -> Refs {
    let refs = |key: &str| -> Vec<&str> {
        let Some(node) = chain.get(key) else { return Vec::new() };
        node.get("refs").unwrap_or(node).texts().collect()
    };
    let is_open = |name: &&str| matches!(*name, "branches" | "pushes" | "merge_requests" | "/.*/" | "/^.*$/");
    let only = refs("only");
    let has_test = chain.get("only").is_some_and(|only| only.has("variables"));
    let is_limited = has_test || (!only.is_empty() && !only.iter().any(is_open)) || !refs("except").is_empty();
    if is_limited { Refs::Some } else { Refs::Any }
}
