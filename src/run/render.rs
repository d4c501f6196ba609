//! The command `report`: read once more what was saved, and write it in another format.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::{Failure, output};
use crate::cli::report::Render;
use crate::config::{self, ConfigError};
use crate::report::{ExitStatus, Report, saved};
use crate::source::why;

pub(super) fn run(args: &Render) -> Result<ExitStatus, Failure> {
    let plan =
        config::outputs(args.written.format, &args.written.output, args.written.quiet).map_err(Failure::Config)?;
    // Read before anything is opened for writing: both may be one file.
    let report = report(&args.file).map_err(Failure::Config)?;
    let targets = output::open(&plan)?;
    targets.write(&report, config::style(args.written.color))?;
    Ok(report.exit_status())
}

pub(super) fn report(file: &Path) -> Result<Report, ConfigError> {
    let name = file.display();
    let bytes = if file == Path::new("-") { stdin() } else { fs::read(file) };
    let bytes = bytes.map_err(|error| ConfigError::new(format!("cannot read the report `{name}`: {}", why(&error))))?;
    saved::read(&bytes).map_err(|error| ConfigError::new(format!("cannot read the report `{name}`: {error}")))
}

fn stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
}
