//! Words, texts and signs of Groovy, as far as settings need them: comments are left out.

use std::ops::Range;

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroovyToken<'t> {
    /// A name or number, a text without its quotes, or one sign.
    pub text: &'t str,
    /// True for what stood in quotes.
    pub is_quoted: bool,
    /// Where it stands, with its quotes.
    pub span: Range<usize>,
}

impl GroovyToken<'_> {
    /// True for this word or sign outside of quotes.
    pub fn is(&self, word: &str) -> bool {
        !self.is_quoted && self.text == word
    }
}

/// The tokens of a program. Quotes that nobody closes end with their line.
pub fn groovy(text: &str) -> Vec<GroovyToken<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let mut len = c.len_utf8();
        if rest.starts_with("//") || (rest.starts_with("#!") && at == 0) {
            len = rest.find('\n').unwrap_or(rest.len());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            len = comment.find("*/").map_or(rest.len(), |end| end + 4);
        } else if let Some(quote) = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| rest.starts_with(quote)) {
            let inner = until(&rest[quote.len()..], quote);
            let text = &rest[quote.len()..quote.len() + inner];
            // Where the quote is missing its line end, or the end of all, stands in for it.
            len = (quote.len() * 2 + inner).min(rest.len());
            out.push(GroovyToken { text, is_quoted: true, span: at..at + len });
        } else if is_word(c) {
            len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            out.push(GroovyToken { text: &rest[..len], is_quoted: false, span: at..at + len });
        } else if !c.is_whitespace() {
            out.push(GroovyToken { text: &rest[..len], is_quoted: false, span: at..at + len });
        }
        at += len;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How far the text goes that `quote` ends.
fn until(rest: &str, quote: &str) -> usize {
    let is_long = quote.len() > 1;
    let mut is_escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' if !is_long => return at,
            _ if rest[at..].starts_with(quote) => return at,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_texts_and_signs() {
        let read = |text: &'static str| groovy(text).into_iter().map(|token| token.text).collect::<Vec<_>>();
        assert_eq!(
            read("stage('a // b') { // c\n sh \"x\\\"y\" /* d */ }"),
            ["stage", "(", "a // b", ")", "{", "sh", "x\\\"y", "}"]
        );
        assert_eq!(read("'''a\n'b''' c"), ["a\n'b", "c"]);
        assert_eq!(read("'open\nnext /* é"), ["open", "next"]);
        assert_eq!(read("'é"), ["é"]);
    }
}
