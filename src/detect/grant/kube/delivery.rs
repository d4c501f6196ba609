//! Delivery: whose content Argo CD and Flux bring into the cluster, with which rights, and after which checks.

use super::object::{Object, both, literal, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Applications of Argo CD, sources and releases of Flux.
///
/// An application belongs to the project `default`, which permits everything until someone narrows it, and is brought up to
/// date by hand. Without an account Flux applies with its own rights, and without `verify` it takes what it fetches. Source:
/// "Projects" and "Automated Sync Policy" in the documentation of Argo CD; the API's pages in that of Flux.
pub(in crate::detect::grant) static DELIVERY: Surface =
    surface(&["argoproj.io/", "toolkit.fluxcd.io/"], grants, Newcomers::DangerousLine);

const RULE: &str = "kube-delivery";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()) {
        let api = object.root.get("apiVersion").and_then(Node::text).unwrap_or_default();
        let (group, _) = api.split_once('/').unwrap_or_default();
        let spec = object.root.get("spec");
        let Some(spec) = spec.filter(|spec| spec.is_map()) else { continue };
        match (group, object.kind) {
            ("argoproj.io", "Application") => application(object, spec, &mut out),
            ("argoproj.io", "ApplicationSet") => {
                spec.path(&["template", "spec"]).into_iter().for_each(|spec| application(object, spec, &mut out));
            }
            ("source.toolkit.fluxcd.io", _) => source(object, spec, &mut out),
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => account(object, spec, &mut out),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => release(object, spec, &mut out),
            _ => {}
        }
    }
    out
}

/// One thing that is delivered.
struct Delivered<'d> {
    object: Object<'d>,
    subject: Subject,
}

impl<'d> Delivered<'d> {
    fn new(object: Object<'d>, kind: &'static str) -> Self {
        Self { object, subject: object.subject(kind) }
    }

    fn allow(&self, what: impl Into<String>, severity: Severity) -> Grant {
        Grant::allow(RULE, self.subject.clone(), Reach::one(what), severity)
    }

    /// What a key, or its absence, comes to.
    fn step(&self, what: &str, severity: Severity, step: (u32, &str), entry: Option<(Node<'d>, Node<'d>)>) -> Grant {
        self.allow(what, severity).level(step.0, step.1).at(entry.map_or(self.object.span(), both))
    }

    /// Content from elsewhere.
    fn content(&self, url: Node<'d>) -> Option<Grant> {
        let text = url.text().filter(|text| !text.contains("{{") && !text.contains("${"))?;
        let what = format!("what {} holds", literal(&owner(text)));
        Some(self.allow(what, Severity::Medium).level(1, "delivered").at(url.span()))
    }

    /// Whether a version is one or moves on.
    fn version(&self, entry: Option<(Node<'d>, Node<'d>)>) -> Grant {
        let is_fixed = entry.and_then(|(_, value)| value.text()).is_some_and(is_fixed);
        let step = if is_fixed { (0, "no, the version is fixed") } else { (1, "whatever comes next") };
        self.step("versions that nobody looked at", Severity::Low, step, entry)
    }

    /// The check of signatures, which stands for itself.
    fn verified(&self, spec: Node<'d>) -> Option<Grant> {
        let entry = spec.entry("verify").filter(|(_, value)| value.is_map())?;
        let guard = Grant::guard(RULE, self.subject.clone(), Reach::one("the check of signatures"), Severity::High);
        Some(guard.level(1, "in force").at(both(entry)))
    }
}

fn application(object: Object<'_>, spec: Node<'_>, out: &mut Vec<Grant>) {
    let app = Delivered::new(object, "application");
    let project = spec.entry("project");
    let is_default = project.is_none_or(|(_, value)| value.text().is_none_or(|text| matches!(text, "" | "default")));
    let step = if is_default { (1, "those of `default`") } else { (0, "those of its project") };
    out.push(app.step("the limits of another project", Severity::Medium, step, project));
    let sources = spec.get("source").into_iter().chain(spec.get("sources").into_iter().flat_map(Node::items));
    for source in sources {
        out.extend(source.get("repoURL").and_then(|url| app.content(url)));
        out.push(app.version(source.entry("targetRevision")));
    }
    let policy = spec.get("syncPolicy").and_then(|policy| policy.entry("automated"));
    // The empty map switches it on, no value at all does not.
    let automated = policy.filter(|(_, value)| value.is_map() && !value.get("enabled").is_some_and(Node::is_false));
    let step = if automated.is_some() { (1, "on its own") } else { (0, "by hand") };
    out.push(app.step("rollouts", Severity::Medium, step, policy));
    let prunes = automated.and_then(|(_, value)| value.entry("prune"));
    let step = if prunes.is_some_and(|(_, value)| value.is_true()) { (1, "on its own") } else { (0, "by hand") };
    out.push(app.step("the deletion of what its source no longer has", Severity::Low, step, prunes));
    for ignored in spec.get("ignoreDifferences").into_iter().flat_map(Node::items) {
        let what = format!("changes by others that stay: {}", literal(&ignored.canonical()));
        out.push(app.allow(what, Severity::Low).at(ignored.span()));
    }
}

