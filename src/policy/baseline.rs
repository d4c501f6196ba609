//! The baseline `ringfence.baseline.jsonl`: findings that were accepted, one a line, by rule, path and fingerprint.
//!
//! A line holds nothing that a report does not: of a value that somebody could guess, the fingerprint holds eight bits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::first_of;
use crate::finding::{Finding, Fingerprint, Prefix};
use crate::keyed::Mistake;
use crate::order;

/// Its name, beside the policy file.
pub const NAME: &str = "ringfence.baseline.jsonl";
/// Why what stands in it is set aside.
pub const REASON: &str = "accepted in the baseline";
/// What it and its version are called in its first line. It sorts before every entry.
const VERSION: &str = "ringfence/1";
/// Mistakes that are told one by one.
const MOST_TOLD: usize = 20;

/// What was accepted.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// Sorted.
    entries: Vec<(Accepted, usize)>,
}

/// One accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Its file, as reports show it.
    pub path: String,
    /// Its rule.
    pub rule: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    baseline: String,
}

impl Accepted {
    /// What an entry about `finding` says.
    pub fn of(finding: &Finding) -> Self {
        let (path, rule) = (finding.path.to_string(), finding.rule.to_string());
        Self { path, rule, fingerprint: finding.fingerprint.to_string() }
    }
}

impl Baseline {
    /// Reads `content`, which messages call `file`. The order of lines does not matter, and one may stand twice, as after
    /// a merge that keeps the lines of both sides.
    ///
    /// # Errors
    /// The first mistakes of the file, in line order.
    pub fn parse(file: &str, content: &[u8]) -> Result<Self, Vec<Mistake>> {
        let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content);
        let mistake = |line: usize, message: String| Mistake { file: file.to_owned(), line, message };
        let lines = content.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut lines = lines.enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.is_empty());
        if let Some(why) = no_head(lines.next().map(|(_, line)| line)) {
            return Err(vec![mistake(1, why)]);
        }
        let (mut entries, mut mistakes, mut more) = (Vec::new(), Vec::new(), 0);
        for (at, line) in lines {
            match entry(line) {
                Ok(None) => {}
                Ok(Some(accepted)) => entries.push((accepted, at)),
                Err(why) if mistakes.len() < MOST_TOLD => mistakes.push(mistake(at, why)),
                Err(_) => more += 1,
            }
        }
        if let Some(last) = mistakes.last_mut().filter(|_| more > 0) {
            last.message += &format!(" (and {more} more lines like this)");
        }
        order::sort(&mut entries);
        if mistakes.is_empty() { Ok(Self { entries }) } else { Err(mistakes) }
    }

    /// The line of the entry about `finding`, if it stood at `path`.
    pub fn line_of(&self, finding: &Finding, path: &str) -> Option<usize> {
        let key = |accepted: &Accepted| {
            let Accepted { path: own, rule, fingerprint } = accepted;
            let order = own.as_str().cmp(path).then_with(|| rule.as_str().cmp(&finding.rule));
            order.then_with(|| fingerprint.as_str().cmp(finding.fingerprint.as_str()))
        };
        let at = self.entries.binary_search_by(|(accepted, _)| key(accepted)).ok()?;
        Some(self.entries[at].1)
    }

    /// True if nothing was accepted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every entry with its line; of one that stands twice, each.
    pub fn entries(&self) -> impl Iterator<Item = (&Accepted, usize)> {
        self.entries.iter().map(|(accepted, line)| (accepted, *line))
    }

    /// True if it has this entry.
    pub fn has(&self, accepted: &Accepted) -> bool {
        self.entries.binary_search_by(|(own, _)| own.cmp(accepted)).is_ok()
    }

    /// The same without entries that `other` does not have.
    #[must_use]
    pub fn within(mut self, other: &Self) -> Self {
        self.entries.retain(|(accepted, _)| other.has(accepted));
        self
    }

    /// Entries that nothing fits, given the lines of those that something fits.
    pub fn stale<'s>(&'s self, fitting: &'s BTreeSet<usize>) -> impl Iterator<Item = (&'s Accepted, usize)> {
        let is_used = |own: &Accepted| {
            let first = self.entries.partition_point(|(other, _)| other < own);
            self.entries[first..].iter().take_while(|(other, _)| other == own).any(|(_, line)| fitting.contains(line))
        };
        self.entries().filter(move |(accepted, _)| !is_used(accepted))
    }
}

/// What is to be said of the lines of entries that nothing fits any more.
pub fn unused(lines: &[usize]) -> Vec<String> {
    let all = "fit nothing; `ringfence baseline write` drops them";
    first_of(NAME, lines, "nothing fits this entry any more", all)
}

