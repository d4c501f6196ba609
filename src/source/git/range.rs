//! Ranges of commits: what is typed, and which two commits it names.

use std::fmt;
use std::str::FromStr;

use git2::{Commit, ErrorCode, ObjectType, Oid};

use super::Repository;
use super::loose::{Loose, WHOLE};
use crate::keyed::nearest;
use crate::source::SourceError;

/// Two revisions, and how they are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    base: String,
    head: String,
    dots: Dots,
}

/// What the old side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dots {
    /// `A..B`: A itself.
    Two,
    /// `A...B`: the merge base of A and B.
    Three,
}

impl FromStr for Range {
    type Err = SourceError;

    fn from_str(word: &str) -> Result<Self, SourceError> {
        let (base, head, dots) = if let Some((base, head)) = word.split_once("...") {
            (base, head, Dots::Three)
        } else if let Some((base, head)) = word.split_once("..") {
            (base, head, Dots::Two)
        } else {
            if let Some(commit) = word.strip_suffix("^!") {
                return Err(SourceError::usage(format!(
                    "`{word}` is no range here; write `{commit}^..{commit}` for what that commit does"
                )));
            }
            return Err(SourceError::usage(format!(
                "`{word}` is no range; write `{word}...HEAD` for what has come since it, or `A..B` for two commits"
            )));
        };
        let side = |side: &str| if side.is_empty() { "HEAD" } else { side }.to_owned();
        Ok(Self { base: side(base), head: side(head), dots })
    }
}

impl Range {
    /// All that a commit holds, as if it came now.
    pub fn all_of(head: &str) -> Self {
        Self { base: "0".repeat(40), head: head.to_owned(), dots: Dots::Two }
    }

    /// True if the first side is the id of a commit and no name.
    pub fn begins_at_commit(&self) -> bool {
        is_id(&self.base)
    }
}

impl Repository {
    /// True if this clone has what a range names first.
    pub fn has_base(&self, range: &Range) -> bool {
        base_of(self, range).is_some()
    }

    /// True if what a range names first is a commit before `known`, as far as this clone can tell.
    pub fn is_older(&self, range: &Range, known: &str) -> bool {
        let (Some(base), Ok(known)) = (base_of(self, range), Oid::from_str(known)) else { return false };
        let whole = Loose::of(&self.git).history([base, known], WHOLE);
        whole.and_then(|()| self.git.graph_descendant_of(known, base)).unwrap_or(false)
    }
}

fn base_of(repository: &Repository, range: &Range) -> Option<Oid> {
    let git = &repository.git;
    let reference = git.find_reference(&range.base).and_then(|reference| reference.resolve());
    if let Ok(reference) = reference {
        return reference.target();
    }
    let id = Oid::from_str(&range.base).ok().filter(|_| is_id(&range.base))?;
    git.odb().is_ok_and(|odb| odb.exists(id)).then_some(id)
}

/// True for the whole id of an object.
fn is_id(side: &str) -> bool {
    matches!(side.len(), 40 | 64) && side.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Range {
    /// As it is typed, ids cut to the twelve digits that people compare.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &'_ str| if is_id(side) { side[..12].to_owned() } else { side.to_owned() };
        let dots = if self.dots == Dots::Two { ".." } else { "..." };
        write!(f, "{}{dots}{}", side(&self.base), side(&self.head))
    }
}

/// The commits of a range.
pub(super) struct Commits<'r> {
    /// The old side; `None` for the empty tree.
    pub(super) base: Option<Commit<'r>>,
    /// What was named, where its merge base is the old side.
    pub(super) named: Option<Commit<'r>>,
    /// The new side.
    pub(super) head: Commit<'r>,
}

/// The commits that `range` names.
///
/// # Errors
/// A revision is unknown, or the old side is not in this clone.
pub(super) fn commits<'r>(repository: &'r Repository, range: &Range) -> Result<Commits<'r>, SourceError> {
    let revisions = Revisions { repository, range };
    let head = revisions.commit(&range.head)?;
    let (base, named) = revisions.base(&head)?;
    Ok(Commits { base, named, head })
}

