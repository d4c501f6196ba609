//! Sets of bytes, and what can stand right beside a literal.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A set of byte values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// No byte.
    pub const NONE: Self = Self([0; 4]);
    /// Every byte.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// True if `byte` is in the set.
    pub fn holds(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// The set of these.
    pub fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::default();
        bytes.into_iter().for_each(|byte| set.0[usize::from(byte >> 6)] |= 1 << (byte & 63));
        set
    }

    /// What either allows.
    pub fn join(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    /// What both hold.
    pub fn meet(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// Those of the set that `keep` says.
    pub fn filter(self, keep: impl Fn(u8) -> bool) -> Self {
        self.meet(Self::of((0..=u8::MAX).filter(|b| keep(*b))))
    }
}

/// A set of bytes, told in one word: bytes that differ in bit 5 or bit 7 only, such as the cases of a letter, are one to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Folded(u64);

impl Folded {
    /// No byte.
    pub(super) const NONE: Self = Self(0);
    /// Every byte.
    pub(super) const ALL: Self = Self(u64::MAX);

    /// The smallest such set that holds all of `set`.
    pub(super) fn of(set: ByteSet) -> Self {
        let [a, b, c, d] = set.0.map(|word| (word | word >> 32) & u64::from(u32::MAX));
        Self(a | c | (b | d) << 32)
    }

    /// The set of one byte.
    #[inline(always)]
    pub(super) fn one(byte: u8) -> Self {
        Self(1 << Self::place(byte))
    }

    /// True if the sets have a byte in common, as far as can be told.
    #[inline(always)]
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What either holds.
    pub(super) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    fn place(byte: u8) -> u8 {
        byte & 31 | byte >> 1 & 32
    }
}

/// The bytes that can stand right beside a literal. At either end of a text there is no such byte, which is always allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Beside {
    /// Before its first byte.
    pub before: ByteSet,
    /// After its last byte.
    pub next: ByteSet,
    /// What the text must go on with.
    pub run: Run,
}

/// Bytes that are all of one set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Run {
    /// The set.
    pub set: ByteSet,
    /// How many bytes, at least.
    pub least: u8,
}

impl Run {
    /// The longest that is looked at: chance seldom goes further.
    pub const LONGEST: u8 = 16;

    fn join(self, other: Self) -> Self {
        Self { set: self.set.join(other.set), least: self.least.min(other.least) }
    }

    fn begins(&self, text: &[u8]) -> bool {
        text.get(..usize::from(self.least)).is_some_and(|run| run.iter().all(|b| self.set.holds(*b)))
    }
}

impl Beside {
    /// Whatever stands there.
    pub const ANYTHING: Self =
        Self { before: ByteSet::ALL, next: ByteSet::ALL, run: Run { set: ByteSet::NONE, least: 0 } };

    /// True if a literal that stands at `span` has the right neighbours.
    pub fn allows(&self, text: &[u8], span: Range<usize>) -> bool {
        let before = span.start.checked_sub(1).and_then(|at| text.get(at));
        let after = text.get(span.end..).unwrap_or_default();
        before.is_none_or(|b| self.before.holds(*b))
            && after.first().is_none_or(|b| self.next.holds(*b))
            && self.run.begins(after)
    }

    /// What either allows.
    pub fn join(self, other: Self) -> Self {
        Self { before: self.before.join(other.before), next: self.next.join(other.next), run: self.run.join(other.run) }
    }
}

/// True for what a regex counts as part of a word.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_set_holds_what_it_was_made_of() {
        for set in [ByteSet::NONE, ByteSet::of(*b"aZ_0\xC3\n"), ByteSet::ALL.filter(is_word), ByteSet::ALL] {
            let alike = |byte: u8| [0, 0x20, 0x80, 0xA0].into_iter().any(|bits| set.holds(byte ^ bits));
            assert!((0..=u8::MAX).all(|byte| Folded::of(set).meets(Folded::one(byte)) == alike(byte)));
        }
        assert!((0..=u8::MAX).all(|byte| Folded::one(byte) == Folded::of(ByteSet::of([byte]))));
    }
}
