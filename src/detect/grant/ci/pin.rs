//! Actions and reusable workflows: whose code runs, and who can replace it.

use super::workflow::{self, Job, all_steps, is_commit, is_risky, jobs, used};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `uses:` in workflows and composite actions, and the images of containers: how firmly each is pinned.
///
/// A commit id or a digest names one state for ever; a tag or a branch is whatever its owner points it to. Names are the
/// same in either case. Source: "Security hardening for GitHub Actions", using third-party actions.
pub(in crate::detect::grant) static PIN: Surface = Surface {
    files: workflow::FILES_WITH_STEPS,
    marks: &["uses", "image", "container"],
    needs: None,
    grants: pins,
    setting: None,
    newcomers: Newcomers::Known,
    absent: None,
    has_fixtures: true,
};

/// The same: whose code it is. Source: the same.
pub(in crate::detect::grant) static OWNER: Surface = Surface { marks: &["uses"], grants: owners, ..PIN };

const PINNED: &str = "workflow-pin";
const OWNED: &str = "workflow-action-owner";
/// GitHub's own: their code is in the runner anyway.
const FIRST_PARTY: [&str; 2] = ["actions", "github"];
/// Names that branches have and tags do not.
const BRANCHES: [&str; 8] = ["main", "master", "develop", "dev", "trunk", "latest", "nightly", "edge"];

/// Who can move what is named to other code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Firmness {
    /// Nobody.
    Fixed,
    /// Its owner, by moving a tag.
    Tag,
    /// Its owner, with every push.
    Branch,
}

/// Something that runs: its name in lower case, and how firmly it is named.
struct Used<'d> {
    name: String,
    firmness: Firmness,
    node: Node<'d>,
}

impl<'d> Used<'d> {
    fn of(node: Node<'d>) -> Option<Self> {
        let text = node.text()?;
        if let Some(image) = text.strip_prefix("docker://") {
            return Self::image(node, image);
        }
        let (name, version) = used(text)?;
        let firmness = match version {
            _ if is_commit(version) => Firmness::Fixed,
            _ if BRANCHES.contains(&version) => Firmness::Branch,
            _ => Firmness::Tag,
        };
        Some(Self { name: name.to_ascii_lowercase(), firmness, node })
    }

    fn image(node: Node<'d>, image: &str) -> Option<Self> {
        // What an expression names is decided elsewhere.
        if image.is_empty() || image.contains("${{") {
            return None;
        }
        let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let colon = name.rfind(':').filter(|colon| name.rfind('/').is_none_or(|slash| slash < *colon));
        let (name, tag) = colon.map_or((name, "latest"), |colon| (&name[..colon], &name[colon + 1..]));
        let firmness = match digest {
            Some(_) => Firmness::Fixed,
            None if BRANCHES.contains(&tag) => Firmness::Branch,
            None => Firmness::Tag,
        };
        Some(Self { name: format!("image {}", name.to_ascii_lowercase()), firmness, node })
    }

    /// Who owns it; `None` for GitHub's own.
    fn owner(&self) -> Option<&str> {
        if self.name.starts_with("image ") {
            return Some(&self.name);
        }
        self.name.split('/').next().filter(|owner| !FIRST_PARTY.contains(owner))
    }
}

fn pins(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let called = jobs(root).into_iter().filter_map(|job| job.body.get("uses"));
    let steps = all_steps(root).into_iter().filter_map(|step| step.get("uses"));
    let images = jobs(root).into_iter().flat_map(images);
    let all = called.chain(steps).filter_map(Used::of).chain(images);
    all.flat_map(|used| pinned(&used)).collect()
}

/// Two questions, because a branch moves with every push and a tag only when somebody moves it.
fn pinned(used: &Used<'_>) -> [Grant; 2] {
    let (word, replace, push) = match used.firmness {
        Firmness::Fixed => ("fixed by its hash", 0, 0),
        Firmness::Tag => ("decided by a tag", 1, 0),
        Firmness::Branch => ("decided by a branch", 1, 1),
    };
    let grant = |what: &str, severity, rank| {
        let owner = Subject::new("the owner of", used.name.as_str());
        Grant::allow(PINNED, owner, Reach::one(what), severity).level(rank, word).at(used.node.span())
    };
    [grant("what runs here", Severity::High, replace), grant("what each push makes of it", Severity::Medium, push)]
}

fn images(job: Job<'_>) -> impl Iterator<Item = Used<'_>> {
    let services = job.body.get("services").map(Node::entries).unwrap_or_default();
    let bodies = job.body.get("container").into_iter().chain(services.into_iter().map(|(_, body)| body));
    bodies.filter_map(|body| {
        let node = body.get("image").unwrap_or(body);
        Used::image(node, node.text()?)
    })
}

fn owners(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let nothing = Grant::allow(OWNED, Subject::new("the workflow", ""), Reach::one("-"), Severity::Low).level(0, "no");
    let mut out = vec![nothing];
    for job in jobs(root) {
        let secrets = job.body.get("secrets").is_some();
        out.extend(job.body.get("uses").into_iter().flat_map(|uses| owned(uses, power(root, job, secrets))));
        for step in job.steps() {
            let given = step.walk().filter_map(Node::text).any(|text| workflow::all_secrets(text).next().is_some());
            out.extend(step.get("uses").into_iter().flat_map(|uses| owned(uses, power(root, job, given))));
        }
    }
    for step in root.path(&["runs", "steps"]).into_iter().flat_map(Node::items) {
        out.extend(step.get("uses").into_iter().flat_map(|uses| owned(uses, Power::Usual)));
    }
    out
}

/// What there is to be had beside the code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Power {
    /// Nothing that the file gives it.
    Usual,
    /// A secret in the step, or a token that writes because the file says so.
    More,
    /// The same, and strangers can start it.
    MoreForStrangers,
}

fn power(root: Node<'_>, job: Job<'_>, is_given_secrets: bool) -> Power {
    let says = job.body.has("permissions") || root.has("permissions");
    match (is_given_secrets || says && job.may_write(root), is_risky(root)) {
        (true, true) => Power::MoreForStrangers,
        (true, false) => Power::More,
        (false, _) => Power::Usual,
    }
}

/// The owner's code in the workflow; and in the action of this name, because a fork looks like its origin.
fn owned(node: Node<'_>, power: Power) -> Vec<Grant> {
    let Some(used) = Used::of(node) else { return Vec::new() };
    let action = Subject::new("action", used.name.rsplit('/').next().unwrap_or_default());
    let grant = |subject, what: &str, severity| {
        Grant::allow(OWNED, subject, Reach::one(workflow::literal(what)), severity).at(node.span())
    };
    let Some(owner) = used.owner() else {
        return vec![grant(action, "-", Severity::Low).level(0, "GitHub's own")];
    };
    let severity = match (used.firmness, power) {
        (Firmness::Fixed, _) | (_, Power::Usual) => Severity::Low,
        (Firmness::Branch, Power::MoreForStrangers) => Severity::High,
        (Firmness::Tag | Firmness::Branch, Power::More | Power::MoreForStrangers) => Severity::Medium,
    };
    let severity = if power == Power::MoreForStrangers { severity.max(Severity::Medium) } else { severity };
    let what = format!("code of {owner}");
    vec![
        grant(Subject::new("the workflow", ""), &what, severity).level(1, "runs"),
        grant(action, &what, Severity::Medium).level(1, "runs"),
    ]
}
