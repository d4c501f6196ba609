//! How far an attempt at a pattern reads: an automaton that is stepped by hand, so that the work can be counted.

use std::ops::Range;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// Memory for the states of one walk. Where it does not suffice, they are forgotten and found again.
const STATES: usize = 4 << 20;

/// A pattern that can be tried step by step.
#[derive(Debug)]
pub(super) struct Walker(DFA);

impl Walker {
    /// For a pattern that compiles; `None` if it is too large for an automaton.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let config = DFA::config().cache_capacity(STATES).skip_cache_capacity_check(true);
        DFA::builder().syntax(syntax).configure(config).build(pattern).ok().map(Self)
    }

    /// What is kept between the attempts in one text.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { dfa: &self.0, cache: self.0.create_cache() }
    }
}

/// Attempts at one pattern, one after the other: what one of them learns about the pattern, the next ones know.
#[derive(Debug)]
pub struct Walk<'w> {
    dfa: &'w DFA,
    cache: Cache,
}

/// What an attempt showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// False if no match begins there.
    pub may_match: bool,
    /// Bytes that were read to know that.
    pub read: usize,
}

impl Walk<'_> {
    /// Looks whether a match begins at the start of `range` and ends within it. What stands around it is seen.
    pub fn attempt(&mut self, bytes: &[u8], range: Range<usize>) -> Attempt {
        // What the automaton cannot decide is left to the regex.
        let undecided = Attempt { may_match: true, read: range.len() };
        let input = Input::new(bytes).range(range.clone()).anchored(Anchored::Yes);
        let Ok(mut state) = self.dfa.start_state_forward(&mut self.cache, &input) else { return undecided };
        for (read, &byte) in (1..).zip(&bytes[range.clone()]) {
            let Ok(next) = self.dfa.next_state(&mut self.cache, state, byte) else { return undecided };
            state = next;
            if state.is_tagged() && (state.is_match() || state.is_dead() || state.is_quit()) {
                return Attempt { may_match: !state.is_dead(), read };
            }
        }
        // A match is told one byte late.
        let last = match bytes.get(range.end) {
            Some(&byte) => self.dfa.next_state(&mut self.cache, state, byte),
            None => self.dfa.next_eoi_state(&mut self.cache, state),
        };
        Attempt { may_match: last.map_or(true, |state| state.is_match()), read: range.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(pattern: &str, text: &str, range: Range<usize>) -> (bool, usize) {
        let walker = Walker::new(pattern).unwrap();
        let attempt = walker.walk().attempt(text.as_bytes(), range);
        (attempt.may_match, attempt.read)
    }

    #[test]
    fn an_attempt_ends_where_no_match_is_left() {
        assert_eq!(attempt("key_[0-9]{4,9}", "key_12x4567", 0..11), (false, 7));
        assert_eq!(attempt("key_[0-9]{4,9}", "a key_1234", 2..10), (true, 8));
        assert_eq!(attempt(r"key_[0-9]{4}\b", "key_12345", 0..8), (false, 8));
        assert_eq!(attempt(r"\bkey_[0-9]{4}\b", "key_1234 ", 0..8), (true, 8));
        assert_eq!(attempt(r"\bkey_[0-9]{4}\b", "xkey_1234", 1..9), (false, 1));
    }
}
