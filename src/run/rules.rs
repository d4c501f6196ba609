//! The command `rules`: list them, show one, run their examples.

use std::fmt::Write;
use std::path::PathBuf;

use super::Failure;
use super::output::to_stdout;
use crate::cli::Colour;
use crate::cli::rules::{ListFormat, Rules, RulesCommand};
use crate::config::{self, ConfigError};
use crate::detect::example;
use crate::keyed::nearest;
use crate::report::escape::terminal;
use crate::report::human::write_rule;
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
        RulesCommand::List { format, .. } => list(&set, *format),
        RulesCommand::Show { id, .. } => show(&set, id),
        RulesCommand::Test { added } => test(&set, &added.rules),
    }
}

fn list(set: &RuleSet, format: ListFormat) -> Result<ExitStatus, Failure> {
    let out = match format {
        ListFormat::Human => table(set),
        ListFormat::Jsonl => set.rules().iter().map(|r| serde_json::json!(r.rule()).to_string() + "\n").collect(),
        ListFormat::Markdown => {
            let measured = rule::measured().map_err(|e| Failure::Config(ConfigError::new(e.to_string())))?;
            catalogue::page(set, &measured)
        }
    };
    to_stdout(out.as_bytes())?;
    Ok(ExitStatus::Clean)
}

fn table(set: &RuleSet) -> String {
    let mut out = String::new();
    let width = set.rules().iter().map(|r| r.rule().id.len()).max().unwrap_or(0);
    for rule in set.rules().iter().map(|r| r.rule()) {
        let (kind, severity, confidence) = (word(&rule.kind), word(&rule.severity), word(&rule.confidence));
        let title = terminal(&rule.title);
        let _ = writeln!(out, "{:width$}  {kind:9} {severity:8} {confidence:6}  {title}", rule.id);
    }
    out
}

fn show(set: &RuleSet, id: &str) -> Result<ExitStatus, Failure> {
    let Some(rule) = set.get(id).map(|r| r.rule()) else {
        let near = nearest(id, set.rules().iter().map(|r| r.rule().id.as_str()));
        let near = near.map_or("; ".to_owned(), |near| format!("; did you mean `{near}`? "));
        let message = format!("there is no rule `{id}`{near}`ringfence rules list` shows them all");
        return Err(Failure::Config(ConfigError::new(message)));
    };
    let mut out = Vec::new();
    let written = write_rule(rule, config::style(Colour::Auto), &mut out);
    written.map_err(|error| Failure::Write { target: "standard output".into(), error })?;
    to_stdout(&out)?;
    Ok(ExitStatus::Clean)
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
