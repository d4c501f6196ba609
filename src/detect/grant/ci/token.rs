//! GitHub Actions workflows: what the token of each job may do.

use super::workflow;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// The token that GitHub gives to each job.
///
/// A job's own `permissions` replace those of the workflow; where neither is given, a setting of the repository decides.
/// A map gives nothing that it does not name. Source: "Workflow syntax for GitHub Actions" and the reference of
/// `GITHUB_TOKEN` in GitHub's documentation.
pub(in crate::detect::grant) static TOKEN: Surface = Surface {
    files: workflow::FILES,
    marks: &["jobs"],
    needs: None,
    grants: token,
    setting: Some("the repository's setting of workflow permissions"),
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: false,
};

const RULE: &str = "workflow-token";
const NONE: u32 = 0;
const READ: u32 = 1;
const WRITE: u32 = 2;

/// A scope of the token: its name, what the permissive setting gives, and how bad it is to write.
struct Scope {
    name: &'static str,
    permissive: u32,
    write: Severity,
}

const fn scope(name: &'static str, permissive: u32, write: Severity) -> Scope {
    Scope { name, permissive, write }
}

const SCOPES: [Scope; 17] = [
    scope("actions", WRITE, Severity::High),
    scope("artifact-metadata", WRITE, Severity::Medium),
    scope("attestations", WRITE, Severity::High),
    scope("checks", WRITE, Severity::Medium),
    scope("code-quality", WRITE, Severity::Medium),
    scope("contents", WRITE, Severity::High),
    scope("deployments", WRITE, Severity::High),
    scope("discussions", WRITE, Severity::Medium),
    scope("id-token", NONE, Severity::High),
    scope("issues", WRITE, Severity::Medium),
    scope("models", READ, Severity::Low),
    scope("packages", WRITE, Severity::High),
    scope("pages", WRITE, Severity::High),
    scope("pull-requests", WRITE, Severity::Medium),
    scope("repository-projects", WRITE, Severity::Medium),
    scope("security-events", WRITE, Severity::Medium),
    scope("statuses", WRITE, Severity::Medium),
];

fn token(input: &Input<'_>, world: World) -> Vec<Grant> {
    let document = input.yaml();
    let Some(root) = document.root() else { return Vec::new() };
    let common = root.entry("permissions");
    let is_risky = workflow::is_risky(root);
    let mut grants = Vec::new();
    for workflow::Job { name, id, body } in workflow::jobs(root) {
        let job = Job { subject: Subject::new("job", name), id, is_risky };
        match body.entry("permissions").or(common) {
            Some((key, value)) => job.given(key, value, &mut grants),
            None => job.by_setting(world, &mut grants),
        }
    }
    grants
}

/// One job, about to be given its token.
struct Job<'d> {
    subject: Subject,
    id: Node<'d>,
    is_risky: bool,
}

impl Job<'_> {
    /// A `permissions:` of the job or of the workflow.
    fn given(&self, key: Node<'_>, value: Node<'_>, grants: &mut Vec<Grant>) {
        let whole = key.span().start..key.span().end.max(value.span().end);
        match value.text() {
            Some("write-all") => {
                let all = self.grant("*", WRITE, Severity::Critical);
                grants.push(all.alone(Severity::Medium).at(whole));
            }
            Some("read-all") => grants.push(self.grant("*", READ, Severity::Low).at(whole)),
            _ => {
                // Whoever gains something later had nothing before, and it said so here.
                grants.push(self.grant("*", NONE, Severity::Low).at(whole));
                for (scope, level) in value.entries() {
                    let rank = match level.text() {
                        Some("write") => WRITE,
                        Some("read") => READ,
                        _ => NONE,
                    };
                    let name = scope.text().unwrap_or_default();
                    grants.push(self.scoped(name, rank).at(scope.span().start..level.span().end));
                }
            }
        }
    }

    /// No `permissions:` anywhere: what the repository's setting gives.
    fn by_setting(&self, world: World, grants: &mut Vec<Grant>) {
        for scope in &SCOPES {
            let rank = match world {
                World::Lenient => scope.permissive,
                World::Strict if matches!(scope.name, "contents" | "packages") => READ,
                World::Strict => NONE,
            };
            grants.push(self.scoped(scope.name, rank).at(self.id.span()));
        }
    }

    fn scoped(&self, name: &str, rank: u32) -> Grant {
        // A scope that is not known here may be younger than this list.
        let write = SCOPES.iter().find(|scope| scope.name == name).map_or(Severity::Low, |scope| scope.write);
        let severity = match (rank, self.is_risky) {
            (WRITE, true) if write == Severity::High => Severity::Critical,
            (WRITE, _) => write,
            _ => Severity::Low,
        };
        self.grant(name, rank, severity)
    }

    fn grant(&self, name: &str, rank: u32, severity: Severity) -> Grant {
        let word = ["none", "read", "write"][rank.min(WRITE) as usize];
        Grant::allow(RULE, self.subject.clone(), Reach::one(name), severity).level(rank, word)
    }
}
