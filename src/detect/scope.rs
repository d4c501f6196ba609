//! Scope: whether a change stays inside of its workspace, and away from the places where credentials are kept.

mod line;
mod place;

use super::shown::Shown;
use super::{fingerprint, name};
use crate::finding::{Confidence, Excerpt, Finding, Severity, Side};
use crate::rule::{CompiledRule, Fence, RuleSet, ScopeOf};
use crate::text::{Encoding, Text};
use crate::unit::{Change, Mode, RepoPath, Unit};

/// Globs of a fence that a message names.
const MOST_NAMED: usize = 4;

/// What a finding points at.
struct Spot {
    side: Side,
    span: std::ops::Range<usize>,
}

/// Looks for what `unit` does outside of its scope; a file without a past does nothing.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    if matches!(unit.change, Change::Snapshot(_)) {
        return;
    }
    workspace(set, unit, each);
    submodule(set, unit, each);
    place::scan(set, unit, each);
}

/// One finding if a path of the change lies outside of a fence.
fn workspace(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    let is_first = match &unit.change {
        Change::Added(text) | Change::Deleted(text) | Change::Snapshot(text) => text.is_start(),
        Change::Modified { after, .. } => after.is_start(),
    };
    if set.fences().is_empty() || !is_first {
        return;
    }
    let paths = || [Some(&unit.path), unit.old_path.as_ref()].into_iter().flatten();
    let out = |fence: &&Fence| paths().any(|path| !fence.holds(&path.encoded()));
    let crossed: Vec<&Fence> = set.fences().iter().filter(out).collect();
    let (Some(rule), Some(fence)) = (rule(set, ScopeOf::Changes), crossed.first()) else { return };
    let outside = paths().find(|path| !fence.holds(&path.encoded())).unwrap_or(&unit.path);
    let said = said(set, unit, outside, &crossed);
    let shown = Shown::of(set, unit);
    let (spot, excerpt) = first_change(unit, &shown);
    if let Some(text) = shown.text(spot.side) {
        let key = unit.path.encoded();
        each(finding(set, unit, rule, Told { text, spot, excerpt, severity: rule.rule().severity, said, key }));
    }
}

/// One finding if the change makes the path a pointer to another repository, or points it to another commit there.
fn submodule(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    let (Change::Added(text) | Change::Modified { after: text, .. }) = &unit.change else { return };
    if unit.mode != Some(Mode::Submodule) {
        return;
    }
    let (what, said) = match unit.old_mode {
        Some(Mode::Submodule) => (ScopeOf::MovedSubmodules, "is now another commit of its repository"),
        _ => (ScopeOf::Submodules, "is now a commit of another repository"),
    };
    let Some(rule) = rule(set, what).filter(|rule| rule.covers(unit.path.as_bytes())) else { return };
    let said = format!("`{}` {said}.", name::shown(set, &unit.path));
    let (spot, excerpt) = (Spot { side: Side::New, span: 0..0 }, Excerpt::new(String::new(), 0..0));
    let (severity, key) = (rule.rule().severity, unit.path.encoded());
    each(finding(set, unit, rule, Told { text, spot, excerpt, severity, said, key }));
}

/// The rule that looks at `what`.
fn rule(set: &RuleSet, what: ScopeOf) -> Option<&CompiledRule> {
    set.rules().iter().find(|rule| rule.rule().scope.as_ref().is_some_and(|scope| scope.of == what))
}

/// Which path lies outside of what, in words.
fn said(set: &RuleSet, unit: &Unit<'_>, outside: &RepoPath, crossed: &[&Fence]) -> String {
    let what = match (&unit.change, &unit.old_path) {
        (_, Some(old)) if old == outside => "is moved away",
        (_, Some(_)) => "is where a file is moved to",
        (Change::Added(_), _) if unit.old_mode.is_none() => "is new",
        (Change::Deleted(_), _) => "is deleted",
        (Change::Modified { added, removed, .. }, _)
            if unit.mode != unit.old_mode && added.is_empty() && removed.is_empty() =>
        {
            "has another mode"
        }
        _ => "is changed",
    };
    let fences = crossed.iter().map(|fence| {
        let mut globs: Vec<String> =
            fence.inside.iter().take(MOST_NAMED).map(|glob| format!("`{}`", glob.text())).collect();
        if fence.inside.len() > MOST_NAMED {
            globs.push(format!("{} more", fence.inside.len() - MOST_NAMED));
        }
        let globs = if globs.is_empty() { "nothing".to_owned() } else { globs.join(", ") };
        format!("{} allows {globs}", fence.drawn_by)
    });
    let fences = name::masked(set, &fences.collect::<Vec<_>>().join("; "));
    format!("`{}` {what}, and {fences}.", name::shown(set, outside))
}

/// The first changed line, or the first one where only the mode or the name changes.
fn first_change(unit: &Unit<'_>, shown: &Shown<'_>) -> (Spot, Excerpt) {
    let (side, line) = match &unit.change {
        Change::Deleted(_) => (Side::Old, 1),
        Change::Modified { added, removed, .. } => match (added.ranges().next(), removed.ranges().next()) {
            (Some(range), _) => (Side::New, range.start),
            (None, Some(range)) => (Side::Old, range.start),
            (None, None) => (Side::New, 1),
        },
        Change::Added(_) | Change::Snapshot(_) => (Side::New, 1),
    };
    let span = shown.line(side, line).unwrap_or(0..0);
    let excerpt = match shown.text(side) {
        Some(text) if text.encoding() != Encoding::Binary => shown.excerpt(text, side, &span),
        _ => Excerpt::new(String::new(), 0..0),
    };
    (Spot { side, span }, excerpt)
}

/// What a finding says beside what its rule says.
struct Told<'a> {
    text: &'a Text<'a>,
    spot: Spot,
    excerpt: Excerpt,
    severity: Severity,
    said: String,
    /// What is the same for the same thing elsewhere.
    key: String,
}

fn finding(set: &RuleSet, unit: &Unit<'_>, rule: &CompiledRule, told: Told<'_>) -> Finding {
    Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: told.severity,
        confidence: if told.severity == Severity::Low { Confidence::Medium } else { rule.rule().confidence },
        title: rule.words.title.clone(),
        message: format!("{} {}", told.said, rule.rule().why),
        path: name::shown(set, &unit.path).into(),
        side: told.spot.side,
        start: told.text.position(told.spot.span.start),
        end: told.text.position(told.spot.span.end),
        excerpt: told.excerpt,
        fingerprint: fingerprint::of_fact(&rule.words.id, &told.key),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: None,
        shapes: Vec::new(),
        anchor: None,
    }
}
