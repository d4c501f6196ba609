//! SQL cut into statements of tokens with their places: enough to read who is given what, whatever the dialect.

use crate::order;
use std::borrow::Cow;
use std::ops::Range;

/// Openings of `$tag$` that may lack their end; beyond that a dollar is a sign, so that reading stays linear.
const MOST_UNCLOSED: u32 = 16;
/// Blocks in blocks that are read.
const MOST_BLOCKS: usize = 4;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlKind {
    /// A bare word or number.
    Word,
    /// A quoted name, without its quotes.
    Name,
    /// A string, without its quotes.
    Text,
    /// A `$tag$` body, without its tags.
    Body,
    /// Any other character.
    Sign,
}

/// One token.
#[derive(Clone, Debug)]
pub struct SqlToken<'t> {
    /// What it is.
    pub kind: SqlKind,
    /// Its text without quotes.
    pub text: Cow<'t, str>,
    /// Where it stands, quotes included.
    pub span: Range<usize>,
}

impl SqlToken<'_> {
    /// True for the bare word, in any case.
    pub fn is(&self, word: &str) -> bool {
        self.kind == SqlKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// True for the sign.
    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == SqlKind::Sign && self.text.starts_with(sign)
    }
}

/// One statement.
#[derive(Clone, Debug, Default)]
pub struct SqlStatement<'t> {
    /// Its tokens, comments left out.
    pub tokens: Vec<SqlToken<'t>>,
}

impl SqlStatement<'_> {
    /// From its first token to its last.
    pub fn span(&self) -> Range<usize> {
        let first = self.tokens.first().map_or(0, |token| token.span.start);
        first..self.tokens.last().map_or(first, |token| token.span.end)
    }
}

/// Reads every statement; those of `DO` blocks stand behind the block, one by one.
pub fn statements(text: &str) -> Vec<SqlStatement<'_>> {
    let mut out = Vec::new();
    let mut todo = vec![(text, 0, 0)];
    while let Some((part, offset, level)) = todo.pop() {
        for statement in Lexer::new(part, offset, level > 0).read() {
            let is_block = statement.tokens.first().is_some_and(|token| token.is("do"));
            let body = statement.tokens.iter().find(|t| is_block && t.kind == SqlKind::Body);
            if let (Some(Cow::Borrowed(inner)), true) = (body.map(|body| &body.text), level < MOST_BLOCKS) {
                let at = part.find_address(inner) + offset;
                todo.push((inner, at, level + 1));
            }
            out.push(statement);
        }
    }
    order::sort_by_key(&mut out, |statement| statement.span().start);
    out
}

trait FindAddress {
    fn find_address(&self, part: &str) -> usize;
}

