//! One file as one scan sees it: where it stands, what it was, what it is, and which lines changed.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::text::Text;

mod glob;

pub use glob::PathGlob;

/// A path relative to the root, `/` between its parts, kept as the bytes that the file system or git has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// Wraps bytes that are already relative and separated by `/`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes as they stand in git.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// From a path that is relative already.
    pub fn from_relative(path: &Path) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            Self(path.as_os_str().as_bytes().to_vec())
        }
        #[cfg(not(unix))]
        {
            Self(path.to_string_lossy().replace('\\', "/").into_bytes())
        }
    }

    /// As a relative path of this system.
    pub fn to_relative(&self) -> PathBuf {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            PathBuf::from(std::ffi::OsStr::from_bytes(&self.0))
        }
        #[cfg(not(unix))]
        {
            PathBuf::from(String::from_utf8_lossy(&self.0).as_ref())
        }
    }

    /// True if the path can be joined to a folder without leading out of it. Git writes no other, but an index or a tree
    /// from elsewhere can hold anything.
    pub fn stays_inside(&self) -> bool {
        let is_plain = |part: &[u8]| !part.is_empty() && part != b"." && part != b"..";
        self.0.split(|b| *b == b'/').all(is_plain) && !self.0.contains(&0)
    }

    /// True if the path is `folder` or stands below it; the empty path holds everything.
    pub fn is_below(&self, folder: &Self) -> bool {
        match self.0.strip_prefix(&folder.0[..]) {
            Some(rest) => folder.0.is_empty() || rest.is_empty() || rest[0] == b'/',
            None => false,
        }
    }

    /// The form used in reports: UTF-8, other bytes percent-encoded. A `%` that would read as such an escape is
    /// encoded too, so that decoding every `%XX` gives the bytes back.
    pub fn encoded(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            let valid = chunk.valid();
            for (i, c) in valid.char_indices() {
                let rest = &valid.as_bytes()[i + 1..valid.len().max(i + 1)];
                if c == '%' && matches!(rest, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()) {
                    out.push_str("%25");
                } else {
                    out.push(c);
                }
            }
            for byte in chunk.invalid() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
        out
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.encoded())
    }
}

/// What kind of thing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An ordinary file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link; its content is the text of its target.
    Link,
    /// A pointer to a commit of another repository; it has no content here.
    Submodule,
}

/// One file as this scan sees it.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    /// Where it stands now (for a deletion: where it stood).
    pub path: RepoPath,
    /// Where it stood before, if this change renamed it.
    pub old_path: Option<RepoPath>,
    /// What it is now; `None` for a deletion.
    pub mode: Option<Mode>,
    /// What it was before; `None` for a snapshot or an addition.
    pub old_mode: Option<Mode>,
    /// Its content, before and after.
    pub change: Change<'a>,
}

impl<'a> Unit<'a> {
    /// Its content as it is now; nothing for a deletion.
    pub fn text(&self) -> Option<&Text<'a>> {
        match &self.change {
            Change::Snapshot(text) | Change::Added(text) | Change::Modified { after: text, .. } => Some(text),
            Change::Deleted(_) => None,
        }
    }

    /// The file without its past; nothing for a deletion.
    pub fn alone(&self) -> Option<Self> {
        let change = Change::Snapshot(self.text()?.clone());
        Some(Self { path: self.path.clone(), old_path: None, mode: self.mode, old_mode: None, change })
    }
}

/// Content before and after. An enum, because "no past" and "empty past" differ.
#[derive(Clone, Debug)]
pub enum Change<'a> {
    /// A file on its own, without a past: every line counts.
    Snapshot(Text<'a>),
    /// The change adds the file: every line counts.
    Added(Text<'a>),
    /// The change modifies the file (or only its mode or name).
    Modified {
        /// The old content.
        before: Text<'a>,
        /// The new content.
        after: Text<'a>,
        /// Lines of `after` that `before` does not have.
        added: LineSet,
        /// Lines of `before` that `after` does not have.
        removed: LineSet,
    },
    /// The change deletes the file.
    Deleted(Text<'a>),
}

/// A set of line numbers (from 1), kept as sorted ranges that do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineSet(Vec<Range<usize>>);

impl LineSet {
    /// Every line.
    pub fn all() -> Self {
        Self(std::iter::once(1..usize::MAX).collect())
    }

    /// Builds the set from half-open ranges of line numbers in ascending order; empty ranges are dropped.
    pub fn from_ranges(ranges: impl IntoIterator<Item = Range<usize>>) -> Self {
        let mut out: Vec<Range<usize>> = Vec::new();
        for range in ranges.into_iter().filter(|r| !r.is_empty()) {
            match out.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => out.push(range),
            }
        }
        Self(out)
    }

    /// True if any line from `first` to `last` (both included) is in the set.
    pub fn touches(&self, first: usize, last: usize) -> bool {
        let next = self.0.partition_point(|r| r.end <= first);
        self.0.get(next).is_some_and(|r| r.start <= last)
    }

    /// The line of the set that stands nearest to `line`; of two the earlier.
    pub fn nearest(&self, line: usize) -> Option<usize> {
        let next = self.0.partition_point(|r| r.end <= line);
        let after = self.0.get(next).map(|r| r.start.max(line));
        let before = next.checked_sub(1).map(|last| self.0[last].end - 1);
        match (before, after) {
            (Some(before), Some(after)) if line - before <= after - line => Some(before),
            (before, after) => after.or(before),
        }
    }

    /// The ranges, in ascending order, that make up the set.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.0.iter().cloned()
    }

    /// True if the set holds no line.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many lines the set holds.
    pub fn count(&self) -> usize {
        self.0.iter().map(Range::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_odd_bytes_stay_unambiguous() {
        assert_eq!(RepoPath::new(&b"a/\xFFb"[..]).encoded(), "a/%FFb");
        assert_eq!(RepoPath::new("a%FFb").encoded(), "a%25FFb");
        assert_eq!(RepoPath::new("100%.txt").encoded(), "100%.txt");
        assert_eq!(RepoPath::new("é%").encoded(), "é%");
    }

    #[test]
    fn a_path_that_leads_out_is_told() {
        for path in ["a", "a/b..c", "...", ".git"] {
            assert!(RepoPath::new(path).stays_inside(), "{path}");
        }
        for path in ["", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", "./a", "a\0"] {
            assert!(!RepoPath::new(path).stays_inside(), "{path}");
        }
    }

    #[test]
    fn line_sets_answer_for_spans() {
        let set = LineSet::from_ranges([2..4, 4..5, 9..9, 10..11]);
        assert_eq!(set.count(), 4);
        assert!(!set.touches(1, 1));
        assert!(set.touches(1, 2));
        assert!(set.touches(4, 4));
        assert!(!set.touches(5, 9));
        assert!(set.touches(5, 10));
        assert!(!set.touches(11, 99));
        assert!(LineSet::all().touches(1, 1));
    }
}
