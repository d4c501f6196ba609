//! Words that are looked for in any case, in tables that are ready at once: most changes are shorter than it takes to build
//! an automaton.

/// How many pairs of bytes there are.
const PAIRS: usize = 1 << 16;

/// Words, and a way to find them all in a text.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// A bit for each pair of bytes with which a word begins.
    begins: Box<[u64]>,
    /// The words by the pair they begin with, each with its number, sorted.
    words: Vec<(u16, u32, Box<[u8]>)>,
}

/// A word that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// The number of the word, in the order in which they were given.
    pub(super) word: usize,
    /// Where it begins.
    pub(super) start: usize,
}

impl Vocabulary {
    /// Takes words of any length; an empty one stands nowhere.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut vocabulary = Self { begins: vec![0; PAIRS / 64].into_boxed_slice(), words: Vec::new() };
        for (number, word) in (0..).zip(words) {
            let word = word.to_ascii_lowercase().into_bytes().into_boxed_slice();
            match *word {
                [] => {}
                // Whatever comes next.
                [only] => (0..=u8::MAX).for_each(|next| vocabulary.add(pair(only, next), number, word.clone())),
                [first, second, ..] => vocabulary.add(pair(first, second), number, word),
            }
        }
        vocabulary.words.sort_unstable();
        vocabulary.words.dedup();
        vocabulary
    }

    fn add(&mut self, pair: u16, number: u32, word: Box<[u8]>) {
        self.begins[usize::from(pair / 64)] |= 1 << (pair % 64);
        self.words.push((pair, number, word));
    }

    /// Every word that stands in `text`, by where it begins; words may overlap.
    pub(super) fn find<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Hit> + 't {
        (0..text.len()).filter_map(|start| Some((start, self.begin(&text[start..])?))).flat_map(move |(start, pair)| {
            let from = self.words.partition_point(|(known, ..)| *known < pair);
            let all = self.words[from..].iter().take_while(move |(known, ..)| *known == pair);
            let fitting = all.filter(move |(.., word)| {
                text[start..].get(..word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word))
            });
            fitting.map(move |(_, number, _)| Hit { word: *number as usize, start })
        })
    }

    /// True if some word stands in `text`.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.find(text).next().is_some()
    }

    /// The pair that `text` begins with, if some word begins so.
    fn begin(&self, text: &[u8]) -> Option<u16> {
        let pair = pair(*text.first()?, text.get(1).copied().unwrap_or_default());
        (self.begins[usize::from(pair / 64)] >> (pair % 64) & 1 == 1).then_some(pair)
    }
}

fn pair(first: u8, second: u8) -> u16 {
    u16::from_be_bytes([first.to_ascii_lowercase(), second.to_ascii_lowercase()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_an_automaton_finds(words in prop::collection::vec("[aAbé]{1,4}", 0..6), text in "[abABé]{0,40}") {
            let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).unwrap();
            let hits = automaton.find_overlapping_iter(&text).map(|hit| (hit.start(), hit.pattern().as_usize()));
            let mut expected: Vec<(usize, usize)> = hits.collect();
            expected.sort_unstable();
            let vocabulary = Vocabulary::new(words.iter().map(String::as_str));
            let mut found: Vec<_> = vocabulary.find(text.as_bytes()).map(|hit| (hit.start, hit.word)).collect();
            found.sort_unstable();
            prop_assert_eq!(vocabulary.is_in(text.as_bytes()), !expected.is_empty());
            prop_assert_eq!(found, expected);
        }
    }
}
