//! How literals are entered into the prefilter: the windows by which they are met, and the way back from a window.

use super::beside::{Beside, ByteSet, Folded};
use super::rarity::Rarity;
use super::table::slot;

/// Bytes per window.
pub(super) const WINDOW: usize = 4;
/// Offsets looked at: every second one.
pub(super) const STRIDE: usize = 2;
/// Size of the bitmap: 2^20 bits are 128 KiB. Smaller ones stay nearer to the processor, but most of what they let
/// through are other windows that share a bit with a literal's, and each of those costs more than the longer way.
pub(super) const BITS: u32 = 20;
/// What one more bit lets through by chance.
const BY_CHANCE: f32 = 1.0 / (1 << BITS) as f32;
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
    around: Around,
}

impl Entry {
    fn new(window: u32, needle: u32, offset: i16, text: &Needle) -> Self {
        let around = Around { before: text.around(offset - 1), after: text.around(offset + WINDOW as i16) };
        Self { window, needle, offset, around }
    }

    /// Where the literal starts if the window stands at `at`; `None` if it cannot stand there.
    #[inline(always)]
    pub(super) fn start(&self, around: Around, at: usize) -> Option<usize> {
        if self.around.meets(around) { at.checked_add_signed(-isize::from(self.offset)) } else { None }
    }
}

/// What stands, or can stand, before a window and behind it: spares most of the full comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Around {
    before: Folded,
    after: Folded,
}

impl Around {
    const NOTHING: Self = Self { before: Folded::NONE, after: Folded::NONE };

    /// What stands around the window at `at`; where the text ends, anything might.
    #[inline(always)]
    pub(super) fn of(haystack: &[u8], at: usize) -> Self {
        let byte = |at: Option<usize>| at.and_then(|at| haystack.get(at)).map_or(Folded::ALL, |b| Folded::one(*b));
        Self { before: byte(at.checked_sub(1)), after: byte(Some(at + WINDOW)) }
    }

    #[inline(always)]
    fn meets(self, other: Self) -> bool {
        self.before.meets(other.before) & self.after.meets(other.after)
    }

    fn join(self, other: Self) -> Self {
        Self { before: self.before.join(other.before), after: self.after.join(other.after) }
    }
}

impl Needle {
    /// What can stand at `at`, seen from the start of the literal.
    fn around(&self, at: i16) -> Folded {
        let Ok(at) = usize::try_from(at) else {
            return if at == -1 { Folded::of(self.beside.before) } else { Folded::ALL };
        };
        match (self.bytes.get(at), at - self.bytes.len().min(at)) {
            (Some(byte), _) => Folded::one(*byte),
            (None, 0) => Folded::of(self.beside.next),
            (None, behind) if behind < usize::from(self.beside.run.least) => Folded::of(self.beside.run.set),
            _ => Folded::ALL,
        }
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
    let last = needle.bytes.len() as i16 - WINDOW as i16;
    let mut best: Option<(f32, i16, Vec<u32>)> = None;
    // Whole windows first: they are single, and where one of them is rare, no other need be looked at.
    for offset in (0..=last).chain([-1, last + 1]).filter(|at| at.rem_euclid(STRIDE as i16) as usize == parity) {
        let most = best.as_ref().map_or(f32::MAX, |(cost, ..)| *cost);
        if let Some((cost, windows)) = windows(needle, offset, rarity, most) {
            best = Some((cost, offset, windows));
        }
    }
    // Literals of three bytes have a way at each parity; shorter ones are refused when rules are planned.
    if let Some((_, offset, windows)) = best {
        entries.extend(windows.into_iter().map(|window| Entry::new(window, id, offset, needle)));
    }
}

/// The windows that a literal can have at `offset`, and the share of all windows that they let through if it is less than
/// `most`: their own, and those that share a bit with them.
fn windows(needle: &Needle, offset: i16, rarity: &Rarity, most: f32) -> Option<(f32, Vec<u32>)> {
    let (mut cost, mut windows) = (0.0, Vec::new());
    let mut add = |bytes: [u8; WINDOW]| {
        let window = window(&bytes, 0);
        windows.push(window);
        cost += rarity.share(window) + BY_CHANCE;
        cost < most
    };
    let literal = &needle.bytes[..];
    let cheaper = match (usize::try_from(offset), literal) {
        (Err(_), [a, b, c, ..]) => distinct(needle.beside.before).all(|before| add([before, *a, *b, *c])),
        (Ok(at), _) if at + WINDOW <= literal.len() => literal[at..].first_chunk().is_some_and(|whole| add(*whole)),
        (Ok(_), [.., a, b, c]) => distinct(needle.beside.next).all(|next| add([*a, *b, *c, next])),
        _ => false,
    };
    cheaper.then_some((cost, windows))
}

/// The values of a set that folding does not make the same.
fn distinct(set: ByteSet) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).filter(|b| b & FOLD != 0).filter(move |b| set.holds(*b) || set.holds(*b & !FOLD))
}

/// Open-addressed index from a window to its entries.
#[derive(Debug)]
pub(super) struct Index {
    /// By itself, because most windows that get here share no more than a bit with one of these. 0 is no window.
    windows: Vec<u32>,
    /// The entries of the window in the same slot.
    runs: Vec<Run>,
}

/// The entries of one window.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where they start.
    start: u32,
    /// What any of them allows.
    around: Around,
}

impl Index {
    /// Indexes entries that are sorted.
    pub(super) fn new(entries: &[Entry]) -> Self {
        let size = (entries.len() * 2 + 1).next_power_of_two();
        let mut windows = vec![0; size];
        let mut runs = vec![Run { start: 0, around: Around::NOTHING }; size];
        for (start, entry) in (0..).zip(entries) {
            let at = slot(&windows, entry.window);
            if windows[at] == 0 {
                (windows[at], runs[at].start) = (entry.window, start);
            }
            runs[at].around = runs[at].around.join(entry.around);
        }
        Self { windows, runs }
    }

    /// The entries of `window`, if any of them can stand there.
    #[inline(always)]
    pub(super) fn run<'e>(&self, window: u32, around: Around, entries: &'e [Entry]) -> impl Iterator<Item = &'e Entry> {
        let at = slot(&self.windows, window);
        let fits = self.windows[at] == window && self.runs[at].around.meets(around);
        let start = if fits { self.runs[at].start as usize } else { entries.len() };
        entries[start..].iter().take_while(move |e| e.window == window)
    }
}
