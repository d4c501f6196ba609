//! From something that lets data out to its finding.

use super::{Found, View};
use crate::detect::mask::excerpt;
use crate::detect::{fingerprint, name};
use crate::finding::{Finding, Side};
use crate::unit::Unit;

/// Longest name or expression that a message quotes, in characters.
const LONGEST_SAID: usize = 160;

/// The finding; `None` only if the rule set lacks the rule.
pub(super) fn finding(unit: &Unit<'_>, view: &View<'_>, found: &Found, side: Side) -> Option<Finding> {
    let place = view.rule(found.rule)?.place;
    let rule = view.set.rules().get(place)?;
    if !rule.covers(unit.path.as_bytes()) {
        return None;
    }
    let text = view.text;
    let end = found.span.end.min(text.line_span(found.span.start).end).max(found.span.start);
    let said: String = found.said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = name::said_to(view.set, &[view.known()], &said, LONGEST_SAID);
    Some(Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: found.severity,
        confidence: rule.rule().confidence,
        title: rule.words.title.clone(),
        message: format!("{said} {}", rule.rule().why),
        path: name::shown(view.set, &unit.path).into(),
        side,
        start: text.position(found.span.start),
        end: text.position(end),
        excerpt: excerpt(text, view.known().masks(), &(found.span.start..end)),
        fingerprint: fingerprint::of_fact(&rule.words.id, &found.key),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: None,
        shapes: Vec::new(),
        anchor: None,
    })
}
