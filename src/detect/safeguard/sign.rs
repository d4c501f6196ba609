//! Lines that come or go: looked for on changed lines, and counted in the whole file.

use std::collections::BTreeMap;

use super::carrier::{is_branch, survives};
use super::case::{Case, Loss};
use super::reading::{Half, Reading, plain};
use crate::detect::code::hunk::Hunk;
use crate::detect::shown::sides;
use crate::finding::{Severity, Side};
use crate::rule::{Clue, Counts, Lines, Place, Sign, Tongue, What};
use crate::text::Text;

/// Hits that are looked at in one side.
const MOST_HITS: usize = 200;
/// The rule that tells what a pipeline does not check any more.
pub(super) const PIPELINE: &str = "check-removed";
/// Words on a line that say that it is about this machine itself.
const LOCAL: [&[u8]; 3] = [b"localhost", b"127.0.0.1", b"::1]"];

/// What begins a test that is called by a text.
const TITLED: [&str; 14] = [
    "it",
    "test",
    "describe",
    "suite",
    "context",
    "specify",
    "xit",
    "xtest",
    "xdescribe",
    "xcontext",
    "fit",
    "fdescribe",
    "XIt",
    "XDescribe",
];

/// A line that matches a sign.
struct Hit<'a> {
    clue: &'a Clue,
    number: usize,
    sign: &'a Sign,
    line: usize,
}

/// True if a word of a sign stands on a changed line; looks at the bytes as they are.
pub(super) fn may_speak(case: &Case<'_>, hunks: &[Hunk]) -> bool {
    let (old, new) = sides(&case.unit.change);
    let all = case.set.safeguards();
    let speaks = |text: Option<&Text<'_>>, lines: &std::ops::Range<usize>| {
        text.is_some_and(|text| {
            let end = text.bytes().len();
            let start = text.offset_of_line(lines.start).unwrap_or(end);
            let end = if lines.is_empty() { start } else { text.offset_of_line(lines.end).unwrap_or(end) };
            all.may_stand_in(&text.bytes()[start..end.max(start)])
        })
    };
    // The name of a list stands above what changes.
    hunks.iter().any(|hunk| speaks(new, &hunk.new) || speaks(old, &hunk.old))
        || all.lists().any(|clue| is_meant(case, clue))
}

/// True if the clue means something in this file.
pub(super) fn is_meant(case: &Case<'_>, clue: &Clue) -> bool {
    let mut tongues = clue.what.tongues().iter();
    tongues.any(|tongue| *tongue == Tongue::Any || case.tongues.contains(tongue)) && clue.is_about_file(&case.path)
}

pub(super) fn losses(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let mut out: Vec<Loss> = come(case, reading);
    out.extend(gone(case, reading));
    out
}

/// What comes, where it stands more often than before.
fn come(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let Some(new) = &reading.new else { return Vec::new() };
    let hits = hits(case, reading, new, Lines::Added);
    let mut more: BTreeMap<usize, bool> = BTreeMap::new();
    let mut out = Vec::new();
    for hit in hits {
        let is_more = *more.entry(hit.number).or_insert_with(|| {
            let before = reading.old.as_ref().map_or(0, |old| count(&hit, old));
            count(&hit, new) > before
        });
        if is_more && is_known(case, reading, &hit) {
            out.extend(loss(case, &hit, new, Side::New));
        }
    }
    // A line that stood there already, elsewhere, is not the one that came.
    if let Some(old) = &reading.old {
        let known = old.lines();
        let is_known = |loss: &Loss| known.contains(&plain(new.line(loss.line)));
        if out.iter().any(|loss| !is_known(loss)) {
            out.retain(|loss| !is_known(loss));
        }
    }
    out
}

