//! Attempts to slip something past the gate from inside a change: each one in a real repository, by the real program,
//! staged, on disk and as a range of commits. None passes silently.

mod base;
mod baseline;
mod gate;
mod git;
mod hiding;
mod inline;
mod letters;
mod policy;
mod steps;

use crate::support::{Dir, GITHUB, Report, token};

/// One attempt.
pub(crate) struct Attempt {
    /// What is tried.
    name: &'static str,
    /// What is there before, beside [`ground`].
    base: fn(&Dir),
    /// What the change does.
    change: fn(&Dir),
    /// What has to be told.
    told: Told,
}

/// What has to be told of an attempt.
pub(crate) enum Told {
    /// These findings, each `rule path`, among others.
    Findings(&'static [&'static str]),
    /// Nothing is scanned: exit code 2, and this in the message.
    Refused(&'static str),
}

/// The token that the policy of the base sets aside in `docs/example`.
pub(crate) const KNOWN: u64 = 1;

/// Nothing more than what is always there.
pub(crate) fn nothing(_: &Dir) {}

/// The rules of the project.
pub(crate) fn policy(dir: &Dir) -> String {
    let _ = dir;
    format!(
        "version = 1\nfail-on = \"high\"\n\n[scan]\nexclude = [\"third_party/**\"]\n\n[network]\napproved-hosts = \
         [\"api.example.com\"]\n\n[[area]]\nname = \"payments\"\npaths = [\"services/pay/**\", \"lib/pay/**\"]\nowners = \
         [\"@acme/pay\"]\n\n[[team]]\nname = \"@acme/pay\"\nmembers = [\"ann\"]\n\n[[rule]]\nid = \"generic-password\"\n\
         severity = \"high\"\n\n[[allow]]\nrule = \"{GITHUB}\"\npath = \"docs/example\"\nvalue = \"ghp_*\"\nreason = \
         \"made up\"\nexpires = 2001-01-01\n"
    )
}

/// A repository with rules and some files.
fn ground() -> Dir {
    let dir = Dir::repository();
    dir.write("ringfence.toml", policy(&dir));
    dir.write("docs/example", format!("see {}\n", token(KNOWN)));
    dir.write("src/app.py", "def main():\n    return 1\n");
    dir.write("services/pay/charge.py", "def charge(amount):\n    return amount\n");
    dir
}

/// Changes the policy by words that have to be in it.
pub(crate) fn edit(dir: &Dir, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(dir.at(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    dir.write(file, text.replace(from, to));
}

/// Adds to the end of a file.
pub(crate) fn append(dir: &Dir, file: &str, more: &str) {
    let text = std::fs::read_to_string(dir.at(file)).unwrap_or_default();
    dir.write(file, text + more);
}

/// A secret in the source.
pub(crate) fn leak(dir: &Dir) {
    dir.write("src/leak.py", format!("TOKEN = '{}'\n", token(7)));
}

/// Tries everything in `attempts`, each in the three ways in which a change is looked at.
pub(crate) fn try_all(attempts: &[Attempt]) {
    let mut slipped = Vec::new();
    for attempt in attempts {
        let dir = ground();
        (attempt.base)(&dir);
        let base = dir.commit("base");
        (attempt.change)(&dir);
        dir.git(&["add", "--all"]);
        let mut ways = vec![("staged", vec!["diff", "--staged"]), ("on disk", vec!["diff"])];
        slipped.extend(ways.drain(..).filter_map(|(way, args)| told(&dir, attempt, way, &args)));
        dir.git(&["commit", "--quiet", "--allow-empty", "--no-verify", "-m", "change"]);
        for dots in ["..", "..."] {
            let range = format!("{base}{dots}HEAD");
            slipped.extend(told(&dir, attempt, dots, &["diff", &range]));
        }
    }
    assert!(slipped.is_empty(), "{}", slipped.join("\n"));
}

/// What went wrong with one way to look at one attempt.
fn told(dir: &Dir, attempt: &Attempt, way: &str, args: &[&str]) -> Option<String> {
    let args: Vec<&str> = args.iter().chain(&["--fail-on", "low", "--format", "json"]).copied().collect();
    let outcome = dir.ringfence(&args).ends();
    let wrong = |what: String| Some(format!("{} ({way}): {what}", attempt.name));
    match &attempt.told {
        Told::Refused(words) => {
            let said = outcome.stderr();
            let is_refused = outcome.code == 2 && said.contains(words);
            if is_refused { None } else { wrong(format!("exit {}: {said}", outcome.code)) }
        }
        Told::Findings(findings) if matches!(outcome.code, 1 | 3) => {
            missing(&Report::of(outcome), findings).and_then(wrong)
        }
        Told::Findings(_) => wrong(format!("exit {}: {}", outcome.code, outcome.stderr())),
    }
}

/// The first of `findings` that is not in the report.
pub(crate) fn missing(report: &Report, findings: &[&str]) -> Option<String> {
    let found: Vec<String> = report.value["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| format!("{} {}", f["rule"].as_str().unwrap(), f["path"].as_str().unwrap()))
        .collect();
    let lacking = findings.iter().find(|wanted| !found.iter().any(|one| one == *wanted));
    lacking.map(|wanted| format!("`{wanted}` is not among {found:?}, skipped {:?}", report.skipped()))
}

#[test]
fn there_are_enough_attempts() {
    let tables = [
        policy::ATTEMPTS,
        baseline::ATTEMPTS,
        inline::ATTEMPTS,
        letters::ATTEMPTS,
        git::ATTEMPTS,
        hiding::ATTEMPTS,
        gate::ATTEMPTS,
    ];
    let number: usize = tables.iter().map(|table| table.len()).sum();
    assert!(number >= 60, "{number}");
    let mut names: Vec<&str> = tables.iter().flat_map(|table| table.iter().map(|attempt| attempt.name)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), number, "each is another one");
}
