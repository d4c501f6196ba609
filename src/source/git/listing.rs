//! What a range of commits is, by object ids: its commits and trees, and every path with what stood and stands there.

use git2::Commit;

use super::delta::{Delta, Entry, raw_mode};
use crate::unit::RepoPath;

/// A commit and its tree, by full id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitId {
    /// The commit.
    pub commit: String,
    /// Its tree.
    pub tree: String,
}

impl CommitId {
    pub(super) fn of(commit: &Commit<'_>) -> Self {
        Self { commit: commit.id().to_string(), tree: commit.tree_id().to_string() }
    }
}

/// One side of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The blob; of a submodule, its commit.
    pub id: String,
    /// Git's number for the mode.
    pub mode: u32,
}

/// A path that differs. A rename is a path that goes and one that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Where it stands.
    pub path: RepoPath,
    /// What stood there.
    pub before: Option<Placed>,
    /// What stands there now.
    pub after: Option<Placed>,
}

/// Every path that differs, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(pub Vec<Changed>);

impl Listing {
    pub(super) fn of(deltas: &[Delta]) -> Self {
        let placed = |entry: Entry| Placed { id: entry.id.to_string(), mode: raw_mode(entry.mode) };
        let changed = |delta: &Delta| Changed {
            path: delta.path.clone(),
            before: delta.old.map(placed),
            after: delta.new.map(placed),
        };
        Self(deltas.iter().map(changed).collect())
    }
}
