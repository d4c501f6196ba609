//! The command `man`: the manual pages, made from the same words as `--help`.

use std::path::Path;

use clap::CommandFactory;

use super::Failure;
use super::output::to_stdout;
use crate::cli::Cli;
use crate::report::ExitStatus;

pub(super) fn run(folder: Option<&Path>) -> Result<ExitStatus, Failure> {
    // The pages name no day: the same program writes the same bytes.
    let command = Cli::command();
    match folder {
        Some(folder) => {
            let target = || format!("`{}`", folder.display());
            clap_mangen::generate_to(command, folder).map_err(|error| Failure::Write { target: target(), error })?;
        }
        None => {
            let mut page = Vec::new();
            let written = clap_mangen::Man::new(command).render(&mut page);
            written.map_err(|error| Failure::Write { target: "standard output".into(), error })?;
            to_stdout(&page)?;
        }
    }
    Ok(ExitStatus::Clean)
}