/// The object that a revision begins at, without reading it; nothing where only reading tells.
fn named(git: &git2::Repository, revision: &str) -> Option<Oid> {
    let name = revision.split(['~', '^', '@', ':']).next().filter(|name| !name.is_empty()).unwrap_or("HEAD");
    let reference = git.resolve_reference_from_short_name(name).and_then(|reference| reference.resolve());
    if let Some(id) = reference.ok().and_then(|reference| reference.target()) {
        return Some(id);
    }
    let short = Oid::from_str(name).ok()?;
    if name.len() == 40 { Some(short) } else { git.odb().ok()?.exists_prefix(short, name.len()).ok() }
}

/// What brings just the commit that `revision` names into a shallow clone, under that name; nothing where git needs the commits
/// before it, or where the name is none to be pasted into a shell.
fn fetching(revision: &str) -> Option<String> {
    let is_plain = revision.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
    if !is_plain || revision.starts_with('-') {
        return None;
    }
    let fetch = |what: String| Some(format!("git fetch --depth=1 origin {what}"));
    let branch = ["refs/remotes/origin/", "origin/"].iter().find_map(|prefix| revision.strip_prefix(prefix));
    match branch {
        Some(branch) => fetch(format!("{branch}:refs/remotes/origin/{branch}")),
        // Nobody gives out a commit by the first digits of its id.
        None if Oid::from_str(revision).is_ok() => (revision.len() >= 40).then(|| fetch(revision.to_owned()))?,
        None => fetch(format!("{revision}:{revision}")),
    }
}

/// Where git looks for a short name, in this order.
const PLACES: [&str; 4] = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];

/// The refs that `revision` can mean, if they are several with different targets. Whoever may push a tag could otherwise
/// put it in front of the branch that is the base.
fn ambiguous(git: &git2::Repository, revision: &str) -> Option<(String, String)> {
    let name = revision.split(['~', '^', ':']).next()?.split("@{").next().filter(|name| !name.is_empty())?;
    // By its whole name, such as `HEAD` or `refs/heads/main`, it is the only one.
    if name.len() >= 40 && Oid::from_str(name).is_ok() || git.find_reference(name).is_ok() {
        return None;
    }
    let found = |full: String| {
        let reference = git.find_reference(&full).ok()?.resolve().ok()?;
        Some((reference.target()?, full))
    };
    let heads = std::iter::once(format!("refs/remotes/{name}/HEAD"));
    let named = PLACES.iter().map(|place| format!("{place}{name}")).chain(heads);
    let abbreviated = Oid::from_str(name).ok().filter(|_| name.len() >= 7);
    let object = abbreviated.and_then(|short| git.odb().ok()?.exists_prefix(short, name.len()).ok());
    let mut all = named.filter_map(found).chain(object.map(|id| (id, id.to_string())));
    let first = all.next()?;
    all.find(|other| other.0 != first.0).map(|other| (first.1, other.1))
}

/// How many commits behind the first one are read to find `revision`; a tag takes one or two.
fn steps(revision: &str) -> usize {
    const TAGS: usize = 4;
    let Some(start) = revision.find(['~', '^', '@', ':']) else { return TAGS };
    let way = &revision[start..];
    if way.contains(['@', ':', '{']) {
        return WHOLE;
    }
    // `~3` takes three steps, and so does `~~~`; a parent's number after `^` is none.
    let far = way.split('~').skip(1).map(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        if digits.is_empty() { 1 } else { digits.parse().unwrap_or(WHOLE) }
    });
    far.fold(way.matches('^').count().saturating_add(TAGS), usize::saturating_add).min(WHOLE)
}

struct Revisions<'a, 'b> {
    repository: &'a Repository,
    range: &'b Range,
}

