//! Renovate's package rules: which updates of which packages are merged without a person.

use std::ops::Range;

use super::pipeline::whole;
use crate::detect::grant::{Condition, Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;
use crate::order;

/// Rule of everything that update bots may do.
pub(super) const RULE: &str = "update-bot";
/// Kinds of updates.
const TYPES: [&str; 9] =
    ["major", "minor", "patch", "pin", "pinDigest", "digest", "lockFileMaintenance", "rollback", "replacement"];
/// Keys of a rule that name packages.
const NAMES: [&str; 6] = [
    "matchPackageNames",
    "matchDepNames",
    "packageNames",
    "matchPackagePrefixes",
    "matchPackagePatterns",
    "packagePatterns",
];
/// Presets that merge by themselves, and what.
const PRESETS: [(&str, &[&str]); 4] = [
    (":automergeAll", &["*"]),
    (":automergeMajor", &["*"]),
    (":automergeMinor", &["minor", "patch", "pin", "lockFileMaintenance"]),
    (":automergePatch", &["patch", "pin", "lockFileMaintenance"]),
];

/// The one who merges.
pub(super) fn bot() -> Subject {
    Subject::new("Renovate", "")
}

/// The items of a list.
pub(super) fn list<'d>(holder: Node<'d>, key: &str) -> impl Iterator<Item = Node<'d>> + use<'d> {
    holder.get(key).into_iter().flat_map(Node::one_or_many)
}

/// Updates that are merged, and rules that take some of them out again.
pub(super) struct Merges<'d> {
    rules: Vec<Rule<'d>>,
}

/// One word about merging.
struct Rule<'d> {
    /// The rule of packages it stands in; `None` at the top.
    body: Option<Node<'d>>,
    /// The kinds of updates it is about; none for all.
    types: Vec<&'d str>,
    is_on: bool,
    at: Range<usize>,
}

impl<'d> Merges<'d> {
    /// In the order in which they count.
    pub(super) fn of(root: Node<'d>) -> Self {
        let mut rules = Vec::new();
        for preset in list(root, "extends") {
            let known = PRESETS.iter().find(|(name, _)| preset.is(name));
            if let Some((_, types)) = known {
                let types = types.iter().copied().filter(|kind| *kind != "*").collect();
                rules.push(Rule { body: None, types, is_on: true, at: preset.span() });
            }
        }
        said(root, None, &mut rules);
        for body in list(root, "packageRules").filter(|body| body.is_map()) {
            said(body, Some(body), &mut rules);
        }
        Self { rules }
    }

    /// What they let the bot merge.
    pub(super) fn grants(&self, out: &mut Vec<Grant>) {
        for (at, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.is_on) {
            let later = self.rules.get(at + 1..).unwrap_or_default();
            out.extend(rule.grant(later.iter().filter(|rule| !rule.is_on)));
        }
    }
}

/// `automerge` of a holder, and of the kinds of updates it names.
fn said<'d>(holder: Node<'d>, body: Option<Node<'d>>, rules: &mut Vec<Rule<'d>>) {
    let own: Vec<&str> =
        ["matchUpdateTypes", "updateTypes"].iter().flat_map(|key| list(holder, key)).filter_map(Node::text).collect();
    let mut add = |types, entry: (Node<'d>, Node<'d>)| {
        if let Some(is_on) = entry.1.truth() {
            rules.push(Rule { body, types, is_on, at: whole(entry) });
        }
    };
    if let Some(entry) = holder.entry("automerge") {
        add(own, entry);
    }
    for kind in TYPES {
        if let Some(entry) = holder.get(kind).and_then(|node| node.entry("automerge")) {
            add(vec![kind], entry);
        }
    }
}

