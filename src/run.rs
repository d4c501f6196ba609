//! The order of a run: plan, read, scan, judge, report. The only place that knows all parts.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::config::{ConfigError, Extent, Plan, Source, Verbosity};
use crate::detect::safeguard::Balance;
use crate::detect::{area, name};
use crate::finding::Finding;
use crate::policy::Docket;
use crate::policy::baseline::NAME as BASELINE;
use crate::report::human::Links;
use crate::report::{ExitStatus, PolicyInfo, Report, Shard, SourceInfo};
use crate::rule::RuleSet;
use crate::scan::{anchor, scan_each};
use crate::source::git::{Compared, Comparing, Environment, Range, Repository, Sides};
use crate::source::share::Part;
use crate::source::{Coverage, Fault, Ledger, Reason, SourceError, Visit, stdin, why};
use crate::unit::{RepoPath, Unit};
use aside::{Aside, Unused};
use growth::Growth;

mod aside;
mod authority;
mod baseline;
mod ci;
mod doctor;
mod evidence;
mod explain;
mod growth;
mod init;
mod man;
mod merge;
mod moved;
mod named;
mod output;
mod progress;
mod redact;
mod render;
mod reviews;
mod rules;
mod stale;
mod target;
mod usage;

pub use usage::{read, refuse, say};

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

impl Failure {
    /// Lines to copy, which the program itself brings: they are shown below the message as they are.
    pub fn below(&self) -> Option<&'static str> {
        match self {
            Self::Config(error) => error.below(),
            Self::Source(_) | Self::Write { .. } | Self::Threads(_) => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Source(error) => error.fmt(f),
            Self::Write { target, error } => write!(f, "cannot write the report to {target}: {}", why(error)),
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
        Command::Diff(args) if args.ci => examine(ci::plan(args)?),
        Command::Diff(args) => examine(Plan::diff(args).map_err(Failure::Config)?),
        Command::Baseline(args) => baseline::run(&args.command),
        Command::Redact(added) => redact::run(&added.rules),
        Command::Explain(args) => explain::run(args),
        Command::Init(args) => init::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Evidence(args) => evidence::run(&args.command),
        Command::Report(args) => render::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Man { folder } => man::run(folder.as_deref()),
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
    let targets = output::open(&plan.outputs)?;
    let plan = Plan { written: targets.files(), ..plan };
    let (plan, report) = scanned(plan, &|_| ())?;
    targets.write(&report, plan.style.clone())?;
    output::say_who_judged(&report);
    match plan.verbosity {
        Verbosity::Quiet | Verbosity::Normal => {}
        Verbosity::Verbose => output::say_how(&report, began.elapsed()),
        Verbosity::Thorough => {
            output::say_skipped(&report);
            output::say_how(&report, began.elapsed());
        }
    }
    let status = report.exit_status();
    // The process ends: to free thousands of rules and findings one by one would only take time.
    std::mem::forget((plan, report));
    Ok(status)
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
                authority::of_files(&mut plan, Some(&grounds))?;
                plan.style.links = links(&plan, grounds.root());
                plan.extent = if grounds.is_whole() { Extent::Whole } else { Extent::Part };
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
            Source::Commit => committed(&mut plan, each)?,
        };
        Ok(report)
    })
    .map(|report| (plan, report))
}

fn changed(plan: &mut Plan, comparing: &Comparing, each: Each<'_>) -> Result<Report, Failure> {
    let repository = repository().map_err(|error| masked_error(plan, error))?;
    plan.style.links = links(plan, repository.top());
    let sides = repository.sides(comparing).map_err(|error| masked_error(plan, error))?;
    let growth = authority::of_change(plan, &sides)?;
    let seen = Seen::of(plan, &sides, growth)?;
    plan.origin.asked.extend(seen.reviews.iter().flat_map(reviews::Known::identity));
    scan_all(plan, each, seen, &|ledger, visit| sides.read(ledger, visit))
}

/// All files of the commit that is checked out. What a disk makes of a commit, such as a sparse checkout, leaves nothing out.
fn committed(plan: &mut Plan, each: Each<'_>) -> Result<Report, Failure> {
    let repository = repository().map_err(|error| masked_error(plan, error))?;
    plan.style.links = links(plan, repository.top());
    plan.extent = Extent::Whole;
    let sides = repository.sides(&Comparing::Range(Range::all_of("HEAD")));
    let sides = sides.map_err(|error| masked_error(plan, error))?;
    authority::of_commit(plan, &sides)?;
    let seen = Seen { compared: sides.compared(), ..Seen::default() };
    scan_all(plan, each, seen, &|ledger, visit| {
        sides.read(ledger, &|unit| {
            if let Some(unit) = unit.alone() {
                visit(&unit);
            }
        })
    })
}

/// Where links lead to, if there are any, now that it is known where the files are.
fn links(plan: &Plan, root: Option<&Path>) -> Option<Links> {
    let links = plan.style.links.as_ref()?;
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Some(root.map_or_else(|| links.clone(), |root| Links::below(root, &host)))
}

fn masked_error(plan: &Plan, error: SourceError) -> Failure {
    Failure::Source(error.map(|message| name::masked(&plan.rules, &message)))
}

/// What a source tells beside its units.
#[derive(Default)]
struct Seen {
    compared: Compared,
    /// The code owners file of the base.
    owners: String,
    /// Who approved what, if that was asked for.
    reviews: Option<reviews::Known>,
    /// What the change adds to the baseline.
    growth: Growth,
}

impl Seen {
    fn of(plan: &Plan, sides: &Sides<'_>, growth: Growth) -> Result<Self, Failure> {
        let owners = sides.code_owners().map(|text| String::from_utf8_lossy(&text).into_owned());
        let reviews = reviews::read(plan, sides)?;
        Ok(Self { compared: sides.compared(), owners: owners.unwrap_or_default(), reviews, growth })
    }
}

