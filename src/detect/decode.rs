//! Secrets that are encoded: what runs of a text decode to is searched like the text itself.
//!
//! All that a text decodes to is put on one sheet, which is searched once; what is found there is reported where its
//! encoding stands. Each layer is at most as long as what it is made from, so the work stays in proportion to the text.

mod escape;
mod join;
mod run;
mod sheet;

use self::sheet::{Sheet, Source};
use super::candidate::{Candidate, Claimed, Wanted};
use super::matches::plain;
use crate::finding::Layer;
use crate::rule::{Anchor, CompiledRule, Kind, RuleSet};
use crate::text::{Position, Text};

/// Adds the secrets that are encoded in `text` to what was `found` in it as it stands.
pub(super) fn candidates<'r>(set: &'r RuleSet, text: &Text<'_>, wanted: &Wanted<'_>, found: &mut Vec<Candidate<'r>>) {
    let mut outer = Sheet::default();
    run::decode(text.bytes(), &mut outer);
    escape::percent(text.bytes(), &mut outer);
    escape::backslash(text.bytes(), &mut outer);
    join::decode(text.bytes(), &mut outer);
    if outer.bytes().is_empty() {
        return;
    }
    let mut inner = Sheet::default();
    run::decode(outer.bytes(), &mut inner);
    escape::percent(outer.bytes(), &mut inner);
    search(set, text, wanted, &[&outer], found);
    search(set, text, wanted, &[&inner, &outer], found);
}

/// Searches the first of `sheets`; each is made from the next, and the last from `text`.
fn search<'r>(
    set: &'r RuleSet,
    text: &Text<'_>,
    wanted: &Wanted<'_>,
    sheets: &[&Sheet],
    found: &mut Vec<Candidate<'r>>,
) {
    let bytes = sheets.first().map_or(&b""[..], |sheet| sheet.bytes());
    if bytes.is_empty() {
        return;
    }
    let is_asked =
        |rule: &CompiledRule| rule.prepared.anchor != Anchor::Name && rule.rule().kind == Kind::Secret && wanted(rule);
    let decoded = Text::window(bytes, text.encoding(), Position { line: 1, column: 1 }, 0..bytes.len());
    let mut inside = plain(set, b"", &decoded, &is_asked);
    inside.retain(|c| c.standing.is_ok());
    if inside.is_empty() {
        return;
    }
    // What stands as it is needs no second report; what was only guessed gives way.
    let known = Claimed::by(found.iter().filter(|c| c.standing.is_ok() && c.rule.prepared.anchor != Anchor::Name));
    let traced = inside.into_iter().filter_map(|candidate| traced(candidate, sheets));
    found.extend(traced.filter(|c| !known.touches(&c.secret)));
}

/// The candidate as it stands in the text.
fn traced<'r>(mut candidate: Candidate<'r>, sheets: &[&Sheet]) -> Option<Candidate<'r>> {
    for sheet in sheets {
        let Source { span, layer, is_joined } = sheet.source(&candidate.secret)?;
        if layer == Layer::Concatenation && !is_joined {
            return None;
        }
        (candidate.span, candidate.secret) = (span.clone(), span);
        candidate.decoded.insert(0, layer);
    }
    Some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::fill;
    use crate::detect::search;
    use std::fmt::Write;

    fn spans(set: &RuleSet, text: &str) -> Vec<(std::ops::Range<usize>, Vec<Layer>)> {
        let found = search::candidates(set, b"", &Text::raw(text.as_bytes()), &|_| true);
        found.into_iter().filter(|c| c.standing.is_ok()).map(|c| (c.secret, c.decoded)).collect()
    }

    #[test]
    fn what_is_encoded_is_found_wherever_it_stands() {
        let set = RuleSet::builtin().unwrap();
        for seed in 0..200 {
            let token = fill("{github:ghp_}", seed).unwrap();
            let before = ". ".repeat(usize::try_from(seed).unwrap());
            for (layer, sign) in [(Layer::Hex, ""), (Layer::Percent, "%"), (Layer::Escape, "\\x")] {
                let mut text = before.clone();
                token.bytes().for_each(|byte| write!(text, "{sign}{byte:02x}").unwrap());
                assert_eq!(spans(&set, &text), [(before.len()..text.len(), vec![layer])], "{seed}");
            }
            let (left, right) = token.split_at(5 + before.len() % 30);
            let text = format!("{before}\"{left}\" + \"{right}\"");
            let expected = before.len() + 1..text.len() - 1;
            assert_eq!(spans(&set, &text), [(expected, vec![Layer::Concatenation])], "{seed}");
        }
    }

    #[test]
    fn neither_odd_ends_nor_noise_upset_it() {
        let set = RuleSet::builtin().unwrap();
        for text in
            ["%", "%4", "\\", "\\u", "\\u00", "\"", "\" \"", "'a' + '", "a%41%", "=====", "\\/\\/\\/\\/\\/\\/\\/\\/\\"]
        {
            for times in [1, 2, 40, 400] {
                assert!(spans(&set, &text.repeat(times)).is_empty());
            }
        }
    }
}
