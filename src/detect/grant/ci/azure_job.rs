//! Azure Pipelines: how deployments start, and the environments that they are in.

use std::collections::HashSet;

use super::pipeline::{Power, Refs, Start, behind, is_deployment, is_trial, whole};
use crate::detect::grant::{Grant, Input};
use crate::document::Node;

/// Tasks that wait for a person.
const GATES: [&str; 2] = ["ManualValidation", "ManualIntervention"];
/// Expressions inside of expressions that are looked into.
const MOST_LEVELS: usize = 8;

/// One job.
struct Job<'d> {
    /// Its stage and its own name.
    full: String,
    name: &'d str,
    body: Node<'d>,
    stage: Option<usize>,
    /// True if a test on the branch, the tag or the reason stands around it.
    is_limited: bool,
}

/// One stage.
struct Stage<'d> {
    name: &'d str,
    body: Node<'d>,
}

/// One file.
pub(super) struct File<'d> {
    pub(super) root: Node<'d>,
    /// True for what other pipelines include: when it runs is said there.
    pub(super) is_template: bool,
    stages: Vec<Stage<'d>>,
    jobs: Vec<Job<'d>>,
}

impl<'d> File<'d> {
    /// The file, if it is a map.
    pub(super) fn of(input: &'d Input<'_>) -> Option<Self> {
        let root = input.yaml().root().filter(|root| root.is_map())?;
        let is_template = root.has("parameters") && !root.has("trigger") && !root.has("pr");
        let mut file = Self { root, is_template, stages: Vec::new(), jobs: Vec::new() };
        for (body, test) in items(root.get("stages")) {
            let Some(name) = body.get("stage").and_then(Node::text) else { continue };
            let is_limited = test || has_test(body);
            file.stages.push(Stage { name, body });
            file.add(Some((file.stages.len() - 1, name)), body, is_limited);
        }
        file.add(None, root, false);
        Some(file)
    }

    fn add(&mut self, stage: Option<(usize, &str)>, holder: Node<'d>, is_limited: bool) {
        for (body, test) in items(holder.get("jobs")) {
            let Some(name) = ["deployment", "job"].iter().find_map(|key| body.get(key)).and_then(Node::text) else {
                continue;
            };
            let full = stage.map_or_else(|| name.to_owned(), |(_, stage)| format!("{stage}/{name}"));
            let is_limited = is_limited || test || has_test(body);
            self.jobs.push(Job { full, name, body, stage: stage.map(|(at, _)| at), is_limited });
        }
    }

    /// Stages that somebody starts, or that wait for one with a task that waits for a person.
    fn waiting_stages(&self) -> HashSet<&'d str> {
        let with_gate = self.jobs.iter().filter(|job| has_gate(job.body)).filter_map(|job| self.stages.get(job.stage?));
        let by_hand = self.stages.iter().filter(|stage| stage.body.get("trigger").is_some_and(|t| t.is("manual")));
        let by_hand: Vec<&str> = by_hand.map(|stage| stage.name).collect();
        let gates: Vec<&str> = with_gate.map(|stage| stage.name).chain(by_hand.iter().copied()).collect();
        let waits = self.stages.iter().enumerate().flat_map(|(at, stage)| {
            let before = at.checked_sub(1).and_then(|at| self.stages.get(at)).map(|stage| stage.name);
            let first: Vec<&str> = match stage.body.get("dependsOn") {
                Some(named) => named.texts().collect(),
                None => before.into_iter().collect(),
            };
            first.into_iter().map(move |first| (first, stage.name))
        });
        behind(gates, waits).into_iter().chain(by_hand).collect()
    }

    /// Places of jobs that wait for one in the same stage with such a task.
    fn waiting_jobs(&self) -> HashSet<&str> {
        let gates = self.jobs.iter().filter(|job| has_gate(job.body)).map(|job| job.full.as_str()).collect();
        let known: HashSet<&str> = self.jobs.iter().map(|job| job.full.as_str()).collect();
        let waits = self.jobs.iter().flat_map(|job| {
            let prefix = &job.full[..job.full.len() - job.name.len()];
            let first = job.body.get("dependsOn").into_iter().flat_map(Node::texts);
            let first = first.filter_map(|name| known.get(format!("{prefix}{name}").as_str()).copied());
            first.map(|first| (first, job.full.as_str())).collect::<Vec<_>>()
        });
        behind(gates, waits)
    }
}

