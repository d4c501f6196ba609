//! Folders that became links: a tracked file behind one stands elsewhere now, and links are not followed.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use crate::unit::RepoPath;

/// The links among the folders of tracked files; nearly always none.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<RepoPath>);

impl Links {
    /// Looks at every folder above `paths`, which are relative to `top`.
    pub(super) fn above<'a>(top: &Path, paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut folders: BTreeSet<&[u8]> = BTreeSet::new();
        let mut last: &[u8] = b"";
        for path in paths {
            let folder = memchr::memrchr(b'/', path).map_or(&b""[..], |slash| &path[..slash]);
            if std::mem::replace(&mut last, folder) == folder {
                continue;
            }
            let mut rest = path;
            while let Some(slash) = memchr::memrchr(b'/', rest) {
                rest = &rest[..slash];
                // Whatever stands above a known folder is known, too.
                if !folders.insert(rest) {
                    break;
                }
            }
        }
        let is_link = |folder: &&[u8]| top.join(RepoPath::new(*folder).to_relative()).is_symlink();
        Self(folders.into_par_iter().filter(is_link).map(RepoPath::new).collect())
    }

    /// True if `path` stands behind one of them.
    pub(super) fn hide(&self, path: &RepoPath) -> bool {
        self.0.iter().any(|link| path.is_below(link))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_behind_a_link_is_hidden() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::os::unix::fs::symlink("b", dir.path().join("a/link")).unwrap();
        let paths = ["a/b/file", "a/file", "a/link/deep/file", "a/link2", "top"];
        let links = Links::above(dir.path(), paths.iter().map(|path| path.as_bytes()));
        let hidden: Vec<_> = paths.iter().filter(|path| links.hide(&RepoPath::new(**path))).collect();
        assert_eq!(hidden, [&"a/link/deep/file"]);
    }
}
