//! Finds in a pattern where its literal must stand, and proves that no match lacks it.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind, Look};

use super::beside::{Beside, ByteSet, Run, is_word};

/// Most strings that a run of literals and small classes may stand for before it counts as no literal.
const MOST_STRINGS: usize = 256;
/// Most repeats that are written out as a string.
const MOST_REPEATS: u32 = 64;
/// Largest class that counts as a few literal bytes.
const LARGEST_CLASS: usize = 16;

/// Where a literal stands in every match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Fewest bytes before it.
    pub min: usize,
    /// Most bytes before it.
    pub max: usize,
    /// What can stand beside it.
    pub beside: Beside,
}

impl Located {
    fn join(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max), beside: self.beside.join(other.beside) }
    }
}

/// Where one of `literals` stands in every match of `hir`; `None` if a match may lack them all, or if the bytes before
/// are without bound. With `fold`, letters count in either case.
pub fn locate(hir: &Hir, literals: &[String], fold: bool) -> Option<Located> {
    let literals: Vec<Vec<u8>> = literals.iter().map(|l| folded(l.as_bytes(), fold)).collect();
    Search { literals: &literals, fold }.locate(hir, Around { beside: Beside::ANYTHING, boundary: false })
}

fn folded(bytes: &[u8], fold: bool) -> Vec<u8> {
    if fold { bytes.to_ascii_lowercase() } else { bytes.to_vec() }
}

/// What stands round a part of a pattern.
#[derive(Clone, Copy)]
struct Around {
    beside: Beside,
    /// True if the part begins at a word boundary.
    boundary: bool,
}

impl Around {
    /// What can stand before `byte`, if the part begins with it.
    fn before(&self, byte: Option<&u8>) -> ByteSet {
        match byte.map(|b| is_word(*b)).filter(|_| self.boundary) {
            Some(word) => self.beside.before.filter(|b| is_word(b) != word),
            None => self.beside.before,
        }
    }

    /// What stands round the parts from `from` to `to`, if this stands round them all.
    fn of_parts(self, parts: &[Hir], from: usize, to: usize) -> Self {
        let asserts = |part: &&Hir| matches!(part.kind(), HirKind::Look(_));
        // What the parts assert before their first byte is said of what stands before them.
        let from = from + parts[from..to].iter().take_while(asserts).count();
        let assertions = parts[..from].iter().rev().take_while(asserts).count();
        let before = last_of(&parts[..from], self.beside.before);
        let next = first_of(&parts[to..], self.beside.next);
        let boundary = parts[from - assertions..from].iter().any(is_boundary) || assertions == from && self.boundary;
        let run = parts.get(to).map_or(self.beside.run, run_of);
        Self { beside: Beside { before, next, run }, boundary }
    }
}

struct Search<'a> {
    literals: &'a [Vec<u8>],
    fold: bool,
}

