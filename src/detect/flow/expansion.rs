//! Variables in shell text: which of them are put in whole.

use std::ops::Range;

/// What becomes of commands whose output is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nested {
    /// Their variables count.
    Read,
    /// Their variables are their own affair.
    Skipped,
}

/// A value that is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expansion {
    /// The name of the variable.
    pub(super) name: String,
    /// True if it is a secret whatever it is called.
    pub(super) is_secret: bool,
}

/// The values that a piece of shell text puts in whole.
pub(super) fn expansions(text: &[u8], nested: Nested) -> Vec<Expansion> {
    let mut out = Vec::new();
    let mut at = 0;
    // With both kinds of quotes in a word, its single ones are letters or close before the value.
    let has_single = memchr::memchr(b'"', text).is_none();
    let mut is_single = false;
    while at < text.len() {
        let rest = &text[at..];
        at += match rest[0] {
            b'\\' => 2,
            b'\'' if has_single => {
                is_single = !is_single;
                1
            }
            b'$' if rest.starts_with(b"${{") => {
                let end = memchr::memmem::find(rest, b"}}").unwrap_or(rest.len()).max(3);
                out.extend(expression(&rest[3..end]));
                end
            }
            b'$' if !is_single => variable(rest, nested, &mut out),
            b'`' if nested == Nested::Skipped => 2 + memchr::memchr(b'`', &rest[1..]).unwrap_or(rest.len()),
            _ => 1,
        };
    }
    out
}

/// Reads what begins with a `$`; gives its length.
fn variable(rest: &[u8], nested: Nested, out: &mut Vec<Expansion>) -> usize {
    let name = |range: Range<usize>| {
        let name = String::from_utf8_lossy(&rest[range]).into_owned();
        Expansion { name, is_secret: false }
    };
    let open = usize::from(matches!(rest.get(1), Some(b'{' | b'(')));
    let start = 1 + open;
    let length = rest[start..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let (end, behind) = (start + length, &rest[start + length..]);
    let is_whole = match rest.get(1) {
        Some(b'{') => [&b"}"[..], b":-", b"-", b"@Q"].iter().any(|sign| behind.starts_with(sign)),
        // A variable of make.
        Some(b'(') => behind.starts_with(b")"),
        _ => true,
    };
    if is_whole && length > 0 {
        out.push(name(start..end));
        return end;
    }
    match rest.get(1) {
        Some(b'(') if nested == Nested::Skipped => closing(rest),
        Some(b'{') => end,
        _ => start,
    }
}

/// Length of `$( … )`, brackets within included.
fn closing(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth <= 1 => return at + 1,
            b')' => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}

/// What an expression of a workflow gives: `secrets.X`, `env.X`, `github.token`.
fn expression(text: &[u8]) -> Option<Expansion> {
    let text = text.trim_ascii();
    let is_path = text.iter().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(b));
    let last = text.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let name = String::from_utf8_lossy(last).into_owned();
    is_path.then_some(Expansion { name, is_secret: text.starts_with(b"secrets.") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_values_are_expanded() {
        for (text, expected) in [
            ("\"a $B ${C} ${D:-x}\"", "B C D"),
            ("${#A} ${B:+x} ${C:0:4} ${D%x} \\$E", ""),
            ("'$A'", ""),
            ("$(A) $(b $C (d) $E) $F `g $H` $I", "A F I"),
            ("${{ secrets.A }} ${{ env.B }}", "A! B"),
        ] {
            let found = expansions(text.as_bytes(), Nested::Skipped).into_iter();
            let found: Vec<String> = found.map(|e| e.name + if e.is_secret { "!" } else { "" }).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
        assert_eq!(expansions(b"$(b $C)", Nested::Read).len(), 1);
    }
}