impl Rule<'_> {
    fn grant<'r>(&self, exceptions: impl Iterator<Item = &'r Self>) -> Option<Grant>
    where
        Self: 'r,
    {
        let mut types: Vec<&str> = if self.types.is_empty() { TYPES.to_vec() } else { self.types.clone() };
        let mut left_out = Vec::new();
        for exception in exceptions {
            match exception.body {
                _ if exception.is_only_about_types() => {
                    types.retain(|kind| !exception.types.is_empty() && !exception.types.contains(kind));
                }
                Some(body) => left_out.push(body.canonical()),
                None => {}
            }
        }
        if types.is_empty() {
            return None;
        }
        let severity = if types.contains(&"major") { Severity::Medium } else { Severity::Low };
        let whole = types.len() == TYPES.len();
        let types =
            if whole { Reach::one("* updates") } else { Reach::of(types.iter().map(|kind| format!("{kind} updates"))) };
        let mut grant = Grant::allow(RULE, bot(), types, severity).level(1, "merged by itself").at(self.at.clone());
        if let Some(body) = self.body {
            grant = grant.on(packages(body));
            grant.conditions = conditions(body);
        }
        if !left_out.is_empty() {
            let shown = Some("no later rule takes them out".to_owned());
            grant.conditions.push(Condition { test: "exceptions".into(), values: Reach::AllBut(left_out), shown });
        }
        Some(grant)
    }

    /// True if nothing but the kind of update decides whether it fits.
    fn is_only_about_types(&self) -> bool {
        let is_filter = |(key, _): &(Node<'_>, Node<'_>)| {
            let key = key.text().unwrap_or_default();
            is_matcher(key) && !matches!(key, "matchUpdateTypes" | "updateTypes")
        };
        self.body.is_none_or(|body| !body.entries().iter().any(is_filter))
    }
}

fn is_matcher(key: &str) -> bool {
    key.starts_with("match")
        || key.starts_with("exclude")
        || NAMES.contains(&key)
        || matches!(key, "depTypeList" | "managers" | "datasources" | "paths" | "languages")
}

/// The packages that a rule is about.
fn packages(body: Node<'_>) -> Reach {
    let mut names = Vec::new();
    for key in NAMES {
        for text in list(body, key).filter_map(Node::text).filter(|text| !text.starts_with('!')) {
            names.push(match key {
                "matchPackagePrefixes" => format!("{text}*"),
                "matchPackagePatterns" | "packagePatterns" if matches!(text, "*" | ".*" | "^.*$") => "*".to_owned(),
                "matchPackagePatterns" | "packagePatterns" => format!("/{}/", super::workflow::literal(text)),
                _ if text.starts_with('/') => super::workflow::literal(text),
                _ => text.replace("**", "*"),
            });
        }
    }
    order::sort(&mut names);
    names.dedup();
    if names.is_empty() { Reach::all() } else { Reach::of(names) }
}

/// What else must fit: more values let more through, more names that are left out let less through.
fn conditions(body: Node<'_>) -> Vec<Condition> {
    let mut out = Vec::new();
    for (key, value) in body.entries() {
        let Some(test) = key.text().filter(|key| is_matcher(key)) else { continue };
        let texts: Vec<&str> = value.texts().collect();
        let (negated, plain): (Vec<&str>, Vec<&str>) = texts.into_iter().partition(|text| text.starts_with('!'));
        let is_kind = matches!(test, "matchUpdateTypes" | "updateTypes");
        if is_kind {
            continue;
        }
        if test.starts_with("exclude") {
            out.push(condition(test, Reach::AllBut(literals(&plain))));
        } else if !plain.is_empty() && !NAMES.contains(&test) {
            out.push(condition(test, Reach::Only(literals(&plain))));
        }
        if !negated.is_empty() {
            out.push(condition(&format!("not {test}"), Reach::AllBut(literals(&negated))));
        }
    }
    out
}

fn literals(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| super::workflow::literal(text)).collect()
}

fn condition(test: &str, values: Reach) -> Condition {
    Condition { test: test.to_owned(), values, shown: None }
}
