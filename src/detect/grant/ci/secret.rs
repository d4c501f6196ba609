//! Secrets in workflows: which ones are named, handed on whole, or no longer behind an environment.

use std::collections::BTreeMap;

use super::workflow::{self, Job, Secret, is_risky, jobs};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// How far secrets reach.
///
/// `secrets: inherit` and `toJSON(secrets)` hand on all of them, and an index that is computed may read any. Names are the
/// same in either case. What a step writes to `GITHUB_ENV` later steps have, too. An environment can ask for an approval before a job sees
/// its secrets. Source: "Reusing workflows" and "Managing environments for deployment" in GitHub's documentation.
pub(in crate::detect::grant) static SECRET: Surface = Surface {
    files: workflow::FILES,
    marks: &["secrets", "environment"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: false,
};

const REACH: &str = "workflow-secret";
const ENVIRONMENT: &str = "workflow-environment";

/// How far in a job a secret is to be had.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Step,
    Job,
    Workflow,
}

impl Place {
    fn level(self, grant: Grant) -> Grant {
        match self {
            Self::Step => grant.level(1, "in one step"),
            Self::Job => grant.level(2, "in every step"),
            Self::Workflow => grant.level(3, "in every job"),
        }
    }
}

/// What a job reads, each secret once: where it is to be had furthest, and first.
type Reads<'d> = BTreeMap<Secret, (Place, Node<'d>)>;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    // Strangers who can start it are one step from what it reads.
    let severity = if is_risky(root) { Severity::High } else { Severity::Low };
    let mut out = Vec::new();
    for job in jobs(root) {
        let mut reads = Reads::new();
        root.get("env").into_iter().for_each(|env| add(env, Place::Workflow, &mut reads));
        of_job(job, &mut reads);
        let subject = Subject::new("job", job.name);
        out.push(Grant::allow(REACH, subject.clone(), Reach::one("-"), Severity::Low).level(0, "no"));
        for (secret, (place, node)) in reads {
            let (what, severity) = match secret {
                Secret::Named(name) => (format!("secret {name}"), severity),
                Secret::Any => ("secret *".to_owned(), Severity::High),
            };
            let is_all = what == "secret *";
            let grant = place.level(Grant::allow(REACH, subject.clone(), Reach::one(what), severity));
            out.push(if is_all { grant.alone(Severity::Medium) } else { grant }.at(node.span()));
        }
        handed_on(job, &mut out);
        environment(job, &mut out);
    }
    out
}

/// Adds what stands below `node`.
fn add<'d>(node: Node<'d>, place: Place, reads: &mut Reads<'d>) {
    for (node, text) in node.walk().filter_map(|node| Some((node, node.text()?))) {
        workflow::secrets(text).for_each(|secret| keep(secret, place, node, reads));
    }
}

fn keep<'d>(secret: Secret, place: Place, node: Node<'d>, reads: &mut Reads<'d>) {
    let known = reads.entry(secret).or_insert((place, node));
    if known.0 < place {
        *known = (place, node);
    }
}

fn of_job<'d>(job: Job<'d>, reads: &mut Reads<'d>) {
    for (key, value) in job.body.entries() {
        if key.is("steps") {
            value.items().for_each(|step| of_step(step, reads));
        } else if !key.is("environment") {
            let place = if key.is("env") { Place::Job } else { Place::Step };
            add(value, place, reads);
        }
    }
}

/// A step that writes to the environment of those that come after it hands its secrets on.
fn of_step<'d>(step: Node<'d>, reads: &mut Reads<'d>) {
    let hands_on = step.get("run").and_then(Node::text).is_some_and(|run| run.contains("GITHUB_ENV"));
    if !hands_on {
        return add(step, Place::Step, reads);
    }
    for (node, text) in step.walk().filter_map(|node| Some((node, node.text()?))) {
        workflow::all_secrets(text).for_each(|secret| keep(secret, Place::Job, node, reads));
    }
}

fn handed_on(job: Job<'_>, out: &mut Vec<Grant>) {
    let Some((key, value)) = job.body.entry("secrets").filter(|(_, value)| value.is("inherit")) else { return };
    let whom = job.body.get("uses").and_then(Node::text).unwrap_or_default();
    let what = Reach::one("every secret for the workflow that it calls");
    let severity = if whom.starts_with("./") { Severity::Low } else { Severity::High };
    let grant = Grant::allow(REACH, Subject::new("job", job.name), what, severity);
    out.push(grant.level(1, "handed on").at(key.span().start..value.span().end));
}

fn environment(job: Job<'_>, out: &mut Vec<Grant>) {
    let has_secrets = job.secrets().next().is_some() || job.body.has("secrets");
    let Some((key, value)) = job.body.entry("environment").filter(|_| has_secrets) else { return };
    let at = key.span().start..value.span().end;
    let mut deny = |what: String, severity| {
        let grant = Grant::deny(ENVIRONMENT, Subject::new("job", job.name), Reach::one(what), severity);
        out.push(grant.level(1, "in force").at(at.clone()));
    };
    deny("the approval that an environment can ask for".to_owned(), Severity::Medium);
    // One of another name asks somebody else, or nobody.
    let name = value.text().or_else(|| value.get("name")?.text());
    if let Some(name) = name.filter(|name| !name.contains("${{")) {
        deny(format!("what environment {} asks for", workflow::literal(name)), Severity::Low);
    }
}
