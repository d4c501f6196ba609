//! The command `doctor`: proves that the gate is there, and says what is to be done where it is not.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::authority::UNTRACKED;
use super::init::shown;
use super::output::to_stdout;
use super::{Failure, scanned};
use crate::cli::Colour;
use crate::cli::init::Doctor;
use crate::config::{self, ConfigError, Plan};
use crate::policy::file::{NAME, PolicyFile};
use crate::report::human::{Style, fitted};
use crate::report::{ExitStatus, Report};
use crate::rule::RuleSet;
use crate::source::git::{Comparing, Environment, Repository};

mod hook;
mod pipelines;
mod trial;

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// All is well.
    Well,
    /// Worth knowing.
    Note,
    /// Something is to be done.
    ToDo,
}

/// Columns of the word that a line begins with.
const WORD: usize = 6;

/// Everything that was found, in the order in which it is told.
#[derive(Default)]
struct Findings(Vec<(State, &'static str, String)>);

impl Findings {
    fn add(&mut self, state: State, topic: &'static str, text: impl Into<String>) {
        self.0.push((state, topic, text.into()));
    }

    fn well(&mut self, topic: &'static str, text: impl Into<String>) {
        self.add(State::Well, topic, text);
    }

    fn note(&mut self, topic: &'static str, text: impl Into<String>) {
        self.add(State::Note, topic, text);
    }

    fn open(&mut self, topic: &'static str, text: impl Into<String>) {
        self.add(State::ToDo, topic, text);
    }

    /// What is printed, and what it comes to.
    fn told(&self, style: &Style) -> (String, ExitStatus) {
        let mut out = String::new();
        for (state, topic, text) in &self.0 {
            let word = match state {
                State::Well => "ok",
                State::Note => "note",
                State::ToDo => "to do",
            };
            let text = text.trim_end().replace('\n', "\n       ");
            let _ = writeln!(out, "{word:<WORD$} {topic}: {text}");
        }
        let open = self.0.iter().filter(|(state, ..)| *state == State::ToDo).count();
        out.push_str(&match open {
            0 => "\nall is well\n".to_owned(),
            1 => "\n1 thing to do\n".to_owned(),
            many => format!("\n{many} things to do\n"),
        });
        (fitted(&shown(&out), style, WORD + 1), if open == 0 { ExitStatus::Clean } else { ExitStatus::Findings })
    }
}

pub(super) fn run(args: &Doctor) -> Result<ExitStatus, Failure> {
    let fail = |message: &str| Failure::Config(ConfigError::new(message));
    let repository = Repository::discover(Path::new("."), Environment::Honoured).map_err(Failure::Source)?;
    let repository = repository.ok_or_else(|| fail("not inside a git repository: there is no gate to look at"))?;
    let top =
        repository.top().ok_or_else(|| fail("this is a bare repository: run this in a clone with a working tree"))?;
    let rules = config::rules(&[]).map_err(Failure::Config)?;
    let mut findings = Findings::default();
    let (version, count, digest) = (env!("CARGO_PKG_VERSION"), rules.rules().len(), rules.digest());
    findings.well("version", format!("ringfence {version} with {count} rules, digest {}", &digest[..12]));
    policy(&repository, top, &rules, &mut findings);
    entries(top, &mut findings);
    hook::check(&repository, top, args.run_hook, &mut findings);
    pipelines::check(&repository, top, &mut findings);
    let (told, status) = findings.told(&config::style(Colour::Never));
    to_stdout(told.as_bytes())?;
    Ok(status)
}

/// Which policy judges what is committed next, and whether the one on disk is the same.
fn policy(repository: &Repository, top: &Path, rules: &RuleSet, findings: &mut Findings) {
    const TOPIC: &str = "policy";
    let base = repository.sides(&Comparing::Staged).and_then(|sides| {
        let head = sides.compared().base.unwrap_or_default();
        Ok((sides.base_file(NAME)?, head))
    });
    let (base, head) = match base {
        Ok(found) => found,
        Err(error) => return findings.open(TOPIC, format!("that of HEAD cannot be read: {error}")),
    };
    let short = head.get(..7).unwrap_or("nothing");
    let disk = fs::read(top.join(NAME)).ok();
    match &base {
        None => {
            let advice = if disk.is_none() { "; `ringfence init` writes one" } else { "" };
            findings.note(TOPIC, format!("the built-in one judges changes: HEAD ({short}) has no {NAME}{advice}"));
        }
        Some(content) => match read(content, rules) {
            Ok(()) => findings.well(TOPIC, format!("{NAME} of HEAD ({short}) judges what is committed next")),
            Err(why) => findings.open(
                TOPIC,
                format!(
                    "{NAME} of HEAD ({short}) is broken, and every check of a change ends with exit code 2:\n{why}"
                ),
            ),
        },
    }
    match (disk, base) {
        (Some(disk), Some(base)) if disk != base => {
            findings.open(TOPIC, format!("{NAME} on disk differs from that of HEAD and judges no change yet; commit it or take the change back"));
        }
        (Some(_), None) => findings.open(TOPIC, format!("{NAME} is not committed, so it judges no change; commit it")),
        (None, Some(_)) => findings
            .open(TOPIC, format!("{NAME} is gone from the working tree; `git checkout -- {NAME}` brings it back")),
        (Some(_), Some(_)) | (None, None) => {}
    }
}

fn read(content: &[u8], rules: &RuleSet) -> Result<(), String> {
    let text = std::str::from_utf8(content).map_err(|_| format!("{NAME} is no UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let broken = PolicyFile::parse(NAME, text, rules).err().unwrap_or_default();
    let said: Vec<String> = broken.iter().map(ToString::to_string).collect();
    if said.is_empty() { Ok(()) } else { Err(said.join("\n")) }
}

/// Which entries of the policy on disk, and which comments, have expired or set nothing aside any more.
fn entries(top: &Path, findings: &mut Findings) {
    const TOPIC: &str = "entries";
    let scanned = Plan::all_of(top).map_err(Failure::Config).and_then(|plan| scanned(plan, &|_| ()));
    let (plan, report) = match scanned {
        Ok(done) => done,
        Err(failure) => return findings.open(TOPIC, failure.to_string()),
    };
    let stale = stale(&report);
    let count = plan.policy.file.allows.len();
    if stale.is_empty() && count > 0 {
        findings.well(
            TOPIC,
            format!(
                "{} in the policy, all of use and none expired",
                if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
            ),
        );
    }
    for line in stale {
        // A comment without use hides nothing, and may be a text about comments.
        let state = if line.contains("`ringfence:allow ") { State::Note } else { State::ToDo };
        findings.add(state, TOPIC, line);
    }
    if !report.coverage.complete() {
        findings.open(TOPIC, "not everything here could be read; `ringfence scan` says what and why");
    }
}

/// What a scan of everything says of them; of very many only the first.
fn stale(report: &Report) -> Vec<String> {
    // That a file is not committed yet is said about the policy already.
    let is_new = |notice: &&String| !notice.contains(UNTRACKED);
    report.policy.notices.iter().filter(is_new).cloned().collect()
}
