//! Bindings: who has which role, and where.

use super::object::{Object, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `RoleBinding` and `ClusterRoleBinding`.
///
/// A binding in a name space gives the role there, one of the cluster everywhere. Source: "Using RBAC Authorization" in the
/// documentation of Kubernetes.
pub(in crate::detect::grant) static BINDING: Surface = surface(&["RoleBinding"], grants, Newcomers::Vanished);

const RULE: &str = "kube-binding";
/// Groups in which everybody is, or everything.
const EVERYBODY: [&str; 4] =
    ["system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:masters"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let bindings = objects(input.data()).into_iter();
    let bindings = bindings.filter(|object| matches!(object.kind, "RoleBinding" | "ClusterRoleBinding"));
    bindings.flat_map(of_binding).collect()
}

fn of_binding(object: Object<'_>) -> Vec<Grant> {
    let text = |key: &str| object.root.path(&["roleRef", key]).and_then(Node::text).unwrap_or_default();
    let (kind, name) = (text("kind"), text("name"));
    let is_everywhere = object.kind == "ClusterRoleBinding";
    let scope = if is_everywhere { Reach::all() } else { Reach::one(format!("name space {}", object.space())) };
    let bound = object.root.get("subjects").into_iter().flat_map(Node::items);
    let made = bound.filter_map(|who| {
        let subject = subject(who)?;
        let severity = severity(kind, name, &subject.name, is_everywhere);
        let grant = Grant::allow(RULE, subject, roles(kind, name), severity).on(scope.clone());
        let grant = grant.level(1, "bound").at(who.span());
        Some(if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant })
    });
    made.collect()
}

/// The account, user or group itself: another binding for the same one is the same power.
fn subject(who: Node<'_>) -> Option<Subject> {
    let text = |key| who.get(key).and_then(Node::text);
    let name = text("name")?;
    Some(match text("kind")? {
        "ServiceAccount" => {
            Subject::new("service account", format!("{}/{name}", text("namespace").unwrap_or("default")))
        }
        "Group" => Subject::new("group", name),
        _ => Subject::new("user", name),
    })
}

/// The role, with those that the built-in one contains.
fn roles(kind: &str, name: &str) -> Reach {
    let contained: &[&str] = match name {
        "cluster-admin" => return Reach::one("role *"),
        "admin" => &["admin", "edit", "view"],
        "edit" => &["edit", "view"],
        _ => {
            return Reach::one(if kind == "Role" {
                format!("role {name} of the name space")
            } else {
                format!("role {name}")
            });
        }
    };
    Reach::of(contained.iter().map(|name| format!("role {name}")))
}

fn severity(kind: &str, name: &str, subject: &str, is_everywhere: bool) -> Severity {
    let is_everybody =
        EVERYBODY.iter().any(|group| subject == *group || subject.starts_with("system:serviceaccounts:"));
    match name {
        "cluster-admin" if kind != "Role" => Severity::Critical,
        _ if is_everybody => Severity::High,
        "admin" | "edit" if kind != "Role" => Severity::High,
        _ if is_everywhere => Severity::Medium,
        _ => Severity::Medium,
    }
}
