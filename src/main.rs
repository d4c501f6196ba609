//! Parses the command line, runs it, prints what failed, and ends with the exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use ringfence::cli::Cli;
use ringfence::report::escape;
use ringfence::run;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        // The message of a panic may quote what was being scanned, so only its place is told.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "ringfence: internal error at {place}; please report this");
    }));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run::run(&cli) {
        Ok(status) => ExitCode::from(status as u8),
        Err(failure) => {
            let said = run::masked(&failure.to_string());
            // Lists stand indented, each item on its line; any other line end came with what was read.
            let lines: Vec<_> = said.split("\n  ").map(escape::terminal).collect();
            // A closed stderr leaves no place to say so.
            let _ = writeln!(std::io::stderr(), "ringfence: {}", lines.join("\n  "));
            if let Some(below) = failure.below() {
                let _ = writeln!(std::io::stderr(), "{below}");
            }
            ExitCode::from(failure.status() as u8)
        }
    }
}

/// Prints help, or what is wrong with the command line, which may quote a secret that was typed.
fn usage(error: &clap::Error) -> ExitCode {
    let said = error.to_string();
    let masked = if error.use_stderr() { run::masked(&said) } else { said.clone() };
    // clap's own print knows colours, so it is used wherever nothing has to be hidden. A closed stream ends either.
    let _ = if masked == said { error.print() } else { write!(std::io::stderr(), "{masked}") };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
