//! A changed file read once: its code without comments, the phrases on its changed lines, its imports.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::detect::code::hunk::Hunk;
use crate::detect::code::syntax::{Indents, Plain, Syntax};
use crate::detect::shown::sides;
use crate::finding::Side;
use crate::order;
use crate::rule::words::words;
use crate::rule::{Areas, Ecosystem, Phrase, Weight};
use crate::text::Text;
use crate::unit::{Change, Unit};

/// Changed lines of one side in which phrases are looked for.
const MOST_LINES: usize = 4_000;
/// Lines at the start of a file in which its imports stand.
const HEAD: usize = 200;
/// Lines above a change in which the function is looked for that holds it.
const ABOVE: usize = 120;

/// What a run of changed lines changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Substance {
    /// Comments, white space, the order of imports.
    Nothing,
    /// Imports.
    Imports,
    /// Versions.
    Bump,
    /// Code.
    Code,
}

/// A phrase on a changed line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) phrase: &'a Phrase,
    pub(super) side: Side,
    pub(super) line: usize,
}

/// One side without comments.
struct Half<'a> {
    text: &'a Text<'a>,
    plain: Plain,
}

/// Both sides, read.
pub(super) struct Reading<'a> {
    old: Option<Half<'a>>,
    new: Option<Half<'a>>,
    syntax: Syntax,
    pub(super) said: Vec<Said<'a>>,
    /// Packages that the file imports, by area.
    pub(super) imports: Vec<(usize, String)>,
    /// Packages whose import comes or goes, with the side and the line.
    pub(super) changed_imports: Vec<(usize, String, Side, usize)>,
}

