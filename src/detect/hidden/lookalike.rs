//! Names that mix scripts so that they look like others: identifiers, hosts and file names.

use super::View;
use super::audience::Audience;
use super::found::{Found, Glyph, Grade, glyphs};
use super::points;
use crate::rule::Hidden;

/// Shortest name in quotes that is taken for one.
const SHORTEST_QUOTED: usize = 4;
/// Latin letters round a Greek one that make it no symbol.
const ROUND_GREEK: usize = 4;
/// Characters of a host that are read on either side.
const LONGEST_HOST: usize = 250;

/// What looks like one ASCII letter or digit, packed by `build.rs` from the Unicode consortium's list of confusables:
/// three bytes for the character, the lowest first and in ascending order, and one for what it looks like.
const CONFUSABLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/confusables.bin"));

/// A run of letters, digits and `_`.
struct Word<'g> {
    glyphs: &'g [Glyph],
}

/// The names on a line, or a part of one, that look like others. `code` is the same without comments, and empty where no
/// code stands.
pub(super) fn found(bytes: &[u8], code: &[u8], start: usize, view: &View<'_>) -> Vec<Found> {
    let audience = view.case.audience;
    if !matches!(audience, Audience::Code | Audience::Agent | Audience::Data | Audience::Prose | Audience::Test) {
        return Vec::new();
    }
    let all = glyphs(bytes, start);
    if !all.iter().any(|glyph| may_look_alike(glyph.c)) {
        return Vec::new();
    }
    let is_word = |glyph: &Glyph| glyph.c.is_alphanumeric() || glyph.c == '_';
    let is_foreign = all.split(|glyph| !is_word(glyph)).any(|glyphs| Word { glyphs }.is_foreign());
    let mut quotes = Quotes::default();
    let mut out = Vec::new();
    for (at, glyphs) in runs(&all, is_word) {
        let word = Word { glyphs };
        let offset = glyphs[0].at - start;
        let is_code = code.get(offset) == bytes.get(offset);
        let grade = if is_host(&all, at, at + glyphs.len()) && word.is_mixed() {
            Some(Grade::Strong)
        } else if !is_code {
            None
        } else if quotes.is_open(bytes, offset) {
            let is_name = !is_foreign && word.is_mixed() && word.glyphs.len() >= SHORTEST_QUOTED;
            (is_name && word.is_mostly_latin()).then_some(Grade::Plain)
        } else {
            word.grade(view)
        };
        let severity = grade.and_then(|grade| Some((grade, audience.weigh(Hidden::Lookalike, grade)?)));
        out.extend(severity.map(|(grade, severity)| word.found(grade, severity)));
    }
    out
}

/// A name of a file that mixes scripts.
pub(super) fn in_name(name: &[u8], audience: Audience) -> Vec<Found> {
    let all = glyphs(name, 0);
    let words = runs(&all, |glyph| glyph.c.is_alphanumeric());
    let mixed = words.into_iter().map(|(_, glyphs)| Word { glyphs }).filter(Word::is_mixed);
    mixed
        .filter_map(|word| Some(word.found(Grade::Strong, audience.weigh(Hidden::Lookalike, Grade::Strong)?)))
        .collect()
}

/// True if an odd number of quotes stands before `at` on its line.
pub(super) fn is_quoted(bytes: &[u8], at: usize) -> bool {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
    Quotes::default().is_open(&bytes[start..], at - start)
}

/// Which quote is open, as far as a line was read.
#[derive(Default)]
struct Quotes {
    at: usize,
    open: Option<u8>,
    is_escaped: bool,
}

impl Quotes {
    /// True if a quote is open before `at`, which never goes back.
    fn is_open(&mut self, line: &[u8], at: usize) -> bool {
        for b in &line[self.at..at] {
            match b {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' | b'\'' | b'`' if self.open.is_none() => self.open = Some(*b),
                _ if self.open == Some(*b) => self.open = None,
                _ => {}
            }
        }
        self.at = at;
        self.open.is_some()
    }
}

/// Each longest run of glyphs that are `such`, with its place.
fn runs(all: &[Glyph], such: impl Fn(&Glyph) -> bool) -> Vec<(usize, &[Glyph])> {
    let mut out = Vec::new();
    let mut at = 0;
    for run in all.chunk_by(|a, b| such(a) == such(b)) {
        if such(&run[0]) {
            out.push((at, run));
        }
        at += run.len();
    }
    out
}

/// True if the word at `from..to` is a part of a host: another name follows after a dot, or an address begins before.
fn is_host(all: &[Glyph], from: usize, to: usize) -> bool {
    let is_part = |glyph: &&Glyph| glyph.c.is_alphanumeric() || matches!(glyph.c, '.' | '-' | '_');
    let before: String = all[..from].iter().rev().take(LONGEST_HOST).take_while(is_part).map(|glyph| glyph.c).collect();
    let after: String = all[to..].iter().take(LONGEST_HOST).take_while(is_part).map(|glyph| glyph.c).collect();
    let first = from - before.chars().count();
    let is_address = all[..first].iter().rev().take(3).map(|glyph| glyph.c).eq("//:".chars());
    let last = after.rsplit('.').next().unwrap_or_default();
    const ENDINGS: [&str; 14] =
        ["com", "org", "net", "io", "dev", "app", "co", "ai", "cloud", "sh", "me", "info", "xyz", "gov"];
    is_address || (after.contains('.') && ENDINGS.contains(&last))
}

