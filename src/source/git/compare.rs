//! Compares trees with trees and trees with the index, reading only what differs.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use git2::{Oid, Tree};
use gix_index::{Entry as IndexEntry, State, extension};

use super::blob::absence;
use super::delta::{self, Delta, Entry};
use super::index;
use super::loose::Loose;
use crate::order;
use crate::source::{Ledger, Reason};
use crate::unit::RepoPath;

/// More changed paths than this are no change that anyone reviews; trees that name each other in a pyramid could
/// otherwise unfold without end.
const MOST_DELTAS: usize = 1_000_000;

/// The differences found so far.
pub(super) struct Comparison<'a> {
    git: &'a git2::Repository,
    loose: Loose,
    ledger: &'a Ledger,
    pub(super) deltas: Vec<Delta>,
    pending: Vec<Pending<'a>>,
}

/// A folder that is still to be compared. An explicit list, because hostile trees nest deeper than a stack.
struct Pending<'a> {
    /// Its path with a trailing `/`; empty for the root.
    prefix: Vec<u8>,
    old: Option<Oid>,
    new: NewSide<'a>,
}

/// What a tree is compared with.
enum NewSide<'a> {
    /// A tree; `None` is the empty one.
    Tree(Option<Oid>),
    /// A run of index entries, and what the index remembers of the tree they make.
    Index { state: &'a State, entries: Range<usize>, cached: Option<&'a extension::Tree> },
}

impl NewSide<'_> {
    /// The id of the tree that this is, where it is known without looking.
    fn id(&self) -> Option<Oid> {
        match self {
            Self::Tree(id) => *id,
            Self::Index { entries, cached, .. } => {
                let cached = cached.filter(|c| c.num_entries.is_some_and(|n| n as usize == entries.len()))?;
                index::id(&cached.id)
            }
        }
    }
}

/// A name in a folder. Folders sort as if they ended in `/`, in trees and in the index alike.
#[derive(Clone, PartialEq, Eq)]
struct Name {
    bytes: Vec<u8>,
    is_folder: bool,
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let end = |name: &Self| name.is_folder.then_some(b'/');
        self.bytes.iter().copied().chain(end(self)).cmp(other.bytes.iter().copied().chain(end(other)))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What stands under a name before the change.
enum OldNode {
    Folder(Oid),
    Leaf(Entry),
}

/// What stands under a name after it; an unmerged path has several leaves.
enum NewNode<'a> {
    Folder(NewSide<'a>),
    Leaves(Vec<Entry>),
}

impl<'a> Comparison<'a> {
    pub(super) fn new(git: &'a git2::Repository, ledger: &'a Ledger) -> Self {
        Self { git, loose: Loose::of(git), ledger, deltas: Vec::new(), pending: Vec::new() }
    }

    /// What `new` has otherwise than `old`, sorted by path; `None` is the empty tree.
    pub(super) fn with_tree(mut self, old: Option<Oid>, new: Option<Oid>) -> Vec<Delta> {
        self.push(Vec::new(), old, NewSide::Tree(new));
        self.finish()
    }

    /// What the index has otherwise than `old`, sorted by path.
    pub(super) fn with_index(mut self, old: Option<Oid>, state: &'a State) -> Vec<Delta> {
        let entries = 0..state.entries().len();
        self.push(Vec::new(), old, NewSide::Index { state, entries, cached: state.tree() });
        self.finish()
    }

    /// Notes a folder for comparison, unless both sides are known to be the same.
    fn push(&mut self, prefix: Vec<u8>, old: Option<Oid>, new: NewSide<'a>) {
        if old.is_none() || old != new.id() {
            self.pending.push(Pending { prefix, old, new });
        }
    }

    fn finish(mut self) -> Vec<Delta> {
        while let Some(Pending { prefix, old, new }) = self.pending.pop() {
            if self.deltas.len() > MOST_DELTAS {
                let why = format!("the change touches more than {MOST_DELTAS} paths; compare smaller ranges");
                self.ledger.skip(&RepoPath::new(prefix), Reason::Unreadable(why));
                break;
            }
            let Some(new) = self.new_nodes(&prefix, new) else { continue };
            // An old side that cannot be read is a gap, and then everything on the new side counts as added.
            let old = self.old_nodes(&prefix, old).unwrap_or_default();
            self.merge(&prefix, old, new);
        }
        order::sort_by(&mut self.deltas, |a, b| a.path.cmp(&b.path));
        self.deltas
    }

    fn merge(&mut self, prefix: &[u8], old: BTreeMap<Name, OldNode>, mut new: BTreeMap<Name, NewNode<'a>>) {
        for (name, old) in old {
            let path = [prefix, &name.bytes].concat();
            match (old, new.remove(&name)) {
                (OldNode::Folder(old), Some(NewNode::Folder(new))) => self.push(folder(path), Some(old), new),
                (OldNode::Folder(old), _) => self.push(folder(path), Some(old), NewSide::Tree(None)),
                (OldNode::Leaf(old), Some(NewNode::Leaves(leaves))) => {
                    let changed = leaves.into_iter().filter(|new| *new != old);
                    self.deltas.extend(changed.map(|new| Delta::at(&path, Some(old), Some(new))));
                }
                (OldNode::Leaf(old), _) => self.deltas.push(Delta::at(&path, Some(old), None)),
            }
        }
        for (name, new) in new {
            let path = [prefix, &name.bytes].concat();
            match new {
                NewNode::Folder(new) => self.push(folder(path), None, new),
                NewNode::Leaves(leaves) => {
                    self.deltas.extend(leaves.into_iter().map(|new| Delta::at(&path, None, Some(new))));
                }
            }
        }
    }

