//! Admission: what the cluster refuses to run.

use super::object::{Object, both, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Pod security labels, policies of Kyverno and Gatekeeper, admission policies and webhooks.
///
/// A name space without the label admits every pod. Source: "Pod Security Admission" and "Validating Admission Policy" in
/// the documentation of Kubernetes, and those of Kyverno and Gatekeeper.
pub(in crate::detect::grant) static ADMISSION: Surface = surface(
    &["Namespace", "ClusterPolicy", "kyverno", "AdmissionPolicy", "WebhookConfiguration", "constraints.gatekeeper"],
    grants,
    Newcomers::DangerousLine,
);

const RULE: &str = "kube-admission";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()) {
        let api = object.root.get("apiVersion").and_then(Node::text).unwrap_or_default();
        match object.kind {
            "Namespace" => out.push(space(object)),
            "ClusterPolicy" | "Policy" if api.starts_with("kyverno") => kyverno(object, &mut out),
            "ValidatingPolicy" | "NamespacedValidatingPolicy" if api.starts_with("policies.kyverno") => {
                there(object, &mut out);
                cel(object, &mut out);
            }
            "ValidatingAdmissionPolicy" | "ValidatingAdmissionPolicyBinding" => there(object, &mut out),
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => webhooks(object, &mut out),
            _ if api.starts_with("constraints.gatekeeper") => {
                there(object, &mut out);
                let entry = object.root.get("spec").and_then(|spec| spec.entry("enforcementAction"));
                let ladder = [("deny", 0), ("warn", 1), ("dryrun", 2)];
                out.push(action(object, entry, &ladder, 0));
            }
            _ => {}
        }
    }
    out
}

/// The policy stands for itself: to lose it is to lose its checks.
fn there(object: Object<'_>, out: &mut Vec<Grant>) {
    let grant = Grant::guard(RULE, object.subject("policy"), Reach::one("its effect"), Severity::High);
    out.push(grant.level(1, "in force").at(object.root.span()));
}

/// What a policy does with what breaks it.
fn action(object: Object<'_>, entry: Option<(Node<'_>, Node<'_>)>, ladder: &[(&str, u32)], absent: u32) -> Grant {
    let text = entry.and_then(|(_, value)| value.text());
    let stated = ladder.iter().find(|(name, _)| text.is_some_and(|text| text.eq_ignore_ascii_case(name)));
    let rank = stated.map_or(absent, |(_, rank)| *rank);
    let name = ladder.iter().find(|(_, at)| *at == rank).map_or("", |(name, _)| *name);
    let name = if stated.is_some() { name.to_owned() } else { format!("{name}, the default") };
    let grant = Grant::allow(RULE, object.subject("policy"), Reach::one("what breaks it"), Severity::High);
    grant.level(rank, name).at(entry.map_or(object.span(), both))
}

fn space(object: Object<'_>) -> Grant {
    let labels = object.root.path(&["metadata", "labels"]);
    let entry = labels.and_then(|labels| labels.entry("pod-security.kubernetes.io/enforce"));
    let (rank, name) = match entry.and_then(|(_, value)| value.text()) {
        Some("restricted") => (0, "restricted"),
        Some("baseline") => (1, "baseline"),
        Some("privileged") => (2, "privileged"),
        _ => (2, "privileged, as without a word"),
    };
    let subject = Subject::new("pods of name space", object.name());
    let grant = Grant::allow(RULE, subject, Reach::one("what they may do"), Severity::High);
    grant.level(rank, name).at(entry.map_or(object.span(), both))
}

fn kyverno(object: Object<'_>, out: &mut Vec<Grant>) {
    there(object, out);
    let entry = object.root.get("spec").and_then(|spec| spec.entry("validationFailureAction"));
    out.push(action(object, entry, &[("Enforce", 0), ("Audit", 1)], 1));
    let rules = object.root.path(&["spec", "rules"]).into_iter().flat_map(Node::items);
    for rule in rules {
        let name = rule.get("name").and_then(Node::text).unwrap_or_default();
        let subject = object.subject("policy");
        out.push(check_of(object, name, rule));
        for excluded in rule.get("exclude").into_iter().flat_map(Node::one_or_many) {
            let what = format!("an exception from {name} for {}", excluded.canonical().replace(['*', '?'], "·"));
            let grant = Grant::allow(RULE, subject.clone(), Reach::one(what), Severity::Medium);
            out.push(grant.at(excluded.span()));
        }
    }
}

/// What a policy in the younger language does with what breaks it: without a word it refuses.
fn cel(object: Object<'_>, out: &mut Vec<Grant>) {
    let entry = object.root.get("spec").and_then(|spec| spec.entry("validationActions"));
    let refuses = entry.is_none_or(|(_, value)| value.texts().any(|text| text == "Deny"));
    let (rank, name) = if refuses { (0, "refused") } else { (1, "only noted") };
    let grant = Grant::allow(RULE, object.subject("policy"), Reach::one("what breaks it"), Severity::High);
    out.push(grant.level(rank, name).at(entry.map_or(object.span(), both)));
    let checks = object.root.path(&["spec", "validations"]).into_iter().flat_map(Node::items);
    out.extend(checks.enumerate().map(|(at, check)| check_of(object, &(at + 1).to_string(), check)));
}

/// One check of a policy, which stands for itself.
fn check_of(object: Object<'_>, name: &str, at: Node<'_>) -> Grant {
    let subject = Subject::new("check", format!("{name} of policy {}", object.name()));
    let guard = Grant::guard(RULE, subject, Reach::one("its effect"), Severity::High);
    guard.level(1, "in force").at(at.span())
}

fn webhooks(object: Object<'_>, out: &mut Vec<Grant>) {
    for hook in object.root.get("webhooks").into_iter().flat_map(Node::items) {
        let name = hook.get("name").and_then(Node::text).unwrap_or_default();
        let subject = Subject::new("webhook", name);
        let entry = hook.entry("failurePolicy");
        let ignores = entry.is_some_and(|(_, value)| value.is("Ignore"));
        let (rank, level) = if ignores { (1, "let through") } else { (0, "refused") };
        let what = Reach::one("requests that it could not check");
        let grant = Grant::allow(RULE, subject, what, Severity::High).level(rank, level);
        out.push(grant.at(entry.map_or(hook.span(), both)));
        let subject = Subject::new("admission webhook", name);
        let guard = Grant::guard(RULE, subject, Reach::one("its effect"), Severity::Medium);
        out.push(guard.level(1, "in force").at(hook.get("name").unwrap_or(hook).span()));
    }
}
