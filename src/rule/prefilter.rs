//! One pass over the bytes that finds every literal of every rule.
//!
//! An automaton looks at every byte. This looks at a hash of four bytes at every second offset and asks a bitmap that
//! fits the first-level cache whether any literal has those four bytes there; nearly always none has. For that, each
//! literal is entered twice: with one four-byte window at an even and one at an odd distance from its start, so that
//! wherever it stands, one of the two falls on an even offset. Bytes are folded by `| 0x20`, which makes letters
//! lower-case, so that literals of either case are found in one pass; the exact comparison comes after.

use super::locate::ByteSet;

/// Bytes per window.
const WINDOW: usize = 4;
/// Offsets looked at: every second one.
const STRIDE: usize = 2;
/// Windows tested before one branch.
const UNROLL: usize = 16;
/// Bytes that one branch decides.
const BLOCK: usize = UNROLL * STRIDE;
/// Bytes that a block's windows touch: the last one reaches beyond the block.
const SPAN: usize = BLOCK + WINDOW - STRIDE;
/// Size of the bitmap: 2^18 bits are 32 KiB.
const BITS: u32 = 18;
/// Words of the bitmap.
const WORDS: usize = 1 << (BITS - 5);
/// What folding sets in each byte.
const FOLD: u8 = 0x20;

/// A literal to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needle {
    /// The literal; at least three bytes.
    pub(super) bytes: Vec<u8>,
    /// True if letters match in either case.
    pub(super) fold: bool,
    /// Bytes that can follow it where a rule means it: of use where the literal is too short to fill a window.
    pub(super) next: ByteSet,
}

/// The compiled filter.
#[derive(Debug)]
pub(super) struct Prefilter {
    needles: Vec<Needle>,
    /// A bit for each hash of a window; a fixed size lets the compiler see that no hash lies outside.
    bitmap: Box<[u32; WORDS]>,
    /// Entries sorted by window; `starts` finds the run of a window.
    entries: Vec<Entry>,
    starts: Starts,
}

/// One way a literal can meet a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    window: u32,
    needle: u32,
    /// Distance from the start of the literal to the start of the window; -1 if the window begins one byte early.
    offset: i32,
}

impl Prefilter {
    /// Compiles the filter for `needles`.
    pub(super) fn new(needles: Vec<Needle>) -> Self {
        let mut entries = Vec::new();
        for (id, needle) in (0u32..).zip(&needles) {
            for parity in 0..STRIDE {
                enter(id, needle, parity, &mut entries);
            }
        }
        entries.sort_unstable();
        entries.dedup();
        let mut bitmap = Box::new([0u32; WORDS]);
        for entry in &entries {
            let hash = hash(entry.window);
            bitmap[hash >> 5] |= 1 << (hash & 31);
        }
        let starts = Starts::new(&entries);
        Self { needles, bitmap, entries, starts }
    }

    /// Calls `hit(needle, offset)` for every occurrence of every literal, in no particular order.
    pub(super) fn scan(&self, haystack: &[u8], mut hit: impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some(block) = haystack.get(at..).and_then(|rest| rest.first_chunk::<SPAN>()) {
            // One branch for the whole block: nearly always there is nothing in it.
            let any = (0..UNROLL).fold(0, |any, lane| any | self.look(window(block, lane * STRIDE)));
            if any & 1 != 0 {
                for lane in 0..UNROLL {
                    self.confirm(window(block, lane * STRIDE), haystack, at + lane * STRIDE, &mut hit);
                }
            }
            at += BLOCK;
        }
        self.scan_tail(haystack, at, &mut hit);
    }

    /// The last windows, of which some reach beyond the end: there the missing bytes count as zero.
    fn scan_tail(&self, haystack: &[u8], from: usize, hit: &mut impl FnMut(usize, usize)) {
        let mut tail = [0u8; SPAN + WINDOW];
        let rest = &haystack[from..];
        tail[..rest.len()].copy_from_slice(rest);
        for offset in (0..rest.len()).step_by(STRIDE) {
            self.confirm(window(&tail, offset), haystack, from + offset, hit);
        }
    }

    /// Bit 0 tells whether a literal may have this window; the other bits mean nothing.
    #[inline(always)]
    fn look(&self, window: u32) -> u32 {
        let hash = hash(window);
        self.bitmap[hash >> 5] >> (hash & 31)
    }

    fn confirm(&self, window: u32, haystack: &[u8], at: usize, hit: &mut impl FnMut(usize, usize)) {
        if self.look(window) & 1 != 0 {
            self.look_up(window, haystack, at, hit);
        }
    }