impl<'a> Reading<'a> {
    /// True if a changed line may hold a phrase; looks at the bytes as they are.
    pub(super) fn may_speak(unit: &Unit<'_>, hunks: &[Hunk], areas: &Areas) -> bool {
        let (old, new) = sides(&unit.change);
        let speaks = |text: Option<&Text<'_>>, lines: &Range<usize>| {
            text.is_some_and(|text| areas.may_stand_in(&text.bytes()[span(text, lines)]))
        };
        // The function that holds the change may be named after an area.
        let above = |hunk: &Hunk| hunk.new.start.saturating_sub(ABOVE).max(1)..hunk.new.start;
        let is_within = matches!(unit.change, Change::Modified { .. });
        hunks
            .iter()
            .any(|hunk| speaks(new, &hunk.new) || speaks(old, &hunk.old) || (is_within && speaks(new, &above(hunk))))
    }

    pub(super) fn of(unit: &'a Unit<'a>, hunks: &[Hunk], areas: &'a Areas, extension: &str) -> Self {
        let path = String::from_utf8_lossy(unit.path.as_bytes()).to_ascii_lowercase();
        let syntax = Syntax::of(path.rsplit('/').next().unwrap_or_default());
        let (old, new) = sides(&unit.change);
        let half = |text: Option<&'a Text<'a>>| text.map(|text| Half { text, plain: syntax.plain(text.bytes()) });
        let (old, new) = (half(old), half(new));
        let mut out = Self { old, new, syntax, said: vec![], imports: vec![], changed_imports: vec![] };
        let ecosystem = Ecosystem::of(extension);
        for side in [Side::Old, Side::New] {
            out.said.extend(out.phrases(side, hunks, areas));
            if let Some(ecosystem) = ecosystem {
                out.imports.extend(out.head(side, areas, ecosystem));
            }
        }
        order::sort(&mut out.imports);
        out.imports.dedup();
        out.changed_imports = ecosystem.map_or_else(Vec::new, |e| out.moved_imports(hunks, areas, e));
        out
    }

    fn half(&self, side: Side) -> Option<&Half<'a>> {
        if side == Side::New { self.new.as_ref() } else { self.old.as_ref() }
    }

    fn phrases(&self, side: Side, hunks: &[Hunk], areas: &'a Areas) -> Vec<Said<'a>> {
        let Some(half) = self.half(side) else { return Vec::new() };
        let mut out = Vec::new();
        for line in hunks.iter().flat_map(|hunk| of(hunk, side)).take(MOST_LINES) {
            let names = half.line(&half.plain.names, line);
            if !areas.may_stand_in(names) || is_import(&String::from_utf8_lossy(names)) {
                continue;
            }
            let found = areas.phrases(names, &words(names));
            out.extend(found.into_iter().map(|phrase| Said { phrase, side, line }));
        }
        out
    }

    fn head(&self, side: Side, areas: &Areas, ecosystem: Ecosystem) -> Vec<(usize, String)> {
        let Some(half) = self.half(side) else { return Vec::new() };
        let lines = half.plain.code.split(|b| *b == b'\n').take(HEAD);
        let lines = lines.map(String::from_utf8_lossy).filter(|line| is_import(line));
        lines.flat_map(|line| areas.imported(ecosystem, &line)).collect()
    }

    fn moved_imports(&self, hunks: &[Hunk], areas: &Areas, ecosystem: Ecosystem) -> Vec<(usize, String, Side, usize)> {
        let of_side = |side| {
            let half = self.half(side);
            let lines = hunks.iter().flat_map(move |hunk| of(hunk, side)).take(MOST_LINES);
            let imported = move |line| {
                let code = half.map(|half| String::from_utf8_lossy(half.line(&half.plain.code, line)).into_owned());
                let code = code.filter(|code| is_import(code)).unwrap_or_default();
                areas.imported(ecosystem, &code).into_iter().map(move |(area, package)| (area, package, side, line))
            };
            lines.flat_map(imported).collect::<Vec<_>>()
        };
        let (old, new) = (of_side(Side::Old), of_side(Side::New));
        let lacks = |all: &[(usize, String, Side, usize)], one: &(usize, String, Side, usize)| {
            !all.iter().any(|(area, package, ..)| (area, package) == (&one.0, &one.1))
        };
        let gone = old.iter().filter(|one| lacks(&new, one)).cloned();
        gone.chain(new.iter().filter(|one| lacks(&old, one)).cloned()).collect()
    }

    /// True if the change takes more checks of this area away than it brings.
    pub(super) fn loses_guard(&self, area: usize) -> bool {
        if self.new.is_none() {
            return false; // a file that goes takes with it what it protected
        }
        let mut counts: BTreeMap<&str, isize> = BTreeMap::new();
        for said in self.said.iter().filter(|said| said.phrase.area == area && said.phrase.weight == Weight::Guard) {
            *counts.entry(&said.phrase.shown).or_default() += if said.side == Side::New { 1 } else { -1 };
        }
        counts.values().sum::<isize>() < 0
    }

    /// What a run of changed lines changes.
    pub(super) fn substance(&self, group: &[Hunk]) -> Substance {
        group.iter().map(|hunk| self.substance_of(hunk)).max().unwrap_or(Substance::Nothing)
    }

    fn substance_of(&self, hunk: &Hunk) -> Substance {
        let (old, new) = (self.code(Side::Old, hunk), self.code(Side::New, hunk));
        let plain = |lines: &[String]| lines.iter().map(|line| self.normal(line)).collect::<String>();
        if plain(&old) == plain(&new) {
            return Substance::Nothing;
        }
        let (old, new): (Vec<_>, Vec<_>) =
            [old, new].map(|l| l.into_iter().filter(|l| !l.trim().is_empty())).map(Iterator::collect).into();
        let sorted = |lines: &[String]| {
            let mut all: Vec<String> = lines.iter().map(|line| line.trim().to_owned()).collect();
            all.sort_unstable();
            all
        };
        if old.iter().chain(&new).all(|line| is_import(line)) {
            return if sorted(&old) == sorted(&new) { Substance::Nothing } else { Substance::Imports };
        }
        let is_bump = old.len() == new.len() && old.iter().zip(&new).all(|(a, b)| unversioned(a) == unversioned(b));
        if is_bump { Substance::Bump } else { Substance::Code }
    }

    /// The code of one side of a hunk, line by line.
    pub(super) fn code(&self, side: Side, hunk: &Hunk) -> Vec<String> {
        let Some(half) = self.half(side) else { return Vec::new() };
        let lines = of(hunk, side).take(MOST_LINES);
        lines.map(|line| String::from_utf8_lossy(half.line(&half.plain.code, line)).into_owned()).collect()
    }

    /// A line without what only looks different: white space, the kind of quotes, commas and semicolons.
    fn normal(&self, line: &str) -> String {
        let body: String = line.chars().filter(|c| !c.is_whitespace() && !",;".contains(*c)).collect();
        let body = body.replace('\'', "\"");
        match self.syntax.indents {
            Indents::Nest if !body.is_empty() => format!("{}{body}", indent(line)),
            _ => body,
        }
    }

    /// The first line of a hunk that holds code, with its side; the new one where both do.
    pub(super) fn first_line(&self, hunk: &Hunk) -> Option<(Side, usize)> {
        let holds = |side: Side, line: usize| {
            self.half(side).is_some_and(|half| !half.line(&half.plain.code, line).trim_ascii().is_empty())
        };
        let on = |side| of(hunk, side).find(|line| holds(side, *line)).map(|line| (side, line));
        on(Side::New).or_else(|| on(Side::Old))
    }

    /// The line that begins the function or class round the hunk.
    pub(super) fn header(&self, hunk: &Hunk) -> Option<String> {
        let (side, line) = self.first_line(hunk)?;
        let half = self.half(side)?;
        let mut depth = indent(&String::from_utf8_lossy(half.line(&half.plain.code, line)));
        for above in (1..line).rev().take(ABOVE) {
            let code = String::from_utf8_lossy(half.line(&half.plain.names, above)).into_owned();
            if code.trim().is_empty() || indent(&code) >= depth {
                continue;
            }
            depth = indent(&code);
            if is_header(&code) {
                return Some(code);
            }
        }
        None
    }
}

