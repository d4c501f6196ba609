//! Files on disk: what is tracked, and what is not tracked and not ignored.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{WalkBuilder, WalkState};
use rayon::prelude::*;

use super::coverage::{Ledger, Reason, is_absent};
use super::folders::Links;
use super::git::{Environment, Repository};
use super::read::{Scratch, open_regular, texts};
use super::unlisted::parts;
use super::{SourceError, Visit, why_not};
use crate::text::Text;
use crate::unit::{Change, Mode, RepoPath, Unit};

/// Whether ignore rules count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// What `.gitignore` matches is left out, unless it is tracked.
    LeftOut,
    /// Everything is scanned.
    Scanned,
}

/// What to scan.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Files and directories, as given.
    pub paths: Vec<PathBuf>,
    /// Whether ignore rules count.
    pub ignored: Ignored,
    /// How many threads walk and scan.
    pub threads: usize,
}

/// The paths of a tree, each with the repository that it lies in.
pub struct Grounds<'t> {
    tree: &'t Tree,
    starts: Vec<Start>,
}

impl Tree {
    /// Finds where every path lies.
    ///
    /// # Errors
    /// A path does not exist.
    pub fn grounds(&self) -> Result<Grounds<'_>, SourceError> {
        let starts = self.paths.iter().map(|path| Start::find(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Grounds { tree: self, starts })
    }
}

impl Grounds<'_> {
    /// The one root of all paths, absolute; `None` where they lie in different ones.
    pub fn root(&self) -> Option<&Path> {
        let (first, rest) = self.starts.split_first()?;
        rest.iter().all(|start| start.root == first.root).then_some(&first.root)
    }

    /// True if the repository around is known not to track the file at `path` from its root.
    pub fn leaves_untracked(&self, path: &str) -> bool {
        let tracked = self.starts.first().and_then(|start| start.tracked.as_ref());
        tracked.is_some_and(|tracked| tracked.binary_search(&RepoPath::new(path)).is_err())
    }

    /// True if the whole of one root is in scope.
    pub fn is_whole(&self) -> bool {
        self.root().is_some_and(|root| self.starts.iter().any(|start| start.absolute == root))
    }

    /// Reads every file in scope.
    pub fn read(&self, ledger: &Ledger, visit: Visit<'_>) {
        for gap in self.starts.iter().filter_map(|start| start.gap.as_ref()) {
            ledger.skip(&RepoPath::new(".git"), Reason::Unreadable(gap.clone()));
        }
        walk(self.tree, &self.starts, ledger, visit);
    }
}

fn walk(tree: &Tree, starts: &[Start], ledger: &Ledger, visit: Visit<'_>) {
    let one_root = starts.windows(2).all(|pair| pair[0].root == pair[1].root);
    let overlap =
        starts.iter().any(|a| starts.iter().any(|b| a.absolute != b.absolute && a.absolute.starts_with(&b.absolute)));
    let seen = overlap.then(Mutex::default);
    for start in starts.iter().enumerate().filter(|(at, start)| !start.is_covered(&starts[..*at])).map(|(_, s)| s) {
        let names = if one_root { Names::Relative } else { Names::AsGiven };
        Walk { tree, start, names, ledger, visit, seen: &seen }.run();
    }
}

/// One path to scan, and the repository that it lies in.
struct Start {
    /// As given.
    path: PathBuf,
    /// The repository's top level, or the scanned directory itself; absolute.
    root: PathBuf,
    /// The path's own place, absolute.
    absolute: PathBuf,
    /// Tracked paths relative to `root`, sorted; `None` outside a repository.
    tracked: Option<Vec<RepoPath>>,
    /// The repository's own list of ignored files, beside those that it holds.
    exclude: Option<PathBuf>,
    /// Why it is not known which files are tracked, if a repository could not be read.
    gap: Option<String>,
}

impl Start {
    fn find(path: &Path) -> Result<Self, SourceError> {
        let metadata = fs::symlink_metadata(path).map_err(|error| {
            SourceError::usage(format!("cannot scan `{}`: {}", path.display(), why_not(path, &error)))
        })?;
        // The link itself is named, not what it points to; only the way to it is resolved.
        let absolute = if metadata.is_symlink() { resolve_parent(path) } else { fs::canonicalize(path) };
        let absolute = absolute.map_err(|e| SourceError::usage(format!("cannot scan `{}`: {e}", path.display())))?;
        let folder = if metadata.is_dir() { &absolute } else { absolute.parent().unwrap_or(&absolute) };
        let plain = |gap| Self {
            path: path.to_owned(),
            root: folder.to_owned(),
            absolute: absolute.clone(),
            tracked: None,
            exclude: None,
            gap,
        };
        Ok(match repository(folder)? {
            Around::Nothing => plain(None),
            Around::Unreadable(gap) => plain(Some(gap)),
            Around::Top(Top { root, tracked, exclude, gap }) => {
                Self { path: path.to_owned(), root, tracked, exclude: Some(exclude), gap, absolute }
            }
        })
    }
}

