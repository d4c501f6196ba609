//! One pass over the bytes that finds every literal of every rule.
//!
//! An automaton looks at every byte. This looks at a hash of four bytes at every second offset and asks a bitmap whether
//! any literal has those four bytes there; nearly always none has. For that, each
//! literal is entered twice: with one four-byte window at an even and one at an odd distance from its start, so that
//! wherever it stands, one of the two falls on an even offset. Bytes are folded by `| 0x20`, which makes letters
//! lower-case, so that literals of either case are found in one pass; the exact comparison comes after.

use super::entry::{Around, BITS, Entry, Index, Needle, STRIDE, WINDOW, enter, window};
use super::rarity::{Rarity, common};

/// Windows tested before one branch.
const UNROLL: usize = 16;
/// Bytes that one branch decides.
const BLOCK: usize = UNROLL * STRIDE;
/// Bytes that a block's windows touch: the last one reaches beyond the block.
const SPAN: usize = BLOCK + WINDOW - STRIDE;
/// Hashes of which the one is taken whose chance meetings cost least.
const HASHES: u32 = 8;
/// Windows, of those met most often, that are asked for that: of the others, one more or less hardly counts.
const ASKED: usize = 2048;
/// Windows looked up at a time.
const BATCH: usize = 64;
/// Words of the bitmap.
const WORDS: usize = 1 << (BITS - 5);

/// The compiled filter.
#[derive(Debug)]
pub(super) struct Prefilter {
    needles: Vec<Needle>,
    /// A bit for each hash of a window; a fixed size lets the compiler see that no hash lies outside.
    bitmap: Box<[u32; WORDS]>,
    hash: Hash,
    /// Entries sorted by window; `index` finds those of a window.
    entries: Vec<Entry>,
    index: Index,
}

impl Prefilter {
    /// Compiles the filter for `needles`.
    pub(super) fn new(needles: Vec<Needle>) -> Self {
        let rarity = Rarity::new();
        let mut entries = Vec::new();
        for (id, needle) in (0u32..).zip(&needles) {
            for parity in 0..STRIDE {
                enter(id, needle, parity, &rarity, &mut entries);
            }
        }
        entries.sort_unstable();
        entries.dedup();
        let mut bitmap = Box::new([0u32; WORDS]);
        let hash = Hash::best(&entries, &mut bitmap);
        hash.fill(&entries, &mut bitmap);
        let index = Index::new(&entries);
        Self { needles, bitmap, hash, entries, index }
    }

    /// Calls `hit(needle, offset)` for every occurrence of every literal, in no particular order.
    pub(super) fn scan(&self, haystack: &[u8], mut hit: impl FnMut(usize, usize)) {
        let mut met = Vec::with_capacity(BATCH + UNROLL);
        let mut at = 0;
        while let Some(block) = haystack.get(at..).and_then(|rest| rest.first_chunk::<SPAN>()) {
            // One branch for the whole block: nearly always there is nothing in it.
            let any = (0..UNROLL).fold(0, |any, lane| any | self.look(window(block, lane * STRIDE)));
            if any & 1 != 0 {
                // Without a branch for each window: which of them it is cannot be foreseen.
                let mut lanes =
                    (0..UNROLL).fold(0, |lanes, lane| lanes | (self.look(window(block, lane * STRIDE)) & 1) << lane);
                while lanes != 0 {
                    let offset = lanes.trailing_zeros() as usize * STRIDE;
                    met.push((window(block, offset), at + offset));
                    lanes &= lanes - 1;
                }
                if met.len() >= BATCH {
                    self.look_up(&met, haystack, &mut hit);
                    met.clear();
                }
            }
            at += BLOCK;
        }
        self.look_up(&met, haystack, &mut hit);
        self.scan_tail(haystack, at, &mut hit);
    }

    /// The last windows, of which some reach beyond the end: there the missing bytes count as zero.
    fn scan_tail(&self, haystack: &[u8], from: usize, hit: &mut impl FnMut(usize, usize)) {
        let mut tail = [0u8; SPAN + WINDOW];
        let rest = &haystack[from..];
        tail[..rest.len()].copy_from_slice(rest);
        for offset in (0..rest.len()).step_by(STRIDE) {
            let window = window(&tail, offset);
            if self.look(window) & 1 != 0 {
                self.look_up(&[(window, from + offset)], haystack, hit);
            }
        }
    }

    /// Bit 0 tells whether a literal may have this window; the other bits mean nothing.
    #[inline(always)]
    fn look(&self, window: u32) -> u32 {
        let bit = self.hash.of(window);
        self.bitmap[bit >> 5] >> (bit & 31)
    }

    /// Looks up windows and where they stand. Many at a time, because the processor then waits for memory once for several.
    #[inline(never)]
    fn look_up(&self, met: &[(u32, usize)], haystack: &[u8], hit: &mut impl FnMut(usize, usize)) {
        for &(window, at) in met {
            let around = Around::of(haystack, at);
            for entry in self.index.run(window, around, &self.entries) {
                if let Some(start) = entry.start(around, at) {
                    self.compare(entry.needle, haystack, start, hit);
                }
            }
        }
    }

