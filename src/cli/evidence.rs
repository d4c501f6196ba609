//! The command line of `evidence`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::{FailOn, PolicyFrom, Reviewing, values};

/// Arguments of `evidence`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringfence evidence create main...HEAD -o change.json
  ringfence evidence create main...HEAD --run 'cargo test' --sign ~/.ssh/evidence -o change.json
  ringfence evidence verify change.json main...HEAD --key .github/allowed_signers")]
pub struct Evidence {
    /// What to do with records.
    #[command(subcommand)]
    pub command: EvidenceCommand,
}

/// What can be done with records.
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Scan a change and write down what it is, what was found, what was run and who reviewed, so that anyone can recompute it
    Create(Create),
    /// Recompute what a record says, and tell line by line what holds, what differs and what cannot be checked here
    Verify(Verify),
}

/// Arguments of `evidence create`.
#[derive(Debug, Args)]
#[command(after_help = "\
The record is an in-toto statement, and with --sign a DSSE envelope around it. The same change, judged by the same rules, \
gives the same bytes in every clone; only what --run measures differs. No secret gets into it.

Exit codes: 0 everything was read, nothing at or above the threshold, every command ended with 0; 1 findings, or a command \
failed; 2 the request was wrong, no record; 3 something could not be read. With 0, 1 and 3 from the scan the record says so.

Examples:
  ringfence evidence create main...HEAD -o change.json
  ringfence evidence create main...HEAD --task 'Rotate the signing keys' \\
    --run 'cargo test --locked' --sign ~/.ssh/evidence -o change.json")]
pub struct Create {
    /// A..B or A...B; an empty side means HEAD
    #[arg(group = "commits", value_hint = ValueHint::Other)]
    pub range: String,
    /// Write the record to FILE
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// What was asked for: a file, or the text itself
    #[arg(long, value_name = "TEXT_OR_FILE", value_hint = ValueHint::FilePath, help_heading = "What is told")]
    pub task: Option<String>,
    /// Run a command, without a shell, and record how it ended (repeatable; nothing else is ever run)
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, help_heading = "What is told")]
    pub run: Vec<String>,
    /// Keep what the commands print, without its secrets
    #[arg(long, requires = "run", help_heading = "What is told")]
    pub keep_output: bool,
    /// Sign with this SSH key (ed25519, without a passphrase)
    #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath, help_heading = "What is told")]
    pub sign: Option<PathBuf>,
    /// The record before this one: chains them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What is told")]
    pub previous: Option<PathBuf>,
    /// Who approved what.
    #[command(flatten)]
    pub reviewing: Reviewing,
    /// Severity from which findings of medium confidence or above make the exit code 1 [default: high, or as the policy says]
    #[arg(long, value_enum, ignore_case = true, help_heading = "Judgement")]
    pub fail_on: Option<FailOn>,
    /// Whose policy judges: that of the base, or that of the change itself; the record says so
    #[arg(long, value_enum, ignore_case = true, default_value_t = PolicyFrom::Base, help_heading = "Judgement")]
    pub policy_from: PolicyFrom,
    /// What judges.
    #[command(flatten)]
    pub judged: Judged,
}

/// Arguments of `evidence verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is run and nothing is fetched. What nobody can recompute (the task, the commands, reviews whose files are not given) \
holds if a trusted key signed for it.

Exit codes: 0 everything holds; 1 something differs; 2 the file is no record, or the request was wrong; 3 nothing differs, and \
something cannot be checked here.

Examples:
  ringfence evidence verify change.json
  ringfence evidence verify change.json main...HEAD --key .github/allowed_signers")]
pub struct Verify {
    /// The record
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The change that it must be about: A..B or A...B
    #[arg(value_hint = ValueHint::Other)]
    pub range: Option<String>,
    /// Whose signatures count: a public key, or a list of allowed signers as ssh-keygen has it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub key: Option<PathBuf>,
    /// A record before this one (repeatable, in any order)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub previous: Vec<PathBuf>,
    /// A file of reviews that the record was made with (repeatable): what it says of the change is taken from it again
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub reviews: Vec<PathBuf>,
    /// The allowed signers that the record was made with
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub allowed_signers: Option<PathBuf>,
    /// What judges.
    #[command(flatten)]
    pub judged: Judged,
}

/// What judges, for writing and for checking.
#[derive(Debug, Args)]
pub struct Judged {
    /// Use this policy file in place of ringfence.toml at the top of the repository
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Judgement")]
    pub policy: Option<PathBuf>,
    /// Add the rules of a file or of every .toml file in a directory (repeatable)
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = "Judgement")]
    pub rules: Vec<PathBuf>,
    /// How many threads to use; 0 means one for each core
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = values::count, value_hint = ValueHint::Other, hide_default_value = true)]
    pub threads: usize,
}
