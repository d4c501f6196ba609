//! Settings of agents as tables: a key, its values in order of power, and what its absence means.

use crate::detect::grant::{Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

/// A key whose values stand in an order.
pub(super) struct Ladder {
    /// Keys from the top to the value.
    pub(super) path: &'static [&'static str],
    /// Values, the least power first; a value that is not listed counts like an absent one.
    pub(super) steps: &'static [&'static str],
    /// The step that an absent key means.
    pub(super) absent: usize,
    /// What the key decides.
    pub(super) what: &'static str,
    pub(super) rule: &'static str,
    pub(super) severity: Severity,
    /// The step from which on it is beyond the dangerous line.
    pub(super) dangerous: Option<usize>,
}

/// A list of names, each of which opens something, or protects it.
pub(super) struct List {
    pub(super) path: &'static [&'static str],
    /// What stands before a name in reports.
    pub(super) what: &'static str,
    pub(super) rule: &'static str,
    pub(super) severity: Severity,
    pub(super) side: ListSide,
}

/// What it means to stand in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ListSide {
    /// Opens.
    Opens,
    /// Protects.
    Protects,
}

/// What false and true open, for switches that open.
pub(super) const OPENS: &[&str] = &["false", "true"];
/// What true and false open, for switches that protect.
pub(super) const PROTECTS: &[&str] = &["true", "false"];

/// What all ladders and lists say of `root`.
pub(super) fn read(root: Node<'_>, subject: &Subject, ladders: &[Ladder], lists: &[List]) -> Vec<Grant> {
    let climbed = ladders.iter().map(|ladder| ladder.grant(root, subject));
    climbed.chain(lists.iter().flat_map(|list| list.grants(root, subject))).collect()
}

impl Ladder {
    fn grant(&self, root: Node<'_>, subject: &Subject) -> Grant {
        let (last, before) = self.path.split_last().map_or(("", &[][..]), |(last, before)| (*last, before));
        let entry = root.path(before).and_then(|node| node.entry(last));
        let text = entry.and_then(|(_, value)| value.text());
        let stated = text.and_then(|text| self.steps.iter().position(|step| step.eq_ignore_ascii_case(text)));
        let rank = stated.unwrap_or(self.absent);
        let step = self.steps.get(rank).copied().unwrap_or_default();
        let name = if stated.is_some() { step.to_owned() } else { format!("{step}, the default") };
        let span =
            entry.map_or(root.span().start..root.span().start, |(key, value)| key.span().start..value.span().end);
        let grant = Grant::allow(self.rule, subject.clone(), Reach::one(self.what), self.severity);
        let grant = grant.level(u32::try_from(rank).unwrap_or(u32::MAX), name).at(span);
        match self.dangerous {
            Some(step) if rank >= step && stated.is_some() => grant.alone(Severity::Medium),
            _ => grant,
        }
    }
}

impl List {
    fn grants<'d>(&self, root: Node<'d>, subject: &Subject) -> impl Iterator<Item = Grant> + use<'d, '_> {
        let subject = subject.clone();
        let keys = root.path(self.path).into_iter().flat_map(|node| {
            // A map counts by its keys.
            if node.is_map() {
                node.entries().into_iter().map(|(key, _)| key).collect()
            } else {
                node.one_or_many().collect::<Vec<_>>()
            }
        });
        keys.filter_map(move |node| {
            let what = Reach::one(format!("{} {}", self.what, node.text()?.replace("**", "*")).trim().to_owned());
            let make = if self.side == ListSide::Opens { Grant::allow } else { Grant::guard };
            let level = if self.side == ListSide::Opens { "open" } else { "in force" };
            Some(make(self.rule, subject.clone(), what, self.severity).level(1, level).at(node.span()))
        })
    }
}

/// A text in which nothing is a wildcard.
pub(super) fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}
