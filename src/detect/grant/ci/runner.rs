//! Runners: on whose machines jobs run, and what of them their containers get.

use super::workflow::{self, Job, has_trigger, jobs};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Machines and containers of jobs.
///
/// Hosted runners are fresh machines, own ones keep what a job leaves. Source: "About self-hosted runners" in GitHub's
/// documentation.
pub(in crate::detect::grant) static RUNNER: Surface = Surface {
    files: workflow::FILES,
    marks: &["jobs"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: false,
};

const MACHINE: &str = "workflow-runner";
const COMMANDS: &str = "workflow-unsecure-commands";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let mut out = Vec::new();
    for job in jobs(root) {
        machine(root, job, &mut out);
        container(job, &mut out);
    }
    let switch =
        root.walk().find_map(|node| node.entry("ACTIONS_ALLOW_UNSECURE_COMMANDS").filter(|(_, v)| v.is_true()));
    let whoever = Subject::new("whoever writes to the log", "");
    let nobody = Grant::allow(COMMANDS, whoever.clone(), Reach::all(), Severity::Low);
    out.push(nobody.level(0, "no"));
    if let Some((key, value)) = switch {
        let what = Reach::one("the environment of later steps");
        let grant = Grant::allow(COMMANDS, whoever, what, Severity::High).level(1, "sets it");
        out.push(grant.alone(Severity::Medium).at(key.span().start..value.span().end));
    }
    out
}

fn machine(root: Node<'_>, job: Job<'_>, out: &mut Vec<Grant>) {
    let subject = Subject::new("job", job.name);
    let on = job.body.get("runs-on");
    let is_own = on.is_some_and(|on| on.texts().any(|label| label == "self-hosted") || on.has("group"));
    let is_open = has_trigger(root, "pull_request") || workflow::is_risky(root);
    let severity = if is_open { Severity::High } else { Severity::Medium };
    let (rank, name) = if is_own { (1, "own machines") } else { (0, "fresh hosted machines") };
    let span = on.map_or(job.id.span(), Node::span);
    out.push(Grant::allow(MACHINE, subject, Reach::one("its machine"), severity).level(rank, name).at(span));
}

fn container(job: Job<'_>, out: &mut Vec<Grant>) {
    let services = job.body.get("services").map(Node::entries).unwrap_or_default();
    let bodies = job.body.get("container").into_iter().chain(services.into_iter().map(|(_, body)| body));
    for body in bodies {
        let subject = || Subject::new("job", job.name);
        if let Some(options) = body.get("options") {
            let text = options.text().unwrap_or_default();
            for (flag, what) in
                [("--privileged", "every privilege of the runner"), ("docker.sock", "the runner's container engine")]
            {
                if text.contains(flag) {
                    out.push(Grant::allow(MACHINE, subject(), Reach::one(what), Severity::High).at(options.span()));
                }
            }
        }
        for volume in body.get("volumes").into_iter().flat_map(Node::items) {
            if volume.text().is_some_and(|text| text.contains("docker.sock")) {
                let what = Reach::one("the runner's container engine");
                out.push(Grant::allow(MACHINE, subject(), what, Severity::High).at(volume.span()));
            }
        }
    }
}
