//! Pairs what a change deletes with what it adds under another name.

use std::collections::BTreeMap;

use git2::{Delta as Status, DiffFindOptions, Index, IndexEntry, IndexTime};

use super::delta::{Delta, Entry, raw_mode};
use super::loose::Loose;
use crate::order;
use crate::unit::{Mode, RepoPath};

/// Pairs deletions and additions among `deltas`, which are sorted by path; so is the result.
///
/// libgit2 does the pairing, on two indexes in memory that hold nothing but these paths. What it refuses, such as a path
/// that no checkout may have, stays a deletion and an addition: everything added is then scanned in full.
pub(super) fn pair(git: &git2::Repository, deltas: Vec<Delta>) -> Vec<Delta> {
    let pairs = pairs(git, &deltas).unwrap_or_default();
    if pairs.is_empty() {
        return deltas;
    }
    let gone: BTreeMap<RepoPath, Entry> =
        order::gathered(deltas.iter().filter(|d| d.new.is_none()).filter_map(|d| Some((d.path.clone(), d.old?))));
    let sources: BTreeMap<&RepoPath, &RepoPath> = order::gathered(pairs.iter().map(|(new, old)| (old, new)));
    let rename = |mut delta: Delta| {
        if delta.new.is_none() && sources.contains_key(&delta.path) {
            return None;
        }
        if let Some(old_path) = pairs.get(&delta.path).filter(|_| delta.old.is_none()) {
            delta.old = gone.get(old_path).copied();
            delta.old_path = Some(old_path.clone());
        }
        Some(delta)
    };
    deltas.into_iter().filter_map(rename).collect()
}

/// New path → old path.
fn pairs(git: &git2::Repository, deltas: &[Delta]) -> Result<BTreeMap<RepoPath, RepoPath>, git2::Error> {
    let only = |one: Option<Entry>, other: Option<Entry>| one.filter(|e| other.is_none() && e.mode != Mode::Submodule);
    let mut gone: Vec<_> = deltas.iter().filter_map(|d| Some((&d.path, only(d.old, d.new)?))).collect();
    let mut come: Vec<_> = deltas.iter().filter_map(|d| Some((&d.path, only(d.new, d.old)?))).collect();
    if gone.is_empty() || come.is_empty() {
        return Ok(BTreeMap::new());
    }
    // Their contents are compared; what cannot be read is told where it is read.
    let loose = Loose::of(git);
    [&mut gone, &mut come].into_iter().for_each(|list| list.retain(|(_, entry)| loose.whole(entry.id).is_ok()));
    let mut diff = git.diff_index_to_index(&index(&gone)?, &index(&come)?, None)?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
    let renamed = diff.deltas().filter(|delta| delta.status() == Status::Renamed);
    let path = |file: git2::DiffFile<'_>| file.path_bytes().map(RepoPath::new);
    Ok(order::gathered(renamed.filter_map(|delta| Some((path(delta.new_file())?, path(delta.old_file())?)))))
}

fn index(entries: &[(&RepoPath, Entry)]) -> Result<Index, git2::Error> {
    let mut index = Index::new()?;
    for (path, entry) in entries {
        let never = IndexTime::new(0, 0);
        let added = index.add(&IndexEntry {
            ctime: never,
            mtime: never,
            dev: 0,
            ino: 0,
            mode: raw_mode(entry.mode),
            uid: 0,
            gid: 0,
            file_size: 0,
            id: entry.id,
            flags: 0,
            flags_extended: 0,
            path: path.as_bytes().to_vec(),
        });
        // A path that libgit2 refuses is left out of the pairing, not out of the scan.
        drop(added);
    }
    Ok(index)
}
