//! Tests that nobody here can evaluate, cut at their ands and ors: which of two lets more through, as far as that shows.

use crate::order;

/// A test as a conjunction of parts, each of them a disjunction of atoms.
pub(super) type Parts = Vec<Vec<String>>;

/// Deepest brackets that are opened.
const MOST_LEVELS: usize = 32;

/// How a language writes its tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    /// The words for "and", upper case.
    pub(super) and: &'static [&'static str],
    /// The words for "or", upper case.
    pub(super) or: &'static [&'static str],
}

/// Signs of C and its heirs.
pub(super) const SIGNS: Dialect = Dialect { and: &["&&"], or: &["||"] };
/// Words of SQL.
pub(super) const WORDS: Dialect = Dialect { and: &["AND"], or: &["OR"] };

/// True if `tight` lets through no more than `loose` and surely less: all of `loose` follows from `tight`, not the reverse.
pub(super) fn is_looser(loose: &Parts, tight: &Parts) -> bool {
    follows(tight, loose) && !follows(loose, tight)
}

/// True if `to` holds wherever `from` holds, as far as the atoms show.
fn follows(from: &Parts, to: &Parts) -> bool {
    to.iter().all(|part| from.iter().any(|own| own.iter().all(|atom| part.contains(atom))))
}

/// The tokens of a test, cut at its top-level ands and ors.
pub(super) fn parts(tokens: &[String], dialect: Dialect) -> Parts {
    conjunction(tokens, dialect, MOST_LEVELS)
}

fn conjunction(tokens: &[String], dialect: Dialect, levels: usize) -> Parts {
    let tokens = bare(tokens);
    let disjuncts = split(tokens, dialect.or);
    if disjuncts.len() > 1 {
        let mut atoms: Vec<String> = disjuncts.iter().flat_map(|part| any_of(part, dialect, levels)).collect();
        order::sort(&mut atoms);
        atoms.dedup();
        return if atoms.iter().any(|atom| is_true(atom)) { Vec::new() } else { vec![atoms] };
    }
    let conjuncts = split(tokens, dialect.and);
    if conjuncts.len() > 1 && levels > 0 {
        let mut all: Parts = conjuncts.iter().flat_map(|part| conjunction(part, dialect, levels - 1)).collect();
        order::sort(&mut all);
        all.dedup();
        return all;
    }
    let atom = tokens.join(" ");
    if is_true(&atom) || atom.is_empty() { Vec::new() } else { vec![vec![atom]] }
}

/// The atoms of one side of an "or"; what is itself an "and" stays one atom.
fn any_of(tokens: &[String], dialect: Dialect, levels: usize) -> Vec<String> {
    let tokens = bare(tokens);
    let inner = split(tokens, dialect.or);
    if inner.len() > 1 && levels > 0 {
        return inner.iter().flat_map(|part| any_of(part, dialect, levels - 1)).collect();
    }
    vec![tokens.join(" ")]
}

fn is_true(atom: &str) -> bool {
    atom.eq_ignore_ascii_case("true") || matches!(atom, "1 = 1" | "1 == 1" | "'1' = '1'")
}

/// True for a test that nothing passes.
pub(super) fn is_never(parts: &Parts) -> bool {
    parts.iter().any(|part| part.iter().all(|atom| atom.eq_ignore_ascii_case("false")))
}

/// Without the brackets around the whole.
fn bare(mut tokens: &[String]) -> &[String] {
    while let [first, inner @ .., last] = tokens {
        if first != "(" || last != ")" || !is_balanced(inner) {
            break;
        }
        tokens = inner;
    }
    tokens
}

fn is_balanced(tokens: &[String]) -> bool {
    let mut depth = 0i64;
    for token in tokens {
        depth += step(token);
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

fn step(token: &str) -> i64 {
    match token {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

/// Cut at the words of `at` that stand in no bracket. The `AND` of a `BETWEEN` is none of them.
fn split<'t>(tokens: &'t [String], at: &[&str]) -> Vec<&'t [String]> {
    let (mut out, mut depth, mut start, mut between) = (Vec::new(), 0i64, 0, false);
    for (i, token) in tokens.iter().enumerate() {
        depth += step(token);
        if depth == 0 && at.iter().any(|word| word.eq_ignore_ascii_case(token)) {
            if std::mem::take(&mut between) {
                continue;
            }
            out.push(&tokens[start..i]);
            start = i + 1;
        }
        between |= depth == 0 && token.eq_ignore_ascii_case("between");
    }
    out.push(&tokens[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parts {
        let tokens: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parts(&tokens, SIGNS)
    }

    #[test]
    fn what_lets_more_through() {
        for (loose, tight) in
            [("a", "a && b"), ("a || b", "a"), ("true", "a"), ("a || b", "( b && c )  && b"), ("a || b || c", "c || a")]
        {
            assert!(is_looser(&read(loose), &read(tight)), "{loose} {tight}");
            assert!(!is_looser(&read(tight), &read(loose)), "{tight} {loose}");
        }
        for (one, other) in [("a", "b"), ("a && b", "b && a"), ("( a )", "a"), ("a && b", "c"), ("a || b", "b || a")] {
            assert!(!is_looser(&read(one), &read(other)), "{one} {other}");
        }
        assert!(is_never(&read("false")) && is_never(&read("a && false")) && !is_never(&read("a || false")));
    }

    #[test]
    fn deep_brackets_end() {
        let deep = "( a && ".repeat(5_000) + "b" + &" )".repeat(5_000);
        read(&deep);
        read(&"( ".repeat(20_000));
    }
}
