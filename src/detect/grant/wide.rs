//! Many patterns, so kept that the ones which hold a name are found without trying all.

use std::collections::{BTreeSet, HashMap};

use super::reach;

/// Patterns by what stands before their first wildcard: whatever they hold begins with it.
#[derive(Debug, Default)]
pub(super) struct Wide<'p> {
    by_head: HashMap<&'p str, Vec<(&'p str, usize)>>,
    /// How long the heads are, in bytes; few lengths differ.
    lengths: BTreeSet<usize>,
}

impl<'p> Wide<'p> {
    /// Adds a pattern that belongs to the grant or line at this place.
    pub(super) fn add(&mut self, pattern: &'p str, at: usize) {
        let head = reach::head(pattern);
        self.lengths.insert(head.len());
        self.by_head.entry(head).or_default().push((pattern, at));
    }

    /// The places of those that hold `name`, which may be a pattern itself.
    pub(super) fn holding<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let head = reach::head(name);
        let heads = self.lengths.range(..=head.len()).filter_map(|&length| self.by_head.get(head.get(..length)?));
        heads.flatten().filter(|(pattern, _)| reach::pattern_holds(pattern, name)).map(|(_, at)| *at)
    }

    /// All places.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> + '_ {
        self.by_head.values().flatten().map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_trying_all_finds(
            patterns in proptest::collection::vec("[abä*?]{0,5}", 0..12),
            name in "[abä*?]{0,6}",
        ) {
            let mut wide = Wide::default();
            patterns.iter().enumerate().for_each(|(at, pattern)| wide.add(pattern, at));
            let mut found: Vec<usize> = wide.holding(&name).collect();
            found.sort_unstable();
            let plain = |pattern: &str| reach::pattern_holds(pattern, &name);
            let tried: Vec<usize> =
                patterns.iter().enumerate().filter(|(_, p)| plain(p)).map(|(at, _)| at).collect();
            prop_assert_eq!(found, tried);
        }
    }
}
