//! Submodules whose checked-out commit is not the one that the index names.

use std::path::Path;

use gix_index::File;

use crate::source::git::delta::Delta;
use crate::source::git::emit::Emit;
use crate::source::git::index;
use crate::unit::RepoPath;

/// Hands on each of them: its content is another repository, so it is not read here.
pub(super) fn moved(top: &Path, index: &File, emit: Emit<'_>) {
    for entry in index.entries().iter().filter(|entry| entry.mode.is_submodule()) {
        let path = RepoPath::new(index::path(entry, index));
        let folder = top.join(path.to_relative());
        // Without a `.git` it is not checked out, and opening it would find the repository round it.
        if folder.join(".git").symlink_metadata().is_ok() && checked_out(&folder) != index::id(&entry.id) {
            let entry = index::entry(entry);
            emit.submodule(&Delta::at(path.as_bytes(), entry, entry));
        }
    }
}

/// The commit that stands in `folder`; `None` if that cannot be told.
fn checked_out(folder: &Path) -> Option<git2::Oid> {
    git2::Repository::open(folder).ok()?.head().ok()?.target()
}
