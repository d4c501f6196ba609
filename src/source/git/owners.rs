//! The code owners of a commit: the file that its forge would read.

use git2::{Commit, Repository};

use super::loose::{self, Loose};

/// Where it may stand; the first one counts.
const PLACES: [&str; 5] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS", ".forgejo/CODEOWNERS"];
/// Forges read no larger one.
const LARGEST: usize = 3 << 20;

/// The content of the file, if `commit` has one that can be read.
pub(super) fn of(git: &Repository, commit: &Commit<'_>) -> Option<Vec<u8>> {
    let entry = PLACES.iter().find_map(|place| loose::entry(git, commit, place).ok())?;
    Loose::of(git).whole(entry.id()).ok()?;
    let blob = git.find_blob(entry.id()).ok()?;
    (blob.size() <= LARGEST).then(|| blob.content().to_vec())
}
