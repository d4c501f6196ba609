//! The command line of `rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringfence rules list
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
    /// List every rule: id, kind, severity, confidence, title
    #[command(after_help = "\
Examples:
  ringfence rules list
  ringfence rules list --format jsonl --rules my-rules/")]
    List {
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
  ringfence rules show github-pat-classic")]
    Show {
        /// The rule's id
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
    #[arg(long, value_name = "PATH")]
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
