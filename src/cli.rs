//! The command line: what may be typed, with the help that teaches it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub mod explain;
pub mod rules;

/// Tells whether a repository, or a change to it, stays inside the fence.
///
/// Finds secrets before they are committed or merged. Static and offline: nothing that is read is executed, nothing is
/// sent anywhere, and no secret is ever printed.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything in scope was read; nothing at or above the threshold
  1  findings at or above the threshold
  2  usage or a rule file is wrong; nothing was scanned
  3  the scan is incomplete: something in scope could not be read

Examples:
  ringfence scan                     the files here
  ringfence diff --staged            what is about to be committed
  ringfence diff main...HEAD         what a branch would merge";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files on disk (.gitignore respected, tracked files always); `-` reads standard input
    Scan(Scan),
    /// Scan a change: the working tree against HEAD, what is staged, or a range of commits
    Diff(Diff),
    /// Copy standard input to standard output with every secret replaced by the name of its rule, for logs and terminals
    Redact(rules::Added),
    /// Say why a finding is reported, or is not: what it rests on, what it does to the run, what to do about it
    Explain(explain::Explain),
    /// List, show and test the rules
    Rules(rules::Rules),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// Files and directories; `-` for standard input
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Scan what .gitignore leaves out, too
    #[arg(long)]
    pub no_ignore: bool,
    /// Options of every scan.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without arguments: the working tree (staged, unstaged, and untracked files that are not ignored) against HEAD.
A..B compares two commits; A...B compares B with the merge base of both, which is what a merge would bring.")]
pub struct Diff {
    /// What is about to be committed: the index against HEAD
    #[arg(long, visible_alias = "cached", conflicts_with = "range")]
    pub staged: bool,
    /// A..B or A...B; an empty side means HEAD
    #[arg(allow_hyphen_values = false)]
    pub range: Option<String>,
    /// Options of every scan.
    #[command(flatten)]
    pub common: Common,
}

/// Options of every scan.
#[derive(Debug, Args)]
pub struct Common {
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Report")]
    pub format: Format,
    /// Write the report to FILE instead of standard output; FORMAT=FILE writes one more report (repeatable)
    #[arg(short, long, value_name = "[FORMAT=]FILE", help_heading = "Report")]
    pub output: Vec<String>,
    /// Print no report on standard output; the exit code tells
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Report")]
    pub quiet: bool,
    /// Say on standard error how long it took and what was left out, and in the report why the model judged so
    #[arg(short, long, help_heading = "Report")]
    pub verbose: bool,
    /// What is looked for, and how it is judged.
    #[command(flatten)]
    pub judging: Judging,
}

/// Options of everything that scans, reports or not.
#[derive(Debug, Args)]
pub struct Judging {
    /// Show findings of low confidence, too
    #[arg(long, help_heading = "Report")]
    pub all: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, help_heading = "Report")]
    pub color: Colour,
    /// Severity from which findings of medium confidence or above make the exit code 1 [default: high, or as the policy says]
    #[arg(long, value_enum, help_heading = "Judgement")]
    pub fail_on: Option<FailOn>,
    /// Use this policy file in place of ringfence.toml at the top of the repository
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    pub policy: Option<PathBuf>,
    /// Whose policy judges a change: that of its base, so that a change cannot allow itself anything, or its own
    #[arg(long, value_enum, default_value_t = PolicyFrom::Base, help_heading = "Judgement")]
    pub policy_from: PolicyFrom,
    /// Add the rules of a file or of every .toml file in a directory (repeatable)
    #[arg(long, value_name = "PATH", help_heading = "Judgement")]
    pub rules: Vec<PathBuf>,
    /// Report only this kind or rule (repeatable)
    #[arg(long, value_name = "KIND_OR_RULE", help_heading = "Judgement")]
    pub only: Vec<String>,
    /// Leave out this kind or rule (repeatable)
    #[arg(long, value_name = "KIND_OR_RULE", help_heading = "Judgement")]
    pub skip: Vec<String>,
    /// How many threads to use; 0 means one for each core
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    pub threads: usize,
}

/// Report formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One JSON document, described in docs/report.md
    Json,
    /// One JSON object a line
    Jsonl,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces them
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Whose policy judges a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PolicyFrom {
    /// That of the base: the merge base, or HEAD
    Base,
    /// That of the change; the report says so
    Head,
}

/// The threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Opens something now
    Critical,
    /// Opens something likely
    High,
    /// Needs a human look
    Medium,
    /// Hygiene
    Low,
    /// Never fail because of findings
    Never,
}