/// The content of a baseline: sorted, each entry once, so that the same findings make the same bytes.
///
/// # Errors
/// An entry cannot be written, which does not happen with text.
pub fn written(accepted: impl Iterator<Item = Accepted>) -> Result<String, serde_json::Error> {
    let mut lines = BTreeSet::new();
    for one in accepted {
        lines.insert(serde_json::to_string(&one)?);
    }
    let mut out = serde_json::to_string(&Head { baseline: VERSION.to_owned() })? + "\n";
    lines.iter().for_each(|line| out.extend([line.as_str(), "\n"]));
    Ok(out)
}

/// Why a first line is not that of a baseline.
fn no_head(line: Option<&[u8]>) -> Option<String> {
    let again = "`ringfence baseline write` makes one";
    match line.map(serde_json::from_slice::<Head>) {
        Some(Ok(head)) if head.baseline == VERSION => None,
        Some(Ok(_)) => Some(format!("it is written for another ringfence: this one reads version `{VERSION}`")),
        None => Some(format!("it is empty; {again}")),
        Some(Err(_)) if line.is_some_and(is_conflict) => Some(CONFLICT.to_owned()),
        Some(Err(_)) => Some(format!(
            "it is no baseline of ringfence: its first line is to be {{\"baseline\":\"{VERSION}\"}}; {again}"
        )),
    }
}

const CONFLICT: &str = "a merge left its marks here; keep the lines of both sides and take the marks out";

fn is_conflict(line: &[u8]) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark.as_bytes()))
}

/// One line; `None` for another head, which a merge can leave.
fn entry(line: &[u8]) -> Result<Option<Accepted>, String> {
    if is_conflict(line) {
        return Err(CONFLICT.to_owned());
    }
    let accepted: Accepted = match serde_json::from_slice(line) {
        Ok(accepted) => accepted,
        Err(_) if serde_json::from_slice::<Head>(line).is_ok_and(|head| head.baseline == VERSION) => return Ok(None),
        // What serde says could quote the line.
        Err(_) => return Err("an entry is {\"path\":…,\"rule\":…,\"fingerprint\":…} and nothing else".to_owned()),
    };
    let is_whole = accepted.fingerprint.len() == Prefix::MOST && Fingerprint::is_written_like(&accepted.fingerprint);
    if !is_whole {
        return Err(format!(
            "`fingerprint` has the {} digits (0-9, a-f) that a report shows, all of them",
            Prefix::MOST
        ));
    }
    Ok(Some(accepted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(path: &str, digit: &str) -> Accepted {
        Accepted { path: path.into(), rule: "a-rule".into(), fingerprint: digit.repeat(32) }
    }

    #[test]
    fn the_same_entries_make_the_same_bytes_in_any_order() {
        let (a, b) = (accepted("a", "1"), accepted("b", "0"));
        let one = written([a.clone(), b.clone(), a.clone()].into_iter()).unwrap();
        assert_eq!(one, written([b.clone(), a.clone()].into_iter()).unwrap());
        let mut lines: Vec<&str> = one.lines().collect();
        assert_eq!(lines.len(), 3);
        lines.sort_unstable();
        assert_eq!(lines.join("\n") + "\n", one, "`sort` changes nothing");
        let read = Baseline::parse("x", one.as_bytes()).unwrap();
        assert!(read.has(&a) && read.has(&b) && !read.has(&accepted("b", "1")));
    }

    #[test]
    fn what_a_union_of_two_leaves_is_read() {
        let (one, two) = (
            written([accepted("a", "1")].into_iter()).unwrap(),
            written([accepted("b", "2"), accepted("a", "1")].into_iter()).unwrap(),
        );
        let read = Baseline::parse("x", (one + "\n" + &two.replace('\n', "\r\n")).as_bytes()).unwrap();
        assert_eq!(read.entries().count(), 3);
        assert_eq!(read.stale(&BTreeSet::from([2])).count(), 1, "the entry that stands twice is used");
    }

    #[test]
    fn every_mistake_has_its_line() {
        let said = |content: &str| -> Vec<String> {
            Baseline::parse("x", content.as_bytes()).unwrap_err().iter().map(ToString::to_string).collect()
        };
        assert!(said("")[0].starts_with("x:1: it is empty"));
        assert!(said("{\"version\":\"1.5.0\",\"results\":{}}")[0].starts_with("x:1: it is no baseline of ringfence"));
        assert!(said("{\"baseline\":\"ringfence/2\"}")[0].contains("another ringfence"));
        let head = "{\"baseline\":\"ringfence/1\"}\n";
        let lines = said(&format!(
            "{head}\n<<<<<<< HEAD\n{{\"path\":\"a\"}}\n{{\"path\":\"a\",\"rule\":\"b\",\"fingerprint\":\"0\"}}\n"
        ));
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("x:3: a merge") && lines[1].starts_with("x:4: an entry is"), "{lines:?}");
        assert!(lines[2].starts_with("x:5: `fingerprint` has"), "{lines:?}");
    }
}
