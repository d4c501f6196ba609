//! What the surfaces of Kubernetes share: objects in one or several documents, their names, their pods.

use crate::detect::grant::{Grant, Input, Newcomers, Subject, Surface, World};
use crate::document::{Document, Node};

/// One object of the API.
#[derive(Clone, Copy)]
pub(super) struct Object<'d> {
    pub(super) kind: &'d str,
    pub(super) root: Node<'d>,
}

/// A surface that reads objects wherever they are kept; every kind that it wants is one of its marks.
pub(super) const fn surface(
    marks: &'static [&'static str],
    grants: fn(&Input<'_>, World) -> Vec<Grant>,
    newcomers: Newcomers,
) -> Surface {
    Surface {
        files: &["**/*.{yml,yaml}", "**/*.json"],
        marks,
        needs: Some("apiVersion"),
        grants,
        setting: None,
        newcomers,
        absent: None,
        has_fixtures: true,
    }
}

/// Every object of the file, those in lists and in templates of OpenShift included.
pub(super) fn objects(document: &Document) -> Vec<Object<'_>> {
    let mut out = Vec::new();
    for root in document.roots() {
        let kind = root.get("kind").and_then(Node::text).unwrap_or_default();
        let listed = match kind {
            "Template" => root.get("objects"),
            _ if kind.ends_with("List") => root.get("items"),
            _ => None,
        };
        match listed {
            Some(list) => out.extend(list.items().filter_map(Object::of)),
            None => out.extend(Object::of(root)),
        }
    }
    out
}

impl<'d> Object<'d> {
    fn of(root: Node<'d>) -> Option<Self> {
        root.get("apiVersion")?;
        Some(Self { kind: root.get("kind")?.text()?, root })
    }

    /// Its name, with its name space where the file gives one.
    pub(super) fn name(self) -> String {
        let metadata = |key| self.root.path(&["metadata", key]).and_then(Node::text);
        let name = metadata("name").or_else(|| metadata("generateName")).unwrap_or_default();
        match metadata("namespace") {
            Some(space) if !space.is_empty() => format!("{space}/{name}"),
            _ => name.to_owned(),
        }
    }

    /// The name space that the file gives, or the one that is meant without a word.
    pub(super) fn space(self) -> &'d str {
        self.root.path(&["metadata", "namespace"]).and_then(Node::text).unwrap_or("default")
    }

    /// The object as a subject.
    pub(super) fn subject(self, kind: &'static str) -> Subject {
        Subject::new(kind, self.name())
    }

    /// Where its name stands.
    pub(super) fn span(self) -> std::ops::Range<usize> {
        let name = self.root.path(&["metadata", "name"]).or_else(|| self.root.get("kind"));
        name.unwrap_or(self.root).span()
    }

    /// An annotation.
    pub(super) fn annotation(self, key: &str) -> Option<(Node<'d>, Node<'d>)> {
        self.root.path(&["metadata", "annotations"])?.entry(key)
    }

    /// The specification of its pods, if it has any.
    pub(super) fn pod(self) -> Option<Node<'d>> {
        let paths: [&[&str]; 4] = [
            &["spec", "template", "spec"],
            &["spec", "jobTemplate", "spec", "template", "spec"],
            &["template", "spec"],
            &["spec"],
        ];
        paths.iter().filter_map(|path| self.root.path(path)).find(|spec| spec.has("containers"))
    }
}

/// Key and value as one span.
pub(super) fn both((key, value): (Node<'_>, Node<'_>)) -> std::ops::Range<usize> {
    key.span().start..value.span().end
}

/// Text with nothing in it that would count as a wildcard.
pub(super) fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

/// True for a value that only the template's values decide.
pub(super) fn is_open(node: Node<'_>) -> bool {
    // Alone behind its key it reads as a map in a map.
    let is_nested = || node.is_map() && node.entries().first().is_some_and(|(key, _)| key.is_map());
    node.text().is_some_and(|text| text.contains("{{")) || is_nested()
}

/// True if a template writes what stands under this key.
pub(super) fn is_filled_in((key, value): (Node<'_>, Node<'_>), text: &str) -> bool {
    let rest = text.get(key.span().end..).unwrap_or_default().trim_start_matches(['"', '\'', ':']);
    value.text().is_some() && rest.trim_start().starts_with("{{")
}

/// True if the line before the key is a template's condition.
pub(super) fn is_optional((key, _): (Node<'_>, Node<'_>), text: &str) -> bool {
    let before = text.get(..key.span().start).unwrap_or_default().trim_end();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    let action = line.strip_prefix("{{").unwrap_or_default().trim_start_matches(['-', ' ']);
    ["if ", "else if ", "with "].iter().any(|word| action.starts_with(word))
}
