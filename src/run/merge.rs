//! The command `merge`: reads the reports of all shards, and writes the one of the whole.

use super::{Failure, output, render};
use crate::cli::report::Merge;
use crate::config::{self, ConfigError};
use crate::report::{ExitStatus, merge};

pub(super) fn run(args: &Merge) -> Result<ExitStatus, Failure> {
    let written = &args.written;
    let plan = config::outputs(written.format, &written.output, written.quiet).map_err(Failure::Config)?;
    let read = |file: &std::path::PathBuf| Ok((file.display().to_string(), render::report(file)?));
    let reports = args.files.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(Failure::Config)?;
    let refused = |error: merge::Unmergeable| Failure::Config(ConfigError::new(error.to_string()));
    let report = merge::merge(reports).map_err(refused)?;
    let targets = output::open(&plan)?;
    output::write(&report, config::style(written.color), targets)?;
    Ok(report.exit_status())
}
