//! Values of options that are neither paths nor lists of the parser: kinds and rules in any case, and counts.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

/// The kinds as they are typed.
pub const KINDS: [&str; 10] =
    ["secret", "access", "area", "command", "egress", "logging", "safeguard", "scope", "text", "policy"];

/// A kind or the id of a rule, in any case. Every word is taken, because files add rules; shells offer the kinds.
#[derive(Clone, Copy, Debug)]
pub struct KindOrRule;

impl TypedValueParser for KindOrRule {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        let word = StringValueParser::new().parse_ref(command, argument, value)?;
        Ok(word.to_ascii_lowercase())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(KINDS.iter().map(|kind| PossibleValue::new(*kind))))
    }
}

/// How many of something.
pub(super) fn count(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| "it is no whole number; write one such as `4`, or 0".to_owned())
}
