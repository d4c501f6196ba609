//! Numbers that a check holds something against: compared by what they are called, before and after.

use std::collections::{BTreeMap, BTreeSet};

use regex_automata::Input;
use regex_automata::meta::Regex;

use super::case::{Case, Loss};
use super::reading::{Half, Reading};
use super::sign::is_meant;
use crate::finding::Side;
use crate::rule::{Limit, What, Worse};

/// A number with its place.
#[derive(Clone, Copy)]
struct Held {
    value: f64,
    at: usize,
}

pub(super) fn losses(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let (Some(old), Some(new)) = (&reading.old, &reading.new) else { return Vec::new() };
    let all = case.set.safeguards();
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for (side, half) in [(Side::New, new), (Side::Old, old)] {
        for line in reading.changed(side) {
            for (number, clue) in all.of(half.line(line)) {
                let What::Limit(limit) = &clue.what else { continue };
                if !seen.insert(number) || !is_meant(case, clue) {
                    continue;
                }
                let Some(regex) = clue.regex() else { continue };
                for (side, held, says) in lowered(limit, regex, old, new) {
                    let half = if side == Side::New { new } else { old };
                    let line = half.text.position(held.at).line;
                    let severity = case.own_severity(clue.rule, limit.severity);
                    out.extend(severity.map(|severity| Loss { rule: clue.rule, side, line, severity, says }));
                }
            }
        }
    }
    out
}

/// The numbers that let more pass than before, and those that are gone.
fn lowered(limit: &Limit, regex: &Regex, old: &Half<'_>, new: &Half<'_>) -> Vec<(Side, Held, String)> {
    let (before, after) = (held(regex, &old.code), held(regex, &new.code));
    let mut out = Vec::new();
    for (key, was) in before {
        match after.get(&key) {
            Some(is) => {
                let is_worse = if limit.worse == Worse::Lower { is.value < was.value } else { is.value > was.value };
                if is_worse {
                    out.push((Side::New, *is, format!("{} goes from {} to {}", limit.says, was.value, is.value)));
                }
            }
            None => out.push((Side::Old, was, format!("{} of {} is gone", limit.says, was.value))),
        }
    }
    out
}

/// Each number by its key; the first of each.
fn held(regex: &Regex, text: &[u8]) -> BTreeMap<Vec<u8>, Held> {
    let mut out = BTreeMap::new();
    let mut captures = regex.create_captures();
    let mut at = 0;
    while at <= text.len() {
        regex.search_captures(&Input::new(text).range(at..), &mut captures);
        let Some(whole) = captures.get_match() else { break };
        let group = |name| captures.get_group_by_name(name).map(|span| &text[span.start..span.end]);
        let value = group("number").and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if let Some(value) = value {
            let key = group("key").unwrap_or_default().to_ascii_lowercase();
            out.entry(key).or_insert(Held { value, at: whole.start() });
        }
        at = whole.end().max(at + 1);
    }
    out
}
