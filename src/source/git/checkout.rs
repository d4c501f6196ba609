//! A checkout of HEAD in a repository of its own, for running what may change its working tree.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use git2::{Index, IndexEntry, IndexTime, Repository as Git};

use super::{Repository, head};
use crate::order;
use crate::source::SourceError;

/// What tools of a hook lie in that no commit holds: linked into the checkout, and no part of it for git.
const TOOLS: [&str; 2] = ["node_modules", ".venv"];
/// Kinds of files in an index.
const FILE: u32 = 0o100_644;
const PROGRAM: u32 = 0o100_755;
const LINK: u32 = 0o120_000;
/// Folders below the folder of hooks are taken along to this depth.
const DEEPEST: usize = 3;

/// A checkout of HEAD with one file more, staged. Nothing of it lies in the repository, and nothing that git does in it
/// writes to the repository.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Its working tree.
    pub top: PathBuf,
    /// For `GIT_INDEX_FILE`.
    pub index: PathBuf,
    /// The folder of hooks: a copy, or the original where that lies outside of the repository.
    pub hooks: PathBuf,
}

/// When the files that git tracks were last written, for comparing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamps(Vec<(PathBuf, Option<(SystemTime, u64)>)>);

impl Stamps {
    /// The files that differ in `later`.
    pub fn changed<'s>(&'s self, later: &'s Self) -> impl Iterator<Item = &'s Path> {
        let pairs = self.0.iter().zip(&later.0);
        pairs.filter(|(one, other)| one != other).map(|(one, _)| one.0.as_path())
    }
}

impl Repository {
    /// Checks HEAD out to a repository of its own below `folder`, which is empty, with `content` staged at `path`. Of what
    /// is on disk and not in HEAD, the hooks come along, and `also`, a file that rules them.
    ///
    /// # Errors
    /// HEAD cannot be read, or `folder` cannot be written.
    pub fn checked_out(
        &self,
        path: &str,
        content: &[u8],
        also: Option<&str>,
        folder: &Path,
    ) -> Result<Checkout, SourceError> {
        let fail = |error: &dyn std::fmt::Display| {
            SourceError::unreadable(format!("cannot check HEAD out to `{}`: {error}", folder.display()))
        };
        let top = folder.join("work");
        let git = Git::init(&top).map_err(|error| fail(&error.message()))?;
        self.borrow(&git, &top).map_err(|error| fail(&error))?;
        // Opened anew, because objects and settings came from outside.
        let git = Git::open(&top).map_err(|error| fail(&error.message()))?;
        let head = head::head(self)?.map(|commit| commit.tree_id());
        let index = staged(&git, head, path, content).map_err(|error| fail(&error.message()))?;
        let index = written(&git, index, &top).map_err(|error| fail(&error))?;
        let hooks = self.hooks()?.folder.ok_or_else(|| fail(&"git runs no hook here"))?;
        let hooks = self.bring(&git, index, &hooks, also).map_err(|error| fail(&error))?;
        Ok(Checkout { index: git.path().join("index"), top, hooks })
    }

    /// When each file that git tracks was last written.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn stamps(&self) -> Result<Stamps, SourceError> {
        let index = self.git.index().map_err(|error| SourceError::unreadable(error.message().to_owned()))?;
        let top = self.top().unwrap_or(self.git.path());
        let names = index.iter().map(|entry| PathBuf::from(String::from_utf8_lossy(&entry.path).into_owned()));
        let stamp = |path: &Path| {
            let metadata = fs::symlink_metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Ok(Stamps(names.map(|name| (stamp(&top.join(&name)), name)).map(|(stamp, name)| (name, stamp)).collect()))
    }

    /// Lets `git` see the objects, the references and the settings of this repository. None of them is written through it.
    fn borrow(&self, git: &Git, top: &Path) -> io::Result<()> {
        let (own, other) = (self.git.commondir(), git.path());
        let objects = fs::canonicalize(own.join("objects"))?;
        fs::write(other.join("objects/info/alternates"), format!("{}\n", objects.display()))?;
        for file in ["shallow", "info/attributes"] {
            if own.join(file).is_file() {
                fs::copy(own.join(file), other.join(file))?;
            }
        }
        let read = |file: &str| fs::read_to_string(own.join(file)).unwrap_or_default();
        // Of a setting that stands twice, git takes the last.
        let place = top.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
        let place = format!(
            "\n[core]\n\tbare = false\n\tfsmonitor = false\n\tsparseCheckout = false\n\tworktree = \"{place}\"\n"
        );
        fs::write(other.join("config"), read("config") + &place)?;
        let tools: String = TOOLS.iter().map(|name| format!("\n/{name}\n")).collect();
        fs::create_dir_all(other.join("info"))?;
        fs::write(other.join("info/exclude"), read("info/exclude") + &tools)?;
        fs::write(other.join("packed-refs"), self.references())?;
        let head = self.git.find_reference("HEAD").map_err(io::Error::other)?;
        match (head.symbolic_target(), head.target()) {
            (Ok(Some(branch)), _) => fs::write(other.join("HEAD"), format!("ref: {branch}\n")),
            (_, Some(id)) => fs::write(other.join("HEAD"), format!("{id}\n")),
            _ => Ok(()),
        }
    }

    /// Every reference that names an object, as git packs them.
    fn references(&self) -> String {
        let mut packed = String::new();
        let references = self.git.references().into_iter().flatten().flatten();
        for (name, id) in references.filter_map(|one| Some((one.name().ok()?.to_owned(), one.target()?))) {
            let _ = writeln!(packed, "{id} {name}");
        }
        packed
    }

