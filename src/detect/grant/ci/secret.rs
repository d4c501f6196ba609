//! Secrets in workflows: which ones are named, handed on whole, or no longer behind an environment.

use super::workflow::{self, Job, is_risky, jobs};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// How far secrets reach.
///
/// `secrets: inherit` and `toJSON(secrets)` hand on all of them. An environment can ask for an approval before a job sees
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

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let workflow = Subject::new("the workflow", "");
    // Strangers who can start it are one step from what it reads.
    let one = if is_risky(root) { Severity::High } else { Severity::Low };
    let mut out = vec![Grant::allow(REACH, workflow.clone(), Reach::one("-"), Severity::Low).level(0, "no")];
    let named = root.walk().filter_map(|node| Some((node, node.text()?)));
    for (node, text) in named.filter(|(_, text)| text.contains("secrets")) {
        let all = text.replace(' ', "").to_ascii_lowercase().contains("tojson(secrets)");
        if all {
            let grant = Grant::allow(REACH, workflow.clone(), Reach::one("secret *"), Severity::High);
            out.push(grant.level(1, "read").alone(Severity::Medium).at(node.span()));
        }
        out.extend(workflow::secrets(text).map(|name| {
            let what = Reach::one(format!("secret {name}"));
            Grant::allow(REACH, workflow.clone(), what, one).level(1, "read").at(node.span())
        }));
    }
    jobs(root).into_iter().for_each(|job| of_job(job, &mut out));
    out
}

fn of_job(job: Job<'_>, out: &mut Vec<Grant>) {
    let subject = Subject::new("job", job.name);
    out.push(Grant::allow(REACH, subject.clone(), Reach::one("-"), Severity::Low).level(0, "no"));
    if let Some((key, value)) = job.body.entry("secrets").filter(|(_, value)| value.is("inherit")) {
        let whom = job.body.get("uses").and_then(|uses| uses.text()).unwrap_or_default();
        let is_own = whom.starts_with("./");
        let what = Reach::one("every secret for the workflow that it calls");
        let grant = Grant::allow(REACH, subject.clone(), what, if is_own { Severity::Low } else { Severity::High });
        out.push(grant.level(1, "handed on").at(key.span().start..value.span().end));
    }
    let has_secrets = job.secrets().next().is_some() || job.body.has("secrets");
    if let Some((key, value)) = job.body.entry("environment").filter(|_| has_secrets) {
        let what = Reach::one("the approval that its environment can ask for");
        let grant = Grant::deny(ENVIRONMENT, subject, what, Severity::Medium).level(1, "in force");
        out.push(grant.at(key.span().start..value.span().end));
    }
}
