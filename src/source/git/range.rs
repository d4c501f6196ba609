//! Ranges of commits: what is typed, and which two commits it names.

use std::fmt;
use std::str::FromStr;

use git2::{Commit, ErrorCode, ObjectType, Oid};

use super::Repository;
use super::loose::Loose;
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

impl fmt::Display for Range {
    /// As it is typed, ids cut to the twelve digits that people compare.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &'_ str| {
            let is_id = matches!(side.len(), 40 | 64) && side.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_id { side[..12].to_owned() } else { side.to_owned() }
        };
        let dots = if self.dots == Dots::Two { ".." } else { "..." };
        write!(f, "{}{dots}{}", side(&self.base), side(&self.head))
    }
}

/// The commits of a range.
pub(super) struct Commits<'r> {
    /// The old side; `None` for the empty tree.
    pub(super) base: Option<Commit<'r>>,
    /// What was named, where its merge base is the old side.
    pub(super) named: Option<Commit<'r>>,
    /// The new side.
    pub(super) head: Commit<'r>,
}

/// The commits that `range` names.
///
/// # Errors
/// A revision is unknown, or the old side is not in this clone.
pub(super) fn commits<'r>(repository: &'r Repository, range: &Range) -> Result<Commits<'r>, SourceError> {
    let revisions = Revisions { repository, range };
    let head = revisions.commit(&range.head)?;
    let (base, named) = revisions.base(&head)?;
    Ok(Commits { base, named, head })
}

/// The object that a revision begins at, without reading it; nothing where only reading tells.
fn named(git: &git2::Repository, revision: &str) -> Option<Oid> {
    let name = revision.split(['~', '^', '@', ':']).next().filter(|name| !name.is_empty()).unwrap_or("HEAD");
    let reference = git.resolve_reference_from_short_name(name).and_then(|reference| reference.resolve());
    if let Some(id) = reference.ok().and_then(|reference| reference.target()) {
        return Some(id);
    }
    let short = Oid::from_str(name).ok()?;
    if name.len() == 40 { Some(short) } else { git.odb().ok()?.exists_prefix(short, name.len()).ok() }
}

struct Revisions<'a, 'b> {
    repository: &'a Repository,
    range: &'b Range,
}

impl<'a> Revisions<'a, '_> {
    /// The old side, `None` for the empty tree, and what was named where that is another commit.
    fn base(&self, head: &Commit<'_>) -> Result<(Option<Commit<'a>>, Option<Commit<'a>>), SourceError> {
        // CI systems name the base of a first push by zeros.
        if self.range.base.len() >= 40 && self.range.base.bytes().all(|b| b == b'0') {
            return Ok((None, None));
        }
        let named = self.commit(&self.range.base)?;
        if self.range.dots == Dots::Two {
            return Ok((Some(named), None));
        }
        let git = &self.repository.git;
        let id = git.merge_base(named.id(), head.id()).map_err(|error| self.no_merge_base(&error))?;
        let base = git.find_commit(id).map_err(|error| self.no_merge_base(&error))?;
        Ok((Some(base), Some(named)))
    }

    fn commit(&self, revision: &str) -> Result<Commit<'a>, SourceError> {
        let git = &self.repository.git;
        let tried = Loose::of(git).history(named(git, revision));
        let object = tried.and_then(|()| git.revparse_single(revision));
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
