//! Finds and opens a repository, and says in plain words why one cannot be opened.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{ErrorClass, ErrorCode, RepositoryOpenFlags};

use crate::source::SourceError;

/// Whether the variables that git sets for its hooks count (`GIT_DIR`, `GIT_INDEX_FILE`, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// They count: a change source runs inside a hook, and `git commit PATH` hands it an index of its own.
    Honoured,
    /// They do not: a path was named, and that path decides.
    Ignored,
}

/// An open repository.
pub struct Repository {
    pub(super) git: git2::Repository,
    /// The index file that counts.
    pub(super) index: PathBuf,
    pub(super) environment: Environment,
}

impl Repository {
    /// Opens the repository that holds `start`; `None` if there is none.
    ///
    /// # Errors
    /// There is one and it cannot be read.
    pub fn discover(start: &Path, environment: Environment) -> Result<Option<Self>, SourceError> {
        allow_harmless_extensions();
        match open(start, environment) {
            Ok(git) => Ok(Some(Self { index: index_file(&git, environment), git, environment })),
            Err(error) if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Repository => Ok(None),
            Err(error) => Err(refusal(start, &error)),
        }
    }

    /// True if the clone lacks some of its history.
    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow()
    }

    /// How other threads come by handles of their own: one handle must not be shared.
    pub(super) fn address(&self) -> Address {
        Address { path: self.git.path().to_owned(), environment: self.environment }
    }

    /// The list of ignored files that belongs to this clone alone; it need not exist.
    pub(in crate::source) fn exclude_file(&self) -> PathBuf {
        self.git.commondir().join("info").join("exclude")
    }

    /// The top of the working tree; `None` for a bare repository.
    pub fn top(&self) -> Option<&Path> {
        self.git.workdir()
    }

    /// The top of the working tree, or why there is none.
    pub(in crate::source) fn required_top(&self) -> Result<&Path, SourceError> {
        self.top().ok_or_else(|| {
            SourceError::usage(
                "this is a bare repository: it has no working tree and no index; \
                 compare commits instead, as in `ringfence diff A..B`",
            )
        })
    }
}

/// Where a repository stands, and how it was opened.
pub(super) struct Address {
    path: PathBuf,
    environment: Environment,
}

impl Address {
    /// Opens the repository once more.
    pub(super) fn open(&self) -> Result<git2::Repository, git2::Error> {
        open(&self.path, self.environment)
    }
}

fn open(start: &Path, environment: Environment) -> Result<git2::Repository, git2::Error> {
    let is_set = |name| environment == Environment::Honoured && env::var_os(name).is_some();
    if is_set("GIT_DIR") {
        return git2::Repository::open_from_env().and_then(in_current_folder);
    }
    // Objects of a push that is not accepted yet stand apart.
    if is_set("GIT_OBJECT_DIRECTORY") {
        return git2::Repository::open_from_env();
    }
    git2::Repository::open_ext(start, RepositoryOpenFlags::CROSS_FS, &[] as &[&Path])
}

/// With `GIT_DIR` alone git takes the current folder for the top of the working tree; libgit2 takes the parent of that
/// path. Nothing is written: the place is set in memory.
fn in_current_folder(git: git2::Repository) -> Result<git2::Repository, git2::Error> {
    let configured = || git.config().is_ok_and(|config| config.get_path("core.worktree").is_ok());
    let decided = git.is_bare() || git.is_worktree() || env::var_os("GIT_WORK_TREE").is_some() || configured();
    if let Some(folder) = env::current_dir().ok().filter(|_| !decided) {
        git.set_workdir(&folder, false)?;
    }
    Ok(git)
}

fn index_file(git: &git2::Repository, environment: Environment) -> PathBuf {
    let named = env::var_os("GIT_INDEX_FILE").filter(|_| environment == Environment::Honoured);
    // Git runs at the top of the working tree, so that is what a relative name is relative to.
    let at_top = |name| git.workdir().map_or_else(|| PathBuf::from(&name), |top| top.join(&name));
    named.map_or_else(|| git.path().join("index"), at_top)
}

/// libgit2 refuses repositories whose configuration names an extension that it does not know. These change how objects
/// are fetched or how worktrees are found, not what an object is, so reading stays right.
#[allow(unsafe_code)]
fn allow_harmless_extensions() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: this sets a static list inside libgit2. `Once` lets a single thread do it, before that or any other
        // thread opens a repository, because this function is the only way to open one.
        // If it fails, such repositories are refused with libgit2's own words, which is honest too.
        let _ = unsafe { git2::opts::set_extensions(&["partialclone", "relativeworktrees", "preciousobjects"]) };
    });
}

fn refusal(start: &Path, error: &git2::Error) -> SourceError {
    let place = start.display();
    let message = error.message();
    if error.code() == ErrorCode::Owner {
        let owner = place_of(start).unwrap_or_else(|| start.to_owned());
        return SourceError::unreadable(format!(
            "the repository at `{place}` belongs to another user, and git refuses those for safety; if you trust it, run \
             `git config --global --add safe.directory {}`",
            owner.display()
        ));
    }
    if message.contains("objectformat") || message.contains("object format") || message.contains("sha256") {
        return SourceError::unreadable(format!(
            "the repository at `{place}` uses SHA-256 object names, which ringfence cannot read yet; \
             `ringfence scan --no-ignore` reads its files"
        ));
    }
    if message.contains("refstorage") {
        return SourceError::unreadable(format!(
            "the repository at `{place}` keeps its refs as a reftable, which ringfence cannot read yet; \
             `git refs migrate --ref-format=files` converts it"
        ));
    }
    SourceError::unreadable(format!("cannot open the repository at `{place}`: {message}; `git fsck` may tell more"))
}

/// The folder that git's list of trusted repositories has to name: the one with `.git` in it, or the bare repository.
fn place_of(start: &Path) -> Option<PathBuf> {
    let start = std::fs::canonicalize(start).ok()?;
    let is_place = |folder: &&Path| folder.join(".git").exists() || folder.join("objects").is_dir();
    start.ancestors().find(is_place).map(Path::to_owned)
}