/// The items of a list, and those of expressions in it, with true where an expression tests the branch.
fn items(list: Option<Node<'_>>) -> Vec<(Node<'_>, bool)> {
    let mut out = Vec::new();
    let mut todo: Vec<(Node<'_>, bool, usize)> =
        list.into_iter().flat_map(Node::items).map(|item| (item, false, 0)).collect();
    todo.reverse();
    while let Some((item, test, level)) = todo.pop() {
        let inner = item.entries().into_iter().find(|(key, _)| key.text().is_some_and(|key| key.starts_with("${{")));
        match inner {
            Some((key, list)) if level < MOST_LEVELS => {
                let test = test || key.text().is_some_and(tests_branch);
                let mut items: Vec<_> = list.items().map(|item| (item, test, level + 1)).collect();
                items.reverse();
                todo.extend(items);
            }
            _ => out.push((item, test)),
        }
    }
    out
}

fn tests_branch(condition: &str) -> bool {
    let folded = condition.to_ascii_lowercase();
    folded.contains("branch") || folded.contains("build.reason") || folded.contains("refs/")
}

fn has_test(holder: Node<'_>) -> bool {
    holder.get("condition").and_then(Node::text).is_some_and(tests_branch)
}

fn has_gate(job: Node<'_>) -> bool {
    let tasks = job.get("steps").into_iter().flat_map(Node::items).filter_map(|step| step.get("task")?.text());
    tasks.into_iter().any(|task| GATES.contains(&task.split('@').next().unwrap_or_default()))
}

/// How pushes start the pipeline.
fn pushes(root: Node<'_>) -> (Start, Refs) {
    let Some(trigger) = root.get("trigger") else { return (Start::ByItself, Refs::Any) };
    let pipelines = root.path(&["resources", "pipelines"]).into_iter().flat_map(Node::items);
    let is_called = root.has("schedules") || pipelines.into_iter().any(|pipeline| pipeline.has("trigger"));
    if trigger.is("none") {
        // Whoever may queue it names the branch, and so do schedules.
        return (if is_called { Start::ByItself } else { Start::ByHand }, Refs::Some);
    }
    let branches = trigger.get("branches");
    let named = branches.map_or(Some(trigger).filter(|_| !trigger.is_map()), |branches| branches.get("include"));
    let is_limited = named.is_some_and(|named| !named.texts().any(|name| name == "*"));
    // Tags alone leave the branches out.
    let is_limited = is_limited || (branches.is_none() && trigger.has("tags"));
    (Start::ByItself, if is_limited { Refs::Some } else { Refs::Any })
}

/// How every deployment of the file starts.
pub(super) fn deployments(file: &File<'_>, power: &mut Power) {
    let (start, refs) = pushes(file.root);
    let (stages, jobs) = (file.waiting_stages(), file.waiting_jobs());
    for job in &file.jobs {
        let target = job.body.get("environment").and_then(name_of).unwrap_or_default();
        let is_one = (job.body.has("deployment") || is_deployment(job.name)) && !is_trial(job.name);
        if !is_one || is_trial(target) {
            continue;
        }
        let stage = job.stage.and_then(|at| file.stages.get(at));
        let waits = jobs.contains(job.full.as_str()) || stage.is_some_and(|stage| stages.contains(stage.name));
        let start = if waits { Start::ByHand } else { start };
        let refs = if job.is_limited { Refs::Some } else { refs };
        let places = ["condition", "dependsOn", "deployment", "job"].iter().find_map(|key| job.body.entry(key));
        power.deployment(&job.full, target, start, refs, places.map_or(job.body.span(), whole));
    }
}

/// The environment of every job.
pub(super) fn environments(file: &File<'_>) -> Vec<Grant> {
    let mut power = Power::new();
    for job in &file.jobs {
        match job.body.entry("environment") {
            Some(entry) => power.environment(&job.full, Some(name_of(entry.1).unwrap_or("?")), whole(entry)),
            None => power.environment(&job.full, None, job.body.span()),
        }
    }
    power.done()
}

fn name_of(environment: Node<'_>) -> Option<&str> {
    environment.text().or_else(|| environment.get("name")?.text())
}
