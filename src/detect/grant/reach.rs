//! Sets of names with wildcards: which holds which.

use std::fmt;

use super::logic;
use crate::order;

/// A set of names. In a pattern `*` stands for any text and `?` for one character.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// What one of the patterns matches.
    Only(Vec<String>),
    /// Everything else.
    AllBut(Vec<String>),
    /// Numbers in ranges: ports, addresses, amounts.
    Numbers(Vec<Span>),
    /// What passes tests that nobody here can evaluate. Only a test that surely lets more through is wider: where one was
    /// replaced by another, nothing shows which is.
    Passing(logic::Parts),
}

impl Reach {
    /// Everything.
    pub fn all() -> Self {
        Self::one("*")
    }

    /// What one pattern matches.
    pub fn one(pattern: impl Into<String>) -> Self {
        Self::Only(vec![pattern.into()])
    }

    /// What any of the patterns matches.
    pub fn of<S: Into<String>>(patterns: impl IntoIterator<Item = S>) -> Self {
        Self::Only(patterns.into_iter().map(Into::into).collect())
    }

    /// The set cut into parts that are judged one by one.
    pub(super) fn parts(&self) -> Vec<Self> {
        match self {
            Self::Only(patterns) => patterns.iter().map(Self::one).collect(),
            Self::AllBut(_) | Self::Passing(_) => vec![self.clone()],
            Self::Numbers(spans) => spans.iter().map(|span| Self::Numbers(vec![span.clone()])).collect(),
        }
    }

    /// True if every name in `other` is in here, as far as patterns tell: what it cannot see it denies.
    pub fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Only(own), Self::Only(other)) => other.iter().all(|o| own.iter().any(|p| pattern_holds(p, o))),
            (Self::AllBut(out), Self::Only(other)) => !other.iter().any(|o| out.iter().any(|p| patterns_meet(p, o))),
            (Self::AllBut(own), Self::AllBut(other)) => {
                own.iter().all(|out| other.iter().any(|p| pattern_holds(p, out)))
            }
            (Self::Passing(own), Self::Passing(other)) => !logic::is_looser(other, own),
            (Self::Passing(tests), _) => tests.is_empty(),
            (Self::Numbers(own), Self::Numbers(other)) => other.iter().all(|span| span.is_within(own)),
            (Self::Numbers(_), Self::Only(other)) => other.is_empty(),
            (_, Self::AllBut(_) | Self::Passing(_) | Self::Numbers(_)) => self.is_all(),
        }
    }

    /// True if some name is in both.
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Only(own), Self::Only(other)) => own.iter().any(|p| other.iter().any(|o| patterns_meet(p, o))),
            (Self::AllBut(out), Self::Only(some)) | (Self::Only(some), Self::AllBut(out)) => {
                some.iter().any(|s| !out.iter().any(|p| pattern_holds(p, s)))
            }
            (Self::Numbers(own), Self::Numbers(other)) => own.iter().any(|o| other.iter().any(|p| o.meets(p))),
            (Self::Numbers(_), Self::Only(some)) | (Self::Only(some), Self::Numbers(_)) => {
                some.iter().any(|pattern| is_all(pattern))
            }
            (Self::AllBut(_), _) | (_, Self::AllBut(_)) | (Self::Passing(_), _) | (_, Self::Passing(_)) => true,
        }
    }

    /// True if it holds every name.
    pub fn is_all(&self) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|p| is_all(p)),
            Self::AllBut(out) => out.is_empty(),
            Self::Passing(tests) => tests.is_empty(),
            Self::Numbers(_) => false,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only(patterns) => f.write_str(&patterns.join(", ")),
            Self::AllBut(out) if out.is_empty() => f.write_str("*"),
            Self::AllBut(out) => write!(f, "everything but {}", out.join(", ")),
            Self::Numbers(spans) => {
                f.write_str(&spans.iter().map(|span| span.shown.as_str()).collect::<Vec<_>>().join(", "))
            }
            Self::Passing(tests) => {
                let tests: Vec<String> = tests.iter().map(|any| any.join(" or ")).collect();
                f.write_str(&tests.join(" and "))
            }
        }
    }
}

/// A range of numbers of one kind, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// What the numbers are: only those of one kind compare. `*` is every kind.
    kind: String,
    low: u128,
    high: u128,
    /// What reports call it.
    shown: String,
}

impl Span {
    /// The numbers from `low` to `high`.
    pub fn new(kind: impl Into<String>, low: u128, high: u128, shown: impl Into<String>) -> Self {
        Self { kind: kind.into(), low, high, shown: shown.into() }
    }

    fn is_kind_of(&self, other: &Self) -> bool {
        self.kind == "*" || self.kind == other.kind
    }

    /// True if `spans` together have every number of this one.
    fn is_within(&self, spans: &[Self]) -> bool {
        let mut own: Vec<&Self> = spans.iter().filter(|span| span.is_kind_of(self)).collect();
        order::sort_by_key(&mut own, |span| span.low);
        let mut next = self.low;
        for span in own {
            if span.low > next {
                return false;
            }
            if span.high >= self.high {
                return true;
            }
            next = next.max(span.high.saturating_add(1));
        }
        false
    }

    fn meets(&self, other: &Self) -> bool {
        (self.is_kind_of(other) || other.is_kind_of(self)) && self.low <= other.high && other.low <= self.high
    }
}

/// True if the pattern matches more than itself.
pub(super) fn has_wildcard(pattern: &str) -> bool {
    pattern.bytes().any(|b| matches!(b, b'*' | b'?'))
}

