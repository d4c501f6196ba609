//! Whether a command is of the shape that a rule reports.

use std::collections::BTreeSet;

use super::scene::Scene;
use super::target::is_term;
use super::words::Command;
use crate::rule::command::{Shape, Spelling, Spellings, Term, is_like};
use crate::rule::{CompiledRule, Severity};

/// Options that take the next word as their value, by program.
const VALUES: [(&str, &[&str]); 19] = [
    ("git", &["-C", "-c", "--git-dir", "--work-tree", "-m", "--message"]),
    ("kubectl", KUBE),
    ("oc", KUBE),
    ("helm", KUBE),
    ("docker", DOCKER),
    ("podman", DOCKER),
    ("docker-compose", &["-f", "--file", "-p", "--project-name", "--profile"]),
    ("aws", &["--region", "--profile", "--endpoint-url", "--endpoint", "--output", "--query"]),
    ("gcloud", &["--project", "--zone", "--region", "--account"]),
    ("az", &["-g", "--resource-group", "-n", "--name", "--subscription", "-o"]),
    ("gh", &["-R", "--repo", "-X", "--method", "-f", "-F", "--field", "-H", "-q", "--jq"]),
    (
        "curl",
        &[
            "-o",
            "-H",
            "-X",
            "-d",
            "-u",
            "-A",
            "-e",
            "-b",
            "-m",
            "--output",
            "--header",
            "--request",
            "--data",
            "--retry",
        ],
    ),
    ("wget", &["-O", "-o", "-P", "--output-document", "--header", "-t", "-T"]),
    ("psql", &["-h", "-U", "-p", "-f", "--host", "--username", "--port", "-v"]),
    ("mysql", &["-h", "-P", "--host", "--port"]),
    (
        "find",
        &[
            "-name",
            "-iname",
            "-path",
            "-ipath",
            "-wholename",
            "-regex",
            "-type",
            "-mtime",
            "-mmin",
            "-maxdepth",
            "-mindepth",
            "-newer",
            "-user",
            "-size",
            "-perm",
        ],
    ),
    ("rsync", &["-e", "--exclude", "--include", "--rsh", "--exclude-from", "--filter"]),
    ("npm", &["--prefix", "-w", "--workspace", "--tag", "--otp", "--registry"]),
    ("truncate", &["-s", "--size", "-r"]),
];
const KUBE: &[&str] = &[
    "-n",
    "--namespace",
    "--context",
    "--cluster",
    "--kubeconfig",
    "--kube-context",
    "-l",
    "--selector",
    "-o",
    "-f",
    "--filename",
    "--timeout",
];
const DOCKER: &[&str] = &[
    "--context",
    "-H",
    "--host",
    "--file",
    "-p",
    "--project-name",
    "--profile",
    "--name",
    "-e",
    "--env",
    "--volume",
    "-w",
    "-u",
    "--network",
    "--mount",
    "--entrypoint",
    "-t",
    "--tag",
];

/// Options that many programs spell in two ways.
const USUAL: [(&str, &str); 5] =
    [("-f", "--force"), ("-y", "--yes"), ("-r", "--recursive"), ("-q", "--quiet"), ("-a", "--all")];
/// Options under which nothing happens.
const IDLE: [&str; 10] = [
    "--help",
    "--dry-run",
    "--dryrun",
    "--version",
    "--what-if",
    "-WhatIf",
    "--just-print",
    "--noop",
    "--dry_run",
    "--simulate",
];

/// A command in its parts.
pub(super) struct Parts<'a> {
    command: &'a Command,
    /// Words that are neither options nor their values.
    plain: Vec<&'a str>,
    /// Options as they are written, and the word behind each.
    options: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    /// Takes a command apart.
    pub(super) fn of(command: &'a Command) -> Self {
        let program = command.program();
        let values = VALUES.iter().find(|(name, _)| *name == program).map_or(&[][..], |(_, values)| *values);
        let (mut plain, mut options) = (Vec::new(), Vec::new());
        let mut words = command.words.iter().skip(1).map(|word| word.text.as_str()).peekable();
        let mut is_over = false;
        while let Some(word) = words.next() {
            if word == "--" {
                is_over = true;
            } else if !is_over && word.len() > 1 && word.starts_with(['-', '+']) && !word.starts_with("+refs") {
                options.push((word, words.peek().copied().unwrap_or_default()));
                if values.contains(&word) {
                    words.next();
                }
            } else {
                plain.push(word);
            }
        }
        Self { command, plain, options }
    }

    /// The command with its options sorted: equal for commands that do the same.
    pub(super) fn normal(&self) -> String {
        let options = self.single_options();
        let mut all = vec![self.command.program().to_owned()];
        all.extend(options);
        all.extend(self.plain.iter().map(|word| (*word).to_owned()));
        all.extend(self.command.writes.iter().map(|file| format!("> {file}")));
        all.join(" ")
    }

    /// The options one by one, sorted: letters behind one dash are several.
    fn single_options(&self) -> BTreeSet<String> {
        let mut options = BTreeSet::new();
        for (option, _) in &self.options {
            match option.strip_prefix('-').filter(|o| !o.starts_with('-') && o.bytes().all(|b| b.is_ascii_alphabetic()))
            {
                Some(letters) if letters.len() < 5 => options.extend(letters.chars().map(|c| format!("-{c}"))),
                _ => drop(options.insert((*option).to_owned())),
            }
        }
        options
    }

    /// What the command does, as far as `rule` can tell: the same for every spelling of the options that it knows.
    pub(super) fn identity(&self, rule: &CompiledRule) -> String {
        let known: Vec<&Spellings> = rule.rule().command.iter().flat_map(|shape| &shape.options).collect();
        let canonical = |given: String| {
            let spelled = known.iter().find(|all| all.0.iter().any(|one| one.value.is_none() && one.name == given));
            let usual = USUAL.iter().find(|(_, long)| *long == given).map(|(short, _)| (*short).to_owned());
            spelled.and_then(|all| all.0.first()).map(|first| first.name.clone()).or(usual).unwrap_or(given)
        };
        let options = self.single_options().into_iter().map(canonical).collect::<BTreeSet<String>>();
        let plain = self.plain.iter().map(|word| if word.len() > 1 { word.trim_end_matches('/') } else { word });
        let mut all: Vec<&str> = vec![self.command.program()];
        all.extend(options.iter().map(String::as_str).chain(plain));
        let writes = self.command.writes.iter().map(|file| format!("> {file}")).collect::<String>();
        format!("{} {writes}", all.join(" "))
    }

    fn is_idle(&self) -> bool {
        let is_digit = |c: char| c.is_ascii_digit();
        let is_off = |option: &str| option.ends_with("=false") || option.ends_with("=none");
        self.options.iter().any(|(option, next)| {
            let name = option.split('=').next().unwrap_or_default();
            // `--version` with a version asks for one.
            IDLE.contains(&name) && !is_off(option) && !(name == "--version" && next.starts_with(is_digit))
        })
    }

    fn has(&self, spellings: &Spellings, scene: &Scene<'_>) -> bool {
        spellings
            .0
            .iter()
            .any(|spelling| self.options.iter().any(|(given, next)| is_spelled(spelling, given, next, scene)))
            || spellings.0.iter().any(|spelling| {
                spelling.name.starts_with(['/', '+']) && self.plain.iter().any(|word| is_like(&spelling.name, word))
            })
    }
}

