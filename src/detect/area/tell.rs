//! From a touched area to its finding: which signs speak for it, in words.

use super::evidence::Evidence;
use super::{Case, Touch};
use crate::detect::candidate::candidates;
use crate::detect::mask::{excerpt, masks};
use crate::detect::{fingerprint, name};
use crate::finding::{AreaDetail, Confidence, Finding, Review, Side};
use crate::rule::PathSign;
use crate::text::Text;
use crate::unit::{Change, Unit};

/// Signs that a message names.
const MOST_NAMED: usize = 5;

/// A line of one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) side: Side,
    pub(super) line: usize,
}

impl Spot {
    /// The first line of the side that is there.
    pub(super) fn start(unit: &Unit<'_>) -> Self {
        let side = if matches!(unit.change, Change::Deleted(_)) { Side::Old } else { Side::New };
        Self { side, line: 1 }
    }
}

/// The finding of one area in one file.
pub(super) fn finding(case: &Case<'_>, touch: &Touch<'_>) -> Option<Finding> {
    let (rule, area) = (case.rule(touch.area)?, case.area(touch.area)?);
    let text = text(&case.unit.change, touch.place.side)?;
    let start = text.offset_of_line(touch.place.line).unwrap_or(0);
    let line = text.line_span(start);
    let skip = text.bytes()[line.clone()].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let span = line.start + skip..line.end.max(line.start + skip);
    let found = candidates(case.set, case.unit.path.as_bytes(), text, |_| true);
    let evidence: Vec<String> = touch.evidence.iter().map(said).collect();
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
        excerpt: excerpt(text, &masks(&found, text.bytes()), &span),
        fingerprint: fingerprint::of_fact(&rule.words.id, &String::from_utf8_lossy(&touch.identity)),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: Some(AreaDetail { name: area.name.clone(), evidence, owners: Vec::new(), review: Review::Required }),
    })
}

fn text<'a>(change: &'a Change<'a>, side: Side) -> Option<&'a Text<'a>> {
    match (change, side) {
        (Change::Snapshot(text) | Change::Added(text), Side::New) | (Change::Deleted(text), Side::Old) => Some(text),
        (Change::Modified { after, .. }, Side::New) => Some(after),
        (Change::Modified { before, .. }, Side::Old) => Some(before),
        _ => None,
    }
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
