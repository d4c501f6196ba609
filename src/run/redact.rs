//! The command `redact`: standard input to standard output, without secrets.

use std::io::{self, BufWriter, Read};
use std::path::PathBuf;

use super::Failure;
use super::output::broken_pipe_is_success;
use crate::config;
use crate::detect::redact::Redactor;
use crate::report::ExitStatus;

/// What is read at once; a pipe holds as much.
const PIECE: usize = 64 << 10;

pub(super) fn run(rules: &[PathBuf]) -> Result<ExitStatus, Failure> {
    let set = config::rules(rules).map_err(Failure::Config)?;
    let out = Redactor::new(&set, BufWriter::with_capacity(PIECE, io::stdout().lock()));
    let fail = |error| Failure::Write { target: "standard output".into(), error };
    broken_pipe_is_success(copy(&mut io::stdin().lock(), out)).map_err(fail)?;
    Ok(ExitStatus::Clean)
}

fn copy(input: &mut impl Read, mut out: Redactor<'_, impl io::Write>) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match input.read(&mut piece) {
            Ok(0) => return out.finish(),
            Ok(got) => out.push(&piece[..got])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