/// True if `name`, alone or among letters behind one dash, is this spelling.
fn is_named(meant: &Spelling, name: &str) -> bool {
    let is_cluster = |letters: &str| letters.len() <= 6 && letters.bytes().all(|b| b.is_ascii_alphanumeric());
    let letter = meant.name.strip_prefix('-').filter(|letter| letter.len() == 1);
    let stands =
        |letter: &str| name.strip_prefix('-').is_some_and(|letters| is_cluster(letters) && letters.contains(letter));
    letter.is_some_and(stands) || is_like(&meant.name, name)
}

/// True if the option as it is `given` is the one that is meant.
fn is_spelled(meant: &Spelling, given: &str, next: &str, scene: &Scene<'_>) -> bool {
    let (name, value) = given.split_once('=').map_or((given, None), |(name, value)| (name, Some(value)));
    let letter = meant.name.strip_prefix('-').filter(|name| name.len() == 1);
    let is_meant = is_named(meant, name) || meant.name.contains('*') && is_like(&meant.name, given);
    if !is_meant {
        return false;
    }
    let Some(term) = &meant.value else { return value != Some("false") };
    let attached = letter.and_then(|_| given.get(2..)).filter(|rest| !rest.is_empty());
    is_term(term, value.or(attached).unwrap_or(next), scene)
}

/// The severity, if one of the rule's shapes fits.
pub(super) fn judged(rule: &CompiledRule, parts: &Parts<'_>, scene: &Scene<'_>) -> Option<Severity> {
    if parts.is_idle() {
        return None;
    }
    let severity = |shape: &Shape| shape.severity.unwrap_or(rule.rule().severity);
    let fitting = rule.rule().command.iter().filter(|shape| fits(shape, parts, scene));
    let severity = fitting.map(severity).max()?;
    (rule.rule().pattern.is_empty() || matches_text(rule, parts)).then_some(severity)
}

fn matches_text(rule: &CompiledRule, parts: &Parts<'_>) -> bool {
    let mut text: String = parts.command.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    text.push('\n');
    text.push_str(&parts.command.input);
    rule.regex().is_some_and(|regex| regex.is_match(text.as_bytes()))
}

fn fits(shape: &Shape, parts: &Parts<'_>, scene: &Scene<'_>) -> bool {
    let command = parts.command;
    let names = |names: &[String], name: &str| names.iter().any(|pattern| is_like(pattern, name));
    let any = |terms: &[Term], word: &str| terms.iter().any(|term| is_term(term, word, scene));
    if !names(&shape.program, command.program()) || !(shape.places.is_empty() || shape.places.contains(&scene.place()))
    {
        return false;
    }
    let Some(rest) = behind(&shape.words, &parts.plain, scene) else { return false };
    shape.options.iter().all(|option| parts.has(option, scene))
        && !shape.without.iter().any(|option| parts.has(option, scene))
        && (shape.arguments.is_empty() || rest.iter().any(|word| any(&shape.arguments, word)))
        && !command.words.iter().skip(1).any(|word| any(&shape.harmless, &word.text))
        && !command.sets.iter().any(|set| any(&shape.harmless, set))
        && (shape.feeds.is_empty() || command.feeds.iter().any(|program| names(&shape.feeds, program)))
        && (shape.writes.is_empty() || command.writes.iter().any(|file| any(&shape.writes, file)))
}

/// What stands behind the words that a shape asks for.
fn behind<'w, 'a>(terms: &[Term], words: &'w [&'a str], scene: &Scene<'_>) -> Option<&'w [&'a str]> {
    let Some((term, terms)) = terms.split_first() else { return Some(words) };
    if matches!(term, Term::Like(patterns) if patterns.iter().any(|p| p == "**")) {
        return (0..=words.len()).find_map(|skipped| behind(terms, &words[skipped..], scene));
    }
    let (word, words) = words.split_first()?;
    if is_term(term, word, scene) { behind(terms, words, scene) } else { None }
}