impl Search<'_> {
    fn locate(&self, hir: &Hir, around: Around) -> Option<Located> {
        match hir.kind() {
            HirKind::Capture(capture) => self.locate(&capture.sub, around),
            HirKind::Alternation(branches) => {
                let each = branches.iter().map(|branch| self.locate(branch, around));
                each.reduce(|a, b| Some(a?.join(b?))).flatten()
            }
            // The first time round counts: what stands before it is the same, what comes after it may be another.
            HirKind::Repetition(repetition) if repetition.min >= 1 => {
                let next = first(&repetition.sub).0.join(around.beside.next);
                self.locate(
                    &repetition.sub,
                    Around { beside: Beside { next, run: Run::default(), ..around.beside }, ..around },
                )
            }
            HirKind::Concat(parts) => self.locate_in_parts(parts, around),
            _ => self.locate_in_strings(&self.strings(hir)?, around),
        }
    }

    fn locate_in_parts(&self, parts: &[Hir], around: Around) -> Option<Located> {
        let (mut min, mut max) = (0, 0);
        for (i, part) in parts.iter().enumerate() {
            let (run, strings) = self.run(&parts[i..]);
            let here = self
                .locate(part, around.of_parts(parts, i, i + 1))
                .or_else(|| self.locate_in_strings(&strings, around.of_parts(parts, i, i + run)));
            if let Some(here) = here {
                return Some(Located { min: here.min + min, max: here.max + max, ..here });
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

    fn locate_in_strings(&self, strings: &[Vec<u8>], around: Around) -> Option<Located> {
        let first = |string: &Vec<u8>| {
            let found = self.literals.iter().filter_map(|l| Some((find(string, l)?, l.len())));
            let (at, len) = found.min()?;
            let before =
                at.checked_sub(1).map_or_else(|| around.before(string.first()), |i| self.either_case(string[i]));
            let (next, run) = match string.get(at + len) {
                Some(byte) => (self.either_case(*byte), Run::default()),
                None => (around.beside.next, around.beside.run),
            };
            Some(Located { min: at, max: at, beside: Beside { before, next, run } })
        };
        strings.iter().map(first).reduce(|a, b| Some(a?.join(b?))).flatten()
    }

    fn either_case(&self, byte: u8) -> ByteSet {
        if self.fold { ByteSet::of([byte, byte.to_ascii_uppercase()]) } else { ByteSet::of([byte]) }
    }
}

fn is_boundary(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Look(Look::WordAscii | Look::WordStartAscii))
}

/// The bytes that a match of `hir` can begin with, and whether it can be empty.
fn first(hir: &Hir) -> (ByteSet, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (ByteSet::default(), true),
        HirKind::Literal(literal) => (ByteSet::of(literal.0.first().copied()), false),
        HirKind::Class(Class::Bytes(class)) => (ByteSet::of(class.iter().flat_map(|r| r.start()..=r.end())), false),
        HirKind::Class(Class::Unicode(class)) => {
            // One of several letters is such a class, too, even where bytes are matched.
            let chars = |r: &ClassUnicodeRange| (r.start()..=r.end()).filter_map(|c| u8::try_from(c).ok());
            let set = if class.is_ascii() { ByteSet::of(class.iter().flat_map(chars)) } else { ByteSet::ALL };
            (set, false)
        }
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

/// The run of bytes that every match of `hir` begins with, if it is so many of one class.
fn run_of(hir: &Hir) -> Run {
    match hir.kind() {
        HirKind::Capture(capture) => run_of(&capture.sub),
        HirKind::Concat(parts) => parts.first().map(run_of).unwrap_or_default(),
        HirKind::Repetition(repetition) if matches!(repetition.sub.kind(), HirKind::Class(_)) => {
            let least = u8::try_from(repetition.min).map_or(Run::LONGEST, |min| min.min(Run::LONGEST));
            Run { set: first(&repetition.sub).0, least }
        }
        _ => Run::default(),
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

/// The bytes that a match of `hir` can end with, and whether what stands before `hir` shows through.
fn last(hir: &Hir) -> (ByteSet, bool) {
    match hir.kind() {
        HirKind::Look(Look::Start) => (ByteSet::default(), false),
        HirKind::Look(Look::StartLF) => (ByteSet::of([b'\n']), false),
        HirKind::Empty | HirKind::Look(_) => (ByteSet::default(), true),
        HirKind::Literal(literal) => (ByteSet::of(literal.0.last().copied()), false),
        HirKind::Class(_) => first(hir),
        HirKind::Capture(capture) => last(&capture.sub),
        HirKind::Repetition(repetition) => {
            let (set, empty) = last(&repetition.sub);
            (set, empty || repetition.min == 0)
        }
        HirKind::Concat(parts) => {
            let needed = parts.iter().rposition(|part| !last(part).1);
            let trailing = &parts[needed.unwrap_or(0)..];
            let set = trailing.iter().fold(ByteSet::default(), |set, part| set.join(last(part).0));
            (set, needed.is_none())
        }
        HirKind::Alternation(branches) => {
            branches.iter().map(last).fold((ByteSet::default(), false), |a, b| (a.0.join(b.0), a.1 || b.1))
        }
    }
}

/// The bytes that `lead`, followed by `parts`, can end with.
fn last_of(parts: &[Hir], lead: ByteSet) -> ByteSet {
    let mut set = ByteSet::default();
    for part in parts.iter().rev() {
        let (last, empty) = last(part);
        set = set.join(last);
        if !empty {
            return set;
        }
    }
    set.join(lead)
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
            let next = whole(pattern, &[literal], false).unwrap().beside.next;
            (0..=u8::MAX).filter(|b| next.holds(*b)).map(char::from).collect::<String>()
        };
        assert_eq!(next(r"(?P<secret>pat[0-3]{4})", "pat"), "0123");
        assert_eq!(next(r"pat(?:-x)?[ab]*c", "pat"), "-abc");
        assert_eq!(next(r"(?:pat|spat)[0-1]", "pat"), "01");
        assert_eq!(next(r"patch", "pat"), "c");
        assert_eq!(next(r"(?:pat|xpat_)[0-1]", "pat"), "01_");
        assert_eq!(whole(r"pat", &["pat"], false).unwrap().beside, Beside::ANYTHING);
        let folded = whole(r"(?i)patch", &["pat"], true).unwrap().beside.next;
        assert!(folded.holds(b'c') && folded.holds(b'C'));
    }

    #[test]
    fn the_run_after_a_literal_is_known() {
        let run = |pattern| {
            let run = whole(pattern, &["pat"], false).unwrap().beside.run;
            (run.least, (0..=u8::MAX).filter(|b| run.set.holds(*b)).map(char::from).collect::<String>())
        };
        assert_eq!(run(r"(?P<secret>pat[0-3]{4,})x"), (4, "0123".into()));
        assert_eq!(run(r"(?P<secret>pat)[ab]{40}"), (16, "ab".into()));
        assert_eq!(run(r"pat(?P<secret>[ab]{5}-[cd]{5})"), (5, "ab".into()));
        assert_eq!(run(r"(?:pat[0-1]{2}|spat[23]{3})x"), (2, "0123".into()));
        for none in [r"pat", r"pat(?:x)?[ab]{9}", r"pat[ab]*", r"patch[ab]{9}", r"(?:pat[ab]{9}|pat)", r"pat\b[ab]{9}"]
        {
            assert_eq!(run(none).0, 0, "{none}");
        }
    }

    #[test]
    fn what_can_stand_before_a_literal_is_known() {
        let before = |pattern, literal: &str| {
            let before = whole(pattern, &[literal], false).unwrap().beside.before;
            (0..0x7F).filter(|b| before.holds(*b)).map(char::from).collect::<String>()
        };
        assert_eq!(before(r"[0-3](?P<secret>pat)", "pat"), "0123");
        assert_eq!(before(r"(?:^|[^ -~\x00-\x1F])(?P<secret>pat)", "pat"), "");
        assert_eq!(before(r"(?m:^)pat", "pat"), "\n");
        assert_eq!(before(r"spat", "pat"), "s");
        assert_eq!(before(r"(?:a|b)?[xy]{2,4}pat", "pat"), "xy");
        assert_eq!(before(r"x(?:a|b)?pat", "pat"), "abx");
        let word = |set: &str| set.bytes().filter(|b| is_word(*b)).count();
        for bounded in [r"\bpat", r"\b(?P<secret>pat)", r"(?P<secret>\bpat)", r"\b(?:pat|patch)", r"\b(?:pat){2}"] {
            assert_eq!((word(&before(bounded, "pat")), before(bounded, "pat").len()), (0, 64), "{bounded}");
        }
        assert_eq!(before(r"\b-pat", "-pat").len(), 63, "before a `-`, a boundary is a word");
        for loose in ["pat", r"\b(?:x|y)?pat", r"\B-pat|pat", r"(?:\b|-)pat"] {
            assert_ne!(word(&before(loose, "pat")), 0, "{loose}");
        }
    }
}
