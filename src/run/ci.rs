//! `diff --ci`: reads what the system says of itself, and takes the first answer whose commits are in this clone.

use std::fs::File;
use std::io::Read;

use super::{Failure, repository};
use crate::ci::{Answer, BY_BASE, Counts, Proposal, Span, Surroundings, propose};
use crate::cli::Diff;
use crate::config::{ConfigError, Plan};
use crate::report::escape::terminal;
use crate::source::git::{Comparing, Range, Repository};
use crate::source::{Fault, SourceError};

/// Largest event file that is read, in bytes; GitHub sends 25 MB at most.
const LARGEST: u64 = 64 << 20;

/// The plan, which is said on standard error: nobody should have to guess what was compared.
pub(super) fn plan(args: &Diff) -> Result<Plan, Failure> {
    let around = surroundings(args).map_err(Failure::Config)?;
    let proposal = propose(&around).map_err(|error| Failure::Config(ConfigError::new(error.to_string())))?;
    let answer = taken(&proposal, &repository().map_err(Failure::Source)?).map_err(Failure::Source)?;
    if !args.common.quiet {
        say(&proposal, answer, args.base.as_deref().unwrap_or_default());
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

/// The first answer that counts here.
///
/// In a shallow clone the best answer is the only one: what it lacks can be fetched, and the next one would be a guess.
fn taken<'p>(proposal: &'p Proposal, repository: &Repository) -> Result<&'p Answer, SourceError> {
    let mut first = None;
    for answer in &proposal.answers {
        let Span::Range(range) = &answer.span else { return Ok(answer) };
        if !is_there(&answer.counts, range, repository) {
            continue;
        }
        match repository.sides(&Comparing::Range(range.clone())) {
            Ok(sides) if answer.counts != Counts::Always && !sides.compared().has_news() => {}
            Ok(_) => return Ok(answer),
            Err(error) if must_hold(answer, range, repository) || error.fault() == Fault::Unreadable => {
                return Err(with_cure(error, proposal));
            }
            Err(error) => first = first.or(Some(error)),
        }
    }
    let none = || SourceError::usage("nothing tells what to compare; name the commits, as in `ringfence diff A...B`");
    Err(first.map_or_else(none, |error| with_cure(error, proposal)))
}

/// True if the clone has what an answer asks for.
fn is_there(counts: &Counts, range: &Range, repository: &Repository) -> bool {
    match counts {
        Counts::Always | Counts::WithNews => true,
        Counts::IfThere => repository.has_base(range),
        Counts::IfFresh(known) => repository.has_base(range) && !repository.is_older(range, known),
    }
}

/// True if no other answer may stand in for one that fails: in a shallow clone, and for a name that somebody chose. A commit
/// that a forced push left behind is in no clone.
fn must_hold(answer: &Answer, range: &Range, repository: &Repository) -> bool {
    repository.is_shallow() || answer.why == BY_BASE && !range.begins_at_commit()
}

fn with_cure(error: SourceError, proposal: &Proposal) -> SourceError {
    error.map(|message| format!("{message}; on {}: {}", proposal.system.name(), proposal.cure))
}

fn say(proposal: &Proposal, answer: &Answer, base: &str) {
    let what = match &answer.span {
        Span::Range(range) => range.to_string(),
        Span::Everything => "all files, judged by their own policy,".to_owned(),
    };
    let system = proposal.system.name();
    // CircleCI hands zeros or nothing on.
    let is_left_out = answer.why != BY_BASE && base.contains(|c| c != '0');
    let more = if is_left_out { "; `--base` is not used for that" } else { "" };
    let line = format!("scans {what} on {system}, because {}{more}", answer.why);
    super::usage::say(&terminal(&super::masked(&line)));
}
