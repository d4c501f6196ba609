//! What stands round a command: whether the file guards a variable, and whether the script went elsewhere before.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use crate::rule::command::Place;

/// How many variables of one script are looked up; of all others nobody knows that they are guarded.
const MOST_NAMES: usize = 200;
/// How far back a line is read for what tests a variable, in bytes.
const LOOK_BACK: usize = 200;

/// What is known about the place of a command.
pub(super) struct Scene<'a> {
    /// The script and its file.
    pub(super) surroundings: &'a Surroundings<'a>,
    /// Where the command begins in the script.
    pub(super) at: usize,
}

/// A file, and what was already asked about it: a script may ask the same a hundred thousand times.
pub(super) struct File<'a> {
    text: &'a str,
    guarded: RefCell<HashMap<String, bool>>,
    is_strict: OnceCell<bool>,
}

impl<'a> File<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, guarded: RefCell::default(), is_strict: OnceCell::new() }
    }

    fn is_guarded(&self, name: &str) -> bool {
        if *self.is_strict.get_or_init(|| is_strict(self.text)) {
            return true;
        }
        let mut known = self.guarded.borrow_mut();
        if let Some(is_guarded) = known.get(name) {
            return *is_guarded;
        }
        let is_guarded = known.len() < MOST_NAMES && is_guarded(name, self.text);
        known.insert(name.to_owned(), is_guarded);
        is_guarded
    }
}

/// A script, its file, and what was already asked about it.
pub(super) struct Surroundings<'a> {
    place: Place,
    file: &'a File<'a>,
    script: &'a str,
    first_move: OnceCell<Option<usize>>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(place: Place, file: &'a File<'a>, script: &'a str) -> Self {
        Self { place, file, script, first_move: OnceCell::new() }
    }
}

impl Scene<'_> {
    /// What kind of place it is.
    pub(super) fn place(&self) -> Place {
        self.surroundings.place
    }

    /// True if the file gives the variable a value, looks whether it has one, or stops where one has none.
    pub(super) fn is_guarded(&self, name: &str) -> bool {
        self.surroundings.file.is_guarded(name)
    }

    /// True if the script changes the folder somewhere before the command.
    pub(super) fn has_moved(&self) -> bool {
        let moves = ["cd ", "pushd ", "chdir"];
        let script = self.surroundings.script;
        let first = || moves.iter().filter_map(|word| script.find(word).map(|at| at + word.len())).min();
        self.surroundings.first_move.get_or_init(first).is_some_and(|first| first <= self.at)
    }
}

fn is_strict(file: &str) -> bool {
    let options = ["set -u", "set -eu", "set -ue", "nounset", "set -xeu", "set -exu", "set -Eeu"];
    options.iter().any(|option| file.contains(option))
}

fn is_guarded(name: &str, text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let from = (at.saturating_sub(LOOK_BACK)..=at).find(|from| text.is_char_boundary(*from)).unwrap_or(at);
        let (before, after) = (&text[from..at], &text[at + name.len()..]);
        if before.ends_with(is_part) || after.starts_with(is_part) {
            return false;
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_tested = [" -n ", " -z ", " -d ", " -e ", "[ -", "[[ "].iter().any(|test| line.contains(test));
        let is_declared = ["ENV", "ARG", "for", "read", "-r"].iter().any(|word| line.trim_end().ends_with(word));
        let value = after.strip_prefix('=').or_else(|| after.strip_prefix("+="));
        let is_set =
            value.is_some_and(|value| !is_nothing(value)) || (after.starts_with(':') && !before.ends_with(['$', '{']));
        is_tested || is_declared || is_set || after.starts_with(":?") || after.starts_with(":-")
    })
}

/// True for a value that is empty, or as empty as an argument may be.
fn is_nothing(value: &str) -> bool {
    let end = value.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(value.len());
    let value = value[..end].trim_matches(['"', '\'']);
    let argument = value.trim_start_matches(['$', '{']).trim_end_matches('}');
    value.is_empty() || (value.starts_with('$') && argument.len() == 1)
}
