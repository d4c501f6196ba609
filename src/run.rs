//! The order of a run: plan, read, scan, judge, report. The only place that knows all parts.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::config::{ConfigError, Plan, Source, Verbosity};
use crate::detect::{area, name};
use crate::finding::Finding;
use crate::policy::{Docket, Verdict};
use crate::report::{ExitStatus, PolicyInfo, Report, SourceInfo};
use crate::rule::RuleSet;
use crate::scan::scan_each;
use crate::source::git::{Compared, Comparing, Environment, Repository};
use crate::source::{Coverage, Fault, Ledger, Reason, SourceError, Visit, stdin};
use crate::unit::Unit;

mod authority;
mod explain;
mod output;
mod progress;
mod redact;
mod rules;

/// Why a run ended without a report.
#[derive(Debug)]
pub enum Failure {
    /// The request was wrong. Exit code 2.
    Config(ConfigError),
    /// The source could not be listed. Exit code 2 or 3.
    Source(SourceError),
    /// A report could not be written. Exit code 2.
    Write {
        /// Where to.
        target: String,
        /// What the system said.
        error: io::Error,
    },
    /// Threads could not be started. Exit code 3.
    Threads(rayon::ThreadPoolBuildError),
}

impl Failure {
    /// The exit code.
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::Config(_) | Self::Write { .. } => ExitStatus::Usage,
            Self::Source(error) if error.fault() == Fault::Usage => ExitStatus::Usage,
            Self::Source(_) | Self::Threads(_) => ExitStatus::Incomplete,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Source(error) => error.fmt(f),
            Self::Write { target, error } => write!(f, "cannot write the report to {target}: {error}"),
            Self::Threads(error) => write!(f, "cannot start threads: {error}; try `--threads 1`"),
        }
    }
}

impl std::error::Error for Failure {}

/// A message with every secret in it masked: it may quote what was typed.
pub fn masked(message: &str) -> String {
    RuleSet::builtin().map_or_else(|error| error.to_string(), |rules| name::masked(&rules, message))
}

/// Does what the command line says.
///
/// # Errors
/// The run ended without a report.
pub fn run(cli: &Cli) -> Result<ExitStatus, Failure> {
    match &cli.command {
        Command::Scan(args) => examine(Plan::scan(args).map_err(Failure::Config)?),
        Command::Diff(args) => examine(Plan::diff(args).map_err(Failure::Config)?),
        Command::Redact(added) => redact::run(&added.rules),
        Command::Explain(args) => explain::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "ringfence", &mut script);
            output::to_stdout(&script)?;
            Ok(ExitStatus::Clean)
        }
    }
}

fn examine(plan: Plan) -> Result<ExitStatus, Failure> {
    let began = Instant::now();
    let outputs = output::open(&plan.outputs)?;
    let (plan, report) = scanned(plan, &|_| ())?;
    output::write(&report, plan.style, outputs)?;
    if plan.verbosity == Verbosity::Verbose {
        output::say_how(&report, began.elapsed());
    }
    Ok(report.exit_status())
}

/// What is done with each finding as it comes, whatever becomes of it.
type Each<'a> = &'a (dyn Fn(&Finding) + Sync);

/// Finds the policy, reads, scans and judges. Gives the plan back with the policy in it.
fn scanned(mut plan: Plan, each: Each<'_>) -> Result<(Plan, Report), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).build().map_err(Failure::Threads)?;
    // Sources hold handles that stay on one thread.
    pool.install(|| {
        let source = plan.source.clone();
        let report = match &source {
            Source::Tree(tree) => {
                let grounds = tree.grounds().map_err(|error| masked_error(&plan, error))?;
                authority::of_files(&mut plan, grounds.root())?;
                scan_all(&plan, each, Seen::default(), &|ledger, visit| {
                    grounds.read(ledger, visit);
                    Ok(())
                })?
            }
            Source::Stdin => {
                authority::of_files(&mut plan, None)?;
                scan_all(&plan, each, Seen::default(), &|ledger, visit| {
                    stdin::stdin(&mut io::stdin().lock(), ledger, visit);
                    Ok(())
                })?
            }
            Source::Change(comparing) => changed(&mut plan, comparing, each)?,
        };
        Ok(report)
    })
    .map(|report| (plan, report))
}

