//! From the command line to a plan of plain values; nothing below imports this.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};

use crate::ci::Span;
use crate::cli;
use crate::cli::evidence::Judged;
use crate::cli::values::KINDS;
use crate::cli::{Common, Diff, FailOn, Judging, PolicyFrom, Scan};
use crate::finding::{Confidence, Kind, Prefix, Severity};
use crate::keyed::nearest;
use crate::policy::baseline::Baseline;
use crate::policy::file::PolicyFile;
use crate::policy::{Gathers, Policy, Selection, Selector, Threshold};
use crate::report::human::{Detail, Style};
use crate::report::{Origin, SourceKind};
use crate::rule::{Fence, RuleSet};
use crate::source::git::{Comparing, Range};
use crate::source::share::Part;
use crate::source::tree::{Ignored, Tree};
use crate::unit::PathGlob;

mod error;
mod explain;
mod reporting;
mod rules;
mod terminal;

pub use error::ConfigError;
pub use reporting::{Output, outputs, style};
pub use rules::rules;
pub use terminal::{columns_of_help, of_messages};

/// What to read.
#[derive(Clone, Debug)]
pub enum Source {
    /// Files on disk.
    Tree(Tree),
    /// Standard input.
    Stdin,
    /// A change in the repository of the current folder.
    Change(Comparing),
    /// All files of the commit that is checked out there, as they were committed.
    Commit,
}

impl Source {
    /// What the report calls it.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Tree(_) | Self::Commit => SourceKind::Tree,
            Self::Stdin => SourceKind::Stdin,
            Self::Change(Comparing::Worktree) => SourceKind::Worktree,
            Self::Change(Comparing::Staged) => SourceKind::Staged,
            Self::Change(Comparing::Range(_)) => SourceKind::Range,
        }
    }
}

/// How much is said beside the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing on standard output.
    Quiet,
    /// The report.
    Normal,
    /// The report, and on standard error how it came about.
    Verbose,
    /// And everything that was not read, one by one.
    Thorough,
}

/// Whose policy judges a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Author {
    /// What was there before it.
    #[default]
    Base,
    /// The change itself.
    Head,
}

/// What the command line says about the policy.
#[derive(Debug, Default)]
pub struct Authority {
    /// A policy file in place of the one at the top of the repository.
    pub file: Option<PathBuf>,
    /// Whose policy judges a change.
    pub author: Author,
    /// The threshold, which outweighs that of the policy file.
    pub threshold: Option<Threshold>,
}

/// Whether reviews must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Missing ones are told.
    #[default]
    Told,
    /// Missing ones fail the run.
    Required,
}

/// Where approvals are taken from, and what they are for.
#[derive(Clone, Debug, Default)]
pub struct Reviewing {
    /// Files that forge tools printed.
    pub files: Vec<PathBuf>,
    /// Whose signature counts.
    pub signers: Option<PathBuf>,
    /// Whether they must be there.
    pub asked: Asked,
}

impl Reviewing {
    /// What the command line says.
    pub fn of(args: &cli::Reviewing) -> Self {
        Self {
            files: args.reviews.clone(),
            signers: args.allowed_signers.clone(),
            asked: if args.require_reviews { Asked::Required } else { Asked::Told },
        }
    }

    /// True if anything is to be known of reviews.
    pub fn is_asked_for(&self) -> bool {
        !self.files.is_empty() || self.signers.is_some() || self.asked == Asked::Required
    }
}

/// How much of a root is in scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Some of it, or what is not known yet.
    #[default]
    Part,
    /// All of it.
    Whole,
}

/// Everything one scan needs.
#[derive(Debug)]
pub struct Plan {
    /// What to read.
    pub source: Source,
    /// The root as given.
    pub root: String,
    /// How much of it is in scope; known when the source is.
    pub extent: Extent,
    /// What to look for.
    pub rules: RuleSet,
    /// How to judge. What a policy file says comes in when the source is known.
    pub policy: Policy,
    /// Where that comes from.
    pub authority: Authority,
    /// Where it came from.
    pub origin: Origin,
    /// Who approved what.
    pub reviewing: Reviewing,
    /// Where to report.
    pub outputs: Vec<Output>,
    /// The files that this run writes, absolute: out of scope unless they are tracked.
    pub written: Vec<PathBuf>,
    /// Colours and width for people.
    pub style: Style,
    /// Which share of the source, where several runs have one each.
    pub shard: Option<Part>,
    /// How many threads.
    pub threads: usize,
    /// How much to say.
    pub verbosity: Verbosity,
}

