//! Ranges of commits: what is typed, and which two commits it names.

use std::str::FromStr;

use git2::{Commit, ErrorCode, ObjectType, Oid};

use super::Repository;
use crate::source::SourceError;

/// Two revisions, and how they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    base: String,
    head: String,
    dots: Dots,
}

/// What the old side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dots {
    /// `A..B`: A itself.
    Two,
    /// `A...B`: the merge base of A and B.
    Three,
}

impl FromStr for Range {
    type Err = SourceError;

    fn from_str(word: &str) -> Result<Self, SourceError> {
        let (base, head, dots) = if let Some((base, head)) = word.split_once("...") {
            (base, head, Dots::Three)
        } else if let Some((base, head)) = word.split_once("..") {
            (base, head, Dots::Two)
        } else {
            return Err(SourceError::usage(format!(
                "`{word}` is no range; write `{word}...HEAD` for what has come since it, or `A..B` for two commits"
            )));
        };
        let side = |side: &str| if side.is_empty() { "HEAD" } else { side }.to_owned();
        Ok(Self { base: side(base), head: side(head), dots })
    }
}

/// The commits that `range` names: the old side, `None` for the empty tree, and the new one.
///
/// # Errors
/// A revision is unknown, or the old side is not in this clone.
pub(super) fn commits<'r>(
    repository: &'r Repository,
    range: &Range,
) -> Result<(Option<Commit<'r>>, Commit<'r>), SourceError> {
    let revisions = Revisions { repository, range };
    let head = revisions.commit(&range.head)?;
    Ok((revisions.base(&head)?, head))
}

struct Revisions<'a, 'b> {
    repository: &'a Repository,
    range: &'b Range,
}

impl<'a> Revisions<'a, '_> {
    /// The old side; `None` is the empty tree.
    fn base(&self, head: &Commit<'_>) -> Result<Option<Commit<'a>>, SourceError> {
        // CI systems name the base of a first push by zeros.
        if self.range.base.len() >= 40 && self.range.base.bytes().all(|b| b == b'0') {
            return Ok(None);
        }
        let base = self.commit(&self.range.base)?;
        if self.range.dots == Dots::Two {
            return Ok(Some(base));
        }
        let git = &self.repository.git;
        let id = git.merge_base(base.id(), head.id()).map_err(|error| self.no_merge_base(&error))?;
        git.find_commit(id).map(Some).map_err(|error| self.no_merge_base(&error))
    }

    fn commit(&self, revision: &str) -> Result<Commit<'a>, SourceError> {
        let object = self.repository.git.revparse_single(revision);
        let commit = object.and_then(|object| object.peel(ObjectType::Commit));
        let commit = commit.map_err(|error| self.unknown(revision, &error))?;
        let missing = || SourceError::usage(format!("`{revision}` names no commit"));
        commit.into_commit().map_err(|_| missing())
    }

    fn unknown(&self, revision: &str, error: &git2::Error) -> SourceError {
        let is_id = Oid::from_str(revision).is_ok();
        let damaged = !matches!(
            error.code(),
            ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Ambiguous | ErrorCode::Peel
        );
        if self.repository.git.is_shallow() {
            return SourceError::unreadable(format!(
                "revision `{revision}` is not in this shallow clone; run `git fetch --unshallow`, or fetch just that \
                 commit with `git fetch --depth=1 origin {revision}`"
            ));
        }
        if damaged || (is_id && self.is_partial()) {
            return SourceError::unreadable(format!(
                "revision `{revision}` cannot be read: {}; `git fetch` or `git fsck` helps",
                error.message()
            ));
        }
        SourceError::usage(format!("unknown revision `{revision}`: {}; check the name, or fetch it", error.message()))
    }

    fn is_partial(&self) -> bool {
        let config = self.repository.git.config().and_then(|c| c.get_string("extensions.partialclone"));
        config.is_ok()
    }

    fn no_merge_base(&self, error: &git2::Error) -> SourceError {
        let Range { base, head, .. } = self.range;
        if self.repository.git.is_shallow() {
            return SourceError::unreadable(format!(
                "the merge base of `{base}` and `{head}` is not in this shallow clone; run `git fetch --unshallow`, \
                 or deepen it with `git fetch --deepen=100 origin`"
            ));
        }
        if error.code() == ErrorCode::NotFound {
            return SourceError::usage(format!(
                "`{base}` and `{head}` have no commit in common; `{base}..{head}` compares them as they are"
            ));
        }
        SourceError::unreadable(format!(
            "cannot find the merge base of `{base}` and `{head}`: {}; `git fsck` tells more",
            error.message()
        ))
    }
}