/// True for letters of other scripts than Latin that can look like Latin ones.
fn may_look_alike(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{58F}' | '\u{10A0}'..='\u{10FF}' | '\u{13A0}'..='\u{13FF}' | '\u{1F00}'..='\u{1FFF}'
        | '\u{2C80}'..='\u{2CFF}' | '\u{A4D0}'..='\u{A4FF}' | '\u{A640}'..='\u{A69F}' | '\u{AB70}'..='\u{ABBF}')
        || is_other_form(c)
}

/// Latin letters in another form, which some languages take for the plain ones.
fn is_other_form(c: char) -> bool {
    matches!(c, '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{1D400}'..='\u{1D7FF}')
}

fn is_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}')
}

/// The ASCII letter that `c` looks like.
fn latin(c: char) -> Option<char> {
    if !may_look_alike(c) || !c.is_alphabetic() {
        return None;
    }
    if c == 'к' {
        return Some('k');
    }
    let (entries, _) = CONFUSABLES.as_chunks::<4>();
    let at = entries.binary_search_by_key(&u32::from(c), |&[a, b, c, _]| u32::from_le_bytes([a, b, c, 0])).ok()?;
    Some(char::from(entries[at][3]))
}

impl Word<'_> {
    fn latin(&self) -> usize {
        self.glyphs.iter().filter(|glyph| glyph.c.is_ascii_alphabetic()).count()
    }

    /// True for a word of another script alone.
    fn is_foreign(&self) -> bool {
        self.glyphs.len() > 1 && self.latin() == 0 && self.glyphs.iter().all(|glyph| may_look_alike(glyph.c))
    }

    fn is_mostly_latin(&self) -> bool {
        self.latin() * 2 > self.glyphs.len()
    }

    /// True if a part of the name mixes Latin letters with others that all look like Latin ones.
    fn is_mixed(&self) -> bool {
        self.glyphs.split(|glyph| !glyph.c.is_alphabetic()).any(|part| {
            let others = || part.iter().filter(|glyph| !glyph.c.is_ascii());
            let count = others().count();
            let latins = part.len() - count;
            count > 0
                && latins > 0
                && others().all(|glyph| latin(glyph.c).is_some() && !is_other_form(glyph.c))
                && (!others().all(|glyph| is_greek(glyph.c)) || is_within(part, latins))
        })
    }

    fn grade(&self, view: &View<'_>) -> Option<Grade> {
        if self.is_mixed() {
            return Some(Grade::Strong);
        }
        let is_python = view.case.path.ends_with(".py") || view.case.path.ends_with(".pyi");
        if is_python && self.glyphs.iter().any(|glyph| is_other_form(glyph.c)) {
            return Some(Grade::Plain);
        }
        // A name of another script alone, beside the same in Latin letters.
        let is_alike = |glyph: &Glyph| glyph.c.is_ascii() || (latin(glyph.c).is_some() && !is_greek(glyph.c));
        let has_other = self.glyphs.iter().any(|glyph| !glyph.c.is_ascii() && !is_other_form(glyph.c));
        if !has_other || !self.glyphs.iter().all(is_alike) {
            return None;
        }
        let twin: String = self.glyphs.iter().map(|glyph| latin(glyph.c).unwrap_or(glyph.c)).collect();
        view.has_word(&twin).then_some(Grade::Strong)
    }

    fn found(&self, grade: Grade, severity: crate::finding::Severity) -> Found {
        let odd: Vec<Glyph> = self.glyphs.iter().filter(|glyph| !glyph.c.is_ascii()).copied().collect();
        let points: Vec<char> = odd.iter().map(|glyph| glyph.c).collect();
        let alike: String = self.glyphs.iter().map(|glyph| latin(glyph.c).unwrap_or(glyph.c)).collect();
        let like = if alike.is_ascii() { format!(" in a name that looks like `{alike}`") } else { String::new() };
        Found {
            what: Hidden::Lookalike,
            grade,
            severity,
            places: odd.iter().filter_map(|glyph| points::shown(&[*glyph])).collect(),
            said: points::said(&points) + &like,
            key: self.glyphs.iter().map(|glyph| glyph.c).collect(),
        }
    }
}

/// True if the Greek letters of `part` are no symbols: they stand within a word of Latin letters.
fn is_within(part: &[Glyph], latins: usize) -> bool {
    let is_end = |glyph: Option<&Glyph>| glyph.is_none_or(|glyph| is_greek(glyph.c));
    latins >= ROUND_GREEK && part.len() - latins <= 2 && !is_end(part.first()) && !is_end(part.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_mixed(text: &str) -> bool {
        Word { glyphs: &glyphs(text.as_bytes(), 0) }.is_mixed()
    }

    #[test]
    fn mixed_names_are_told_from_other_languages_and_symbols() {
        for name in ["pаssword", "usеr_id", "аdmin", "pοssword", "ѕudo", "isАdmin"] {
            assert!(is_mixed(name), "{name}");
        }
        for name in [
            "password",
            "пароль",
            "getИмя",
            "имя_user",
            "Δx",
            "μs",
            "σ_max",
            "αβ",
            "ρ0",
            "café",
            "naïve",
            "dθ",
            "日本a",
        ] {
            assert!(!is_mixed(name), "{name}");
        }
    }

    #[test]
    fn quotes_are_counted() {
        assert!(is_quoted(b"x = \"abc", 6));
        assert!(!is_quoted(b"x = \"a\" + b", 10));
        assert!(is_quoted(b"x = 'a\\'b", 8));
    }
}
