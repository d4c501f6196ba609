//! Pods: what they get of their node.

use super::container::{self, HARDENING, HOST};
use super::object::{Object, both, is_open, is_optional, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Everything that has a pod template.
///
/// Without a word: name spaces of its own, users of the node, a token of its account, and a container that runs as the
/// image's user, may gain privileges and has the runtime's capabilities. Source: "Configure a Security Context" and the
/// "Pod Security Standards" in the documentation of Kubernetes.
pub(in crate::detect::grant) static POD: Surface = surface(&["containers"], grants, Newcomers::DangerousLine);

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()) {
        if let Some(spec) = object.pod() {
            of_pod(input, object, spec, &mut out);
        }
    }
    out
}

fn of_pod(input: &Input<'_>, object: Object<'_>, spec: Node<'_>, out: &mut Vec<Grant>) {
    let subject = Subject::new("workload", format!("{} {}", object.kind, object.name()));
    let allow = |rule, what: &str, severity| Grant::allow(rule, subject.clone(), Reach::one(what), severity);
    for (key, what) in [
        ("hostNetwork", "the node's network"),
        ("hostPID", "the node's processes"),
        ("hostIPC", "the node's shared memory"),
    ] {
        if let Some(entry) = spec.entry(key).filter(|(_, value)| value.is_true()) {
            let grant = if is_optional(entry, input.text) {
                allow(HOST, what, Severity::Low).only_if("the values of the chart", Reach::one("say so"))
            } else {
                allow(HOST, what, Severity::High).alone(Severity::Low)
            };
            out.push(grant.at(both(entry)));
        }
    }
    let mut closed_by_false = |key: &str, what: &str, severity| {
        let entry = spec.entry(key);
        let is_closed = entry.is_some_and(|(_, value)| value.is_false());
        let (rank, name) = if is_closed { (0, "kept away") } else { (1, "given") };
        let grant = match entry {
            Some((_, value)) if is_open(value) => Grant::unknown(HARDENING, subject.clone(), Reach::one(what)),
            _ => allow(HARDENING, what, severity).level(rank, name),
        };
        out.push(grant.at(entry.map_or(object.span(), both)));
    };
    closed_by_false("automountServiceAccountToken", "the token of its account", Severity::Medium);
    closed_by_false("hostUsers", "the node's user ids", Severity::Low);
    mounts(spec, &allow, out);
    for key in ["containers", "initContainers", "ephemeralContainers"] {
        for body in spec.get(key).into_iter().flat_map(Node::items) {
            let name = body.get("name").and_then(Node::text).unwrap_or_default();
            let subject = Subject::new("container", format!("{name} of {} {}", object.kind, object.name()));
            out.extend(container::grants(input, subject, spec, body));
        }
    }
}

/// Folders of the node, and whether any container may write to them.
fn mounts(spec: Node<'_>, allow: &dyn Fn(&'static str, &str, Severity) -> Grant, out: &mut Vec<Grant>) {
    let containers = ["containers", "initContainers"].iter().filter_map(|key| spec.get(key)).flat_map(Node::items);
    let used: Vec<(&str, bool)> = containers
        .flat_map(|body| body.get("volumeMounts").into_iter().flat_map(Node::items))
        .filter_map(|mount| Some((mount.get("name")?.text()?, mount.get("readOnly").is_some_and(Node::is_true))))
        .collect();
    for volume in spec.get("volumes").into_iter().flat_map(Node::items) {
        let Some(path) = volume.path(&["hostPath", "path"]) else { continue };
        let name = volume.get("name").and_then(Node::text).unwrap_or_default();
        let is_written = used.iter().any(|(used, is_read_only)| *used == name && !is_read_only);
        let (rank, level) = if is_written { (2, "read and write") } else { (1, "read only") };
        let text = path.text().unwrap_or_default();
        let severity = danger(text);
        let grant = allow(HOST, &format!("the node's {text}"), severity).level(rank, level).at(path.span());
        out.push(if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant });
    }
}

/// How bad it is to have this folder of the node.
pub(super) fn danger(path: &str) -> Severity {
    let plain = path.trim_end_matches('/');
    let system = [
        "",
        "/etc",
        "/root",
        "/proc",
        "/sys",
        "/var/lib/kubelet",
        "/etc/kubernetes",
        "/var/run",
        "/run",
        "/home",
        "/var/lib",
        "/var",
    ];
    if plain.ends_with(".sock") {
        Severity::Critical
    } else if system.contains(&plain) {
        Severity::High
    } else {
        Severity::Medium
    }
}
