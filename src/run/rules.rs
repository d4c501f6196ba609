//! The command `rules`: list them, show one, run their examples.

use std::fmt::Write;
use std::path::PathBuf;

use super::Failure;
use super::output::to_stdout;
use crate::cli::Colour;
use crate::cli::rules::{ListFormat, Rules, RulesCommand};
use crate::cli::values::KINDS;
use crate::config::{self, ConfigError};
use crate::detect::example;
use crate::keyed::nearest;
use crate::report::escape::terminal;
use crate::report::human::{write_rule, write_rules};
use crate::report::{ExitStatus, catalogue, word};
use crate::rule::{self, Rule, RuleSet};
use crate::scan::scan;
use crate::text::Text;
use crate::unit::{Change, Mode, RepoPath, Unit};

/// How many fillings of each template are tried: random values differ in where letters and digits fall.
const SEEDS: u64 = 8;

pub(super) fn run(args: &Rules) -> Result<ExitStatus, Failure> {
    let (RulesCommand::List { added, .. } | RulesCommand::Show { added, .. } | RulesCommand::Test { added }) =
        &args.command;
    let set = config::rules(&added.rules).map_err(Failure::Config)?;
    let set = set.with_examples().map_err(|e| Failure::Config(ConfigError::new(e.to_string())))?;
    match &args.command {
        RulesCommand::List { words, format, .. } => list(&set, words, *format),
        RulesCommand::Show { id, .. } => show(&set, id),
        RulesCommand::Test { added } => test(&set, &added.rules),
    }
}

fn list(set: &RuleSet, words: &[String], format: ListFormat) -> Result<ExitStatus, Failure> {
    let rules = chosen(set, words)?;
    let mut out = Vec::new();
    match format {
        ListFormat::Human => {
            let written = write_rules(&rules, config::style(Colour::Auto), &mut out);
            written.map_err(|error| Failure::Write { target: "standard output".into(), error })?;
        }
        ListFormat::Jsonl => {
            out.extend(rules.iter().flat_map(|r| (serde_json::json!(r).to_string() + "\n").into_bytes()))
        }
        ListFormat::Markdown if !words.is_empty() => {
            return Err(wrong("`--format markdown` is a page of all rules; leave the words out".into()));
        }
        ListFormat::Markdown => {
            let measured = rule::measured().map_err(|e| wrong(e.to_string()))?;
            out.extend(catalogue::page(set, &measured).into_bytes());
        }
    }
    to_stdout(&out)?;
    Ok(ExitStatus::Clean)
}

fn wrong(message: String) -> Failure {
    Failure::Config(ConfigError::new(message))
}

/// The severities as they are typed.
const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

/// The rules that all words fit.
fn chosen<'s>(set: &'s RuleSet, words: &[String]) -> Result<Vec<&'s Rule>, Failure> {
    let fitting = |words: &[String]| -> Vec<&'s Rule> {
        let all = set.rules().iter().map(|r| r.rule());
        all.filter(|rule| words.iter().all(|word| fits(rule, word))).collect()
    };
    let rules = fitting(words);
    if !rules.is_empty() {
        return Ok(rules);
    }
    let Some(odd) = words.iter().find(|word| fitting(std::slice::from_ref(word)).is_empty()) else {
        return Err(wrong(format!("no rule fits all of `{}`; leave a word out", words.join(" "))));
    };
    let pieces = set.rules().iter().flat_map(|r| r.rule().id.split('-'));
    let near = nearest(odd, KINDS.into_iter().chain(SEVERITIES).chain(pieces));
    Err(wrong(format!("no rule fits `{odd}`{}`ringfence rules list` shows them all", question(near))))
}

fn fits(rule: &Rule, typed: &str) -> bool {
    if KINDS.contains(&typed) {
        return word(&rule.kind) == typed;
    }
    if SEVERITIES.contains(&typed) {
        return word(&rule.severity) == typed;
    }
    rule.id.contains(typed) || rule.title.to_lowercase().contains(typed)
}

fn question(near: Option<&str>) -> String {
    near.map_or("; ".to_owned(), |near| format!("; did you mean `{near}`? "))
}

fn show(set: &RuleSet, typed: &str) -> Result<ExitStatus, Failure> {
    let id = typed.to_ascii_lowercase();
    let rule = set.get(&id).map(|r| r.rule()).ok_or_else(|| unknown(set, &id))?;
    let mut out = Vec::new();
    let written = write_rule(rule, config::style(Colour::Auto), &mut out);
    written.map_err(|error| Failure::Write { target: "standard output".into(), error })?;
    to_stdout(&out)?;
    Ok(ExitStatus::Clean)
}

