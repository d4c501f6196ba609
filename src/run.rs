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
use crate::policy::Docket;
use crate::report::{ExitStatus, PolicyInfo, Report, SourceInfo};
use crate::rule::RuleSet;
use crate::scan::scan_each;
use crate::source::git::{Compared, Comparing, Environment, Repository};
use crate::source::{Coverage, Fault, Ledger, Reason, SourceError, Visit, stdin, tree};
use crate::unit::Unit;

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
        Command::Scan(args) => examine(&Plan::scan(args).map_err(Failure::Config)?),
        Command::Diff(args) => examine(&Plan::diff(args).map_err(Failure::Config)?),
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

fn examine(plan: &Plan) -> Result<ExitStatus, Failure> {
    let began = Instant::now();
    let outputs = output::open(&plan.outputs)?;
    let report = scanned(plan, &|_| ())?;
    output::write(&report, plan.style, outputs)?;
    if plan.verbosity == Verbosity::Verbose {
        output::say_how(&report, began.elapsed());
    }
    Ok(report.exit_status())
}

/// Reads, scans and judges; `each` sees every finding as it comes, whatever becomes of it.
fn scanned(plan: &Plan, each: &(dyn Fn(&Finding) + Sync)) -> Result<Report, Failure> {
    let ledger = Ledger::default();
    let docket = Mutex::new(Docket::default());
    let visit = |unit: &Unit<'_>| {
        let found = guarded(plan, unit, &ledger, each);
        if !found.is_empty() {
            let mut docket = docket.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            docket.merge(found, plan.policy.threshold);
        }
    };
    let seen = progress::shown(&ledger, plan.verbosity, || read(plan, &ledger, &visit))?;
    let docket = docket.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let is_change = !matches!(plan.source, Source::Tree(_) | Source::Stdin);
    let coverage = ledger.close(is_change, |path| name::shown(&plan.rules, path));
    Ok(report(plan, seen, coverage, docket))
}

/// Scans one unit. A bug that panics costs this unit only, and the report says so.
fn guarded(plan: &Plan, unit: &Unit<'_>, ledger: &Ledger, each: &(dyn Fn(&Finding) + Sync)) -> Docket {
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

/// What a source tells beside its units.
#[derive(Default)]
struct Seen {
    compared: Compared,
    /// The code owners file of the base.
    owners: Option<Vec<u8>>,
}

fn read(plan: &Plan, ledger: &Ledger, visit: Visit<'_>) -> Result<Seen, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).build().map_err(Failure::Threads)?;
    pool.install(|| match &plan.source {
        Source::Tree(tree) => tree::tree(tree, ledger, visit).map(|()| Seen::default()),
        Source::Stdin => {
            stdin::stdin(&mut io::stdin().lock(), ledger, visit);
            Ok(Seen::default())
        }
        Source::Change(comparing) => changed(comparing, ledger, visit),
    })
    .map_err(|error| Failure::Source(error.map(|message| name::masked(&plan.rules, &message))))
}

fn changed(comparing: &Comparing, ledger: &Ledger, visit: Visit<'_>) -> Result<Seen, SourceError> {
    let repository = repository()?;
    let sides = repository.sides(comparing)?;
    sides.read(ledger, visit)?;
    Ok(Seen { compared: sides.compared(), owners: sides.code_owners() })
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
    Report {
        rules_digest: plan.rules.digest().to_owned(),
        policy: PolicyInfo::of(&plan.policy),
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
