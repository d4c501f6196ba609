//! The command line of `explain`.

use std::path::PathBuf;

use clap::Args;

use super::Judging;

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
It reads again what the report was about: give it the paths of that `scan`, or the range or `--staged` of that `diff`, \
and the options of both. With none of them it reads all files here, and where nothing fits, the change of the working \
tree. What is hidden or left out is explained, too.

Exit codes: 0 explained; 2 no such finding, or more than one; 3 no such finding, but not everything \
could be read.

Examples:
  ringfence explain 8938387496047968
  ringfence explain 893838 --all src deploy
  ringfence explain 893838 main...HEAD")]
pub struct Explain {
    /// The finding's fingerprint, or the first of its digits, 6 at least
    pub fingerprint: String,
    /// Files and directories, `-` for standard input, or a range as `diff` takes it: A..B or A...B
    pub paths: Vec<PathBuf>,
    /// A finding of what is about to be committed: the index against HEAD
    #[arg(long, visible_alias = "cached", conflicts_with_all = ["paths", "no_ignore"])]
    pub staged: bool,
    /// Read what .gitignore leaves out, too
    #[arg(long)]
    pub no_ignore: bool,
    /// What is looked for, and how it is judged.
    #[command(flatten)]
    pub judging: Judging,
}
