//! Names: a secret can stand in that of a file or a revision, and then nothing may print it.

use super::mask::{cover, masks};
use super::search::candidates;
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::RepoPath;

/// `path` as reports show it: encoded, and every secret in it masked.
pub fn shown(set: &RuleSet, path: &RepoPath) -> String {
    let bytes = path.as_bytes();
    let found = candidates(set, b"", &Text::raw(bytes), &|_| true);
    if found.is_empty() { path.encoded() } else { RepoPath::new(cover(bytes, &masks(&found, bytes))).encoded() }
}

/// Text that quotes what the user named, every secret in it masked.
pub fn masked(set: &RuleSet, text: &str) -> String {
    let bytes = text.as_bytes();
    let found = candidates(set, b"", &Text::raw(bytes), &|_| true);
    String::from_utf8_lossy(&cover(bytes, &masks(&found, bytes))).into_owned()
}