/// True unless the line speaks about what the change brings itself.
fn is_known(case: &Case<'_>, reading: &Reading<'_>, hit: &Hit<'_>) -> bool {
    let own = case.set.rules().get(hit.clue.rule).and_then(|rule| rule.rule().safeguard.as_ref());
    match own.map(|own| own.counts).unwrap_or_default() {
        Counts::Anywhere => return true,
        Counts::InKnownFile => return reading.old.is_some(),
        Counts::OnKnown => {}
    }
    let (Some(old), Some(new)) = (&reading.old, &reading.new) else { return false };
    // A test that is called by a text in quotes has it on this line: `it.skip('…'`, but not `t.Skip("…")`.
    let line = new.line(hit.line);
    let calls = TITLED.iter().any(|word| line.trim_ascii_start().starts_with(word.as_bytes()));
    let quote = line.iter().position(|b| b"\"'`".contains(b)).filter(|_| calls);
    match quote.and_then(|at| line[at + 1..].split(|b| *b == line[at]).next()) {
        Some(title) => memchr::memmem::find(&old.code, title).is_some(),
        None => survives(new, old, hit.line),
    }
}

/// What goes, where the file holds less of everything that the rule looks for.
fn gone(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let (Some(old), Some(new)) = (&reading.old, &reading.new) else { return Vec::new() };
    let came = hits(case, reading, new, Lines::Removed);
    let hits = hits(case, reading, old, Lines::Removed);
    if hits.is_empty() {
        return Vec::new();
    }
    let kept = new.lines();
    let mut fewer: BTreeMap<usize, bool> = BTreeMap::new();
    let mut out = Vec::new();
    for rule in hits.iter().map(|hit| hit.clue.rule).collect::<std::collections::BTreeSet<_>>() {
        let own: Vec<&Hit<'_>> = hits.iter().filter(|hit| hit.clue.rule == rule).collect();
        // Another check of the same sort may have come in its place.
        let came: Vec<usize> = lines_of(came.iter().filter(|hit| hit.clue.rule == rule));
        let lines = lines_of(own.iter().copied());
        // A condition and the refusal below it are one check.
        let weight = |half: &Half<'_>, lines: &[usize]| {
            let is_own = |line: &&usize| !(is_branch(half.line(**line)) && lines.contains(&(**line + 1)));
            lines.iter().filter(is_own).map(|line| steps(half.line(*line))).sum::<usize>()
        };
        if weight(old, &lines) <= weight(new, &came) || came.iter().any(|line| holds_for_all(new.line(*line))) {
            continue;
        }
        let is_lost = |hit: &&&Hit<'_>| {
            let mut lines = reading.changed(Side::New).map(|line| new.line(line));
            let is_instead =
                hit.clue.may_be_replaced_by(None) || lines.any(|line| hit.clue.may_be_replaced_by(Some(line)));
            if !is_instead {
                return false;
            }
            *fewer.entry(hit.number).or_insert_with(|| count(hit, old) > count(hit, new))
                && !kept.contains(&plain(old.line(hit.line)))
                && survives(old, new, hit.line)
        };
        out.extend(own.iter().filter(is_lost).filter_map(|hit| loss(case, hit, old, Side::Old)));
    }
    out
}

/// What a pipeline checked that is gone with its file.
pub(super) fn deleted(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let Some(old) = reading.old.as_ref().filter(|_| case.tongues.contains(&Tongue::Ci)) else { return Vec::new() };
    let id = |hit: &Hit<'_>| case.set.rules().get(hit.clue.rule).is_some_and(|rule| &*rule.words.id == PIPELINE);
    let hits = hits(case, reading, old, Lines::Removed).into_iter().filter(id);
    let losses = hits.filter_map(|hit| loss(case, &hit, old, Side::Old));
    losses.map(|loss| Loss { says: format!("a pipeline is deleted: {}", loss.says), ..loss }).collect()
}

/// How many checks come to a pipeline and go from it.
pub(super) fn checks(case: &Case<'_>, reading: &Reading<'_>) -> (usize, usize) {
    let count = |half: Option<&Half<'_>>| {
        let Some(half) = half else { return 0 };
        let hits = hits(case, reading, half, Lines::Removed);
        let id = |hit: &&Hit<'_>| case.set.rules().get(hit.clue.rule).is_some_and(|rule| &*rule.words.id == PIPELINE);
        lines_of(hits.iter().filter(id)).len()
    };
    (count(reading.new.as_ref()), count(reading.old.as_ref()))
}