fn changed(plan: &mut Plan, comparing: &Comparing, each: Each<'_>) -> Result<Report, Failure> {
    let repository = repository().map_err(|error| masked_error(plan, error))?;
    let sides = repository.sides(comparing).map_err(|error| masked_error(plan, error))?;
    authority::of_change(plan, &sides)?;
    let seen = Seen { compared: sides.compared(), owners: sides.code_owners() };
    scan_all(plan, each, seen, &|ledger, visit| sides.read(ledger, visit))
}

fn masked_error(plan: &Plan, error: SourceError) -> Failure {
    Failure::Source(error.map(|message| name::masked(&plan.rules, &message)))
}

/// What a source tells beside its units.
#[derive(Default)]
struct Seen {
    compared: Compared,
    /// The code owners file of the base.
    owners: Option<Vec<u8>>,
}

/// Hands every unit of a source to a visitor.
type Read<'a> = &'a dyn Fn(&Ledger, Visit<'_>) -> Result<(), SourceError>;

/// Scans and judges all that `read` hands on.
fn scan_all(plan: &Plan, each: Each<'_>, seen: Seen, read: Read<'_>) -> Result<Report, Failure> {
    let ledger = Ledger::without(plan.policy.file.exclude.clone());
    let docket = Mutex::new(Docket::default());
    let visit = |unit: &Unit<'_>| {
        let found = guarded(plan, unit, &ledger, each);
        if !found.is_empty() {
            let mut docket = docket.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            docket.merge(found, plan.policy.threshold);
        }
    };
    progress::shown(&ledger, plan.verbosity, || read(&ledger, &visit)).map_err(|error| masked_error(plan, error))?;
    let docket = docket.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let is_change = matches!(plan.source, Source::Change(_));
    let coverage = ledger.close(is_change, |path| name::shown(&plan.rules, path));
    Ok(report(plan, seen, coverage, docket))
}

/// Scans one unit. A bug that panics costs this unit only, and the report says so.
fn guarded(plan: &Plan, unit: &Unit<'_>, ledger: &Ledger, each: Each<'_>) -> Docket {
    let scanned = catch_unwind(AssertUnwindSafe(|| {
        let mut docket = Docket::default();
        let account = scan_each(&plan.rules, unit, &mut |finding| {
            each(&finding);
            plan.policy.take(&mut docket, finding);
        });
        docket.count_dropped(account.dropped);
        (docket, account.stopped)
    }));
    let Ok((docket, stopped)) = scanned else {
        ledger.skip(&unit.path, Reason::Crashed);
        return Docket::default();
    };
    for rule in stopped {
        ledger.skip(&unit.path, Reason::Stopped(rule));
    }
    docket
}

fn repository() -> Result<Repository, SourceError> {
    Repository::discover(Path::new("."), Environment::Honoured)?
        .ok_or_else(|| SourceError::usage("not inside a git repository; `ringfence scan` reads plain directories"))
}

fn report(plan: &Plan, seen: Seen, coverage: Coverage, docket: Docket) -> Report {
    let mut verdict = plan.policy.judge(docket);
    if let Some(owners) = &seen.owners {
        area::name_owners(&mut verdict.findings, owners);
    }
    let mut policy = PolicyInfo::of(&plan.policy, &plan.origin);
    policy.notices.extend(stale(plan, &verdict));
    Report {
        rules_digest: plan.rules.digest().to_owned(),
        policy,
        source: SourceInfo {
            kind: plan.source.kind(),
            root: name::masked(&plan.rules, &plan.root),
            base: seen.compared.base,
            head: seen.compared.head,
        },
        coverage,
        verdict,
    }
}

/// What is to be said of entries of the policy that do nothing any more.
fn stale(plan: &Plan, verdict: &Verdict) -> Vec<String> {
    let file = plan.origin.file.as_deref().unwrap_or_default();
    // Only what reads everything, and looks for everything, can tell that nothing fits.
    let is_whole = matches!(&plan.source, Source::Tree(tree) if tree.paths.iter().all(|path| path.as_os_str() == "."))
        && plan.policy.selection.only.is_empty()
        && plan.policy.selection.skip.is_empty();
    let entries = plan.policy.file.allows.iter().enumerate();
    let said = entries.filter_map(|(at, entry)| {
        let (fits, line) = (verdict.fitting.contains(&at), entry.line);
        if fits && entry.is_expired(plan.policy.today) {
            return Some(format!("{file}:{line}: this entry has expired, and what it set aside is reported again"));
        }
        (is_whole && !fits).then(|| format!("{file}:{line}: this entry sets nothing aside; remove it"))
    });
    said.collect()
}
