//! Resources of Terraform and of CloudFormation as one list.

use super::value;
use crate::document::{Document, Node};

/// One resource.
#[derive(Clone)]
pub(super) struct Resource<'d> {
    /// Such as `aws_s3_bucket` or `AWS::S3::Bucket`.
    pub(super) kind: &'d str,
    /// `aws_s3_bucket.b`, or the logical name.
    pub(super) name: String,
    /// Where its name stands.
    pub(super) at: Node<'d>,
    /// What is set on it.
    pub(super) body: Node<'d>,
    /// The whole of it: the same for Terraform, with what stands beside the properties for CloudFormation.
    pub(super) whole: Node<'d>,
}

/// Every resource of the file, in its order.
pub(super) fn resources(document: &Document) -> Vec<Resource<'_>> {
    let mut out = Vec::new();
    let Some(root) = document.root() else { return out };
    for (kind, named) in root.get("resource").map(Node::entries).unwrap_or_default() {
        let kind = kind.text().unwrap_or_default();
        for (name, bodies) in named.entries() {
            for body in bodies.one_or_many() {
                let name_text = format!("{kind}.{}", name.text().unwrap_or_default());
                out.push(Resource { kind, name: name_text, at: name, body, whole: body });
            }
        }
    }
    for (name, whole) in root.get("Resources").map(Node::entries).unwrap_or_default() {
        let Some(kind) = whole.get("Type").and_then(Node::text) else { continue };
        let body = whole.get("Properties").unwrap_or(whole);
        out.push(Resource { kind, name: name.text().unwrap_or_default().to_owned(), at: name, body, whole });
    }
    out
}

impl<'d> Resource<'d> {
    /// The value at the end of a path; of repeated blocks the first that has it.
    pub(super) fn find(&self, path: &[&str]) -> Option<(Node<'d>, Node<'d>)> {
        let (last, above) = path.split_last()?;
        let mut nodes = vec![self.body];
        for key in above {
            nodes = nodes.into_iter().filter_map(|node| node.get(key)).flat_map(Node::one_or_many).collect();
        }
        nodes.into_iter().find_map(|node| node.entry(last))
    }

    /// The text at the end of a path.
    pub(super) fn text(&self, path: &[&str]) -> Option<String> {
        self.find(path).and_then(|(_, value)| value::text(value))
    }

    /// The texts under a key.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        self.body.get(key).map(value::texts).unwrap_or_default()
    }

    /// Whom one of the keys refers to, or the resource itself.
    pub(super) fn owner(&self, keys: &[&str]) -> String {
        let named = keys.iter().find_map(|key| self.body.get(key)).and_then(value::text);
        named.map_or_else(|| self.name.clone(), |text| value::referred(&text))
    }
}
