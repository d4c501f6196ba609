//! Lock files: from where the pinned packages come, and whether their content is still checked.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::address::{self, Origin, plain};
use super::entry::{Entry, entries};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Lock files of the package managers.
///
/// An entry names a version, mostly an address and a hash of what stands there. A package manager takes what the entry
/// says without asking the registry again, so a changed entry is a changed package. Updates change versions with their
/// hashes: that is no power. Source: the documentation of npm (package-lock.json), Yarn, pnpm, Cargo, Go (go.sum), uv,
/// Poetry, Composer and Bundler.
pub(in crate::detect::grant) static LOCK: Surface = Surface {
    files: &[
        "**/{package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock,packages.lock.json}",
        "**/{Cargo.lock,poetry.lock,uv.lock,pdm.lock,go.sum,go.work.sum,composer.lock,Gemfile.lock,gems.locked}",
    ],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Known,
    absent: None,
    has_fixtures: true,
};

const SOURCE: &str = "lock-source";
const CONTENT: &str = "lock-content";
const LOST: &str = "lock-lost";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let own = entries(input.path, input.text);
    let other = entries(input.path, input.other);
    let mut out = Vec::new();
    if own.iter().any(|entry| !entry.version.is_empty()) {
        let pins = Reach::one("versions that stay as they were tested");
        out.push(Grant::guard(LOST, Subject::new("the lock file", ""), pins, Severity::Low).at(0..0));
    }
    let whole = origins(&own);
    let before: HashSet<Reach> = origins(&other).into_iter().map(|grant| grant.capability).collect();
    let mut places = Places::default();
    for entry in changed(&own, &other) {
        out.extend(of_entry(entry, &mut places, &before));
    }
    out.extend(whole);
    out
}

/// Entries of packages that differ between the sides.
fn changed<'e, 't>(own: &'e [Entry<'t>], other: &[Entry<'t>]) -> Vec<&'e Entry<'t>> {
    if other.is_empty() {
        return Vec::new();
    }
    let (here, there): (HashSet<_>, HashSet<_>) =
        (own.iter().map(Entry::key).collect(), other.iter().map(Entry::key).collect());
    let lost = other.iter().filter(|entry| !here.contains(&entry.key()));
    let new = own.iter().filter(|entry| !there.contains(&entry.key()));
    let names: HashSet<&str> = lost.chain(new).map(|entry| entry.name).collect();
    own.iter().filter(|entry| names.contains(entry.name)).collect()
}

/// Where packages come from at all, once each.
fn origins(entries: &[Entry<'_>]) -> Vec<Grant> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut named: BTreeMap<(String, u32), (Origin, Range<usize>)> = BTreeMap::new();
    for entry in entries {
        let Some(url) = entry.source else { continue };
        let known = if entry.is_listed || address::is_plain_server(url) { address::server(url) } else { url };
        if seen.insert(known) {
            let Some(origin) = Origin::of(url) else { continue };
            let name = if entry.is_listed { address::host(url) } else { origin.name().to_owned() };
            let rank = if address::is_in_the_clear(url) { 2 } else { 1 };
            named.entry((name, rank)).or_insert_with(|| (origin, entry.span.clone()));
        }
    }
    named.into_iter().map(|((name, rank), (origin, span))| from(&origin, &name, rank).at(span)).collect()
}

fn from(origin: &Origin, name: &str, rank: u32) -> Grant {
    let subject = Subject::new("the lock file", "");
    let severity = if rank > 1 { Severity::High } else { origin.severity() };
    let level = if rank > 1 { "taken in the clear" } else { "taken" };
    Grant::allow(SOURCE, subject, packages(name), severity).level(rank, level)
}

fn packages(name: &str) -> Reach {
    Reach::one(format!("packages from {name}"))
}

/// Where the first of each kind stands: what happens to many packages at once is told once.
#[derive(Default)]
struct Places {
    first: HashMap<String, Range<usize>>,
}

impl Places {
    fn of(&mut self, what: &str, span: &Range<usize>) -> Range<usize> {
        self.first.entry(what.to_owned()).or_insert_with(|| span.clone()).clone()
    }
}

/// What one entry lets in.
fn of_entry(entry: &Entry<'_>, places: &mut Places, before: &HashSet<Reach>) -> Vec<Grant> {
    let subject = || Subject::new("package", entry.name);
    let mut out = Vec::new();
    let source = entry.source.and_then(|url| Some((url, Origin::of(url)?)));
    let is_pinned_by_commit = matches!(source, Some((_, Origin::Repository(_))));
    // Where the whole file knows the place no better, it is the file that tells.
    let is_told = |origin: &Origin| !entry.is_listed && !before.contains(&packages(origin.name()));
    if let Some((url, origin)) = source.filter(|(_, origin)| !is_told(origin)) {
        out.push(code(entry, url, &origin, places));
    }
    let unchecked = Grant::allow(CONTENT, subject(), Reach::one("content that nothing checks"), Severity::Medium);
    match entry.hash {
        Some(hash) => {
            out.push(unchecked.level(0, "checked by its hash").at(entry.span.clone()));
            if !entry.moves {
                // A stronger kind of hash says nothing about the content.
                let kind =
                    hash.split(['-', ':', '/']).next().filter(|kind| kind.len() < hash.len()).unwrap_or_default();
                let who = format!("{} {} {kind}", entry.name, entry.version);
                let what = Reach::one(format!("the content {}", digest(hash)));
                let span = places.of("content", &entry.span);
                let other = Grant::allow(CONTENT, Subject::new("entry", who.trim()), what, Severity::High);
                out.push(other.level(1, "under the same version").at(span));
            }
        }
        None if entry.source.is_some() && !is_pinned_by_commit => {
            out.push(unchecked.level(1, "no hash").at(places.of("unchecked", &entry.span)));
        }
        None => out.push(unchecked.level(0, "not from a registry").at(entry.span.clone())),
    }
    out
}

/// The beginning of a hash, and all of what is none: that could be a secret, which no rule knows again once it is cut.
fn digest(hash: &str) -> String {
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let (kind, digits) = hash.split_once(['-', ':']).unwrap_or(("", hash));
    let is_hash = kind.len() <= 8 && kind.bytes().chain(digits.bytes()).all(is_digit);
    if is_hash { hash.chars().take(20).collect() } else { plain(hash) }
}

/// The code of one package, from the place that its entry names.
fn code(entry: &Entry<'_>, url: &str, origin: &Origin, places: &mut Places) -> Grant {
    let other = tarball_of_another(entry, url);
    let name = other.map_or(origin.name().to_owned(), |other| format!("{} as {}", origin.name(), plain(other)));
    // To the registry that everyone asks leads no detour.
    let is_usual = other.is_none() && origin.severity() == Severity::Low;
    let (rank, level) = if is_usual { (0, "from the registry") } else { (1, "taken") };
    let is_own = matches!(origin, Origin::Repository(_)) && !entry.is_listed;
    let severity = if is_own { Severity::Medium } else { Severity::High };
    let what = format!("code from {name}");
    let span = places.of(&what, &entry.span);
    let subject = Subject::new("package", entry.name);
    Grant::allow(SOURCE, subject, Reach::one(what), severity).level(rank, level).at(span)
}

/// The name in a tarball's address of the npm registry, where the entry calls it something else.
fn tarball_of_another<'t>(entry: &Entry<'_>, url: &'t str) -> Option<&'t str> {
    let path = url.split("://").nth(1)?.split_once('/')?.1;
    let name = path.split_once("/-/")?.0;
    (!name.ends_with(entry.name) && !name.contains('%')).then_some(name)
}
