//! Patches of kustomize: what they add to objects that stand elsewhere, and what they take from them.

use super::binding::BINDING;
use super::container::{HARDENING, HOST};
use super::object::{literal, objects, surface};
use super::pod::POD;
use super::rbac::{self, ROLE};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{Node, yaml};
use crate::finding::Severity;

/// Patches written into the files of kustomize, and those of Flux.
///
/// What a patch does not name stays as it is. Source: "patches" in the reference of kustomize's file; RFC 6902.
pub(in crate::detect::grant) static PATCH: Surface = surface(&["kustomize"], grants, Newcomers::DangerousLine);

const POLICY: &str = "kube-network-policy";
/// Patches of one file that are read.
const MOST_PATCHES: usize = 1000;
/// Keys that hold an intruder back.
const PROTECTIVE: [&str; 8] = [
    "securityContext",
    "runAsNonRoot",
    "runAsUser",
    "readOnlyRootFilesystem",
    "allowPrivilegeEscalation",
    "capabilities",
    "drop",
    "seccompProfile",
];

fn grants(input: &Input<'_>, world: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()).into_iter().filter(|object| object.kind == "Kustomization") {
        // The set of patches is there, whatever is in it.
        let subject = object.subject("kustomization");
        for rule in [HARDENING, HOST, POLICY, rbac::RULE] {
            let nothing = Grant::allow(rule, subject.clone(), Reach::all(), Severity::Low);
            out.push(nothing.level(0, "no").at(object.span()));
        }
        let holders = [Some(object.root), object.root.get("spec")];
        for patch in holders.into_iter().flatten().flat_map(patches).take(MOST_PATCHES) {
            of_patch(input, world, &subject, patch, &mut out);
        }
    }
    out
}

/// The patches that stand in a file of kustomize.
fn patches(holder: Node<'_>) -> Vec<Node<'_>> {
    let keys = ["patches", "patchesStrategicMerge", "patchesJson6902"];
    keys.iter().filter_map(|key| holder.get(key)).flat_map(Node::items).collect()
}

fn of_patch(input: &Input<'_>, world: World, subject: &Subject, patch: Node<'_>, out: &mut Vec<Grant>) {
    let body = patch.get("patch").unwrap_or(patch);
    // One line is the path of a file.
    let Some(text) = body.text().filter(|text| text.contains('\n') || text.starts_with(['[', '{'])) else { return };
    let document = yaml(text);
    if !document.gaps().is_empty() {
        input.note(body.span().start, "a patch that is no YAML".to_owned());
    }
    let target = patch.path(&["target", "kind"]).and_then(Node::text).unwrap_or("its objects");
    let before = out.len();
    for root in document.roots() {
        for operation in root.items() {
            out.extend(of_operation(subject, target, operation));
            role_rules(input, subject, operation, out);
        }
    }
    for object in objects(&document).iter().filter(|object| object.root.get("$patch").is_some_and(|is| is.is("delete")))
    {
        let what = Reach::one(format!("the removal of {} {}", object.kind, literal(&object.name())));
        if object.kind.ends_with("NetworkPolicy") {
            out.push(Grant::allow(POLICY, subject.clone(), what, Severity::High));
        }
    }
    let inner = Input::new(input.path, input.mode, text);
    for part in [&POD, &ROLE, &BINDING] {
        out.extend((part.grants)(&inner, world));
    }
    // Places in the patch are none of the file.
    out.iter_mut().skip(before).for_each(|grant| grant.span = body.span());
}

/// One step of a list of steps.
fn of_operation(subject: &Subject, target: &str, operation: Node<'_>) -> Option<Grant> {
    let path = operation.get("path")?.text()?;
    let last = path.rsplit('/').next()?;
    let allow =
        |rule, what: String, severity| Some(Grant::allow(rule, subject.clone(), Reach::one(literal(&what)), severity));
    let value = operation.get("value");
    match operation.get("op")?.text()? {
        "remove" if PROTECTIVE.contains(&last) => {
            allow(HARDENING, format!("the removal of {last} from {target}"), Severity::Medium)
        }
        "add" | "replace" => {
            let value = value?;
            match last {
                "hostNetwork" | "hostPID" | "hostIPC" | "privileged" if value.is_true() => {
                    allow(HOST, format!("{last} in {target}"), Severity::High)
                }
                "allowPrivilegeEscalation" if value.is_true() => {
                    allow(HARDENING, format!("{last} in {target}"), Severity::Medium)
                }
                "runAsNonRoot" if value.is_false() => allow(HARDENING, format!("root in {target}"), Severity::Medium),
                "runAsUser" if value.number() == Some(0) => {
                    allow(HARDENING, format!("root in {target}"), Severity::Medium)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Rules that a step adds to a role.
fn role_rules(input: &Input<'_>, subject: &Subject, operation: Node<'_>, out: &mut Vec<Grant>) {
    let is_rules =
        |path: &str| path == "/rules" || path.strip_prefix("/rules/").is_some_and(|rest| !rest.contains('/'));
    let is_added = operation.get("op").is_some_and(|op| op.is("add") || op.is("replace"));
    let path = operation.get("path").and_then(Node::text).filter(|path| is_added && is_rules(path));
    let Some(value) = path.and(operation.get("value")) else { return };
    let rules: Vec<Node<'_>> = if value.is_map() { vec![value] } else { value.items().collect() };
    rules.into_iter().for_each(|rule| rbac::rule(input, subject, rbac::IN_ONE_SPACE, rule, out));
}
