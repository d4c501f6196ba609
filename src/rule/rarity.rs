//! How rare four bytes are in source text: what a window costs the prefilter that looks for it.

use std::collections::HashMap;

/// The windows met most often, by rank, folded. Counted by `benches/windows.py` over code and documentation in several
/// languages.
const COMMON: &[u8] = include_bytes!("windows.txt");
/// Windows in a line; a dot and a line feed follow.
const IN_LINE: usize = 16;
/// The share of the window of rank `r` is about `SCALE / (r + SHIFT)`, for these two.
const SCALE: f64 = 0.15;
const SHIFT: f64 = 256.0;

/// A share that is as good as nothing.
const HARDLY: f64 = 1e-6;

/// What is known of windows.
#[derive(Debug)]
pub(super) struct Rarity {
    /// By a window's bytes, or by its first two or three with zeros behind.
    shares: HashMap<u32, f64>,
    /// At most the share of a window that is not listed.
    least: f64,
}

impl Rarity {
    pub(super) fn new() -> Self {
        let mut shares = HashMap::new();
        let mut least = SCALE;
        for (window, share) in common() {
            for part in [window, triple(window), pair(window)] {
                *shares.entry(part).or_insert(0.0) += share;
            }
            least = share;
        }
        Self { shares, least }
    }

    /// The share of windows in source text that are this one, folded: as listed, or as its parts let expect.
    pub(super) fn share(&self, window: u32) -> f64 {
        let of = |part| self.shares.get(&part).copied().unwrap_or(0.0);
        let (head, tail, middle) = (triple(window), triple(window >> 8), pair(window >> 8));
        let expected = || (of(head) + HARDLY) * (of(tail) + HARDLY) / (of(middle) + HARDLY);
        self.shares.get(&window).copied().unwrap_or_else(|| expected().min(self.least))
    }
}

fn triple(window: u32) -> u32 {
    window & 0xFF_FFFF
}

fn pair(window: u32) -> u32 {
    window & 0xFFFF
}

/// The windows met most often, each with its share of all.
pub(super) fn common() -> impl Iterator<Item = (u32, f64)> {
    let windows = COMMON.chunks(IN_LINE * 4 + 2).flat_map(|line| line.chunks_exact(4).take(IN_LINE));
    let folded = windows.map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]) | 0x2020_2020);
    (0u32..).zip(folded).map(|(rank, window)| (window, SCALE / (f64::from(rank) + SHIFT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &[u8; 4]) -> u32 {
        u32::from_le_bytes(*text) | 0x2020_2020
    }

    #[test]
    fn the_list_holds_whole_lines() {
        assert_eq!(COMMON.len() % (IN_LINE * 4 + 2), 0);
        assert!(COMMON.chunks(IN_LINE * 4 + 2).all(|line| line.ends_with(b".\n")));
        let different: std::collections::BTreeSet<u32> = common().map(|(window, _)| window).collect();
        assert_eq!(common().count(), different.len());
    }

    #[test]
    fn words_are_met_more_often_than_tokens() {
        let rarity = Rarity::new();
        let order = [b"    ", b"tion", b"priv", b"ghp_"].map(|w| rarity.share(window(w)));
        assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
        assert_eq!(rarity.share(window(b"PRIV")), rarity.share(window(b"priv")));
    }
}
