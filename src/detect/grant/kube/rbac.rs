//! Roles: which verbs on which resources, wherever they are written.

use super::object::{Object, both, literal, objects, surface};
use super::power::severity;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `Role` and `ClusterRole`, and the permissions that an operator's bundle asks for.
///
/// Rules only add up; what none of them names is refused. No names of resources means all of them. Source: "Using RBAC
/// Authorization" and "RBAC Good Practices" in the documentation of Kubernetes.
pub(in crate::detect::grant) static ROLE: Surface =
    surface(&["rules", "aggregat", "clusterPermissions"], grants, Newcomers::Vanished);

pub(super) const RULE: &str = "kube-role";
const AGGREGATION: &str = "kube-role-aggregation";
/// Atoms of one rule that are judged one by one; no cluster takes a rule of that size.
const MOST_ATOMS: usize = 20_000;

/// How far a role reaches: as a level, with its name.
pub(super) const EVERYWHERE: (u32, &str) = (2, "allowed everywhere");
/// In one name space.
pub(super) const IN_ONE_SPACE: (u32, &str) = (1, "allowed");

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()) {
        match object.kind {
            "Role" | "ClusterRole" => role(input, object, &mut out),
            kind if kind.contains("{{") && kind.contains("Role") && object.root.has("rules") => {
                role(input, object, &mut out)
            }
            "ClusterServiceVersion" => bundle(input, object, &mut out),
            _ => {}
        }
    }
    out
}

fn role(input: &Input<'_>, object: Object<'_>, out: &mut Vec<Grant>) {
    let subject = object.subject("role");
    // Where a template chooses, the wider one counts.
    let level = if object.kind.contains("ClusterRole") { EVERYWHERE } else { IN_ONE_SPACE };
    out.push(nothing(&subject).at(object.span()));
    rules(input, &subject, level, object.root, out);
    for (key, value) in object.root.path(&["metadata", "labels"]).map(Node::entries).unwrap_or_default() {
        let target = key.text().and_then(|key| key.split_once("/aggregate-to-"));
        if let Some((_, target)) = target.filter(|_| value.is_true()) {
            let what = Reach::one(format!("a place in the role {}", literal(target)));
            let grant = Grant::allow(AGGREGATION, subject.clone(), what, Severity::Medium);
            out.push(grant.level(1, "taken").at(both((key, value))));
        }
    }
    let selectors = object.root.path(&["aggregationRule", "clusterRoleSelectors"]);
    for selector in selectors.into_iter().flat_map(Node::items) {
        let what = Reach::one(format!("the rules of all roles labelled {}", literal(&selector.canonical())));
        let grant = Grant::allow(AGGREGATION, subject.clone(), what, Severity::Medium).level(1, "taken over");
        out.push(grant.at(selector.span()));
    }
}

/// The permissions that a bundle of the Operator Lifecycle Manager gives to its accounts.
fn bundle(input: &Input<'_>, object: Object<'_>, out: &mut Vec<Grant>) {
    let Some(spec) = object.root.path(&["spec", "install", "spec"]) else { return };
    for (key, level) in [("clusterPermissions", EVERYWHERE), ("permissions", IN_ONE_SPACE)] {
        for given in spec.get(key).into_iter().flat_map(Node::items) {
            let account = given.get("serviceAccountName").and_then(Node::text).unwrap_or_default();
            let subject = Subject::new("service account", account);
            out.push(nothing(&subject).at(given.span()));
            rules(input, &subject, level, given, out);
        }
    }
}

/// Who has a role without rules is there, and has nothing.
pub(super) fn nothing(subject: &Subject) -> Grant {
    Grant::allow(RULE, subject.clone(), Reach::all(), Severity::Low).level(0, "no")
}

fn rules(input: &Input<'_>, subject: &Subject, level: (u32, &str), holder: Node<'_>, out: &mut Vec<Grant>) {
    for node in holder.get("rules").into_iter().flat_map(Node::items) {
        rule(input, subject, level, node, out);
    }
}

/// What one rule allows.
pub(super) fn rule(input: &Input<'_>, subject: &Subject, level: (u32, &str), node: Node<'_>, out: &mut Vec<Grant>) {
    let texts = |key: &str| node.get(key).into_iter().flat_map(Node::texts).map(word).collect();
    // The core group is the empty text, which `texts` leaves out.
    let groups = node.get("apiGroups").into_iter().flat_map(Node::items);
    let rule = Rule {
        groups: groups.filter_map(Node::text).map(word).map(group).collect(),
        resources: texts("resources"),
        verbs: texts("verbs"),
        names: node.get("resourceNames").into_iter().flat_map(Node::texts).map(literal).collect(),
        urls: texts("nonResourceURLs"),
    };
    if rule.size() > MOST_ATOMS {
        return input.note(node.span().start, "a rule of more parts than can be compared".to_owned());
    }
    let made = rule.grants(subject, level);
    out.extend(made.into_iter().map(|grant| grant.at(node.span())));
}

/// A word of a rule. What the values of a chart put there is one unknown word, however it is computed.
fn word(text: &str) -> String {
    if text.contains("{{") { "{{…}}".to_owned() } else { text.to_owned() }
}

fn group(text: String) -> String {
    match text.as_str() {
        "" => "core".to_owned(),
        // There is no group of this name.
        "core" => "\"core\"".to_owned(),
        _ => text,
    }
}

/// One rule.
#[derive(Debug, Default)]
pub(super) struct Rule {
    /// Groups of the API, `core` for the one without a name.
    pub(super) groups: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) verbs: Vec<String>,
    /// Names that it is limited to.
    pub(super) names: Vec<String>,
    /// Addresses that are no resources.
    pub(super) urls: Vec<String>,
}

impl Rule {
    fn size(&self) -> usize {
        let objects = self.resources.len().saturating_mul(self.groups.len()).saturating_mul(self.names.len().max(1));
        self.verbs.len().saturating_mul(objects.saturating_add(self.urls.len()))
    }

    /// What it allows, one grant for each severity, the worst first.
    pub(super) fn grants(&self, subject: &Subject, level: (u32, &str)) -> Vec<Grant> {
        let mut by_severity: [Vec<String>; 4] = Default::default();
        for verb in &self.verbs {
            for resource in &self.resources {
                for group in &self.groups {
                    let severity = severity(verb, resource, group);
                    // `in` keeps the group apart, so that `*` for one of them stays that one.
                    by_severity[severity as usize].push(format!("{verb} {resource} in {group}"));
                }
            }
            for url in &self.urls {
                let reads = matches!(verb.as_str(), "get" | "head" | "options");
                let severity = if reads && url != "*" { Severity::Low } else { Severity::High };
                by_severity[severity as usize].push(format!("{verb} address {url}"));
            }
        }
        let scope = if self.names.is_empty() { Reach::all() } else { Reach::of(self.names.iter().cloned()) };
        let levels = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
        let made = levels.into_iter().zip(by_severity.into_iter().rev()).filter(|(_, atoms)| !atoms.is_empty());
        made.map(|(severity, atoms)| {
            let grant = Grant::allow(RULE, subject.clone(), Reach::of(atoms), severity).on(scope.clone());
            let grant = grant.level(level.0, level.1);
            if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant }
        })
        .collect()
    }
}
