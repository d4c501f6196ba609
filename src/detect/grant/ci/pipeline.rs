//! What pipelines of every service have in common: whose code runs, who starts a deployment, what it can reach.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::detect::grant::{Condition, Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

/// Code that others can replace.
pub(super) const SOURCE: &str = "pipeline-source";
/// Deployments that nobody starts by hand.
pub(super) const START: &str = "pipeline-deployment";
/// Secrets, tokens and connections.
pub(super) const SECRET: &str = "pipeline-secret";
/// Machines and container engines.
pub(super) const MACHINE: &str = "pipeline-machine";
/// Logs that show what is secret.
pub(super) const LOG: &str = "pipeline-log";
/// Scanners of the service that are switched off.
pub(super) const SCANNER: &str = "pipeline-scanner";
/// Runs that strangers start.
pub(super) const TRIGGER: &str = "pipeline-trigger";
/// Jobs that leave their environment.
pub(super) const ENVIRONMENT: &str = "pipeline-environment";

/// What a job gets from a machine that is not made for it alone.
pub(super) const KEEPS: &str = "a machine that keeps what others left there";

/// Words of names that say that a job changes what runs for users.
const DEPLOYS: [&str; 15] = [
    "deploy",
    "deploys",
    "deployment",
    "release",
    "publish",
    "prod",
    "production",
    "apply",
    "destroy",
    "rollout",
    "promote",
    "upload",
    "ship",
    "live",
    "deployer",
];
/// Words that say that it only tries.
const TRIES: [&str; 17] = [
    "test", "tests", "lint", "check", "validate", "verify", "stop", "dry", "plan", "build", "review", "notes",
    "preview", "pr", "e2e", "docs", "doc",
];

/// Who can move what is named to other code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pin {
    /// Nobody.
    Fixed,
    /// Its owner, by moving a tag.
    Tag,
    /// Its owner, with every push.
    Branch,
}

impl Pin {
    /// By the looks of a version: a hash, a number, anything else.
    pub(super) fn of(version: &str) -> Self {
        let plain = version.trim_start_matches("refs/tags/").trim_start_matches(['v', 'V']);
        match version {
            _ if super::workflow::is_commit(version) => Self::Fixed,
            _ if plain.starts_with(|c: char| c.is_ascii_digit()) || version.starts_with("refs/tags/") => Self::Tag,
            // What a variable names is not known; it is taken for the usual.
            _ if version.contains('$') => Self::Tag,
            _ => Self::Branch,
        }
    }
}

/// How a deployment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Start {
    /// Somebody has to ask for it or to approve it.
    ByHand,
    /// Nobody has to.
    ByItself,
}

/// For which branches and tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refs {
    /// Those that the rules name.
    Some,
    /// All.
    Any,
}

/// The grants of one file, being collected.
#[derive(Debug)]
pub(super) struct Power {
    out: Vec<Grant>,
}

impl Power {
    /// A pipeline that can do nothing.
    pub(super) fn new() -> Self {
        let nothing = |rule, who| Grant::allow(rule, who, Reach::one("-"), Severity::Low).level(0, "no");
        Self { out: vec![nothing(SECRET, pipeline()), nothing(LOG, reader()), nothing(SCANNER, change())] }
    }

    /// All that was collected.
    pub(super) fn done(self) -> Vec<Grant> {
        self.out
    }

    /// One grant more.
    pub(super) fn add(&mut self, grant: Grant) {
        self.out.push(grant);
    }

    /// Code of `name`, which runs here as it was or as its owner wants it.
    pub(super) fn source(&mut self, name: &str, pin: Pin, severity: Severity, at: Range<usize>) {
        let owner = Subject::new("the owner of", name);
        let code = Grant::allow(SOURCE, owner, Reach::one("what runs here"), severity).at(at);
        self.out.push(match pin {
            Pin::Fixed => code.level(0, "fixed"),
            Pin::Tag => code.level(1, "decided by a tag"),
            Pin::Branch => code.level(2, "decided by a branch"),
        });
    }

    /// A container image: a digest names one state for ever.
    pub(super) fn image(&mut self, image: &str, at: Range<usize>) {
        let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let colon = name.rfind(':').filter(|colon| name.rfind('/').is_none_or(|slash| slash < *colon));
        let name = colon.map_or(name, |colon| &name[..colon]);
        let owner = Subject::new("the owner of image", name);
        let grant = Grant::allow(SOURCE, owner, Reach::one("what runs here"), Severity::Medium).at(at);
        let grant = if digest.is_some() { grant.level(0, "fixed by its digest") } else { grant.level(1, "by a tag") };
        self.out.push(grant);
    }

    /// Code by someone whom the pipeline did not trust before.
    pub(super) fn publisher(&mut self, whose: &str, severity: Severity, at: Range<usize>) {
        let what = Reach::one(format!("code from {}", super::workflow::literal(whose)));
        self.out.push(Grant::allow(SOURCE, pipeline(), what, severity).level(1, "runs").at(at));
    }

