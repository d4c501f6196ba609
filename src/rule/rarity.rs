//! How rare four bytes are in source text: what a window costs the prefilter that looks for it.

use super::table::slot;

/// The windows met most often, by rank, folded. Counted by `benches/windows.py` over code and documentation in several
/// languages.
const COMMON: &[u8] = include_bytes!("windows.txt");
/// Windows in a line; a dot and a line feed follow.
const IN_LINE: usize = 16;
/// The share of the window of rank `r` is about `SCALE / (r + SHIFT)`, for these two.
const SCALE: f32 = 0.15;
const SHIFT: f32 = 256.0;

/// A share that is as good as nothing.
const HARDLY: f32 = 1e-6;

/// What is known of windows: an open-addressed table, because it is made at every start and asked very often then.
#[derive(Debug)]
pub(super) struct Rarity {
    /// Windows, or their first two or three bytes with zeros behind; 0 is none.
    keys: Vec<u32>,
    shares: Vec<f32>,
    /// At most the share of a window that is not listed.
    least: f32,
}

impl Rarity {
    pub(super) fn new() -> Self {
        // Each window brings three keys at most; so the table stays half empty.
        let size = (common().count() * 6).next_power_of_two();
        let mut rarity = Self { keys: vec![0; size], shares: vec![0.0; size], least: SCALE };
        for (window, share) in common() {
            for part in [window, triple(window), pair(window)] {
                let slot = slot(&rarity.keys, part);
                rarity.keys[slot] = part;
                rarity.shares[slot] += share;
            }
            rarity.least = share;
        }
        rarity
    }

    /// The share of windows in source text that are this one, folded: as listed, or as its parts let expect.
    pub(super) fn share(&self, window: u32) -> f32 {
        match self.listed(window) {
            0.0 => self.expected(window).min(self.least),
            share => share,
        }
    }

    fn expected(&self, window: u32) -> f32 {
        let of = |part| self.listed(part) + HARDLY;
        of(triple(window)) * of(triple(window >> 8)) / of(pair(window >> 8))
    }

    fn listed(&self, part: u32) -> f32 {
        self.shares[slot(&self.keys, part)]
    }
}

fn triple(window: u32) -> u32 {
    window & 0xFF_FFFF
}

fn pair(window: u32) -> u32 {
    window & 0xFFFF
}

/// The windows met most often, each with its share of all.
pub(super) fn common() -> impl Iterator<Item = (u32, f32)> {
    let windows = COMMON.chunks(IN_LINE * 4 + 2).flat_map(|line| line.chunks_exact(4).take(IN_LINE));
    let folded = windows.map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]) | 0x2020_2020);
    (0u16..).zip(folded).map(|(rank, window)| (window, SCALE / (f32::from(rank) + SHIFT)))
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