    /// Brings what lies on disk and hooks need.
    fn bring(&self, git: &Git, mut index: Index, hooks: &Path, also: Option<&str>) -> io::Result<PathBuf> {
        let (Some(from), Some(to)) = (self.top(), git.workdir()) else { return Ok(hooks.to_owned()) };
        for name in TOOLS.iter().filter(|name| from.join(name).is_dir() && fs::symlink_metadata(to.join(name)).is_err())
        {
            linked(&from.join(name), &to.join(name))?;
        }
        if let Some(file) = also.filter(|file| from.join(file).is_file() && stays(to, Path::new(file))) {
            to.join(file).parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::copy(from.join(file), to.join(file))?;
            // A manager may refuse to work with a file that is not staged.
            index.add_path(Path::new(file)).and_then(|()| index.write()).map_err(io::Error::other)?;
        }
        let inside =
            hooks.strip_prefix(from).ok().filter(|path| !path.starts_with(".git") && !path.as_os_str().is_empty());
        let place = match inside {
            Some(path) if stays(to, path) => to.join(path),
            None if hooks.starts_with(self.git.commondir()) => git.path().join("hooks"),
            _ => return Ok(hooks.to_owned()),
        };
        copied(hooks, &place, DEEPEST)?;
        Ok(place)
    }
}

/// Stages what `head` has and one file more.
fn staged(git: &Git, head: Option<git2::Oid>, path: &str, content: &[u8]) -> Result<Index, git2::Error> {
    let mut index = git.index()?;
    if let Some(id) = head {
        index.read_tree(&git.find_tree(id)?)?;
    }
    index.add(&super::hooks::entry(path, git.blob(content)?))?;
    Ok(index)
}

/// Writes every file of `index` to disk as it is kept, and the index with what the files are like, so that git takes them
/// for unchanged.
fn written(git: &Git, mut index: Index, top: &Path) -> io::Result<Index> {
    let mut entries: Vec<IndexEntry> = index.iter().collect();
    // Links come last: no file is written through one.
    order::sort_by_key(&mut entries, |entry| entry.mode == LINK);
    for mut entry in entries.into_iter().filter(|entry| [FILE, PROGRAM, LINK].contains(&entry.mode)) {
        let name = String::from_utf8_lossy(&entry.path).into_owned();
        if !is_inside(Path::new(&name)) {
            continue;
        }
        let place = top.join(&name);
        place.parent().map_or(Ok(()), fs::create_dir_all)?;
        let blob = git.find_blob(entry.id).map_err(io::Error::other)?;
        put(&place, entry.mode, blob.content())?;
        likened(&mut entry, &fs::symlink_metadata(&place)?);
        index.add(&entry).map_err(io::Error::other)?;
    }
    index.write().map_err(io::Error::other)?;
    Ok(index)
}

/// True for a path that leads down, and not into what git keeps.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| match part {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        _ => false,
    })
}

/// True if no link stands on the way from `top` to `path` below it.
fn stays(top: &Path, path: &Path) -> bool {
    let is_link = |part: &Path| fs::symlink_metadata(top.join(part)).is_ok_and(|found| found.is_symlink());
    is_inside(path) && !path.ancestors().any(is_link)
}

#[cfg(unix)]
fn put(place: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{OpenOptionsExt, symlink};
    if mode == LINK {
        return symlink(std::ffi::OsStr::from_bytes(content), place);
    }
    let rights = if mode == PROGRAM { 0o755 } else { 0o644 };
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(rights).open(place)?;
    file.write_all(content)
}

/// Elsewhere git writes a link as a file, too, where links need a right that few have.
#[cfg(not(unix))]
fn put(place: &Path, _: u32, content: &[u8]) -> io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).open(place)?.write_all(content)
}

/// Notes what the file on disk is like, as git does: it then need not read it to know that it is unchanged.
#[cfg(unix)]
fn likened(entry: &mut IndexEntry, metadata: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    // Git keeps the low bits of each and compares those.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let low = |number: i64| number as i32;
    entry.ctime = IndexTime::new(low(metadata.ctime()), low(metadata.ctime_nsec()).unsigned_abs());
    entry.mtime = IndexTime::new(low(metadata.mtime()), low(metadata.mtime_nsec()).unsigned_abs());
    entry.file_size = u32::try_from(metadata.size()).unwrap_or(0);
    (entry.uid, entry.gid) = (metadata.uid(), metadata.gid());
    #[allow(clippy::cast_possible_truncation)]
    {
        (entry.dev, entry.ino) = (metadata.dev() as u32, metadata.ino() as u32);
    }
}

/// Elsewhere git finds out by itself.
#[cfg(not(unix))]
fn likened(_: &mut IndexEntry, _: &fs::Metadata) {}

/// Copies the files of a folder; where it leads further down than `depth`, that is left out.
fn copied(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for one in fs::read_dir(from)? {
        let one = one?;
        let (path, place) = (one.path(), to.join(one.file_name()));
        if path.is_dir() {
            if depth > 0 {
                copied(&path, &place, depth - 1)?;
            }
        } else if path.is_file() {
            // What HEAD has there may be a link that leads elsewhere.
            if fs::symlink_metadata(&place).is_ok() {
                fs::remove_file(&place)?;
            }
            fs::copy(&path, &place)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn linked(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

/// Elsewhere a link needs a right that few have.
#[cfg(not(unix))]
fn linked(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
