//! From the command line to a plan of plain values; nothing below imports this.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};

use crate::cli::explain::Explain;
use crate::cli::{Colour, Common, Diff, FailOn, Format, Judging, PolicyFrom, Scan};
use crate::finding::{Confidence, Kind, Prefix, Severity};
use crate::policy::file::PolicyFile;
use crate::policy::{Policy, Selection, Selector, Threshold};
use crate::report::human::{Color, Detail, Style};
use crate::report::{Origin, SourceKind};
use crate::rule::{Prepared, RuleSet, load};
use crate::source::git::Comparing;
use crate::source::tree::{Ignored, Tree};

/// A mistake in what the user asked for. Exit code 2.
#[derive(Debug)]
pub struct ConfigError(String);

impl ConfigError {
    /// Says what is wrong and what to do.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// What to read.
#[derive(Clone, Debug)]
pub enum Source {
    /// Files on disk.
    Tree(Tree),
    /// Standard input.
    Stdin,
    /// A change in the repository of the current folder.
    Change(Comparing),
}

impl Source {
    /// What the report calls it.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Tree(_) => SourceKind::Tree,
            Self::Stdin => SourceKind::Stdin,
            Self::Change(Comparing::Worktree) => SourceKind::Worktree,
            Self::Change(Comparing::Staged) => SourceKind::Staged,
            Self::Change(Comparing::Range(_)) => SourceKind::Range,
        }
    }
}

/// Where a report goes.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its format.
    pub format: Format,
    /// Its file; `None` for standard output.
    pub file: Option<PathBuf>,
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

