//! The command `merge`: reads the reports of all shards, or of many roots, and writes one.

use std::path::{Path, PathBuf};

use super::{Failure, output, render};
use crate::cli::report::Merge;
use crate::config::{self, ConfigError};
use crate::detect::name;
use crate::report::{ExitStatus, Report, merge, roots};
use crate::rule::RuleSet;

pub(super) fn run(args: &Merge) -> Result<ExitStatus, Failure> {
    let written = &args.written;
    let plan = config::outputs(written.format, &written.output, written.quiet).map_err(Failure::Config)?;
    let report = if args.roots { gathered(&args.files) } else { joined(&args.files) }.map_err(Failure::Config)?;
    let targets = output::open(&plan)?;
    targets.write(&report, config::style(written.color))?;
    Ok(report.exit_status())
}

/// The report of all shards.
fn joined(files: &[PathBuf]) -> Result<Report, ConfigError> {
    let read = |file: &PathBuf| Ok((file.display().to_string(), render::report(file)?));
    let reports = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    merge::merge(reports).map_err(|error| ConfigError::new(error.to_string()))
}

/// The report of many roots.
fn gathered(files: &[PathBuf]) -> Result<Report, ConfigError> {
    let rules = RuleSet::builtin().map_err(|error| ConfigError::new(error.to_string()))?;
    let read = |word: &PathBuf| {
        let (name, file) = named(word);
        Ok((name::masked(&rules, &name), render::report(&file)?))
    };
    let reports = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    roots::gather(reports).map_err(|error| ConfigError::new(error.to_string()))
}

/// The name of a root and the file of its report: `NAME=FILE`, or a file that is called after it.
fn named(word: &Path) -> (String, PathBuf) {
    match word.to_str().and_then(|word| word.split_once('=')) {
        Some((name, file)) => (name.to_owned(), file.into()),
        None => {
            let is_json = word.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
            let name = if is_json { word.file_stem() } else { word.file_name() };
            (name.unwrap_or_default().to_string_lossy().into_owned(), word.to_owned())
        }
    }
}
