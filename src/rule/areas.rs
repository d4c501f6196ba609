//! The areas of all rules as lookups: one for the words of a path, one for packages, one for phrases of changed lines.

use std::collections::HashMap;

use super::area::{Area, Ecosystem};
use super::compiled::CompiledRule;
use super::glob::{Glob, unfolded};
use super::vocabulary::Vocabulary;
use super::words::{Join, Word, words};
use crate::order;

/// What a phrase is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Counts beside other evidence.
    Weak,
    /// Enough on a changed line.
    Strong,
    /// The same, and its removal opens something.
    Guard,
}

/// What must stand around a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Anything,
    /// It is called.
    Call,
    /// It is a decorator, an annotation or an attribute.
    Mark,
}

/// Words that follow each other on a line.
#[derive(Debug)]
pub struct Phrase {
    /// The area, by its place in [`Areas::all`].
    pub area: usize,
    /// What it is worth.
    pub weight: Weight,
    /// As its rule writes it.
    pub shown: String,
    form: Form,
    rest: Vec<(Join, String)>,
}

/// How a path tells an area.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathSign {
    /// A word that is not enough alone.
    Weak(String),
    /// A word that is.
    Strong(String),
    /// The file itself is known.
    File,
}

/// Every area of a rule set.
#[derive(Debug)]
pub struct Areas {
    /// The rules, by their place in the set.
    all: Vec<usize>,
    /// Known files by their whole name, where it is fixed, in lower case.
    named: HashMap<String, Vec<(Glob, usize)>>,
    /// Other known files.
    files: Vec<(Glob, usize)>,
    paths: HashMap<String, Vec<(usize, PathSign)>>,
    vetoes: HashMap<String, Vec<usize>>,
    imports: HashMap<(Ecosystem, String), Vec<usize>>,
    phrases: HashMap<String, Vec<Phrase>>,
    marks: Vocabulary,
}

