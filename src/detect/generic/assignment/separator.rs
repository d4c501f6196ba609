//! What stands between a name and its value: operators, types, commas of pairs, blanks of options.

use super::{Parser, Separator};
use crate::detect::generic::language::Language;
use crate::rule::NameClass as Class;

impl Parser<'_> {
    /// Takes the separator, and the type that may stand before its `=`.
    pub(super) fn separator(&mut self, is_quoted: bool) -> Option<Separator> {
        if let Some(value) = self.pair(is_quoted) {
            return Some(value);
        }
        let blanks = self.cursor.blanks();
        let found = self.operator(is_quoted, blanks)?;
        if found == Separator::Colon && self.language == Language::Code {
            self.annotation();
        }
        Some(found)
    }

    fn operator(&mut self, is_quoted: bool, blanks: usize) -> Option<Separator> {
        const OPERATORS: [(&str, Option<Separator>); 19] = [
            ("::", None),
            ("===", Some(Separator::Compare)),
            ("!==", Some(Separator::Compare)),
            ("==", Some(Separator::Compare)),
            ("!=", Some(Separator::Compare)),
            ("=>", Some(Separator::Arrow)),
            ("=~", None),
            (":=", Some(Separator::Equals)),
            ("||=", Some(Separator::Equals)),
            ("??=", Some(Separator::Equals)),
            ("?=", Some(Separator::Equals)),
            ("+=", Some(Separator::Equals)),
            ("<-", Some(Separator::Equals)),
            ("->", None),
            ("=", Some(Separator::Equals)),
            (":", Some(Separator::Colon)),
            ("%3D", Some(Separator::Equals)),
            ("%3A", Some(Separator::Colon)),
            ("\\u003d", Some(Separator::Equals)),
        ];
        if self.language == Language::Query && self.cursor.eat("::") {
            return Some(Separator::Colon);
        }
        if let Some((literal, found)) =
            OPERATORS.iter().find(|(literal, _)| self.cursor.rest().starts_with(literal.as_bytes()))
        {
            self.cursor.at += literal.len();
            return *found;
        }
        match self.cursor.peek()? {
            b',' if is_quoted => self.step(Separator::Comma),
            b'(' if !is_quoted && blanks == 0 => self.step(Separator::Call),
            b'>' if blanks == 0 => self.step(Separator::Tag),
            _ if blanks > 0 => self.blank_separator(),
            _ => None,
        }
    }

    fn step(&mut self, separator: Separator) -> Option<Separator> {
        self.cursor.at += 1;
        Some(separator)
    }

    /// Blanks separate an option, a scheme or an SQL clause from its value, and a name from its type.
    fn blank_separator(&mut self) -> Option<Separator> {
        let is_option = self.name.span.start > 0 && self.bytes[self.name.span.start - 1] == b'-';
        let is_scheme = self.name.lower() == b"bearer" || self.name.class == Class::Token && self.is_header();
        let is_clause = matches!(self.cursor.peek(), Some(b'\'' | b'"')) && self.name.class == Class::Password;
        if is_option || is_scheme || is_clause {
            return Some(Separator::Blank);
        }
        (self.language == Language::Code && self.annotation()).then_some(Separator::Equals)
    }

    /// `Authorization: token …`
    fn is_header(&self) -> bool {
        let before = &self.bytes[self.name.span.start.saturating_sub(24)..self.name.span.start];
        before.to_ascii_lowercase().windows(4).any(|w| w == b"auth")
    }

    /// Takes a type and the `=` after it: `: &str =`.
    fn annotation(&mut self) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.blanks();
        let is_type = |b: u8| b.is_ascii_alphanumeric() || b"_<>&'?.[]|* ".contains(&b);
        ahead.eat_while(48, is_type);
        let found = ahead.peek() == Some(b'=') && !matches!(ahead.byte(1), Some(b'=' | b'>'));
        if found {
            self.cursor.at = ahead.at + 1;
        }
        found
    }

    /// `"name": "password", "value": …`: takes all up to the value.
    fn pair(&mut self, is_quoted: bool) -> Option<Separator> {
        let mut ahead = self.cursor.clone();
        let crossed = ahead.eat_while(80, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b','));
        if crossed == 0 || !is_quoted && !self.bytes[self.cursor.at..ahead.at].contains(&b'\n') {
            return None;
        }
        ahead.quote();
        let word = ahead.at;
        ahead.eat_while(16, |b| b.is_ascii_alphabetic() || b == b'_');
        let word = self.bytes[word..ahead.at].to_ascii_lowercase();
        if !matches!(
            word.as_slice(),
            b"value" | b"val" | b"content" | b"defaultvalue" | b"default" | b"default_value" | b"initial_value"
        ) {
            return None;
        }
        ahead.quote();
        ahead.blanks();
        if !ahead.eat(":") && !ahead.eat("=") {
            return None;
        }
        self.cursor = ahead;
        Some(Separator::Pair)
    }
}