/// Hands every unit of a source to a visitor.
type Read<'a> = &'a dyn Fn(&Ledger, Visit<'_>) -> Result<(), SourceError>;

/// Scans and judges all that `read` hands on.
fn scan_all(plan: &Plan, each: Each<'_>, seen: Seen, read: Read<'_>) -> Result<Report, Failure> {
    let (ledger, shard) = shared(plan, read)?;
    let docket = Mutex::new(Docket::default());
    let balance = Mutex::new(Balance::default());
    let visit = |unit: &Unit<'_>| {
        seen.growth.see(&plan.rules, unit);
        let (found, weight) = match ledger.is_own(&unit.path) {
            true => guarded(plan, unit, &ledger, each),
            // A change is weighed as a whole.
            false => (Docket::default(), Balance::of(&plan.rules, unit)),
        };
        if weight != Balance::default() {
            *balance.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += weight;
        }
        if !found.is_empty() {
            let mut docket = docket.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            docket.merge(found, plan.policy.threshold);
        }
    };
    progress::shown(&ledger, plan.verbosity, || read(&ledger, &visit)).map_err(|error| masked_error(plan, error))?;
    let mut docket = docket.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let balance = balance.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let is_own = ledger.is_own(&RepoPath::new(BASELINE));
    for finding in seen.growth.findings(&plan.rules).into_iter().filter(|_| is_own) {
        each(&finding);
        plan.policy.take(&mut docket, finding, |_| None);
    }
    docket.listed().for_each(|finding| {
        balance.weigh(finding);
        area::name_owners(&plan.rules, finding, &seen.owners);
        if let Some(known) = &seen.reviews {
            reviews::settle(plan, &known.reviews, finding);
        }
    });
    area::gather(docket.listed());
    let is_change = matches!(plan.source, Source::Change(_));
    let coverage = ledger.close(is_change, |path| name::shown(&plan.rules, path));
    Ok(report(plan, seen, coverage, docket, shard))
}

/// Where to account for what is read: all of it, or one share, which it takes a list of everything to tell.
fn shared(plan: &Plan, read: Read<'_>) -> Result<(Ledger, Option<(Part, String)>), Failure> {
    let ledger = || Ledger::without(plan.policy.file.exclude.clone()).writing(plan.written.clone());
    let Some(part) = plan.shard else { return Ok((ledger(), None)) };
    let list = ledger().listing();
    read(&list, &|_| ()).map_err(|error| masked_error(plan, error))?;
    let sizes = list.listed();
    let listing = sizes.digest();
    Ok((ledger().sharing(sizes.share(part)), Some((part, listing))))
}

/// Scans one unit. A bug that panics costs this unit only, and the report says so.
fn guarded(plan: &Plan, unit: &Unit<'_>, ledger: &Ledger, each: Each<'_>) -> (Docket, Balance) {
    let scanned = catch_unwind(AssertUnwindSafe(|| {
        let mut docket = Docket::default();
        let aside = Aside::of(plan, unit);
        let account = scan_each(&plan.rules, unit, &mut |finding| {
            each(&finding);
            plan.policy.take(&mut docket, finding, |finding| aside.by(finding));
        });
        moved::findings(plan, unit, &mut |finding| {
            each(&finding);
            plan.policy.take(&mut docket, finding, |finding| aside.by(finding));
        });
        aside.growth(&mut |finding| {
            each(&finding);
            plan.policy.take(&mut docket, finding, |_| None);
        });
        aside.notices(if stale::is_whole(plan) { Unused::Named } else { Unused::Unknown }, &mut docket);
        docket.listed().for_each(|finding| finding.anchor = anchor(unit, finding));
        docket.count_dropped(account.dropped);
        (docket, account.stopped, Balance::of(&plan.rules, unit))
    }));
    let Ok((docket, stopped, balance)) = scanned else {
        ledger.skip(&unit.path, Reason::Crashed);
        return Default::default();
    };
    if matches!(unit.text(), Some(text) if text.is_pointer()) {
        ledger.skip(&unit.path, Reason::Pointer);
    }
    for rule in stopped {
        ledger.skip(&unit.path, Reason::Stopped(rule));
    }
    (docket, balance)
}

fn repository() -> Result<Repository, SourceError> {
    Repository::discover(Path::new("."), Environment::Honoured)?
        .ok_or_else(|| SourceError::usage("not inside a git repository; `ringfence scan` reads plain directories"))
}

fn report(plan: &Plan, seen: Seen, coverage: Coverage, docket: Docket, shard: Option<(Part, String)>) -> Report {
    let verdict = plan.policy.judge(docket);
    let mut policy = PolicyInfo::of(&plan.policy, &plan.origin);
    let uses = stale::uses(plan, &verdict);
    let (is_whole, lines) = (stale::is_whole(plan), stale::accepted(plan, &verdict));
    let said: Vec<String> = verdict.notices.iter().cloned().collect();
    // Of a share nobody knows what the others need.
    if shard.is_none() {
        policy.notices.extend(stale::notices(plan, &verdict, &uses));
    }
    Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules_digest: plan.rules.digest().to_owned(),
        policy,
        source: SourceInfo {
            kind: plan.source.kind(),
            root: name::masked(&plan.rules, &plan.root),
            base: seen.compared.base,
            head: seen.compared.head,
            shard: shard.map(|(part, listing)| Shard { part, listing, uses, stale: lines, notices: said, is_whole }),
            roots: Vec::new(),
        },
        coverage,
        verdict,
    }
}
