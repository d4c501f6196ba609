//! Flows: whether a change lets data out, to an address that nobody approved or into a log that many read.
//!
//! A word on a changed line calls for a look; only then is the code round it taken apart, and only what the other side
//! of the change does not have in the same way is told, so that what moves or is laid out anew stays silent.

mod address;
mod call;
mod expansion;
mod operand;
mod phrase;
mod query;
mod registry;
mod send;
mod shell;
mod shell_words;
mod tell;
mod text;

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::finding::{Finding, Severity, Side};
use crate::order;
use crate::rule::flows::FlowRule;
use crate::rule::{Flows, Language, RuleSet};
use crate::text::{Encoding, Text};
use crate::unit::{Change, Mode, Unit};

use super::code::hunk::{Hunk, hunks};
use super::code::place::{Place, says_generated};
use super::code::syntax::{Plain, Syntax};
use super::known::Known;

/// Most bytes of a side that are read; larger files are no code that anyone wrote.
const LONGEST: usize = 2 << 20;
/// Lines before and behind a change that may belong to its statements.
const AROUND: usize = 16;

/// How often the pieces of a side may be read: text can nest call in call, each of which is read whole.
const READS: usize = 4;
/// What may be read of any side, however short it is.
const LEAST: usize = 1 << 18;
/// Bytes of a line to each side of what is looked at.
const LONGEST_LINE: usize = 512;

/// Something that lets data out.
#[derive(Clone, Debug)]
struct Found {
    /// The rule, by its place among flows.
    rule: usize,
    severity: Severity,
    span: Range<usize>,
    /// What is the same on both sides if nothing new is said. Raw, so it stays in here.
    key: String,
    /// What happens, for people.
    said: String,
}

/// One side of a change, as flows read it.
struct View<'a> {
    flows: &'a Flows,
    set: &'a RuleSet,
    language: Language,
    /// In lower case.
    path: &'a str,
    text: &'a Text<'a>,
    /// Changed lines as bytes, in order.
    changed: Vec<Range<usize>>,
    syntax: Syntax,
    plain: OnceCell<Plain>,
    known: OnceCell<Known>,
    /// The other side, if there is one.
    past: Option<&'a Text<'a>>,
    /// Pieces that may still be read; `None` once there were too few.
    left: Cell<Option<usize>>,
}

/// Looks for what `unit` lets out; a file without a past brings nothing new. Gives the rules that had to stop early.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) -> BTreeSet<Arc<str>> {
    let nothing = BTreeSet::new();
    let (old, new) = match &unit.change {
        Change::Snapshot(_) | Change::Deleted(_) => return nothing,
        Change::Added(text) => (None, text),
        Change::Modified { before, after, .. } => (Some(before), after),
    };
    let path = String::from_utf8_lossy(unit.path.as_bytes()).to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some(language) = Language::of(name) else { return nothing };
    let is_file = !matches!(unit.mode, Some(Mode::Link | Mode::Submodule));
    if !is_file || set.flows().rules().is_empty() || Place::of(&path) != Place::Live {
        return nothing;
    }
    let all = hunks(&unit.change);
    if all.is_empty() || ![Some(new), old].into_iter().flatten().all(is_readable) {
        return nothing;
    }
    let past = old;
    let view = |text, side| View {
        flows: set.flows(),
        set,
        language,
        path: &path,
        text,
        changed: lines(&all, text, side),
        syntax: Syntax::of(name),
        plain: OnceCell::new(),
        known: OnceCell::new(),
        past,
        left: Cell::new(Some(LEAST + READS * text.bytes().len())),
    };
    let new = view(new, Side::New);
    let old = old.map(|text| view(text, Side::Old));
    report(unit, &all, old.as_ref(), &new, each);
    let has_stopped = new.has_stopped() || old.is_some_and(|old| old.has_stopped());
    if has_stopped { flow_rules(set) } else { nothing }
}

/// The rules that read calls.
fn flow_rules(set: &RuleSet) -> BTreeSet<Arc<str>> {
    let rules = set.flows().rules().iter().filter_map(|rule| set.rules().get(rule.place));
    rules.map(|rule| rule.words.id.clone()).collect()
}

fn report(unit: &Unit<'_>, all: &[Hunk], old: Option<&View<'_>>, new: &View<'_>, each: &mut dyn FnMut(Finding)) {
    let mut found = new.found();
    if !found.is_empty() && says_generated(new.text.bytes()) {
        return;
    }
    if let Some(old) = old.filter(|_| !found.is_empty()) {
        without(&mut found, &old.found());
    }
    for found in distinct(found) {
        tell::finding(unit, new, &found, Side::New).into_iter().for_each(&mut *each);
    }
    let Some(old) = old else { return };
    for found in phrase::lost(old, new, all) {
        tell::finding(unit, old, &found, Side::Old).into_iter().for_each(&mut *each);
    }
}

