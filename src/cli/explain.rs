//! The command line of `explain`.

use std::path::PathBuf;

use clap::Args;

use super::Judging;

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
It reads the files again as `scan` does, so give it the paths and options of the scan that you ask about. \
What that scan hides or leaves out is explained, too.

Exit codes: 0 explained; 2 no such finding, or more than one; 3 no such finding, but not everything \
could be read.

Examples:
  ringfence explain 8938387496047968
  ringfence explain 893838 --all src deploy")]
pub struct Explain {
    /// The finding's fingerprint, or the first of its digits, 6 at least
    pub fingerprint: String,
    /// Files and directories; `-` for standard input
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Read what .gitignore leaves out, too
    #[arg(long)]
    pub no_ignore: bool,
    /// What is looked for, and how it is judged.
    #[command(flatten)]
    pub judging: Judging,
}
