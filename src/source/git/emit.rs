//! From changed paths to units: reads both sides, compares their lines, hands them on.

use std::io::Read;

use rayon::prelude::*;

use super::Repository;
use super::blob::{self, Blob, Store};
use super::delta::{Delta, Entry};
use super::lines;
use super::loose::Loose;
use crate::source::read::{Scratch, texts};
use crate::source::{Ledger, Reason, Visit};
use crate::text::Text;
use crate::unit::{Change, LineSet, Mode, RepoPath, Unit};

/// Below this many paths a second handle on the repository costs more than it saves.
const WORTH_SHARING: usize = 16;

/// Where units go.
#[derive(Clone, Copy)]
pub(super) struct Emit<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) visit: Visit<'a>,
}

/// What stands on the new side.
pub(super) enum After<'t> {
    /// Content that is held whole.
    Whole(&'t [u8]),
    /// A stream, because it is large.
    Large(&'t mut dyn Read),
}

impl Emit<'_> {
    /// Reads and hands on every changed path.
    pub(super) fn all(&self, repository: &Repository, deltas: &[Delta]) {
        let loose = Loose::of(&repository.git);
        if deltas.len() < WORTH_SHARING {
            let mut worker = Worker::on(&repository.git, &loose);
            deltas.iter().for_each(|delta| self.with(&mut worker, delta));
            return;
        }
        let address = repository.address();
        deltas.par_iter().for_each_init(
            || address.open(),
            |git, delta| match git {
                Ok(git) => self.with(&mut Worker::on(git, &loose), delta),
                Err(error) => self.gap(&delta.path, error.message().to_owned()),
            },
        );
    }

    fn with(&self, worker: &mut Worker<'_>, delta: &Delta) {
        match &worker.store {
            Ok(store) => self.one(store, delta, &mut worker.scratch),
            Err(error) => self.gap(&delta.path, error.message().to_owned()),
        }
    }

    fn one(&self, store: &Store<'_>, delta: &Delta, scratch: &mut Scratch) {
        let Some(new) = delta.new else {
            self.deletion(store, delta);
            return;
        };
        if new.mode == Mode::Submodule {
            self.submodule(delta);
            return;
        }
        match blob::open(store, new.id) {
            Ok(Blob::Whole(object)) => self.new_side(store, delta, After::Whole(object.data()), scratch),
            Ok(Blob::Large(mut stream)) => self.new_side(store, delta, After::Large(&mut *stream), scratch),
            Err(why) => self.gap(&delta.path, why),
        }
    }

    /// Hands on a pointer to another repository. That it changed is all there is to see here.
    pub(super) fn submodule(&self, delta: &Delta) {
        self.ledger.skip(&delta.path, Reason::Submodule);
        let nothing = || Text::new(&b""[..]);
        let (added, removed) = (LineSet::default(), LineSet::default());
        self.give(
            delta,
            match delta.old {
                Some(_) => Change::Modified { before: nothing(), after: nothing(), added, removed },
                None => Change::Added(nothing()),
            },
        );
    }

    /// Hands on a path that has a new side, whose content is already here.
    pub(super) fn new_side(&self, store: &Store<'_>, delta: &Delta, after: After<'_>, scratch: &mut Scratch) {
        // What was left out where it stood has never been judged: all of it is new here.
        let is_unjudged = delta.old_path.as_ref().is_some_and(|old| self.ledger.excludes(old));
        let new = is_unjudged.then(|| Delta { old: None, old_path: None, ..delta.clone() });
        let delta = new.as_ref().unwrap_or(delta);
        match after {
            After::Whole(bytes) => {
                self.ledger.read(&delta.path, bytes.len() as u64);
                let after = Text::new(bytes);
                match delta.old.filter(|old| old.mode != Mode::Submodule) {
                    Some(old) => self.modification(store, delta, old, after),
                    None => self.addition(delta, after),
                }
            }
            // Comparing lines needs both sides in memory. For what is too large for that, every line counts: that may
            // report an old secret again, and cannot miss a new one.
            After::Large(stream) => match texts(stream, scratch, &mut |text| self.addition(delta, text)) {
                Ok(bytes) => self.ledger.read(&delta.path, bytes),
                Err(error) => self.gap(&delta.path, error.to_string()),
            },
        }
    }

    fn addition(&self, delta: &Delta, after: Text<'_>) {
        self.ledger.added(&delta.path, lines::count(after.bytes()));
        self.give(delta, Change::Added(after));
    }

    fn modification(&self, store: &Store<'_>, delta: &Delta, old: Entry, after: Text<'_>) {
        if delta.new.is_some_and(|new| new.id == old.id) {
            let (added, removed) = (LineSet::default(), LineSet::default());
            self.give(delta, Change::Modified { before: after.clone(), after, added, removed });
            return;
        }
        match blob::open(store, old.id) {
            Ok(Blob::Whole(object)) => {
                let before = Text::new(object.data());
                // What was binary was looked at by fewer rules: as text all of it is new.
                if before.encoding() != after.encoding() {
                    return self.addition(delta, after);
                }
                let (added, removed) = lines::changed(before.bytes(), after.bytes());
                self.ledger.added(&delta.path, added.count() as u64);
                self.give(delta, Change::Modified { before, after, added, removed });
            }
            Ok(Blob::Large(_)) => self.addition(delta, after),
            Err(why) => {
                self.gap(&delta.path, why);
                self.addition(delta, after);
            }
        }
    }

    fn deletion(&self, store: &Store<'_>, delta: &Delta) {
        let Some(old) = delta.old else { return };
        if old.mode == Mode::Submodule {
            self.give(delta, Change::Deleted(Text::new(&b""[..])));
            return;
        }
        match blob::open(store, old.id) {
            Ok(Blob::Whole(object)) => self.give(delta, Change::Deleted(Text::new(object.data()))),
            // No line of it is added, and what is gone in such a size no rule reads; that it is gone counts.
            Ok(Blob::Large(_)) => self.give(delta, Change::Deleted(Text::new(&b""[..]))),
            Err(why) => self.gap(&delta.path, why),
        }
    }

    fn give(&self, delta: &Delta, change: Change<'_>) {
        (self.visit)(&Unit {
            path: delta.path.clone(),
            old_path: delta.old_path.clone(),
            mode: delta.new.map(|new| new.mode),
            old_mode: delta.old.map(|old| old.mode),
            change,
        });
    }

    pub(super) fn gap(&self, path: &RepoPath, why: String) {
        self.ledger.skip(path, Reason::Unreadable(why));
    }
}

/// What one thread needs to read blobs.
struct Worker<'r> {
    store: Result<Store<'r>, git2::Error>,
    scratch: Scratch,
}

impl<'r> Worker<'r> {
    fn on(git: &'r git2::Repository, loose: &'r Loose) -> Self {
        Self { store: Store::of(git, loose), scratch: Scratch::default() }
    }
}