    #[inline(never)]
    fn compare(&self, id: u32, haystack: &[u8], start: usize, hit: &mut impl FnMut(usize, usize)) {
        let needle = &self.needles[id as usize];
        let Some(found) = haystack.get(start..start + needle.bytes.len()) else { return };
        let same = if needle.fold { found.eq_ignore_ascii_case(&needle.bytes) } else { found == needle.bytes };
        if same && needle.beside.allows(haystack, start..start + needle.bytes.len()) {
            hit(id as usize, start);
        }
    }
}

/// From a window to its bit.
#[derive(Clone, Copy, Debug)]
struct Hash(u32);

impl Hash {
    #[inline(always)]
    fn of(self, window: u32) -> usize {
        (window.wrapping_mul(self.0) >> (32 - BITS)) as usize
    }

    /// The one under which the fewest windows of source text share a bit with an entry's by chance.
    fn best(entries: &[Entry], bitmap: &mut [u32; WORDS]) -> Self {
        let met: Vec<(u32, f32)> = common().take(ASKED).collect();
        let mut cost = |hash: Self| -> f32 {
            hash.fill(entries, bitmap);
            let through = |window: u32| bitmap[hash.of(window) >> 5] >> (hash.of(window) & 31) & 1 != 0;
            met.iter().filter(|(window, _)| through(*window)).map(|(_, share)| share).sum()
        };
        // Odd multiples of the golden ratio: each spreads bits well, and no two alike.
        let hashes = (0..HASHES).map(|i| Self(0x9E37_79B1_u32.wrapping_mul(2 * i + 1)));
        let costs = hashes.map(|hash| (hash, cost(hash)));
        costs.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Self(0x9E37_79B1), |(hash, _)| hash)
    }

    fn fill(self, entries: &[Entry], bitmap: &mut [u32; WORDS]) {
        bitmap.fill(0);
        for entry in entries {
            let bit = self.of(entry.window);
            bitmap[bit >> 5] |= 1 << (bit & 31);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::beside::{Beside, ByteSet, Run};
    use proptest::prelude::*;

    fn needles(list: &[(&str, bool)]) -> Vec<Needle> {
        list.iter()
            .map(|(s, fold)| Needle { bytes: s.as_bytes().to_vec(), fold: *fold, beside: Beside::ANYTHING })
            .collect()
    }

    fn naive(needles: &[Needle], haystack: &[u8]) -> Vec<(usize, usize)> {
        let mut hits = Vec::new();
        for (id, needle) in needles.iter().enumerate() {
            for (at, window) in haystack.windows(needle.bytes.len()).enumerate() {
                if window == needle.bytes || needle.fold && window.eq_ignore_ascii_case(&needle.bytes) {
                    hits.push((id, at));
                }
            }
        }
        hits.sort_unstable();
        hits
    }

    fn fast(needles: &[Needle], haystack: &[u8]) -> Vec<(usize, usize)> {
        let mut hits = Vec::new();
        Prefilter::new(needles.to_vec()).scan(haystack, |id, at| hits.push((id, at)));
        hits.sort_unstable();
        hits
    }

    #[test]
    fn literals_are_found_at_every_offset_once() {
        let needles =
            needles(&[("aws", true), ("ghp_", false), ("glpat-", false), ("-----BEGIN", false), ("Key", true)]);
        for pad in 0..40 {
            for needle in &needles {
                for after in [0, 1, 2, 3, 30] {
                    let haystack =
                        [vec![b'.'; pad], needle.bytes.to_ascii_uppercase(), needle.bytes.clone(), vec![b'.'; after]]
                            .concat();
                    assert_eq!(fast(&needles, &haystack), naive(&needles, &haystack), "{haystack:?}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_stand_beside_a_literal_is_no_hit() {
        let only = |byte: u8| ByteSet::of([byte]);
        let beside = Beside { before: only(b'='), next: only(b'1'), run: Run { set: only(b'1'), least: 2 } };
        for literal in ["tok", "tok_", "tok_x", "a_longer_one"] {
            let needles = [Needle { bytes: literal.into(), fold: false, beside }];
            for pad in 0..40 {
                let hits = |around: &str| {
                    let text = around.replace('L', literal);
                    fast(&needles, &[&vec![b'.'; pad][..], text.as_bytes()].concat()).len()
                };
                assert_eq!(["=L11", "=L12", "=L1", "=L21", "-L11"].map(hits), [1, 0, 0, 0, 0], "{literal} at {pad}");
            }
            let alone = |text: &[u8]| fast(&needles, text).len();
            assert_eq!(alone(&[literal.as_bytes(), b"11"].concat()), 1, "nothing stands before it");
        }
    }

    proptest! {
        #[test]
        fn the_filter_agrees_with_a_naive_search(
            words in proptest::collection::vec(("[aAbB_]{3,9}", any::<bool>()), 1..6),
            haystack in "[aAbB_ ]{0,200}",
        ) {
            let needles: Vec<Needle> =
                words.into_iter().map(|(w, fold)| Needle { bytes: w.into_bytes(), fold, beside: Beside::ANYTHING }).collect();
            prop_assert_eq!(fast(&needles, haystack.as_bytes()), naive(&needles, haystack.as_bytes()));
        }
    }
}
