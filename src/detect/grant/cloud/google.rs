//! Roles of Google Cloud: who has which role on what.

use super::resource::{Resource, resources};
use super::value;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Bindings in Terraform, and in the policies that `gcloud` reads and writes.
///
/// Nobody has a role that no binding gives. A binding with a condition gives less than one without. Source: "Understanding
/// roles" and "Principal identifiers" in the documentation of Google Cloud.
pub(in crate::detect::grant) static BINDING: Surface = Surface {
    files: &["**/*.{tf,tofu}", "**/*.tf.json", "**/*.{yml,yaml,json}"],
    marks: &["_iam_member", "_iam_binding", "google_iam_policy", "roles/"],
    needs: Some("member"),
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "google-binding";
/// Basic roles, each with all that stands before it.
const BASIC: [&str; 3] = ["roles/viewer", "roles/editor", "roles/owner"];
/// Roles with which one can give oneself others, or act as someone else.
const ESCALATES: [&str; 12] = [
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.securityAdmin",
    "roles/iam.roleAdmin",
    "roles/iam.organizationRoleAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/resourcemanager.folderAdmin",
    "roles/resourcemanager.organizationAdmin",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/iam.serviceAccountUser",
    "roles/deploymentmanager.editor",
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for resource in resources(input.data()) {
        terraform(&resource, &mut out);
    }
    let document = input.data();
    let policies = document.root().and_then(|root| root.path(&["data", "google_iam_policy"]));
    for (name, policy) in policies.map(Node::entries).unwrap_or_default() {
        let subject = Subject::new("policy", name.text().unwrap_or_default());
        for node in policy.get("binding").into_iter().flat_map(Node::one_or_many) {
            out.extend(binding(&subject, node, None));
        }
    }
    for root in document.roots() {
        for node in root.get("bindings").into_iter().flat_map(Node::items) {
            out.extend(binding(&Subject::new("policy", ""), node, None));
        }
    }
    out
}

/// `google_project_iam_member` and its like: what the role is on stands in the type and in one of the keys.
fn terraform(resource: &Resource<'_>, out: &mut Vec<Grant>) {
    let Some(rest) = resource.kind.strip_prefix("google_") else { return };
    let Some(place) = rest.strip_suffix("_iam_member").or_else(|| rest.strip_suffix("_iam_binding")) else { return };
    let keys = [
        "project",
        "folder",
        "org_id",
        "bucket",
        "service_account_id",
        "secret_id",
        "crypto_key_id",
        "key_ring_id",
        "topic",
        "subscription",
        "dataset_id",
        "name",
        "service",
        "repository",
        "instance",
        "billing_account_id",
    ];
    let own = keys.iter().filter(|key| **key != "project" || place == "project").find_map(|key| resource.body.get(key));
    let target = own.and_then(value::text).map(|text| value::referred(&text)).unwrap_or_default();
    let wide = matches!(place, "project" | "folder" | "organization" | "billing_account");
    // Types without a list of their own stand for themselves.
    let subject = Subject::new("access to", format!("{} {target}", place.replace('_', " ")).trim().to_owned());
    out.extend(binding(&subject, resource.body, Some(wide)));
}

/// One role for its members; `is_wide` if it holds for a project or more, `None` where that is not known.
fn binding(subject: &Subject, node: Node<'_>, is_wide: Option<bool>) -> Vec<Grant> {
    let Some(role) = node.get("role").and_then(value::text) else { return Vec::new() };
    let members: Vec<String> =
        ["member", "members"].iter().filter_map(|key| node.get(key)).flat_map(value::texts).collect();
    let condition = node.get("condition").and_then(|condition| condition.get("expression")).and_then(value::text);
    let place = BASIC.iter().position(|basic| *basic == role);
    let (capability, level, name) = match place {
        Some(place) => ("a basic role".to_owned(), u32::try_from(place).unwrap_or(0) + 1, role.clone()),
        None => (value::referred(&role).replace(['*', '?'], "·"), 1, "given".to_owned()),
    };
    let mut out = Vec::new();
    for member in members {
        let severity = severity(&role, &member, is_wide);
        let grant = Grant::allow(RULE, subject.clone(), Reach::one(capability.as_str()), severity);
        let grant = grant.level(level, name.as_str()).at(node.span());
        let mut grant = grant.only_if("asked by", Reach::one(who(&member)));
        grant.conditions.iter_mut().for_each(|condition| condition.shown = Some(format!("asked by {member}")));
        if let Some(expression) = &condition {
            grant = grant.only_if("where", Reach::one(expression.replace(['*', '?'], "·")));
        }
        out.push(if is_public(&member) && condition.is_none() { grant.alone(Severity::Medium) } else { grant });
    }
    out
}

fn is_public(member: &str) -> bool {
    matches!(member, "allUsers" | "allAuthenticatedUsers")
}

/// A member as a pattern of all whom it is for.
fn who(member: &str) -> String {
    match member.split_once(':') {
        _ if member == "allUsers" => "*".to_owned(),
        // Whoever has an account of Google is someone, but not everyone.
        _ if member == "allAuthenticatedUsers" => "*:*".to_owned(),
        Some(("domain", domain)) => format!("*@{domain}"),
        Some(("principalSet", _)) => member.to_owned(),
        _ => member.replace(['*', '?'], "·"),
    }
}

fn severity(role: &str, member: &str, is_wide: Option<bool>) -> Severity {
    let is_escalation = ESCALATES.contains(&role);
    let is_pool = member.starts_with("principalSet:") && member.ends_with("/*");
    match BASIC.iter().position(|basic| *basic == role) {
        _ if is_public(member) => Severity::Critical,
        _ if is_pool => Severity::High,
        Some(2) => Severity::Critical,
        Some(1) => Severity::High,
        Some(_) => Severity::Medium,
        None if is_escalation && is_wide == Some(true) => Severity::Critical,
        None if is_escalation => Severity::High,
        None if role.to_ascii_lowercase().ends_with("viewer") || role.ends_with("logWriter") => Severity::Low,
        None if role.to_ascii_lowercase().ends_with("admin") && is_wide == Some(true) => Severity::High,
        None => Severity::Medium,
    }
}
