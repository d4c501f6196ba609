//! The signs of all safeguards, ready to look for: one automaton for their words, each pattern compiled when first needed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex_automata::meta::Regex;

use super::compiled::{CompiledRule, compile};
use super::safeguard::What;
use super::vocabulary::Vocabulary;

/// Every safeguard of a rule set.
#[derive(Debug)]
pub struct Safeguards {
    /// What is looked for.
    clues: Vec<Clue>,
    words: Vocabulary,
    /// The clues of each word.
    of_word: Vec<Vec<usize>>,
}

/// One sign, limit or list.
#[derive(Debug)]
pub struct Clue {
    /// The rule, by its place in the set.
    pub rule: usize,
    /// What it is.
    pub what: What,
    regex: OnceLock<Option<Regex>>,
    files: OnceLock<Option<Regex>>,
    about: OnceLock<Option<Regex>>,
    instead: OnceLock<Option<Regex>>,
}

impl Safeguards {
    pub(super) fn new(rules: &[CompiledRule]) -> Self {
        let mut clues = Vec::new();
        for (rule, compiled) in rules.iter().enumerate() {
            let Some(own) = &compiled.rule().safeguard else { continue };
            clues.extend(own.clues().map(|what| Clue::new(rule, what)));
        }
        let mut clues_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, word) in (0..).zip(&clues).flat_map(|(at, clue)| clue.what.words().iter().map(move |word| (at, word)))
        {
            clues_of.entry(word).or_default().push(at);
        }
        let (words, of_word): (Vec<&str>, Vec<Vec<usize>>) = clues_of.into_iter().unzip();
        let words = Vocabulary::new(words);
        Self { clues, words, of_word }
    }

    /// True if a word of any clue stands in `text`.
    pub fn may_stand_in(&self, text: &[u8]) -> bool {
        self.words.is_in(text)
    }

    /// The lists that are compared.
    pub fn lists(&self) -> impl Iterator<Item = &Clue> {
        self.clues.iter().filter(|clue| matches!(clue.what, What::List(_)))
    }

    /// The clues of which a word stands in `line`, each once, with its number.
    pub fn of(&self, line: &[u8]) -> Vec<(usize, &Clue)> {
        let found = self.words.find(line).filter_map(|hit| self.of_word.get(hit.word));
        let mut all: Vec<usize> = found.flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().filter_map(|at| Some((at, self.clues.get(at)?))).collect()
    }
}

impl Clue {
    fn new(rule: usize, what: What) -> Self {
        let (regex, files) = Default::default();
        Self { rule, what, regex, files, about: OnceLock::new(), instead: OnceLock::new() }
    }

    /// Its pattern; the loader refused what does not compile.
    pub fn regex(&self) -> Option<&Regex> {
        let find = self.what.find();
        self.regex.get_or_init(|| compile(&format!("(?m:{find})")).ok()).as_ref()
    }

    /// True if it is about the file at `path`, in lower case.
    pub fn is_about_file(&self, path: &str) -> bool {
        let Some(files) = self.what.files() else { return true };
        self.files.get_or_init(|| compile(files).ok()).as_ref().is_some_and(|regex| regex.is_match(path))
    }

    /// True if this line could have come in its place, or if that does not matter.
    pub fn may_be_replaced_by(&self, line: Option<&[u8]>) -> bool {
        let Some(instead) = self.what.instead() else { return true };
        let compiled = self.instead.get_or_init(|| compile(instead).ok());
        line.zip(compiled.as_ref()).is_some_and(|(line, regex)| regex.is_match(line))
    }

    /// True if it is about what this text says.
    pub fn is_about(&self, text: &[u8]) -> bool {
        let Some(about) = self.what.about() else { return true };
        let compiled = self.about.get_or_init(|| compile(&format!("(?m:{about})")).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}