impl Start {
    /// True if an earlier path names the same place. One that only lies below another is walked on its own: what was
    /// named is read even where the other walk leaves it out as ignored.
    fn is_covered(&self, earlier: &[Self]) -> bool {
        earlier.iter().any(|other| other.absolute == self.absolute)
    }
}

fn resolve_parent(path: &Path) -> io::Result<PathBuf> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.file_name() {
        Some(name) => Ok(fs::canonicalize(parent)?.join(name)),
        None => fs::canonicalize(path),
    }
}

/// What stands around a path.
enum Around {
    /// No repository.
    Nothing,
    /// One that cannot be read, and why.
    Unreadable(String),
    /// One with a working tree.
    Top(Top),
}

/// The repository that holds a path.
struct Top {
    root: PathBuf,
    /// What is tracked, if that can be told.
    tracked: Option<Vec<RepoPath>>,
    exclude: PathBuf,
    gap: Option<String>,
}

/// The repository round `folder`. If it cannot be read, which files are tracked is not known: that is a gap.
fn repository(folder: &Path) -> Result<Around, SourceError> {
    let gap = |error: SourceError| format!("tracked files that are ignored may be missing: {error}");
    let repository = match Repository::discover(folder, Environment::Ignored) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Around::Nothing),
        Err(error) => return Ok(Around::Unreadable(gap(error))),
    };
    // Git's own files in a bare repository are not what anyone means by its content.
    let Ok(root) = fs::canonicalize(repository.required_top()?) else { return Ok(Around::Nothing) };
    let (tracked, gap) = match repository.tracked() {
        Ok(tracked) => (Some(tracked), None),
        Err(error) => (None, Some(gap(error))),
    };
    Ok(Around::Top(Top { root, tracked, exclude: repository.exclude_file(), gap }))
}

/// How paths are named in reports.
#[derive(Clone, Copy)]
enum Names {
    /// Relative to the one root.
    Relative,
    /// Below the path as it was given, because several roots are scanned at once.
    AsGiven,
}

struct Walk<'a> {
    tree: &'a Tree,
    start: &'a Start,
    names: Names,
    ledger: &'a Ledger,
    visit: Visit<'a>,
    /// What was read already, where one path lies below another.
    seen: &'a Option<Mutex<HashSet<PathBuf>>>,
}

