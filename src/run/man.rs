//! The command `man`: the manual pages, made from the same words as `--help`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::Failure;
use super::output::to_stdout;
use crate::cli::Cli;
use crate::config::ConfigError;
use crate::report::ExitStatus;
use crate::source::why;

pub(super) fn run(folder: Option<&Path>) -> Result<ExitStatus, Failure> {
    // The pages name no day: the same program writes the same bytes. `help` needs no page.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match folder {
        Some(folder) => write(&command, &command, folder).map_err(|error| {
            let message = format!("cannot write the manual pages into `{}`: {}", folder.display(), why(&error));
            Failure::Config(ConfigError::new(message))
        })?,
        None => {
            let written = page(&command, &command);
            to_stdout(&written.map_err(|error| Failure::Write { target: "standard output".into(), error })?)?;
        }
    }
    Ok(ExitStatus::Clean)
}

/// Writes the page of a command and of those below it.
fn write(command: &Command, top: &Command, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands() {
        write(below, top, folder)?;
    }
    fs::write(folder.join(format!("{}.1", name(command))), page(command, top)?)
}

fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command, top: &Command) -> io::Result<Vec<u8>> {
    let help = |command: &Command| command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (own, of_top) = (help(command), help(top));
    let mut after = After::of(&own);
    // What judges ends as the program does.
    if after.codes.is_empty() && command.get_arguments().any(|argument| argument.get_id() == "fail_on") {
        after.codes = After::of(&of_top).codes;
    }
    let man = Man::new(command.clone());
    let mut out = Vec::new();
    // A page without a day says so by an empty word.
    writeln!(out, ".TH {} 1 \"\" \"ringfence {}\"", name(command), env!("CARGO_PKG_VERSION"))?;
    man.render_name_section(&mut out)?;
    synopsis(command).to_writer(&mut out)?;
    man.render_description_section(&mut out)?;
    after.prose().to_writer(&mut out)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut out)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    after.sections().to_writer(&mut out)?;
    see_also(command, top).to_writer(&mut out)?;
    Ok(out)
}

fn synopsis(command: &Command) -> Roff {
    let mut line = vec![bold(command.get_bin_name().unwrap_or_else(|| command.get_name()))];
    let is_of_all =
        |argument: &&Arg| !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version");
    for option in command.get_arguments().filter(is_of_all).filter(|argument| !argument.is_positional()) {
        let mut shown = Vec::new();
        if let Some(short) = option.get_short() {
            shown.extend([bold(format!("-{short}")), roman("|")]);
        }
        shown.extend(option.get_long().map(|long| bold(format!("--{long}"))));
        if option.get_action().takes_values() {
            shown.extend([roman(" "), italic(values(option))]);
        }
        bracketed(&mut line, option, shown);
    }
    for positional in command.get_positionals().filter(is_of_all) {
        bracketed(&mut line, positional, vec![italic(values(positional))]);
    }
    if command.has_subcommands() {
        line.extend([roman(" "), italic("COMMAND"), roman(" ...")]);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text(line);
    roff
}

fn values(argument: &Arg) -> String {
    argument.get_value_names().map(|names| names.join(" ")).unwrap_or_default()
}

/// One argument in brackets unless it must be there, with dots if it may stand again.
fn bracketed(line: &mut Vec<Inline>, argument: &Arg, shown: Vec<Inline>) {
    let (open, close) = if argument.is_required_set() { (" ", "") } else { (" [", "]") };
    line.push(roman(open));
    line.extend(shown);
    line.push(roman(close));
    if matches!(argument.get_action(), ArgAction::Append | ArgAction::Count) {
        line.push(roman("..."));
    }
}

/// What stands behind the options in `--help`, taken apart.
#[derive(Default)]
struct After<'h> {
    prose: Vec<&'h str>,
    /// Exit codes and what they mean.
    codes: Vec<(&'h str, String)>,
    examples: Vec<&'h str>,
}

impl<'h> After<'h> {
    fn of(help: &'h str) -> Self {
        let mut after = Self::default();
        for block in help.split("\n\n") {
            if let Some(codes) = block.strip_prefix("Exit codes:") {
                after.codes = exit_codes(codes);
            } else if let Some(examples) = block.strip_prefix("Examples:\n") {
                after.examples = examples.lines().map(str::trim_end).collect();
            } else {
                after.prose.extend(block.lines());
            }
        }
        after
    }

    fn prose(&self) -> Roff {
        let mut roff = Roff::new();
        for line in self.prose.iter().filter(|line| !line.is_empty()) {
            roff.control("PP", []).text([roman(*line)]);
        }
        roff
    }

    fn sections(&self) -> Roff {
        let mut roff = Roff::new();
        if !self.codes.is_empty() {
            roff.control("SH", ["EXIT STATUS"]);
        }
        for (code, words) in &self.codes {
            roff.control("TP", []).text([bold(*code)]).text([roman(words)]);
        }
        if !self.examples.is_empty() {
            roff.control("SH", ["EXAMPLES"]);
        }
        let mut goes_on = false;
        for line in &self.examples {
            // Two spaces part a command from what it is for.
            let line = line.strip_prefix("  ").unwrap_or(line);
            let (command, purpose) = if goes_on { (line, "") } else { line.split_once("  ").unwrap_or((line, "")) };
            if !goes_on {
                roff.control("PP", []);
            }
            roff.control("nf", []).text([bold(command)]).control("fi", []);
            if !purpose.is_empty() {
                roff.control("RS", ["4"]).text([roman(purpose.trim())]).control("RE", []);
            }
            goes_on = line.ends_with('\\');
        }
        roff
    }
}

/// Codes with what they mean: a line each, or a sentence with `;` between them.
fn exit_codes(text: &str) -> Vec<(&str, String)> {
    let is_listed = text.starts_with('\n');
    let mut codes: Vec<(&str, String)> = Vec::new();
    for part in text.split(if is_listed { "\n" } else { "; " }).map(str::trim).filter(|part| !part.is_empty()) {
        let new = part.split_once(' ').filter(|(code, _)| code.chars().all(|c| c.is_ascii_digit()));
        match (new, codes.last_mut()) {
            (Some((code, words)), _) => codes.push((code, words.trim().to_owned())),
            (None, Some((_, words))) => *words += &format!("; {part}"),
            (None, None) => {}
        }
    }
    codes
}

fn see_also(command: &Command, top: &Command) -> Roff {
    let above = if name(command) == name(top) { "git" } else { name(top) };
    let mut line = Vec::new();
    for page in std::iter::once(above).chain(command.get_subcommands().map(name)) {
        line.extend([roman(if line.is_empty() { "" } else { ", " }), bold(page), roman("(1)")]);
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]).text(line);
    roff
}