impl Half<'_> {
    /// One line of `bytes`, which has its lines where the text has them.
    fn line<'b>(&self, bytes: &'b [u8], line: usize) -> &'b [u8] {
        &bytes[span(self.text, &(line..line + 1))]
    }
}

/// The bytes of some lines.
fn span(text: &Text<'_>, lines: &Range<usize>) -> Range<usize> {
    let end = text.bytes().len();
    if lines.is_empty() {
        return 0..0;
    }
    let start = text.offset_of_line(lines.start).unwrap_or(end);
    start..text.offset_of_line(lines.end).unwrap_or(end).max(start)
}

fn of(hunk: &Hunk, side: Side) -> Range<usize> {
    if side == Side::New { hunk.new.clone() } else { hunk.old.clone() }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// True if the line begins a function, a class or the like.
fn is_header(code: &str) -> bool {
    const BEGINS: [&str; 22] = [
        "def",
        "func",
        "fn",
        "function",
        "class",
        "fun",
        "sub",
        "public",
        "private",
        "protected",
        "internal",
        "static",
        "async",
        "impl",
        "interface",
        "module",
        "object",
        "struct",
        "trait",
        "pub",
        "export",
        "const",
    ];
    let mut all = code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    all.next().is_some_and(|word| BEGINS.contains(&word))
}

/// True for a line that imports.
fn is_import(line: &str) -> bool {
    let line = line.trim();
    let begins = [
        "import ",
        "from ",
        "use ",
        "pub use ",
        "pub(crate) use ",
        "require ",
        "require_once ",
        "#include",
        "using ",
        "@import ",
        "gem ",
        "alias ",
        "export * from",
        "import(",
    ];
    begins.iter().any(|begin| line.starts_with(begin) || line == begin.trim())
        || (line.contains("require(") && line.contains('='))
        || (line.starts_with("} from ") || (line.starts_with("export {") && line.contains(" from ")))
        || is_go_import(line)
}

/// A line of a block of Go: perhaps a name, then a path in quotes.
fn is_go_import(line: &str) -> bool {
    let path = line.split_once(' ').filter(|(name, _)| !name.starts_with('"')).map_or(line, |(_, path)| path.trim());
    let inner = path.strip_prefix('"').and_then(|path| path.strip_suffix('"'));
    inner.is_some_and(|inner| {
        inner.contains('/') && !inner.contains(|c: char| c.is_whitespace() || c == '"' || c == ':')
    })
}

/// A line in which every version reads alike.
fn unversioned(line: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "._+-".contains(c);
    let mut out = String::new();
    let mut rest = line.trim();
    while let Some(start) = rest.find(is_part) {
        out += &rest[..start];
        let word = &rest[start..];
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        out += if is_version(&word[..end]) { "#" } else { &word[..end] };
        rest = &word[end..];
    }
    out + rest
}

fn is_version(word: &str) -> bool {
    let plain = word.strip_prefix('v').unwrap_or(word);
    let is_hash = word.len() >= 7 && word.chars().all(|c| c.is_ascii_hexdigit());
    let starts = plain.starts_with(|c: char| c.is_ascii_digit());
    is_hash || (starts && (word.starts_with('v') || plain.contains('.')))
}
