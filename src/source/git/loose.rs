//! Objects in files of their own, tried before libgit2 reads them: it waits for ever for the end of one that was cut off, as
//! a full disk or a lost connection leaves them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use flate2::read::ZlibDecoder;
use git2::{Commit, ErrorClass, ErrorCode, Oid, Repository, TreeEntry};

/// The most commits that are tried ahead of a walk. Those behind them are packed as a rule, and packs are read in bounds.
const MOST: usize = 100_000;
/// Steps that a walk over the whole history takes.
pub(super) const WHOLE: usize = usize::MAX - 1;
/// As much of an object as can name its parents, in bytes.
const BEGINNING: u64 = 1 << 20;

/// The folders in which such files stand.
pub(super) struct Loose(Vec<PathBuf>);

impl Loose {
    /// Those of a repository.
    pub(super) fn of(git: &Repository) -> Self {
        let own = git.commondir().join("objects");
        let named = std::env::var_os("GIT_OBJECT_DIRECTORY").map(PathBuf::from);
        let more = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES");
        let more = more.iter().flat_map(std::env::split_paths);
        let listed = fs::read_to_string(own.join("info").join("alternates")).unwrap_or_default();
        let listed: Vec<PathBuf> = listed.lines().filter(|line| !line.starts_with('#')).map(|l| own.join(l)).collect();
        Self(named.into_iter().chain([own]).chain(more).chain(listed).collect())
    }

    /// Fails if a file has the object and does not have all of it.
    pub(super) fn whole(&self, id: Oid) -> Result<(), git2::Error> {
        self.read(id, 0).map(|_| ())
    }

    /// Fails if one of `tips`, or of the commits up to `steps` behind them, is not whole, as far as they stand in files of
    /// their own.
    pub(super) fn history(&self, tips: impl IntoIterator<Item = Oid>, steps: usize) -> Result<(), git2::Error> {
        let mut pending: Vec<Oid> = tips.into_iter().collect();
        let mut seen = BTreeSet::new();
        for _ in 0..=steps {
            let mut next = Vec::new();
            for id in pending {
                if seen.len() < MOST && seen.insert(id) {
                    next.extend(before(&self.read(id, BEGINNING)?));
                }
            }
            if next.is_empty() {
                break;
            }
            pending = next;
        }
        Ok(())
    }

    /// Reads the file of an object to its end and gives the beginning; nothing where there is no such file.
    fn read(&self, id: Oid, beginning: u64) -> Result<Vec<u8>, git2::Error> {
        let name = id.to_string();
        let (folder, rest) = name.split_at(2);
        let mut kept = Vec::new();
        for objects in &self.0 {
            let file = match File::open(objects.join(folder).join(rest)) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                // libgit2 says why not.
                Err(_) => continue,
            };
            let mut content = ZlibDecoder::new(file);
            let first = content.by_ref().take(beginning).read_to_end(&mut kept);
            first.and_then(|_| io::copy(&mut content, &mut io::sink())).map_err(|_| damaged())?;
        }
        Ok(kept)
    }
}

fn damaged() -> git2::Error {
    git2::Error::new(ErrorCode::GenericError, ErrorClass::Odb, "its file is damaged or was cut off")
}

/// What a commit or a tag names that a walk reads next.
fn before(object: &[u8]) -> Vec<Oid> {
    let body = object.iter().position(|byte| *byte == 0).map_or(&[][..], |end| &object[end + 1..]);
    let lines = body.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let named = lines.filter_map(|line| line.strip_prefix(b"parent ").or_else(|| line.strip_prefix(b"object ")));
    named.filter_map(|id| Oid::from_str(std::str::from_utf8(id).ok()?).ok()).collect()
}

/// What stands at `path` in a commit.
pub(super) fn entry(git: &Repository, commit: &Commit<'_>, path: &str) -> Result<TreeEntry<'static>, git2::Error> {
    let missing = || git2::Error::new(ErrorCode::NotFound, ErrorClass::Tree, "there is no such path");
    let loose = Loose::of(git);
    let mut tree = commit.tree_id();
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        loose.whole(tree)?;
        let found = git.find_tree(tree)?.get_name(name).map(|entry| entry.to_owned()).ok_or_else(missing)?;
        if names.peek().is_none() {
            return Ok(found);
        }
        if found.kind() != Some(git2::ObjectType::Tree) {
            return Err(missing());
        }
        tree = found.id();
    }
    Err(missing())
}
