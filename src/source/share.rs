//! Splits a source among several runs: by size, so that each has as much to do, and in each of them the same way.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::order;
use crate::unit::RepoPath;

/// What opening a file costs, in bytes that could be read meanwhile.
const OPENING: u64 = 2_048;

/// Which of how many runs this is; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which one.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Part {
    /// As many runs as may share a source.
    pub const MOST: usize = 10_000;

    /// One of several; `None` where it makes no sense.
    pub fn new(index: usize, of: usize) -> Option<Self> {
        ((1..=Self::MOST).contains(&of) && (1..=of).contains(&index)).then_some(Self { index, of })
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let numbers = word.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        let part = numbers.and_then(|(index, of)| Self::new(index, of));
        part.ok_or_else(|| format!("write I/N with I from 1 to N, as in `1/4`; N is at most {}", Self::MOST))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.index, self.of)
    }
}

/// Everything that would be read, with its size.
#[derive(Debug, Default)]
pub struct Sizes(Mutex<BTreeMap<RepoPath, u64>>);

impl Sizes {
    /// Notes a path. One that is read in two places counts twice.
    pub(super) fn add(&self, path: &RepoPath, size: u64) {
        let mut sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *sizes.entry(path.clone()).or_default() += size + OPENING;
    }

    /// SHA-256, in hex, of all paths and sizes: runs that see different files must not be taken together.
    pub fn digest(&self) -> String {
        let sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut digest = Sha256::new();
        for (path, size) in &*sizes {
            digest.update((path.as_bytes().len() as u64).to_le_bytes());
            digest.update(path.as_bytes());
            digest.update(size.to_le_bytes());
        }
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What falls to `part`: the largest first, each to whoever has least so far.
    pub fn share(self, part: Part) -> Share {
        let mut sizes: Vec<(RepoPath, u64)> =
            self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect();
        order::sort_by(&mut sizes, |(a, a_size), (b, b_size)| b_size.cmp(a_size).then_with(|| a.cmp(b)));
        let mut loads: BinaryHeap<Reverse<(u64, usize)>> = (1..=part.of).map(|index| Reverse((0, index))).collect();
        let mut share = Share { own: HashSet::new(), others: HashSet::new(), takes_rest: part.index == 1 };
        for (path, size) in sizes {
            let Some(Reverse((load, index))) = loads.pop() else { break };
            loads.push(Reverse((load + size, index)));
            let list = if index == part.index { &mut share.own } else { &mut share.others };
            list.insert(path);
        }
        share
    }
}

/// What one of several runs answers for.
#[derive(Debug)]
pub struct Share {
    own: HashSet<RepoPath>,
    others: HashSet<RepoPath>,
    /// Whether it answers for what was not listed, such as a folder that cannot be.
    takes_rest: bool,
}

impl Share {
    /// True if this run answers for `path`.
    pub fn is_own(&self, path: &RepoPath) -> bool {
        self.own.contains(path) || (self.takes_rest && !self.others.contains(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sizes(list: &[u64]) -> Sizes {
        let sizes = Sizes::default();
        list.iter().enumerate().for_each(|(n, size)| sizes.add(&RepoPath::new(format!("f{n}")), *size));
        sizes
    }

    #[test]
    fn only_what_makes_sense_is_a_part() {
        assert_eq!("2/3".parse(), Ok(Part { index: 2, of: 3 }));
        for wrong in ["0/3", "4/3", "1/0", "1", "a/b", "-1/2", "1/2/3", "1/10001", ""] {
            assert!(wrong.parse::<Part>().unwrap_err().contains("1/4"), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_path_falls_to_one_part_and_the_parts_are_alike(list in proptest::collection::vec(0u64..100_000, 0..60), of in 1usize..6) {
            let shares: Vec<Share> = (1..=of).map(|index| sizes(&list).share(Part { index, of })).collect();
            let mut loads = vec![0; of];
            for (n, size) in list.iter().enumerate() {
                let path = RepoPath::new(format!("f{n}"));
                let owners: Vec<usize> = (0..of).filter(|&at| shares[at].is_own(&path)).collect();
                prop_assert_eq!(owners.len(), 1);
                loads[owners[0]] += size + OPENING;
            }
            let unlisted = RepoPath::new("a folder");
            prop_assert_eq!(shares.iter().filter(|share| share.is_own(&unlisted)).count(), 1);
            // No part has more than the largest file above another.
            let (most, least) = (loads.iter().max().unwrap_or(&0), loads.iter().min().unwrap_or(&0));
            prop_assert!(most - least <= list.iter().max().map_or(0, |size| size + OPENING));
        }
    }

    #[test]
    fn the_digest_moves_with_paths_and_sizes() {
        let first = sizes(&[1, 2]).digest();
        assert_eq!(first, sizes(&[1, 2]).digest());
        assert!(first != sizes(&[1, 3]).digest() && first != sizes(&[1]).digest() && first.len() == 64);
    }
}
