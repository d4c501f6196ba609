//! What the surfaces of GitHub Actions share: jobs, steps, triggers.

use crate::document::Node;

/// Where GitHub looks for workflows.
pub(super) const FILES: &[&str] = &[".github/workflows/*.{yml,yaml}"];
/// Workflows and the actions that a repository keeps itself.
pub(super) const FILES_WITH_STEPS: &[&str] =
    &[".github/workflows/*.{yml,yaml}", ".github/actions/**/*.{yml,yaml}", "action.{yml,yaml}", "**/action.{yml,yaml}"];

/// Triggers that strangers can pull, with the base repository's token and secrets.
pub(super) const RISKY: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// One job.
#[derive(Clone, Copy)]
pub(super) struct Job<'d> {
    pub(super) name: &'d str,
    pub(super) id: Node<'d>,
    pub(super) body: Node<'d>,
}

/// The jobs of a workflow.
pub(super) fn jobs(root: Node<'_>) -> Vec<Job<'_>> {
    let entries = root.get("jobs").map(Node::entries).unwrap_or_default();
    entries.into_iter().filter_map(|(id, body)| Some(Job { name: id.text()?, id, body })).collect()
}

impl<'d> Job<'d> {
    /// Its steps.
    pub(super) fn steps(self) -> impl Iterator<Item = Node<'d>> {
        self.body.get("steps").into_iter().flat_map(Node::items)
    }

    /// Every text in it.
    pub(super) fn texts(self) -> impl Iterator<Item = (Node<'d>, &'d str)> {
        self.body.walk().filter_map(|node| Some((node, node.text()?)))
    }

    /// True if its token can write anything, as far as the file says; without a word it may be able to.
    pub(super) fn may_write(self, root: Node<'d>) -> bool {
        match self.body.get("permissions").or_else(|| root.get("permissions")) {
            None => true,
            Some(value) => value.is("write-all") || value.entries().iter().any(|(_, level)| level.is("write")),
        }
    }

    /// The secrets it names, the token of the workflow apart.
    pub(super) fn secrets(self) -> impl Iterator<Item = (Node<'d>, Secret)> {
        self.texts().flat_map(|(node, text)| secrets(text).map(move |name| (node, name)))
    }
}

/// All steps of a workflow or of a composite action.
pub(super) fn all_steps(root: Node<'_>) -> Vec<Node<'_>> {
    let own = root.path(&["runs", "steps"]).into_iter().flat_map(Node::items);
    jobs(root).into_iter().flat_map(Job::steps).chain(own).collect()
}

/// True if `on:` names the trigger, in any of its three forms.
pub(super) fn has_trigger(root: Node<'_>, trigger: &str) -> bool {
    root.get("on").is_some_and(|on| on.has(trigger) || on.texts().any(|text| text == trigger))
}

/// True if strangers can start it with the base repository's power.
pub(super) fn is_risky(root: Node<'_>) -> bool {
    RISKY.iter().any(|trigger| has_trigger(root, trigger))
}

/// What an expression reads from `secrets`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Secret {
    /// One, by its name in upper case, as GitHub compares names.
    Named(String),
    /// All of them, or one whose name is only known when it runs.
    Any,
}

/// What `text` reads from `secrets` in its expressions, without the token that every workflow has.
pub(super) fn secrets(text: &str) -> impl Iterator<Item = Secret> {
    all_secrets(text).filter(|secret| !matches!(secret, Secret::Named(name) if name == TOKEN))
}

/// The same with that token.
pub(super) fn all_secrets(text: &str) -> impl Iterator<Item = Secret> {
    let expressions = text.split("${{").skip(1).map(|rest| rest.split("}}").next().unwrap_or(rest));
    expressions.flat_map(|expression| {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let lower = expression.to_ascii_lowercase();
        let places: Vec<usize> = lower.match_indices("secrets").map(|(at, _)| at).collect();
        let whole = places.into_iter().filter(move |at| *at == 0 || !is_name(lower.as_bytes()[at - 1]));
        whole.filter_map(move |at| read(&expression[at + "secrets".len()..]))
    })
}

/// The name of the workflow's own token among its secrets.
const TOKEN: &str = "GITHUB_TOKEN";

/// `.NAME`, `['NAME']`, `[anything]`, or the end of a call: `toJSON(secrets)`.
fn read(rest: &str) -> Option<Secret> {
    let rest = rest.trim_start();
    let name = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(text.len());
        Some(&text[..end]).filter(|name| !name.is_empty()).map(|name| Secret::Named(name.to_ascii_uppercase()))
    };
    if let Some(member) = rest.strip_prefix('.') {
        return if member.starts_with('*') { Some(Secret::Any) } else { name(member) };
    }
    if let Some(index) = rest.strip_prefix('[') {
        let index = index.trim_start();
        return index.strip_prefix('\'').map_or(Some(Secret::Any), name);
    }
    rest.starts_with([')', ',']).then_some(Secret::Any)
}

/// The action that a step (or the workflow that a job) uses, without its version, and the version.
pub(super) fn used(text: &str) -> Option<(&str, &str)> {
    text.split_once('@').filter(|(name, _)| !name.starts_with("./"))
}

/// True for a whole commit id, which nobody can move.
pub(super) fn is_commit(version: &str) -> bool {
    matches!(version.len(), 40 | 64) && version.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A text in which nothing is a wildcard.
pub(super) fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_what_the_context_of_that_name_has() {
        let named = |name: &str| Secret::Named(name.to_owned());
        for (text, expected) in [
            ("${{ secrets.npm_token }}", vec![named("NPM_TOKEN")]),
            ("${{ secrets[ 'A' ] }} ${{ SECRETS.B }}", vec![named("A"), named("B")]),
            ("${{ secrets[matrix.name] }}", vec![Secret::Any]),
            ("${{ toJSON(secrets) }}", vec![Secret::Any]),
            ("${{ steps.get-secrets.outputs.A }} ${{ steps.secrets.outputs.B }}", vec![]),
            ("secrets.A outside ${{ github.sha }}", vec![]),
            ("${{ secrets.GITHUB_TOKEN }}", vec![]),
        ] {
            assert_eq!(secrets(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
