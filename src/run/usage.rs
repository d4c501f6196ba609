//! The command line as typed: read, or told what is wrong with it and what was meant.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Error, FromArgMatches, ValueEnum};

use super::masked;
use crate::cli::{Cli, Format};
use crate::config;
use crate::report::escape::terminal;
use crate::report::human::{Color, Long, fitted};

/// Columns that further lines of a message stand in.
const HANGING: usize = 4;

/// What was typed.
///
/// # Errors
/// Help was asked for, or the command line is wrong: `refuse` prints either.
pub fn read(words: &[OsString]) -> Result<Cli, Error> {
    parse(words).map_err(|error| advised(error, words))
}

fn parse(words: &[OsString]) -> Result<Cli, Error> {
    let mut command = Cli::fit(config::columns_of_help());
    let mut matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// What may have been meant by an option that other programs have; the first that can be typed here counts.
fn meant(typed: &str) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    match typed.strip_prefix("--").unwrap_or(typed) {
        "no-color" | "no-colour" | "no-colors" | "nocolor" => vec![words(&["--color", "never"])],
        "version" | "-V" => vec![words(&["--version"])],
        "json" => vec![words(&["--format", "json"]), words(&["--format", "jsonl"])],
        format if Format::from_str(format, true).is_ok() => vec![words(&["--format", format])],
        _ => Vec::new(),
    }
}

/// The same error; where another option would make the line right, it says which.
fn advised(mut error: Error, words: &[OsString]) -> Error {
    let typed = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(typed))) => typed.clone(),
        _ => return error,
    };
    let advice = meant(&typed).into_iter().find_map(|meant| {
        let (line, advice) = match meant.as_slice() {
            [one] => {
                (words.iter().take(1).cloned().chain([one.into()]).collect(), format!("`ringfence {one}` says it"))
            }
            _ => (replaced(words, &typed, &meant), format!("write `{}`", meant.join(" "))),
        };
        let is_wrong = |error: Error| matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidValue);
        (!parse(&line).is_err_and(is_wrong)).then_some(advice)
    });
    if let Some(advice) = advice {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Usage);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(advice)]));
    }
    error
}

fn replaced(words: &[OsString], typed: &str, meant: &[String]) -> Vec<OsString> {
    let instead = |word: &OsString| match word == typed {
        true => meant.iter().map(OsString::from).collect(),
        false => vec![word.clone()],
    };
    words.iter().flat_map(instead).collect()
}

/// Prints help, or what is wrong with the command line, which may quote a secret that was typed. Gives the exit code.
pub fn refuse(error: &Error) -> u8 {
    let said = error.to_string();
    let hidden = if error.use_stderr() { inert(&masked(&said)) } else { said.clone() };
    let style = config::of_messages();
    // A closed stream ends all of them. clap's own print knows colours, and help fits already.
    let _ = if error.use_stderr() && style.long == Long::Folded {
        let is_plain = hidden != said || style.color == Color::Never;
        let text = if is_plain { hidden } else { error.render().ansi().to_string() };
        write!(io::stderr(), "{}", fitted(&text, &style, HANGING))
    } else if hidden == said {
        error.print()
    } else {
        write!(io::stderr(), "{hidden}")
    };
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Lines of which none is a command to whatever shows them: they may quote what a script put there.
fn inert(text: &str) -> String {
    text.lines().map(|line| terminal(line).into_owned() + "\n").collect()
}

/// Says something on standard error, inert, as a line of this program, folded where it has no room.
pub fn say(text: &str) {
    let line = format!("ringfence: {text}\n");
    // A closed standard error leaves no place to say so.
    let _ = io::stderr().write_all(fitted(&line, &config::of_messages(), HANGING).as_bytes());
}