    #[inline(never)]
    fn look_up(&self, window: u32, haystack: &[u8], at: usize, hit: &mut impl FnMut(usize, usize)) {
        for entry in self.starts.run(window, &self.entries) {
            let start = at as i64 - i64::from(entry.offset);
            let Ok(start) = usize::try_from(start) else { continue };
            let needle = &self.needles[entry.needle as usize];
            let Some(found) = haystack.get(start..start + needle.bytes.len()) else { continue };
            let same = if needle.fold { found.eq_ignore_ascii_case(&needle.bytes) } else { found == needle.bytes };
            if same {
                hit(entry.needle as usize, start);
            }
        }
    }
}

#[inline(always)]
fn window(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) | 0x2020_2020
}

#[inline(always)]
fn hash(window: u32) -> usize {
    (window.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

/// Enters the rarest window at this parity. A literal too short to have one at this parity is entered with every value
/// that the one byte beside it can have.
fn enter(id: u32, needle: &Needle, parity: usize, entries: &mut Vec<Entry>) {
    let bytes = &needle.bytes[..];
    let whole = (parity..).step_by(STRIDE).take_while(|offset| offset + WINDOW <= bytes.len());
    if let Some(offset) = whole.min_by_key(|&offset| commonness(&bytes[offset..offset + WINDOW])) {
        entries.push(Entry { window: window(bytes, offset), needle: id, offset: offset as i32 });
        return;
    }
    let nexts = (0..=u8::MAX).filter(|b| needle.next.holds(*b));
    let entry = |padded: [u8; WINDOW], offset| Entry { window: window(&padded, 0), needle: id, offset };
    match (parity, bytes) {
        (0, [a, b, c]) => entries.extend(nexts.map(|next| entry([*a, *b, *c, next], 0))),
        (_, [a, b, c]) => entries.extend((0..=u8::MAX).map(|before| entry([before, *a, *b, *c], -1))),
        (_, [_, b, c, d]) => entries.extend(nexts.map(|next| entry([*b, *c, *d, next], 1))),
        // Longer literals have a whole window, and shorter ones are refused when rules are planned.
        _ => {}
    }
}

/// A rough measure of how often a window is met in source text: punctuation runs and frequent letters are common.
fn commonness(window: &[u8]) -> u32 {
    let of = |b: &u8| match b | FOLD {
        b'e' | b't' | b'a' | b'i' | b'n' | b'o' | b'r' | b's' | b' ' | b'0' | b'-' | b'=' | b'*' => 4,
        b'c' | b'd' | b'l' | b'p' | b'u' | b'm' | b'f' | 0x7F | b'/' | b'1' | b'.' => 3,
        b'a'..=b'z' => 2,
        _ => 1,
    };
    let repeats = window.windows(2).filter(|pair| pair[0] == pair[1]).count() as u32;
    window.iter().map(of).sum::<u32>() + repeats * 8
}

/// Open-addressed index from a window to its run of entries.
#[derive(Debug)]
struct Starts {
    slots: Vec<Option<u32>>,
}

impl Starts {
    fn new(entries: &[Entry]) -> Self {
        let size = (entries.len() * 2 + 1).next_power_of_two();
        let mut starts = Self { slots: vec![None; size] };
        let mut last = None;
        for (at, entry) in (0u32..).zip(entries) {
            if last != Some(entry.window) {
                last = Some(entry.window);
                let mut slot = starts.slot(entry.window);
                while starts.slots[slot].is_some() {
                    slot = (slot + 1) & (size - 1);
                }
                starts.slots[slot] = Some(at);
            }
        }
        starts
    }

    fn slot(&self, window: u32) -> usize {
        (window.wrapping_mul(0x85EB_CA6B) as usize >> 3) & (self.slots.len() - 1)
    }

    fn run<'e>(&self, window: u32, entries: &'e [Entry]) -> impl Iterator<Item = &'e Entry> {
        let mut slot = self.slot(window);
        let start = loop {
            match self.slots[slot] {
                Some(at) if entries[at as usize].window == window => break at as usize,
                Some(_) => slot = (slot + 1) & (self.slots.len() - 1),
                None => break entries.len(),
            }
        };
        entries[start..].iter().take_while(move |e| e.window == window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn needles(list: &[(&str, bool)]) -> Vec<Needle> {
        list.iter().map(|(s, fold)| Needle { bytes: s.as_bytes().to_vec(), fold: *fold, next: ByteSet::ALL }).collect()
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

    proptest! {
        #[test]
        fn the_filter_agrees_with_a_naive_search(
            words in proptest::collection::vec(("[aAbB_]{3,9}", any::<bool>()), 1..6),
            haystack in "[aAbB_ ]{0,200}",
        ) {
            let needles: Vec<Needle> =
                words.into_iter().map(|(w, fold)| Needle { bytes: w.into_bytes(), fold, next: ByteSet::ALL }).collect();
            prop_assert_eq!(fast(&needles, haystack.as_bytes()), naive(&needles, haystack.as_bytes()));
        }
    }
}
