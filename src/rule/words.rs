//! Words of names: whole tokens of identifiers and paths, so that `author` is no `auth` and `tokenizer` no `token`.

use std::ops::Range;

/// Halves that names split by their capitals or underscores and that mean one word.
const WHOLE: [(&str, &str); 22] = [
    ("sign", "in"),
    ("sign", "out"),
    ("sign", "up"),
    ("log", "in"),
    ("log", "on"),
    ("log", "out"),
    ("o", "auth"),
    ("o", "auth2"),
    ("2", "fa"),
    ("two", "factor"),
    ("multi", "factor"),
    ("web", "authn"),
    ("web", "auth"),
    ("pass", "key"),
    ("pass", "word"),
    ("pass", "phrase"),
    ("api", "key"),
    ("open", "id"),
    ("key", "store"),
    ("trust", "store"),
    ("time", "stamp"),
    ("multi", "tenant"),
];

/// How a token is joined to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Within one name: `login_required`, `isAdmin`.
    Within,
    /// A member of it: `req.user`, `Gate::allows`, `a->b`.
    Member,
    /// Something else stands between.
    Apart,
}

/// One word of a name, in lower case and in the singular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// How it is joined to the word before.
    pub join: Join,
    /// Where it stands.
    pub span: Range<usize>,
}

/// The words of `text` in their order.
pub fn words(text: &[u8]) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let mut end = 0;
    let mut at = 0;
    while let Some(start) = text[at..].iter().position(|b| is_letter(*b)).map(|skip| at + skip) {
        let stop = text[start..].iter().position(|b| !is_letter(*b)).map_or(text.len(), |len| start + len);
        let mut first = true;
        for piece in pieces(&text[start..stop]) {
            let span = start + piece.start..start + piece.end;
            let join = match (first, out.is_empty()) {
                (false, _) => Join::Within,
                (true, true) => Join::Apart,
                (true, false) => joined(&text[end..span.start]),
            };
            first = false;
            end = span.end;
            push(&mut out, Word { text: singular(&text[span.clone()]), join, span });
        }
        at = stop;
    }
    out
}

/// Adds a word, or makes one of it and the word before.
fn push(out: &mut Vec<Word>, word: Word) {
    if word.join == Join::Within
        && let Some(last) = out.last_mut()
        && WHOLE.iter().any(|(a, b)| *a == last.text && *b == word.text.trim_end_matches('s'))
    {
        last.text.push_str(word.text.trim_end_matches('s'));
        last.span.end = word.span.end;
        return;
    }
    out.push(word);
}

fn is_letter(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}

fn joined(between: &[u8]) -> Join {
    match between {
        b"" | b"_" | b"-" | b"__" => Join::Within,
        b"." | b"::" | b"->" | b"?." | b"&." => Join::Member,
        _ => Join::Apart,
    }
}

/// Where the capitals of a name split it: `HTTPSession` → `HTTP`, `Session`; figures stay with what they follow.
fn pieces(name: &[u8]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for at in 1..name.len() {
        let (before, here) = (name[at - 1], name[at]);
        let next = name.get(at + 1);
        let is_hump = here.is_ascii_uppercase() && !before.is_ascii_uppercase();
        let ends_capitals =
            here.is_ascii_uppercase() && before.is_ascii_uppercase() && next.is_some_and(u8::is_ascii_lowercase);
        // The plural of capitals, as in `URLs`, is no word.
        let ends_capitals = ends_capitals && !(next == Some(&b's') && at + 2 == name.len());
        let is_figure_first = at == 1 && before.is_ascii_digit() && here.is_ascii_alphabetic();
        if is_hump || ends_capitals || is_figure_first {
            out.push(start..at);
            start = at;
        }
    }
    out.push(start..name.len());
    out
}

/// Lower case, without the ending of a plural.
fn singular(word: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(word).to_ascii_lowercase();
    if text.len() > 4 && text.ends_with("ies") {
        text.truncate(text.len() - 3);
        text.push('y');
    } else if text.len() > 3 && text.ends_with('s') && !text.ends_with("ss") && !text.ends_with("us") {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        words(text.as_bytes()).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn names_split_into_whole_words() {
        assert_eq!(said("loginRequired"), ["login", "required"]);
        assert_eq!(said("HTTPSession_ids"), ["http", "session", "ids"]);
        assert_eq!(said("OAuth2Client"), ["oauth2", "client"]);
        assert_eq!(said("signIn sign_out"), ["signin", "signout"]);
        assert_eq!(said("author tokenizer"), ["author", "tokenizer"]);
        assert_eq!(said("policies roles access"), ["policy", "role", "access"]);
    }

    #[test]
    fn joins_tell_members_from_neighbours() {
        let joins: Vec<Join> = words(b"req.user isAdmin Gate::x").iter().map(|word| word.join).collect();
        use Join::{Apart, Member, Within};
        assert_eq!(joins, [Apart, Member, Apart, Within, Apart, Member]);
    }
}
