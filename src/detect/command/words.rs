//! Commands and their words, and what a word says when its quotes are gone.

use std::ops::Range;

use super::script::Syntax;

/// A word as the shell would hand it over, but for what it would expand: that is kept as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Quotes removed. A `$` that stands for itself has a backslash before it.
    pub(super) text: String,
    /// Where it stands.
    pub(super) span: Range<usize>,
}

/// One command: words, and what goes in and out.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    /// The program and what is handed to it.
    pub(super) words: Vec<Word>,
    /// `NAME=value` before it.
    pub(super) sets: Vec<String>,
    /// Files that its output is redirected to.
    pub(super) writes: Vec<String>,
    /// Text that it reads from a here-document.
    pub(super) input: String,
    /// Programs that run what it prints.
    pub(super) feeds: Vec<String>,
    /// Where it stands.
    pub(super) span: Range<usize>,
}

impl Command {
    /// The program's name without its folder.
    pub(super) fn program(&self) -> &str {
        self.words.first().map_or("", |word| base_name(&word.text))
    }
}

/// The name without folder and without `.exe`.
pub(super) fn base_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Takes the quotes from a word as it is written.
pub(super) fn unquoted(raw: &str, syntax: Syntax) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut quote = None;
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('$', Some('\'')) => out.push_str("\\$"),
            ('\\', None) if syntax == Syntax::Posix => match chars.next() {
                Some('\n') | None => {}
                Some('$') => out.push_str("\\$"),
                Some(next) => out.push(next),
            },
            ('\\', Some('"')) if syntax == Syntax::Posix => match chars.peek() {
                Some('\n') => drop(chars.next()),
                Some('$') => {
                    chars.next();
                    out.push_str("\\$");
                }
                Some('"' | '\\' | '`') => out.extend(chars.next()),
                _ => out.push('\\'),
            },
            ('$', None) if chars.peek() == Some(&'\'') => {}
            (c, _) => out.push(c),
        }
    }
    out
}

/// True for `NAME=value`.
pub(super) fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}