impl Plan {
    /// The plan of `ringfence scan`.
    ///
    /// # Errors
    /// `-` beside other paths, or anything wrong in the common options.
    pub fn scan(args: &Scan) -> Result<Self, ConfigError> {
        let ignored = if args.no_ignore { Ignored::Scanned } else { Ignored::LeftOut };
        let source = files(&args.paths, ignored, args.common.judging.threads)?;
        Self::reporting(source, root(&args.paths), &args.common)
    }

    /// The plan of `ringfence diff`.
    ///
    /// # Errors
    /// A range that is none, or anything wrong in the common options.
    pub fn diff(args: &Diff) -> Result<Self, ConfigError> {
        let comparing = match &args.range {
            Some(range) => Comparing::Range(range.parse().map_err(|e| ConfigError::new(format!("{e}")))?),
            None if args.staged => Comparing::Staged,
            None => Comparing::Worktree,
        };
        Self::change(args, Source::Change(comparing))
    }

    /// The plan of `ringfence diff --ci`, which is about `span`.
    ///
    /// # Errors
    /// Anything wrong in the common options.
    pub fn ci(args: &Diff, span: Span) -> Result<Self, ConfigError> {
        let source = match span {
            Span::Range(range) => Source::Change(Comparing::Range(range)),
            Span::Everything => Source::Commit,
        };
        Self::change(args, source)
    }

    fn change(args: &Diff, source: Source) -> Result<Self, ConfigError> {
        // A fence is about what a change does.
        let fence = fence(&args.scope)?.filter(|_| matches!(source, Source::Change(_)));
        let mut plan = Self::reporting(source, ".".into(), &args.common)?;
        fence.into_iter().for_each(|fence| plan.rules.draw(fence));
        let reviewing = Reviewing::of(&args.reviewing);
        let areas = Selector::Kind(Kind::Area);
        let Selection { only, skip } = &plan.policy.selection;
        if reviewing.asked == Asked::Required && (skip.contains(&areas) || !(only.is_empty() || only.contains(&areas)))
        {
            let message = "`--require-reviews` needs the kind `area`, which `--only` or `--skip` leaves out";
            return Err(ConfigError::new(message));
        }
        let asked = &mut plan.origin.asked;
        asked.extend(args.scope.iter().map(|glob| format!("scope={glob}")));
        asked.extend((reviewing.asked == Asked::Required).then(|| "require-reviews".to_owned()));
        Ok(Self { reviewing, ..plan })
    }

    /// The plan of `ringfence baseline`: all that is in the repository at `top`.
    ///
    /// # Errors
    /// Anything wrong in the options.
    pub fn baseline(top: &Path, judging: &Judging) -> Result<Self, ConfigError> {
        let source = files(&[top.to_owned()], Ignored::LeftOut, judging.threads)?;
        let mut plan = Self::new(source, root(&[top.to_owned()]), judging)?;
        plan.policy.gathers = Gathers::Reported;
        Ok(plan)
    }

    /// The plan of `ringfence init --import` and `ringfence doctor`: all files of the repository at `top`.
    ///
    /// # Errors
    /// The rules cannot be built.
    pub fn all_of(top: &Path) -> Result<Self, ConfigError> {
        Self::new(files(&[top.to_owned()], Ignored::LeftOut, 0)?, ".".into(), &Judging::usual())
    }

    /// The plan of `ringfence evidence`: all that is in a range, judged by everything there is.
    ///
    /// # Errors
    /// Anything wrong in the options.
    pub fn record(
        range: Range,
        judged: &Judged,
        fail_on: Option<FailOn>,
        policy_from: PolicyFrom,
    ) -> Result<Self, ConfigError> {
        let judging = Judging {
            fail_on,
            policy: judged.policy.clone(),
            policy_from,
            rules: judged.rules.clone(),
            threads: judged.threads,
            ..Judging::usual()
        };
        Self::new(Source::Change(Comparing::Range(range)), ".".into(), &judging)
    }

    fn reporting(source: Source, root: String, common: &Common) -> Result<Self, ConfigError> {
        let outputs = outputs(common.format, &common.output, common.quiet)?;
        let (verbosity, detail) = match (common.quiet, common.verbose) {
            (true, _) => (Verbosity::Quiet, Detail::Usual),
            (_, 0) => (Verbosity::Normal, Detail::Usual),
            (_, 1) => (Verbosity::Verbose, Detail::Reasons),
            _ => (Verbosity::Thorough, Detail::Reasons),
        };
        if common.shard.is_some() && matches!(source, Source::Stdin) {
            return Err(ConfigError::new("standard input cannot be split: `--shard` is for files and changes"));
        }
        let plan = Self::new(source, root, &common.judging)?;
        let shard = common.shard;
        let style = Style { detail, ..plan.style.clone() };
        Ok(Self { outputs, verbosity, style, shard, ..plan })
    }

