//! TOML tables read key by key: every mistake of a file is said at once, with its line and the nearest right word.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::order;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// A key's value and where it stands.
type Value<'i> = Spanned<DeValue<'i>>;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for Mistake {}

/// Reads one file and collects what is wrong with it.
pub struct Reader<'a> {
    file: &'a str,
    content: &'a str,
    /// Where lines end: a file can have very many entries, and each asks for its line.
    newlines: Vec<usize>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// A reader of `content`, which messages call `file`.
    pub fn new(file: &'a str, content: &'a str) -> Self {
        let newlines = memchr::memchr_iter(b'\n', content.as_bytes()).collect();
        Self { file, content, newlines, mistakes: Vec::new() }
    }

    /// The file as a table; `None` if it is no TOML, which is said then.
    pub fn root(&mut self) -> Option<DeTable<'a>> {
        let (table, broken) = DeTable::parse_recoverable(self.content);
        for error in &broken {
            self.fail(error.span().unwrap_or(0..0), error.message().to_owned());
        }
        // What a table lacks is not worth saying while its syntax is broken.
        broken.is_empty().then(|| table.into_inner())
    }

    /// Takes `table` apart; a key that is not in `known` is a mistake. `what` is the table in words.
    pub fn keys<'r>(
        &'r mut self,
        what: &'static str,
        span: Range<usize>,
        table: DeTable<'a>,
        known: &[&'static str],
    ) -> Keys<'r, 'a> {
        let mut values = BTreeMap::new();
        for (key, value) in table {
            match known.iter().find(|known| **known == key.get_ref().as_ref()) {
                Some(known) => drop(values.insert(*known, value)),
                None => self.fail(key.span(), unknown(what, key.get_ref(), known)),
            }
        }
        Keys { reader: self, what, span, values }
    }

    /// Records a mistake.
    pub fn fail(&mut self, span: Range<usize>, message: String) {
        let line = self.line(&span);
        self.mistakes.push(Mistake { file: self.file.to_owned(), line, message });
    }

    /// The line on which `span` begins, from 1.
    pub fn line(&self, span: &Range<usize>) -> usize {
        1 + self.newlines.partition_point(|newline| *newline < span.start)
    }

    /// Everything that is wrong, in line order.
    pub fn mistakes(mut self) -> Vec<Mistake> {
        order::sort_by_key(&mut self.mistakes, |mistake| mistake.line);
        self.mistakes
    }

    /// True if nothing is wrong so far.
    pub fn is_sound(&self) -> bool {
        self.mistakes.is_empty()
    }
}

/// The values of one table, taken out one by one.
pub struct Keys<'r, 'a> {
    /// Where more mistakes go.
    pub reader: &'r mut Reader<'a>,
    /// Where the table stands.
    pub span: Range<usize>,
    what: &'static str,
    values: BTreeMap<&'static str, Value<'a>>,
}

impl<'a> Keys<'_, 'a> {
    /// The value of `key`; `None` where it is missing or wrong, both of which are said.
    pub fn required<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        if !self.values.contains_key(key) {
            let message = format!("{} needs the key `{key}`", self.what);
            self.reader.fail(self.span.clone(), message);
        }
        self.optional(key)
    }

    /// True if the table has `key`.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The value of `key`; `None` where it is missing, or wrong, which is said.
    pub fn optional<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        self.placed(key).map(|(value, _)| value)
    }

    /// The same, with where it stands.
    pub fn placed<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<(T, Range<usize>)> {
        let value = self.values.remove(key)?;
        let span = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some((value, span)),
            Err(error) => {
                let message = format!("`{key}`: {}", error.message());
                self.reader.fail(error.span().unwrap_or(span), message);
                None
            }
        }
    }

    /// The table below `key`, with where it stands.
    pub fn table(&mut self, key: &'static str) -> Option<(Range<usize>, DeTable<'a>)> {
        let value = self.values.remove(key)?;
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Some((span, table)),
            _ => {
                self.reader.fail(span, format!("`{key}` must be a table: write `[{key}]`"));
                None
            }
        }
    }

    /// The tables of the list below `key`, each with where it stands.
    pub fn tables(&mut self, key: &'static str) -> Vec<(Range<usize>, DeTable<'a>)> {
        let Some(value) = self.values.remove(key) else { return Vec::new() };
        let advice = || format!("`{key}` must be a list of tables: write `[[{key}]]`");
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            self.reader.fail(span, advice());
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            let span = item.span();
            match item.into_inner() {
                DeValue::Table(table) => out.push((span, table)),
                _ => self.reader.fail(span, advice()),
            }
        }
        out
    }
}

fn unknown(what: &str, key: &str, known: &[&'static str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None => format!("unknown key `{key}`; {what} may have {}", known.join(", ")),
    }
}

/// The word of `known` that `typed` most likely stands for, if one is near.
pub fn nearest<'w>(typed: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    const NEAR: f64 = 0.8;
    let scored = known.map(|word| (strsim::jaro_winkler(typed, word), word));
    scored.filter(|(score, _)| *score >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word)
}
