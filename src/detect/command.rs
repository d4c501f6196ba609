//! Commands: what a file runs, and whether a change makes it run something that cannot be undone.
//!
//! A plain look at each line comes first, and only where that finds something is the script parsed: the parse then decides.

mod extract;
mod judge;
mod parse;
mod scene;
mod script;
mod split;
mod target;
mod unwrap;
mod words;
mod wrap;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use self::extract::Source;
use self::judge::{Parts, judged};
use self::parse::{commands, lines};
use self::scene::{File, Scene, Surroundings};
use self::script::Script;

use self::split::split;
use self::unwrap::unwrapped;
use self::words::Command;
use super::known::Known;
use super::mask::excerpt;
use super::{fingerprint, name};
use crate::finding::{Confidence, Finding, Severity, Side};
use crate::rule::command::Place;
use crate::rule::{CompiledRule, RuleSet, Writes};
use crate::text::{Encoding, Text};
use crate::unit::{Change, LineSet, RepoPath, Unit};

/// Longest command that a finding quotes, in characters.
const LONGEST_QUOTED: usize = 100;

/// What a rule says about one command.
#[derive(Clone, Debug)]
pub struct Judged<'r> {
    /// The rule.
    pub rule: &'r CompiledRule,
    /// How bad the command is, by what it is done to.
    pub severity: Severity,
    /// Where it stands in the text.
    pub span: Range<usize>,
    /// The command with its options sorted: equal for commands that do the same. Raw, so it stays in here.
    normal: String,
    /// What it does, as far as the rule can tell. Raw as well.
    identity: String,
}

/// Judges one command line, which need not stand in a file.
pub fn judge_line<'r>(set: &'r RuleSet, line: &str) -> Vec<Judged<'r>> {
    judge_scripts(set, &[Script::of(line, 0)], line, Place::Line)
}

/// Judges every command that `unit` runs, and hands what is new to `each`.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    let (old, new, added) = match &unit.change {
        Change::Snapshot(text) | Change::Added(text) => (None, text, None),
        Change::Modified { before, after, added, .. } => (Some(before), after, Some(added)),
        Change::Deleted(_) => return,
    };
    if added.is_some_and(LineSet::is_empty) {
        return;
    }
    let mut found = judge_file(set, &unit.path, new);
    found.retain(|judged| {
        new.owns(judged.span.start) && is_added(judged, new, added) && judged.rule.covers(unit.path.as_bytes())
    });
    if found.is_empty() {
        return;
    }
    let before =
        old.map(|text| judge_file(set, unit.old_path.as_ref().unwrap_or(&unit.path), text)).unwrap_or_default();
    let known: HashSet<(&str, &str)> =
        before.iter().map(|j| (j.rule.rule().id.as_str(), j.identity.as_str())).collect();
    found.retain(|judged| !known.contains(&(judged.rule.rule().id.as_str(), judged.identity.as_str())));
    if found.is_empty() {
        return;
    }
    let known = Known::of(set, unit.path.as_bytes(), new);
    let shown = name::shown(set, &unit.path);
    for judged in found {
        let normal = name::said_to(set, &[&known], &judged.normal.replace('\n', " "), LONGEST_QUOTED);
        each(finding(&judged, new, &shown, (&normal, excerpt(new, known.masks(), &judged.span))));
    }
}

fn is_added(judged: &Judged<'_>, text: &Text<'_>, added: Option<&LineSet>) -> bool {
    let last = judged.span.end.saturating_sub(1).max(judged.span.start);
    added.is_none_or(|lines| lines.touches(text.position(judged.span.start).line, text.position(last).line))
}

fn judge_file<'r>(set: &'r RuleSet, path: &RepoPath, text: &Text<'_>) -> Vec<Judged<'r>> {
    if text.encoding() == Encoding::Binary {
        return Vec::new();
    }
    let path = String::from_utf8_lossy(path.as_bytes());
    let Some(source) = Source::of(&path, text.bytes()) else { return Vec::new() };
    if !source.may_run(text.bytes()) {
        return Vec::new();
    }
    let content = readable(text.bytes());
    let mut found = judge_scripts(set, &source.scripts(&content), &content, source.place());
    if source.place() == Place::Agent {
        // It asks an agent to run the command; nobody runs it yet.
        found.iter_mut().for_each(|judged| {
            judged.severity = if judged.severity >= Severity::High { Severity::Medium } else { Severity::Low };
        });
    }
    if is_test(&path) {
        found.iter_mut().for_each(|judged| judged.severity = lower(judged.severity));
    }
    found
}

