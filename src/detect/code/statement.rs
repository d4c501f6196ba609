//! Statements: the pieces of code round a change, and which bracket belongs to which, so that a call is seen whole.

use std::ops::Range;

use crate::rule::Language;

/// Names that an expression is reached by.
const MOST_NAMES: usize = 16;
/// Pieces of the longest statement that is read.
pub(in crate::detect) const MOST_PIECES: usize = 600;

/// What a piece of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Token {
    /// A name, or a number.
    Name,
    /// What stands in quotes, with them.
    Text,
    /// A sign.
    Sign(u8),
    /// The end of a line.
    Line,
}

/// A piece of code.
#[derive(Clone, Debug)]
pub(in crate::detect) struct Piece {
    pub(in crate::detect) token: Token,
    pub(in crate::detect) span: Range<usize>,
    /// For a bracket, the place of its other half.
    pub(in crate::detect) partner: Option<usize>,
}

/// Some lines of code, in pieces.
#[derive(Debug)]
pub(in crate::detect) struct Pieces<'a> {
    pub(in crate::detect) code: &'a [u8],
    pub(in crate::detect) all: Vec<Piece>,
}

/// Quotes of a language.
fn quotes(language: Language) -> &'static [u8] {
    match language {
        Language::Rust => b"\"",
        Language::Python | Language::Jvm | Language::Dotnet | Language::C => b"\"'",
        _ => b"\"'`",
    }
}

impl<'a> Pieces<'a> {
    /// The pieces of `range`; comments are blank in `code` already.
    pub(in crate::detect) fn of(code: &'a [u8], range: Range<usize>, language: Language) -> Self {
        let mut out = Self { code, all: Vec::new() };
        let mut at = range.start;
        let end = range.end.min(code.len());
        while at < end {
            let length = out.take(&code[at..end], at, language);
            at += length.max(1);
        }
        out.pair();
        out
    }

    fn take(&mut self, rest: &[u8], at: usize, language: Language) -> usize {
        let byte = rest[0];
        let (token, length) = match byte {
            b'\n' => (Token::Line, 1),
            _ if byte.is_ascii_whitespace() => return 1,
            // `$x` of PHP and Ruby's `@x` are names.
            _ if is_name(byte) || (b"$@".contains(&byte) && rest.get(1).is_some_and(|b| is_name(*b))) => {
                let length = 1 + rest[1..].iter().take_while(|b| is_name(**b)).count();
                let is_macro = language == Language::Rust
                    && rest.get(length) == Some(&b'!')
                    && rest.get(length + 1) != Some(&b'=');
                (Token::Name, length + usize::from(is_macro))
            }
            _ if quotes(language).contains(&byte) => (Token::Text, text_length(rest, byte)),
            b'\'' if rest.get(2) == Some(&b'\'') => (Token::Text, 3),
            _ => (Token::Sign(byte), 1),
        };
        self.all.push(Piece { token, span: at..at + length, partner: None });
        length
    }

    fn pair(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for at in 0..self.all.len() {
            let Token::Sign(sign) = self.all[at].token else { continue };
            let opener = match sign {
                b'(' | b'[' | b'{' => {
                    open.push(at);
                    continue;
                }
                b')' => b'(',
                b']' => b'[',
                b'}' => b'{',
                _ => continue,
            };
            // What does not match was cut off by the window, or is no code.
            while let Some(last) = open.pop() {
                if self.all[last].token == Token::Sign(opener) {
                    (self.all[last].partner, self.all[at].partner) = (Some(at), Some(last));
                    break;
                }
            }
        }
    }

