//! Files that git does not track and does not ignore.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use git2::RepositoryOpenFlags;
use gix_index::File;
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::order;
use crate::source::git::Repository;
use crate::source::{Ledger, Reason};
use crate::unit::RepoPath;

/// Lists them below `top`, sorted. Repositories within the repository are named and not entered.
pub(super) fn files(repository: &Repository, top: &Path, index: &File, ledger: &Ledger) -> Vec<RepoPath> {
    let found = Mutex::new(Vec::new());
    let nested = Mutex::new(Vec::new());
    let lock = |list: &'_ Mutex<Vec<RepoPath>>, path| list.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let relative = |entry: &DirEntry| RepoPath::from_relative(entry.path().strip_prefix(top).unwrap_or(entry.path()));
    let is_nested = |entry: &DirEntry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() > 0 && is_folder && is_repository(entry.path())
    };
    let mut walk = WalkBuilder::new(top);
    walk.standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .follow_links(false)
        .current_dir(top)
        .filter_entry(|entry| entry.file_name() != ".git");
    // Named here, because the walker would also honour that of a folder that only looks like a repository. One that
    // cannot be read hides nothing.
    let exclude = repository.exclude_file();
    if exclude.is_file() {
        walk.add_ignore(exclude);
    }
    walk.build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) if is_nested(&entry) => {
                    lock(&nested, relative(&entry));
                    return WalkState::Skip;
                }
                Ok(entry) if entry.file_type().is_some_and(|kind| !kind.is_dir()) => {
                    let path = relative(&entry);
                    let is_own = ledger.writes(entry.path());
                    if !is_own && index.entry_by_path(path.as_bytes().into()).is_none() {
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
    order::sort(&mut found);
    found
}

/// True if `folder` is a repository of its own. As in git, something named `.git` that is none protects nothing:
/// otherwise an empty `.git` would hide every new file beside it.
fn is_repository(folder: &Path) -> bool {
    let no_ceiling: &[&Path] = &[];
    folder.join(".git").symlink_metadata().is_ok()
        && git2::Repository::open_ext(folder, RepositoryOpenFlags::NO_SEARCH, no_ceiling).is_ok()
}

fn unlisted(error: &ignore::Error, top: &Path, ledger: &Ledger) {
    let (path, error) = crate::source::unlisted::parts(error);
    let path = path.map_or(Path::new("."), |path| path.strip_prefix(top).unwrap_or(path));
    ledger.skip(&RepoPath::from_relative(path), error);
}