impl FindAddress for str {
    /// Where a part of this very text begins.
    fn find_address(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.as_ptr() as usize)
    }
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    offset: usize,
    at: usize,
    /// Inside of a block `begin`, `then` and their like end a statement too.
    is_block: bool,
    has_backslashes: bool,
    unclosed: u32,
    current: SqlStatement<'t>,
    out: Vec<SqlStatement<'t>>,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, offset: usize, is_block: bool) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            offset,
            at: 0,
            is_block,
            // Backticks are MySQL's, where a backslash escapes in any string.
            has_backslashes: text.contains('`'),
            unclosed: 0,
            current: SqlStatement::default(),
            out: Vec::new(),
        }
    }

    fn read(mut self) -> Vec<SqlStatement<'t>> {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'-' if self.next_is(b'-') => self.skip_line(),
                b'#' | b'\\' if self.is_line_start() => self.skip_line(),
                b'/' if self.next_is(b'*') => self.skip_comment(),
                b'\'' => self.string(),
                b'"' | b'`' => self.quoted(byte),
                b'[' if self.opens_name() => self.quoted(b']'),
                b'$' => self.dollar(),
                b';' => self.semicolon(),
                b if b.is_ascii_whitespace() => self.at += 1,
                b if is_word(b) => self.word(),
                _ => self.push(SqlKind::Sign, self.at, self.char_end(), 0),
            }
        }
        self.end();
        self.out
    }

    fn next_is(&self, byte: u8) -> bool {
        self.bytes.get(self.at + 1) == Some(&byte)
    }

    fn char_end(&self) -> usize {
        self.at + self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    }

    fn is_line_start(&self) -> bool {
        let before = &self.bytes[..self.at];
        before.iter().rev().take_while(|&&b| b != b'\n').take(64).all(|b| b.is_ascii_whitespace())
    }

    /// A bracket quotes a name unless it stands behind one: `text[]`, `a[1]`.
    fn opens_name(&self) -> bool {
        let is_behind = self.at > 0 && (is_word(self.bytes[self.at - 1]) || self.bytes[self.at - 1] == b']');
        !is_behind && self.bytes.get(self.at + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
    }

    fn skip_line(&mut self) {
        self.at = memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |n| self.at + n);
    }

    /// Comments nest, as PostgreSQL has it.
    fn skip_comment(&mut self) {
        let mut depth = 1;
        self.at += 2;
        while depth > 0 && self.at < self.bytes.len() {
            match &self.bytes[self.at..(self.at + 2).min(self.bytes.len())] {
                b"/*" => (depth, self.at) = (depth + 1, self.at + 2),
                b"*/" => (depth, self.at) = (depth - 1, self.at + 2),
                _ => self.at += 1,
            }
        }
    }

    fn string(&mut self) {
        let is_escaped = self.has_backslashes
            || self.current.tokens.last().is_some_and(|last| last.is("e") && last.span.end == self.at + self.offset);
        let end = self.closing(b'\'', is_escaped);
        self.push(SqlKind::Text, self.at, end, 1);
    }

    fn quoted(&mut self, quote: u8) {
        let end = self.closing(quote, false);
        self.push(SqlKind::Name, self.at, end, 1);
    }

    /// The place behind the quote that ends what begins here; doubled it stands for itself.
    fn closing(&self, quote: u8, is_escaped: bool) -> usize {
        let mut at = self.at + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' if is_escaped => at += 2,
                b if b == quote && self.bytes.get(at + 1) == Some(&quote) => at += 2,
                b if b == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    fn dollar(&mut self) {
        let tail = &self.bytes[self.at + 1..];
        let name = tail.iter().position(|b| !is_word(*b)).unwrap_or(tail.len());
        let open = self.at + name + 2;
        if tail.get(name) == Some(&b'$') && self.unclosed < MOST_UNCLOSED {
            let tag = &self.text[self.at..open];
            match memchr::memmem::find(&self.bytes[open..], tag.as_bytes()) {
                Some(length) => return self.push(SqlKind::Body, self.at, open + length + tag.len(), tag.len()),
                None => self.unclosed += 1,
            }
        }
        self.push(SqlKind::Sign, self.at, self.at + 1, 0);
    }

    fn semicolon(&mut self) {
        self.at += 1;
        let is_copy = self.current.tokens.first().is_some_and(|token| token.is("copy"))
            && self.current.tokens.iter().any(|token| token.is("stdin"));
        self.end();
        if is_copy {
            let end = memchr::memmem::find(&self.bytes[self.at..], b"\n\\.");
            self.at = end.map_or(self.bytes.len(), |length| self.at + length + 3);
        }
    }

    fn word(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&b| !is_word(b) && b != b'$').unwrap_or(rest.len());
        let (start, end) = (self.at, self.at + length);
        let word = &self.text[start..end];
        let is = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        if is(&["go"]) && self.is_line_start() && self.ends_line(end) {
            self.at = end;
            return self.end();
        }
        // Where no semicolons are written, the next statement begins on its own line.
        let is_given = |words: [&str; 2]| self.current.tokens.iter().any(|t| words.iter().any(|w| t.is(w)));
        if is(&["grant", "revoke", "deny"])
            && self.starts_with_grant()
            && self.is_line_start()
            && is_given(["to", "from"])
        {
            self.end();
        }
        self.push(SqlKind::Word, start, end, 0);
        if self.is_block && is(&["begin", "then", "else", "loop"]) {
            self.end();
        }
    }

    fn starts_with_grant(&self) -> bool {
        self.current.tokens.first().is_some_and(|token| token.is("grant") || token.is("revoke") || token.is("deny"))
    }

    fn ends_line(&self, at: usize) -> bool {
        self.bytes[at..].iter().take_while(|&&b| b != b'\n').all(u8::is_ascii_whitespace)
    }

    /// A token from `start` to `end`, of which `quote` bytes on each side are no part of its text.
    fn push(&mut self, kind: SqlKind, start: usize, end: usize, quote: usize) {
        let end = (start..=end.min(self.bytes.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(start);
        let inner = self.text.get(start + quote..end.saturating_sub(quote)).unwrap_or_default();
        let text = match kind {
            SqlKind::Name => doubled(inner, &['"', '`', ']']),
            SqlKind::Text => doubled(inner, &['\'']),
            _ => Cow::Borrowed(inner),
        };
        self.current.tokens.push(SqlToken { kind, text, span: start + self.offset..end + self.offset });
        self.at = end.max(start + 1);
    }

    fn end(&mut self) {
        if !self.current.tokens.is_empty() {
            self.out.push(std::mem::take(&mut self.current));
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn doubled<'t>(text: &'t str, quotes: &[char]) -> Cow<'t, str> {
    let doubled = quotes.iter().map(|quote| (format!("{quote}{quote}"), quote.to_string()));
    let mut out = Cow::Borrowed(text);
    for (twice, once) in doubled {
        if out.contains(&twice) {
            out = Cow::Owned(out.replace(&twice, &once));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let word = |token: &SqlToken<'_>| token.text.to_string();
        statements(text).iter().map(|s| s.tokens.iter().map(word).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn comments_quotes_and_bodies() {
        let text = "-- é; x\nGRANT \"é\" ON *.* TO 'u'@'%'; select 'it''s;' /* a /* b */ ; */, [a;b];\nselect a[1]";
        assert_eq!(told(text), ["GRANT é ON * . * TO u @ %", "select it's; , a;b", "select a [ 1 ]"]);
        let blocks = "DO $a$ begin grant x to y; if z then revoke a from b; end if; end $a$; select 1";
        assert!(told(blocks).contains(&"grant x to y".to_owned()));
        assert!(told(blocks).contains(&"revoke a from b".to_owned()));
        let copied = "COPY t FROM stdin;\ngrant;'\n\\.\n\nselect 2;";
        assert_eq!(told(copied), ["COPY t FROM stdin", "select 2"]);
        assert_eq!(told("GRANT a ON b TO c\nGRANT d ON e TO f\nGO\nselect 1").len(), 3);
    }

    #[test]
    fn spans_point_into_the_text() {
        let text = "select 1; do $$ begin grant x to \"y\"; end $$";
        let all = statements(text);
        let grant = all.iter().find(|s| s.tokens[0].is("grant")).unwrap();
        assert_eq!(&text[grant.span()], "grant x to \"y\"");
    }

    #[test]
    fn hostile_text_ends() {
        for text in ["'a;", "$a", "$a$ ", "/*", "\"", "[a", "\\", "é'", "'\\", "do $$ do $$"] {
            statements(&text.repeat(20_000));
        }
        let tags: String = (0..50_000).map(|i| format!("$t{i}$ ")).collect();
        statements(&tags);
    }
}
