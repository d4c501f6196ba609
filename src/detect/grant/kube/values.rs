//! Values of charts: switches and security contexts that the templates take over as they are.

use super::container::{Container, HOST};
use super::object::{both, surface};
use super::pod::danger;
use super::switch::{self, joined};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Files of values for Helm, and the values that releases of Flux and applications of Argo CD hold.
///
/// What a missing switch means stands in the chart: only one that is written on both sides is compared. A security context is
/// handed on as a whole, so that a key missing there has the default of Kubernetes. Source: "Values Files" in the
/// documentation of Helm, and the security context's of Kubernetes.
pub(in crate::detect::grant) static VALUES: Surface = Surface {
    files: &["**/values.{yml,yaml}", "**/values[-_.]*.{yml,yaml}", "**/*[-_.]values.{yml,yaml}"],
    marks: &[],
    needs: None,
    ..surface(&[], grants, Newcomers::DangerousLine)
};

/// The same inside of objects.
pub(in crate::detect::grant) static RELEASE: Surface =
    surface(&["HelmRelease", "valuesObject"], released, Newcomers::DangerousLine);

/// Deepest level of values that is looked at.
const MOST_LEVELS: usize = 24;
/// Most parts of values that are looked at.
const MOST_PARTS: usize = 50_000;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for root in input.data().roots() {
        // An object is no file of values, whatever its name.
        if !root.has("apiVersion") {
            values(input, "", root, &mut out);
        }
    }
    out
}

fn released(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in super::object::objects(input.data()) {
        let paths: &[&[&str]] = match object.kind {
            "HelmRelease" => &[&["spec", "values"]],
            "Application" => &[&["spec", "source", "helm", "valuesObject"]],
            _ => &[],
        };
        for held in paths.iter().filter_map(|path| object.root.path(path)) {
            values(input, &object.name(), held, &mut out);
        }
    }
    out
}

/// What the values of one release say. `release` is its name, or nothing in a file of its own.
fn values(input: &Input<'_>, release: &str, root: Node<'_>, out: &mut Vec<Grant>) {
    let whole = Subject::new("the chart's pods", release);
    out.push(Grant::allow(HOST, whole.clone(), Reach::all(), Severity::Low).level(0, "no"));
    let mut todo = vec![(release.to_owned(), root, 0)];
    let mut budget = MOST_PARTS;
    while let Some((path, node, level)) = todo.pop() {
        let Some(left) = budget.checked_sub(1) else {
            return input.note(node.span().start, "values of more parts than can be compared".to_owned());
        };
        budget = left;
        if level > MOST_LEVELS {
            continue;
        }
        for item in node.items().filter(|item| item.is_map()) {
            todo.push((path.clone(), item, level + 1));
        }
        if node.is_map() {
            contexts(&path, node, out);
            switch::grants(&path, node, out);
            host(&whole, &path, node, out);
            for (key, value) in node.entries().into_iter().filter(|(_, value)| value.is_map() || value.is_list()) {
                todo.push((joined(&path, key.text().unwrap_or_default()), value, level + 1));
            }
        }
    }
}

/// The security contexts among the keys of one map: the pod's and the container's work together.
fn contexts(path: &str, map: Node<'_>, out: &mut Vec<Grant>) {
    let block = |key: &str| map.entry(key).filter(|(_, value)| value.text().is_none_or(str::is_empty));
    let [plain, pod, container] = ["securityContext", "podSecurityContext", "containerSecurityContext"].map(block);
    // Without a word for the container's, `securityContext` is that; with one it is the pod's.
    let (own, common) = if container.is_some() { (container, pod.or(plain)) } else { (plain, pod) };
    if own.is_some() || common.is_some() {
        out.extend(context(path, own, common));
    }
    for (key, value) in map.entries() {
        let name = key.text().unwrap_or_default();
        let is_other =
            name.ends_with("SecurityContext") && !matches!(name, "podSecurityContext" | "containerSecurityContext");
        if is_other && value.is_map() {
            out.extend(context(&joined(path, name), Some((key, value)), None));
        }
    }
}

fn context<'d>(path: &str, own: Option<(Node<'d>, Node<'d>)>, common: Option<(Node<'d>, Node<'d>)>) -> Vec<Grant> {
    let name = own.or(common).map_or(0..0, |(key, _)| key.span());
    // Some charts switch a context off by a key inside.
    let on = |(_, value): (Node<'d>, Node<'d>)| (!value.get("enabled").is_some_and(Node::is_false)).then_some(value);
    let place = if path.is_empty() { "the values" } else { path };
    let subject = Subject::new("the chart's pods by", place);
    Container { subject, name, own: own.and_then(on), common: common.and_then(on) }.grants()
}

/// What these values take of the node. Without a word a chart takes nothing.
fn host(whole: &Subject, path: &str, map: Node<'_>, out: &mut Vec<Grant>) {
    let level = if path.is_empty() { "given".to_owned() } else { format!("given by {path}") };
    let allow = |what: String, severity| Grant::allow(HOST, whole.clone(), Reach::one(what), severity);
    for (key, what) in [
        ("hostNetwork", "the node's network"),
        ("hostPID", "the node's processes"),
        ("hostIPC", "the node's shared memory"),
    ] {
        let enabled = |value: Node<'_>| value.is_true() || value.get("enabled").is_some_and(Node::is_true);
        if let Some(entry) = map.entry(key).filter(|(_, value)| enabled(*value)) {
            out.push(allow(what.to_owned(), Severity::High).level(1, &*level).at(both(entry)));
        }
    }
    if let Some(folder) =
        map.path(&["hostPath", "path"]).filter(|folder| folder.text().is_some_and(|t| t.starts_with('/')))
    {
        let text = folder.text().unwrap_or_default();
        let grant = allow(format!("the node's {}", super::object::literal(text)), danger(text)).level(1, &*level);
        out.push(grant.at(folder.span()));
    }
}