impl Areas {
    pub(super) fn new(rules: &[CompiledRule]) -> Self {
        let mut out = Self {
            all: Vec::new(),
            named: HashMap::new(),
            files: Vec::new(),
            paths: HashMap::new(),
            vetoes: HashMap::new(),
            imports: HashMap::new(),
            phrases: HashMap::new(),
            marks: Vocabulary::new([]),
        };
        let mut marks = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            let Some(area) = &rule.rule().area else { continue };
            let at = out.all.len();
            out.all.push(place);
            area.files
                .iter()
                .flat_map(|glob| unfolded(&glob.to_ascii_lowercase()))
                .for_each(|glob| out.add_file(at, &glob));
            out.add_words(at, area);
            out.add_phrases(at, area, &mut marks);
        }
        marks.sort_unstable();
        marks.dedup();
        out.marks = Vocabulary::new(marks.iter().map(String::as_str));
        out
    }

    fn add_file(&mut self, at: usize, glob: &str) {
        let name = glob.rsplit('/').next().unwrap_or_default();
        let list = if name.contains(['*', '?', '[']) {
            &mut self.files
        } else {
            self.named.entry(name.to_owned()).or_default()
        };
        list.push((Glob::new(glob), at));
    }

    /// The areas to which a file belongs whatever it holds.
    fn of_file(&self, path: &str) -> impl Iterator<Item = usize> {
        let path = path.to_ascii_lowercase();
        let named = path.rsplit('/').next().and_then(|name| self.named.get(name)).into_iter().flatten();
        named.chain(&self.files).filter(move |(glob, _)| glob.is_match(&path)).map(|(_, at)| *at)
    }

    fn add_words(&mut self, at: usize, area: &Area) {
        let mut word = |text: &String, sign: fn(String) -> PathSign| {
            self.paths.entry(plain(text)).or_default().push((at, sign(text.clone())));
        };
        area.paths.iter().for_each(|text| word(text, PathSign::Strong));
        area.weak_paths.iter().for_each(|text| word(text, PathSign::Weak));
        for text in &area.vetoes {
            self.vetoes.entry(plain(text)).or_default().push(at);
        }
        for (ecosystem, packages) in &area.imports {
            for package in packages {
                self.imports.entry((*ecosystem, package.clone())).or_default().push(at);
            }
        }
    }

    fn add_phrases(&mut self, at: usize, area: &Area, marks: &mut Vec<String>) {
        let lists = [(&area.guards, Weight::Guard), (&area.strong, Weight::Strong), (&area.weak, Weight::Weak)];
        for (list, weight) in lists {
            for text in list.iter().flat_map(|text| unfolded(text)) {
                let form = match text.as_bytes() {
                    [b'@', ..] => Form::Mark,
                    [.., b'('] => Form::Call,
                    _ => Form::Anything,
                };
                let mut all = words(text.as_bytes()).into_iter();
                let Some(first) = all.next() else { continue };
                let rest: Vec<(Join, String)> = all.map(|word| (word.join, word.text)).collect();
                // What stands in a line stands there with its plural or its capitals; the longest word is the rarest.
                let longest = rest.iter().map(|(_, word)| word).chain([&first.text]).max_by_key(|word| word.len());
                marks.extend(longest.map(|word| mark(word)));
                let phrase = Phrase { area: at, weight, shown: text, form, rest };
                self.phrases.entry(first.text).or_default().push(phrase);
            }
        }
    }

    /// Places in the rule set of the rules with an area.
    pub fn all(&self) -> &[usize] {
        &self.all
    }

    /// The areas that `path` tells, the strongest sign of each.
    pub fn of_path<'r>(
        &self,
        path: &str,
        extension: &str,
        areas: impl Fn(usize) -> Option<&'r Area>,
    ) -> Vec<(usize, PathSign)> {
        let mut out: Vec<(usize, PathSign)> = self.of_file(path).map(|area| (area, PathSign::File)).collect();
        let stem = path.rsplit_once('.').filter(|(_, ending)| !ending.contains('/')).map_or(path, |(stem, _)| stem);
        // Far up, a word names a product more often than what stands in this file.
        let near = stem.rmatch_indices('/').nth(3).map_or(0, |(at, _)| at);
        for word in words(stem.as_bytes()) {
            for (area, sign) in self.paths.get(&word.text).into_iter().flatten() {
                let fits = areas(*area)
                    .is_some_and(|a| a.extensions.is_empty() || a.extensions.iter().any(|e| e == extension));
                if fits && !self.is_vetoed(stem, *area) {
                    out.push((
                        *area,
                        if word.span.start < near { PathSign::Weak(word.text.clone()) } else { sign.clone() },
                    ));
                }
            }
        }
        order::sort_by(&mut out, |a, b| (a.0, &b.1).cmp(&(b.0, &a.1)));
        out.dedup_by_key(|(area, _)| *area);
        out
    }

    /// True if a word of `path` says that its words mean something else than this area.
    pub fn is_vetoed(&self, path: &str, area: usize) -> bool {
        words(path.as_bytes()).iter().any(|word| self.vetoes.get(&word.text).is_some_and(|all| all.contains(&area)))
    }

    /// True if a phrase may stand in `line`.
    pub fn may_stand_in(&self, line: &[u8]) -> bool {
        self.marks.is_in(line)
    }

    /// Every phrase that stands in `line`, whose words these are.
    pub fn phrases(&self, line: &[u8], all: &[Word]) -> Vec<&Phrase> {
        let mut out = Vec::new();
        for (at, word) in all.iter().enumerate() {
            let known = self.phrases.get(&word.text).map_or(&[][..], Vec::as_slice);
            out.extend(known.iter().filter(|phrase| phrase.stands(line, &all[at..])));
        }
        out
    }

    /// The areas whose packages the import `line` names, with the package.
    pub fn imported(&self, ecosystem: Ecosystem, line: &str) -> Vec<(usize, String)> {
        let is_name = |c: char| c.is_alphanumeric() || "@/._-:\\".contains(c);
        let mut out = Vec::new();
        for name in line.split(|c| !is_name(c)).filter(|name| name.len() > 1) {
            let ends = name.char_indices().filter(|(_, c)| "/.:-\\".contains(*c)).map(|(at, _)| at).chain([name.len()]);
            for end in ends {
                let package = name[..end].trim_end_matches(':');
                let areas = self.imports.get(&(ecosystem, package.to_owned())).into_iter().flatten();
                out.extend(areas.map(|area| (*area, package.to_owned())));
            }
        }
        out
    }
}

impl Phrase {
    /// True if the phrase begins with the first of `all` and stands in `line` as its form has it.
    fn stands(&self, line: &[u8], all: &[Word]) -> bool {
        let Some(last) = all.get(self.rest.len()) else { return false };
        let follows = self.rest.iter().zip(&all[1..]).all(|((join, text), word)| {
            let is_joined = word.join == *join || (*join == Join::Member && word.join == Join::Within);
            is_joined && *text == word.text
        });
        follows
            && match self.form {
                Form::Anything => true,
                // A call of that very name, not of `importLogins`.
                Form::Call => {
                    all[0].join != Join::Within
                        && (last.text.ends_with('s') || line.get(last.span.end.wrapping_sub(1)) != Some(&b's'))
                        && line[last.span.end..].trim_ascii_start().starts_with(b"(")
                }
                Form::Mark => all.first().is_some_and(|first| {
                    let before = line[..first.span.start].trim_ascii_end();
                    let before = before.strip_suffix(b":").unwrap_or(before);
                    before.ends_with(b"@") || before.ends_with(b"[") || before.ends_with(b"@Is")
                }),
            }
    }
}

/// What of a word stands in every spelling of it: a joined word may be split, a singular changed.
fn mark(word: &str) -> String {
    let halves = ["in", "out", "up", "on", "fa", "factor", "authn", "key", "word", "phrase", "id", "store", "tenant"];
    let plain = halves.iter().find_map(|half| word.strip_suffix(half)).filter(|rest| rest.len() > 2).unwrap_or(word);
    let plain = plain.strip_prefix("oauth").map_or(plain, |_| "auth");
    plain.strip_suffix('y').unwrap_or(plain).to_owned()
}

/// A word as names have it, in the singular.
fn plain(word: &str) -> String {
    words(word.as_bytes()).into_iter().map(|word| word.text).collect()
}
