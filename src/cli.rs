//! The command line: what may be typed, with the help that teaches it.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::source::share::Part;

pub mod baseline;
pub mod evidence;
pub mod explain;
pub mod init;
pub mod report;
pub mod rules;

/// Tells whether a repository, or a change to it, stays inside the fence.
///
/// It finds secrets, power that a change gains, safeguards that it weakens, destructive commands, ways out for data, hidden text,
/// and parts that a person must review: above all in what a coding agent wrote. Static and offline: nothing that is read is
/// executed, nothing is sent anywhere, and no secret is ever printed.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES, disable_help_subcommand = true, styles = STYLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Readable on light and on dark ground.
const STYLES: Styles = Styles::styled().invalid(AnsiColor::Magenta.on_default().bold());

const EXIT_CODES: &str = "\
Exit codes:
  0  everything in scope was read; nothing at or above the threshold
  1  findings at or above the threshold
  2  usage, the policy or a rule file is wrong and nothing was scanned, or a report could not be written
  3  the scan is incomplete: something in scope could not be read

Examples:
  ringfence scan                     the files here
  ringfence diff --staged            what is about to be committed
  ringfence diff main...HEAD         what a branch would merge
  ringfence explain 8938387496       why a finding is reported, and what to do about it
  ringfence init                     check every commit from now on

`ringfence COMMAND --help` has examples of each command; `-h` is shorter.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files on disk (.gitignore respected, tracked files always); `-` reads standard input
    Scan(Scan),
    /// Scan a change: the working tree against HEAD, what is staged, or a range of commits
    Diff(Diff),
    /// Copy standard input to standard output with every secret replaced by the name of its rule, for logs and terminals
    #[command(after_help = "\
Examples:
  make deploy 2>&1 | ringfence redact
  ringfence redact < build.log > build.redacted.log")]
    Redact(rules::Added),
    /// Accept the findings that are there today, by fingerprint; say what has changed since
    Baseline(baseline::Baseline),
    /// Say why a finding is reported, or is not: what it rests on, what it does to the run, what to do about it
    Explain(explain::Explain),
    /// Write a commented ringfence.toml, install the pre-commit hook, carry over what other scanners were told
    Init(init::Init),
    /// Prove that the gate is there: which policy rules, whether the hook fires, what pipelines check, which entries are stale
    Doctor(init::Doctor),
    /// Write a report that was saved as JSON in another format
    Report(report::Render),
    /// Join the reports of all shards of one scan into the report that the whole would have had
    Merge(report::Merge),
    /// List, show and test the rules
    Rules(rules::Rules),
    /// Write down what a change is and how it was checked, so that anyone can recompute it; check such a record
    Evidence(evidence::Evidence),
    /// Print a completion script for a shell
    #[command(after_help = "\
Examples:
  ringfence completions bash > ~/.local/share/bash-completion/completions/ringfence
  ringfence completions zsh > ~/.zfunc/_ringfence
  ringfence completions fish > ~/.config/fish/completions/ringfence.fish
  ringfence completions powershell >> $PROFILE")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    #[command(after_help = "\
Examples:
  ringfence man | man -l -
  ringfence man ~/.local/share/man/man1")]
    Man {
        /// Where to; it must be there
        folder: Option<PathBuf>,
    },
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringfence scan                                   the files of this repository
  ringfence scan src deploy/prod.env               these only
  ringfence scan --only secret --fail-on critical  one kind of finding
  ringfence scan --output html=ringfence.html      a page to read beside the text
  ringfence scan --shard 1/4 --format json         a quarter; `ringfence merge` joins all four
  ringfence scan -                                 standard input")]
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
A..B compares two commits; A...B compares B with the merge base of both, which is what a merge would bring.

Examples:
  ringfence diff --staged                          before a commit
  ringfence diff main...HEAD                       before a merge
  ringfence diff --scope 'src/**' main...HEAD      what it does elsewhere is a finding
  ringfence diff --ci --format github --output sarif=ringfence.sarif    in continuous integration")]