impl Walk<'_> {
    fn run(&self) {
        if !self.start.absolute.is_dir() || self.start.absolute.is_symlink() {
            self.named_file();
            return;
        }
        if self.tree.ignored == Ignored::LeftOut {
            self.tracked_files();
        }
        self.untracked_files();
    }

    /// A path that was given and is no directory: it was asked for, so what cannot be read of it is a gap.
    fn named_file(&self) {
        let path = &self.start.absolute;
        match fs::symlink_metadata(path).map(|m| m.file_type()) {
            Ok(kind) if kind.is_symlink() => {
                self.link(path);
                self.ledger.skip(&self.name(path), Reason::LinkNotFollowed);
            }
            Ok(kind) if !kind.is_file() => {
                let why = format!("{}, not a regular file; pipe its content into `ringfence scan -`", what(kind));
                self.ledger.skip(&self.name(path), Reason::Unreadable(why));
            }
            _ => self.file(path, &mut Scratch::default()),
        }
    }

    fn tracked_files(&self) {
        let Some(tracked) = &self.start.tracked else { return };
        let below = self.start.absolute.strip_prefix(&self.start.root).unwrap_or(Path::new(""));
        let below = RepoPath::from_relative(below);
        let links = Links::above(&self.start.root, tracked.iter().map(RepoPath::as_bytes));
        let wanted = tracked.par_iter().filter(|path| path.is_below(&below) && !links.hide(path));
        wanted.for_each_init(Scratch::default, |scratch, path| {
            let absolute = self.start.root.join(path.to_relative());
            // A tracked file that is not on disk (deleted, or outside a sparse checkout) is no part of the tree.
            match fs::symlink_metadata(&absolute) {
                Ok(metadata) if metadata.is_file() => self.file(&absolute, scratch),
                Ok(metadata) if metadata.is_symlink() => self.link(&absolute),
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) => {
                    self.ledger.skip(&self.name(&absolute), Reason::NotRegular(what(metadata.file_type())));
                }
                Err(error) if is_absent(&error) => {}
                Err(error) => self.ledger.skip(&self.name(&absolute), Reason::Unreadable(error.to_string())),
            }
        });
    }

    fn untracked_files(&self) {
        let honour = self.tree.ignored == Ignored::LeftOut;
        let in_repository = self.start.tracked.is_some();
        let mut walk = WalkBuilder::new(&self.start.absolute);
        walk.standard_filters(false)
            .git_ignore(honour)
            // Within a repository the ignore files from its top down to here count; the walker stops at the top only
            // if it looks for one.
            .parents(honour && in_repository)
            .require_git(in_repository)
            .follow_links(false)
            .threads(self.tree.threads)
            .current_dir(&self.start.root)
            .filter_entry(|entry| entry.file_name() != ".git");
        // Named here, because the walker would also honour that of a folder that only looks like a repository. One that
        // cannot be read hides nothing.
        if let Some(exclude) = self.start.exclude.as_ref().filter(|exclude| honour && exclude.is_file()) {
            walk.add_ignore(exclude);
        }
        walk.build_parallel().run(|| {
            let mut scratch = Scratch::default();
            Box::new(move |entry| {
                match entry {
                    Ok(entry) => self.entry(&entry, &mut scratch),
                    Err(error) => self.walk_error(&error),
                }
                WalkState::Continue
            })
        });
    }

    fn entry(&self, entry: &ignore::DirEntry, scratch: &mut Scratch) {
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return };
        let path = entry.path();
        if self.tree.ignored == Ignored::LeftOut && self.is_tracked(path) {
            return; // read by `tracked_files`
        }
        if self.ledger.writes(path) && !self.is_tracked(path) {
            return;
        }
        if kind.is_symlink() {
            self.link(path);
        } else if kind.is_file() {
            self.file(path, scratch);
        } else {
            self.ledger.skip(&self.name(path), Reason::NotRegular(what(kind)));
        }
    }

    fn is_tracked(&self, path: &Path) -> bool {
        let relative = path.strip_prefix(&self.start.root).map(RepoPath::from_relative);
        match (&self.start.tracked, relative) {
            (Some(tracked), Ok(relative)) => tracked.binary_search(&relative).is_ok(),
            _ => false,
        }
    }

    /// True the first time that `path` is met.
    fn is_new(&self, path: &Path) -> bool {
        let insert = |seen: &Mutex<HashSet<PathBuf>>| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned())
        };
        self.seen.as_ref().is_none_or(insert)
    }

    /// True if it is to be read, and by this run: a file on disk is judged alone.
    fn wants(&self, path: &Path, name: &RepoPath) -> bool {
        let size = || fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
        self.ledger.wants(name, None, size) && self.ledger.is_own(name)
    }

    fn file(&self, path: &Path, scratch: &mut Scratch) {
        if !self.is_new(path) {
            return;
        }
        let name = self.name(path);
        if !self.wants(path, &name) {
            return;
        }
        match self.read(path, &name, scratch) {
            Ok(()) => {}
            Err(error) => self.ledger.skip(&name, Reason::of(&error)),
        }
    }

    fn read(&self, path: &Path, name: &RepoPath, scratch: &mut Scratch) -> io::Result<()> {
        let Some(mut regular) = open_regular(path)? else {
            self.ledger.skip(name, Reason::NotRegular("replaced while it was scanned"));
            return Ok(());
        };
        let read = texts(&mut regular.reader, scratch, &mut |text| self.give(name, Mode::File, text))?;
        self.ledger.read(name, read);
        Ok(())
    }

    /// A link's content is the text of its target.
    fn link(&self, path: &Path) {
        if !self.is_new(path) {
            return;
        }
        let name = self.name(path);
        if !self.wants(path, &name) {
            return;
        }
        match fs::read_link(path) {
            Ok(target) => {
                let target = RepoPath::from_relative(&target);
                self.ledger.read(&name, target.as_bytes().len() as u64);
                self.give(&name, Mode::Link, Text::new(target.as_bytes()));
            }
            Err(error) => self.ledger.skip(&name, Reason::of(&error)),
        }
    }

    fn give(&self, name: &RepoPath, mode: Mode, text: Text<'_>) {
        let change = Change::Snapshot(text);
        (self.visit)(&Unit { path: name.clone(), old_path: None, mode: Some(mode), old_mode: None, change });
    }

    fn walk_error(&self, error: &ignore::Error) {
        let (path, reason) = parts(error);
        let path = path.map_or_else(|| RepoPath::new("."), |path| self.name(path));
        self.ledger.skip(&path, reason);
    }

    fn name(&self, path: &Path) -> RepoPath {
        match self.names {
            Names::Relative => RepoPath::from_relative(path.strip_prefix(&self.start.root).unwrap_or(path)),
            Names::AsGiven => {
                let below = path.strip_prefix(&self.start.absolute).unwrap_or(path);
                let is_itself = below.as_os_str().is_empty();
                let given = &self.start.path;
                RepoPath::from_relative(&if is_itself { given.clone() } else { given.join(below) })
            }
        }
    }
}

#[cfg(unix)]
fn what(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn what(_: fs::FileType) -> &'static str {
    "a special file"
}
