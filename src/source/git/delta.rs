//! One changed path: what stood there and what stands there now.

use git2::Oid;

use crate::unit::{Mode, RepoPath};

/// An entry of a tree or of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: Oid,
    pub(super) mode: Mode,
}

/// One changed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delta {
    pub(super) path: RepoPath,
    /// Where it stood, if the change renamed it.
    pub(super) old_path: Option<RepoPath>,
    pub(super) old: Option<Entry>,
    pub(super) new: Option<Entry>,
}

impl Delta {
    /// A change in place.
    pub(super) fn at(path: &[u8], old: Option<Entry>, new: Option<Entry>) -> Self {
        Self { path: RepoPath::new(path), old_path: None, old, new }
    }
}

/// What git's mode number says; `None` for a tree.
pub(super) fn mode(raw: u32) -> Option<Mode> {
    match raw & 0o170_000 {
        0o040_000 => None,
        0o120_000 => Some(Mode::Link),
        0o160_000 => Some(Mode::Submodule),
        _ if raw & 0o111 != 0 => Some(Mode::Executable),
        _ => Some(Mode::File),
    }
}

/// Git's number for a mode.
pub(super) fn raw_mode(mode: Mode) -> u32 {
    match mode {
        Mode::File => 0o100_644,
        Mode::Executable => 0o100_755,
        Mode::Link => 0o120_000,
        Mode::Submodule => 0o160_000,
    }
}
