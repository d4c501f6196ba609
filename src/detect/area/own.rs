//! Areas that the policy draws round files: any change of them is told, whatever its lines say.

use crate::detect::code::hunk::hunks;
use crate::detect::shown::{Shown, sides};
use crate::detect::{fingerprint, name};
use crate::finding::{AreaDetail, Confidence, Excerpt, Finding, Review, Severity, Side};
use crate::rule::ward::{Asks, Ward};
use crate::rule::{CompiledRule, RuleSet};
use crate::text::Position;
use crate::unit::{Change, Unit};

/// The rule for areas that no built-in rule knows by name.
const RULE: &str = "area-own";

/// Adds a finding for every ward that `unit` lies in, before the change or after it.
pub(super) fn find(set: &RuleSet, unit: &Unit<'_>, shown: &Shown<'_>, each: &mut dyn FnMut(Finding)) {
    let new = name::shown(set, &unit.path);
    let old = unit.old_path.as_ref().map(|path| name::shown(set, path));
    for ward in set.wards() {
        let leaves = old.as_deref().filter(|old| ward.holds(old));
        if !ward.holds(&new) && leaves.is_none() {
            continue;
        }
        if let Some(rule) = rule(set, ward) {
            each(finding(rule, ward, unit, shown, new.clone()));
        }
    }
}

/// True if a ward of this name is told for the path, so that the words of its rule need not be.
pub(super) fn tells(set: &RuleSet, unit: &Unit<'_>, area: &str) -> bool {
    let wards = || set.wards().iter().filter(|ward| ward.name == area);
    wards().next().is_some() && {
        let new = name::shown(set, &unit.path);
        wards().any(|ward| ward.holds(&new))
    }
}

/// The built-in rule of the area, or the one for all others.
fn rule<'s>(set: &'s RuleSet, ward: &Ward) -> Option<&'s CompiledRule> {
    let named = |rule: &&CompiledRule| rule.rule().area.as_ref().is_some_and(|area| area.name == ward.name);
    set.rules().iter().find(named).or_else(|| set.get(RULE))
}

fn finding(rule: &CompiledRule, ward: &Ward, unit: &Unit<'_>, shown: &Shown<'_>, path: String) -> Finding {
    let (side, line) = first_line(unit);
    let text = shown.text(side);
    let span = shown.line(side, line);
    let start = Position { line: 1, column: 1 };
    let (start, end, excerpt) = match text.zip(span) {
        Some((text, span)) => (text.position(span.start), text.position(span.end), shown.excerpt(text, side, &span)),
        None => (start, start, Excerpt::new(String::new(), 0..0)),
    };
    let evidence = format!("the policy names `{path}`");
    let (severity, review) = match ward.asks {
        Asks::Review => (rule.rule().severity, Review::Required),
        Asks::Notice => (Severity::Low, Review::Optional),
    };
    Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity,
        confidence: Confidence::High,
        title: rule.words.title.clone(),
        message: format!("A change to {}: {evidence}. {}", ward.name, rule.rule().why),
        path: path.clone().into(),
        side,
        start,
        end,
        anchor: None,
        excerpt,
        fingerprint: fingerprint::of_fact(&rule.words.id, &format!("{} {}", ward.name, changed(unit))),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: Some(AreaDetail {
            name: ward.name.clone(),
            evidence: vec![evidence],
            owners: name::owners(shown.set(), &ward.owners),
            review,
            answer: None,
        }),
        shapes: Vec::new(),
    }
}

/// The first line that changes, on the side that shows it.
fn first_line(unit: &Unit<'_>) -> (Side, usize) {
    match hunks(&unit.change).first() {
        Some(hunk) if !hunk.new.is_empty() => (Side::New, hunk.new.start),
        Some(hunk) => (Side::Old, hunk.old.start),
        None if matches!(unit.change, Change::Deleted(_)) => (Side::Old, 1),
        None => (Side::New, 1),
    }
}

/// What the changed lines say, on both sides.
fn changed(unit: &Unit<'_>) -> String {
    let (old, new) = sides(&unit.change);
    let mut out = String::new();
    for hunk in hunks(&unit.change) {
        for (text, lines) in [(old, hunk.old), (new, hunk.new)] {
            let Some(text) = text.filter(|_| !lines.is_empty()) else { continue };
            let end = text.bytes().len();
            let start = text.offset_of_line(lines.start).unwrap_or(end);
            let end = text.offset_of_line(lines.end).unwrap_or(end).max(start);
            out.push_str(&String::from_utf8_lossy(&text.bytes()[start..end]));
            out.push('\0');
        }
    }
    out
}