/// Takes away what the other side says as often.
fn without(found: &mut Vec<Found>, known: &[Found]) {
    let mut counts: BTreeMap<(usize, String), usize> = BTreeMap::new();
    for known in known {
        *counts.entry((known.rule, known.key.clone())).or_default() += 1;
    }
    found.retain(|found| match counts.get_mut(&(found.rule, found.key.clone())) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
}

/// One for each thing and rule in a file, and of two rules that see the same the graver one.
fn distinct(mut found: Vec<Found>) -> Vec<Found> {
    order::sort_by_key(&mut found, |f| (f.span.start, std::cmp::Reverse(f.severity), f.rule));
    let mut out: Vec<Found> = Vec::new();
    let mut told = BTreeSet::new();
    for one in found {
        let is_known = out.iter().rev().take(8).any(|other| {
            other.span.start == one.span.start || (other.rule == one.rule && one.span.start < other.span.end)
        });
        if !is_known && told.insert((one.rule, one.key.clone())) {
            out.push(one);
        }
    }
    out
}

fn is_readable(text: &Text<'_>) -> bool {
    text.is_whole() && text.bytes().len() <= LONGEST && text.encoding() != Encoding::Binary
}

/// The changed lines of one side, as bytes.
fn lines(all: &[Hunk], text: &Text<'_>, side: Side) -> Vec<Range<usize>> {
    let of = |hunk: &Hunk| if side == Side::New { hunk.new.clone() } else { hunk.old.clone() };
    all.iter().map(of).filter(|lines| !lines.is_empty()).map(|lines| bytes_of(text, &lines)).collect()
}

/// The bytes of some lines, counted from 1.
fn bytes_of(text: &Text<'_>, lines: &Range<usize>) -> Range<usize> {
    let end = text.bytes().len();
    let start = text.offset_of_line(lines.start).unwrap_or(end);
    start..text.offset_of_line(lines.end).unwrap_or(end).max(start)
}

impl View<'_> {
    fn rule(&self, rule: usize) -> Option<&FlowRule> {
        self.flows.rules().get(rule)
    }

    /// How bad the rule says it is.
    fn severity(&self, rule: usize) -> Severity {
        let rule = self.rule(rule).and_then(|rule| self.set.rules().get(rule.place));
        rule.map_or(Severity::Low, |rule| rule.rule().severity)
    }

    /// Takes `pieces` from what may be read; false if there were too few.
    fn may_read(&self, pieces: usize) -> bool {
        self.left.set(self.left.get().and_then(|left| left.checked_sub(pieces)));
        !self.has_stopped()
    }

    fn has_stopped(&self) -> bool {
        self.left.get().is_none()
    }

    /// The content without comments.
    fn code(&self) -> &[u8] {
        &self.plain().code
    }

    fn plain(&self) -> &Plain {
        self.plain.get_or_init(|| self.syntax.plain(self.text.bytes()))
    }

    /// The content without comments and, in code, without sentences in quotes.
    fn prose_free(&self) -> &[u8] {
        let is_shell = matches!(self.language, Language::Shell | Language::Yaml | Language::Settings);
        if is_shell { &self.plain().code } else { &self.plain().names }
    }

    /// True if the file named this host before the change.
    fn knows(&self, host: &str) -> bool {
        self.past.is_some_and(|past| memchr::memmem::find(past.bytes(), host.as_bytes()).is_some())
    }

    /// The line round `at`, or as much of it as tells.
    fn line(&self, at: usize) -> Range<usize> {
        let line = self.text.line_span(at);
        line.start.max(at.saturating_sub(LONGEST_LINE))..line.end.min(at + LONGEST_LINE).max(at)
    }

    /// What must not be printed of the content.
    fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::of(self.set, self.path.as_bytes(), self.text))
    }

    /// True if the piece touches a changed line.
    fn is_changed(&self, span: &Range<usize>) -> bool {
        let next = self.changed.partition_point(|range| range.end <= span.start);
        self.changed.get(next).is_some_and(|range| range.start < span.end.max(span.start + 1))
    }

    /// Changed lines with those around them that may belong to their statements, joined where they meet.
    fn windows(&self) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        for changed in &self.changed {
            let window = self.widened(changed);
            match out.last_mut() {
                Some(last) if window.start <= last.end => last.end = window.end.max(last.end),
                _ => out.push(window),
            }
        }
        out
    }

    fn widened(&self, changed: &Range<usize>) -> Range<usize> {
        let bytes = self.text.bytes();
        let before = memchr::memrchr_iter(b'\n', &bytes[..changed.start]).nth(AROUND).map_or(0, |at| at + 1);
        let behind = memchr::memchr_iter(b'\n', &bytes[changed.end..])
            .nth(AROUND)
            .map_or(bytes.len(), |at| changed.end + at + 1);
        before..behind
    }

    /// Everything that the changed lines let out.
    fn found(&self) -> Vec<Found> {
        let marks = phrase::Marks::of(self);
        let mut out = Vec::new();
        if marks.has_flow {
            call::find(self, &mut out);
        }
        if marks.has_command || marks.has_address {
            shell::find(self, &mut out);
        }
        address::find(self, &marks, &mut out);
        phrase::find(self, &marks, &mut out);
        registry::find(self, &marks, &mut out);
        query::find(self, &marks, &mut out);
        out
    }
}