fn source(object: Object<'_>, spec: Node<'_>, out: &mut Vec<Grant>) {
    let source = Delivered::new(object, "source");
    out.extend(spec.get("url").and_then(|url| source.content(url)));
    out.extend(source.verified(spec));
    let insecure = spec.entry("insecure");
    let is_open = insecure.is_some_and(|(_, value)| value.is_true())
        || spec.get("url").and_then(Node::text).is_some_and(|url| url.starts_with("http://"));
    let step = if is_open { (1, "taken") } else { (0, "refused") };
    let entry = insecure.or_else(|| spec.entry("url"));
    out.push(source.step("content fetched without encryption", Severity::High, step, entry));
    if let Some(reference) = spec.entry("ref") {
        let fixed = ["commit", "digest", "tag"].iter().find_map(|key| reference.1.entry(key));
        let step = match fixed {
            Some((key, value)) if !key.is("tag") || value.text().is_some_and(is_fixed) => {
                (0, "no, the version is fixed")
            }
            _ => (1, "whatever comes next"),
        };
        out.push(source.step("versions that nobody looked at", Severity::Low, step, fixed.or(Some(reference))));
    }
}

fn account(object: Object<'_>, spec: Node<'_>, out: &mut Vec<Grant>) {
    let flux = Delivered::new(object, if object.kind == "HelmRelease" { "release" } else { "kustomization" });
    // On another cluster it is the rights of the kubeconfig that count.
    if spec.has("kubeConfig") {
        out.push(Grant::unknown(RULE, flux.subject, Reach::one("the rights that it is applied with")));
        return;
    }
    let entry = spec.entry("serviceAccountName").filter(|(_, value)| value.text().is_some_and(|text| !text.is_empty()));
    let step = if entry.is_some() { (0, "an account's") } else { (1, "those of Flux itself") };
    out.push(flux.step("the rights that it is applied with", Severity::High, step, entry));
}

fn release(object: Object<'_>, spec: Node<'_>, out: &mut Vec<Grant>) {
    account(object, spec, out);
    let release = Delivered::new(object, "release");
    if let Some(chart) = spec.path(&["chart", "spec"]) {
        out.push(release.version(chart.entry("version")));
        out.extend(release.verified(chart));
    }
}

/// Whose an address is: host and folder, the last step left out.
fn owner(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let plain = rest.trim_end_matches('/').to_ascii_lowercase().replacen(':', "/", 1);
    match plain.rsplit_once('/') {
        Some((owner, _)) => owner.to_owned(),
        None => plain,
    }
}

/// True for a commit, or a version without room.
fn is_fixed(version: &str) -> bool {
    let version = version.trim();
    let is_commit = (7..=64).contains(&version.len()) && version.bytes().all(|b| b.is_ascii_hexdigit());
    let number = version.rsplit('/').next().unwrap_or(version).trim_start_matches(['v', 'V']);
    let (core, _) = number.split_once(['-', '+']).unwrap_or((number, ""));
    let digits: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    is_commit || digits.len() >= 3 && digits.iter().all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_owner_are_one() {
        for url in [
            "https://github.com/Acme/app.git",
            "git@github.com:acme/other",
            "ssh://git@github.com/acme/app/",
            "https://github.com/acme/x",
        ] {
            assert_eq!(owner(url), "github.com/acme", "{url}");
        }
        assert_eq!(owner("https://charts.example.com"), "charts.example.com");
    }

    #[test]
    fn versions_without_room_are_fixed() {
        for fixed in ["1.2.3", "v1.2.3-rc.1", "deploy/v1.2.3", "0123456789abcdef0123456789abcdef01234567"] {
            assert!(is_fixed(fixed), "{fixed}");
        }
        for moving in ["HEAD", "main", "1.2.x", "^1.2.3", ">=1.0.0", "*", "", "1.2"] {
            assert!(!is_fixed(moving), "{moving}");
        }
    }
}
