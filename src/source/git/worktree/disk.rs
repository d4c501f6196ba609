//! Tracked files on disk: which may have changed, and what they hold now.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use git2::{ObjectType, Oid};
use gix_index::entry::{Flags, Stat, stat};
use gix_index::{Entry as IndexEntry, File};
use rayon::prelude::*;

use super::is_on_disk;
use crate::source::coverage::is_absent;
use crate::source::folders::Links;
use crate::source::git::blob::LARGE;
use crate::source::git::delta::Entry;
use crate::source::git::index;
use crate::source::read::{Scratch, open_regular};
use crate::source::{Ledger, Reason};
use crate::unit::{Mode, RepoPath};

/// What a look at a file's metadata tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing changed since git last looked.
    Same,
    /// It may have changed: its content decides.
    Dirty,
    /// The index only promises it (`git add -N`): what is on disk is all new.
    Promised,
    /// It is not there.
    Absent,
}

/// The working tree.
pub(super) struct Disk<'a> {
    pub(super) top: &'a Path,
    pub(super) ledger: &'a Ledger,
}

/// A file as it is on disk.
pub(super) struct Content<'s> {
    pub(super) mode: Mode,
    pub(super) body: Body<'s>,
    id: Oid,
}

/// Its bytes, or a stream of them where they are many.
pub(super) enum Body<'s> {
    Whole(&'s [u8]),
    Large(Box<dyn Read + Send>),
}

impl Disk<'_> {
    /// How large a file is, if that can be told.
    pub(super) fn size(&self, path: &RepoPath) -> u64 {
        let file = self.top.join(path.to_relative());
        std::fs::symlink_metadata(file).map_or(0, |metadata| metadata.len())
    }

    /// Looks at the metadata of every tracked file.
    pub(super) fn states(&self, index: &File) -> Vec<(RepoPath, Entry, State)> {
        let links =
            Links::above(self.top, index.entries().iter().filter(|e| is_on_disk(e)).map(|e| index::path(e, index)));
        let entries = index.entries().par_chunk_by(|a, b| a.path(index) == b.path(index));
        entries
            .filter_map(|run| {
                let entry = index::candidates(run).next().filter(|entry| is_on_disk(entry))?;
                let path = RepoPath::new(entry.path(index).to_vec());
                if !path.stays_inside() {
                    self.ledger.skip(&path, Reason::Unreadable(index::LEADS_OUT.to_owned()));
                    return None;
                }
                let state =
                    if links.hide(&path) { State::Absent } else { self.state(index, entry, run.len() > 1, &path)? };
                // Outside a sparse checkout nothing is expected; what stands there all the same counts, as in git.
                let is_expected = !entry.flags.contains(Flags::SKIP_WORKTREE);
                (is_expected || state != State::Absent).then_some((path, index::entry(entry)?, state))
            })
            .collect()
    }

    fn state(&self, index: &File, entry: &IndexEntry, unmerged: bool, path: &RepoPath) -> Option<State> {
        let absolute = self.top.join(path.to_relative());
        let metadata = match gix_index::fs::Metadata::from_path_no_follow(&absolute) {
            Ok(metadata) => metadata,
            Err(error) if is_absent(&error) => return Some(State::Absent),
            Err(error) => {
                self.ledger.skip(path, Reason::of(&error));
                return None;
            }
        };
        if metadata.is_dir() {
            return Some(State::Absent);
        }
        if index::is_promise(entry) {
            return Some(State::Promised);
        }
        let options = stat::Options::default();
        let unchanged = Stat::from_fs(&metadata).is_ok_and(|found| entry.stat.matches(&found, options));
        let racy = entry.stat.is_racy(index.timestamp(), options);
        Some(if unchanged && !racy && !unmerged { State::Same } else { State::Dirty })
    }

    /// Reads a file; `None` if it cannot be, which the ledger then says.
    pub(super) fn read<'s>(&self, path: &RepoPath, scratch: &'s mut Scratch) -> Option<Content<'s>> {
        let absolute = self.top.join(path.to_relative());
        let read = match fs::symlink_metadata(&absolute) {
            Ok(metadata) if metadata.is_symlink() => link(&absolute, scratch).map(Some),
            Ok(metadata) if !metadata.is_file() => Ok(None),
            Ok(_) => regular(&absolute, scratch),
            Err(error) => Err(error),
        };
        match read {
            Ok(Some(content)) => Some(content),
            Ok(None) => {
                self.ledger.skip(path, Reason::NotRegular("a special file"));
                None
            }
            Err(error) => {
                self.ledger.skip(path, Reason::of(&error));
                None
            }
        }
    }
}

fn link<'s>(path: &Path, scratch: &'s mut Scratch) -> io::Result<Content<'s>> {
    let target = RepoPath::from_relative(&fs::read_link(path)?);
    let bytes = scratch.whole(&mut target.as_bytes())?;
    Ok(Content { mode: Mode::Link, id: blob_id(bytes), body: Body::Whole(bytes) })
}

fn regular<'s>(path: &Path, scratch: &'s mut Scratch) -> io::Result<Option<Content<'s>>> {
    let Some(mut file) = open_regular(path)? else { return Ok(None) };
    let mode = if file.executable { Mode::Executable } else { Mode::File };
    if file.size > LARGE {
        // Hashed from the disk, without holding it.
        let id = Oid::hash_file(ObjectType::Blob, path).map_err(io::Error::other)?;
        return Ok(Some(Content { mode, id, body: Body::Large(Box::new(file.reader)) }));
    }
    let bytes = scratch.whole(&mut file.reader)?;
    Ok(Some(Content { mode, id: blob_id(bytes), body: Body::Whole(bytes) }))
}

/// The id that git gives a blob of these bytes.
fn blob_id(bytes: &[u8]) -> Oid {
    // Hashing fails only if libgit2 was built without SHA-1; an id of zeros then equals no blob's.
    Oid::hash_object(ObjectType::Blob, bytes).unwrap_or(Oid::ZERO_SHA1)
}

impl Content<'_> {
    /// The id that git would give it as it is.
    pub(super) fn id(&self) -> Oid {
        self.id
    }

    /// True if git would store it as the blob `id`: as it is, or with its line ends turned into newlines.
    pub(super) fn is_blob(&self, id: Oid) -> bool {
        self.id == id
            || match &self.body {
                Body::Whole(bytes) => {
                    memchr::memmem::find(bytes, b"\r\n").is_some() && blob_id(&without_cr(bytes)) == id
                }
                Body::Large(_) => false,
            }
    }
}

fn without_cr(bytes: &[u8]) -> Vec<u8> {
    let keep = |at: usize| bytes[at] != b'\r' || bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(|&at| keep(at)).map(|at| bytes[at]).collect()
}
