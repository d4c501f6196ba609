//! Places of credentials that changed code names and did not name before.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

use super::line::{Hit, Line};
use super::{Spot, Told, finding};
use crate::detect::code::place::{Place, says_generated};
use crate::detect::code::syntax::{Plain, Syntax};
use crate::detect::hidden::is_for_agents;
use crate::detect::shown::{Shown, sides};
use crate::finding::{Finding, Severity, Side};
use crate::order;
use crate::rule::{At, Reaches, RuleSet};
use crate::text::{Encoding, Text};
use crate::unit::{Change, LineSet, Mode, Unit};

/// Most bytes of a side that are read; larger files are no code that anyone wrote.
const LONGEST: usize = 2 << 20;
/// Bytes on either side of a place in a line that is too long to be read as a whole.
const ROUND: usize = 512;
/// Languages in which code reads and writes files.
const CODE: &str = "py pyi pyx js jsx mjs cjs ts tsx mts cts vue svelte java kt kts scala groovy gradle go rb rake php cs fs vb rs ex \
    exs erl dart swift m mm c cc cpp cxx h hpp lua pl pm r jl nim zig hs ml clj d pas cr";
const SCRIPTS: &str = "sh bash zsh ksh fish ps1 psm1 bat cmd";
/// Programs that are judged as commands, so that this need not tell the same.
const COMMANDS: [&str; 14] =
    ["cat", "base64", "xxd", "head", "tail", "more", "less", "strings", "openssl", "curl", "wget", "nc", "ncat", "tar"];
/// Commands that make a place or hand it to the program it is for.
const HARMLESS: [&str; 13] =
    ["mkdir", "chmod", "chown", "touch", "ssh-keygen", "ssh-keyscan", "ssh-add", "ssh", "scp", "rm", "test", "[", "[["];
/// What forbids instead of telling to do.
const FORBIDS: [&str; 12] = [
    "never", " not ", "don't", "do not", "avoid", "deny", "denied", "forbid", "exclude", "without", "block", "must not",
];
/// Spaces of a sentence.
const SENTENCE: usize = 4;

/// What names a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Code,
    Script,
    /// Instructions to an agent.
    Agent,
}

/// Looks for places that the changed lines of `unit` name.
pub(super) fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    let (Change::Added(text) | Change::Modified { after: text, .. }) = &unit.change else { return };
    let is_file = matches!(unit.mode, Some(Mode::File | Mode::Executable));
    if !is_file || !text.is_whole() || text.bytes().len() > LONGEST || text.encoding() == Encoding::Binary {
        return;
    }
    let all = LineSet::all();
    let lines = if let Change::Modified { added, .. } = &unit.change { added } else { &all };
    let bytes = text.bytes();
    let changed = lines.ranges().filter_map(|range| {
        let start = text.offset_of_line(range.start)?;
        Some(start..text.offset_of_line(range.end).unwrap_or(bytes.len()))
    });
    let changed: Vec<Range<usize>> = changed.collect();
    let reaches = set.reaches();
    if changed.iter().all(|span| reaches.near(&bytes[span.clone()]).is_empty()) {
        return;
    }
    let path = String::from_utf8_lossy(unit.path.as_bytes()).to_lowercase();
    if let Some((voice, ceiling)) = voice(&path, bytes) {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let looker = Looker { set, voice, ceiling, name };
        looker.tell(unit, text, &changed, each);
    }
}

/// Who speaks in the file at `path`, in lower case, and how bad it can be there at the most.
fn voice(path: &str, bytes: &[u8]) -> Option<(Voice, Severity)> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_one_of = |list: &str| list.split_whitespace().any(|one| one == extension);
    if is_for_agents(path) && (is_one_of("md mdc txt") || extension.is_empty() || name.starts_with('.')) {
        return Some((Voice::Agent, Severity::Medium));
    }
    let voice = if is_one_of(CODE) {
        Voice::Code
    } else if is_one_of(SCRIPTS) || (!name.contains('.') && bytes.starts_with(b"#!")) {
        Voice::Script
    } else {
        return None;
    };
    match Place::of(path) {
        Place::Live if says_generated(bytes) => Some((voice, Severity::Low)),
        Place::Live => Some((voice, Severity::Critical)),
        Place::Test | Place::Vendored => Some((voice, Severity::Low)),
        Place::Docs | Place::Prose | Place::Looks | Place::Generated => None,
    }
}

/// A place that a line names.
struct Named<'s> {
    rule: usize,
    path: &'s str,
    at: At,
    /// Its line.
    span: Range<usize>,
    severity: Severity,
}

/// Looks for places in one file.
struct Looker<'a> {
    set: &'a RuleSet,
    voice: Voice,
    ceiling: Severity,
    name: String,
}

impl<'a> Looker<'a> {
    fn tell(&self, unit: &Unit<'_>, text: &Text<'_>, changed: &[Range<usize>], each: &mut dyn FnMut(Finding)) {
        let mut named: Vec<Named<'_>> = Vec::new();
        let plain = OnceCell::new();
        for span in changed {
            named.extend(self.named(text, span.clone(), &plain));
        }
        if named.is_empty() {
            return;
        }
        let mut told = self.known(unit);
        named.retain(|one| told.insert((one.rule, one.path)));
        let shown = Shown::of(self.set, unit);
        for one in longest(named) {
            let Some(rule) = self.set.rules().get(one.rule) else { continue };
            if !rule.covers(unit.path.as_bytes()) {
                continue;
            }
            let said = match one.at {
                At::Anywhere => format!("`{}` is named here, and was not before.", one.path),
                At::Home => format!("`{}` of a home directory is named here, and was not before.", one.path),
            };
            let (spot, key) = (Spot { side: Side::New, span: one.span.clone() }, one.path.to_owned());
            let excerpt = shown.excerpt(text, Side::New, &one.span);
            each(finding(self.set, unit, rule, Told { text, spot, excerpt, severity: one.severity, said, key }));
        }
    }

