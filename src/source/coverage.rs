//! The account of a scan: what was read, what was not, and why.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::share::{Share, Sizes};
use crate::unit::{PathGlob, RepoPath};

/// Why something that was met was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is in scope and reading it failed; holds the system's or git's message.
    Unreadable(String),
    /// It is in scope and scanning it failed inside ringfence itself.
    Crashed,
    /// A rule stopped before its end, because too much of it begins like a match; holds the rule's id.
    Stopped(Arc<str>),
    /// It was listed and was gone when it was opened.
    Vanished,
    /// Neither file, directory nor link, so it has no content at rest: a FIFO, socket or device.
    NotRegular(&'static str),
    /// A link that was named on the command line; its text was scanned, its target was not.
    LinkNotFollowed,
    /// A pointer to a commit of another repository.
    Submodule,
    /// A pointer of Git LFS: what it stands for is kept elsewhere.
    Pointer,
    /// The policy leaves it out.
    Excluded,
    /// A saved report tells it.
    Told {
        /// Why, in its words.
        words: String,
        /// Whether content in scope stayed unread.
        is_gap: bool,
    },
}

impl Reason {
    /// Why a file that was listed could not be opened or read.
    pub fn of(error: &io::Error) -> Self {
        if is_absent(error) { Self::Vanished } else { Self::Unreadable(error.to_string()) }
    }

    /// True if content in scope stayed unread, so that the scan is incomplete.
    pub fn is_gap(&self) -> bool {
        match self {
            Self::Told { is_gap, .. } => *is_gap,
            Self::Unreadable(_) | Self::Crashed | Self::Stopped(_) | Self::LinkNotFollowed => true,
            Self::Vanished | Self::NotRegular(_) | Self::Submodule | Self::Pointer | Self::Excluded => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
            Self::Crashed => f.write_str("scanning it failed inside ringfence; please report this"),
            Self::Stopped(rule) => {
                write!(f, "rule `{rule}` stopped before its end: too much of it begins like a match and is none")
            }
            Self::Vanished => f.write_str("gone before it could be read"),
            Self::NotRegular(what) => write!(f, "{what}, not a regular file"),
            Self::LinkNotFollowed => f.write_str("a link: its target is not followed, name the target instead"),
            Self::Submodule => f.write_str("submodule: its content is another repository"),
            Self::Pointer => f.write_str("a pointer of Git LFS: its content is kept elsewhere"),
            Self::Excluded => f.write_str("excluded by the policy"),
            Self::Told { words, .. } => f.write_str(words),
        }
    }
}

/// True if the error says that nothing stands there.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Something that was met and not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip {
    /// Path relative to the root, as reports show it.
    pub path: String,
    /// Why.
    pub reason: Reason,
}

impl Skip {
    /// Sorts them as reports show them, each once. By their words, because a saved report has nothing else.
    pub fn order(skipped: &mut Vec<Self>) {
        skipped.sort_by_cached_key(|skip| (skip.path.clone(), skip.reason.to_string()));
        skipped.dedup_by(|a, b| a.path == b.path && a.reason.to_string() == b.reason.to_string());
    }
}

/// The running account, shared by all threads of a scan.
#[derive(Debug, Default)]
pub struct Ledger {
    files: AtomicU64,
    bytes: AtomicU64,
    added_lines: AtomicU64,
    skipped: Mutex<Vec<(RepoPath, Reason)>>,
    /// What the policy leaves out.
    excluded: Vec<PathGlob>,
    /// What the run itself writes, absolute.
    written: Vec<PathBuf>,
    task: Task,
}

/// What a run is to do with what is in scope.
#[derive(Debug, Default)]
enum Task {
    /// Read it.
    #[default]
    Read,
    /// Only say what there is.
    List(Sizes),
    /// Read what falls to it.
    Share(Share),
}

impl Ledger {
    /// An account of a scan that leaves out what `excluded` matches.
    pub fn without(excluded: Vec<PathGlob>) -> Self {
        Self { excluded, ..Self::default() }
    }

    /// The same for a run that writes these files, absolute: what an earlier run left there is no part of what is scanned.
    #[must_use]
    pub fn writing(self, written: Vec<PathBuf>) -> Self {
        Self { written, ..self }
    }

