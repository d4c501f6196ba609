//! From losses to findings: one for each rule and side of a file, in words.

use std::collections::BTreeMap;

use super::case::{Case, Loss};
use crate::detect::shown::Shown;
use crate::detect::{fingerprint, name};
use crate::finding::{Finding, Severity, Side};

/// Things that a message names.
const MOST_NAMED: usize = 3;
/// Longest of them that is told whole, in characters.
const LONGEST_SAID: usize = 200;

/// What a finding tells.
pub(super) struct Told {
    rule: usize,
    side: Side,
    /// Where, the first of the worst.
    line: usize,
    severity: Severity,
    says: Vec<String>,
    lines: Vec<usize>,
}

/// The losses of one rule on one side, together.
pub(super) fn joined(losses: Vec<Loss>) -> Vec<Told> {
    let mut out: BTreeMap<(usize, Side), Told> = BTreeMap::new();
    for Loss { rule, side, line, severity, says } in losses {
        let new = || Told { rule, side, line, severity, says: Vec::new(), lines: Vec::new() };
        let told = out.entry((rule, side)).or_insert_with(new);
        if severity > told.severity || (severity == told.severity && line < told.line) {
            (told.severity, told.line) = (severity, line);
        }
        if !told.says.contains(&says) {
            told.says.push(says);
        }
        if !told.lines.contains(&line) {
            told.lines.push(line);
        }
    }
    out.into_values().collect()
}

pub(super) fn finding(case: &Case<'_>, shown: &Shown<'_>, told: &Told) -> Option<Finding> {
    let rule = case.set.rules().get(told.rule)?;
    let text = shown.text(told.side)?;
    let span = shown.line(told.side, told.line)?;
    // As it is shown: what is masked there must not be guessed from the fingerprint.
    let line = |line: &usize| {
        let span = shown.line(told.side, *line).unwrap_or_default();
        shown.excerpt(text, told.side, &span).text().trim().to_owned()
    };
    let identity: Vec<String> = told.lines.iter().map(line).collect();
    Some(Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: told.severity,
        confidence: rule.rule().confidence,
        title: rule.words.title.clone(),
        message: message(told, shown, &rule.rule().why, case.is_test()),
        path: name::shown(case.set, &case.unit.path).into(),
        side: told.side,
        start: text.position(span.start),
        end: text.position(span.end),
        excerpt: shown.excerpt(text, told.side, &span),
        fingerprint: fingerprint::of_fact(&rule.words.id, &identity.join("\n")),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: None,
        shapes: Vec::new(),
        anchor: None,
    })
}

fn message(told: &Told, shown: &Shown<'_>, why: &str, is_test: bool) -> String {
    let named = told.says.iter().take(MOST_NAMED).map(|says| shown.said(says, LONGEST_SAID));
    let mut said = named.collect::<Vec<_>>().join("; ");
    if told.says.len() > MOST_NAMED {
        said += &format!("; and {} more", told.says.len() - MOST_NAMED);
    }
    let count = if told.lines.len() > 1 { format!(" ({} lines)", told.lines.len()) } else { String::new() };
    let place = if is_test && told.severity == Severity::Low { " It is a test." } else { "" };
    format!("{}{count}.{place} {why}", capital(&said))
}

/// With a capital letter in front, where it begins with a word.
fn capital(text: &str) -> String {
    let mut all = text.chars();
    all.next().map_or_else(String::new, |first| first.to_uppercase().chain(all).collect())
}
