//! Roles of Azure: assignments, and what custom roles may do.

use super::resource::{Resource, resources};
use super::value;
use crate::detect::grant::{Effect, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Assignments and definitions in Terraform, in templates of Azure, and role files.
///
/// Nobody has a role that no assignment gives. `NotActions` only take away from the same role's `Actions`. Source: "Azure
/// built-in roles" and "Azure role definitions" in Microsoft's documentation.
pub(in crate::detect::grant) static ROLE: Surface = Surface {
    files: &["**/*.{tf,tofu}", "**/*.tf.json", "**/*.json"],
    marks: &["azurerm_role_", "roleAssignments", "AssignableScopes"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const ASSIGNMENT: &str = "azure-assignment";
const DEFINITION: &str = "azure-role";
/// Roles that grow, with their names and their ids.
const LADDER: [(&str, &str); 3] = [
    ("reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
];
const ADMINISTRATORS: [&str; 3] =
    ["user access administrator", "role based access control administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for resource in resources(input.data()) {
        match resource.kind {
            "azurerm_role_assignment" => out.extend(assignment(&resource)),
            "azurerm_role_definition" => {
                for permissions in resource.body.get("permissions").into_iter().flat_map(Node::one_or_many) {
                    definition(&resource.name, permissions, KEYS[0], &mut out);
                }
            }
            _ => {}
        }
    }
    let Some(root) = input.data().root() else { return out };
    if root.has("AssignableScopes") {
        definition(root.get("Name").and_then(Node::text).unwrap_or_default(), root, KEYS[1], &mut out);
    }
    for resource in root.get("resources").into_iter().flat_map(Node::items) {
        let is_assignment = resource
            .get("type")
            .and_then(Node::text)
            .is_some_and(|kind| kind.to_ascii_lowercase().ends_with("/roleassignments"));
        if let Some(properties) = resource.get("properties").filter(|_| is_assignment) {
            let text = |key| properties.get(key).and_then(Node::text).unwrap_or_default().to_owned();
            let scope = resource.get("scope").and_then(Node::text).unwrap_or("the deployment").to_owned();
            out.push(assigned(&text("roleDefinitionId"), &scope, &text("principalId"), resource));
        }
    }
    out
}

fn assignment(resource: &Resource<'_>) -> Option<Grant> {
    let role = resource.text(&["role_definition_name"]).or_else(|| resource.text(&["role_definition_id"]))?;
    let scope = resource.text(&["scope"]).unwrap_or_default();
    let principal = resource.text(&["principal_id"]).unwrap_or_default();
    Some(assigned(&role, &value::referred(&scope), &value::referred(&principal), resource.body))
}

fn assigned(role: &str, scope: &str, principal: &str, at: Node<'_>) -> Grant {
    let lower = role.to_ascii_lowercase();
    let rung = LADDER.iter().position(|(name, id)| lower == *name || lower.contains(id));
    let is_administrator = ADMINISTRATORS.iter().any(|name| lower == *name || lower.contains(name));
    let last = scope.rsplit('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    let is_wide = scope.contains("subscription.") || matches!(last.as_str(), "subscriptions" | "managementgroups");
    let severity = match rung {
        Some(2) if is_wide => Severity::Critical,
        Some(2) => Severity::High,
        Some(1) if is_wide => Severity::High,
        Some(0) => Severity::Low,
        _ if is_administrator => Severity::Critical,
        None if lower.ends_with("reader") => Severity::Low,
        _ => Severity::Medium,
    };
    let (what, level, name) = match rung {
        Some(rung) => ("a basic role".to_owned(), u32::try_from(rung).unwrap_or(0) + 1, role.to_owned()),
        None => (format!("role {}", value::referred(role).replace(['*', '?'], "·")), 1, "given".to_owned()),
    };
    let clean = scope.replace(['*', '?'], "·");
    // A scope has all that stands below it.
    let scope = if clean.starts_with('/') { format!("{}/*", clean.trim_end_matches('/')) } else { clean };
    let subject = Subject::new("principal", principal.to_owned());
    let grant = Grant::allow(ASSIGNMENT, subject, Reach::one(what), severity).on(Reach::one(scope));
    let mut grant = grant.level(level, name).at(at.span());
    // A principal is who it is: one with another name is someone else, however much it has.
    grant = grant.only_if("asked by", Reach::one(principal.replace(['*', '?'], "·")));
    grant.conditions.iter_mut().for_each(|condition| condition.shown = Some(String::new()));
    if at.has("condition") {
        let text = at.get("condition").and_then(Node::text).unwrap_or_default();
        grant = grant.only_if("where", Reach::one(text.replace(['*', '?'], "·")));
    }
    if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant }
}

const KEYS: [[&str; 4]; 2] = [
    ["actions", "not_actions", "data_actions", "not_data_actions"],
    ["Actions", "NotActions", "DataActions", "NotDataActions"],
];

/// What a custom role may do. Names of actions are the same in either case.
fn definition(name: &str, node: Node<'_>, keys: [&str; 4], out: &mut Vec<Grant>) {
    let subject = Subject::new("role", name);
    let texts = |key: &str| -> Vec<String> {
        node.get(key).map(value::texts).unwrap_or_default().iter().map(|text| text.to_ascii_lowercase()).collect()
    };
    for (at, kind) in [(0, ""), (2, "on data: ")] {
        let marked = |action: String| format!("{kind}{action}");
        for (key, is_denial) in [(keys[at], false), (keys[at + 1], true)] {
            for action in texts(key) {
                let severity = severity(&action);
                let grant = Grant::allow(DEFINITION, subject.clone(), Reach::one(marked(action.clone())), severity);
                let grant = grant.at(node.get(key).unwrap_or(node).span());
                out.push(match is_denial {
                    true => Grant { effect: Effect::Deny, severity: Severity::High, ..grant.level(1, "left out") },
                    false if action == "*" => grant.alone(Severity::Medium),
                    false => grant,
                });
            }
        }
    }
}

fn severity(action: &str) -> Severity {
    let gives_rights =
        ["microsoft.authorization/roleassignments/write", "microsoft.authorization/roledefinitions/write"]
            .iter()
            .any(|right| super::holds(action, right));
    match action {
        _ if gives_rights => Severity::Critical,
        _ if action.ends_with("/read") => Severity::Low,
        _ if action.ends_with("/*") || action.contains("listkeys") => Severity::High,
        _ => Severity::Medium,
    }
}
