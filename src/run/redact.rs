//! The command `redact`: standard input to standard output, without secrets.

use std::io::{self, BufWriter, Read};
use std::path::PathBuf;

use super::Failure;
use super::output::broken_pipe_is_success;
use crate::config;
use crate::detect::redact::Redactor;
use crate::report::ExitStatus;
use crate::source::SourceError;
use crate::text::{Encoding, sniff};

/// What is read at once; a pipe holds as much.
const PIECE: usize = 64 << 10;

pub(super) fn run(rules: &[PathBuf]) -> Result<ExitStatus, Failure> {
    let set = config::rules(rules).map_err(Failure::Config)?;
    let out = Redactor::new(&set, BufWriter::with_capacity(PIECE, io::stdout().lock()));
    copy(&mut io::stdin().lock(), out)?;
    Ok(ExitStatus::Clean)
}

fn copy(input: &mut impl Read, mut out: Redactor<'_, impl io::Write>) -> Result<(), Failure> {
    let written = |result| {
        let fail = |error| Failure::Write { target: "standard output".into(), error };
        broken_pipe_is_success(result).map_err(fail)
    };
    let unread = |why: &str| Failure::Source(SourceError::unreadable(format!("cannot read standard input: {why}")));
    let mut piece = vec![0; PIECE];
    let mut is_first = true;
    loop {
        match input.read(&mut piece) {
            Ok(0) => return written(out.finish()),
            // Passing it on unread would pass on its secrets.
            Ok(got) if is_first && matches!(sniff(&piece[..got]), Encoding::Utf16(_)) => {
                return Err(unread("it is UTF-16, which cannot be redacted; convert it to UTF-8 first"));
            }
            Ok(got) => match out.push(&piece[..got]) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                result => written(result)?,
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unread(&error.to_string())),
        }
        is_first = false;
    }
}
