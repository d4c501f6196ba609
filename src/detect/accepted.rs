//! What a change adds to the baseline, told by rule.

use std::collections::BTreeMap;

use super::mask::{excerpt, masks};
use super::search::candidates;
use super::{fingerprint, name};
use crate::finding::{Finding, Severity, Side};
use crate::rule::RuleSet;
use crate::text::Text;

/// The rule that speaks.
const RULE: &str = "policy-baseline";
/// Files that are named one by one.
const NAMED: usize = 3;

/// One entry that a change adds.
pub struct Grown<'a> {
    /// The file that it is about.
    pub path: &'a str,
    /// The fingerprint that it accepts.
    pub fingerprint: &'a str,
    /// Its line.
    pub line: usize,
}

/// The findings about the entries that the baseline at `path` gains, of which `content` is all; one for each rule.
pub fn findings(set: &RuleSet, path: &str, content: &[u8], grown: &BTreeMap<&str, Vec<Grown<'_>>>) -> Vec<Finding> {
    let Some(rule) = set.get(RULE).filter(|_| !grown.is_empty()) else { return Vec::new() };
    let text = Text::new(content);
    let masks = masks(&candidates(set, path.as_bytes(), &text, &|_| true), text.bytes());
    let finding = |(about, entries): (&&str, &Vec<Grown<'_>>)| {
        let line = entries.iter().map(|entry| entry.line).min()?;
        let span = text.line_span(text.offset_of_line(line)?);
        let identity: Vec<String> =
            entries.iter().map(|entry| format!("{}\0{}", entry.path, entry.fingerprint)).collect();
        Some(Finding {
            rule: rule.words.id.clone(),
            kind: rule.rule().kind,
            severity: set.get(about).map_or(Severity::Low, |about| about.rule().severity),
            confidence: rule.rule().confidence,
            title: rule.words.title.clone(),
            message: format!("{}. {}", name::masked(set, &said(about, entries)), rule.rule().why),
            path: path.into(),
            side: Side::New,
            start: text.position(span.start),
            end: text.position(span.end),
            excerpt: excerpt(&text, &masks, &span),
            fingerprint: fingerprint::of_fact(RULE, &format!("{about}\0{}", identity.join("\0"))),
            remedy: rule.words.remedy.clone(),
            docs: rule.words.docs.clone(),
            secret: None,
            access: None,
            area: None,
            shapes: Vec::new(),
            anchor: None,
        })
    };
    grown.iter().filter_map(finding).collect()
}

fn said(about: &str, entries: &[Grown<'_>]) -> String {
    let mut paths: Vec<&str> = entries.iter().map(|entry| entry.path).collect();
    paths.dedup();
    let named = paths.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = paths.len().saturating_sub(NAMED);
    let files = if more > 0 { format!("{named} and {more} more files") } else { named };
    let number = entries.len();
    let findings = if number == 1 { "1 more finding".to_owned() } else { format!("{number} more findings") };
    format!("{findings} of {about} accepted in {files}")
}
