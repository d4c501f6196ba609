//! Pairs what is gone from the working tree with what came in its place, edited on the way. Git has no object of the new
//! content yet, so it is put into a store in memory for the comparison.

use std::collections::BTreeMap;
use std::fs;

use git2::{ObjectType, Oid};

use super::disk::Disk;
use crate::order;
use crate::source::git::delta::{Delta, Entry};
use crate::source::git::open::Address;
use crate::source::git::rename;
use crate::unit::{Mode, RepoPath};

/// More new files than this are no rename, and larger ones are compared by their whole content alone.
const MOST: usize = 1000;
const LARGEST: u64 = 1 << 20;

/// Where files of `come` stood before, if they are like one of `gone`. What cannot be compared counts as new.
pub(super) fn pairs(
    address: &Address,
    disk: &Disk<'_>,
    gone: &[Delta],
    come: &[Delta],
) -> BTreeMap<RepoPath, (RepoPath, Entry)> {
    let is_file = |mode: Mode| matches!(mode, Mode::File | Mode::Executable);
    let gone: Vec<Delta> = gone.iter().filter(|d| d.old.is_some_and(|old| is_file(old.mode))).cloned().collect();
    let come: Vec<&Delta> = come.iter().filter(|delta| delta.old.is_none()).collect();
    if gone.is_empty() || come.is_empty() || come.len() > MOST {
        return BTreeMap::new();
    }
    paired(address, disk, gone, &come).unwrap_or_default()
}

fn paired(
    address: &Address,
    disk: &Disk<'_>,
    gone: Vec<Delta>,
    come: &[&Delta],
) -> Result<BTreeMap<RepoPath, (RepoPath, Entry)>, git2::Error> {
    let git = address.open()?;
    let odb = git.odb()?;
    // Whatever is written from here on stays in memory.
    odb.add_new_mempack_backend(i32::MAX)?;
    let mut deltas = gone;
    for delta in come {
        let Some(bytes) = content(disk, &delta.path) else { continue };
        let id = Oid::hash_object(ObjectType::Blob, &bytes)?;
        // To write what is there would touch the time of its file.
        if !odb.exists(id) {
            git.blob(&bytes)?;
        }
        deltas.push(Delta { new: Some(Entry { id, mode: Mode::File }), ..(*delta).clone() });
    }
    order::sort_by(&mut deltas, |a, b| a.path.cmp(&b.path));
    let known = |delta: Delta| Some((delta.path, (delta.old_path?, delta.old?)));
    Ok(rename::pair(&git, deltas).into_iter().filter_map(known).collect())
}

fn content(disk: &Disk<'_>, path: &RepoPath) -> Option<Vec<u8>> {
    let file = disk.top.join(path.to_relative());
    let metadata = fs::symlink_metadata(&file).ok()?;
    (metadata.is_file() && metadata.len() <= LARGEST).then(|| fs::read(file).ok()).flatten()
}
