//! CircleCI: orbs, contexts, machines, and how deployments start.

use std::collections::HashMap;

use super::pipeline::{Pin, Power, Refs, Start, is_deployment, whole};
use crate::detect::grant::{Grant, Input, Newcomers, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Pipelines of CircleCI.
///
/// A whole version of an orb never changes; `volatile`, a development version, or one with fewer than three numbers
/// follows what its owner publishes. A job waits for a person only behind one of `type: approval`. A class of
/// resources with a `/` in its name is a machine of one's own. Source: "Configuration reference" and "Orb versioning" in
/// CircleCI's documentation.
pub(in crate::detect::grant) static CIRCLE: Surface = Surface {
    files: &[".circleci/**/*.{yml,yaml}"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Jobs on the way from a deployment back to an approval at most.
const MOST_STEPS: usize = 1000;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut power = Power::new();
    for root in input.yaml().roots().filter(|root| root.is_map()) {
        for (_, orb) in root.get("orbs").map(Node::entries).unwrap_or_default() {
            self::orb(orb, &mut power);
        }
        for key in ["jobs", "executors"] {
            for (_, body) in root.get(key).map(Node::entries).unwrap_or_default() {
                machine(body, &mut power);
            }
        }
        for (_, workflow) in root.get("workflows").map(Node::entries).unwrap_or_default() {
            self::workflow(workflow, &mut power);
        }
        if let Some(entry) = root.entry("setup").filter(|(_, value)| value.is_true()) {
            power.publisher("a job that writes the pipeline", Severity::Low, whole(entry));
        }
    }
    power.done()
}

fn orb(orb: Node<'_>, power: &mut Power) {
    let Some((name, version)) = orb.text().and_then(|text| text.split_once('@')) else { return };
    let is_whole = version.split('.').count() == 3 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let pin = if is_whole || version.contains("<<") { Pin::Fixed } else { Pin::Branch };
    let owner = name.split_once('/').map_or(name, |(owner, _)| owner);
    power.publisher(&format!("orbs of {owner}"), Severity::Medium, orb.span());
    power.source(name, pin, Severity::Medium, orb.span());
}

fn machine(body: Node<'_>, power: &mut Power) {
    for image in body.get("docker").into_iter().flat_map(Node::items).filter_map(|one| one.get("image")) {
        // A parameter is decided elsewhere.
        if let Some(text) = image.text().filter(|text| !text.contains("<<")) {
            power.image(text, image.span());
        }
    }
    let class = body.entry("resource_class");
    if let Some(entry) = class.filter(|(_, value)| value.text().is_some_and(|text| text.contains('/'))) {
        let what = format!("machines of its own ({})", entry.1.text().unwrap_or_default());
        power.machine(&what, Severity::Medium, whole(entry));
    }
}

/// One job of a workflow.
struct Job<'d> {
    name: &'d str,
    /// What it runs; the name of the job, or of an orb's.
    runs: &'d str,
    id: Node<'d>,
    body: Option<Node<'d>>,
}

impl<'d> Job<'d> {
    fn of(item: Node<'d>) -> Option<Self> {
        if let Some(runs) = item.text() {
            return Some(Self { name: runs, runs, id: item, body: None });
        }
        let (id, body) = item.entries().into_iter().next()?;
        let runs = id.text()?;
        let name = body.get("name").and_then(Node::text).unwrap_or(runs);
        Some(Self { name, runs, id, body: Some(body) })
    }

    fn get(&self, key: &str) -> Option<Node<'d>> {
        self.body?.get(key)
    }

    fn requires(&self) -> impl Iterator<Item = &'d str> {
        self.get("requires").into_iter().flat_map(Node::one_or_many).filter_map(|one| {
            let key = one.entries().into_iter().next().and_then(|(key, _)| key.text());
            one.text().or(key)
        })
    }

    fn is_approval(&self) -> bool {
        self.get("type").is_some_and(|kind| kind.is("approval"))
    }
}

fn workflow(workflow: Node<'_>, power: &mut Power) {
    let jobs: Vec<Job<'_>> = workflow.get("jobs").into_iter().flat_map(Node::items).filter_map(Job::of).collect();
    let by_name: HashMap<&str, &Job<'_>> = jobs.iter().map(|job| (job.name, job)).collect();
    for job in &jobs {
        for context in job.get("context").into_iter().flat_map(Node::one_or_many) {
            if let Some(name) = context.text().filter(|name| !name.contains("<<")) {
                power.secret(&format!("context {name}"), Severity::Medium, context.span());
            }
        }
        if job.is_approval() || !(is_deployment(job.name) || is_deployment(job.runs)) {
            continue;
        }
        let start = if waits(job, &by_name) { Start::ByHand } else { Start::ByItself };
        let named = job.get("filters").is_some_and(|filters| {
            ["branches", "tags"].iter().any(|key| filters.get(key).is_some_and(|refs| refs.has("only")))
        });
        let refs = if named { Refs::Some } else { Refs::Any };
        power.deployment(job.name, "", start, refs, job.id.span());
    }
}

/// True if an approval stands somewhere before `job`.
fn waits(job: &Job<'_>, by_name: &HashMap<&str, &Job<'_>>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut todo: Vec<&str> = job.requires().collect();
    while let Some(name) = todo.pop() {
        let Some(before) = by_name.get(name).filter(|_| !seen.contains(&name) && seen.len() < MOST_STEPS) else {
            continue;
        };
        if before.is_approval() {
            return true;
        }
        seen.push(name);
        todo.extend(before.requires());
    }
    false
}
