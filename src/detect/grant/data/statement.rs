//! A way through the tokens of one SQL statement, and the names in it.

use std::ops::Range;

use crate::document::{SqlKind, SqlStatement, SqlToken};

/// A place in a statement.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'s> {
    tokens: &'s [SqlToken<'s>],
    at: usize,
    /// Bare names without a schema belong to `public`, as PostgreSQL has it; not in MySQL.
    has_public: bool,
}

/// Files with statements.
pub(super) const FILES: &[&str] = &["**/*.{sql,pgsql,psql,ddl}"];

impl<'s> Cursor<'s> {
    pub(super) fn new(statement: &'s SqlStatement<'s>, has_public: bool) -> Self {
        Self { tokens: &statement.tokens, at: 0, has_public }
    }

    pub(super) fn peek(&self) -> Option<&'s SqlToken<'s>> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<&'s SqlToken<'s>> {
        self.at += 1;
        self.tokens.get(self.at - 1)
    }

    /// Steps over the words if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let mut at = self.at;
        for word in words.split(' ') {
            match self.tokens.get(at) {
                Some(token) if token.is(word) => at += 1,
                _ => return false,
            }
        }
        self.at = at;
        true
    }

    /// Steps over any of the words that come next.
    pub(super) fn eat_any(&mut self, words: &[&str]) {
        while words.iter().any(|word| self.eat(word)) {}
    }

    pub(super) fn eat_sign(&mut self, sign: char) -> bool {
        let is_there = self.peek().is_some_and(|token| token.is_sign(sign));
        self.at += usize::from(is_there);
        is_there
    }

    /// Steps behind the words, wherever they stand outside of brackets; stays if they do not.
    pub(super) fn seek(&mut self, words: &str) -> bool {
        let (start, mut depth) = (self.at, 0i32);
        while let Some(token) = self.peek() {
            if depth == 0 && self.eat(words) {
                return true;
            }
            depth += i32::from(token.is_sign('(')) - i32::from(token.is_sign(')'));
            self.at += 1;
        }
        self.at = start;
        false
    }

    /// What stands before the next of these words outside of brackets; the cursor comes to stand on it.
    pub(super) fn until(&mut self, words: &[&str]) -> &'s [SqlToken<'s>] {
        let (start, mut depth) = (self.at, 0i32);
        while let Some(token) = self.peek() {
            if depth == 0 && words.iter().any(|word| token.is(word)) {
                break;
            }
            depth += i32::from(token.is_sign('(')) - i32::from(token.is_sign(')'));
            self.at += 1;
        }
        self.tokens.get(start..self.at).unwrap_or_default()
    }

    /// The tokens between the bracket that comes next and the one that closes it.
    pub(super) fn bracketed(&mut self) -> Option<&'s [SqlToken<'s>]> {
        if !self.eat_sign('(') {
            return None;
        }
        let (start, mut depth) = (self.at, 1i32);
        while let Some(token) = self.next() {
            depth += i32::from(token.is_sign('(')) - i32::from(token.is_sign(')'));
            if depth == 0 {
                return self.tokens.get(start..self.at - 1);
            }
        }
        self.tokens.get(start..)
    }

    /// A name of one or more parts, such as `public.t` or `*.*`; arguments in brackets are stepped over.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut parts = Vec::new();
        loop {
            let token = self.peek()?;
            let is_name = token.kind != SqlKind::Sign && token.kind != SqlKind::Body;
            if !is_name && !token.is_sign('*') {
                break;
            }
            parts.push(folded(token));
            self.at += 1;
            if self.peek().is_none() || !(self.eat_sign('.') || self.colons()) {
                break;
            }
        }
        if self.peek().is_some_and(|token| token.is_sign('(')) {
            self.bracketed();
        }
        (!parts.is_empty()).then(|| parts.join("."))
    }

    /// The `::` between a class and a name.
    fn colons(&mut self) -> bool {
        let is_there = (0..2).all(|n| self.tokens.get(self.at + n).is_some_and(|token| token.is_sign(':')));
        self.at += if is_there { 2 } else { 0 };
        is_there
    }

    /// A name of something that lives in a schema.
    pub(super) fn object(&mut self) -> Option<String> {
        let name = self.name()?;
        Some(if self.has_public && !name.contains('.') { format!("public.{name}") } else { name })
    }

    /// A role or an account: `"x"`, `'u'@'%'`, `CURRENT_USER`.
    pub(super) fn role(&mut self) -> Option<String> {
        self.eat_any(&["role", "user", "group", "share", "application"]);
        let mut name = self.name()?;
        if self.eat_sign('@') {
            name = format!("{name}@{}", self.name().unwrap_or_default());
        }
        Some(name)
    }

    /// A list, each item read by `item`.
    pub(super) fn list(&mut self, item: impl Fn(&mut Self) -> Option<String>) -> Vec<String> {
        let mut out = Vec::new();
        while let Some(one) = item(self) {
            out.push(one);
            if !self.eat_sign(',') {
                break;
            }
        }
        out
    }

    /// From the start of the statement to its end.
    pub(super) fn span(&self) -> Range<usize> {
        let first = self.tokens.first().map_or(0, |token| token.span.start);
        first..self.tokens.last().map_or(first, |token| token.span.end)
    }
}

/// The text of a name: bare ones count in any case.
fn folded(token: &SqlToken<'_>) -> String {
    match token.kind {
        SqlKind::Word => token.text.to_ascii_lowercase(),
        _ => token.text.to_string(),
    }
}

/// True for dialects that know the schema `public`: anything that does not look like MySQL.
pub(super) fn has_public(text: &str) -> bool {
    !text.contains('`') && !text.contains("*.*") && !text.contains("'@'")
}

/// Tokens in the one spelling that all layouts share.
pub(super) fn spelled(tokens: &[SqlToken<'_>]) -> Vec<String> {
    let word = |token: &SqlToken<'_>| match token.kind {
        SqlKind::Text | SqlKind::Body => format!("'{}'", token.text),
        _ => folded(token),
    };
    tokens.iter().map(word).collect()
}