impl<'a> Revisions<'a, '_> {
    /// The old side, `None` for the empty tree, and what was named where that is another commit.
    fn base(&self, head: &Commit<'_>) -> Result<(Option<Commit<'a>>, Option<Commit<'a>>), SourceError> {
        // CI systems name the base of a first push by zeros.
        if self.range.base.len() >= 40 && self.range.base.bytes().all(|b| b == b'0') {
            return Ok((None, None));
        }
        let named = self.commit(&self.range.base)?;
        if self.range.dots == Dots::Two {
            return Ok((Some(named), None));
        }
        let git = &self.repository.git;
        Loose::of(git).history([named.id(), head.id()], WHOLE).map_err(|error| self.no_merge_base(&error))?;
        let id = git.merge_base(named.id(), head.id()).map_err(|error| self.no_merge_base(&error))?;
        let base = git.find_commit(id).map_err(|error| self.no_merge_base(&error))?;
        Ok((Some(base), Some(named)))
    }

    fn commit(&self, revision: &str) -> Result<Commit<'a>, SourceError> {
        let git = &self.repository.git;
        if let Some((one, other)) = ambiguous(git, revision) {
            return Err(SourceError::usage(format!(
                "`{revision}` means `{one}` and `{other}`, which differ; name the one that is meant in full"
            )));
        }
        let tried = Loose::of(git).history(named(git, revision), steps(revision));
        let object = tried.and_then(|()| git.revparse_single(revision));
        let commit = object.and_then(|object| object.peel(ObjectType::Commit));
        let commit = commit.map_err(|error| self.unknown(revision, &error))?;
        let missing = || SourceError::usage(format!("`{revision}` names no commit"));
        commit.into_commit().map_err(|_| missing())
    }

    fn unknown(&self, revision: &str, error: &git2::Error) -> SourceError {
        let is_id = Oid::from_str(revision).is_ok();
        let damaged = !matches!(
            error.code(),
            ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Ambiguous | ErrorCode::Peel
        );
        if self.repository.git.is_shallow() {
            let alone = fetching(revision);
            let alone = alone.map_or(String::new(), |it| format!(", or fetch just that commit with `{it}`"));
            return SourceError::unreadable(format!(
                "revision `{revision}` is not in this shallow clone; run `git fetch --unshallow`{alone}"
            ));
        }
        if damaged || (is_id && self.is_partial()) {
            return SourceError::unreadable(format!(
                "revision `{revision}` cannot be read: {}; `git fetch` or `git fsck` helps",
                error.message()
            ));
        }
        let what = match self.near(revision) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{};", error.message()),
        };
        SourceError::usage(format!("unknown revision `{revision}`: {what} check the name, or fetch it"))
    }

    /// The branch or tag that is called nearly so.
    fn near(&self, revision: &str) -> Option<String> {
        let (name, steps) = revision.split_at(revision.find(['~', '^', '@']).unwrap_or(revision.len()));
        let references = self.repository.git.references().ok()?;
        let names: Vec<String> =
            references.filter_map(|found| Some(found.ok()?.shorthand().ok()?.to_owned())).collect();
        nearest(name, names.iter().map(String::as_str)).map(|near| format!("{near}{steps}"))
    }

    fn is_partial(&self) -> bool {
        let config = self.repository.git.config().and_then(|c| c.get_string("extensions.partialclone"));
        config.is_ok()
    }

    fn no_merge_base(&self, error: &git2::Error) -> SourceError {
        let Range { base, head, .. } = self.range;
        if self.repository.git.is_shallow() {
            return SourceError::unreadable(format!(
                "the merge base of `{base}` and `{head}` is not in this shallow clone; run `git fetch --unshallow`, \
                 or deepen it with `git fetch --deepen=100 origin`"
            ));
        }
        if error.code() == ErrorCode::NotFound {
            return SourceError::usage(format!(
                "`{base}` and `{head}` have no commit in common; `{base}..{head}` compares them as they are"
            ));
        }
        SourceError::unreadable(format!(
            "cannot find the merge base of `{base}` and `{head}`: {}; `git fsck` tells more",
            error.message()
        ))
    }
}
