//! Places that code must not reach for, of all rules, ready to be looked for in lines of code.

use super::compiled::CompiledRule;
use super::vocabulary::Vocabulary;

/// Where a place stands in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// Anywhere.
    Anywhere,
    /// Below a home directory that is named, too.
    Home,
}

/// One place of one rule.
#[derive(Debug)]
pub struct Spot {
    /// The place of its rule in the set.
    pub rule: usize,
    /// The part of a path, in lower case; `*` stands for a part of a name.
    pub path: String,
    /// Where it stands.
    pub at: At,
}

/// All places.
#[derive(Debug)]
pub struct Reaches {
    spots: Vec<Spot>,
    /// What stands in every spelling of a place, by the order of `spots`.
    anchors: Vocabulary,
}

impl Reaches {
    pub(super) fn new(rules: &[CompiledRule]) -> Self {
        let mut spots = Vec::new();
        for (rule, compiled) in rules.iter().enumerate() {
            let Some(scope) = &compiled.rule().scope else { continue };
            let spot = |at| move |path: &String| Spot { rule, path: path.to_lowercase(), at };
            spots.extend(scope.places.iter().map(spot(At::Anywhere)));
            spots.extend(scope.at_home.iter().map(spot(At::Home)));
        }
        let anchors = spots.iter().map(|spot| anchor(&spot.path));
        let anchors = Vocabulary::new(anchors);
        Self { spots, anchors }
    }

    /// Every place of which a part stands in `bytes`, with the offset of that part.
    pub fn near<'s>(&'s self, bytes: &[u8]) -> Vec<(usize, &'s Spot)> {
        self.anchors.find(bytes).map(|hit| (hit.start, &self.spots[hit.word])).collect()
    }
}

/// Names that stand everywhere.
const COMMON: [&str; 6] = [".config", "default", "config", "credentials", "profiles", "security"];

/// The name, or the part of one, of a place that is rarest in other texts: a hidden one, else the longest. What begins at
/// the root is written as it is.
fn anchor(path: &str) -> &str {
    if path.starts_with('/') {
        return path.split('*').max_by_key(|part| part.len()).unwrap_or(path);
    }
    let parts = || path.split(['/', '*']).filter(|part| !part.is_empty());
    let rare = || parts().filter(|part| !COMMON.contains(part));
    let hidden = rare().filter(|part| part.starts_with('.') && part.len() > 3);
    hidden
        .max_by_key(|part| part.len())
        .or_else(|| rare().max_by_key(|part| part.len()))
        .or_else(|| parts().max_by_key(|part| part.len()))
        .unwrap_or(path)
}