    /// The bytes of a piece.
    pub(in crate::detect) fn text(&self, at: usize) -> &'a [u8] {
        self.all.get(at).map_or(b"", |piece| &self.code[piece.span.clone()])
    }

    pub(in crate::detect) fn token(&self, at: usize) -> Option<Token> {
        self.all.get(at).map(|piece| piece.token)
    }

    /// True if this sign stands at `at`.
    pub(in crate::detect) fn is(&self, at: usize, sign: u8) -> bool {
        self.token(at) == Some(Token::Sign(sign))
    }

    /// The place of the other half of the bracket at `at`.
    pub(in crate::detect) fn partner(&self, at: usize) -> Option<usize> {
        self.all.get(at).and_then(|piece| piece.partner)
    }

    /// The names that the call or expression which ends with the name at `at` is reached by, that name included; calls and
    /// indexes on the way are stepped over, and so are line ends before a dot.
    pub(in crate::detect) fn path(&self, at: usize) -> (Vec<usize>, usize) {
        let mut names = vec![at];
        let mut first = at;
        while let Some(mut before) = self.join_before(first).filter(|_| names.len() < MOST_NAMES) {
            while let Some(Token::Sign(b')' | b']' | b'!' | b'?')) = self.token(before) {
                let Some(step) = self.partner(before).or(Some(before)).and_then(|at| at.checked_sub(1)) else { break };
                before = step;
            }
            if !matches!(self.token(before), Some(Token::Name | Token::Text)) {
                return (reversed(names), first);
            }
            names.push(before);
            first = before;
        }
        (reversed(names), first)
    }

    /// The piece before the `.`, `::`, `->`, `?.`, `&.` or `!.` that stands before `at`.
    fn join_before(&self, at: usize) -> Option<usize> {
        let back = |at: usize| (0..at).rev().find(|at| self.token(*at) != Some(Token::Line));
        let sign = at.checked_sub(1)?;
        let (one, two) = (self.token(sign)?, sign.checked_sub(1).and_then(|at| self.token(at)));
        match (two, one) {
            (Some(Token::Sign(b':')), Token::Sign(b':')) | (Some(Token::Sign(b'-')), Token::Sign(b'>')) => {
                back(sign - 1)
            }
            (Some(Token::Sign(b'?' | b'&' | b'!')), Token::Sign(b'.')) => back(sign - 1),
            // The parts of a range or a spread are apart.
            (Some(Token::Sign(b'.')), Token::Sign(b'.')) => None,
            (_, Token::Sign(b'.')) => back(sign),
            _ => None,
        }
    }

    /// The end of the statement that goes on behind `at`, where no brackets say so.
    pub(in crate::detect) fn end_of_statement(&self, at: usize) -> usize {
        let mut here = at;
        while let Some(token) = self.token(here).filter(|_| here < at + MOST_PIECES) {
            match token {
                Token::Line if !self.goes_on(here) => return here,
                Token::Sign(b';' | b'}') => return here,
                Token::Sign(b'(' | b'[' | b'{') => match self.partner(here) {
                    Some(end) => here = end,
                    None if token == Token::Sign(b'{') => return here,
                    None => {}
                },
                Token::Sign(b')' | b']') => return here,
                Token::Name if [&b"if"[..], b"unless"].contains(&self.text(here)) => return here,
                _ => {}
            }
            here += 1;
        }
        here
    }

    /// True if the line that ends at `at` is not the end of its statement.
    fn goes_on(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.token(at));
        let next = self.token(at + 1);
        matches!(before, Some(Token::Sign(b',' | b'+' | b'\\' | b'.' | b'<' | b'|' | b'&')))
            || matches!(next, Some(Token::Sign(b'.' | b'+' | b'<' | b'?')))
    }
}

fn reversed(mut names: Vec<usize>) -> Vec<usize> {
    names.reverse();
    names
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Length of the string that begins with this quote.
fn text_length(rest: &[u8], quote: u8) -> usize {
    if rest.len() > 2 && rest[1] == quote && rest[2] == quote {
        return memchr::memmem::find(&rest[3..], &rest[..3]).map_or(rest.len(), |end| end + 6);
    }
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len().min(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(code: &str, name: &str) -> String {
        let pieces = Pieces::of(code.as_bytes(), 0..code.len(), Language::Javascript);
        let at = (0..pieces.all.len()).find(|at| pieces.text(*at) == name.as_bytes()).unwrap();
        let (path, _) = pieces.path(at);
        path.iter().map(|at| String::from_utf8_lossy(pieces.text(*at)).into_owned()).collect::<Vec<_>>().join(".")
    }

    #[test]
    fn a_call_is_known_by_all_it_is_called_on() {
        for (code, path) in [
            ("a.b.x(1)", "a.b.x"),
            ("log.Info().Str('a', b).x(c)", "log.Info.Str.x"),
            ("Log::x(1)", "Log.x"),
            ("a?.x(1)", "a.x"),
            ("logger\n  .x(1)", "logger.x"),
            ("f(); x(1)", "x"),
            ("env['A'].x()", "env.x"),
        ] {
            assert_eq!(path_of(code, "x"), path, "{code}");
        }
    }

    #[test]
    fn a_statement_without_brackets_ends_where_its_line_does() {
        let code = "puts a,\n  b\nc";
        let pieces = Pieces::of(code.as_bytes(), 0..code.len(), Language::Ruby);
        assert_eq!(pieces.all[pieces.end_of_statement(1)].span, 11..12);
    }
}