    fn new(source: Source, root: String, judging: &Judging) -> Result<Self, ConfigError> {
        let rules = rules(&judging.rules)?;
        let asked = judging.fail_on.map(threshold);
        let policy = Policy {
            threshold: asked.unwrap_or(Threshold::At(Severity::High)),
            shown: if judging.all { Confidence::Low } else { Confidence::Medium },
            selection: Selection { only: selectors(&judging.only, &rules)?, skip: selectors(&judging.skip, &rules)? },
            file: PolicyFile::default(),
            baseline: Baseline::default(),
            gathers: Gathers::Nothing,
            // One day for everyone: a verdict does not depend on where a machine stands.
            today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        };
        let author = if judging.policy_from == PolicyFrom::Head { Author::Head } else { Author::Base };
        let authority = Authority { file: judging.policy.clone(), author, threshold: asked };
        let (style, threads) = (style(judging.color), threads(judging.threads));
        Ok(Self {
            source,
            root,
            extent: Extent::default(),
            rules,
            policy,
            authority,
            origin: Origin::default(),
            reviewing: Reviewing::default(),
            outputs: Vec::new(),
            written: Vec::new(),
            shard: None,
            style,
            threads,
            verbosity: Verbosity::Normal,
        })
    }
}

/// The beginning of a fingerprint.
///
/// # Errors
/// It is none.
pub fn prefix(typed: &str) -> Result<Prefix, ConfigError> {
    let (least, most) = (Prefix::LEAST, Prefix::MOST);
    let wrong =
        || format!("`{typed}` is no fingerprint: give {least} to {most} of the digits that a report shows (0-9, a-f)");
    Prefix::parse(typed).ok_or_else(|| ConfigError::new(wrong()))
}

/// The fence that `--scope` draws, if it stands there.
fn fence(scope: &[String]) -> Result<Option<Fence>, ConfigError> {
    let glob = |text: &String| PathGlob::parse(text.strip_prefix("./").unwrap_or(text));
    let inside: Result<Vec<PathGlob>, String> = scope.iter().map(glob).collect();
    let inside = inside.map_err(|why| ConfigError::new(format!("`--scope`: {why}")))?;
    Ok((!inside.is_empty()).then_some(Fence { drawn_by: "`--scope`", inside }))
}

/// What `paths` name: files and directories, or standard input alone.
fn files(paths: &[PathBuf], ignored: Ignored, asked: usize) -> Result<Source, ConfigError> {
    if !paths.iter().any(|p| p == Path::new("-")) {
        Ok(Source::Tree(Tree { paths: paths.to_vec(), ignored, threads: threads(asked) }))
    } else if paths.len() == 1 {
        Ok(Source::Stdin)
    } else {
        Err(ConfigError::new("`-` (standard input) cannot be scanned together with other paths"))
    }
}

/// The root as it was given.
fn root(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// More do not help, and the walk over files slows down with every one that waits.
const MOST_THREADS: usize = 128;

fn threads(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n.min(MOST_THREADS),
    }
}

fn threshold(fail_on: FailOn) -> Threshold {
    match fail_on {
        FailOn::Critical => Threshold::At(Severity::Critical),
        FailOn::High => Threshold::At(Severity::High),
        FailOn::Medium => Threshold::At(Severity::Medium),
        FailOn::Low => Threshold::At(Severity::Low),
        FailOn::Never => Threshold::Never,
    }
}

fn selectors(words: &[String], rules: &RuleSet) -> Result<Vec<Selector>, ConfigError> {
    let selector = |word: &String| {
        let deserializer: StrDeserializer<'_, WordError> = word.as_str().into_deserializer();
        if let Ok(kind) = Kind::deserialize(deserializer) {
            Ok(Selector::Kind(kind))
        } else if rules.get(word).is_some() {
            Ok(Selector::Rule(word.clone()))
        } else {
            let ids = rules.rules().iter().map(|rule| rule.rule().id.as_str());
            let near = nearest(word, KINDS.into_iter().chain(ids));
            let near = near.map_or("; ".to_owned(), |near| format!("; did you mean `{near}`? "));
            Err(ConfigError::new(format!(
                "`{word}` is neither a kind nor a rule{near}`ringfence rules list` shows them"
            )))
        }
    };
    words.iter().map(selector).collect()
}
