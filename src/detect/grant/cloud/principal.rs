//! Principals of AWS resource policies: who is let in, and how far away they are.

use super::{action, value};
use crate::detect::grant::{Condition, Reach};
use crate::document::Node;
use crate::finding::Severity;

/// Keys of conditions that keep callers within one organisation, account, network or resource.
const HOLDS: [&str; 9] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:sourceip",
];

/// Who may ask.
pub(super) enum Principal {
    /// Everyone there is.
    Anyone,
    /// Everyone but these.
    AllBut(Vec<String>),
    /// A principal of its kind: `AWS`, `Service`, `Federated`, `CanonicalUser`.
    One { kind: String, name: String },
}

/// Each principal by itself; `[None]` for a policy that is attached to whom it is for.
pub(super) fn principals(given: Option<Node<'_>>, negated: Option<Node<'_>>) -> Vec<Option<Principal>> {
    if let Some(negated) = negated {
        return vec![Some(Principal::AllBut(names(negated).into_iter().map(|(_, name)| name).collect()))];
    }
    match given {
        None => vec![None],
        Some(node) => names(node).into_iter().map(|(kind, name)| Some(Principal::of(kind, name))).collect(),
    }
}

/// `"*"`, `{"AWS": [...]}`, and Terraform's `principals { type, identifiers }`: kind and name of each.
fn names(node: Node<'_>) -> Vec<(String, String)> {
    if node.text().is_some() {
        return value::texts(node).into_iter().map(|name| ("AWS".to_owned(), name)).collect();
    }
    let mut out = Vec::new();
    for block in node.one_or_many() {
        if let Some(identifiers) = block.get("identifiers") {
            let kind = block.get("type").and_then(Node::text).unwrap_or("AWS");
            let kind = if kind == "*" { "AWS" } else { kind };
            out.extend(value::texts(identifiers).into_iter().map(|name| (kind.to_owned(), name)));
            continue;
        }
        for (kind, names) in block.entries() {
            let kind = kind.text().unwrap_or_default();
            out.extend(value::texts(names).into_iter().map(|name| (kind.to_owned(), name)));
        }
    }
    out
}

impl Principal {
    fn of(kind: String, name: String) -> Self {
        if name == "*" && kind == "AWS" { Self::Anyone } else { Self::One { kind, name: value::arn(&name) } }
    }

    /// True if nobody is left out by name.
    pub(super) fn is_anyone(&self) -> bool {
        matches!(self, Self::Anyone | Self::AllBut(_))
    }

    /// The principal as something that must hold; `None` where it always does. An account is the same by its number and
    /// by its root, and has every user and role in it.
    pub(super) fn condition(&self) -> Option<Condition> {
        let condition = |values, shown: Option<String>| {
            let shown = shown.map(|shown| format!("asked by {shown}"));
            Some(Condition { test: "asked by".to_owned(), values, shown })
        };
        match self {
            Self::Anyone => None,
            Self::AllBut(names) => condition(Reach::of(names.iter().map(|name| plain(name)).collect::<Vec<_>>()), None)
                .map(|but| match but.values {
                    Reach::Only(out) => Condition { values: Reach::AllBut(out), ..but },
                    _ => but,
                }),
            Self::One { kind, name } => {
                let mark = if kind == "AWS" { String::new() } else { format!("{} ", kind.to_ascii_lowercase()) };
                condition(Reach::one(format!("{mark}{}", plain(name))), Some(format!("{mark}{name}")))
            }
        }
    }

    /// How bad it is that this one may do `action`. It is hardly ever the own account that a policy lets in by name.
    pub(super) fn severity(&self, action: &str, conditions: &[Condition]) -> Severity {
        let is_trust = action.starts_with("sts:");
        let is_read = action::severity(action, false) == Severity::Low;
        let is_held = conditions.iter().any(|condition| HOLDS.iter().any(|key| condition.test.contains(key)));
        match self {
            Self::Anyone | Self::AllBut(_) if is_held => Severity::Medium,
            Self::Anyone | Self::AllBut(_) => Severity::Critical,
            Self::One { kind, name } => match kind.as_str() {
                "Service" if is_trust || !is_held && !is_read => Severity::Medium,
                "Service" => Severity::Low,
                "Federated" => federated(conditions),
                _ if name.contains("${") || name.contains("cloudfront") => Severity::Medium,
                _ if is_trust || !is_read => Severity::High,
                _ => Severity::Medium,
            },
        }
    }
}

/// Tokens of a provider whose subject nothing pins down can be had by any of its customers.
fn federated(conditions: &[Condition]) -> Severity {
    let subjects = conditions.iter().filter(|c| c.test.ends_with(":sub") || c.test.ends_with(":aud"));
    let is_loose = |condition: &Condition| match &condition.values {
        Reach::Only(values) if condition.test.ends_with(":sub") => values.iter().any(|value| is_loose_subject(value)),
        Reach::Only(_) => false,
        _ => true,
    };
    let mut checked = subjects.filter(|condition| !condition.test.contains("values")).peekable();
    if checked.peek().is_none() || checked.any(is_loose) { Severity::Critical } else { Severity::High }
}

/// True for `*`, `repo:*` and `repo:owner/*`: more than one repository.
fn is_loose_subject(subject: &str) -> bool {
    let repository = subject.strip_prefix("repo:").unwrap_or(subject);
    let repository = repository.split(':').next().unwrap_or_default();
    repository.contains('*')
}

/// The number of an account as the pattern of all that is in it.
fn plain(name: &str) -> String {
    let account = name.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(name);
    let is_number = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if is_number || account.starts_with("${") && account != name {
        format!("arn:aws:iam::{account}:*")
    } else if account.bytes().all(|b| b.is_ascii_digit()) {
        account.to_owned()
    } else {
        name.to_owned()
    }
}
