//! The commit that HEAD names.

use git2::{Commit, ErrorCode, Oid};

use super::Repository;
use super::loose::Loose;
use crate::source::SourceError;

/// The commit that HEAD names; `None` before the first one.
pub(super) fn head(repository: &Repository) -> Result<Option<Commit<'_>>, SourceError> {
    let git = &repository.git;
    let id: Result<Oid, git2::Error> = git.head().and_then(|head| {
        head.target().ok_or_else(|| git2::Error::from_str("it is a symbolic reference that leads nowhere"))
    });
    match id.and_then(|id| Loose::of(git).whole(id).and_then(|()| git.find_commit(id))) {
        Ok(commit) => Ok(Some(commit)),
        Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(error) => Err(SourceError::unreadable(format!(
            "cannot read the commit that HEAD names: {}; `git fsck` tells more",
            error.message()
        ))),
    }
}
