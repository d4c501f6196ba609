//! From a touched area to its finding: which signs speak for it, in words.

use super::case::Case;
use super::evidence::{Evidence, Spot};
use crate::detect::shown::Shown;
use crate::detect::{fingerprint, name};
use crate::finding::{AreaDetail, Confidence, Finding, Review, Severity, Side};
use crate::rule::PathSign;

/// Signs that a message names.
const MOST_NAMED: usize = 5;
/// Longest sign that is told whole, in characters.
const LONGEST_SAID: usize = 160;

/// What a change does to one area.
pub(super) struct Touch<'a> {
    pub(super) area: usize,
    pub(super) severity: Severity,
    pub(super) evidence: Vec<Evidence<'a>>,
    pub(super) note: &'static str,
    pub(super) place: Spot,
    /// The changed code that shows it.
    pub(super) identity: Vec<u8>,
}

/// The finding of one area in one file.
pub(super) fn finding(case: &Case<'_>, shown: &Shown<'_>, touch: &Touch<'_>) -> Option<Finding> {
    let (rule, area) = (case.rule(touch.area)?, case.area(touch.area)?);
    let text = shown.text(touch.place.side)?;
    let span = shown.line(touch.place.side, touch.place.line)?;
    // Names of packages and functions come from the file.
    let evidence: Vec<String> = touch.evidence.iter().map(|one| shown.said(&said(one), LONGEST_SAID)).collect();
    let is_certain = touch.evidence.iter().any(|e| matches!(e, Evidence::Path(PathSign::Strong(_) | PathSign::File)));
    Some(Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: touch.severity,
        confidence: if is_certain { Confidence::High } else { Confidence::Medium },
        title: rule.words.title.clone(),
        message: message(area.name.as_str(), &evidence, touch.note, &rule.rule().why),
        path: name::shown(case.set, &case.unit.path).into(),
        side: touch.place.side,
        start: text.position(span.start),
        end: text.position(span.end),
        excerpt: shown.excerpt(text, touch.place.side, &span),
        fingerprint: fingerprint::of_fact(&rule.words.id, &String::from_utf8_lossy(&touch.identity)),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: Some(AreaDetail {
            name: area.name.clone(),
            evidence,
            owners: Vec::new(),
            // What only touches comments, or only moves, is told and asks for nobody.
            review: if touch.severity == Severity::Low { Review::Optional } else { Review::Required },
            answer: None,
        }),
        shapes: Vec::new(),
        anchor: None,
    })
}

fn said(evidence: &Evidence<'_>) -> String {
    match evidence {
        Evidence::Path(PathSign::File) => "the file is known by its name".into(),
        Evidence::Path(PathSign::Strong(word) | PathSign::Weak(word)) => format!("`{word}` in the path"),
        Evidence::Phrase(phrase, Side::New) => format!("`{phrase}` on a new line"),
        Evidence::Phrase(phrase, Side::Old) => format!("`{phrase}` on a removed line"),
        Evidence::Import(package) => format!("the file imports `{package}`"),
        Evidence::ChangedImport(package, Side::New) => format!("`{package}` is imported now"),
        Evidence::ChangedImport(package, Side::Old) => format!("`{package}` is imported no more"),
        Evidence::Inside(what) => format!("inside `{what}`"),
    }
}

fn message(name: &str, evidence: &[String], note: &str, why: &str) -> String {
    let mut shown = evidence.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if evidence.len() > MOST_NAMED {
        shown += &format!(" and {} more", evidence.len() - MOST_NAMED);
    }
    let note = if note.is_empty() { String::new() } else { format!(" {note}") };
    format!("A change to {name}: {shown}.{note} {why}")
}
