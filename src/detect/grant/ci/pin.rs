//! Actions and reusable workflows: whose code runs, and who can replace it.

use super::workflow::{self, all_steps, is_commit, jobs, used};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `uses:` in workflows and composite actions.
///
/// A commit id names one state for ever; a tag or a branch is whatever its owner points it to. Source: "Security
/// hardening for GitHub Actions", using third-party actions.
pub(in crate::detect::grant) static PIN: Surface = Surface {
    files: workflow::FILES_WITH_STEPS,
    marks: &["uses"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const PINNED: &str = "workflow-pin";
const OWNER: &str = "workflow-action-owner";
/// GitHub's own: their code is in the runner anyway.
const FIRST_PARTY: [&str; 2] = ["actions", "github"];
/// Names that branches have and tags do not.
const BRANCHES: [&str; 6] = ["main", "master", "develop", "dev", "trunk", "latest"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let jobs = jobs(root).into_iter().filter_map(|job| job.body.get("uses"));
    let steps = all_steps(root).into_iter().filter_map(|step| step.get("uses"));
    jobs.chain(steps).flat_map(|node| node.text().map(|text| of(node, text)).unwrap_or_default()).collect()
}

fn of(node: Node<'_>, text: &str) -> Vec<Grant> {
    if let Some(image) = text.strip_prefix("docker://") {
        let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        return vec![replace(name, digest.is_some()).at(node.span())];
    }
    let Some((name, version)) = used(text) else { return Vec::new() };
    let mut out = vec![replace(name, is_commit(version)).at(node.span())];
    let rank = u32::from(BRANCHES.contains(&version));
    let pushes = Grant::allow(PINNED, owner_of(name), Reach::one("what runs here with every push"), Severity::Medium);
    out.push(pushes.level(rank, if rank == 1 { "decided by a branch" } else { "no" }).at(node.span()));
    out.extend(owner(name).map(|grant| grant.at(node.span())));
    out
}

fn owner_of(name: &str) -> Subject {
    Subject::new("the owner of", name)
}

fn replace(name: &str, is_pinned: bool) -> Grant {
    let grant = Grant::allow(PINNED, owner_of(name), Reach::one("what runs here"), Severity::High);
    if is_pinned { grant.level(0, "fixed by its hash") } else { grant.level(1, "decided by a tag or a branch") }
}

/// The same action by someone else: a fork looks like its origin.
fn owner(name: &str) -> Option<Grant> {
    let (owner, action) = name.split_once('/')?;
    if FIRST_PARTY.contains(&owner) {
        return Some(
            Grant::allow(OWNER, Subject::new("action", action), Reach::one(owner), Severity::Low).level(0, "trusted"),
        );
    }
    let grant =
        Grant::allow(OWNER, Subject::new("action", action), Reach::one(format!("code of {owner}")), Severity::Medium);
    Some(grant.level(1, "runs"))
}