    /// True if the run itself writes the file at `path`, absolute.
    pub fn writes(&self, path: &Path) -> bool {
        self.written.iter().any(|written| written == path)
    }

    /// The same for a run that reads nothing and only lists what it would read.
    #[must_use]
    pub fn listing(self) -> Self {
        Self { task: Task::List(Sizes::default()), ..self }
    }

    /// What was listed.
    pub fn listed(self) -> Sizes {
        match self.task {
            Task::List(sizes) => sizes,
            Task::Read | Task::Share(_) => Sizes::default(),
        }
    }

    /// The same for a run that answers for a share only.
    #[must_use]
    pub fn sharing(self, share: Share) -> Self {
        Self { task: Task::Share(share), ..self }
    }

    /// True if this run answers for `path`.
    pub fn is_own(&self, path: &RepoPath) -> bool {
        match &self.task {
            Task::Share(share) => share.is_own(path),
            Task::Read | Task::List(_) => true,
        }
    }

    /// True if `path`, which is in scope, is to be read; `size` says how much that would be. A run with a share reads the
    /// others' files as well where they are part of a change, which is judged as a whole.
    pub fn wants(&self, path: &RepoPath, old_path: Option<&RepoPath>, size: impl FnOnce() -> u64) -> bool {
        if self.leaves_out(path, old_path) {
            return false;
        }
        let Task::List(sizes) = &self.task else { return true };
        sizes.add(path, size());
        false
    }

    /// True if the policy leaves `path` out.
    pub fn excludes(&self, path: &RepoPath) -> bool {
        let path = String::from_utf8_lossy(path.as_bytes());
        self.excluded.iter().any(|glob| glob.matches(&path))
    }

    /// True if the policy leaves `path` out, which is noted. What was moved from a place that counts counts as well.
    fn leaves_out(&self, path: &RepoPath, old_path: Option<&RepoPath>) -> bool {
        let out = !self.excluded.is_empty() && self.excludes(path) && old_path.is_none_or(|old| self.excludes(old));
        if out {
            self.skip(path, Reason::Excluded);
        }
        out
    }

    /// One file of `bytes` bytes was read.
    pub fn read(&self, path: &RepoPath, bytes: u64) {
        if !self.is_own(path) {
            return;
        }
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A change adds `lines` lines to `path`.
    pub fn added(&self, path: &RepoPath, lines: u64) {
        if !self.is_own(path) {
            return;
        }
        self.added_lines.fetch_add(lines, Ordering::Relaxed);
    }

    /// Something was not read.
    pub fn skip(&self, path: &RepoPath, reason: Reason) {
        if !self.is_own(path) {
            return;
        }
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        skipped.push((path.clone(), reason));
    }

    /// What stayed unread so far, and why, if anything did.
    pub fn first_gap(&self) -> Option<(RepoPath, Reason)> {
        let skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        skipped.iter().find(|(_, reason)| reason.is_gap()).cloned()
    }

    /// Files and bytes read so far, for a progress line.
    pub fn so_far(&self) -> (u64, u64) {
        (self.files.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Closes the account. `is_change` says whether added lines mean anything for this source; `shown` turns a path
    /// into what reports may print.
    pub fn close(self, is_change: bool, shown: impl Fn(&RepoPath) -> String) -> Coverage {
        let skipped = self.skipped.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut skipped: Vec<Skip> =
            skipped.into_iter().map(|(path, reason)| Skip { path: shown(&path), reason }).collect();
        Skip::order(&mut skipped);
        Coverage {
            files: self.files.into_inner(),
            bytes: self.bytes.into_inner(),
            added_lines: is_change.then_some(self.added_lines.into_inner()),
            skipped,
        }
    }
}

/// The closed account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Lines that the change adds; `None` where there is no change.
    pub added_lines: Option<u64>,
    /// What was not read, sorted.
    pub skipped: Vec<Skip>,
}

impl Coverage {
    /// True if everything in scope was read.
    pub fn complete(&self) -> bool {
        !self.skipped.iter().any(|s| s.reason.is_gap())
    }
}
