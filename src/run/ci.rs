//! `diff --ci`: reads what the system says of itself, and takes the first answer whose commits are in this clone.

use std::fs::File;
use std::io::Read;

use super::{Failure, repository};
use crate::ci::{Answer, Proposal, Span, Surroundings, propose};
use crate::cli::Diff;
use crate::config::{ConfigError, Plan};
use crate::report::escape::terminal;
use crate::source::git::{Comparing, Repository};
use crate::source::{Fault, SourceError};

/// Largest event file that is read, in bytes; GitHub sends 25 MB at most.
const LARGEST: u64 = 64 << 20;

/// The plan, which is said on standard error: nobody should have to guess what was compared.
pub(super) fn plan(args: &Diff) -> Result<Plan, Failure> {
    let around = surroundings(args).map_err(Failure::Config)?;
    let proposal = propose(&around).map_err(|error| Failure::Config(ConfigError::new(error.to_string())))?;
    let answer = taken(&proposal, &repository().map_err(Failure::Source)?).map_err(Failure::Source)?;
    if !args.common.quiet {
        say(&proposal, answer);
    }
    Plan::ci(args, answer.span.clone()).map_err(Failure::Config)
}

/// The one place that reads the environment for what to scan.
fn surroundings(args: &Diff) -> Result<Surroundings, ConfigError> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let variables: crate::ci::Variables = std::env::vars_os().filter_map(text).collect();
    let path = variables.get("GITHUB_EVENT_PATH").filter(|path| !path.is_empty());
    let event = path.map(|path| event(path)).transpose()?;
    Ok(Surroundings { variables, event, base: args.base.clone() })
}

fn event(path: &str) -> Result<Vec<u8>, ConfigError> {
    let fail = |why: String| ConfigError::new(format!("cannot read `{path}`, which GITHUB_EVENT_PATH names: {why}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| fail(error.to_string()))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| fail(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(fail(format!("it has more than the {LARGEST} bytes that are read")));
    }
    Ok(bytes)
}

/// The first answer whose commits are here.
///
/// In a shallow clone the best answer is the only one: what it lacks can be fetched, and the next one would be a guess.
fn taken<'p>(proposal: &'p Proposal, repository: &Repository) -> Result<&'p Answer, SourceError> {
    let mut first = None;
    for answer in &proposal.answers {
        let Span::Range(range) = &answer.span else { return Ok(answer) };
        match repository.sides(&Comparing::Range(range.clone())) {
            Ok(_) => return Ok(answer),
            Err(error) if repository.is_shallow() || error.fault() == Fault::Unreadable => {
                return Err(with_cure(error, proposal));
            }
            Err(error) => first = first.or(Some(error)),
        }
    }
    let none = || SourceError::usage("nothing tells what to compare; name the commits, as in `ringfence diff A...B`");
    Err(first.map_or_else(none, |error| with_cure(error, proposal)))
}

fn with_cure(error: SourceError, proposal: &Proposal) -> SourceError {
    error.map(|message| format!("{message}; on {}: {}", proposal.system.name(), proposal.cure))
}

fn say(proposal: &Proposal, answer: &Answer) {
    let what = match &answer.span {
        Span::Range(range) => range.to_string(),
        Span::Everything => "all files".to_owned(),
    };
    let line = format!("scans {what} on {}, because {}", proposal.system.name(), answer.why);
    super::usage::say(&terminal(&super::masked(&line)));
}
