//! Identities and delivery: which cloud role an account has, and what a project of Argo CD may deploy where.

use super::object::{Object, both, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Service accounts and projects.
///
/// A pod gets the token of its account unless one of them refuses. Source: "Configure Service Accounts for Pods" in the
/// documentation of Kubernetes, "IAM roles for service accounts" in that of EKS, "Projects" in that of Argo CD.
pub(in crate::detect::grant) static IDENTITY: Surface =
    surface(&["ServiceAccount", "AppProject"], grants, Newcomers::DangerousLine);

const ACCOUNT: &str = "kube-service-account";
const PROJECT: &str = "kube-project";
/// Annotations that give an account a role of the cloud.
const ROLES: [&str; 3] =
    ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()) {
        match object.kind {
            "ServiceAccount" => account(object, &mut out),
            "AppProject" => project(object, &mut out),
            _ => {}
        }
    }
    out
}

fn account(object: Object<'_>, out: &mut Vec<Grant>) {
    let subject = object.subject("service account");
    let entry = object.root.entry("automountServiceAccountToken");
    let is_closed = entry.is_some_and(|(_, value)| value.is_false());
    let (rank, name) = if is_closed { (0, "kept away") } else { (1, "given to every pod") };
    let grant = Grant::allow(ACCOUNT, subject.clone(), Reach::one("its token"), Severity::Medium);
    out.push(grant.level(rank, name).at(entry.map_or(object.span(), both)));
    for entry in ROLES.iter().filter_map(|key| object.annotation(key)) {
        let what =
            Reach::one(format!("the cloud's role {}", entry.1.text().unwrap_or_default().replace(['*', '?'], "·")));
        out.push(Grant::allow(ACCOUNT, subject.clone(), what, Severity::High).level(1, "taken").at(both(entry)));
    }
}

fn project(object: Object<'_>, out: &mut Vec<Grant>) {
    let Some(spec) = object.root.get("spec") else { return };
    let subject = object.subject("project");
    for source in spec.get("sourceRepos").into_iter().flat_map(Node::items) {
        let what = Reach::one(format!("sources from {}", source.text().unwrap_or_default().replace("**", "*")));
        out.push(Grant::allow(PROJECT, subject.clone(), what, Severity::High).at(source.span()));
    }
    for target in spec.get("destinations").into_iter().flat_map(Node::items) {
        let text = |key| target.get(key).and_then(Node::text).unwrap_or("*");
        let server = target.get("server").or_else(|| target.get("name")).and_then(Node::text).unwrap_or("*");
        let what = Reach::one(format!("deployments to {server} in {}", text("namespace")));
        out.push(Grant::allow(PROJECT, subject.clone(), what, Severity::High).at(target.span()));
    }
    for kind in spec.get("clusterResourceWhitelist").into_iter().flat_map(Node::items) {
        let text = |key| kind.get(key).and_then(Node::text).unwrap_or("*");
        let what = Reach::one(format!("objects of the cluster: {} in {}", text("kind"), text("group")));
        out.push(Grant::allow(PROJECT, subject.clone(), what, Severity::High).at(kind.span()));
    }
}
