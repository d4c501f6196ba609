//! How the engine may look for a pattern: where its literal stands and how far a match can reach.
//!
//! The prefilter only finds literals, so a literal that a match may lack would be a silent miss. The proof that every
//! match contains one is therefore read off the pattern itself, when rules are built, not trusted.

use std::fmt;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use serde::{Deserialize, Serialize};

use super::beside::Beside;
use super::locate::{Located, locate};
use super::model::{Kind, Rule};

/// Shortest literal the prefilter takes, in bytes.
const SHORTEST_LITERAL: usize = 3;

/// Most places relative to its literal where a match may begin: each is tried.
const WIDEST_SPREAD: usize = 128;

/// A rule with its search plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// The rule as its file states it.
    pub rule: Rule,
    /// What the prefilter looks for.
    pub anchor: Anchor,
    /// Longest possible match in bytes, if the pattern is bounded.
    pub longest: Option<usize>,
}

/// What leads the engine to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Anchor {
    /// One of the rule's literals, between `min` and `max` bytes after the start of the match.
    Literal {
        /// True if letters match in either case.
        fold: bool,
        /// Fewest bytes before the literal.
        min: usize,
        /// Most bytes before the literal.
        max: usize,
        /// What can stand beside the literal.
        beside: Beside,
    },
    /// One of the literals, in a name to which something is assigned.
    Name,
    /// Nothing: code compares the files, or the lines of a change, that the rule speaks for.
    Compared,
    /// One of the `near` words; the pattern is tried on the text that the word can vouch for.
    Near,
}

/// Why a rule cannot be planned. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError(String);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

impl Prepared {
    /// Plans the search for `rule`.
    ///
    /// # Errors
    /// The pattern does not parse, or a match need not contain one of the literals.
    pub fn new(rule: Rule) -> Result<Self, PlanError> {
        if rule.assigned.is_some() {
            return Self::assigned(rule);
        }
        if rule.is_compared() {
            return Self::compared(rule);
        }
        if !rule.command.is_empty() {
            return Self::commanded(rule);
        }
        let hir = parse(&rule.pattern)?;
        let anchor = anchor(&rule, &hir)?;
        Ok(Self { anchor, longest: hir.properties().maximum_len(), rule })
    }

    fn assigned(rule: Rule) -> Result<Self, PlanError> {
        if !rule.pattern.is_empty() || rule.literals.is_empty() {
            return Err(PlanError("a rule with `assigned` has `literals` and no `pattern`".into()));
        }
        long_enough(&rule.literals, "literals")?;
        Ok(Self { anchor: Anchor::Name, longest: None, rule })
    }

    fn commanded(rule: Rule) -> Result<Self, PlanError> {
        if !rule.literals.is_empty() || !rule.near.is_empty() || rule.check.is_some() || rule.kind != Kind::Command {
            return Err(PlanError(
                "a rule with `command` is of kind `command` and has none of `literals`, `near`, `check`".into(),
            ));
        }
        if rule.command.iter().any(|shape| shape.program.is_empty()) {
            return Err(PlanError("`command`: a shape needs the names of its `program`".into()));
        }
        if !rule.pattern.is_empty() {
            parse(&rule.pattern)?;
        }
        Ok(Self { anchor: Anchor::Compared, longest: None, rule })
    }

    fn compared(rule: Rule) -> Result<Self, PlanError> {
        let matches = [rule.pattern.is_empty(), rule.literals.is_empty(), rule.near.is_empty(), rule.check.is_none()];
        if matches.contains(&false) {
            return Err(PlanError(
                "a rule that compares matches no text: it has none of `pattern`, `literals`, `near`, `check`".into(),
            ));
        }
        Ok(Self { anchor: Anchor::Compared, longest: None, rule })
    }
}

/// What is wrong with a pattern, in one line: the whole message draws the pattern and points into it.
pub(super) fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => format!("{} at byte {}", error.kind(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => format!("{} at byte {}", error.kind(), error.span().start.offset),
        _ => error.to_string(),
    }
}

fn parse(pattern: &str) -> Result<Hir, PlanError> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let hir = hir.map_err(|e| PlanError(format!("`pattern` is not a valid byte regex: {}", reason(&e))))?;
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return Err(PlanError("`pattern` can match nothing at all; make it require at least one byte".into()));
    }
    Ok(hir)
}

fn long_enough(words: &[String], key: &str) -> Result<(), PlanError> {
    let Some(short) = words.iter().find(|l| l.len() < SHORTEST_LITERAL) else { return Ok(()) };
    let why = "is shorter than 3 bytes and would be met everywhere; take a longer one";
    Err(PlanError(format!("`{key}`: `{short}` {why}")))
}

fn anchor(rule: &Rule, hir: &Hir) -> Result<Anchor, PlanError> {
    let (words, key) = match (rule.literals.is_empty(), rule.near.is_empty()) {
        (false, _) => (&rule.literals, "literals"),
        (true, false) => (&rule.near, "near"),
        (true, true) => {
            return Err(PlanError("a rule needs `literals` (or, failing that, `near` words) to be found by".into()));
        }
    };
    long_enough(words, key)?;
    if key == "near" {
        return Ok(Anchor::Near);
    }
    for fold in [false, true] {
        if let Some(Located { min, max, beside }) = locate(hir, &rule.literals, fold) {
            if max - min > WIDEST_SPREAD {
                let why =
                    "stand too loosely before the literal: each place is tried, so take a literal nearer to the start";
                return Err(PlanError(format!("{} to {} bytes of `pattern` {why}", min, max)));
            }
            return Ok(Anchor::Literal { fold, min, max, beside });
        }
    }
    let why =
        "does not imply `literals`: every match must contain one of them, with a bounded number of bytes before it";
    Err(PlanError(format!("`pattern` {why}")))
}