/// What stands before the first wildcard.
pub(super) fn head(pattern: &str) -> &str {
    pattern.split(['*', '?']).next().unwrap_or_default()
}

fn is_all(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|b| b == b'*')
}

/// True if `pattern` matches everything that `other` matches. A wildcard of `other` is taken for a letter that only a
/// wildcard of `pattern` matches; that misses odd pairs such as `*?` and `?*`, and is never wrong about a yes.
pub(super) fn pattern_holds(pattern: &str, other: &str) -> bool {
    let (p, o) = (pattern.as_bytes(), other.as_bytes());
    let (mut i, mut j) = (0, 0);
    let mut back = None;
    while j < o.len() {
        match p.get(i) {
            Some(b'*') => {
                back = Some((i, j));
                i += 1;
            }
            Some(b'?') if o[j] != b'*' => (i, j) = (i + 1, j + 1),
            Some(&letter) if letter == o[j] && letter != b'?' => (i, j) = (i + 1, j + 1),
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    (i, j) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    p[i..].iter().all(|&b| b == b'*')
}

/// Longest patterns that are compared letter by letter; longer ones are taken to meet.
const LONGEST: usize = 2048;

/// True if some name matches both.
fn patterns_meet(one: &str, other: &str) -> bool {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    if !one.contains(['*', '?']) {
        return if other.contains(['*', '?']) { pattern_holds(other, one) } else { one == other };
    }
    if !ends_meet(a, b) {
        return false;
    }
    if a.len() > LONGEST || b.len() > LONGEST {
        return true;
    }
    // row[j]: the rest of `a` from i meets the rest of `b` from j.
    let mut below: Vec<bool> = (0..=b.len()).map(|j| b[j..].iter().all(|&c| c == b'*')).collect();
    for i in (0..a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        row[b.len()] = a[i] == b'*' && below[b.len()];
        for j in (0..b.len()).rev() {
            row[j] = match (a[i], b[j]) {
                (b'*', _) => below[j] || row[j + 1],
                (_, b'*') => row[j + 1] || below[j],
                (x, y) => (x == y || x == b'?' || y == b'?') && below[j + 1],
            };
        }
        below = row;
    }
    below[0]
}

/// False where what stands before the first wildcard of either, or behind the last, differs: most pairs end here.
fn ends_meet(a: &[u8], b: &[u8]) -> bool {
    let is_plain = |pair: &(&u8, &u8)| !matches!(pair.0, b'*' | b'?') && !matches!(pair.1, b'*' | b'?');
    let agree = |(one, other): (&u8, &u8)| one == other;
    a.iter().zip(b).take_while(is_plain).all(agree)
        && a.iter().rev().zip(b.iter().rev()).take_while(is_plain).all(agree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_hold_each_other_as_numbers_do() {
        let of = |kind: &str, spans: &[(u128, u128)]| {
            Reach::Numbers(spans.iter().map(|&(low, high)| Span::new(kind, low, high, "")).collect())
        };
        assert!(of("tcp", &[(1, 5), (6, 9)]).holds(&of("tcp", &[(2, 8)])));
        assert!(!of("tcp", &[(1, 5), (7, 9)]).holds(&of("tcp", &[(2, 8)])));
        assert!(!of("tcp", &[(1, 5)]).holds(&of("udp", &[(1, 5)])));
        assert!(of("*", &[(0, 9)]).holds(&of("udp", &[(1, 5)])));
        assert!(of("tcp", &[(1, 5)]).meets(&of("tcp", &[(5, 9)])));
        assert!(Reach::all().holds(&of("tcp", &[(1, 5)])) && !of("tcp", &[(1, 5)]).holds(&Reach::all()));
    }

    /// A name or pattern over few letters, so that they often agree.
    fn word() -> impl Strategy<Value = String> {
        "[ab*?]{0,6}"
    }

    fn matches(pattern: &str, name: &str) -> bool {
        pattern_holds(pattern, name)
    }

    proptest! {
        #[test]
        fn what_holds_a_pattern_holds_its_names(p in word(), o in word(), name in "[ab]{0,6}") {
            if pattern_holds(&p, &o) && matches(&o, &name) {
                prop_assert!(matches(&p, &name), "{p} {o} {name}");
            }
            if matches(&p, &name) && matches(&o, &name) {
                prop_assert!(patterns_meet(&p, &o), "{p} {o} {name}");
            }
        }

        #[test]
        fn reaches_agree_with_membership(a in reach(), b in reach(), name in "[ab]{0,4}") {
            let is_in = |reach: &Reach| reach.holds(&Reach::one(name.clone()));
            if a.holds(&b) && is_in(&b) {
                prop_assert!(is_in(&a), "{a} {b} {name}");
            }
            if is_in(&a) && is_in(&b) {
                prop_assert!(a.meets(&b), "{a} {b} {name}");
            }
        }

        #[test]
        fn holding_is_transitive_and_everything_holds_itself(a in reach(), b in reach(), c in reach()) {
            prop_assert!(a.holds(&a));
            if a.holds(&b) && b.holds(&c) {
                prop_assert!(a.holds(&c), "{a} {b} {c}");
            }
        }
    }

    fn reach() -> impl Strategy<Value = Reach> {
        let words = proptest::collection::vec(word(), 1..3);
        (any::<bool>(), words).prop_map(|(only, words)| if only { Reach::Only(words) } else { Reach::AllBut(words) })
    }
}
