//! File names: a secret can stand in one, and then no report may print it.

use super::candidate::candidates;
use super::mask::{cover, masks};
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::RepoPath;

/// `path` as reports show it: encoded, and every secret in it masked.
pub fn shown(set: &RuleSet, path: &RepoPath) -> String {
    let bytes = path.as_bytes();
    let found = candidates(set, &Text::raw(bytes), |_| true);
    if found.is_empty() { path.encoded() } else { RepoPath::new(cover(bytes, &masks(&found, bytes))).encoded() }
}
