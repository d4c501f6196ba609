//! The command `baseline`: what is reported today, written down to be accepted, or compared with what is.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::output::to_stdout;
use super::{Failure, scanned};
use crate::cli::baseline::{Accepting, BaselineCommand};
use crate::config::{ConfigError, Plan};
use crate::order;
use crate::policy::baseline::{Accepted, NAME, written};
use crate::report::ExitStatus;
use crate::report::count::counted;
use crate::report::escape::terminal;
use crate::source::SourceError;
use crate::source::git::{Environment, Repository};

/// Differences that are named one by one.
const NAMED: usize = 100;

pub(super) fn run(command: &BaselineCommand) -> Result<ExitStatus, Failure> {
    match command {
        BaselineCommand::Write(args) => write(args),
        BaselineCommand::Check(args) => check(args),
    }
}

/// What is accepted, and what is there to be.
struct Both {
    top: PathBuf,
    old: BTreeSet<Accepted>,
    new: BTreeSet<Accepted>,
    /// The content of the file as it is; empty without one.
    content: Vec<u8>,
}

fn write(args: &Accepting) -> Result<ExitStatus, Failure> {
    let both = both(args)?;
    let target = both.top.join(NAME);
    let content = written(both.new.iter().cloned()).map_err(|error| failed(io::Error::other(error)))?;
    if content.as_bytes() != both.content {
        replaced(&target, content.as_bytes()).map_err(failed)?;
    }
    let (added, dropped) = (both.new.difference(&both.old).count(), both.old.difference(&both.new).count());
    let number = both.new.len() as u64;
    let entries = if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") };
    let advice =
        if number == 0 && dropped == 0 { "; nothing is reported here, so nothing was there to accept" } else { "" };
    to_stdout(format!("{NAME}: {entries}, {added} new, {dropped} dropped{advice}\n").as_bytes())?;
    Ok(ExitStatus::Clean)
}

fn check(args: &Accepting) -> Result<ExitStatus, Failure> {
    let both = both(args)?;
    let line = |sign: char, one: &Accepted| {
        format!("{sign} {} {} {}\n", terminal(&one.path), terminal(&one.rule), terminal(&one.fingerprint))
    };
    let added = both.new.difference(&both.old).map(|one| line('+', one));
    let dropped = both.old.difference(&both.new).map(|one| line('-', one));
    let lines: Vec<String> = added.chain(dropped).collect();
    let mut page: String = lines.iter().take(NAMED).map(String::as_str).collect();
    if let Some(more) = lines.len().checked_sub(NAMED).filter(|more| *more > 0) {
        page += &format!("… and {more} more\n");
    }
    page += &match lines.len() {
        0 => format!("{NAME} holds what is there, and nothing else\n"),
        _ => format!("`ringfence baseline write` would add and drop these in {NAME}\n"),
    };
    to_stdout(page.as_bytes())?;
    Ok(if lines.is_empty() { ExitStatus::Clean } else { ExitStatus::Findings })
}

fn both(args: &Accepting) -> Result<Both, Failure> {
    let here = Path::new(".");
    let repository = Repository::discover(here, Environment::Ignored).map_err(Failure::Source)?;
    let top = repository.as_ref().and_then(Repository::top).unwrap_or(here).to_owned();
    let (plan, report) = scanned(Plan::baseline(&top, &args.judging).map_err(Failure::Config)?, &|_| ())?;
    if let Some(gap) = report.coverage.skipped.iter().find(|skip| skip.reason.is_gap()) {
        let gaps = report.coverage.skipped.iter().filter(|skip| skip.reason.is_gap()).count() as u64;
        return Err(Failure::Source(SourceError::unreadable(format!(
            "{} in scope could not be read, so the baseline would lack what stands there; the first: {}: {}",
            counted(gaps, "thing"),
            gap.path,
            gap.reason
        ))));
    }
    let old = order::gathered(plan.policy.baseline.entries().map(|(accepted, _)| accepted.clone()));
    Ok(Both { top, old, new: report.verdict.gathered, content: plan.origin.baseline })
}

/// Puts `content` in place of a file as a whole, so that nobody reads half of it.
fn replaced(target: &Path, content: &[u8]) -> io::Result<()> {
    let draft = target.with_extension("jsonl.new");
    let mut file = fs::File::create_new(&draft)?;
    let done = file.write_all(content).and_then(|()| fs::rename(&draft, target));
    if done.is_err() {
        let _ = fs::remove_file(&draft);
    }
    done
}

fn failed(error: io::Error) -> Failure {
    let advice =
        "see whether the folder can be written to, and whether a run that was stopped left a `.new` file there";
    Failure::Config(ConfigError::new(format!("cannot write `{NAME}`: {error}; {advice}")))
}
