//! The two sides of a change: the commit that rules it, and what is compared with that.

use std::cell::OnceCell;
use std::path::Path;

use git2::Commit;

use super::compare::Comparison;
use super::emit::Emit;
use super::listing::{CommitId, Listing};
use super::loose::{Loose, WHOLE};
use super::{Range, Repository, authors, blob, head, owners, range, rename, vouch, worktree};
use crate::source::{Authorship, Ledger, SourceError, Visit, Vouches};

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

impl Compared {
    /// True unless both sides are one commit.
    pub fn has_news(&self) -> bool {
        self.base.is_none() || self.base != self.head
    }
}

/// A change whose sides are known.
pub struct Sides<'r> {
    pub(super) repository: &'r Repository,
    pub(super) base: Option<Commit<'r>>,
    /// The commit that a range names first, where its merge base with the other takes its place.
    pub(super) named: Option<Commit<'r>>,
    pub(super) new: New<'r>,
    /// Read once, when first asked for.
    index: OnceCell<gix_index::File>,
}

/// The new side.
pub(super) enum New<'r> {
    Worktree,
    Index,
    Commit(Commit<'r>),
}

impl Repository {
    /// Finds both sides.
    ///
    /// # Errors
    /// A revision is unknown or not in this clone, HEAD cannot be read, or there is no index where one is needed.
    pub fn sides(&self, comparing: &Comparing) -> Result<Sides<'_>, SourceError> {
        let (base, named, new) = match comparing {
            Comparing::Range(range) => {
                let range::Commits { base, named, head } = range::commits(self, range)?;
                (base, named, New::Commit(head))
            }
            Comparing::Worktree | Comparing::Staged => {
                self.required_top()?;
                let new = if *comparing == Comparing::Staged { New::Index } else { New::Worktree };
                (head::head(self)?, None, new)
            }
        };
        Ok(Sides { repository: self, base, named, new, index: OnceCell::new() })
    }
}

impl Sides<'_> {
    /// Hands every file that differs to `visit`.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn read(&self, ledger: &Ledger, visit: Visit<'_>) -> Result<(), SourceError> {
        self.read_listing(ledger, visit, &mut |_| Ok(()))
    }

    /// The same; hands the list of all that differs to `listed` first, where both sides are known before anything is read.
    ///
    /// # Errors
    /// The index cannot be read, or what `listed` says.
    pub fn read_listing(
        &self,
        ledger: &Ledger,
        visit: Visit<'_>,
        listed: &mut dyn FnMut(Listing) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let git = &self.repository.git;
        let base = self.base.as_ref().map(Commit::tree_id);
        let deltas = match &self.new {
            New::Worktree => return worktree::worktree(self.repository, self.base.as_ref(), ledger, visit),
            New::Index => {
                let index = self.index()?;
                Comparison::new(git, ledger).with_index(base, index)
            }
            New::Commit(head) => Comparison::new(git, ledger).with_tree(base, Some(head.tree_id())),
        };
        listed(Listing::of(&deltas))?;
        let mut deltas = rename::pair(git, deltas);
        deltas.retain(|delta| ledger.wants(&delta.path, delta.old_path.as_ref(), || blob::size(git, delta)));
        Emit { ledger, visit }.all(self.repository, &deltas);
        Ok(())
    }

    /// The index, which several questions are about.
    pub(super) fn index(&self) -> Result<&gix_index::File, SourceError> {
        match self.index.get() {
            Some(index) => Ok(index),
            None => {
                let index = self.repository.index()?;
                Ok(self.index.get_or_init(|| index))
            }
        }
    }

    /// The old side; `None` for the empty tree.
    pub fn base_id(&self) -> Option<CommitId> {
        self.base.as_ref().map(CommitId::of)
    }

    /// The commit that was named, where the old side is its merge base with the new one.
    pub fn named_id(&self) -> Option<CommitId> {
        self.named.as_ref().map(CommitId::of)
    }

    /// The new side, where it is a commit.
    pub fn head_id(&self) -> Option<CommitId> {
        match &self.new {
            New::Commit(commit) => Some(CommitId::of(commit)),
            New::Worktree | New::Index => None,
        }
    }

    /// What is compared, by name.
    pub fn compared(&self) -> Compared {
        let head = match &self.new {
            New::Commit(head) => Some(head.id().to_string()),
            New::Worktree | New::Index => None,
        };
        Compared { base: self.base.as_ref().map(|commit| commit.id().to_string()), head }
    }

    /// The path from the top of the repository, if `path`, which is absolute and without links, lies in its working tree.
    pub fn inside(&self, path: &Path) -> Option<String> {
        let top = std::fs::canonicalize(self.repository.top()?).ok()?;
        let inside = path.strip_prefix(top).ok()?;
        Some(inside.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
    }

    /// Who wrote what is compared: the authors of every commit that the new side has and the old one has not, and those
    /// that its messages name as having helped.
    ///
    /// # Errors
    /// A commit cannot be read.
    pub fn authorship(&self) -> Result<Authorship, SourceError> {
        match &self.new {
            New::Commit(head) => {
                self.walkable(head).and_then(|()| authors::of(&self.repository.git, self.base.as_ref(), head))
            }
            New::Worktree | New::Index => Ok(Authorship::default()),
        }
    }

    /// Fails if a walk from `head` would come upon a commit that is not whole.
    fn walkable(&self, head: &Commit<'_>) -> Result<(), SourceError> {
        let tips = self.base.as_ref().map(Commit::id).into_iter().chain([head.id()]);
        let tried = Loose::of(&self.repository.git).history(tips, WHOLE);
        tried.map_err(|error| SourceError::unreadable(format!("cannot read the change's commits: {}", error.message())))
    }

    /// What the commits that `authorship` looks at say of reviews.
    ///
    /// # Errors
    /// A commit cannot be read.
    pub fn vouches(&self) -> Result<Vouches, SourceError> {
        match &self.new {
            New::Commit(head) => {
                self.walkable(head).and_then(|()| vouch::of(&self.repository.git, self.base.as_ref(), head))
            }
            New::Worktree | New::Index => Ok(Vouches::default()),
        }
    }

    /// The code owners file of the base, if it has one that can be read: of the commit that was named, as forges do it.
    pub fn code_owners(&self) -> Option<Vec<u8>> {
        owners::of(&self.repository.git, self.named.as_ref().or(self.base.as_ref())?)
    }
}
