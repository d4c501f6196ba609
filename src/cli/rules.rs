//! The command line of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::values::KindOrRule;

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringfence rules list github
  ringfence rules show github-pat-classic
  ringfence rules test --rules my-rules/")]
pub struct Rules {
    /// What to do with the rules.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What can be done with the rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules: id, kind, severity, confidence, title
    #[command(after_help = "\
Examples:
  ringfence rules list                     all of them
  ringfence rules list access critical     one kind, one severity
  ringfence rules list github token        what has these words in its id or title
  ringfence rules list --format jsonl --rules my-rules/   for programs")]
    List {
        /// A kind, a severity, or a part of an id or a title, in any case; of several, all must fit
        #[arg(value_name = "WORD", value_parser = KindOrRule, hide_possible_values = true)]
        words: Vec<String>,
        /// How to print the list
        #[arg(long, value_enum, ignore_case = true, default_value_t = ListFormat::Human)]
        format: ListFormat,
        /// Rule files to add.
        #[command(flatten)]
        added: Added,
    },
    /// Show one rule as a page: what it finds, why that matters, what to do, how it is told, how to change what it does
    #[command(after_help = "\
Examples:
  ringfence rules show github-pat-classic
  ringfence rules show workflow            a part of an id lists those that begin so")]
    Show {
        /// The rule's id
        #[arg(value_hint = ValueHint::Other)]
        id: String,
        /// Rule files to add.
        #[command(flatten)]
        added: Added,
    },
    /// Run every example of every rule through the scanner (exit code 1 if one does not do what it says)
    #[command(after_help = "\
Examples:
  ringfence rules test
  ringfence rules test --rules my-rules/")]
    Test {
        /// Rule files to add.
        #[command(flatten)]
        added: Added,
    },
}

/// Rule files beside the built-in ones.
#[derive(Debug, Args)]
pub struct Added {
    /// Add the rules of a file or of every .toml file in a directory (repeatable)
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub rules: Vec<PathBuf>,
}

/// How `rules list` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table for people
    Human,
    /// One JSON object a rule
    Jsonl,
    /// The page docs/rules.md, with the measured precision
    Markdown,
}
