//! The two sides of a change: the commit that rules it, and what is compared with that.

use std::path::Path;

use git2::{Commit, ErrorCode, ObjectType};

use super::compare::Comparison;
use super::emit::Emit;
use super::{Range, Repository, blob, head, owners, range, rename, worktree};
use crate::source::{Ledger, SourceError, Visit};

/// What is compared with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparing {
    /// The working tree with HEAD.
    Worktree,
    /// The index with HEAD.
    Staged,
    /// One commit with another.
    Range(Range),
}

/// What was compared, for the report: full commit ids where there are commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// The old side; `None` for an unborn HEAD.
    pub base: Option<String>,
    /// The new side; `None` for the index or the working tree.
    pub head: Option<String>,
}

/// A change whose sides are known.
pub struct Sides<'r> {
    repository: &'r Repository,
    base: Option<Commit<'r>>,
    new: New<'r>,
}

/// The new side.
enum New<'r> {
    Worktree,
    Index,
    Commit(Commit<'r>),
}

/// Largest file of the base that is read for what it says about the change, in bytes.
const LARGEST: u64 = 16 << 20;

impl Repository {
    /// Finds both sides.
    ///
    /// # Errors
    /// A revision is unknown or not in this clone, HEAD cannot be read, or there is no index where one is needed.
    pub fn sides(&self, comparing: &Comparing) -> Result<Sides<'_>, SourceError> {
        let (base, new) = match comparing {
            Comparing::Range(range) => {
                let (base, head) = range::commits(self, range)?;
                (base, New::Commit(head))
            }
            Comparing::Worktree | Comparing::Staged => {
                self.required_top()?;
                let new = if *comparing == Comparing::Staged { New::Index } else { New::Worktree };
                (head::head(self)?, new)
            }
        };
        Ok(Sides { repository: self, base, new })
    }
}

impl Sides<'_> {
    /// Hands every file that differs to `visit`.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn read(&self, ledger: &Ledger, visit: Visit<'_>) -> Result<(), SourceError> {
        let git = &self.repository.git;
        let base = self.base.as_ref().map(Commit::tree_id);
        let deltas = match &self.new {
            New::Worktree => return worktree::worktree(self.repository, self.base.as_ref(), ledger, visit),
            New::Index => {
                let index = self.repository.index()?;
                Comparison::new(git, ledger).with_index(base, &index)
            }
            New::Commit(head) => Comparison::new(git, ledger).with_tree(base, Some(head.tree_id())),
        };
        let mut deltas = rename::pair(git, deltas);
        deltas.retain(|delta| !ledger.leaves_out(&delta.path, delta.old_path.as_ref()));
        Emit { ledger, visit }.all(self.repository, &deltas);
        Ok(())
    }

    /// What is compared, by name.
    pub fn compared(&self) -> Compared {
        let head = match &self.new {
            New::Commit(head) => Some(head.id().to_string()),
            New::Worktree | New::Index => None,
        };
        Compared { base: self.base.as_ref().map(|commit| commit.id().to_string()), head }
    }

    /// The top of the working tree, where the new side is not committed.
    pub fn top_if_uncommitted(&self) -> Option<&Path> {
        match &self.new {
            New::Worktree | New::Index => self.repository.top(),
            New::Commit(_) => None,
        }
    }

    /// The path from the top of the repository, if `path`, which is absolute and without links, lies in its working tree.
    pub fn inside(&self, path: &Path) -> Option<String> {
        let top = std::fs::canonicalize(self.repository.top()?).ok()?;
        let inside = path.strip_prefix(top).ok()?;
        Some(inside.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
    }

    /// The code owners file of the base, if it has one that can be read.
    pub fn code_owners(&self) -> Option<Vec<u8>> {
        owners::of(&self.repository.git, self.base.as_ref()?)
    }

    /// The file at `path` in the base; `None` where the base has none.
    ///
    /// # Errors
    /// It is no plain file, it is too large, or it cannot be read.
    pub fn base_file(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match &self.base {
            Some(commit) => self.file_of(commit, path),
            None => Ok(None),
        }
    }

    /// The file at `path` in the commit that a range leads to; `None` where it has none, or where the new side is no commit.
    ///
    /// # Errors
    /// It is no plain file, it is too large, or it cannot be read.
    pub fn head_file(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match &self.new {
            New::Commit(commit) => self.file_of(commit, path),
            New::Worktree | New::Index => Ok(None),
        }
    }

    fn file_of(&self, commit: &Commit<'_>, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let id = commit.id();
        let unreadable = |why: String| SourceError::unreadable(format!("cannot read `{path}` of commit {id}: {why}"));
        let tree = commit.tree().map_err(|error| unreadable(error.message().to_owned()))?;
        let entry = match tree.get_path(Path::new(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error.message().to_owned())),
        };
        let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != LINK;
        if !is_file {
            return Err(SourceError::usage(format!(
                "`{path}` of commit {id} is a link or a folder; ringfence takes plain files only, so that what rules a \
                 change cannot be moved from elsewhere"
            )));
        }
        let odb = self.repository.git.odb().map_err(|error| unreadable(error.message().to_owned()))?;
        let (size, _) = odb.read_header(entry.id()).map_err(|error| unreadable(blob::absence(entry.id(), &error)))?;
        if size as u64 > LARGEST {
            return Err(unreadable(format!("it has {size} bytes, more than the {LARGEST} that are read")));
        }
        let object = odb.read(entry.id()).map_err(|error| unreadable(blob::absence(entry.id(), &error)))?;
        Ok(Some(object.data().to_vec()))
    }
}

/// The mode of a symbolic link in a tree.
const LINK: i32 = 0o120_000;