/// Everything one scan needs.
#[derive(Debug)]
pub struct Plan {
    /// What to read.
    pub source: Source,
    /// The root as given.
    pub root: String,
    /// What to look for.
    pub rules: RuleSet,
    /// How to judge. What a policy file says comes in when the source is known.
    pub policy: Policy,
    /// Where that comes from.
    pub authority: Authority,
    /// Where it came from.
    pub origin: Origin,
    /// Where to report.
    pub outputs: Vec<Output>,
    /// Colours and width for people.
    pub style: Style,
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
            Some(range) => Comparing::Range(range.parse().map_err(|e| ConfigError(format!("{e}")))?),
            None if args.staged => Comparing::Staged,
            None => Comparing::Worktree,
        };
        Self::reporting(Source::Change(comparing), ".".into(), &args.common)
    }

    /// The plan of `ringfence explain`: the same scan, without a report.
    ///
    /// # Errors
    /// Anything wrong in the options.
    pub fn explain(args: &Explain) -> Result<Self, ConfigError> {
        let ignored = if args.no_ignore { Ignored::Scanned } else { Ignored::LeftOut };
        let source = files(&args.paths, ignored, args.judging.threads)?;
        Self::new(source, root(&args.paths), &args.judging)
    }

    fn reporting(source: Source, root: String, common: &Common) -> Result<Self, ConfigError> {
        let outputs = outputs(common)?;
        let (verbosity, detail) = match (common.quiet, common.verbose) {
            (true, _) => (Verbosity::Quiet, Detail::Usual),
            (_, true) => (Verbosity::Verbose, Detail::Reasons),
            _ => (Verbosity::Normal, Detail::Usual),
        };
        let plan = Self::new(source, root, &common.judging)?;
        let style = Style { detail, ..plan.style };
        Ok(Self { outputs, verbosity, style, ..plan })
    }

    fn new(source: Source, root: String, judging: &Judging) -> Result<Self, ConfigError> {
        let rules = rules(&judging.rules)?;
        let asked = judging.fail_on.map(threshold);
        let policy = Policy {
            threshold: asked.unwrap_or(Threshold::At(Severity::High)),
            shown: if judging.all { Confidence::Low } else { Confidence::Medium },
            selection: Selection { only: selectors(&judging.only, &rules)?, skip: selectors(&judging.skip, &rules)? },
            file: PolicyFile::default(),
            today: jiff::Zoned::now().date(),
        };
        let author = if judging.policy_from == PolicyFrom::Head { Author::Head } else { Author::Base };
        let authority = Authority { file: judging.policy.clone(), author, threshold: asked };
        let (style, threads) = (style(judging.color), threads(judging.threads));
        Ok(Self {
            source,
            root,
            rules,
            policy,
            authority,
            origin: Origin::default(),
            outputs: Vec::new(),
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
    Prefix::parse(typed).ok_or_else(|| ConfigError(wrong()))
}

/// What `paths` name: files and directories, or standard input alone.
fn files(paths: &[PathBuf], ignored: Ignored, asked: usize) -> Result<Source, ConfigError> {
    if !paths.iter().any(|p| p == Path::new("-")) {
        Ok(Source::Tree(Tree { paths: paths.to_vec(), ignored, threads: threads(asked) }))
    } else if paths.len() == 1 {
        Ok(Source::Stdin)
    } else {
        Err(ConfigError("`-` (standard input) cannot be scanned together with other paths".into()))
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

/// The built-in rules and those of `paths`.
///
/// # Errors
/// A file cannot be read, or is wrong: all its mistakes at once.
pub fn rules(paths: &[PathBuf]) -> Result<RuleSet, ConfigError> {
    let mut more = Vec::new();
    let mut mistakes = Vec::new();
    for file in rule_files(paths)? {
        let name = file.display().to_string();
        let content =
            fs::read_to_string(&file).map_err(|e| ConfigError(format!("cannot read rule file `{name}`: {e}")))?;
        match load::load(&name, &content) {
            Ok(rules) => more.extend(rules),
            Err(errors) => mistakes.extend(errors.iter().map(ToString::to_string)),
        }
    }
    if !mistakes.is_empty() {
        return Err(ConfigError(format!("mistakes in rule files:\n  {}", mistakes.join("\n  "))));
    }
    set(more)
}

fn set(more: Vec<Prepared>) -> Result<RuleSet, ConfigError> {
    RuleSet::with(more).map_err(|e| ConfigError(e.to_string()))
}

/// Files as given; of a directory every `.toml` file below it, sorted.
fn rule_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ConfigError> {
    let mut files = Vec::new();
    for path in paths {
        let fail = |e: &dyn std::fmt::Display| ConfigError(format!("cannot read rules from `{}`: {e}", path.display()));
        if !fs::metadata(path).map_err(|e| fail(&e))?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let walk = ignore::WalkBuilder::new(path).standard_filters(false).sort_by_file_name(Ord::cmp).build();
        for entry in walk {
            let entry = entry.map_err(|e| fail(&e))?;
            if entry.file_type().is_some_and(|t| t.is_file()) && entry.path().extension().is_some_and(|e| e == "toml") {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}

fn selectors(words: &[String], rules: &RuleSet) -> Result<Vec<Selector>, ConfigError> {
    let selector = |word: &String| {
        let deserializer: StrDeserializer<'_, WordError> = word.as_str().into_deserializer();
        if let Ok(kind) = Kind::deserialize(deserializer) {
            Ok(Selector::Kind(kind))
        } else if rules.get(word).is_some() {
            Ok(Selector::Rule(word.clone()))
        } else {
            Err(ConfigError(format!("`{word}` is neither a kind nor a rule; `ringfence rules list` shows them")))
        }
    };
    words.iter().map(selector).collect()
}

fn outputs(common: &Common) -> Result<Vec<Output>, ConfigError> {
    let mut main = Output { format: common.format, file: None };
    let mut more = Vec::new();
    for word in &common.output {
        let named = word.split_once('=').and_then(|(f, file)| Some((Format::from_str(f, false).ok()?, file)));
        match named {
            Some((format, file)) => more.push(Output { format, file: Some(file.into()) }),
            None if main.file.is_none() => main.file = Some(word.into()),
            None => {
                let message = "`--output FILE` stands twice; write `--output FORMAT=FILE` for more than one report";
                return Err(ConfigError(message.into()));
            }
        }
    }
    if !common.quiet || main.file.is_some() {
        more.insert(0, main);
    }
    Ok(more)
}

/// The flag decides, then `NO_COLOR` and `CLICOLOR_FORCE`, then whether standard output is a terminal.
fn style(colour: Colour) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
    let coloured = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if set("NO_COLOR") => false,
        Colour::Auto => set("CLICOLOR_FORCE") || std::io::stdout().is_terminal(),
    };
    let width = terminal_size::terminal_size().map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style { color: if coloured { Color::Always } else { Color::Never }, width, detail: Detail::Usual }
}
