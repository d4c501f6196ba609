//! Names: a secret can stand in that of a file or a revision, and then nothing may print it.

use std::borrow::Cow;

use super::known::Known;
use super::mask::{cover, masks};
use super::search::candidates;
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::RepoPath;

/// Bytes of a text that are looked at where only its beginning is shown.
const LOOKED_AT: usize = 16 << 10;
/// Longest name of an owner that is shown, in characters: more than a forge or a mail address allows.
const LONGEST_OWNER: usize = 256;

/// `path` as reports show it: encoded, and every secret in it masked.
pub fn shown(set: &RuleSet, path: &RepoPath) -> String {
    let bytes = path.as_bytes();
    // A slash is a digit of many secrets, and no part of a name: each name is looked at as a line of its own, too.
    let names: Vec<u8> = bytes.iter().map(|b| if *b == b'/' { b'\n' } else { *b }).collect();
    let found = [bytes, &names].map(|bytes| candidates(set, b"", &Text::raw(bytes), &|_| true)).concat();
    if found.is_empty() { path.encoded() } else { RepoPath::new(cover(bytes, &masks(&found, bytes))).encoded() }
}

/// Text that quotes what the user named, every secret in it masked.
pub fn masked(set: &RuleSet, text: &str) -> String {
    let bytes = text.as_bytes();
    let found = candidates(set, b"", &Text::raw(bytes), &|_| true);
    String::from_utf8_lossy(&cover(bytes, &masks(&found, bytes))).into_owned()
}

/// The beginning of `text`, every secret in it masked, with `…` for what is left out from `most` characters on. The one way to
/// shorten what a file says: no rule knows a secret again that was cut, so it must be masked before.
pub fn masked_to(set: &RuleSet, text: &str, most: usize) -> String {
    said_to(set, &[], text, most)
}

/// The same for words about a file, without what stands in a secret of the file.
pub(super) fn said_to(set: &RuleSet, known: &[&Known], text: &str, most: usize) -> String {
    let masked = masked(set, &bounded(text, LOOKED_AT));
    let said = known.iter().fold(masked, |said, known| known.without(said));
    match said.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said,
    }
}

/// `text`, or of a very long one its first words with `…`: raw still, so that it can be masked.
pub(super) fn bounded(text: &str, most: usize) -> Cow<'_, str> {
    let seen = beginning(text, most);
    if seen.len() < text.len() { Cow::Owned(format!("{seen}…")) } else { Cow::Borrowed(text) }
}

/// The names of owners as reports show them.
pub fn owners(set: &RuleSet, names: &[String]) -> Vec<String> {
    names.iter().map(|name| masked_to(set, name, LONGEST_OWNER)).collect()
}

/// The first words of `text` that have at most `most` bytes together: no word is cut, because it could be a secret.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let is_between = text[end..].starts_with(char::is_whitespace);
    let end = if is_between { Some(end) } else { text[..end].rfind(char::is_whitespace) };
    text[..end.unwrap_or_default()].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::fill;

    #[test]
    fn no_piece_of_a_secret_is_left_wherever_a_text_is_cut() {
        let set = RuleSet::builtin().unwrap();
        let token = fill("{github:ghp_}", 1).unwrap();
        for before in 0..120 {
            let text = format!("{} {token} and more", "a".repeat(before));
            let said = masked_to(&set, &text, 100);
            assert!(said.chars().count() <= 101, "{said}");
            let pieces = token.as_bytes()[4..].windows(8);
            assert!(pieces.map(|p| std::str::from_utf8(p).unwrap()).all(|piece| !said.contains(piece)), "{before}");
        }
    }

    #[test]
    fn a_short_text_is_whole_and_a_long_one_says_so() {
        let set = RuleSet::builtin().unwrap();
        assert_eq!(masked_to(&set, "äöü", 3), "äöü");
        assert_eq!(masked_to(&set, "äöüx", 3), "äöü…");
        assert_eq!(masked_to(&set, &"x".repeat(LOOKED_AT + 1), 3), "…");
    }

    #[test]
    fn a_beginning_ends_between_words() {
        for (text, most, expected) in
            [("one two", 7, "one two"), ("one two", 6, "one"), ("one two", 3, "one"), ("one", 2, ""), ("ä b", 1, "")]
        {
            assert_eq!(beginning(text, most), expected, "{text} {most}");
        }
    }
}
