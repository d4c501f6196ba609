//! Records as a chain: each names the digest of the file before it.

use super::check::{Line, Outcome};
use super::digest::sha256;
use super::envelope::{Form, NoRecord, Record, read};
use super::record::{Previous, Statement};

/// A record that stands before another one.
#[derive(Debug)]
pub struct Link {
    /// Its file, as messages call it.
    pub name: String,
    sha256: String,
    record: Record,
}

impl Link {
    /// Reads the file of a record.
    ///
    /// # Errors
    /// It is none.
    pub fn read(name: String, file: &[u8]) -> Result<Self, NoRecord> {
        Ok(Self { name, sha256: sha256(file), record: read(file)? })
    }

    /// How the next record names it.
    pub fn named(&self) -> Previous {
        Previous { sequence: self.record.statement.predicate.sequence, sha256: self.sha256.clone() }
    }

    /// True if it is as it was written.
    pub fn is_whole(&self) -> bool {
        self.record.form == Form::Canonical
    }
}

/// Follows the chain from `newest` through `given`, in whatever order they are.
pub fn follow(newest: &Statement, given: &[Link]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut unused: Vec<&Link> = given.iter().collect();
    let mut at = newest;
    loop {
        let (sequence, what) = (at.predicate.sequence, format!("link {}", at.predicate.sequence));
        let Some(previous) = &at.predicate.previous else {
            lines.push(first(sequence, what));
            break;
        };
        if previous.sequence.checked_add(1) != Some(sequence) {
            let why = format!("it names record {} as the one before it", previous.sequence);
            lines.push(Line::new(Outcome::Differs, what, why));
            break;
        }
        let Some(place) = unused.iter().position(|link| link.sha256 == previous.sha256) else {
            lines.push(missing(previous, what, unused.is_empty()));
            break;
        };
        let link = unused.remove(place);
        lines.push(followed(previous, link, what));
        at = &link.record.statement;
    }
    let lone = |link: &&Link| {
        let why = format!("`{}` is no link of this chain", link.name);
        Line::new(Outcome::Differs, "chain", why)
    };
    lines.extend(unused.iter().map(lone));
    lines
}

fn first(sequence: u64, what: String) -> Line {
    match sequence {
        1 => Line::new(Outcome::Holds, what, "the first of its chain"),
        _ => Line::new(Outcome::Differs, what, "it is not the first, and names none before it"),
    }
}

fn missing(previous: &Previous, what: String, none_left: bool) -> Line {
    let Previous { sequence, sha256 } = previous;
    match none_left {
        true => {
            let why = format!("record {sequence}, SHA-256 {sha256}, stands before it; name its file with `--previous`");
            Line::new(Outcome::Unchecked, what, why)
        }
        false => Line::new(Outcome::Differs, what, format!("no file that was named has SHA-256 {sha256}")),
    }
}

fn followed(previous: &Previous, link: &Link, what: String) -> Line {
    if link.named() != *previous || !link.is_whole() {
        let why = format!("`{}` is not the record {} that it should be", link.name, previous.sequence);
        return Line::new(Outcome::Differs, what, why);
    }
    Line::new(Outcome::Holds, what, format!("`{}` is the record before it", link.name))
}
