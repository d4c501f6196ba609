//! One file that a report goes to: tried before the scan, and changed only once the whole report stands beside it.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where a report goes, known to be writable.
pub(super) struct Target {
    /// The file itself, absolute.
    pub(super) path: PathBuf,
    /// Which file it is by whatever name, if it is there already and the system tells.
    pub(super) identity: Option<Identity>,
    way: Way,
}

/// What a file is to the system: its device and its number there.
pub(super) type Identity = (u64, u64);

/// How its content is changed.
enum Way {
    /// A file beside it takes its name, so that it is whole at any time, before and after.
    Replaced(Option<Permissions>),
    /// It is emptied and written: its folder takes no other file, or it is more than this one name for one owner.
    Emptied(File),
    /// It only takes what is written: a device or a pipe.
    Taken(File),
}

impl Target {
    /// Finds out whether `path` can be written, and leaves what stands there as it is.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = resolved(path)?;
        // A name for what a process has open must never be given to another file.
        if path.is_symlink() {
            return Ok(Self { way: Way::Taken(OpenOptions::new().append(true).open(&path)?), identity: None, path });
        }
        let identity = fs::metadata(&path).ok().as_ref().and_then(identity);
        let way = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Err(io::Error::other("it is a directory")),
            Ok(metadata) if !metadata.is_file() => Way::Taken(OpenOptions::new().write(true).open(&path)?),
            Ok(metadata) => {
                let file = OpenOptions::new().write(true).open(&path)?;
                match Draft::beside(&path) {
                    Ok(draft) if is_alone(&metadata, &draft.file.metadata()?) => {
                        Way::Replaced(Some(metadata.permissions()))
                    }
                    _ => Way::Emptied(file),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Draft::beside(&path)?;
                Way::Replaced(None)
            }
            Err(error) => return Err(error),
        };
        Ok(Self { path, identity, way })
    }

    /// True if it is a file that keeps what is written last.
    pub(super) fn is_file(&self) -> bool {
        !matches!(self.way, Way::Taken(_))
    }

    /// Writes what `render` says. If that fails, a file that can be replaced is left as it was.
    pub(super) fn write(self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let buffered = |file: &File| -> io::Result<()> {
            let mut out = BufWriter::new(file);
            render(&mut out)?;
            out.flush()
        };
        match self.way {
            Way::Taken(file) => buffered(&file),
            Way::Emptied(file) => {
                file.set_len(0)?;
                buffered(&file)
            }
            Way::Replaced(permissions) => {
                let draft = Draft::beside(&self.path)?;
                buffered(&draft.file)?;
                if let Some(permissions) = permissions {
                    draft.file.set_permissions(permissions)?;
                }
                // A file that is a mount of its own takes the content of another, and never its place.
                fs::rename(&draft.path, &self.path).or_else(|_| fs::copy(&draft.path, &self.path).map(|_| ()))
            }
        }
    }
}

/// An empty file of this process alone, removed unless it got another name.
struct Draft {
    path: PathBuf,
    file: File,
}

impl Draft {
    fn beside(path: &Path) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut number = 0;
        loop {
            // Short, because the name of the report may be as long as a name can be.
            let path = folder.join(format!(".ringfence-{}-{number}.part", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { path, file }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing is there once it was renamed.
        let _ = fs::remove_file(&self.path);
    }
}

/// The absolute name of `path`, which need not be there; its folder must. A link is refused: a change that is scanned may have
/// brought it, and what it leads to would be overwritten.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = path.file_name() else { return fs::canonicalize(path) };
    // What a process has open has names that lead nowhere: the system alone opens them.
    if is_of_system(folder) {
        return Ok(path.to_owned());
    }
    let real = fs::canonicalize(folder)?.join(name);
    if real.is_symlink() && !is_of_system(&real) {
        return Err(io::Error::other("it is a link; name the file that it leads to"));
    }
    Ok(real)
}

/// True for a place that the system alone fills.
fn is_of_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// True if a file of another inode can stand for this one: nobody else calls it by another name or owns it.
#[cfg(unix)]
fn is_alone(own: &Metadata, draft: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    own.nlink() == 1 && own.uid() == draft.uid() && own.gid() == draft.gid()
}

#[cfg(not(unix))]
fn is_alone(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<Identity> {
    None
}

/// Which file standard output is, if it is one.
#[cfg(unix)]
pub(super) fn of_stdout() -> Option<Identity> {
    use std::os::fd::AsFd;
    let own = io::stdout().as_fd().try_clone_to_owned().ok()?;
    identity(&File::from(own).metadata().ok()?)
}

#[cfg(not(unix))]
pub(super) fn of_stdout() -> Option<Identity> {
    None
}

/// Lets a write beyond the limit for files fail, as on a full disk, in place of ending the process.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(super) fn survive_limits() {
    // SAFETY: ignoring a signal runs no code in it, and nothing else in this process asks for this one.
    let _ = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

#[cfg(not(unix))]
pub(super) fn survive_limits() {}
