//! Where reports go, and how they look to people.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ValueEnum;

use super::error::ConfigError;
use super::terminal;
use crate::cli::{Colour, Format};
use crate::keyed::nearest;
use crate::report::human::{Color, Detail, Links, Long, Style};

/// Where a report goes.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its format.
    pub format: Format,
    /// Its file; `None` for standard output.
    pub file: Option<PathBuf>,
}

/// Where reports go: to standard output, unless `--output FILE` or `--quiet` says otherwise, and to every `FORMAT=FILE`.
///
/// # Errors
/// Two reports are to go to one place, or a word before `=` is no format.
pub fn outputs(format: Format, words: &[String], is_quiet: bool) -> Result<Vec<Output>, ConfigError> {
    let mut main = Output { format, file: None };
    let mut more = Vec::new();
    for word in words {
        match named(word)? {
            Some((format, file)) => more.push(Output { format, file: Some(file.into()) }),
            None if main.file.is_none() => main.file = Some(word.into()),
            None => {
                let message = "`--output FILE` stands twice; write `--output FORMAT=FILE` for more than one report";
                return Err(ConfigError::new(message));
            }
        }
    }
    if !is_quiet || main.file.is_some() {
        more.insert(0, main);
    }
    let mut files: Vec<_> = more.iter().filter_map(|output| output.file.as_deref()).collect();
    files.sort_unstable();
    // A device takes as many reports as come.
    if let Some(pair) = files.windows(2).find(|pair| pair[0] == pair[1] && !pair[0].starts_with("/dev")) {
        return Err(ConfigError::new(format!(
            "two reports are to go to `{}`; give each a file of its own",
            pair[0].display()
        )));
    }
    Ok(more)
}

/// Format and file of `FORMAT=FILE`; `None` for a file alone. What looks like no path stands for a format: a slip in it would
/// put a report for people where a program reads.
fn named(word: &str) -> Result<Option<(Format, &str)>, ConfigError> {
    let Some((before, file)) = word.split_once('=').filter(|(before, _)| !before.contains(['/', '\\', '.'])) else {
        return Ok(None);
    };
    if let Ok(format) = Format::from_str(before, true) {
        return Ok(Some((format, file)));
    }
    let known: Vec<String> =
        Format::value_variants().iter().filter_map(|f| Some(f.to_possible_value()?.get_name().to_owned())).collect();
    let advice = match nearest(&before.to_lowercase(), known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}.", known.join(", ")),
    };
    Err(ConfigError::new(format!(
        "`{before}` in `--output {word}` is no format; {advice} For a file of that name write `./{word}`"
    )))
}

/// How to write for people: the flag decides, then `NO_COLOR` and `CLICOLOR_FORCE`, then whether standard output is a terminal.
pub fn style(colour: Colour) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
    let is_terminal = std::io::stdout().is_terminal();
    let coloured = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if set("NO_COLOR") => false,
        Colour::Auto => set("CLICOLOR_FORCE") || (is_terminal && !terminal::is_dumb()),
    };
    let width = terminal_size::terminal_size().map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style {
        color: if coloured { Color::Always } else { Color::Never },
        width,
        long: if is_terminal { Long::Folded } else { Long::Whole },
        links: (coloured && is_terminal && terminal::follows_links()).then_some(Links::TO_PAGES),
        detail: Detail::Usual,
    }
}
