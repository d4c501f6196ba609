//! What one rule may cost in one text, so that text made to upset a pattern costs bounded time.
//!
//! Text can begin a match again and again and never end one, and each attempt reads as far as the pattern lets it. The first
//! attempts are free. From then on an automaton looks before the regex does: it is quick to see that nothing comes of a
//! start, and it counts what it reads. A rule that has read too much stops, and whoever asked is told where.

use std::ops::Range;

use crate::rule::{CompiledRule, Walk};

/// Bytes that attempts may reach for before they are counted: most rules never need more in a text.
const FREE: usize = 256 << 10;
/// How often each byte of the text may be read after that.
const READS: usize = 128;
/// What may be read in any text, however short it is.
const LEAST: usize = 4 << 20;
/// How much dearer it is to find a whole match, with its groups and its check, than to see that there is none.
const MATCH: usize = 16;

/// The account of one rule in one text.
pub(super) struct Work<'r> {
    rule: &'r CompiledRule,
    free: usize,
    left: usize,
    walk: Option<Walk<'r>>,
}

impl<'r> Work<'r> {
    /// For a text of `length` bytes.
    pub(super) fn new(rule: &'r CompiledRule, length: usize) -> Self {
        Self::with(rule, FREE, LEAST.saturating_add(length.saturating_mul(READS)))
    }

    fn with(rule: &'r CompiledRule, free: usize, left: usize) -> Self {
        Self { rule, free, left, walk: None }
    }

    /// False if no match can begin at the start of `range`.
    pub(super) fn may_match(&mut self, bytes: &[u8], range: Range<usize>) -> bool {
        if let Some(free) = self.free.checked_sub(range.len()) {
            self.free = free;
            return true;
        }
        self.free = 0;
        if self.walk.is_none() {
            self.walk = self.rule.walk();
        }
        let Some(walk) = &mut self.walk else {
            // Too large for an automaton: counted as if it read everything.
            self.matched(range.len());
            return true;
        };
        let attempt = walk.attempt(bytes, range);
        self.left = self.left.saturating_sub(attempt.read);
        attempt.may_match
    }

    /// A whole match of `length` bytes was found.
    pub(super) fn matched(&mut self, length: usize) {
        if self.free == 0 {
            self.left = self.left.saturating_sub(length.saturating_mul(MATCH));
        }
    }

    /// True if the rule has read too much to go on.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;
    use std::sync::LazyLock;

    static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

    /// Tries every `step`-th start in `text`; gives the bytes read and how many starts were left to the regex.
    fn try_all(work: &mut Work<'_>, text: &str, step: usize, reach: usize) -> (usize, usize) {
        let before = work.left;
        let starts = (0..text.len()).step_by(step);
        let left = starts.filter(|&at| work.may_match(text.as_bytes(), at..text.len().min(at + reach))).count();
        (before - work.left, left)
    }

    #[test]
    fn starts_that_lead_nowhere_are_not_left_to_the_regex() {
        let rule = RULES.get("jwt").unwrap();
        let text = "eyJhbGci-".repeat(20_000);
        let mut work = Work::new(rule, text.len());
        let (read, left) = try_all(&mut work, &text, 9, 6000);
        assert!(left <= FREE / 6000 + 1, "{left} starts were left");
        // The first part of a token has 517 bytes at most.
        assert!(read <= text.len() / 9 * 520, "{read} bytes were read");
        assert!(!work.is_spent());
    }

    #[test]
    fn free_attempts_cost_nothing_and_then_the_account_runs_out() {
        let rule = RULES.get("jwt").unwrap();
        let mut work = Work::with(rule, 100, 50);
        let text = [b'.'; 100];
        assert!(work.may_match(&text, 0..7));
        work.matched(1000);
        assert!(!work.is_spent());
        assert!(!work.may_match(&text, 0..100));
        assert!(!work.may_match(&text, 0..7));
        work.matched(4);
        assert!(work.is_spent());
    }
}