/// The text with the same offsets; what is no UTF-8 is replaced byte for byte.
fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '?' }).collect::<String>().into(),
    }
}

fn judge_scripts<'r>(set: &'r RuleSet, scripts: &[Script], text: &str, place: Place) -> Vec<Judged<'r>> {
    let mut found: BTreeMap<(usize, &'r str), Judged<'r>> = BTreeMap::new();
    let line_ends = OnceCell::new();
    let line_of = |at: usize| {
        let ends: &Vec<usize> = line_ends.get_or_init(|| memchr::memchr_iter(b'\n', text.as_bytes()).collect());
        ends.partition_point(|end| *end < at)
    };
    let file = File::new(text);
    for script in scripts {
        let around = Surroundings::new(place, &file, &script.text);
        if !suspicious(set, script, &around) {
            continue;
        }
        for judged in judge_commands(set, commands(script), script, &around) {
            let key = (line_of(judged.span.start), judged.rule.rule().id.as_str());
            if found.get(&key).is_none_or(|known| known.severity < judged.severity) {
                found.insert(key, judged);
            }
        }
    }
    found.into_values().collect()
}

/// True if a plain look at the lines finds something; most scripts are never parsed.
fn suspicious(set: &RuleSet, script: &Script, around: &Surroundings<'_>) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
    lines(&script.text).into_iter().any(|line| {
        let content = &script.text[line.clone()];
        // A line of Windows may stand in a word of another shell, and names have no case there.
        let known = |word: &str| {
            let name = word.strip_suffix(".exe").unwrap_or(word);
            set.knows_command(name)
                || name.contains(|c: char| c.is_ascii_uppercase()) && set.knows_command(&name.to_ascii_lowercase())
        };
        if !content.split(|c| !is_word(c)).any(known) && !writes_far(content) {
            return false;
        }
        let found = split(content, line.start, script.syntax);
        !judge_commands(set, found, script, around).is_empty()
    })
}

/// True if something may be sent to a file that no relative path names.
fn writes_far(line: &str) -> bool {
    let harmless = ["/dev/null", "/dev/stderr", "/dev/stdout"];
    line.split('>').skip(1).any(|behind| {
        let target = behind.trim_start_matches(['>', '|', '&', ' ', '\t', '"', '\'']);
        target.starts_with(['/', '~', '$', '\\', '%']) && !harmless.iter().any(|known| target.starts_with(known))
    })
}

fn judge_commands<'r>(
    set: &'r RuleSet,
    commands: Vec<Command>,
    script: &Script,
    around: &Surroundings<'_>,
) -> Vec<Judged<'r>> {
    let mut out = Vec::new();
    for command in commands.into_iter().flat_map(|command| unwrapped(command, script)) {
        let scene = Scene { surroundings: around, at: command.span.start };
        let writes = if command.writes.is_empty() { Writes::Nothing } else { Writes::Files };
        let mut about = set.about_command(command.program(), writes).peekable();
        if about.peek().is_none() {
            continue;
        }
        let parts = Parts::of(&command);
        for rule in about {
            if let Some(severity) = judged(rule, &parts, &scene) {
                let span = script.place(&command.span);
                out.push(Judged { rule, severity, span, normal: parts.normal(), identity: parts.identity(rule) });
            }
        }
    }
    out
}

fn is_test(path: &str) -> bool {
    let folders = ["test", "tests", "testdata", "fixtures", "fixture", "e2e", "__tests__", "spec", "examples"];
    path.to_ascii_lowercase().split('/').any(|part| folders.contains(&part))
        || path.contains("_test.")
        || path.contains(".test.")
}

fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
    }
}

fn finding(
    judged: &Judged<'_>,
    text: &Text<'_>,
    path: &str,
    (normal, excerpt): (&str, crate::finding::Excerpt),
) -> Finding {
    let rule = judged.rule;
    Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: judged.severity,
        confidence: rule.rule().confidence.max(Confidence::Medium),
        title: rule.words.title.clone(),
        message: format!("The file runs `{normal}`. {}", rule.rule().why),
        path: path.into(),
        side: Side::New,
        start: text.position(judged.span.start),
        end: text.position(judged.span.end.max(judged.span.start + 1).min(text.bytes().len())),
        anchor: None,
        excerpt,
        fingerprint: fingerprint::of_fact(&rule.words.id, &judged.identity),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: None,
        shapes: Vec::new(),
    }
}
