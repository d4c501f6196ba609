//! Words that speak for themselves on a changed line, and what the words there call for.

use std::ops::Range;

use crate::detect::code::hunk::Hunk;
use crate::finding::Severity;
use crate::rule::flows::Mark;
use crate::rule::{Language, Shape};

use super::{Found, View, bytes_of};

/// Lines that go together with a phrase when it is not the phrase that was taken out.
const MOST_LOST: usize = 3;

/// What the changed lines of one side call for.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) has_flow: bool,
    pub(super) has_command: bool,
    pub(super) has_address: bool,
    /// Hosts of rules, with their place in the text.
    pub(super) hosts: Vec<(usize, usize, usize)>,
    says: Vec<(usize, usize, usize)>,
    loses: Vec<(usize, usize, usize)>,
    public: Vec<usize>,
    /// Names that take the address of a registry or a proxy.
    pub(super) registries: Vec<usize>,
    /// Ends of names of secrets before a `=`.
    pub(super) queries: Vec<usize>,
}

impl Marks {
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut out = Self::default();
        for changed in &view.changed {
            view.flows.marks(&view.text.bytes()[changed.clone()], |mark, at| {
                let at = changed.start + at;
                match mark {
                    Mark::Sink | Mark::Source => out.has_flow = true,
                    Mark::Command => out.has_command = true,
                    Mark::Address => out.has_address = true,
                    Mark::Public => out.public.push(at),
                    Mark::Query => out.queries.push(at),
                    Mark::Registry => out.registries.push(at),
                    Mark::Host(rule, host) => out.hosts.push((rule, host, at)),
                    Mark::Says(rule, phrase) => out.says.push((rule, phrase, at)),
                    Mark::Loses(rule, phrase) => out.loses.push((rule, phrase, at)),
                }
            });
        }
        out
    }
}

/// True if both a call that gives away and something to give stand in `window`.
pub(super) fn has_flow(view: &View<'_>, window: &Range<usize>) -> bool {
    let (mut sink, mut source) = (false, false);
    view.flows.marks(&view.text.bytes()[window.clone()], |mark, _| match mark {
        Mark::Sink => sink = true,
        Mark::Source => source = true,
        _ => {}
    });
    sink && source
}

/// Adds the phrases on changed lines that reveal by themselves, and the names that browsers get.
pub(super) fn find(view: &View<'_>, marks: &Marks, out: &mut Vec<Found>) {
    for &(rule, phrase, at) in &marks.says {
        let Some((language, phrase)) = view.rule(rule).and_then(|rule| rule.says.get(phrase)) else { continue };
        if *language != view.language && *language != Language::Any {
            continue;
        }
        let line = view.line(at);
        let Some(span) = phrase.find(&view.code()[line.clone()]) else { continue };
        let span = line.start + span.start..line.start + span.end;
        if is_compared(&view.code()[line.start..span.start]) {
            continue;
        }
        out.push(said(view, rule, &span, ""));
    }
    let names = view.flows.rules().iter().position(|rule| rule.shape == Some(Shape::PublicName));
    let Some(rule) = names else { return };
    for &at in &marks.public {
        public_name(view, rule, at, out);
    }
}

/// True if what follows is asked about and not set.
fn is_compared(lead: &[u8]) -> bool {
    let lead = lead.trim_ascii_end();
    [&b"=="[..], b"!=", b"<", b">="].iter().any(|sign| lead.ends_with(sign))
}

fn said(view: &View<'_>, rule: usize, span: &Range<usize>, lead: &str) -> Found {
    let shown = String::from_utf8_lossy(&view.code()[span.clone()]).into_owned();
    let key = shown.to_ascii_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    Found { rule, severity: view.severity(rule), span: span.clone(), key, said: format!("{lead}`{shown}`.") }
}

fn public_name(view: &View<'_>, rule: usize, at: usize, out: &mut Vec<Found>) {
    let code = view.code();
    let is_name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    if at.checked_sub(1).is_some_and(|before| code[before].is_ascii_alphanumeric() || code[before] == b'_') {
        return;
    }
    let length = code[at..].iter().take_while(|b| is_name(b)).count();
    let announces = view
        .rule(rule)
        .and_then(|rule| rule.names.as_ref())
        .is_some_and(|names| names.announce(&code[at..at + length]).is_some());
    if announces {
        out.push(said(view, rule, &(at..at + length), "Browsers get "));
    }
}

/// Phrases that protected and that the change takes away alone; with all that they protected they may go.
pub(super) fn lost(old: &View<'_>, new: &View<'_>, all: &[Hunk]) -> Vec<Found> {
    let marks = Marks::of(old);
    let mut out = Vec::new();
    for &(rule, phrase, at) in &marks.loses {
        let Some((language, phrase)) = old.rule(rule).and_then(|rule| rule.loses.get(phrase)) else { continue };
        if *language != old.language && *language != Language::Any {
            continue;
        }
        let line = old.line(at);
        let Some(span) = phrase.find(&old.code()[line.clone()]) else { continue };
        let span = line.start + span.start..line.start + span.end;
        let hunk = all.iter().find(|hunk| bytes_of(old.text, &hunk.old).contains(&span.start));
        let Some(hunk) = hunk.filter(|hunk| hunk.old.len() <= MOST_LOST.max(2 * hunk.new.len())) else { continue };
        let comes_back = bytes_of(new.text, &hunk.new);
        let stays =
            new.changed.iter().chain([&comes_back]).any(|range| phrase.find(&new.code()[range.clone()]).is_some());
        if !stays {
            let mut lost = said(old, rule, &span, "The change takes away ");
            // Something else decides now, which may be as strict.
            let line = new.code()[comes_back].to_ascii_lowercase();
            let is_there = memchr::memmem::find(&line, phrase.first().as_bytes()).is_some();
            if is_there && memchr::memmem::find(&line, b"false").is_none() {
                lost.severity = lost.severity.min(Severity::Medium);
            }
            out.push(lost);
        }
    }
    out
}
