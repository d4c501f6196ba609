//! The command line of `baseline`.

use clap::{Args, Subcommand};

use super::Judging;

/// Arguments of `baseline`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringfence baseline write             once, and whenever findings were accepted
  ringfence baseline check             in continuous integration")]
pub struct Baseline {
    /// What to do.
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// What can be done with a baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write every finding that is reported today into ringfence.baseline.jsonl at the top of the repository
    Write(Accepting),
    /// Say what `write` would add and drop (exit code 1 if that is anything); nothing is written
    Check(Accepting),
}

/// Arguments of both.
#[derive(Debug, Args)]
#[command(after_help = "\
The whole repository is scanned, wherever in it you are. Findings that the policy or a comment sets aside are left out. \
What is not reported any more is dropped, so the same findings make the same bytes.

Exit codes: 0 done; 1 the baseline differs (check); 2 usage, or a broken policy or baseline; \
3 something could not be read, and nothing is written.

Examples:
  ringfence baseline write             once, and whenever findings were accepted
  ringfence baseline check             in continuous integration")]
pub struct Accepting {
    /// What is looked for, and how it is judged.
    #[command(flatten)]
    pub judging: Judging,
}
