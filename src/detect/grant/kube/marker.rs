//! Markers in Go from which the role of a controller is generated.

use std::collections::BTreeSet;
use std::ops::Range;

use super::object::literal;
use super::rbac::{EVERYWHERE, IN_ONE_SPACE, Rule, nothing};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// `+kubebuilder:rbac` in comments.
///
/// Each marker is one rule of the controller's role; with a name space it counts in that one. Source: "RBAC" under "Marker
/// Syntax" in The Kubebuilder Book.
pub(in crate::detect::grant) static MARKER: Surface = Surface {
    files: &["**/*.go"],
    marks: &[MARK],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const MARK: &str = "+kubebuilder:rbac:";
/// Longest marker that is read, in bytes.
const LONGEST: usize = 1 << 14;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut known = BTreeSet::new();
    // A file that has none yet has a role all the same, with nothing in it.
    out.push(nothing(&subject("")));
    for (line, start) in lines(input.text) {
        let Some(text) = marker(line) else { continue };
        let Some(marker) = Marker::read(text) else {
            input.note(start, "a marker that does not end".to_owned());
            continue;
        };
        let subject = subject(&marker.role);
        if known.insert(subject.clone()) {
            out.push(nothing(&subject).at(start..start + line.len()));
        }
        let at: Range<usize> = start + (line.len() - line.trim_start().len())..start + line.trim_end().len();
        let made = marker.rule.grants(&subject, if marker.space.is_empty() { EVERYWHERE } else { IN_ONE_SPACE });
        // The role is made of the markers of all files: what one of them gains, it may have had from another.
        let lower = |severity| if severity == Severity::Critical { Severity::Medium } else { Severity::Low };
        let made = made.into_iter().map(|grant| Grant { severity: lower(grant.severity), ..grant });
        out.extend(made.map(|grant| match marker.space.as_str() {
            "" => grant.at(at.clone()),
            space => grant.only_if("in", Reach::one(format!("name space {}", literal(space)))).at(at.clone()),
        }));
    }
    out
}

fn lines(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (line, start)
    })
}

/// What follows the mark in a comment that is nothing else.
fn marker(line: &str) -> Option<&str> {
    let comment = line.trim().trim_start_matches('/').trim_start();
    (line.trim_start().starts_with("//") && line.len() < LONGEST).then(|| comment.strip_prefix(MARK)).flatten()
}

fn subject(role: &str) -> Subject {
    Subject::new("role", if role.is_empty() { "of the controller" } else { role })
}

#[derive(Default)]
struct Marker {
    rule: Rule,
    space: String,
    role: String,
}

impl Marker {
    /// `None` where a quote does not end.
    fn read(text: &str) -> Option<Self> {
        let mut marker = Self::default();
        for argument in cut(text, ',')? {
            let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
            let values: Vec<String> = cut(bare(value), ';')?.into_iter().map(|one| bare(one).to_owned()).collect();
            match key.trim() {
                "groups" => marker.rule.groups = values.into_iter().map(group).collect(),
                "resources" => marker.rule.resources = values,
                "verbs" => marker.rule.verbs = values,
                "resourceNames" => marker.rule.names = values,
                "urls" => marker.rule.urls = values,
                "namespace" => marker.space = bare(value).to_owned(),
                "roleName" => marker.role = bare(value).to_owned(),
                _ => {}
            }
        }
        Some(marker)
    }
}

/// The group without a name may be called `core` here.
fn group(text: String) -> String {
    if text.is_empty() { "core".to_owned() } else { text }
}

/// Without quotes or braces around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let within = |open: char, close: char| text.strip_prefix(open)?.strip_suffix(close);
    let quoted = within('"', '"').or_else(|| within('`', '`')).filter(|inner| !inner.contains(['"', '`']));
    quoted.or_else(|| within('{', '}')).unwrap_or(text)
}

/// Cuts at a sign that stands in no quotes and no braces. In braces a list is cut at commas.
fn cut(text: &str, at: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let mut quote = None;
    let mut depth = 0_usize;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(letter),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && (letter == at || at == ';' && letter == ',') => {
                parts.push(text.get(start..place)?);
                start = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    quote.is_none().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_read_in_every_spelling() {
        for text in [
            "groups=\"\";apps,resources=pods;pods/log,verbs=get;list,namespace=x",
            "groups=core;apps,resources={pods,pods/log},verbs=\"get\";\"list\",namespace=\"x\"",
            "namespace=x,verbs=\"get;list\",resources=pods;pods/log,groups=core;apps",
        ] {
            let marker = Marker::read(text).unwrap();
            assert_eq!(marker.rule.groups, ["core", "apps"], "{text}");
            assert_eq!(marker.rule.resources, ["pods", "pods/log"], "{text}");
            assert_eq!(marker.rule.verbs, ["get", "list"], "{text}");
            assert_eq!(marker.space, "x", "{text}");
        }
        assert!(Marker::read("groups=\"a").is_none());
    }
}