    fn old_nodes(&self, prefix: &[u8], id: Option<Oid>) -> Option<BTreeMap<Name, OldNode>> {
        let Some(id) = id else { return Some(BTreeMap::new()) };
        let tree = self.tree(prefix, id)?;
        let node = |entry: &git2::TreeEntry<'_>| match leaf(entry) {
            Some(leaf) => OldNode::Leaf(leaf),
            None => OldNode::Folder(entry.id()),
        };
        Some(tree.iter().map(|entry| (name(&entry), node(&entry))).collect())
    }

    fn new_nodes(&self, prefix: &[u8], new: NewSide<'a>) -> Option<BTreeMap<Name, NewNode<'a>>> {
        match new {
            NewSide::Tree(None) => Some(BTreeMap::new()),
            NewSide::Tree(Some(id)) => {
                let tree = self.tree(prefix, id)?;
                let mut nodes = BTreeMap::new();
                for entry in &tree {
                    let node = match leaf(&entry) {
                        Some(leaf) => NewNode::Leaves(vec![leaf]),
                        None => NewNode::Folder(NewSide::Tree(Some(entry.id()))),
                    };
                    // Git writes no name twice; where one stands twice, only one of them is compared.
                    if nodes.insert(name(&entry), node).is_some() {
                        let path = RepoPath::new([prefix, entry.name_bytes()].concat());
                        let why = format!("tree {id} lists this name twice; `git fsck` tells more");
                        self.ledger.skip(&path, Reason::Unreadable(why));
                    }
                }
                Some(nodes)
            }
            NewSide::Index { state, entries, cached } => Some(index_nodes(prefix.len(), state, entries, cached)),
        }
    }

    /// Reads a tree. One that cannot be read is a gap at its path.
    fn tree(&self, prefix: &[u8], id: Oid) -> Option<Tree<'a>> {
        let tree = self.loose.whole(id).and_then(|()| self.git.find_tree(id));
        let place = if prefix.is_empty() { b"." } else { prefix };
        tree.map_err(|error| self.ledger.skip(&RepoPath::new(place), Reason::Unreadable(absence(id, &error)))).ok()
    }
}

fn folder(mut path: Vec<u8>) -> Vec<u8> {
    path.push(b'/');
    path
}

fn name(entry: &git2::TreeEntry<'_>) -> Name {
    Name { bytes: entry.name_bytes().to_vec(), is_folder: leaf(entry).is_none() }
}

fn leaf(entry: &git2::TreeEntry<'_>) -> Option<Entry> {
    let raw = u32::try_from(entry.filemode_raw()).unwrap_or_default();
    delta::mode(raw).map(|mode| Entry { id: entry.id(), mode })
}

/// Groups a run of index entries, all below the same folder, by their next name.
fn index_nodes<'a>(
    prefix: usize,
    state: &'a State,
    range: Range<usize>,
    cached: Option<&'a extension::Tree>,
) -> BTreeMap<Name, NewNode<'a>> {
    let children: BTreeMap<&[u8], &extension::Tree> =
        cached.into_iter().flat_map(|tree| &tree.children).map(|child| (&child.name[..], child)).collect();
    let entries = state.entries();
    let mut nodes = BTreeMap::new();
    let mut at = range.start;
    while at < range.end {
        let path = index::path(&entries[at], state);
        let rest = &path[prefix.min(path.len())..];
        let slash = memchr::memchr(b'/', rest);
        let head = &path[..prefix + slash.map_or(rest.len(), |i| i + 1)];
        let run = &entries[at..range.end];
        let same = |entry: &IndexEntry| match slash {
            Some(_) => index::path(entry, state).starts_with(head),
            None => index::path(entry, state) == head,
        };
        let run = &run[..run.partition_point(same).max(1)];
        let name = Name { bytes: rest[..slash.unwrap_or(rest.len())].to_vec(), is_folder: slash.is_some() };
        let node = match slash {
            None => leaves(run),
            Some(_) if index::is_folder(&run[0]) => Some(NewNode::Folder(NewSide::Tree(index::id(&run[0].id)))),
            Some(_) => {
                let entries = at..at + run.len();
                let cached = children.get(&name.bytes[..]).copied();
                Some(NewNode::Folder(NewSide::Index { state, entries, cached }))
            }
        };
        nodes.extend(node.map(|node| (name, node)));
        at += run.len();
    }
    nodes
}

/// What stands at one path of the index; nothing if it is only promised.
fn leaves<'a>(run: &[IndexEntry]) -> Option<NewNode<'a>> {
    let mut leaves: Vec<Entry> =
        index::candidates(run).filter(|e| !index::is_promise(e)).filter_map(index::entry).collect();
    leaves.dedup();
    (!leaves.is_empty()).then_some(NewNode::Leaves(leaves))
}