/// How many ids are told of those that begin as typed.
const FEW: usize = 20;

/// No rule has this id. Those that begin so, or the nearest, are told.
fn unknown(set: &RuleSet, id: &str) -> Failure {
    let ids = || set.rules().iter().map(|r| r.rule().id.as_str());
    let begun: Vec<&str> = ids().filter(|known| known.starts_with(id)).collect();
    if id.is_empty() || begun.len() < 2 {
        let first = id.split('-').next().unwrap_or_default();
        let near = begun
            .first()
            .copied()
            .or_else(|| nearest(id, ids().filter(|known| known.split('-').next() == Some(first))));
        let near = question(near.or_else(|| nearest(id, ids())));
        return wrong(format!("there is no rule `{id}`{near}`ringfence rules list` shows them all"));
    }
    let listed = begun.iter().take(FEW).map(|id| format!("\n  {id}")).collect::<String>();
    let more = match begun.len() {
        ..=FEW => String::new(),
        all => format!("\n  … and {} more: `ringfence rules list {id}` shows them", all - FEW),
    };
    wrong(format!("there is no rule `{id}`; these begin so:{listed}{more}"))
}

/// Examples that were run.
#[derive(Default)]
struct Tally {
    rules: usize,
    examples: usize,
    failed: usize,
}

impl Tally {
    fn told(&self) -> String {
        let counted = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        format!("{}, {}, {} failed", counted(self.rules, "rule"), counted(self.examples, "example"), self.failed)
    }

    fn add(&mut self, other: &Self) {
        self.rules += other.rules;
        self.examples += other.examples;
        self.failed += other.failed;
    }
}

/// Runs every example of every rule: first those of `paths`, which the user wrote, and each with its own count.
fn test(set: &RuleSet, paths: &[PathBuf]) -> Result<ExitStatus, Failure> {
    let mut out = String::new();
    let mut all = Tally::default();
    let builtin = config::rules(&[]).map_err(Failure::Config)?;
    let mut rest: Vec<&Rule> = set.rules().iter().map(|rule| rule.rule()).collect();
    for path in paths {
        let own = config::rules(std::slice::from_ref(path)).map_err(Failure::Config)?;
        let is_own = |rule: &&Rule| own.get(&rule.id).is_some() && builtin.get(&rule.id).is_none();
        let (here, others): (Vec<&Rule>, Vec<&Rule>) = rest.into_iter().partition(is_own);
        let tally = tried(set, &here, &mut out);
        let _ = writeln!(out, "{}: {}", terminal(&path.display().to_string()), tally.told());
        all.add(&tally);
        rest = others;
    }
    all.add(&tried(set, &rest, &mut out));
    let _ = writeln!(out, "{}{}", if paths.is_empty() { "" } else { "with the built-in ones: " }, all.told());
    to_stdout(out.as_bytes())?;
    Ok(if all.failed == 0 { ExitStatus::Clean } else { ExitStatus::Findings })
}

/// Runs the examples of `rules`; what fails is written to `out`.
fn tried(set: &RuleSet, rules: &[&Rule], out: &mut String) -> Tally {
    let mut tally = Tally { rules: rules.len(), ..Tally::default() };
    for rule in rules {
        for (template, expected) in rule.bad.iter().map(|t| (t, true)).chain(rule.good.iter().map(|t| (t, false))) {
            tally.examples += 1;
            if let Err(why) = try_example(set, rule, template, expected) {
                tally.failed += 1;
                let _ = writeln!(out, "{}: {why}: {template}", rule.id);
            }
        }
    }
    tally
}

/// A path that the rule looks at.
fn path_for(rule: &Rule) -> String {
    if !rule.command.is_empty() {
        return "example.sh".into();
    }
    rule.paths.first().map_or("example".into(), |glob| glob.replace("**/", "").replace('*', "x"))
}

fn try_example(set: &RuleSet, rule: &Rule, template: &str, expected: bool) -> Result<(), String> {
    for seed in 0..SEEDS {
        // An example of a command is a command line, whose braces are its own.
        let content = match rule.command.is_empty() {
            true => example::fill(template, seed).map_err(|e| e.to_string())?,
            false => template.to_owned(),
        };
        let unit = Unit {
            path: RepoPath::new(path_for(rule)),
            old_path: None,
            mode: Some(Mode::File),
            old_mode: None,
            change: Change::Snapshot(Text::new(content.as_bytes())),
        };
        let matched = scan(set, &unit).iter().any(|finding| *finding.rule == *rule.id);
        match (matched, expected) {
            (false, true) => return Err("a bad example does not match".into()),
            (true, false) => return Err("a good example matches".into()),
            _ => {}
        }
    }
    Ok(())
}
