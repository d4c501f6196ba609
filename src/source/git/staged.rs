//! What is about to be committed: the index against HEAD.

use git2::{Commit, ErrorCode, Oid};

use super::Repository;
use super::compare::Comparison;
use super::emit::Emit;
use super::{owners, rename};
use crate::source::{Compared, Ledger, SourceError, Visit};

/// Reads every path whose entry in the index differs from HEAD.
///
/// # Errors
/// There is no index (a bare repository), or HEAD or the index cannot be read.
pub fn staged(repository: &Repository, ledger: &Ledger, visit: Visit<'_>) -> Result<Compared, SourceError> {
    repository.required_top()?;
    let head = head(repository)?;
    let index = repository.index()?;
    let comparison = Comparison::new(&repository.git, ledger);
    let deltas = comparison.with_index(head.as_ref().map(Commit::tree_id), &index);
    let deltas = rename::pair(&repository.git, deltas);
    Emit { ledger, visit }.all(repository, &deltas);
    let owners = head.as_ref().and_then(|commit| owners::of(&repository.git, commit));
    Ok(Compared { owners, base: head.map(|commit| commit.id().to_string()), head: None })
}

/// The commit that HEAD names; `None` before the first one.
pub(super) fn head(repository: &Repository) -> Result<Option<Commit<'_>>, SourceError> {
    let git = &repository.git;
    let id: Result<Oid, git2::Error> = git.head().and_then(|head| {
        head.target().ok_or_else(|| git2::Error::from_str("it is a symbolic reference that leads nowhere"))
    });
    match id.and_then(|id| git.find_commit(id)) {
        Ok(commit) => Ok(Some(commit)),
        Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(error) => Err(SourceError::unreadable(format!(
            "cannot read the commit that HEAD names: {}; `git fsck` tells more",
            error.message()
        ))),
    }
}
