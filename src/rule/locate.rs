//! Finds in a pattern where its literal must stand, and proves that no match lacks it.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

/// Most strings that a run of literals and small classes may stand for before it counts as no literal.
const MOST_STRINGS: usize = 256;
/// Most repeats that are written out as a string.
const MOST_REPEATS: u32 = 64;
/// Largest class that counts as a few literal bytes.
const LARGEST_CLASS: usize = 16;

/// A set of byte values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// Every byte.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// True if `byte` is in the set.
    pub fn holds(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::default();
        bytes.into_iter().for_each(|byte| set.0[usize::from(byte >> 6)] |= 1 << (byte & 63));
        set
    }

    fn join(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }
}

/// Where a literal stands in every match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Fewest bytes before it.
    pub min: usize,
    /// Most bytes before it.
    pub max: usize,
    /// Bytes that can follow it.
    pub next: ByteSet,
}

impl Located {
    fn join(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max), next: self.next.join(other.next) }
    }
}

/// Where one of `literals` stands in every match of `hir`; `None` if a match may lack them all, or if the bytes before
/// are without bound. With `fold`, letters count in either case.
pub fn locate(hir: &Hir, literals: &[String], fold: bool) -> Option<Located> {
    let literals: Vec<Vec<u8>> = literals.iter().map(|l| folded(l.as_bytes(), fold)).collect();
    Search { literals: &literals, fold }.locate(hir, ByteSet::ALL)
}

fn folded(bytes: &[u8], fold: bool) -> Vec<u8> {
    if fold { bytes.to_ascii_lowercase() } else { bytes.to_vec() }
}

struct Search<'a> {
    literals: &'a [Vec<u8>],
    fold: bool,
}

impl Search<'_> {
    /// `follow` is what can come after `hir`.
    fn locate(&self, hir: &Hir, follow: ByteSet) -> Option<Located> {
        match hir.kind() {
            HirKind::Capture(capture) => self.locate(&capture.sub, follow),
            HirKind::Alternation(branches) => {
                let each = branches.iter().map(|branch| self.locate(branch, follow));
                each.reduce(|a, b| Some(a?.join(b?))).flatten()
            }
            HirKind::Repetition(repetition) if repetition.min >= 1 => {
                self.locate(&repetition.sub, first(&repetition.sub).0.join(follow))
            }
            HirKind::Concat(parts) => self.locate_in_parts(parts, follow),
            _ => self.locate_in_strings(&self.strings(hir)?, follow),
        }
    }

    fn locate_in_parts(&self, parts: &[Hir], follow: ByteSet) -> Option<Located> {
        let (mut min, mut max) = (0, 0);
        for (i, part) in parts.iter().enumerate() {
            let (run, strings) = self.run(&parts[i..]);
            let here = self
                .locate(part, first_of(&parts[i + 1..], follow))
                .or_else(|| self.locate_in_strings(&strings, first_of(&parts[i + run..], follow)));
            if let Some(here) = here {
                return Some(Located { min: here.min + min, max: here.max + max, next: here.next });
            }
            min += part.properties().minimum_len()?;
            max += part.properties().maximum_len()?;
        }
        None
    }

    /// The longest exact run at the start of `parts`: how many parts, and the strings they stand for.
    fn run(&self, parts: &[Hir]) -> (usize, Vec<Vec<u8>>) {
        let mut strings = vec![Vec::new()];
        for (i, part) in parts.iter().enumerate() {
            match self.strings(part).and_then(|next| cross(&strings, &next)) {
                Some(longer) => strings = longer,
                None => return (i, strings),
            }
        }
        (parts.len(), strings)
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
            HirKind::Repetition(r) if r.max == Some(r.min) && r.min <= MOST_REPEATS => {
                let one = self.strings(&r.sub)?;
                (0..r.min).try_fold(vec![Vec::new()], |strings, _| cross(&strings, &one))
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
        (bytes.len() <= LARGEST_CLASS).then(|| bytes.into_iter().map(|b| vec![b]).collect())
    }

    fn locate_in_strings(&self, strings: &[Vec<u8>], follow: ByteSet) -> Option<Located> {
        let first = |string: &Vec<u8>| {
            let found = self.literals.iter().filter_map(|l| Some((find(string, l)?, l.len())));
            let (at, len) = found.min()?;
            let next = string.get(at + len).map_or(follow, |byte| ByteSet::of([*byte]));
            Some(Located { min: at, max: at, next })
        };
        strings.iter().map(first).reduce(|a, b| Some(a?.join(b?))).flatten()
    }
}

