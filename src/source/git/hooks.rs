//! Where git looks for hooks, and an index with one file more than HEAD, for trying one.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{ConfigLevel, IndexEntry, IndexTime, Oid};

use super::{Repository, head};
use crate::source::SourceError;

/// The folder of the hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hooks {
    /// Where it is.
    pub folder: PathBuf,
    /// Who says so.
    pub chosen: Chosen,
}

/// Who says where the hooks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Nobody: it is the folder that belongs to the repository.
    Nobody,
    /// `core.hooksPath` of the repository.
    Repository,
    /// `core.hooksPath` of the user or the machine, which holds for every repository.
    Everywhere,
}

/// An index with a file that HEAD has not, and where its content is kept. Nothing of it lies in the repository.
#[derive(Clone, Debug)]
pub struct Tried {
    /// For `GIT_INDEX_FILE`.
    pub index: PathBuf,
    /// For `GIT_OBJECT_DIRECTORY`.
    pub objects: PathBuf,
    /// For `GIT_ALTERNATE_OBJECT_DIRECTORIES`: what the repository itself has.
    pub alternate: PathBuf,
}

impl Repository {
    /// Where git looks for hooks.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub fn hooks(&self) -> Result<Hooks, SourceError> {
        const KEY: &str = "core.hookspath";
        let fail = |error: git2::Error| {
            SourceError::unreadable(format!(
                "cannot read git's configuration: {}; `git config --list` may tell more",
                error.message()
            ))
        };
        let mut config = self.git.config().map_err(fail)?;
        let config = config.snapshot().map_err(fail)?;
        let (Ok(path), Ok(entry)) = (config.get_path(KEY), config.get_entry(KEY)) else {
            return Ok(Hooks { folder: self.git.commondir().join("hooks"), chosen: Chosen::Nobody });
        };
        let shared = [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global];
        let chosen = if shared.contains(&entry.level()) { Chosen::Everywhere } else { Chosen::Repository };
        // Git runs hooks at the top, so that is what a relative path is relative to.
        let folder = self.top().unwrap_or(self.git.path()).join(path);
        Ok(Hooks { folder, chosen })
    }

    /// True if `path` lies in the working tree or among what git keeps for this repository.
    pub fn owns(&self, path: &Path) -> bool {
        let real = |path: &Path| path.ancestors().find_map(|part| fs::canonicalize(part).ok());
        let own = self.top().into_iter().chain([self.git.commondir()]).filter_map(|own| fs::canonicalize(own).ok());
        real(path).is_some_and(|path| own.into_iter().any(|own| path.starts_with(own)))
    }

    /// Stages `content` at `path` in an index of its own below `folder`, which is empty: the index holds what HEAD has and
    /// that file.
    ///
    /// # Errors
    /// HEAD cannot be read, or `folder` cannot be written.
    pub fn staged_apart(&self, path: &str, content: &[u8], folder: &Path) -> Result<Tried, SourceError> {
        let fail = |error: git2::Error| {
            SourceError::unreadable(format!("cannot build an index in `{}`: {}", folder.display(), error.message()))
        };
        let apart = git2::Repository::init_bare(folder.join("apart")).map_err(fail)?;
        let id = apart.blob(content).map_err(fail)?;
        let place = folder.join("index");
        let mut index = git2::Index::open(&place).map_err(fail)?;
        if let Some(commit) = head::head(self)? {
            index.read_tree(&commit.tree().map_err(fail)?).map_err(fail)?;
        }
        index.add(&entry(path, id)).map_err(fail)?;
        index.write().map_err(fail)?;
        Ok(Tried {
            index: place,
            objects: apart.path().join("objects"),
            alternate: self.git.commondir().join("objects"),
        })
    }
}

pub(super) fn entry(path: &str, id: Oid) -> IndexEntry {
    let zero = IndexTime::new(0, 0);
    IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.into(),
    }
}