/// The lines of hits, each once.
fn lines_of<'h, 'a: 'h>(hits: impl Iterator<Item = &'h Hit<'a>>) -> Vec<usize> {
    let mut lines: Vec<usize> = hits.map(|hit| hit.line).collect();
    lines.dedup();
    lines
}

/// Commands on one line.
fn steps(line: &[u8]) -> usize {
    1 + memchr::memmem::find_iter(line, b"&&").count()
}

/// True if a check stands where it holds for everything below, or runs for every entry of a matrix.
fn holds_for_all(line: &[u8]) -> bool {
    let line = line.to_ascii_lowercase();
    [&b".use("[..], b"group(", b"dependencies=", b"default_permission_classes", b"addhook(", b"matrix."]
        .iter()
        .any(|word| memchr::memmem::find(&line, word).is_some())
}

/// The changed lines of one half that match a sign about lines of `side`.
fn hits<'a>(case: &Case<'a>, reading: &Reading<'_>, half: &Half<'_>, side: Lines) -> Vec<Hit<'a>> {
    let is_new = reading.new.as_ref().is_some_and(|new| std::ptr::eq(new, half));
    let all = case.set.safeguards();
    let mut out = Vec::new();
    for line in reading.changed(if is_new { Side::New } else { Side::Old }) {
        if out.len() >= MOST_HITS {
            break;
        }
        for (number, clue) in all.of(half.raw(line)) {
            let What::Sign(sign) = &clue.what else { continue };
            if is_hit(case, clue, half, line, side) {
                out.push(Hit { clue, number, sign, line });
            }
        }
    }
    out
}

fn is_hit(case: &Case<'_>, clue: &Clue, half: &Half<'_>, line: usize, side: Lines) -> bool {
    let What::Sign(sign) = &clue.what else { return false };
    let text = if sign.text == Place::Line { half.raw(line) } else { half.line(line) };
    let is_found = |text: &[u8]| clue.regex().and_then(|regex| regex.find(text)).map(|found| found.start());
    // What is defined and called nowhere protects nothing: the calls count.
    let counts = |start: usize| side == Lines::Added || !is_defined(&text[..start]);
    sign.side == side && is_meant(case, clue) && is_found(text).is_some_and(counts)
}

/// True if the name behind `lead` is that of a function that begins here.
fn is_defined(lead: &[u8]) -> bool {
    let word = lead.trim_ascii_end().rsplit(|b| b.is_ascii_whitespace()).next();
    lead.last().is_some_and(u8::is_ascii_whitespace)
        && matches!(word, Some(b"function" | b"def" | b"func" | b"fn" | b"fun" | b"sub"))
}

/// True if the step, job or block round the line speaks of what the sign is about.
fn sign_is_about(hit: &Hit<'_>, half: &Half<'_>) -> bool {
    hit.sign.about.is_none() || hit.clue.is_about(&half.block(hit.line))
}

/// How often a sign stands in one side.
fn count(hit: &Hit<'_>, half: &Half<'_>) -> usize {
    let text = if hit.sign.text == Place::Line { half.text.bytes() } else { &half.code };
    hit.clue.regex().map_or(0, |regex| regex.find_iter(text).count())
}

fn loss(case: &Case<'_>, hit: &Hit<'_>, half: &Half<'_>, side: Side) -> Option<Loss> {
    let rule = case.set.rules().get(hit.clue.rule)?.rule();
    let text = half.line(hit.line);
    let is_local = LOCAL.iter().any(|word| memchr::memmem::find(text, word).is_some());
    let is_test = case.is_test() || half.is_inline_test(hit.line);
    let severity = case.severity(hit.clue.rule, hit.sign.severity.unwrap_or(rule.severity), is_test)?;
    let is_about = sign_is_about(hit, half);
    let severity = if is_local || !is_about { Severity::Low } else { severity };
    Some(Loss { rule: hit.clue.rule, side, line: hit.line, severity, says: hit.sign.says.clone() })
}
