//! CircleCI: orbs, contexts, machines, and what waits for an approval.

use super::pipeline::{self, KEEPS, Power, Refs, SOURCE, Start, is_deployment, is_trial, whole};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// The configuration, and what a first job may continue with.
///
/// A workflow's job starts by itself once those it requires are done; one of `type: approval` is done when somebody says
/// so. Without `filters` a job runs for every branch and no tag. Versions of orbs never change, shorter ones name the
/// newest that begins so, `volatile` names the newest of all and `dev:` versions can be overwritten. Source:
/// "Configuration reference" and "Orbs introduction" in CircleCI's documentation.
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

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let mut power = Power::new();
    for (_, orb) in root.get("orbs").map(Node::entries).unwrap_or_default() {
        self::orb(orb, &mut power);
    }
    if let Some(entry) = root.entry("setup").filter(|(_, value)| value.is_true()) {
        let what = Reach::one("a configuration that its first job writes");
        power.add(Grant::allow(SOURCE, pipeline::pipeline(), what, Severity::Low).level(1, "runs").at(whole(entry)));
    }
    for node in root.walk().filter(|node| node.is_map()) {
        for image in node.get("docker").into_iter().flat_map(Node::items).filter_map(|item| item.get("image")) {
            image.text().filter(|text| !text.contains("<<")).into_iter().for_each(|t| power.image(t, image.span()));
        }
        // Classes with a namespace are somebody's own runners.
        let class = node.entry("resource_class").filter(|(_, class)| class.text().is_some_and(is_own));
        class.into_iter().for_each(|entry| power.machine(KEEPS, Severity::Medium, whole(entry)));
    }
    for (_, workflow) in root.get("workflows").map(Node::entries).unwrap_or_default() {
        self::workflow(workflow, &mut power);
    }
    power.done()
}

fn is_own(class: &str) -> bool {
    class.contains('/') && !class.contains("<<")
}

fn orb(orb: Node<'_>, power: &mut Power) {
    let Some((name, version)) = orb.text().and_then(|text| text.split_once('@')) else { return };
    let (rank, said) = match version {
        _ if version.contains("<<") => return,
        "volatile" => (3, "the newest of all"),
        _ if version.starts_with("dev:") => (3, "a version that is overwritten"),
        _ => match version.split('.').count() {
            1 => (2, "the newest of its major version"),
            2 => (1, "the newest of its minor version"),
            _ => (0, "one version"),
        },
    };
    let severity = if rank > 1 { Severity::Medium } else { Severity::Low };
    let owner = Subject::new("the owner of orb", name);
    let grant = Grant::allow(SOURCE, owner, Reach::one("what runs here"), severity);
    power.add(grant.level(rank, said).at(orb.span()));
    let namespace = name.split('/').next().unwrap_or(name);
    let severity = if namespace == "circleci" { Severity::Low } else { Severity::Medium };
    power.publisher(&format!("orbs of {namespace}"), severity, orb.span());
}

/// A job of a workflow: what it is called there, the key that names it, its settings.
struct Step<'d> {
    name: &'d str,
    id: Node<'d>,
    body: Option<Node<'d>>,
}

impl<'d> Step<'d> {
    fn of(item: Node<'d>) -> Option<Self> {
        if let Some(name) = item.text() {
            return Some(Self { name, id: item, body: None });
        }
        let (id, body) = item.entries().into_iter().next()?;
        let name = body.get("name").and_then(Node::text).or(id.text())?;
        Some(Self { name, id, body: Some(body) })
    }

    fn get(&self, key: &str) -> Option<Node<'d>> {
        self.body?.get(key)
    }

    /// What it waits for: names, or maps from a name to results.
    fn requires(&self) -> impl Iterator<Item = &'d str> {
        let all = self.get("requires").into_iter().flat_map(Node::items);
        all.filter_map(|item| item.text().or_else(|| item.entries().first()?.0.text()))
    }

    fn refs(&self) -> Refs {
        let Some(filters) = self.get("filters") else { return Refs::Any };
        let is_open = |text: &str| matches!(text, "/.*/" | "/^.*$/" | "/.+/");
        let branches = filters.get("branches");
        let limits = |key| branches.and_then(|branches| branches.get(key)).filter(|only| !only.texts().any(is_open));
        let has_no_branch = branches.and_then(|b| b.get("ignore")).is_some_and(|out| out.texts().any(is_open));
        let is_test = filters.text().is_some_and(|text| text.contains("pipeline.git"));
        let is_limited = limits("only").is_some() || limits("ignore").is_some() || has_no_branch || is_test;
        if is_limited { Refs::Some } else { Refs::Any }
    }
}

fn workflow(workflow: Node<'_>, power: &mut Power) {
    let steps: Vec<Step<'_>> = workflow.get("jobs").into_iter().flat_map(Node::items).filter_map(Step::of).collect();
    for context in steps.iter().filter_map(|step| step.get("context")).flat_map(Node::one_or_many) {
        let name = context.text().filter(|text| !text.contains("<<"));
        name.into_iter().for_each(|name| power.secret(&format!("context {name}"), Severity::Medium, context.span()));
    }
    // What a parameter decides is not known here.
    let test = workflow.get("when").or_else(|| workflow.get("unless")).map(|test| test.canonical());
    if test.as_ref().is_some_and(|test| !test.contains("pipeline.git")) {
        return;
    }
    let gates = steps.iter().filter(|step| is_approval(step)).map(|step| step.name).collect();
    let waits = steps.iter().flat_map(|step| step.requires().map(move |name| (name, step.name)));
    let waiting = pipeline::behind(gates, waits);
    for step in steps.iter().filter(|step| !is_trial(step.name) && !is_approval(step)) {
        let start = if waiting.contains(step.name) { Start::ByHand } else { Start::ByItself };
        let refs = if test.is_some() { Refs::Some } else { step.refs() };
        let refs = if is_deployment(step.name) { refs } else { Refs::Any };
        let at = step.body.and_then(|body| body.entry("requires").or(body.entry("filters"))).map(whole);
        power.deployment(step.name, "", start, refs, at.unwrap_or(step.id.span()));
    }
}

fn is_approval(step: &Step<'_>) -> bool {
    step.get("type").is_some_and(|kind| kind.is("approval"))
}
