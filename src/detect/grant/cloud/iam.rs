//! Policies of AWS wherever they are written: JSON, CloudFormation, Terraform, Serverless.

use super::{statement, value};
use crate::detect::grant::{Effect, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Document, Node};
use crate::finding::Severity;

/// Documents with statements in data files.
///
/// What no statement allows is refused, and a denial beats every allowance. Source: "IAM JSON policy elements" and
/// "Policy evaluation logic" in the documentation of AWS.
pub(in crate::detect::grant) static POLICY: Surface = Surface {
    files: &["**/*.json", "**/*.{yml,yaml,template}", "**/policies/*"],
    marks: &["statement"],
    needs: Some("effect"),
    grants: allowed,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

/// The same in Terraform, whose data source allows where it does not say so.
pub(in crate::detect::grant) static DATA_SOURCE: Surface =
    Surface { files: &["**/*.{tf,tofu}", "**/*.tf.json"], needs: None, ..POLICY };

/// What attaches policies, and what bounds them.
pub(in crate::detect::grant) static ATTACHMENT: Surface = Surface {
    files: &["**/*.json", "**/*.{yml,yaml,template}", "**/*.{tf,tofu}"],
    marks: &["ManagedPolicies", "ManagedPolicyArns", "managed_policy_arns", "policy_arn", "boundary"],
    needs: None,
    grants: attached,
    ..POLICY
};

const MANAGED: &str = "aws-managed-policy";
const BOUNDARY: &str = "aws-boundary";
/// Nodes of a file that are looked at; more is generated data.
const MOST_NODES: usize = 200_000;
/// Keys that only say where a policy is kept, not whose it is.
const PARTS: [&str; 14] = [
    "Statement",
    "statement",
    "PolicyDocument",
    "PolicyVersion",
    "Document",
    "Properties",
    "Resources",
    "resource",
    "data",
    "policy",
    "Policies",
    "inline_policy",
    "iamRoleStatements",
    "statements",
];

/// The tree of a file that may be infrastructure. What has no name that tells is JSON if it looks like it.
fn tree<'a>(input: &'a Input<'_>) -> Option<&'a Document> {
    let is_json = input.text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    match input.path.rsplit('/').next().unwrap_or_default().rsplit_once('.') {
        Some((_, "tf" | "tofu" | "json")) => Some(input.data()),
        _ if is_json => Some(input.json()),
        Some((_, "yml" | "yaml" | "template")) => Some(input.yaml()),
        _ => None,
    }
}

/// Calls `each` for every node with the name of what it belongs to.
fn walk(document: &Document, each: &mut dyn FnMut(Node<'_>, &str)) {
    let mut todo: Vec<(Node<'_>, String)> = document.roots().map(|root| (root, String::new())).collect();
    let mut budget = MOST_NODES;
    while let Some((node, path)) = todo.pop() {
        budget = match budget.checked_sub(1) {
            Some(left) => left,
            None => return,
        };
        each(node, &path);
        for (key, value) in node.entries() {
            let name = key.text().unwrap_or_default();
            let below = match (PARTS.contains(&name), path.is_empty()) {
                (true, _) => path.clone(),
                (false, true) => name.to_owned(),
                (false, false) => format!("{path}.{name}"),
            };
            todo.push((value, below));
        }
        todo.extend(node.items().map(|item| (item, path.clone())));
    }
}

fn allowed(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    if let Some(document) = tree(input) {
        walk(document, &mut |node, path| of_node(node, path, &mut out));
    }
    out
}

fn of_node(node: Node<'_>, path: &str, out: &mut Vec<Grant>) {
    let subject = || Subject::new("policy", path);
    for key in ["Statement", "statement", "iamRoleStatements", "statements"] {
        let Some(list) = node.get(key) else { continue };
        let statements: Vec<Node<'_>> = value::branches(list).into_iter().filter(|one| one.is_map()).collect();
        out.extend(statements.iter().flat_map(|one| statement::grants(&subject(), *one)));
        if !statements.is_empty() || list.is_list() {
            // A policy without statements is there, and allows nothing.
            out.push(nothing("aws-policy", subject()).at(node.span()));
        }
    }
    for key in ["source_policy_documents", "override_policy_documents", "source_json", "override_json"] {
        for one in node.get(key).into_iter().flat_map(Node::one_or_many) {
            let Some(text) = one.text() else { continue };
            let what = Reach::one(format!("what {} allows", value::referred(text)));
            out.push(Grant::allow("aws-policy", subject(), what, Severity::Medium).at(one.span()));
        }
    }
    // A policy in a string: its statements are read, and stand where the string does.
    if let Some(text) = node.text().filter(|text| text.trim_start().starts_with('{') && text.contains("Statement")) {
        let inner = document::json(text);
        for one in inner.root().and_then(|root| root.get("Statement")).into_iter().flat_map(value::branches) {
            out.extend(statement::grants(&subject(), one).into_iter().map(|grant| grant.at(node.span())));
        }
    }
}

fn nothing(rule: &'static str, subject: Subject) -> Grant {
    Grant::allow(rule, subject, Reach::one("-"), Severity::Low).level(0, "no")
}

fn attached(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    if let Some(document) = tree(input) {
        walk(document, &mut |node, path| attachments(node, path, &mut out));
    }
    out
}

fn attachments(node: Node<'_>, path: &str, out: &mut Vec<Grant>) {
    // Whoever it is attached to is who gains, not the attachment.
    let holder = ["role", "user", "group"].iter().find_map(|key| node.get(key).filter(|_| node.has("policy_arn")));
    let holder = holder.and_then(value::text).map(|text| value::referred(&text));
    let subject = || Subject::new("identity", holder.clone().unwrap_or_else(|| path.to_owned()));
    for key in ["ManagedPolicyArns", "managed_policy_arns", "policy_arn", "managedPolicies"] {
        for one in node.get(key).into_iter().flat_map(value::branches) {
            out.extend(value::texts(one).iter().map(|arn| managed(&subject(), arn).at(one.span())));
        }
    }
    if node.get("Type").is_some_and(|kind| kind.is("AWS::Serverless::Function")) {
        for one in node.path(&["Properties", "Policies"]).into_iter().flat_map(value::branches) {
            let name = one.text().map(str::to_owned).or_else(|| template(one));
            out.extend(name.map(|name| managed(&subject(), &name).at(one.span())));
        }
    }
    let is_holder = path.contains("aws_iam_role.")
        || path.contains("aws_iam_user.")
        || node.get("Type").is_some_and(|kind| kind.is("AWS::IAM::Role") || kind.is("AWS::IAM::User"));
    for (key, value) in ["PermissionsBoundary", "permissions_boundary"].iter().filter_map(|key| node.entry(key)) {
        let grant = Grant::allow(BOUNDARY, Subject::new("identity", path), Reach::one("its boundary"), Severity::High);
        let grant = grant.level(1, "in force").at(key.span().start..value.span().end);
        out.push(Grant { effect: Effect::Deny, ..grant });
    }
    if is_holder || node.has("Type") {
        // Without boundary and attachments it is still there.
        out.push(nothing(BOUNDARY, Subject::new("identity", path)));
    }
}

/// A policy template of SAM, such as `{S3ReadPolicy: {BucketName: b}}`, by name and argument.
fn template(node: Node<'_>) -> Option<String> {
    let entries = node.entries();
    let [(name, value)] = entries.as_slice() else { return None };
    let name = name.text().filter(|name| name.ends_with("Policy"))?;
    Some(format!("{name} {}", value.canonical().replace('/', "∕")))
}

fn managed(subject: &Subject, arn: &str) -> Grant {
    let arn = if arn.starts_with("${") { value::referred(arn) } else { arn.to_owned() };
    let name = arn.rsplit('/').next().unwrap_or(&arn);
    let severity = match name {
        "AdministratorAccess" | "IAMFullAccess" => Severity::Critical,
        "PowerUserAccess" => Severity::High,
        _ if name.ends_with("FullAccess") => Severity::High,
        _ if name.contains("ReadOnly") || name.contains("ReadPolicy") => Severity::Low,
        "AWSLambdaBasicExecutionRole" | "AWSLambdaVPCAccessExecutionRole" | "AWSXRayDaemonWriteAccess" => Severity::Low,
        _ => Severity::Medium,
    };
    let what = Reach::one(format!("managed policy {}", name.replace(['*', '?'], "·")));
    let grant = Grant::allow(MANAGED, subject.clone(), what, severity).level(1, "attached");
    if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant }
}
