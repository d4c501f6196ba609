//! The commands `report` and `merge`: saved reports once more, in another format or joined.

use std::path::PathBuf;

use clap::Args;

use super::{Colour, Format};

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code is that of the report: 0, 1 or 3 as when it was scanned; 2 if it cannot be read or written.

Examples:
  ringfence diff main...HEAD --format json --output report.json
  ringfence report report.json --format markdown
  ringfence report report.json --quiet --output sarif=report.sarif --output html=report.html")]
pub struct Render {
    /// What `--format json` wrote; `-` for standard input
    pub file: PathBuf,
    /// Where to, and how.
    #[command(flatten)]
    pub written: Written,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
#[command(after_help = "\
The result is the report that a scan without --shard would have written, byte for byte in every format, and so is the exit code.
Reports of other rules, another policy, another version or other files are refused, and so is a set that lacks a shard.
Let each shard write outside of what is scanned: a report of another shard in there would be one file more to scan.

With --roots the result is one report on many roots, such as the repositories of an organisation: every path stands below the name of
its root, every finding is judged by the policy of its root, and the exit code is the worst of all.

Examples:
  ringfence scan --shard 1/2 --format json --output ../1.json
  ringfence scan --shard 2/2 --format json --output ../2.json
  ringfence merge ../1.json ../2.json --format human --output sarif=ringfence.sarif
  ringfence merge --roots reports/*.json --output html=all.html
  ringfence merge --roots acme/shop=shop.json acme/till=till.json --format json --output acme.json")]
pub struct Merge {
    /// What `--shard I/N --format json` wrote, for every I; with --roots, a whole report of each root
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Put reports of different roots side by side; NAME=FILE names a root, and FILE alone is named by its file name
    #[arg(long)]
    pub roots: bool,
    /// Where to, and how.
    #[command(flatten)]
    pub written: Written,
}

/// Where to write a report that exists already, and how.
#[derive(Debug, Args)]
pub struct Written {
    /// How to print the report
    #[arg(long, value_enum, ignore_case = true, default_value_t = Format::Human)]
    pub format: Format,
    /// Write the report to FILE instead of standard output; FORMAT=FILE writes one more report (repeatable)
    #[arg(short, long, value_name = "[FORMAT=]FILE")]
    pub output: Vec<String>,
    /// Print no report on standard output
    #[arg(short, long)]
    pub quiet: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}
