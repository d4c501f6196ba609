//! Files that git does not track and does not ignore.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gix_index::File;
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::source::{Ledger, Reason};
use crate::unit::RepoPath;

/// Lists them below `top`, sorted. Repositories within the repository are named and not entered.
pub(super) fn files(top: &Path, index: &File, ledger: &Ledger) -> Vec<RepoPath> {
    let found = Mutex::new(Vec::new());
    let nested = Mutex::new(Vec::new());
    let lock = |list: &'_ Mutex<Vec<RepoPath>>, path| list.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let relative = |entry: &DirEntry| RepoPath::from_relative(entry.path().strip_prefix(top).unwrap_or(entry.path()));
    let is_nested = |entry: &DirEntry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() > 0 && is_folder && entry.path().join(".git").symlink_metadata().is_ok()
    };
    let walk = WalkBuilder::new(top)
        .standard_filters(false)
        .git_ignore(true)
        .git_exclude(true)
        .require_git(false)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build_parallel();
    walk.run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) if is_nested(&entry) => {
                    lock(&nested, relative(&entry));
                    return WalkState::Skip;
                }
                Ok(entry) if entry.file_type().is_some_and(|kind| !kind.is_dir()) => {
                    let path = relative(&entry);
                    if index.entry_by_path(path.as_bytes().into()).is_none() {
                        lock(&found, path);
                    }
                }
                Ok(_) => {}
                Err(error) => unlisted(&error, top, ledger),
            }
            WalkState::Continue
        })
    });
    for path in nested.into_inner().unwrap_or_else(PoisonError::into_inner) {
        if index.entry_by_path(path.as_bytes().into()).is_none() {
            ledger.skip(&path, Reason::Submodule);
        }
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort();
    found
}

fn unlisted(error: &ignore::Error, top: &Path, ledger: &Ledger) {
    let (path, error) = crate::source::tree::parts(error);
    let path = path.map_or(Path::new("."), |path| path.strip_prefix(top).unwrap_or(path));
    ledger.skip(&RepoPath::from_relative(path), error);
}