pub struct Diff {
    /// What is about to be committed: the index against HEAD
    #[arg(long, visible_alias = "cached", conflicts_with = "range")]
    pub staged: bool,
    /// A..B or A...B; an empty side means HEAD
    #[arg(allow_hyphen_values = false, group = "commits")]
    pub range: Option<String>,
    /// What a run in continuous integration is about, by what GitHub, GitLab, Azure Pipelines, CircleCI, Bitbucket,
    /// Buildkite or Jenkins say; all files where nothing is compared, as in a schedule
    #[arg(long, conflicts_with_all = ["range", "staged"], group = "commits")]
    pub ci: bool,
    /// The old side of a push for systems that do not tell it
    #[arg(long, value_name = "REVISION", requires = "ci")]
    pub base: Option<String>,
    /// Who approved what.
    #[command(flatten)]
    pub reviewing: Reviewing,
    /// Where the change may work, as a glob from the top of the repository (repeatable): what it does elsewhere is a finding
    #[arg(long, value_name = "GLOB", help_heading = "Judgement")]
    pub scope: Vec<String>,
    /// Options of every scan.
    #[command(flatten)]
    pub common: Common,
}

/// Options about reviews.
#[derive(Debug, Args)]
pub struct Reviewing {
    /// Take approvals from FILE, as `gh api repos/OWNER/NAME/pulls/N/reviews`, `gh pr view N --json author,reviews`, or
    /// GitLab's approvals and versions of a merge request print them (repeatable)
    #[arg(long, value_name = "FILE", requires = "commits", help_heading = "Reviews")]
    pub reviews: Vec<PathBuf>,
    /// Take `Reviewed-by:` lines of the change's own commits for approvals if the reviewer's key signed the commit: FILE says
    /// whose key is whose, as ssh-keygen's allowed signers do. Signatures of SSH keys only; OpenPGP is not checked. A FILE
    /// that the repository tracks is read as the base has it
    #[arg(long, value_name = "FILE", requires = "commits", help_heading = "Reviews")]
    pub allowed_signers: Option<PathBuf>,
    /// Fail if a touched area lacks the approval of one of its owners
    #[arg(long, requires = "commits", help_heading = "Reviews")]
    pub require_reviews: bool,
}

/// Options of every scan.
#[derive(Debug, Args)]
pub struct Common {
    /// How to print the report
    #[arg(long, value_enum, ignore_case = true, default_value_t = Format::Human, help_heading = "Report")]
    pub format: Format,
    /// Write the report to FILE instead of standard output; FORMAT=FILE writes one more report (repeatable)
    #[arg(short, long, value_name = "[FORMAT=]FILE", help_heading = "Report")]
    pub output: Vec<String>,
    /// Print no report on standard output; the exit code tells
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Report")]
    pub quiet: bool,
    /// Say on standard error how long it took and what was left out, and in the report why the model judged so; twice:
    /// name everything that was not read, too
    #[arg(short, long, action = ArgAction::Count, help_heading = "Report")]
    pub verbose: u8,
    /// Scan share I of N, split by size and the same way in each; `ringfence merge` joins the reports of all N
    #[arg(long, value_name = "I/N", help_heading = "Scale")]
    pub shard: Option<Part>,
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
    /// Report only this kind (secret, access, area, command, egress, logging, safeguard, scope, text, policy) or rule, as
    /// `ringfence rules list` names it (repeatable)
    #[arg(long, value_name = "KIND_OR_RULE", help_heading = "Judgement")]
    pub only: Vec<String>,
    /// Leave out this kind or rule, which fails no run then (repeatable)
    #[arg(long, value_name = "KIND_OR_RULE", help_heading = "Judgement")]
    pub skip: Vec<String>,
    /// How many threads to use; 0 means one for each core
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    pub threads: usize,
}

impl Judging {
    /// What holds where nothing is asked for.
    pub fn usual() -> Self {
        Self {
            all: false,
            color: Colour::Auto,
            fail_on: None,
            policy: None,
            policy_from: PolicyFrom::Base,
            rules: Vec::new(),
            only: Vec::new(),
            skip: Vec::new(),
            threads: 0,
        }
    }
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
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Workflow commands: annotations of a GitHub job
    Github,
    /// GitLab's Secret Detection report; secrets only
    Gitlab,
    /// Code Climate issues: GitLab's code quality report
    Codeclimate,
    /// JUnit test results
    Junit,
    /// Diagnostics for reviewdog
    Rdjson,
    /// For a comment on a merge request or the summary of a job
    Markdown,
    /// One page to read and to search, which needs nothing else
    Html,
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
