//! The command `evidence`: reads what is named, scans the change, and has the record written or checked.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::reviews::Known;
use super::{Failure, authority, masked_error, repository, scan_all};
use crate::cli::evidence::EvidenceCommand;
use crate::config::{self, ConfigError, Plan, Source};
use crate::detect::name;
use crate::detect::redact::Redactor;
use crate::evidence::record::{Author, FileDigest, Proof, Said};
use crate::evidence::{Claims, Link, NoRecord, Reviewed, Seen, Statement, statement};
use crate::policy::review;
use crate::report::{ExitStatus, Report};
use crate::rule::RuleSet;
use crate::source::git::{CommitId, Listing, Sides};
use crate::source::{SourceError, why};

mod command;
mod create;
mod verify;

pub(super) fn run(command: &EvidenceCommand) -> Result<ExitStatus, Failure> {
    match command {
        EvidenceCommand::Create(args) => create::run(args),
        EvidenceCommand::Verify(args) => verify::run(args),
    }
}

/// A change that was scanned.
struct Examined {
    base: Option<CommitId>,
    named: Option<CommitId>,
    head: CommitId,
    listing: Listing,
    /// Its paths as reports show them.
    paths: Vec<String>,
    report: Report,
    /// What was said of it.
    reviewed: Option<Reviewed>,
}

impl Examined {
    /// What a record says of it.
    fn statement(&self, plan: &Plan, claims: Claims) -> Statement {
        let expires = plan.policy.file.allows.iter().any(|entry| entry.expires.is_some());
        let seen = Seen {
            base: self.base.clone(),
            named: self.named.clone(),
            head: self.head.clone(),
            listing: &self.listing,
            report: &self.report,
            author: match plan.authority.author {
                config::Author::Base => Author::Base,
                config::Author::Head => Author::Head,
            },
            judged_on: expires.then_some(plan.policy.today),
            paths: &self.paths,
            reviewed: self.reviewed.as_ref(),
        };
        statement(&seen, claims)
    }
}

/// Finds the policy, reads and scans the range of the plan. Gives the plan back with the policy in it.
fn examined(mut plan: Plan) -> Result<(Plan, Examined), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).build().map_err(Failure::Threads)?;
    pool.install(|| {
        let Source::Change(comparing) = plan.source.clone() else { return Err(no_range()) };
        let repository = repository().map_err(|error| masked_error(&plan, error))?;
        let sides = repository.sides(&comparing).map_err(|error| masked_error(&plan, error))?;
        let head = sides.head_id().ok_or_else(no_range)?;
        let growth = authority::of_change(&mut plan, &sides)?;
        let seen = super::Seen::of(&plan, &sides, growth)?;
        let reviewed = seen.reviews.as_ref().map(|known| reviewed(&plan, known));
        let (listing, report) = listed(&plan, &sides, seen)?;
        let paths = listing.0.par_iter().map(|changed| name::shown(&plan.rules, &changed.path)).collect();
        Ok(Examined { base: sides.base_id(), named: sides.named_id(), head, listing, paths, report, reviewed })
    })
    .map(|examined| (plan, examined))
}

/// What reviewers said, without secrets, and what says so.
fn reviewed(plan: &Plan, known: &Known) -> Reviewed {
    let said = known.reviews.said().into_iter().map(|said| Said {
        commit: said.commit,
        proof: match said.proof {
            review::Proof::Commit => Proof::Commit,
            review::Proof::Forge => Proof::Forge,
        },
        what: name::masked(&plan.rules, &said.what),
        who: name::masked(&plan.rules, &said.who),
    });
    Reviewed {
        said: said.collect(),
        files: known.files.iter().map(|file| FileDigest::of(file)).collect(),
        signers: known.signers.as_deref().map(FileDigest::of),
        required: plan.reviewing.asked == config::Asked::Required,
    }
}

fn listed(plan: &Plan, sides: &Sides<'_>, seen: super::Seen) -> Result<(Listing, Report), Failure> {
    let listing = RefCell::new(Listing::default());
    let report = scan_all(plan, &|_| (), seen, &|ledger, visit| {
        sides.read_listing(ledger, visit, &mut |whole| {
            // A record names every path or it is none.
            if let Some((path, reason)) = ledger.first_gap() {
                let path = path.encoded();
                return Err(SourceError::unreadable(format!("cannot list the change: `{path}`: {reason}")));
            }
            *listing.borrow_mut() = whole;
            Ok(())
        })
    })?;
    Ok((listing.into_inner(), report))
}

fn no_range() -> Failure {
    wrong("a record is about a range of commits: `A..B` or `A...B`".into())
}

fn wrong(message: String) -> Failure {
    Failure::Config(ConfigError::new(message))
}

/// `text` without its secrets.
fn redacted(rules: &RuleSet, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut redactor = Redactor::new(rules, &mut out);
    // Writing to memory cannot fail; if it did, less would be kept, never more.
    let is_done = redactor.push(text).and_then(|()| redactor.finish()).is_ok();
    if is_done { out } else { Vec::new() }
}

/// Reads a file that was named.
fn file(what: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| unread(what, path, &error))
}

fn unread(what: &str, path: &Path, error: &io::Error) -> Failure {
    wrong(format!("cannot read {what} `{}`: {}", path.display(), why(error)))
}

fn no_record(path: &Path, why: &NoRecord) -> Failure {
    wrong(format!("`{}`: {why}", path.display()))
}

/// Reads a record that stands before another one.
fn link(path: impl AsRef<Path>) -> Result<Link, Failure> {
    let path = path.as_ref();
    let content = file("the previous record", path)?;
    Link::read(path.display().to_string(), &content).map_err(|why| no_record(path, &why))
}
