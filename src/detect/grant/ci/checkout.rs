//! Checkouts: what they leave in the folder, and with whose token they were made.

use super::workflow::{self, Job, jobs};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `actions/checkout`.
///
/// It keeps the token in `.git/config` unless `persist-credentials` is false. Source: the readme of `actions/checkout`.
pub(in crate::detect::grant) static CHECKOUT: Surface = Surface {
    files: workflow::FILES,
    marks: &["actions/checkout"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: false,
};

const RULE: &str = "workflow-checkout";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    jobs(root).into_iter().flat_map(|job| job.steps().filter_map(move |step| checkout(job, step))).flatten().collect()
}

fn checkout(job: Job<'_>, step: Node<'_>) -> Option<Vec<Grant>> {
    let (uses, _) = step
        .get("uses")
        .map(|node| (node, node.text()))
        .filter(|(_, text)| text.is_some_and(|t| t.starts_with("actions/checkout@")))?;
    let subject = Subject::new("later steps of job", job.name);
    let with = step.get("with");
    let keeps = !with.and_then(|with| with.get("persist-credentials")).is_some_and(Node::is_false);
    let (rank, name) = if keeps { (1, "left in the checkout") } else { (0, "not kept") };
    let entry = with.and_then(|with| with.entry("persist-credentials"));
    let at = entry.map_or(uses.span(), |(key, value)| key.span().start..value.span().end);
    let mut out =
        vec![Grant::allow(RULE, subject.clone(), Reach::one("the token"), Severity::Medium).level(rank, name).at(at)];
    for key in ["token", "ssh-key"] {
        let secret = with
            .and_then(|with| with.get(key))
            .filter(|value| value.text().is_some_and(|t| workflow::secrets(t).next().is_some()));
        let what = Reach::one(format!("the secret given as {key}"));
        if let Some(value) = secret.filter(|_| keeps) {
            let grant = Grant::allow(RULE, subject.clone(), what, Severity::Medium);
            out.push(grant.level(1, "left in the checkout").at(value.span()));
        }
    }
    Some(out)
}