/// The bytes that a match of `hir` can begin with, and whether it can be empty.
fn first(hir: &Hir) -> (ByteSet, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (ByteSet::default(), true),
        HirKind::Literal(literal) => (ByteSet::of(literal.0.first().copied()), false),
        HirKind::Class(Class::Bytes(class)) => (ByteSet::of(class.iter().flat_map(|r| r.start()..=r.end())), false),
        HirKind::Class(Class::Unicode(_)) => (ByteSet::ALL, false),
        HirKind::Capture(capture) => first(&capture.sub),
        HirKind::Repetition(repetition) => {
            let (set, empty) = first(&repetition.sub);
            (set, empty || repetition.min == 0)
        }
        HirKind::Concat(parts) => {
            let needed = parts.iter().position(|part| !first(part).1);
            let leading = &parts[..needed.map_or(parts.len(), |i| i + 1)];
            let set = leading.iter().fold(ByteSet::default(), |set, part| set.join(first(part).0));
            (set, needed.is_none())
        }
        HirKind::Alternation(branches) => {
            branches.iter().map(first).fold((ByteSet::default(), false), |a, b| (a.0.join(b.0), a.1 || b.1))
        }
    }
}

/// The bytes that `parts`, followed by `follow`, can begin with.
fn first_of(parts: &[Hir], follow: ByteSet) -> ByteSet {
    let mut set = ByteSet::default();
    for part in parts {
        let (first, empty) = first(part);
        set = set.join(first);
        if !empty {
            return set;
        }
    }
    set.join(follow)
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

    fn find(pattern: &str, literals: &[&str], fold: bool) -> Option<(usize, usize)> {
        whole(pattern, literals, fold).map(|l| (l.min, l.max))
    }

    fn whole(pattern: &str, literals: &[&str], fold: bool) -> Option<Located> {
        let literals: Vec<String> = literals.iter().map(|l| (*l).to_owned()).collect();
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).unwrap();
        locate(&hir, &literals, fold)
    }

    #[test]
    fn a_literal_is_located_where_the_pattern_puts_it() {
        assert_eq!(find(r"\b(?P<secret>ghp_[0-9A-Za-z]{36})\b", &["ghp_"], false), Some((0, 0)));
        assert_eq!(find(r"\bgh[pousr]_[a-z]{3}", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], false), Some((0, 0)));
        assert_eq!(find(r"[0-9]{8,10}(?P<secret>:AA\w+)", &[":AA"], false), Some((8, 10)));
        assert_eq!(find(r"(?:ab|xyz)key=", &["key"], false), Some((2, 3)));
        assert_eq!(find(r"(?i)api_key", &["api_key"], true), Some((0, 0)));
        assert_eq!(find(r"(?:KEY-[a-z]+|[a-z]{2}-KEY-)", &["KEY-"], false), Some((0, 3)));
        assert_eq!(find(r"[xy]{100}KEY-", &["KEY-"], false), Some((100, 100)));
    }

    #[test]
    fn a_literal_that_a_match_may_lack_is_refused() {
        assert_eq!(find(r"(?:ghp_)?[a-z]{30}", &["ghp_"], false), None);
        assert_eq!(find(r"gh[po]_[a-z]{3}", &["ghp_"], false), None);
        assert_eq!(find(r"(?i)api_key", &["api_key"], false), None);
        assert_eq!(find(r"[a-z]*key=", &["key="], false), None, "unbounded before the literal");
    }

    #[test]
    fn what_can_follow_a_literal_is_known() {
        let next = |pattern, literal: &str| {
            let next = whole(pattern, &[literal], false).unwrap().next;
            (0..=u8::MAX).filter(|b| next.holds(*b)).map(char::from).collect::<String>()
        };
        assert_eq!(next(r"(?P<secret>pat[0-3]{4})", "pat"), "0123");
        assert_eq!(next(r"pat(?:-x)?[ab]*c", "pat"), "-abc");
        assert_eq!(next(r"(?:pat|spat)[0-1]", "pat"), "01");
        assert_eq!(next(r"patch", "pat"), "c");
        assert_eq!(next(r"(?:pat|xpat_)[0-1]", "pat"), "01_");
        assert_eq!(whole(r"pat", &["pat"], false).unwrap().next, ByteSet::ALL);
    }
}
