//! Files that the command line names and that judge a change: one that the repository tracks is read as the base has it.

use std::path::{Component, Path, PathBuf};

use crate::source::SourceError;
use crate::source::git::Sides;

/// What a path on the command line names.
pub(super) enum Named {
    /// Nothing that the repository tracks: the file on disk counts.
    Outside,
    /// A file of the base; its path there.
    Base(String),
    /// A file that the base does not have, and that the repository tracks all the same.
    Brought,
}

/// Looks `path` up in the base.
///
/// # Errors
/// In the base it is no plain file, or it cannot be read.
pub(super) fn of_base(path: &Path, sides: &Sides<'_>) -> Result<Named, SourceError> {
    // As it is written, before links are followed: a link is something that a change can bring. Then where it leads.
    let beside = || Some(std::fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
    let places = [written(path), beside(), std::fs::canonicalize(path).ok()];
    for inside in places.into_iter().flatten().filter_map(|place| sides.inside(&place)) {
        if sides.base_file(&inside)?.is_some() {
            return Ok(Named::Base(inside));
        }
        if sides.is_known(&inside) {
            return Ok(Named::Brought);
        }
    }
    Ok(Named::Outside)
}

/// The path from the root, as it is written: the folder where we stand is real, and nothing below it is looked at.
fn written(path: &Path) -> Option<PathBuf> {
    let mut whole = std::fs::canonicalize(".").ok()?;
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            Component::Prefix(_) | Component::RootDir => whole.push(part),
            Component::Normal(name) => whole.push(name),
        }
    }
    Some(whole)
}
