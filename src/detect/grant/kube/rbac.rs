//! Roles: which verbs on which resources, and which of them are a way to more.

use super::object::{Object, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `Role` and `ClusterRole`.
///
/// Rules only add up; what none of them names is refused. No names of resources means all of them. Source: "Using RBAC
/// Authorization" and "RBAC Good Practices" in the documentation of Kubernetes.
pub(in crate::detect::grant) static ROLE: Surface = surface(&["rules", "aggregat"], grants, Newcomers::Vanished);

const RULE: &str = "kube-role";
const AGGREGATION: &str = "kube-role-aggregation";
const READS: [&str; 3] = ["get", "list", "watch"];
/// Resources whose pods someone else's account can be put into.
const WORKLOADS: [&str; 8] =
    ["pods", "deployments", "daemonsets", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let roles = objects(input.data()).into_iter();
    roles.filter(|object| matches!(object.kind, "Role" | "ClusterRole")).flat_map(of_role).collect()
}

fn of_role(object: Object<'_>) -> Vec<Grant> {
    let subject = object.subject("role");
    let level = if object.kind == "ClusterRole" { (2, "allowed everywhere") } else { (1, "allowed") };
    // A role without rules is there, and has nothing.
    let nothing = Grant::allow(RULE, subject.clone(), Reach::all(), Severity::Low).level(0, "no");
    let mut out = vec![nothing.at(object.span())];
    for rule in object.root.get("rules").into_iter().flat_map(Node::items) {
        out.extend(of_rule(&subject, level, rule));
    }
    for (key, value) in object.root.path(&["metadata", "labels"]).map(Node::entries).unwrap_or_default() {
        let target = key.text().and_then(|key| key.strip_prefix("rbac.authorization.k8s.io/aggregate-to-"));
        if let Some(target) = target.filter(|_| value.is_true()) {
            let what = Reach::one(format!("a place in the role {target}"));
            let grant = Grant::allow(AGGREGATION, subject.clone(), what, Severity::Medium);
            out.push(grant.level(1, "taken").at(key.span().start..value.span().end));
        }
    }
    if let Some((key, value)) = object.root.entry("aggregationRule") {
        let what =
            Reach::one(format!("the rules of all roles labelled {}", value.canonical().replace(['*', '?'], "·")));
        let grant = Grant::allow(AGGREGATION, subject.clone(), what, Severity::Medium).level(1, "taken over");
        out.push(grant.at(key.span()));
    }
    out
}

/// One rule as grants, one for each severity.
fn of_rule(subject: &Subject, level: (u32, &str), rule: Node<'_>) -> Vec<Grant> {
    let texts = |key: &str| -> Vec<&str> { rule.get(key).into_iter().flat_map(Node::texts).collect() };
    let verbs = texts("verbs");
    // The core group is the empty text, which `texts` leaves out.
    let groups: Vec<&str> =
        rule.get("apiGroups").into_iter().flat_map(Node::items).map(|n| n.text().unwrap_or_default()).collect();
    let resources = texts("resources");
    let names = texts("resourceNames");
    let mut by_severity: [Vec<String>; 4] = Default::default();
    for &verb in &verbs {
        for &resource in &resources {
            for &group in &groups {
                let severity = severity(verb, resource);
                by_severity[severity as usize].push(atom(verb, resource, group));
            }
        }
        for url in texts("nonResourceURLs") {
            let severity = if READS.contains(&verb) && url != "*" { Severity::Low } else { Severity::High };
            by_severity[severity as usize].push(format!("{verb} address {url}"));
        }
    }
    let scope = if names.is_empty() { Reach::all() } else { Reach::of(names) };
    let levels = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let made = levels.into_iter().zip(by_severity).filter(|(_, atoms)| !atoms.is_empty()).map(|(severity, atoms)| {
        let is_all = atoms.iter().any(|atom| atom == "* * in *");
        let grant = Grant::allow(RULE, subject.clone(), Reach::of(atoms), severity).on(scope.clone());
        let grant = grant.level(level.0, level.1).at(rule.span());
        if is_all { grant.alone(Severity::Medium) } else { grant }
    });
    made.collect()
}

/// One verb on one resource. `in` keeps the group apart, so that `*` for one of them stays that one.
fn atom(verb: &str, resource: &str, group: &str) -> String {
    let group = if group.is_empty() { "core" } else { group };
    format!("{verb} {resource} in {group}")
}

/// How bad it is to gain this, whatever the group: names of resources hardly repeat.
fn severity(verb: &str, resource: &str) -> Severity {
    let is = |list: &[&str]| list.contains(&verb) || verb == "*";
    let writes = is(&["create", "update", "patch"]);
    let resource_is = |list: &[&str]| list.contains(&resource) || resource == "*";
    if verb == "*" && resource == "*" || is(&["escalate", "bind", "impersonate"]) && verb != "*" {
        return Severity::Critical;
    }
    let rights = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    if writes && resource_is(&rights) && resource != "*" || resource == "nodes/proxy" {
        return Severity::Critical;
    }
    let opens = resource_is(&["secrets"]) && is(&READS)
        || writes && resource_is(&WORKLOADS)
        || resource_is(&["pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"])
            && resource != "*"
        || writes
            && resource_is(&["serviceaccounts/token", "persistentvolumes", "certificatesigningrequests/approval"])
        || writes && (resource.ends_with("webhookconfigurations") || resource == "namespaces");
    if opens {
        Severity::High
    } else if READS.contains(&verb) {
        Severity::Low
    } else {
        Severity::Medium
    }
}
