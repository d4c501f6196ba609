//! What is secret in one text, so that nothing that is said about it says any piece of that.
//!
//! A rule knows a secret by what stands round it, and in one piece. Words about a file take it out of there: in lower case, without
//! the name before it, up to a slash. So they lose whatever stands in a secret of the file, too.

use std::collections::HashSet;
use std::ops::Range;

use super::candidate::{Candidate, Fallen};
use super::mask::{Mask, masks};
use super::search::candidates;
use crate::rule::RuleSet;
use crate::text::Text;

/// Bytes of a secret that give it away, next to each other.
const PIECE: usize = 8;
/// Bytes of secrets that are looked for, so that a file of nothing else costs no more.
const MOST: usize = 256 << 10;

/// The secrets of a text.
pub(super) struct Known {
    masks: Vec<Mask>,
    /// In lower case.
    pieces: HashSet<[u8; PIECE]>,
}

impl Known {
    /// Looks for them. `path` tells the language.
    pub(super) fn of(set: &RuleSet, path: &[u8], text: &Text<'_>) -> Self {
        let found = candidates(set, path, text, &|_| true);
        let (bytes, mut left) = (text.bytes(), MOST);
        let mut pieces = HashSet::new();
        for candidate in found.iter().filter(|candidate| is_secret(candidate)) {
            let secret = &bytes[candidate.secret.clone()];
            let secret = &secret[..secret.len().min(left)];
            left -= secret.len();
            pieces.extend(windows(secret).map(|(_, piece)| piece));
        }
        Self { masks: masks(&found, bytes), pieces }
    }

    /// What must not be printed of the text itself.
    pub(super) fn masks(&self) -> &[Mask] {
        &self.masks
    }

    /// `said` without what stands in a secret.
    pub(super) fn without(&self, said: String) -> String {
        let mut hidden: Vec<Range<usize>> = Vec::new();
        let known = windows(said.as_bytes()).filter(|(_, piece)| self.pieces.contains(piece));
        for (at, _) in known {
            match hidden.last_mut() {
                Some(last) if last.end >= at => last.end = at + PIECE,
                _ => hidden.push(at..at + PIECE),
            }
        }
        if hidden.is_empty() {
            return said;
        }
        let mut out = String::new();
        let mut at = 0;
        for Range { start, end } in hidden {
            out += &format!("{}[{} hidden]", said.get(at..start).unwrap_or_default(), end - start);
            at = end;
        }
        out + said.get(at..).unwrap_or_default()
    }
}

/// True for what is reported, or looks like it: what stands in for a secret is an ordinary word.
fn is_secret(candidate: &Candidate<'_>) -> bool {
    let is_taken = matches!(candidate.standing, Ok(_) | Err(Fallen::Check | Fallen::Outranked));
    is_taken && candidate.rule.rule().kind == crate::finding::Kind::Secret
}

/// Every run of [`PIECE`] printable bytes in lower case, with its place.
fn windows(bytes: &[u8]) -> impl Iterator<Item = (usize, [u8; PIECE])> {
    bytes.windows(PIECE).enumerate().filter_map(|(at, window)| {
        let piece = <[u8; PIECE]>::try_from(window).ok()?;
        piece.iter().all(u8::is_ascii_graphic).then(|| (at, piece.map(|b| b.to_ascii_lowercase())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::fill;

    #[test]
    fn a_piece_of_a_secret_is_known_in_any_case_and_nothing_else_is() {
        let set = RuleSet::builtin().unwrap();
        let token = fill("{github:ghp_}", 1).unwrap();
        let content = format!("url: https://{token}@github.com/acme/tool\n");
        let known = Known::of(&set, b"a.yml", &Text::new(content.as_bytes()));
        let tail = token[20..].to_ascii_lowercase();
        assert_eq!(known.without(format!("run {tail}, from github.com/acme")), "run [20 hidden], from github.com/acme");
        assert_eq!(known.without(content[..8].to_owned()), content[..8]);
        let short = token[4..11].to_owned();
        assert_eq!(known.without(short.clone()), short);
    }
}
