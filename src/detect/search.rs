//! Every secret that a text may hold: what matches in it as it is, what it decodes to, and what is only guessed.

use super::candidate::{Candidate, Claimed, Fallen, Wanted};
use super::decode;
use super::matches::plain;
use crate::rule::{Anchor, RuleSet};
use crate::text::Text;

/// Every match of every rule in `text`, in no particular order, also those that another window owns or that do not
/// stand: they are masked wherever they are printed. `wanted` says which rules to try; `path` tells the language. Where a
/// rule has to stop, the rest of the text becomes a candidate that does not stand. What is encoded counts where it stands.
pub(super) fn candidates<'r>(
    set: &'r RuleSet,
    path: &[u8],
    text: &Text<'_>,
    wanted: &Wanted<'_>,
) -> Vec<Candidate<'r>> {
    let mut found = plain(set, path, text, wanted);
    decode::candidates(set, text, wanted, &mut found);
    drop_guesses(&mut found);
    found
}

/// Where a format speaks, for or against, nobody needs to guess.
fn drop_guesses(found: &mut Vec<Candidate<'_>>) {
    let is_guess = |c: &Candidate<'_>| c.rule.prepared.anchor == Anchor::Name;
    if !found.iter().any(is_guess) {
        return;
    }
    let speaks = |c: &&Candidate<'_>| {
        !is_guess(c) && matches!(c.standing, Ok(_) | Err(Fallen::Check | Fallen::Placeholder | Fallen::Outranked))
    };
    let known = Claimed::by(found.iter().filter(speaks));
    found.retain(|c| !is_guess(c) || !known.touches(&c.secret));
}
