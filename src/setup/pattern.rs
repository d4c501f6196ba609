//! Regular expressions of other scanners' files, bounded.

use std::fmt;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;

/// Largest automaton of one pattern, in bytes.
const LARGEST: usize = 4 << 20;

/// A pattern that can be tried.
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a pattern; `None` for what this engine does not know.
    pub fn new(text: &str) -> Option<Self> {
        let config = Config::new().nfa_size_limit(Some(LARGEST)).utf8_empty(false);
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        Regex::builder().configure(config).syntax(syntax).build(text).ok().map(Self)
    }

    /// True if it matches anywhere in `bytes`.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        self.0.is_match(bytes)
    }
}

impl fmt::Debug for Pattern {
    /// Without its text: people write secrets into such patterns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern")
    }
}
