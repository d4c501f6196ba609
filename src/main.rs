//! Parses the command line, runs it, prints what failed, and ends with the exit code.

use std::io::Write;
use std::process::ExitCode;

use ringfence::report::escape;
use ringfence::run;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        // The message of a panic may quote what was being scanned, so only its place is told.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "ringfence: internal error at {place}; please report this");
    }));
    let words: Vec<_> = std::env::args_os().collect();
    let cli = match run::read(&words) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(run::refuse(&error)),
    };
    match run::run(&cli) {
        Ok(status) => ExitCode::from(status as u8),
        Err(failure) => {
            let said = run::masked(&failure.to_string());
            // Lists stand indented, each item on its line; any other line end came with what was read.
            let lines: Vec<_> = said.split("\n  ").map(escape::terminal).collect();
            run::say(&lines.join("\n  "));
            if let Some(below) = failure.below() {
                let _ = writeln!(std::io::stderr(), "{below}");
            }
            ExitCode::from(failure.status() as u8)
        }
    }
}
