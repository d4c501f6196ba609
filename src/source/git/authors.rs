//! The authors of a change, by their addresses and by the names that forges give them.

use std::collections::BTreeSet;

use git2::{Commit, Oid, Repository};

use crate::source::{Authorship, SourceError, add_names};

/// Commits of one change that are looked at: more of them are no change that anyone approves.
pub(super) const MOST: usize = 20_000;

/// Everybody who wrote some of what `head` has and `base` has not.
pub(super) fn of(git: &Repository, base: Option<&Commit<'_>>, head: &Commit<'_>) -> Result<Authorship, SourceError> {
    let failed =
        |error: &git2::Error| SourceError::unreadable(format!("cannot read who wrote the change: {}", error.message()));
    let mut walk = git.revwalk().map_err(|error| failed(&error))?;
    walk.push(head.id()).map_err(|error| failed(&error))?;
    if let Some(base) = base {
        walk.hide(base.id()).map_err(|error| failed(&error))?;
    }
    let mut authors = BTreeSet::new();
    for id in walk.take(MOST) {
        let commit = id.and_then(|id| git.find_commit(id)).map_err(|error| failed(&error))?;
        if brings_something(git, &commit) {
            add_names(&mut authors, &String::from_utf8_lossy(commit.author().email_bytes()));
            commit
                .message_bytes()
                .split(|b| *b == b'\n')
                .filter_map(helper)
                .for_each(|who| add_names(&mut authors, &who));
        }
    }
    Ok(Authorship { head: head.id().to_string(), authors })
}

/// True unless a commit only carries words: it has what a parent has, and that parent has all that the others have. A merge
/// that takes one side and drops the other brings something: what it drops.
pub(super) fn brings_something(git: &Repository, commit: &Commit<'_>) -> bool {
    let Some(same) = commit.parents().find(|parent| parent.tree_id() == commit.tree_id()) else { return true };
    let has = |id: Oid| id == same.id() || git.graph_descendant_of(same.id(), id).unwrap_or(false);
    !commit.parent_ids().all(has)
}

/// The address in a `Co-authored-by:` line.
fn helper(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    let (key, who) = line.split_once(':')?;
    let address = who.rsplit_once('<')?.1.split('>').next()?;
    key.trim().eq_ignore_ascii_case("co-authored-by").then(|| address.to_owned())
}
