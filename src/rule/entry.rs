//! How literals are entered into the prefilter: the windows by which they are met, and the way back from a window.

use super::beside::{Beside, ByteSet};
use super::rarity::Rarity;

/// Bytes per window.
pub(super) const WINDOW: usize = 4;
/// Offsets looked at: every second one.
pub(super) const STRIDE: usize = 2;
/// Size of the bitmap: 2^20 bits are 128 KiB. Smaller ones stay nearer to the processor, but most of what they let
/// through are other windows that share a bit with a literal's, and each of those costs more than the longer way.
pub(super) const BITS: u32 = 20;
/// What folding sets in each byte.
const FOLD: u8 = 0x20;

/// A literal to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needle {
    /// The literal; at least three bytes.
    pub(super) bytes: Vec<u8>,
    /// True if letters match in either case.
    pub(super) fold: bool,
    /// What can stand beside it where a rule means it.
    pub(super) beside: Beside,
}

/// One way a literal can meet a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) window: u32,
    pub(super) needle: u32,
    /// Distance from the start of the literal to the start of the window; -1 if the window begins one byte early.
    offset: i16,
    /// Where, seen from the window, a byte of the literal stands that the window does not hold, if there is one.
    hint_at: i8,
    /// That byte, folded: it spares most of the full comparisons.
    hint: u8,
}

impl Entry {
    fn new(window: u32, needle: u32, offset: i16, literal: &[u8]) -> Self {
        let behind = WINDOW as i8;
        let of = |hint_at: i8| {
            let byte = usize::try_from(offset + i16::from(hint_at)).ok().and_then(|at| literal.get(at));
            byte.map(|byte| (hint_at, byte | FOLD))
        };
        let (hint_at, hint) = of(-1).or_else(|| of(behind)).unwrap_or((0, window.to_le_bytes()[0]));
        Self { window, needle, offset, hint_at, hint }
    }

    /// Where the literal starts if the window stands at `at`; `None` if it cannot stand there.
    #[inline(always)]
    pub(super) fn start(&self, haystack: &[u8], at: usize) -> Option<usize> {
        let hint = at.checked_add_signed(isize::from(self.hint_at)).and_then(|at| haystack.get(at))?;
        if hint | FOLD != self.hint {
            return None;
        }
        at.checked_add_signed(-isize::from(self.offset))
    }
}

/// The four bytes at `at`, folded, as a number.
#[inline(always)]
pub(super) fn window(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) | 0x2020_2020
}

/// Enters one literal at one parity, in the way that lets the fewest windows through: with a whole window, or with one that
/// holds a byte beside the literal, once for every value that this byte can have.
pub(super) fn enter(id: u32, needle: &Needle, parity: usize, rarity: &Rarity, entries: &mut Vec<Entry>) {
    let whole = (0..(needle.bytes.len() + 1).saturating_sub(WINDOW)).map(|offset| whole(needle, offset));
    let ways = whole.chain([reaching_before(needle), reaching_beyond(needle)]);
    let ways = ways.filter(|way| way.offset.rem_euclid(STRIDE as i16) as usize == parity && !way.windows.is_empty());
    // Literals of three bytes have a way at each parity; shorter ones are refused when rules are planned.
    if let Some(way) = ways.min_by(|a, b| a.cost(rarity).total_cmp(&b.cost(rarity))) {
        entries.extend(way.windows.iter().map(|w| Entry::new(window(w, 0), id, way.offset, &needle.bytes)));
    }
}

/// Windows that together meet every occurrence of a literal at one parity.
struct Way {
    offset: i16,
    windows: Vec<[u8; WINDOW]>,
}

impl Way {
    /// The share of windows that it lets through: those that are its own, and those that share a bit with them.
    fn cost(&self, rarity: &Rarity) -> f64 {
        self.windows.iter().map(|w| rarity.share(window(w, 0)) + 1.0 / f64::from(1 << BITS)).sum()
    }
}

fn whole(needle: &Needle, offset: usize) -> Way {
    let window = needle.bytes.get(offset..).and_then(|rest| rest.first_chunk());
    Way { offset: offset as i16, windows: window.into_iter().copied().collect() }
}

fn reaching_before(needle: &Needle) -> Way {
    let windows = match needle.bytes[..] {
        [a, b, c, ..] => distinct(needle.beside.before).map(|before| [before, a, b, c]).collect(),
        _ => Vec::new(),
    };
    Way { offset: -1, windows }
}

fn reaching_beyond(needle: &Needle) -> Way {
    let windows = match needle.bytes[..] {
        [.., a, b, c] => distinct(needle.beside.next).map(|next| [a, b, c, next]).collect(),
        _ => Vec::new(),
    };
    Way { offset: needle.bytes.len() as i16 + 1 - WINDOW as i16, windows }
}

/// The values of a set that folding does not make the same.
fn distinct(set: ByteSet) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|b| b & FOLD != 0).filter(move |b| set.holds(*b) || set.holds(*b & !FOLD))
}

/// Open-addressed index from a window to its run of entries.
#[derive(Debug)]
pub(super) struct Starts {
    /// By itself, because most windows that get here share no more than a bit with one of these. 0 is no window.
    windows: Vec<u32>,
    /// Where the run of the window in the same slot starts.
    starts: Vec<u32>,
}

impl Starts {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let size = (entries.len() * 2 + 1).next_power_of_two();
        let mut starts = Self { windows: vec![0; size], starts: vec![0; size] };
        for (start, run) in runs(entries) {
            let mut at = starts.home(run.window);
            while starts.windows[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            (starts.windows[at], starts.starts[at]) = (run.window, start);
        }
        starts
    }

    fn home(&self, window: u32) -> usize {
        (window.wrapping_mul(0x85EB_CA6B) as usize >> 3) & (self.windows.len() - 1)
    }

    /// The entries of `window`.
    pub(super) fn run<'e>(&self, window: u32, entries: &'e [Entry]) -> impl Iterator<Item = &'e Entry> {
        let mut at = self.home(window);
        while self.windows[at] != window && self.windows[at] != 0 {
            at = (at + 1) & (self.windows.len() - 1);
        }
        let start = if self.windows[at] == window { self.starts[at] as usize } else { entries.len() };
        entries[start..].iter().take_while(move |e| e.window == window)
    }
}

/// The first entry of each run of one window, and where it stands.
fn runs(entries: &[Entry]) -> impl Iterator<Item = (u32, &Entry)> {
    let firsts = (0u32..).zip(entries);
    firsts.filter(|(at, entry)| *at == 0 || entries[*at as usize - 1].window != entry.window)
}
