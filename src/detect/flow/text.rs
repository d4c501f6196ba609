//! What a string holds beside its own letters: the expressions that each language puts into it.

use std::ops::Range;

use crate::rule::Language;

/// An expression in a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Embedded {
    pub(super) span: Range<usize>,
    /// The name before it in an address.
    pub(super) lead: Option<String>,
}

/// How expressions are marked.
#[derive(Clone, Copy, Debug)]
struct Marks {
    /// What stands before a brace: nothing, `$` or `#`.
    brace: Option<&'static [u8]>,
    /// True if `$name` stands for a value without braces.
    dollar: bool,
    /// Behind one of these the format begins, not the expression.
    cut: &'static [u8],
}

const NONE: Marks = Marks { brace: None, dollar: false, cut: b"" };

/// How the string in `quote` with this prefix marks what is put in.
fn marks(language: Language, prefix: &[u8], quote: u8) -> Marks {
    let has = |byte: u8| prefix.len() <= 3 && prefix.iter().any(|b| b.eq_ignore_ascii_case(&byte));
    match language {
        Language::Python if has(b'f') => Marks { brace: Some(b""), cut: b":!=", ..NONE },
        Language::Javascript if quote == b'`' => Marks { brace: Some(b"$"), ..NONE },
        Language::Ruby if quote != b'\'' => Marks { brace: Some(b"#"), ..NONE },
        Language::Jvm if quote == b'"' => Marks { brace: Some(b"$"), dollar: true, ..NONE },
        Language::Dotnet if has(b'$') || prefix == b"@" => Marks { brace: Some(b""), cut: b":,", ..NONE },
        Language::Php if quote == b'"' => Marks { brace: Some(b""), dollar: true, ..NONE },
        Language::Rust => Marks { brace: Some(b""), cut: b":", ..NONE },
        _ => NONE,
    }
}

/// The expressions in the string at `span`, quotes included.
pub(super) fn embedded(code: &[u8], span: Range<usize>, prefix: &[u8], language: Language) -> Vec<Embedded> {
    let quote = code[span.start];
    let marks = marks(language, prefix, quote);
    let mut out = Vec::new();
    let mut at = span.start;
    while at < span.end {
        let rest = &code[at..span.end];
        let brace = marks.brace.filter(|mark| rest.starts_with(mark) && rest.get(mark.len()) == Some(&b'{'));
        if let Some(mark) = brace {
            let start = at + mark.len() + 1;
            // `{{` is a brace.
            if code.get(start) == Some(&b'{') && mark.is_empty() {
                at = start + 1;
                continue;
            }
            let end = closing(&code[start..span.end]).map_or(span.end, |length| start + length);
            push(&mut out, code, &span, at, start..end, marks.cut);
            at = end + 1;
        } else if marks.dollar && rest[0] == b'$' && rest.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        {
            let length = 1 + rest[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            push(&mut out, code, &span, at, at + 1..at + length, b"");
            at += length;
        } else {
            at += if rest[0] == b'\\' { 2 } else { 1 };
        }
    }
    out
}

fn push(out: &mut Vec<Embedded>, code: &[u8], whole: &Range<usize>, mark: usize, inner: Range<usize>, cut: &[u8]) {
    let inside = &code[inner.clone()];
    let end = format(inside, cut).unwrap_or(inside.len());
    // A precision cuts the value short.
    let is_part = inside[end..].contains(&b'.');
    if end > 0 && !is_part {
        let lead = lead(&code[whole.start..mark]);
        out.push(Embedded { span: inner.start..inner.start + end, lead });
    }
}

/// Where the format begins, outside of all brackets.
fn format(inside: &[u8], cut: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    inside.iter().position(|b| {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && cut.contains(b)
    })
}

/// The name of a query parameter that the text ends in.
fn lead(before: &[u8]) -> Option<String> {
    let name = before.strip_suffix(b"=")?;
    let length = name.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || b"_-".contains(b)).count();
    let (rest, name) = name.split_at(name.len() - length);
    let is_parameter = matches!(rest.last(), Some(b'?' | b'&'));
    (is_parameter && length > 0).then(|| String::from_utf8_lossy(name).into_owned())
}

/// The offset of the brace that closes the one before `rest`.
fn closing(rest: &[u8]) -> Option<usize> {
    let mut depth = 0;
    rest.iter().position(|b| {
        match b {
            b'{' => depth += 1,
            b'}' if depth == 0 => return true,
            b'}' => depth -= 1,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_puts_expressions_into_strings_its_own_way() {
        for (language, prefix, text, expected) in [
            (Language::Python, "f", "'a {b} {{c}} {d!r} {e:>4}'", "b d e"),
            (Language::Python, "", "'a {b}'", ""),
            (Language::Python, "f", "'{t[:4]} {t:.4}'", "t[:4]"),
            (Language::Javascript, "", "`a ${b.c} $d`", "b.c"),
            (Language::Ruby, "", "\"a #{b}\"", "b"),
            (Language::Jvm, "", "\"a $b ${c.d}\"", "b c.d"),
            (Language::Dotnet, "$", "\"a {b:x}\"", "b"),
            (Language::Php, "", "\"a $b {$c->d}\"", "b $c->d"),
            (Language::Rust, "", "\"{b:?} {}\"", "b"),
            (Language::Go, "", "\"{b}\"", ""),
        ] {
            let code = format!("{prefix}{text}");
            let found = embedded(code.as_bytes(), prefix.len()..code.len(), prefix.as_bytes(), language);
            let found: Vec<&str> = found.into_iter().map(|e| &code[e.span]).collect();
            assert_eq!(found.join(" "), expected, "{code}");
        }
    }

    #[test]
    fn a_parameter_of_an_address_leads() {
        assert_eq!(lead(b"https://x/?a=1&api_key="), Some("api_key".to_owned()));
        assert_eq!(lead(b"a = "), None);
    }
}
