//! How the engine may look for a pattern: where its literal stands and how far a match can reach.
//!
//! The prefilter only finds literals, so a literal that a match may lack would be a silent miss. The proof that every
//! match contains one is therefore read off the pattern itself, when rules are built, not trusted.

use std::fmt;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::model::Rule;

/// Shortest literal the prefilter takes, in bytes.
pub const SHORTEST_LITERAL: usize = 3;
/// Most strings that a run of literals and small classes may stand for before it counts as no literal.
const MOST_STRINGS: usize = 256;

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
    },
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
        let hir = parse(&rule.pattern)?;
        let anchor = anchor(&rule, &hir)?;
        Ok(Self { anchor, longest: hir.properties().maximum_len(), rule })
    }
}

fn parse(pattern: &str) -> Result<Hir, PlanError> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let hir = hir.map_err(|e| PlanError(format!("`pattern` is not a valid byte regex: {e}")))?;
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return Err(PlanError("`pattern` can match nothing at all; make it require at least one byte".into()));
    }
    Ok(hir)
}

fn anchor(rule: &Rule, hir: &Hir) -> Result<Anchor, PlanError> {
    let (words, key) = match (rule.literals.is_empty(), rule.near.is_empty()) {
        (false, _) => (&rule.literals, "literals"),
        (true, false) => (&rule.near, "near"),
        (true, true) => {
            return Err(PlanError("a rule needs `literals` (or, failing that, `near` words) to be found by".into()));
        }
    };
    if let Some(short) = words.iter().find(|l| l.len() < SHORTEST_LITERAL) {
        let why = "is shorter than 3 bytes and would be met everywhere; take a longer one";
        return Err(PlanError(format!("`{key}`: `{short}` {why}")));
    }
    if key == "near" {
        return Ok(Anchor::Near);
    }
    for fold in [false, true] {
        let literals: Vec<Vec<u8>> = rule.literals.iter().map(|l| folded(l.as_bytes(), fold)).collect();
        if let Some(Offset { min, max }) = (Search { literals: &literals, fold }).locate(hir) {
            return Ok(Anchor::Literal { fold, min, max });
        }
    }
    let why =
        "does not imply `literals`: every match must contain one of them, with a bounded number of bytes before it";
    Err(PlanError(format!("`pattern` {why}")))
}

fn folded(bytes: &[u8], fold: bool) -> Vec<u8> {
    if fold { bytes.to_ascii_lowercase() } else { bytes.to_vec() }
}

/// How many bytes can stand between the start of a match and its literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    min: usize,
    max: usize,
}

impl Offset {
    fn join(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    fn shift(self, by: Self) -> Self {
        Self { min: self.min + by.min, max: self.max + by.max }
    }
}

struct Search<'a> {
    literals: &'a [Vec<u8>],
    fold: bool,
}