    /// What the old side names anywhere.
    fn known(&self, unit: &Unit<'_>) -> BTreeSet<(usize, &'a str)> {
        let (Some(before), _) = sides(&unit.change) else { return BTreeSet::new() };
        let all = 0..before.bytes().len().min(LONGEST);
        self.named(before, all, &OnceCell::new()).into_iter().map(|one| (one.rule, one.path)).collect()
    }

    /// The places that the lines of `span` name, in order.
    fn named(&self, text: &Text<'_>, span: Range<usize>, plain: &OnceCell<Plain>) -> Vec<Named<'a>> {
        let reaches: &'a Reaches = self.set.reaches();
        let bytes = text.bytes();
        let mut out = Vec::new();
        let mut last: Option<(Range<usize>, Line)> = None;
        let mut asked: BTreeSet<(usize, At, &str)> = BTreeSet::new();
        for (at, spot) in reaches.near(&bytes[span.clone()]) {
            let at = span.start + at;
            if last.as_ref().is_none_or(|(line, _)| !line.contains(&at)) {
                asked.clear();
                let line = near(text.line_span(at), at);
                let code = match self.voice {
                    Voice::Agent => bytes,
                    _ => &plain.get_or_init(|| Syntax::of(&self.name).plain(bytes)).code,
                };
                last = Some((line.clone(), Line::of(&code[line])));
            }
            let Some((span, line)) = &last else { continue };
            if !asked.insert((spot.rule, spot.at, &spot.path)) {
                continue;
            }
            let Some(scope) = self.set.rules().get(spot.rule).and_then(|rule| rule.rule().scope.as_ref()) else {
                continue;
            };
            let is_meant = |hit: &Hit<'_>| {
                (spot.at == At::Anywhere || hit.is_at_home())
                    && !scope.except.iter().any(|word| hit.path().contains(word))
            };
            if line.paths(&spot.path).iter().any(is_meant)
                && let Some(severity) = self.severity(spot, &bytes[span.clone()], at - span.start)
            {
                out.push(Named {
                    rule: spot.rule,
                    path: &spot.path,
                    at: spot.at,
                    span: trimmed(bytes, span),
                    severity,
                });
            }
        }
        out
    }

    /// How bad it is that `line` names `spot` at `at`; `None` if it is not told.
    fn severity(&self, spot: &crate::rule::Spot, line: &[u8], at: usize) -> Option<Severity> {
        let own = self.set.rules().get(spot.rule)?.rule().severity;
        let own = if spot.at == At::Home { own.min(Severity::Medium) } else { own };
        let lower = String::from_utf8_lossy(line).to_lowercase();
        let severity = match self.voice {
            Voice::Agent if FORBIDS.iter().any(|word| lower.contains(word)) => return None,
            // A comment in a text that is a script.
            Voice::Code if lower.trim_start().starts_with("# ") => return None,
            Voice::Code if is_sentence(line, at) => Severity::Low,
            Voice::Agent | Voice::Code => own,
            Voice::Script => script_severity(&lower, own)?,
        };
        Some(severity.min(self.ceiling))
    }
}

/// Of the places of one rule on one line the worst, and of these the one that says most.
fn longest(mut named: Vec<Named<'_>>) -> Vec<Named<'_>> {
    order::sort_by_key(&mut named, |one| (one.span.start, one.rule, Reverse((one.severity, one.path.len()))));
    named.dedup_by_key(|one| (one.span.start, one.rule));
    named
}

/// A line, or of a long one what stands round `at`.
fn near(line: Range<usize>, at: usize) -> Range<usize> {
    if line.len() <= 2 * ROUND {
        return line;
    }
    at.saturating_sub(ROUND).max(line.start)..(at + ROUND).min(line.end)
}

/// How bad it is in the line of a script.
fn script_severity(line: &str, own: Severity) -> Option<Severity> {
    let words =
        line.split(|c: char| c.is_whitespace() || matches!(c, '|' | ';' | '&' | '(' | '!')).filter(|w| !w.is_empty());
    let mut words = words.skip_while(|word| {
        matches!(*word, "sudo" | "if" | "elif" | "while" | "then" | "else" | "do" | "env" | "exec" | "command" | "-e")
    });
    let program = words.next().unwrap_or_default();
    let is_key_planted = line.contains("authorized_keys") && line.contains('>');
    match program {
        _ if is_key_planted => Some(own),
        _ if line.contains('>') => Some(Severity::Low),
        program if COMMANDS.contains(&program) => None,
        program if HARMLESS.contains(&program) => Some(Severity::Low),
        _ => Some(own),
    }
}

/// True if what stands round `at` in quotes is a sentence: help, an error, a question.
fn is_sentence(line: &[u8], at: usize) -> bool {
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
    let at = at.min(line.len());
    let start = line[..at].iter().rposition(is_quote).map_or(0, |at| at + 1);
    let end = line[at..].iter().position(is_quote).map_or(line.len(), |length| at + length);
    line[start..end].iter().filter(|b| **b == b' ').count() >= SENTENCE && start > 0
}

/// `line` without the white space at its start.
fn trimmed(bytes: &[u8], line: &Range<usize>) -> Range<usize> {
    let skip = bytes[line.clone()].iter().take_while(|b| b.is_ascii_whitespace()).count();
    line.start + skip..line.end
}
