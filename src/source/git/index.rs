//! Reads the index. libgit2 needs several times as long for a large one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use git2::Oid;
use gix_index::entry::{Flags, Mode as IndexMode, Stage};
use gix_index::{Entry as IndexEntry, File, State, decode};

use super::Repository;
use super::delta::{self, Entry};
use crate::source::SourceError;
use crate::unit::RepoPath;

/// Why a path of the index is not followed.
pub(super) const LEADS_OUT: &str = "a path that leads out of the working tree, which git would not write";

impl Repository {
    /// Reads the index; an absent one is empty. Its checksum is not verified, as git itself does not when it reads.
    pub(super) fn index(&self) -> Result<File, SourceError> {
        let read = || {
            let options = decode::Options { alloc_limit_bytes: None, ..Default::default() };
            File::at_or_default(&self.index, gix_index::hash::Kind::Sha1, true, options)
        };
        // A parser of foreign bytes: whatever it does with a broken file, the answer is the same.
        let why = match catch_unwind(AssertUnwindSafe(read)) {
            Ok(Ok(file)) => return Ok(file),
            Ok(Err(error)) => format!("{error}"),
            Err(_) => "it is damaged".to_owned(),
        };
        let place = self.index.display();
        Err(SourceError::unreadable(format!(
            "cannot read the index `{place}`: {why}; `git status` shows whether git can, `rm {place}` and `git reset` rebuild it"
        )))
    }

    /// The paths of all tracked files and links, sorted.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn tracked(&self) -> Result<Vec<RepoPath>, SourceError> {
        let index = self.index()?;
        let files = index.entries().iter().filter(|entry| !entry.mode.is_submodule() && !is_folder(entry));
        let mut paths: Vec<RepoPath> = files.map(|entry| RepoPath::new(entry.path(&index).to_vec())).collect();
        paths.dedup();
        match paths.iter().find(|path| !path.stays_inside()) {
            Some(path) => Err(SourceError::unreadable(format!("the index names `{}`: {LEADS_OUT}", path.encoded()))),
            None => Ok(paths),
        }
    }
}

/// A sparse index has entries for whole folders outside the checkout.
pub(super) fn is_folder(entry: &IndexEntry) -> bool {
    entry.mode == IndexMode::DIR
}

/// `git add -N`: a promise to add the file later, with no content yet.
pub(super) fn is_promise(entry: &IndexEntry) -> bool {
    entry.flags.contains(Flags::INTENT_TO_ADD)
}

/// What an entry says about its file; `None` for a folder.
pub(super) fn entry(entry: &IndexEntry) -> Option<Entry> {
    Some(Entry { id: id(&entry.id)?, mode: delta::mode(entry.mode.bits())? })
}

/// The same id in the other library's words.
pub(super) fn id(id: &gix_index::hash::ObjectId) -> Option<Oid> {
    Oid::from_bytes(id.as_slice()).ok()
}

/// The entries at one path that stand for content: the one entry, or in a conflict both sides of it.
pub(super) fn candidates(entries: &[IndexEntry]) -> impl Iterator<Item = &IndexEntry> {
    entries.iter().filter(|e| matches!(e.stage(), Stage::Unconflicted | Stage::Ours | Stage::Theirs))
}

/// The path of an entry.
pub(super) fn path<'s>(entry: &IndexEntry, state: &'s State) -> &'s [u8] {
    entry.path(state)
}
