//! Policies of AWS wherever they are written: JSON, CloudFormation, Terraform, Serverless.

use super::statement;
use crate::detect::grant::{Effect, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// Documents with statements, and what attaches them.
///
/// What no statement allows is refused, and a denial beats every allowance. Source: "IAM JSON policy elements" and
/// "Policy evaluation logic" in the documentation of AWS.
pub(in crate::detect::grant) static POLICY: Surface = Surface {
    files: &["**/*.json", "**/*.{yml,yaml,template}", "**/*.tf", "**/*.tf.json"],
    marks: &["statement", "managedpolicyarns", "policy_arn", "permissions_boundary", "permissionsboundary"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const ATTACHED: &str = "aws-managed-policy";
const BOUNDARY: &str = "aws-boundary";
/// Nodes of a file that are looked at; more is generated data.
const MOST_NODES: usize = 200_000;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for root in input.data().roots() {
        let mut todo = vec![(root, String::new())];
        let mut budget = MOST_NODES;
        while let Some((node, path)) = todo.pop() {
            budget = match budget.checked_sub(1) {
                Some(left) => left,
                None => return out,
            };
            of_node(node, &path, &mut out);
            for (key, value) in node.entries() {
                let name = key.text().unwrap_or_default();
                let is_part =
                    matches!(name, "Statement" | "statement" | "PolicyDocument" | "Properties" | "policy" | "Document");
                let below = match (is_part, path.is_empty()) {
                    (true, _) => path.clone(),
                    (false, true) => name.to_owned(),
                    (false, false) => format!("{path}.{name}"),
                };
                todo.push((value, below));
            }
            todo.extend(node.items().map(|item| (item, path.clone())));
        }
    }
    out
}

fn of_node(node: Node<'_>, path: &str, out: &mut Vec<Grant>) {
    let subject = || Subject::new("policy", path);
    for key in ["Statement", "statement", "iamRoleStatements", "statements"] {
        for one in node.get(key).into_iter().flat_map(Node::one_or_many).filter(|one| one.is_map()) {
            out.extend(statement::grants(&subject(), one));
        }
    }
    // A policy in a string: its statements are read, and stand where the string does.
    if let Some(text) = node.text().filter(|text| text.trim_start().starts_with('{') && text.contains("Statement")) {
        let inner = document::json(text);
        let statements = inner.root().and_then(|root| root.get("Statement"));
        for one in statements.into_iter().flat_map(Node::one_or_many).filter(|one| one.is_map()) {
            out.extend(statement::grants(&subject(), one).into_iter().map(|grant| grant.at(node.span())));
        }
    }
    for key in ["ManagedPolicyArns", "managed_policy_arns", "policy_arn"] {
        for one in node.get(key).into_iter().flat_map(Node::one_or_many) {
            out.extend(one.text().map(|arn| attached(&subject(), arn).at(one.span())));
        }
    }
    for (key, value) in ["PermissionsBoundary", "permissions_boundary"].iter().filter_map(|key| node.entry(key)) {
        let grant = Grant::allow(BOUNDARY, subject(), Reach::one("its boundary"), Severity::High).level(1, "in force");
        out.push(Grant { effect: Effect::Deny, ..grant.at(key.span().start..value.span().end) });
        // Without the boundary the role is still there.
        out.push(Grant::allow(BOUNDARY, subject(), Reach::one("-"), Severity::Low).level(0, "no"));
    }
    if path.contains("aws_iam_role.") && node.has("assume_role_policy")
        || node.get("Type").is_some_and(|t| t.is("AWS::IAM::Role"))
    {
        out.push(Grant::allow(BOUNDARY, subject(), Reach::one("-"), Severity::Low).level(0, "no"));
    }
}

fn attached(subject: &Subject, arn: &str) -> Grant {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let severity = match name {
        "AdministratorAccess" | "IAMFullAccess" => Severity::Critical,
        "PowerUserAccess" => Severity::High,
        _ if name.ends_with("FullAccess") => Severity::High,
        _ if name.ends_with("ReadOnlyAccess") || name.ends_with("ReadOnly") => Severity::Low,
        _ => Severity::Medium,
    };
    let what = Reach::one(format!("managed policy {}", name.replace(['*', '?'], "·")));
    let grant = Grant::allow(ATTACHED, subject.clone(), what, severity).level(1, "attached");
    if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant }
}