impl Search<'_> {
    /// Where a literal stands in every match of `hir`, or `None` if a match may lack one.
    fn locate(&self, hir: &Hir) -> Option<Offset> {
        match hir.kind() {
            HirKind::Capture(capture) => self.locate(&capture.sub),
            HirKind::Alternation(branches) => {
                branches.iter().map(|b| self.locate(b)).reduce(|a, b| Some(a?.join(b?))).flatten()
            }
            HirKind::Repetition(repetition) if repetition.min >= 1 => self.locate(&repetition.sub),
            HirKind::Concat(parts) => self.locate_in_parts(parts),
            _ => self.offset_in_strings(&self.strings(hir)?),
        }
    }

    fn locate_in_parts(&self, parts: &[Hir]) -> Option<Offset> {
        let mut before = Offset { min: 0, max: 0 };
        for (i, part) in parts.iter().enumerate() {
            let here = self.locate(part).or_else(|| self.offset_in_strings(&self.run(&parts[i..])));
            if let Some(here) = here {
                return Some(here.shift(before));
            }
            let properties = part.properties();
            before = before.shift(Offset { min: properties.minimum_len()?, max: properties.maximum_len()? });
        }
        None
    }

    /// The strings that the longest exact run at the start of `parts` stands for.
    fn run(&self, parts: &[Hir]) -> Vec<Vec<u8>> {
        let mut strings = vec![Vec::new()];
        for part in parts {
            match self.strings(part).and_then(|next| cross(&strings, &next)) {
                Some(longer) => strings = longer,
                None => break,
            }
        }
        strings
    }

    /// Every string that `hir` matches, if they are few.
    fn strings(&self, hir: &Hir) -> Option<Vec<Vec<u8>>> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
            HirKind::Literal(literal) => Some(vec![folded(&literal.0, self.fold)]),
            HirKind::Class(class) => self.class(class),
            HirKind::Capture(capture) => self.strings(&capture.sub),
            HirKind::Concat(parts) => {
                parts.iter().try_fold(vec![Vec::new()], |strings, part| cross(&strings, &self.strings(part)?))
            }
            HirKind::Alternation(branches) => {
                let mut all = Vec::new();
                for branch in branches {
                    all.extend(self.strings(branch)?);
                }
                (all.len() <= MOST_STRINGS).then_some(all)
            }
            HirKind::Repetition(r) if r.max == Some(r.min) => {
                let one = self.strings(&r.sub)?;
                (0..r.min.min(64)).try_fold(vec![Vec::new()], |strings, _| cross(&strings, &one))
            }
            HirKind::Repetition(_) => None,
        }
    }

    fn class(&self, class: &Class) -> Option<Vec<Vec<u8>>> {
        let mut bytes: Vec<u8> = match class {
            Class::Bytes(class) => class.iter().flat_map(|r| r.start()..=r.end()).collect(),
            Class::Unicode(class) => {
                let chars = class.iter().flat_map(|r| r.start()..=r.end()).take(MOST_STRINGS + 1);
                chars.map(|c| u8::try_from(c).ok().filter(u8::is_ascii)).collect::<Option<_>>()?
            }
        };
        if self.fold {
            bytes.iter_mut().for_each(|b| b.make_ascii_lowercase());
            bytes.sort_unstable();
            bytes.dedup();
        }
        (bytes.len() <= 16).then(|| bytes.into_iter().map(|b| vec![b]).collect())
    }

    fn offset_in_strings(&self, strings: &[Vec<u8>]) -> Option<Offset> {
        let first = |string: &Vec<u8>| {
            let at = self.literals.iter().filter_map(|l| find(string, l)).min()?;
            Some(Offset { min: at, max: at })
        };
        strings.iter().map(first).reduce(|a, b| Some(a?.join(b?))).flatten()
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn cross(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    if heads.len() * tails.len() > MOST_STRINGS {
        return None;
    }
    Some(heads.iter().flat_map(|h| tails.iter().map(move |t| [&h[..], t].concat())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locate(pattern: &str, literals: &[&str], fold: bool) -> Option<(usize, usize)> {
        let literals: Vec<Vec<u8>> = literals.iter().map(|l| folded(l.as_bytes(), fold)).collect();
        let hir = parse(pattern).unwrap();
        Search { literals: &literals, fold }.locate(&hir).map(|o| (o.min, o.max))
    }

    #[test]
    fn a_literal_is_located_where_the_pattern_puts_it() {
        assert_eq!(locate(r"\b(?P<secret>ghp_[0-9A-Za-z]{36})\b", &["ghp_"], false), Some((0, 0)));
        assert_eq!(locate(r"\bgh[pousr]_[a-z]{3}", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], false), Some((0, 0)));
        assert_eq!(locate(r"[0-9]{8,10}:(?P<secret>:AA\w+)", &[":AA"], false), Some((9, 11)));
        assert_eq!(locate(r"(?:ab|xyz)key=", &["key"], false), Some((2, 3)));
        assert_eq!(locate(r"(?i)api_key", &["api_key"], true), Some((0, 0)));
        assert_eq!(locate(r"(?:KEY-[a-z]+|[a-z]{2}-KEY-)", &["KEY-"], false), Some((0, 3)));
    }

    #[test]
    fn a_literal_that_a_match_may_lack_is_refused() {
        assert_eq!(locate(r"(?:ghp_)?[a-z]{30}", &["ghp_"], false), None);
        assert_eq!(locate(r"gh[po]_[a-z]{3}", &["ghp_"], false), None);
        assert_eq!(locate(r"(?i)api_key", &["api_key"], false), None);
        assert_eq!(locate(r"[a-z]*key=", &["key="], false), None, "unbounded before the literal");
    }
}
