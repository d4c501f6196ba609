//! Commits of a change whose messages name reviewers, with the signatures that prove it or do not.

use std::collections::BTreeSet;

use git2::{Commit, ErrorCode, Oid, Repository};

use super::authors::{MOST, brings_something};
use crate::source::{Seal, SourceError, Vouch, Vouches, add_names};

/// The most reviewers that one commit may name.
const MOST_NAMES: usize = 32;
/// The longest address that there is (RFC 5321).
const LONGEST: usize = 254;

/// All that the commits between `base` and `head` say of reviews.
pub(super) fn of(git: &Repository, base: Option<&Commit<'_>>, head: &Commit<'_>) -> Result<Vouches, SourceError> {
    let failed =
        |error: &git2::Error| SourceError::unreadable(format!("cannot read the change's commits: {}", error.message()));
    let reading = Reading { git, current: current(git, head) };
    let mut walk = git.revwalk().map_err(|error| failed(&error))?;
    walk.push(head.id()).map_err(|error| failed(&error))?;
    if let Some(base) = base {
        walk.hide(base.id()).map_err(|error| failed(&error))?;
    }
    let mut vouches = Vouches::default();
    for id in walk.take(MOST) {
        let commit = id.and_then(|id| git.find_commit(id)).map_err(|error| failed(&error))?;
        reading.take(&commit, &mut vouches).map_err(|error| failed(&error))?;
    }
    Ok(vouches)
}

/// The head, and the commits behind it that have its content because nothing in between brings any.
fn current(git: &Repository, head: &Commit<'_>) -> BTreeSet<Oid> {
    let mut current = BTreeSet::from([head.id()]);
    let mut at = head.clone();
    while current.len() < MOST && !brings_something(git, &at) {
        // Of a merge that brings nothing, the parent that has its content.
        let tree = at.tree_id();
        let Some(parent) = at.parents().find(|parent| parent.tree_id() == tree) else { break };
        current.insert(parent.id());
        at = parent;
    }
    current
}

struct Reading<'a> {
    git: &'a Repository,
    current: BTreeSet<Oid>,
}

impl Reading<'_> {
    fn take(&self, commit: &Commit<'_>, vouches: &mut Vouches) -> Result<(), git2::Error> {
        let named = reviewers(commit.message_bytes());
        let is_content = brings_something(self.git, commit);
        if named.is_empty() && !is_content {
            return Ok(());
        }
        let seal = self.seal(commit.id())?;
        if is_content {
            add_names(&mut vouches.committers, &String::from_utf8_lossy(commit.committer().email_bytes()));
            vouches.content.extend(seal.clone().map(|seal| (commit.id().to_string(), seal)));
        }
        if !named.is_empty() {
            vouches.all.push(Vouch {
                commit: commit.id().to_string(),
                named,
                seal,
                seconds: commit.time().seconds(),
                is_current: self.current.contains(&commit.id()),
            });
        }
        Ok(())
    }

    fn seal(&self, id: Oid) -> Result<Option<Seal>, git2::Error> {
        match self.git.extract_signature(&id, None) {
            Ok((armor, message)) => Ok(Some(Seal { armor: armor.to_vec(), message: message.to_vec() })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The addresses in `Reviewed-by:` lines of the last paragraph, where git has its trailers.
fn reviewers(message: &[u8]) -> Vec<String> {
    let message = String::from_utf8_lossy(message);
    let lines = message.lines().rev().skip_while(|line| line.trim().is_empty());
    let named: BTreeSet<String> = lines.take_while(|line| !line.trim().is_empty()).filter_map(reviewer).collect();
    named.into_iter().take(MOST_NAMES).collect()
}

fn reviewer(line: &str) -> Option<String> {
    let (key, who) = line.split_once(':')?;
    let who = who.rsplit_once('<')?.1.split('>').next()?.trim();
    let fits = key.trim().eq_ignore_ascii_case("reviewed-by") && !who.is_empty() && who.len() <= LONGEST;
    fits.then(|| who.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reviewers_stand_in_the_last_paragraph() {
        for (message, expected) in [
            ("Fix\n\nReviewed-by: Ann <Ann@Example.com>\nSigned-off-by: Bob <b@x>\n\n", &["ann@example.com"][..]),
            ("Fix\n\nREVIEWED-BY : <a@x>\nreviewed-by: B <b@x>\nReviewed-by: A <a@x>", &["a@x", "b@x"]),
            ("Reviewed-by: Ann <a@x>", &["a@x"]),
            ("Fix\n\nReviewed-by: Ann <a@x>\n\nmore words", &[]),
            ("Fix\n\nReviewed-by: Ann\nReviewed-by: <>\nNot-reviewed-by: A <a@x>", &[]),
            ("", &[]),
        ] {
            assert_eq!(reviewers(message.as_bytes()), expected, "{message}");
        }
        assert_eq!(reviewers(format!("Reviewed-by: <{}>", "a".repeat(300)).as_bytes()), [""; 0]);
    }
}
