//! From hidden text to its finding, which names what is hidden and does not hold it.

use super::Case;
use super::found::Found;
use crate::detect::known::Known;
use crate::detect::mask::{Mask, excerpt, joined};
use crate::detect::shown::Shown;
use crate::detect::{fingerprint, name};
use crate::finding::{Excerpt, Finding, Side};
use crate::rule::{CompiledRule, Hidden};
use crate::text::Text;

/// Longest description that is told whole, in characters.
const LONGEST_SAID: usize = 400;

/// The finding about a line of `text`; `None` if no rule looks for it.
pub(super) fn finding(case: &Case<'_>, shown: &Shown<'_>, text: &Text<'_>, found: &Found) -> Option<Finding> {
    let line = text.line_span(found.start());
    let span = found.start()..found.end().min(line.end).max(found.start());
    let excerpt = shown.excerpt_with(text, Side::New, &span, marks(found));
    // The text that leads up to it, so that the same at another place is another finding.
    let before = String::from_utf8_lossy(&text.bytes()[line.start.max(span.start.saturating_sub(40))..span.start]);
    let said = shown.said(&words(found, ""), LONGEST_SAID);
    made(case, text, found, excerpt, (said, before.trim()))
}

/// The finding about the name of the file.
pub(super) fn in_name(case: &Case<'_>, text: &Text<'_>, found: &Found) -> Option<Finding> {
    let known = Known::of(case.set, b"", text);
    let excerpt = excerpt(text, &joined(known.masks(), marks(found)), &(found.start()..found.end()));
    let said = name::said_to(case.set, &[&known], &words(found, "It is the file's name: "), LONGEST_SAID);
    made(case, text, found, excerpt, (said, ""))
}

/// What is there, as it is: it names what looks like something else.
fn words(found: &Found, place: &str) -> String {
    let verb = if matches!(found.what, Hidden::Comment | Hidden::OutOfSight) { "." } else { " here." };
    format!("{place}{}{verb}", found.said.trim_end_matches(','))
}

fn marks(found: &Found) -> Vec<Mask> {
    let marked = found.places.iter().filter(|(_, shown)| !shown.is_empty());
    marked.map(|(span, shown)| Mask::showing(span.clone(), shown.clone())).collect()
}

fn made(
    case: &Case<'_>,
    text: &Text<'_>,
    found: &Found,
    excerpt: Excerpt,
    (said, before): (String, &str),
) -> Option<Finding> {
    let rule = rule(case, found.what)?;
    Some(Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: found.severity,
        confidence: rule.rule().confidence,
        title: rule.words.title.clone(),
        message: format!("{said} {}", rule.rule().why),
        path: name::shown(case.set, &case.unit.path).into(),
        side: Side::New,
        start: text.position(found.start()),
        end: text.position(found.end()),
        excerpt,
        fingerprint: fingerprint::of_fact(&rule.words.id, &format!("{}\0{before}", found.key)),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: None,
        shapes: Vec::new(),
        anchor: None,
    })
}

fn rule<'a>(case: &Case<'a>, what: Hidden) -> Option<&'a CompiledRule> {
    let path = case.unit.path.as_bytes();
    case.set.rules().iter().find(|rule| rule.rule().hidden == Some(what) && rule.covers(path))
}
