//! Files that rule, such as the policy, on either side of a change: plain files of a bounded size, and nothing else.

use std::fs;
use std::io;
use std::path::Path;

use git2::{Commit, ErrorCode, ObjectType, Oid};

use super::loose::{self, Loose};
use super::sides::New;
use super::{Sides, blob, index};
use crate::source::SourceError;
use crate::unit::Mode;

/// Largest file that is read for what it says about the change, in bytes.
const LARGEST: u64 = 16 << 20;
/// The mode of a symbolic link in a tree.
const LINK: i32 = 0o120_000;

impl Sides<'_> {
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

    /// True if another commit than the base was named, because that one is their merge base.
    pub fn has_tip(&self) -> bool {
        self.tip().is_some()
    }

    /// The file at `path` in the commit that was named as the base, which may have gone on since the merge base.
    ///
    /// # Errors
    /// It is no plain file, it is too large, or it cannot be read.
    pub fn tip_file(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.tip() {
            Some(commit) => self.file_of(commit, path),
            None => self.base_file(path),
        }
    }

    fn tip(&self) -> Option<&Commit<'_>> {
        let base = self.base.as_ref().map(Commit::id);
        self.named.as_ref().filter(|named| Some(named.id()) != base)
    }

    /// The file at `path` on the new side: in the commit that a range leads to, in the index, or on disk; `None` where
    /// there is none.
    ///
    /// # Errors
    /// It is no plain file, it is too large, or it cannot be read.
    pub fn new_file(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match &self.new {
            New::Commit(commit) => self.file_of(commit, path),
            New::Index => self.file_of_index(path),
            New::Worktree => match self.repository.top() {
                Some(top) => on_disk(top, path),
                None => Ok(None),
            },
        }
    }

    /// True if git tracks the file at `path` on the new side.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn is_tracked(&self, path: &str) -> Result<bool, SourceError> {
        match &self.new {
            New::Commit(_) => Ok(true),
            New::Index | New::Worktree => {
                let index = self.index()?;
                Ok(index.entries().iter().any(|entry| index::path(entry, index) == path.as_bytes()))
            }
        }
    }

    /// True if the new side has something at `path`, or the index does; and where nobody can tell.
    pub fn is_known(&self, path: &str) -> bool {
        let git = &self.repository.git;
        let in_index = || git.index().map_or(true, |index| index.get_path(Path::new(path), 0).is_some());
        let in_head = |commit: &Commit<'_>| {
            let entry = loose::entry(git, commit, path);
            !matches!(entry, Err(error) if error.code() == ErrorCode::NotFound)
        };
        let is_in_head = match &self.new {
            New::Commit(head) => in_head(head),
            New::Worktree | New::Index => false,
        };
        is_in_head || in_index()
    }

    fn file_of_index(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let whole = self.index()?;
        let place = "the index".to_owned();
        let mut own = whole.entries().iter().filter(|entry| index::path(entry, whole) == path.as_bytes()).peekable();
        // No commit takes along what is only promised.
        if own.peek().is_some_and(|entry| index::is_promise(entry)) {
            return Ok(None);
        }
        let found = index::candidates(whole.entries()).find(|entry| index::path(entry, whole) == path.as_bytes());
        let Some(found) = found else {
            let is_inside = |entry: &gix_index::Entry| {
                index::path(entry, whole).strip_prefix(path.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"))
            };
            let is_folder = whole.entries().iter().any(is_inside);
            return if is_folder { Err(no_file(path, &place)) } else { Ok(None) };
        };
        match index::entry(found) {
            Some(entry) if matches!(entry.mode, Mode::File | Mode::Executable) => {
                self.content(entry.id, path, &place).map(Some)
            }
            _ => Err(no_file(path, &place)),
        }
    }

    fn file_of(&self, commit: &Commit<'_>, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let place = format!("commit {}", commit.id());
        let entry = match loose::entry(&self.repository.git, commit, path) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &place, error.message())),
        };
        let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != LINK;
        if is_file { self.content(entry.id(), path, &place).map(Some) } else { Err(no_file(path, &place)) }
    }

    fn content(&self, id: Oid, path: &str, place: &str) -> Result<Vec<u8>, SourceError> {
        let fail = |error: &git2::Error| unreadable(path, place, &blob::absence(id, error));
        let odb = self.repository.git.odb().map_err(|error| unreadable(path, place, error.message()))?;
        Loose::of(&self.repository.git).whole(id).map_err(|error| fail(&error))?;
        let (size, _) = odb.read_header(id).map_err(|error| fail(&error))?;
        bounded(size as u64, path, place)?;
        Ok(odb.read(id).map_err(|error| fail(&error))?.data().to_vec())
    }
}

/// The file at `path` below `top`, which must be a plain one.
///
/// # Errors
/// It is no plain file, it is too large, or it cannot be read.
pub fn on_disk(top: &Path, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
    let (file, place) = (top.join(path), "the working tree");
    match fs::symlink_metadata(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(metadata) if !metadata.is_file() => return Err(no_file(path, place)),
        Ok(metadata) => bounded(metadata.len(), path, place)?,
        Err(_) => {}
    }
    fs::read(&file).map(Some).map_err(|error| unreadable(path, place, &error.to_string()))
}

fn bounded(size: u64, path: &str, place: &str) -> Result<(), SourceError> {
    if size <= LARGEST {
        return Ok(());
    }
    Err(unreadable(path, place, &format!("it has {size} bytes, more than the {LARGEST} that are read")))
}

fn unreadable(path: &str, place: &str, why: &str) -> SourceError {
    SourceError::unreadable(format!("cannot read `{path}` of {place}: {why}"))
}

fn no_file(path: &str, place: &str) -> SourceError {
    SourceError::usage(format!(
        "`{path}` of {place} is a link or a folder; ringfence takes plain files only, so that what rules a change cannot \
         be moved from elsewhere"
    ))
}