    /// Something secret that the pipeline reads.
    pub(super) fn secret(&mut self, what: &str, severity: Severity, at: Range<usize>) {
        let what = Reach::one(super::workflow::literal(what));
        self.out.push(Grant::allow(SECRET, pipeline(), what, severity).level(1, "used").at(at));
    }

    /// Something of the machine that jobs get.
    pub(super) fn machine(&mut self, what: &str, severity: Severity, at: Range<usize>) {
        let what = Reach::one(super::workflow::literal(what));
        self.out.push(Grant::allow(MACHINE, pipeline(), what, severity).level(1, "used").at(at));
    }

    /// How the deployment `name` begins.
    pub(super) fn deployment(&mut self, name: &str, target: &str, start: Start, refs: Refs, at: Range<usize>) {
        let severity = [name, target].iter().map(|text| weight(text)).max().unwrap_or(Severity::Medium);
        let job = Subject::new("deployment", name);
        let mut grant = Grant::allow(START, job, Reach::one("a start"), severity).at(at);
        if refs == Refs::Some {
            let shown = Some("its rules name the branch or tag".to_owned());
            grant.conditions.push(Condition { test: "branch or tag".into(), values: Reach::one("named"), shown });
        }
        self.out.push(match start {
            Start::ByHand => grant.level(1, "by hand"),
            Start::ByItself => grant.level(2, "by itself"),
        });
    }

    /// Whether an environment stands around the job `name`.
    pub(super) fn environment(&mut self, name: &str, environment: Option<&str>, at: Range<usize>) {
        let job = Subject::new("job", name);
        let grant = Grant::allow(ENVIRONMENT, job, Reach::one("a run outside its environment"), Severity::Medium);
        self.out.push(match environment {
            Some(environment) => grant.level(0, format!("environment {environment}")).at(at),
            None => grant.level(1, "no environment").at(at),
        });
    }
}

/// The one who holds what every job could use.
pub(super) fn pipeline() -> Subject {
    Subject::new("the pipeline", "")
}

/// Everyone who may look at what a job printed.
pub(super) fn reader() -> Subject {
    Subject::new("whoever reads the job's log", "")
}

/// What is checked before it is merged.
pub(super) fn change() -> Subject {
    Subject::new("every change", "")
}

/// The words of a name, lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}

/// True for a name that says that something is put where users see it.
pub(super) fn is_deployment(name: &str) -> bool {
    words(name).any(|word| DEPLOYS.contains(&word.as_str())) && !is_trial(name)
}

/// True for a name that says that nothing is put anywhere.
pub(super) fn is_trial(name: &str) -> bool {
    words(name).any(|word| TRIES.contains(&word.as_str()))
}

/// How bad it is if this starts by itself.
fn weight(name: &str) -> Severity {
    words(name).fold(Severity::Medium, |most, word| match word.as_str() {
        "prod" | "production" | "live" | "destroy" => Severity::Critical,
        "release" | "publish" | "apply" => most.max(Severity::High),
        _ => most,
    })
}

/// Everything that waits for one of `gates`, by pairs of who is waited for and who waits.
pub(super) fn behind<'d>(gates: Vec<&'d str>, waits: impl IntoIterator<Item = (&'d str, &'d str)>) -> HashSet<&'d str> {
    let mut after: HashMap<&str, Vec<&'d str>> = HashMap::new();
    for (first, then) in waits {
        after.entry(first).or_default().push(then);
    }
    let (mut todo, mut out) = (gates, HashSet::new());
    while let Some(name) = todo.pop() {
        let next = after.get(name).into_iter().flatten();
        todo.extend(next.filter(|name| out.insert(**name)));
    }
    out
}

/// Key and value as one place.
pub(super) fn whole((key, value): (Node<'_>, Node<'_>)) -> Range<usize> {
    key.span().start..key.span().end.max(value.span().end)
}

/// What of its host a container is given, by the options of its engine.
pub(super) fn engine_options(text: &str) -> impl Iterator<Item = (&'static str, Severity)> {
    let known = [
        ("--privileged", "every privilege of its runner"),
        ("docker.sock", "the container engine of its runner"),
        ("--network host", "the network of its runner"),
        ("--network=host", "the network of its runner"),
        ("--pid=host", "the processes of its runner"),
        ("--pid host", "the processes of its runner"),
    ];
    let severity = |option: &str| if option.starts_with("--network") { Severity::Medium } else { Severity::High };
    known.into_iter().filter(|(option, _)| text.contains(option)).map(move |(option, what)| (what, severity(option)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_deployments() {
        for name in ["deploy", "deploy-prod", "Release to PyPI", "terraform:apply", "publish_image"] {
            assert!(is_deployment(name), "{name}");
        }
        for name in ["test", "test-deploy", "deploy:review", "release-notes", "deployed?", "packet_ubuntu"] {
            assert!(!is_deployment(name), "{name}");
        }
    }

    #[test]
    fn how_firmly_versions_are_pinned() {
        assert_eq!(Pin::of("8e8c483db84b4bee98b60c0593521ed34d9990e8"), Pin::Fixed);
        assert_eq!((Pin::of("v1.2"), Pin::of("1"), Pin::of("main")), (Pin::Tag, Pin::Tag, Pin::Branch));
    }
}
