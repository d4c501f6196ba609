//! The working tree against HEAD: staged, unstaged, and untracked files that are not ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use git2::{Commit, Oid};
use rayon::prelude::*;

use super::Repository;
use super::blob::Store;
use super::compare::Comparison;
use super::delta::{Delta, Entry};
use super::emit::{After, Emit};
use super::loose::Loose;
use super::{index, rename};
use crate::order;
use crate::source::read::Scratch;
use crate::source::{Ledger, SourceError, Visit};
use crate::unit::RepoPath;

mod disk;
mod moved;
mod submodules;
mod untracked;

use disk::{Disk, State};

/// Reads every path whose content on disk or in the index differs from `head`.
///
/// # Errors
/// There is no working tree (a bare repository), or the index cannot be read.
pub(super) fn worktree(
    repository: &Repository,
    head: Option<&Commit<'_>>,
    ledger: &Ledger,
    visit: Visit<'_>,
) -> Result<(), SourceError> {
    let top = repository.required_top()?;
    let index = repository.index()?;
    let comparison = Comparison::new(&repository.git, ledger);
    let staged = comparison.with_index(head.map(Commit::tree_id), &index);
    let staged = rename::pair(&repository.git, staged);
    let disk = Disk { top, ledger };
    let mut plan = Plan::default();
    plan.tracked(&staged, disk.states(&index));
    plan.untracked(&staged, untracked::files(repository, top, &index, ledger));
    plan.staged_alone(staged);
    plan.leave_out(repository, &disk);
    let emit = Emit { ledger, visit };
    submodules::moved(top, &index, emit);
    plan.run(repository, &disk, emit);
    Ok(())
}

/// What is to be read, and from where.
#[derive(Default)]
struct Plan {
    /// Paths whose file on disk counts; `new` holds what the index has, if anything.
    on_disk: Vec<Delta>,
    /// Paths of which the index's blob counts, too or alone.
    in_index: Vec<Delta>,
    /// Paths that are gone.
    gone: Vec<Delta>,
    seen: BTreeSet<RepoPath>,
}

impl Plan {
    /// Sorts the tracked paths by where their content is.
    fn tracked(&mut self, staged: &[Delta], states: Vec<(RepoPath, Entry, State)>) {
        let changes: BTreeMap<&RepoPath, &Delta> = order::gathered(staged.iter().map(|d| (&d.path, d)));
        for (path, entry, state) in states {
            let staged = changes.get(&path).copied();
            let delta = match staged {
                Some(staged) => staged.clone(),
                None => Delta::at(path.as_bytes(), Some(entry), Some(entry)),
            };
            match state {
                State::Same => continue, // if staged, the index tells it all
                State::Promised => {
                    let old = staged.and_then(|staged| staged.old);
                    self.on_disk.push(Delta::at(path.as_bytes(), old, None));
                }
                State::Dirty => self.on_disk.push(delta.clone()),
                State::Absent if delta.old.is_some() => self.gone.push(Delta { new: None, ..delta.clone() }),
                State::Absent => {}
            }
            self.in_index.extend(staged.filter(|d| d.new.is_some()).cloned());
            self.seen.insert(path);
        }
    }

    fn untracked(&mut self, staged: &[Delta], files: Vec<RepoPath>) {
        let removed: BTreeMap<&RepoPath, &Delta> =
            order::gathered(staged.iter().filter(|d| d.new.is_none()).map(|d| (&d.path, d)));
        for path in files {
            let old = removed.get(&path).and_then(|delta| delta.old);
            self.on_disk.push(Delta::at(path.as_bytes(), old, None));
            self.seen.insert(path);
        }
    }

    /// What is staged and the same on disk.
    fn staged_alone(&mut self, staged: Vec<Delta>) {
        for delta in staged.into_iter().filter(|delta| !self.seen.contains(&delta.path)) {
            let list = if delta.new.is_some() { &mut self.in_index } else { &mut self.gone };
            list.push(delta);
        }
    }

    /// Drops what is not to be read.
    fn leave_out(&mut self, repository: &Repository, disk: &Disk<'_>) {
        let wants =
            |delta: &Delta, size: &dyn Fn() -> u64| disk.ledger.wants(&delta.path, delta.old_path.as_ref(), size);
        self.on_disk.retain(|delta| wants(delta, &|| disk.size(&delta.path)));
        for list in [&mut self.in_index, &mut self.gone] {
            list.retain(|delta| wants(delta, &|| super::blob::size(&repository.git, delta)));
        }
    }

    fn run(self, repository: &Repository, disk: &Disk<'_>, emit: Emit<'_>) {
        let (address, loose) = (repository.address(), Loose::of(&repository.git));
        let sources = Sources::of(&self.gone, moved::pairs(&address, disk, &self.gone, &self.on_disk));
        let open = || (address.open(), Scratch::default());
        self.on_disk.into_par_iter().for_each_init(open, |(git, scratch), delta| {
            let store =
                git.as_ref().map_err(|e| e.message()).and_then(|git| Store::of(git, &loose).map_err(|_| "no objects"));
            match store {
                Ok(store) => one(&store, disk, emit, &sources, delta, scratch),
                Err(why) => emit.gap(&delta.path, why.to_owned()),
            }
        });
        emit.all(repository, &self.in_index);
        let renamed = sources.renamed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<Delta> = self.gone.iter().filter(|delta| !renamed.contains(&delta.path)).cloned().collect();
        emit.all(repository, &gone);
    }
}

/// Reads one file and hands it on, unless it turns out to be what the index has.
fn one(store: &Store<'_>, disk: &Disk<'_>, emit: Emit<'_>, sources: &Sources, mut delta: Delta, scratch: &mut Scratch) {
    let Some(mut content) = disk.read(&delta.path, scratch) else { return };
    let found = Entry { id: content.id(), mode: content.mode };
    let is_clean = delta.new.is_some_and(|new| new.mode == found.mode && content.is_blob(new.id));
    if is_clean {
        return; // if staged, the index tells it all
    }
    if delta.old.is_none() {
        sources.pair(&mut delta, found.id);
    }
    delta.new = Some(found);
    match &mut content.body {
        disk::Body::Whole(bytes) => emit.new_side(store, &delta, After::Whole(bytes), &mut Scratch::default()),
        disk::Body::Large(file) => emit.new_side(store, &delta, After::Large(file), &mut Scratch::default()),
    }
}

/// Files that are gone: what turns up elsewhere, unchanged or much alike, was renamed.
struct Sources {
    by_content: BTreeMap<Oid, (RepoPath, Entry)>,
    /// By where they stand now.
    alike: BTreeMap<RepoPath, (RepoPath, Entry)>,
    renamed: Mutex<BTreeSet<RepoPath>>,
}

impl Sources {
    fn of(gone: &[Delta], alike: BTreeMap<RepoPath, (RepoPath, Entry)>) -> Self {
        let by_content = order::gathered(gone.iter().filter_map(|d| Some((d.old?.id, (d.path.clone(), d.old?)))));
        Self { by_content, alike, renamed: Mutex::default() }
    }

    fn pair(&self, delta: &mut Delta, content: Oid) {
        if let Some((path, entry)) = self.by_content.get(&content).or_else(|| self.alike.get(&delta.path)) {
            delta.old = Some(*entry);
            delta.old_path = Some(path.clone());
            self.renamed.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        }
    }
}

/// The entries of the index that stand for files on disk.
fn is_on_disk(entry: &gix_index::Entry) -> bool {
    !entry.mode.is_submodule() && !index::is_folder(entry)
}
