//! Words that people write in code: how much of a value is made of them, and how much its letters look like theirs.

use std::sync::LazyLock;

/// Words of public code, sorted, one a line.
const WORDS: &str = include_str!("../../../rules/model/words.txt");
/// The letters and the end of a word.
const LETTERS: usize = 27;

/// The words and their letter pairs; constant data, unpacked when first needed.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

/// Words and how likely one letter follows another in them.
#[derive(Debug)]
pub(super) struct Lexicon {
    /// Sorted.
    words: Vec<&'static [u8]>,
    /// Natural logarithm of the probability that the column's letter follows the row's.
    pairs: [[f32; LETTERS]; LETTERS],
}

impl Lexicon {
    fn new() -> Self {
        let mut counts = [[1f32; LETTERS]; LETTERS];
        for word in WORDS.lines() {
            let mut last = LETTERS - 1;
            for letter in word.bytes().filter_map(letter).chain([LETTERS - 1]) {
                counts[last][letter] += 1.0;
                last = letter;
            }
        }
        let pairs = counts.map(|row| {
            let sum: f32 = row.iter().sum();
            row.map(|n| (n / sum).ln())
        });
        Self { words: WORDS.lines().map(str::as_bytes).collect(), pairs }
    }

    /// How many of the bytes of `lower` belong to words of the list, taken greedily from the left, longest first.
    pub(super) fn covered(&self, lower: &[u8]) -> usize {
        let mut covered = 0;
        let mut at = 0;
        while at < lower.len() {
            let length = self.longest_at(&lower[at..]);
            covered += length;
            at += length.max(1);
        }
        covered
    }

    /// Length of the longest word that `text` begins with, or 0: letter by letter, the words that still fit grow fewer.
    fn longest_at(&self, text: &[u8]) -> usize {
        let mut fitting = self.words.as_slice();
        let mut longest = 0;
        for (at, letter) in text.iter().enumerate() {
            let start = fitting.partition_point(|word| word.get(at).is_none_or(|l| l < letter));
            fitting = &fitting[start..];
            fitting = &fitting[..fitting.partition_point(|word| word.get(at) == Some(letter))];
            match fitting.first() {
                None => break,
                Some(word) if word.len() == at + 1 => longest = at + 1,
                Some(_) => {}
            }
        }
        longest
    }

    /// Mean surprise of the letter pairs of `lower`, in nats; 0 without letters. Words have about 2.3, random letters 4.
    pub(super) fn surprise(&self, lower: &[u8]) -> f32 {
        let mut sum = 0.0;
        let mut pairs = 0;
        for pair in lower.windows(2) {
            if let (Some(a), Some(b)) = (letter(pair[0]), letter(pair[1])) {
                sum -= self.pairs[a][b];
                pairs += 1;
            }
        }
        if pairs == 0 { 0.0 } else { sum / pairs as f32 }
    }
}

fn letter(byte: u8) -> Option<usize> {
    byte.is_ascii_lowercase().then(|| usize::from(byte - b'a'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_found() {
        assert!(LEXICON.words.is_sorted());
        assert_eq!(LEXICON.covered(b"connection-string"), 16);
        assert_eq!(LEXICON.covered(b"zqxvk"), 0);
        assert_eq!(LEXICON.covered(b"--server--"), 6);
    }

    #[test]
    fn random_letters_surprise_more_than_words() {
        assert!(LEXICON.surprise(b"qzxvkwjp") > LEXICON.surprise(b"container") + 1.0);
        assert_eq!(LEXICON.surprise(b"1234"), 0.0);
    }
}
