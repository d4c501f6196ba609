//! Bindings: who has which role, and where.

use super::object::{Object, literal, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `RoleBinding` and `ClusterRoleBinding`.
///
/// A binding in a name space gives the role there, one of the cluster everywhere; of the built-in roles each contains the
/// next. What a role with another name allows does not stand here: where one takes the place of another, nothing shows
/// which allows more. Source: "Using RBAC Authorization" in the documentation of Kubernetes.
pub(in crate::detect::grant) static BINDING: Surface = surface(&["RoleBinding"], grants, Newcomers::Vanished);

const RULE: &str = "kube-binding";
/// Groups in which everybody is, or everything, or who may do everything.
const EVERYBODY: [&str; 4] =
    ["system:authenticated", "system:unauthenticated", "system:serviceaccounts", "system:masters"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let bindings = objects(input.data()).into_iter();
    let bindings = bindings.filter(|object| is_binding(object.kind));
    bindings.flat_map(|object| of_binding(object).unwrap_or_default()).collect()
}

/// True for the two kinds, and for what a template chooses among them.
fn is_binding(kind: &str) -> bool {
    matches!(kind, "RoleBinding" | "ClusterRoleBinding") || kind.contains("{{") && kind.contains("RoleBinding")
}

fn of_binding(object: Object<'_>) -> Option<Vec<Grant>> {
    let reference = object.root.get("roleRef")?;
    let name = reference.get("name")?.text()?;
    let role = Role { name, is_shared: !reference.get("kind").is_some_and(|kind| kind.is("Role")) };
    let is_everywhere = object.kind.contains("ClusterRoleBinding");
    let place = if is_everywhere { String::new() } else { format!(" in name space {}", object.space()) };
    let (rank, reach) = if is_everywhere { (2, "bound everywhere") } else { (1, "bound") };
    let bound = object.root.get("subjects").into_iter().flat_map(Node::items);
    let made = bound.filter_map(|who| {
        let (kind, holder) = holder(who)?;
        let severity = role.severity(&holder);
        // Whom, as what, and where: with any of them changed it is another subject, that takes over what is gone.
        let subject = Subject::new(kind, format!("{holder} as {name}{place}"));
        let grant = Grant::allow(RULE, subject, role.rights(), severity).level(rank, reach).at(who.span());
        Some(if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant })
    });
    Some(made.collect())
}

/// What kind of account, user or group it is, and its name.
fn holder(who: Node<'_>) -> Option<(&'static str, String)> {
    let text = |key| who.get(key).and_then(Node::text);
    let name = text("name")?;
    Some(match text("kind")? {
        "ServiceAccount" => ("service account", format!("{}/{name}", text("namespace").unwrap_or("default"))),
        "Group" if is_everybody(name) => ("everyone in", name.to_owned()),
        "Group" => ("group", name.to_owned()),
        _ => ("user", name.to_owned()),
    })
}

fn is_everybody(name: &str) -> bool {
    EVERYBODY.contains(&name) || name.starts_with("system:serviceaccounts:")
}

struct Role<'d> {
    name: &'d str,
    /// True for one of the cluster: the built-in ones are.
    is_shared: bool,
}

impl Role<'_> {
    /// What it allows, as far as its name tells.
    fn rights(&self) -> Reach {
        let one = |name: &str| Reach::one(format!("the rights of {name}"));
        match self.name {
            "cluster-admin" if self.is_shared => one("*"),
            "admin" if self.is_shared => {
                Reach::of(["admin", "edit", "view"].map(|name| format!("the rights of {name}")))
            }
            "edit" if self.is_shared => Reach::of(["edit", "view"].map(|name| format!("the rights of {name}"))),
            "view" if self.is_shared => one("view"),
            name if name.starts_with("system:") => one(&literal(name)),
            _ => one("that role"),
        }
    }

    fn severity(&self, holder: &str) -> Severity {
        match self.name {
            "cluster-admin" if self.is_shared => Severity::Critical,
            _ if is_everybody(holder) => Severity::High,
            "admin" | "edit" if self.is_shared => Severity::High,
            _ => Severity::Medium,
        }
    }
}
